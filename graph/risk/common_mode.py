"""All that is made in a country, by the firms seated in one, by an owner or in a grid region lost at once: the table risk.common_mode (METHODS 4).

A country takes what is made in it; a seat takes what its firms supply, wherever they make it (`graph.risk.makers`). A blockade or an
earthquake is the one, an export ban the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from graph.risk.makers import Place
from graph.risk.simulation import losses, outage, simulate
from graph.risk.stability import verdict
from graph.risk.stress import YEAR, first_short, lost_of
from graph.risk.supply import ACCELERATORS, HOURS, TOKENS, Supply
from sources.records import GRADES

OUTAGE_DAYS = 90
"""How long a whole country, seat, owner or grid region is lost, where nothing else is said."""
LEAST_COUNTRY = 0.05
LEAST_OWNER = 0.5
LEAST_HOURS = 0.01
"""A country is in the table that holds as much as this of some supply; an owner or a seat that holds as much of an item or board; any of them that
holds as much as this of all accelerator-hours. So where an owner is in it, its seat is, and the country where it makes all that it makes.
Of the several hundred owners the others are hardly felt; `stackgraph disrupt owner:...` runs any of them."""
COLUMNS = [
    "by",
    "place",
    "tokens_lost_low",
    "tokens_lost_central",
    "tokens_lost_high",
    "hours_lost_share",
    "accelerators_lost_low",
    "accelerators_lost_central",
    "accelerators_lost_high",
    "first_short_day",
    "boards_short",
    "first_board_day",
    "first_board",
    "nodes_hit",
    "largest_hit",
    "largest_hit_share",
    "verdict",
    *(f"{grade}_share" for grade in GRADES),
]


def common_mode(
    supplies: Mapping[str, Supply],
    by: Iterable[Place] = ("country", "seat", "owner", "region"),
    outage_days: int = OUTAGE_DAYS,
    days: int = YEAR,
) -> pd.DataFrame:
    """What losing each place costs.

    Parameters
    ----------
    supplies : 'central', and where ranges are wanted 'low' and 'high'

    Returns
    -------
    DataFrame
        One row per place, the costliest first: parts of the output of `days` lost, the first day tokens are short, how many
        boards run short and which first, what is hit, and the grades of the shares that place it there (sum 1).
    """
    supply, by = supplies["central"], tuple(by)
    found = {(kind, name): parts for kind in by for name, parts in supply.held_by(kind).items() if _listed(kind, parts)}
    if not found:
        return pd.DataFrame(columns=COLUMNS)
    # Firms that are their whole group, and places with the same parts of the same things, are one scenario.
    number: dict[tuple[tuple[str, float], ...], int] = {}
    which = [number.setdefault(tuple(sorted(parts.items())), len(number)) for parts in found.values()]
    course = outage(days, outage_days)
    shocks = [losses(supply.in_world(dict(parts)), course) for parts in number]
    run = simulate(supply.world, shocks, days, (TOKENS, HOURS, ACCELERATORS, *supply.built), one_of_many=True)
    central = lost_of(run, (0, 1, 2))
    first = first_short(run, [0, *range(3, len(run.targets))])
    ends = [central]
    one_of = {k: name for name, k in zip(found, which, strict=True)}
    for bound in ("low", "high"):
        if bound in supplies:
            held = {kind: supplies[bound].held_by(kind) for kind in by}
            then = [losses(supplies[bound].in_world(held[kind][name]), course) for kind, name in (one_of[k] for k in range(len(number)))]
            other = simulate(supplies[bound].world, then, days, (TOKENS, HOURS, ACCELERATORS), one_of_many=True)
            ends.append(lost_of(other, (0, 1, 2)))
    low, high = np.minimum.reduce(ends), np.maximum.reduce(ends)
    rows = []
    for ((kind, place), parts), k in zip(found.items(), which, strict=True):
        boards = {b: int(d) for b, d in zip(supply.boards, first[k, 1:], strict=True) if d >= 0}
        earliest = min(boards, key=lambda b: (boards[b], b)) if boards else None
        largest = max(parts, key=lambda node: (parts[node], node))
        rows.append(
            {
                "by": kind,
                "place": place,
                "tokens_lost_low": low[k, 0],
                "tokens_lost_central": central[k, 0],
                "tokens_lost_high": high[k, 0],
                "hours_lost_share": central[k, 1],
                "accelerators_lost_low": low[k, 2],
                "accelerators_lost_central": central[k, 2],
                "accelerators_lost_high": high[k, 2],
                "first_short_day": int(first[k, 0]) if first[k, 0] >= 0 else None,
                "boards_short": len(boards),
                "first_board_day": boards[earliest] if earliest else None,
                "first_board": earliest,
                "nodes_hit": len(parts),
                "largest_hit": largest,
                "largest_hit_share": parts[largest],
                "verdict": verdict(run.made[k, :, 0]),
                **_grades(supply, kind, place, parts),
            }
        )
    order = ["tokens_lost_central", "accelerators_lost_central", "by", "place"]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(order, ascending=[False, False, True, True], ignore_index=True)


def _listed(kind: Place, parts: Mapping[str, float]) -> bool:
    """Whether a place holds enough to be in the table."""
    if kind == "region" or parts.get(HOURS, 0.0) >= LEAST_HOURS:
        return True
    if kind == "country":
        return max(parts.values()) >= LEAST_COUNTRY
    return max((part for node, part in parts.items() if node.startswith(("item:", "board:"))), default=0.0) >= LEAST_OWNER


def _grades(supply: Supply, kind: Place, place: str, nodes: Iterable[str]) -> dict[str, float]:
    """How well the place's shares are known: the part of their sum that rests on each grade."""
    there = [m for node in nodes for m in supply.makers[node] if getattr(m, kind) == place]
    total = sum(m.share for m in there)
    return {f"{grade}_share": sum(m.share for m in there if m.grade == grade) / total for grade in GRADES}
