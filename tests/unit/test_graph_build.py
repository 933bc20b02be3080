"""Records to the graph: which way edges point, what is refused, and the same reachability from arrays as from NetworkX."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.build import Deployment, GraphError, cycles, digraph, edges, nodes, unreachable_boards
from graph.compiled import compile_graph, descendants
from sources import records as r
from sources.columns import columns

SERVED = Deployment("h100", "reference_air", "llama", "chat")


def table(rows: list[dict[str, Any]], record: type) -> pd.DataFrame:
    said = {"grade": "primary", "source_id": "report", "status": "current"}
    return pd.DataFrame([said | row for row in rows]).reindex(columns=[c.name for c in columns(record)])


def small_stack() -> dict[str, pd.DataFrame]:
    """Gallium and neon to the useful token: one foundry, its tool maker, one memory, one board, one site."""
    layers = {
        "gallium": "materials",
        "neon": "materials",
        "tool": "equipment",
        "wafer_n5": "foundry",
        "cowos": "packaging",
        "hbm": "memory",
        "hbm3e": "memory",
        "abf_substrate": "packaging",
        "package_assembly": "packaging",
        "hgx_server": "boards",
        "ai_accelerator": "boards",
        "electricity": "power",
        "scale_out_network": "networking",
        "accelerator_hour": "sites",
        "useful_token": "harness",
    }
    items = [
        {"item_id": i, "name": i, "layer": layer, "unit": "unit", "part_of": "hbm" if i == "hbm3e" else None} for i, layer in layers.items()
    ]
    organisations = [
        {"organisation_id": o, "name": o, "country": c, "parent_id": p}
        for o, c, p in (
            ("tsmc", "TWN", None),
            ("asml", "NLD", None),
            ("nvidia", "USA", None),
            ("fund", "USA", None),
            ("smelter", "CHN", "fund"),
        )
    ]
    offers = [
        {"offer_id": f"{o}/{i}/{c}", "organisation_id": o, "item_id": i, "country": c, "share_central": s, "production_grade": "primary"}
        for o, i, c, s in (("tsmc", "wafer_n5", "TWN", 0.9), ("asml", "tool", "NLD", 1.0), ("smelter", "gallium", "CHN", 0.6))
    ]
    requirements = [
        {"consumer_id": "wafer_n5", "input_id": "gallium", "k": 1, "central": 0.01},
        {"consumer_id": "hbm3e", "input_id": "neon", "k": 1},
        {"consumer_id": "wafer_n5", "input_id": "tool", "organisation_id": "asml", "k": 1, "central": 0.001},
        {"consumer_id": "tool", "input_id": "h100", "k": 1},
        {"consumer_id": "hgx_server", "input_id": "h100", "k": 1, "central": 8},
        {"consumer_id": "wafer_n5", "input_id": "electricity", "k": 1, "status": "superseded"},
    ]
    shares = [{"item_id": "gallium", "supplier_kind": "country", "country": "CHN", "central": 0.98}]
    board = {
        "board_id": "h100",
        "name": "H100",
        "designer": "nvidia",
        "foundry": "tsmc",
        "wafer_item": "wafer_n5",
        "packaging_item": "cowos",
        "packager": "tsmc",
        "memory_item": "hbm3e",
        "system_item": "hgx_server",
    }
    site = {
        "site_id": "reference_air",
        "name": "Reference",
        "operator": "fund",
        "country": "USA",
        "board_id": "h100",
        "status": "operational",
    }
    return {
        "item": table(items, r.Item),
        "organisation": table(organisations, r.Organisation),
        "country": table([{"country": c, "name": c} for c in ("TWN", "NLD", "USA", "CHN")], r.Country),
        "offer": table(offers, r.Offer),
        "share": table(shares, r.Share),
        "requirement": table(requirements, r.Requirement),
        "board": table([board], r.Board),
        "site": table([site], r.Site),
    }


def small_graph() -> nx.DiGraph[str]:
    core = small_stack()
    return digraph(nodes(core, [SERVED]), edges(core, [SERVED]))


def plain(ends: list[tuple[str, str]], names: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables graph.node and graph.edge of named things that need each other."""
    node_table = pd.DataFrame({"node_id": names, "kind": "item", "name": names, "layer": "materials"})
    edge_table = pd.DataFrame(ends, columns=["source_node", "target_node"]).assign(kind="requires", weight=np.nan)
    return node_table, edge_table


