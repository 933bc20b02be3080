"""The daily simulation: small cases by hand, its two implementations against each other, and relations that must hold."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.risk import simulation
from graph.risk.daily import run_plain
from graph.risk.lanes import LANES
from graph.risk.network import Link, Network, Site, Slot, SupplyError, network
from graph.risk.simulation import FEW, Loss, Run, losses, outage, simulate
from graph.risk.stability import turns, verdict
from graph.risk.time_to_survive import survive

DAYS = 120


def slot(source: str, stock: float = 0.0, lead: int = 1, need: float = 1.0, **more: object) -> Slot:
    return Slot(source, need, (Link(source, 1.0, lead),), stock, **more)  # type: ignore[arg-type]


def pair(**more: object) -> Network:
    """m feeds w."""
    return network({"m": Site(1.0), "w": Site(1.0, (slot("m", **more),))})  # type: ignore[arg-type]


def lose(net: Network, node: str, duration: int, part: float = 1.0, days: int = DAYS, recovery: int = 0) -> Run:
    return simulate(net, [losses({node: part}, outage(days, duration, recovery_days=recovery))], days)


def path(run: Run, node: str) -> np.ndarray:
    return np.asarray(run.made[0, :, run.targets.index(node)])


def test_when_nothing_happens_nothing_is_lost() -> None:
    run = simulate(pair(stock=3.0, lead=5), [[]], DAYS)
    assert run.made.min() == run.made.max() == 1.0
    assert run.lost().max() == 0
    assert (run.first_short() == -1).all()


@given(lead=st.integers(1, 30), stock=st.integers(0, 30))
def test_a_single_source_without_it_stops_when_pipeline_and_stock_are_dry(lead: int, stock: int) -> None:
    run = lose(pair(stock=float(stock), lead=lead), "m", DAYS)
    made = path(run, "w")
    assert made[: lead + stock] == pytest.approx(1.0)
    assert made[lead + stock :] == pytest.approx(0.0, abs=1e-6)
    assert run.first_short()[0].tolist() == [0, lead + stock]
    assert run.binding_name(0, lead + stock, 1) == "m"
    assert run.binding_name(0, 0, 0) == "own capacity"


def test_output_comes_back_one_lead_time_after_the_source() -> None:
    made = path(lose(pair(lead=7), "m", 20), "w")
    assert np.flatnonzero(made < 0.5).tolist() == list(range(7, 27))


def test_recovery_is_linear_or_exponential() -> None:
    assert outage(8, 2, recovery_days=4) == pytest.approx([1, 1, 0.75, 0.5, 0.25, 0, 0, 0])
    assert outage(60, 0, recovery_days=30, shape="exponential")[29] == pytest.approx(math.exp(-3))
    assert outage(6, 2, start=3) == pytest.approx([0, 0, 0, 1, 1, 0])
    with pytest.raises(ValueError, match="linear or exponential"):
        outage(5, 1, shape="sudden")


def test_what_is_scarce_is_shared_in_proportion_to_normal_use() -> None:
    net = network({"m": Site(4.0), "big": Site(1.0, (slot("m", need=3.0),)), "small": Site(1.0, (slot("m"),))})
    run = lose(net, "m", DAYS, part=0.5)
    assert path(run, "big")[5:] == pytest.approx(0.5)
    assert path(run, "small")[5:] == pytest.approx(0.5)


def test_an_alternative_gives_what_it_gives_today_and_more_where_it_can_spare_it() -> None:
    both = (Link("a", 0.6), Link("b", 0.4))
    tight = network({"a": Site(0.6), "b": Site(0.4), "w": Site(1.0, (Slot("part", 1.0, both),))})
    assert path(lose(tight, "a", DAYS), "w")[5:] == pytest.approx(0.4, abs=1e-6)
    spare = network({"a": Site(0.6), "b": Site(0.4, capacity=2.0), "w": Site(1.0, (Slot("part", 1.0, both),))})
    assert path(lose(spare, "a", DAYS), "w")[10:] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(("k", "left"), [(1, 2 / 3), (2, 2 / 3), (3, 0.0)])
def test_k_of_n_alternatives_must_deliver(k: int, left: float) -> None:
    three = tuple(Link(name, 1 / 3) for name in "abc")
    net = network({name: Site(1 / 3) for name in "abc"} | {"w": Site(1.0, (Slot("part", 1.0, three, k=k),))})
    assert path(lose(net, "a", DAYS), "w")[5:] == pytest.approx(left, abs=1e-6)


def test_a_substitute_comes_after_its_time_and_carries_its_part() -> None:
    made = path(lose(pair(lead=2, substitutable=0.3, switch_days=25), "m", DAYS), "w")
    assert made[2:25] == pytest.approx(0.0, abs=1e-6)
    assert made[25:] == pytest.approx(0.3, abs=1e-6)


@pytest.mark.parametrize("perishes", [True, False])
def test_power_that_was_not_used_yesterday_is_not_there_today(perishes: bool) -> None:
    """Half of the power, and for a while none of another input: when a substitute for it comes, output is what today's power allows."""
    inputs = (slot("m", substitutable=0.9, switch_days=30), slot("power", perishes=perishes))
    net = network({"m": Site(1.0), "power": Site(1.0), "w": Site(1.0, inputs)})
    made = path(simulate(net, [losses({"m": 1.0, "power": 0.5}, outage(DAYS, DAYS))], DAYS), "w")
    assert made[5:30] == pytest.approx(0.0, abs=1e-6)
    assert made[33:] == pytest.approx(0.5, abs=1e-6)
    assert made[30] == pytest.approx(0.5 if perishes else 0.9, abs=1e-6), "what can be stored was"


