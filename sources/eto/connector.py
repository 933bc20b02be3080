"""Fetch and parse the five tables of the supply chain."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from sources.columns import Table
from sources.connector import Files, Get, payload
from sources.errors import Problem, SourceError
from sources.eto.declarations import Input, Provider, Provision, Sequence, Stage
from sources.frames import rows_of
from sources.tabular import parse_csv

BASE = "https://raw.githubusercontent.com/georgetown-cset/eto-supply-chain/main/data"
SOURCE = "eto"

TABLES: dict[str, type[Table]] = {record.table: record for record in (Input, Provider, Provision, Sequence, Stage)}
FILES = {
    Input.table: "inputs.csv",
    Provider.table: "providers.csv",
    Provision.table: "provision.csv",
    Sequence.table: "sequence.csv",
    Stage.table: "stages.csv",
}
IGNORED = {
    Input.table: {"stage_name", "description"},  # a name that disagrees with its id, and prose
    Provider.table: set[str](),
    Provision.table: {"provider_name", "provided_name"},  # names that disagree with their ids in 39 rows
    Sequence.table: {"input_name", "goes_into_name", "is_type_of_name"},  # the same, in 5
    Stage.table: {"description"},  # prose
}


def fetch(get: Get) -> None:
    """The five files."""
    for name in FILES.values():
        get(name, f"{BASE}/{name}")


def parse(files: Files) -> dict[str, pd.DataFrame]:
    """Every row of the five files; SourceError also where an id is not one of the lists."""
    frames = {}
    for table, name in FILES.items():
        where = f"{SOURCE}/{name}"
        frames[table] = parse_csv(payload(files, name, where), TABLES[table], where, ignored=IGNORED[table])
    problems = list(_loose_ends(frames))
    if problems:
        raise SourceError(problems)
    return frames


def _loose_ends(frames: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    inputs = set(frames[Input.table]["input_id"])
    known = {
        (Provision.table, "provider_id"): set(frames[Provider.table]["provider_id"]),
        (Provision.table, "provided_id"): inputs | set(frames[Stage.table]["stage_id"]),
        (Sequence.table, "input_id"): inputs,
        (Sequence.table, "goes_into_id"): inputs,
        (Sequence.table, "is_type_of_id"): inputs,
        (Input.table, "stage_id"): set(frames[Stage.table]["stage_id"]),
    }
    for (table, name), ids in known.items():
        column = frames[table][name]
        for row in rows_of(frames[table][column.notna() & ~column.isin(list(ids))]):
            yield Problem(row["source_file"], row["source_line"], name, f"no such id in the other files: {row[name]!r}")
