"""The two systems of weights along which a cascade travels, laid out for engines that read them many times (METHODS 3).

Downstream a buyer loses what its suppliers no longer deliver, upstream a supplier loses what its buyers no longer
take. Both have one form: the loss of a firm is the largest, over groups of its links, of a weighted sum of the losses
at the other ends. Downstream each essential industry is a group of its own and all non-essential inputs together are
one; upstream all buyers are one group.

Firms are numbered by industry here, so that the firms of an industry lie side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.risk.firm_network import FirmNetwork

Array = NDArray[np.float64]
Integers = NDArray[np.uint32]
NON_ESSENTIAL, ESSENTIAL = 1, 2


class Channel(NamedTuple):
    """One system of weights over n firms, G groups and E links, sorted both by the firm that loses and by the firm that passes loss on.

    row_group : (n + 1,) groups of firm j are row_group[j]:row_group[j + 1]
    group_link : (G + 1,) links of group g are group_link[g]:group_link[g + 1]; no group is empty
    other, weight : (E,) firm at the other end, and Ld or Lu
    out_start : (n + 1,) links by which firm i passes its loss on are out_start[i]:out_start[i + 1]
    out_group, out_row, out_weight : (E,) the group and the firm that such a link belongs to, and its weight
    """

    row_group: Integers
    group_link: Integers
    other: Integers
    weight: Array
    out_start: Integers
    out_group: Integers
    out_row: Integers
    out_weight: Array


@dataclass(frozen=True)
class CompiledCascade:
    """A firm network ready to run. Position p stands for firm `order[p]` of the network.

    sales : (n,) s_i, the sum of a firm's sales to other firms, in units of the link weights
    industry : (n,) number of the industry of each position, ascending
    industry_start : (K + 1,) positions of industry k are industry_start[k]:industry_start[k + 1]
    """

    order: NDArray[np.int64]
    sales: Array
    industry: Integers
    industry_start: Integers
    down: Channel
    up: Channel


def compile_cascade(network: FirmNetwork, final_demand: bool = True, all_inputs_relevant: bool = False) -> CompiledCascade:
    """Weights Ld and Lu of a network.

    Parameters
    ----------
    final_demand : revenue of the network with final demand divides the sales (Lu = W / rev); where False a firm's
        revenue is the sum of its sales to other firms
    all_inputs_relevant : inputs whose essentiality is 0 count as non-essential ones instead of not at all

    Raises
    ------
    ValueError
        Final demand is asked for and the network has no revenue.
    """
    n = len(network.firms)
    used, compact = np.unique(network.industry, return_inverse=True)
    links = np.bincount(network.supplier, minlength=n) + np.bincount(network.buyer, minlength=n)
    order = np.lexsort((-links, compact))
    position = np.empty(n, dtype=np.int64)
    position[order] = np.arange(n)
    industry = compact[order].astype(np.uint32)

    carries = network.weight > 0
    supplier, buyer = position[network.supplier[carries]], position[network.buyer[carries]]
    weight = network.weight[carries]
    sales = np.bincount(supplier, weight, n).astype(float)
    if final_demand and network.revenue is None:
        raise ValueError("the network has no revenue with final demand")
    revenue = network.revenue[order] if final_demand and network.revenue is not None else sales

    essentiality = network.essentiality[np.ix_(used, used)]
    if all_inputs_relevant:
        essentiality = np.maximum(essentiality, NON_ESSENTIAL)
    return CompiledCascade(
        order=order,
        sales=sales,
        industry=industry,
        industry_start=np.searchsorted(industry, np.arange(len(used) + 1)).astype(np.uint32),
        down=_down(supplier, buyer, weight, industry, essentiality, n),
        up=_channel(supplier, np.zeros_like(supplier), buyer, weight / revenue[supplier], n),
    )


def _down(
    supplier: NDArray[np.int64], buyer: NDArray[np.int64], weight: Array, industry: Integers, essentiality: NDArray[np.int8], n: int
) -> Channel:
    """Ld: a link's part of the buyer's purchases from the supplier's industry (essential) or of all its purchases (non-essential)."""
    kind = essentiality[industry[supplier], industry[buyer]]
    purchases = np.bincount(buyer, weight, n)
    _, pair = np.unique(buyer * len(essentiality) + industry[supplier], return_inverse=True)
    from_industry = np.bincount(pair, weight)
    share = np.where(kind == ESSENTIAL, weight / from_industry[pair], weight / purchases[buyer])
    group = np.where(kind == ESSENTIAL, industry[supplier] + 1, 0)
    relevant = kind > 0
    return _channel(buyer[relevant], group[relevant], supplier[relevant], share[relevant], n)


def _channel(row: NDArray[np.int64], group: NDArray[np.int64], other: NDArray[np.int64], weight: Array, n: int) -> Channel:
    """Links of `row` to `other`, grouped within each row by `group`."""
    by_row = np.lexsort((other, group, row))
    row, group, other, weight = row[by_row], group[by_row], other[by_row], weight[by_row]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (group[1:] != group[:-1])
    starts = np.flatnonzero(first)
    by_other = np.argsort(other, kind="stable")
    return Channel(
        row_group=np.searchsorted(row[starts], np.arange(n + 1)).astype(np.uint32),
        group_link=np.append(starts, len(row)).astype(np.uint32),
        other=other.astype(np.uint32),
        weight=weight,
        out_start=np.searchsorted(other[by_other], np.arange(n + 1)).astype(np.uint32),
        out_group=(np.cumsum(first) - 1)[by_other].astype(np.uint32),
        out_row=row[by_other].astype(np.uint32),
        out_weight=weight[by_other],
    )
