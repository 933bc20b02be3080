"""`stackgraph optimise`: what to build under limits, what it costs, and what the limits are worth."""

from __future__ import annotations

import calendar
import json
import math
import re
import sys
from datetime import UTC, date, datetime
from typing import Any

from pipelines.cli.errors import Unusable, positive, unknown
from pipelines.cli.open import published
from pipelines.cli.output import number, say, show_most
from pipelines.stack import Stack

PLAN = (
    "workload_id", "board_id", "site_id", "contract", "cooling", "chips", "batch", "latency_ms", "ttft_s", "routed_share", "accelerators",
    "power_mw", "capital_usd", "months_to_power", "mtoken_per_year", "plan_usd_low", "plan_usd_central", "plan_usd_high", "in_time_share",
    "estimate_share",
)  # fmt: skip
PLACES = """
with reference as (select distinct on (region) site_id, region from core.site where status = 'reference' order by region, length(site_id))
select site_id, site_id from reference union all
select t.region, coalesce(reference.site_id, t.region) from (
  select entity_id[8:] as region from core.parameter where parameter = 'tariff' and status = 'current' and entity_id like 'region:%'
) t left join reference using (region)
"""
"""Reference sites, and every region with a tariff -> the site that stands for it, or itself."""
OPTIONS = {
    "power_mw": ("--power-mw", "MW"),
    "capital_usd": ("--capital-usd", "USD"),
    "latency_ms": ("--latency-ms", "ms between tokens"),
    "ttft_s": ("the workload's time to the first token", "s"),
    "months": ("--by", "months from today"),
    "demand_mtoken_per_year": ("--demand", "million useful tokens a year"),
}
"""Limit -> the option that sets it, and its unit."""


def show_optimum(
    power_mw: float | None, latency_ms: float | None, capital_usd: float | None, workloads: list[str], model: str | None, by: str | None,
    supply: list[str], demand: float | None, goal: str, boards: list[str], sites: list[str], contracts: list[str], builds: int,
    prices: bool, limit: int, format: str,
) -> None:  # fmt: skip
    """The plan and its shadow prices."""
    from graph.cost.optimum_limits import Impossible

    stack = published()
    for option, value in (("--power-mw", power_mw), ("--latency-ms", latency_ms), ("--capital-usd", capital_usd), ("--demand", demand)):
        positive(option, value)
    mix = shares(stack, workloads)
    amounts = supplies(stack, supply)
    places = dict(stack.rows(PLACES)[1])
    check(stack, model, boards, sites, contracts, list(places))
    if power_mw is None and capital_usd is None and demand is None and not amounts:
        raise Unusable("nothing limits the size of a plan: give --power-mw, --capital-usd, a --supply, or a --demand")
    months = months_until(by) if by is not None else None
    try:
        plan, worth = stack.optimise(
            mix, power_mw=power_mw, latency_ms=latency_ms, capital_usd=capital_usd, model=model, months=months, supply=amounts,
            demand=demand, goal=goal, boards=boards or None, sites=[places[s] for s in sites] or None, contracts=contracts or None, builds=builds,
        )  # fmt: skip
    except Impossible as error:
        raise Unusable(conflict(error)) from None
    if format == "json":
        found = {"plan": _records(plan), "shadow_prices": _records(worth)}
        json.dump(found, sys.stdout, ensure_ascii=False, indent=1, allow_nan=False)
        print()
        return
    if format == "csv":
        frame = worth if prices else plan
        show_most(list(frame.columns), _cells(frame), format, len(frame))
        return
    for line in headline(plan):
        say(line)
    if not prices:
        show_most(PLAN, _cells(plan[list(PLAN)]), format, limit)
    say("What the limits are worth: by the dual, boards and places as chosen; and with a step more, the plan chosen anew:")
    worth = worth.dropna(axis="columns", how="all").drop(columns="question_id")
    show_most(list(worth.columns), _cells(worth), format, limit)


def headline(plan: Any) -> list[str]:
    """The plan in words."""
    first = plan.iloc[0]
    tokens, places = plan["mtoken_per_year"].sum(), "; ".join(_place(row) for _, row in plan.iterrows())
    goal = {"cost": "The least cost per useful token", "output": "The most useful tokens", "demand": "The least cost for the demand"}
    text = [
        f"{goal[first['goal']]}, serving {first['model_id']}: {places}.",
        f"{number(first['plan_usd_central'])} USD per million useful tokens (90% range {number(first['plan_usd_low'])} to "
        f"{number(first['plan_usd_high'])}), {number(tokens)} million a year. Latency is the time between two tokens of one user; at the "
        f"ranges' draws the plan is in time in {first['in_time_share']:.0%}.",
        f"Binding: {first['binding'].replace(';', ', ') or 'nothing'}.",
    ]
    if isinstance(first["next_board_id"], str):
        more = first["next_usd_central"] / first["plan_usd_central"] - 1
        text.append(f"Without {' and '.join(sorted(set(plan['board_id'])))}: {first['next_board_id']}, {more:+.1%} per useful token.")
    return text


