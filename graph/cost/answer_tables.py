"""What is read off the bill: who earns, which term an entrant shrinks, whether to build, and the ways the cost goes down the stack."""

from __future__ import annotations

from typing import ClassVar, Literal

from sources.columns import Table, column, optional

Grade = Literal["primary", "secondary", "derived", "estimate"]
_LOW, _HIGH = "5th percentile over the ranges of all inputs", "95th percentile"


class MarginByLayer(Table):
    """Of each dollar that a buyer pays for useful tokens, what each layer earns as gross margin and what it costs, by year.

    The goods behind a token are today's and cost their makers what they cost today; the margins are those of the year. So a change from
    year to year is one of margins alone, not of technology. The buyer pays the seller of the application, who pays the seller of tokens.
    """

    table: ClassVar[str] = "cost.margin_by_layer"
    key: ClassVar[tuple[str, ...]] = ("board_id", "model_id", "workload_id", "year", "layer")
    board_id: str = column("The board")
    model_id: str = column("The model served")
    workload_id: str = column("What the tokens are for")
    year: int = column("The year whose margins are used", "count")
    layer: str = column("The layer that adds the value")
    margin_share_low: float = column(f"Gross margin of the layer's sellers, part of the buyer's dollar; {_LOW}", "fraction")
    margin_share_central: float = column("The same at central values; below zero where it is sold below cost", "fraction")
    margin_share_high: float = column(f"The same, {_HIGH}", "fraction")
    own_share: float = column("The layer's own cost, part of the buyer's dollar; with the margins it sums to one over layers", "fraction")
    dated_share: float = column(
        "Part of the layer's margin that rests on a figure of that year; the rest keeps today's margin, for no figure of the year is known",
        "fraction",
    )
    grade: Grade = column("Weakest grade of the figures that set a hundredth or more of the layer's margin")
    rests_on: str = column("Whose margins of that year were used")


class MarginShift(Table):
    """Does margin move from silicon to harness? The change of each group's part of all gross margin, between two years, with its odds."""

    table: ClassVar[str] = "cost.margin_shift"
    key: ClassVar[tuple[str, ...]] = ("board_id", "model_id", "workload_id", "layers", "from_year")
    board_id: str = column("The board")
    model_id: str = column("The model served")
    workload_id: str = column("What the tokens are for")
    layers: Literal["silicon", "power and sites", "tokens", "harness"] = column(
        "Layers taken together; silicon: materials, equipment, foundry, memory, packaging, networking, boards"
    )
    from_year: int = column("First year", "count")
    to_year: int = column("Last year", "count")
    share_from: float = column("Part of the buyer's dollar that is the group's gross margin in the first year", "fraction")
    share_to: float = column("The same in the last year", "fraction")
    change_low: float = column(f"Last year less first, {_LOW}", "fraction")
    change_central: float = column("The same at central values", "fraction")
    change_high: float = column(f"The same, {_HIGH}", "fraction")
    probability_rises: float = column("Part of the draws in which it rises", "fraction")
    dated_share_from: float = column("Part of the group's margin of the first year that rests on figures of that year", "fraction")
    dated_share_to: float = column("The same of the last year", "fraction")
    finding: str = column(
        "'rises' or 'falls' where nine draws of ten say so, else 'not decided'; 'not known' where too little of either year is on record"
    )


class ProfitPool(Table):
    """Gross profit that a firm reported or is reported to have made in a year, all its business together."""

    table: ClassVar[str] = "cost.profit_pool"
    key: ClassVar[tuple[str, ...]] = ("organisation_id", "year")
    organisation_id: str = column("The firm (core.organisation)")
    layer: str = column("The layer of the stack it stands for")
    year: int = column("Calendar year that most of its business year lies in", "count")
    revenue_low_usd: float = column("Lowest revenue the sources allow", "USD")
    revenue_usd: float = column("Revenue of the year", "USD")
    revenue_high_usd: float = column("Highest revenue the sources allow", "USD")
    gross_margin: float = column("Gross margin of the year", "fraction")
    gross_profit_low_usd: float = column("Lowest of revenue x margin within their ranges", "USD")
    gross_profit_usd: float = column("Revenue x gross margin", "USD")
    gross_profit_high_usd: float = column("Highest of revenue x margin within their ranges", "USD")
    pool_share: float = column("Part of the gross profit of all firms listed for that year, losses counted as nothing", "fraction")
    grade: Grade = column("Weaker grade of the two figures")


