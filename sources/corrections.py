"""Corrections of published rows, as data: what was published, what holds, why, and who says so.

A correction expects the value it corrects. Once the publisher has mended (or changed) it, the expectation fails and
the correction is to be dropped: it never outlives the error.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pandas as pd

from sources.columns import Table, column, optional
from sources.errors import Problem, SourceError
from sources.frames import rows_of
from sources.tabular import read_csv


class Correction(Table):
    """One cell of a published table that is wrong or outdated."""

    table: ClassVar[str] = "correction"
    key: ClassVar[tuple[str, ...]] = ("row", "field")
    row: str = column("Key of the row, its parts joined with '/'")
    field: str = column("Column corrected")
    expected: str | None = optional("What the publisher says")
    value: str = column("What holds")
    why: str = column("Why the published value is not used")
    who: str = column("Who says what holds")


def corrected(frame: pd.DataFrame, key: tuple[str, ...], path: Path) -> pd.DataFrame:
    """The rows with the corrections of a file applied.

    Raises
    ------
    SourceError
        A correction meets no row, or a row that does not say what the correction expects.
    """
    frame = frame.copy()
    parts = zip(*(frame[k] for k in key), strict=True)
    ids = pd.Series(["/".join(map(str, row)) for row in parts], index=frame.index, dtype=object)
    problems = []
    for correction in rows_of(read_csv(path, Correction)):
        rows = frame.index[ids == correction["row"]]
        found = {None if pd.isna(value) else value for value in frame.loc[rows, correction["field"]]}
        if found != {correction["expected"]}:
            said = ", ".join(repr(value) for value in found) or "no such row"
            what = f"expected {correction['expected']!r}, published is {said}: drop the correction of {correction['row']!r} or renew it"
            problems.append(Problem(correction["source_file"], correction["source_line"], "expected", what))
            continue
        frame.loc[rows, correction["field"]] = correction["value"]
    if problems:
        raise SourceError(problems)
    return frame
