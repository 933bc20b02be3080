"""The supply risk of materials in the two published forms, as far as their inputs are known."""

from __future__ import annotations

from typing import ClassVar, Literal

from sources.columns import Table, column, optional


class SupplyRisk(Table):
    """Supply risk of a material by country: the European Commission's form and the USGS form. Empty where an input is missing."""

    table: ClassVar[str] = "risk.supply_risk"
    key: ClassVar[tuple[str, ...]] = ("item_id",)
    item_id: str = column("The material")
    rank: int | None = optional("Rank by world_supply_risk, 1 the riskiest", "count")
    hhi_low: float | None = optional("Least index of its countries of production that the evidence allows", "ratio")
    hhi_central: float | None = optional("Herfindahl-Hirschman index of its countries of production, 0 to 10,000", "ratio")
    hhi_high: float | None = optional("Greatest index of its countries of production that the evidence allows", "ratio")
    largest: str | None = optional("Country with the largest share")
    governance_risk: float | None = optional(
        "Mean governance risk of those countries, 0 (best) to 1 (worst), weighted by share", "fraction"
    )
    world_supply_risk: float | None = optional(
        "Sum over countries of squared share times governance risk, 0 to 10: the Commission's term for world supply", "ratio"
    )
    recycled_share: float | None = optional(
        "Part of US consumption that comes from scrap, in place of the EU's recycling input rate", "fraction"
    )
    substitution_low: float | None = optional("At its easiest use, the part that nothing else could serve", "fraction")
    substitution_index: float | None = optional(
        "Mean over its uses in this stack of the part that nothing else could serve: 1 is not replaceable", "fraction"
    )
    substitution_high: float | None = optional("At its hardest use, the part that nothing else could serve", "fraction")
    ec_low: float | None = optional("ec_supply_risk at substitution_low and the high recycled share", "ratio")
    ec_supply_risk: float | None = optional(
        "world_supply_risk x (1 - recycled_share) x substitution_index: the Commission's form where only world supply is known", "ratio"
    )
    ec_high: float | None = optional("ec_supply_risk at substitution_high and the low recycled share", "ratio")
    disruption_potential: float | None = optional("The same sum scaled to 0 to 1: the USGS form's first term", "fraction")
    trade_exposure: float | None = optional("US net import reliance: the USGS form's second term", "fraction")
    trade_exposure_low: float | None = optional("Lower bound of the US net import reliance", "fraction")
    trade_exposure_high: float | None = optional("Upper bound of the US net import reliance", "fraction")
    usgs_two_terms: float | None = optional(
        "Geometric mean of the two; the third term, economic vulnerability, is not known for any of them, so that it only ranks", "fraction"
    )
    grade: Literal["primary", "secondary", "derived", "estimate"] | None = optional("Weakest grade of the inputs that are there")
    missing: str | None = optional("Inputs of the two forms that nobody is known to publish, joined with '; '")
