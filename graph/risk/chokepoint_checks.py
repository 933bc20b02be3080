"""Facts that hold of chokepoint tables, checked without the decision diagrams that the tables come from."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from graph.risk.failure_spread import failing
from graph.risk.shared_diagram import shared_diagram
from graph.risk.supply_things import Frames, Records
from graph.risk.supply_tree import SupplyTree, supply_tree
from sources.frames import rows_of
from sources.records import GRADES

ANY = len(GRADES) - 1
NEAR = 1e-12
NOWHERE = "ZZZ"
"""A country that is none: ISO 3166 leaves this code to its users."""


def supplies(core: Frames, spof: pd.DataFrame) -> dict[str, SupplyTree]:
    """View -> the supply of all targets in it, for the two checks that follow."""
    records = Records(core)
    return {str(by): supply_tree(records, list(dict.fromkeys(some["target"])), by) for by, some in spof.groupby("by")}  # type: ignore[arg-type]


def breaks(supply: Mapping[str, SupplyTree], spof: pd.DataFrame) -> list[str]:
    """Listed single points of failure that do not stop their target: none."""
    return [
        f"{row['event']} does not stop {row['target']}"
        for by, rows in spof.groupby("by")
        for row, stops in _stopping(supply[str(by)], rows, "event")
        if not stops
    ]


def wrong_cut_sets(supply: Mapping[str, SupplyTree], cut_sets: pd.DataFrame) -> list[str]:
    """Listed cut sets that do not stop their target, or of which a part does: none."""
    wrong = []
    for by, rows in cut_sets.groupby("by"):
        wrong += [
            f"{row['events']} does not stop {row['target']}" for row, stops in _stopping(supply[str(by)], rows, "events") if not stops
        ]
        parts = [
            {"target": row["target"], "events": " + ".join(events[:k] + events[k + 1 :]), "of": row["events"]}
            for row in rows_of(rows[rows["order"] > 1])
            for events in [row["events"].split(" + ")]
            for k in range(len(events))
        ]
        wrong += [
            f"{row['events']}, part of {row['of']}, stops {row['target']} by itself"
            for row, stops in _stopping(supply[str(by)], pd.DataFrame(parts, columns=["target", "events", "of"]), "events")
            if stops
        ]
    return wrong


def raised_by_a_second_source(core: Frames, spof: pd.DataFrame, target: str, most: int) -> list[str]:
    """What gets worse for a target when a new firm offers what one firm alone supplies: nothing.

    The first `most` sole-sourced items among its single points of failure by organisation are given a second source, one by one.
    """
    sole = spof[(spof["target"] == target) & (spof["by"] == "organisation") & spof["stops_first"].str.startswith("item:")]
    items = dict.fromkeys(name.partition(" by ")[0].removeprefix("item:") for name in sole["stops_first"])
    cuts, chance = _risk(core, target)
    wrong = []
    for item in list(items)[:most]:
        new, raised = _risk(with_second_source(core, item), target)
        wrong += [f"{' + '.join(cut)} stops {target} anew" for cut in new if not any(set(had) <= set(cut) for had in cuts)]
        if raised > chance + NEAR:
            wrong.append(f"a second source of {item} raises the probability for {target}")
    return wrong


def _risk(core: Frames, target: str) -> tuple[list[tuple[str, ...]], float]:
    """Cut sets up to pairs and the probability of the target's loss."""
    supply = supply_tree(Records(core), target)
    solved = shared_diagram(supply.tree, [target])
    chance, _ = solved.probability({event: p or 0.0 for event, p in supply.tree.events.items()})
    return solved.minimal_cut_sets(2)[target], float(chance[0])


def with_second_source(core: Frames, item: str) -> dict[str, pd.DataFrame]:
    """The same records with a new firm, in a country of its own, that offers an item."""
    firm = {"organisation_id": "second_source", "owner_id": "second_source", "country": NOWHERE, "grade": "estimate"}
    offer = {
        "offer_id": f"second_source/{item}/{NOWHERE}",
        "organisation_id": "second_source",
        "item_id": item,
        "country": NOWHERE,
        "grade": "estimate",
        "production_grade": "estimate",
    }
    return {**core, "organisation": _with(core["organisation"], firm), "offer": _with(core["offer"], offer)}


def _with(frame: pd.DataFrame, row: Mapping[str, object]) -> pd.DataFrame:
    return pd.concat([frame, pd.DataFrame([row]).reindex(columns=frame.columns).astype(object)], ignore_index=True)


def _stopping(supply: SupplyTree, rows: pd.DataFrame, column: str) -> list[tuple[dict[str, object], bool]]:
    """Each row, and whether what it loses stops its target."""
    cuts = [tuple(events.split(" + ")) for events in rows[column]]
    place = {cut: k for k, cut in enumerate(dict.fromkeys(cuts))}
    state = failing(supply, list(place), ANY)
    return [(row, bool(state[str(row["target"])][place[cut]])) for row, cut in zip(rows_of(rows), cuts, strict=True)]
