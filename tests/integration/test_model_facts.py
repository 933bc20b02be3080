"""What must hold of every published figure, whatever the sources say."""

from __future__ import annotations

import json
import math
from collections import Counter
from itertools import pairwise
from pathlib import Path

import networkx as nx
import pytest

from graph.cost.deployment import Refused, demand, serve
from graph.cost.figures import Figures
from graph.results import RESULT_TABLES
from pipelines.home import Home
from pipelines.warehouse import tidy
from sources.columns import columns
from sources.frames import records_of
from sources.records import Board, Model
from tests.command import Tables

BOUNDS = [
    (t.table, n.replace("central", "low"), n, n.replace("central", "high"))
    for t in RESULT_TABLES
    for n in (c.name for c in columns(t))
    if "central" in n.split("_") and {n.replace("central", "low"), n.replace("central", "high")} <= {c.name for c in columns(t)}
]
BOUNDS += [("cost.price_edge", "low", "central", "high")] if ("cost.price_edge", "low", "central", "high") not in BOUNDS else []
WATERFALLS = {
    "wafer": "item_id",
    "die": "board_id",
    "package": "board_id",
    "board_cost": "board_id",
    "server": "board_id",
    "accelerator_hour": "board_id",
}
ENDS_WITH = {"die": "die", "package": "package", "board_cost": "board", "server": "server", "accelerator_hour": "hour"}
"""Waterfall -> the step of cost.price whose price its total is."""
DEPLOYMENT = "board_id, model_id, workload_id"
TOO_SMALL = {
    "taalas_hc1": "llama_3_3_70b",
    "cerebras_wse3": "deepseek_v3",
}
"""Boards whose silicon does not hold the model."""


@pytest.fixture(scope="module")
def graph(published: Home) -> nx.DiGraph[str]:
    """The published graph as a user loads it."""
    loaded: nx.DiGraph[str] = nx.read_graphml(published.graphml)
    return loaded


# Cost.


def test_the_layers_shares_of_a_useful_token_sum_to_one(tables: Tables) -> None:
    sums = tables.rows(f"select {DEPLOYMENT}, sum(share), count(*) from cost.cost_by_layer group by all")
    assert len(sums) == tables.value("select count(*) from cost.useful_token")
    assert max(abs(row[3] - 1) for row in sums) < 1e-9


def test_the_grades_shares_of_a_useful_token_sum_to_one(tables: Tables) -> None:
    sums = tables.rows(f"select {DEPLOYMENT}, sum(share) from cost.cost_evidence group by all")
    assert len(sums) == tables.value("select count(*) from cost.useful_token")
    assert max(abs(row[3] - 1) for row in sums) < 1e-9


def test_value_added_by_all_layers_is_the_price_of_a_useful_token(tables: Tables) -> None:
    pairs = tables.rows(
        f"select sum(l.usd_per_mtoken), any_value(u.usd_central) from cost.cost_by_layer l join cost.useful_token u using ({DEPLOYMENT}) "
        f"group by {DEPLOYMENT}"
    )
    assert pairs
    for added, price in pairs:
        assert added == pytest.approx(price, rel=1e-9)


def test_a_price_is_inputs_own_cost_and_margin(tables: Tables) -> None:
    for node, price, inputs, own, margin, rate in tables.rows(
        "select node_id, central_usd, inputs_usd, own_usd, margin_usd, gross_margin from cost.price"
    ):
        assert price > 0, node
        assert inputs + own + margin == pytest.approx(price, rel=1e-9), node
        assert margin == pytest.approx(rate * price, rel=1e-9, abs=1e-12), node


def test_the_inputs_of_a_step_are_its_edges(tables: Tables) -> None:
    for node, inputs, edges in tables.rows(
        "select p.node_id, any_value(p.inputs_usd), coalesce(sum(e.cost_usd), 0) from cost.price p "
        "left join cost.price_edge e on e.consumer = p.node_id group by p.node_id"
    ):
        assert inputs == pytest.approx(edges, rel=1e-6, abs=1e-6), node


