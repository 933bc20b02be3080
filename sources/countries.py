"""The countries that appear in the data: for sources that publish the whole world, of which only these are taken over."""

from __future__ import annotations

from sources.records import Country
from sources.tabular import ROOT, read_csv

COUNTRIES = ROOT / "curated" / "organisations" / "country.csv"


def codes() -> frozenset[str]:
    """ISO 3166-1 alpha-3 codes of the countries declared with the organisations."""
    return frozenset(read_csv(COUNTRIES, Country)["country"])