def test_what_lasts_wears_down_and_does_not_stop_output() -> None:
    made = path(lose(pair(stock=10.0, lead=5, turnover=0.01), "m", DAYS), "w")
    assert made[:15] == pytest.approx(1.0, abs=1e-6)
    assert made[15:] == pytest.approx(0.99 ** np.arange(1, DAYS - 14), abs=1e-6)


def test_things_that_need_each_other_run_and_fall_together() -> None:
    ring = network({"a": Site(1.0, (slot("b", stock=4.0),)), "b": Site(2.0, (slot("a", stock=4.0, need=0.5),))})
    assert simulate(ring, [[]], DAYS).made.min() == 1.0
    made = path(lose(ring, "a", 10, days=60), "b")
    assert made[1:9] == pytest.approx(0.5), "half of its orders came from the node that is lost"
    assert made[9:11] == pytest.approx(0.0, abs=1e-6), "then its stock is used up"
    assert made[20:] == pytest.approx(1.0)


def random_network(seed: int, durable: bool = True, several: bool = True) -> Network:
    """Up to twelve nodes in order, each with inputs from earlier ones, at times one from a later one (a cycle)."""
    random = np.random.default_rng(seed)
    count = int(random.integers(3, 13))
    chosen: dict[int, list[tuple[list[int], int]]] = {0: []}
    for n in range(1, count):
        chosen[n] = []
        for _ in range(int(random.integers(1, 3))):
            pool = [m for m in range(count) if m != n and (m < n or random.random() < 0.1)]
            makers = random.choice(pool, size=min(len(pool), int(random.integers(1, 4))), replace=False).tolist()
            chosen[n].append((makers, int(random.integers(1, len(makers) + 1)) if several else 1))
    used = np.zeros(count)
    for slots in chosen.values():
        for makers, _ in slots:
            used[makers] += 1.0 / len(makers)
    sites = {}
    for n, slots in chosen.items():
        output = used[n] + float(random.random() < 0.3 or used[n] == 0)
        inputs = tuple(
            Slot(
                f"i{k}",
                1.0 / output,
                tuple(Link(f"n{m}", 1.0 / len(makers), int(random.integers(1, 12))) for m in makers),
                float(random.integers(0, 15)),
                kofn,
                float(random.choice([0.0, 0.4])),
                int(random.integers(0, 40)),
                float(random.choice([0.0, 0.0, 0.02])) if durable else 0.0,
            )
            for k, (makers, kofn) in enumerate(slots)
        )
        if durable and random.random() < 0.3:
            inputs = (replace(inputs[0], stock=0.0, turnover=0.0, perishes=True), *inputs[1:]) if inputs else ()
        sites[f"n{n}"] = Site(output, inputs, capacity=output * float(random.choice([1.0, 1.2])), stock=float(random.integers(0, 5)))
    return network(sites)


def random_losses(net: Network, seed: int, days: int, scenarios: int = 5) -> list[list[Loss]]:
    random = np.random.default_rng(seed)
    return [
        [
            Loss(
                str(random.choice(net.nodes)),
                float(random.uniform(0.2, 1.0)),
                outage(days, int(random.integers(1, 60)), int(random.integers(0, 20)), 10),
            )
            for _ in range(int(random.integers(0, 4)))
        ]
        for _ in range(scenarios)
    ]


