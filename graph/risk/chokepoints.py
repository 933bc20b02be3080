"""Chokepoints of a target: what single losses stop it, what pairs do, how much each matters, and what that rests on.

The grade of a cut set is that of its best-evidenced account: the least g such that the failure still follows when only
statements of grade g or better are believed. Each account takes the shares and places of all suppliers that are lost, and
every requirement on the way to the target.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.risk.chokepoint_tables import MinCutSet, Spof, TopProbability
from graph.risk.cutsets import Solution
from graph.risk.decision_diagram import compiled
from graph.risk.supply_things import By, Frames, Need, Records, Supplier, Thing
from graph.risk.supply_tree import SupplyTree, supply_tree, weights
from sources.columns import Table, columns
from sources.records import GRADES

Mask = NDArray[np.bool_]
NEAR = 1e-9
"""Sums of the same shares in another order differ by less."""


@dataclass(frozen=True)
class Chokepoints:
    """The tables of one target: rows of `Spof`, `MinCutSet` and `TopProbability`.

    supply : the fault tree they were computed on, with the circles that were cut
    """

    spof: pd.DataFrame
    min_cut_set: pd.DataFrame
    top_probability: pd.DataFrame
    supply: SupplyTree


def chokepoints(
    records: Records,
    target: str,
    by: By = "organisation",
    max_order: int = 2,
    share: float | None = None,
    depth: int | None = None,
    probability: float = 0.01,
    country_probability: Mapping[str, float] | None = None,
) -> Chokepoints:
    """Single points of failure, minimal cut sets up to `max_order`, and importance of every event for one target.

    Parameters
    ----------
    records, target, by, share, depth, probability, country_probability : see `graph.risk.supply_tree.supply_tree`
    max_order : the longest cut sets listed; the top probability is exact whatever this is

    Raises
    ------
    FaultTreeError
        The target is unknown or the records are unsound.
    """
    supply = supply_tree(records, target, by, share, depth, probability, country_probability)
    solved = Solution(supply.tree, target)
    cuts = [tuple(cut) for cut in solved.minimal_cut_sets(max_order).names()]
    grade = grades(supply, cuts)
    return Chokepoints(_spof(supply, cuts, grade), _cut_sets(supply, cuts, grade), _importance(supply, solved, cuts, grade), supply)


def single_points_of_failure(records: Records, target: str, by: By = "organisation", share: float | None = None) -> pd.DataFrame:
    """The events whose loss alone stops the target; columns of `Spof`."""
    supply = supply_tree(records, target, by, share)
    cuts = [tuple(cut) for cut in Solution(supply.tree, target).minimal_cut_sets(1).names()]
    return _spof(supply, cuts, grades(supply, cuts))


def tables(
    core: Frames,
    targets: Iterable[str],
    views: Iterable[By] = ("offer", "organisation", "owner", "country"),
    max_order: int = 2,
    probability: float = 0.01,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The tables risk.spof, risk.min_cut_set and risk.top_probability of many targets in many views.

    Parameters
    ----------
    core : core tables by name: item, organisation, offer, requirement, share, board
    """
    records = Records(core)
    views = list(views)
    compiled()  # over many targets the machine code pays
    found = [chokepoints(records, target, by, max_order, probability=probability) for target in targets for by in views]
    return (
        _joined((one.spof for one in found), Spof),
        _joined((one.min_cut_set for one in found), MinCutSet),
        _joined((one.top_probability for one in found), TopProbability),
    )


def failing(supply: SupplyTree, cuts: Sequence[Sequence[str]], grade: int) -> dict[str, Mask]:
    """Which things fail under each cut set when only statements of `grade` or better are believed; masks of shape (cuts,).

    The least fixed point of the failure equations, from 'nothing has failed'.
    """
    nothing = np.zeros(len(cuts), dtype=bool)
    lost: dict[str, Mask] = {}
    for k, cut in enumerate(cuts):
        for event in cut:
            lost.setdefault(event, nothing.copy())[k] = True
    state = {
        name: np.logical_or.reduce([nothing, *(_too_few_suppliers(group, lost, nothing, supply.share, grade) for group in thing.suppliers)])
        for name, thing in supply.things.items()
    }
    furthest_first = list(supply.things.values())[::-1]
    changed = True
    while changed:
        changed = False
        for thing in furthest_first:
            now = np.logical_or.reduce(
                [state[thing.name], *(_too_few_alternatives(need, state, supply.share, grade) for need in thing.needs)]
            )
            if (now != state[thing.name]).any():
                state[thing.name], changed = now, True
    return state


def _too_few_suppliers(group: list[Supplier], lost: Mapping[str, Mask], nothing: Mask, share: float | None, grade: int) -> Mask:
    gone = {s.event: lost.get(s.event, nothing) & (s.grade <= grade) for s in group}
    if share is None:
        every: Mask = np.logical_and.reduce([*gone.values()])
        return every
    part = weights(group)
    return _reaches(np.array([w * gone[event] for event, w in part.items()]).reshape(len(part), -1), share, nothing)


