"""risk.cascade: what part of the stack falls with each organisation."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from graph.risk.cascade_tables import Cascade
from pipelines.assets.declare import Result, asset_key, checked, key_check, spec, stored, unless_unchanged
from pipelines.beforehand import CASCADE

CHECKS = {
    "bounds_hold": "Indices, at the finer eps too, lie from 0 to 1, within their range, and each channel's loss is no greater than that of both.",
    "essential_loss_is_felt": "No sole maker of an essential input of the AI accelerator closes for free: others lose more than its own sales.",
    "firm_by_firm": "A sample has the same index and rounds where all links between firms are followed one by one.",
    "more_closed_lose_no_less": "Of a sample, two organisations closed together lose at least what each loses alone.",
}


@dg.multi_asset(
    specs=[spec(Cascade, Cascade.table, "risk", CASCADE.inputs, kinds=["numpy"])],
    check_specs=[
        key_check(Cascade.table),
        *(dg.AssetCheckSpec(name, asset=asset_key(Cascade.table), blocking=True, description=what) for name, what in CHECKS.items()),
    ],
    op_tags={"dagster/priority": "-1"},  # after all else that can be made meanwhile
)
def cascade() -> Iterator[Result]:
    yield from unless_unchanged(CASCADE.outputs, CASCADE.inputs, _cascade)


def _cascade() -> Iterator[Result]:
    made = CASCADE.answer()
    yield stored(Cascade, made.table)
    for table, name, against, facts in made.findings:
        yield checked(table.table, name, not against, {**facts, "against_it": ", ".join(against) or "none"})


ASSETS = [cascade]
