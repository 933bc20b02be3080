"""Who needs what of whom on the way to useful tokens, and what it is worth: the facts behind cascades of organisations.

What is assumed:

- Sales are those into the AI stack, on the scale of one dollar of useful tokens. An item's value is what its consumers
  pay for it: V_a = F_a + sum_b V_b C_ab, where C_ab is the part of b's price that goes to a: as the cost chain has it, else
  quantity x mix x price of a / price of b, else UNKNOWN_SHARE x mix. Parts that sum to more than MOST_BOUGHT of b's price are
  scaled down to it. A class without a price (any accelerator) is worth what its alternatives are, in their mix.
- What an essential input costs does not matter downstream, only how its supply is shared; it does for how much its
  makers sell, and upstream.
- Makers share an item's sales as their offers say; makers without a known share have equal parts of what is left. What
  nobody is named for has a maker of its own, OTHERS. A maker's share lies between its published bounds; where none is
  published, between nothing and all that is left.
- An input is essential to a consumer as the requirement says, but for alternatives that are different items: each of
  these is non-essential, since an industry here cannot need one of two others. Capacity to switch between them is
  therefore missed, and so is a complete stop where all of them fail.
- Boards are made by their designers, who need the named foundry's wafers and packager's capacity.
- Final demand is for useful tokens alone; what no chain of requirements leads from to useful tokens sells nothing here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from graph.risk.organisation_values import USEFUL, board_mix, chain_parts
from sources.frames import rows_of
from sources.records import GRADES

Frames = Mapping[str, pd.DataFrame]
FINAL = USEFUL
OTHERS = "others"
UNKNOWN_SHARE = 0.05
"""Part of a consumer's price that goes to an input whose value is not known: an estimate."""
MOST_BOUGHT = 0.9
ESSENTIAL, NON_ESSENTIAL = 2, 1


@dataclass(frozen=True)
class Need:
    """One input of one thing: its part of the consumer's price, the makers it must come from, and how well that is known."""

    input_id: str
    consumer_id: str
    part: float
    makers: tuple[str, ...]
    essentiality: int
    is_known: bool
    grade: str
    source_id: str | None
    locator: str | None


@dataclass(frozen=True)
class Made:
    """A maker's share of one thing, with its bounds and the evidence that it makes it."""

    share: float
    low: float
    high: float
    grade: str
    source_id: str | None


@dataclass(frozen=True)
class Facts:
    """needs : of things on the way to useful tokens; value : V of each; makers : thing -> maker -> share, which sum to 1."""

    needs: tuple[Need, ...]
    value: Mapping[str, float]
    makers: Mapping[str, Mapping[str, Made]]


def facts(core: Frames, price: pd.DataFrame, price_edge: pd.DataFrame) -> Facts:
    """Needs, values and makers from the tables of the graph.

    Parameters
    ----------
    core : frames item, offer, requirement, board of the core tables
    price : node_id (item:..., board:...), central_usd per unit of the node: the table cost.price
    price_edge : consumer, input, cost_usd: the table cost.price_edge

    Raises
    ------
    ValueError
        No requirement leads to useful tokens.
    """
    needs = _needs(core, price, price_edge)
    value = _values(needs)
    return Facts(tuple(n for n in needs if n.consumer_id in value), value, _makers(core, set(value)))


def _needs(core: Frames, price: pd.DataFrame, price_edge: pd.DataFrame) -> list[Need]:
    """Every requirement, with its part of the consumer's price."""
    boards = set(core["board"]["board_id"])
    unit = dict(zip(core["item"]["item_id"], core["item"]["unit"], strict=True)) | dict.fromkeys(boards, "unit")
    current = [r for r in rows_of(core["requirement"][core["requirement"]["status"] == "current"]) if r["input_id"] != r["consumer_id"]]
    parts = chain_parts(price, price_edge, board_mix(current, boards))
    worth = _worth(current, dict(zip(price["node_id"], price["central_usd"], strict=True)), boards)
    kinds: dict[tuple[str, str], set[str]] = defaultdict(set)
    for r in current:
        if r["group_name"]:
            kinds[r["consumer_id"], r["group_name"]].add(r["input_id"])
    needs = []
    for r in current:
        mix = 1.0 if r["mix"] is None else r["mix"]
        if mix <= 0:
            continue
        each = 1.0 if str(r["unit"]).startswith("USD/") else worth.get(r["input_id"])
        fits = str(r["unit"]).split("/")[0] in ("USD", unit.get(r["input_id"]))
        of = worth.get(r["consumer_id"])
        by_quantity = r["central"] * each / of if r["central"] and each and of and fits else None
        part = parts.get((r["consumer_id"], r["input_id"]), by_quantity)
        is_alternative = len(kinds[r["consumer_id"], r["group_name"]]) > 1 if r["group_name"] else False
        essentiality = ESSENTIAL if r["essentiality"] == "essential" and not is_alternative else NON_ESSENTIAL
        named = (r["organisation_id"],) if r["organisation_id"] else ()
        needs.append(
            Need(
                r["input_id"], r["consumer_id"], (UNKNOWN_SHARE if part is None else part) * mix, named, essentiality, part is not None,
                r["grade"], r["source_id"], r["locator"],
            )
        )  # fmt: skip
    needs += [n for b in rows_of(core["board"]) for n in _board_needs(b, parts)]
    bought: dict[str, float] = defaultdict(float)
    for need in needs:
        bought[need.consumer_id] += need.part
    return [replace(n, part=n.part * min(1.0, MOST_BOUGHT / bought[n.consumer_id])) for n in needs if n.part > 0]


