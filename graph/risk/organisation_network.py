"""The organisations of the dependency graph as a network of firms, and what the closure of each costs the rest (METHODS 3).

An organisation that makes several things is several firms here, one for each item or board it makes, in the industry
of that item: TSMC's wafers and TSMC's packaging have different rivals. It closes with all of them at once. Who makes
the part of an item that nobody is named for is one more firm, `others`.

What is assumed, beside the assumptions of the cascade:

- Sales are those into the AI stack, on the scale of one dollar of useful tokens. An item's value is what its consumers
  pay for it: V_a = F_a + sum_b V_b C_ab, where C_ab = quantity x mix x price of a / price of b is the part of b's price
  that goes to a.
- Where a quantity or price is not known, or a unit does not fit, C_ab is UNKNOWN_SHARE. What an essential input costs
  does not matter downstream, only how its supply is shared; it does for how much its makers sell, and upstream. Parts
  that sum to more than MOST_BOUGHT of b's price are scaled down to it.
- Makers share an item's sales as its offers say; makers without a known share have equal parts of what is left, and
  every maker supplies every consumer in that proportion unless the requirement names its supplier.
- An input is essential to a consumer as the requirement says, but for alternatives that are different items: each of
  these is non-essential, since a firm here cannot need one of two industries. Capacity to switch between them is
  therefore missed, and so is a complete stop where all of them fail.
- Boards are made by their designers, who need the named foundry's wafers and packager's capacity.
- Final demand is for useful tokens alone; what no chain of requirements leads from to useful tokens sells nothing here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graph.risk.cascade import EPS, esri_of_groups
from graph.risk.firm_network import FirmNetwork
from sources.frames import rows_of

Frames = Mapping[str, pd.DataFrame]
FINAL = "useful_token"
OTHERS = "others"
UNKNOWN_SHARE = 0.05
"""Part of a consumer's price that goes to an input whose value is not known: an estimate."""
MOST_BOUGHT = 0.9


@dataclass(frozen=True)
class Need:
    """One input of one thing: its part of the consumer's price, the one maker it must come from, and how well that is known."""

    input_id: str
    consumer_id: str
    part: float
    makers: tuple[str, ...]
    essentiality: int
    is_known: bool


@dataclass(frozen=True)
class OrganisationNetwork:
    """A firm network of organisations' lines `organisation/item`, and the lines of each organisation."""

    network: FirmNetwork
    lines: Mapping[str, tuple[str, ...]]
    known_share: Mapping[str, float]


def organisation_network(core: Frames, price: pd.DataFrame) -> OrganisationNetwork:
    """A firm network from the tables of the graph.

    Parameters
    ----------
    core : frames item, offer, requirement, board of the core tables
    price : node_id (item:..., board:...), central_usd per unit of the node: the table cost.price

    Returns
    -------
    OrganisationNetwork
        Weights in units of the smallest sales of any firm (the published rule for an industry that is gone wants sales
        of at least 1); `known_share` of an organisation is the part of its sales whose
        quantity and price are known.

    Raises
    ------
    ValueError
        No requirement leads to useful tokens.
    """
    needs = _needs(core, price)
    value = _values(needs)
    makers = _makers(core, set(value))
    links: dict[tuple[str, str], float] = defaultdict(float)
    sales: dict[str, float] = defaultdict(float)
    known: dict[str, float] = defaultdict(float)
    for need in needs:
        if need.consumer_id not in value:
            continue
        supplying = {m: s for m, s in makers[need.input_id].items() if m in need.makers} or makers[need.input_id]
        all_of_them = sum(supplying.values())
        for maker, share in supplying.items():
            line = f"{maker}/{need.input_id}"
            sold = value[need.consumer_id] * need.part * share / all_of_them
            sales[line] += sold
            known[maker] += sold if need.is_known else 0.0
            if need.consumer_id == FINAL:
                continue
            for buyer, part in makers[need.consumer_id].items():
                if f"{buyer}/{need.consumer_id}" != line:
                    links[line, f"{buyer}/{need.consumer_id}"] += sold * part
    things = sorted(set(value) - {FINAL})
    firms = [(maker, thing) for thing in things for maker in makers[thing]]
    number = {f"{maker}/{thing}": k for k, (maker, thing) in enumerate(firms)}
    lines: dict[str, list[str]] = defaultdict(list)
    for maker, thing in firms:
        if maker != OTHERS:
            lines[maker].append(f"{maker}/{thing}")
    supplier, buyer_of = (np.array([number[pair[k]] for pair in links], dtype=np.int64) for k in (0, 1))
    weight = np.array(list(links.values()))
    sold_by = np.bincount(supplier, weight, len(number))
    unit = sold_by[sold_by > 0].min()
    return OrganisationNetwork(
        network=FirmNetwork(
            firms=tuple(number),
            industries=tuple(things),
            industry=np.array([things.index(thing) for _, thing in firms], dtype=np.int64),
            supplier=supplier,
            buyer=buyer_of,
            weight=weight / unit,
            revenue=np.maximum([sales[line] for line in number], sold_by) / unit,
            essentiality=_essentiality(needs, things),
        ),
        lines={maker: tuple(of) for maker, of in sorted(lines.items())},
        known_share={m: known[m] / total if (total := sum(sales[line] for line in of)) else 0.0 for m, of in lines.items()},
    )


