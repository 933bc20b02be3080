"""What stress in time gives out: what is survived, what each scenario and each common cause does, and what would have helped.

Shares lost are parts of what a year would have brought. Days are counted from the day of the loss, 0 the first.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from sources.columns import Table, column, optional

Grade = Literal["primary", "secondary", "derived", "estimate"]
_SHORT = "more than one per cent below normal for want of supply"
_LOST = "of the year's, lost; {} of the ranges of stocks, transits and lives"
_ASSUMED = "published nowhere: the median of the layer, or a range of graph/risk/assumptions.py, stands in"


class TtsTtr(Table):
    """An item lost altogether: how long that is survived (TTS) and how long replacing it takes (TTR)."""

    table: ClassVar[str] = "risk.tts_ttr"
    key: ClassVar[tuple[str, ...]] = ("node",)
    node: str = column("The item lost (graph.node)")
    ttr_days: float = column("Time to recover: longest lead time of new supply that one of its users has", "days")
    ttr_grade: Grade = column("Grade of that lead time; estimate where it is assumed")
    tts_low_days: int | None = optional(
        "Time to survive, by linear programme: days for which all boards, sites and tokens are made; at the poor end of the ranges; empty: a year",
        "days",
    )
    tts_days: int | None = optional("The same on central stocks", "days")
    tts_high_days: int | None = optional("The same at the good end of the ranges", "days")
    is_exposed: bool = column("True where replacing it takes longer than it is survived (TTR > TTS), on central stocks")
    is_exposed_for_certain: bool = column("True where that is so at the good end too")
    simulated_low_days: int | None = optional(
        "First day a board, its system or the token is short in the simulation, which waits for goods and shares them alike; at the poor end of the "
        "ranges; empty: not in a year",
        "days",
    )
    simulated_days: int | None = optional("The same on central stocks", "days")
    simulated_high_days: int | None = optional("The same at the good end", "days")
    first_short: str | None = optional(
        "The board (itself, or the system it is built into), or the useful token, that is short first in the simulation"
    )
    token_short_day: int | None = optional(f"In an outage of TTR: first day on which the useful token is {_SHORT}", "days")
    boards_short: int = column("In an outage of TTR: boards that run short, themselves or the systems they are built into", "count")
    tokens_lost_share_low: float = column(
        "In an outage of TTR: useful tokens of the first year, lost; at the end of the ranges that loses least", "fraction"
    )
    tokens_lost_share: float = column("The same at the middle of the ranges", "fraction")
    tokens_lost_share_high: float = column("The same at the end that loses most", "fraction")
    accelerators_lost_share_low: float = column(
        "In an outage of TTR: accelerators of the first year, lost; at the end of the ranges that loses least", "fraction"
    )
    accelerators_lost_share: float = column("The same at the middle of the ranges", "fraction")
    accelerators_lost_share_high: float = column("The same at the end that loses most", "fraction")
    located_share: float = column(
        "Part of its supply whose place of making is known; 0 of a class such as ai_accelerator, which is made where its kinds are",
        "fraction",
    )
    assumed_share: float = column(f"Part of its users whose stock of it is {_ASSUMED}", "fraction")


class Disruption(Table):
    """What a scenario of the library does to the tokens, the accelerators, a board or a site."""

    table: ClassVar[str] = "risk.disruption"
    key: ClassVar[tuple[str, ...]] = ("scenario_id", "target")
    scenario_id: str = column("The scenario (graph/risk/scenarios)")
    title: str = column("What it is called")
    target: str = column("What is reached: item:useful_token, item:accelerator_hour, item:ai_accelerator, board:... or site:...")
    first_short_day: int | None = optional(f"First day on which it is {_SHORT}; empty: never", "days")
    binding_input: str | None = optional("The input that limits it on that day; 'own capacity' where it is hit itself")
    cause: str = column("The node at the root of what it loses")
    path: str = column(
        "How the loss travels, from the cause to the target: a > b, b lacks a; a < b, a orders less of b. Where nothing is lost at the "
        "middle of the ranges, as at their thin end"
    )
    worst_output: float = column("Its output on its worst day, as a part of normal", "fraction")
    lost_share_low: float = column("Its output " + _LOST.format("the comfortable end"), "fraction")
    lost_share_central: float = column("Its output " + _LOST.format("the middle"), "fraction")
    lost_share_high: float = column("Its output " + _LOST.format("the thin end"), "fraction")
    idle_share: float = column(
        "Of the loss at the middle of the ranges, the part that is for want of orders: its customers, short of something else, take less",
        "fraction",
    )
    first_idle_day: int | None = optional("First day on which it makes over one per cent less for want of orders; empty: never", "days")
    verdict: str = column("undisturbed, settled, still recovering, still short, or oscillating: then the model swings by itself")
    grade: Grade = column(
        "Weakest grade of the inputs on the path and of the shares by which its cause is hit; estimate where a stock or lead time is "
        "assumed, or where only the scenario's own words stand behind it"
    )
    assumed_share: float = column(f"Of the inputs on the path, the part whose stock or lead time is {_ASSUMED}", "fraction")


class DisruptionPath(Table):
    """The course of a disruption: stretches of days on which one input limits the target."""

    table: ClassVar[str] = "risk.disruption_path"
    key: ClassVar[tuple[str, ...]] = ("scenario_id", "target", "from_day")
    scenario_id: str = column("The scenario")
    target: str = column("What is reached")
    from_day: int = column("First day of the stretch", "days")
    to_day: int = column("Last day of the stretch", "days")
    binding_input: str = column("The input that limits it; 'own capacity' where it is hit itself")
    cause: str = column("The node at the root")
    output_share_low: float = column(
        "Its mean output on the same days at the poorest of the ends of the ranges, as a part of normal", "fraction"
    )
    output_share: float = column("Its mean output at the middle of the ranges, as a part of normal", "fraction")
    output_share_high: float = column("The same at the best of the ends", "fraction")
    grade: Grade = column(
        "Weakest grade of the inputs between the cause and the target on the first of the days, and of the shares by which the cause is hit; "
        "estimate where a stock or lead time is assumed, or where only the scenario's own words stand behind it"
    )
    assumed_share: float = column(f"Of those inputs, the part whose stock or lead time is {_ASSUMED}", "fraction")


class CommonMode(Table):
    """All that is made in a country, by the firms seated in one, by an owner or in a grid region lost for 90 days."""

    table: ClassVar[str] = "risk.common_mode"
    key: ClassVar[tuple[str, ...]] = ("by", "place")
    by: Literal["country", "seat", "owner", "region"] = column(
        "What fails as one: what is made in a country; what firms supply whose owners sit in it, wherever they make it; an owner; a grid region. "
        "Countries with a twentieth of some item, seats and owners with half of some item or board, all with a hundredth of the accelerator-hours"
    )
    place: str = column("The country, the country of the seat, the owner or the grid region")
    tokens_lost_low: float = column("Useful tokens " + _LOST.format("the comfortable end"), "fraction")
    tokens_lost_central: float = column("Useful tokens " + _LOST.format("the middle"), "fraction")
    tokens_lost_high: float = column("Useful tokens " + _LOST.format("the thin end"), "fraction")
    hours_lost_share: float = column("Accelerator-hours " + _LOST.format("the middle"), "fraction")
    accelerators_lost_low: float = column("Accelerators " + _LOST.format("the comfortable end"), "fraction")
    accelerators_lost_central: float = column("Accelerators " + _LOST.format("the middle"), "fraction")
    accelerators_lost_high: float = column("Accelerators " + _LOST.format("the thin end"), "fraction")
    first_short_day: int | None = optional(f"First day on which useful tokens are {_SHORT}", "days")
    boards_short: int = column("Boards that run short, themselves or the systems they are built into", "count")
    first_board_day: int | None = optional("First day on which one does", "days")
    first_board: str | None = optional("That board")
    nodes_hit: int = column("Items, makers, boards and sites that lose capacity", "count")
    largest_hit: str = column("The one that loses the largest part")
    largest_hit_share: float = column("The part it loses", "fraction")
    verdict: str = column("Of the tokens: undisturbed, settled, still recovering, still short, or oscillating")
    primary_share: float = column("Of the shares that place supply there, the part that rests on the publisher itself", "fraction")
    secondary_share: float = column("The part that rests on somebody citing it", "fraction")
    derived_share: float = column("The part that was computed from other figures", "fraction")
    estimate_share: float = column("The part that is engineering judgement", "fraction")


class Mitigation(Table):
    """What one measure would have saved in a headline scenario, tried alone."""

    table: ClassVar[str] = "risk.mitigation"
    key: ClassVar[tuple[str, ...]] = ("scenario_id", "measure", "node", "input")
    scenario_id: str = column("The scenario")
    measure: Literal["stock", "second_source", "capacity"] = column(
        "stock: more days of an input's stock; second_source: a new source out of reach of the shock; capacity: more of what is left"
    )
    node: str = column("Where")
    input: str = column("What there is more of: the input stocked; the node itself for sources and capacity")
    amount: float = column("Days of stock, or part of the supply", "ratio")
    tokens_lost_share: float = column("Useful tokens of the year, lost without it", "fraction")
    tokens_saved_low: float = column(
        "Of the year's useful tokens, what it saves; below 0 where it costs some; at the end of the ranges where that is least",
        "fraction",
    )
    tokens_saved_share: float = column("The same at the middle of the ranges", "fraction")
    tokens_saved_high: float = column("The same at the end where it is most", "fraction")
    accelerators_lost_share: float = column("Accelerators of the year, lost without it", "fraction")
    accelerators_saved_low: float = column(
        "Of the year's accelerators, what it saves; below 0 where it costs some; at the end of the ranges where that is least",
        "fraction",
    )
    accelerators_saved_share: float = column("The same at the middle of the ranges", "fraction")
    accelerators_saved_high: float = column("The same at the end where it is most", "fraction")
    takes_from_others: bool = column(
        "True where it costs tokens or accelerators: what is scarce is shared in proportion to orders, so that a user who holds out longer, or has a "
        "larger stock to refill, takes of it what another user then lacks"
    )
    grade: Grade = column(
        "Grade of the stock it adds to, or the weakest of the shares whose loss it makes up for; estimate where that is assumed, or where "
        "only the scenario's own words stand behind it"
    )


STRESS_TABLES: tuple[type[Table], ...] = (TtsTtr, Disruption, DisruptionPath, CommonMode, Mitigation)
