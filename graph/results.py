"""What is computed: every result table, with a unit and a description on each column.

The counterpart of `sources/records.py`: there what is known, here what follows from it. The warehouse, the Dagster
column schema and the data dictionary are made from these declarations.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from graph.cost.answer_tables import ANSWER_TABLES
from graph.cost.frontier_tables import FRONTIER_TABLES
from graph.cost.harness_tables import HARNESS_TABLES
from graph.cost.optimum_tables import OPTIMUM_TABLES
from graph.cost.published_tables import PUBLISHED_TABLES
from graph.cost.sensitivity_tables import SENSITIVITY_TABLES
from graph.cost.site_choice_tables import SITE_CHOICE_TABLES
from graph.risk.cascade_tables import Cascade
from graph.risk.chokepoint_tables import MinCutSet, Spof, TopProbability
from graph.risk.ntier_tables import NtierHhi
from graph.risk.stress_tables import STRESS_TABLES
from graph.risk.supply_risk_tables import SupplyRisk
from sources.columns import Table, column, optional


class Node(Table):
    """A node of the dependency graph."""

    table: ClassVar[str] = "graph.node"
    key: ClassVar[tuple[str, ...]] = ("node_id",)
    node_id: str = column("Kind and id: item:hbm3e, org:tsmc, offer:tsmc/wafer_n5/TWN, country:TWN, board:h100, site:..., deployment:...")
    kind: Literal["item", "organisation", "offer", "country", "site", "board", "deployment"] = column("What it is")
    name: str = column("Name to show")
    layer: str = column("Layer of the stack, from materials to harness; 'suppliers' for organisations, offers and countries")
    country: str | None = optional("Country it lies in, where that makes sense")
    unit: str | None = optional("Unit of an item")


class Edge(Table):
    """An edge of the dependency graph. Every edge points downstream: the way goods, and failures, travel."""

    table: ClassVar[str] = "graph.edge"
    key: ClassVar[tuple[str, ...]] = ("source_node", "target_node", "kind")
    source_node: str = column("Upstream end")
    target_node: str = column("Downstream end")
    kind: Literal["supplies", "requires", "located_in", "part_of", "hosts", "serves"] = column(
        "supplies: source makes target; requires: target needs source; located_in: target lies in source; part_of: of two items the "
        "source is a kind of the target, of two organisations the source controls the target; hosts: target runs on source; "
        "serves: source does the target's work"
    )
    weight: float | None = optional("Share of supply (supplies, located_in), amount per unit (requires)")
    unit: str | None = optional("Unit of the weight")
    group_name: str | None = optional("Alternatives of one target share a group")
    k: int | None = optional("How many of the group must work", "count")
    essentiality: str | None = optional("essential or non_essential, of a requirement")
    grade: str | None = optional("How well the edge is known")
    source_id: str | None = optional("Where it was read")


class Cycle(Table):
    """Things that need each other: a strongly connected part of the graph."""

    table: ClassVar[str] = "graph.cycle"
    key: ClassVar[tuple[str, ...]] = ("cycle_id", "node_id")
    cycle_id: int = column("Number of the cycle, the largest first")
    size: int = column("Nodes in it", "count")
    node_id: str = column("A node of it")


class Hhi(Table):
    """Concentration of an item's supply."""

    table: ClassVar[str] = "risk.hhi"
    key: ClassVar[tuple[str, ...]] = ("item_id", "by")
    item_id: str = column("The item supplied")
    by: Literal["firm", "owner", "country"] = column("Whose shares: each organisation, its owner group, or the country of production")
    rank: int | None = optional("Rank among all items in this view, 1 the most concentrated", "count")
    hhi_low: float | None = optional("Least index the evidence allows", "ratio")
    hhi_central: float | None = optional("Herfindahl-Hirschman index, 0 to 10,000, at central shares", "ratio")
    hhi_high: float | None = optional("Greatest index the evidence allows", "ratio")
    band: str | None = optional("2023 Merger Guidelines: low < 1,000 <= moderate <= 1,800 < high")
    band_is_certain: bool | None = optional("True where both bounds lie in the same band")
    cr1: float | None = optional("Share of the largest supplier", "fraction")
    cr3: float | None = optional("Share of the three largest", "fraction")
    largest: str | None = optional("The largest supplier")
    has_dominant_supplier: bool | None = optional("True where the largest has more than 30%")
    effective_suppliers: float | None = optional("10,000 / index: as many equal suppliers would give the same index", "count")
    known_share: float | None = optional("Sum of the shares that are known", "fraction")
    suppliers_named: int = column("Suppliers named, with or without a share", "count")
    primary_share: float | None = optional("Part of the known share that rests on the publisher itself", "fraction")
    secondary_share: float | None = optional("Part that rests on somebody citing it", "fraction")
    derived_share: float | None = optional("Part that was computed from other figures", "fraction")
    estimate_share: float | None = optional("Part that is engineering judgement", "fraction")
    governance_risk: float | None = optional(
        "By country: mean governance risk of the known supply, 0 (best) to 1 (worst), weighted by share", "fraction"
    )
    governance_hhi: float | None = optional(
        "By country: sum of squared shares, each times its country's governance risk, 0 to 10,000; where the risk of all known supply is known",
        "ratio",
    )
    metric: str | None = optional("What the shares are of")
    basis: str | None = optional("The item whose shares were used: itself, or the class it is a kind of")
    finding: str = column("'measured', by what, or why there is no index")


