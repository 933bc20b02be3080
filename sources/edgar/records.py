"""From facts to figures of org:<organisation_id>: inventory, its days, gross margin, purchase commitments.

Amounts are given where the company keeps its books in dollars; ratios in any currency, since the currency falls out of
them. A translation that a foreign filer adds to its newest year is never mixed with its own currency.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from sources import records as r
from sources.connector import Map, Reading
from sources.edgar.connector import CONCEPTS, IDENTIFIERS, ciks
from sources.edgar.declarations import Concept, Fact
from sources.edgar.periods import Figure, Flow, quarters, settled, trailing, years
from sources.errors import Problem, SourceError
from sources.frames import rows_of
from sources.tabular import display_path, frame_of, place_of, read_csv

SOURCE = "edgar"
LOOK_BACK = timedelta(days=731)
"""Eight quarters: the span whose lowest and highest values are the range of a ratio."""
QUARTERS, YEARS = 8, 3
"""How many single quarters, or years where no quarters are filed, a margin ranges over."""
STALE = timedelta(days=300)
"""A figure this much older than the company's newest is no longer given; a figure given once a year is never that old."""


@dataclass(frozen=True)
class Company:
    """The settled figures of one company in its own currency: meaning -> one list a concept, the preferred concept first."""

    organisation_id: str
    currency: str
    figures: dict[str, list[list[Figure]]]

    def newest(self) -> date:
        """End of the newest period of all."""
        return max(f.end for lists in self.figures.values() for figures in lists for f in figures)

    def trailing(self, meaning: str, end: date) -> Flow | None:
        """The amount over the year to a day, of the first concept that gives it."""
        return next((flow for figures in self.figures.get(meaning, []) if (flow := trailing(figures, end))), None)

    def single(self, meaning: str, kind: str) -> dict[date, float]:
        """Single quarters or years by their last day, of the first concept that gives each."""
        values: dict[date, float] = {}
        for figures in reversed(self.figures.get(meaning, [])):
            values |= {f.end: f.value for f in (quarters(figures) if kind == "quarter" else years(figures))}
        return values


def parameter(reading: Reading) -> pd.DataFrame:
    """Rows of core.parameter for every company of the facts.

    Raises
    ------
    SourceError
        A CIK that no organisation has.
    """
    rows = [row for company in companies(reading[Fact.table]) for row in _figures(company)]
    return frame_of(rows, r.ParameterRow)


MAPS: dict[str, Map] = {"parameter": parameter}


def companies(facts: pd.DataFrame) -> Iterator[Company]:
    """The companies of a table of facts, by organisation id."""
    ranked = {(c["taxonomy"], c["concept"]): (c["meaning"], c["rank"]) for c in rows_of(read_csv(CONCEPTS, Concept)) if c["meaning"]}
    organisations = ciks()
    by_cik: dict[str, list[dict[str, Any]]] = {}
    problems = []
    for row in rows_of(facts):
        if row["cik"] not in organisations:
            what = f"no organisation has the CIK {row['cik']!r}: {display_path(IDENTIFIERS)} does not list it"
            problems.append(Problem(row["source_file"], row["source_line"], "cik", what))
        elif (row["taxonomy"], row["concept"]) in ranked:
            by_cik.setdefault(row["cik"], []).append(row)
    if problems:
        raise SourceError(problems)
    for cik in sorted(by_cik, key=lambda c: organisations[c]):
        yield _company(organisations[cik], by_cik[cik], ranked)


def _company(organisation_id: str, rows: list[dict[str, Any]], ranked: dict[tuple[str, str], tuple[str, int]]) -> Company:
    periods = Counter({row["unit"]: 0 for row in rows})
    for unit, _, _ in {(row["unit"], row["start"], row["end"]) for row in rows}:
        periods[unit] += 1
    own = max(sorted(periods), key=lambda unit: (periods[unit], unit != "USD"))  # a translation covers fewer periods
    lists: dict[tuple[str, int], list[Figure]] = {}
    for row in rows:
        if row["unit"] == own:
            lists.setdefault(ranked[row["taxonomy"], row["concept"]], []).append(_figure(row))
    figures: dict[str, list[list[Figure]]] = {}
    for meaning, rank in sorted(lists):
        figures.setdefault(meaning, []).append(settled(lists[meaning, rank]))
    return Company(organisation_id, own, {meaning: [f for f in found if f] for meaning, found in figures.items()})


def _figure(row: dict[str, Any]) -> Figure:
    return Figure(
        start=date.fromisoformat(row["start"]) if row["start"] else None,
        end=date.fromisoformat(row["end"]),
        value=row["value"],
        concept=f"{row['taxonomy']}:{row['concept']}",
        form=row["form"],
        filed=row["filed"],
        accession=row["accession"],
        place=place_of(row),
    )


def _figures(company: Company) -> Iterator[dict[str, Any]]:
    if not any(figures for lists in company.figures.values() for figures in lists):
        return
    yield from _inventory(company)
    yield from _days_of_inventory(company)
    yield from _gross_margin(company)
    yield from _purchase_commitments(company)


