"""The countries that appear in the data: for sources that publish the whole world, of which only these are taken over."""

from __future__ import annotations

from functools import cache

from sources.records import Country
from sources.tabular import ROOT, read_csv

COUNTRIES = ROOT / "curated" / "organisations" / "country.csv"
WORLD = ROOT / "vocabulary" / "iso_3166.csv"


def codes() -> frozenset[str]:
    """ISO 3166-1 alpha-3 codes of the countries declared with the organisations."""
    return frozenset(read_csv(COUNTRIES, Country)["country"])


@cache
def world() -> frozenset[str]:
    """Every alpha-3 code of ISO 3166-1, as of 2026: a published code that is none of them is a word that nobody has explained."""
    _, *found = WORLD.read_text(encoding="utf-8").split()
    return frozenset(found)