def test_an_edge_costs_its_amount_at_the_price_of_the_input(tables: Tables) -> None:
    wrong = tables.rows(
        "select e.* from cost.price_edge e join cost.price p on p.node_id = e.input "
        "where abs(e.cost_usd - e.central * p.central_usd) > 1e-9 * (1 + abs(e.cost_usd))"
    )
    assert wrong == []
    assert tables.value("select count(*) from cost.price_edge where input not in (from (select node_id from cost.price))") == 0


def test_every_published_price_of_an_item_is_the_price_in_the_chain(tables: Tables) -> None:
    different = tables.rows(
        "select c.node_id, c.central_usd, p.central from cost.price c join core.price p on c.node_id = 'item:' || p.item_id "
        "where p.status = 'current' and p.central is not null and abs(c.central_usd / p.central - 1) > 1e-9"
    )
    assert different == []


@pytest.mark.parametrize("name", WATERFALLS)
def test_the_components_of_a_waterfall_sum_to_its_total(tables: Tables, name: str) -> None:
    thing = WATERFALLS[name]
    sums = tables.rows(
        f"select {thing}, sum(central_usd) filter (where component <> 'total'), sum(central_usd) filter (where component = 'total') "
        f"from cost.{name} group by 1"
    )
    assert sums
    for which, parts, total in sums:
        assert parts == pytest.approx(total, rel=1e-9), which


@pytest.mark.parametrize("name", ENDS_WITH)
def test_a_waterfall_ends_at_the_price_in_the_chain(tables: Tables, name: str) -> None:
    pairs = tables.rows(
        f"select w.board_id, w.central_usd, p.central_usd from cost.{name} w "
        f"join cost.price p on p.node_id = '{ENDS_WITH[name]}:' || w.board_id "
        "where w.component = 'total'"
    )
    assert len(pairs) == tables.value("select count(*) from core.board")
    for board, shown, price in pairs:
        assert shown == pytest.approx(price, rel=1e-9), board


def test_each_step_of_a_board_costs_more_than_the_one_before(tables: Tables) -> None:
    steps = ("die", "package", "server")
    price = dict(tables.rows("select node_id, central_usd from cost.price"))
    for board in tables.column("select board_id from core.board"):
        for before, after in pairwise(steps):
            assert price[f"{before}:{board}"] < price[f"{after}:{board}"], (board, after)


@pytest.mark.parametrize("bounds", BOUNDS, ids=lambda b: f"{b[0]}.{b[2]}")
def test_low_central_and_high_are_in_order(tables: Tables, bounds: tuple[str, str, str, str]) -> None:
    table, low, central, high = bounds
    assert tables.rows(f"select * from {table} where not ({low} <= {central} and {central} <= {high})") == []


def test_an_uncertain_price_has_a_range(tables: Tables) -> None:
    assert tables.value("select count(*) from cost.useful_token where usd_low >= usd_high") == 0


@pytest.mark.parametrize("table", [t.table for t in RESULT_TABLES if t.table.startswith(("cost.", "risk."))])
def test_no_figure_is_infinite_or_no_number(tables: Tables, table: str) -> None:
    for name in tables.column(
        "select column_name from duckdb_columns() where schema_name || '.' || table_name = ? and data_type = 'DOUBLE'", table
    ):
        assert tables.value(f'select count(*) from {table} where isnan("{name}") or isinf("{name}")') == 0, name


# Serving.


def test_no_measured_result_passes_its_bound(tables: Tables) -> None:
    assert tables.rows("select * from cost.roofline_check where not is_below_bound or measured_tok_s > bound_tok_s") == []


def test_every_measured_result_of_a_known_board_is_checked(tables: Tables) -> None:
    unchecked = tables.column(
        "select benchmark_id from core.benchmark where source_id = 'mlperf' and status = 'current' "
        "and board_id is not null and throughput_tok_s is not null "
        "and benchmark_id not in (from (select benchmark_id from cost.roofline_check))"
    )
    assert unchecked == []
    assert tables.value("select count(*) from cost.roofline_check") > 100


