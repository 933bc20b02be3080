"""Disruptions of our network as tables: paths, common causes, and how long each node's loss is survived (METHODS 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from graph.risk.makers import Place, located
from graph.risk.scenario import Case
from graph.risk.simulation import NONE, Loss, Run, losses, outage, simulate
from graph.risk.stability import verdict
from graph.risk.supply import HOURS, TOKENS, Supply
from sources.frames import rows_of

YEAR = 365
OUTAGE_DAYS = 90
"""How long a whole country, owner or grid region is lost, where nothing else is said."""
MIN_PART = 0.05
"""A place or owner that holds less than this of every supply is not simulated."""


def disruption(supplies: Mapping[str, Supply], cases: Mapping[str, Case], days: int = YEAR) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What each scenario does to each target.

    Parameters
    ----------
    supplies : 'central', and where wanted 'low' and 'high' (`supply_network` with that bound)
    cases : scenario id -> scenario

    Returns
    -------
    (summary, path)
        summary : one row per scenario and target that is reached: first_short_day, binding_input, cause (the node at the root),
        worst_output, lost_share_low/central/high (of the year's output), verdict, assumed_share (of the inputs on the way
        from cause to target, the part whose stock is assumed).
        path : one row per stretch of days with the same binding input: from_day, to_day, binding_input, cause, output_share.
    """
    supply = supplies["central"]
    shocks = [supply.losses(case, days) for case in cases.values()]
    run = simulate(supply.net, shocks, days)
    ends = {"central": run.lost()}
    for bound in ("low", "high"):
        other = supplies.get(bound)
        if other is not None:
            ends[bound] = _lost_of(other, run.targets, [other.losses(case, days) for case in cases.values()], days)
    place = {name: k for k, name in enumerate(run.targets)}
    assumed = _assumed(supply)
    summary, path = [], []
    first = run.first_short()
    for s, scenario in enumerate(cases):
        for target in supply.targets:
            j = place[target]
            if first[s, j] < 0 and all(lost[s, j] < 1e-6 for lost in ends.values()):
                continue
            stretches = _stretches(run, s, j)
            chain = trace(run, s, int(first[s, j]), target) if first[s, j] >= 0 else [target]
            low, central, high = (float(ends[b][s, j]) if b in ends else None for b in ("low", "central", "high"))
            summary.append(
                {
                    "scenario_id": scenario,
                    "target": target,
                    "first_short_day": int(first[s, j]) if first[s, j] >= 0 else None,
                    "binding_input": run.binding_name(s, int(first[s, j]), j) if first[s, j] >= 0 else None,
                    "cause": chain[-1],
                    "worst_output": float(run.made[s, :, j].min()),
                    # The thin case loses more: what `low` stocks lose is the upper end.
                    "lost_share_low": min((v for v in (low, central, high) if v is not None), default=None),
                    "lost_share_central": central,
                    "lost_share_high": max((v for v in (low, central, high) if v is not None), default=None),
                    "verdict": verdict(run.made[s, :, j]),
                    "assumed_share": float(np.mean([assumed.get(node, 0.0) for node in chain])),
                }
            )
            for a, b in stretches:
                if run.binding[s, a, j] != NONE:
                    path.append(
                        {
                            "scenario_id": scenario,
                            "target": target,
                            "from_day": a,
                            "to_day": b,
                            "binding_input": run.binding_name(s, a, j),
                            "cause": trace(run, s, a, target)[-1],
                            "output_share": float(run.made[s, a : b + 1, j].mean()),
                        }
                    )
    return pd.DataFrame(summary, columns=SUMMARY), pd.DataFrame(path, columns=PATH)


SUMMARY = [
    "scenario_id",
    "target",
    "first_short_day",
    "binding_input",
    "cause",
    "worst_output",
    "lost_share_low",
    "lost_share_central",
    "lost_share_high",
    "verdict",
    "assumed_share",
]
PATH = ["scenario_id", "target", "from_day", "to_day", "binding_input", "cause", "output_share"]


def _lost_of(supply: Supply, names: Sequence[str], shocks: list[list[Loss]], days: int) -> np.ndarray:
    """Lost output of the nodes named, from another end of the ranges; 0 where that end has no such node."""
    known = [name for name in names if name in supply.net.index]
    lost = simulate(supply.net, shocks, days, known).lost()
    column = {name: k for k, name in enumerate(known)}
    return np.stack([lost[:, column[n]] if n in column else np.zeros(len(shocks)) for n in names], axis=1)


def _assumed(supply: Supply) -> dict[str, float]:
    """node -> part of its inputs whose stock or lead time is assumed."""
    flagged = (supply.evidence["stock_basis"] == "assumed") | (supply.evidence["lead_basis"] == "assumed")
    return {str(k): float(v) for k, v in flagged.groupby(supply.evidence["node"]).mean().items()}


def _stretches(run: Run, scenario: int, target: int) -> list[tuple[int, int]]:
    """First and last day of each stretch with one binding input."""
    codes = run.binding[scenario, :, target]
    starts = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1])))
    return [(int(a), int(b) - 1) for a, b in zip(starts, [*starts[1:], len(codes)], strict=True)]


