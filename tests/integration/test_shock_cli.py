"""`stackgraph shock`: what a price does downstream; and price and quantity are two channels, neither stands in for the other."""

from __future__ import annotations

import json
from typing import Any

import networkx as nx
import numpy as np
import pytest

from graph.cost.rollup import prices
from pipelines.home import Home
from pipelines.stack import Stack
from tests.command import Tables, asked, rows_of


@pytest.fixture(scope="module")
def stack(published: Home) -> Stack:
    return Stack.load(published.published)


@pytest.fixture(scope="module")
def base(stack: Stack) -> dict[str, float]:
    return {name: float(v) for name, v in prices(stack.bill).items()}


@pytest.fixture(scope="module")
def chain(tables: Tables) -> nx.DiGraph[str]:
    """The priced chain; every edge points to the consumer."""
    graph: nx.DiGraph[str] = nx.DiGraph(tables.rows("select input, consumer from cost.price_edge where central > 0"))
    graph.add_nodes_from(tables.column("select node_id from cost.price"))
    return graph


@pytest.mark.parametrize("rule", ["percent", "dollar"])
def test_no_dearer_item_makes_anything_cheaper(stack: Stack, base: dict[str, float], chain: nx.DiGraph[str], rule: Any) -> None:
    """And what does not need it, by whatever path, costs what it did."""
    reference = {name: np.asarray(v) for name, v in base.items()}
    items = [name for name in stack.bill if name.startswith("item:")]
    # All at once: in column k only the k-th item is dearer.
    added = {item: 0.3 * base[item] * np.eye(len(items))[k] for k, item in enumerate(items)}
    after = prices(stack.bill, added, rule, reference)
    rise = {name: np.broadcast_to(value, len(items)) / base[name] - 1 for name, value in after.items()}
    assert {name: items[int(r.argmin())] for name, r in rise.items() if r.min() < -1e-12} == {}
    for k, item in enumerate(items):
        moved = {name for name, r in rise.items() if r[k] > 1e-12}
        assert item in moved
        assert moved <= nx.descendants(chain, item) | {item}, item


def test_the_price_itself_rises_by_what_was_said(stack: Stack, base: dict[str, float], chain: nx.DiGraph[str]) -> None:
    after = prices(stack.bill, {"item:hbm3e": 0.3 * base["item:hbm3e"]})
    assert "item:hbm3e" not in nx.descendants(chain, "item:hbm3e") or after["item:hbm3e"] >= 1.3 * base["item:hbm3e"]
    assert float(after["item:hbm3e"]) == pytest.approx(1.3 * base["item:hbm3e"], rel=1e-6)


def test_memory_reaches_the_tokens_of_boards_that_carry_it(published: Home, tables: Tables) -> None:
    rows = rows_of(published, "shock", "hbm3e=+30%", "--limit", "2000")
    carrying = set(tables.column("select board_id from core.board where memory_item = 'hbm3e'"))
    moved = {row["board_id"] for row in rows if row["change_percent_margin"] > 1e-6}
    assert carrying <= moved
    assert {"h200", "b200"} <= carrying
    assert not moved & {"groq_lpu_v1", "taalas_hc1", "cerebras_wse3"}


@pytest.mark.parametrize("board", ["groq_lpu_v1", "taalas_hc1"])
def test_memory_does_not_reach_a_board_that_has_none(published: Home, board: str) -> None:
    rows = rows_of(published, "shock", "hbm3e=+300%", "--board", board, "--limit", "2000")
    assert rows
    for row in rows:
        assert row["change_percent_margin"] == pytest.approx(0, abs=1e-12)
        assert row["change_dollar_margin"] == pytest.approx(0, abs=1e-12)


def test_gallium_reaches_the_useful_token_by_every_priced_path(published: Home, chain: nx.DiGraph[str]) -> None:
    reached = {name.removeprefix("useful:") for name in nx.descendants(chain, "item:gallium") if name.startswith("useful:")}
    assert reached, "no priced path leads from gallium to a useful token"
    rows = rows_of(published, "shock", "gallium=+1000%", "--limit", "2000")
    moved = {f"{r['board_id']}/{r['model_id']}/{r['workload_id']}" for r in rows if r["change_percent_margin"] > 0}
    assert moved == reached


def test_no_change_changes_nothing(published: Home) -> None:
    for row in rows_of(published, "shock", "hbm3e=+0%", "electricity=0%", "--limit", "2000"):
        assert row["change_percent_margin"] == pytest.approx(0, abs=1e-12)
        assert row["usd_dollar_margin"] == pytest.approx(row["usd_central"], rel=1e-12)


def dollars(stack: Stack, **changes: float) -> np.ndarray:
    """What the shock adds to every useful token where sellers keep their margin in dollars."""
    frame = stack.shock(changes).sort_values(["board_id", "model_id", "workload_id"])
    return (frame["usd_dollar_margin"] - frame["usd_central"]).to_numpy()


def test_two_shocks_add_up_where_margins_stay_in_dollars(stack: Stack) -> None:
    both = dollars(stack, hbm3e=0.3, electricity=0.5)
    np.testing.assert_allclose(both, dollars(stack, hbm3e=0.3) + dollars(stack, electricity=0.5), rtol=1e-9, atol=1e-12)


def test_a_shock_twice_as_large_adds_twice_as_much(stack: Stack) -> None:
    np.testing.assert_allclose(dollars(stack, hbm3e=0.6), 2 * dollars(stack, hbm3e=0.3), rtol=1e-9, atol=1e-12)


