"""`stackgraph stress`: the library of scenarios, what more stock would buy, and drawn years."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.cli.disrupt import cells, networks, show_disruption
from pipelines.cli.errors import Unusable, unknown
from pipelines.cli.open import published
from pipelines.cli.output import say, show, show_most

if TYPE_CHECKING:
    from graph.risk.scenario import Case

OVERVIEW = """
select scenario_id, max(first_short_day) filter (target = 'item:useful_token') as tokens_short_day,
       max(lost_share_low) filter (target = 'item:useful_token') as tokens_lost_low,
       max(lost_share_central) filter (target = 'item:useful_token') as tokens_lost,
       max(lost_share_high) filter (target = 'item:useful_token') as tokens_lost_high,
       max(lost_share_low) filter (target = 'item:ai_accelerator') as accelerators_lost_low,
       max(lost_share_central) filter (target = 'item:ai_accelerator') as accelerators_lost,
       max(lost_share_high) filter (target = 'item:ai_accelerator') as accelerators_lost_high,
       min(first_short_day) filter (target like 'board:%') as first_board_day,
       count(*) filter (target like 'board:%' and first_short_day is not null) as boards_short
from risk.disruption group by scenario_id
"""
EVERYTHING = """
select scenario_id, target, first_short_day, binding_input, lost_share_low, lost_share_central, lost_share_high, worst_output, verdict, grade,
       assumed_share, path
from risk.disruption where target not like 'site:%'
order by scenario_id, target <> 'item:useful_token', target not like 'item:%', first_short_day nulls last, target
"""


def show_library(format: str, limit: int) -> None:
    """All scenarios with what they do, their reasoning and their sources."""
    from graph.risk.scenario import library

    columns, rows = published().rows(OVERVIEW)
    found = {row[0]: row[1:] for row in rows}
    more = ["reasoning", "sources"] if format != "table" else ["reasoning"]
    table = []
    for name, case in library().items():
        sources = " ".join(s.url for s in case.sources)
        table.append(
            (
                name,
                case.title,
                case.happened,
                case.duration_days,
                *found.get(name, (None,) * (len(columns) - 1)),
                *(case.reasoning, sources)[: len(more)],
            )
        )
    show_most(["scenario_id", "title", "happened", "outage_days", *columns[1:], *more], table, format, limit)


def show_everything(limit: int, format: str) -> None:
    """What every scenario does to the tokens, the accelerators and each board, from the published table."""
    show_most(*published().rows(EVERYTHING), format, limit)


def show_scenario(name: str, horizon: int, course: bool, limit: int, format: str) -> None:
    """One scenario: why it is what it is, what happened where it has, and what it does."""
    case = scenario_of(name)
    if format == "table":
        say(f"{case.scenario_id}: {case.reasoning}")
        for source in case.sources:
            say(f"  {source.title} ({source.date}) {source.url}")
        if case.outcome is not None:
            say(f"  happened on {case.happened}: {case.outcome.text}")
    show_disruption([name], None, None, horizon, course, False, limit, format)


def scenario_of(name: str) -> Case:
    """A scenario of the library by its id."""
    from graph.risk.scenario import library

    cases = library()
    if name not in cases:
        raise unknown("scenario", name, cases)
    return cases[name]


def show_stock(name: str | None, text: str, limit: int, format: str) -> None:
    """What more stock would buy, in one scenario or in the headline ones: of everything at once, and of each input alone."""
    from graph.risk.mitigation import mitigation
    from graph.risk.scenario import HEADLINES

    days = days_of(text)
    cases = {n: scenario_of(n) for n in ([name] if name is not None else HEADLINES)}
    _, supplies = networks(published())
    frame = mitigation(supplies["central"], cases, stock_days=days, stocks_only=True)
    if format == "table":
        for scenario_id, one in frame[frame["node"] == "all"].groupby("scenario_id"):
            row = one.iloc[0]
            say(
                f"{scenario_id}: {days:.0f} more days of every stock save {row['tokens_saved_share']:.1%} of the year's tokens "
                f"(of {row['tokens_lost_share']:.1%} lost) and {row['accelerators_saved_share']:.1%} of its accelerators "
                f"(of {row['accelerators_lost_share']:.1%})"
            )
        for scenario_id in sorted(set(cases) - set(frame["scenario_id"])):
            say(f"{scenario_id}: more stock changes nothing; either nothing is lost, or what is lost cannot be stored")
    show_most(list(frame.columns), cells(frame), format, limit)


def days_of(text: str) -> float:
    """'+30d', '30', '2w' -> days."""
    match = re.fullmatch(r"\+?(\d+(?:\.\d+)?)\s*(d|w|m)?", text.strip())
    days = float(match[1]) * {"d": 1, "w": 7, "m": 30}[match[2] or "d"] if match else 0.0
    if not 0 < days <= 3650:
        raise Unusable(f"--stock takes how much more of every stock, such as +30d, 4w or 1m; above 0, at most ten years, got {text!r}")
    return days


def show_draws(years: int, seed: int, correlation: float, limit: int, format: str) -> None:
    """The distribution of the tokens lost in drawn years, and which countries they are lost to."""
    from graph.risk.governance import country_risk
    from graph.risk.hazard import draw, rates

    core, supplies = networks(published())
    supply = supplies["central"]
    countries = tuple(supply.held_by("country"))
    regions = {r[0]: r[1] for r in core["country"][["country", "region"]].itertuples(index=False) if r[1]}
    drawn = draw(supply, rates(country_risk(core["parameter"]), countries), regions, years, seed, correlation)
    found = drawn.summary()
    columns = ["years", "seed", "correlation", "years_with_outage", *(f"tokens_lost_{name}" for name in found), "grade"]
    row = (years, seed, correlation, int(drawn.failed.any(axis=1).sum()), *found.values(), "estimate")
    if format != "table":
        show(columns, [row], format)
        return
    say("Part of a year's useful tokens lost to outages of countries; the odds are estimates by governance risk, fail together by region:")
    show(columns, [row], format)
    say("By country: outages a year, tokens lost in a year in which it alone failed, and the product of both:")
    by_country = drawn.table().dropna(subset=["expected_share"])
    show_most(list(by_country.columns), cells(by_country), format, limit)
