"""ESRI of every organisation of the graph, with its range, its sensitivity to eps, and what it rests on (METHODS 3).

The range comes from the bounds of the organisation's own shares, its rivals giving way in proportion: what is lost with
it depends on how much of each thing it makes; and from where the rounds are stopped, so that it holds the index at the
finer eps too. Bounds of quantities and prices are not gone through: they move sales, by which losses are weighed, and not
what an essential input's loss stops. What rests on which grade is found by believing less: with only primary facts, with
secondary ones too, and so on, some losses no longer reach anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.risk.cascade import EPS, CascadeError
from graph.risk.organisation_needs import ESSENTIAL, OTHERS, Facts, Made
from graph.risk.organisation_rounds import Outcome, Rounds, believing, lay_out, run
from sources.records import GRADES

FINER = 1e-6
SAME = 6
"""Indices equal to so many decimals share a rank: what differs less is the size of the closed firm itself."""
MOST_ROUNDS = 100_000
LEAST = 1e-9
"""The least share a maker is given at a bound, so that a need which names it alone is still met by it alone."""


def organisation_cascade(known: Facts, eps: float = EPS, finer: float = FINER) -> pd.DataFrame:
    """What closing each organisation, with all that it makes, costs the stack.

    Parameters
    ----------
    eps, finer : fall in remaining production at which the rounds end; `finer` shows how far the index depends on it

    Returns
    -------
    DataFrame
        The columns of the table risk.cascade, by rank.

    Raises
    ------
    CascadeError
        A cascade does not settle.
    """
    net = lay_out(known)
    names = sorted({maker for maker, _ in net.lines} - {OTHERS})
    closed = closures(net, [[name] for name in names])
    at_eps, at_finer = _settled(run(net, closed, None, (eps, finer), MOST_ROUNDS), names)
    bounds = [_at_bound(net, known, closed, end, at_eps.esri, eps, names) for end in ("low", "high")]
    every = np.array([at_eps.esri, at_finer.esri, *bounds])
    sales = net.share * (net.members.T @ (net.asked / (net.members @ net.share)))
    frame = pd.DataFrame(
        {
            "organisation_id": names,
            "rank": _rank(at_eps.esri),
            "esri_low": every.min(axis=0),
            "esri": at_eps.esri,
            "esri_high": every.max(axis=0),
            "esri_down": at_eps.down,
            "esri_up": at_eps.up,
            "iterations": at_eps.iterations,
            "esri_finer": at_finer.esri,
            "rank_finer": _rank(at_finer.esri),
            "iterations_finer": at_finer.iterations,
            "own_share": sales @ closed / sales.sum(),
            "lines": (closed & (net.share > 0)[:, None]).sum(axis=0),
            "valued_share": _valued(known, names),
        }
    )
    for grade, part in zip(GRADES, _by_grade(net, known, closed, at_eps.esri, eps, names), strict=True):
        frame[f"{grade}_share"] = part
    return frame.sort_values(["rank", "organisation_id"]).reset_index(drop=True)


def closures(net: Rounds, groups: Sequence[Sequence[str]]) -> NDArray[np.bool_]:
    """(n, groups) the lines that close where each group of organisations does."""
    shock: dict[str, list[int]] = {}
    for k, group in enumerate(groups):
        for maker in group:
            shock.setdefault(maker, []).append(k)
    closed = np.zeros((len(net.lines), len(groups)), dtype=bool)
    for line, (maker, _) in enumerate(net.lines):
        closed[line, shock.get(maker, [])] = True
    return closed


def sole_makers(known: Facts, target: str) -> list[str]:
    """Makers of all there is of an essential input of the target, of any of its alternatives, or of an input of those, and so on."""
    inputs: dict[str, list[tuple[str, bool]]] = {}
    for need in known.needs:
        inputs.setdefault(need.consumer_id, []).append((need.input_id, need.essentiality == ESSENTIAL))
    alternatives = {i for i, _ in inputs.get(target, [])} | {j for i, _ in inputs.get(target, []) for j, _ in inputs.get(i, [])}
    seen, ahead = set[str](), [target, *alternatives]
    while ahead:
        for thing, is_essential in inputs.get(ahead.pop(), []):
            if is_essential and thing not in seen:
                seen.add(thing)
                ahead.append(thing)
    return sorted({m for thing in seen for m, made in known.makers[thing].items() if made.share > 1 - 1e-9 and m != OTHERS})


def _settled(outcomes: list[Outcome], names: list[str]) -> list[Outcome]:
    for outcome in outcomes:
        if (outcome.iterations < 0).any():
            name = names[int(np.argmax(outcome.iterations < 0))]
            raise CascadeError(f"closing {name}: the cascade has not settled after {MOST_ROUNDS:,} rounds; ask for a larger eps")
    return outcomes


def _rank(index: NDArray[np.float64]) -> NDArray[np.int64]:
    value = index.round(SAME)
    return np.array([1 + int((value > own).sum()) for own in value])


def _at_bound(
    net: Rounds, known: Facts, closed: NDArray[np.bool_], end: str, central: NDArray[np.float64], eps: float, names: list[str]
) -> NDArray[np.float64]:
    """The index with each organisation's own shares at one end of their bounds; the central one where they have none."""
    bound = {line: made.low if end == "low" else made.high for line, made in _made(net, known)}
    moves = np.array([line in bound and bound[line] != net.share[line] for line in range(len(net.lines))])
    some = np.flatnonzero((closed & moves[:, None]).any(axis=0))
    index = central.copy()
    if some.size:
        shares = _shares(net, closed[:, some], bound)
        index[some] = _settled(run(net, closed[:, some], shares, (eps,), MOST_ROUNDS), [names[k] for k in some])[0].esri
    return index


