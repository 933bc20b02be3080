"""What boards and sites need by what they are: requirements that no record states, of whose stocks and lead times nothing is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.risk.assumptions import BOUNDS


def board_needs(row: Mapping[str, Any], said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a board needs by its own making, beside what its requirements have `said` (as in `graph.build`)."""
    asked = {r["input_id"] for r in said}
    memory = {r["input_id"] for r in said if r["organisation_id"]}
    parts = [
        (row["wafer_item"], row["foundry"]),
        (row["io_wafer_item"], row["foundry"]),
        (row["packaging_item"], row["packager"]),
        (None if row["memory_item"] in memory else row["memory_item"], None),
        ("abf_substrate", None),
        ("package_assembly", None),
    ]
    return [bought(row["board_id"], item, firms) for item, firms in dict.fromkeys(parts) if item and item not in asked]


def bought(consumer: str, item: str, firms: str | None) -> dict[str, Any]:
    """A requirement that follows from a board or a site; nothing is known of its stock and lead time."""
    blank = dict.fromkeys(f"{what}_{bound}_days" for what in ("stock", "lead") for bound in BOUNDS)
    return {
        "consumer_id": consumer,
        "input_id": item,
        "organisation_id": firms,
        "group_name": None,
        "k": 1,
        "mix": 1.0,
        "substitutability": 0.0,
        "grade": "estimate",
        **blank,
    }
