"""Words of a live source that nothing of ours declares: held back and listed for a person, never guessed.

In what the repository ships an unknown word is an error: whoever adds the row can settle it. A publisher adds words on its
own time; there the row (or the name in it) is held back, the rest is used, and the word goes to the table core.review with
the nearest declared ones beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """A word that awaits a decision."""

    source_id: str
    file: str
    line: int
    column: str
    word: str
    suggestions: str
    settle: str


_collected: ContextVar[list[Question] | None] = ContextVar("questions of the live source being read", default=None)


@contextmanager
def collecting() -> Iterator[list[Question]]:
    """While this is open, unknown words are collected instead of being errors."""
    questions: list[Question] = []
    token = _collected.set(questions)
    try:
        yield questions
    finally:
        _collected.reset(token)


def held_back(questions: list[Question]) -> bool:
    """True where unknown words are collected now: the caller leaves them out. False: the caller raises."""
    collected = _collected.get()
    if collected is None:
        return False
    collected.extend(questions)
    return True
