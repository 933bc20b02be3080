"""What each table was made from, so that what has not changed is not made again.

A table is named by its content: a hash over its rows. The key of an asset is a hash over this program and over the contents
of everything the asset reads; while the key is the one its tables were last made with, they are as they would be made again.
Then nothing is computed, and the checks of that time are reported once more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from pipelines import meta, warehouse
from pipelines.home import REPOSITORY, home
from pipelines.warehouse import quote

FLOORS = ("sources", "graph", "pipelines")
LIBRARIES = ("numpy", "pandas", "networkx", "duckdb", "pydantic")


@cache
def program() -> str:
    """Hash over the program's text and the libraries it computes with."""
    digest = hashlib.sha256()
    for floor in FLOORS:
        for path in sorted(p for p in (REPOSITORY / floor).rglob("*") if p.suffix in (".py", ".sql")):
            digest.update(str(path.relative_to(REPOSITORY)).encode() + b"\0" + path.read_bytes())
    digest.update(json.dumps([(name, version(name)) for name in LIBRARIES]).encode())
    return digest.hexdigest()


def key(parts: Iterable[str]) -> str:
    """The key of what is made by this program from these parts."""
    return hashlib.sha256("\0".join([program(), *parts]).encode()).hexdigest()


@dataclass(frozen=True)
class Check:
    """What a check came to."""

    name: str
    passed: bool
    severity: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Made:
    """How a table was last made: from what, its content, its rows, and its checks."""

    key: str
    content: str
    rows: int
    checks: tuple[Check, ...]


_prepared: set[Path] = set()


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the two tables where this is kept, where they are missing."""
    file = home().warehouse
    if file in _prepared:
        return
    for table in (meta.MadeFrom, meta.CheckResult):
        connection.execute(warehouse.create_statement(table).replace("create or replace table", "create table if not exists"))
        connection.execute(";\n".join(warehouse.comment_statements(table)))
    _prepared.add(file)


def recall(connection: duckdb.DuckDBPyConnection, names: Iterable[str]) -> dict[str, Made]:
    """How tables were last made; those that are not there, or were never noted, are left out."""
    asked = list(names)
    rows = connection.execute(
        "select table_name, made_from, content, row_count from meta.made_from where list_contains($names, table_name)", {"names": asked}
    ).fetchall()
    there = warehouse.tables(connection)
    checks: dict[str, list[Check]] = {}
    for table, name, passed, severity, facts in connection.execute(
        "select table_name, check_name, passed, severity, facts from meta.check_result where list_contains($names, table_name)",
        {"names": asked},
    ).fetchall():
        checks.setdefault(table, []).append(Check(name, passed, severity, json.loads(facts)))
    return {
        table: Made(made_from, content, rows, tuple(checks.get(table, ()))) for table, made_from, content, rows in rows if table in there
    }


def contents(made: Mapping[str, Made], names: Iterable[str]) -> list[str]:
    """The contents of tables, in the order of their names; a table never noted has the content of nothing."""
    return [f"{name}={made[name].content if name in made else 'none'}" for name in sorted(names)]


def key_of(known: Mapping[str, Made], inputs: Iterable[str], more: Iterable[str] = ()) -> str:
    """The key of what this program makes from tables as they are, and from what `more` names."""
    return key([*contents(known, inputs), *more])


def is_made(known: Mapping[str, Made], outputs: Iterable[str], made_from: str) -> bool:
    """Whether all these tables were last made from this."""
    return all(name in known and known[name].key == made_from for name in outputs)


def known(names: Iterable[str]) -> dict[str, Made]:
    """How tables of the warehouse were last made."""
    with warehouse.connect(home().warehouse) as connection:
        prepare(connection)
        return recall(connection, names)


def found(connection: duckdb.DuckDBPyConnection, made_from: str, checks: Mapping[str, Iterable[Check]]) -> dict[str, Made]:
    """Tables as they are: the content and the rows of each."""
    counted = " union all ".join(
        f"select {quote(name)}, coalesce(sum(hash(t)::hugeint), 0)::varchar || '/' || count(*), count(*) from {name} t" for name in checks
    )
    return {
        name: Made(made_from, hashlib.sha256(total.encode()).hexdigest()[:16], int(rows), tuple(checks[name]))
        for name, total, rows in connection.execute(counted).fetchall()
    }


def note(connection: duckdb.DuckDBPyConnection, made_from: str, checks: Mapping[str, Iterable[Check]]) -> dict[str, Made]:
    """Remember how tables were just made; `checks` has an entry for each of them."""
    names = list(checks)
    made = found(connection, made_from, checks)
    tables = [(n, m.key, m.content, m.rows) for n, m in made.items()]
    results = [(n, c.name, c.passed, c.severity, json.dumps(c.facts, default=str)) for n, m in made.items() for c in m.checks]
    connection.execute("begin")
    for table, rows in ((meta.MadeFrom, tables), (meta.CheckResult, results)):
        connection.execute(f"delete from {table.table} where list_contains($names, table_name)", {"names": names})
        if rows:
            fields = ", ".join(f"unnest(${k}) as {name}" for k, name in enumerate(table.model_fields, start=1))
            connection.execute(f"insert into {table.table} by name select {fields}", [list(column) for column in zip(*rows, strict=True)])
    connection.execute("commit")
    warehouse.is_there(*names)
    return made
