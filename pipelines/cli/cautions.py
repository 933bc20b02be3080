"""What went less than well in a run that succeeded: the findings of the checks that warn, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from sources.errors import counted

if TYPE_CHECKING:
    from dagster import DagsterEvent


def cautions(events: list[DagsterEvent], live: bool) -> Iterator[str]:
    """A line for each finding. Old failures to refresh are one line in a run that asks nobody, and counted as
    `stackgraph sources refresh` counts them: who was not asked, for want of a key, did not fail.
    """
    old = 0
    for event in events:
        if event.event_type_value != "ASSET_CHECK_EVALUATION":
            continue
        found = event.asset_check_evaluation_data
        if found.passed or found.severity.value != "WARN":
            continue
        facts = {name: value.value for name, value in found.metadata.items()}
        if found.check_name in TOLD:
            yield TOLD[found.check_name](**facts)
            continue
        yield from (str(facts[what]) for what in ("damage", "less") if facts[what] != "none")
        if facts["problem"] != "none" and live:
            yield f"{facts['source']}: {facts['problem']}; {facts['in_use']}"
        elif facts["problem"] != "none" and facts["was_asked"]:
            old += 1
    if old:
        yield f"{counted(old, 'source')} could not be refreshed when last asked for; `stackgraph sources --stale` says why and what is in use"


def _awaiting(words: int, **facts: object) -> str:
    """That words of live sources await review, and what waits for them (`sources.review.awaited`)."""
    return f"{counted(words, 'word')} {'awaits' if words == 1 else 'await'} review: " + "; ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in facts.items()
    )


def _closing(number: int, cycles: str) -> str:
    """That rows of the overlay close cycles: each with its rows."""
    return (
        f"rows of your overlay close {counted(number, 'cycle')}: {cycles}. Things that need each other are priced together and listed in "
        "graph.cycle; where that is not meant, take one of the rows out"
    )


def _idle(number: int, prices: str) -> str:
    """That nothing is bought at prices of the overlay: each with its rows and the reason."""
    return f"{counted(number, 'price')} of your overlay {'changes' if number == 1 else 'change'} no cost: {prices}"


def _losing(number: int, prices: str) -> str:
    """That prices of the overlay lie below what the parts cost: each with its rows and both sums."""
    return (
        f"{counted(number, 'price')} of your overlay {'lies' if number == 1 else 'lie'} below the cost of the parts: {prices}. They are used, and "
        "leave the seller a loss; where that is not meant, look at the unit, at what is in it, and at the prices of the parts"
    )


TOLD: Mapping[str, Callable[..., str]] = {
    "closed_by_overlay": _closing,
    "bought_at_own_prices": _idle,
    "own_prices_above_cost": _losing,
    "nothing_awaits_review": _awaiting,
}
"""Checks that say one thing -> how it is put; those of a source's vintages say several."""
