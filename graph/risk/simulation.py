"""Day by day through a disruption: stocks run down, deliveries dry up, what is scarce is shared (METHODS 4).

Each day, for each node, from what yesterday left:

1. what was shipped `lead` days ago arrives; with k > 1 no more of it is of use than the k-th best alternative brings,
2. the node makes what is ordered of it (and what refills its own stock), at most its capacity that day, at most what its
   scarcest essential input allows; a substitute, once it has come, carries its part of the output,
3. what it made and had in stock goes to its customers: to their normal use first, in proportion where it does not
   suffice, then to those who want to refill their stocks,
   what perishes (`Slot.perishes`: power, hours) and was not used is gone, and is ordered again in full,
4. every node orders what brings stock and goods on the way back to their targets; what an alternative that delivers too
   little leaves open is asked of the others, which serve it only with what they can spare.

Lasting inputs (`turnover` > 0) add to an installed base that wears and is planned to grow: output falls with the base,
measured against the plan. As all nodes start a day from yesterday's stocks, cycles are allowed. Orders count what is on
the way, so the rule itself does not swing; whether output does is reported (`graph.risk.stability`).

What it does not know: prices, priorities among customers, anticipation, hoarding. Unfilled final demand is lost.

References
----------
.. [1] S. Hallegatte, "Modeling the Role of Inventories and Heterogeneity in the Assessment of the Economic Costs of
   Natural Disasters", Risk Analysis 34(1), 2014: inventories and proportional rationing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.risk.lanes import LANES, at_rest, plan
from graph.risk.network import Array, Ints, Network, SupplyError

Floats32 = NDArray[np.float32]
NONE, OWN = -1, -2
"""Codes of `Run.binding`: nothing binds but orders; the node's own capacity binds. Any other value is the number of a slot."""
SHORT = 0.01
"""A target is short where it makes more than this part less than its normal output."""
SMALL_JOB = 4e6
"""Links x days x scenarios up to which plain numpy is done before numba is loaded."""
FEW = 8
"""Scenarios below which each is computed alone: a block costs about as much as six of them, however many it holds."""


@dataclass(frozen=True)
class Loss:
    """A part of a node's capacity lost; `course`: how much of that part is lost each day, 1 all to 0 nothing."""

    node: str
    part: float
    course: Array


Scenario = Sequence[Loss]
"""Losses at the same node add up: they are different makers' parts."""


@dataclass(frozen=True)
class Run:
    """What happened.

    made : float32 (scenarios, days, targets), output as a part of normal output
    binding : int32 of the same shape: what limits the target, see NONE and OWN
    """

    net: Network
    targets: tuple[str, ...]
    made: Floats32
    binding: NDArray[np.int32]

    def lost(self) -> Array:
        """(scenarios, targets) Output lost, as a part of normal output over all days; never below 0."""
        return np.asarray(np.maximum(1.0 - self.made.astype(np.float64), 0.0).mean(axis=1))

    def first_short(self) -> Ints:
        """(scenarios, targets) First day short for want of supply, -1 where there is none."""
        short = (self.made < 1.0 - SHORT) & (self.binding != NONE)
        return np.where(short.any(axis=1), short.argmax(axis=1), -1).astype(np.int64)

    def binding_name(self, scenario: int, day: int, target: int) -> str | None:
        """The input that limits a target that day, 'own capacity', or None."""
        code = int(self.binding[scenario, day, target])
        return None if code == NONE else "own capacity" if code == OWN else self.net.slot_names[code]


def simulate(
    net: Network, scenarios: Sequence[Scenario], days: int, targets: Sequence[str] | None = None, one_of_many: bool = False
) -> Run:
    """Run each scenario for a number of days.

    Parameters
    ----------
    net : the network
    scenarios : each a list of losses; an empty one is a year in which nothing happens
    days : T; courses shorter than that end in full recovery
    targets : nodes to report, all of them if left out
    one_of_many : the caller runs many small jobs, for which the compiler is worth loading

    Raises
    ------
    SupplyError
        No scenario, no day, a loss at an unknown node, a part or course outside 0 to 1.
    """
    if not scenarios or days < 1:
        raise SupplyError(f"nothing to simulate: {len(scenarios)} scenarios of {days} days")
    names = net.nodes if targets is None else tuple(targets)
    wanted = np.array([net.position(name) for name in names], dtype=np.int64)
    shocks = _Shocks(net, scenarios, days)
    made = np.empty((len(scenarios), days, len(names)), dtype=np.float32)
    binding = np.empty(made.shape, dtype=np.int32)
    if float(len(net.source) + len(net.nodes)) * days * len(scenarios) <= SMALL_JOB and not one_of_many:
        from graph.risk.daily import run_plain

        run_plain(net, shocks.per_day(len(net.nodes)), wanted, made, binding)
    else:
        run_compiled(net, shocks, wanted, made, binding)
    return Run(net, tuple(names), made, binding)