def organisation_cascade(found: OrganisationNetwork, eps: float = EPS, finer: float = 1e-6) -> pd.DataFrame:
    """What closing each organisation with all that it makes costs the stack.

    Returns
    -------
    DataFrame
        organisation_id, rank (1 the greatest risk), esri, esri_down, esri_up, iterations, esri_finer (at the eps
        `finer`: where it differs much, the index is an artefact of the stop rule), own_share (of all sales between
        firms), lines (things it makes), known_share.
    """
    net = found.network
    coarse, fine = (esri_of_groups(net, found.lines, eps=e) for e in (eps, finer))
    frame = coarse.rename(columns={"group": "organisation_id"})
    frame["esri_finer"] = fine["esri"]
    sales = np.bincount(net.supplier, net.weight, len(net.firms))
    by_line = dict(zip(net.firms, sales / sales.sum(), strict=True))
    frame["own_share"] = [sum(by_line[line] for line in found.lines[o]) for o in frame["organisation_id"]]
    frame["lines"] = [len(found.lines[o]) for o in frame["organisation_id"]]
    frame["known_share"] = [found.known_share[o] for o in frame["organisation_id"]]
    frame.insert(1, "rank", frame["esri"].rank(method="min", ascending=False).astype(int))
    return frame.sort_values(["rank", "organisation_id"]).reset_index(drop=True)


def _needs(core: Frames, price: pd.DataFrame) -> list[Need]:
    """Every requirement, with its part of the consumer's price."""
    usd = dict(zip(price["node_id"], price["central_usd"], strict=True))
    boards = set(core["board"]["board_id"])
    unit = dict(zip(core["item"]["item_id"], core["item"]["unit"], strict=True)) | dict.fromkeys(boards, "unit")

    def worth(thing: str) -> float | None:
        found = usd.get(f"board:{thing}" if thing in boards else f"item:{thing}")
        return None if found is None or not found > 0 else float(found)

    current = rows_of(core["requirement"][core["requirement"]["status"] == "current"])
    kinds: dict[tuple[str, str], set[str]] = defaultdict(set)
    for r in current:
        if r["group_name"]:
            kinds[r["consumer_id"], r["group_name"]].add(r["input_id"])
    needs = []
    for r in current:
        mix = 1.0 if r["mix"] is None else r["mix"]
        if r["input_id"] == r["consumer_id"] or mix <= 0:
            continue
        each = 1.0 if str(r["unit"]).startswith("USD/") else worth(r["input_id"])
        fits = str(r["unit"]).split("/")[0] in ("USD", unit.get(r["input_id"]))
        of = worth(r["consumer_id"])
        is_known = bool(r["central"] and each and of and fits)
        part = r["central"] * each / of if is_known else UNKNOWN_SHARE
        is_alternative = len(kinds[r["consumer_id"], r["group_name"]]) > 1 if r["group_name"] else False
        essentiality = 2 if r["essentiality"] == "essential" and not is_alternative else 1
        named = (r["organisation_id"],) if r["organisation_id"] else ()
        needs.append(Need(r["input_id"], r["consumer_id"], part * mix, named, essentiality, is_known))
    for b in rows_of(core["board"]):
        for thing, makers in ((b["wafer_item"], b["foundry"]), (b["io_wafer_item"], b["foundry"]), (b["packaging_item"], b["packager"])):
            if thing:
                needs.append(Need(thing, b["board_id"], UNKNOWN_SHARE, tuple(makers.split(";")) if makers else (), 2, is_known=False))
    bought: dict[str, float] = defaultdict(float)
    for need in needs:
        bought[need.consumer_id] += need.part
    scale = {thing: min(1.0, MOST_BOUGHT / total) if total else 1.0 for thing, total in bought.items()}
    return [Need(n.input_id, n.consumer_id, n.part * scale[n.consumer_id], n.makers, n.essentiality, n.is_known) for n in needs]


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


def _makers(core: Frames, things: set[str]) -> dict[str, dict[str, float]]:
    """Shares of each thing's makers, which sum to one."""
    known: dict[str, dict[str, float | None]] = {thing: {} for thing in things}
    for r in rows_of(core["offer"]):
        if r["item_id"] in things:
            before = known[r["item_id"]].get(r["organisation_id"])
            share = r["share_central"]
            known[r["item_id"]][r["organisation_id"]] = before if share is None else share + (before or 0.0)
    for r in rows_of(core["board"]):
        if r["board_id"] in things:
            known[r["board_id"]] = dict.fromkeys(r["designer"].split(";"))
    result = {}
    for thing, shares in known.items():
        total = sum(s for s in shares.values() if s is not None)
        silent = [maker for maker, s in shares.items() if s is None]
        left = max(0.0, 1.0 - total)
        found = {maker: s for maker, s in shares.items() if s} | {maker: left / len(silent) for maker in silent if left > 0}
        if left > 1e-9 and not silent:
            found[OTHERS] = left
        whole = sum(found.values())
        result[thing] = {maker: s / whole for maker, s in found.items()}
    return result


def _essentiality(needs: list[Need], things: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.int8]]:
    number = {thing: k for k, thing in enumerate(things)}
    table = np.zeros((len(things), len(things)), dtype=np.int8)
    for need in needs:
        if need.input_id in number and need.consumer_id in number:
            at = number[need.input_id], number[need.consumer_id]
            table[at] = max(table[at], need.essentiality)
    return table
