"""The table of results as published, and the files written by hand beside it."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import model_validator

from sources.columns import Table, column, optional
from sources.errors import Misfit
from sources.records import Grade, Id


class Result(Table):
    """A model's result on a system in a scenario."""

    table: ClassVar[str] = "mlperf_result"
    key: ClassVar[tuple[str, ...]] = ("id", "model", "scenario")
    id: str = column("Entry: the round and a number", alias="ID")
    submitter: str = column("Who measured it", alias="Submitter")
    availability: Literal["available", "preview"] = column("Whether the system can be bought", alias="Availability")
    category: str = column("Division: closed has the same model and accuracy for all", alias="Category")
    suite: str = column("Data centre or edge", alias="Suite")
    system: str = column("System as the submitter names it", alias="System")
    platform: str = column("Folder of the system in the results", alias="Platform")
    used_model: str = column("Model as the submitter writes it", alias="UsedModel")
    model: str = column("Benchmark", alias="Model")
    scenario: str = column("Offline, Server or Interactive", alias="Scenario")
    nodes: int = column("Servers", "count", ge=1, alias="Nodes")
    accelerator: str | None = optional("Accelerator as the submitter writes it; empty: none", alias="Accelerator")
    accelerators_per_node: int | None = optional("Accelerators in each server", "count", ge=1, alias="a#")
    total_accelerators: int | None = optional("Accelerators of all servers, from round 6.0 on", "count", ge=1, alias="Total Accelerators")
    software: str | None = optional("Software it ran on", alias="Software")
    version: str = column("Round", alias="version")
    weight_type: str = column("Number format of the weights", alias="weight_data_types")
    errors: int = column("Errors found by the checker", "count", ge=0, alias="errors")
    compliance: int = column("1 where the rules are kept", alias="compliance")
    performance: float = column("Result", "see units", gt=0, alias="Performance_Result")
    units: str = column("Unit of the result", alias="Performance_Units")


class Dataset(Table):
    """Mean lengths of a benchmark's requests and answers, which the results do not carry: ours, not MLCommons's table."""

    table: ClassVar[str] = "dataset_tokens"
    key: ClassVar[tuple[str, ...]] = ("model",)
    model: str = column("Benchmark")
    mean_input_tokens: float = column("Mean length of a request", "tokens", gt=0)
    mean_output_tokens: float = column("Mean length of an answer", "tokens", gt=0)
    citation_url: str = column("Where the lengths were read")
    grade: Grade = column("How well the lengths are known")
    note: str | None = optional("What a reader must know to use them")


class AcceleratorName(Table):
    """An accelerator as a submitter writes it."""

    table: ClassVar[str] = "accelerator"
    key: ClassVar[tuple[str, ...]] = ("accelerator",)
    accelerator: str = column("The submitter's words")
    board_id: Id | None = optional("The board it is; empty where it is none of ours, or a mixture")
    bound_board_id: Id | None = optional(
        "Where it is none of ours: the board that is in nothing slower or smaller, so that its bound holds"
    )
    why: str | None = optional("Where it is none of ours: why that board's bound holds, or why there is no bound")

    @model_validator(mode="after")
    def _bounded_or_told_why(self) -> AcceleratorName:
        if self.board_id is None and self.why is None:
            raise Misfit("why", f"{self.accelerator!r} is no board: say why the bound of another holds for it, or why there is none")
        if self.board_id is not None and (self.bound_board_id is not None or self.why is not None):
            raise Misfit(
                "bound_board_id", f"{self.accelerator!r} is the board {self.board_id!r}, whose own bound holds: leave it and why empty"
            )
        return self


class ModelName(Table):
    """A benchmark's model."""

    table: ClassVar[str] = "model"
    key: ClassVar[tuple[str, ...]] = ("model",)
    model: str = column("Name of the benchmark")
    model_id: Id = column("The reference model it measures")


class NumberFormat(Table):
    """A number format of weights as a submitter writes it."""

    table: ClassVar[str] = "number_format"
    key: ClassVar[tuple[str, ...]] = ("weight_type",)
    weight_type: str = column("The submitter's word")
    bits: str = column("Width of a weight", "bit", pattern=r"^\d+$")
