"""From accelerators to figures of our boards: a second opinion, kept beside the curated figure and not in its place.

The curated figures come from the makers where they publish; Epoch collects them, so its rows are `conflicting`: evidence
that agrees or does not, out of every calculation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sources import records as r
from sources.connector import Map
from sources.epoch_ml_hardware.declarations import Hardware
from sources.frames import rows_of
from sources.tabular import frame_of, place_of, read_csv

HARDWARE = Path(__file__).resolve().parent / "hardware.csv"
SOURCE = "epoch_ml_hardware"

FIGURES = (
    ("tdp", "tdp_w", 1.0, "W"),
    ("memory_capacity", "memory_bytes", 1e9, "GB"),
    ("memory_bandwidth", "memory_bytes_s", 1e12, "TB/s"),
    ("bf16_compute", "bf16_flop_s", 1e12, "TFLOP/s"),
    ("fp8_compute", "fp8_flop_s", 1e12, "TFLOP/s"),
    ("fp4_compute", "fp4_flop_s", 1e12, "TFLOP/s"),
    ("compute_die_area", "die_mm2", 1.0, "mm2"),
)
"""Parameter, raw column, how many of the column's unit make one of the parameter's, the parameter's unit."""


def parameter(accelerators: pd.DataFrame) -> pd.DataFrame:
    """Figures of board:<board_id>, all `conflicting`; the die's area only where the board has one compute die."""
    by_name = {row["name"]: row for row in rows_of(accelerators)}
    rows = []
    for hardware in rows_of(read_csv(HARDWARE, Hardware)):
        row = by_name.get(hardware["hardware"])
        if row is None:  # a live list may drop or rename what a snapshot had; its curated figures stand without it
            continue
        for name, source_column, scale, unit in FIGURES:
            if row[source_column] is not None and (name != "compute_die_area" or hardware["is_one_die"]):
                parameter_name = name.replace("memory_", f"{hardware['memory']}_")
                rows.append(_figure(row, hardware["board_id"], parameter_name, row[source_column] / scale, unit))
    return frame_of(rows, r.ParameterRow)


def _figure(row: dict[str, Any], board: str, name: str, value: float, unit: str) -> dict[str, Any]:
    return {
        "entity_id": f"board:{board}",
        "parameter": name,
        "low": value,
        "central": value,
        "high": value,
        "unit": unit,
        "as_of": row["last_modified"][:10],
        "source_id": SOURCE,
        "locator": row["name"],
        "grade": "secondary",
        "status": "conflicting",
        "note": None,
        **place_of(row),
    }


MAPS: dict[str, Map] = {"parameter": lambda reading: parameter(reading["epoch_ml_hardware_accelerator"])}
