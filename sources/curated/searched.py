"""No judgement without a search: each curated row graded `estimate` has one in the `search.csv` of its folder, and each search has such a row.

A search that no estimate needs any more is out of date: a source was found, so the row of the log goes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from sources.errors import Problem, SourceError
from sources.frames import rows_of
from sources.records import ESTIMATE
from sources.tabular import display_path

KEYS: dict[str, tuple[str, str | None]] = {
    "share": ("item_id", "supplier"),
    "requirement": ("consumer_id", "input_id"),
    "price": ("item_id", None),
    "parameter": ("entity_id", "parameter"),
    "organisation": ("organisation_id", None),
    "site": ("site_id", None),
    "workload": ("workload_id", None),
    "queue_entry": ("region", "metric"),
    "power_contract": ("contract_id", None),
}
"""Kind of record -> the columns that hold a search's subject and its detail."""

GRADES = ("grade", "production_grade")
Sought = tuple[str, str, str]
"""Record, subject and detail; an empty one stands for all."""


def check_searched(path: Path, searches: pd.DataFrame) -> None:
    """Hold the log of searches of one domain folder against the estimates in the files beside it.

    Parameters
    ----------
    path : the folder's search.csv
    searches : its rows (`records.SearchRow`)

    Raises
    ------
    SourceError
        An estimate that nobody searched for, at its line; a search that covers no estimate, at its own.
    """
    log = {(row["record"], row["subject"] or "", row["detail"] or ""): int(row["source_line"]) for row in rows_of(searches)}
    needed: set[Sought] = set()
    problems = []
    for file, line, record, subject, detail in estimates(path.parent):
        found = {key for key in ((record, subject, detail), (record, subject, ""), (record, "", detail)) if key in log}
        needed |= found
        if not found:
            thing = f"{subject} {detail}".strip()
            what = f"{thing} is graded estimate and no search is logged: look for a published figure, or add what you looked for to {path.name}"
            problems.append(Problem(display_path(file), line, "grade", what))
    for key, line in log.items():
        if key not in needed:
            what = f"no {key[0]} of {' '.join(filter(None, key[1:]))!r} in this folder is graded estimate: take the row out, or correct its key"
            problems.append(Problem(display_path(path), line, "subject" if key[1] else "detail", what))
    if problems:
        raise SourceError(problems)


def estimates(folder: Path) -> Iterator[tuple[Path, int, str, str, str]]:
    """File, line, record, subject and detail of each row of a domain folder whose figure, or place of production, is an estimate."""
    for record, (subject, detail) in KEYS.items():
        path = folder / f"{record}.csv"
        if not path.exists():
            continue
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            for row in rows:
                if ESTIMATE in (row.get(grade) for grade in GRADES):
                    yield path, rows.line_num, record, row.get(subject) or "", (row.get(detail) or "") if detail else ""
