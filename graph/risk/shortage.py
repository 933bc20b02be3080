"""How a shortage reaches a target: from the node whose own capacity is short, over inputs that lack or over orders that stay away.

A target that makes less is either short of supply (an input lacks, or its own capacity does), or idle: its customers, short of
something else, order less of it. The two are told apart day by day by what binds in the simulation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from graph.risk.network import Array, Ints, Network
from graph.risk.simulation import NONE, SHORT, Run

LEAST = 1e-6
"""A part of the year's output smaller than this is rounding."""


@dataclass(frozen=True)
class Way:
    """From a target to the cause of what it loses.

    idle : the target and the customers after it that are idle too, nearest first; empty where the target itself is short
    short : from the node that is short of supply (the target, or the last of `idle`'s customers) up to the cause; empty where
        no customer of an idle target is short
    """

    idle: tuple[str, ...]
    short: tuple[str, ...]

    @property
    def cause(self) -> str:
        """The node at the root."""
        return self.short[-1] if self.short else self.idle[-1]

    @property
    def links(self) -> list[tuple[str, str]]:
        """(user, source) of each step, the one nearest to the target first."""
        down = [*self.idle, *self.short[:1]]
        return [*((user, source) for source, user in pairwise(down)), *pairwise(self.short)]

    @classmethod
    def read(cls, text: str) -> Way:
        """The way that a text of this form tells."""
        up, *down = text.split(" < ")
        return cls(tuple(reversed(down)), tuple(reversed(up.split(" > "))))

    def __str__(self) -> str:
        """'item:t_glass > item:abf_substrate > item:rack < board:b': the rack lacks the substrate, and orders fewer boards."""
        up = " > ".join(reversed(self.short))
        return " < ".join([*([up] if up else []), *reversed(self.idle)])


def idle_of(run: Run, at: Sequence[int]) -> tuple[Array, Ints]:
    """(scenarios, len(at)) Output lost for want of orders, as a part of normal output over all days; and the first day on which more
    than one per cent is, -1 where there is none."""
    at = list(at)
    lost = np.where(run.binding[:, :, at] == NONE, np.maximum(1.0 - run.made[:, :, at], 0.0), 0.0)
    idle = lost > SHORT
    return lost.mean(axis=1, dtype=np.float64), np.where(idle.any(axis=1), idle.argmax(axis=1), -1).astype(np.int64)


def users(net: Network, node: int) -> dict[int, float]:
    """Who takes a node's output: node -> units a day in normal times."""
    taken: dict[int, float] = {}
    for e in np.flatnonzero(net.source == node).tolist():
        slot = int(np.searchsorted(net.link_start, e, side="right")) - 1
        user = int(net.slot_node[slot])
        taken[user] = taken.get(user, 0.0) + float(net.mix[e] * net.need[slot] * net.output[user])
    return taken


class Ways:
    """The ways of a run's losses. The run must report all nodes."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._missed: dict[int, Array] = {}
        self._users: dict[int, dict[int, float]] = {}

    def way(self, scenario: int, target: str) -> Way:
        """How the losses of a scenario reach a target."""
        at = self.run.net.index[target]
        made, held = self.run.made[scenario, :, at], self.run.binding[scenario, :, at] != NONE
        lost = np.maximum(1.0 - made, 0.0)
        short = np.flatnonzero(held & (lost > SHORT))
        if short.size:
            return Way((), tuple(self.trace(scenario, int(short[0]), target)))
        if lost[held].sum() > lost[~held].sum():  # short by less than counts as short, but by more than it is idle
            return Way((), tuple(self.trace(scenario, int(np.flatnonzero(held & (lost > 0))[-1]), target)))
        idle, day = [target], int(made.argmin())
        while found := self._customer(scenario, day, idle):
            name, since = found
            if since >= 0:
                return Way(tuple(idle), tuple(self.trace(scenario, since, name)))
            idle.append(name)
        return Way(tuple(idle), ())

    def trace(self, scenario: int, day: int, target: str) -> list[str]:
        """From a target up to the node whose own capacity is short: at each step the supplier that held back most by then.

        The list starts with the target and ends at the cause.
        """
        net, chain, missed = self.run.net, [target], self._missed_by(scenario)[day]
        while True:
            codes = self.run.binding[scenario, : day + 1, net.index[chain[-1]]]
            binding = int(codes[-1]) if codes[-1] >= 0 else int(next((c for c in codes[::-1] if c != NONE), NONE))
            if binding < 0:
                return chain
            links = range(net.link_start[binding], net.link_start[binding + 1])
            gap = {net.nodes[net.source[e]]: float(net.mix[e] * missed[net.source[e]]) for e in links}
            worst = max(gap, key=lambda name: gap[name])
            if worst in chain or gap[worst] < LEAST:
                return chain
            chain.append(worst)

    def _missed_by(self, scenario: int) -> Array:
        """(days, nodes) Output lost until each day because something held it back, in normal days; what nobody ordered is not lost."""
        if scenario not in self._missed:
            made, held = self.run.made[scenario].astype(np.float64), self.run.binding[scenario] != NONE
            self._missed[scenario] = np.where(held, np.maximum(1.0 - made, 0.0), 0.0).cumsum(axis=0)
        return self._missed[scenario]

    def _customer(self, scenario: int, day: int, idle: Sequence[str]) -> tuple[str, int] | None:
        """The customer that cost the last of the idle most orders by a day, and the last day on which it was short (-1: it was idle too)."""
        net, node = self.run.net, self.run.net.index[idle[-1]]
        if node not in self._users:
            self._users[node] = users(net, node)
        made, codes = self.run.made[scenario, : day + 1], self.run.binding[scenario, : day + 1]
        missed = {
            user: units * float(np.maximum(1.0 - made[:, user], 0.0).sum())
            for user, units in self._users[node].items()
            if net.nodes[user] not in idle
        }
        worst = max(missed, key=lambda user: missed[user], default=None)
        if worst is None or missed[worst] < LEAST:
            return None
        held = np.flatnonzero((made[:, worst] < 1.0 - LEAST) & (codes[:, worst] != NONE))
        return net.nodes[worst], int(held[-1]) if held.size else -1
