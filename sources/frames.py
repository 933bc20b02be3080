"""Frames into rows that a type checker can follow.

pandas knows the type of a column, not of a cell, and has several words for a missing value. Here a row is a plain
dict, or a record of the vocabulary, and what is missing is None. Like the vocabulary it is for everybody: `graph/` may
import it, which the contract in pyproject.toml allows.
"""

from __future__ import annotations

from typing import Any, TypeVar

import pandas as pd

from sources.columns import Table

T = TypeVar("T", bound=Table)


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame, missing values as None."""
    names = [str(name) for name in frame.columns]
    cells = [_cells(frame.iloc[:, k]) for k in range(len(names))]
    return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]


def _cells(column: pd.Series) -> list[Any]:
    """The values of a column as Python's own types, missing ones as None."""
    values: list[Any] = column.tolist()
    missing = column.isna().to_numpy()
    return [None if gone else value for value, gone in zip(values, missing, strict=True)] if missing.any() else values


def records_of(frame: pd.DataFrame, record: type[T]) -> list[T]:
    """The rows of a frame as records.

    Raises
    ------
    pydantic.ValidationError
        A row is not a valid record, or the frame has a column that the record does not declare.
    """
    return [record.model_validate(row) for row in rows_of(frame)]
