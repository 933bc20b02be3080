"""What a useful token costs where, and over which network: cost.site_choice, cost.site_effect, cost.fabric."""

from __future__ import annotations

from typing import ClassVar, Literal

from sources.columns import Table, column, optional

Grade = Literal["primary", "secondary", "derived", "estimate"]
_TOKEN = "Per million useful tokens"
KEY = ("board_id", "model_id", "workload_id")


class SiteChoice(Table):
    """What an accelerator-hour and a useful token cost on a board in each region with a tariff, with each power contract and cooling."""

    table: ClassVar[str] = "cost.site_choice"
    key: ClassVar[tuple[str, ...]] = (*KEY, "region", "contract", "cooling")
    board_id: str = column("The board")
    model_id: str = column("The model served")
    workload_id: str = column("What the tokens are for")
    region: str = column("The tariff region: a country, a state of the USA, a grid operator or a group of these")
    contract: Literal["grid", "nuclear", "renewable", "gas"] = column("Who sells the power: through the grid, or gas burnt on the site")
    cooling: Literal["air", "rear_door", "direct_to_chip"] = column("Cooling of the hall, of those that the board can stand in")
    region_kind: Literal["state", "grid", "country", "group"] = column("What the region is")
    site_id: str | None = optional("The reference site there, whose wait and cost of building it has")
    usd_low: float = column(f"{_TOKEN}, 5th percentile", "USD/Mtoken")
    usd_central: float = column(f"{_TOKEN}, at central figures", "USD/Mtoken")
    usd_high: float = column(f"{_TOKEN}, 95th percentile", "USD/Mtoken")
    hour_usd_low: float = column("Per accelerator-hour, 5th percentile", "USD/hour")
    hour_usd_central: float = column("Per accelerator-hour, at central figures", "USD/hour")
    hour_usd_high: float = column("Per accelerator-hour, 95th percentile", "USD/hour")
    site_hour_usd_low: float = column("Of an accelerator-hour, what the site decides: power, facility, waiting, 5th percentile", "USD/hour")
    site_hour_usd_central: float = column("The same at central figures", "USD/hour")
    site_hour_usd_high: float = column("The same, 95th percentile", "USD/hour")
    power_usd: float = column(f"{_TOKEN}: energy; the parts sum to usd_central", "USD/Mtoken")
    facility_usd: float = column(f"{_TOKEN}: capital of the facility", "USD/Mtoken")
    waiting_usd: float = column(f"{_TOKEN}: what that capital costs while it waits for power", "USD/Mtoken")
    server_usd: float = column(f"{_TOKEN}: the board with its part of the server or rack", "USD/Mtoken")
    network_usd: float = column(f"{_TOKEN}: the network between servers", "USD/Mtoken")
    other_usd: float = column(f"{_TOKEN}: staff, and what the harness spends beside accelerators", "USD/Mtoken")
    site_share: float = column("Part of usd_central that the site decides: power, facility, waiting", "fraction")
    tariff_low: float = column("Price of power at the meter, 5th percentile", "USD/MWh")
    tariff_central: float = column("The same at central figures", "USD/MWh")
    tariff_high: float = column("The same, 95th percentile", "USD/MWh")
    months_low: float = column("Until there is power, 5th percentile", "months")
    months_central: float = column("The same at central figures", "months")
    months_high: float = column("The same, 95th percentile", "months")
    wait_basis: Literal["reference site", "loads", "generators", "loads around it", "not known", "gas turbines"] = column(
        "What the wait rests on: loads or generators that the region's grid connected, loads of the country or continent around it, "
        "or the widest range known anywhere"
    )
    missing: str | None = optional(
        "Not published of the region: the widest range known stands in, for a contract's price that of the country; joined with ';'"
    )
    power_grade: Grade = column("Grade of the price of power, the weakest figure counting")
    facility_grade: Grade = column("Grade of the facility's cost there, the weakest figure counting")
    wait_grade: Grade = column("Grade of the wait")
    rests_on: str = column("Figures that the place sets, and rows of core.queue_entry (queue:...) behind its wait; joined with ';'")