def _too_few_alternatives(need: Need, state: Mapping[str, Mask], share: float | None, grade: int) -> Mask:
    if len(need.alternatives) == 1:
        name, _, known = need.alternatives[0]
        return state[name] & (known <= grade)
    gone = np.array([state[name] & (known <= grade) for name, _, known in need.alternatives])
    mixes = np.array([mix for _, mix, _ in need.alternatives])
    if share is not None and need.k == 1 and mixes.min() > 0:
        return _reaches(gone * mixes[:, None], share * float(mixes.sum()), gone[0])
    return np.asarray(gone.sum(axis=0) >= len(gone) - need.k + 1)


def _reaches(parts: NDArray[np.float64], threshold: float, like: Mask) -> Mask:
    """Where the lost parts add up to the threshold."""
    return np.asarray(parts.sum(axis=0) >= threshold - NEAR) if len(parts) else np.zeros_like(like)


def grades(supply: SupplyTree, cuts: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """Position in `GRADES` of what each cut set rests on; shape (cuts,)."""
    found = np.full(len(cuts), len(GRADES) - 1, dtype=np.int64)
    for grade in range(len(GRADES) - 2, -1, -1):
        found[failing(supply, cuts, grade)[supply.target]] = grade
    return found


def route(things: Mapping[str, Thing], target: str, is_failing: Mapping[str, bool], direct: Mapping[str, bool]) -> list[str]:
    """The shortest way, over things that fail, from the target to one that fails for want of suppliers."""
    came: dict[str, str | None] = {target: None}
    ahead = deque([target])
    while ahead:
        name = ahead.popleft()
        if direct[name]:
            way: list[str] = []
            step: str | None = name
            while step is not None:
                way.append(step)
                step = came[step]
            return way[::-1]
        for need in things[name].needs:
            gone = [other for other, _, _ in need.alternatives if is_failing[other]]
            if len(gone) < len(need.alternatives) - need.k + 1:
                continue
            for other in gone:
                if other not in came:
                    came[other] = name
                    ahead.append(other)
    raise ValueError(f"{target} does not fail")


def _spof(supply: SupplyTree, cuts: Sequence[tuple[str, ...]], grade: NDArray[np.int64]) -> pd.DataFrame:
    single = [(cut, int(g)) for cut, g in zip(cuts, grade, strict=True) if len(cut) == 1]
    rows = []
    states = {g: failing(supply, [cut for cut, _ in single], g) for g in sorted({g for _, g in single})}
    for k, (cut, g) in enumerate(single):
        is_failing = {name: bool(mask[k]) for name, mask in states[g].items()}
        lost = {cut[0]: np.array([True])}
        nothing = np.array([False])
        direct = {
            name: any(bool(_too_few_suppliers(group, lost, nothing, supply.share, g)[0]) for group in thing.suppliers)
            for name, thing in supply.things.items()
            if is_failing[name]
        }
        way = route(supply.things, supply.target, is_failing, direct)
        rows.append(
            {
                "target": supply.target,
                "by": supply.by,
                "event": cut[0],
                "stops_first": way[-1],
                "path": " > ".join([cut[0], *reversed(way)]),
                "steps": len(way) - 1,
                "grade": GRADES[g],
            }
        )
    return _arranged(sorted(rows, key=lambda row: (row["steps"], row["event"])), Spof)


def _cut_sets(supply: SupplyTree, cuts: Sequence[tuple[str, ...]], grade: NDArray[np.int64]) -> pd.DataFrame:
    p = supply.tree.events
    rows = [
        {
            "target": supply.target,
            "by": supply.by,
            "events": " + ".join(cut),
            "order": len(cut),
            "probability": math.prod(p[event] or 0.0 for event in cut),
            "grade": GRADES[g],
        }
        for cut, g in zip(cuts, grade, strict=True)
    ]
    return _arranged(rows, MinCutSet)


def _importance(supply: SupplyTree, solved: Solution, cuts: Sequence[tuple[str, ...]], grade: NDArray[np.int64]) -> pd.DataFrame:
    best: dict[str, int] = {}
    for cut, g in zip(cuts, grade, strict=True):
        for event in cut:
            best[event] = min(best.get(event, len(GRADES)), int(g))
    single = {cut[0] for cut in cuts if len(cut) == 1}
    frame = solved.importance().rename(columns={"probability": "event_probability"})
    frame["target"], frame["by"] = supply.target, supply.by
    frame["top_probability"] = solved.probability()
    frame["is_single_point"] = frame["event"].isin(single)
    frame["grade"] = frame["event"].map({event: GRADES[g] for event, g in best.items()})
    return frame.reindex(columns=[c.name for c in columns(TopProbability)])


def _arranged(rows: Sequence[Mapping[str, object]], table: type[Table]) -> pd.DataFrame:
    return pd.DataFrame(list(rows)).reindex(columns=[c.name for c in columns(table)])


def _joined(frames: Iterable[pd.DataFrame], table: type[Table]) -> pd.DataFrame:
    kept = [frame for frame in frames if len(frame)]
    return pd.concat(kept, ignore_index=True) if kept else _arranged([], table)
