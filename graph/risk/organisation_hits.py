"""Whom the closure of one organisation hits, in which round, through which input, and on what evidence (METHODS 3)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graph.risk.cascade import EPS, CascadeError
from graph.risk.organisation_cascade import MOST_ROUNDS, closures
from graph.risk.organisation_needs import ESSENTIAL, OTHERS, Facts, Need
from graph.risk.organisation_rounds import Rounds, Shocks, lay_out, lost_sales, missing, not_taken, shocks, undelivered, update

FELT = 0.01
"""Part of a thing's production that must be lost for it to count as hit."""
SAME = 1e-9
NAMED = 3
"""Makers named of each thing."""


def organisation_hits(known: Facts, organisation: str, eps: float = EPS) -> pd.DataFrame:
    """What one organisation's closure stops, the nearest first.

    Returns
    -------
    DataFrame
        round : 0 for what it makes itself
        channel : 'closes'; 'delivers', for want of an input; 'buys', for want of a buyer
        hit : item or board
        loss : part of its production in the end, by that channel, but for what the closed organisation made of it
        through : the input of which most is missing in that round, a row each where several are; or what no longer buys
        need : 'essential' or 'non_essential'
        makers : the largest but for the one that closed
        index_part : of all sales between firms, what its makers lose
        grade, source_id, locator : of the offer or of the requirement

    Raises
    ------
    KeyError
        The organisation makes nothing that stands behind useful tokens.
    """
    net = lay_out(known)
    closed = closures(net, [[organisation]])
    own = [line for line in np.flatnonzero(closed[:, 0]) if net.share[line] > 0]
    if not own:
        raise KeyError(organisation)
    of = shocks(net, closed)
    rows: list[tuple[object, ...]] = []
    for line in own:
        thing = net.lines[line][1]
        made = known.makers[thing][organisation]
        rows.append((0, "closes", thing, made.share, None, None, made.grade, made.source_id, None))
    needs: dict[tuple[str, str], list[Need]] = {}
    for need in known.needs:
        needs.setdefault((need.consumer_id, need.input_id), []).append(need)
    first, hd, hu = _run(net, of, eps)
    lost = {"delivers": 1.0 - hd[:, 0], "buys": 1.0 - hu[:, 0]}
    for (channel, thing), (this, ways) in first.items():
        loss = _loss_of_others(net, lost[channel], closed[:, 0], thing)
        for through in ways if loss > FELT else []:
            need = max(needs[(thing, through) if channel == "delivers" else (through, thing)], key=lambda n: n.part)
            kind = "essential" if need.essentiality == ESSENTIAL else "non_essential"
            rows.append((this, channel, thing, loss, through, kind, need.grade, need.source_id, need.locator))
    frame = pd.DataFrame(rows, columns=["round", "channel", "hit", "loss", "through", "need", "grade", "source_id", "locator"])
    index = lost_sales(of.sales, np.minimum(hd, hu))[:, 0]
    part = pd.Series(index).groupby([net.lines[k][1] for k in range(len(index))]).sum()
    frame["index_part"] = frame["hit"].map(part)
    frame["makers"] = [_largest(known, thing, organisation) for thing in frame["hit"]]
    return frame.sort_values(["round", "index_part", "hit", "through"], ascending=[True, False, True, True]).reset_index(drop=True)


def _run(
    net: Rounds, of: Shocks, eps: float
) -> tuple[dict[tuple[str, str], tuple[int, list[str]]], NDArray[np.float64], NDArray[np.float64]]:
    """Of each channel and thing hit, the round and what it was hit through; and what production remains."""
    first: dict[tuple[str, str], tuple[int, list[str]]] = {}
    supplied = {pool: net.lines[line][1] for pool, line in zip(*net.members.nonzero(), strict=True)}
    wanted = np.asarray(net.up.sum(axis=1)).ravel()
    hd = hu = of.cap
    for this in range(1, MOST_ROUNDS):
        short, gone, cut = missing(net, of, hd)[:, 0], undelivered(net, of, hd)[:, 0], not_taken(net, of, hu)[:, 0]
        for consumer, groups in _binding(net, short).items():
            inputs = [net.groups[g][1] or supplied[_heaviest(net.down, g, gone)] for g in groups]
            first.setdefault(("delivers", consumer), (this, inputs))
        for pool in np.flatnonzero(net.up @ cut > FELT * wanted):
            first.setdefault(("buys", supplied[pool]), (this, [net.things[_heaviest(net.up, int(pool), cut)]]))
        new_hd, new_hu = update(net, of, hd, hu)
        fall = max(float((hd - new_hd).max()), float((hu - new_hu).max()))
        hd, hu = new_hd, new_hu
        if fall <= eps:
            return first, hd, hu
    raise CascadeError(f"the cascade has not settled after {MOST_ROUNDS:,} rounds; ask for a larger eps")


def _binding(net: Rounds, short: NDArray[np.float64]) -> dict[str, list[int]]:
    """Of each thing that lacks inputs, the groups of which most is missing."""
    found: dict[str, list[int]] = {}
    for group in np.argsort(-short, kind="stable"):
        if short[group] <= FELT:
            break
        most = found.setdefault(net.groups[group][0], [])
        if not most or short[group] > short[most[0]] - SAME:
            most.append(int(group))
    return found


def _loss_of_others(net: Rounds, lost: NDArray[np.float64], closed: NDArray[np.bool_], thing: str) -> float:
    """Loss of a thing's makers but for the one that closed, in the mean by share."""
    lines = [k for k, (_, t) in enumerate(net.lines) if t == thing and not closed[k] and net.share[k] > 0]
    return float(np.average(lost[lines], weights=net.share[lines])) if lines else 0.0


def _heaviest(weights: csr_array, row: int, lost: NDArray[np.float64]) -> int:
    """The column that brings most of a row's loss."""
    entries = slice(weights.indptr[row], weights.indptr[row + 1])
    columns = weights.indices[entries]
    return int(columns[np.argmax(weights.data[entries] * lost[columns])])


def _largest(known: Facts, thing: str, closed: str) -> str:
    """The largest makers of a thing but for the one that closed."""
    makers = sorted(((-made.share, m) for m, made in known.makers[thing].items() if m not in (closed, OTHERS)))
    return ", ".join(m for _, m in makers[:NAMED]) + (", ..." if len(makers) > NAMED else "")
