"""From results to benchmarks: what a board was measured to do with a model.

Where a system has entered one model at two accuracies (`llama2-70b-99` and `-99.9`), the stricter entry is current and
the other is kept as `conflicting`: mostly they are one run, which would count twice.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sources import mapping
from sources import records as r
from sources.connector import Map
from sources.corrections import corrected
from sources.errors import Problem, SourceError
from sources.frames import rows_of
from sources.ids import snake_case
from sources.mlperf.declarations import AcceleratorName, ModelName, Result
from sources.tabular import frame_of, place_of

HERE = Path(__file__).resolve().parent
SOURCE = "mlperf"
PUBLISHED = {"v5.1": "2025-09-09"}
"""Round -> day its results were published."""

BITS = {"fp4": 4, "int4": 4, "uint4": 4, "fp8": 8, "int8": 8, "fp16": 16, "bf16": 16}
"""Number format of the weights -> width of a weight."""

RATE = "Tokens/s"


def benchmark(results: pd.DataFrame, datasets: pd.DataFrame) -> pd.DataFrame:
    """Rows of core.benchmark: output tokens per second of the whole system, all accelerators of all nodes together.

    Raises
    ------
    SourceError
        A model or accelerator that the mapping files do not know, a number format or unit that is not declared, a model
        without a data set, or a correction whose expectation fails.
    """
    results = corrected(results, Result.key, HERE / "correction.csv")
    boards, models = mapping.meanings(HERE / "accelerator.csv", AcceleratorName), mapping.meanings(HERE / "model.csv", ModelName)
    mapping.check_known(results, "accelerator", Result, boards, HERE / "accelerator.csv")
    mapping.check_known(results, "model", Result, models, HERE / "model.csv")
    lengths = {row["model"]: row for row in rows_of(datasets)}
    rows = rows_of(results)
    _check(rows, lengths)
    entered = {(row["id"], row["model"], row["scenario"]) for row in rows}
    records = []
    for row in rows:
        stricter = (row["id"], f"{row['model']}.9", row["scenario"]) in entered
        per_node = row["accelerators_per_node"]
        records.append(
            {
                "benchmark_id": "_".join(["mlperf", *(snake_case(row[k]) for k in Result.key)]),
                "board_id": boards.get(row["accelerator"]),
                "accelerator": row["accelerator"],
                "model_id": models[row["model"]],
                "scenario": row["scenario"].lower(),
                "accelerators": None if per_node is None else float(row["nodes"] * per_node),
                "precision_bits": float(BITS[row["weight_type"].lower()]),
                "input_tokens": lengths[row["model"]]["mean_input_tokens"],
                "output_tokens": lengths[row["model"]]["mean_output_tokens"],
                "throughput_tok_s": row["performance"],
                "submitter": row["submitter"],
                "as_of": PUBLISHED[row["version"]],
                "source_id": SOURCE,
                "locator": f"{row['id']}, {row['model']}, {row['scenario']}: {row['platform']}",
                "grade": "primary",
                "status": "conflicting" if stricter else "current",
                "note": _note(row, lengths[row["model"]]["grade"], stricter),
                **place_of(row),
            }
        )
    return frame_of(records, r.Benchmark)


def _check(rows: list[dict[str, Any]], lengths: dict[str, Any]) -> None:
    problems = []
    for row in rows:
        expectations = (
            (
                "Performance_Units",
                row["units"] == RATE,
                f"expected {RATE}, got {row['units']!r}: correct it in correction.csv, or leave the row out",
            ),
            (
                "weight_data_types",
                row["weight_type"].lower() in BITS,
                f"no width is declared for {row['weight_type']!r} in sources/mlperf/records.py",
            ),
            ("version", row["version"] in PUBLISHED, f"no date is declared for round {row['version']!r} in sources/mlperf/records.py"),
            ("Model", row["model"] in lengths, f"dataset_tokens.csv does not say how long the requests of {row['model']!r} are"),
        )
        problems += [Problem(row["source_file"], row["source_line"], heading, what) for heading, holds, what in expectations if not holds]
    if problems:
        raise SourceError(problems)


def _note(row: dict[str, Any], length_grade: str, stricter: bool) -> str:
    parts = [f"token lengths are of the data set, grade {length_grade}"]
    if stricter:
        parts.append("the same system's entry at 99.9% accuracy is in use")
    if row["availability"] != "available":
        parts.append("the system was not yet for sale")
    return "; ".join(parts)


MAPS: dict[str, Map] = {"benchmark": lambda reading: benchmark(reading["mlperf_result"], reading["mlperf_dataset"])}
