"""The whole chain behind one deployment, from materials to the useful token, as one program.

The chain is not written here: it is what `chain`, `deployment` and `rollup` do with figures that remember. Added are the changes
that somebody may ask about: one input `change:<step>` for every thing in the chain, the relative change of its price, which is
passed on downstream under either rule for margins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import networkx as nx
import pandas as pd

from graph.cost.chain import board_bill, item_bill
from graph.cost.deployment import Refused, price, serve
from graph.cost.figures import Figures
from graph.cost.model import SMALL_MODEL, Key
from graph.cost.program import Program
from graph.cost.rollup import Step, prices
from graph.cost.traced import Number, central, traced
from sources.frames import records_of
from sources.records import Board, Model

USD = "usd"
"""The cost of a million useful tokens, with each published price as it is published."""
PERCENT, DOLLAR = "usd_percent_margin", "usd_dollar_margin"
"""The same, with each price built up from what it is made of, so that a change is passed on: sellers keep their margin as a part of
the price, or in USD per unit. All three agree where nothing is changed."""
CHANGE = "change:"
"""Before the name of a step: the relative change of its price, 0 at the centre."""


class NotServed(ValueError):
    """The deployment cannot be had, so it has no cost."""


@dataclass(frozen=True)
class Trace:
    """A deployment's cost as a program.

    key : (board, model, workload)
    program : results `USD`, `PERCENT` and `DOLLAR`; inputs are figures by name, and `CHANGE` + step
    bill : the steps behind it, at central values; price : theirs, USD per unit
    """

    key: Key
    program: Program
    bill: dict[str, Step]
    price: dict[str, float]

    @property
    def usd(self) -> float:
        """USD per million useful tokens at central values."""
        return float(self.program.values[self.program.results[USD]])


class Tracer:
    """Traces deployments one after the other; the items' part of the chain is traced once."""

    def __init__(self, core: Mapping[str, pd.DataFrame], figures: Figures) -> None:
        self._core, self._figures = core, figures.as_traced()
        self._items = item_bill(core["item"], core["requirement"], core["board"]["board_id"], self._figures)
        self._boards: dict[str, dict[str, Step]] = {}
        self._models = {m.model_id: m for m in records_of(core["model"], Model)}

    def trace(self, board_id: str, model_id: str, workload_id: str) -> Trace:
        """One deployment's program.

        Raises
        ------
        NotServed
            The board cannot serve the model for the workload; the message says why.
        MissingFigure, Contradiction
            As the chain does.
        """
        key = (board_id, model_id, workload_id)
        bill = {**self._items, **self._of_board(board_id)}
        small = self._serve(bill, board_id, SMALL_MODEL, workload_id, None) if model_id != SMALL_MODEL else "itself"
        why = self._serve(bill, board_id, model_id, workload_id, None if small else SMALL_MODEL)
        if why:
            raise NotServed(f"{'/'.join(key)} has no cost: {why}")
        target = "useful:" + "/".join(key)
        bill = _behind(bill, target)
        usual = {name: central(value) for name, value in prices(bill).items()}
        added: dict[str, Number] = {name: traced(CHANGE + name, 0.0, "fraction") * usual[name] for name in bill}
        results = {
            USD: prices(self._as_published(bill))[target],
            PERCENT: prices(bill, added)[target],
            DOLLAR: prices(bill, added, "dollar", usual)[target],
        }
        return Trace(key, Program(results), {name: _central(one) for name, one in bill.items()}, usual)

    def _of_board(self, board_id: str) -> dict[str, Step]:
        if board_id not in self._boards:
            of = (self._core["board"], self._items, self._core["requirement"], self._figures)
            self._boards[board_id] = board_bill(*of, only=board_id)
        return self._boards[board_id]

    def _as_published(self, bill: Mapping[str, Step]) -> dict[str, Step]:
        """A bill that stops at published prices: what such a thing is made of has no say in it."""
        found = {name: self._figures.find(f"{name}.price") for name in bill}
        return {name: one if found[name] is None else Step({}, found[name], 0.0) for name, one in bill.items()}

    def _serve(self, bill: dict[str, Step], board_id: str, model_id: str, workload_id: str, small: str | None) -> str:
        """Adds the two steps of a deployment to the bill; '', or why there is none."""
        boards = self._core["board"]
        board = records_of(boards[boards["board_id"] == board_id], Board)[0]
        found = serve(board, self._models[model_id], workload_id, self._figures)
        if isinstance(found, Refused):
            return found.why
        priced = price(board_id, model_id, workload_id, *found, small, self._figures)
        bill["served:" + "/".join((board_id, model_id, workload_id))] = priced.served
        bill["useful:" + "/".join((board_id, model_id, workload_id))] = priced.useful
        return ""


def _behind(bill: dict[str, Step], target: str) -> dict[str, Step]:
    """The steps that a target takes anything of, at any depth, and itself."""
    graph: nx.DiGraph[str] = nx.DiGraph((needed, name) for name, one in bill.items() for needed in one.inputs)
    kept = nx.ancestors(graph, target) | {target}
    return {name: one for name, one in bill.items() if name in kept}


def _central(one: Step) -> Step:
    return Step({k: central(q) for k, q in one.inputs.items()}, central(one.own), central(one.margin))
