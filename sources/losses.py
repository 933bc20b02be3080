"""What a new vintage has less of than the one in use: rows as published, and the facts that are made of them.

Rows alone do not tell: where a publisher renames a unit or a category, as many rows come as before and nothing is made of
them. So the facts are counted too, by kind: the rows of each core table, and within it the figures of each parameter, the
metrics of the queues, the shares, prices and flows of each item, the results of each model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from sources.connector import Reading
from sources.errors import WHOLE, Problem, SourceError, counted
from sources.registry import SourceFolder
from sources.review import Question, collecting, making

LEAST_KEPT, FEW = 0.8, 10
"""A publisher's list grows or is trimmed; one that loses a fifth of its rows from one fetch to the next was cut short."""
WITHIN = {
    "parameter": "parameter", "queue_entry": "metric", "share": "item_id", "price": "item_id", "trade_flow": "item_id",
    "benchmark": "model_id", "model_price": "model_id",
}  # fmt: skip
"""Core table -> the column that tells its kinds of facts apart."""
CHURNING = frozenset({"model_price"})
"""Tables whose kinds come and go by themselves, as offers of a model do: their kinds must not vanish, and may shrink."""


@dataclass(frozen=True)
class Contents:
    """What a vintage holds: its rows by raw table, the facts made of them by core table and by kind, and words that nobody declares."""

    rows: Mapping[str, int]
    tables: Mapping[str, int]
    kinds: Mapping[tuple[str, str], int]
    unknown: tuple[Question, ...]


def contents(source: SourceFolder, tables: Mapping[str, pd.DataFrame], retrieved_at: str) -> Contents:
    """What a vintage holds; SourceError where its rows cannot be mapped."""
    made: dict[str, int] = {}
    kinds: Counter[tuple[str, str]] = Counter()
    reading = Reading(tables, retrieved_at)
    with collecting() as questions:
        for name, facts_of in source.maps.items():
            with making(name):
                facts = facts_of(reading)
            made[name] = len(facts)
            if name in WITHIN:
                kinds.update((name, str(kind)) for kind in facts[WITHIN[name]].dropna())
    return Contents({name: len(frame) for name, frame in tables.items()}, made, kinds, tuple(questions))


def check_kept(source: SourceFolder, new: Contents, before: Contents) -> None:
    """Raise SourceError where a vintage has lost more of its rows, or of a kind of facts, than a publisher takes away at once."""
    right = f"If it is right: `stackgraph sources refresh {source.id} --even-if-smaller`"
    problems = [
        Problem(name, WHOLE, "-", f"{new.rows[name]} rows where there were {had}: cut short? {right}")
        for name, had in before.rows.items()
        if _is_cut(new.rows[name], had)
    ]
    words = list(dict.fromkeys(f"{q.column} {q.word!r}" for q in new.unknown if q not in before.unknown))
    unknown = (
        f", as these words are unknown: {', '.join(words[:3])}{f' and {len(words) - 3} more' if len(words) > 3 else ''}" if words else ""
    )
    problems += [
        Problem(
            f"core.{table}", WHOLE, column, f"{what} fell from {had} to {now}{unknown}: was a word renamed, or the file cut short? {right}"
        )
        for table, column, what, had, now in _fallen(new, before)
    ]
    if problems:
        raise SourceError(problems)


def _fallen(new: Contents, before: Contents) -> list[tuple[str, str, str, int, int]]:
    """(core table, column, kind, before, now) of what is gone or was cut, largest loss first; whole tables before their kinds."""
    whole = [
        (name, "-", "facts", had, new.tables[name])
        for name, had in before.tables.items()
        if _is_cut(new.tables[name], had) or had > 0 == new.tables[name]
    ]
    kinds = [
        (name, WITHIN[name], f"facts of {kind!r}", had, now)
        for (name, kind), had in before.kinds.items()
        if (now := new.kinds.get((name, kind), 0)) == 0 or (name not in CHURNING and _is_cut(now, had))
    ]
    return [*whole, *sorted(kinds, key=lambda k: k[4] - k[3])]


def _is_cut(now: int, had: int) -> bool:
    return had > FEW and now < LEAST_KEPT * had


def lost(new: Contents, before: Contents) -> str:
    """'73 rows and 65 facts fewer than the vintage before'; '' where there are no fewer of either."""
    rows = sum(before.rows.values()) - sum(new.rows.values())
    facts = sum(before.tables.values()) - sum(new.tables.values())
    parts = [counted(n, what) for n, what in ((rows, "row"), (facts, "fact")) if n > 0]
    return f"{' and '.join(parts)} fewer than the vintage before" if parts else ""
