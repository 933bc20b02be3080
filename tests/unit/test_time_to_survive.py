"""The programme of time to recover and time to survive: worked by hand, by maximum flow, and by relations that must hold."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.risk.time_to_survive import NetworkError, read_network, survive, survive_each

Data = dict[str, Any]


def worked(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    for node, expected in case["expected"].items():
        found = survive(case["network"], node, expected["ttr"])
        assert found.lost_margin == pytest.approx(expected["lost_margin"], abs=1e-9)
        assert found.lost_units == pytest.approx(expected["lost_units"], abs=1e-9)
        assert found.tts == pytest.approx(expected["tts"], abs=1e-9)
        assert found.exposed is expected["exposed"]


def test_the_chain_worked_by_hand(golden: Path) -> None:
    worked(golden / "stress_chain.json")


@pytest.mark.shared
def test_the_chain_as_given(shared: Path) -> None:
    worked(shared / "examples" / "stress" / "chain.json")


def chain(**changes: Any) -> Data:
    data: Data = {
        "products": {"p": {"demand": 10, "margin": 5}},
        "nodes": {"p": {"stock": 20, "cap": 12}, "w": {"stock": 30, "cap": 12}, "m": {"stock": 40, "cap": 100}},
        "edges": [["w", "p"], ["m", "w"]],
        "makes": {"w": "W", "m": "M", "p": "P"},
        "bom": {"p": {"W": 1}, "w": {"M": 2}},
    }
    return data | changes


def test_without_a_loss_demand_is_met_for_ever() -> None:
    found = survive(chain(), [], 1000)
    assert (found.lost_margin, found.tts, found.exposed) == (pytest.approx(0), math.inf, False)


def test_the_lost_product_itself_lives_on_its_stock() -> None:
    found = survive(chain(), "p", 5)
    assert found.tts == pytest.approx(2)
    assert found.lost_units == pytest.approx({"p": 30})


def test_a_second_supplier_covers_what_its_capacity_allows() -> None:
    data = chain(edges=[["w", "p"], ["m", "w"], ["v", "p"]], makes={"w": "W", "m": "M", "p": "P", "v": "W"})
    data["nodes"] = {**data["nodes"], "v": {"stock": 0, "cap": 4}}
    found = survive(data, "w", 14)
    assert found.lost_units == pytest.approx({"p": 140 - 20 - 30 - 14 * 4})
    assert found.tts == pytest.approx(50 / 6)


def test_scarce_parts_go_where_the_margin_is() -> None:
    data: Data = {
        "products": {"rich": {"demand": 1, "margin": 9}, "poor": {"demand": 1, "margin": 1}},
        "nodes": {"rich": {"stock": 0}, "poor": {"stock": 0}, "part": {"stock": 10, "cap": 5}},
        "edges": [["part", "rich"], ["part", "poor"]],
        "bom": {"rich": {"part": 1}, "poor": {"part": 1}},
    }
    assert survive(data, "part", 10).lost_units == pytest.approx({"rich": 0, "poor": 10})


def test_products_without_margin_lose_no_more_than_they_must() -> None:
    data = chain(products={"p": {"demand": 10, "margin": 0}})
    assert survive(data, "m", 14).lost_units == pytest.approx({"p": 70})


def test_several_nodes_lost_at_once_cost_at_least_as_much_as_each() -> None:
    both = survive(chain(), ["m", "w"], 14)
    assert both.lost_margin >= survive(chain(), "w", 14).lost_margin - 1e-9


def test_the_costliest_node_comes_first() -> None:
    table = survive_each(chain(), {"m": 14, "w": 14})
    assert table["node"].tolist() == ["w", "m"]
    assert table["exposed"].tolist() == [True, True]


@given(
    stocks=st.lists(st.integers(0, 60), min_size=2, max_size=6),
    needs=st.lists(st.integers(1, 4), min_size=5, max_size=5),
    days=st.integers(1, 40),
)
def test_a_chain_of_any_length_by_recursion(stocks: list[int], needs: list[int], days: int) -> None:
    n = len(stocks)
    nodes = {f"n{k}": {"stock": s, "cap": 15} for k, s in enumerate(stocks)}
    data: Data = {
        "products": {"n0": {"demand": 10, "margin": 2}},
        "nodes": nodes,
        "edges": [[f"n{k + 1}", f"n{k}"] for k in range(n - 1)],
        "bom": {f"n{k}": {f"n{k + 1}": needs[k]} for k in range(n - 1)},
    }

    def made(k: int) -> float:
        return 0.0 if k == n - 1 else min(15 * days, (stocks[k + 1] + made(k + 1)) / needs[k])

    lost = max(0.0, 10 * days - stocks[0] - made(0))
    found = survive(data, f"n{n - 1}", days)
    assert found.lost_units["n0"] == pytest.approx(lost, abs=1e-7)
    assert (found.tts >= days - 1e-7) == (lost <= 1e-7)


@given(seed=st.integers(0, 10_000), days=st.integers(1, 30))
def test_goods_of_one_kind_by_maximum_flow(seed: int, days: int) -> None:
    """Three layers that pass one part on, unit for unit: what reaches the product is a maximum flow."""
    import numpy as np

    random = np.random.default_rng(seed)
    layers = [["a0", "a1", "a2"], ["b0", "b1", "b2"], ["p"]]
    part = {n: f"P{k}" for k, layer in enumerate(layers) for n in layer}
    edges = [
        [a, b] for up, down in itertools.pairwise(layers) for a in up for b in down if b == "p" or random.random() < 0.7 or a[1] == b[1]
    ]
    nodes = {n: {"stock": int(random.integers(0, 50)), "cap": int(random.integers(1, 12))} for n in part}
    data: Data = {
        "products": {"p": {"demand": 15, "margin": 1}},
        "nodes": nodes,
        "edges": edges,
        "makes": part,
        "bom": {n: {f"P{k}": 1} for k, layer in enumerate(layers[1:]) for n in layer},
    }
    flow: nx.DiGraph[str] = nx.DiGraph()
    for n, one in nodes.items():
        flow.add_edge(f"{n}/made", f"{n}/out", capacity=0 if n == "a0" else one["cap"] * days)
        flow.add_edge("source", f"{n}/out", capacity=one["stock"])
        if n in layers[0]:
            flow.add_edge("source", f"{n}/made", capacity=10**6)
    for a, b in edges:
        flow.add_edge(f"{a}/out", f"{b}/made", capacity=10**6)
    reached = nx.maximum_flow_value(flow, "source", "p/out")
    assert survive(data, "a0", days).lost_units["p"] == pytest.approx(max(0, 15 * days - reached), abs=1e-6)


@given(more=st.integers(1, 50), node=st.sampled_from(["p", "w", "m"]), days=st.integers(1, 40))
def test_more_stock_never_shortens_survival_nor_raises_the_loss(more: int, node: str, days: int) -> None:
    before = survive(chain(), "m", days)
    nodes = chain()["nodes"]
    after = survive(chain(nodes={**nodes, node: {**nodes[node], "stock": nodes[node]["stock"] + more}}), "m", days)
    assert after.tts >= before.tts - 1e-9
    assert after.lost_margin <= before.lost_margin + 1e-7


@given(days=st.integers(0, 60), longer=st.integers(1, 60))
def test_a_longer_outage_never_costs_less(days: int, longer: int) -> None:
    assert survive(chain(), "m", days + longer).lost_margin >= survive(chain(), "m", days).lost_margin - 1e-7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nodes": {}}, "no nodes"),
        ({"products": {}}, "no products"),
        ({"edges": [["w", "x"]]}, "edge 1: 'x' is no node"),
        ({"edges": [["w", "p"], ["w", "w"]]}, "edge 2: node 'w' supplies itself"),
        ({"edges": [["w", "p"], ["m", "w"], ["w", "p"]]}, "edge 3: 'w' -> 'p' is given twice"),
        ({"edges": [["w", "p", "m"]]}, r"edge 1: expected \[supplier, consumer\]"),
        ({"edges": [["w", "p"]]}, "node 'w' takes part 'M', which none of its suppliers makes"),
        ({"products": {"q": {"demand": 1, "margin": 1}}}, "product 'q': no node makes it"),
        ({"products": {"p": {"demand": -1, "margin": 1}}}, "product 'p', demand: expected a number of at least 0, got -1"),
        ({"products": {"p": {"margin": 1}}}, "product 'p', demand: expected a number"),
        ({"bom": {"p": {"W": math.nan}}}, "node 'p', bom 'W': expected a number"),
        ({"bom": {"z": {"W": 1}}}, "bom: 'z' is no node"),
    ],
)
def test_what_is_not_sound_is_named(change: Data, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        read_network(chain(**change))


def test_an_unknown_lost_node_is_named() -> None:
    with pytest.raises(NetworkError, match="the disrupted node 'z' is not in the network"):
        survive(chain(), "z", 5)


def test_a_negative_time_to_recover_is_refused() -> None:
    with pytest.raises(NetworkError, match="time to recover of m: expected a number of at least 0, got -1"):
        survive(chain(), "m", -1)


def test_a_network_that_does_not_need_the_node_lives_for_ever() -> None:
    """Nobody takes what `spare` makes, and the others meet demand: the solver's presolve calls this unbounded programme infeasible."""
    data: Data = {
        "products": {"goods": {"demand": 1, "margin": 5}},
        "nodes": {
            "shop": {"stock": 20, "cap": 5},
            "large": {"stock": 20, "cap": 100},
            "spare": {"stock": 0, "cap": 5},
            "small": {"stock": 0, "cap": 5},
        },
        "edges": [["large", "shop"], ["small", "shop"]],
        "makes": {"shop": "goods", "large": "part", "spare": "other", "small": "part"},
        "bom": {"shop": {"part": 1}},
    }
    found = survive(data, "spare", 60)
    assert (found.lost_margin, found.tts, found.exposed) == (pytest.approx(0), math.inf, False)


def test_figures_beyond_reckoning_are_refused_with_their_place() -> None:
    with pytest.raises(NetworkError, match="node 'p', stock: 1e\\+300 is more than can be reckoned with"):
        read_network(chain(nodes={"p": {"stock": 1e300, "cap": 12}, "w": {"stock": 30}, "m": {"stock": 40}}))
