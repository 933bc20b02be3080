"""Fills docs/published.md from the published file: part of `make figures`.

Each kind of published cost has a table; each reason why the two differ is told once, under its number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from docs.readme import ROOT, fill
from graph.cost.publications import median_deviation
from pipelines.stack import Stack

QUERY = """
select quantity, scope, what, board, model_id, relation, published_low, published_central, published_high, ours_low, ours_central, ours_high, unit,
       ratio, is_inside, ranges_overlap, conflict, publisher, url, as_of, grade, difference, published_id
from mart.published_comparison
order by quantity, relation = 'input', board nulls first, what, as_of, published_id
"""
KINDS = {
    "accelerator_hour": "Accelerator-hour",
    "electricity": "Electricity",
    "tokens": "Million tokens",
    "package": "GPU package on its module, bill of materials",
    "server": "Server, for each accelerator",
    "rack": "Rack",
    "gigawatt": "Gigawatt, all capital",
    "gigawatt_year": "Gigawatt and year",
    "megawatt": "Megawatt of facility",
    "wafer": "Wafer",
    "packaging_wafer": "Packaging wafer",
    "memory": "High-bandwidth memory",
}
HEAD = ("ours", "ours / published", "in our range", "other publications", "why", "publisher", "date", "grade")
WORST = 5
SIZES = ((1e9, "bn"), (1e6, "M"))
Row = dict[str, Any]


def main() -> None:
    """Rewrite what stands between the marks."""
    names, found = Stack.load().rows(QUERY)
    rows = [dict(zip(names, row, strict=True)) for row in found]
    reasons = list(dict.fromkeys(r["difference"] for r in rows if r["difference"]))
    parts = ["", *summary(rows), "", *(line for kind in KINDS for line in section(kind, rows, reasons)), "## Why they differ", ""]
    parts += [f"{k}. {text}" for k, text in enumerate(reasons, start=1)]
    fill(ROOT / "docs" / "published.md", "<!-- published -->", "\n".join([*parts, "", ""]))


def summary(rows: list[Row]) -> Iterator[str]:
    """How near ours lie, kind by kind, and the worst."""
    same = [r for r in rows if r["relation"] == "same"]
    bound = [r for r in rows if r["relation"] == "bound"]
    above = sum(r["published_high"] >= r["ours_low"] for r in bound)
    disputed = sum(r["conflict"] == "conflicting" for r in rows)
    yield (
        f"**{inside(same)} of {len(same)}** published costs of the same thing lie in our range, {overlapping(same)} have a range that overlaps it; the "
        f"median distance is {percent(same)} up or down. Of {len(bound)} rents and list prices, which should lie above our cost, {above} do. "
        f"{sum(r['relation'] == 'input' for r in rows)} more are prices that ours rests on: that we agree with them says nothing. "
        f"{disputed} rows are contradicted by another publication about the same thing."
    )
    yield ""
    body = [
        (name, len(of), inside(of), overlapping(of), percent(of), *told(worst(of)[0]))
        for kind, name in KINDS.items()
        if (of := [r for r in same if r["quantity"] == kind])
    ]
    yield from markdown(["kind", "published", "in our range", "ranges overlap", "median distance", "furthest", "ours / published"], body)
    yield ""
    yield "The five furthest apart, and the five furthest of all but tokens:"
    yield ""
    for row in [*worst(same)[:WORST], *worst(r for r in same if r["quantity"] != "tokens")[:WORST]]:
        thing, ratio = told(row)
        yield f"- {thing} ({row['publisher']}, {row['as_of']}): ours is {ratio} of it. {row['difference']}"


def section(kind: str, rows: list[Row], reasons: list[str]) -> Iterator[str]:
    """The table of one kind."""
    of = [r for r in rows if r["quantity"] == kind]
    if not of:
        return
    yield f"## {KINDS[kind]}"
    yield ""
    yield from markdown(["what", "board", f"published, {of[0]['unit']}", *HEAD], [line(r, reasons) for r in of])
    yield ""


def line(row: Row, reasons: list[str]) -> tuple[object, ...]:
    why = str(reasons.index(row["difference"]) + 1) if row["difference"] else ""
    verdict = {"same": "yes" if row["is_inside"] else "no", "bound": "a price", "input": "ours rests on it"}[row["relation"]]
    publisher = f"[{row['publisher']}]({row['url']})" if row["url"] else row["publisher"]
    published, ours = span(row, "published"), span(row, "ours")
    thing = row["what"] + (f" ({row['model_id']})" if row["model_id"] and row["relation"] == "bound" else "")
    return (
        thing,
        row["board"] or "",
        published,
        ours,
        f"{row['ratio']:.2f}",
        verdict,
        row["conflict"],
        why,
        publisher,
        row["as_of"],
        row["grade"],
    )


def span(row: Row, whose: str) -> str:
    """'35 bn', or '50 (40 to 60) bn' where there is a range."""
    low, central, high = (float(row[f"{whose}_{name}"]) for name in ("low", "central", "high"))
    size, word = next(((s, w) for s, w in SIZES if central >= s), (1.0, ""))
    text = number(central / size) if low == high else f"{number(central / size)} ({number(low / size)} to {number(high / size)})"
    return f"{text} {word}".strip()


def number(value: float) -> str:
    """Three digits, or all before the point."""
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def markdown(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """A table whose cells are Markdown already."""
    yield "| " + " | ".join(names := list(head)) + " |"
    yield "|" + "---|" * len(names)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "/") for cell in row) + " |"


def told(row: Row) -> tuple[str, str]:
    return (f"{row['what']}, {row['board']}" if row["board"] else str(row["what"])), f"{row['ratio']:.2f}"


def worst(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda r: (-abs(math.log(r["ratio"])), r["published_id"]))


def inside(rows: Iterable[Row]) -> int:
    return sum(r["is_inside"] for r in rows)


def overlapping(rows: Iterable[Row]) -> int:
    return sum(r["ranges_overlap"] for r in rows)


def percent(rows: Iterable[Row]) -> str:
    return f"{median_deviation(r['ratio'] for r in rows):.0%}"


if __name__ == "__main__":
    main()
