"""Formulas read off a program: what is printed is what is computed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.cost.printed import terms, text
from graph.cost.program import Program
from graph.cost.traced import Number, named, traced

A, B, C = traced("a", 2.0), traced("b", 3.0), traced("c", 5.0)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (A - (B - C), "a - (b - c)"),
        (A - B - C, "a - b - c"),
        (A / (B / C), "a / (b / c)"),
        (A / B * C, "a / b x c"),
        ((A + B) * C, "(a + b) x c"),
        (A * B + C, "a x b + c"),
        (-(A + B), "-(a + b)"),
        ((A + B) ** 2, "(a + b)^2"),
        (A ** (B + C), "a^(b + c)"),
        (A * 1.0 + 0.0, "a"),
        (np.maximum(A, B + C), "maximum(a, b + c)"),
        (np.where(A < 1e-12, 0.0, B / A), "b / a"),
    ],
)
def test_brackets_stand_where_they_are_needed_and_nowhere_else(value: Number, said: str) -> None:
    assert text(Program({"r": value}), "r") == said


@st.composite
def expressions(draw: st.DrawFn, depth: int = 4) -> Number:
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from([A, B, C]))
    left, right = draw(expressions(depth=depth - 1)), draw(expressions(depth=depth - 1))
    return draw(st.sampled_from([lambda: left + right, lambda: left - right, lambda: left * right, lambda: left / (right * right + 1.0)]))()


@given(expressions())
def test_text_read_back_has_the_value(value: Number) -> None:
    said = text(Program({"r": value}), "r")
    assert eval(said.replace(" x ", "*"), {"a": 2.0, "b": 3.0, "c": 5.0}) == pytest.approx(float(value), rel=1e-12)


def test_a_named_quantity_stands_for_what_it_is() -> None:
    good = named(np.exp(-A * B), "yield", "fraction")
    program = Program({"cost": C / good})
    assert text(program, "cost") == "c / yield"
    assert terms(program, "cost") == ["c", "yield"]
    assert text(program, "yield") == "exp((-a) x b)"
    assert program.units["yield"] == "fraction"


def test_an_unknown_quantity_is_named() -> None:
    with pytest.raises(KeyError, match="no quantity of the chain is called 'yeild'"):
        text(Program({"r": A}), "yeild")
