"""The vocabulary: every kind of record stackgraph knows, with a unit and a description on each column.

Sources produce these records, `graph/` computes on them, the warehouse stores them in schema `core`. What is
computed from them is declared in `graph/results.py`. A record never holds a number without its range, its
unit, its date, its source and its grade: that is what `Figure` is for.

Notes on the ranges: `low` and `high` are the bounds a careful reader of the sources would defend, not extremes;
`central` is the value chosen among the published ones (`status` current), the others stay as `conflicting`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import AfterValidator, model_validator

from sources.columns import Table, column, form, optional
from sources.dates import partial_date, whole_day
from sources.errors import Misfit
from sources.units import check_unit

Grade = Literal["primary", "secondary", "derived", "estimate"]
GRADES: tuple[str, ...] = ("primary", "secondary", "derived", "estimate")
Status = Literal["current", "conflicting", "superseded"]
Layer = Literal[
    "materials", "equipment", "foundry", "memory", "packaging", "boards",
    "networking", "power", "cooling", "sites", "tokens", "harness",
]  # fmt: skip
LAYERS: tuple[str, ...] = get_args(Layer)
"""From the ground up: what a thing of one layer is made of mostly lies in the layers before it."""

Id = Annotated[str, form(r"^[a-z0-9][a-z0-9_]*$", "expected an id of lower-case letters, digits and '_', such as hbm3e")]
CountryCode = Annotated[str, form(r"^[A-Z]{3}$", "expected an ISO 3166-1 alpha-3 code such as TWN")]
Day = Annotated[str, AfterValidator(whole_day)]
PartialDate = Annotated[str, AfterValidator(partial_date)]
Url = Annotated[str, form(r"^https?://\S+$", "expected an address that begins with http:// or https://")]
Unit = Annotated[str, AfterValidator(check_unit)]

ESTIMATE = "estimate"
"""The source id of engineering judgement: a figure somebody knows but nobody publishes."""


class Evidence(Table):
    """Where a statement comes from and how well it is known."""

    as_of: PartialDate = column("Date the figure holds for; year, month or day, as far as it is known")
    source_id: Id = column("The publication it was read in (core.source)")
    locator: str | None = optional("Where in the publication: table, page, section, cell")
    grade: Grade = column(
        "primary: who makes, sells, counts or measures it; secondary: somebody who cites that, or estimates it from outside; "
        "derived: computed from other figures; estimate: engineering judgement with a wide range"
    )
    status: Status = column(
        "current: in use; conflicting: another published figure for the same thing, kept as evidence; superseded: outdated"
    )
    note: str | None = optional("What a reader must know to use the figure")


class Figure(Evidence):
    """A number with its range. All three bounds are known, or none is."""

    low: float | None = optional("Lower bound", "see unit")
    central: float | None = optional("Central value", "see unit")
    high: float | None = optional("Upper bound", "see unit")
    unit: Unit = column("Unit of low, central and high")

    @model_validator(mode="after")
    def _ordered(self) -> Figure:
        check_range(self.low, self.central, self.high)
        return self


def check_range(
    low: float | None, central: float | None, high: float | None, names: tuple[str, str, str] = ("low", "central", "high")
) -> None:
    """Raise Misfit unless all three are empty or low <= central <= high; `names` are the columns they stand in."""
    given = [v is not None for v in (low, central, high)]
    if any(given) and not all(given):
        raise Misfit(names[given.index(False)], f"{names[0]}, {names[1]} and {names[2]} must be given together or left empty together")
    if low is not None and central is not None and high is not None and not low <= central <= high:
        column = names[0] if low > central else names[2]
        raise Misfit(column, f"expected {names[0]} <= {names[1]} <= {names[2]}, got {low:g}, {central:g}, {high:g}")


def split_of_production(production: str | None) -> dict[str, float]:
    """'TWN:0.9;USA:0.1' -> {"TWN": 0.9, "USA": 0.1}; empty -> {}. Misfit unless the parts sum to one."""
    if not production:
        return {}
    parts: dict[str, float] = {}
    for part in production.split(";"):
        country, _, fraction = part.partition(":")
        if country in parts:
            raise Misfit("production", f"{country} stands there twice, in {production!r}")
        try:
            parts[country] = float(fraction)
        except ValueError:
            raise Misfit("production", f"expected countries with fractions such as 'TWN:0.9;USA:0.1', got {production!r}") from None
        if len(country) != 3 or not country.isupper() or not 0 <= parts[country] <= 1:
            raise Misfit("production", f"expected ISO codes with fractions between 0 and 1 such as 'TWN:0.9;USA:0.1', got {production!r}")
    if abs(sum(parts.values()) - 1) > 1e-6:
        raise Misfit("production", f"the fractions must sum to 1, got {production!r}")
    return parts


class Citation(Table):
    """A publication that figures were read in."""

    table: ClassVar[str] = "citation"
    key: ClassVar[tuple[str, ...]] = ("source_id",)
    source_id: Id = column("Readable, stable id")
    publisher: str = column("Who published it")
    title: str = column("Title of the page, paper, filing or data set")
    url: Url | None = optional("Address of the page itself")
    published: str | None = optional("Date of publication, as far as it is known")
    licence: str = column("Terms under which its facts are used here")


class Source(Citation):
    """A publication, or a data source with a folder of its own."""

    table: ClassVar[str] = "core.source"
    cadence: str | None = optional("How often it is renewed; empty for a one-off publication")
    retrieved_at: str | None = optional("Date the bytes were read; empty where only a citation is kept")
    sha256: str | None = optional("Hash of the snapshot's bytes; empty where only a citation is kept")
    collection: Id = column("The folder under sources/ that brought it in")


class ItemRow(Table):
    """An item as its domain folder declares it; the folder is the layer."""

    table: ClassVar[str] = "item"
    key: ClassVar[tuple[str, ...]] = ("item_id",)
    item_id: Id = column("Readable, stable id; the node is item:<item_id>")
    name: str = column("Name as the field writes it")
    unit: Unit = column("Unit it is counted in; prices are USD per this unit, quantities this unit per unit of consumer")
    part_of: Id | None = optional("The class item this is a kind of: hbm3e is part of hbm")
    description: str = column("What it is and what it is for")


class Item(ItemRow):
    """Anything produced and consumed: gallium, an EUV scanner, a gigabyte of HBM3E, a megawatt, a token."""

    table: ClassVar[str] = "core.item"
    layer: Layer = column("The layer of the stack it belongs to")


class Country(Table):
    """A country or territory that appears in the data."""

    table: ClassVar[str] = "core.country"
    key: ClassVar[tuple[str, ...]] = ("country",)
    country: CountryCode = column("ISO 3166-1 alpha-3 code; the node is country:<code>")
    name: str = column("Short English name")
    region: str = column("World region")


class OrganisationRow(Table):
    """An organisation as declared."""

    table: ClassVar[str] = "organisation"
    key: ClassVar[tuple[str, ...]] = ("organisation_id",)
    organisation_id: Id = column("Readable, stable id; the node is org:<organisation_id>")
    name: str = column("Name as it writes itself")
    country: CountryCode = column("Country of its headquarters")
    kind: Literal["firm", "business_unit", "state_body", "utility", "project", "consortium"] = column("What sort of body it is")
    parent_id: Id | None = optional("The organisation that controls it")
    parent_share: float | None = optional("Part held by the parent", "fraction", ge=0, le=1)
    parent_since: str | None = optional("Year or date from which the parent controls it")
    as_of: PartialDate | None = optional("Date the ownership holds for")
    source_id: Id | None = optional("Source of the ownership")
    grade: Grade | None = optional("How well the ownership is known; empty where there is no parent")
    note: str | None = optional("What a reader must know about its ownership")


class Organisation(OrganisationRow):
    """A firm, business unit, state body, utility, open project or consortium."""

    table: ClassVar[str] = "core.organisation"
    owner_id: Id = column("The organisation at the top of its chain of parents; itself where it has none")


class Alias(Table):
    """Another spelling under which an organisation appears in a source. Names resolve through these, never by guess."""

    table: ClassVar[str] = "core.alias"
    key: ClassVar[tuple[str, ...]] = ("alias",)
    alias: str = column("Spelling found in a source")
    organisation_id: Id = column("The organisation meant")
    note: str | None = optional("Why this spelling means that organisation")


class Identifier(Table):
    """An organisation's id in somebody else's register."""

    table: ClassVar[str] = "core.identifier"
    key: ClassVar[tuple[str, ...]] = ("organisation_id", "scheme", "value")
    organisation_id: Id = column("The organisation")
    scheme: str = column("The register: cik, ticker")
    value: str = column("The id in that register")


class ShareRow(Evidence):
    """A share as curated: the supplier under the name its source uses."""

    table: ClassVar[str] = "share"
    low: float | None = optional("Lower bound of the share", "fraction")
    central: float | None = optional("Central value of the share", "fraction")
    high: float | None = optional("Upper bound of the share", "fraction")
    item_id: Id = column("The item supplied")
    supplier_kind: Literal["firm", "country", "group", "residual"] = column(
        "firm: one organisation; country: all makers in a country; group: named firms whose split is unknown; residual: the unknown rest"
    )
    supplier: str = column("The supplier as the source writes it")
    metric: str = column("What it is a share of: revenue, units, capacity, production")
    production: str | None = optional("Where this supplier makes it: 'TWN:0.9;USA:0.1'", "fraction")
    production_grade: Grade | None = optional("How well the split over countries is known")
    production_source_id: Id | None = optional("Publication of the split over countries; empty where it is the share's own")

    @model_validator(mode="after")
    def _valid_share(self) -> ShareRow:
        check_range(self.low, self.central, self.high)
        if self.high is not None and self.high > 1:
            raise Misfit("high", f"a share is a fraction between 0 and 1, got {self.high:g}")
        if self.low is not None and self.low < 0:
            raise Misfit("low", f"a share is a fraction between 0 and 1, got {self.low:g}")
        split_of_production(self.production)
        return self


class Share(ShareRow):
    """A supplier's share of an item's supply. Blank bounds: a known supplier whose share nobody publishes."""

    table: ClassVar[str] = "core.share"
    key: ClassVar[tuple[str, ...]] = ("share_id",)
    share_id: str = column("Id of the row: item, supplier, and a number where figures conflict")
    organisation_id: Id | None = optional("The supplier, resolved; empty unless supplier_kind is firm")
    members: str | None = optional("Organisations of a group, joined with ';'")
    country: CountryCode | None = optional("The country of a country row")
    chosen_by: str | None = optional("Where figures disagree: why this one is used")


class Offer(Table):
    """An organisation making an item in a country: what can fail, and what can be bought."""

    table: ClassVar[str] = "core.offer"
    key: ClassVar[tuple[str, ...]] = ("offer_id",)
    offer_id: str = column("<organisation>/<item>/<country>; the node is offer:<offer_id>")
    organisation_id: Id = column("Who makes it")
    item_id: Id = column("What is made")
    country: CountryCode = column("Where it is made")
    share_low: float | None = optional("Lower bound of its share of the item's supply", "fraction")
    share_central: float | None = optional("Share of the item's supply; empty where nobody publishes it", "fraction")
    share_high: float | None = optional("Upper bound of its share of the item's supply", "fraction")
    grade: Grade = column("Grade of the share")
    production_grade: Grade = column("Grade of the split over countries; headquarters stand in (estimate) where no split is known")
    source_id: Id = column("Source of the share")
    production_source_id: Id = column("Source of the split over countries")


class RequirementRow(Figure):
    """A requirement as curated: a supplier needed by name under the name its source uses."""

    table: ClassVar[str] = "requirement"
    consumer_id: Id = column("The item or board that needs it")
    input_id: Id = column("The item or board needed")
    supplier: str | None = optional("The supplier, where this one's offer is needed by name")
    group_name: str | None = optional("Alternatives of one consumer share a group; empty where the input stands alone")
    k: int = column("How many of the group must work", "count", ge=1)
    mix: float = column("Part of the consumer's output that uses this alternative today", "fraction", ge=0, le=1)
    essentiality: Literal["essential", "non_essential"] = column("essential: output stops without it; non_essential: it degrades")
    lead_low_days: float | None = optional("Lead time, lower bound", "days", ge=0)
    lead_central_days: float | None = optional("Lead time of new supply", "days", ge=0)
    lead_high_days: float | None = optional("Lead time, upper bound", "days", ge=0)
    stock_low_days: float | None = optional("Stock held by consumers, lower bound", "days", ge=0)
    stock_central_days: float | None = optional("Stock held by consumers, in days of use", "days", ge=0)
    stock_high_days: float | None = optional("Stock held by consumers, upper bound", "days", ge=0)
    substitutability: float | None = optional("0: nothing else serves; 1: freely replaced", "fraction", ge=0, le=1)

    @model_validator(mode="after")
    def _valid_requirement(self) -> RequirementRow:
        if self.low is not None and self.low < 0:
            raise Misfit("low", f"a quantity is not negative, got {self.low:g}")
        if self.group_name is None and self.k != 1:
            raise Misfit("k", f"an input that stands alone has k = 1, got {self.k}: name its group of alternatives")
        for what in ("lead", "stock"):
            names = (f"{what}_low_days", f"{what}_central_days", f"{what}_high_days")
            low, central, high = (getattr(self, name) for name in names)
            check_range(low, central, high, names)
        return self


class Requirement(RequirementRow):
    """An item (or board) needs a quantity of another. Blank bounds: needed, but the amount is unknown."""

    table: ClassVar[str] = "core.requirement"
    key: ClassVar[tuple[str, ...]] = ("requirement_id",)
    requirement_id: str = column("Id of the row: consumer, input, supplier where named")
    organisation_id: Id | None = optional("The supplier needed by name, resolved")
    chosen_by: str | None = optional("Where figures disagree: why this one is used")


class PriceRow(Figure):
    """A price as curated."""

    table: ClassVar[str] = "price"
    item_id: Id = column("The item priced")
    currency_year: int = column("Year of the dollars, at most that in which the source was read", "year", ge=1990)
    basis: Literal["market", "contract", "cost", "list"] = column(
        "market: paid in the open; contract: long-term; cost: to its maker; list: asked"
    )

    @model_validator(mode="after")
    def _positive(self) -> PriceRow:
        if self.low is not None and self.low <= 0:
            raise Misfit("low", f"a price is positive, got {self.low:g}")
        return self


class Price(PriceRow):
    """What one unit of an item costs its buyer."""

    table: ClassVar[str] = "core.price"
    key: ClassVar[tuple[str, ...]] = ("price_id",)
    price_id: str = column("Id of the row: the item, and a number where figures conflict")
    chosen_by: str | None = optional("Where figures disagree: why this one is used")


class ParameterRow(Figure):
    """A parameter as curated."""

    table: ClassVar[str] = "parameter"
    entity_id: str = column("What it is a figure of: item:, board:, site:, model:, workload:, org:, country:, region: or global: and an id")
    parameter: Id = column("Name of the figure, in the field's terms")


class Parameter(ParameterRow):
    """Any other figure: a board's bandwidth, a site's megawatts, a workload's tokens, a process's defect density."""

    table: ClassVar[str] = "core.parameter"
    key: ClassVar[tuple[str, ...]] = ("parameter_id",)
    parameter_id: str = column("Id of the row: entity, parameter, and a number where figures conflict")
    chosen_by: str | None = optional("Where figures disagree: why this one is used")


class Board(Table):
    """An accelerator or inference board: who designs, makes and packages it. Its figures are parameters of board:<board_id>."""

    table: ClassVar[str] = "core.board"
    key: ClassVar[tuple[str, ...]] = ("board_id",)
    board_id: Id = column("Readable, stable id; the node is board:<board_id>")
    name: str = column("Name as its maker writes it")
    kind: Literal["gpu", "asic", "sram", "wafer_scale", "hard_wired"] = column(
        "gpu and asic read weights from HBM; sram and wafer_scale hold them on chip; hard_wired has one model in its metal"
    )
    designer: str = column("Organisation ids of its designers, joined with ';'")
    design_partner: str | None = optional("Organisation ids that help design or broker it, joined with ';'")
    foundry: str = column("Organisation ids that make its wafers, joined with ';'")
    wafer_item: Id = column("The process its compute dies are made on (core.item)")
    io_wafer_item: Id | None = optional("The process of its I/O dies, where separate")
    packaging_item: Id | None = optional("Advanced packaging it needs; empty for plain flip chip")
    packager: str | None = optional("Organisation ids that package it, joined with ';'")
    memory_item: Id | None = optional("The memory on its package; empty where it has none")
    system_item: Id = column("The server or rack it is sold in (core.item)")
    cooling: Literal["air", "liquid"] = column("Cooling its server needs")
    released: str | None = optional("First shipment, as far as it is known")
    status: Literal["shipping", "announced", "retired"] = column("Whether it can be bought or rented now")
    as_of: PartialDate = column("Date the row holds for")
    source_id: Id = column("Source of the sourcing facts")
    grade: Grade = column("How well the sourcing is known")
    note: str | None = optional("What a reader must know")


class Site(Table):
    """A cluster or campus, built or planned. Its figures are parameters of site:<site_id>."""

    table: ClassVar[str] = "core.site"
    key: ClassVar[tuple[str, ...]] = ("site_id",)
    site_id: Id = column("Readable, stable id; the node is site:<site_id>")
    name: str = column("Name in use")
    operator: str | None = optional("Organisation ids that own or run it, joined with ';'")
    users: str | None = optional("Organisation ids that compute there, joined with ';'")
    country: CountryCode = column("Where it stands")
    region: str | None = optional("Grid operator or tariff region")
    latitude: float | None = optional("Latitude", "degree", ge=-90, le=90)
    longitude: float | None = optional("Longitude", "degree", ge=-180, le=180)
    cooling: Literal["air", "direct_to_chip", "immersion", "mixed"] | None = optional("Cooling of its servers, where known")
    board_id: Id | None = optional("The board most of its accelerators are, where the source names one")
    status: Literal["operational", "construction", "planned", "decommissioned", "reference"] = column(
        "State of building; reference: a typical site used for pricing, not a place"
    )
    operational: str | None = optional("Date of first operation, as far as it is known; may lie ahead")
    as_of: PartialDate = column("Date the row holds for")
    source_id: Id = column("Source of the site")
    grade: Grade = column("How well the site is known")
    note: str | None = optional("What a reader must know")


class SiteTimeline(Table):
    """A dated state of a site; dates ahead of the snapshot are projections."""

    table: ClassVar[str] = "core.site_timeline"
    key: ClassVar[tuple[str, ...]] = ("site_id", "date")
    site_id: Id = column("The site")
    date: PartialDate = column("Date of the state")
    is_projection: bool = column("True where the date lies after the snapshot was taken")
    power_mw: float | None = optional("Electrical power of the site", "MW", ge=0)
    h100_equivalents: float | None = optional("Computing power in units of one NVIDIA H100", "count", ge=0)
    capital_usd: float | None = optional("Capital cost so far, in 2025 dollars", "USD", ge=0)
    source_id: Id = column("Source of the state")


class PowerContract(Table):
    """A power purchase agreement or dedicated supply for computing."""

    table: ClassVar[str] = "core.power_contract"
    key: ClassVar[tuple[str, ...]] = ("contract_id",)
    contract_id: Id = column("Readable, stable id")
    buyer: str | None = optional("Organisation ids of the buyers, joined with ';'; empty where undisclosed")
    seller: str | None = optional("Organisation ids of the sellers, joined with ';'; empty where undisclosed")
    plant: str | None = optional("Plant or framework")
    technology: Literal[
        "nuclear_existing", "nuclear_restart", "nuclear_uprate", "smr", "fusion", "hydro", "wind_solar", "geothermal", "gas", "fuel_cell"
    ] = column("How the power is made")
    capacity_mw_low: float | None = optional("Contracted capacity, lower bound", "MW", ge=0)
    capacity_mw_central: float | None = optional("Contracted capacity", "MW", ge=0)
    capacity_mw_high: float | None = optional("Contracted capacity, upper bound", "MW", ge=0)
    country: CountryCode = column("Country of the plant")
    region: str | None = optional("Grid operator or region")
    signed: str | None = optional("Date of signature")
    start: str | None = optional("Start of delivery")
    term_years: float | None = optional("Length of the contract", "years", ge=0)
    price_usd_per_mwh_low: float | None = optional("Price, lower bound", "USD/MWh", ge=0)
    price_usd_per_mwh_central: float | None = optional("Price, where published or estimated by analysts", "USD/MWh", ge=0)
    price_usd_per_mwh_high: float | None = optional("Price, upper bound", "USD/MWh", ge=0)
    as_of: PartialDate = column("Date the row holds for")
    source_id: Id = column("Source of the contract")
    locator: str | None = optional("Where in the source")
    grade: Grade = column("How well it is known")
    status: Status = column("current, conflicting or superseded")
    note: str | None = optional("What a reader must know")

    @model_validator(mode="after")
    def _ordered(self) -> PowerContract:
        for what in ("capacity_mw", "price_usd_per_mwh"):
            names = (f"{what}_low", f"{what}_central", f"{what}_high")
            low, central, high = (getattr(self, name) for name in names)
            check_range(low, central, high, names)
        return self


class QueueEntryRow(Figure):
    """A queue statistic as curated."""

    table: ClassVar[str] = "queue_entry"
    region: str = column("Grid operator or region")
    metric: Id = column("What is counted")


class QueueEntry(QueueEntryRow):
    """A statistic of an interconnection queue: what waits for the grid, how long, and how much of it is built."""

    table: ClassVar[str] = "core.queue_entry"
    key: ClassVar[tuple[str, ...]] = ("queue_id",)
    queue_id: str = column("Id of the row: region, metric, date")
    chosen_by: str | None = optional("Where figures disagree: why this one is used")


class TradeFlowRow(Figure):
    """A trade flow as its source gives it: a year's imports of a customs code from one partner."""

    table: ClassVar[str] = "trade_flow"
    reporter: CountryCode = column("Importing country, which reports")
    partner: CountryCode = column("Country the goods come from")
    hs_code: str = column("Code of the Harmonized System, six digits")
    item_id: Id = column("The item the code stands for")
    code_share_low: float = column("Part of the code's value that is this item, lower bound", "fraction", ge=0, le=1)
    code_share_central: float = column("Part of the code's value that is this item", "fraction", ge=0, le=1)
    code_share_high: float = column("Part of the code's value that is this item, upper bound", "fraction", ge=0, le=1)
    year: int = column("Year of the imports", "year", ge=1990, le=2035)


