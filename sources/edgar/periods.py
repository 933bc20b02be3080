"""What filings of different length say about a year, a quarter or a day.

Filers give quarters, half years, nine months and years, each for several periods and again in later filings. Here one
value is settled for each period, and from those a trailing year and single quarters are worked out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise, permutations
from typing import Any

YEAR = range(350, 381)
"""Days of a fiscal year: 52 or 53 weeks, or a calendar year."""
QUARTER = range(76, 107)
"""Days of a fiscal quarter: twelve to fifteen weeks."""
SLACK = timedelta(days=10)
"""Weeks do not fit into years: the same quarter of two years begins and ends up to a week apart."""

PERIODIC = ("10-K", "10-Q", "20-F", "40-F", "6-K", "8-K")
"""Forms (and their amendments) whose figures are the accounts; proxy statements and prospectuses may adjust theirs."""


@dataclass(frozen=True)
class Figure:
    """A value of a period, or of a day (no start), as one filing gives it."""

    start: date | None
    end: date
    value: float
    concept: str
    form: str
    filed: str
    accession: str
    place: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def days(self) -> int:
        """Length of the period; 0 for a day."""
        return 0 if self.start is None else (self.end - self.start).days + 1


@dataclass(frozen=True)
class Flow:
    """An amount over a period that ends on a day, and the newest figure it was worked out from."""

    value: float
    end: date
    newest: Figure


def settled(figures: Iterable[Figure]) -> list[Figure]:
    """One figure for each period: of the latest filing, and in one filing the more precise one. Oldest period first."""
    latest: dict[tuple[date | None, date], Figure] = {}
    for figure in figures:
        if not figure.form.startswith(PERIODIC):
            continue
        key = (figure.start, figure.end)
        if key not in latest or _standing(figure) > _standing(latest[key]):
            latest[key] = figure
    return sorted(latest.values(), key=lambda f: (f.end, f.start or f.end))


def _standing(figure: Figure) -> tuple[str, str, int]:
    """What decides between two values of one period: a text may round what its table has to the million."""
    return figure.filed, figure.accession, len(f"{abs(figure.value):.0f}".rstrip("0"))


def trailing(flows: Sequence[Figure], end: date) -> Flow | None:
    """The amount over the year that ends on a day; None where the figures do not give it.

    A year that ends there; or the last year, plus the year to date, less the year to date a year before; or four quarters
    in a row. `flows` are settled figures of one concept.
    """
    ending = [f for f in flows if f.start is not None and f.end == end]
    whole = [f for f in ending if f.days in YEAR]
    if whole:
        return Flow(whole[-1].value, end, whole[-1])
    for now in sorted(ending, key=lambda f: -f.days):
        for before in reversed([f for f in flows if f.days in YEAR]):
            if not _follows(before, now) or now.days >= YEAR.start:
                continue
            for then in flows:
                if then.start == before.start and abs(then.days - now.days) <= SLACK.days and then.end < now.end:
                    return Flow(before.value + now.value - then.value, end, now)
    chain = [f for f in quarters(flows) if f.end <= end][-4:]
    in_a_row = len(chain) == 4 and chain[-1].end == end and all(_follows(a, b) for a, b in pairwise(chain))
    return Flow(sum(f.value for f in chain), end, chain[-1]) if in_a_row else None


def quarters(flows: Sequence[Figure]) -> list[Figure]:
    """Single quarters, oldest first: as given, or as the difference of two figures that begin on the same day."""
    found: dict[date, Figure] = {}
    beginning: dict[date, list[Figure]] = {}
    for flow in flows:
        if flow.start is not None:
            beginning.setdefault(flow.start, []).append(flow)
    for longer, shorter in (pair for together in beginning.values() for pair in permutations(together, 2)):
        if (longer.end - shorter.end).days in QUARTER:
            found[longer.end] = replace(longer, start=shorter.end + timedelta(days=1), value=longer.value - shorter.value)
    found |= {f.end: f for f in flows if f.days in QUARTER}
    return [found[end] for end in sorted(found)]


def years(flows: Sequence[Figure]) -> list[Figure]:
    """Whole fiscal years, oldest first."""
    return [f for f in flows if f.days in YEAR]


def _follows(first: Figure, second: Figure) -> bool:
    """Whether the second period begins where the first ends."""
    return second.start is not None and abs(second.start - first.end - timedelta(days=1)) <= SLACK