def _made(net: Rounds, known: Facts) -> Iterator[tuple[int, Made]]:
    """The lines whose maker is named, with its evidence."""
    return ((line, known.makers[t][m]) for line, (m, t) in enumerate(net.lines) if m in known.makers[t])


def _shares(net: Rounds, closed: NDArray[np.bool_], bound: Mapping[int, float]) -> NDArray[np.float64]:
    """(n, shocks) shares with those of the closed lines at their bounds, and the rest of each thing's makers in proportion."""
    shares = np.repeat(net.share[:, None], closed.shape[1], axis=1)
    last = np.append(net.start, len(net.lines))
    for line, shock in zip(*np.nonzero(closed), strict=True):
        if line not in bound or bound[line] == net.share[line]:
            continue
        first, after = last[net.thing[line]], last[net.thing[line] + 1]
        if (left := 1.0 - net.share[line]) > LEAST:
            shares[first:after, shock] *= max((1.0 - bound[line]) / left, LEAST)
        else:
            others = next(k for k in range(first, after) if net.lines[k][0] == OTHERS)
            shares[others, shock] = 1.0 - bound[line]
        shares[line, shock] = max(bound[line], LEAST)
    return shares


def _by_grade(
    net: Rounds, known: Facts, closed: NDArray[np.bool_], whole: NDArray[np.float64], eps: float, names: list[str]
) -> NDArray[np.float64]:
    """(grades, shocks) part of the index that rests on each grade."""
    made = np.full(len(net.lines), len(GRADES) - 1)
    for line, maker in _made(net, known):
        made[line] = GRADES.index(maker.grade)
    believed = []
    for weakest in range(len(GRADES) - 1):
        lines = closed & (made <= weakest)[:, None]
        some = np.flatnonzero(lines.any(axis=0))
        index = np.zeros(len(names))
        if some.size:
            index[some] = _settled(run(believing(net, weakest), lines[:, some], None, (eps,), MOST_ROUNDS), [names[k] for k in some])[
                0
            ].esri
        believed.append(np.minimum(index, whole))
    reached = np.maximum.accumulate(np.array([*believed, whole]), axis=0)
    return np.asarray(np.diff(reached, axis=0, prepend=0.0) / np.where(whole > 0, whole, 1.0))


def _valued(known: Facts, names: list[str]) -> list[float]:
    """Part of each organisation's sales, final demand included, whose value is known."""
    sold: dict[str, float] = dict.fromkeys(names, 0.0)
    valued = dict(sold)
    for need in known.needs:
        makers = known.makers[need.input_id]
        supplying = [m for m in makers if m in need.makers] or list(makers)
        whole = sum(makers[m].share for m in supplying)
        for maker in supplying:
            if maker != OTHERS:
                amount = known.value[need.consumer_id] * need.part * makers[maker].share / whole
                sold[maker] += amount
                valued[maker] += amount if need.is_known else 0.0
    return [valued[m] / sold[m] if sold[m] else 0.0 for m in names]
