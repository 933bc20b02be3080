"""How concentrated what stands behind a target is, tier by tier: n-tier HHI (METHODS 1).

Tier 0 is the target's own supply, tier 1 the supply of its inputs, tier 2 that of their inputs, and so on. In each tier the
countries (firms, owners) of all its items are put together, in two ways, for the two channels in which a shock travels:

- by cost: an item weighs as much as it costs in one unit of the target. This is who is paid.
- by necessity: every item that output stops without weighs the same. This is who can stop it.

Gallium has hardly any weight in the first and a full one in the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from graph.results import NtierHhi
from graph.risk.concentration import FULL, Supplier
from sources.columns import columns

Shares = Mapping[str, Mapping[str, float]]
"""Item -> supplier -> share of its supply, as far as it is known."""
Inputs = Mapping[str, Mapping[str, float]]
"""Node -> the nodes it takes -> part of its cost that each is."""
DEEPEST = 5
"""Tiers looked at: beyond them nearly everything is behind everything."""
NEGLIGIBLE = 1e-12


def cost_inputs(price_edge: pd.DataFrame, price: pd.DataFrame) -> dict[str, dict[str, float]]:
    """From cost.price_edge and cost.price: each step's inputs as parts of its price, steps between items passed through.

    A board's dies and package are made in the course of making it; their inputs are the board's.
    """
    total = dict(zip(price["node_id"], price["central_usd"], strict=True))
    direct: dict[str, dict[str, float]] = {}
    for consumer, needed, usd in zip(price_edge["consumer"], price_edge["input"], price_edge["cost_usd"], strict=True):
        if total[consumer] > 0:
            direct.setdefault(consumer, {})[needed] = usd / total[consumer]
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


def index(weights: Mapping[str, float], shares: Shares) -> tuple[float | None, float, str | None, float]:
    """HHI of the suppliers behind weighted items.

    Returns
    -------
    (index 0 to 10,000 over the supply whose suppliers are known, None where none is; part of the weight that is known; the
    largest supplier; its part of the known)
    """
    total = sum(weights.values())
    known = {item: weight for item, weight in weights.items() if sum(shares.get(item, {}).values()) > 0}
    if total <= 0 or not known:
        return None, 0.0, None, 0.0
    mixed: dict[str, float] = {}
    for item, weight in known.items():
        whole = sum(shares[item].values())
        for supplier, share in shares[item].items():
            mixed[supplier] = mixed.get(supplier, 0.0) + weight * share / whole
    base = sum(mixed.values())
    largest = max(sorted(mixed), key=mixed.__getitem__)
    return sum((m / base) ** 2 for m in mixed.values()) * FULL, sum(known.values()) / total, largest, mixed[largest] / base


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
    targets: Iterable[str], cost: Inputs, needed: Mapping[str, Iterable[str]], views: Mapping[str, Shares], deepest: int = DEEPEST
) -> pd.DataFrame:
    """The table risk.ntier_hhi.

    Parameters
    ----------
    targets : nodes such as 'board:h100' or 'item:gb200_nvl72'
    views : 'firm', 'owner', 'country' -> node -> supplier -> share
    """
    rows: list[dict[str, object]] = []
    for target in targets:
        for tier, (weights, items) in enumerate(tiers(target, cost, needed, deepest)):
            for by, shares in views.items():
                by_cost, known_cost, largest_cost, cost_part = index(weights, shares)
                by_need, known_need, largest_need, need_part = index(
                    dict.fromkeys(sorted(items), 1.0), shares
                )  # sums in one order: the same to the last bit
                if by_cost is None and by_need is None:
                    continue
                rows.append(
                    {
                        "target": target,
                        "by": by,
                        "tier": tier,
                        "items": len(items | set(weights)),
                        "cost_share": sum(weights.values()),
                        "cost_hhi": by_cost,
                        "cost_known_share": known_cost,
                        "cost_largest": largest_cost,
                        "cost_largest_share": cost_part if largest_cost else None,
                        "necessity_hhi": by_need,
                        "necessity_known_share": known_need,
                        "necessity_largest": largest_need,
                        "necessity_largest_share": need_part if largest_need else None,
                    }
                )
    return pd.DataFrame(rows).reindex(columns=[c.name for c in columns(NtierHhi)])


def shares_of(view: Mapping[str, Iterable[Supplier]]) -> dict[str, dict[str, float]]:
    """A view of `concentration.supply_views` as node -> supplier -> share."""
    return {f"item:{item}": {s.name: s.central for s in suppliers if s.central > 0} for item, suppliers in view.items()}