@pytest.mark.shared
def test_every_closed_token_row_is_held_against_a_bound_or_counted_with_a_reason(tables: Tables, shared: Path) -> None:
    """The rows are those of the data-centre suite in the file as MLCommons published it, by entry, model and scenario."""
    published = json.loads((shared / "payloads" / "mlperf" / "summary_results_v5.1.json").read_bytes())
    closed = [r for r in published if r["Category"] == "closed" and r["Suite"] == "datacenter"]
    rows = Counter(f"{r['ID']}, {r['Model']}, {r['Scenario']}" for r in closed if r["Performance_Units"] == "Tokens/s")
    found = tables.rows(
        "select split_part(b.locator, ':', 1), r.bound_tok_s is not null, r.finding from cost.roofline_check r "
        "join core.benchmark b using (benchmark_id) where b.source_id = 'mlperf'"
    )
    assert len(found) == tables.value("select count(*) from core.benchmark where source_id = 'mlperf'")
    assert rows - Counter(place for place, _, _ in found) == Counter()
    how = Counter((is_bounded, finding.partition(":")[0]) for place, is_bounded, finding in found if place in rows)
    assert how == {
        (True, "bounded"): 312,
        (True, "held against H200 SXM"): 26,
        (True, "held against as many MI325X"): 8,
        (False, "no board"): 16,
        (False, "no accelerator"): 12,
    }
    assert how.total() == rows.total() == 374


def test_a_finding_without_a_bound_has_none_of_its_figures(tables: Tables) -> None:
    empty = "(bound_tok_s is null)::int + (reached_share is null)::int + (is_below_bound is null)::int + (board_id is null)::int"
    assert tables.column(f"select distinct {empty} from cost.roofline_check order by all") == [0, 4]
    assert tables.rows("select * from cost.roofline_check where bound_tok_s is null and length(finding) < 20") == []


def test_a_board_that_stands_in_for_a_mixture_is_nowhere_behind(tables: Tables) -> None:
    """MI325X for MI300X: at the upper bounds of its figures, which the bound takes."""
    figures = tables.rows(
        "select parameter, max(high) filter (entity_id = 'board:mi325x'), max(high) filter (entity_id = 'board:mi300x') from core.parameter "
        "where status = 'current' and parameter in "
        "('fp8_compute', 'memory_capacity', 'memory_bandwidth', 'scale_up_bandwidth') group by all"
    )
    assert len(figures) == 4
    assert [name for name, ours, theirs in figures if ours < theirs] == []


def test_what_is_held_against_another_board_is_never_calibrated_on(tables: Tables) -> None:
    assert tables.value("select count(*) from core.benchmark where bound_board_id is not null and status = 'current'") > 0
    stood_in = "select benchmark_id from core.benchmark where bound_board_id is not null"
    assert tables.rows(f"select * from cost.calibration_row where benchmark_id in ({stood_in})") == []


def test_the_bound_is_not_out_of_reach(tables: Tables) -> None:
    """A bound that nothing comes near would prove nothing."""
    assert 0.3 < tables.value("select max(reached_share) from cost.roofline_check") <= 1


def test_every_board_is_priced_for_some_model_and_workload(tables: Tables) -> None:
    assert tables.column("select board_id from core.board where board_id not in (from (select board_id from cost.useful_token))") == []


def test_every_board_model_and_workload_is_priced_or_refused_with_a_reason(tables: Tables) -> None:
    every = tables.value(
        "select (select count(*) from core.board) * (select count(*) from core.model) * (select count(*) from core.workload)"
    )
    assert tables.value("select count(*) from cost.served_token") == every
    assert tables.rows("select * from cost.served_token where (finding = 'priced') <> (usd_central is not null)") == []
    assert tables.rows("select * from cost.served_token where finding <> 'priced' and length(finding) < 20") == []
    assert tables.rows(f"select {DEPLOYMENT} from cost.served_token where finding = 'priced' order by all") == tables.rows(
        f"select {DEPLOYMENT} from cost.useful_token order by all"
    )


