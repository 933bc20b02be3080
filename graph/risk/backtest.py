"""Scenarios that have happened, run again: does the model say what came of them?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from graph.risk.makers import Frames
from graph.risk.scenario import Case
from graph.risk.simulation import NONE, SHORT, losses, simulate
from graph.risk.stress import YEAR
from graph.risk.supply import Supply, supply_networks

COLUMNS = [
    "scenario_id",
    "happened",
    "title",
    "part_lost",
    "days_out",
    "known_days",
    "first_short",
    "first_short_day",
    "user_lost_low",
    "user_lost_central",
    "user_lost_high",
    "survives_days",
    "accelerators_lost_central",
    "tokens_lost_central",
    "model_says_loss",
    "loss_happened",
    "verdict",
    "outcome",
]


def backtests(core: Frames, cases: Mapping[str, Case], days: int = YEAR) -> pd.DataFrame:
    """Each past event against its outcome, on today's tables.

    Parameters
    ----------
    core : core tables, as for `supply_network`
    cases : scenarios; those without an outcome are left out

    Returns
    -------
    DataFrame
        One row per event, in order of time: part_lost and days_out (the shock as given), the user that runs short first and
        when (a user: a node that is not itself hit), the largest part of a user's output over the year that is lost
        (low, central, high: the ends of all assumed and published ranges, smallest first), survives_days (first day any
        user would be short were the loss for ever), and whether model and outcome agree. The model says loss where a user
        loses output for want of supply at central figures; while an event is still going on, up to the day our sources end
        (known_days). 'agrees, at the edge': the other end of the ranges says the opposite.
    """
    supplies = supply_networks(core)
    rows = []
    for case in sorted((c for c in cases.values() if c.outcome is not None), key=lambda c: (c.happened or "", c.scenario_id)):
        assert case.outcome is not None
        until = min(case.outcome.known_days or days, days)
        found = {bound: _users(supply, case, days, until) for bound, supply in supplies.items()}
        worst = sorted(float(one[1].max(initial=0.0)) for one in found.values())
        central, lost, first = found["central"]
        says, happened = bool((lost > 0).any()), case.outcome.output_lost
        edge = any(bool((one[1] > 0).any()) != says for one in found.values())
        short = [k for k in np.argsort(first, kind="stable") if first[k] >= 0]
        hit = supplies["central"].hit(case.shocks)
        rows.append(
            {
                "scenario_id": case.scenario_id,
                "happened": case.happened,
                "title": case.title,
                "part_lost": max(hit.values(), default=0.0),
                "days_out": case.duration_days,
                "known_days": case.outcome.known_days,
                "first_short": central[short[0]] if short else None,
                "first_short_day": int(first[short[0]]) if short else None,
                "user_lost_low": worst[0],
                "user_lost_central": float(lost.max(initial=0.0)),
                "user_lost_high": worst[-1],
                "survives_days": _survives(supplies["central"], hit, days),
                "accelerators_lost_central": _lost(supplies["central"], case, days, "item:ai_accelerator"),
                "tokens_lost_central": _lost(supplies["central"], case, days, "item:useful_token"),
                "model_says_loss": says,
                "loss_happened": happened,
                "verdict": ("agrees" if says == happened else "misses") + (", at the edge" if edge else ""),
                "outcome": case.outcome.text,
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def _users(supply: Supply, case: Case, days: int, until: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Nodes that are not hit, the part of the year's output each loses by day `until` for want of supply, the first day short."""
    hit = supply.hit(case.shocks)
    names = [n for n in supply.net.nodes if n not in hit]
    run = simulate(supply.net, [supply.losses(case, days)], days, names)
    short = (run.binding[0] != NONE) & (run.made[0] < 1.0 - SHORT)
    lost = np.where(short, 1.0 - run.made[0], 0.0)
    return names, lost[:until].sum(axis=0) / days, run.first_short()[0]


def _survives(supply: Supply, hit: Mapping[str, float], days: int) -> int | None:
    names = [n for n in supply.net.nodes if n not in hit]
    first = simulate(supply.net, [losses(hit, np.ones(days))], days, names).first_short()[0]
    return int(first[first >= 0].min()) if (first >= 0).any() else None


def _lost(supply: Supply, case: Case, days: int, node: str) -> float:
    return float(simulate(supply.net, [supply.losses(case, days)], days, [node]).lost()[0, 0])
