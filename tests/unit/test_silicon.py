"""Wafers, dies and packages: worked yields, their order and limits, and what they say about the size of a die."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.cost.silicon import (
    bose_einstein_yield,
    die_yield,
    dies_per_wafer,
    murphy_yield,
    negative_binomial_yield,
    package_yield,
    partial_good_yield,
    poisson_yield,
    seeds_yield,
    wafers_per_good_die,
)

WORKED = json.loads((Path(__file__).parents[1] / "golden" / "die_yield.json").read_text(encoding="utf-8"))["yield_by_formula"]
AREAS = st.floats(1.0, 850.0)
DENSITIES = st.floats(0.001, 2.0)


@pytest.mark.parametrize("case", WORKED, ids=lambda c: f"D0={c['D0']}")
def test_each_formula_gives_the_worked_yield(case: dict[str, float]) -> None:
    area, density = case["area"], case["D0"]
    assert poisson_yield(area, density) == pytest.approx(case["poisson"], abs=5e-5)
    assert murphy_yield(area, density) == pytest.approx(case["murphy"], abs=5e-5)
    assert seeds_yield(area, density) == pytest.approx(case["seeds"], abs=5e-5)
    assert negative_binomial_yield(area, density, 3) == pytest.approx(case["nb3"], abs=5e-5)
    assert negative_binomial_yield(area, density, 10) == pytest.approx(case["nb10"], abs=5e-5)


@given(AREAS, DENSITIES)
def test_poisson_is_the_most_pessimistic_and_seeds_the_most_optimistic(area: float, density: float) -> None:
    poisson, murphy, seeds = poisson_yield(area, density), murphy_yield(area, density), seeds_yield(area, density)
    assert 0 <= poisson <= murphy * (1 + 1e-12)
    assert murphy <= seeds * (1 + 1e-12)
    assert seeds <= 1


@given(AREAS, DENSITIES, st.floats(0.2, 50))
def test_negative_binomial_runs_from_seeds_to_poisson_as_clustering_fades(area: float, density: float, alpha: float) -> None:
    assert negative_binomial_yield(area, density, 1) == pytest.approx(seeds_yield(area, density), rel=1e-12)
    assert negative_binomial_yield(area, density, 1e9) == pytest.approx(poisson_yield(area, density), rel=1e-6)
    less_clustered = negative_binomial_yield(area, density, 2 * alpha)
    assert poisson_yield(area, density) * (1 - 1e-9) <= less_clustered <= negative_binomial_yield(area, density, alpha) * (1 + 1e-12)


def test_without_defects_every_die_works() -> None:
    for formula in (poisson_yield, murphy_yield, seeds_yield):
        assert formula(800, 0.0) == 1.0
    assert negative_binomial_yield(800, 0.0, 3) == 1.0
    assert bose_einstein_yield(800, 0.0, 40) == 1.0


def test_bose_einstein_over_two_layers_is_the_square_of_one() -> None:
    # A D = 1 cm2 x 0.25 per cm2: (1 / 1.25)^2
    assert bose_einstein_yield(100, 0.25, 2) == pytest.approx(0.64)


@given(st.integers(1, 8), st.data(), st.floats(0.01, 1.0))
def test_partial_good_bins_are_the_binomial_tail(units: int, data: st.DataObject, good: float) -> None:
    spares = data.draw(st.integers(0, units))
    enumerated = sum(
        math.prod(good if works else 1 - good for works in die)
        for die in itertools.product((True, False), repeat=units)
        if die.count(False) <= spares
    )
    assert partial_good_yield(good, units, spares) == pytest.approx(enumerated, rel=1e-9)


@given(st.integers(1, 144), st.floats(0.05, 1.0))
def test_a_die_with_no_spare_needs_every_block_and_one_with_all_spare_needs_none(units: int, good: float) -> None:
    assert partial_good_yield(good, units, 0) == pytest.approx(good**units, rel=1e-9)
    assert partial_good_yield(good, units, units) == pytest.approx(1.0, rel=1e-9)
    bins = [float(partial_good_yield(good, units, s)) for s in range(units + 1)]
    assert bins == sorted(bins)


def test_a_die_of_dead_blocks_is_saleable_where_all_may_be_dead() -> None:
    assert partial_good_yield(0.0, 4, 4) == 1.0
    assert partial_good_yield(0.0, 4, 3) == 0.0


def test_more_spares_than_blocks_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and units = 8, got 9"):
        partial_good_yield(0.9, 8, 9)


def test_switching_blocks_off_raises_the_yield_of_a_large_die() -> None:
    whole = die_yield(814, 0.1, 3)
    binned = die_yield(814, 0.1, 3, units=144, spares=12)
    assert whole == negative_binomial_yield(814, 0.1, 3)
    assert whole < 0.6
    assert binned > 0.99


@given(st.floats(50, 850), st.floats(0.001, 1.5), st.floats(0, 1))
def test_what_cannot_be_switched_off_must_work(area: float, density: float, repairable: float) -> None:
    """Of dies with a dozen defects or fewer: with more, that blocks fail independently of each other and of the rest is no longer near."""
    part, more = (die_yield(area, density, 3, units=80, spares=6, repairable=r) for r in (repairable, (1 + repairable) / 2))
    assert part <= negative_binomial_yield(area * (1 - repairable), density, 3) * (1 + 1e-12)
    assert part <= more * (1 + 1e-9)
    # With hardly any defect in the blocks only the rest decides: 0.4 x 814 mm2 at 0.1 per cm2 is 0.3256 defects, (1 + 0.3256 / 3)^-3
    assert die_yield(814, 0.1, 3, units=80, spares=6, repairable=0.6) == pytest.approx((1 + 0.3256 / 3) ** -3, rel=1e-3)


def test_dies_per_wafer_worked_by_hand() -> None:
    # 10 mm die, 0.1 mm street, 3 mm rim: pitch 10.1, usable 294 mm.
    # pi x 147^2 / 102.01 = 665.49 dies by area, less pi x 294 / (1.41421 x 10.1) = 64.66 cut by the rim.
    assert dies_per_wafer(100) == pytest.approx(665.49 - 64.66, abs=0.02)


@pytest.mark.parametrize("area", [25, 100, 200, 400, 600, 814])
def test_dies_per_wafer_against_squares_counted_on_a_disc(area: float) -> None:
    """Against the best of many placements of the grid the formula is right for small dies and cautious, by an eighth, for large ones."""
    pitch, radius = math.sqrt(area) + 0.1, 147.0
    lines = np.arange(-40, 41) * pitch if pitch > 8 else np.arange(-80, 81) * pitch
    best = 0
    for dx, dy in itertools.product((0.0, 0.25, 0.5, 0.75), repeat=2):
        x = np.maximum(np.abs(lines + dx * pitch), np.abs(lines + (dx + 1) * pitch))
        y = np.maximum(np.abs(lines + dy * pitch), np.abs(lines + (dy + 1) * pitch))
        best = max(best, int((x[:, None] ** 2 + y[None, :] ** 2 <= radius**2).sum()))
    assert (0.95 if area <= 200 else 0.87) * best <= dies_per_wafer(area) <= 1.01 * best


@given(st.floats(1.0, 80_000.0), st.floats(1.0, 80_000.0))
def test_a_larger_die_never_gives_more_dies(one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert dies_per_wafer(small) >= dies_per_wafer(large) >= 0


def test_a_wider_rim_or_street_or_a_smaller_wafer_gives_fewer_dies() -> None:
    assert dies_per_wafer(400, edge=5) < dies_per_wafer(400)
    assert dies_per_wafer(400, scribe=0.2) < dies_per_wafer(400)
    assert dies_per_wafer(400, diameter=200) < dies_per_wafer(400, diameter=300) / 2.25


@given(st.floats(10.0, 850.0), st.floats(0.01, 0.5), st.floats(0.5, 20.0))
def test_two_half_dies_cost_less_silicon_than_one(area: float, density: float, alpha: float) -> None:
    """Saw streets aside: smaller dies lose fewer neighbours to a defect and less of the rim."""

    def wafers(size: float) -> float:
        return float(wafers_per_good_die(dies_per_wafer(size, scribe=0.0), negative_binomial_yield(size, density, alpha)))

    assert 2 * wafers(area / 2) < wafers(area)


def test_two_half_dies_cost_less_silicon_at_the_reticle_limit_with_saw_streets() -> None:
    whole = wafers_per_good_die(dies_per_wafer(814), negative_binomial_yield(814, 0.1, 3))
    half = wafers_per_good_die(dies_per_wafer(407), negative_binomial_yield(407, 0.1, 3))
    assert 2 * half < 0.8 * whole


@given(st.floats(50.0, 400.0), st.floats(1.05, 2.0), DENSITIES)
def test_silicon_per_good_die_rises_faster_than_its_area(area: float, growth: float, density: float) -> None:
    small = wafers_per_good_die(dies_per_wafer(area, scribe=0.0), poisson_yield(area, density))
    large = wafers_per_good_die(dies_per_wafer(area * growth, scribe=0.0), poisson_yield(area * growth, density))
    assert large / small > growth


def test_a_die_that_never_works_has_no_price() -> None:
    with pytest.raises(ValueError, match="no good die on a wafer"):
        wafers_per_good_die(dies_per_wafer(90_000), 0.5)
    with pytest.raises(ValueError, match="no good die on a wafer"):
        wafers_per_good_die(60.0, np.array([0.5, 0.0]))


def test_a_package_of_ten_bonded_chips_survives_every_bond_and_the_final_test() -> None:
    # 0.99^10 = 0.904382, x 0.95
    assert package_yield(10, 0.99, 0.95) == pytest.approx(0.859163, abs=1e-6)
    assert package_yield(0, 0.99, 0.95) == 0.95
    assert package_yield(10, 1.0, 1.0) == 1.0
    np.testing.assert_array_less(
        package_yield(np.array([2.0, 9.0, 17.0]), 0.99, 0.95)[1:], package_yield(np.array([2.0, 9.0, 17.0]), 0.99, 0.95)[:-1]
    )
