"""The installed command and the file it publishes, as the tests use them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb

from sources.client import MIRROR

STACKGRAPH = Path(sys.executable).with_name("stackgraph")
NOBODY = "http://127.0.0.1:9"
"""A publisher that is not there: no test asks anybody outside this machine."""
Finished = subprocess.CompletedProcess[str]


def stackgraph(home: Path, *arguments: str, timeout: float = 200, more: dict[str, str] | None = None) -> Finished:
    """The installed command, run to its end with its files in `home`; `more` are further variables."""
    environment = {**os.environ, MIRROR: NOBODY, "STACKGRAPH_HOME": str(home), **(more or {})}
    return subprocess.run([str(STACKGRAPH), *arguments], env=environment, capture_output=True, text=True, timeout=timeout, check=False)


class Tables:
    """The published file, asked in SQL."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, list(parameters)).fetchall()

    def column(self, query: str, *parameters: object) -> list[Any]:
        """The first column."""
        return [row[0] for row in self.rows(query, *parameters)]

    def value(self, query: str, *parameters: object) -> Any:
        """The one value of a query that has one row."""
        (row,) = self.rows(query, *parameters)
        return row[0]
