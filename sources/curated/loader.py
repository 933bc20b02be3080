"""The curated folders as raw tables: one per file, named <domain>_<record>."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sources import handwritten
from sources import records as r
from sources.columns import Table
from sources.errors import WHOLE, Problem, SourceError
from sources.tabular import display_path

HERE = Path(__file__).resolve().parent
DOMAINS: tuple[str, ...] = ("organisations", *r.LAYERS)

RECORDS: dict[str, type[Table]] = {
    "citation": r.Citation,
    "country": r.Country,
    "organisation": r.OrganisationRow,
    "alias": r.Alias,
    "identifier": r.Identifier,
    "item": r.ItemRow,
    "share": r.ShareRow,
    "requirement": r.RequirementRow,
    "price": r.PriceRow,
    "parameter": r.ParameterRow,
    "board": r.Board,
    "site": r.Site,
    "power_contract": r.PowerContract,
    "queue_entry": r.QueueEntryRow,
    "model": r.Model,
    "workload": r.Workload,
    "benchmark": r.BenchmarkRow,
    "published_cost": r.PublishedCost,
    "search": r.SearchRow,
}
"""File name (without .csv) -> the record each of its rows is."""


def files(root: Path = HERE) -> dict[str, Path]:
    """Raw table name -> its file, for every file in every domain folder.

    Raises
    ------
    SourceError
        A file in a domain folder is of no known kind.
    """
    found: dict[str, Path] = {}
    for domain in DOMAINS:
        for path in sorted((root / domain).glob("*.csv")):
            if path.stem not in RECORDS:
                expected = f"expected one of {', '.join(f'{name}.csv' for name in RECORDS)}"
                raise SourceError([Problem(display_path(path), WHOLE, "-", f"no record is called {path.stem!r}: {expected}")])
            found[f"{domain}_{path.stem}"] = path
    return found


def tables(root: Path = HERE) -> dict[str, type[Table]]:
    """Raw table name -> the record each of its rows is."""
    return {name: RECORDS[path.stem] for name, path in files(root).items()}


def load(table: str, root: Path = HERE) -> pd.DataFrame:
    """The validated rows of one raw table, such as `materials_share`."""
    path = files(root)[table]
    frame = handwritten.read(path, RECORDS[path.stem], display_path(path))
    if frame.empty:
        raise SourceError([Problem(display_path(path), WHOLE, "-", "no rows: a file of facts has some, or is not there")])
    return frame
