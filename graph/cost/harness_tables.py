"""The harness as stages, and whether tightening it is worth more than new silicon."""

from __future__ import annotations

from typing import ClassVar, Literal

from sources.columns import Table, column, optional

Grade = Literal["primary", "secondary", "derived", "estimate"]
_OTHERS = "all other figures at their central values"


class HarnessStage(Table):
    """What a stage of the harness takes and gives, and what a useful token costs at each end of what was measured of it."""

    table: ClassVar[str] = "cost.harness_stage"
    key: ClassVar[tuple[str, ...]] = ("board_id", "model_id", "workload_id", "stage", "behaviour")
    board_id: str = column("The board")
    model_id: str = column("The model served")
    workload_id: str = column("What the tokens are for")
    stage: str = column("The stage (core.item)")
    behaviour: str = column("What of it is measured")
    takes: str = column("What goes in")
    takes_value: float = column("How much of it, at central values", "see unit")
    takes_unit: str = column("Its unit")
    gives: str = column("What comes out")
    gives_worst: float | None = optional(f"What comes out at the worse measured end, {_OTHERS}", "see unit")
    gives_central: float = column("The same at the central value", "see unit")
    gives_best: float | None = optional("The same at the better measured end", "see unit")
    gives_without: float | None = optional("The same without the behaviour; empty where that has no meaning", "see unit")
    gives_unit: str = column("Its unit")
    measured_low: float | None = optional("Lower bound of the figure, where the behaviour is one figure", "see unit")
    measured_central: float | None = optional("Its central value", "see unit")
    measured_high: float | None = optional("Its upper bound", "see unit")
    measured_unit: str | None = optional("Unit of these three")
    usd_worst: float | None = optional(f"Per million useful tokens at the worse measured end, {_OTHERS}", "USD/Mtoken")
    usd_central: float = column("The same with the behaviour at its central value", "USD/Mtoken")
    usd_best: float | None = optional("The same at the better measured end", "USD/Mtoken")
    usd_without: float | None = optional("The same without the behaviour", "USD/Mtoken")
    with_rework_usd_worst: float | None = optional("As usd_worst, with the loss from bad results that the gate let through", "USD/Mtoken")
    with_rework_usd_central: float = column("As usd_central, with that loss", "USD/Mtoken")
    with_rework_usd_best: float | None = optional("As usd_best, with that loss", "USD/Mtoken")
    with_rework_usd_without: float | None = optional("As usd_without, with that loss", "USD/Mtoken")
    usd_published: float = column("Per million useful tokens in cost.useful_token, at central values", "USD/Mtoken")
    best_saves: float | None = optional("Part of usd_published that the better measured end saves", "fraction")
    is_in_chain: bool = column("True where cost.useful_token has the behaviour at its central value; False where it is left out there")
    is_lever: bool = column("True where the range is one between ways to run the harness; False where between tasks or studies")
    grade: Grade = column("Weakest grade of its figures; estimate where it is a set-up without a figure")
    source_id: str | None = optional("Where its figures were read")
    as_of: str | None = optional("Latest date they hold for")
    figures: str | None = optional("The figures it sets (core.parameter)")
    assumes: str | None = optional("What the computation takes for granted")


