"""`stackgraph disrupt`: what the loss of something does, when it is first felt, through what, and what that rests on."""

from __future__ import annotations

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
COLUMNS = ["target", "first_short_day", "binding_input", "lost_share_low", "lost_share_central", "lost_share_high", "worst_output"]
COLUMNS += ["verdict", "grade", "assumed_share", "path"]


def show_disruption(
    targets: list[str], days: int | None, lost: float | None, horizon: int, course: bool, evidence: bool, limit: int, format: str
) -> None:
    """What losing the targets, or a scenario, does to tokens, accelerators, boards and sites."""
    from graph.risk.question import UnknownTarget, known_targets, question
    from graph.risk.scenario import library
    from graph.risk.stress import YEAR, disruption

    stack, cases = published(), library()
    scenario = next((t.removeprefix("scenario:") for t in targets if t.removeprefix("scenario:") in cases), None)
    if scenario is not None and len(targets) > 1:
        raise Unusable(f"{scenario} is a scenario and stands alone; name either one scenario or things that are lost together")
    if scenario is not None and days is None and lost is None and horizon == YEAR and not evidence:
        case, hit, supply = cases[scenario], None, None
        summary, path = stack.sql(STORED, [scenario]), stack.sql(STORED_PATH, [scenario])
    else:
        core, supplies = networks(stack)
        if scenario is not None:
            case = changed(cases[scenario], days, lost)
        else:
            try:
                case = question(
                    targets, known_targets(core, supplies["central"]), 90 if days is None else days, 1.0 if lost is None else lost
                )
            except UnknownTarget as error:
                raise unknown(error.kind or "target", error.name, [*error.known, *([] if error.kind else cases)]) from None
        supply = supplies["central"]
        hit = supply.hit(case.shocks)
        summary, path = disruption(supplies, {case.scenario_id: case}, horizon)
        if evidence:
            show_most(*evidence_of(stack, supply, summary, hit), format, limit)
            return
    if format == "table":
        headline(case, hit, summary, horizon)
        if supply is not None and hit and summary["first_short_day"].isna().all():
            endless(supply, case, horizon)
    frame = path if course else ordered(summary)[COLUMNS]
    show_most(list(frame.columns), cells(frame), format, limit)


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


def headline(case: Case, hit: dict[str, float] | None, summary: pd.DataFrame, horizon: int) -> None:
    """The answer in words; `hit` is None where the answer was read from the published table."""
    from sources.frames import rows_of

    say(f"{case.title}{'' if case.recovery_days == 0 else f', recovering over {case.recovery_days} days'}:")
    if hit:
        largest = sorted(hit.items(), key=lambda one: (-one[1], one[0]))
        named = ", ".join(f"{node} {part:.0%}" for node, part in largest[:6])
        say(f"  takes        {named}{f' and {len(hit) - 6} more' if len(hit) > 6 else ''}")
    elif hit is not None:
        say("  takes        nothing: the tables know no supply of it")
    rows = {row["target"]: row for row in rows_of(summary)}
    short = sorted((row["first_short_day"], name) for name, row in rows.items() if row["first_short_day"] is not None)
    if not short:
        say(f"  first felt   nowhere by more than 1% of output within {horizon} days")
    else:
        day, name = short[0]
        wants = rows[name]["binding_input"]
        why = "which is hit itself" if wants == "own capacity" else f"for want of {wants}: {rows[name]['path']}"
        say(f"  first felt   day {day:.0f} by {name}, {why}")
    for what, target in (("tokens", MAIN[0]), ("accelerators", MAIN[2])):
        if target in rows:
            row = rows[target]
            begins = "never short by 1%" if row["first_short_day"] is None else f"short from day {row['first_short_day']:.0f}"
            low, central, high = (f"{row[f'lost_share_{end}']:.1%}" for end in ("low", "central", "high"))
            say(f"  {what:<12} {begins}; {central} of {horizon} days' lost ({low} to {high}); {row['verdict']}")
    felt = [name for name in (*MAIN, *(name for _, name in short)) if name in rows and rows[name]["grade"] is not None]
    if felt:
        row = rows[felt[0]]
        say(
            f"  rests on     {row['grade']} facts at the weakest on the way to {felt[0]}; {row['assumed_share']:.0%} of its stocks and lead times assumed"
        )


def endless(supply: Supply, case: Case, horizon: int) -> None:
    """For a loss that stocks outlast: when it would be felt if it did not end."""
    from graph.risk.stress import disruption

    summary, _ = disruption({"central": supply}, {"for ever": replace(case, duration_days=horizon)}, horizon)
    short = summary[summary["first_short_day"].notna()]
    if short.empty:
        say(f"  for ever     not felt within {horizon} days either")
    else:
        first = short.sort_values(["first_short_day", "target"]).iloc[0]
        say(f"  for ever     it would be felt from day {first['first_short_day']:.0f}, by {first['target']}: {first['path']}")


def evidence_of(stack: Stack, supply: Supply, summary: pd.DataFrame, hit: dict[str, float]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The facts an answer rests on: the shares that put supply where it is lost, and the stocks and lead times on the paths."""
    from graph.risk.stress import Facts

    published = {(r[0], r[1]): r for r in stack.rows(EVIDENCE)[1]}
    facts, evidence = Facts(supply), supply.evidence
    rows: list[tuple[Any, ...]] = []
    for node, part in sorted(hit.items(), key=lambda one: (-one[1], one[0])):
        grades = sorted({m.grade for m in supply.makers[node]})
        rows.append(("supply lost", node, None, part, None, None, ", ".join(grades), None, None, None))
    chains = dict.fromkeys(tuple(reversed(path.split(" > "))) for path in ordered(summary)["path"])
    for slot in dict.fromkeys(s for chain in chains for s in facts.slots(chain)):
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
