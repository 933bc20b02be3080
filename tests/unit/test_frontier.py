"""The throughput-interactivity frontier: it holds every operating point, and nothing that another point beats."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.cost.board_match import DECODING, HOUR, Hours, split
from graph.cost.deployment import Machine
from graph.cost.machines import stacked
from graph.cost.operating_point import Demand, choose
from graph.cost.points import (
    APART,
    best,
    decode_chip_seconds,
    frontier_points,
    operating_points,
    points_that_fit,
    spaced,
    speed,
    step_seconds,
)
from graph.cost.throughput import Accelerator, Efficiency, LanguageModel, decode_step_seconds, fits
from tests.unit.test_speculation import MEASURED, figures
from tests.unit.test_throughput import CHAT, H100, LLAMA_70B, MIXTURE, REAL, machines, num

MOST = 64.0
"""Sequences a chip, at most."""
KNOWN = figures(MEASURED, most=MOST)
Parts = tuple[LanguageModel, Accelerator, Efficiency]


def setup(machine: Parts, demand: Demand = CHAT) -> Machine:
    return Machine(*machine, demand, 8)


@settings(max_examples=40)
@given(st.lists(machines(), min_size=1, max_size=4), st.integers(1, 8000), st.integers(1, 2000))
def test_many_machines_at_once_are_each_of_them_alone(some: list[Parts], prompt: int, output: int) -> None:
    demand = Demand(num(prompt), num(output), num(1), num(0), num(0), num(np.inf))
    setups = [setup(machine, demand) for machine in some]
    together = stacked(setups)
    points = points_that_fit(setups, together, MOST)
    step = step_seconds(together, points, KNOWN)[:, 0]
    for k, (model, chip, eff) in enumerate(some):
        n, b = points.chips[points.of == k], points.batch[points.of == k]
        assert np.all(fits(model, chip, eff, n, b, prompt + output))
        np.testing.assert_allclose(step[points.of == k], decode_step_seconds(model, chip, eff, n, b, prompt + output / 2), rtol=1e-12)


@settings(max_examples=50)
@given(machines(), st.integers(1, 8000), st.integers(1, 2000), st.floats(1, 300))
def test_the_operating_point_lies_on_the_frontier(machine: Parts, prompt: int, output: int, least_speed: float) -> None:
    """Of a board that meets the speed, the cheapest point within it is on the frontier, but for what its points are apart."""
    demand = Demand(num(prompt), num(output), num(1), num(0), num(least_speed), num(np.inf))
    chosen = choose(*machine, demand, MOST)
    made = {("board", "model", "work"): setup(machine, demand)}
    points = frontier_points(made, KNOWN, is_speculating=False)
    assert bool(points.of.size) == chosen.fits
    if not chosen.fits:
        return
    fast = speed(points, step_seconds(stacked(list(made.values())), points, KNOWN), KNOWN)
    spent = decode_chip_seconds(points, fast)[:, 0]
    beaten = (fast[:, 0] < chosen.speed.item() * (1 - 1e-9)) & (spent > chosen.decode.item() * (1 + 1e-9))
    assert not beaten.any()
    near = (fast[:, 0] * APART >= chosen.speed.item() * (1 - 1e-9)) & (spent <= chosen.decode.item() * APART * (1 + 1e-9))
    assert near.any()


@settings(max_examples=50)
@given(machines(), st.integers(1, 8000), st.integers(1, 2000), st.floats(1, 300), st.floats(0.01, 100))
def test_a_planner_can_choose_the_operating_point(machine: Parts, prompt: int, output: int, least_speed: float, latest: float) -> None:
    """Under limits on the speed and on the first token, the cheapest of a planner's points is the point that a deployment runs at."""
    demand = Demand(num(prompt), num(output), num(1), num(0), num(least_speed), num(latest))
    chosen, key = choose(*machine, demand, MOST), ("board", "model", "work")
    found = operating_points({key: setup(machine, demand)}, KNOWN)
    assert (key in found) == chosen.fits
    if not chosen.fits or not chosen.meets_latency.all():
        return
    point = found[key]
    in_time = (point.speed >= least_speed) & (np.broadcast_to(point.ttft, point.speed.shape) <= latest)
    assert point.decode[in_time].min() == pytest.approx(chosen.decode.item(), rel=1e-12)


points = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=60)


