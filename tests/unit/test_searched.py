"""A judgement is allowed where a search found nothing better: each curated estimate has its search, each search its estimates."""

from __future__ import annotations

import pandas as pd
import pytest

from sources.assemble import search
from sources.catalog import curated_rows
from sources.curated.loader import load, tables
from sources.errors import Problem, SourceError
from sources.frames import rows_of
from sources.searched import KEYS, estimates

MEMORY = [name for name in tables() if name.startswith("memory_")]


@pytest.fixture(scope="module")
def curated() -> dict[str, pd.DataFrame]:
    """The curated rows about memory, of each kind that can be an estimate; empty where there are none."""
    every = {kind: curated_rows(kind, tables(), load) for kind in KEYS}
    return {kind: rows[rows["layer"] == "memory"] for kind, rows in every.items()}


@pytest.fixture
def log() -> pd.DataFrame:
    return curated_rows("search", MEMORY, load)


def problems(log: pd.DataFrame, curated: dict[str, pd.DataFrame]) -> list[Problem]:
    with pytest.raises(SourceError) as caught:
        search(log, curated)
    return caught.value.problems


def row_of(log: pd.DataFrame, **cells: object) -> pd.DataFrame:
    """The log with a row more."""
    return pd.concat([log, log.iloc[[0]].assign(**cells, source_line=len(log) + 2)], ignore_index=True)


def test_a_search_says_where_was_looked_and_what_came_out() -> None:
    log = curated_rows("search", tables(), load)
    assert log["searched"].str.len().min() > 20
    assert log["finding"].str.len().min() > 20


def judged(curated: dict[str, pd.DataFrame]) -> set[tuple[str, str, str]]:
    return {(record, subject, detail) for (_, record, subject, detail), _ in estimates(curated)}


def about(made: pd.DataFrame) -> list[tuple[str, str, str]]:
    return list(zip(made["record"], made["subject"], made["detail"].fillna(""), strict=True))


def test_each_estimate_has_one_search(log: pd.DataFrame, curated: dict[str, pd.DataFrame]) -> None:
    made = search(log, curated)
    assert sorted(about(made)) == sorted(judged(curated))
    assert set(made["domain"]) == {"memory"}


def test_the_most_specific_search_answers(log: pd.DataFrame, curated: dict[str, pd.DataFrame]) -> None:
    """Of one item's shares: a search for one supplier, and one for all."""
    suppliers = sorted(detail for record, subject, detail in judged(curated) if (record, subject) == ("share", "dram"))
    assert len(suppliers) >= 2
    others = log[(log["record"] != "share") | (log["subject"] != "dram")]
    general = row_of(others, record="share", subject="dram", detail=None, finding="general")
    made = search(row_of(general, record="share", subject="dram", detail=suppliers[0], finding="particular"), curated)
    said = made[(made["record"] == "share") & (made["subject"] == "dram")].set_index("detail")["finding"]
    assert said.to_dict() == {suppliers[0]: "particular", **dict.fromkeys(suppliers[1:], "general")}


def test_an_estimate_without_a_search_is_named_with_its_line(log: pd.DataFrame, curated: dict[str, pd.DataFrame]) -> None:
    gone = rows_of(log)[0]
    sought = [
        place
        for (_, record, subject, detail), place in estimates(curated)
        if record == gone["record"] and gone["subject"] in (None, subject) and gone["detail"] in (None, detail)
    ]
    found = problems(log.iloc[1:], curated)
    assert sought
    assert [(p.file, p.line, p.column) for p in found] == sought
    assert all("no search is logged" in p.what for p in found)


def test_a_search_that_no_estimate_needs_is_out_of_date(log: pd.DataFrame, curated: dict[str, pd.DataFrame]) -> None:
    (found,) = problems(row_of(log, record="price", subject="hbm4", detail=None), curated)
    assert (found.file, found.line, found.column) == ("sources/curated/memory/search.csv", len(log) + 2, "subject")
    assert "no price of 'hbm4' in this folder is graded estimate" in found.what


def test_a_search_is_about_the_estimates_of_its_own_folder(log: pd.DataFrame, curated: dict[str, pd.DataFrame]) -> None:
    found = problems(log.assign(layer="power"), curated)
    assert len(found) == len(log) + sum(1 for _ in estimates(curated))


def test_two_searches_for_the_same_are_one_too_many(log: pd.DataFrame, curated: dict[str, pd.DataFrame]) -> None:
    (found,) = problems(row_of(log), curated)
    assert "is there already, in sources/curated/memory/search.csv:2" in found.what


def test_the_general_search_covers_what_the_particular_ones_did(log: pd.DataFrame, curated: dict[str, pd.DataFrame]) -> None:
    subjects = dict.fromkeys((record, subject) for (_, record, subject, _), _ in estimates(curated))
    general = pd.DataFrame(
        [
            {**rows_of(log)[0], "record": record, "subject": subject, "detail": None, "source_line": k}
            for k, (record, subject) in enumerate(subjects)
        ]
    )
    assert sorted(about(search(general, curated))) == sorted(judged(curated))
