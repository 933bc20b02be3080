"""Numbers that remember: what they write down is the formula itself, for every evaluator."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.cost import harness, silicon, site
from graph.cost.operations import OPERATIONS
from graph.cost.program import CHUNK, Program
from graph.cost.traced import Traced, central, held, traced

FORMULAS: list[tuple[Callable[..., Any], dict[str, tuple[float, float]]]] = [
    (silicon.dies_per_wafer, {"area": (50, 800), "diameter": (200, 300), "edge": (1, 5), "scribe": (0.05, 0.2)}),
    (silicon.poisson_yield, {"area": (50, 800), "density": (0.01, 0.3)}),
    (silicon.murphy_yield, {"area": (50, 800), "density": (0.01, 0.3)}),
    (silicon.seeds_yield, {"area": (50, 800), "density": (0.01, 0.3)}),
    (silicon.negative_binomial_yield, {"area": (50, 800), "density": (0.01, 0.3), "alpha": (1, 10)}),
    (silicon.bose_einstein_yield, {"area": (50, 800), "density": (0.001, 0.02), "layers": (5, 20)}),
    (silicon.package_yield, {"bonded": (2, 20), "bond_yield": (0.9, 0.999), "final_yield": (0.9, 0.999)}),
    (site.capital_recovery_factor, {"rate": (0.01, 0.2), "years": (3, 30)}),
    (site.delay_carrying_cost, {"rate": (0.01, 0.2), "months": (1, 60)}),
    (harness.acceptance, {"success": (0.1, 0.9), "tpr": (0.5, 0.99), "fpr": (0.01, 0.5)}),
    (harness.expected_attempts, {"accepted": (0.1, 0.9), "cap": (1, 9)}),
    (
        harness.cost_per_useful_token,
        {
            "attempt_usd": (0.01, 2), "output": (100, 9e4), "success": (0.1, 0.9), "tpr": (0.5, 0.99), "fpr": (0.01, 0.5),
            "retained": (0.3, 1), "cap": (1, 9), "false_accept_usd": (0, 5),
        },
    ),
    (harness.input_token_weight, {"cache_hit": (0, 1), "cache_read_ratio": (0, 0.3), "cache_write_ratio": (0, 0.5)}),
]  # fmt: skip


@st.composite
def formulas_at_a_point(draw: st.DrawFn) -> tuple[Callable[..., Any], dict[str, float]]:
    formula, ranges = draw(st.sampled_from(FORMULAS))
    return formula, {name: draw(st.floats(low, high)) for name, (low, high) in ranges.items()}


def program_of(formula: Callable[..., Any], point: dict[str, float]) -> Program:
    return Program({"result": formula(**{name: traced(name, value) for name, value in point.items()})})


@given(formulas_at_a_point())
def test_a_traced_formula_has_the_value_of_the_formula(case: tuple[Callable[..., Any], dict[str, float]]) -> None:
    formula, point = case
    assert float(program_of(formula, point).evaluate({})["result"]) == pytest.approx(float(formula(**point)), rel=1e-12)


@given(formulas_at_a_point(), st.integers(0, 2**32 - 1))
def test_a_program_on_draws_is_the_formula_on_draws(case: tuple[Callable[..., Any], dict[str, float]], seed: int) -> None:
    formula, point = case
    ranges = next(r for f, r in FORMULAS if f is formula)
    random = np.random.default_rng(seed)
    draws = {name: random.uniform(*ranges[name], CHUNK + 3) for name in point}
    np.testing.assert_allclose(program_of(formula, point).evaluate(draws)["result"], formula(**draws), rtol=1e-12)


@given(formulas_at_a_point())
def test_derivatives_agree_with_central_differences(case: tuple[Callable[..., Any], dict[str, float]]) -> None:
    formula, point = case
    slopes = program_of(formula, point).gradient(["result"])
    for name, value in point.items():
        step = 1e-5 * max(abs(value), 1e-2)
        up, down = (float(formula(**{**point, name: value + sign * step})) for sign in (1, -1))
        scale = abs(float(formula(**point))) / max(abs(value), 1e-2)
        assert float(slopes[name][0]) == pytest.approx((up - down) / (2 * step), rel=1e-4, abs=1e-5 * scale), name


def test_each_formula_is_tried_with_all_its_parameters() -> None:
    for formula, ranges in FORMULAS:
        assert set(inspect.signature(formula).parameters) == set(ranges), formula.__name__


def test_every_operation_of_the_chain_is_tried_somewhere() -> None:
    """Each operation has its derivative checked on numbers where it is smooth."""
    points = {"less": (1.0, 2.0), "less_equal": (1.0, 2.0), "greater": (1.0, 2.0), "greater_equal": (1.0, 2.0), "where": (True, 2.0, 3.0)}
    for name, operation in OPERATIONS.items():
        if name == "held":
            continue
        arguments = points.get(name) or (0.7, 1.3)[: operation.javascript.count("{")]
        result = operation.compute(*arguments)
        for k, partial in enumerate(operation.partials(result, *arguments)):
            if isinstance(arguments[k], bool):
                continue
            moved = [list(arguments), list(arguments)]
            moved[0][k] += 1e-6
            moved[1][k] -= 1e-6
            slope = (float(operation.compute(*moved[0])) - float(operation.compute(*moved[1]))) / 2e-6
            assert float(partial) == pytest.approx(slope, abs=1e-6), (name, k)


def test_a_shared_part_is_computed_once() -> None:
    a = traced("a", 2.0)
    square = a * a
    again = a * a
    assert len(Program({"r": square + again}).lines) == 3  # a, its square, the sum


def test_what_is_held_stays_in_a_shock_and_moves_when_it_is_better_known() -> None:
    price, input_usd = traced("price", 10.0), traced("input_usd", 4.0)
    sold = input_usd + held(price - input_usd)
    program = Program({"sold": sold})
    assert float(program.evaluate({"input_usd": 5.0})["sold"]) == 10.0  # the published price is what it is
    assert program.gradient(["sold"])["input_usd"].tolist() == [1.0]  # but a dearer input is passed on
    anew = program.gradient(["sold"], keep_held=False)
    assert {name: slope.tolist() for name, slope in anew.items()} == {"input_usd": [0.0], "price": [1.0]}


def test_an_input_that_is_not_there_is_named() -> None:
    program = Program({"r": traced("area", 2.0) * 3.0})
    with pytest.raises(KeyError, match="no input is called 'aera'"):
        program.evaluate({"aera": 1.0})


def test_a_traced_number_is_no_array_and_no_truth() -> None:
    number = traced("n", 2.0)
    with pytest.raises(TypeError, match=r"<n = 2> is a traced number and no array: central\(\) gives its value"):
        np.asarray(number)
    with pytest.raises(TypeError, match=r"can change with its inputs: use numpy\.where"):
        bool(number > 1.0)
    with pytest.raises(TypeError, match="the cost chain has no operation arctan"):
        np.arctan(number)
    with pytest.raises(TypeError, match=r"a traced number meets an array of shape \(2,\)"):
        number * np.array([1.0, 2.0])
    assert central(number * 3.0) == 6.0


def test_a_chain_of_many_thousand_steps_is_cut_without_recursion() -> None:
    number: Traced = traced("n", 0.0)
    for _ in range(20_000):
        number = number + 1.0
    assert float(Program({"r": number}).evaluate({"n": 1.0})["r"]) == 20_001.0
