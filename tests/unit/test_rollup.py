"""Prices along a bill of materials: worked cases, value added that sums to the price, shocks, cycles."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from graph.cost.rollup import Bill, PassThrough, Step, activity, order, prices, step, value_added

WORKED = json.loads((Path(__file__).parents[1] / "golden" / "rollup.json").read_text(encoding="utf-8"))
RULES: tuple[PassThrough, ...] = ("percent", "dollar")


def two_sectors() -> dict[str, Step]:
    return {f"s{j}": step({f"s{i}": WORKED["A"][i][j] for i in range(2)}, own=WORKED["v"][j]) for j in range(2)}


@st.composite
def bills(draw: st.DrawFn, cyclic: bool) -> dict[str, Step]:
    """Bills of 2 to 7 steps; a cyclic one feeds less than nine tenths of each price back into itself."""
    n = draw(st.integers(2, 7))
    names = [f"n{k}" for k in range(n)]
    bill = {}
    for j, name in enumerate(names):
        margin = draw(st.floats(0.0, 0.7))
        allowed = names if cyclic else names[:j]
        quantities = draw(st.lists(st.floats(0.0, 1.0), min_size=len(allowed), max_size=len(allowed)))
        used = draw(st.lists(st.booleans(), min_size=len(allowed), max_size=len(allowed)))
        taken = {i: q for i, q, u in zip(allowed, quantities, used, strict=True) if u}
        if cyclic:
            total = sum(taken.values())
            scale = 0.9 * (1 - margin) / total if total > 0.9 * (1 - margin) else 1.0
            taken = {i: q * scale for i, q in taken.items()}
        else:
            taken = {i: 5 * q for i, q in taken.items()}
        bill[name] = step(taken, own=draw(st.floats(0.01, 100.0)), margin=margin)
    return bill


def dense(bill: Bill) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64]]:
    """(I - A') p = v as one full system: names, A', v."""
    names = list(bill)
    gross = np.array([1.0 - float(bill[n].margin) for n in names])
    matrix = np.array([[float(bill[n].inputs.get(m, np.zeros(()))) for m in names] for n in names]) / gross[:, None]
    return names, matrix, np.array([float(bill[n].own) for n in names]) / gross


def test_two_sectors_that_need_each_other_have_unit_prices() -> None:
    price = prices(two_sectors())
    assert [float(price[s]) for s in ("s0", "s1")] == pytest.approx(WORKED["base_price"], rel=1e-12)


def test_thirty_per_cent_more_value_added_in_one_sector_gives_the_exact_fractions() -> None:
    bill = two_sectors()
    bill["s0"] = step(bill["s0"].inputs, own=1.3 * WORKED["v"][0])
    price = prices(bill)
    exact = [float(Fraction(f)) for f in WORKED["price_after_exact"]]
    assert [float(price[s]) for s in ("s0", "s1")] == pytest.approx(exact, rel=1e-13)


def test_activity_behind_a_unit_is_the_column_of_the_leontief_inverse() -> None:
    for j, column in enumerate(WORKED["Leontief_inverse_columns"]):
        amount = activity(two_sectors(), f"s{j}")
        assert [float(amount[s]) for s in ("s0", "s1")] == pytest.approx(column, rel=1e-12)


def test_nine_node_bill_of_materials_costs_what_it_costs_by_hand() -> None:
    """Of what is begun a part `yield` is good, so a good unit takes inputs and own cost divided by it."""
    bill = {
        name: step({i: q / node["yield"] for i, q in node["inputs"].items()}, own=node["own_cost"] / node["yield"])
        for name, node in WORKED["bom"].items()
    }
    price = prices(bill)
    assert {name: float(p) for name, p in price.items()} == pytest.approx(WORKED["bom_base_cost"], rel=1e-12)


def test_steps_come_after_their_inputs_and_a_cycle_comes_as_one() -> None:
    bill = {
        "fab": step({"tool": 0.1, "sand": 1.0}),
        "tool": step({"chip": 0.2}),
        "chip": step({"fab": 0.3}),
        "phone": step({"chip": 1.0}),
        "sand": step(own=1.0),
    }
    assert order(bill) == [["sand"], ["chip", "fab", "tool"], ["phone"]]


@given(st.one_of(bills(cyclic=False), bills(cyclic=True)))
def test_prices_solve_the_leontief_price_model(bill: dict[str, Step]) -> None:
    names, matrix, value = dense(bill)
    expected = np.linalg.solve(np.eye(len(names)) - matrix, value)
    price = prices(bill)
    np.testing.assert_allclose([float(price[n]) for n in names], expected, rtol=1e-9)


@given(st.one_of(bills(cyclic=False), bills(cyclic=True)), st.integers(0, 6))
def test_value_added_times_activity_sums_to_the_price(bill: dict[str, Step], pick: int) -> None:
    target = list(bill)[pick % len(bill)]
    price = prices(bill)
    added = value_added(bill, price)
    behind = activity(bill, target)
    assert sum(float(behind[n] * added[n]) for n in behind) == pytest.approx(float(price[target]), rel=1e-9)


@given(st.one_of(bills(cyclic=False), bills(cyclic=True)), st.data(), st.sampled_from(RULES))
def test_a_shock_never_lowers_any_price(bill: dict[str, Step], data: st.DataObject, rule: PassThrough) -> None:
    before = prices(bill)
    hit = data.draw(st.sampled_from(sorted(bill)))
    usd = data.draw(st.floats(0.0, 50.0))
    after = prices(bill, {hit: usd}, rule, before)
    for name in bill:
        assert after[name] >= before[name] * (1 - 1e-9)
    assert after[hit] >= before[hit] + usd * (1 - 1e-9) - before[hit] * 1e-9


@given(st.one_of(bills(cyclic=False), bills(cyclic=True)))
def test_without_a_shock_the_dollar_rule_gives_the_prices_back(bill: dict[str, Step]) -> None:
    before = prices(bill)
    after = prices(bill, rule="dollar", base=before)
    np.testing.assert_allclose([float(after[n]) for n in bill], [float(before[n]) for n in bill], rtol=1e-9)


def test_ten_dollars_upstream_cost_more_under_percent_margins_than_under_dollar_margins() -> None:
    # Part 10; maker adds 20 at a margin of 40%: 30 / 0.6 = 50. Dealer at 20%: 50 / 0.8 = 62.5. The part rises by 10.
    bill = {"part": step(own=10.0), "maker": step({"part": 1.0}, own=20.0, margin=0.4), "dealer": step({"maker": 1.0}, margin=0.2)}
    before = prices(bill)
    assert (float(before["maker"]), float(before["dealer"])) == pytest.approx((50.0, 62.5))
    percent = prices(bill, {"part": 10.0}, "percent")
    assert (float(percent["maker"]), float(percent["dealer"])) == pytest.approx((40 / 0.6, 40 / 0.6 / 0.8))
    dollar = prices(bill, {"part": 10.0}, "dollar", before)
    assert (float(dollar["maker"]), float(dollar["dealer"])) == pytest.approx((60.0, 72.5))


def test_the_dollar_rule_needs_the_former_prices() -> None:
    with pytest.raises(ValueError, match="pass the former prices as base"):
        prices({"a": step(own=1.0, margin=0.5)}, {"a": 1.0}, "dollar")


def test_a_cycle_that_eats_more_than_it_gives_is_refused() -> None:
    bill = {"chip": step({"tool": 2.0}, own=1.0), "tool": step({"chip": 1.0}, own=1.0)}
    with pytest.raises(ValueError, match="cycle chip -> tool consumes more of itself than it yields"):
        prices(bill)


def test_a_margin_can_make_a_cycle_impossible() -> None:
    bill = {"chip": step({"chip": 0.6}, own=1.0, margin=0.5)}
    with pytest.raises(ValueError, match="cycle chip consumes more of itself"):
        prices(bill)
    assert float(prices({"chip": step({"chip": 0.4}, own=1.0, margin=0.5)})["chip"]) == pytest.approx(10.0)


def test_a_cycle_that_eats_exactly_what_it_gives_is_refused_by_name() -> None:
    bill = {"chip": step({"tool": 1.0}, own=1.0), "tool": step({"chip": 1.0}, own=1.0)}
    with pytest.raises(ValueError, match="cycle chip -> tool"):
        prices(bill)


def test_an_input_that_nobody_prices_is_named() -> None:
    with pytest.raises(KeyError, match="'wafer' takes 'neon', which has no price"):
        prices({"wafer": step({"neon": 1.0})})


def test_a_shock_on_something_that_is_not_in_the_bill_is_named() -> None:
    with pytest.raises(KeyError, match="no step of the bill is called 'galium'"):
        prices({"gallium": step(own=1.0)}, {"galium": 1.0})


@pytest.mark.parametrize("rule", RULES)
def test_each_draw_is_priced_as_if_it_were_alone(rule: PassThrough) -> None:
    own, yields, margin = np.array([10.0, 12.0, 7.0]), np.array([0.5, 0.8, 0.9]), np.array([0.1, 0.3, 0.2])

    def bill(o: object, y: object, m: object) -> dict[str, Step]:
        return {
            "ore": step(own=o),  # type: ignore[arg-type]
            "chip": step({"ore": 1.0 / np.asarray(y), "tool": 0.1}, own=3.0, margin=m),  # type: ignore[arg-type]
            "tool": step({"chip": 0.2, "ore": 1.0}, own=5.0, margin=0.2),
            "board": step({"chip": 8.0}, own=100.0),
        }

    together = bill(own, yields, margin)
    base = prices(together)
    price = prices(together, {"ore": 2.0}, rule, base)
    behind = activity(together, "board")
    for s in range(3):
        alone = bill(own[s], yields[s], margin[s])
        alone_price = prices(alone, {"ore": 2.0}, rule, prices(alone))
        alone_behind = activity(alone, "board")
        for name in together:
            assert np.broadcast_to(price[name], 3)[s] == pytest.approx(float(alone_price[name]), rel=1e-12)
            assert np.broadcast_to(behind[name], 3)[s] == pytest.approx(float(alone_behind[name]), rel=1e-12)
    assert price["board"].shape == (3,)
