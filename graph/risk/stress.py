"""What a disruption of our network does to tokens, accelerators, boards and sites: when, through what, how much (METHODS 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from graph.risk.network import Array, Ints
from graph.risk.scenario import Case
from graph.risk.simulation import NONE, SHORT, Loss, Run, losses, outage, simulate
from graph.risk.stability import verdict
from graph.risk.supply import Supply
from sources.frames import rows_of
from sources.records import GRADES

YEAR = 365
LEAST = 1e-6
"""A part of the year's output smaller than this is rounding."""
SUMMARY = [
    "scenario_id",
    "target",
    "first_short_day",
    "binding_input",
    "cause",
    "path",
    "worst_output",
    "lost_share_low",
    "lost_share_central",
    "lost_share_high",
    "verdict",
    "grade",
    "assumed_share",
]
PATH = ["scenario_id", "target", "from_day", "to_day", "binding_input", "cause", "output_share"]


def disruption(supplies: Mapping[str, Supply], cases: Mapping[str, Case], days: int = YEAR) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What each scenario does to each target.

    Parameters
    ----------
    supplies : 'central', and where wanted 'low' and 'high' (`supply_network` with that bound)
    cases : scenario id -> scenario

    Returns
    -------
    (summary, path)
        summary : one row per scenario and target that is reached: first_short_day, binding_input, cause (the node at the root),
        path (from the cause to the target), worst_output, lost_share_low/central/high (of the output of all days), verdict,
        grade (the weakest on the path, 'estimate' where a stock or lead time on it is assumed), assumed_share (of the inputs on
        the path, the part whose stock or lead time is assumed).
        path : one row per stretch of days with the same binding input: from_day, to_day, binding_input, cause, output_share.
    """
    supply = supplies["central"]
    hits = [supply.hit(case.shocks) for case in cases.values()]
    courses = [outage(days, c.duration_days, 0, c.recovery_days, c.recovery_shape) for c in cases.values()]
    run = simulate(supply.net, [losses(hit, course) for hit, course in zip(hits, courses, strict=True)], days)
    at = [supply.net.index[target] for target in supply.targets]
    ends = [lost_of(run, at)]
    for bound in ("low", "high"):
        other = supplies.get(bound)
        if other is not None:
            ends.append(_lost_of(other, supply.targets, hits, courses, days))
    low, high = np.minimum.reduce(ends), np.maximum.reduce(ends)
    first, facts = first_short(run, at), Facts(supply)
    summary, path = [], []
    for s, scenario in enumerate(cases):
        for t, target in enumerate(supply.targets):
            day, j = int(first[s, t]), at[t]
            if day < 0 and high[s, t] < LEAST:
                continue
            chain = trace(run, s, day, target) if day >= 0 else [target]
            row: dict[str, Any] = {
                "scenario_id": scenario,
                "target": target,
                "first_short_day": day if day >= 0 else None,
                "binding_input": run.binding_name(s, day, j) if day >= 0 else None,
                "cause": chain[-1],
                "path": " > ".join(reversed(chain)),
                "worst_output": float(run.made[s, :, j].min()),
                # The thin case loses more: what `low` stocks lose is the upper end.
                "lost_share_low": low[s, t],
                "lost_share_central": ends[0][s, t],
                "lost_share_high": high[s, t],
                "verdict": verdict(run.made[s, :, j]),
            }
            summary.append(row | facts.of(chain))
            for a, b in _stretches(run, s, j):
                if run.binding[s, a, j] != NONE:
                    path.append(
                        {
                            "scenario_id": scenario,
                            "target": target,
                            "from_day": a,
                            "to_day": b,
                            "binding_input": run.binding_name(s, a, j),
                            "cause": trace(run, s, a, target)[-1],
                            "output_share": float(run.made[s, a : b + 1, j].mean()),
                        }
                    )
    return pd.DataFrame(summary, columns=SUMMARY), pd.DataFrame(path, columns=PATH)


def lost_of(run: Run, at: Sequence[int]) -> Array:
    """(scenarios, len(at)) `Run.lost` of some of the targets."""
    made = run.made[:, :, list(at)]
    return np.asarray(np.maximum(1.0 - made, 0.0).mean(axis=1, dtype=np.float64))


def first_short(run: Run, at: Sequence[int]) -> Ints:
    """(scenarios, len(at)) `Run.first_short` of some of the targets."""
    at = list(at)
    short = (run.made[:, :, at] < 1.0 - SHORT) & (run.binding[:, :, at] != NONE)
    return np.where(short.any(axis=1), short.argmax(axis=1), -1).astype(np.int64)


def _lost_of(supply: Supply, names: Sequence[str], hits: list[dict[str, float]], courses: list[Array], days: int) -> Array:
    """Lost output of the nodes named, from another end of the ranges; 0 where that end has no such node."""
    known = [name for name in names if name in supply.net.index]
    shocks = [
        losses({node: part for node, part in hit.items() if node in supply.net.index}, course)
        for hit, course in zip(hits, courses, strict=True)
    ]
    lost = lost_of(simulate(supply.net, shocks, days, known), range(len(known)))
    column = {name: k for k, name in enumerate(known)}
    return np.stack([lost[:, column[n]] if n in column else np.zeros(len(shocks)) for n in names], axis=1)


class Facts:
    """What the inputs along a path rest on."""

    def __init__(self, supply: Supply) -> None:
        self.net = supply.net
        self.rows = rows_of(supply.evidence[["grade", "stock_basis", "lead_basis"]])

    def slots(self, chain: Sequence[str]) -> list[int]:
        """The inputs (numbers of slots) that join each node of a chain, target first, to the next."""
        return [self._slot(user, source) for user, source in pairwise(chain)]

    def of(self, chain: Sequence[str]) -> dict[str, object]:
        """grade and assumed_share of a chain; no grade where nothing is on the way."""
        return self.of_slots(self.slots(chain))

    def of_slots(self, slots: Sequence[int]) -> dict[str, object]:
        """The same of inputs by their numbers."""
        rows = [self.rows[slot] for slot in slots]
        assumed = ["assumed" in (row["stock_basis"], row["lead_basis"]) for row in rows]
        weakest = max((row["grade"] for row in rows), key=GRADES.index, default=None)
        return {
            "grade": GRADES[-1] if any(assumed) else weakest,
            "assumed_share": float(np.mean(assumed)) if assumed else 0.0,
        }

    def _slot(self, user: str, source: str) -> int:
        at, wanted = self.net.index[user], self.net.index[source]
        for slot in range(self.net.slot_start[at], self.net.slot_start[at + 1]):
            if wanted in self.net.source[self.net.link_start[slot] : self.net.link_start[slot + 1]]:
                return slot
        raise ValueError(f"{source} is no input of {user}")


def _stretches(run: Run, scenario: int, target: int) -> list[tuple[int, int]]:
    """First and last day of each stretch with one binding input."""
    codes = run.binding[scenario, :, target]
    starts = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1])))
    return [(int(a), int(b) - 1) for a, b in zip(starts, [*starts[1:], len(codes)], strict=True)]


def trace(run: Run, scenario: int, day: int, target: str) -> list[str]:
    """From a target up to the node whose own capacity is short: at each step the supplier that held back most by then.

    `run` must report all nodes. The list starts with the target and ends at the cause.
    """
    net, chain = run.net, [target]
    while True:
        at = net.index[chain[-1]]
        codes = run.binding[scenario, : day + 1, at]
        binding = int(codes[-1]) if codes[-1] >= 0 else int(next((c for c in codes[::-1] if c != NONE), NONE))
        if binding < 0:
            return chain
        gap = {
            net.nodes[net.source[e]]: net.mix[e] * _short_of_supply(run, scenario, day, net.source[e])
            for e in range(net.link_start[binding], net.link_start[binding + 1])
        }
        worst = max(gap, key=lambda name: gap[name])
        if worst in chain or gap[worst] < LEAST:
            return chain
        chain.append(worst)


def _short_of_supply(run: Run, scenario: int, day: int, node: int) -> float:
    """Output that a node has lost until that day because something held it back, in normal days; what nobody ordered is not lost."""
    made, held_back = run.made[scenario, : day + 1, node], run.binding[scenario, : day + 1, node] != NONE
    return float((1.0 - made[held_back]).clip(min=0.0).sum())


def scenarios(hits: Iterable[Mapping[str, float]], course: Array) -> list[list[Loss]]:
    """One scenario per hit (node -> part lost), all along one course."""
    return [losses(hit, course) for hit in hits]
