"""The optimum: which board, where, at which operating point, with which power and which routes (METHODS 7).

What is asked, and why it is two questions. Cost per useful token is a ratio: halving a plan halves its cost and its tokens,
so that a limit on its size (megawatts, capital, wafers) alone never makes a token dearer, and "least cost per token under 100
MW" has the same answer at 1 MW. Hence:

demand given : the plan that serves it at the least cost. Limits of size bind, and are worth USD a year.
no demand, goal 'cost' : the plan with the least cost per useful token, of those of which at least one group of chips fits all
    limits; then as many tokens as the limits allow of it. Limits are worth tokens a year.
no demand, goal 'output' : the most useful tokens that the limits allow, and of such plans the cheapest: what to build where
    megawatts are scarce and tokens are not too dear.

Latency and the date of power decide which points and places are open at all. They have no dual; what they are worth is found
by asking again with a little more of them. So is what any limit is worth when the plan may be chosen anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np

from graph.cost.optimum_programme import Open, Programme, Solution, Way, supply_use, way
from graph.cost.planning import Build, Service

Goal = Literal["cost", "output"]
MONTHS, DEMAND = "months", "demand_mtoken_per_year"
LATENCY, FIRST = "latency_ms", "ttft_s"
SAME = 1e-9
"""Of the most tokens, so much may be given up for a cheaper plan: rounding."""
TINY = 1e-7
"""A part of a plan below this is the solver's rounding."""


@dataclass(frozen=True)
class Question:
    """What is to be planned.

    workloads : workload -> its part of all useful tokens; the parts sum to one
    latency_ms : workload -> time between two tokens of one user, at most, ms
    ttft_s : workload -> time to the first token, at most, s
    sizes : `power_mw` (at the meter, all at full load), `capital_usd`, and items, classes of items or beginnings of their ids
        ('hbm3e', 'hbm', 'cowos'), in their units, for the whole plan
    months : until there is power, at most; None: any
    demand : million useful tokens a year; None: see `goal`
    most : builds (a board at a place with a contract) in one plan, at most
    """

    workloads: Mapping[str, float]
    latency_ms: Mapping[str, float]
    ttft_s: Mapping[str, float] = field(default_factory=dict)
    sizes: Mapping[str, float] = field(default_factory=dict)
    months: float | None = None
    demand: float | None = None
    goal: Goal = "cost"
    most: int = 1

    def limits(self) -> dict[str, float]:
        """Every limit by name: sizes, months, the demand, and 'latency_ms:<workload>', 'ttft_s:<workload>'."""
        found = dict(self.sizes)
        found |= {MONTHS: self.months} if self.months is not None else {}
        found |= {f"{LATENCY}:{w}": v for w, v in self.latency_ms.items()} | {f"{FIRST}:{w}": v for w, v in self.ttft_s.items()}
        return found | ({DEMAND: self.demand} if self.demand is not None else {})

    def with_limit(self, name: str, value: float | None) -> Question:
        """The same with one limit set otherwise, or without it (None)."""
        kind, _, workload = name.partition(":")
        if name == MONTHS:
            return replace(self, months=value)
        if name == DEMAND:
            return replace(self, demand=value)
        owner: str = {LATENCY: "latency_ms", FIRST: "ttft_s"}.get(kind, "sizes")
        held = {k: v for k, v in getattr(self, owner).items() if k != (workload if owner != "sizes" else name)}
        if value is not None:
            held[workload if owner != "sizes" else name] = value
        return replace(self, **{owner: held})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Menu:
    """What can be chosen from; see `graph.cost.planning`."""

    builds: Sequence[Build]
    services: Sequence[Service]

    @cached_property
    def needed(self) -> list[Build]:
        """The builds that a best plan can need."""
        return _undominated(self.builds)


@dataclass(frozen=True)
class Part:
    """One workload on one build of a plan.

    mtoken, routed_mtoken : million useful tokens a year, all of them and those by the small model
    accelerators : those that serve them
    """

    build: Build
    way: Way
    mtoken: float
    routed_mtoken: float
    accelerators: float


