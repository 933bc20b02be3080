"""The harness as stages: what each takes, what it gives, and what its measured behaviour does to the cost of a useful token (METHODS 5.11).

Each behaviour is put to its worse, its central and its better measured end, and taken away, with every other figure at its central
value; the chain itself says what a useful token then costs (`harness_setups`). With the loss from bad results that pass the gate counted
as well, a better behaviour is never dearer; in spending alone a gate that stops more bad results shows no gain, as that loss is all it saves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from graph.cost.evidence import weakest
from graph.cost.figures import Figures
from graph.cost.harness_behaviours import PLAIN, QUANTITIES, Behaviour
from graph.cost.harness_setups import REWORK, SPENDING, Harness, of
from graph.cost.harness_tables import HarnessStage
from sources.columns import columns

Value = Callable[[Behaviour, str, str], float | None]
WORST, CENTRAL, BEST, WITHOUT = ENDS = ("worst", "central", "best", "without")


class Source(NamedTuple):
    """Where a figure was read, the date it holds for, and its unit."""

    source_id: str
    as_of: str
    unit: str


@dataclass(frozen=True)
class Case:
    """One evaluation: a set-up, and figures that are not at their central values."""

    setup: str
    figures: Mapping[str, float]


def cases(behaviour: Behaviour, figures: Figures) -> dict[str, Case]:
    """The behaviour at its ends and taken away; an end that it does not have is not there."""
    ends = {CENTRAL: Case(behaviour.setup, {})}
    if behaviour.settings:
        for end, is_best in ((WORST, False), (BEST, True)):
            at = {s.figure: figures.bounds(s.figure)[2 if s.is_better_high == is_best else 0] for s in behaviour.settings}
            ends[end] = Case(behaviour.setup, at)
    if behaviour.missing is not None:
        ends[WITHOUT] = Case(behaviour.missing, {})
    elif behaviour.settings and all(s.without is not None for s in behaviour.settings):
        ends[WITHOUT] = Case(behaviour.setup, {s.figure: float(s.without or 0.0) for s in behaviour.settings})
    return ends


def stage_table(found: Harness, figures: Figures, sources: Mapping[str, Source]) -> pd.DataFrame:
    """Rows of cost.harness_stage of one deployment, in the order of the stages.

    Parameters
    ----------
    sources : figure -> where it was read (`sources_of`)
    """
    asked = [(b, end, case) for b in found.behaviours for end, case in cases(b, figures).items()]
    at = dict.fromkeys((name for _, _, case in asked for name in case.figures))
    given = {name: np.array([case.figures.get(name, figures.bounds(name)[1]) for _, _, case in asked]) for name in at}
    quantities = {q for b in found.behaviours for q in (SPENDING, REWORK, b.takes, b.gives)}
    results = {of(q, case.setup) for q in quantities for _, _, case in asked}
    values = found.evaluate(given, sorted(results), len(asked))
    rows = {(b.stage, b.name, end): (k, case.setup) for k, (b, end, case) in enumerate(asked)}

    def value(b: Behaviour, quantity: str, end: str) -> float | None:
        if (b.stage, b.name, end) not in rows:
            return None
        k, setup = rows[b.stage, b.name, end]
        return float(values[of(quantity, setup)][k])

    published = float(found.program.values[found.program.results[of(SPENDING, PLAIN)]])
    table = [_row(found, b, figures, sources, value, published) for b in found.behaviours]
    return pd.DataFrame(table, columns=[c.name for c in columns(HarnessStage)])


def _row(
    found: Harness, b: Behaviour, figures: Figures, sources: Mapping[str, Source], value: Value, published: float
) -> dict[str, object]:
    board_id, model_id, workload_id = found.key
    names = [s.figure for s in b.settings]
    first = b.settings[0] if len(b.settings) == 1 else None
    low, middle, high = figures.bounds(first.figure) if first else (None, None, None)
    central, best = value(b, SPENDING, CENTRAL), value(b, SPENDING, BEST)
    return {
        "board_id": board_id,
        "model_id": model_id,
        "workload_id": workload_id,
        "stage": b.stage,
        "behaviour": b.name,
        "takes": QUANTITIES[b.takes][1],
        "takes_value": value(b, b.takes, CENTRAL),
        "takes_unit": QUANTITIES[b.takes][0],
        "gives": QUANTITIES[b.gives][1],
        **{f"gives_{end}": value(b, b.gives, end) for end in ENDS},
        "gives_unit": QUANTITIES[b.gives][0],
        "measured_low": low,
        "measured_central": middle,
        "measured_high": high,
        "measured_unit": sources[first.figure].unit if first else None,
        **{f"usd_{end}": value(b, SPENDING, end) for end in ENDS},
        **{f"with_rework_usd_{end}": value(b, REWORK, end) for end in ENDS},
        "usd_published": published,
        "best_saves": None if best is None or central is None else 1.0 - best / published,
        "is_in_chain": b.setup == PLAIN,
        "is_lever": b.is_lever,
        "grade": weakest(names, figures),
        "source_id": "; ".join(dict.fromkeys(sources[n].source_id for n in names)) or None,
        "as_of": max((sources[n].as_of for n in names), default=None),
        "figures": "; ".join(names) or None,
        "assumes": b.assumes or None,
    }


def sources_of(parameters: pd.DataFrame) -> dict[str, Source]:
    """Figure -> where it was read, of the current parameters."""
    current = parameters[(parameters["status"] == "current") & parameters["central"].notna()]
    names = current["entity_id"] + "." + current["parameter"]
    rows = zip(current["source_id"], current["as_of"].astype(str), current["unit"], strict=True)
    return {name: Source(*row) for name, row in zip(names, rows, strict=True)}