@given(points)
def test_a_frontier_is_what_nothing_beats(drawn: list[tuple[int, int, int]]) -> None:
    of, fast, spent = (np.array(column) for column in zip(*sorted(drawn), strict=True))
    kept = best(of, fast.astype(float), spent.astype(float))
    on_it = {(of[k], fast[k], spent[k]) for k in kept}
    for one in {tuple(p) for p in drawn}:
        beaten = any(o == one[0] and f >= one[1] and s <= one[2] and (f, s) != one[1:] for o, f, s in drawn)
        assert (one in on_it) == (not beaten)
    assert len(on_it) == len(kept)


@given(points)
def test_where_the_first_token_counts_a_point_must_be_beaten_in_that_too(drawn: list[tuple[int, int, int]]) -> None:
    """One machine; a triple is how slow, how dear and how late a point is."""
    slow, spent, late = (np.array(column, dtype=float) for column in zip(*drawn, strict=True))
    kept = best(np.zeros(len(drawn), dtype=np.intp), -slow, spent, late)
    on_it = [drawn[k] for k in kept]
    for one in set(drawn):
        beaten = any(all(o <= mine for o, mine in zip(other, one, strict=True)) and other != one for other in drawn)
        assert on_it.count(one) == (not beaten)
    assert on_it == sorted(on_it, key=lambda point: point[0])


@given(points)
def test_thinning_keeps_both_ends_and_leaves_nothing_far_from_what_is_kept(drawn: list[tuple[int, int, int]]) -> None:
    of, fast, spent = (np.array(column, dtype=float) for column in zip(*sorted(drawn), strict=True))
    order = best(of.astype(np.intp), fast, spent)
    of, fast, spent = of[order], fast[order], spent[order]
    kept = spaced(of.astype(np.intp), fast, spent)
    for machine in set(of):
        here = np.flatnonzero(of == machine)
        assert kept[here[0]]
        assert kept[here[-1]]
        for k in here:
            near = here[kept[here] & (fast[here] * APART >= fast[k]) & (spent[here] <= spent[k] * APART)]
            assert near.size


@pytest.mark.parametrize("machine", [(LLAMA_70B, H100, REAL), (MIXTURE, replace(H100, max_chips=16), REAL)])
def test_a_draft_is_used_where_it_pays(machine: Parts) -> None:
    made = {("board", "model", "work"): setup(machine)}
    known = figures(MEASURED, most=256.0)
    ends = []
    for is_speculating in (False, True):
        found = frontier_points(made, known, is_speculating)
        fast = speed(found, step_seconds(stacked(list(made.values())), found, known), known)[:, 0]
        ends.append((fast.max(), decode_chip_seconds(found, fast[:, None]).min()))
        # One user waits for memory: a draft is for nothing there but its own passes.
        assert (found.draft[0] > 0) == is_speculating
    assert ends[1][0] > ends[0][0]
    assert ends[1][1] <= ends[0][1]


def test_a_draft_that_costs_more_than_it_yields_is_not_used() -> None:
    known = figures(MEASURED, cost=20.0)
    found = frontier_points({("board", "model", "work"): setup((LLAMA_70B, H100, REAL))}, known, is_speculating=True)
    assert not found.draft.any()


@given(*[st.tuples(*[st.floats(0.01, 1000)] * 4)] * 2)
def test_the_terms_of_a_difference_leave_no_rest(first: tuple[float, ...], other: tuple[float, ...]) -> None:
    a, b = Hours(*first), Hours(*other)

    def usd(h: Hours) -> float:
        return h.hour_usd * (h.decoding + h.prefill) + h.harness_usd

    assert sum(split(a, b).values()) == pytest.approx(usd(b) - usd(a), rel=1e-9, abs=1e-9 * (usd(a) + usd(b)))


def test_a_board_that_differs_in_one_term_loses_by_that_term_alone() -> None:
    # 10 hours of decoding and 5 of input at 2 USD; at 3 USD an hour that is 15 USD more, with twice the decoding 20 USD more
    base = Hours(2.0, 10.0, 5.0, 7.0)
    assert split(base, replace(base, hour_usd=3.0))[HOUR] == pytest.approx(15.0)
    dearer = split(base, replace(base, decoding=20.0))
    assert dearer[DECODING] == pytest.approx(20.0)
    assert dearer[HOUR] == pytest.approx(0.0, abs=1e-12)
