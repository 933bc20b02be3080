"""A publisher's words into ours, through a small file that a person wrote.

A mapping file has the published word in its first column and what it means here in its second; an empty meaning says
that the word is known and stands for nothing of ours. A word the file does not have is a problem with a place.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from sources.columns import Table
from sources.errors import Problem, SourceError, nearest
from sources.frames import rows_of
from sources.review import Question, held_back
from sources.tabular import display_path, headings, read_csv


def meanings(path: Path, record: type[Table]) -> dict[str, str | None]:
    """Published word -> what it means here."""
    word, meaning = list(record.model_fields)[:2]
    return {row[word]: row[meaning] for row in rows_of(read_csv(path, record))}


def check_known(
    frame: pd.DataFrame, column: str, record: type[Table], known: Mapping[str, str | None], path: Path, waiting: pd.Series | None = None
) -> pd.DataFrame:
    """The rows (of raw rows declared by `record`) whose word in a column the mapping has, or where it is empty.

    Rows of a live source with another word are held back for review; anywhere else they raise SourceError. `waiting` says how
    many rows of another raw table wait for each row of `frame`, where those are what is being made.
    """
    heading = dict(zip(record.model_fields, headings(record), strict=True))[column]
    is_unknown = frame[column].notna() & ~frame[column].isin(known)
    unknown = rows_of(frame.loc[is_unknown, [column, "source_file", "source_line"]])
    waits = [1] * len(unknown) if waiting is None else [int(n) for n in waiting[is_unknown]]
    settle = display_path(path)
    questions = [
        Question(
            path.parent.name,
            row["source_file"],
            row["source_line"],
            heading,
            str(row[column]),
            nearest(str(row[column]), list(known)),
            settle,
            n,
        )
        for row, n in zip(unknown, waits, strict=True)
    ]
    if questions and not held_back(questions):
        raise SourceError(
            [Problem(q.file, q.line, q.column, f"{settle} does not say what {q.word!r} is{q.suggestions}") for q in questions]
        )
    return frame[~is_unknown]