@pytest.mark.parametrize("board", TOO_SMALL)
def test_a_board_that_cannot_hold_a_model_is_refused_with_the_reason(tables: Tables, board: str) -> None:
    reasons = tables.column("select finding from cost.served_token where board_id = ? and model_id = ?", board, TOO_SMALL[board])
    assert len(reasons) == tables.value("select count(*) from core.workload")
    assert all(reason != "priced" for reason in reasons)
    assert all("fit" in reason or "wired" in reason for reason in reasons)


def test_what_is_served_from_memory_fits_in_it(tables: Tables) -> None:
    """Weights alone, at the width they are served, are less than the memory of the chips that serve as one group."""
    over = tables.rows(
        "select s.board_id, s.model_id, s.workload_id, s.chips, "
        "p.central * s.precision_bits / 8e9 as weights_gb, s.chips * m.central as memory_gb "
        "from cost.served_token s join core.board b using (board_id) "
        "join core.parameter p on p.entity_id = 'model:' || s.model_id and p.parameter = 'total_parameters' and p.status = 'current' "
        "join core.parameter m on m.entity_id = 'board:' || s.board_id "
        "and m.parameter in ('memory_capacity', 'sram_capacity') and m.status = 'current' "
        "and (m.parameter = 'sram_capacity') = (b.kind in ('sram', 'wafer_scale')) "
        "where s.finding = 'priced' and b.kind <> 'hard_wired' and weights_gb >= memory_gb"
    )
    assert over == []


def test_taalas_serves_the_model_in_its_metal_and_no_other(tables: Tables) -> None:
    served = tables.column("select distinct model_id from cost.useful_token where board_id = 'taalas_hc1'")
    assert served == ["llama_3_1_8b"]
    reasons = set(tables.column("select finding from cost.served_token where board_id = 'taalas_hc1' and model_id <> 'llama_3_1_8b'"))
    assert reasons == {"another model is wired into this chip"}


@pytest.mark.parametrize(("model_id", "limit_binds"), [("llama_3_1_8b", True), ("llama_3_3_70b", True), ("deepseek_v3", True)])
def test_whoever_can_wait_never_pays_more(tables: Tables, model_id: str, limit_binds: bool) -> None:
    """The same requests without a limit on latency take at most the accelerator time that chat takes, on every board that serves it.

    Batch work itself has longer requests, which take more memory each: it is not cheaper in everything.
    """
    core = {
        t: tidy(tables.connection.execute(f"select * from core.{t}").df()) for t in ("parameter", "price", "requirement", "board", "model")
    }
    patient = core["parameter"].copy()
    of_chat = (patient["entity_id"] == "workload:chat") & (patient["status"] == "current")
    for parameter, value in (("min_speed", 0.001), ("max_ttft", 1e6)):
        patient.loc[of_chat & (patient["parameter"] == parameter), ["low", "central", "high"]] = value
    hurried, waiting = (Figures(p, core["price"], core["requirement"], draws=0) for p in (core["parameter"], patient))
    (model,) = (m for m in records_of(core["model"], Model) if m.model_id == model_id)
    served = set(
        tables.column("select board_id from cost.served_token where model_id = ? and workload_id = 'chat' and finding = 'priced'", model_id)
    )
    sooner = 0
    for board in records_of(core["board"], Board):
        if board.board_id not in served:
            continue
        seconds = []
        for figures in (waiting, hurried):
            found = serve(board, model, "chat", figures)
            assert not isinstance(found, Refused), (board.board_id, found)
            asked, point = demand("chat", figures), found[0]
            seconds.append(float((asked.input_tokens * (1 - asked.cache_hit) * point.prefill + asked.output_tokens * point.decode).flat[0]))
        assert seconds[0] <= seconds[1] * (1 + 1e-9), board.board_id
        sooner += seconds[0] < seconds[1] * 0.999
    assert (sooner > 0) is limit_binds, f"boards on which the limit on latency costs something: {sooner}"