class TradeFlow(TradeFlowRow):
    """What a country imports of an item from a partner, by value: bilateral dependence."""

    table: ClassVar[str] = "core.trade_flow"
    key: ClassVar[tuple[str, ...]] = ("flow_id",)
    flow_id: str = column("Id of the row: reporter, partner, code, item, year")


class Model(Table):
    """A reference language model. Its figures are parameters of model:<model_id>."""

    table: ClassVar[str] = "core.model"
    key: ClassVar[tuple[str, ...]] = ("model_id",)
    model_id: Id = column("Readable, stable id")
    name: str = column("Name as its developer writes it")
    kind: Literal["dense", "moe"] = column("dense: every weight is used for every token; moe: mixture of experts")
    developer: str = column("Organisation ids of its developers, joined with ';'")
    released: str | None = optional("Date of release")
    as_of: PartialDate = column("Date the row holds for")
    source_id: Id = column("Source of the architecture")
    grade: Grade = column("How well it is known")
    note: str | None = optional("What a reader must know")


class Workload(Table):
    """What the tokens are for. Its figures are parameters of workload:<workload_id>."""

    table: ClassVar[str] = "core.workload"
    key: ClassVar[tuple[str, ...]] = ("workload_id",)
    workload_id: Id = column("Readable, stable id")
    name: str = column("Name")
    description: str = column("What an attempt, a task and a useful token are here")
    as_of: PartialDate = column("Date the row holds for")
    source_id: Id = column("Source of the description")
    grade: Grade = column("How well it is known")
    note: str | None = optional("What a reader must know")