UP_TO_THE_TOKEN = {"board:h100", "site:reference_air", f"deployment:{SERVED.deployment_id}", "item:useful_token"}


@pytest.mark.parametrize(
    "start",
    [
        "item:neon",
        "item:hbm3e",
        "country:TWN",
        "org:tsmc",
        "offer:tsmc/wafer_n5/TWN",
        pytest.param("item:gallium"),
        pytest.param("country:NLD"),
        pytest.param("org:fund"),
    ],
)
def test_a_loss_reaches_the_board_made_with_it_and_the_useful_token(start: str) -> None:
    core = small_stack()
    core["site"]["operator"] = None
    graph = digraph(nodes(core, [SERVED]), edges(core, [SERVED]))
    assert nx.descendants(graph, start) >= UP_TO_THE_TOKEN
    assert start in nx.ancestors(graph, "board:h100")


def test_nothing_stands_on_the_useful_token() -> None:
    assert nx.descendants(small_graph(), "item:useful_token") == set()


@pytest.mark.parametrize(
    ("upstream", "downstream", "kind"),
    [
        ("country:TWN", "offer:tsmc/wafer_n5/TWN", "located_in"),
        ("org:tsmc", "offer:tsmc/wafer_n5/TWN", "supplies"),
        ("offer:tsmc/wafer_n5/TWN", "item:wafer_n5", "supplies"),
        ("country:CHN", "item:gallium", "supplies"),
        ("org:fund", "org:smelter", "part_of"),
        ("item:hbm3e", "item:hbm", "part_of"),
        ("item:gallium", "offer:tsmc/wafer_n5/TWN", "requires"),
        ("offer:asml/tool/NLD", "offer:tsmc/wafer_n5/TWN", "requires"),
        ("board:h100", "item:hgx_server", "requires"),
        ("offer:tsmc/wafer_n5/TWN", "board:h100", "requires"),
        ("item:cowos", "board:h100", "requires"),
        ("item:hbm3e", "board:h100", "requires"),
        ("org:nvidia", "board:h100", "supplies"),
        ("board:h100", "site:reference_air", "hosts"),
        ("item:electricity", "site:reference_air", "requires"),
        ("country:USA", "site:reference_air", "located_in"),
        ("org:fund", "site:reference_air", "supplies"),
        ("site:reference_air", "item:accelerator_hour", "supplies"),
        ("board:h100", f"deployment:{SERVED.deployment_id}", "serves"),
        ("site:reference_air", f"deployment:{SERVED.deployment_id}", "hosts"),
        (f"deployment:{SERVED.deployment_id}", "item:useful_token", "serves"),
    ],
)
def test_every_edge_points_the_way_goods_and_failures_travel(upstream: str, downstream: str, kind: str) -> None:
    graph = small_graph()
    assert graph.edges[upstream, downstream]["kind"] == kind
    assert not graph.has_edge(downstream, upstream)


def test_a_supplier_needed_by_name_is_needed_itself_and_not_its_whole_item() -> None:
    graph = small_graph()
    assert not graph.has_edge("item:tool", "offer:tsmc/wafer_n5/TWN")
    assert not graph.has_edge("item:wafer_n5", "board:h100")


def test_a_superseded_requirement_is_no_edge() -> None:
    assert not small_graph().has_edge("item:electricity", "offer:tsmc/wafer_n5/TWN")


def test_edges_carry_share_amount_and_evidence_and_nothing_empty() -> None:
    graph = small_graph()
    supply, need = graph.edges["offer:tsmc/wafer_n5/TWN", "item:wafer_n5"], graph.edges["item:gallium", "offer:tsmc/wafer_n5/TWN"]
    assert (supply["weight"], supply["unit"], supply["grade"], supply["source_id"]) == (0.9, "fraction", "primary", "report")
    assert (need["weight"], need["k"]) == (0.01, 1)
    assert all(value is not None and not pd.isna(value) for _, _, data in graph.edges(data=True) for value in data.values())


