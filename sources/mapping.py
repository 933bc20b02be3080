"""A publisher's words into ours, through a small file that a person wrote.

A mapping file has the published word in its first column and what it means here in its second; an empty meaning says
that the word is known and stands for nothing of ours. A word the file does not have is a problem with a place.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sources.columns import Table
from sources.errors import Problem, SourceError, nearest
from sources.frames import rows_of
from sources.tabular import display_path, headings, read_csv


def meanings(path: Path, record: type[Table]) -> dict[str, str | None]:
    """Published word -> what it means here."""
    word, meaning = list(record.model_fields)[:2]
    return {row[word]: row[meaning] for row in rows_of(read_csv(path, record))}


def check_known(frame: pd.DataFrame, column: str, record: type[Table], known: dict[str, str | None], path: Path) -> None:
    """Raise SourceError for each word of a column (of raw rows declared by `record`) that the mapping does not have."""
    heading = dict(zip(record.model_fields, headings(record), strict=True))[column]
    unknown = [row for row in rows_of(frame) if row[column] is not None and row[column] not in known]
    problems = []
    for row in unknown:
        what = f"{display_path(path)} does not say what {row[column]!r} is{nearest(row[column], list(known))}"
        problems.append(Problem(row["source_file"], row["source_line"], heading, what))
    if problems:
        raise SourceError(problems)