class PriceNode(Table):
    """The price of everything in the cost chain, and what it is made of."""

    table: ClassVar[str] = "cost.price"
    key: ClassVar[tuple[str, ...]] = ("node_id",)
    node_id: str = column("item:, die:, package:, board:, server:, hour:, served: or useful: and an id")
    stage: str = column("item, or the step of the chain from die to useful")
    layer: str = column("Layer of the stack that adds this step's value")
    unit: str = column("Unit the price is per")
    low_usd: float = column("5th percentile over the ranges of all inputs", "USD")
    central_usd: float = column("Price per unit at central inputs", "USD")
    high_usd: float = column("95th percentile over the ranges of all inputs", "USD")
    inputs_usd: float = column("Of the central price: bought inputs whose amount is known", "USD")
    own_usd: float = column("Of the central price: own cost, inputs of unknown amount included", "USD")
    margin_usd: float = column("Of the central price: gross margin of the seller", "USD")
    gross_margin: float = column("Gross margin as a part of the price; negative where it is sold below cost", "fraction")
    unpriced_inputs: int = column("Inputs it needs whose amount nobody publishes: they are inside its own cost", "count")
    grade: str | None = optional("Grade of the price; empty where it is computed")


class PriceEdge(Table):
    """One input of one step of the cost chain: the bill of materials that prices roll up along."""

    table: ClassVar[str] = "cost.price_edge"
    key: ClassVar[tuple[str, ...]] = ("consumer", "input")
    consumer: str = column("The step (cost.price)")
    input: str = column("What it takes (cost.price)")
    low: float = column("5th percentile of the amount", "input units per unit")
    central: float = column("Amount per unit at central figures, yield losses included", "input units per unit")
    high: float = column("95th percentile of the amount", "input units per unit")
    cost_usd: float = column("Central amount x central price of the input, per unit of the consumer", "USD")


class _Waterfall(Table):
    """What is added, one row a component; the components of one thing sum to its total."""

    position: int = column("Order of the component", "count")
    component: str = column("What is added; 'total' closes the list")
    low_usd: float = column("5th percentile over the ranges of all inputs", "USD")
    central_usd: float = column("At central inputs", "USD")
    high_usd: float = column("95th percentile over the ranges of all inputs", "USD")


class Wafer(_Waterfall):
    """A processed wafer: materials, tools, energy, the fab's own cost, and the foundry's margin."""

    table: ClassVar[str] = "cost.wafer"
    key: ClassVar[tuple[str, ...]] = ("item_id", "component")
    item_id: str = column("The process")


class _BoardWaterfall(_Waterfall):
    """A step of a board's cost."""

    board_id: str = column("The board")


class Die(_BoardWaterfall):
    """A known good compute die."""

    table: ClassVar[str] = "cost.die"
    key: ClassVar[tuple[str, ...]] = ("board_id", "component")


class Package(_BoardWaterfall):
    """A good package: dies, memory, advanced packaging, substrate, assembly, each with what failed packages waste."""

    table: ClassVar[str] = "cost.package"
    key: ClassVar[tuple[str, ...]] = ("board_id", "component")


class BoardCost(_BoardWaterfall):
    """The accelerator as sold: package, parts, test, design, and its seller's margin."""

    table: ClassVar[str] = "cost.board_cost"
    key: ClassVar[tuple[str, ...]] = ("board_id", "component")


class Server(_BoardWaterfall):
    """One accelerator's part of its server or rack."""

    table: ClassVar[str] = "cost.server"
    key: ClassVar[tuple[str, ...]] = ("board_id", "component")


class AcceleratorHour(_BoardWaterfall):
    """One clock hour of one accelerator at a reference site: capital, network, facility, electricity, staff."""

    table: ClassVar[str] = "cost.accelerator_hour"
    key: ClassVar[tuple[str, ...]] = ("board_id", "component")


