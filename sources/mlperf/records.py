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
from sources.columns import Table
from sources.connector import Map
from sources.corrections import corrected
from sources.errors import Problem, SourceError
from sources.frames import rows_of
from sources.ids import snake_case
from sources.mlperf.connector import RATE
from sources.mlperf.declarations import AcceleratorName, Dataset, ModelName, NumberFormat, Result
from sources.tabular import frame_of, place_of, read_csv

HERE = Path(__file__).resolve().parent
SOURCE = "mlperf"
PUBLISHED = {"v5.1": "2025-09-09", "v6.0": "2026-04-01"}
"""Round -> day its results were published."""
PROCESSORS = "no accelerator: the model ran on the processors of its servers, of which there are no figures"
"""Why a row without an accelerator has no bound."""


def benchmark(results: pd.DataFrame, lengths: pd.DataFrame | None = None) -> pd.DataFrame:
    """Rows of core.benchmark: output tokens per second of the whole system, all accelerators of all nodes together.

    Parameters
    ----------
    lengths : mean lengths of the benchmarks' data sets, those of `dataset_tokens.csv` where None

    Raises
    ------
    SourceError
        A model, accelerator or number format that the mapping files do not know (in a live vintage its rows are held back), a
        unit or round that is not declared, a model without a data set, or a correction whose expectation fails.
    """
    results = corrected(results, Result.key, HERE / "correction.csv") if len(results) else results
    maps: dict[str, tuple[str, type[Table]]] = {
        "accelerator": ("accelerator.csv", AcceleratorName),
        "model": ("model.csv", ModelName),
        "weight_type": ("number_format.csv", NumberFormat),
    }
    meanings = {}
    for column, (file, record) in maps.items():
        meanings[column] = mapping.meanings(HERE / file, record)
        results = mapping.check_known(results, column, Result, meanings[column], HERE / file)
    named = {row["accelerator"]: row for row in rows_of(read_csv(HERE / "accelerator.csv", AcceleratorName))}
    tokens = {row["model"]: row for row in rows_of(read_csv(HERE / "dataset_tokens.csv", Dataset) if lengths is None else lengths)}
    rows = rows_of(results)
    _check(rows, tokens)
    entered = {(row["id"], row["model"], row["scenario"]) for row in rows}
    records = []
    for row in rows:
        stricter = (row["id"], f"{row['model']}.9", row["scenario"]) in entered
        records.append(
            {
                "benchmark_id": "_".join(["mlperf", *(snake_case(row[k]) for k in Result.key)]),
                "board_id": meanings["accelerator"].get(row["accelerator"]),
                "accelerator": row["accelerator"],
                "model_id": meanings["model"][row["model"]],
                "scenario": row["scenario"].lower(),
                "accelerators": _accelerators(row),
                "precision_bits": float(str(meanings["weight_type"][row["weight_type"]])),
                "input_tokens": tokens[row["model"]]["mean_input_tokens"],
                "output_tokens": tokens[row["model"]]["mean_output_tokens"],
                "throughput_tok_s": row["performance"],
                "submitter": row["submitter"],
                "as_of": PUBLISHED[row["version"]],
                "source_id": SOURCE,
                "locator": f"{row['id']}, {row['model']}, {row['scenario']}: {row['platform']}",
                "grade": "primary",
                "status": "conflicting" if stricter else "current",
                "note": _note(row, tokens[row["model"]]["grade"], stricter),
                **_bound(row["accelerator"], named),
                **place_of(row),
            }
        )
    return frame_of(records, r.Benchmark)


def _bound(accelerator: str | None, named: dict[str, dict[str, Any]]) -> dict[str, str | None]:
    """Of an accelerator that is no board: the board whose bound holds for it, if any, and why, or why not."""
    if accelerator is None:
        return {"bound_board_id": None, "bound_note": PROCESSORS}
    return {"bound_board_id": named[accelerator]["bound_board_id"], "bound_note": named[accelerator]["why"]}


def _accelerators(row: dict[str, Any]) -> float | None:
    """Accelerators of all nodes; None where there are none."""
    if row["total_accelerators"] is not None:
        return float(row["total_accelerators"])
    return None if row["accelerators_per_node"] is None else float(row["nodes"] * row["accelerators_per_node"])


def _check(rows: list[dict[str, Any]], tokens: dict[str, Any]) -> None:
    problems = []
    for row in rows:
        expectations = (
            ("Performance_Units", row["units"] == RATE, f"expected {RATE}, got {row['units']!r}: correct it in correction.csv"),
            ("version", row["version"] in PUBLISHED, f"no date is declared for round {row['version']!r} in sources/mlperf/records.py"),
            ("Model", row["model"] in tokens, f"dataset_tokens.csv does not say how long the requests of {row['model']!r} are"),
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


MAPS: dict[str, Map] = {"benchmark": lambda reading: benchmark(reading["mlperf_result"])}