@given(seed=st.integers(0, 100_000), scenarios=st.sampled_from([FEW - 1, FEW, LANES + 1]))
@settings(max_examples=60)
def test_the_compiled_days_are_the_plain_ones(seed: int, scenarios: int) -> None:
    net = random_network(seed)
    shocks = simulation._Shocks(net, random_losses(net, seed, DAYS, scenarios), DAYS)
    wanted = np.arange(len(net.nodes))
    shape = (2, scenarios, DAYS, len(wanted))
    made, binding = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.int32)
    run_plain(net, shocks.per_day(len(wanted)), wanted, made[0], binding[0])
    simulation.run_compiled(net, shocks, wanted, made[1], binding[1])
    assert made[0] == pytest.approx(made[1], abs=1e-6)
    assert (binding[0] != binding[1]).mean() < 1e-3, "but for what is short by rounding, the same input binds"


@given(seed=st.integers(0, 100_000))
def test_a_network_left_alone_stays_as_it_is(seed: int) -> None:
    assert simulate(random_network(seed), [[]], DAYS).made == pytest.approx(1.0, abs=1e-5)


@given(seed=st.integers(0, 100_000), length=st.integers(2, 6), stock=st.integers(0, 20), days=st.integers(1, 90))
def test_the_programme_is_the_optimistic_bound_and_nothing_is_made_of_nothing(seed: int, length: int, stock: int, days: int) -> None:
    random = np.random.default_rng(seed)
    leads, stocks = random.integers(1, 9, size=length), random.integers(0, 20, size=length)
    sites = {"n0": Site(1.0)}
    for n in range(1, length):
        sites[f"n{n}"] = Site(1.0, (slot(f"n{n - 1}", float(stocks[n]), int(leads[n])),))
    last = f"n{length - 1}"
    run = simulate(network(sites), [losses({"n0": 1.0}, np.ones(days))], days)
    lost = float(np.maximum(1.0 - path(run, last), 0).sum())
    data = {
        "products": {last: {"demand": 1, "margin": 1}},
        # What a consumer holds and what is on the way to it, the programme counts as its supplier's stock.
        "nodes": {f"n{n}": {"stock": int(stocks[n + 1] + leads[n + 1]) if n + 1 < length else 0, "cap": 1} for n in range(length)},
        "edges": [[f"n{n - 1}", f"n{n}"] for n in range(1, length)],
        "bom": {f"n{n}": {f"n{n - 1}": 1} for n in range(1, length)},
    }
    best = survive(data, "n0", days)
    assert best.lost_units[last] <= lost + 1e-4
    for n in range(1, length):
        source, consumer = path(run, f"n{n - 1}").sum(), path(run, f"n{n}").sum()
        assert consumer <= source + stocks[n] + leads[n] + 1e-3, "consumed more than was made, held or on the way"


def tree(seed: int) -> dict[str, Site]:
    """Each node feeds one other, so that nobody competes; the last is the target."""
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 9))
    feeds = {n: int(random.integers(n + 1, count)) for n in range(count - 1)}
    sites = {}
    for n in range(count):
        inputs = tuple(slot(f"n{m}", float(random.integers(0, 12)), int(random.integers(1, 9))) for m, to in feeds.items() if to == n)
        sites[f"n{n}"] = Site(1.0, inputs)
    return sites


@given(seed=st.integers(0, 100_000), more=st.integers(1, 20), duration=st.integers(1, 80))
def test_more_stock_never_shortens_survival_nor_raises_the_loss(seed: int, more: int, duration: int) -> None:
    sites = tree(seed)
    richer = {
        name: Site(1.0, tuple(Slot(s.name, s.need, s.links, s.stock + more * (k == 0)) for k, s in enumerate(one.slots)))
        for name, one in sites.items()
    }
    last = list(sites)[-1]
    before, after = (lose(network(s), "n0", duration) for s in (sites, richer))
    j = before.targets.index(last)
    assert after.lost()[0, j] <= before.lost()[0, j] + 1e-6
    days = [DAYS if r.first_short()[0, j] < 0 else r.first_short()[0, j] for r in (before, after)]
    assert days[1] >= days[0]


@given(seed=st.integers(0, 100_000), duration=st.integers(1, 60), longer=st.integers(1, 50))
def test_a_longer_outage_never_loses_less(seed: int, duration: int, longer: int) -> None:
    net = network(tree(seed))
    lost = [lose(net, "n0", days).lost()[0, -1] for days in (duration, duration + longer)]
    assert lost[1] >= lost[0] - 1e-6


@given(seed=st.integers(0, 100_000))
def test_an_essential_inputs_loss_is_never_free(seed: int) -> None:
    run = lose(network(tree(seed)), "n0", DAYS)
    stocks = sum(s.stock for one in tree(seed).values() for s in one.slots)
    if stocks + sum(link.lead for one in tree(seed).values() for s in one.slots for link in s.links) < DAYS:
        assert run.lost()[0, -1] > 0


