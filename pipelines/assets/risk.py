"""Schema risk beyond the concentration of single items: what stands behind a target, and what its loss does."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from graph import results as g
from graph.risk import ntier
from graph.risk.concentration import supply_views
from pipelines.assets.declare import Result, asset_key, checked, key_check, spec, stored, unless_unchanged
from pipelines.warehouse import read_tables

NTIER_INPUTS = ["core.share", "core.offer", "core.organisation", "core.board", "graph.edge", "cost.price", "cost.price_edge"]


@dg.multi_asset(
    specs=[spec(g.NtierHhi, g.NtierHhi.table, "risk", NTIER_INPUTS, kinds=["numpy"])],
    check_specs=[
        key_check(g.NtierHhi.table),
        dg.AssetCheckSpec(
            "bounds_hold", asset=asset_key(g.NtierHhi.table), blocking=True,
            description="Indices lie above 0 and at 10,000 at most.",
        ),
    ],
    name="ntier",
)  # fmt: skip
def ntier_hhi() -> Iterator[Result]:
    yield from unless_unchanged([g.NtierHhi.table], NTIER_INPUTS, _ntier)


def _ntier() -> Iterator[Result]:
    tables = read_tables(NTIER_INPUTS)
    views = {by: ntier.shares_of(view) for by, view in supply_views(tables["share"], tables["offer"], tables["organisation"]).items()}
    cost = ntier.cost_inputs(tables["price_edge"], tables["price"])
    needed = ntier.needed_inputs(tables["edge"])
    targets = sorted({f"board:{b}" for b in tables["board"]["board_id"]} | set(needed) | set(cost))
    frame = ntier.ntier_hhi(targets, cost, needed, views)
    yield stored(g.NtierHhi, frame)
    indices = [frame[c].dropna() for c in ("cost_hhi", "necessity_hhi")]
    sound = all(((i > 0) & (i <= 10_000 + 1e-6)).all() for i in indices)
    yield checked(g.NtierHhi.table, "bounds_hold", bool(sound), {"targets": len(targets)})


ASSETS = [ntier_hhi]