class ServedToken(Table):
    """What a million served tokens cost, and the operating point they are served at."""

    table: ClassVar[str] = "cost.served_token"
    key: ClassVar[tuple[str, ...]] = ("board_id", "model_id", "workload_id")
    deployment_id: str = column("board/site/model/workload; the node is deployment:<deployment_id>")
    board_id: str = column("The board")
    site_id: str = column("The reference site whose cooling and tariff are used")
    model_id: str = column("The model served")
    workload_id: str = column("What the tokens are for")
    finding: str = column("'priced', or why the board does not serve this model and workload")
    usd_low: float | None = optional("Per million served tokens, input and output together, 5th percentile", "USD/Mtoken")
    usd_central: float | None = optional("Per million served tokens at central inputs", "USD/Mtoken")
    usd_high: float | None = optional("Per million served tokens, 95th percentile", "USD/Mtoken")
    input_usd_central: float | None = optional("Per million input tokens that no cache holds", "USD/Mtoken")
    output_usd_central: float | None = optional("Per million output tokens", "USD/Mtoken")
    chips: float | None = optional("Accelerators that serve as one group", "count")
    batch: float | None = optional("Sequences decoded together", "count")
    precision_bits: float | None = optional("Width of the weights as served", "bit")
    speed_tok_s_user: float | None = optional("Output tokens per second one user sees", "token/s")
    ttft_s: float | None = optional("Time to the first token, without queueing", "s")
    output_tok_s_chip: float | None = optional("Output tokens per second and accelerator while decoding", "token/s")
    latency_met_share: float | None = optional("Part of the draws in which some operating point meets the latency profile", "fraction")


class UsefulToken(Table):
    """What a million useful tokens cost on a board, for a model and a workload: the end of the chain."""

    table: ClassVar[str] = "cost.useful_token"
    key: ClassVar[tuple[str, ...]] = ("board_id", "model_id", "workload_id")
    deployment_id: str = column("board/site/model/workload; the node is deployment:<deployment_id>")
    board_id: str = column("The board")
    model_id: str = column("The model served")
    workload_id: str = column("What the tokens are for")
    usd_low: float = column("Per million useful tokens, 5th percentile over the ranges of all inputs", "USD/Mtoken")
    usd_central: float = column("Per million useful tokens at central inputs", "USD/Mtoken")
    usd_high: float = column("Per million useful tokens, 95th percentile", "USD/Mtoken")
    with_rework_usd_central: float = column("The same with the loss from bad results that the gate let through", "USD/Mtoken")
    served_usd_central: float = column("Per million served tokens", "USD/Mtoken")
    hour_usd_central: float = column("Per clock hour of one accelerator", "USD/hour")
    useful_part: float = column("Useful tokens per output token generated", "fraction")
    attempts: float = column("Attempts per task", "count")


class CostByLayer(Table):
    """Of each dollar of a useful token, what each layer adds, and how well that is known."""

    table: ClassVar[str] = "cost.cost_by_layer"
    key: ClassVar[tuple[str, ...]] = ("board_id", "model_id", "workload_id", "layer", "part")
    board_id: str = column("The board")
    model_id: str = column("The model served")
    workload_id: str = column("What the tokens are for")
    layer: str = column("The layer that adds the value")
    part: Literal["own_cost", "margin"] = column("Cost of the layer's own, or gross margin of its sellers")
    usd_per_mtoken: float = column("Per million useful tokens, at central inputs", "USD/Mtoken")
    share: float = column("Part of the cost of a useful token; sums to one over layers and parts", "fraction")


class CostEvidence(Table):
    """What part of the cost of a useful token rests on which grade of evidence."""

    table: ClassVar[str] = "cost.cost_evidence"
    key: ClassVar[tuple[str, ...]] = ("board_id", "model_id", "workload_id", "grade")
    board_id: str = column("The board")
    model_id: str = column("The model served")
    workload_id: str = column("What the tokens are for")
    grade: Literal["primary", "secondary", "derived", "estimate"] = column(
        "Weakest grade of the figures that set the value added; of what a board adds of its own, term by term"
    )
    share: float = column("Part of the cost of a useful token that rests on this grade", "fraction")


class RooflineCheck(Table):
    """Each measured throughput against the bound that the roofline sets, or why there is none."""

    table: ClassVar[str] = "cost.roofline_check"
    key: ClassVar[tuple[str, ...]] = ("benchmark_id",)
    benchmark_id: str = column("The measurement (core.benchmark)")
    board_id: str | None = optional("The board whose bound it is; empty where there is no bound")
    model_id: str = column("The model")
    finding: str = column("'bounded' by the board it was measured on, why the bound of another board holds, or why there is none")
    measured_tok_s: float = column("Measured output tokens per second of the whole system", "token/s")
    bound_tok_s: float | None = optional("Output tokens per second with no loss at all; empty where there is no bound", "token/s")
    reached_share: float | None = optional("Measured over bound", "fraction")
    is_below_bound: bool | None = optional("True where the measurement respects the bound")


RESULT_TABLES: tuple[type[Table], ...] = (
    Node, Edge, Cycle, Hhi, NtierHhi, Spof, MinCutSet, TopProbability, SupplyRisk, Cascade, PriceNode, PriceEdge, Wafer, Die, Package,
    BoardCost, Server, AcceleratorHour, ServedToken, UsefulToken, CostByLayer, CostEvidence, RooflineCheck, *ANSWER_TABLES,
    *FRONTIER_TABLES, *HARNESS_TABLES, *OPTIMUM_TABLES, *PUBLISHED_TABLES, *SENSITIVITY_TABLES, *SITE_CHOICE_TABLES, *STRESS_TABLES,
)  # fmt: skip