def _place(row: Any) -> str:
    return (
        f"{number(row['accelerators'])} {row['board_id']} for {row['workload_id']} at {row['site_id']} ({row['contract']}, {row['cooling']}), "
        f"groups of {row['chips']:.0f} at batch {row['batch']:.0f}, {row['routed_share']:.0%} routed to the small model"
    )


def conflict(error: Any) -> str:
    """Which limits cannot be met together, and what of each would do."""
    lines = []
    for name, value in error.conflict.items():
        kind, _, workload = name.partition(":")
        option, unit = OPTIONS.get(kind, (f"--supply {name}", "of it"))
        enough = error.enough[name]
        way = "at most" if name == "demand_mtoken_per_year" else "at least"
        told = f"{way} {number(enough)} would do" if math.isfinite(enough) else "no value would do"
        lines.append(f"{option}{f' of {workload}' if workload else ''}: {number(value)} {unit}; {told}")
    if not lines:
        return "no board can serve this model for this workload, whatever the limits: `stackgraph cost served_token` says why"
    whole = "this limit alone cannot be met" if len(lines) == 1 else "these limits cannot be met together, though any part of them can"
    return f"{whole} (others that are given may conflict too):\n  " + "\n  ".join(lines)


def shares(stack: Stack, texts: list[str]) -> dict[str, float]:
    """['chat=0.7', 'coding_agent=0.3'] -> parts of all useful tokens; ['chat'] -> all."""
    known = stack.ids("core.workload", "workload_id")
    found: dict[str, float] = {}
    for text in texts:
        name, sign, part = text.partition("=")
        if name not in known:
            raise unknown("workload", name, known)
        if name in found:
            raise Unusable(f"--workload {name} is given twice")
        found[name] = _float(part, f"--workload {text}: expected its part of the useful tokens, such as {name}=0.5") if sign else math.nan
    if len(found) == 1 and math.isnan(next(iter(found.values()))):
        return dict.fromkeys(found, 1.0)
    if any(math.isnan(v) or v <= 0 for v in found.values()) or abs(sum(found.values()) - 1.0) > 1e-6:
        raise Unusable(
            f"several workloads take parts that sum to one, such as --workload chat=0.7 --workload batch=0.3; got {', '.join(texts)}"
        )
    return found


def supplies(stack: Stack, texts: list[str]) -> dict[str, float]:
    """['hbm=1e6'] -> amounts, in the item's unit, for the whole plan."""
    items = stack.ids("core.item", "item_id")
    found: dict[str, float] = {}
    for text in texts:
        name, sign, amount = text.partition("=")
        if name not in items and not any(i.startswith(f"{name}_") for i in items):
            raise unknown("item", name, items)
        if not sign:
            raise Unusable(f"cannot read --supply {text}: expected item=amount, such as hbm=1e6 (GB) or cowos=5000 (wafers)")
        if name in found:
            raise Unusable(f"--supply {name} is given twice")
        found[name] = _float(amount, f"--supply {text}: expected a positive amount, such as {name}=1000")
        positive(f"--supply {name}", found[name])
    return found


def check(stack: Stack, model: str | None, boards: list[str], sites: list[str], contracts: list[str], places: list[str]) -> None:
    """Unknown ids are named, with the nearest known ones."""
    from graph.cost.places import CONTRACTS

    for what, values, known in (
        ("model", [model] if model is not None else [], stack.ids("core.model", "model_id")),
        ("board", boards, stack.ids("core.board", "board_id")),
        ("site or region", sites, places),
        ("contract", contracts, list(CONTRACTS)),
    ):
        for value in values:
            if value not in known:
                raise unknown(what, value, known)


def months_until(text: str) -> float:
    """'2027-06' -> months from today to the end of that month; '2027-06-15' -> to that day."""
    match = re.fullmatch(r"(\d{4})-(\d{2})(?:-(\d{2}))?", text.strip())
    try:
        if match is None:
            raise ValueError
        year, month = int(match[1]), int(match[2])
        day = date(year, month, int(match[3]) if match[3] else calendar.monthrange(year, month)[1])
    except ValueError:  # calendar.IllegalMonthError is one
        raise Unusable(f"--by takes a month or a day such as 2028-06, got {text!r}") from None
    days = (day - datetime.now(UTC).date()).days
    if days <= 0:
        raise Unusable(f"--by takes a day to come, {text} is past")
    return days / (365.25 / 12)


def _float(text: str, why: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Unusable(why) from None


def _cells(frame: Any) -> list[list[Any]]:
    found: list[list[Any]] = frame.astype(object).where(frame.notna(), None).to_numpy(dtype=object).tolist()
    return found


def _records(frame: Any) -> list[dict[str, Any]]:
    return [dict(zip(frame.columns, row, strict=True)) for row in _cells(frame)]
