"""What is said when a source is not as it should be: where, what was expected, what was found."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

MOST_SHOWN = 25
MOST_COLLECTED = 1_000
"""After so many problems the rest of a file is not looked at: it is another file than was expected."""
WHOLE = 0
"""The line of a problem that a file, or a folder, has as a whole."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong at one place: in a line, or in a file as a whole (`WHOLE`); in a column, or in none ('-')."""

    file: str
    line: int
    column: str
    what: str

    def __str__(self) -> str:
        line = "" if self.line == WHOLE else f":{self.line}"
        column = "" if self.column == "-" else f" column {self.column!r}:"
        return f"{self.file}{line}:{column} {self.what}"


class Misfit(ValueError):
    """A row that is wrong in itself, told by its model: which column, and what about it."""

    def __init__(self, column: str, what: str) -> None:
        self.column = column
        super().__init__(what)


class SourceError(Exception):
    """A source cannot be used as it is. Nothing of it was loaded."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        shown = "\n".join(f"  {p}" for p in problems[:MOST_SHOWN])
        more = f"\n  ... and {len(problems) - MOST_SHOWN} more" if len(problems) > MOST_SHOWN else ""
        super().__init__(f"{counted(len(problems), 'problem')} in the sources; nothing was loaded:\n{shown}{more}")


class Damaged(SourceError):
    """A stored vintage is not as it was stored."""


def counted(number: int, what: str) -> str:
    """'1 problem', '2 problems'."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def told(error: SourceError) -> str:
    """The first problems of an error, in one line."""
    shown = "; ".join(str(p) for p in error.problems[:3])
    more = len(error.problems) - 3
    return f"{shown}; and {more} more" if more > 0 else shown


def nearest(value: str, known: list[str]) -> str:
    """`; nearest: a, b` for a message about an unknown id, or nothing where none is near."""
    near = get_close_matches(value, known, n=3, cutoff=0.6)
    return f"; nearest: {', '.join(near)}" if near else ""
