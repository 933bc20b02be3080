"""Tables of the frontier and of its calibration, declared."""

from __future__ import annotations

from typing import ClassVar, Literal

from sources.columns import Table, column, optional


class Frontier(Table):
    """What each board can give for a model and a workload: speed for the user against output per chip, per kW and per dollar."""

    table: ClassVar[str] = "cost.frontier"
    key: ClassVar[tuple[str, ...]] = ("board_id", "model_id", "workload_id", "is_speculating", "position")
    board_id: str = column("The board")
    model_id: str = column("The model served")
    workload_id: str = column("What the tokens are for: it sets how long the context is")
    is_speculating: bool = column("Whether drafts may be used; where they are, they pay")
    position: int = column("Order on the frontier, 0 the fastest", "count")
    chips: float = column("Accelerators that serve as one group", "count")
    batch: float = column("Sequences decoded together", "count")
    draft_tokens: float = column("Tokens that a draft proposes in a step; 0: none is used", "tokens")
    speed_tok_s_user_low: float = column("Output tokens per second one user sees, 5th percentile over the ranges of all inputs", "token/s")
    speed_tok_s_user_central: float = column("Output tokens per second one user sees, at central inputs", "token/s")
    speed_tok_s_user_high: float = column("Output tokens per second one user sees, 95th percentile", "token/s")
    output_tok_s_chip_low: float = column("Output tokens per second and accelerator while decoding, 5th percentile", "token/s")
    output_tok_s_chip_central: float = column("Output tokens per second and accelerator while decoding, at central inputs", "token/s")
    output_tok_s_chip_high: float = column("Output tokens per second and accelerator while decoding, 95th percentile", "token/s")
    output_tok_s_kw_low: float = column(
        "The same per kW of IT power of the accelerator and its part of the server, 5th percentile", "token/s/kW"
    )
    output_tok_s_kw_central: float = column("The same per kW, at central inputs", "token/s/kW")
    output_tok_s_kw_high: float = column("The same per kW, 95th percentile", "token/s/kW")
    usd_low: float = column("Per million output tokens, decoding alone, 5th percentile", "USD/Mtoken")
    usd_central: float = column("Per million output tokens, decoding alone, at central inputs", "USD/Mtoken")
    usd_high: float = column("Per million output tokens, decoding alone, 95th percentile", "USD/Mtoken")
    request_usd_low: float = column("Per million output tokens, with the input that they follow, 5th percentile", "USD/Mtoken")
    request_usd_central: float = column("Per million output tokens, with the input that they follow, at central inputs", "USD/Mtoken")
    request_usd_high: float = column("Per million output tokens, with the input that they follow, 95th percentile", "USD/Mtoken")
    ttft_s: float = column("Time to the first token, without queueing, at central inputs", "s")
    bound_by: Literal["memory", "arithmetic", "synchronisation", "launch"] = column(
        "The term of a step without which it would be shortened most, at central inputs"
    )
    is_beyond_measured: bool = column(
        "True where the batch is larger than the largest concurrency of a published curve: throughput can fall there"
    )
    board_grade: str = column(
        "Weakest grade of the board's own figures; efficiencies, launch and synchronisation of the field are estimates for all"
    )


class Calibration(Table):
    """How far computed throughput lies from measured throughput, on rows that the efficiencies were fitted to and on rows that they were not."""

    table: ClassVar[str] = "cost.calibration"
    key: ClassVar[tuple[str, ...]] = ("split", "part", "scenario")
    split: str = column(
        "What was held out of the fit: nothing (published: the efficiencies as published, nothing fitted), half at random, a family of boards"
    )
    part: Literal["fitted", "held_out"] = column("Rows that were fitted, or rows that were not")
    scenario: str = column("offline, server, interactive (MLPerf), or interactivity (a measured frontier)")
    measurements: int = column("Rows", "count")
    systems: int = column("Different systems, models and scenarios among them; rows of one have one computed value", "count")
    median_ratio: float = column("Median of computed over measured throughput", "ratio")
    typical_factor: float = column("exp of the root mean square of the logarithm of that ratio: two thirds lie within this factor", "ratio")
    lowest_ratio: float = column("Lowest ratio", "ratio")
    highest_ratio: float = column("Highest ratio", "ratio")
    within_quarter_share: float = column("Part of the rows whose ratio lies between 0.8 and 1.25", "fraction")
    eta_compute: float = column("Part of the peak arithmetic reached, weights of 8 bits", "fraction")
    eta_compute_fp4: float = column("The same, weights of 4 bits", "fraction")
    eta_memory: float = column("Part of the peak bandwidth reached", "fraction")
    at_limit: str | None = optional(
        "Efficiencies that the fit left at the limit of what single kernels reach: the rows do not determine them"
    )


class CalibrationRow(Table):
    """Each measured throughput with what the roofline computes for it."""

    table: ClassVar[str] = "cost.calibration_row"
    key: ClassVar[tuple[str, ...]] = ("benchmark_id",)
    benchmark_id: str = column("The measurement (core.benchmark)")
    board_id: str = column("The board")
    model_id: str = column("The model")
    scenario: str = column("offline, server, interactive (MLPerf), or interactivity (a measured frontier)")
    measured_tok_s_chip: float = column("Measured output tokens per second and accelerator", "token/s")
    published_tok_s_chip: float = column("Computed with the efficiencies as published", "token/s")
    fitted_tok_s_chip: float = column("Computed with the efficiencies fitted to half of the offline systems", "token/s")
    is_fitted: bool = column("Whether the row is in that half")


FRONTIER_TABLES: tuple[type[Table], ...] = (Frontier, Calibration, CalibrationRow)