def test_output_that_swings_is_named() -> None:
    days = np.arange(200)
    assert verdict(np.ones(200)) == "undisturbed"
    assert verdict(np.where((days > 20) & (days < 60), 0.2, 1.0)) == "settled"
    assert verdict(np.where(days > 20, 0.2, 1.0)) == "still short"
    assert verdict(np.where(days > 20, np.clip((days - 20) / 300, 0, 1), 1.0)) == "still recovering"
    assert verdict(1.0 - 0.3 * (np.sin(days / 5) > 0)) == "oscillating"
    assert turns(1.0 - 0.3 * (np.sin(days * np.pi / 50 + 1e-9) < 0)) == 2
    assert turns(1.0 + 0.005 * np.sin(days)) == 0


def test_scenarios_do_not_touch_each_other_and_are_the_same_each_time() -> None:
    net = random_network(3)
    shocks = random_losses(net, 3, DAYS)
    together = simulate(net, shocks, DAYS)
    for k, one in enumerate(shocks):
        assert (simulate(net, [one], DAYS).made[0] == together.made[k]).all()
    block = simulate(net, shocks * 2, DAYS, one_of_many=True)
    assert len(block.made) >= FEW
    for k, one in enumerate(shocks):
        assert simulate(net, [one], DAYS, one_of_many=True).made[0] == pytest.approx(block.made[k], abs=1e-6)
    assert (block.made == simulate(net, shocks * 2, DAYS, one_of_many=True).made).all()


def test_what_needs_nothing_is_simulated_too() -> None:
    run = simulate(network({"m": Site(1.0)}), [losses({"m": 0.5}, outage(3, 2))] * LANES, 3, one_of_many=True)
    assert run.made[:, :, 0] == pytest.approx(np.array([[0.5, 0.5, 1.0]] * LANES))


@pytest.mark.parametrize(
    ("sites", "message"),
    [
        ({}, "no nodes"),
        ({"w": Site(0.0)}, "node 'w', output: expected a finite number above 0, got 0"),
        ({"w": Site(1.0, stock=math.nan)}, "node 'w', stock: expected a finite number"),
        ({"w": Site(1.0, (slot("x"),))}, "input 'x': the supplier 'x' is no node"),
        ({"w": Site(1.0, (slot("w"),))}, "the node supplies itself"),
        ({"m": Site(2.0), "w": Site(1.0, (slot("m"), slot("m")))}, "input 'm' is given twice"),
        ({"m": Site(1.0), "w": Site(1.0, (Slot("i", 1.0, (Link("m", 0.5), Link("m", 0.5))),))}, "supplier 'm' is given twice"),
        ({"m": Site(1.0), "w": Site(1.0, (Slot("i", 1.0, (Link("m", 0.7),)),))}, "mix sums to 0.7"),
        ({"m": Site(1.0), "w": Site(1.0, (slot("m", k=2),))}, "k = 2 of 1 alternatives"),
        ({"m": Site(1.0), "w": Site(1.0, (slot("m", substitutable=1.5),))}, "substitutable must lie between 0 and 1"),
        ({"m": Site(1.0), "w": Site(2.0, (slot("m"),))}, "node 'm': it makes 1 a day, of which 2 are taken"),
        ({"m": Site(1.0, capacity=0.5)}, "its normal output 1 is above its capacity 0.5"),
        ({"m": Site(1.0), "w": Site(1.0, (Slot("i", 1.0, ()),))}, "nobody supplies it"),
        (
            {"m": Site(1.0), "w": Site(1.0, (slot("m", stock=2.0, perishes=True),))},
            "what perishes has no stock and does not last; got stock 2",
        ),
    ],
)
def test_what_is_not_sound_is_named(sites: dict[str, Site], message: str) -> None:
    with pytest.raises(SupplyError, match=message):
        network(sites)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (Loss("x", 1.0, np.ones(3)), "scenario 0, loss at 'x': no such node"),
        (Loss("m", 1.5, np.ones(3)), "the part lost must lie between 0 and 1, got 1.5"),
        (Loss("m", 1.0, np.array([np.nan])), "its course must be a list of numbers between 0 and 1"),
    ],
)
def test_a_loss_that_is_not_sound_is_named(loss: Loss, message: str) -> None:
    with pytest.raises(SupplyError, match=message):
        simulate(pair(), [[loss]], 10)


def test_nothing_to_simulate_is_said() -> None:
    with pytest.raises(SupplyError, match="0 scenarios of 10 days"):
        simulate(pair(), [], 10)
