"""One deployment under every way to run its harness, as one program.

The chain is not written here: each set-up is what `deployment.price` makes of another operating point, another success or a cache of
answers. All of them share the deployment's figures, so that one set of draws meets them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost import harness
from graph.cost.deployment import Machine, Priced, demand, input_weight, price
from graph.cost.figures import Figures
from graph.cost.frontier import set_ups
from graph.cost.harness_behaviours import (
    ALONE,
    BEHAVIOURS,
    DRAFTED,
    EXACT,
    FOUND,
    LEARNED,
    PLAIN,
    QUESTIONS,
    REPEATS,
    SEMANTIC,
    TOGETHER,
    UNGROUNDED,
    Behaviour,
)
from graph.cost.machines import stacked
from graph.cost.model import Key
from graph.cost.operating_point import OperatingPoint, at
from graph.cost.points import all_drafts, decode_chip_seconds, first_token, points_that_fit, speed, step_seconds
from graph.cost.program import Program
from graph.cost.rollup import Step
from graph.cost.speculation import drafted
from graph.cost.spending import HARNESS_SPENDING, spending
from graph.cost.trace import Tracer
from graph.cost.traced import Number, Traced, central

Array = NDArray[np.float64]
SPENDING, REWORK = "usd", "usd_with_rework"
"""USD per million useful tokens: what is spent on them; and with the loss from bad results that the gate let through."""


LEAST_SUCCESS = 0.01
"""Success is taken to be no lower: below it a cost per useful token says nothing but that there are hardly any."""

LEAST_APART = 1e-9
"""A gate that takes good and bad alike says nothing of what it took."""


@dataclass(frozen=True)
class Chosen:
    """Chips of the group, sequences of the batch and tokens of the draft."""

    chips: float
    batch: float
    draft: int


@dataclass(frozen=True)
class Setup:
    """One way to run the harness: the operating point, the figures that differ, and the part answered from a cache."""

    point: OperatingPoint
    figures: Figures
    answered: Number | None = None


@dataclass(frozen=True)
class Harness:
    """A deployment under every set-up.

    program : results `of(quantity, set-up)` for `SPENDING`, `REWORK` and the quantities of stages; `of(SPENDING, board)` and
        `of(REWORK, board)` for every board that it is held against
    fixed : those of them that no figure moves
    behaviours : those that bear on this deployment, with the names of their figures filled in
    draft : tokens of the draft that pays most; 0 where none does
    """

    key: Key
    program: Program
    fixed: Mapping[str, float]
    behaviours: tuple[Behaviour, ...]
    draft: int

    def evaluate(self, given: Mapping[str, Array], results: Sequence[str], size: int) -> dict[str, Array]:
        """Results for other values of some figures, each of shape (size,)."""
        found = self.program.evaluate(given, [name for name in results if name not in self.fixed])
        return {name: np.broadcast_to(self.fixed[name] if name in self.fixed else found[name], size) for name in results}


def of(quantity: str, setup: str) -> str:
    """The name of a result: 'usd plain'."""
    return f"{quantity} {setup}"


def harness_of(core: Mapping[str, pd.DataFrame], tracer: Tracer, centre: Figures, key: Key, against: Sequence[str] = ()) -> Harness:
    """A deployment under every set-up, and the same on other boards as published.

    Parameters
    ----------
    core, tracer, centre : the records, traced, and their figures at central values, by which operating points are chosen
    against : boards that serve the same model and workload

    Raises
    ------
    NotServed
        A board cannot serve the model for the workload.
    """
    parts = tracer.parts(key)
    draft, alone = (cheapest(core, centre, key, is_alone) for is_alone in (False, True))
    ways = _ways(tracer.figures, key[2], parts.machine, parts.point, draft, alone)
    priced = {name: _priced(tracer, key, name, way) for name, way in ways.items()}
    for board_id in against:
        other = (board_id, *key[1:])
        priced[board_id] = _priced(tracer, other, PLAIN, Setup(tracer.parts(other).point, tracer.figures))
    usd = tracer.usd_of({step: made for steps, _, _ in priced.values() for step, made in steps.items()})
    results: dict[str, Number] = {}
    for name, (_, target, one) in priced.items():
        results |= {of(SPENDING, name): usd[target], of(REWORK, name): usd[target] + one.rework_usd}
    for name, way in ways.items():
        found = _quantities(way, priced[name][2], key[2], parts.small is not None)
        results |= {of(quantity, name): value for quantity, value in found.items()}
    program = Program({name: value for name, value in results.items() if isinstance(value, Traced)})
    fixed = {name: central(value) for name, value in results.items() if not isinstance(value, Traced)}
    filled = [_filled(b, key[2], draft.draft) for b in BEHAVIOURS if key[2] in b.workloads and {b.setup, b.missing or PLAIN} <= set(ways)]
    felt = tuple(b for b in filled if all(s.figure in program.inputs for s in b.settings))
    return Harness(key, program, fixed, felt, draft.draft)


def cheapest(core: Mapping[str, pd.DataFrame], centre: Figures, key: Key, is_alone: bool) -> Chosen:
    """The point in time at which decoding costs least at central figures: with a draft where that pays, or with one sequence at a time.

    Where no point is in time, as can be with a batch of one on large groups, the fastest is taken.
    """
    setups = list(set_ups(core, [key], centre).values())
    machines = stacked(setups)
    fitting = points_that_fit(setups, machines, centre.central("global:throughput.max_batch_per_chip", "batching"))
    points = fitting[fitting.batch == 1.0] if is_alone else all_drafts(fitting)
    fast = speed(points, step_seconds(machines, points, centre), centre)
    asked = machines.at(points.of).demand
    in_time = ((fast >= asked.min_speed) & (first_token(machines, points)[:, None] <= asked.max_ttft))[:, 0]
    spent = decode_chip_seconds(points, fast)[:, 0]
    best = int(np.argmin(np.where(in_time, spent, np.inf)) if in_time.any() else np.argmax(fast[:, 0]))
    return Chosen(float(points.chips[best]), float(points.batch[best]), int(points.draft[best]))


def _ways(figures: Figures, workload_id: str, made: Machine, point: OperatingPoint, draft: Chosen, alone: Chosen) -> dict[str, Setup]:
    """The set-ups that bear on a workload; `draft` and `alone` are the points with drafts and with one sequence at a time."""
    parts = (made.language, made.chip, made.reached, made.asked)
    ways = {PLAIN: Setup(point, figures), ALONE: Setup(at(*parts, alone.chips, alone.batch), figures)}
    best = Setup(point, figures)
    if draft.draft:
        ways[DRAFTED] = Setup(drafted(*parts, draft.chips, draft.batch, draft.draft, figures), figures)
        best = ways[DRAFTED]
    for name, of_workloads in ((EXACT, REPEATS), (SEMANTIC, QUESTIONS)):
        if workload_id in of_workloads:
            ways[name] = Setup(point, figures, figures.get(f"item:model_gateway.{name}_cache_hit", "the gateway's cache of answers"))
            best = replace(best, answered=ways[name].answered)  # similar questions hold equal ones
    if workload_id == "retrieval":
        ways[FOUND] = Setup(point, _succeeding(figures, workload_id, _found(figures)))
        ways[UNGROUNDED] = Setup(point, _ungrounded(figures, workload_id))
        best = replace(best, figures=ways[FOUND].figures)
    if workload_id == "completion":
        gain = figures.get("item:ide.acceptance_gain_online_learning", "an editor that learns")
        ways[LEARNED] = Setup(point, _succeeding(figures, workload_id, 1.0 + gain))
        best = replace(best, figures=ways[LEARNED].figures)
    return {**ways, TOGETHER: best}


def _succeeding(figures: Figures, workload_id: str, times: Number) -> Figures:
    """The same figures with so many times the success, which is at most one."""
    name = f"workload:{workload_id}.success_rate"
    return figures.given({name: np.minimum(figures.get(name, "success") * times, 1.0)})


def _found(figures: Figures) -> Number:
    """Passages found, over those found at the central miss rate."""
    missed = figures.get("item:retrieval_pipeline.failure_rate_top20", "passages that are missed")
    return (1.0 - missed) / (1.0 - central(missed))


def _ungrounded(figures: Figures, workload_id: str) -> Figures:
    """Without retrieval: more is asked again, nothing is searched, and the input is that of a conversation.

    Asked again is what the gate refuses. The success that leaves so much refused follows from a = s TPR + (1-s) FPR; a gate that lets
    more pass than that allows leaves hardly any.
    """
    get = figures.of(f"workload:{workload_id}", "answers without passages")
    success, tpr, fpr = get("success_rate"), get("gate_tpr"), get("gate_fpr")
    cut = figures.get("item:retrieval_pipeline.reask_reduction", "answers without passages")
    refused = (1.0 - harness.acceptance(success, tpr, fpr)) / (1.0 - cut)
    left = np.maximum((1.0 - refused - fpr) / np.maximum(tpr - fpr, LEAST_APART), LEAST_SUCCESS)
    return figures.given(
        {
            f"workload:{workload_id}.success_rate": left,
            f"workload:{workload_id}.input_tokens": figures.get("workload:chat.input_tokens", "answers without passages"),
            f"workload:{workload_id}.retrieval_usd": 0.0,
        }
    )


def _priced(tracer: Tracer, key: Key, name: str, way: Setup) -> tuple[dict[str, Step], str, Priced]:
    """Steps of one set-up, which of them is its useful token, and what it was priced to; the small model has its own point in each."""
    board_id, model_id, workload_id = key
    own = tracer.parts(key)
    steps, beside = {}, None
    if own.small:
        its = tracer.parts((board_id, own.small, workload_id))
        beside = f"{own.small}@{name}"
        made = price(board_id, beside, workload_id, its.point, its.bits, None, way.figures)
        steps[f"served:{board_id}/{beside}/{workload_id}"] = made.served
    one = price(board_id, f"{model_id}@{name}", workload_id, way.point, own.bits, beside, way.figures, way.answered)
    target = f"useful:{board_id}/{model_id}@{name}/{workload_id}"
    return {**steps, f"served:{board_id}/{model_id}@{name}/{workload_id}": one.served, target: one.useful}, target, one


def _quantities(way: Setup, one: Priced, workload_id: str, is_routed: bool) -> dict[str, Number]:
    """What stages take and give in one set-up (`QUANTITIES`)."""
    figures = way.figures
    get = figures.of(f"workload:{workload_id}", "the harness")
    asked = demand(workload_id, figures)
    success, tpr, fpr, retained, cap = (get(p) for p in ("success_rate", "gate_tpr", "gate_fpr", "retained", "attempt_cap"))
    accepted = harness.acceptance(success, tpr, fpr)
    run = 1.0 if way.answered is None else 1.0 - way.answered
    return {
        "input_tokens": asked.input_tokens,
        "fresh_tokens": asked.input_tokens * input_weight(asked, figures),
        "output_tokens": asked.output_tokens,
        "decode_seconds": way.point.decode,
        "attempts": one.attempts,
        "run_by_model": run,
        "run_by_large": run * (1.0 - get("small_model_share")) if is_routed else run,
        **{name: spending(item_id, workload_id, figures) for item_id, name in HARNESS_SPENDING.items()},
        "judge_tokens": get("judge_input_tokens") + get("judge_output_tokens"),
        "success": success,
        "accepted": accepted,
        "good_accepted": success * tpr / accepted,
        "useful_tokens": harness.useful_tokens_per_task(asked.output_tokens, success, tpr, fpr, retained, cap),
    }


def _filled(behaviour: Behaviour, workload_id: str, draft: int) -> Behaviour:
    """The behaviour with the names of its figures filled in."""
    settings = tuple(replace(s, figure=s.figure.format(w=workload_id, k=draft)) for s in behaviour.settings)
    return replace(behaviour, settings=settings)
