"""Chokepoints of targets: what single losses stop them, what pairs do, how much each matters, and what that rests on.

The grade of a cut set is that of its best-evidenced account: the least g such that the failure still follows when only
statements of grade g or better are believed. Each account takes the shares and places of all suppliers that are lost, and
every requirement on the way to the target.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graph.risk.chokepoint_evidence import evidence
from graph.risk.chokepoint_tables import MinCutSet, Spof, TopProbability
from graph.risk.contribution import contribution
from graph.risk.failure_spread import failing, route, supply_lost, without_suppliers
from graph.risk.shared_diagram import SharedDiagram, shared_diagram
from graph.risk.supply_things import By, Frames, Records
from graph.risk.supply_tree import SupplyTree, supply_tree
from sources.columns import Table, columns
from sources.records import GRADES

Cut = tuple[str, ...]
BOUNDS = ("supply_lost_low", "supply_lost", "supply_lost_high")
LEAST = 0.01
"""An event that matters less to the top than this, and takes less of the supply, tells little: the published table leaves it out."""


@dataclass(frozen=True)
class Chokepoints:
    """The tables of some targets in one view: rows of `Spof`, `MinCutSet` and `TopProbability`.

    supply : the fault tree they were computed on, with the circles that were cut
    """

    spof: pd.DataFrame
    min_cut_set: pd.DataFrame
    top_probability: pd.DataFrame
    supply: SupplyTree


def chokepoints(
    records: Records,
    target: str | Sequence[str],
    by: By = "organisation",
    max_order: int = 2,
    share: float | None = None,
    depth: int | None = None,
    probability: float = 0.01,
    country_probability: Mapping[str, float] | None = None,
) -> Chokepoints:
    """Single points of failure, minimal cut sets up to `max_order`, and importance of every event for one target or several.

    Parameters
    ----------
    records, target, by, share, depth, probability, country_probability : see `graph.risk.supply_tree.supply_tree`
    max_order : the longest cut sets listed; the top probability is exact whatever this is

    Raises
    ------
    FaultTreeError
        A target is unknown or the records are unsound.
    """
    supply = supply_tree(records, target, by, share, depth, probability, country_probability)
    solved = shared_diagram(supply.tree, supply.targets)
    cuts = solved.minimal_cut_sets(max_order)
    every = list(dict.fromkeys([*(cut for found in cuts.values() for cut in found), *((event,) for event in supply.tree.events)]))
    account = _Account(supply, cuts, every)
    return Chokepoints(
        _frame([row for target in supply.targets for row in _spof(records, account, target)], Spof),
        _frame([row for target in supply.targets for row in _cut_sets(account, target)], MinCutSet),
        _importance(account, solved),
        supply,
    )


def single_points_of_failure(records: Records, target: str, by: By = "organisation", share: float | None = None) -> pd.DataFrame:
    """The events whose loss alone stops the target; columns of `Spof`."""
    return chokepoints(records, target, by, 1, share).spof


def tables(
    core: Frames,
    targets: Iterable[str],
    views: Iterable[By] = ("offer", "organisation", "owner", "country"),
    max_order: int = 2,
    probability: float = 0.01,
    least: float = 0.0,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The tables risk.spof, risk.min_cut_set and risk.top_probability of many targets in many views.

    Parameters
    ----------
    core : core tables by name: item, organisation, offer, requirement, share, board
    least : events are left out of the third table that matter less than this (Fussell-Vesely) and take less of the supply
    """
    records = Records(core)
    targets = list(targets)
    found = [chokepoints(records, targets, by, max_order, probability=probability) for by in views]
    tops = pd.concat([one.top_probability for one in found], ignore_index=True)
    tells = (tops["fussell_vesely"] >= least) | (tops["supply_lost"] >= least)
    return (
        pd.concat([one.spof for one in found], ignore_index=True),
        pd.concat([one.min_cut_set for one in found], ignore_index=True),
        tops[tells].reset_index(drop=True),
    )


