"""The organisations of the dependency graph as a network of firms (METHODS 3).

An organisation that makes several things is several firms here, one for each item or board it makes, in the industry
of that item: TSMC's wafers and TSMC's packaging have different rivals. It closes with all of them at once. Who makes
the part of an item that nobody is named for is one more firm, `others`. Every maker supplies every consumer in
proportion to its share, unless the requirement names its supplier.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graph.risk.firm_network import FirmNetwork
from graph.risk.organisation_needs import FINAL, OTHERS, Facts, Need


@dataclass(frozen=True)
class OrganisationNetwork:
    """A firm network of organisations' lines `organisation/item`, and the lines of each organisation."""

    network: FirmNetwork
    lines: Mapping[str, tuple[str, ...]]


def organisation_network(known: Facts) -> OrganisationNetwork:
    """A firm network for the engines of `graph.risk.cascade`.

    Returns
    -------
    OrganisationNetwork
        Weights in units of the smallest sales of any firm: the published rule for an industry that is gone wants sales
        of at least 1.
    """
    links: dict[tuple[str, str], float] = defaultdict(float)
    sales: dict[str, float] = defaultdict(float)
    for need in known.needs:
        everyone = known.makers[need.input_id]
        supplying = {m: made.share for m, made in everyone.items() if m in need.makers} or {m: made.share for m, made in everyone.items()}
        all_of_them = sum(supplying.values())
        for maker, share in supplying.items():
            line = f"{maker}/{need.input_id}"
            sold = known.value[need.consumer_id] * need.part * share / all_of_them
            sales[line] += sold
            if need.consumer_id != FINAL:
                for buyer, made in known.makers[need.consumer_id].items():
                    links[line, f"{buyer}/{need.consumer_id}"] += sold * made.share
    things = sorted(set(known.value) - {FINAL})
    firms = [(maker, thing) for thing in things for maker in known.makers[thing]]
    number = {f"{maker}/{thing}": k for k, (maker, thing) in enumerate(firms)}
    lines: dict[str, list[str]] = defaultdict(list)
    for maker, thing in firms:
        if maker != OTHERS:
            lines[maker].append(f"{maker}/{thing}")
    supplier, buyer_of = (np.array([number[pair[k]] for pair in links], dtype=np.int64) for k in (0, 1))
    weight = np.array(list(links.values()))
    sold_by = np.bincount(supplier, weight, len(number))
    unit = sold_by[sold_by > 0].min()
    at = {thing: k for k, thing in enumerate(things)}
    network = FirmNetwork(
        firms=tuple(number),
        industries=tuple(things),
        industry=np.array([at[thing] for _, thing in firms], dtype=np.int64),
        supplier=supplier,
        buyer=buyer_of,
        weight=weight / unit,
        revenue=np.maximum([sales[line] for line in number], sold_by) / unit,
        essentiality=_essentiality(known.needs, at),
    )
    return OrganisationNetwork(network, {maker: tuple(of) for maker, of in sorted(lines.items())})


def _essentiality(needs: tuple[Need, ...], number: Mapping[str, int]) -> np.ndarray[tuple[int, int], np.dtype[np.int8]]:
    table = np.zeros((len(number), len(number)), dtype=np.int8)
    for need in needs:
        if need.input_id in number and need.consumer_id in number:
            at = number[need.input_id], number[need.consumer_id]
            table[at] = max(table[at], need.essentiality)
    return table