class HarnessOrSilicon(Table):
    """Is tightening the harness worth more than new silicon? What each saves of a useful token's cost, in the same draws."""

    table: ClassVar[str] = "cost.harness_or_silicon"
    key: ClassVar[tuple[str, ...]] = ("board_id", "model_id", "workload_id", "lever", "against", "basis")
    board_id: str = column("The board that there is")
    model_id: str = column("The model served")
    workload_id: str = column("What the tokens are for")
    lever: str = column(
        "stage/behaviour, taken to its better measured end; 'all measured': every lever whose figures are better than estimates at once; "
        "'all': with the estimates"
    )
    against: str = column("The board that would be bought instead")
    against_is: str = column("'cheapest that ships', 'newest that ships', or 'as asked'")
    basis: Literal["spending", "with_rework"] = column("Whether the loss from bad results that the gate let through counts")
    usd_central: float = column("Per million useful tokens today, at central values", "USD/Mtoken")
    usd_harness: float = column("The same with the lever at its better end, at central values", "USD/Mtoken")
    usd_silicon: float = column("The same on the new board, the harness as it is, at central values", "USD/Mtoken")
    harness_saves_low: float = column("What the lever saves, 5th percentile over the ranges of all figures", "USD/Mtoken")
    harness_saves_central: float = column("The same at central values", "USD/Mtoken")
    harness_saves_high: float = column("The same, 95th percentile", "USD/Mtoken")
    silicon_saves_low: float = column("What the new board saves, 5th percentile; below zero where it is dearer", "USD/Mtoken")
    silicon_saves_central: float = column("The same at central values", "USD/Mtoken")
    silicon_saves_high: float = column("The same, 95th percentile", "USD/Mtoken")
    harness_share: float = column("harness_saves_central as a part of usd_central", "fraction")
    silicon_share: float = column("silicon_saves_central as a part of usd_central", "fraction")
    probability: float = column("Part of the draws in which the lever saves more than the new board", "fraction")
    draws: int = column("Draws", "count")
    finding: Literal["harness", "silicon", "not decided"] = column("Which saves more, where nine draws of ten say so")
    grade: Grade = column("Weakest grade of the lever's figures")


class ListPrice(Table):
    """What useful tokens cost those who buy tokens at list price: each model at its cheapest seller, and which is the cheapest adequate one."""

    table: ClassVar[str] = "cost.list_price"
    key: ClassVar[tuple[str, ...]] = ("workload_id", "model")
    workload_id: str = column("What the tokens are for")
    model: str = column("The reference model (core.model), or the model's listed name in the letters of an id")
    provider: str = column("The cheapest seller for this workload (core.model_price)")
    listed_as: str = column("The model as the seller lists it")
    input_usd_per_mtoken: float = column("Its price of input tokens", "USD/Mtoken")
    cached_input_usd_per_mtoken: float = column("Its price of cached input tokens; that of input where none is listed", "USD/Mtoken")
    output_usd_per_mtoken: float = column("Its price of output tokens", "USD/Mtoken")
    attempt_usd: float = column("Tokens of one attempt at these prices, at central values", "USD")
    measured_attempt_usd: float | None = optional("Model bill per task as published with the success, for comparison", "USD")
    success: float | None = optional("Part of the attempts that are truly good, where measured for this model", "fraction")
    success_of_best: float | None = optional("Success over the best measured one", "fraction")
    is_adequate: bool | None = optional("Whether that is at least 0.95; empty where no success of the model is on record")
    is_choice: bool = column("The cheapest adequate model for the workload")
    usd_low: float = column("Per million useful tokens, 5th percentile over the ranges of all inputs; list prices are exact", "USD/Mtoken")
    usd_central: float = column("The same at central values, a small model doing the part that the gateway sends it", "USD/Mtoken")
    usd_high: float = column("The same, 95th percentile", "USD/Mtoken")
    with_rework_usd_central: float = column("As usd_central, with the loss from bad results that the gate let through", "USD/Mtoken")
    own_board: str | None = optional("Of a reference model: the board that ships on which serving it oneself costs least")
    own_usd_low: float | None = optional("Per million useful tokens on it, 5th percentile", "USD/Mtoken")
    own_usd_central: float | None = optional("The same at central values", "USD/Mtoken")
    own_usd_high: float | None = optional("The same, 95th percentile", "USD/Mtoken")
    finding: str = column("Whether it is adequate, or why that is not judged")
    grade: Grade = column("Weakest grade of its success")
    source_id: str = column("Source of the price")
    as_of: str = column("Date of the price list")


HARNESS_TABLES: tuple[type[Table], ...] = (HarnessStage, HarnessOrSilicon, ListPrice)
