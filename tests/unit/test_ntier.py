"""n-tier concentration: by what is paid, and by what output stops without."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.risk.concentration import FULL, Supplier, herfindahl
from graph.risk.ntier import cost_inputs, index, needed_inputs, ntier_hhi, supplies, tiers

# a board takes a die (a step) made from a wafer, and memory; the wafer takes gallium, nearly for nothing
COST = {"board:b": {"item:wafer": 0.3, "item:memory": 0.5}, "item:wafer": {"item:gallium": 0.001}}
NEEDED = {"board:b": {"item:wafer", "item:memory"}, "item:wafer": {"item:gallium"}, "item:gallium": {"item:wafer"}}
VIEW = {
    "wafer": [Supplier("TWN", 1.0, 1.0, 1.0, "primary")],
    "memory": [Supplier("KOR", 0.7, 0.8, 0.9, "secondary"), Supplier("USA", 0.1, 0.2, 0.3, "estimate")],
    "gallium": [Supplier("CHN", 0.98, 0.98, 0.98, "primary"), Supplier("JPN", 0.02, 0.02, 0.02, "primary")],
}
SHARES = supplies(VIEW)


def rows() -> pd.DataFrame:
    return ntier_hhi(["board:b"], COST, NEEDED, {"country": SHARES}).set_index("tier")


def test_a_tier_is_weighted_by_what_is_paid() -> None:
    first = rows().loc[1]
    taiwan, korea, america = 0.3 / 0.8, 0.4 / 0.8, 0.1 / 0.8
    assert first["cost_hhi"] == pytest.approx(10_000 * (taiwan**2 + korea**2 + america**2))
    assert first["cost_share"] == pytest.approx(0.8)
    assert (first["cost_largest"], first["cost_largest_share"]) == ("KOR", pytest.approx(korea))


def test_a_tier_is_weighted_by_what_output_stops_without() -> None:
    first = rows().loc[1]
    assert first["necessity_hhi"] == pytest.approx(10_000 * (0.5**2 + 0.4**2 + 0.1**2))
    assert first["necessity_largest"] == "TWN"


def test_a_metal_that_costs_nothing_can_be_all_of_what_is_needed() -> None:
    second = rows().loc[2]
    assert second["cost_share"] == pytest.approx(0.0003)
    assert second["necessity_hhi"] == pytest.approx(10_000 * (0.98**2 + 0.02**2))
    assert second["necessity_largest"] == "CHN"


def test_things_that_need_each_other_do_not_go_round_for_ever() -> None:
    found = tiers("board:b", COST, NEEDED, deepest=50)
    assert [items for _, items in found] == [{"board:b"}, {"item:wafer", "item:memory"}, {"item:gallium"}]


def test_steps_between_items_are_passed_through() -> None:
    edges = pd.DataFrame(
        [("board:b", "die:b", 30.0), ("die:b", "item:wafer", 20.0), ("board:b", "item:memory", 50.0)],
        columns=["consumer", "input", "cost_usd"],
    )
    price = pd.DataFrame({"node_id": ["board:b", "die:b", "item:wafer", "item:memory"], "central_usd": [100.0, 30.0, 9000.0, 10.0]})
    found = cost_inputs(edges, price)
    assert found == {"board:b": pytest.approx({"item:wafer": 0.2, "item:memory": 0.5})}


def test_a_rack_of_one_board_costs_what_that_boards_server_does() -> None:
    edges = pd.DataFrame(
        [("server:b", "board:b", 60.0), ("server:b", "item:psu", 20.0), ("server:c", "board:c", 50.0), ("server:d", "board:d", 50.0)],
        columns=["consumer", "input", "cost_usd"],
    )
    price = pd.DataFrame({"node_id": ["server:b", "server:c", "server:d"], "central_usd": [100.0, 100.0, 100.0]})
    found = cost_inputs(edges, price, {"b": "rack", "c": "chassis", "d": "chassis"})
    assert found == {"item:rack": pytest.approx({"board:b": 0.6, "item:psu": 0.2})}, "what several boards share has no one bill"


def test_offers_stand_for_their_items_and_only_what_is_essential_counts() -> None:
    edges = pd.DataFrame(
        [
            ("offer:tsmc/wafer/TWN", "board:b", "requires", "essential"),
            ("item:gallium", "offer:tsmc/wafer/TWN", "requires", "essential"),
            ("item:paint", "board:b", "requires", "non_essential"),
            ("org:tsmc", "offer:tsmc/wafer/TWN", "supplies", None),
        ],
        columns=["source_node", "target_node", "kind", "essentiality"],
    )
    assert needed_inputs(edges) == {"board:b": {"item:wafer"}, "item:wafer": {"item:gallium"}}


def test_supply_nobody_knows_is_left_out_and_said() -> None:
    found = index({"item:wafer": 0.3, "item:paste": 0.1}, SHARES)
    assert found is not None
    assert (found.central, found.known, found.largest, found.part) == (FULL, pytest.approx(0.75), "TWN", 1.0)
    assert index({"item:paste": 1.0}, SHARES) is None


def test_what_a_tier_rests_on_is_said_by_grade() -> None:
    first = rows().loc[1]
    korea, america = 0.5 / 0.8 * 0.8, 0.5 / 0.8 * 0.2
    assert first["cost_secondary_share"] == pytest.approx(korea)
    assert first["cost_estimate_share"] == pytest.approx(america)
    assert first["necessity_primary_share"] == pytest.approx(0.5)
    assert first["necessity_derived_share"] == 0


@given(st.dictionaries(st.sampled_from(sorted(SHARES.rows)), st.floats(0.01, 10), min_size=1), st.floats(-0.1, 0.1))
def test_an_index_of_many_items_lies_in_its_range_whatever_the_shares_are_within_theirs(weights: dict[str, float], moved: float) -> None:
    found = index(weights, SHARES)
    assert found is not None
    assert FULL / 5 - 1e-6 <= found.central <= FULL + 1e-6
    assert found.known == pytest.approx(1)
    assert found.central >= FULL * found.part**2 - 1e-6
    share = {item: weight / sum(weights.values()) for item, weight in weights.items()}
    wafer, memory, gallium = (share.get(f"item:{item}", 0.0) for item in VIEW)
    really = herfindahl([wafer, memory * (0.8 + moved), memory * (0.2 - moved), gallium * 0.98, gallium * 0.02])
    assert found.low - 1e-6 <= really <= found.high + 1e-6
