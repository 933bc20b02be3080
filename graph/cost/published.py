"""cost.published_comparison: what others have published, what ours is for the same thing, and how far apart the two are.

Each publication is one more step on the bill: so much of a server, of a network, of a facility, of an accelerator-hour, and nothing of its
own but what a module's maker adds. What the roll-up gives for it is ours, with the same draws as everything else. No figure is fitted to a
publication.

Scopes, and what of the chain they take:

hour : one clock hour of an accelerator
module : an accelerator before its seller's margin: package, parts, test
server, item : one of them; rack: the servers of all its accelerators
rack_all_in : these with their network and facility
gigawatt_it : servers, network and facility of as many accelerators as draw a gigawatt of IT power; gigawatt_site : as draw it at the meter,
    cooling included; gigawatt_hardware : the same without the facility
gigawatt_it_year : their hours in a year; gigawatt_it_year_energy : the energy in these
tokens_all : accelerator-hours of a million tokens, input and output counted, at the published request and speed, all hours busy;
    tokens_decode : of a million tokens of output, their decoding alone
tokens_list : a million tokens served at the workload's speed on the cheapest GPU in use, idle hours counted
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graph.cost.attribution import central_bill, value_behind_nodes
from graph.cost.bound import arithmetic
from graph.cost.capital import EVERYTHING, HARDWARE, capital_inputs
from graph.cost.chain import COOLING, ZERO
from graph.cost.deployment import (
    MILLION,
    SECONDS_PER_HOUR,
    accelerator,
    attempt_seconds,
    efficiency,
    input_weight,
    language_model,
    precision,
)
from graph.cost.evidence import Grades
from graph.cost.figures import Figures
from graph.cost.model import CostModel
from graph.cost.operating_point import Demand, choose
from graph.cost.publications import LIST_WORKLOAD, conflicts, publications
from graph.cost.published_tables import PublishedComparison
from graph.cost.rollup import Step
from graph.cost.samples import bands
from graph.cost.site import HOURS_PER_YEAR, KW_PER_MW
from graph.cost.traced import Number
from sources.columns import columns
from sources.frames import records_of
from sources.records import Board, Model, PublishedCost

CORE = ("published_cost", "parameter", "price", "item", "model_price", "board", "model")
MW_PER_GW = 1000.0
KNOWN = ("primary", "secondary")
Basket = dict[str, Number]


@dataclass(frozen=True)
class Ours:
    """What the chain gives, and the records it is asked about."""

    priced: CostModel
    figures: Figures
    boards: Mapping[str, Board]
    models: Mapping[str, Model]

    def step(self, one: PublishedCost) -> Step:
        """The publication as a step of the bill; raises as `basket` does."""
        if one.scope == "module":
            sold = self.priced.bill[f"board:{one.board_id}"]
            return Step(sold.inputs, sold.own, ZERO)
        return Step(self.basket(one), ZERO, ZERO)

    def basket(self, one: PublishedCost) -> Basket:
        """Node -> amount of it in what was published.

        Raises
        ------
        MissingFigure
            The chain has no figure for it.
        KeyError
            The publication names no board, item or model, or no accelerators in a rack.
        """
        if one.scope == "item":
            return {f"item:{one.item_id}": np.ones(())}
        if one.scope == "tokens_list":
            return {f"served:{self.cheapest(one.model_id)}/{one.model_id}/{LIST_WORKLOAD}": np.ones(())}
        board = self.boards[str(one.board_id)]
        if one.scope in ("hour", "server"):
            return {f"{one.scope}:{board.board_id}": np.ones(())}
        if one.scope in ("rack", "rack_all_in"):
            if one.accelerators is None:
                raise KeyError(f"{one.published_id}: how many accelerators are in the rack is not told")
            return self._capital(board, np.asarray(one.accelerators), EVERYTHING if one.scope == "rack_all_in" else ("server",))
        if one.scope in ("tokens_all", "tokens_decode"):
            return {f"hour:{board.board_id}": self.hours(board, one)}
        in_a_gigawatt = MW_PER_GW * KW_PER_MW / self._kilowatts(board)
        if one.scope == "gigawatt_it_year":
            return {f"hour:{board.board_id}": in_a_gigawatt * HOURS_PER_YEAR}
        if one.scope == "gigawatt_it_year_energy":
            return self._energy(board, in_a_gigawatt * HOURS_PER_YEAR)
        if one.scope != "gigawatt_it":
            in_a_gigawatt = in_a_gigawatt / self.figures.get(f"item:{COOLING[board.cooling]}.pue", f"the gigawatt of {board.board_id}")
        return self._capital(board, in_a_gigawatt, HARDWARE if one.scope == "gigawatt_hardware" else EVERYTHING)

    def _kilowatts(self, board: Board) -> Number:
        return self.figures.get(f"board:{board.board_id}.power_per_accelerator", f"the power of {board.board_id}")

    def _capital(self, board: Board, count: Number, parts: tuple[str, ...]) -> Basket:
        return {node: count * amount for node, amount in capital_inputs(board, self._kilowatts(board), parts).items()}

    def _energy(self, board: Board, hours: Number) -> Basket:
        return {"item:electricity": hours * self.priced.bill[f"hour:{board.board_id}"].inputs["item:electricity"]}

    def hours(self, board: Board, one: PublishedCost) -> Number:
        """Accelerator-hours of a million tokens at the published request, speed and width; of the fastest point where none is so fast."""
        model = self.models[str(one.model_id)]
        if one.precision_bits is None:
            bits, compute = precision(board.board_id, board.kind, self.figures)
        else:
            bits = int(one.precision_bits)
            compute = arithmetic(board.board_id, bits, self.figures)
        amounts = [np.asarray(float(v or 0.0)) for v in (one.input_tokens, one.output_tokens, one.cache_hit, one.speed_tok_s_user)]
        asked = Demand(amounts[0], amounts[1], np.ones(()), amounts[2], amounts[3], np.asarray(np.inf))
        point = choose(
            language_model(model.model_id, model.kind, bits, self.figures, board.board_id),
            accelerator(board.board_id, board.kind, compute, self.figures),
            efficiency(board.board_id, self.figures),
            asked,
            self.figures.central("global:throughput.max_batch_per_chip", "batching"),
        )
        if one.scope == "tokens_decode":
            return MILLION * point.decode / SECONDS_PER_HOUR
        seconds = attempt_seconds(asked, input_weight(asked, self.figures), point.prefill, point.decode)
        return MILLION * seconds / (asked.input_tokens + asked.output_tokens) / SECONDS_PER_HOUR

    def cheapest(self, model_id: str | None) -> str | None:
        """The GPU in use that serves a model for the list workload at the least cost, at central figures: what sellers of tokens can buy. None
        where no GPU serves it."""
        offers = {
            board: float(self.priced.price[f"served:{board}/{model}/{workload}"].flat[0])
            for board, model, workload in self.priced.deployments
            if (model, workload) == (model_id, LIST_WORKLOAD)
            and (self.boards[board].kind, self.boards[board].status) == ("gpu", "shipping")
        }
        return min(offers, key=lambda board: offers[board], default=None)


def comparison(model: CostModel, core: Mapping[str, pd.DataFrame], figures: Figures) -> pd.DataFrame:
    """cost.published_comparison; core : tables of `CORE`.

    Raises
    ------
    MissingFigure, KeyError
        As `Ours.basket` does.
    """
    boards, models = records_of(core["board"], Board), records_of(core["model"], Model)
    ours = Ours(model, figures, {b.board_id: b for b in boards}, {m.model_id: m for m in models})
    published = [one for one in publications(core) if one.scope != "tokens_list" or ours.cheapest(one.model_id)]
    steps = [ours.step(one) for one in published]
    ranges = bands([np.asarray(sum((q * model.price[n] for n, q in one.inputs.items()), one.own)) for one in steps]).tolist()
    known = _known_share(steps, model, core, figures)
    rows: list[dict[str, object]] = []
    for one, step, (low, central, high), share, (state, against) in zip(published, steps, ranges, known, conflicts(published), strict=True):
        middle = float(one.central or 0.0)
        rows.append(
            {
                **{name: getattr(one, name) for name in PublishedComparison.model_fields if name in PublishedCost.model_fields},
                "published_low": one.low, "published_central": middle, "published_high": one.high,
                "ours_low": low, "ours_central": central, "ours_high": high,
                "ratio": central / middle,
                "is_inside": low <= middle <= high,
                "ranges_overlap": low <= float(one.high or 0.0) and float(one.low or 0.0) <= high,
                "conflict": state,
                "conflicts_with": ", ".join(against) or None,
                "rests_on": ", ".join(step.inputs),
                "known_share": share,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)[[c.name for c in columns(PublishedComparison)]]


def _known_share(steps: Sequence[Step], model: CostModel, core: Mapping[str, pd.DataFrame], figures: Figures) -> list[float]:
    """Part of each of ours that is set by published figures, at central values."""
    names = [f"published:{k}" for k in range(len(steps))]
    bill = central_bill(model.bill | dict(zip(names, steps, strict=True)))
    graded = Grades(core, figures)
    total, known = np.zeros(len(names)), np.zeros(len(names))
    price = {name: float(values.flat[0]) for name, values in model.price.items()} | dict.fromkeys(
        names, 0.0
    )  # what is on top takes no margin
    for (node, part), usd in value_behind_nodes(bill, price, names).items():
        added = np.maximum(usd, 0.0)  # a contract below the cost of its parts is taken off all of them alike
        is_known = graded.of_part(part, node, LIST_WORKLOAD) in KNOWN  # what a module's maker adds has no grade of its own
        total += added
        known += added * is_known
    return [float(share) for share in known / total]
