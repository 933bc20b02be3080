"""Schema risk beyond the concentration of single items: what stands behind a target, and what its loss does."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from graph.risk import ntier
from graph.risk.concentration import supply_views
from graph.risk.ntier_tables import NtierHhi
from pipelines.assets.declare import Result, asset_key, checked, key_check, spec, stored, unless_unchanged
from pipelines.warehouse import read_tables

NTIER_INPUTS = ["core.share", "core.offer", "core.organisation", "core.board", "graph.edge", "cost.price", "cost.price_edge"]


@dg.multi_asset(
    specs=[spec(NtierHhi, NtierHhi.table, "risk", NTIER_INPUTS, kinds=["numpy"])],
    check_specs=[
        key_check(NtierHhi.table),
        dg.AssetCheckSpec(
            "bounds_hold", asset=asset_key(NtierHhi.table), blocking=True,
            description="Indices lie above 0 and at 10,000 at most, and within their ranges.",
        ),
    ],
    name="ntier",
)  # fmt: skip
def ntier_hhi() -> Iterator[Result]:
    yield from unless_unchanged([NtierHhi.table], NTIER_INPUTS, _ntier)


def _ntier() -> Iterator[Result]:
    tables = read_tables(NTIER_INPUTS)
    views = {by: ntier.supplies(view) for by, view in supply_views(tables["share"], tables["offer"], tables["organisation"]).items()}
    board = tables["board"].dropna(subset="system_item")
    cost = ntier.cost_inputs(tables["price_edge"], tables["price"], dict(zip(board["board_id"], board["system_item"], strict=True)))
    needed = ntier.needed_inputs(tables["edge"])
    targets = sorted({f"board:{b}" for b in tables["board"]["board_id"]} | set(needed) | set(cost))
    frame = ntier.ntier_hhi(targets, cost, needed, views)
    yield stored(NtierHhi, frame)
    ranges = [frame[[f"{c}_hhi_low", f"{c}_hhi", f"{c}_hhi_high"]].dropna() for c in ("cost", "necessity")]
    sound = all(
        ((low > 0) & (low <= at) & (at <= high) & (high <= 10_000 + 1e-6)).all() for low, at, high in (r.to_numpy().T for r in ranges)
    )
    yield checked(NtierHhi.table, "bounds_hold", bool(sound), {"targets": len(targets)})


ASSETS = [ntier_hhi]