def run_compiled(net: Network, shocks: _Shocks, wanted: Ints, made: Floats32, binding: NDArray[np.int32]) -> None:
    """The compiled kernel, blocks of scenarios on all processors; fills `made` and `binding`."""
    from graph.risk import kernels  # loads numba

    layout = plan(net)
    several = True if len(made) >= FEW else None
    lanes = LANES if several else 1

    def block(first: int) -> None:
        these = slice(first, first + lanes)
        start = shocks.start[first : first + lanes + 1]
        lost = shocks.node, shocks.part, shocks.course, shocks.courses
        kernels.run(layout, at_rest(net, layout, lanes), start, *lost, wanted, made[these], binding[these], several)

    firsts = range(0, len(made), lanes)
    if len(firsts) == 1:
        block(0)
        return
    with ThreadPoolExecutor(processors()) as pool:
        list(pool.map(block, firsts))


def processors() -> int:
    """Processors this process may use, where the system tells; else all there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Shocks:
    """The losses of all scenarios as arrays; courses that are the same object are kept once."""

    def __init__(self, net: Network, scenarios: Sequence[Scenario], days: int) -> None:
        self.days = days
        rows: list[Array] = []
        known: dict[int, int] = {}
        node, part, course, counts = [], [], [], []
        for number, scenario in enumerate(scenarios):
            for loss in scenario:
                where = f"scenario {number}, loss at {loss.node!r}"
                if loss.node not in net.index:
                    raise SupplyError(f"{where}: no such node in the network")
                if not 0 <= loss.part <= 1:
                    raise SupplyError(f"{where}: the part lost must lie between 0 and 1, got {loss.part}")
                if id(loss.course) not in known:
                    known[id(loss.course)] = len(rows)
                    rows.append(_padded(loss.course, days, where))
                node.append(net.index[loss.node])
                part.append(loss.part)
                course.append(known[id(loss.course)])
            counts.append(len(scenario))
        self.start = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        self.node, self.course = np.array(node, dtype=np.int64), np.array(course, dtype=np.int64)
        self.part = np.array(part, dtype=np.float64)
        self.courses: Array = np.array(rows) if rows else np.zeros((1, days))

    def per_day(self, nodes: int) -> list[Array]:
        """For each day the capacity left, (nodes, scenarios)."""
        scenario = np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))
        result = []
        for t in range(self.days):
            lost = np.zeros((nodes, len(self.start) - 1))
            np.add.at(lost, (self.node, scenario), self.part * self.courses[self.course, t])
            result.append(np.maximum(1.0 - lost, 0.0))
        return result


def _padded(course: Array, days: int, where: str) -> Array:
    values = np.asarray(course, dtype=np.float64)
    if values.ndim != 1 or not np.isfinite(values).all() or (values < 0).any() or (values > 1).any():
        raise SupplyError(f"{where}: its course must be a list of numbers between 0 and 1")
    whole = np.zeros(days)
    whole[: min(days, values.size)] = values[:days]
    return whole


def outage(days: int, duration: int, start: int = 0, recovery_days: int = 0, shape: str = "linear") -> Array:
    """The course of an outage over `days`: 1 for `duration` days from `start`, then back to 0.

    Parameters
    ----------
    recovery_days : days until all is back (linear) or until 95% is (exponential); 0: at once
    shape : 'linear' or 'exponential'
    """
    if shape not in ("linear", "exponential"):
        raise ValueError(f"a recovery is linear or exponential, got {shape!r}")
    since = np.arange(days) - (start + duration) + 1.0  # 1 on the first day of recovery
    if recovery_days <= 0:
        after = np.zeros(days)
    elif shape == "linear":
        after = 1.0 - since / recovery_days
    else:
        after = np.exp(-3.0 * since / recovery_days)
    course = np.where(since <= 0, 1.0, np.clip(after, 0.0, 1.0))
    return np.asarray(np.where(np.arange(days) < start, 0.0, course), dtype=float)


def losses(parts: Mapping[str, float], course: Array) -> list[Loss]:
    """A scenario: node -> part of its capacity lost, all along one course."""
    return [Loss(node, part, course) for node, part in parts.items() if part > 0]
