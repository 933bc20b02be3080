"""Formulas in LaTeX: plainly put, and what is computed."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given

from docs.chain import PAGE, legend, page
from docs.chain_formulas import SYMBOLS, Formula, formulas
from graph.cost import chain, deployment, harness, operating_point, rollup, silicon, site, throughput
from graph.cost.latex import cases, latex
from graph.cost.program import Program
from graph.cost.traced import Number, traced
from tests.unit.test_printed import A, B, C, expressions

PLAIN = {"a": "a", "b": "b", "c": "c", "k": "k", "p": "p"}
K, P = traced("k", 3.0), traced("p", 0.6)
METHODS = {
    "5.1 price": [rollup.prices, chain.item_bill],
    "5.2 dies of a wafer and their yield": [
        silicon.dies_per_wafer, silicon.poisson_yield, silicon.murphy_yield, silicon.seeds_yield, silicon.negative_binomial_yield,
        silicon.bose_einstein_yield, silicon.partial_good_yield, silicon.die_yield,
    ],
    "5.3 and 5.4 package": [silicon.package_yield, chain.silicon_steps],
    "5.5 accelerator": [chain.accelerator_step],
    "5.6 server": [chain.server_step],
    "5.7 facility": [site.delay_carrying_cost, chain.hour_step],
    "5.8 accelerator-hour": [site.capital_recovery_factor, chain.hour_step, deployment.busy_seconds],
    "5.9 tokens": [
        throughput.weights_read, throughput.arithmetic_seconds, throughput.sync_seconds, throughput.decode_step_seconds,
        throughput.prefill_chip_seconds, throughput.first_token_seconds, throughput.memory_needed, throughput.fits, operating_point.at,
    ],
    "5.10 served tokens": [deployment.price, deployment.attempt_seconds, harness.input_token_weight],
    "5.11 useful tokens": [
        harness.acceptance, harness.expected_attempts, harness.useful_tokens_per_task, harness.cost_per_useful_token, deployment.price,
    ],
}  # fmt: skip
"""Step of the method -> the functions that compute it."""


def value_of(said: str, values: dict[str, float]) -> float:
    """A formula in LaTeX, computed by Python."""
    for there, here in ((r"\left(", "("), (r"\right)", ")"), (r",\ ", ", "), (r" \, ", " * "), (r" \cdot ", " * "), (r" \times ", " * "),
                        (r"\max", "max"), (r"\min", "min"), (r"\ln", "log"), (r"\pi", "pi"), (r"\le", "<=")):  # fmt: skip
        said = said.replace(there, here)
    before = ""
    while said != before:  # from the innermost braces outwards
        before = said
        said = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1) / (\2))", said)
        said = re.sub(r"\\sqrt\{([^{}]*)\}", r"sqrt(\1)", said)
        said = re.sub(r"\^\{([^{}]*)\}", r"**(\1)", said)
    said = re.sub(r"\be\*\*", "euler**", said)
    return float(eval(said, {"max": max, "min": min, "log": math.log, "sqrt": math.sqrt, "pi": math.pi, "euler": math.e} | values))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (math.pi * A**2 / B, r"\frac{\pi \, a^{2}}{b}"),
        (-np.expm1(-A), "1 - e^{-a}"),
        (1.0 + -np.minimum(A, B), r"1 - \min\left(a,\ b\right)"),
        (-np.expm1(K * np.log1p(-np.minimum(P, 1 - 1e-15))), r"1 - \left(1 - p\right)^{k}"),
        (-P / np.expm1(-K * np.log1p(P)), r"\frac{p}{1 - \left(1 + p\right)^{-k}}"),
        (A - (B - C), "a - b + c"),
        (A - (B + C) * 1.0, "a - b - c"),
        (-(A + B), r"-\left(a + b\right)"),
        (A - C * (A + B), r"a - c \, \left(a + b\right)"),
        (A / B / C, r"\frac{a}{b \, c}"),
        (A * A * (A + B), r"a^{2} \, \left(a + b\right)"),
        (A**5.0 * B / A, "a^{4} \\, b"),
        (A / C + B / C + K / C, r"\frac{a + b + k}{c}"),
        (A * (B + C) + A * K - A * (B - K), r"a \, \left(b + c + k - b + k\right)"),
        (np.minimum(np.maximum(P, 1e-300), 1.0) * 1e-12, r"10^{-12} \, p"),
        (np.where(A < 1e-12, 0.0, B / A), r"\frac{b}{a}"),
    ],
)
def test_a_formula_is_put_as_one_would_write_it(value: Number, said: str) -> None:
    assert latex(Program({"r": value}), "r", PLAIN) == said


@given(expressions())
def test_latex_read_back_has_the_value(value: Number) -> None:
    said = latex(Program({"r": value}), "r", PLAIN)
    assert value_of(said, {"a": 2.0, "b": 3.0, "c": 5.0}) == pytest.approx(float(value), rel=1e-9, abs=1e-9)


def test_the_case_that_is_printed_says_on_what_condition_and_a_guard_does_not() -> None:
    either = Program({"r": np.where(A > B, A, np.where(A < 1e-9, 1.0, C / A))})
    assert latex(either, "r", PLAIN) == r"\frac{c}{a}"
    assert cases(either, "r", PLAIN) == [r"a \le b"]


@pytest.mark.parametrize("one", formulas(), ids=lambda one: f"{one.function.__name__} {one.left}")
def test_each_formula_of_the_page_computes_what_its_function_does(one: Formula) -> None:
    program = one.program
    tokens = {name: f"q{k}q" for k, name in enumerate(program.named)}
    values = {token: float(program.values[program.named[name]]) for name, token in tokens.items()}
    place = {**program.named, **program.results}[one.result]
    assert value_of(latex(program, one.result, tokens), values) == pytest.approx(float(program.values[place]), rel=1e-9)


def test_every_step_of_the_method_has_its_formulas_and_every_symbol_its_meaning() -> None:
    printed = {one.function for one in formulas()}
    assert {step: [f.__name__ for f in functions if f not in printed] for step, functions in METHODS.items()} == {s: [] for s in METHODS}
    for part, symbols in SYMBOLS.items():
        told = legend([one for one in formulas() if one.part == part])
        for one in formulas():
            if one.part == part:
                assert all(any(row.startswith(f"| ${symbols[name].tex}$ |") for row in told) for name in one.where)
        symbols_of_rows = [row.split("|")[1] for row in told]
        assert len(symbols_of_rows) == len(set(symbols_of_rows)), f"{part} gives one symbol two meanings"


def test_no_name_of_the_program_is_left_on_the_page() -> None:
    for one in formulas():
        assert not re.search(r"[a-z]+\\_|:", one.right), one.right


def test_the_page_of_formulas_is_what_the_functions_print() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "renew it: python -m docs.chain"
    assert page().count("$$") == 2 * len(formulas())
