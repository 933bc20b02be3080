"""Schema mart: what SQL users are promised. One view a file; the first comment says what it is, `-- column` lines
describe the columns that no table declares under the same name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from graph.results import RESULT_TABLES
from sources.columns import NO_UNIT, columns
from sources.records import CORE_TABLES

HERE = Path(__file__).resolve().parent
_COLUMN = re.compile(r"^-- column (\w+)(?: \[(.+?)\])?: (.+)$")


@dataclass(frozen=True)
class View:
    """A view of schema mart."""

    name: str
    description: str
    query: str
    may_be_empty: bool
    """Whether it has rows only after a run that asks publishers."""
    described: dict[str, tuple[str, str]]
    """column -> (unit, description), for the columns that no table declares."""

    @property
    def inputs(self) -> list[str]:
        """The tables it reads, in the order they appear."""
        known = {t.table for t in (*CORE_TABLES, *RESULT_TABLES)}
        return [n for n in dict.fromkeys(re.findall(r"\b(?:core|graph|risk|cost)\.\w+", self.query)) if n in known]

    def column(self, name: str) -> tuple[str, str]:
        """(unit, description) of a column, from its own line or from the first input that declares it.

        Raises
        ------
        KeyError
            Neither describes it.
        """
        if name in self.described:
            return self.described[name]
        for table in (t for n in self.inputs for t in (*CORE_TABLES, *RESULT_TABLES) if t.table == n):
            for column in columns(table):
                if column.name == name:
                    return column.unit, column.description
        raise KeyError(f"mart.{self.name}.{name} is described by no table it reads: add a line '-- column {name}: ...' to {self.name}.sql")


def views() -> list[View]:
    """Every view, in alphabetical order."""
    return [_view(path) for path in sorted(HERE.glob("*.sql"))]


def _view(path: Path) -> View:
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = [line for line in lines if line.startswith("--")]
    described = {m[1]: (m[2] or NO_UNIT, m[3]) for line in comments if (m := _COLUMN.match(line))}
    query = "\n".join(line for line in lines if not line.startswith("--"))
    return View(path.stem, comments[0].removeprefix("-- "), query, any(c.startswith("-- may be empty:") for c in comments), described)