class SiteEffect(Table):
    """How far the site moves the cost of a useful token, beside how far the board does."""

    table: ClassVar[str] = "cost.site_effect"
    key: ClassVar[tuple[str, ...]] = KEY
    board_id: str = column("The board")
    model_id: str = column("The model served")
    workload_id: str = column("What the tokens are for")
    regions: int = column("Regions compared, each with the contract and cooling that are cheapest there at central figures", "count")
    site_share_low: float = column(
        "In the middle region, part that the site decides (power, facility, waiting), 5th percentile", "fraction"
    )
    site_share_central: float = column("The same at central figures", "fraction")
    site_share_high: float = column("The same, 95th percentile", "fraction")
    site_moves: float = column("Dearest region over cheapest, less one, at central figures", "fraction")
    site_moves_middle: float = column("The same of the 90th and 10th percentile of all regions", "fraction")
    board_moves: float | None = optional(
        "Dearest board that ships over cheapest for the same model and workload, at the published reference site, less one", "fraction"
    )
    board_moves_middle: float | None = optional("The same of the 90th and 10th percentile of these boards", "fraction")
    cheapest: str = column("The cheapest region at central figures, with contract and cooling")
    cheapest_usd_low: float = column(f"{_TOKEN} there, 5th percentile", "USD/Mtoken")
    cheapest_usd_central: float = column(f"{_TOKEN} there, at central figures", "USD/Mtoken")
    cheapest_usd_high: float = column(f"{_TOKEN} there, 95th percentile", "USD/Mtoken")
    cheaper_share: float = column("Part of the draws in which the cheapest region is cheaper than the middle one", "fraction")
    middle: str = column("The region in the middle of all, by cost, with contract and cooling")
    middle_usd_low: float = column(f"{_TOKEN} there, 5th percentile", "USD/Mtoken")
    middle_usd_central: float = column(f"{_TOKEN} there, at central figures", "USD/Mtoken")
    middle_usd_high: float = column(f"{_TOKEN} there, 95th percentile", "USD/Mtoken")
    dearest: str = column("The dearest region, with contract and cooling")
    dearest_usd_low: float = column(f"{_TOKEN} there, 5th percentile", "USD/Mtoken")
    dearest_usd_central: float = column(f"{_TOKEN} there, at central figures", "USD/Mtoken")
    dearest_usd_high: float = column(f"{_TOKEN} there, 95th percentile", "USD/Mtoken")
    estimate_share: float = column(
        "Of what the site decides in the middle region, the part that rests on figures graded estimate", "fraction"
    )


class FabricCost(Table):
    """What joins accelerators, by kind: between servers one of several, inside the rack the fast one where a board has it."""

    table: ClassVar[str] = "cost.fabric"
    key: ClassVar[tuple[str, ...]] = (*KEY, "fabric")
    board_id: str = column("The board")
    model_id: str = column("The model served")
    workload_id: str = column("What the tokens are for")
    fabric: str = column("The mix in use, Ethernet or InfiniBand; any kind by the cluster's size in accelerators; NVLink")
    place: Literal["between servers", "inside the rack"] = column(
        "Between servers one of these stands in for the others; what is inside the rack is part of the server's price"
    )
    accelerator_usd_low: float = column("Per accelerator, 5th percentile", "USD")
    accelerator_usd_central: float = column("Per accelerator, at central figures", "USD")
    accelerator_usd_high: float = column("Per accelerator, 95th percentile", "USD")
    usd_low: float = column(f"{_TOKEN}, 5th percentile", "USD/Mtoken")
    usd_central: float = column(f"{_TOKEN}, at central figures", "USD/Mtoken")
    usd_high: float = column(f"{_TOKEN}, 95th percentile", "USD/Mtoken")
    share_central: float = column("Part of the published cost of a useful token", "fraction")
    grade: Grade = column("Grade of its price")
    rests_on: str = column("The figure that is its price")


SITE_CHOICE_TABLES: tuple[type[Table], ...] = (SiteChoice, SiteEffect, FabricCost)
