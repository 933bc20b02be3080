"""The names that parameters and queue statistics may have, each with its unit and the range of what is possible.

A name that is not declared is an error with the nearest declared ones: a typing error would otherwise be a missing figure. A
trailing `*` declares a family (`acceptance_length_*`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import ClassVar

import pandas as pd

from sources.columns import Table, column
from sources.errors import Problem, nearest
from sources.frames import rows_of
from sources.records import Unit
from sources.tabular import read_csv

HERE = Path(__file__).resolve().parent
MOST_NAMES = 40
"""Names that an error lists: every queue statistic in a unit, and every parameter but for items' fractions."""


class Name(Table):
    """A name of a queue statistic."""

    table: ClassVar[str] = "queue_metric"
    key: ClassVar[tuple[str, ...]] = ("metric", "unit")
    metric: str = column("The name")
    unit: Unit = column("The unit its figures have")
    minimum: float = column("No figure is lower", "see unit")
    maximum: float = column("No figure is higher", "see unit")
    description: str = column("What it is")


class ParameterName(Table):
    """A name of a parameter of one kind of thing."""

    table: ClassVar[str] = "parameter"
    key: ClassVar[tuple[str, ...]] = ("kind", "parameter", "unit")
    kind: str = column("What it is a figure of: item, board, site, model, workload, org, country, region or global")
    parameter: str = column("The name; a trailing * declares all names that begin so")
    unit: Unit = column("The unit its figures have")
    minimum: float = column("No figure is lower", "see unit")
    maximum: float = column("No figure is higher", "see unit")
    description: str = column("What it is")


Declared = dict[tuple[str, str], dict[str, tuple[float, float]]]
"""(kind, name) -> unit -> lowest and highest possible value."""


@cache
def parameters() -> Declared:
    """Every declared parameter."""
    found: Declared = {}
    for row in rows_of(read_csv(HERE / "parameter.csv", ParameterName)):
        found.setdefault((row["kind"], row["parameter"]), {})[row["unit"]] = (row["minimum"], row["maximum"])
    return found


@cache
def queue_metrics() -> Declared:
    """Every declared queue statistic, under the kind 'queue'."""
    found: Declared = {}
    for row in rows_of(read_csv(HERE / "queue_metric.csv", Name)):
        found.setdefault(("queue", row["metric"]), {})[row["unit"]] = (row["minimum"], row["maximum"])
    return found


def look_up(declared: Declared, kind: str, name: str) -> dict[str, tuple[float, float]] | None:
    """Units and ranges of a name: its own, or those of the family with the longest matching beginning."""
    if (kind, name) in declared:
        return declared[kind, name]
    families = [f for k, f in declared if k == kind and f.endswith("*") and name.startswith(f[:-1])]
    return declared[kind, max(families, key=len)] if families else None


def possible(declared: Declared, kind: str, unit: str) -> str:
    """The names that a figure of this kind may have, as an error tells them: those in its unit, or all where none is in it."""
    names = sorted({n for k, n in declared if k == kind})
    fitting = [n for n in names if unit in declared[kind, n]]
    shown = fitting or names
    more = f" and {len(shown) - MOST_NAMES} more" if len(shown) > MOST_NAMES else ""
    return f"{f'those in {unit}' if fitting else 'possible'}: {', '.join(shown[:MOST_NAMES]) or 'none'}{more}"


def problems(rows: pd.DataFrame, column_name: str, declared: Declared) -> Iterator[Problem]:
    """What is wrong with the names, units and sizes of figures.

    `rows` has the columns kind, low, high, unit, source_file, source_line and the name in `column_name`.
    """
    told = rows[["kind", column_name, "low", "high", "unit", "source_file", "source_line"]]
    for kind, name, low, high, unit, source_file, line in told.itertuples(index=False):
        units = look_up(declared, kind, name)
        if units is None:
            near = nearest(name, sorted({n for k, n in declared if k == kind}))
            what = f"no {kind} figure is called {name!r}{near}; {possible(declared, kind, unit)}"
            yield Problem(source_file, int(line), column_name, what)
        elif unit not in units:
            yield Problem(source_file, int(line), "unit", f"{name} of a {kind} is in {' or '.join(units)}, got {unit!r}")
        elif low is not None and low < units[unit][0]:
            yield Problem(source_file, int(line), "low", f"{name} of a {kind} is at least {units[unit][0]:g} {unit}, got {low:g}")
        elif high is not None and high > units[unit][1]:
            yield Problem(source_file, int(line), "high", f"{name} of a {kind} is at most {units[unit][1]:g} {unit}, got {high:g}")