def balances(company: Company, meaning: str) -> list[Figure]:
    """What stood in the books on a day, oldest first; where concepts differ for a day, the preferred one."""
    by_day: dict[date, Figure] = {}
    for figures in reversed(company.figures.get(meaning, [])):
        by_day |= {f.end: f for f in figures if f.start is None}
    return [by_day[day] for day in sorted(by_day)]


def _inventory(company: Company) -> Iterator[dict[str, Any]]:
    held = balances(company, "inventory")
    if company.currency == "USD" and held and company.newest() - held[-1].end <= STALE:
        value = held[-1].value
        yield _row(company, "inventory", (value, value, value), "USD", held[-1], "primary", "Whole company, net, at the end of the period")


def days_of_inventory(company: Company) -> list[tuple[Figure, float]]:
    """Days that the inventory of a balance sheet lasts at the cost of the year before it, over eight quarters, oldest first."""
    held = balances(company, "inventory")
    found = []
    for inventory in [f for f in held if f.end > held[-1].end - LOOK_BACK]:
        cost = _cost(company, inventory.end)
        if cost is not None and cost.value > 0:
            found.append((inventory, inventory.value / cost.value * 365))
    return found[-QUARTERS:]


def _cost(company: Company, end: date) -> Flow | None:
    """Cost of revenue over the year to a day: as given, or revenue less gross profit."""
    given = company.trailing("cost_of_revenue", end)
    revenue, profit = company.trailing("revenue", end), company.trailing("gross_profit", end)
    if given is None and revenue is not None and profit is not None:
        return Flow(revenue.value - profit.value, end, revenue.newest)
    return given


def _days_of_inventory(company: Company) -> Iterator[dict[str, Any]]:
    found = days_of_inventory(company)
    if not found or company.newest() - found[-1][0].end > STALE:
        return
    days = [value for _, value in found]
    note = f"Inventory over the cost of revenue of the year to that day, times 365; whole company. Range of {_dates(found)} in two years"
    yield _row(company, "days_of_inventory", (min(days), days[-1], max(days)), "days", found[-1][0], "derived", note)


def _dates(found: list[Any]) -> str:
    return "one balance sheet" if len(found) == 1 else f"{len(found)} balance sheets"


def margins(company: Company, kind: str) -> dict[date, float]:
    """Gross margin of single quarters or years by their last day."""
    revenue, profit = company.single("revenue", kind), company.single("gross_profit", kind)
    cost = company.single("cost_of_revenue", kind)
    profit = {end: revenue[end] - cost[end] for end in revenue.keys() & cost.keys()} | profit
    return {end: profit[end] / revenue[end] for end in sorted(revenue.keys() & profit.keys()) if revenue[end] > 0}


def _gross_margin(company: Company) -> Iterator[dict[str, Any]]:
    ends = sorted({f.end for figures in company.figures.get("revenue", []) for f in figures}, reverse=True)
    for end in ends:
        revenue, cost = company.trailing("revenue", end), _cost(company, end)
        profit = company.trailing("gross_profit", end)
        if revenue is None or revenue.value <= 0 or (profit is None and cost is None):
            continue
        if company.newest() - end > STALE:
            return
        gained = profit.value if profit else revenue.value - (cost.value if cost else 0)
        central = gained / revenue.value
        singles = [m for day, m in margins(company, "quarter").items() if day <= end and day > end - LOOK_BACK][-QUARTERS:]
        spread = f"{len(singles)} single quarters in two years"
        if len(singles) < 4:
            singles = [m for day, m in margins(company, "year").items() if day <= end][-YEARS:]
            spread = f"{len(singles)} years"
        low, high = min([central, *singles]), max([central, *singles])
        note = f"Whole company, over the year to that day; low and high among {spread}"
        yield _row(company, "gross_margin", (low, central, high), "fraction", revenue.newest, "derived", note)
        return


def _purchase_commitments(company: Company) -> Iterator[dict[str, Any]]:
    promised = balances(company, "purchase_commitments")
    if company.currency != "USD" or not promised:
        return
    last = promised[-1]
    stale = company.newest() - last.end > STALE
    note = "Purchases agreed and not yet in the books, as far as tagged in one sum"
    if stale:
        note += "; no sum was tagged since, filings split it by category"
    row = _row(company, "purchase_commitments", (last.value, last.value, last.value), "USD", last, "primary", note)
    yield row | {"status": "superseded" if stale else "current"}


def _row(
    company: Company, name: str, bounds: tuple[float, float, float], unit: str, figure: Figure, grade: str, note: str
) -> dict[str, Any]:
    low, central, high = (round(value, 4) for value in bounds)
    return {
        "entity_id": f"org:{company.organisation_id}",
        "parameter": name,
        "low": low,
        "central": central,
        "high": high,
        "unit": unit,
        "as_of": figure.end.isoformat(),
        "source_id": SOURCE,
        "locator": f"{figure.concept}, {figure.form} filed {figure.filed}, {figure.accession}",
        "grade": grade,
        "status": "current",
        "note": note,
        **figure.place,
    }