class BenchmarkRow(Table):
    """A measured throughput or speed of a model on a board, as curated files have it."""

    table: ClassVar[str] = "core.benchmark"
    key: ClassVar[tuple[str, ...]] = ("benchmark_id",)
    benchmark_id: str = column("Readable, stable id")
    board_id: Id | None = optional("The board; empty where the accelerator is not among the boards")
    accelerator: str | None = optional("The accelerator as the source writes it")
    model_id: Id = column("The model")
    scenario: str = column("offline, server, interactive, or the source's own word")
    accelerators: float | None = optional("Accelerators that took part", "count", gt=0)
    precision_bits: float | None = optional("Width of the weights", "bit", gt=0)
    input_tokens: float | None = optional("Mean input length", "tokens", ge=0)
    output_tokens: float | None = optional("Mean output length", "tokens", ge=0)
    throughput_tok_s: float | None = optional("Output tokens per second of the whole system", "token/s", ge=0)
    speed_tok_s_user: float | None = optional("Output tokens per second that one user sees", "token/s", ge=0)
    ttft_s: float | None = optional("Time to first token", "s", ge=0)
    submitter: str | None = optional("Who measured it")
    as_of: PartialDate = column("Date of the measurement")
    source_id: Id = column("Source of the measurement")
    locator: str | None = optional("Where in the source")
    grade: Grade = column("How well it is known")
    status: Status = column("current, conflicting or superseded")
    note: str | None = optional("What a reader must know")