def trace(run: Run, scenario: int, day: int, target: str) -> list[str]:
    """From a target up to the node whose own capacity is short: at each step the supplier that was short first.

    `run` must report all nodes. The list starts with the target and ends at the cause.
    """
    net, chain = run.net, [target]
    while True:
        at = net.index[chain[-1]]
        codes = run.binding[scenario, : day + 1, at]
        binding = int(codes[-1]) if codes[-1] >= 0 else int(next((c for c in codes[::-1] if c != NONE), NONE))
        if binding < 0:
            return chain
        links = range(net.link_start[binding], net.link_start[binding + 1])
        made = {net.nodes[net.source[e]]: run.made[scenario, : day + 1, net.source[e]] for e in links}
        worst = max(made, key=lambda name: float((1.0 - made[name]).clip(min=0.0).sum()))
        if worst in chain or float(made[worst].min()) > 1.0 - 1e-6:
            return chain
        chain.append(worst)


def common_mode(
    supply: Supply, by: Iterable[Place] = ("country", "owner", "region"), outage_days: int = OUTAGE_DAYS, days: int = YEAR
) -> pd.DataFrame:
    """The table risk.common_mode: all of a country's, an owner's or a grid region's supply lost at once.

    Returns
    -------
    DataFrame
        One row per place: by, place, tokens_lost_share (of the year's), hours_lost_share, accelerators_lost_share,
        first_short_day of tokens, boards_short (how many), first_board_day, first_board, nodes_hit, verdict; the costliest
        first.
    """
    course = outage(days, outage_days)
    found = {(kind, name): parts for kind in by for name, parts in supply.held_by(kind).items()}
    places, hit = list(found), list(found.values())
    kept = [k for k, parts in enumerate(hit) if max(parts.values()) >= MIN_PART]
    columns = ["by", "place", "tokens_lost_share", "hours_lost_share", "accelerators_lost_share", "first_short_day"]
    columns += ["boards_short", "first_board_day", "first_board", "nodes_hit", "verdict"]
    if not kept:
        return pd.DataFrame(columns=columns)
    targets = (TOKENS, HOURS, "item:ai_accelerator", *supply.boards)
    run = simulate(supply.net, [losses(hit[k], course) for k in kept], days, targets)
    lost, first = run.lost(), run.first_short()
    rows = []
    for row, k in enumerate(kept):
        boards = {b: int(d) for b, d in zip(supply.boards, first[row, 3:], strict=True) if d >= 0}
        earliest = min(boards, key=lambda b: boards[b]) if boards else None
        rows.append(
            {
                "by": places[k][0],
                "place": places[k][1],
                "tokens_lost_share": lost[row, 0],
                "hours_lost_share": lost[row, 1],
                "accelerators_lost_share": lost[row, 2],
                "first_short_day": int(first[row, 0]) if first[row, 0] >= 0 else None,
                "boards_short": len(boards),
                "first_board_day": boards[earliest] if earliest else None,
                "first_board": earliest,
                "nodes_hit": len(hit[k]),
                "verdict": verdict(run.made[row, :, 0]),
            }
        )
    order = ["tokens_lost_share", "accelerators_lost_share", "place"]
    return pd.DataFrame(rows, columns=columns).sort_values(order, ascending=[False, False, True], ignore_index=True)


def tts_ttr(supply: Supply, days: int = YEAR) -> pd.DataFrame:
    """The table risk.tts_ttr: each item lost altogether, until it can be replaced.

    TTS is the first day on which any board, or the useful token, runs short; TTR the longest lead time of new supply that a
    user of the item has. Both rest on stocks and lead times that are mostly estimates: `assumed` says where neither is
    published.

    Returns
    -------
    DataFrame
        node, ttr_days, tts_board_days, first_board, tts_token_days (empty: survived for `days`), exposed,
        tokens_lost_share and accelerators_lost_share (of the first year, with the item back after TTR), located_share (of
        the supply, whose country is known), assumed.
    """
    lead: dict[str, float] = {}
    assumed: dict[str, bool] = {}
    net = supply.net
    for slot, row in enumerate(rows_of(supply.evidence)):
        for e in range(net.link_start[slot], net.link_start[slot + 1]):
            name = net.nodes[net.source[e]]
            lead[name] = max(lead.get(name, 0.0), row["lead_days"])
            assumed[name] = assumed.get(name, True) and row["lead_basis"] == "assumed"
    nodes = [n for n in net.nodes if n.startswith("item:") and lead.get(n, 0.0) > 0]
    targets = (TOKENS, "item:ai_accelerator", *supply.boards)
    for_ever = simulate(net, [losses({n: 1.0}, np.ones(days)) for n in nodes], days, targets)
    first = for_ever.first_short()
    back = simulate(net, [losses({n: 1.0}, outage(YEAR, round(lead[n]))) for n in nodes], YEAR, targets[:2])
    lost = back.lost()
    rows = []
    for k, node in enumerate(nodes):
        boards = {b: int(d) for b, d in zip(supply.boards, first[k, 2:], strict=True) if d >= 0}
        earliest = min(boards, key=lambda b: boards[b]) if boards else None
        tts = min([*boards.values(), *([int(first[k, 0])] if first[k, 0] >= 0 else [])], default=None)
        rows.append(
            {
                "node": node,
                "ttr_days": lead[node],
                "tts_board_days": boards[earliest] if earliest else None,
                "first_board": earliest,
                "tts_token_days": int(first[k, 0]) if first[k, 0] >= 0 else None,
                "exposed": tts is not None and lead[node] > tts,
                "tokens_lost_share": lost[k, 0],
                "accelerators_lost_share": lost[k, 1],
                "located_share": located(list(supply.makers[node])),
                "assumed": assumed[node],
            }
        )
    return pd.DataFrame(rows).sort_values(["tokens_lost_share", "node"], ascending=[False, True], ignore_index=True)
