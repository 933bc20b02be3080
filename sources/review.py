"""Words of a live source that nothing of ours declares: held back and listed for a person, never guessed.

In what the repository ships an unknown word is an error: whoever adds the row can settle it. A publisher adds words on its
own time; there the row (or the name in it) is held back, the rest is used, and the word goes to the table core.review with
the nearest declared ones beside it, and with how many rows of which core tables wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

import pandas as pd

from sources.frames import rows_of
from sources.records import Review


@dataclass(frozen=True)
class Question:
    """A word that awaits a decision, at one place.

    waiting : published rows that are held back because of it there; 0 where it only needs a look
    table : the core table that they are for, without schema; '' where nobody has said which one is being made
    """

    source_id: str
    file: str
    line: int
    column: str
    word: str
    suggestions: str
    settle: str
    waiting: int = 1
    table: str = ""


_collected: ContextVar[list[Question] | None] = ContextVar("questions of the live source being read", default=None)
_made: ContextVar[str] = ContextVar("core table being made", default="")


@contextmanager
def collecting() -> Iterator[list[Question]]:
    """While this is open, unknown words are collected instead of being errors."""
    questions: list[Question] = []
    token = _collected.set(questions)
    try:
        yield questions
    finally:
        _collected.reset(token)


@contextmanager
def making(table: str) -> Iterator[None]:
    """While this is open, what is held back is held back from this core table."""
    token = _made.set(table)
    try:
        yield
    finally:
        _made.reset(token)


def is_open() -> bool:
    """True while unknown words are collected."""
    return _collected.get() is not None


def held_back(questions: list[Question]) -> bool:
    """True where unknown words are collected now: the caller leaves them out. False: the caller raises."""
    collected = _collected.get()
    if collected is None:
        return False
    collected.extend(replace(question, table=_made.get()) for question in questions)
    return True


def questions_frame(questions: list[Question]) -> pd.DataFrame:
    """core.review: each word once, with the first place it was met in and the rows that wait for it."""
    by_word: dict[tuple[str, str, str], list[Question]] = {}
    for q in dict.fromkeys(questions):  # a table may look at the same row twice
        by_word.setdefault((q.source_id, q.column, q.word), []).append(q)
    rows = [
        {
            "source_id": first.source_id, "column_name": first.column, "word": first.word, "met": len({(q.file, q.line) for q in asked}),
            "waiting": waiting(asked) or None, "file": first.file, "line": first.line,
            "suggestions": first.suggestions.removeprefix("; nearest: ") or None, "settle": first.settle,
        }
        for asked in by_word.values() for first in asked[:1]
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(Review.model_fields))


def waiting(asked: list[Question]) -> str:
    """What waits for a word: 'site 1, site_timeline 7'; '' where nothing does."""
    rows: dict[str, int] = {}
    for q in asked:
        rows[q.table] = rows.get(q.table, 0) + q.waiting
    return ", ".join(f"{table} {n}" for table, n in rows.items() if n)


NAMED = 5
"""Words that a warning names; the rest are counted."""


def awaited(frame: pd.DataFrame) -> dict[str, str | int]:
    """What a run says of core.review: how many words, and what waits for each of the first of them."""
    if frame.empty:
        return {"words": 0}
    words = [
        f"{row['source_id']} {row['column_name']} {row['word']!r} ({row['waiting'] or 'no row waits'})"
        for row in rows_of(frame.head(NAMED))
    ]
    more = [f"and {len(frame) - NAMED} more words"] if len(frame) > NAMED else []
    return {"words": len(frame), "rows_that_wait_for": "; ".join(words + more), "see": "`stackgraph sources --review`"}
