"""What the limits of a plan are worth, and which of them cannot be met together.

A shadow price is the dual of the programme with its integers fixed: what one unit more is worth to the plan as it is. Beside it
stands what asking again with a step more gives: there the plan may be chosen anew, and latency and dates, which open and close
choices and so have no dual, have a worth as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from graph.cost.optimum import DEMAND, FIRST, LATENCY, MONTHS, SAME, TINY, Menu, Plan, Question, opened, optimum
from graph.cost.optimum_programme import Programme, supply_use
from graph.cost.planning import CAPITAL, POWER

BINDING = 1e-6
"""A limit binds where this part of it or less is left."""
LATENCY_STEP, FIRST_STEP, MONTHS_STEP, SIZE_STEP = 10.0, 1.0, 1.0, 0.01
"""What is asked for again: 10 ms, 1 s, 1 month, 1% of a size or of the demand more."""
UNITS = {POWER: ("MW", 1.0), CAPITAL: ("MUSD", 1e6)}
"""Size -> the unit its worth is told in, and how much that is."""


@dataclass(frozen=True)
class Worth:
    """What a limit is worth.

    used : what the plan takes of it; NaN for the demand
    is_binding : nothing is left of it
    unit, amount : worth is told per this much of it
    mtoken_per_unit : dual: million useful tokens a year more for one unit more, at no demand
    usd_per_unit : dual: USD a year saved with one unit more, at a given demand; of the demand itself what one more unit costs
    step : so much more was asked for again; the three that follow are what it brings in all
    step_mtoken, step_usd_per_year, step_usd_per_mtoken : tokens, cost and cost per token with the step less those without
    """

    limit: str
    value: float
    used: float
    is_binding: bool
    unit: str
    amount: float
    mtoken_per_unit: float
    usd_per_unit: float
    step: float
    step_mtoken: float
    step_usd_per_year: float
    step_usd_per_mtoken: float


class Impossible(ValueError):
    """No plan meets all limits.

    conflict : the limits of a smallest set that cannot be met together: without any one of it the others of it can
    enough : limit of that set -> what of it would do, the others of the set as they are; NaN where nothing would
    """

    def __init__(self, conflict: dict[str, float], enough: dict[str, float]) -> None:
        self.conflict, self.enough = conflict, enough
        super().__init__(f"no plan meets {', '.join(conflict) or 'what was asked, whatever the limits'}")


def planned(question: Question, menu: Menu) -> Plan:
    """The optimum.

    Raises
    ------
    Impossible
        There is none; it names a smallest set of limits in conflict.
    """
    found = optimum(question, menu)
    if found is None:
        conflict = smallest_conflict(question, menu)
        raise Impossible(conflict, {name: enough(question, menu, conflict, name) for name in conflict})
    return found


def feasible(question: Question, menu: Menu) -> bool:
    """Whether any plan meets the limits."""
    open_ = opened(question, menu)
    if question.demand is None or not open_:
        return bool(open_)
    programme = Programme(open_, question.workloads, question.sizes, question.most, question.demand)
    return programme.solve(question.demand) is not None


def smallest_conflict(question: Question, menu: Menu) -> dict[str, float]:
    """Limits that cannot be met together, of which each is needed for that: the deletion filter.

    Each limit is left out in turn; where the others alone are still impossible it stays out [1]_. Empty where nothing can be
    planned without any limit.

    References
    ----------
    .. [1] J. W. Chinneck, "Feasibility and Infeasibility in Optimization", Springer 2008, ch. 6.
    """
    kept = question
    for name in question.limits():
        without = kept.with_limit(name, None)
        if not feasible(without, menu):
            kept = without
    return kept.limits()


def enough(question: Question, menu: Menu, conflict: dict[str, float], name: str) -> float:
    """The tightest value of one limit at which the others of a conflict can be met; NaN where there is none."""
    alone = question
    for other in question.limits():
        if other not in conflict or other == name:
            alone = alone.with_limit(other, None)
    for other in conflict:
        if other != name:
            alone = alone.with_limit(other, conflict[other])
    kind = name.partition(":")[0]
    if not feasible(alone, menu):
        return math.nan
    if name == DEMAND:
        return _most(alone, menu)
    if kind in (LATENCY, FIRST, MONTHS):
        values = _values(menu, name)
        return _least(values, lambda value: feasible(alone.with_limit(name, value), menu))
    return _least_size(alone, menu, name)


def _most(question: Question, menu: Menu) -> float:
    """The most tokens a year that the limits allow."""
    found = optimum(replace(question, goal="output"), menu)
    return math.nan if found is None else found.mtoken_per_year


def _values(menu: Menu, name: str) -> list[float]:
    """All values that a latency or a date can take."""
    kind, _, workload = name.partition(":")
    if name == MONTHS:
        return sorted({build.months for build in menu.builds})
    ways = [w for s in menu.services if s.workload_id == workload for w in (s.main, s.small) if w is not None]
    return sorted({float(v) for w in ways for v in (w.latency_ms if kind == LATENCY else w.ttft_s)})


def _least(values: list[float], is_enough: Callable[[float], bool]) -> float:
    """The first of rising values that is enough, by halving; NaN where none is."""
    if not values or not is_enough(values[-1]):
        return math.nan
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(values[middle]) else (middle + 1, high)
    return values[low]


def _least_size(question: Question, menu: Menu, name: str) -> float:
    """The least of a size with which the demand is met, or one group of chips of every workload's smallest is powered."""
    if question.demand is not None:
        sizes = {**question.sizes, name: 1.0}
        programme = Programme(opened(question, menu), question.workloads, sizes, question.most, question.demand)
        found = programme.solve(question.demand, least=name)
        least = math.nan if found is None else programme.used(found)[name]
    else:
        least = math.nan
    groups = [_group(question, menu, k) * supply_use(build, name) for k, build in enumerate(menu.needed)]
    smallest = min((g for g in groups if g == g), default=math.nan)
    return float(np.nanmax([least, smallest])) if least == least or smallest == smallest else math.nan