class Benchmark(BenchmarkRow):
    """A measured throughput or speed, with what may bound it where it is of an accelerator that is not among the boards."""

    table: ClassVar[str] = "core.benchmark"
    bound_board_id: Id | None = optional("The board whose bound holds for an accelerator that is not among the boards; never calibrated on")
    bound_note: str | None = optional("Why the bound of that board holds, or why there is no bound")


Quantity = Literal[
    "accelerator_hour", "tokens", "package", "server", "rack", "gigawatt", "gigawatt_year", "megawatt", "wafer", "packaging_wafer", "memory",
    "electricity",
]  # fmt: skip
Scope = Literal[
    "hour", "tokens_all", "tokens_decode", "tokens_list", "module", "server", "rack", "rack_all_in", "gigawatt_it",
    "gigawatt_site", "gigawatt_hardware", "gigawatt_it_year", "gigawatt_it_year_running", "gigawatt_it_year_energy", "item",
]  # fmt: skip
Relation = Literal["same", "bound", "input"]


class PublishedCost(Figure):
    """What somebody published that something costs, all in, to be set beside what the cost chain gives for the same thing; never fed into it."""

    table: ClassVar[str] = "core.published_cost"
    key: ClassVar[tuple[str, ...]] = ("published_id",)
    published_id: str = column("Readable, stable id")
    quantity: Quantity = column("Kind of thing that costs this")
    scope: Scope = column(
        "What of the cost chain is set beside it: the same part of the whole, as far as the publication says what it counts"
    )
    measured: str = column(
        "What is measured, in a word: publications with the same word are about the same thing and can contradict each other"
    )
    what: str = column("What was priced, and what the figure counts")
    relation: Relation = column(
        "same: the same quantity; bound: a price that should lie above our cost; input: our own figure rests on this publication"
    )
    board_id: Id | None = optional("The board, where it is about one; the board of that date where the publisher names none")
    item_id: Id | None = optional("The item, where it is about one")
    model_id: Id | None = optional("The model served, where it is about tokens")
    accelerators: float | None = optional("Accelerators in the rack", "count", gt=0)
    input_tokens: float | None = optional("Input of a request, where it is about tokens", "tokens", ge=0)
    output_tokens: float | None = optional("Output of a request", "tokens", gt=0)
    cache_hit: float | None = optional("Part of the input found in the prefix cache", "fraction", ge=0, le=1)
    speed_tok_s_user: float | None = optional("Speed that each user had", "token/s", gt=0)
    precision_bits: float | None = optional("Width of the weights", "bit", gt=0)
    difference: str | None = optional("Why ours may differ: what one of the two counts and the other does not")


