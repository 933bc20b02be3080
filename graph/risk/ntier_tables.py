"""Concentration tier by tier: what its table holds."""

from __future__ import annotations

from typing import ClassVar, Literal

from sources.columns import Table, column, optional


class NtierHhi(Table):
    """How concentrated what stands behind a target is, tier by tier: by what is paid, and by what it cannot do without."""

    table: ClassVar[str] = "risk.ntier_hhi"
    key: ClassVar[tuple[str, ...]] = ("target", "by", "tier")
    target: str = column("The item or board (graph.node)")
    by: Literal["firm", "owner", "country"] = column("Whose shares")
    tier: int = column("0: its own supply; 1: that of its inputs; and so on", "count")
    items: int = column("Items of this tier", "count")
    cost_share: float = column("Part of the target's price that passes through this tier", "fraction")
    cost_hhi_low: float | None = optional("The least index that the ranges of the shares allow", "ratio")
    cost_hhi: float | None = optional(
        "Herfindahl index of the tier, its items weighted by cost, 0 to 10,000, at central shares of what is known", "ratio"
    )
    cost_hhi_high: float | None = optional("The greatest index that the ranges of the shares allow", "ratio")
    cost_known_share: float = column("Part of the tier's cost whose suppliers are known", "fraction")
    cost_largest: str | None = optional("Largest supplier, by cost")
    cost_largest_share: float | None = optional("Its part of the known supply", "fraction")
    cost_primary_share: float | None = optional("By cost: Part of the known supply that rests on the publisher itself", "fraction")
    cost_secondary_share: float | None = optional("By cost: Part of the known supply that rests on somebody citing it", "fraction")
    cost_derived_share: float | None = optional(
        "By cost: Part of the known supply that rests on other figures it was computed from", "fraction"
    )
    cost_estimate_share: float | None = optional("By cost: Part of the known supply that rests on engineering judgement", "fraction")
    necessity_hhi_low: float | None = optional("The least index that the ranges of the shares allow", "ratio")
    necessity_hhi: float | None = optional(
        "Herfindahl index of the tier, its essential items weighted alike, 0 to 10,000, at central shares of what is known", "ratio"
    )
    necessity_hhi_high: float | None = optional("The greatest index that the ranges of the shares allow", "ratio")
    necessity_known_share: float = column("Part of the tier's essential items whose suppliers are known", "fraction")
    necessity_largest: str | None = optional("Largest supplier, by necessity")
    necessity_largest_share: float | None = optional("Its part of the known supply", "fraction")
    necessity_primary_share: float | None = optional(
        "By necessity: Part of the known supply that rests on the publisher itself", "fraction"
    )
    necessity_secondary_share: float | None = optional(
        "By necessity: Part of the known supply that rests on somebody citing it", "fraction"
    )
    necessity_derived_share: float | None = optional(
        "By necessity: Part of the known supply that rests on other figures it was computed from", "fraction"
    )
    necessity_estimate_share: float | None = optional(
        "By necessity: Part of the known supply that rests on engineering judgement", "fraction"
    )