def test_a_fall_takes_off_what_a_rise_adds(stack: Stack) -> None:
    np.testing.assert_allclose(dollars(stack, hbm3e=-0.2), -dollars(stack, hbm3e=0.2), rtol=1e-9, atol=1e-12)


def test_margins_kept_as_a_percentage_pass_on_more_where_sellers_earn(stack: Stack) -> None:
    """A seller with a margin puts it on top of the rise; NVIDIA's margin is the largest there is."""
    frame = stack.shock({"hbm3e": 0.3})
    of_h200 = frame[frame["board_id"] == "h200"]
    assert (of_h200["change_percent_margin"] > 2 * of_h200["change_dollar_margin"]).all()


def test_a_board_is_shocked_by_its_own_name(published: Home) -> None:
    rows = rows_of(published, "shock", "board:h100=+20%", "--limit", "2000")
    assert {row["board_id"] for row in rows if abs(row["change_percent_margin"]) > 1e-9} == {"h100"}


def test_the_largest_change_comes_first(published: Home) -> None:
    changes = [abs(row["change_percent_margin"]) for row in rows_of(published, "shock", "electricity=+50%", "--limit", "2000")]
    assert changes == sorted(changes, reverse=True)


def test_gallium_costs_nothing_and_hbm_something_while_either_can_run_out(published: Home) -> None:
    done = asked(published.root, "shock", "gallium=+300%", "hbm3e=-50%supply", "--format", "json", "--limit", "1000")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    price = [row for row in rows if row["channel"] == "price"]
    assert price
    assert max(row["change_percent_margin"] for row in price) < 0.001
    lost = {row["target"]: row["lost_share_central"] for row in rows if row["channel"] == "quantity"}
    assert lost["item:ai_accelerator"] > 0.1


def test_twice_the_shortage_loses_no_less(published: Home) -> None:
    def accelerators(part: str) -> float:
        rows = json.loads(asked(published.root, "shock", f"cowos_l=-{part}%supply", "--format", "json").stdout)
        return float(next(row["lost_share_central"] for row in rows if row["target"] == "item:ai_accelerator"))

    assert 0 < accelerators("20") < accelerators("40")


def test_a_stem_stands_for_all_its_kinds_and_says_so(published: Home) -> None:
    done = asked(published.root, "shock", "cowos=-20%supply", "--format", "json")
    assert "cowos: cowos_l, cowos_r, cowos_s" in done.stderr
    assert {row["lost"] for row in json.loads(done.stdout)} == {"item:cowos_l", "item:cowos_r", "item:cowos_s", "all of them"}


def test_a_dearer_class_is_all_of_its_kinds_dearer(published: Home, stack: Stack, tables: Tables) -> None:
    """Nobody buys HBM, everybody buys HBM of a kind: without its kinds the class would cost nobody anything."""
    whole = stack.shock({"hbm": 0.3})
    kinds = tables.column("select item_id from core.item where part_of = 'hbm'")
    by = ["board_id", "model_id", "workload_id"]
    one_by_one = stack.shock(dict.fromkeys(kinds, 0.3))
    for frame in (whole, one_by_one):
        frame.sort_values(by, inplace=True, ignore_index=True)
    np.testing.assert_allclose(whole["usd_percent_margin"], one_by_one["usd_percent_margin"], rtol=1e-9)
    moved = set(whole[whole["change_percent_margin"] > 1e-6]["board_id"])
    assert (
        set(tables.column("select distinct board_id from core.board join cost.useful_token using (board_id) where memory_item like 'hbm%'"))
        <= moved
    )
    with pytest.raises(ValueError, match="item:hbm3e is changed twice"):
        stack.shock({"hbm": 0.3, "hbm3e": 0.1})


def test_a_class_made_of_its_kinds_rises_once(stack: Stack) -> None:
    """Ethernet and InfiniBand are inside the price of the network."""
    assert stack.nodes("scale_out_network") == ["item:scale_out_network"]


def test_a_shortage_of_a_class_is_one_of_all_its_kinds(published: Home) -> None:
    lost = {row["target"]: row["lost_share_central"] for row in rows_of(published, "shock", "hbm=-20%supply")}
    of_one = {row["target"]: row["lost_share_central"] for row in rows_of(published, "shock", "hbm3e=-20%supply")}
    assert lost["item:ai_accelerator"] > of_one["item:ai_accelerator"] > 0


def test_the_largest_rise_of_a_stem_is_that_of_the_kind_on_record(published: Home) -> None:
    done = asked(published.root, "shock", "copper=worst", "--limit", "1")
    assert done.returncode == 0, done.stderr
    assert "after item:copper_refined +" in done.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("cowos_l=-120%supply", "120% of a supply cannot be lost"),
        ("cowoz=-20%supply", "unknown item 'cowoz'; nearest: cowos"),
        ("cowos_l=20supply", "or id=-20%supply"),
        ("hbm3e=-100%", "a price cannot fall by 100%"),
    ],
)
def test_changes_that_make_no_sense_are_refused(published: Home, change: str, said: str) -> None:
    done = asked(published.root, "shock", change)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_one_change_for_each(published: Home) -> None:
    done = asked(published.root, "shock", "hbm3e=+10%", "item:hbm3e=+20%")
    assert done.returncode == 2
    assert "item:hbm3e is changed twice" in done.stderr