class _Account:
    """What follows from each set of losses, computed for all sets and targets together.

    cuts : target -> its minimal cut sets; place : a set of losses -> its column in what follows
    """

    def __init__(self, supply: SupplyTree, cuts: Mapping[str, Sequence[Cut]], every: Sequence[Cut]) -> None:
        self.supply, self.cuts = supply, cuts
        self.place = {cut: k for k, cut in enumerate(every)}
        self.lost = supply_lost(supply, every)
        wanted = list(dict.fromkeys(cut for found in cuts.values() for cut in found))
        # Each cut set once a grade, side by side: column k x grades + g.
        self.column = {cut: k * len(GRADES) for k, cut in enumerate(wanted)}
        repeated = [cut for cut in wanted for _ in GRADES]
        believed = np.tile(np.arange(len(GRADES)), len(wanted))
        self.failing = failing(supply, repeated, believed)
        self.short = without_suppliers(supply, repeated, believed)

    def grade(self, target: str, cut: Cut) -> int:
        """Position in `GRADES` of what the failure rests on."""
        k = self.column[cut]
        return int(np.argmax(self.failing[target][k : k + len(GRADES)]))

    def way(self, target: str, cut: Cut) -> list[str]:
        """From the target to the thing that fails for want of suppliers, by the shortest way of its best account."""
        grade = self.grade(target, cut)
        return route(self.supply, target, self.failing, self.short, self.column[cut] + grade, grade)

    def gone(self, target: str, cut: Cut) -> dict[str, float]:
        """The columns of supply lost."""
        k = self.place[cut]
        return dict(zip(BOUNDS, self.lost[target][:, k].tolist(), strict=True))


def _spof(records: Records, account: _Account, target: str) -> list[dict[str, object]]:
    supply = account.supply
    rows: list[dict[str, object]] = []
    for cut in account.cuts[target]:
        if len(cut) != 1:
            continue
        way = account.way(target, cut)
        known = next((s for group in supply.things[way[-1]].suppliers for s in group if s.event == cut[0]), None)
        rows.append(
            {
                "target": target,
                "by": supply.by,
                "event": cut[0],
                "stops_first": way[-1],
                "share_low": known.low if known else None,
                "share_central": known.share if known else None,
                "share_high": None if known is None or known.high is None else min(known.high, 1.0),
                "path": " > ".join([cut[0], *reversed(way)]),
                "steps": len(way) - 1,
                "grade": GRADES[account.grade(target, cut)],
                "evidence": "; ".join(evidence(records, supply.by, cut[0], way)),
                **account.gone(target, cut),
            }
        )
    return sorted(rows, key=lambda row: (row["steps"], row["event"]))


def _cut_sets(account: _Account, target: str) -> list[dict[str, object]]:
    p = account.supply.tree.events
    return [
        {
            "target": target,
            "by": account.supply.by,
            "events": " + ".join(cut),
            "order": len(cut),
            "probability": math.prod(p[event] or 0.0 for event in cut),
            "grade": GRADES[account.grade(target, cut)],
            **account.gone(target, cut),
        }
        for cut in account.cuts[target]
    ]


def _importance(account: _Account, solved: SharedDiagram) -> pd.DataFrame:
    """See `graph.risk.cutsets.Solution.importance`; events that make no difference have no row."""
    supply = account.supply
    p = {event: chance or 0.0 for event, chance in supply.tree.events.items()}
    total, slopes = solved.probability(p)
    known = contribution(supply)
    rows = []
    for target, top, slope in zip(solved.root, total, slopes, strict=True):
        best: dict[str, int] = {}
        for cut in account.cuts[target]:
            for event in cut:
                best[event] = min(best.get(event, len(GRADES)), account.grade(target, cut))
        single = {cut[0] for cut in account.cuts[target] if len(cut) == 1}
        # Equal importance comes out of the passes with the last digits unequal; ties go by name.
        order = sorted(zip(solved.variables, slope, strict=True), key=lambda pair: (-round(float(pair[1]), 12), pair[0]))
        rows += [
            {
                "target": target,
                "by": supply.by,
                "event": event,
                "top_probability": float(top),
                "event_probability": p[event],
                "birnbaum": float(decides),
                "fussell_vesely": p[event] * float(decides) / float(top) if top > 0 else 0.0,
                "is_single_point": event in single,
                "grade": GRADES[best.get(event, known[target].get(event, len(GRADES) - 1))],
                **account.gone(target, (event,)),
            }
            for event, decides in order
            if decides > 0
        ]
    return _frame(rows, TopProbability)


def _frame(rows: Sequence[Mapping[str, object]], table: type[Table]) -> pd.DataFrame:
    return pd.DataFrame(list(rows)).reindex(columns=[c.name for c in columns(table)])
