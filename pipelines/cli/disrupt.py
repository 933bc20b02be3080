"""`stackgraph disrupt`: what the loss of something does, when it is first felt, through what, and what that rests on."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipelines.cli.errors import Unusable, unknown
from pipelines.cli.open import published
from pipelines.cli.output import say, show_most
from pipelines.stack import Stack

if TYPE_CHECKING:
    import pandas as pd

    from graph.risk.scenario import Case
    from graph.risk.supply import Supply

MAIN = ("item:useful_token", "item:accelerator_hour", "item:ai_accelerator")
STORED = "select * exclude (title) from risk.disruption where scenario_id = ?"
STORED_PATH = "select * from risk.disruption_path where scenario_id = ? order by target, from_day"
EVIDENCE = """
select consumer_id, input_id, stock_central_days, lead_central_days, r.grade, publisher, title, url, locator
from core.requirement r join core.source using (source_id) where r.status = 'current'
"""
COLUMNS = ["target", "first_short_day", "binding_input", "lost_share_low", "lost_share_central", "lost_share_high", "idle_share"]
COLUMNS += ["first_idle_day", "worst_output", "verdict", "grade", "assumed_share", "path"]


def show_disruption(
    targets: list[str], days: int | None, lost: float | None, horizon: int, course: bool, evidence: bool, limit: int, format: str
) -> None:
    """What losing the targets, or a scenario, does to tokens, accelerators, boards and sites."""
    from graph.risk.scenario import library
    from graph.risk.stress import YEAR, disruption

    stack, cases = published(), library()
    for target in targets:
        if target.startswith("scenario:") and target.removeprefix("scenario:") not in cases:
            raise unknown("scenario", target.removeprefix("scenario:"), cases)
    scenario = next((t.removeprefix("scenario:") for t in targets if t.removeprefix("scenario:") in cases), None)
    if scenario is not None and len(targets) > 1:
        raise Unusable(f"{scenario} is a scenario and stands alone; name either one scenario or things that are lost together")
    summary = path = hit = supply = None
    if scenario is not None and days is None and lost is None and horizon == YEAR and not evidence:
        case = cases[scenario]
        summary, path = stack.sql(STORED, [scenario]), stack.sql(STORED_PATH, [scenario])
    if summary is None or path is None or not set(COLUMNS) <= set(summary.columns):  # versions published long ago told less
        core, supplies = networks(stack)
        case = case_of(targets, cases, scenario, days, lost, core, supplies["central"])
        supply = supplies["central"]
        hit = supply.hit(case.shocks)
        summary, path = disruption(supplies, {case.scenario_id: case}, horizon)
        if evidence:
            show_most(*evidence_of(stack, supply, summary, hit), format, limit)
            return
    if format == "table":
        from pipelines.cli.disrupt_page import endless, show_page

        outlasted = supply is not None and hit and summary["first_short_day"].isna().all()
        show_page(case, hit, ordered(summary), horizon, limit, endless(supply, case, horizon) if supply and outlasted else None, not course)
        if not course:
            options = f"{'' if days is None else f' --days {days}'}{'' if lost is None else f' --loss {lost:g}'}"
            asked = f"stackgraph disrupt {shlex.join(targets)}{options}{'' if horizon == YEAR else f' --horizon {horizon}'}"
            say(f"next        {after(stack, asked, case, scenario)}")
            return
    frame = path if course else ordered(summary)[COLUMNS]
    show_most(list(frame.columns), cells(frame), format, limit)


def case_of(
    targets: list[str],
    cases: Mapping[str, Case],
    scenario: str | None,
    days: int | None,
    lost: float | None,
    core: dict[str, pd.DataFrame],
    supply: Supply,
) -> Case:
    """What is asked: a scenario of the library, of another length or of which only a part is lost, or whatever the targets name."""
    from graph.risk.question import UnknownTarget, all_kinds, known_targets, question

    if scenario is not None:
        return changed(cases[scenario], days, lost)
    try:
        known, kinds = known_targets(core, supply), all_kinds(core)
        case = question(targets, known, 90 if days is None else days, 1.0 if lost is None else lost, kinds)
    except UnknownTarget as error:
        raise unknown(error.kind or "target", error.name, [*error.known, *([] if error.kind else cases)]) from None
    if len(case.shocks) < len(targets):
        say(f"{' and '.join(targets)}: the same is named more than once, and is lost once: {case.scenario_id}")
    return case


def after(stack: Stack, asked: str, case: Case, scenario: str | None) -> str:
    """What to ask next; `asked`: the command that was given."""
    from pipelines.cli.explain_risk import is_row

    more = [f"{asked} --path (day by day)", f"{asked} --evidence"]
    if scenario is not None:
        more.append(f"stackgraph explain disruption:{scenario}/useful_token")
    elif len(case.shocks) == 1:
        kind, _, name = case.scenario_id.partition(":")
        table = {"country": "common_mode", "owner": "common_mode", "region": "common_mode", "item": "tts_ttr", "org": "cascade"}.get(kind)
        if table is not None and is_row(stack, table, name):
            more.append(f"stackgraph explain {table}:{name}")
    return " · ".join(more)


def networks(stack: Stack) -> tuple[dict[str, pd.DataFrame], dict[str, Supply]]:
    """The published records, and the network made from them at the three ends of its ranges."""
    from graph.risk.supply import CORE, supply_networks
    from pipelines.warehouse import tidy

    core = {name: tidy(stack.sql(f"select * from core.{name}")) for name in (*CORE, "country")}
    return core, dict(supply_networks(core))


def changed(case: Case, days: int | None, lost: float | None) -> Case:
    """A scenario of another length, or of which only a part is lost."""
    shocks = case.shocks if lost is None else tuple(replace(s, lost=s.lost * lost) for s in case.shocks)
    return replace(case, shocks=shocks, duration_days=case.duration_days if days is None else days)


def ordered(summary: pd.DataFrame) -> pd.DataFrame:
    """Tokens, hours and accelerators first, then boards and sites, each in the order in which they run short."""
    rank = summary["target"].map({name: k for k, name in enumerate(MAIN)}).fillna(len(MAIN)) + summary["target"].str.startswith("site:")
    by = summary.assign(_rank=rank, _never=summary["first_short_day"].isna())
    return by.sort_values(
        ["_rank", "_never", "first_short_day", "lost_share_central"], ascending=[True, True, True, False], ignore_index=True
    )


def evidence_of(stack: Stack, supply: Supply, summary: pd.DataFrame, hit: dict[str, float]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The facts an answer rests on: the shares that put supply where it is lost, and the stocks and lead times on the paths."""
    from graph.risk.shortage import Way
    from graph.risk.stress import Facts

    published = {(r[0], r[1]): r for r in stack.rows(EVIDENCE)[1]}
    facts, evidence = Facts(supply), supply.evidence
    rows: list[tuple[Any, ...]] = []
    for node, part in sorted(hit.items(), key=lambda one: (-one[1], one[0])):
        grades = sorted({m.grade for m in supply.makers[node]})
        rows.append(("supply lost", node, None, part, None, None, ", ".join(grades), None, None, None))
    ways = [Way.read(path) for path in dict.fromkeys(ordered(summary)["path"])]
    for slot in dict.fromkeys(s for one in ways for s in facts.slots(one)):
        one = evidence.iloc[slot]
        user = str(one["node"]).partition(":")[2]
        row = next((published[user, i] for i in inputs_of(supply, slot) if (user, i) in published), None)
        grade = "assumed" if one["stock_basis"] == "assumed" else one["grade"]
        source = (None, None, None) if row is None else (row[5], row[7], row[8])
        rows.append(("on the way", one["node"], one["input"], None, one["stock_days"], one["lead_days"], grade, *source))
    return ["what", "node", "input", "part_lost", "stock_days", "lead_days", "grade", "publisher", "url", "locator"], rows


def inputs_of(supply: Supply, slot: int) -> list[str]:
    """The plain ids of what can fill an input: 'maker:hbm3e@sk_hynix' is hbm3e."""
    net = supply.net
    names = [net.nodes[net.source[e]] for e in range(net.link_start[slot], net.link_start[slot + 1])]
    return [name.partition(":")[2].partition("@")[0] for name in names]


def fraction_of(text: str | None) -> float | None:
    """'60%' or '0.6' -> 0.6."""
    if text is None:
        return None
    try:
        value = float(text.strip().removesuffix("%")) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        value = float("nan")
    if not 0 < value <= 1:
        raise Unusable(f"--fraction takes the part that is lost, above 0 and at most 1 (or 100%), got {text!r}")
    return value


def cells(frame: pd.DataFrame) -> list[list[Any]]:
    """Rows with None for what is missing, and days as whole numbers."""
    from sources.frames import rows_of

    return [[int(v) if name.endswith("_day") and v is not None else v for name, v in row.items()] for row in rows_of(frame)]
