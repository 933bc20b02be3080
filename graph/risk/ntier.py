"""How concentrated what stands behind a target is, tier by tier: n-tier HHI (METHODS 1).

Tier 0 is the target's own supply, tier 1 the supply of its inputs, tier 2 that of their inputs, and so on. In each tier the
countries (firms, owners) of all its items are put together, in two ways, for the two channels in which a shock travels:

- by cost: an item weighs as much as it costs in one unit of the target. This is who is paid.
- by necessity: every item that output stops without weighs the same. This is who can stop it.

Gallium has hardly any weight in the first and a full one in the second. An index is a range, as that of one item is: each
supplier's part may lie anywhere within the ranges of its shares. What items cost is taken at the middle of its range.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.risk.concentration import Supplier, herfindahl, largest_index, smallest_index
from graph.risk.ntier_tables import NtierHhi
from sources.columns import columns
from sources.records import GRADES

Array = NDArray[np.float64]
Inputs = Mapping[str, Mapping[str, float]]
"""Node -> the nodes it takes -> part of its cost that each is."""
DEEPEST = 5
"""Tiers looked at: beyond them nearly everything is behind everything."""
NEGLIGIBLE = 1e-12


def cost_inputs(price_edge: pd.DataFrame, price: pd.DataFrame, system: Mapping[str, str] | None = None) -> dict[str, dict[str, float]]:
    """From cost.price_edge and cost.price: each step's inputs as parts of its price, steps between items passed through.

    A board's dies and package are made in the course of making it; their inputs are the board's. A rack that is built of one
    board alone costs what that board's server does, so many times over.

    Parameters
    ----------
    system : board -> the server or rack it goes into (core.board)
    """
    total = dict(zip(price["node_id"], price["central_usd"], strict=True))
    direct: dict[str, dict[str, float]] = {}
    for consumer, needed, usd in zip(price_edge["consumer"], price_edge["input"], price_edge["cost_usd"], strict=True):
        if total[consumer] > 0:
            direct.setdefault(consumer, {})[needed] = usd / total[consumer]
    of_boards: dict[str, list[str]] = {}
    for board, item in (system or {}).items():
        of_boards.setdefault(item, []).append(board)
    alone = {f"item:{item}": direct.get(f"server:{boards[0]}", {}) for item, boards in of_boards.items() if len(boards) == 1}
    direct = {item: inputs for item, inputs in alone.items() if inputs} | direct
    return {node: _bought(node, direct) for node in direct if is_bought(node)}


def is_bought(node: str) -> bool:
    """Items and boards have suppliers; dies, packages, servers and hours are steps between them."""
    return node.startswith(("item:", "board:"))


def _bought(node: str, direct: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """What a node takes of things that have suppliers, through any steps between."""
    found: dict[str, float] = {}
    todo = [(needed, part) for needed, part in direct[node].items()]
    while todo:
        needed, part = todo.pop()
        if is_bought(needed):
            found[needed] = found.get(needed, 0.0) + part
        else:
            todo += [(below, part * share) for below, share in direct.get(needed, {}).items()]
    return found


def needed_inputs(edges: pd.DataFrame) -> dict[str, set[str]]:
    """From graph.edge: what each item or board cannot do without. Offers stand for their items."""
    rows = edges[(edges["kind"] == "requires") & (edges["essentiality"] == "essential")]
    found: dict[str, set[str]] = {}
    for source, target in zip(rows["source_node"], rows["target_node"], strict=True):
        needed, consumer = _thing(source), _thing(target)
        if needed and consumer and needed != consumer:
            found.setdefault(consumer, set()).add(needed)
    return found


def _thing(node: str) -> str | None:
    """'offer:tsmc/wafer_n5/TWN' -> 'item:wafer_n5'; None for what is neither made nor bought."""
    if node.startswith("offer:"):
        return f"item:{node.split('/')[1]}"
    return node if is_bought(node) else None


@dataclass(frozen=True)
class Supplies:
    """Who supplies what in one view.

    rows : item -> its row in the matrices
    names : of the suppliers, sorted
    shares : item x (low, central, high) x supplier, parts of the item's known supply; the central ones of an item sum to 1
    graded : item x grade (`GRADES`), the part of the known supply that rests on facts of that grade
    """

    rows: Mapping[str, int]
    names: Sequence[str]
    shares: Array
    graded: Array


@dataclass(frozen=True)
class Index:
    """HHI of the suppliers behind weighted items, over the supply whose suppliers are known.

    low, central, high : 0 to 10,000; the ends let each supplier's part move within the ranges of its shares
    known : part of the weight whose suppliers are known
    largest, part : the largest supplier and its part of the known
    by_grade : `GRADES` -> part of the known that rests on facts of that grade
    """

    low: float
    central: float
    high: float
    known: float
    largest: str
    part: float
    by_grade: Mapping[str, float]


def supplies(view: Mapping[str, Iterable[Supplier]]) -> Supplies:
    """A view of `concentration.supply_views` as matrices."""
    known = {f"item:{item}": [s for s in suppliers if s.central > 0] for item, suppliers in view.items()}
    known = {item: found for item, found in known.items() if found}
    rows = {item: k for k, item in enumerate(known)}
    names = sorted({s.name for found in known.values() for s in found})
    column_of = {name: k for k, name in enumerate(names)}
    shares = np.zeros((len(rows), 3, len(names)))
    graded = np.zeros((len(rows), len(GRADES)))
    for item, found in known.items():
        row, whole = rows[item], sum(s.central for s in found)
        for s in found:
            shares[row, :, column_of[s.name]] = s.low / whole, s.central / whole, s.high / whole
            graded[row, GRADES.index(s.grade)] += s.central / whole
    return Supplies(rows, names, shares, graded)


def index(weights: Mapping[str, float], supply: Supplies) -> Index | None:
    """The suppliers of all items put together, each item with its weight; None where no supplier is known."""
    total = sum(weights.values())
    known = [(supply.rows[item], weight) for item, weight in weights.items() if item in supply.rows]
    base = sum(weight for _, weight in known)
    if total <= 0 or base <= 0:
        return None
    rows = np.array([row for row, _ in known])
    part = np.array([weight / base for _, weight in known])
    # sums in one order: the same to the last bit
    low, central, high = (part[:, None, None] * supply.shares[rows]).sum(axis=0)
    graded = (part[:, None] * supply.graded[rows]).sum(axis=0)
    there = central > 0
    low, high = low[there], np.minimum(high[there], 1.0)
    measured = herfindahl(central)
    largest = int(central.argmax())
    return Index(
        min(smallest_index(low, high, 1.0), measured),
        measured,
        max(largest_index(low, high, 1.0), measured),
        base / total,
        supply.names[largest],
        float(central[largest]),
        dict(zip(GRADES, graded.tolist(), strict=True)),
    )


def tiers(
    target: str, cost: Inputs, needed: Mapping[str, Iterable[str]], deepest: int = DEEPEST
) -> list[tuple[dict[str, float], set[str]]]:
    """For each tier: (item -> its part of the target's cost, items that the target cannot do without)."""
    weights, items = {target: 1.0}, {target}
    seen = {target}
    found = [(dict(weights), set(items))]
    for _ in range(deepest):
        below: dict[str, float] = {}
        for node, weight in weights.items():
            for one, part in cost.get(node, {}).items():
                below[one] = below.get(one, 0.0) + weight * part
        weights = {node: weight for node, weight in below.items() if weight > NEGLIGIBLE}
        items = {one for node in items for one in needed.get(node, ())} - seen  # an item is needed in the first tier it is met in
        seen |= items
        if not weights and not items:
            break
        found.append((dict(weights), set(items)))
    return found


def ntier_hhi(
    targets: Iterable[str], cost: Inputs, needed: Mapping[str, Iterable[str]], views: Mapping[str, Supplies], deepest: int = DEEPEST
) -> pd.DataFrame:
    """The table risk.ntier_hhi.

    Parameters
    ----------
    targets : nodes such as 'board:h100' or 'item:gb200_nvl72'
    views : 'firm', 'owner', 'country' -> who supplies what
    """
    rows: list[dict[str, object]] = []
    met: dict[tuple[str, tuple[tuple[str, float], ...]], Index | None] = {}

    def measured(by: str, weights: Mapping[str, float]) -> Index | None:
        """Half of all tiers have been met behind another target."""
        key = by, tuple(weights.items())
        if key not in met:
            met[key] = index(weights, views[by])
        return met[key]

    for target in targets:
        for tier, (weights, items) in enumerate(tiers(target, cost, needed, deepest)):
            alike = dict.fromkeys(sorted(items), 1.0)
            for by in views:
                by_cost, by_need = measured(by, weights), measured(by, alike)
                if by_cost is None and by_need is None:
                    continue
                found = {"target": target, "by": by, "tier": tier, "items": len(items | set(weights)), "cost_share": sum(weights.values())}
                rows.append(found | _told("cost", by_cost) | _told("necessity", by_need))
    return pd.DataFrame(rows).reindex(columns=[c.name for c in columns(NtierHhi)])


def _told(channel: str, found: Index | None) -> dict[str, object]:
    """The columns of one channel."""
    if found is None:
        return {f"{channel}_known_share": 0.0}
    return {
        f"{channel}_hhi_low": found.low,
        f"{channel}_hhi": found.central,
        f"{channel}_hhi_high": found.high,
        f"{channel}_known_share": found.known,
        f"{channel}_largest": found.largest,
        f"{channel}_largest_share": found.part,
        **{f"{channel}_{grade}_share": part for grade, part in found.by_grade.items()},
    }