def test_what_can_chat_can_do_batch_work(tables: Tables) -> None:
    lost = tables.rows(
        "select board_id, model_id from cost.useful_token where workload_id = 'chat' except "
        "select board_id, model_id from cost.useful_token where workload_id = 'batch'"
    )
    assert lost == []


def test_a_useful_token_costs_more_than_a_served_one(tables: Tables) -> None:
    assert (
        tables.rows("select * from cost.useful_token where usd_central <= served_usd_central or with_rework_usd_central < usd_central")
        == []
    )
    assert tables.rows("select * from cost.useful_token where useful_part <= 0 or useful_part > 1 or attempts < 1") == []


def test_a_served_deployment_meets_its_latency_at_central_figures(tables: Tables) -> None:
    asked = dict(
        tables.rows(
            "select entity_id || '.' || parameter, central from core.parameter where status = 'current' and entity_id like 'workload:%'"
        )
    )
    for board, model, workload, speed, ttft in tables.rows(
        f"select {DEPLOYMENT}, speed_tok_s_user, ttft_s from cost.served_token where finding = 'priced'"
    ):
        assert speed >= asked[f"workload:{workload}.min_speed"] * (1 - 1e-9), (board, model, workload)
        assert ttft <= asked[f"workload:{workload}.max_ttft"] * (1 + 1e-9), (board, model, workload)


# Concentration.


def test_owners_are_at_least_as_concentrated_as_their_firms(tables: Tables) -> None:
    """Joining suppliers under one owner cannot make a market less concentrated."""
    pairs = tables.rows(
        "select f.item_id, f.hhi_central, o.hhi_central from risk.hhi f join risk.hhi o using (item_id, basis) "
        "where f.\"by\" = 'firm' and o.\"by\" = 'owner' and f.hhi_central is not null and o.hhi_central is not null"
    )
    assert len(pairs) > 100
    assert [row for row in pairs if row[2] < row[1] * (1 - 1e-9)] == []
    assert any(owner > firm * 1.01 for _, firm, owner in pairs), "some item has two suppliers of one owner"


def test_every_item_has_an_index_or_a_reason_in_each_view(tables: Tables) -> None:
    assert tables.value("select count(*) from risk.hhi") == 3 * tables.value("select count(*) from core.item")
    assert tables.rows("select * from risk.hhi where hhi_central is null and length(finding) < 10") == []


def test_an_index_lies_between_one_and_ten_thousand_and_so_do_its_parts(tables: Tables) -> None:
    assert tables.rows("select * from risk.hhi where hhi_central is not null and (hhi_low <= 0 or hhi_high > 10000)") == []
    assert tables.rows("select * from risk.hhi where cr1 > cr3 * (1 + 1e-9) or cr3 > known_share * (1 + 1e-9) or cr1 <= 0") == []
    parts = "primary_share + secondary_share + derived_share + estimate_share"
    assert tables.rows(f"select * from risk.hhi where known_share > 0 and abs({parts} - 1) > 1e-9") == []


def test_one_supplier_is_ten_thousand(tables: Tables) -> None:
    (row,) = tables.rows("select hhi_central, largest, cr1 from risk.hhi where item_id = 'euv_scanner' and \"by\" = 'firm'")
    assert row == (pytest.approx(10_000), "asml", pytest.approx(1))


# The graph.


def test_the_graph_file_has_the_nodes_and_edges_of_the_tables(graph: nx.DiGraph[str], tables: Tables) -> None:
    assert graph.is_directed()
    assert not graph.is_multigraph()
    assert set(graph.nodes) == set(tables.column("select node_id from graph.node"))
    assert set(graph.edges) == set(tables.rows("select distinct source_node, target_node from graph.edge"))


def test_an_edge_of_the_file_tells_every_kind_the_table_has(graph: nx.DiGraph[str], tables: Tables) -> None:
    kinds: dict[tuple[str, str], set[str]] = {}
    for source, target, kind in tables.rows("select source_node, target_node, kind from graph.edge"):
        kinds.setdefault((source, target), set()).add(kind)
    assert {edge: set(data["kinds"].split(";")) for *edge_ends, data in graph.edges(data=True) for edge in [tuple(edge_ends)]} == kinds


