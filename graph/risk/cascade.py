"""What a firm's closure does to the output of all: the economic systemic risk index, ESRI (METHODS 3).

W_ij is what firm i sells to firm j, s_i the sum of its sales to firms, rev_i its revenue with final demand,
ess(k, l) how industry l needs inputs of industry k, psi_i what capacity a shock leaves (0 for the closed firm).

    S_kj(t) = sum over i in industry k of sigma_i(t) (1 - hd_i(t)) Ld_ij
    hd_j(t+1) = max(0, min(psi_j, 1 - max over essential k of S_kj, 1 - sum over non-essential k of S_kj))
    hu_i(t+1) = max(0, min(psi_i, 1 - sum over j of Lu_ij (1 - hu_j(t))))
    sigma_i(t) = min(1, s_i / sum over l in i's industry of s_l hd_l(t))
    ESRI = sum over i of (s_i / sum of s) (1 - min(hd_i, hu_i))

All firms are updated at once; the rounds end when no hd or hu has fallen by more than eps.

It assumes a short run: technology and prices stay, no firm finds a supplier or buyer it did not have, stocks are
empty, and rivals replace a lost delivery only as far as the closed firm was small in its industry. Where an industry has
nothing left (1e-10 of the unit of sales) the published rule takes sigma_i = min(1, s_i): give sales in a unit in which
every firm sells at least 1, or the lost deliveries of a smaller firm count in part only, and rounds may go on for ever.

References
----------
.. [1] C. Diem, A. Borsos, T. Reisch, J. Kertesz, S. Thurner, "Quantifying firm-level economic systemic risk from
   nation-wide supply networks", Scientific Reports 12:7719 (2022).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.risk import cascade_rounds
from graph.risk.cascade_weights import CompiledCascade, compile_cascade
from graph.risk.firm_network import FirmNetwork
from sources.errors import nearest

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]
EPS = 1e-2
"""The stop rule of the published code."""
MOST_ROUNDS = 3_000_000
"""Without final demand and with a fine eps millions of rounds are common; where this many are not enough, none may be."""
PLAIN_ROUNDS = 1_000
"""After so many rounds the plain update leaves what has not settled to the compiled kernel."""
SMALL = 10_000_000
"""Firms closed x links below which the plain update is done before the compiled kernel is loaded."""
BLOCK = 4_000_000
"""Shocks side by side x links of the plain update: its temporary arrays stay below a hundred megabytes."""
CHUNK = 64
"""Firms that a thread closes before it reports."""


class CascadeError(ValueError):
    """The cascade cannot be run as asked."""


def esri(
    network: FirmNetwork,
    firms: Iterable[str] | None = None,
    *,
    eps: float = EPS,
    market: bool = True,
    final_demand: bool = True,
    all_inputs_relevant: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """ESRI of every firm, or of some: what part of all sales between firms is lost where the firm closes.

    Parameters
    ----------
    firms : ids of the firms to close, one at a time; every firm where None
    eps : the rounds end when no firm's remaining production has fallen by more than this, a fraction
    market : rivals in the same industry replace what a firm no longer delivers, as far as it was small among them;
        where False sigma is 1
    final_demand : revenue includes sales to others than firms, which a shock does not touch. Where False it is the sum
        of the sales to firms, whatever the network says
    all_inputs_relevant : essentiality 0 counts as 1
    threads : of the compiled kernel; as many as there are processors where None
    progress : called with the number of firms done and of all

    Returns
    -------
    DataFrame
        firm, esri, esri_down, esri_up (fractions of all sales), iterations; a row per firm in the order asked for.
        Results do not depend on the number of threads.

    Raises
    ------
    CascadeError
        A firm is not in the network; eps is not a number from 0 to 1; final demand is asked for and there is none; a
        cascade does not settle.
    """
    asked = list(network.firms if firms is None else firms)
    found = esri_of_groups(
        network, {firm: [firm] for firm in asked}, eps=eps, market=market, final_demand=final_demand,
        all_inputs_relevant=all_inputs_relevant, threads=threads, progress=progress,
    )  # fmt: skip
    return found.rename(columns={"group": "firm"})


def esri_of_groups(
    network: FirmNetwork,
    groups: Mapping[str, Iterable[str]],
    *,
    eps: float = EPS,
    market: bool = True,
    final_demand: bool = True,
    all_inputs_relevant: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """ESRI of firms that close together: the plants of an owner, the firms of a country or grid region.

    Parameters
    ----------
    groups : name of a group -> ids of its firms
    others : as `esri`

    Returns
    -------
    DataFrame
        group, esri, esri_down, esri_up, iterations; a row per group.

    Raises
    ------
    CascadeError
        As `esri`; or a group has no firms.
    """
    net = _compiled(network, eps, final_demand, all_inputs_relevant)
    members = {group: list(firms) for group, firms in groups.items()}
    empty = next((group for group, firms in members.items() if not firms), None)
    if empty is not None:
        raise CascadeError(f"the group {empty!r} has no firms to close")
    place = np.empty(len(network.firms), dtype=np.int64)
    place[net.order] = np.arange(len(place))
    closed = place[_positions(network, chain.from_iterable(members.values()))]
    start = np.cumsum([0, *(len(firms) for firms in members.values())])
    if len(members) * len(network.weight) <= SMALL:
        result = _close_plainly(net, closed, start, eps, market, threads, progress)
    else:
        result = _close_compiled(net, closed, start, eps, market, threads, progress)
    frame = pd.DataFrame({"group": list(members)}, dtype=object)
    frame[["esri", "esri_down", "esri_up"]] = result[:, :3]
    frame["iterations"] = _settled(result[:, 3].astype(np.int64), list(members))
    return frame


def cascade(
    network: FirmNetwork,
    capacity: Mapping[str, float],
    *,
    eps: float = EPS,
    market: bool = True,
    final_demand: bool = True,
    all_inputs_relevant: bool = False,
) -> pd.DataFrame:
    """What one shock does to each firm.

    Parameters
    ----------
    capacity : psi, the remaining capacity of the firms the shock hits, each from 0 (closed) to 1; several at once are
        one shock

    Returns
    -------
    DataFrame
        firm, hd, hu (remaining production by what is delivered and by what is taken), loss (1 - min of both), sales
        (between firms, in units of the link weights), esri (the firm's part of the index, which they sum to),
        iterations; the firms of the network in its order.

    Raises
    ------
    CascadeError
        As `esri`; or a capacity is not from 0 to 1.
    """
    net = _compiled(network, eps, final_demand, all_inputs_relevant)
    left = np.ones(len(network.firms))
    for at, (firm, psi) in zip(_positions(network, capacity), capacity.items(), strict=True):
        if not 0.0 <= psi <= 1.0:
            raise CascadeError(f"the remaining capacity of {firm!r} is {psi}: it is a fraction, 0 (closed) to 1")
        left[at] = psi
    down, up, rounds = cascade_rounds.propagate(net, left[net.order, None], eps, market, MOST_ROUNDS)
    hd, hu = down[:, 0], up[:, 0]
    loss = 1.0 - np.minimum(hd, hu)
    frame = pd.DataFrame(
        {
            "firm": np.asarray(network.firms, dtype=object)[net.order],
            "hd": hd,
            "hu": hu,
            "loss": loss,
            "sales": net.sales,
            "esri": net.sales / net.sales.sum() * loss,
            "iterations": _settled(rounds, [", ".join(capacity)])[0],
        }
    )
    return frame.iloc[np.argsort(net.order)].reset_index(drop=True)


def eps_sensitivity(
    network: FirmNetwork,
    firms: Iterable[str] | None = None,
    *,
    eps: float = EPS,
    finer: float = 1e-6,
    market: bool = True,
    final_demand: bool = True,
    all_inputs_relevant: bool = False,
) -> pd.DataFrame:
    """How far each ESRI is an artefact of where the rounds end.

    Without final demand the upstream loop never leaks, and an index at the usual eps may be a fraction of the one it
    would reach: what changes much here is no result.

    Parameters
    ----------
    finer : the smaller eps to compare with
    others : as `esri`

    Returns
    -------
    DataFrame
        firm, esri, iterations at `eps`; esri_finer, iterations_finer at `finer`; change = esri_finer - esri; rank and
        rank_finer, 1 the greatest risk.

    Raises
    ------
    CascadeError
        As `esri`; or `finer` is not smaller than `eps`.
    """
    if not finer < eps:
        raise CascadeError(f"the eps to compare with must be smaller than {eps:g}: it is {finer:g}")
    asked = list(network.firms if firms is None else firms)

    def at(stop: float) -> pd.DataFrame:
        return esri(network, asked, eps=stop, market=market, final_demand=final_demand, all_inputs_relevant=all_inputs_relevant)

    coarse, fine = at(eps), at(finer)
    frame = coarse[["firm", "esri", "iterations"]].copy()
    frame["esri_finer"], frame["iterations_finer"] = fine["esri"], fine["iterations"]
    frame["change"] = fine["esri"] - coarse["esri"]
    for name, column in (("rank", coarse["esri"]), ("rank_finer", fine["esri"])):
        frame[name] = column.rank(method="min", ascending=False).astype(int)
    return frame


def _compiled(network: FirmNetwork, eps: float, final_demand: bool, all_inputs_relevant: bool) -> CompiledCascade:
    if not 0.0 <= eps < 1.0:
        raise CascadeError(f"eps is {eps}: it is a fall in remaining production, a fraction from 0 to below 1")
    net = compile_cascade(network, final_demand and network.revenue is not None, all_inputs_relevant)
    if final_demand and (network.revenue is None or np.allclose(network.revenue[net.order], net.sales, rtol=1e-9, atol=0.0)):
        what = "no revenue is given" if network.revenue is None else "the revenue of every firm is the sum of its sales to firms"
        raise CascadeError(
            f"there is no final demand: {what}. Upstream losses would then circulate without end, and the index would mostly say where "
            "the rounds were stopped. Give each firm's revenue with final demand, or ask to run without (final_demand=False) and "
            "compare two eps"
        )
    return net


def _positions(network: FirmNetwork, firms: Iterable[str]) -> NDArray[np.int64]:
    asked = list(firms)
    at = pd.Index(network.firms).get_indexer(pd.Index(asked, dtype=object))
    if (at < 0).any():
        unknown = str(asked[int(np.argmax(at < 0))])
        raise CascadeError(f"no firm {unknown!r} in the network{nearest(unknown, list(network.firms))}")
    return at.astype(np.int64)


def _settled(rounds: NDArray[np.int64], firms: list[str]) -> NDArray[np.int64]:
    if (rounds < 0).any():
        raise CascadeError(
            f"closing {firms[int(np.argmax(rounds < 0))]}: the cascade has not settled after {MOST_ROUNDS:,} rounds; "
            "ask for a larger eps, or give sales in a smaller unit if some firms sell less than 1"
        )
    return rounds


def _close_plainly(
    net: CompiledCascade,
    closed: NDArray[np.int64],
    start: NDArray[np.int64],
    eps: float,
    market: bool,
    threads: int | None,
    progress: Progress | None,
) -> Array:
    count = len(start) - 1
    side_by_side = max(1, BLOCK // max(len(net.up.other), len(net.sales)))
    result = np.empty((count, 4))
    for first in range(0, count, side_by_side):
        last = min(first + side_by_side, count)
        result[first:last] = cascade_rounds.close_groups(net, closed, start[first : last + 1], eps, market, PLAIN_ROUNDS)
        if progress:
            progress(last, count)
    if (result[:, 3] < 0).any():
        return _close_compiled(net, closed, start, eps, market, threads, progress)
    return result


def _close_compiled(
    net: CompiledCascade,
    closed: NDArray[np.int64],
    start: NDArray[np.int64],
    eps: float,
    market: bool,
    threads: int | None,
    progress: Progress | None,
) -> Array:
    from graph.risk import cascade_kernels  # loads numba

    count = len(start) - 1
    result = np.empty((count, 4))
    own = threading.local()

    def close(first: int) -> None:
        if not hasattr(own, "work"):
            own.work = cascade_kernels.scratch(net)
        last = min(first + CHUNK, count)
        cascade_kernels.close_groups(
            closed, start[first : last + 1], eps, market, MOST_ROUNDS, net.sales, net.industry, net.industry_start, net.down, net.up,
            own.work, result[first:last],
        )  # fmt: skip

    with ThreadPoolExecutor(threads or len(os.sched_getaffinity(0))) as pool:
        for done, _ in enumerate(pool.map(close, range(0, count, CHUNK)), start=1):
            if progress:
                progress(min(done * CHUNK, count), count)
    return result
