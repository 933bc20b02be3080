"""What the published file must hold: enough of everything, each figure with a range, a source and a grade."""

from __future__ import annotations

import pytest

from sources.columns import Table, columns
from sources.records import CORE_TABLES, ESTIMATE, LAYERS
from tests.command import Tables

LEAST = {"item": 130, "share": 600, "requirement": 200, "board": 25, "site": 75}
CITING: list[type[Table]] = [t for t in CORE_TABLES if t.table != "core.source" and any(c.name == "source_id" for c in columns(t))]
GRADED = [t for t in CITING if any(c.name == "grade" for c in columns(t))]
STATED_ONCE = {
    "core.share": ["item_id", "supplier_kind", "coalesce(organisation_id, members, country, supplier)"],
    "core.requirement": ["consumer_id", "input_id", "organisation_id"],
    "core.price": ["item_id"],
    "core.parameter": ["entity_id", "parameter"],
    "core.queue_entry": ["region", "metric", "as_of"],
}
"""Where published figures may disagree: what one current row is a statement of."""
ALWAYS = [
    "compute_die_count", "compute_die_area", "substrate_area", "power_per_accelerator", "accelerators_per_server", "scale_up_size",
    "scale_up_bandwidth",
]  # fmt: skip
"""Figures of a board that every step up to the accelerator-hour asks for."""
ON_CHIP = ("sram", "wafer_scale", "hard_wired")


def ranges(table: type[Table]) -> list[tuple[str, str, str]]:
    """The (low, central, high) columns of a table."""
    names = [c.name for c in columns(table)]
    found = [(n.replace("central", "low"), n, n.replace("central", "high")) for n in names if "central" in n.split("_")]
    return [r for r in found if r[0] in names and r[2] in names]


RANGES = [(table, bounds) for table in CORE_TABLES for bounds in ranges(table)]


@pytest.mark.parametrize("table", LEAST)
def test_there_is_enough_of_each_kind(tables: Tables, table: str) -> None:
    assert tables.value(f"select count(*) from core.{table}") >= LEAST[table]


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_has_items_with_suppliers_and_requirements(tables: Tables, layer: str) -> None:
    of_layer = "(select item_id from core.item where layer = ?)"
    assert tables.value("select count(*) from core.item where layer = ?", layer) > 0
    assert tables.value(f"select count(*) from core.requirement where consumer_id in {of_layer}", layer) > 0
    supplied = tables.value(f"select count(*) from core.offer where item_id in {of_layer}", layer)
    # Tokens are supplied by deployments; organisations offer what serves them, in the layers before.
    of_nodes = "(select 'item:' || item_id from core.item where layer = ?)"
    served = tables.value(f"select count(*) from graph.edge where target_node in {of_nodes}", layer)
    assert (served if layer == "tokens" else supplied) > 0


def test_no_layer_is_unheard_of(tables: Tables) -> None:
    assert set(tables.column("select distinct layer from core.item")) == set(LAYERS)


def test_three_kinds_of_model_are_priced_for_five_workloads(tables: Tables) -> None:
    figures = dict(tables.rows("select entity_id, central from core.parameter where parameter = 'total_parameters' and status = 'current'"))
    priced = tables.rows("select distinct m.model_id, m.kind from cost.useful_token join core.model m using (model_id)")
    dense = [figures[f"model:{m}"] for m, kind in priced if kind == "dense"]
    mixture = [figures[f"model:{m}"] for m, kind in priced if kind == "moe"]
    assert any(7e9 <= n <= 9e9 for n in dense)
    assert any(65e9 <= n <= 75e9 for n in dense)
    assert any(n > 5e11 for n in mixture), "a DeepSeek-class mixture of experts"
    assert set(tables.column("select distinct workload_id from cost.useful_token")) == {
        "chat",
        "coding_agent",
        "retrieval",
        "batch",
        "completion",
    }


def figures_needed(board: tuple[str, str, str | None, str | None, str | None]) -> list[str]:
    """The parameters without which a board's chain does not run; '|' separates what can stand in for each other."""
    _, kind, memory, packaging, io_wafer = board
    needed = [*ALWAYS, "price|gross_margin", "bf16_compute|fp8_compute|fp4_compute"]
    needed += ["sram_capacity", "sram_bandwidth"] if kind in ON_CHIP else ["memory_capacity", "memory_bandwidth"]
    needed += ["hbm_stack_count"] if memory else []
    needed += ["interposer_area"] if packaging else []
    needed += ["io_die_count", "io_die_area|io_dies_per_wafer"] if io_wafer else []
    needed += ["wired_model_parameters"] if kind == "hard_wired" else []
    return needed


