"""Is tightening the harness worth more than new silicon?

A lever is a behaviour of the harness that can be tightened (`Behaviour.is_lever`). In every draw of all uncertain figures it is taken
to the better end of what was measured of it, on the board that there is; beside it the same workload moves to a new board with the
harness as it is. What each saves of a useful token's cost is compared draw by draw: they meet the same luck, so that the odds are those
of the difference. Neither side counts what the change itself costs: engineers who tighten, or boards that are written off early.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.evidence import weakest
from graph.cost.figures import Figures
from graph.cost.harness_behaviours import DRAFTED, EXACT, FOUND, LEARNED, PLAIN, SEMANTIC, TOGETHER
from graph.cost.harness_setups import REWORK, SPENDING, Harness, of
from graph.cost.harness_tables import HarnessOrSilicon
from graph.cost.samples import HIGH_QUANTILE, LOW_QUANTILE, SEED
from graph.cost.uncertainty import pert_quantile, uniform
from sources.columns import columns

Array = NDArray[np.float64]
MEASURED, ALL = "all measured", "all"
DRAWS = 1024
"""The odds then stand within three points, nineteen times of twenty."""
ROUNDING = 1e-12
SURE = 0.9
"""Part of the draws from which on a question counts as decided."""
HELPING = (DRAFTED, EXACT, SEMANTIC, FOUND, LEARNED)
"""Set-ups that `TOGETHER` has all of, as far as they bear on a workload."""


@dataclass(frozen=True)
class Lever:
    """A change of the harness: its set-up, and the figures that it holds at their better ends."""

    name: str
    setup: str
    best: Mapping[str, float]
    figures: tuple[str, ...]


def levers(found: Harness, figures: Figures) -> list[Lever]:
    """Each lever of a deployment, then all that are better known than estimates at once, then all."""
    one_by_one = []
    for b in found.behaviours:
        if b.is_lever:
            best = {s.figure: figures.bounds(s.figure)[2 if s.is_better_high else 0] for s in b.settings}
            one_by_one.append(Lever(f"{b.stage}/{b.name}", b.setup, best, tuple(best)))
    measured = [lever for lever in one_by_one if weakest(lever.figures, figures) != "estimate"]
    return [*one_by_one, _all(MEASURED, measured), _all(ALL, one_by_one)]


def _all(name: str, some: Iterable[Lever]) -> Lever:
    best = {figure: value for lever in some for figure, value in lever.best.items()}
    helped = any(lever.setup in HELPING for lever in some)
    return Lever(name, TOGETHER if helped else PLAIN, best, tuple(best))


def harness_or_silicon(found: Harness, figures: Figures, against: Mapping[str, str], draws: int = DRAWS, seed: int = SEED) -> pd.DataFrame:
    """Rows of cost.harness_or_silicon of one deployment: every lever against every new board, by spending and with rework.

    Parameters
    ----------
    figures : central values alone, with their bounds
    against : board, one of those that `found` was made with -> what it is ('newest that ships')
    draws : the first evaluation is the one at central values, which is none of them
    """
    size = draws + 1
    today = [of(basis, where) for basis in (SPENDING, REWORK) for where in (PLAIN, *against)]
    drawn = _drawn(found, figures, today, draws, seed)
    before = found.evaluate(drawn, today, size)
    rows = []
    for lever in levers(found, figures):
        held = {name: np.full(size, value) for name, value in lever.best.items()}
        after = found.evaluate({**drawn, **held}, [of(basis, lever.setup) for basis in (SPENDING, REWORK)], size)
        penalty = f"workload:{found.key[2]}.false_accept_penalty"
        for board_id, is_what in against.items():
            for basis, label in ((SPENDING, "spending"), (REWORK, "with_rework")):
                rests_on = (*lever.figures, penalty) if basis == REWORK else lever.figures
                now, new, tight = before[of(basis, PLAIN)], before[of(basis, board_id)], after[of(basis, lever.setup)]
                named = dict(zip(("board_id", "model_id", "workload_id"), found.key, strict=True))
                asked = {**named, "lever": lever.name, "against": board_id, "against_is": is_what, "basis": label}
                rows.append({**asked, **_compared(now, tight, new), "grade": weakest(rests_on, figures)})
    return pd.DataFrame(rows, columns=[c.name for c in columns(HarnessOrSilicon)])


def _drawn(found: Harness, figures: Figures, results: list[str], draws: int, seed: int) -> dict[str, Array]:
    """Every figure that moves one of the results, first its central value and then draws from its range."""
    moved = [name for name in results if name not in found.fixed]
    slopes = found.program.gradient(moved, keep_held=False)
    names = [n for n, slope in slopes.items() if n in figures and np.any(slope) and figures.bounds(n)[0] < figures.bounds(n)[2]]
    return {n: _draws_of(n, *figures.bounds(n), draws, seed) for n in names}


@lru_cache(1024)
def _draws_of(name: str, low: float, middle: float, high: float, draws: int, seed: int) -> Array:
    """A figure's central value and its draws; workloads share most figures, and meet the same draws of them."""
    return np.concatenate(([middle], pert_quantile(uniform(name, draws, seed), low, middle, high)))


def _compared(now: Array, tight: Array, new: Array) -> dict[str, object]:
    """The columns of a comparison; each array has the central value first."""
    saved = {"harness": now - tight, "silicon": now - new}
    saved = {side: np.where(abs(usd) > ROUNDING * now, usd, 0.0) for side, usd in saved.items()}
    wins = float(np.mean(saved["harness"][1:] > saved["silicon"][1:]))
    spread: dict[str, object] = {}
    for side, usd in saved.items():
        low, high = np.quantile(usd[1:], [LOW_QUANTILE, HIGH_QUANTILE]).tolist()
        spread |= {f"{side}_saves_low": low, f"{side}_saves_central": float(usd[0]), f"{side}_saves_high": high}
        spread[f"{side}_share"] = float(usd[0] / now[0])
    return {
        "usd_central": float(now[0]),
        "usd_harness": float(tight[0]),
        "usd_silicon": float(new[0]),
        **spread,
        "probability": wins,
        "draws": now.size - 1,
        "finding": "harness" if wins >= SURE else "silicon" if wins <= 1 - SURE else "not decided",
    }
