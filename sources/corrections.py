"""Corrections of published rows, as data: what was published, what holds, why, and who says so.

A correction expects the value it corrects. Once the publisher has mended (or changed) it, the expectation fails and
the correction is to be dropped: it never outlives the error.

A live vintage that says by now what the correction says is used as it is, and the correction is put up for review: nothing is
wrong in it, and the snapshot beside it still needs the correction until it is renewed. A live vintage that says a third
thing, or no longer has the row, is refused like any other: the error may be there still, where nobody looks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from sources.columns import Table, column, optional
from sources.errors import Problem, SourceError
from sources.frames import rows_of
from sources.review import Question, held_back
from sources.tabular import display_path, read_csv


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
        A correction meets no row, or a row that does not say what the correction expects; in a live vintage, one that
        does not say what holds either.
    """
    frame = frame.copy()
    parts = zip(*(frame[k] for k in key), strict=True)
    ids = pd.Series(["/".join(map(str, row)) for row in parts], index=frame.index, dtype=object)
    problems = []
    for correction in rows_of(read_csv(path, Correction)):
        rows = frame.index[ids == correction["row"]]
        found = {None if pd.isna(value) else value for value in frame.loc[rows, correction["field"]]}
        if found == {correction["value"]} and held_back([_mended(frame.loc[rows[0]], correction, path)]):
            continue
        if found != {correction["expected"]}:
            said = ", ".join(repr(value) for value in found) or "no such row"
            what = f"expected {correction['expected']!r}, published is {said}: drop the correction of {correction['row']!r} or renew it"
            problems.append(Problem(correction["source_file"], correction["source_line"], "expected", what))
            continue
        frame.loc[rows, correction["field"]] = correction["value"]
    if problems:
        raise SourceError(problems)
    return frame


def _mended(row: pd.Series, correction: dict[str, Any], path: Path) -> Question:
    """What a person is to settle once a publisher says what a correction said."""
    settle = f"{display_path(path)}:{correction['source_line']}: drop the correction of {correction['row']!r}, and renew the snapshot"
    word = f"{correction['row']} = {correction['value']}"
    return Question(path.parent.name, row["source_file"], int(row["source_line"]), correction["field"], word, "", settle, waiting=0)
