"""`stackgraph query`: SQL on the published file."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.cli.errors import Unusable, unknown
from pipelines.cli.open import published
from pipelines.cli.output import show
from pipelines.stack import Stack

SAVED = Path(__file__).resolve().parent.parent / "saved"


def ask(sql: str, format: str) -> None:
    """Run a query, or a saved one (@name)."""
    if sql == "@":
        show(["query", "what it answers"], [(f"@{p.stem}", first_comment(p)) for p in sorted(SAVED.glob("*.sql"))], format)
        return
    text = saved(sql[1:]) if sql.startswith("@") else sql
    stack = published()
    try:
        only_reads(stack, text)
        columns, rows = stack.rows(text)
    except duckdb.Error as error:
        raise Unusable(explain(error)) from None
    if not columns:
        raise Unusable("the query asks nothing: give one statement that returns rows, such as 'from mart.useful_token limit 5'")
    show(columns, rows, format)


READING = {"SELECT", "EXPLAIN", "RELATION"}
"""Kinds of statement that change nothing; DuckDB counts FROM, DESCRIBE, SHOW and SUMMARIZE among the first."""


def only_reads(stack: Stack, text: str) -> None:
    """Refuse anything but one statement that reads.

    A read-only connection without external access still lets COPY, ATTACH and CHECKPOINT at the file it has open.
    """
    statements = stack.connection.extract_statements(text)
    for statement in statements:
        if (kind := statement.type.name) not in READING:
            raise Unusable(f"{kind} is no query: the published file is read-only; take results out with --format csv")
    if len(statements) > 1:
        raise Unusable(f"{len(statements)} statements: give one at a time, each has its own result")


def saved(name: str) -> str:
    """The text of a saved query."""
    path = SAVED / f"{name}.sql"
    if not path.is_file() or path.parent != SAVED:
        raise unknown("saved query", name, (p.stem for p in SAVED.glob("*.sql")))
    return path.read_text(encoding="utf-8")


def first_comment(path: Path) -> str:
    return path.read_text(encoding="utf-8").splitlines()[0].removeprefix("-- ")


def explain(error: duckdb.Error) -> str:
    """DuckDB's own words, and what is meant where they are about what is not allowed here."""
    text = str(error).strip()
    if isinstance(error, duckdb.PermissionException) or "read-only" in text or "configuration" in text:
        return f"{text}\nThe published file is read-only, and queries can read nothing else; take results out with --format csv."
    return text
