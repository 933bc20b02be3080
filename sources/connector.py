"""What a live source does: fetch bytes, and parse them into its raw tables.

A live source is a folder with

    source.yml       who publishes it, under which terms, how often, what size is plausible and why
    declarations.py  its raw tables: every published column that is read, under its published heading
    connector.py     TABLES, fetch(get), parse(files)
    records.py       MAPS: from raw tables to rows of core tables
    snapshot/        <raw table>.csv: what `make run` reads without a network; absent where the terms forbid to bundle

`fetch` asks for files through `get`, which is where conditional requests, retries, limits and the store of vintages are;
it may look into one file to know which to ask for next. `parse` is pure: the same bytes give the same rows, or a
`SourceError` that names file, line and column. Bytes are stored before they are parsed, so that a mended parser needs no
second fetch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import pandas as pd

from sources.errors import Problem, SourceError

Files = Mapping[str, bytes]
"""File name -> its bytes: what one vintage of a source consists of."""
Kind = Literal["csv", "json", "xlsx", "zip"]


class Get(Protocol):
    """Ask for one file of a vintage.

    name : what it is called in the vintage ('data_centers.csv')
    url, params, headers : the request; secrets do not belong here
    kind : what the bytes must look like, so that an error page is never taken for data
    key : (name, environment variable): the secret is put in on the wire alone, as a header where the name is written
        Like-This, else as a query parameter
    """

    def __call__(
        self,
        name: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        kind: Kind = "csv",
        key: tuple[str, str] | None = None,
    ) -> bytes: ...


@dataclass(frozen=True)
class Reading:
    """One vintage of a source, read: its raw tables, and the day its bytes were retrieved (ISO date)."""

    tables: Mapping[str, pd.DataFrame]
    retrieved_at: str = field(default="")

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]


def payload(files: Files, name: str, where: str) -> bytes:
    """The bytes of one file of a vintage; SourceError where it is not there."""
    if name not in files:
        raise SourceError([Problem(where, 1, "-", f"the vintage has no file {name}: it has {', '.join(sorted(files)) or 'none'}")])
    return files[name]


Fetch = Callable[[Get], None]
Parse = Callable[[Files], dict[str, pd.DataFrame]]
Map = Callable[[Reading], pd.DataFrame]
"""From the raw tables of one source to rows of one core table, each with its place (source_file, source_line)."""
