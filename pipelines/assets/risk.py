"""Schema risk beyond the concentration of single items: what stands behind a target, and what its loss does."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from graph.risk.ntier_tables import NtierHhi
from pipelines.assets.declare import Result, asset_key, checked, key_check, spec, stored, unless_unchanged
from pipelines.beforehand import NTIER


@dg.multi_asset(
    specs=[spec(NtierHhi, NtierHhi.table, "risk", NTIER.read, kinds=["numpy"])],
    check_specs=[
        key_check(NtierHhi.table),
        dg.AssetCheckSpec(
            "bounds_hold", asset=asset_key(NtierHhi.table), blocking=True,
            description="Indices lie above 0 and at 10,000 at most, and within their ranges.",
        ),
    ],
    name="ntier",
    op_tags={"dagster/priority": "-1"},  # after all else that can be made meanwhile
)  # fmt: skip
def ntier_hhi() -> Iterator[Result]:
    yield from unless_unchanged(NTIER.outputs, NTIER.read, _ntier)


def _ntier() -> Iterator[Result]:
    frame = NTIER.answer()
    yield stored(NtierHhi, frame)
    ranges = [frame[[f"{c}_hhi_low", f"{c}_hhi", f"{c}_hhi_high"]].dropna() for c in ("cost", "necessity")]
    sound = all(
        ((low > 0) & (low <= at) & (at <= high) & (high <= 10_000 + 1e-6)).all() for low, at, high in (r.to_numpy().T for r in ranges)
    )
    yield checked(NtierHhi.table, "bounds_hold", bool(sound), {"targets": frame["target"].nunique()})


ASSETS = [ntier_hhi]
