"""How long each item's loss is survived, and how long replacing it takes: the table risk.tts_ttr (METHODS 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from graph.risk.makers import located
from graph.risk.network import Array, Ints, Network
from graph.risk.simulation import losses, outage, simulate
from graph.risk.stress import LEAST, YEAR, first_short, lost_of, scenarios
from graph.risk.supply import ACCELERATORS, TOKENS, Supply
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
    "first_board",
    "tts_board_days",
    "tts_token_days",
    "is_exposed",
    "is_exposed_for_certain",
    "tokens_lost_share",
    "accelerators_lost_share",
    "located_share",
    "assumed_share",
]


def tts_ttr(supplies: Mapping[str, Supply], days: int = YEAR) -> pd.DataFrame:
    """Each item lost altogether, until it can be replaced.

    TTS is the first day on which any board, or the useful token, runs short; TTR the longest lead time of new supply that a
    user of the item has. What is lost is counted over a year, with the item back after TTR.

    Parameters
    ----------
    supplies : 'central', and where ranges are wanted 'low' and 'high'
    days : how far survival is followed

    Returns
    -------
    DataFrame
        One row per item with a lead time; TTS columns are empty where it is survived for `days`. The costliest first.
    """
    supply = supplies["central"]
    lead, grade = _replaced_after(supply)
    nodes = list(lead)
    if not nodes:
        return pd.DataFrame(columns=COLUMNS)
    targets = (TOKENS, *supply.boards, ACCELERATORS)
    for_ever = simulate(supply.net, scenarios(({n: 1.0} for n in nodes), np.ones(days)), days, targets, one_of_many=True)
    first = first_short(for_ever, range(len(targets) - 1))
    tts = _earliest(first)
    at = [0, len(targets) - 1]
    lost = _until_replaced(supply, nodes, lead, lost_of(for_ever, at), days)
    low = _survived(supplies["low"], nodes, tts, days) if "low" in supplies else tts
    high = tts.copy()
    if "high" in supplies:  # what is survived on central stocks is survived on ample ones
        short = [k for k in range(len(nodes)) if tts[k] != NEVER]
        high[short] = _survived(supplies["high"], [nodes[k] for k in short], np.minimum(tts[short], days) * AMPLE, days)
    assumed = _assumed(supply)
    rows = []
    for k, node in enumerate(nodes):
        boards = {b: int(d) for b, d in zip(supply.boards, first[k, 1:], strict=True) if d >= 0}
        earliest = min(boards, key=lambda b: (boards[b], b)) if boards else None
        rows.append(
            {
                "node": node,
                "ttr_days": lead[node],
                "ttr_grade": grade[node],
                "tts_low_days": _day(low[k]),
                "tts_days": _day(tts[k]),
                "tts_high_days": _day(high[k]),
                "first_board": earliest,
                "tts_board_days": boards[earliest] if earliest else None,
                "tts_token_days": int(first[k, 0]) if first[k, 0] >= 0 else None,
                "is_exposed": bool(lead[node] > tts[k]),
                "is_exposed_for_certain": bool(lead[node] > high[k]),
                "tokens_lost_share": lost[k, 0],
                "accelerators_lost_share": lost[k, 1],
                "located_share": located(list(supply.makers[node])),
                "assumed_share": assumed.get(node, 0.0),
            }
        )
    order = ["tokens_lost_share", "accelerators_lost_share", "node"]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(order, ascending=[False, False, True], ignore_index=True)


def _survived(supply: Supply, nodes: Sequence[str], expected: Ints, days: int) -> Ints:
    """(nodes,) First day any board or the token is short, NEVER where there is none within `days`.

    Each node is followed only until the day on which it is expected to be short, those that still are not then for all days: the
    same answer for less work.
    """
    targets = (TOKENS, *supply.boards)
    found = np.full(len(nodes), NEVER, dtype=np.int64)
    until = np.minimum(np.maximum(expected, STAGES[0]), days)
    for last in sorted({min(stage, days) for stage in (*STAGES, days)}):
        now = [k for k in range(len(nodes)) if found[k] == NEVER and (until[k] <= last or last == days)]
        if now:
            shocks = scenarios(({nodes[k]: 1.0} for k in now), np.ones(last))
            found[now] = _earliest(first_short(simulate(supply.net, shocks, last, targets, one_of_many=True), range(len(targets))))
            until[now] = days
    return found


def _until_replaced(supply: Supply, nodes: Sequence[str], lead: Mapping[str, float], for_ever: Array, days: int) -> Array:
    """(nodes, 2) Tokens and accelerators lost in the first year. What costs nothing when it is lost for ever is not run again,
    and what takes more than the year to replace is lost for all of it."""
    lost = np.zeros((len(nodes), 2))
    again = []
    for k, node in enumerate(nodes):
        if days == YEAR and lead[node] >= YEAR:
            lost[k] = for_ever[k]
        elif days < YEAR or for_ever[k].max() >= LEAST:
            again.append(k)
    if again:
        shocks = [losses({nodes[k]: 1.0}, outage(YEAR, round(lead[nodes[k]]))) for k in again]
        lost[again] = lost_of(simulate(supply.net, shocks, YEAR, (TOKENS, ACCELERATORS), one_of_many=True), (0, 1))
    return lost


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


def _earliest(first: Ints) -> Ints:
    """(scenarios,) The first day any target is short, NEVER where there is none."""
    return np.asarray(np.where(first < 0, NEVER, first).min(axis=1))


def _day(day: int) -> int | None:
    return None if day == NEVER else int(day)


def free_losses(supply: Supply, nodes: Sequence[str], days: int = YEAR) -> list[str]:
    """Inputs whose total loss costs their users nothing though their stocks must have run out: an empty list, or the model errs.

    Looked at: each essential input of the nodes' users that is used up, has no alternative and no substitute, and of which
    stock and goods on the way last for less than `days`.
    """
    net = supply.net
    shocks = scenarios(({n: 1.0} for n in nodes), np.ones(days))
    alone = (np.diff(net.link_start) == 1) & (net.turnover == 0) & (net.substitutable < 1)
    normal = net.need * net.output[net.slot_node]
    lasts = np.full(len(net.need), np.inf)
    lasts[alone] = (net.slot_stock / normal)[alone] + net.lead[net.link_start[:-1][alone]]
    users = [
        [int(s) for s in np.flatnonzero(alone) if net.source[net.link_start[s]] == net.index[n] and lasts[s] < days - 1] for n in nodes
    ]
    watched = sorted({int(net.slot_node[s]) for slots in users for s in slots})
    if not watched:
        return []
    run = simulate(net, shocks, days, [net.nodes[n] for n in watched], one_of_many=True)
    column = {n: k for k, n in enumerate(watched)}
    return [
        f"{node} for {net.nodes[net.slot_node[s]]}"
        for k, (node, slots) in enumerate(zip(nodes, users, strict=True))
        for s in slots
        if run.made[k, :, column[int(net.slot_node[s])]].min() > 1.0 - LEAST
    ]


def with_stock(net: Network, days: float, slots: Sequence[int] | None = None) -> Network:
    """The network with more days of stock of some inputs (all of them if left out)."""
    more = np.zeros(len(net.need))
    more[slice(None) if slots is None else list(slots)] = days
    return replace(net, slot_stock=net.slot_stock + more * net.need * net.output[net.slot_node])


def shortened_by_stock(supply: Supply, nodes: Sequence[str], more_days: float = 30.0, days: int = YEAR) -> list[str]:
    """Losses that are survived for less long with more of every stock: an empty list, or the model errs."""
    targets = (TOKENS, *supply.boards)
    shocks = scenarios(({n: 1.0} for n in nodes), np.ones(days))
    before, after = (
        _earliest(first_short(simulate(net, shocks, days, targets, one_of_many=True), range(len(targets))))
        for net in (supply.net, with_stock(supply.net, more_days))
    )
    return [node for node, a, b in zip(nodes, before, after, strict=True) if b < a]


def sample(nodes: Sequence[str], many: int) -> list[str]:
    """Every so many-th of the nodes: the same ones each time, spread over the list."""
    return [nodes[k] for k in sorted({round(i) for i in np.linspace(0, len(nodes) - 1, min(many, len(nodes)))})] if nodes else []
