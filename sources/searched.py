"""No judgement without a search: each curated row graded `estimate` has one in the log of its folder, and each search has such a row.

A search that no estimate needs any more is out of date: a source was found, so the row of the log goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sources.errors import Problem
from sources.frames import rows_of
from sources.records import ESTIMATE

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
Sought = tuple[str, str, str, str]
"""Domain folder, record, subject and detail; an empty subject or detail stands for all of the folder's."""


def answered(searches: pd.DataFrame, curated: Mapping[str, pd.DataFrame]) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Each estimate with the search that is about it, the most specific where there are several.

    Parameters
    ----------
    searches : rows of `records.SearchRow` with their folder as `layer`
    curated : the curated rows of each kind in `KEYS`, with theirs

    Returns
    -------
    rows : the search's cells, with subject and detail of the estimate, once for each
    problems : estimates that nobody searched for, at their lines, and searches that cover no estimate, at theirs
    """
    log = {(row["layer"], row["record"], row["subject"] or "", row["detail"] or ""): row for row in rows_of(searches)}
    rows: dict[Sought, dict[str, Any]] = {}
    needed: set[Sought] = set()
    problems = []
    for (domain, record, subject, detail), (file, line, grade) in estimates(curated):
        specific_first = [(domain, record, *about) for about in ((subject, detail), (subject, ""), ("", detail))]
        found = [key for key in specific_first if key in log]
        needed.update(found)
        if found:
            rows[domain, record, subject, detail] = {**log[found[0]], "subject": subject, "detail": detail or None}
        else:
            thing = f"{subject} {detail}".strip()
            what = (
                f"{thing} is graded estimate and no search is logged: look for a published figure, or log in search.csv what you looked for"
            )
            problems.append(Problem(file, line, grade, what))
    for key in (key for key in log if key not in needed):
        row, (_, record, subject, detail) = log[key], key
        what = f"no {record} of {f'{subject} {detail}'.strip()!r} in this folder is graded estimate: take the row out, or correct its key"
        problems.append(Problem(row["source_file"], int(row["source_line"]), "subject" if subject else "detail", what))
    return list(rows.values()), problems


def estimates(curated: Mapping[str, pd.DataFrame]) -> Iterator[tuple[Sought, tuple[str, int, str]]]:
    """What each row is of, and its place (file, line, column), whose figure, or whose split of production, is an estimate."""
    for record, (subject, detail) in KEYS.items():
        rows = curated[record]
        judged = pd.concat([rows[grade] == ESTIMATE for grade in GRADES if grade in rows], axis=1).any(axis=1)
        for row in rows_of(rows[judged]):
            sought = (row["layer"], record, row[subject], (row[detail] or "") if detail else "")
            yield sought, (row["source_file"], int(row["source_line"]), next(g for g in GRADES if row.get(g) == ESTIMATE))
