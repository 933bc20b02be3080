"""The linear programme on a supply network: by hand, against HiGHS, and against the simulation that it bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.risk.network import Link, Network, Site, Slot, network
from graph.risk.simulation import losses, simulate
from graph.risk.stress_checks import with_stock
from graph.risk.supply_programme import Requirement, longest_survived
from tests.solved import least_made
from tests.unit.test_simulation import random_network, slot, tree

YEAR = 365


def survived(sites: dict[str, Site], lost: str, product: str) -> int:
    return int(longest_survived(network(sites), [lost], [product], YEAR)[0])


def test_a_chain_lives_on_all_its_stocks_and_what_is_on_the_way() -> None:
    sites = {"m": Site(1.0), "w": Site(1.0, (slot("m", 20.0, 5),)), "p": Site(1.0, (slot("w", 10.0, 3),))}
    assert survived(sites, "m", "p") == int((20 + 5 + 10 + 3) / 0.99)
    assert survived(sites, "w", "p") == int((10 + 3) / 0.99)
    assert survived(sites, "p", "p") == 0


def test_what_is_scarce_goes_to_whom_has_less_of_it() -> None:
    """Six days' worth of stock at w serve two users by halves; one of them could wait for ever."""
    sites = {"m": Site(2.0), "w": Site(2.0, (slot("m", 12.0, 1),)), "rich": Site(1.0, (slot("w", 300.0),)), "poor": Site(1.0, (slot("w"),))}
    net = network({**sites, "p": Site(1.0, (slot("rich"), slot("poor")))})
    best = int(longest_survived(net, ["m"], ["p"], YEAR)[0])
    made = simulate(net, [losses({"m": 1.0}, np.ones(60))], 60, ["p"]).made[0, :, 0]
    assert int(np.argmax(made < 0.99)) < 12 < best


def test_alternatives_left_bring_their_part_and_stock_makes_up_the_rest() -> None:
    both = (Link("a", 0.75, 1), Link("b", 0.25, 1))
    sites = {"a": Site(0.75), "b": Site(0.25), "p": Site(1.0, (Slot("part", 1.0, both, 11.0),))}
    assert survived(sites, "a", "p") == int(12 / (0.99 - 0.25))
    assert survived(sites, "b", "p") == int(12 / (0.99 - 0.75))
    assert survived({**sites, "p": Site(1.0, (Slot("part", 1.0, both, 11.0, k=2),))}, "b", "p") == int(12 / 0.99)


def test_a_substitute_helps_only_those_whose_stock_lasts_until_it_comes() -> None:
    def days(stock: float) -> int:
        return survived({"m": Site(1.0), "p": Site(1.0, (slot("m", stock, substitutable=0.98, switch_days=30),))}, "m", "p")

    assert days(20.0) == int(21 / 0.99)
    assert days(40.0) == 30 + int((41 - 0.99 * 30) / 0.5), "then half of a day's use does: (0.99 - 0.98) / (1 - 0.98)"


def test_a_tool_lost_wears_the_base_down() -> None:
    sites = {"tool": Site(1.0), "p": Site(1.0, (slot("tool", turnover=0.001),))}
    made = 1.0 + np.concatenate(([0.0], np.cumsum(0.999 ** np.arange(1, 100))))  # the one on the way is installed on the first day
    enough = made >= 0.99 * np.arange(1, 101)
    assert survived(sites, "tool", "p") == int(np.argmin(enough))


@settings(max_examples=60)
@given(seed=st.integers(0, 100_000), days=st.integers(1, 40))
def test_the_least_that_must_be_made_is_what_the_solver_finds(seed: int, days: int) -> None:
    net = random_network(seed)
    products = [n for n, demand in zip(net.nodes, net.demand, strict=True) if demand > 1e-9]
    lost = sorted(set(net.nodes) - set(products))[:2] or [net.nodes[0]]
    numbers = [net.index[n] for n in lost]
    found = Requirement(net, numbers, [net.index[p] for p in products], YEAR).least(np.arange(len(lost)), np.full(len(lost), days))
    for k, name in enumerate(lost):
        assert found[numbers[k], k] == pytest.approx(least_made(net, name, products, days), abs=1e-6)


@settings(max_examples=25)
@given(seed=st.integers(0, 100_000))
def test_what_a_perfect_plan_survives_is_at_least_what_is_survived_day_by_day(seed: int) -> None:
    sites = tree(seed)
    net, product = network(sites), list(sites)[-1]
    lost = list(sites)[:-1]
    best = longest_survived(net, lost, [product], 120)
    first = simulate(net, [losses({n: 1.0}, np.ones(120)) for n in lost], 120, [product]).first_short()[:, 0]
    assert (best >= np.where(first < 0, 120, first)).all()


@settings(max_examples=20)
@given(seed=st.integers(0, 100_000), more=st.integers(1, 30))
def test_shorter_outages_are_survived_too_and_more_stock_never_shortens_survival(seed: int, more: int) -> None:
    net = random_network(seed)
    products = [net.nodes[-1]]
    best = longest_survived(net, net.nodes, products, 90)
    assert (longest_survived(with_stock(net, float(more)), net.nodes, products, 90) >= best).all()
    plan, every = Requirement(net, range(len(net.nodes)), [net.index[products[0]]], 90), np.arange(len(net.nodes))
    met = np.array([plan.met(every, np.full(len(every), days)) for days in range(1, 91)])
    assert (met.sum(axis=0) == best).all()
    assert all(met[:n, k].all() for k, n in enumerate(best))


def test_the_order_of_nodes_asked_for_changes_nothing() -> None:
    net: Network = random_network(11)
    one = longest_survived(net, net.nodes, [net.nodes[-1]], 90)
    assert (longest_survived(net, net.nodes[::-1], [net.nodes[-1]], 90)[::-1] == one).all()
