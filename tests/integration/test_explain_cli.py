"""`stackgraph explain`: a fact is found by the names people use for it."""

from __future__ import annotations

from pipelines.home import Home
from tests.command import rows_of


def test_a_plain_name_finds_figures_of_the_whole_and_a_source_too(published: Home) -> None:
    assert {row["fact"] for row in rows_of(published, "explain", "site.wacc")} == {"wacc"}
    assert {row["publisher"] for row in rows_of(published, "explain", "Ember")} == {"Ember"}


def test_the_shares_of_a_firm_or_a_country_name_their_item(published: Home) -> None:
    for what, item in (("org:tsmc.share", "advanced_packaging"), ("country:TWN.share", "wafer_n5")):
        assert item in {row["of_what"] for row in rows_of(published, "explain", what)}
    assert "TSMC" in {row["of_what"] for row in rows_of(published, "explain", "item:advanced_packaging.share")}
