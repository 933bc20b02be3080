"""The installed command and the file it publishes, as the tests use them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb

from pipelines.home import Home
from sources.client import MIRROR

STACKGRAPH = Path(sys.executable).with_name("stackgraph")
NOBODY = "http://127.0.0.1:9"
"""A publisher that is not there: no test asks anybody outside this machine."""
Finished = subprocess.CompletedProcess[str]


def stackgraph(home: Path, *arguments: str, timeout: float = 200, more: dict[str, str] | None = None) -> Finished:
    """The installed command, run to its end with its files in `home`; `more` are further variables."""
    environment = {**os.environ, MIRROR: NOBODY, "STACKGRAPH_HOME": str(home), **(more or {})}
    return subprocess.run([str(STACKGRAPH), *arguments], env=environment, capture_output=True, text=True, timeout=timeout, check=False)


def asked(home: Path, *arguments: str) -> Finished:
    """A command that only reads, in this process: the same words and codes, without the imports of a new one."""
    from typer.testing import CliRunner

    from pipelines.cli.app import app

    with patch.dict(os.environ, {MIRROR: NOBODY, "STACKGRAPH_HOME": str(home)}):
        done = CliRunner().invoke(app, list(arguments))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Finished(["stackgraph", *arguments], done.exit_code, done.stdout, done.stderr)


def rows_of(home: Home, *arguments: str) -> list[dict[str, Any]]:
    """What a command that reads prints as JSON."""
    done = asked(home.root, *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def table_of(text: str) -> list[list[str]]:
    """The header and the rows of a printed table."""
    lines = [line for line in text.splitlines() if line.strip()]
    rule = next(k for k, line in enumerate(lines) if set(line.strip()) <= set("─ "))
    return [line.split() for line in [lines[rule - 1], *lines[rule + 1 :]]]


def fingerprint(home: Home) -> dict[str, str]:
    """The published files and what is in them."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in home.published_folder.iterdir()}


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