def test_every_board_has_all_figures_that_its_cost_needs(tables: Tables) -> None:
    known: dict[str, set[str]] = {}
    for entity, parameter in tables.rows(
        "select entity_id, parameter from core.parameter where status = 'current' and central is not null"
    ):
        known.setdefault(entity, set()).add(parameter)
    boards = tables.rows("select board_id, kind, memory_item, packaging_item, io_wafer_item from core.board order by 1")
    missing = [
        f"{board[0]}: {needed}"
        for board in boards
        for needed in figures_needed(board)
        if not set(needed.split("|")) & known.get(f"board:{board[0]}", set())
    ]
    assert missing == []


@pytest.mark.parametrize("table", CITING, ids=lambda t: t.table)
def test_every_citation_used_exists(tables: Tables, table: type[Table]) -> None:
    lost = tables.column(
        f"select distinct source_id from {table.table} where source_id is not null "
        "and source_id not in (from (select source_id from core.source))"
    )
    assert lost == []


def test_every_curated_citation_is_used(tables: Tables) -> None:
    used = " union ".join([*(f"select source_id from {t.table}" for t in CITING), "select production_source_id from core.share"])
    unused = tables.column(
        f"select source_id from core.source where collection = 'curated' and source_id not in ('curated', '{ESTIMATE}') "
        f"and source_id not in (select source_id from ({used}) where source_id is not null) order by 1"
    )
    assert unused == []


@pytest.mark.parametrize("table", GRADED, ids=lambda t: t.table)
def test_what_is_graded_primary_or_secondary_names_a_publication(tables: Tables, table: type[Table]) -> None:
    unnamed = tables.rows(
        f"select * from {table.table} t left join core.source s using (source_id) where t.grade in ('primary', 'secondary') "
        f"and (t.source_id is null or t.source_id = '{ESTIMATE}' or s.title is null or s.publisher is null)"
    )
    assert unnamed == []


def test_engineering_judgement_is_graded_as_such(tables: Tables) -> None:
    for table in GRADED:
        grades = set(tables.column(f"select distinct grade from {table.table} where source_id = '{ESTIMATE}'"))
        assert grades <= {"estimate", "derived"}, table.table


@pytest.mark.parametrize("table", STATED_ONCE)
def test_one_figure_of_a_thing_is_current(tables: Tables, table: str) -> None:
    keys = ", ".join(STATED_ONCE[table])
    repeated = tables.rows(f"select {keys}, count(*) from {table} where status = 'current' group by {keys} having count(*) > 1")
    assert repeated == []


def test_figures_that_disagree_with_the_current_one_are_kept(tables: Tables) -> None:
    assert tables.value("select count(*) from core.parameter where status = 'conflicting'") > 0
    assert tables.value("select count(*) from core.share where status = 'conflicting'") > 0


def test_every_table_of_figures_has_ranges() -> None:
    named = {"share", "requirement", "price", "parameter", "queue_entry", "power_contract"}
    assert {t.table.removeprefix("core.") for t, _ in RANGES} >= named


@pytest.mark.parametrize(("table", "bounds"), RANGES, ids=lambda v: v.table if isinstance(v, type) else v[1])
def test_a_range_is_ordered_and_whole(tables: Tables, table: type[Table], bounds: tuple[str, str, str]) -> None:
    low, central, high = bounds
    assert tables.rows(f"select * from {table.table} where not ({low} <= {central} and {central} <= {high})") == []
    half = f"({low} is null) <> ({central} is null) or ({high} is null) <> ({central} is null)"
    assert tables.rows(f"select * from {table.table} where {half}") == []


def test_shares_are_fractions_and_do_not_oversubscribe(tables: Tables) -> None:
    assert tables.rows("select * from core.share where low < 0 or high > 1") == []
    over = tables.rows(
        "select item_id, sum(central) from core.share where status = 'current' "
        "group by item_id, supplier_kind = 'country' having sum(central) > 1.02"
    )
    assert over == []


def test_quantities_and_prices_are_not_negative(tables: Tables) -> None:
    assert tables.rows("select * from core.requirement where low < 0") == []
    assert tables.rows("select * from core.price where low <= 0") == []


def test_every_name_of_a_supplier_resolves(tables: Tables) -> None:
    assert tables.rows("select * from core.share where supplier_kind = 'firm' and organisation_id is null") == []
    assert tables.rows("select * from core.offer where organisation_id not in (from (select organisation_id from core.organisation))") == []
