"""Schema risk: stress in time. One network of the whole stack, built once at three ends of its ranges, and all that is asked of it."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from graph.risk import stress_tables as t
from pipelines.assets.declare import Result, blocking_checks, checked, key_check, spec, stored, unless_unchanged
from pipelines.beforehand import STRESS

CHECKS = {
    t.TtsTtr: {
        "essential_loss_is_not_free": "Every essential input without an alternative, once its stock is gone, costs each of its users output.",
        "planning_never_survives_for_less": "A perfect plan (the linear programme) survives each loss for at least as long as the simulation.",
        "more_stock_never_shortens_survival": "Thin stocks last no longer than central ones, and those no longer than ample ones or with a month more.",
    },
    t.Disruption: {"shares_and_ranges_hold": "Lost parts lie between 0 and 1, and low <= central <= high."},
    t.CommonMode: {
        "shares_and_ranges_hold": "Lost parts lie between 0 and 1, and low <= central <= high.",
        "no_less_than_its_owners": "A country, or a seat, costs at least what each owner costs all of whose supply it holds.",
    },
    t.DisruptionPath: {"stretches_do_not_overlap": "A target has one binding input on any day."},
    t.Mitigation: {"saves_no_more_than_was_lost": "A measure saves at most what is lost without it."},
}


@dg.multi_asset(
    specs=[spec(table, table.table, "risk", ["graph.edge", *STRESS.inputs], kinds=["numpy", "numba"]) for table in CHECKS],
    check_specs=[
        *(key_check(table.table) for table in CHECKS),
        *blocking_checks(CHECKS),
    ],
    name="stress",
    op_tags={"dagster/priority": "-1"},  # after all else that can be made meanwhile
)
def stress() -> Iterator[Result]:
    yield from unless_unchanged(STRESS.outputs, STRESS.inputs, _stress, STRESS.more)


def _stress() -> Iterator[Result]:
    found = STRESS.answer()
    for table in CHECKS:
        yield stored(table, found.tables[table])
    for table, check, against, facts in found.findings:
        yield checked(table.table, check, not against, {**facts, "against_it": "; ".join(against[:9]) or "none"})


ASSETS = [stress]
