"""The installed command and the file it publishes, as the tests use them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb

STACKGRAPH = Path(sys.executable).with_name("stackgraph")
Finished = subprocess.CompletedProcess[str]


def stackgraph(home: Path, *arguments: str, timeout: float = 200) -> Finished:
    """The installed command, run to its end with its files in `home`."""
    environment = {**os.environ, "STACKGRAPH_HOME": str(home)}
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
