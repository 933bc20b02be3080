"""Governance risk of a supply by country."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.risk.governance import INDICATORS, country_risk, weighted

countries = st.sampled_from(["TWN", "CHN", "COD", "AUS", "CHL"])


def parameters(**values: tuple[float, float]) -> pd.DataFrame:
    """Both indicators of some countries."""
    rows = [
        {"entity_id": f"country:{code}", "parameter": name, "central": value, "status": "current"}
        for code, pair in values.items()
        for name, value in zip(INDICATORS, pair, strict=True)
    ]
    return pd.DataFrame(rows)


def test_the_scale_runs_from_the_best_to_the_worst() -> None:
    risk = country_risk(parameters(AAA=(2.5, 2.5), BBB=(-2.5, -2.5), CCC=(0.0, 0.0), DDD=(1.0, -1.0), EEE=(-3.0, -2.6)))
    assert risk == pytest.approx({"AAA": 0.0, "BBB": 1.0, "CCC": 0.5, "DDD": 0.5, "EEE": 1.0})


def test_a_country_of_which_one_indicator_is_known_has_no_risk() -> None:
    assert country_risk(parameters(AAA=(1.0, 1.0)).iloc[:1]) == {}


def test_a_worked_supply() -> None:
    mean, index = weighted({"AAA": 0.75, "BBB": 0.25}, {"AAA": 0.2, "BBB": 0.8})
    assert mean == pytest.approx(0.35)
    assert index == pytest.approx(10_000 * (0.5625 * 0.2 + 0.0625 * 0.8))


def test_supply_from_a_country_of_unknown_risk_gives_no_index() -> None:
    mean, index = weighted({"AAA": 0.5, "ZZZ": 0.5}, {"AAA": 0.2})
    assert mean == pytest.approx(0.2)
    assert index is None
    assert weighted({"ZZZ": 1.0}, {"AAA": 0.2}) == (None, None)


@given(st.dictionaries(countries, st.floats(0.01, 1), min_size=1), st.dictionaries(countries, st.floats(0, 1), min_size=5, max_size=5))
def test_the_index_never_passes_that_of_shares_alone(raw: dict[str, float], risk: dict[str, float]) -> None:
    shares = {c: s / sum(raw.values()) for c, s in raw.items()}
    mean, index = weighted(shares, risk)
    assert mean is not None
    assert index is not None
    assert min(risk[c] for c in shares) - 1e-9 <= mean <= max(risk[c] for c in shares) + 1e-9
    assert index <= 10_000 * sum(s * s for s in shares.values()) + 1e-6