class ModelPrice(Table):
    """A list price of a model API, in US dollars per million tokens."""

    table: ClassVar[str] = "core.model_price"
    key: ClassVar[tuple[str, ...]] = ("source_id", "provider", "model")
    provider: str = column("Who sells it, as the source names them")
    model: str = column("The model, as the source names it")
    model_id: Id | None = optional("The reference model it is, where it is one")
    input_usd_per_mtoken: float | None = optional("Input tokens", "USD/Mtoken", ge=0)
    cached_input_usd_per_mtoken: float | None = optional("Input tokens read from the provider's cache", "USD/Mtoken", ge=0)
    output_usd_per_mtoken: float | None = optional("Output tokens", "USD/Mtoken", ge=0)
    is_tiered: bool = column("True where the price depends on length, date or hour; the base tier is given")
    as_of: PartialDate = column("Date of the price list")
    source_id: Id = column("Source of the price")
    grade: Grade = column("How well it is known")


class SearchRow(Table):
    """A search for a better source than a judgement of ours, as the domain folder that holds the judgement logs it."""

    table: ClassVar[str] = "search"
    record: Literal[
        "share", "requirement", "price", "parameter", "organisation", "site", "workload", "queue_entry", "power_contract"
    ] = column("The kind of record the estimates are")  # fmt: skip
    subject: str | None = optional("What they are of: an item, a consumer, an entity, an organisation ...; empty: whatever the folder has")
    detail: str | None = optional(
        "Which figure: the supplier of a share, the input of a requirement, the parameter; empty: all of the subject"
    )
    searched_at: Day = column("Day of the search")
    searched: str = column("What was looked for, and where")
    finding: str = column("What came out: the nearest published figure and why it does not replace ours, or what would settle it")

    @model_validator(mode="after")
    def _about_something(self) -> SearchRow:
        if self.subject is None and self.detail is None:
            raise Misfit("subject", "a search is for something: give subject, or detail, or both")
        return self


