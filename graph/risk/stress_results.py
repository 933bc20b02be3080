"""All that is asked of the stack under stress, from one network of it: the tables, and what is true of them if they are right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from graph.risk import stress_tables as t
from graph.risk.common_mode import common_mode
from graph.risk.finding import Finding
from graph.risk.mitigation import mitigation
from graph.risk.scenario import HEADLINES, library
from graph.risk.stress import YEAR, disruption
from graph.risk.stress_checks import free_losses, leads_nowhere, less_than_an_owner, sample, shortened_by_stock, sole_inputs
from graph.risk.supply import Supply, supply_networks
from graph.risk.survival import tts_ttr
from sources.columns import Table

TABLES = (t.TtsTtr, t.Disruption, t.DisruptionPath, t.CommonMode, t.Mitigation)
TRIED = 5
"""Stocks, and nodes that are hit, for which measures are published; `stackgraph stress ID --stock` tries more."""
LOOKED_AT = 12
"""Items lost with a month more of every stock, the same ones each time; that no essential loss is free is asked of all of them."""
ROUNDING = 1e-6


class StressResults(NamedTuple):
    """The tables of stress in time, and what was found true of them."""

    tables: dict[type[Table], pd.DataFrame]
    findings: list[Finding]


def stress_results(core: Mapping[str, pd.DataFrame]) -> StressResults:
    """Survival, disruption, common mode and mitigation of the whole stack, at three ends of its ranges.

    Parameters
    ----------
    core : the tables `supply.CORE` by name
    """
    supplies: Mapping[str, Supply] = supply_networks(dict(core))
    cases = library()
    central = supplies["central"]
    # First what one processor does alone: others may be busy with the tables beside these, and are free later.
    summary, path = disruption(supplies, cases)
    titles = summary["scenario_id"].map({name: case.title for name, case in cases.items()})
    before = path.groupby(["scenario_id", "target"])["to_day"].shift()
    overlaps = path[(path["from_day"] <= before) | (path["to_day"] < path["from_day"])]

    survival = tts_ttr(supplies)
    looked_at = sample(sorted(survival["node"]), LOOKED_AT)
    shortened = shortened_by_stock(central, looked_at)
    planned, felt = days_survived(survival, "tts"), days_survived(survival, "simulated")
    shortened += survival["node"][((planned.diff(axis=1) < 0) | (felt.diff(axis=1) < 0)).any(axis=1)].tolist()

    sole = sole_inputs(central.net)
    uses = {"items": len(sole), "uses": sum(map(len, sole.values())), "lead_to_no_token": _told(leads_nowhere(central))}

    places = common_mode(supplies)
    fewer = less_than_an_owner(central, places, ("accelerators_lost_central",))
    wrong = [*out_of_range(places, "tokens_lost", ["by", "place"]), *out_of_range(places, "accelerators_lost", ["by", "place"])]

    others = [one for bound, one in supplies.items() if bound != "central"]
    saved = mitigation(central, {name: cases[name] for name in HEADLINES}, tried=TRIED, ends=others)
    beyond = pd.concat([saved[saved[f"{of}_saved_share"] > saved[f"{of}_lost_share"] + ROUNDING] for of in ("tokens", "accelerators")])
    return StressResults(
        {t.TtsTtr: survival, t.Disruption: summary.assign(title=titles), t.DisruptionPath: path, t.CommonMode: places, t.Mitigation: saved},
        [
            Finding(t.TtsTtr, "planning_never_survives_for_less", outlasted(survival), {"items": len(survival)}),
            Finding(t.TtsTtr, "essential_loss_is_not_free", free_losses(central), uses),
            Finding(t.TtsTtr, "more_stock_never_shortens_survival", shortened, {"items": len(survival), "with_more_stock": len(looked_at)}),
            Finding(
                t.Disruption,
                "shares_and_ranges_hold",
                out_of_range(summary, "lost_share", ["scenario_id", "target"]),
                {"rows": len(summary)},
            ),
            Finding(t.DisruptionPath, "stretches_do_not_overlap", _names(overlaps, ["scenario_id", "target"]), {"stretches": len(path)}),
            Finding(t.CommonMode, "shares_and_ranges_hold", wrong, {"places": len(places)}),
            Finding(
                t.CommonMode,
                "no_less_than_its_owners",
                less_than_an_owner(central, places),
                {"places": len(places), "of_accelerators_alone": _told(fewer)},
            ),
            Finding(
                t.Mitigation, "saves_no_more_than_was_lost", _names(beyond, ["scenario_id", "measure", "node"]), {"measures": len(saved)}
            ),
        ],
    )


def days_survived(survival: pd.DataFrame, by: str) -> pd.DataFrame:
    """Low, central and high days of risk.tts_ttr by the programme ('tts') or as 'simulated'; a year without shortage is 366."""
    return survival[[f"{by}_{end}days" for end in ("low_", "", "high_")]].astype(float).fillna(YEAR + 1.0)


def outlasted(survival: pd.DataFrame) -> list[str]:
    """Items whose loss the simulation survives for longer than the programme, which is to be its upper bound."""
    short_of = days_survived(survival, "simulated").to_numpy() - days_survived(survival, "tts").to_numpy()
    return [node for node, days in zip(survival["node"], short_of.max(axis=1, initial=0.0), strict=True) if days > 0]


def out_of_range(frame: pd.DataFrame, prefix: str, key: list[str]) -> list[str]:
    """Rows whose lost part leaves 0 to 1, or whose bounds stand in the wrong order; a range may be missing."""
    low, central, high = (frame[f"{prefix}_{end}"].astype(float) for end in ("low", "central", "high"))
    low, high = low.fillna(central), high.fillna(central)
    sound = (low >= -ROUNDING) & (low <= central + ROUNDING) & (central <= high + ROUNDING) & (high <= 1 + ROUNDING)
    return _names(frame[~sound], key)


def _told(names: list[str]) -> str:
    return "; ".join(names) or "none"


def _names(frame: pd.DataFrame, key: list[str]) -> list[str]:
    return [" ".join(map(str, row)) for row in frame[key].itertuples(index=False)]
