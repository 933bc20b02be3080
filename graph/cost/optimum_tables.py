"""What is planned, and what its limits are worth: the tables cost.optimum and cost.shadow_price."""

from __future__ import annotations

from typing import ClassVar, Literal

from sources.columns import Table, column, optional

_GRADE = "Part of the cost that rests on figures of this grade, the weakest of each step counting"


class Optimum(Table):
    """The plan with the least cost per useful token under limits: the board, where, at which operating point, with which power and routes."""

    table: ClassVar[str] = "cost.optimum"
    key: ClassVar[tuple[str, ...]] = ("question_id", "position")
    question_id: str = column("What was asked: workloads and goal, such as 'coding_agent/cost'")
    position: int = column("Part of the plan: one workload on one board at one place; the largest first", "count")
    goal: Literal["cost", "output", "demand"] = column(
        "cost: least USD per useful token, then as many tokens as the limits allow; output: most useful tokens, then cheapest; "
        "demand: least cost for a given number of tokens"
    )
    workload_id: str = column("What the tokens are for")
    model_id: str = column("The model served")
    board_id: str = column("The board chosen")
    site_id: str = column("The site chosen")
    contract: Literal["grid", "nuclear", "renewable", "gas"] = column("Who sells the power: through the grid, or gas burnt on the site")
    cooling: Literal["air", "liquid"] = column("Cooling of the board, for which the site is built")
    chips: float = column("Accelerators that serve as one group", "count")
    batch: float = column("Sequences decoded together by a group", "count")
    latency_ms: float = column("Time between two tokens of one user", "ms")
    ttft_s: float = column("Time to the first token, without queueing", "s")
    routed_share: float = column("Part of the requests that the gateway sends to the small model", "fraction")
    small_chips: float | None = optional("Accelerators of a group of the small model", "count")
    small_batch: float | None = optional("Its batch", "count")
    accelerators: float = column("Accelerators bought, on average; not rounded to whole groups", "count")
    power_mw: float = column("Power at the meter with all of them at full load", "MW")
    capital_usd: float = column("Servers, network and facility", "USD")
    months_to_power: float = column("Months until the place has power, at central figures", "months")
    mtoken_per_year: float = column("Useful tokens served", "Mtoken/year")
    usd_per_year: float = column("What they cost a year, at central figures", "USD/year")
    plan_usd_low: float = column(
        "Of the whole plan: per million useful tokens, 5th percentile over the ranges of all figures", "USD/Mtoken"
    )
    plan_usd_central: float = column("Of the whole plan: per million useful tokens, at central figures", "USD/Mtoken")
    plan_usd_high: float = column("Of the whole plan: per million useful tokens, 95th percentile", "USD/Mtoken")
    in_time_share: float = column("Part of the draws in which every point of the plan is in time", "fraction")
    next_board_id: str | None = optional("The best board where this plan's boards are not to be had")
    next_usd_central: float | None = optional("What a million useful tokens cost on it", "USD/Mtoken")
    binding: str = column("Limits of which nothing is left, or of which a step more makes a better plan; joined with ';'")
    primary_share: float = column(f"{_GRADE}: primary", "fraction")
    secondary_share: float = column(f"{_GRADE}: secondary", "fraction")
    derived_share: float = column(f"{_GRADE}: derived", "fraction")
    estimate_share: float = column(f"{_GRADE}: estimate", "fraction")


class ShadowPrice(Table):
    """What each limit of a plan is worth: the dual with the plan as it is, and what asking again with a step more gives."""

    table: ClassVar[str] = "cost.shadow_price"
    key: ClassVar[tuple[str, ...]] = ("question_id", "limit_name")
    question_id: str = column("What was asked (cost.optimum)")
    limit_name: str = column("power_mw, capital_usd, months, demand_mtoken_per_year, an item, latency_ms:<workload> or ttft_s:<workload>")
    unit: str = column("Unit of the limit; worth is per one of it")
    limit_value: float = column("The limit", "see unit")
    used: float = column("What the plan takes of it; of a latency the slowest point's", "see unit")
    is_binding: bool = column("Nothing is left of it, or a step more makes a better plan")
    mtoken_per_year_per_unit: float | None = optional(
        "Where no demand is given: useful tokens a year more for one unit more, the boards and places as chosen", "Mtoken/year/unit"
    )
    usd_per_year_per_unit: float | None = optional(
        "Where a demand is given: USD a year saved by one unit more, the boards and places as chosen; of the demand, what one unit more costs",
        "USD/year/unit",
    )
    step: float = column("So much more was asked for again, the plan chosen anew", "see unit")
    step_mtoken_per_year: float | None = optional(
        "Useful tokens a year more than without the step; empty where there is no plan", "Mtoken/year"
    )
    step_usd_per_year: float | None = optional("Cost a year more than without the step", "USD/year")
    step_usd_per_mtoken: float | None = optional("Cost per million useful tokens more than without the step", "USD/Mtoken")


OPTIMUM_TABLES: tuple[type[Table], ...] = (Optimum, ShadowPrice)
