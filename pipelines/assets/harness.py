"""Schema cost: the harness as stages, whether tightening it is worth more than new silicon, and what tokens cost at list price."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from graph.cost.harness_results import cheapest_own
from graph.cost.harness_tables import HarnessOrSilicon, HarnessStage, ListPrice
from graph.cost.list_price import list_price_table
from pipelines.assets.declare import Result, blocking_checks, contents_key, key_check, nothing_against, spec, stored, unless_unchanged
from pipelines.assets.priced import priced
from pipelines.assets.results import COST_INPUTS
from pipelines.beforehand import HARNESS
from pipelines.warehouse import read_tables
from sources.columns import Table

CORE_INPUTS = [f"core.{name}" for name in COST_INPUTS]
LINEAGE: dict[type[Table], list[str]] = {
    HarnessStage: ["cost.useful_token", "core.item", "core.board", "core.model", "core.workload", "core.parameter"],
    HarnessOrSilicon: ["cost.harness_stage", "cost.useful_token", "core.board", "core.parameter"],
    ListPrice: ["core.model_price", "cost.useful_token", "core.workload", "core.parameter"],
}
ROUNDING = 1e-9
KEY = ["board_id", "model_id", "workload_id"]
CHECKS = {
    HarnessStage: {
        "better_is_never_dearer": "With rework counted, no behaviour costs more at its better measured end than at its worse one.",
        "no_cache_is_never_cheaper": "Without batching, prefix cache or a cache of answers no useful token is cheaper.",
        "central_is_the_chain": "What is in the chain costs, at central values, what cost.useful_token says.",
    },
    HarnessOrSilicon: {"more_levers_save_more": "All levers at once save at least what the measured ones do, at central values."},
    ListPrice: {
        "the_choice_is_the_cheapest_adequate": "No adequate model is cheaper than the one chosen, and only measured ones are chosen."
    },
}
CACHES = ("batching", "prefix_cache", "exact_cache", "semantic_cache")


@dg.multi_asset(
    specs=[spec(table, table.table, "cost", deps, kinds=["numpy"]) for table, deps in LINEAGE.items()],
    check_specs=[
        *(key_check(table.table) for table in LINEAGE),
        *blocking_checks(CHECKS),
    ],
    name="harness",
    op_tags={"dagster/priority": "-1"},  # after all else that can be made meanwhile
)
def harness() -> Iterator[Result]:
    yield from unless_unchanged(HARNESS.outputs, HARNESS.read, _harness)


def _harness() -> Iterator[Result]:
    answer = HARNESS.answer()
    tables = read_tables(HARNESS.read)
    useful = tables["useful_token"]
    model, figures = priced({name: tables[name] for name in COST_INPUTS}, contents_key(CORE_INPUTS))
    own = cheapest_own(tables["board"], useful)
    listed = list_price_table(tables["model_price"], tables["workload"]["workload_id"], figures, model.price, own)
    for table, frame in ((HarnessStage, answer.stages), (HarnessOrSilicon, answer.choices), (ListPrice, listed)):
        yield stored(table, frame)
    stages = answer.stages
    dearer = stages[stages["with_rework_usd_best"] > stages["with_rework_usd_worst"] * (1 + ROUNDING)]
    yield nothing_against(HarnessStage, "better_is_never_dearer", _named(dearer))
    caches = stages[stages["behaviour"].isin(CACHES)]
    cheaper = caches[caches["usd_without"] < caches["usd_central"] * (1 - ROUNDING)]
    yield nothing_against(HarnessStage, "no_cache_is_never_cheaper", _named(cheaper))
    both = stages.merge(useful[[*KEY, "usd_central"]], on=KEY, suffixes=("", "_chain"))
    off = both[both["is_in_chain"] & ((both["usd_central"] / both["usd_central_chain"] - 1).abs() > ROUNDING)]
    yield nothing_against(HarnessStage, "central_is_the_chain", _named(off))
    wide = answer.choices.pivot_table("harness_saves_central", [*KEY, "against", "basis"], "lever")
    fewer = wide[wide["all"] < wide["all measured"] * (1 - ROUNDING)].reset_index()
    yield nothing_against(HarnessOrSilicon, "more_levers_save_more", _named(fewer))
    chosen = listed[listed["is_choice"]].set_index("workload_id")["usd_central"]
    adequate = listed[listed["is_adequate"].eq(True)]
    wrong = adequate[adequate["usd_central"] < adequate["workload_id"].map(chosen) * (1 - ROUNDING)]
    wrong = pd.concat([wrong, listed[listed["is_choice"] & listed["success"].isna()]])
    yield nothing_against(ListPrice, "the_choice_is_the_cheapest_adequate", _named(wrong))


def _named(rows: pd.DataFrame) -> Iterator[str]:
    """What rows are of."""
    named = rows[[c for c in ("workload_id", "stage", "behaviour", "against", "model") if c in rows]]
    return ("/".join(row) for row in named.itertuples(index=False, name=None))


ASSETS = [harness]
