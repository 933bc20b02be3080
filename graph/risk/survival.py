"""How long each item's loss is survived, and how long replacing it takes: the table risk.tts_ttr (METHODS 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from graph.risk.makers import located
from graph.risk.network import Array, Ints
from graph.risk.simulation import Scenario, losses, outage, simulate
from graph.risk.stress import YEAR, first_short, lost_of, scenarios
from graph.risk.supply import ACCELERATORS, TOKENS, Supply
from graph.risk.supply_programme import longest_survived
from sources.frames import rows_of
from sources.records import GRADES

NEVER = np.iinfo(np.int64).max
STAGES = (20, 50, 120, 240)
"""Days after which it is asked whether a loss is felt yet."""
AMPLE = 2
"""Ample stocks last about so many times as long as central ones; a guess of where to look first, not a figure."""
COLUMNS = [
    "node",
    "ttr_days",
    "ttr_grade",
    "tts_low_days",
    "tts_days",
    "tts_high_days",
    "is_exposed",
    "is_exposed_for_certain",
    "simulated_low_days",
    "simulated_days",
    "simulated_high_days",
    "first_short",
    "token_short_day",
    "boards_short",
    "tokens_lost_share_low",
    "tokens_lost_share",
    "tokens_lost_share_high",
    "accelerators_lost_share_low",
    "accelerators_lost_share",
    "accelerators_lost_share_high",
    "located_share",
    "assumed_share",
]


def tts_ttr(supplies: Mapping[str, Supply]) -> pd.DataFrame:
    """Each item lost altogether: for as long as replacing it takes, and for ever.

    TTR is the longest lead time of new supply that a user of the item has. TTS is how many days the linear programme meets the
    demand for all boards, sites and tokens if the item does not come back. Beside it stands the first day on which a board or
    the useful token runs short in the simulation. What is lost, and who runs short, is told of an outage of TTR.

    Parameters
    ----------
    supplies : 'central', and where ranges are wanted 'low' and 'high'

    Returns
    -------
    DataFrame
        One row per item with a lead time; days are empty where it is survived for a year. The costliest first.
    """
    supply = supplies["central"]
    lead, grade = _replaced_after(supply)
    nodes = list(lead)
    if not nodes:
        return pd.DataFrame(columns=COLUMNS)
    targets, names = (TOKENS, *supply.built, ACCELERATORS), (TOKENS, *supply.boards)
    length = np.array([min(round(lead[n]), YEAR) for n in nodes])
    outages = [losses({n: 1.0}, outage(YEAR, int(d))) for n, d in zip(nodes, length, strict=True)]
    run = simulate(supply.world, outages, YEAR, targets, one_of_many=True)
    lost, first = lost_of(run, [0, len(targets) - 1]), first_short(run, range(len(targets) - 1))
    least, most = _lost_at_ends(supplies, outages, lost)
    planned = {bound: at_best(one, nodes) for bound, one in supplies.items()}
    by = {bound: np.minimum(days, YEAR) for bound, days in planned.items()}  # the simulation is short by then
    felt, earliest = first_of_all(first)
    # Until it ends an outage is the same as one that does not.
    later = np.flatnonzero((felt >= length) & (length < YEAR))
    felt[later], earliest[later] = _survived(supply, [nodes[int(k)] for k in later], by["central"][later])
    felt_low = _survived(supplies["low"], nodes, np.minimum(felt, by["low"]))[0] if "low" in supplies else felt
    felt_high = felt.copy()
    if "high" in supplies:  # what is survived on central stocks is survived on ample ones
        short = np.flatnonzero(felt < NEVER)
        likely = np.minimum(felt[short] * AMPLE, by["high"][short])
        felt_high[short] = _survived(supplies["high"], [nodes[int(k)] for k in short], likely)[0]
    tts = planned["central"]
    # At the thin end lead times are short too: where substitutes that come sooner outweigh, it is not the lower one.
    felt_low, felt_high = (pick.reduce([felt_low, felt, felt_high]) for pick in (np.minimum, np.maximum))
    low, high = np.minimum.reduce(list(planned.values())), np.maximum.reduce(list(planned.values()))
    assumed = _assumed(supply)
    rows = [
        {
            "node": node,
            "ttr_days": lead[node],
            "ttr_grade": grade[node],
            "tts_low_days": _day(low[k]),
            "tts_days": _day(tts[k]),
            "tts_high_days": _day(high[k]),
            "is_exposed": bool(lead[node] > tts[k]),
            "is_exposed_for_certain": bool(lead[node] > high[k]),
            "simulated_low_days": _day(felt_low[k]),
            "simulated_days": _day(felt[k]),
            "simulated_high_days": _day(felt_high[k]),
            "first_short": None if felt[k] == NEVER else names[earliest[k]],
            "token_short_day": int(first[k, 0]) if first[k, 0] >= 0 else None,
            "boards_short": int((first[k, 1:] >= 0).sum()),
            "tokens_lost_share_low": least[k, 0],
            "tokens_lost_share": lost[k, 0],
            "tokens_lost_share_high": most[k, 0],
            "accelerators_lost_share_low": least[k, 1],
            "accelerators_lost_share": lost[k, 1],
            "accelerators_lost_share_high": most[k, 1],
            "located_share": located(list(supply.makers[node])),
            "assumed_share": assumed.get(node, 0.0),
        }
        for k, node in enumerate(nodes)
    ]
    order = ["tokens_lost_share", "accelerators_lost_share", "node"]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(order, ascending=[False, False, True], ignore_index=True)


def _lost_at_ends(supplies: Mapping[str, Supply], outages: Sequence[Scenario], lost: Array) -> tuple[Array, Array]:
    """(outages, 2) The least and the most of tokens and accelerators that outages cost at any end of the ranges."""
    ends = [lost]
    for bound in ("low", "high"):
        if bound in supplies:
            run = simulate(supplies[bound].world, outages, YEAR, (TOKENS, ACCELERATORS), one_of_many=True)
            ends.append(lost_of(run, (0, 1)))
    return np.minimum.reduce(ends), np.maximum.reduce(ends)


def at_best(supply: Supply, nodes: Sequence[str]) -> Ints:
    """(nodes,) Whole days for which the programme meets the demand without each node, NEVER where it does for the year.

    Demand is that for boards and tokens, and for the sites, which take of the same goods and would starve otherwise.
    """
    days = longest_survived(supply.net, nodes, (TOKENS, *supply.built, *supply.sites), YEAR)
    return np.where(days < YEAR, days, NEVER)


def _survived(supply: Supply, nodes: Sequence[str], expected: Ints) -> tuple[Ints, Ints]:
    """(nodes,) First day any board or the token is short, NEVER where there is none within the year; and which of them it is.

    Each node is followed only until the day on which it is expected to be short, those that still are not then for the whole
    year: the same answer for less work.
    """
    targets = (TOKENS, *supply.built)
    found, which = np.full(len(nodes), NEVER, dtype=np.int64), np.zeros(len(nodes), dtype=np.int64)
    until = np.minimum(np.maximum(expected, STAGES[0]), YEAR)
    for last in (*STAGES, YEAR):
        now = np.flatnonzero((found == NEVER) & ((until <= last) | (last == YEAR)))
        if now.size:
            shocks = scenarios(({nodes[int(k)]: 1.0} for k in now), np.ones(last))
            run = simulate(supply.world, shocks, last, targets, one_of_many=True)
            found[now], which[now] = first_of_all(first_short(run, range(len(targets))))
            until[now] = YEAR
    return found, which


def _replaced_after(supply: Supply) -> tuple[dict[str, float], dict[str, str]]:
    """Item -> longest lead time of its users, in days, and the grade of that figure ('estimate' where it is assumed)."""
    lead: dict[str, float] = {}
    grade: dict[str, str] = {}
    net = supply.net
    for slot, row in enumerate(rows_of(supply.evidence)):
        basis = row["lead_basis"] if row["lead_basis"] in GRADES else GRADES[-1]
        for e in range(net.link_start[slot], net.link_start[slot + 1]):
            name = net.nodes[net.source[e]]
            if row["lead_days"] > lead.get(name, 0.0):
                lead[name], grade[name] = row["lead_days"], basis
    return {n: lead[n] for n in net.nodes if n.startswith("item:") and n in lead}, grade


def _assumed(supply: Supply) -> dict[str, float]:
    """Node -> part of its users whose stock of it is assumed, not published."""
    net = supply.net
    slot = np.repeat(np.arange(len(net.need)), np.diff(net.link_start))
    flagged = (supply.evidence["stock_basis"] == "assumed").to_numpy()[slot]
    return {net.nodes[n]: float(flagged[net.source == n].mean()) for n in np.unique(net.source)}


def first_of_all(first: Ints) -> tuple[Ints, Ints]:
    """(scenarios,) The first day any target is short, NEVER where there is none, and the first target that is."""
    days = np.where(first < 0, NEVER, first)
    return days.min(axis=1), days.argmin(axis=1)


def _day(day: int) -> int | None:
    return None if day == NEVER else int(day)
