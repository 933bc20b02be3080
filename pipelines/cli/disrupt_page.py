"""The page of `stackgraph disrupt`: who is short first and when, what is lost for want of supply, and what for want of orders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pipelines.cli.output import say, show_most

if TYPE_CHECKING:
    import pandas as pd

    from graph.risk.scenario import Case
    from graph.risk.supply import Supply

Row = dict[str, Any]
MAIN = {"tokens": "item:useful_token", "accelerators": "item:ai_accelerator"}
LEAST_MADE = "made on worst day"
"""Heading of what is still made on the worst day, as a part of normal: beside what is lost, a bare 'worst day' reads as a loss."""
NAMED = 4
"""So many are named in a line; the tables below it name all."""
LEGEND = (
    "a > b: b lacks a. a < b: a orders less of b. At the end of the days it is undisturbed (never 1% off), settled (back within 2%), still "
    "recovering or still short; oscillating: the model swings by itself, so that its numbers are no forecast."
)


def show_page(
    case: Case, hit: dict[str, float] | None, summary: pd.DataFrame, horizon: int, limit: int, for_ever: str | None, tables: bool
) -> None:
    """The answer in words, and in tables where asked; `hit` is None where it was read from the published table, `for_ever` from `endless`."""
    from sources.frames import rows_of

    rows = list(rows_of(summary))
    short, idle, thin = sorted_out(rows)
    say(f"{case.title}{'' if case.recovery_days == 0 else f', recovering over {case.recovery_days} days'}:")
    for label, text in headline(hit, rows, short, idle, thin, horizon):
        say(f"  {label:<12} {text}")
    if for_ever:
        say(f"  {'for ever':<12} {for_ever}")
    if not tables:
        return
    say()
    if short:
        say(f"SHORT OF SUPPLY ({len(short)}): an input, or its own capacity, is lacking.")
        columns = [
            "target",
            "from day",
            "for want of",
            f"lost of {horizon} days",
            "of that idle",
            LEAST_MADE,
            "in the end",
            "grade",
            "way",
        ]
        show_most(columns, [(*begins(r), lost(r), part(r["idle_share"]), *ends(r)) for r in short], "table", limit)
    if idle:
        say(f"IDLE FOR WANT OF ORDERS ({len(idle)}): nothing is lacking, but what they go into is short of something else.")
        columns = ["target", "from day", f"lost of {horizon} days", LEAST_MADE, "in the end", "grade", "way"]
        show_most(columns, [(r["target"], day(r["first_idle_day"]), lost(r), *ends(r)) for r in idle], "table", limit)
    if thin:
        say(f"NOTHING LOST BUT AT THE THIN END of the ranges of stocks, transits and lives ({len(thin)}):")
        told = [(r["target"], part(r["lost_share_high"]), r["grade"], r["path"]) for r in thin]
        show_most(["target", f"lost of {horizon} days, at most", "grade", "way there"], told, "table", limit)
    if rows:
        say(LEGEND)


def sorted_out(rows: Iterable[Row]) -> tuple[list[Row], list[Row], list[Row]]:
    """Those short of supply, in their order; those that are idle, and those that only lose at the thin end, what loses most first."""
    from graph.risk.shortage import LEAST

    short, idle, thin = [], [], []
    for row in rows:
        if row["first_short_day"] is not None:
            short.append(row)
        elif row["lost_share_central"] < LEAST:
            thin.append(row)
        elif row["idle_share"] < row["lost_share_central"] / 2:
            short.append(row)
        else:
            idle.append(row)
    idle.sort(key=lambda row: -row["lost_share_central"])
    thin.sort(key=lambda row: -row["lost_share_high"])
    return short, idle, thin


def headline(
    hit: dict[str, float] | None, rows: list[Row], short: list[Row], idle: list[Row], thin: list[Row], horizon: int
) -> Iterable[tuple[str, str]]:
    """The answer in a few lines: label and text."""
    if hit:
        largest = sorted(hit.items(), key=lambda one: (-one[1], one[0]))
        named = ", ".join(f"{node} {share:.0%}" for node, share in largest[:6])
        yield "takes", f"{named}{f' and {len(hit) - 6} more' if len(hit) > 6 else ''}"
    elif hit is not None:
        yield "takes", "nothing: the tables know no supply of it"
    yield "first short", first(short, idle, horizon)
    known = {row["target"]: row for row in rows}
    for what, target in MAIN.items():
        yield what, told(known.get(target), horizon)
    for label, found, column in (("inputs lack", short, "first_short_day"), ("orders lack", idle, "first_idle_day")):
        felt = sorted((row for row in found if row[column] is not None), key=lambda row: (row[column], row["target"]))
        if felt:
            named = [row for row in felt if row["target"].startswith("board:")] or felt
            listed = ", ".join(f"{row['target']} from day {row[column]:.0f}" for row in named[:NAMED])
            yield label, f"to {counted(felt)}: {listed}{' ...' if len(named) > NAMED else ''}"
    if thin:
        yield (
            "thin stocks",
            f"{counted(thin)} lose{'s' if len(thin) == 1 else ''} something only there: {thin[0]['target']} up to {part(thin[0]['lost_share_high'])}",
        )
    if main := known.get(MAIN["tokens"]) or next(iter([*short, *idle, *thin]), None):
        assumed = f"{main['assumed_share']:.0%} of its stocks and lead times assumed"
        yield "rests on", f"{main['grade']} facts at the weakest on the way to {main['target']}; {assumed}"


def first(short: list[Row], idle: list[Row], horizon: int) -> str:
    """Who is short of supply first, when, and for want of what; where nobody is, who is idle first."""
    felt = [row for row in short if row["first_short_day"] is not None]
    if felt:
        row = min(felt, key=lambda one: (one["first_short_day"], one["target"]))
        own = row["binding_input"] == "own capacity"
        why = "which is hit itself" if own else f"for want of {row['binding_input']}: {row['path']}"
        return f"day {row['first_short_day']:.0f}: {row['target']}, {why}"
    none = f"no board, no site, neither tokens nor accelerators lack 1% of their supply within {horizon} days"
    waiting = [row for row in idle if row["first_idle_day"] is not None]
    if not waiting:
        return none
    row = min(waiting, key=lambda one: (one["first_idle_day"], -one["lost_share_central"], one["target"]))
    return f"{none}; but what they go into does, and {row['target']} is idle from day {row['first_idle_day']:.0f}: {row['path']}"


def told(row: Row | None, horizon: int) -> str:
    """What the tokens or accelerators lose."""
    if row is None:
        return "nothing lost, on thin stocks either"
    if row["lost_share_high"] > 0 and row["lost_share_central"] < 5e-5:
        return f"nothing lost on central stocks; up to {part(row['lost_share_high'])} of {horizon} days' on thin ones"
    since = "never short by 1%" if row["first_short_day"] is None else f"short from day {row['first_short_day']:.0f}"
    if row["first_short_day"] is None and row["first_idle_day"] is not None:
        since = f"never short, idle from day {row['first_idle_day']:.0f}"
    orders = f", {part(row['idle_share'])} of them for want of orders" if row["idle_share"] >= 5e-4 else ""
    low, high = part(row["lost_share_low"]), part(row["lost_share_high"])
    between = "" if low == high else f" ({low} to {high})"
    return f"{since}; {part(row['lost_share_central'])} of {horizon} days' lost{between}{orders}; {row['verdict']}"


def counted(rows: Iterable[Row]) -> str:
    """'9 boards, 4 sites'; items by their names, as there are three of them."""
    kinds = [row["target"].partition(":")[0] for row in rows]
    parts = [row["target"] for row in rows if row["target"].startswith("item:")]
    for kind in ("board", "site"):
        if number := kinds.count(kind):
            parts.append(f"{number} {kind}{'' if number == 1 else 's'}")
    return ", ".join(parts)


def begins(row: Row) -> tuple[str, str, str]:
    return row["target"], day(row["first_short_day"]) or "under 1%", row["binding_input"] or ""


def ends(row: Row) -> tuple[str, str, str, str]:
    return part(row["worst_output"]), row["verdict"], row["grade"], row["path"]


def lost(row: Row) -> str:
    """'13.8% (7.1-17.7)'."""
    low, high = 100 * row["lost_share_low"], 100 * row["lost_share_high"]
    return part(row["lost_share_central"]) + ("" if high - low < 0.05 else f" ({low:.1f}-{high:.1f})")


def part(share: float) -> str:
    """'13.8%'; a part that is there and does not show is 'under 0.1%'."""
    return "under 0.1%" if 0 < share < 5e-4 else f"{share:.1%}"


def day(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def endless(supply: Supply, case: Case, horizon: int) -> str:
    """For a loss that stocks outlast: when it would be felt if it did not end."""
    from dataclasses import replace

    from graph.risk.stress import disruption

    summary, _ = disruption({"central": supply}, {"for ever": replace(case, duration_days=horizon)}, horizon)
    short = summary[summary["first_short_day"].notna()]
    if short.empty:
        return f"not felt within {horizon} days either"
    felt = short.sort_values(["first_short_day", "target"]).iloc[0]
    return f"it would be felt from day {felt['first_short_day']:.0f}, by {felt['target']}: {felt['path']}"