class EntrantTerm(Table):
    """Which term of a useful token's cost a board shrinks, or grows, against a reference board, for the same model and workload."""

    table: ClassVar[str] = "cost.entrant_term"
    key: ClassVar[tuple[str, ...]] = ("board_id", "reference", "model_id", "workload_id", "term")
    board_id: str = column("The board")
    reference: str = column("The board it is held against")
    model_id: str = column("The model that both serve")
    workload_id: str = column("What the tokens are for")
    term: str = column("The term of the cost")
    family: Literal["time", "price", "harness"] = column(
        "time: mm2-hours of silicon behind a useful token, by what they are spent on; price: USD for a mm2-hour, by what is paid for; "
        "harness: what retrieval, tools and gateway cost"
    )
    log_low: float = column(f"The term's part of ln(cost/cost of the reference), {_LOW}", "ratio")
    log_central: float = column("The same at central values, below zero where the term makes it cheaper; sums to the logarithm", "ratio")
    log_high: float = column(f"The same, {_HIGH}", "ratio")
    factor: float = column("exp(log_central): the costs' ratio is the product over all terms", "ratio")
    usd_board: float = column("USD of a million useful tokens that go by this term, on the board", "USD/Mtoken")
    usd_reference: float = column("The same on the reference; times and prices are two views of the same money", "USD/Mtoken")
    grade: Grade = column("Weakest grade of the figures that set the term, on either board")


class OwnVsBuy(Table):
    """From how many chips on an own design costs less than buying accelerators for the same tokens at the same latency."""

    table: ClassVar[str] = "cost.own_vs_buy"
    key: ClassVar[tuple[str, ...]] = ("board_id", "against", "model_id", "workload_id")
    board_id: str = column("The own chip")
    against: str = column("The accelerator that is bought instead")
    model_id: str = column("The model that both serve")
    workload_id: str = column("What the tokens are for; both meet its latency")
    fixed_usd_low: float = column(f"Design, masks and software, {_LOW}", "USD")
    fixed_usd: float = column("Design, masks and software, which the whole volume carries", "USD")
    fixed_usd_high: float = column(f"Design, masks and software, {_HIGH}", "USD")
    own_usd: float = column("A million useful tokens on the own chip, its design not counted", "USD/Mtoken")
    bought_usd: float = column("The same on accelerators that are bought", "USD/Mtoken")
    tokens_per_chip: float = column("Useful tokens that one own chip gives in its life", "Mtoken")
    obsolescence: float = column(
        "Yearly fall of what bought accelerators cost per token: the value that an own chip loses", "fraction/year"
    )
    saving_usd_low: float = column(f"What one own chip saves in its life, {_LOW}", "USD")
    saving_usd: float = column("What one own chip saves in its life, against bought accelerators that grow better meanwhile", "USD")
    saving_usd_high: float = column(f"What one own chip saves in its life, {_HIGH}", "USD")
    break_even_low: float | None = optional("5th percentile of the break-even volume; empty: it never pays", "count")
    break_even: float | None = optional("Chips from which on the own design costs less; empty: it never pays at central values", "count")
    break_even_high: float | None = optional("95th percentile; empty: it never pays", "count")
    break_even_without_obsolescence: float | None = optional("The same if bought accelerators never grew better; empty: never", "count")
    break_even_from_now: float | None = optional(
        "The same for a design begun today, which arrives after its time of design; empty: never", "count"
    )
    lifetime_volume: float = column("Boards of this design made over its life", "count")
    probability_pays: float = column("Part of the draws in which that volume is at least the break-even volume", "fraction")
    grade: Grade = column("Weakest grade of the design's cost, its volume and both prices")
    finding: str = column("What follows, in words")


class CostPath(Table):
    """The largest ways on which the cost of a useful token goes down the stack: terms of v + A'v + A'^2 v + ..."""

    table: ClassVar[str] = "cost.cost_path"
    key: ClassVar[tuple[str, ...]] = ("board_id", "model_id", "workload_id", "rank")
    board_id: str = column("The board")
    model_id: str = column("The model served")
    workload_id: str = column("What the tokens are for")
    rank: int = column("1: the path worth most", "count")
    path: str = column("Its steps, from the useful token down (cost.price)")
    path_order: int = column("Steps below the useful token: the power of A'", "count")
    end: str = column("The step at its end, whose own cost and margin the path is worth")
    layer: str = column("The layer of that step")
    usd_per_mtoken: float = column("What the path adds to a million useful tokens, at central values", "USD/Mtoken")
    share_low: float = column(f"Part of the cost, {_LOW}", "fraction")
    share_central: float = column("Part of the cost of a useful token, at central values", "fraction")
    share_high: float = column(f"Part of the cost, {_HIGH}", "fraction")
    listed_share: float = column("Part of the cost that this path and those listed before it are", "fraction")
    order_share: float = column("Part of the cost that all paths of this order are, listed or not", "fraction")
    order_cumulative_share: float = column("Part of the cost that all paths up to this order are; it goes to one with depth", "fraction")
    grade: Grade = column("Weakest grade of what the end adds")


ANSWER_TABLES = (MarginByLayer, MarginShift, ProfitPool, EntrantTerm, OwnVsBuy, CostPath)
