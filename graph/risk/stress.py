"""What a disruption of our network does to tokens, accelerators, boards and sites: when, through what, how much (METHODS 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from graph.risk.makers import weakest_hit
from graph.risk.network import Array, Ints
from graph.risk.scenario import Case
from graph.risk.shortage import LEAST, Way, Ways, idle_of
from graph.risk.simulation import NONE, SHORT, Floats32, Loss, Run, losses, outage, simulate
from graph.risk.stability import verdict
from graph.risk.supply import Supply
from sources.frames import rows_of
from sources.records import GRADES

YEAR = 365
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
    "idle_share",
    "first_idle_day",
    "verdict",
    "grade",
    "assumed_share",
]
PATH = ["scenario_id", "target", "from_day", "to_day", "binding_input", "cause"]
PATH += ["output_share_low", "output_share", "output_share_high", "grade", "assumed_share"]


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
        path (from the cause to the target), worst_output, lost_share_low/central/high (of the output of all days), idle_share
        (of the central loss, what is for want of orders) and first_idle_day, verdict, grade (the weakest of the inputs on the
        path, and of the shares by which the cause is hit; 'estimate' where a stock or lead time on it is assumed, or where
        nothing but the scenario's own words is on it), assumed_share (of the inputs on the path, the part whose stock or lead
        time is assumed). Where nothing is lost at the middle of the ranges, path and grade are those of the end that loses most.
        path : one row per stretch of days with the same binding input: from_day, to_day, binding_input, cause, output_share and its range
        (what is made on the same days at the ends), grade and assumed_share as in the summary, of the way on the first of the days.
    """
    supply = supplies["central"]
    hits = [supply.hit(case.shocks) for case in cases.values()]
    courses = [outage(days, c.duration_days, 0, c.recovery_days, c.recovery_shape) for c in cases.values()]
    run = simulate(supply.net, [losses(hit, course) for hit, course in zip(hits, courses, strict=True)], days)
    at = [supply.net.index[target] for target in supply.targets]
    ends = [(Ways(run), lost_of(run, at))]
    made = [run.made[:, :, at]]
    for bound in ("low", "high"):
        other = supplies.get(bound)
        if other is not None:
            ways, there = _at_end(other, supply.targets, [other.hit(case.shocks) for case in cases.values()], courses, days)
            ends.append((ways, np.maximum(1.0 - there, 0.0).mean(axis=1, dtype=np.float64)))
            made.append(there)
    every = np.array([lost for _, lost in ends])
    low, high, worst = every.min(axis=0), every.max(axis=0), every.argmax(axis=0)
    first, (idle, first_idle), facts = first_short(run, at), idle_of(run, at), Facts(supply)
    summary, path = [], []
    for s, (scenario, case) in enumerate(cases.items()):
        share_of = cache(partial(_weakest, supply, case))
        for t, target in enumerate(supply.targets):
            day, j = int(first[s, t]), at[t]
            if day < 0 and high[s, t] < LEAST:
                continue
            told = ends[0 if day >= 0 or every[0, s, t] >= LEAST else worst[s, t]][0].way(s, target)
            row: dict[str, Any] = {
                "scenario_id": scenario,
                "target": target,
                "first_short_day": day if day >= 0 else None,
                "binding_input": run.binding_name(s, day, j) if day >= 0 else None,
                "cause": told.cause,
                "path": str(told),
                "worst_output": float(run.made[s, :, j].min()),
                # The thin case loses more: what `low` stocks lose is the upper end.
                "lost_share_low": low[s, t],
                "lost_share_central": every[0, s, t],
                "lost_share_high": high[s, t],
                "idle_share": idle[s, t],
                "first_idle_day": int(first_idle[s, t]) if first_idle[s, t] >= 0 else None,
                "verdict": verdict(run.made[s, :, j]),
            }
            summary.append(row | facts.of(told, share_of(told.cause)))
            for a, b in _stretches(run, s, j):
                if run.binding[s, a, j] != NONE:
                    way = Way((), tuple(ends[0][0].trace(s, a, target)))
                    shares = [float(one[s, a : b + 1, t].mean()) for one in made]
                    stretch = {
                        "scenario_id": scenario,
                        "target": target,
                        "from_day": a,
                        "to_day": b,
                        "binding_input": run.binding_name(s, a, j),
                        "cause": way.cause,
                        "output_share_low": min(shares),
                        "output_share": shares[0],
                        "output_share_high": max(shares),
                    }
                    path.append(stretch | facts.of(way, share_of(way.cause)))
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


def _at_end(supply: Supply, names: Sequence[str], hits: list[dict[str, float]], courses: list[Array], days: int) -> tuple[Ways, Floats32]:
    """The ways of losses at another end of the ranges, and (scenarios, days, names) what those named make; all where that end has no such node."""
    shocks = [
        losses({node: part for node, part in hit.items() if node in supply.net.index}, course)
        for hit, course in zip(hits, courses, strict=True)
    ]
    run = simulate(supply.net, shocks, days)
    if all(name in supply.net.index for name in names):
        return Ways(run), run.made[:, :, [supply.net.index[name] for name in names]]
    known = {name: k for k, name in enumerate(names) if name in supply.net.index}
    made = np.ones((len(shocks), days, len(names)), dtype=np.float32)
    made[:, :, list(known.values())] = run.made[:, :, [supply.net.index[name] for name in known]]
    return Ways(run), made


def _weakest(supply: Supply, case: Case, cause: str) -> str | None:
    return weakest_hit(supply.makers[cause], case.shocks)


class Facts:
    """What the inputs along a path rest on."""

    def __init__(self, supply: Supply) -> None:
        self.net = supply.net
        self.rows = rows_of(supply.evidence[["grade", "stock_basis", "lead_basis"]])
        self._known: dict[tuple[str, str], int] = {}

    def slots(self, told: Way) -> list[int]:
        """The inputs (numbers of slots) on a way, the one nearest to the target first."""
        for user, source in told.links:
            if (user, source) not in self._known:
                self._known[user, source] = self._slot(user, source)
        return [self._known[link] for link in told.links]

    def of(self, told: Way, shares: str | None = None) -> dict[str, object]:
        """grade and assumed_share of a way; `shares`: the weakest grade of the shares by which its cause is hit."""
        return self.of_slots(self.slots(told), shares)

    def of_slots(self, slots: Sequence[int], shares: str | None = None) -> dict[str, object]:
        """The same of inputs by their numbers."""
        rows = [self.rows[slot] for slot in slots]
        assumed = ["assumed" in (row["stock_basis"], row["lead_basis"]) for row in rows]
        known = [*(row["grade"] for row in rows), *([shares] if shares else [])]
        return {
            "grade": GRADES[-1] if any(assumed) or not known else max(known, key=GRADES.index),
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


def scenarios(hits: Iterable[Mapping[str, float]], course: Array) -> list[list[Loss]]:
    """One scenario per hit (node -> part lost), all along one course."""
    return [losses(hit, course) for hit in hits]