class Search(SearchRow):
    """Where a better source than a judgement of ours was looked for: a row for every curated figure graded estimate, with the search about it."""

    table: ClassVar[str] = "core.search"
    key: ClassVar[tuple[str, ...]] = ("search_id",)
    search_id: str = column("Id of the row: domain, record, subject, detail")
    subject: str = column("What the estimate is of, as its row has it: item_id, consumer_id, entity_id, organisation_id, site_id, ...")
    detail: str | None = optional(
        "Which figure of it: the supplier of a share, input_id, the parameter, the queue's metric; empty: it has one alone"
    )
    domain: str = column("The domain folder whose estimates it is about; a layer, or organisations")


class Review(Table):
    """A word of a live source that nothing of ours declares: held back until a person settles it."""

    table: ClassVar[str] = "core.review"
    key: ClassVar[tuple[str, ...]] = ("source_id", "column_name", "word")
    source_id: Id = column("The source it was met in")
    column_name: str = column("The published column")
    word: str = column("The word")
    met: int = column("Published rows it stands in", "count")
    waiting: str | None = optional("Published rows held back because of it, or used without the name, by the core table they are for")
    file: str = column("File of the first of them")
    line: int = column("Line of the first of them", "count")
    suggestions: str | None = optional("The nearest words that are declared")
    settle: str = column("Where to declare it")


CORE_TABLES: tuple[type[Table], ...] = (
    Source, Country, Organisation, Alias, Identifier, Item, Share, Offer, Requirement, Price, Parameter, Board,
    Site, SiteTimeline, PowerContract, QueueEntry, TradeFlow, Model, Workload, Benchmark, PublishedCost, ModelPrice, Search, Review,
)  # fmt: skip
