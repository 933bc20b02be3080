"""The table of the snapshot as published, and the mapping file beside it."""

from __future__ import annotations

from typing import ClassVar, Literal

from sources.columns import Table, column, optional
from sources.records import Id, PartialDate


class Accelerator(Table):
    """A data-centre accelerator as its maker sells it."""

    table: ClassVar[str] = "epoch_ml_hardware_accelerator"
    key: ClassVar[tuple[str, ...]] = ("name",)
    name: str = column("Name", alias="Hardware name")
    manufacturer: str | None = optional("Who designs it", alias="Manufacturer")
    type: str | None = optional("GPU, TPU, or the maker's own word", alias="Type")
    released: PartialDate | None = optional("Date of release; empty is not yet, or unknown", alias="Release date")
    price_usd: float | None = optional("Price at release", "USD", gt=0, alias="Release price (USD)")
    bf16_flop_s: float | None = optional("Dense 16-bit operations", "FLOP/s", gt=0, alias="Tensor-FP16/BF16 performance (FLOP/s)")
    int8_op_s: float | None = optional("Dense 8-bit integer operations", "OP/s", gt=0, alias="INT8 performance (OP/s)")
    fp8_flop_s: float | None = optional("Dense 8-bit operations", "FLOP/s", gt=0, alias="FP8 performance (FLOP/s)")
    fp4_flop_s: float | None = optional("Dense 4-bit operations", "FLOP/s", gt=0, alias="FP4 performance (FLOP/s)")
    memory_bytes: float | None = optional("Memory", "B", gt=0, alias="Memory size per board (Byte)")
    memory_bytes_s: float | None = optional("Memory bandwidth", "B/s", gt=0, alias="Memory bandwidth (byte/s)")
    intranode_bytes_s: float | None = optional("Bandwidth to the accelerators beside it", "B/s", gt=0, alias="Intranode bandwidth (byte/s)")
    die_mm2: float | None = optional("Die, or the sum of its dies", "mm2", gt=0, alias="Die Size (mm^2)")
    tdp_w: float | None = optional("Thermal design power", "W", gt=0, alias="TDP (W)")
    process_nm: float | None = optional("Name of the process as a number", "nm", gt=0, alias="Process size (nm)")
    foundry: str | None = optional("Who makes it", alias="Foundry")
    transistors_million: float | None = optional("Transistors in millions", "10^6", gt=0, alias="Transistors (millions)")
    datasheet: str | None = optional("Address of a datasheet", alias="Link to datasheet")
    last_modified: str = column("When Epoch last changed the row", alias="Last modified")


class Hardware(Table):
    """An accelerator of Epoch's that is one of our boards."""

    table: ClassVar[str] = "hardware"
    key: ClassVar[tuple[str, ...]] = ("hardware",)
    hardware: str = column("Epoch's name")
    board_id: Id = column("The board it is")
    memory: Literal["memory", "sram"] = column("What its memory is called among the parameters: sram where it lies on the die")
    is_one_die: bool | None = optional("Whether its die size is that of one compute die; empty where none is published")
