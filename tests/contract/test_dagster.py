"""The lineage as Dagster shows it: every asset declared in full, and the chain from snapshots to the published file."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import dagster as dg
import pytest

from pipelines import mart
from pipelines.assets.declare import group
from pipelines.definitions import defs
from sources.records import LAYERS

SNAPSHOT = Path(__file__).with_name("asset_graph.txt")
CHAIN = ["wafer", "die", "package", "board_cost", "server", "accelerator_hour", "served_token", "useful_token"]
GRAPH = defs.resolve_asset_graph()
SPECS = {spec.key: spec for spec in defs.resolve_all_asset_specs()}
PUBLISHED = dg.AssetKey("published")
TABLES = sorted(SPECS.keys() - {PUBLISHED})
VIEWS = {dg.AssetKey(["mart", view.name]) for view in mart.views()}


def name(key: dg.AssetKey) -> str:
    """'core.share' of AssetKey(['core', 'share'])."""
    return ".".join(key.path)


def upstream(key: dg.AssetKey) -> set[dg.AssetKey]:
    """Everything an asset is made from, however far back."""
    found: set[dg.AssetKey] = set()
    todo = [key]
    while todo:
        new = GRAPH.get(todo.pop()).parent_keys - found
        found |= new
        todo += new
    return found


def drawn() -> str:
    """The asset graph as text: every asset with its direct upstream assets."""
    lines = []
    for key in sorted(SPECS):
        lines.append(name(key))
        lines += [f"    {name(parent)}" for parent in sorted(GRAPH.get(key).parent_keys)]
    return "\n".join(lines) + "\n"


def schedule() -> dg.ScheduleDefinition:
    (only,) = defs.schedules or []
    assert isinstance(only, dg.ScheduleDefinition)
    return only


def test_the_lineage_is_the_one_that_was_agreed() -> None:
    kept = SNAPSHOT.read_text(encoding="utf-8").splitlines()
    now = drawn().splitlines()
    assert now == kept, (
        "the asset graph has changed; if it should, renew it with `python -m tests.contract.test_dagster` and review the difference"
    )


@pytest.mark.parametrize("key", sorted(SPECS), ids=name)
def test_an_asset_is_declared_in_full(key: dg.AssetKey) -> None:
    spec = SPECS[key]
    assert spec.group_name not in (None, "default")
    assert spec.owners
    assert {k for k in spec.tags if not k.startswith("dagster/")}
    assert spec.kinds
    assert spec.description
    assert len(spec.description) > 15


@pytest.mark.parametrize("key", sorted(set(TABLES) - VIEWS), ids=name)
def test_a_table_shows_its_columns_with_type_and_meaning(key: dg.AssetKey) -> None:
    schema = SPECS[key].metadata["dagster/column_schema"]
    assert isinstance(schema, dg.TableSchema)
    assert schema.columns
    assert all(column.type and column.description for column in schema.columns)
    assert SPECS[key].metadata["dagster/table_name"] == name(key)


def test_an_asset_is_called_after_its_schema_and_table() -> None:
    assert {len(key.path) for key in TABLES} == {2}
    assert {key.path[0] for key in TABLES} == {"raw", "core", "graph", "risk", "cost", "mart", "meta"}


def test_every_view_of_the_mart_is_an_asset() -> None:
    assert {key for key in TABLES if key.path[0] == "mart"} == VIEWS
    assert VIEWS


def test_raw_assets_are_grouped_by_the_domains_of_the_stack() -> None:
    groups = {SPECS[key].group_name for key in TABLES if key.path[0] == "raw"}
    assert groups == {group(domain) for domain in ("organisations", *LAYERS)}
    assert sorted(groups)[1:] == [group(layer) for layer in LAYERS], "the UI sorts them by name: that is the order of the stack"


@pytest.mark.parametrize("schema", ["core", "graph", "risk", "cost", "mart", "meta"])
def test_a_schema_above_raw_is_one_group(schema: str) -> None:
    assert {SPECS[key].group_name for key in TABLES if key.path[0] == schema} == {schema}


@pytest.mark.parametrize("schema", ["core", "graph", "risk", "cost", "mart", "meta"])
def test_every_table_leads_to_the_published_file(schema: str) -> None:
    behind = upstream(PUBLISHED)
    assert [name(key) for key in TABLES if key.path[0] == schema and key not in behind] == []


def test_every_snapshot_leads_to_the_published_file() -> None:
    behind = upstream(PUBLISHED)
    assert [name(key) for key in TABLES if key.path[0] == "raw" and key not in behind] == []


def test_nothing_comes_after_the_published_file() -> None:
    assert GRAPH.get(PUBLISHED).child_keys == set()


def test_everything_begins_with_a_snapshot() -> None:
    for key in TABLES:
        if key.path[0] != "raw":
            assert any(parent.path[0] == "raw" for parent in upstream(key)), name(key)
        else:
            assert upstream(key) == set(), name(key)


@pytest.mark.parametrize(("before", "after"), list(pairwise(CHAIN)), ids=lambda n: n)
def test_the_cost_rises_step_by_step(before: str, after: str) -> None:
    assert dg.AssetKey(["cost", before]) in GRAPH.get(dg.AssetKey(["cost", after])).parent_keys


def test_no_step_of_the_cost_runs_back() -> None:
    for k, step in enumerate(CHAIN):
        later = {dg.AssetKey(["cost", after]) for after in CHAIN[k:]}
        assert not later & upstream(dg.AssetKey(["cost", step])), step


@pytest.mark.parametrize("domain", LAYERS)
def test_every_domain_reaches_the_useful_token(domain: str) -> None:
    behind = upstream(dg.AssetKey(["cost", "useful_token"]))
    assert any(key.path[0] == "raw" and SPECS[key].group_name == group(domain) for key in behind)


def test_there_is_one_schedule_and_it_is_running_from_the_start() -> None:
    assert schedule().default_status == dg.DefaultScheduleStatus.RUNNING


def test_the_schedule_is_daily() -> None:
    minute, hour, *rest = str(schedule().cron_schedule).split()
    assert minute.isdigit()
    assert hour.isdigit()
    assert rest == ["*", "*", "*"]


def test_the_scheduled_job_materialises_everything() -> None:
    job = defs.resolve_job_def(schedule().job_name)
    assert job.asset_layer.selected_asset_keys == set(SPECS)


def test_steps_run_in_the_process_of_the_run() -> None:
    assert defs.resolve_job_def(schedule().job_name).executor_def is dg.in_process_executor
    assert defs.resolve_implicit_global_asset_job_def().executor_def is dg.in_process_executor


def blocking_checks() -> Mapping[dg.AssetKey, set[str]]:
    found: dict[dg.AssetKey, set[str]] = {}
    for assets in defs.assets or []:
        assert isinstance(assets, dg.AssetsDefinition)
        for check in assets.check_specs:
            if check.blocking:
                found.setdefault(check.asset_key, set()).add(check.name)
    return found


@pytest.mark.parametrize("schema", ["core", "graph", "risk", "cost", "mart", "meta"])
def test_a_wrong_table_stops_the_run_before_it_is_published(schema: str) -> None:
    """Every table has a blocking check, and every one of them lies before the published file."""
    checked = blocking_checks()
    of_schema = {key for key in TABLES if key.path[0] == schema}
    assert {name(key) for key in of_schema if key not in checked} == set()
    assert of_schema <= upstream(PUBLISHED)


@pytest.mark.parametrize(
    ("table", "check"),
    [
        ("graph.edge", "no_dangling_edge"),
        ("graph.node", "no_unreachable_board"),
        ("risk.hhi", "bounds_hold"),
        ("risk.spof", "stops_the_target"),
        ("risk.min_cut_set", "minimal"),
        ("risk.top_probability", "a_second_source_never_hurts"),
        ("cost.roofline_check", "below_the_roofline"),
        ("cost.cost_by_layer", "shares_sum_to_one"),
        ("cost.useful_token", "every_board_priced"),
    ],
)
def test_what_a_reader_relies_on_is_checked(table: str, check: str) -> None:
    assert check in blocking_checks()[dg.AssetKey(table.split("."))]


def test_no_asset_comes_without_its_own_code() -> None:
    """Every asset can be materialised here: none is a placeholder for something made elsewhere."""
    assert [name(key) for key in SPECS if not GRAPH.get(key).is_materializable] == []


if __name__ == "__main__":
    SNAPSHOT.write_text(drawn(), encoding="utf-8")
    print(f"{SNAPSHOT}: {len(SPECS)} assets")
