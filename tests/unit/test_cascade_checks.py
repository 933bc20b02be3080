"""The checks that stand before the published cascade see what they are there for."""

from __future__ import annotations

import pandas as pd
import pytest

from graph.risk.cascade_results import out_of_bounds, unfelt

SOUND = pd.DataFrame(
    {
        "organisation_id": ["a", "b"],
        "esri_low": [0.1, 0.0],
        "esri": [0.5, 0.2],
        "esri_high": [0.6, 0.2],
        "esri_finer": [0.55, 0.2],
        "esri_down": [0.5, 0.1],
        "esri_up": [0.1, 0.1],
        "own_share": [0.1, 0.2],
    }
)


def test_sound_figures_pass() -> None:
    assert out_of_bounds(SOUND) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("esri_low", -0.1),
        ("esri_low", 0.55),
        ("esri_high", 1.1),
        ("esri_up", 0.7),
        ("esri_down", 0.3),
        ("esri_finer", 0.65),
        ("esri_finer", 0.05),
    ],
)
def test_figures_that_contradict_each_other_are_named(column: str, value: float) -> None:
    assert out_of_bounds(SOUND.assign(**{column: [value, SOUND[column][1]]})) == ["a"]


def test_a_sole_maker_that_costs_only_its_own_sales_is_named() -> None:
    assert unfelt(SOUND, ["a"]) == []
    assert unfelt(SOUND, ["a", "b", "not_there"]) == ["b", "not_there"]
