"""Results on stdout as a table, JSON or CSV; everything else goes to stderr."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

Row = Sequence[Any]


def show(columns: Sequence[str], rows: Sequence[Row], format: str, title: str | None = None) -> None:
    """Print rows. In a table numbers are shortened to four significant digits; JSON and CSV carry them whole."""
    if format == "json":
        found = [{name: _number_or_null(value) for name, value in zip(columns, row, strict=True)} for row in rows]
        json.dump(found, sys.stdout, default=_plain, ensure_ascii=False, indent=1, allow_nan=False)
        print()
    elif format == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    else:
        _table(columns, rows, title)


def show_most(columns: Sequence[str], rows: Sequence[Row], format: str, most: int) -> None:
    """The first `most` rows; that there are more is said, never passed over."""
    show(columns, rows[:most], format)
    if len(rows) > most:
        say(f"{most} of {len(rows)} rows; --limit {len(rows)} shows all")


def say(text: str = "") -> None:
    """A line for the person, not for the pipe."""
    print(text, file=sys.stderr)


def _number_or_null(value: object) -> object:
    """JSON has no word for what is not a number."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def _table(columns: Sequence[str], rows: Sequence[Row], title: str | None) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, box=SIMPLE_HEAD, title_justify="left", pad_edge=False)
    numeric = [all(isinstance(row[k], (int, float)) or row[k] is None for row in rows) for k in range(len(columns))]
    for name, is_number in zip(columns, numeric, strict=True):
        table.add_column(name, justify="right" if is_number else "left", overflow="fold", no_wrap=is_number)
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    console = Console(width=None if sys.stdout.isatty() else 10_000, highlight=False, soft_wrap=False)
    console.print(table)


def cell(value: object) -> str:
    """A value as a person reads it: four significant digits, thousands separated, blanks for nothing."""
    from rich.markup import escape

    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value)
    return escape(str(value))


def number(value: float) -> str:
    """1234567.0 -> '1,235,000'; 0.012345 -> '0.01235'."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 1000:
        digits = len(str(int(abs(value)))) - 4
        return f"{round(value, -digits):,.0f}"
    return f"{value:.4g}" if abs(value) >= 1e-4 else f"{value:.2e}"