def test_two_kinds_of_edge_between_the_same_nodes_are_both_listed() -> None:
    node_table, edge_table = plain([("a", "b"), ("a", "b")], ["a", "b"])
    graph = digraph(node_table, edge_table.assign(kind=["supplies", "requires"]))
    assert graph.edges["a", "b"]["kind"] == "supplies"
    assert graph.edges["a", "b"]["kinds"] == "supplies;requires"


def test_an_edge_to_a_node_that_is_not_there_is_refused_by_name() -> None:
    node_table, edge_table = plain([("item:neon", "item:laser"), ("item:laser", "item:scanner")], ["item:neon", "item:laser"])
    with pytest.raises(GraphError, match="1 edges refer to nodes that are not there, such as item:laser -> item:scanner"):
        digraph(node_table, edge_table)
    with pytest.raises(ValueError, match="the edge item:laser -> item:scanner refers to a node that is not there"):
        compile_graph(node_table, edge_table)


def test_chips_need_tools_that_contain_chips() -> None:
    assert {"board:h100", "item:tool", "item:wafer_n5"} & set(cycles(small_graph())["node_id"])


def test_cycles_are_numbered_from_the_largest() -> None:
    names = list("abcdefg")
    graph = digraph(*plain([("a", "b"), ("b", "a"), ("c", "d"), ("d", "e"), ("e", "c"), ("e", "f"), ("f", "g")], names))
    found = cycles(graph)
    assert list(found.itertuples(index=False, name=None)) == [(1, "c", 3), (1, "d", 3), (1, "e", 3), (2, "a", 2), (2, "b", 2)]


def test_a_graph_without_cycles_lists_none() -> None:
    assert cycles(digraph(*plain([("a", "b"), ("b", "c")], list("abc")))).empty


def test_a_board_without_a_material_behind_it_is_a_hole_in_the_chain() -> None:
    core = small_stack()
    assert unreachable_boards(digraph(nodes(core, [SERVED]), edges(core, [SERVED]))) == []
    assert unreachable_boards(digraph(nodes(core, []), edges(core, []))) == ["board:h100"], "no deployment leads to a useful token"
    core["requirement"] = core["requirement"][core["requirement"]["input_id"] != "neon"]
    core["requirement"] = core["requirement"][core["requirement"]["input_id"] != "gallium"]
    assert unreachable_boards(digraph(nodes(core, [SERVED]), edges(core, [SERVED]))) == ["board:h100"]


@given(st.integers(1, 12), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=40))
def test_reachability_from_arrays_is_that_of_networkx(n: int, pairs: list[tuple[int, int]]) -> None:
    names = [f"n{k}" for k in range(n)]
    node_table, edge_table = plain([(f"n{a % n}", f"n{b % n}") for a, b in pairs], names)
    graph, compiled = digraph(node_table, edge_table), compile_graph(node_table, edge_table)
    on_cycle = {k for c in nx.strongly_connected_components(graph) if len(c) > 1 for k in c} | set(nx.nodes_with_selfloops(graph))
    for k, name in enumerate(names):
        assert compiled.index(name) == k
        reached = {compiled.node_ids[i] for i in np.flatnonzero(descendants(compiled, k))}
        assert reached - {name} == nx.descendants(graph, name)
        assert (name in reached) == (name in on_cycle)


def test_compiled_edges_keep_their_row_and_weight() -> None:
    node_table, edge_table = plain([("c", "a"), ("a", "b"), ("a", "c")], list("abc"))
    compiled = compile_graph(node_table, edge_table.assign(weight=[0.3, 0.1, None]))
    assert compiled.start.tolist() == [0, 2, 2, 3]
    assert compiled.targets.tolist() == [1, 2, 0]
    assert compiled.edge.tolist() == [1, 2, 0]
    np.testing.assert_array_equal(compiled.weight, [0.1, np.nan, 0.3])
    with pytest.raises(KeyError, match="nowhere"):
        compiled.index("nowhere")
