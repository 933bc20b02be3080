"""Scenario files: the library as it stands, and what is said of a file that is not sound."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from graph.risk.scenario import LIBRARY, ScenarioError, library, read_case

GOOD = """
id: one
title: One
shocks:
  - {country: TWN, lost: 0.5}
duration_days: 30
recovery: {days: 10, shape: exponential}
reasoning: because
sources:
  - {title: T, url: "https://example.org", date: "2024-01"}
"""


def written(folder: Path, text: str, name: str = "one") -> Path:
    path = folder / f"{name}.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_read_as_it_says(tmp_path: Path) -> None:
    case = read_case(written(tmp_path, GOOD))
    assert (case.scenario_id, case.duration_days, case.recovery_days, case.recovery_shape) == ("one", 30, 10, "exponential")
    assert (case.shocks[0].where, case.shocks[0].lost, case.outcome) == ({"country": ("TWN",)}, 0.5, None)


def test_the_library_holds_what_it_promises() -> None:
    cases = library()
    assert {
        "taiwan_blockade",
        "hsinchu_earthquake",
        "spruce_pine_2024",
        "ukraine_neon_2022",
        "gallium_germanium_ban",
        "nittobo_t_glass",
        "one_hbm_maker",
        "euv_spares",
        "qatar_helium_2026",
        "large_transformer",
        "ercot_winter_storm",
        "coolant_exit_3m",
        "interconnection_freeze",
    } <= set(cases)
    assert cases["taiwan_blockade"].duration_days == 90


def test_each_scenario_has_reasons_and_sources_and_each_event_a_day_and_an_outcome() -> None:
    for case in library(LIBRARY).values():
        assert len(case.reasoning) > 80, case.scenario_id
        assert case.sources, case.scenario_id
        assert all(s.url.startswith("http") and s.date[:2] == "20" for s in case.sources), case.scenario_id
        assert (case.outcome is None) == (case.happened is None), case.scenario_id
        if case.happened:
            date.fromisoformat(case.happened)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("lost: 0.5", "lost: 1.5", r"one.yml: shock 1: lost = 1.5; expected a part above 0, at most 1"),
        ("lost: 0.5", "loss: 0.5", "shock 1: lost is missing or not a int or float"),
        ("country: TWN", "nation: TWN", "shock 1: unknown field 'nation'"),
        ("{country: TWN, lost: 0.5}", "{lost: 0.5}", "shock 1: nothing is named"),
        ("lost: 0.5", "lost: 0.5, of_supply: true", "of_supply goes with item alone"),
        ("duration_days: 30", "duration_days: -3", "duration_days = -3; expected a number of days"),
        ("shape: exponential", "shape: sudden", "recovery shape 'sudden'"),
        ("title: One", "", "title is missing"),
        ("title: One", "title: One\ncolour: red", "unknown field 'colour'"),
        ("shocks:", "shocks: [", "one.yml: not YAML: .*line"),
    ],
)
def test_what_is_not_sound_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        read_case(written(tmp_path, GOOD.replace(old, new, 1)))


def test_a_file_is_called_as_its_id(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "two")
    with pytest.raises(ScenarioError, match="its id is 'one'; expected the name of the file"):
        library(tmp_path)


def test_an_empty_folder_is_no_library(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no scenario files"):
        library(tmp_path)