def test_a_node_of_the_file_carries_what_the_table_says(graph: nx.DiGraph[str], tables: Tables) -> None:
    for node, kind, name, layer in tables.rows("select node_id, kind, name, layer from graph.node"):
        data = graph.nodes[node]
        assert (data["kind"], data["name"], data["layer"]) == (kind, name, layer)


def test_no_edge_dangles(tables: Tables) -> None:
    known = "(from (select node_id from graph.node))"
    assert tables.rows(f"select * from graph.edge where source_node not in {known} or target_node not in {known}") == []


def test_no_node_stands_alone_but_organisations_that_only_appear_by_name(graph: nx.DiGraph[str]) -> None:
    alone = {graph.nodes[node]["kind"] for node in nx.isolates(graph)}
    assert alone <= {"organisation", "country"}


@pytest.mark.parametrize(
    "material",
    ["gallium", "helium", "neon", "high_purity_quartz", "tungsten", "rare_earth_oxide"],
)
def test_a_material_stands_behind_the_useful_token(graph: nx.DiGraph[str], material: str) -> None:
    assert "item:useful_token" in nx.descendants(graph, f"item:{material}")


def test_what_a_server_is_made_of_stands_behind_the_useful_token(graph: nx.DiGraph[str], tables: Tables) -> None:
    parts = tables.column(
        "select distinct 'item:' || r.input_id from core.requirement r join core.board b on r.consumer_id = b.system_item "
        "where r.status = 'current' and r.input_id in (from (select item_id from core.item))"
    )
    assert len(parts) > 10
    assert [part for part in parts if "item:useful_token" not in nx.descendants(graph, part)] == []


def test_every_board_stands_between_materials_and_the_useful_token(graph: nx.DiGraph[str], tables: Tables) -> None:
    materials = set(tables.column("select 'item:' || item_id from core.item where layer = 'materials'"))
    for board in tables.column("select 'board:' || board_id from core.board"):
        assert materials & nx.ancestors(graph, board), board
        assert "item:useful_token" in nx.descendants(graph, board), board


def test_a_country_reaches_what_is_made_in_it(graph: nx.DiGraph[str]) -> None:
    assert {"item:wafer_n5", "board:h100", "item:useful_token"} <= nx.descendants(graph, "country:TWN")


def test_cycles_are_those_that_networkx_finds(graph: nx.DiGraph[str], tables: Tables) -> None:
    listed: dict[int, set[str]] = {}
    for cycle, node in tables.rows("select cycle_id, node_id from graph.cycle"):
        listed.setdefault(cycle, set()).add(node)
    found = [component for component in nx.strongly_connected_components(graph) if len(component) > 1]
    assert sorted(map(sorted, listed.values())) == sorted(map(sorted, found))
    assert found, "chips need tools that contain chips"
    sizes = [size for (size,) in tables.rows("select distinct on (cycle_id) size from graph.cycle order by cycle_id")]
    assert sizes == sorted(sizes, reverse=True) == [len(listed[k]) for k in sorted(listed)]


def test_the_python_face_gives_the_same_graph(published: Home, graph: nx.DiGraph[str]) -> None:
    from pipelines.stack import Stack

    loaded = Stack.load(published.published).graph
    assert set(loaded.nodes) == set(graph.nodes)
    assert set(loaded.edges) == set(graph.edges)


def test_a_price_follows_its_rule_on_the_bill(published: Home, tables: Tables) -> None:
    """Rolled up from the published inputs, own costs and margins, every price comes out as published."""
    from graph.cost.rollup import prices
    from pipelines.stack import Stack

    rolled = prices(Stack.load(published.published).bill)
    for node, price in tables.rows("select node_id, central_usd from cost.price"):
        assert math.isclose(float(rolled[node]), price, rel_tol=1e-6), node
