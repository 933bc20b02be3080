"""Structural paths: every dollar of a price lies on one of them, and the largest come first."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.cost.paths import largest_paths, order_usd
from graph.cost.rollup import Step, order, prices, step

# Wheat costs 2 to grow. A loaf takes 1.5 of it and 1 of work, and is sold at a margin of a half: (3 + 1)/0.5 = 8.
LOAF = {"wheat": step(own=2.0), "loaf": step({"wheat": 1.5}, own=1.0, margin=0.5)}


def test_a_loaf_of_two_paths() -> None:
    price = {n: float(p) for n, p in prices(LOAF).items()}
    found = largest_paths(LOAF, price, "loaf")
    assert [(p.nodes, p.usd, p.order) for p in found] == [(("loaf",), 5.0, 0), (("loaf", "wheat"), 3.0, 1)]
    np.testing.assert_allclose(order_usd(LOAF, price, "loaf", 2), [5.0, 3.0, 0.0])


def test_a_circle_converges_with_depth() -> None:
    """Chips need tools, tools need chips: paths go round, ever smaller, and their sum is the price."""
    bill = {"tool": step({"chip": 0.2}, own=5.0, margin=0.4), "chip": step({"tool": 0.1}, own=1.0, margin=0.5)}
    price = {n: float(p) for n, p in prices(bill).items()}
    depth = order_usd(bill, price, "chip", 50)
    assert (np.diff(depth.cumsum()) >= 0).all()
    assert depth.sum() == pytest.approx(price["chip"], rel=1e-9)
    found = largest_paths(bill, price, "chip", 12)
    assert found[0].nodes == ("chip",)
    assert ("chip", "tool", "chip") in [p.nodes for p in found]
    assert sum(p.usd for p in found) <= price["chip"] * (1 + 1e-12)


@st.composite
def bills(draw: st.DrawFn) -> dict[str, Step]:
    """Steps that take of earlier ones."""
    names = [f"s{k}" for k in range(draw(st.integers(2, 6)))]
    return {
        name: step(
            {other: draw(st.floats(0.01, 2.0)) for other in names[:k] if draw(st.booleans())},
            draw(st.floats(0.0, 5.0)),
            draw(st.floats(0.0, 0.8)),
        )
        for k, name in enumerate(names)
    }


@given(bills())
def test_all_paths_are_the_price_and_come_in_order(bill: dict[str, Step]) -> None:
    target = list(bill)[-1]
    price = {n: float(p) for n, p in prices(bill).items()}
    found = largest_paths(bill, price, target, 10_000)
    assert sum(p.usd for p in found) == pytest.approx(price[target], rel=1e-9, abs=1e-12)
    assert all(a.usd >= b.usd - 1e-12 for a, b in itertools.pairwise(found))


@given(bills())
def test_steps_are_ordered_after_what_they_take(bill: dict[str, Step]) -> None:
    place = {name: k for k, group in enumerate(order(dict(reversed(bill.items())))) for name in group}
    assert all(place[needed] < place[name] for name, one in bill.items() for needed in one.inputs)
    assert len(place) == len(bill)
