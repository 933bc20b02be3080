"""What moves the cost of a useful token, and how sure it is: the tables cost.elasticity and cost.band."""

from __future__ import annotations

from typing import ClassVar, Literal

from sources.columns import Table, column, optional

Grade = Literal["primary", "secondary", "derived", "estimate"]


class Elasticity(Table):
    """How the cost of a useful token answers to each price and figure behind it."""

    table: ClassVar[str] = "cost.elasticity"
    key: ClassVar[tuple[str, ...]] = ("board_id", "model_id", "workload_id", "input", "kind")
    board_id: str = column("The board")
    model_id: str = column("The model served")
    workload_id: str = column("What the tokens are for")
    input: str = column("A thing whose price moves (item:..., board:..., hour:...), or a figure (entity.parameter)")
    kind: Literal["price", "figure"] = column(
        "price: its price moves and is passed on downstream. figure: a quantity of nature or engineering moves; prices once published stay"
    )
    percent_margin: float = column(
        "Percent that the cost moves by for one percent of the input, sellers keeping their margin in percent", "ratio"
    )
    dollar_margin: float = column("The same, sellers keeping their margin in USD per unit", "ratio")
    value_added_share: float | None = optional(
        "Of a price: the part of the cost that its seller's own cost and margin are; sums to one over a deployment, but for what "
        "moves the cost by less than a hundred-thousandth, which has no row",
        "fraction",
    )
    low: float | None = optional("Of a figure or published price whose range is felt: its lower bound", "see unit")
    central: float | None = optional("Its central value", "see unit")
    high: float | None = optional("Its upper bound", "see unit")
    unit: str | None = optional("Unit of these three")
    usd_at_low: float | None = optional("Per million useful tokens with it at its lower bound, all others central", "USD/Mtoken")
    usd_at_high: float | None = optional("The same at its upper bound", "USD/Mtoken")
    grade: Grade | None = optional("Grade of the figure or of the published price; empty where the price is computed")


class Band(Table):
    """How sure the cost of a useful token is, and which unknown it would be worth most to know."""

    table: ClassVar[str] = "cost.band"
    key: ClassVar[tuple[str, ...]] = ("board_id", "model_id", "workload_id")
    board_id: str = column("The board")
    model_id: str = column("The model served")
    workload_id: str = column("What the tokens are for")
    draws: int = column("Draws of all uncertain figures at once, at the central operating point", "count")
    usd_p05: float = column("Per million useful tokens, 5th percentile", "USD/Mtoken")
    usd_median: float = column("Median; above the central value where ranges are wider upwards", "USD/Mtoken")
    usd_p95: float = column("95th percentile", "USD/Mtoken")
    usd_mean: float = column("Mean", "USD/Mtoken")
    usd_central: float = column("At central inputs", "USD/Mtoken")
    unknown: str = column("The figure whose exact value would be worth most")
    unknown_first: float = column("Of the variance of the cost's logarithm, what it explains alone (Sobol, first order)", "fraction")
    unknown_total: float = column("What it explains with all it acts together with (Sobol, total)", "fraction")
    unknown_spread_removed: float = column("Part of the range from 5th to 95th percentile that is gone once it is known", "fraction")
    unknown_grade: Grade = column("Its grade")
    estimate_share: float = column("Of the sum of all bars' widths, the part of figures graded estimate", "fraction")


SENSITIVITY_TABLES: tuple[type[Table], ...] = (Elasticity, Band)