def _board_needs(board: Mapping[str, Any], parts: Mapping[tuple[str, str], float]) -> list[Need]:
    """The wafers and the packaging of a board, each of the firms that are named for it."""
    columns = [("wafer_item", "foundry"), ("io_wafer_item", "foundry"), ("packaging_item", "packager")]
    named = {board[item]: board[makers] for item, makers in columns if board[item]}
    return [
        Need(
            thing, board["board_id"], parts.get((board["board_id"], thing), UNKNOWN_SHARE), tuple(makers.split(";")) if makers else (),
            ESSENTIAL, (board["board_id"], thing) in parts, board["grade"], board["source_id"], None,
        )
        for thing, makers in named.items()
    ]  # fmt: skip


def _worth(current: list[dict[str, Any]], usd: Mapping[str, float], boards: set[str]) -> dict[str, float]:
    """Price per unit of each thing that has one; of a class without, the mean of its alternatives in their mix."""
    worth = {node.partition(":")[2]: u for node, u in usd.items() if u > 0 and node.partition(":")[0] in ("item", "board")}
    alternatives: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for r in current:
        if r["group_name"] and r["central"] == 1 and r["mix"] and r["unit"] == "unit/unit" and r["consumer_id"] not in boards:
            alternatives[r["consumer_id"]].append((r["input_id"], r["mix"]))
    left = [thing for thing in alternatives if thing not in worth]
    while left:
        ready = [thing for thing in left if all(other in worth for other, _ in alternatives[thing])]
        if not ready:
            break
        for thing in ready:
            total = sum(mix for _, mix in alternatives[thing])
            worth[thing] = sum(mix * worth[other] for other, mix in alternatives[thing]) / total
        left = [thing for thing in left if thing not in worth]
    return worth


def _values(needs: list[Need]) -> dict[str, float]:
    """V of everything that stands behind a dollar of useful tokens: (I - C) V = F."""
    inputs: dict[str, list[Need]] = defaultdict(list)
    for need in needs:
        inputs[need.consumer_id].append(need)
    behind, ahead = {FINAL: 0}, [FINAL]
    while ahead:
        for need in inputs[ahead.pop()]:
            if need.input_id not in behind:
                behind[need.input_id] = len(behind)
                ahead.append(need.input_id)
    if len(behind) == 1:
        raise ValueError(f"no requirement leads to {FINAL!r}: there is no network of organisations")
    matrix = np.eye(len(behind))
    for thing in behind:
        for need in inputs[thing]:
            matrix[behind[need.input_id], behind[thing]] -= need.part
    demand = np.zeros(len(behind))
    demand[0] = 1.0
    return dict(zip(behind, np.linalg.solve(matrix, demand).tolist(), strict=True))


def _makers(core: Frames, things: set[str]) -> dict[str, dict[str, Made]]:
    """Shares of each thing's makers, which sum to one."""
    offers: dict[str, dict[str, list[dict[str, Any]]]] = {thing: {} for thing in things}
    for r in rows_of(core["offer"]):
        if r["item_id"] in things:
            offers[r["item_id"]].setdefault(r["organisation_id"], []).append(r)
    found = {thing: _shared(of) for thing, of in offers.items()}
    for b in rows_of(core["board"]):
        if b["board_id"] in things:
            designers = b["designer"].split(";")
            each = 1.0 / len(designers)
            found[b["board_id"]] = {d: Made(each, each, each, b["grade"], b["source_id"]) for d in designers}
    return found


def _shared(offers: Mapping[str, list[dict[str, Any]]]) -> dict[str, Made]:
    """The shares of one thing's makers, from their offers."""

    def total(rows: list[dict[str, Any]], *columns: str) -> float:
        return float(sum(next((r[c] for c in columns if r[c] is not None), 0.0) for r in rows))

    known = {maker: rows for maker, rows in offers.items() if any(r["share_central"] for r in rows)}
    silent = [maker for maker, rows in offers.items() if all(r["share_central"] is None for r in rows)]
    share = {maker: total(rows, "share_central") for maker, rows in known.items()}
    left = max(0.0, 1.0 - sum(share.values()))
    whole = max(1.0, sum(share.values()))
    found = {}
    for maker, rows in offers.items():
        best = min(rows, key=lambda r: GRADES.index(r["grade"]))
        if maker in known:
            low, high = total(rows, "share_low", "share_central"), min(total(rows, "share_high", "share_central"), 1.0)
            of = share[maker] / whole
            found[maker] = Made(of, min(low, of), max(high, of), best["grade"], best["source_id"])
        elif maker in silent and left > 0:
            found[maker] = Made(left / len(silent), 0.0, left, best["grade"], best["source_id"])
    if left > 1e-9 and not silent:
        found[OTHERS] = Made(left, left, left, GRADES[-1], None)
    return found
