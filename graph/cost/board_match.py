"""Which board fits a latency profile, and why each of the others does not, or costs more.

Every board serves the same model for the same workload at its own cheapest operating point within the profile. The others are compared
with the cheapest one that can be had today, term by term: the cost of a useful token is hours of decoding and of reading input, each times the price of
an hour, and what the harness spends. The difference is split by logarithmic means, which leaves no rest (`log_ratio`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.attribution import attribution
from graph.cost.deployment import GIGA, Machine, Priced, Refused, machine, price, serve
from graph.cost.figures import Figures
from graph.cost.headline import SMALL_MODEL
from graph.cost.log_ratio import logarithmic_mean
from graph.cost.log_ratio import split as log_ratio
from graph.cost.machines import stacked
from graph.cost.model import CostModel, Key, price_everything, serviceable
from graph.cost.operating_point import OperatingPoint
from graph.cost.points import BOUNDS, Points, binding, frontier_points, speed, step_seconds
from graph.cost.samples import band
from graph.cost.throughput import memory_needed
from graph.cost.traced import central
from sources.frames import records_of
from sources.records import Board, Model

Array = NDArray[np.float64]
HOUR, DECODING, PREFILL, HARNESS = "the price of an hour", "decoding", "reading the input", "the harness"
TERMS = {"by_hour": HOUR, "by_decoding": DECODING, "by_input": PREFILL, "by_harness": HARNESS}
SHIPPING = "shipping"
"""Status of a board that can be had today."""


@dataclass(frozen=True)
class Match:
    """A board against a profile. What is None does not exist where the board does not fit it.

    usd : (5th percentile, central, 95th percentile) per million useful tokens; times : over the cheapest that ships; cheapest_share : part
    of the draws in which no board is cheaper; met_share : part in which the profile is met; sourced_share : part of the cost that rests
    on primary or secondary figures; terms : USD that each term adds to the cost of the cheapest that ships; bound_by : what a step waits for
    """

    board_id: str
    status: str
    why: str
    usd: tuple[float, float, float] | None = None
    times: float | None = None
    cheapest_share: float | None = None
    met_share: float | None = None
    hour_usd: float | None = None
    chips: float | None = None
    batch: float | None = None
    speed: float | None = None
    ttft: float | None = None
    tok_s_chip: float | None = None
    bound_by: str | None = None
    is_beyond_measured: bool | None = None
    sourced_share: float | None = None
    terms: Mapping[str, float] | None = None

    def row(self) -> dict[str, object]:
        """One row of a table, units in the names."""
        low, middle, high = self.usd or (None, None, None)
        return {
            "board_id": self.board_id,
            "status": self.status,
            "usd_low": low,
            "usd_central": middle,
            "usd_high": high,
            "times": self.times,
            "cheapest_share": self.cheapest_share,
            "met_share": self.met_share,
            "hour_usd": self.hour_usd,
            "chips": self.chips,
            "batch": self.batch,
            "speed_tok_s_user": self.speed,
            "ttft_s": self.ttft,
            "output_tok_s_chip": self.tok_s_chip,
            "bound_by": self.bound_by,
            "is_beyond_measured": self.is_beyond_measured,
            "sourced_share": self.sourced_share,
            **{f"{column}_usd": (self.terms or {}).get(term) for column, term in TERMS.items()},
            "why": self.why,
        }


def match(core: Mapping[str, pd.DataFrame], figures: Figures, model_id: str, workload_id: str) -> list[Match]:
    """Every board, those that fit the profile first and the cheapest of them first of all.

    Parameters
    ----------
    figures : with the speed and the time to the first token that are asked for (`Figures.with_known`)

    Raises
    ------
    MissingFigure
        A board or model lacks a figure, such as a memory; it is named.
    """
    few = dict(core)
    few["model"] = core["model"][core["model"]["model_id"].isin([model_id, SMALL_MODEL])]
    few["workload"] = core["workload"][core["workload"]["workload_id"] == workload_id]
    middle = figures.at_center()
    deployments, refused = serviceable(few, middle)
    priced = price_everything(few, figures, deployments, refused)
    keys = [key for key in priced.deployments if key[1] == model_id]
    losers = [_refusal(few, key, why, middle) for key, why in refused.items() if key[1] == model_id]
    if not keys:
        return sorted(losers, key=lambda m: (-(m.speed or 0.0), m.board_id))
    _, evidence = attribution(priced, few, figures)
    sourced = evidence[evidence["grade"].isin(["primary", "secondary"])].groupby(["board_id", "model_id"])["share"].sum()
    usd = np.stack(np.broadcast_arrays(*(np.atleast_1d(priced.useful(key)) for key in keys)))
    won = np.bincount(usd[:, 1:].argmin(axis=0), minlength=len(keys)) / max(usd.shape[1] - 1, 1)
    order = np.argsort(usd[:, 0], kind="stable").tolist()
    status = dict(zip(core["board"]["board_id"], core["board"]["status"], strict=True))
    best = next((k for k in order if status[keys[k][0]] == SHIPPING), order[0])
    first = _hours(priced, few, keys[best], middle)
    found = []
    for k in order:
        key = keys[k]
        point, hour = priced.deployments[key].point, central(priced.price[f"hour:{key[0]}"])
        own = _hours(priced, few, key, middle)
        terms = split(first, own)
        times = float(usd[k, 0] / usd[best, 0])
        setup = _setup(few, key, middle)
        bound = _bound(setup, central(point.chips), central(point.batch), middle)
        found.append(
            Match(
                key[0],
                status[key[0]],
                _fits(status[keys[best][0]]) if k == best else _compared(times, terms, first, own, keys[best][0], bound),
                band(usd[k]),
                times,
                float(won[k]),
                float(np.mean(point.meets_latency)),
                hour,
                central(point.chips),
                central(point.batch),
                central(point.speed),
                central(point.ttft),
                1.0 / central(point.decode),
                bound,
                central(point.batch) > middle.central("global:throughput.max_measured_concurrency", "the last measured batch"),
                float(sourced.get((key[0], model_id), 0.0)),
                terms,
            )
        )
    return found + sorted(losers, key=lambda m: (-(m.speed or 0.0), m.board_id))


@dataclass(frozen=True)
class Hours:
    """A million useful tokens, at central figures: accelerator-hours of decoding and of reading input, USD per hour, USD for all else."""

    hour_usd: float
    decoding: float
    prefill: float
    harness_usd: float

    @property
    def usd(self) -> float:
        """USD per million useful tokens."""
        return (self.decoding + self.prefill) * self.hour_usd + self.harness_usd


def split(first: Hours, other: Hours) -> dict[str, float]:
    """USD per million useful tokens that `other` costs more than `first`, by term; they sum to the whole difference."""

    def terms(h: Hours) -> tuple[dict[str, Array], dict[str, Array], dict[str, Array]]:
        return (
            {DECODING: np.array(h.decoding), PREFILL: np.array(h.prefill)},
            {HOUR: np.array(h.hour_usd)},
            {HARNESS: np.array(h.harness_usd)},
        )

    usd_per_log = float(logarithmic_mean(np.array(other.usd), np.array(first.usd)))
    return {name: float(part) * usd_per_log for name, part in log_ratio(*terms(other), *terms(first)).items()}


def _hours(priced: CostModel, core: Mapping[str, pd.DataFrame], key: Key, middle: Figures) -> Hours:
    """From the chain itself: its hours are linear in the seconds of decoding and of input, so that they are told apart by leaving out either."""
    board_id, model_id, workload_id = key
    small = SMALL_MODEL if model_id != SMALL_MODEL and (board_id, SMALL_MODEL, workload_id) in priced.deployments else None

    def hours(change: Callable[[OperatingPoint], OperatingPoint]) -> float:
        steps: dict[str, Priced] = {}
        for name, of_small in ((model_id, small), *(((small, None),) if small else ())):
            point, bits = _served(core, (board_id, name, workload_id), middle)
            steps[name] = price(board_id, name, workload_id, change(point), bits, of_small, middle)
        useful = steps[model_id].useful.inputs
        own = central(useful.get(f"hour:{board_id}", 0.0))
        for name, one in steps.items():
            taken = useful.get(f"served:{board_id}/{name}/{workload_id}")
            own += 0.0 if taken is None else central(taken) * central(one.served.inputs[f"hour:{board_id}"])
        return own

    hour_usd = central(priced.price[f"hour:{board_id}"])
    decoding, prefill = hours(lambda p: replace(p, prefill=0.0)), hours(lambda p: replace(p, decode=0.0))
    return Hours(hour_usd, decoding, prefill, central(priced.useful(key)) - (decoding + prefill) * hour_usd)


def _one(core: Mapping[str, pd.DataFrame], key: Key) -> tuple[Board, Model]:
    boards, models = core["board"], core["model"]
    return records_of(boards[boards["board_id"] == key[0]], Board)[0], records_of(models[models["model_id"] == key[1]], Model)[0]


def _served(core: Mapping[str, pd.DataFrame], key: Key, middle: Figures) -> tuple[OperatingPoint, int]:
    found = serve(*_one(core, key), key[2], middle)
    assert not isinstance(found, Refused), found.why
    return found


def _setup(core: Mapping[str, pd.DataFrame], key: Key, middle: Figures) -> Machine:
    made = machine(*_one(core, key), key[2], middle)
    assert not isinstance(made, Refused), made.why
    return made


def _bound(setup: Machine, chips: float, batch: float, middle: Figures) -> str:
    """What a step at this point waits for."""
    point = Points(np.zeros(1, dtype=np.intp), np.array([chips]), np.array([batch]), np.zeros(1, dtype=np.intp))
    return binding(stacked([setup]), point, middle)[0]


WAITS = dict(zip(BOUNDS, ("its memory", "its arithmetic", "synchronisation between its chips", "the launch of each step"), strict=True))


def _fits(status: str) -> str:
    return "fits, the cheapest that ships" if status == SHIPPING else "fits, the cheapest; none that fits ships yet"


def _compared(times: float, terms: Mapping[str, float], first: Hours, other: Hours, cheapest: str, bound: str) -> str:
    """In words: by how much it differs from the cheapest that ships, and which term does most of it."""
    whole = sum(terms.values())
    term = (max if whole >= 0 else min)(terms, key=lambda name: terms[name])
    about = {
        HOUR: f"{other.hour_usd:.2f} against {first.hour_usd:.2f} USD",
        DECODING: f"{other.decoding / first.decoding:.2f} times the accelerator-hours; a step waits for {WAITS[bound]}",
        PREFILL: f"{other.prefill / first.prefill:.2f} times the accelerator-hours",
        HARNESS: "other spending of the workload",
    }
    return f"fits, {times:.2f} times {cheapest} ({whole:+.3g} USD): most by {term}, {terms[term]:+.3g} USD ({about[term]})"


def _refusal(core: Mapping[str, pd.DataFrame], key: Key, why: str, middle: Figures) -> Match:
    """Why a board is out, with what it lacks: gigabytes, seconds, or tokens per second."""
    board, model = _one(core, key)
    made = machine(board, model, key[2], middle)
    if isinstance(made, Refused):
        return Match(key[0], board.status, made.why)
    chips, asked = made.chip.max_chips, made.asked
    needed = central(memory_needed(made.language, made.chip, 1.0, asked.prompt + asked.answer)) / GIGA
    usable = central(made.reached.memory_usable * made.chip.memory * chips) / GIGA
    if needed > usable:
        held = f"{chips} chips have {usable:,.1f} GB usable" if chips > 1 else f"the chip has {usable:,.1f} GB usable"
        return Match(key[0], board.status, f"does not fit: weights and one sequence take {needed:,.1f} GB, {held}")
    machines = stacked([made])
    points, drafted = (frontier_points({key: made}, middle, is_speculating)[np.zeros(1, dtype=np.intp)] for is_speculating in (False, True))
    fast, faster = (float(speed(p, step_seconds(machines, p, middle), middle)[0, 0]) for p in (points, drafted))
    least, latest = central(asked.min_speed), central(asked.max_ttft)
    if fast >= least:
        text = f"first token too late: {why.partition(': ')[2]}; {least:,.6g} tokens/s within {latest:.3g} s are asked for"
        return Match(key[0], board.status, text, speed=fast)
    bound = binding(machines, points, middle)[0]
    text = f"too slow: at best {fast:.0f} tokens/s per user, {least:,.6g} are asked for; a step waits for {WAITS[bound]}"
    text += f"; speculative decoding would give {faster:.0f}" if faster > fast else ""
    return Match(key[0], board.status, text, chips=float(points.chips[0]), batch=float(points.batch[0]), speed=fast, bound_by=bound)
