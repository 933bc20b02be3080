"""Publications about the same thing: which of them contradict each other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.cost.publications import conflicts, median_deviation, span
from sources.records import PublishedCost


def publication(name: str, low: float, central: float, high: float, as_of: str = "2025-10", measured: str = "gigawatt") -> PublishedCost:
    fields: dict[str, Any] = {"unit": "USD/GW", "source_id": "somebody", "grade": "secondary", "status": "current"}
    return PublishedCost(
        published_id=name, quantity="gigawatt", scope="gigawatt_site", measured=measured, what="A gigawatt", relation="same", board_id="gb200",
        low=low, central=central, high=high, as_of=as_of, **fields,
    )  # fmt: skip


BERNSTEIN = publication("bernstein", 35e9, 35e9, 35e9)
NVIDIA = publication("nvidia", 50e9, 55e9, 60e9, "2025-08")
BARCLAYS = publication("barclays", 50e9, 55e9, 60e9, "2025-09")


def test_bernstein_contradicts_nvidia_on_what_a_gigawatt_costs_and_barclays_does_not() -> None:
    """Bernstein: 35 billion, "well below" Nvidia's 50 to 60, which Barclays gives too."""
    states = dict(zip(("bernstein", "nvidia", "barclays"), conflicts([BERNSTEIN, NVIDIA, BARCLAYS]), strict=True))
    assert states["bernstein"] == ("conflicting", ["nvidia", "barclays"])
    assert states["nvidia"] == ("conflicting", ["bernstein"])
    assert conflicts([NVIDIA, BARCLAYS]) == [("agrees", []), ("agrees", [])]


def test_figures_of_other_things_or_of_long_ago_do_not_contradict() -> None:
    rubin = publication("rubin", 80e9, 90e9, 100e9, measured="gigawatt_rubin")
    assert conflicts([BERNSTEIN, rubin]) == [("alone", []), ("alone", [])]
    before = publication("before", 20e9, 20e9, 20e9, "2022")
    assert conflicts([BERNSTEIN, before]) == [("moved", ["before"]), ("moved", ["bernstein"])]


def test_a_rounded_figure_stands_for_what_it_was_rounded_from() -> None:
    """3.4 and 3.5 million for the same rack are one figure; 3.1 is another."""
    racks = [publication(name, v, v, v) for name, v in (("a", 3.4e6), ("b", 3.5e6), ("c", 3.1e6))]
    assert [state for state, _ in conflicts(racks[:2])] == ["agrees", "agrees"]
    assert conflicts(racks)[2] == ("conflicting", ["b"])


@given(st.lists(st.tuples(st.floats(1, 100), st.floats(0, 50), st.integers(2018, 2026)), min_size=1, max_size=6))
def test_contradiction_is_mutual(given_: list[tuple[float, float, int]]) -> None:
    rows = [publication(f"p{k}", low, low + more / 2, low + more, str(year)) for k, (low, more, year) in enumerate(given_)]
    found = conflicts(rows)
    against = {(one.published_id, other) for one, (_, others) in zip(rows, found, strict=True) for other in others}
    assert against == {(b, a) for a, b in against}
    for one, (state, others) in zip(rows, found, strict=True):
        assert (state in ("conflicting", "moved")) == bool(others)
        low, high = span(one)
        assert low <= float(one.low or 0) <= float(one.high or 0) <= high


def test_half_as_dear_is_as_far_off_as_twice_as_dear() -> None:
    assert median_deviation([0.5, 2.0]) == pytest.approx(1.0)
    assert median_deviation([1.0, 1.25, 0.1]) == pytest.approx(0.25)
