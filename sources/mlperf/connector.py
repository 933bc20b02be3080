"""Fetch and parse the results of MLPerf Inference, one file for each round."""

from __future__ import annotations

import pandas as pd

from sources.columns import Table
from sources.connector import Files, Get
from sources.errors import Problem, SourceError
from sources.expected import check_words
from sources.jsondata import entries, loaded, objects
from sources.mlperf.declarations import Result
from sources.tabular import validated

ROUNDS = ("v5.1", "v6.0")
"""Rounds that are read: a new one is added here, and the day of its publication in `records.PUBLISHED`."""
URL = "https://raw.githubusercontent.com/mlcommons/inference_results_{round}/main/summary_results.json"

TABLES: dict[str, type[Table]] = {Result.table: Result}

IGNORED = {
    "Accuracy",  # checked by MLCommons: what is in the closed division has reached the bar
    "Processor", "host_processors_per_node", "host_processor_core_count", "p#",  # the host beside the accelerators
    "Location", "Details", "Code", "Unique ID (e.g. for Audit)", "ColorKey",  # links, and the look of their page
    "operating_system", "Notes",
    "inferred", "has_power", "Power_Result", "Power_Units", "design_power_watts",  # few rows have power, and none of the models here
}  # fmt: skip
MAY_LACK = {"a#", "Total Accelerators"}
RATE = "Tokens/s"
CLOSED, SERVERS = "closed", "datacenter"


def file_of(round_: str) -> str:
    """Name of a round's file in a vintage."""
    return f"summary_results_{round_}.json"


def fetch(get: Get) -> None:
    """The results of each round; those of a published round no longer change."""
    for round_ in ROUNDS:
        get(file_of(round_), URL.format(round=round_), kind="json")


def parse(files: Files) -> dict[str, pd.DataFrame]:
    """Results of language models on servers in the closed division; the line of a row is its place in its file's list.

    A benchmark is that of a language model where any of its results in the round is a rate of tokens: so that a row of such a
    benchmark with another unit is kept, and found out. Vision, speech and recommendation, the open division and the edge are
    left out, their rows' keys are checked and their values are not.
    """
    if not files:
        raise SourceError([Problem("mlperf", 1, "-", "the vintage has no file: expected one for each round")])
    return {Result.table: pd.concat([_round(name, files[name]) for name in sorted(files)], ignore_index=True)}


def _round(name: str, payload: bytes) -> pd.DataFrame:
    where = f"mlperf/{name}"
    rows = list(objects(entries(loaded(payload, where), "", where), Result, where, IGNORED, MAY_LACK))
    for heading, word in (("Category", CLOSED), ("Suite", SERVERS), ("Performance_Units", RATE)):
        check_words({row[heading] for _, row in rows}, (word,), where, heading)
    language = {str(row["Model"]) for _, row in rows if row["Performance_Units"] == RATE}
    kept = ((place, row) for place, row in rows if row["Category"] == CLOSED and row["Suite"] == SERVERS and str(row["Model"]) in language)
    return validated(kept, Result, where, payload)