@dataclass(frozen=True)
class Plan:
    """The answer: parts, million useful tokens a year, what they cost, and what is used of each size."""

    question: Question
    parts: tuple[Part, ...]
    mtoken_per_year: float
    usd_per_year: float
    used: Mapping[str, float]
    programme: Programme

    @property
    def usd_per_mtoken(self) -> float:
        """USD per million useful tokens."""
        return self.usd_per_year / self.mtoken_per_year


def opened(question: Question, menu: Menu) -> list[Open]:
    """The builds that limits of latency and date, and of size for one group of chips, leave open."""
    services = {(s.board_id, s.workload_id): s for s in menu.services}
    found: list[Open] = []
    for build in menu.needed:
        if question.months is not None and build.months > question.months:
            continue
        room = min((limit / use for name, limit in question.sizes.items() if (use := supply_use(build, name)) > 0), default=np.inf)
        ways: list[Way] = []
        for workload in question.workloads:
            service = services.get((build.board_id, workload))
            if service is None:
                break
            one = way(service, question.latency_ms.get(workload, np.inf), question.ttft_s.get(workload, np.inf), room)
            if one is None:
                break
            ways.append(one)
        else:
            found.append(Open(build, room, tuple(ways)))
    return found


def _undominated(builds: Sequence[Build]) -> list[Build]:
    """Without the places where a board costs no less, takes no less of anything and has no earlier power than at another."""
    boards: dict[str, list[tuple[np.ndarray, Build]]] = {}
    for build in builds:
        figures = np.array([build.usd_per_year, build.months, *(build.uses[name] for name in sorted(build.uses))])
        kept = boards.setdefault(build.board_id, [])
        if not any((other <= figures).all() for other, _ in kept):
            kept[:] = [k for k in kept if not (figures <= k[0]).all()] + [(figures, build)]
    return [build for kept in boards.values() for _, build in kept]


def optimum(question: Question, menu: Menu) -> Plan | None:
    """The best plan, or None where the limits leave none.

    Raises
    ------
    ValueError
        Nothing limits the size of a plan, and no demand is given.
    """
    open_ = opened(question, menu)
    if not open_:
        return None
    if question.demand is not None:
        programme = Programme(open_, question.workloads, question.sizes, question.most, question.demand)
        found = programme.solve(question.demand)
    elif question.goal == "output":
        programme = Programme(open_, question.workloads, question.sizes, question.most, None)
        most = programme.solve(None)
        found = programme.solve(most.total * (1.0 - SAME)) if most is not None else None
    else:
        if not question.sizes:
            raise ValueError("nothing limits the size: give a limit on power, capital or a supply, or a demand")
        cheapest = Programme([replace(o, room=np.inf) for o in open_], question.workloads, {}, question.most, 1.0)
        first = cheapest.solve(1.0)
        assert first is not None  # each build that is open serves every workload
        open_, tokens = _chosen(open_, first)
        programme = Programme(open_, question.workloads, question.sizes, question.most, None)
        programme.allowed &= tokens > TINY
        found = programme.prices(None)[0]
    return None if found is None else _plan(question, programme, found)


def _chosen(open_: Sequence[Open], found: Solution) -> tuple[list[Open], np.ndarray]:
    """The builds a plan uses, and their tokens as parts of all."""
    parts = found.tokens / found.total
    used = np.flatnonzero(parts.sum(axis=(1, 2)) > TINY)
    return [open_[int(k)] for k in used], parts[used]


def _plan(question: Question, programme: Programme, found: Solution) -> Plan:
    accelerators = programme.accelerators(found)
    parts = []
    for k, one in enumerate(programme.opened):
        for w, its_way in enumerate(one.ways):
            both = found.tokens[k, w]
            if both.sum() > TINY * found.total:
                parts.append(Part(one.build, its_way, float(both.sum()), float(both[1]), float(accelerators[k, w].sum())))
    return Plan(question, tuple(parts), found.total, found.usd_per_year, programme.used(found), programme)
