"""The published version, for commands that read it."""

from __future__ import annotations

from pipelines.cli.errors import Failed
from pipelines.stack import NothingPublished, Stack


def published() -> Stack:
    """The newest published version; a message that says how to make one where there is none."""
    import duckdb

    try:
        return Stack.load()
    except NothingPublished as error:
        raise Failed(str(error)) from None
    except duckdb.Error as error:
        raise Failed(f"the published file cannot be read; `stackgraph run` makes a new one. DuckDB says: {error}") from None
