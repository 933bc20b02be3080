"""What was looked at to see whether a table is right."""

from __future__ import annotations

from typing import NamedTuple

from sources.columns import Table


class Finding(NamedTuple):
    """What a check of a table came to: the rows against it, and the figures it looked at."""

    table: type[Table]
    check: str
    against: list[str]
    facts: dict[str, object]
