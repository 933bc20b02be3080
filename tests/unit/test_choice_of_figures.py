"""Of several figures for one thing, which one is used, and what is said of it."""

from __future__ import annotations

import pandas as pd
import pytest

from sources.evidence import choose


def chosen(*rows: tuple[str, str, str, str]) -> list[tuple[str, str | None]]:
    """(status, reason) of rows about one thing, given as (collection, status, grade, as_of)."""
    frame = pd.DataFrame(rows, columns=["collection", "status", "grade", "as_of"]).assign(item_id="rack")
    found = choose(frame, ["item_id"])
    return list(zip(found["status"], found["chosen_by"].where(found["chosen_by"].notna(), None), strict=True))


YOURS = "your own figure, before any public one"


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        ([("curated", "current", "estimate", "2024")], [("current", None)]),
        ([("curated", "current", "primary", "2026"), ("overlay", "current", "primary", "2025")], [("conflicting", None), ("current", YOURS)]),
        ([("curated", "conflicting", "primary", "2026"), ("overlay", "current", "primary", "2025")], [("conflicting", None), ("current", YOURS)]),
        ([("curated", "current", "secondary", "2026"), ("epoch", "current", "primary", "2024")],
         [("conflicting", None), ("current", "better grade: primary before secondary")]),
        ([("curated", "current", "primary", "2025"), ("epoch", "current", "primary", "2026-03")],
         [("conflicting", None), ("current", "the same grade and newer")]),
    ],
    ids=["alone", "yours before a public one", "yours beside public ones that set nothing", "the better grade", "the newer"],
)  # fmt: skip
def test_the_figure_in_use_and_why(rows: list[tuple[str, str, str, str]], answer: list[tuple[str, str | None]]) -> None:
    assert chosen(*rows) == answer
