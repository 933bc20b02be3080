"""A judgement is allowed where a search found nothing better: each curated estimate has its search, each search its estimates."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sources.curated.loader import HERE, load
from sources.curated.searched import estimates
from sources.errors import Problem, SourceError

FOLDERS = sorted(folder.name for folder in HERE.iterdir() if folder.is_dir() and any(estimates(folder)))


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    """The curated facts about memory, to be changed."""
    return Path(shutil.copytree(HERE / "memory", tmp_path / "memory"))


def problems(memory: Path) -> list[Problem]:
    with pytest.raises(SourceError) as caught:
        load("memory_search", memory.parent)
    return caught.value.problems


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


@pytest.mark.parametrize("domain", FOLDERS)
def test_every_estimate_was_searched_for(domain: str) -> None:
    log = load(f"{domain}_search")
    assert len(log) >= 1
    assert log["searched"].str.len().min() > 20, "a search says what was looked for, and where"
    assert log["finding"].str.len().min() > 20, "and what came out"


def test_an_estimate_without_a_search_is_named_with_its_line(memory: Path) -> None:
    log = memory / "search.csv"
    log.write_text(lines(log)[0] + "parameter,item:none,,2026-11-26,what was looked for,what came out\n", encoding="utf-8")
    price = next(line for file, line, record, *_ in estimates(memory) if record == "price")
    found = problems(memory)
    assert len(found) == len(list(estimates(memory))) + 1, "one for each estimate, and one for the search that has none"
    assert any(p.file.endswith("memory/price.csv") and p.line == price and "no search is logged" in p.what for p in found)


def test_a_search_that_no_estimate_needs_is_out_of_date(memory: Path) -> None:
    log = memory / "search.csv"
    with log.open("a", encoding="utf-8") as file:
        file.write("price,hbm4,,2026-11-26,contract prices of HBM4,found: the row is sourced now\n")
    (found,) = problems(memory)
    assert (found.file.endswith("memory/search.csv"), found.line, found.column) == (True, len(lines(log)), "subject")
    assert "graded estimate" in found.what


def test_a_search_for_nothing_in_particular_is_none(memory: Path) -> None:
    log = memory / "search.csv"
    with log.open("a", encoding="utf-8") as file:
        file.write("price,,,2026-11-26,all prices,nothing\n")
    (found,) = problems(memory)
    assert "give subject, or detail, or both" in found.what


def test_the_general_search_covers_what_the_particular_one_did(memory: Path) -> None:
    header = lines(memory / "search.csv")[0]
    subjects = dict.fromkeys((record, subject) for _, _, record, subject, _ in estimates(memory))
    rows = [f"{record},{subject},,2026-11-26,what was looked for,what came out\n" for record, subject in subjects]
    (memory / "search.csv").write_text(header + "".join(rows), encoding="utf-8")
    assert len(load("memory_search", memory.parent)) == len(rows)
