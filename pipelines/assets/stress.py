"""Schema risk: stress in time. One network of the whole stack, built once at three ends of its ranges, and all that is asked of it."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from graph.risk import stress_tables as t
from graph.risk.common_mode import common_mode
from graph.risk.mitigation import mitigation
from graph.risk.scenario import HEADLINES, digest, library
from graph.risk.stress import disruption
from graph.risk.supply import CORE, supply_networks
from graph.risk.survival import free_losses, sample, shortened_by_stock, tts_ttr
from pipelines.assets.declare import Result, asset_key, checked, key_check, read_tables, spec, stored, unless_unchanged

INPUTS = [f"core.{name}" for name in CORE]
TRIED = 5
"""Stocks, and nodes that are hit, for which measures are published; `stackgraph stress ID --stock` tries more."""
LOOKED_AT = 12
"""Items whose loss the checks follow, the same ones each time."""
ROUNDING = 1e-6
CHECKS = {
    t.TtsTtr: {
        "essential_loss_is_not_free": "An essential input without an alternative, once its stock is gone, costs its user output.",
        "more_stock_never_shortens_survival": "Thin stocks last no longer than central ones, and those no longer than ample ones or with a month more.",
    },
    t.Disruption: {"shares_and_ranges_hold": "Lost parts lie between 0 and 1, and low <= central <= high."},
    t.CommonMode: {"shares_and_ranges_hold": "Lost parts lie between 0 and 1, and low <= central <= high."},
    t.DisruptionPath: {"stretches_do_not_overlap": "A target has one binding input on any day."},
    t.Mitigation: {"saves_no_more_than_was_lost": "A measure saves at most what is lost without it."},
}


@dg.multi_asset(
    specs=[spec(table, table.table, "risk", ["graph.edge", *INPUTS], kinds=["numpy", "numba"]) for table in CHECKS],
    check_specs=[
        *(key_check(table.table) for table in CHECKS),
        *(
            dg.AssetCheckSpec(name, asset=asset_key(table.table), blocking=True, description=text)
            for table, checks in CHECKS.items()
            for name, text in checks.items()
        ),
    ],
    name="stress",
)
def stress() -> Iterator[Result]:
    yield from unless_unchanged([table.table for table in CHECKS], INPUTS, _stress, [digest()])


def _stress() -> Iterator[Result]:
    supplies, cases = supply_networks(read_tables(INPUTS)), library()
    central = supplies["central"]
    survival = tts_ttr(supplies)
    yield stored(t.TtsTtr, survival)
    looked_at = sample(sorted(survival["node"]), LOOKED_AT)
    free, shortened = free_losses(central, looked_at), shortened_by_stock(central, looked_at)
    yield _check(t.TtsTtr, "essential_loss_is_not_free", free, {"items": len(looked_at)})
    days = survival[["tts_low_days", "tts_days", "tts_high_days"]].astype(float).fillna(float("inf"))
    shortened += survival["node"][~days.apply(lambda row: row.is_monotonic_increasing, axis=1)].tolist()
    yield _check(t.TtsTtr, "more_stock_never_shortens_survival", shortened, {"items": len(survival), "with_more_stock": len(looked_at)})

    summary, path = disruption(supplies, cases)
    titles = summary["scenario_id"].map({name: case.title for name, case in cases.items()})
    yield stored(t.Disruption, summary.assign(title=titles))
    yield _check(
        t.Disruption, "shares_and_ranges_hold", out_of_range(summary, "lost_share", ["scenario_id", "target"]), {"rows": len(summary)}
    )
    yield stored(t.DisruptionPath, path)
    before = path.groupby(["scenario_id", "target"])["to_day"].shift()
    overlaps = path[(path["from_day"] <= before) | (path["to_day"] < path["from_day"])]
    yield _check(t.DisruptionPath, "stretches_do_not_overlap", _names(overlaps, ["scenario_id", "target"]), {"stretches": len(path)})

    places = common_mode(supplies)
    yield stored(t.CommonMode, places)
    wrong = [*out_of_range(places, "tokens_lost", ["by", "place"]), *out_of_range(places, "accelerators_lost", ["by", "place"])]
    yield _check(t.CommonMode, "shares_and_ranges_hold", wrong, {"places": len(places)})

    saved = mitigation(central, {name: cases[name] for name in HEADLINES}, tried=TRIED)
    yield stored(t.Mitigation, saved)
    beyond = pd.concat([saved[saved[f"{of}_saved_share"] > saved[f"{of}_lost_share"] + ROUNDING] for of in ("tokens", "accelerators")])
    yield _check(t.Mitigation, "saves_no_more_than_was_lost", _names(beyond, ["scenario_id", "measure", "node"]), {"measures": len(saved)})


def out_of_range(frame: pd.DataFrame, prefix: str, key: list[str]) -> list[str]:
    """Rows whose lost part leaves 0 to 1, or whose bounds stand in the wrong order; a range may be missing."""
    low, central, high = (frame[f"{prefix}_{end}"].astype(float) for end in ("low", "central", "high"))
    low, high = low.fillna(central), high.fillna(central)
    sound = (low >= -ROUNDING) & (low <= central + ROUNDING) & (central <= high + ROUNDING) & (high <= 1 + ROUNDING)
    return _names(frame[~sound], key)


def _names(frame: pd.DataFrame, key: list[str]) -> list[str]:
    return [" ".join(map(str, row)) for row in frame[key].itertuples(index=False)]


def _check(table: type[t.Table], name: str, wrong: list[str], facts: dict[str, object]) -> dg.AssetCheckResult:
    return checked(table.table, name, not wrong, {**facts, "against_it": "; ".join(wrong[:9]) or "none"})


ASSETS = [stress]