def _group(question: Question, menu: Menu, k: int) -> float:
    """The least accelerators with which a build serves every workload in time; NaN where it cannot."""
    build = menu.needed[k]
    sizes = sorted({float(c) for s in menu.services if s.board_id == build.board_id for c in s.main.chips})
    one = Menu([replace(build, uses={**build.uses, "accelerators": 1.0})], menu.services)
    return _least(sizes, lambda room: bool(opened(question.with_limit("accelerators", room), one)))


def worths(plan: Plan, menu: Menu) -> list[Worth]:
    """What each limit of a plan is worth, in the order of `Question.limits`."""
    question, programme = plan.question, plan.programme
    chosen = _of_plan(plan)
    _, duals, more = chosen.prices(question.demand)
    is_given = question.demand is not None
    found = []
    for name, value in question.limits().items():
        kind = name.partition(":")[0]
        used = _used(plan, name)
        unit, amount = UNITS.get(name, ("", 1.0))
        step = {LATENCY: LATENCY_STEP, FIRST: FIRST_STEP, MONTHS: MONTHS_STEP}.get(kind, SIZE_STEP * value)
        again = optimum(question.with_limit(name, value + step), menu)
        dual = duals.get(name, math.nan) * amount if name != DEMAND else more
        changes = (math.nan,) * 3
        if again is not None:
            changes = (
                _change(plan.mtoken_per_year, again.mtoken_per_year),
                _change(plan.usd_per_year, again.usd_per_year),
                _change(plan.usd_per_mtoken, again.usd_per_mtoken),
            )
        is_size = name in programme.sizes
        binding = is_size and used >= value * (1.0 - BINDING)
        binding |= not is_size and changes[2] == changes[2] and _moves(changes, plan, question)
        found.append(
            Worth(
                name, value, used, bool(binding or name == DEMAND), unit, amount,
                math.nan if is_given else dual, dual if is_given else math.nan, step, *changes,
            )
        )  # fmt: skip
    return found


def _change(before: float, after: float) -> float:
    """After less before; rounding is none."""
    return after - before if abs(after - before) > SAME * abs(before) else 0.0


def _moves(changes: tuple[float, ...], plan: Plan, question: Question) -> bool:
    """Whether a step more of a latency or a date makes a better plan."""
    better = (
        -changes[2] / plan.usd_per_mtoken if question.goal == "cost" or question.demand is not None else changes[0] / plan.mtoken_per_year
    )
    return better > BINDING


def _of_plan(plan: Plan) -> Programme:
    """The programme of the builds that a plan chose, and nothing else open."""
    names = {(p.build.board_id, p.build.site_id, p.build.contract) for p in plan.parts}
    old = plan.programme
    kept = [k for k, o in enumerate(old.opened) if (o.build.board_id, o.build.site_id, o.build.contract) in names]
    question = plan.question
    new = Programme([old.opened[k] for k in kept], question.workloads, question.sizes, question.most, question.demand)
    new.allowed &= old.allowed[kept]
    return new


def _used(plan: Plan, name: str) -> float:
    """What a plan takes of a limit."""
    if name in plan.used:
        return plan.used[name]
    kind, _, workload = name.partition(":")
    if name == MONTHS:
        return max(p.build.months for p in plan.parts)
    if name == DEMAND:
        return plan.mtoken_per_year
    slowest = [0.0]
    for part in plan.parts:
        ways = part.way
        if ways.service.workload_id != workload:
            continue
        for which, point, is_run in (
            (ways.service.main, ways.point, part.mtoken - part.routed_mtoken > TINY * part.mtoken),
            (ways.service.small, ways.small_point, part.routed_mtoken > TINY * part.mtoken),
        ):
            if which is not None and point is not None and is_run:
                slowest.append(float((which.latency_ms if kind == LATENCY else which.ttft_s)[point]))
    return max(slowest)
