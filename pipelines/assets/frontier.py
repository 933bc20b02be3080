"""Schema cost: what each board can give at which speed, and how far the computed throughput lies from the measured."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import numpy as np
import pandas as pd

from graph.cost import frontier_tables as t
from graph.cost.points import APART
from pipelines.assets.declare import Result, blocking_checks, checked, key_check, spec, stored, unless_unchanged
from pipelines.beforehand import FRONTIER
from pipelines.warehouse import read_tables
from sources.columns import Table

LINEAGE: dict[type[Table], list[str]] = {
    t.Frontier: ["cost.accelerator_hour", "cost.served_token", "core.board", "core.model", "core.workload", "core.parameter"],
    t.CalibrationRow: ["core.benchmark", "core.board", "core.model", "core.parameter"],
    t.Calibration: ["cost.calibration_row"],
}
CHECKS = {
    t.Frontier: {
        "faster_is_dearer": "Along a frontier the speed falls and the output per chip rises, point by point.",
        "holds_the_operating_points": "No priced operating point is both faster and cheaper than its board's frontier.",
        "a_draft_is_used_where_it_pays": "With speculative decoding a board is no slower at best, and no dearer at its cheapest.",
    },
    t.CalibrationRow: {
        "fit_is_no_worse": "On the rows it was fitted to, the fit lies no further from what was measured than the published efficiencies."
    },
}
KEY = ["board_id", "model_id", "workload_id"]


@dg.multi_asset(
    specs=[spec(table, table.table, "cost", deps, kinds=["numpy"]) for table, deps in LINEAGE.items()],
    check_specs=[
        *(key_check(table.table) for table in LINEAGE),
        *blocking_checks(CHECKS),
    ],
    name="frontier",
    op_tags={"dagster/priority": "-1"},  # after all else that can be made meanwhile
)
def frontier() -> Iterator[Result]:
    yield from unless_unchanged(FRONTIER.outputs, FRONTIER.read, _frontier)


def _frontier() -> Iterator[Result]:
    found, rows, summary = FRONTIER.answer()
    core = read_tables(["core.benchmark", *FRONTIER.beside])
    for table, frame in ((t.Frontier, found), (t.CalibrationRow, rows), (t.Calibration, summary)):
        yield stored(table, frame)
    for name, against in (
        ("faster_is_dearer", not_ordered(found)),
        ("holds_the_operating_points", outside(found, core["served_token"])),
        ("a_draft_is_used_where_it_pays", worse_with_drafts(found)),
    ):
        yield checked("cost.frontier", name, not against, {"points": len(found), "against_it": "; ".join(against[:9]) or "none"})
    log = {name: np.log(rows[f"{name}_tok_s_chip"] / rows["measured_tok_s_chip"])[rows["is_fitted"]] for name in ("published", "fitted")}
    spread = {name: float(np.exp(np.sqrt(np.mean(values**2)))) for name, values in log.items()}
    known = core["benchmark"][(core["benchmark"]["status"] == "current") & core["benchmark"]["board_id"].notna()]
    left_out = sorted(set(known["benchmark_id"]) - set(rows["benchmark_id"]))
    facts = {"typical_factor_published": spread["published"], "typical_factor_fitted": spread["fitted"], "left_out": ", ".join(left_out)}
    yield checked("cost.calibration_row", "fit_is_no_worse", spread["fitted"] <= spread["published"] * (1 + 1e-9), facts)


def not_ordered(frame: pd.DataFrame) -> list[str]:
    """Frontiers on which a point is not slower and cheaper than the one before."""
    groups = [*KEY, "is_speculating"]
    ordered = frame.sort_values([*groups, "position"])
    is_next = ordered[groups].eq(ordered[groups].shift()).all(axis=1)
    slower = ordered["speed_tok_s_user_central"].diff() < 0
    cheaper = ordered["output_tok_s_chip_central"].diff() > 0
    return _named(ordered[is_next & ~(slower & cheaper)])


def outside(frame: pd.DataFrame, served: pd.DataFrame) -> list[str]:
    """Deployments whose operating point is faster and cheaper than any point of the frontier, by more than its points are apart."""
    pairs = frame[~frame["is_speculating"]].merge(served[served["finding"] == "priced"], on=KEY)
    covers = pairs["speed_tok_s_user_central"] * APART >= pairs["speed_tok_s_user"] * (1 - 1e-9)
    covers &= pairs["output_tok_s_chip_central"] * APART >= pairs["output_tok_s_chip"] * (1 - 1e-9)
    held = covers.groupby([pairs[k] for k in KEY]).any()
    return ["/".join(key) for key in held[~held].index]


def worse_with_drafts(frame: pd.DataFrame) -> list[str]:
    """Deployments that speculative decoding makes slower at best, or dearer at their cheapest."""
    best = [f"{name}_central" for name in ("speed_tok_s_user", "output_tok_s_chip")]
    plain, drafted = (frame[frame["is_speculating"] == drafts].groupby(KEY)[best].max() for drafts in (False, True))
    worse = (drafted < plain * (1 - 1e-9)).any(axis=1)
    return ["/".join(key) for key in worse[worse].index]


def _named(frame: pd.DataFrame) -> list[str]:
    return sorted({"/".join(row) for row in frame[KEY].itertuples(index=False, name=None)})


ASSETS = [frontier]
