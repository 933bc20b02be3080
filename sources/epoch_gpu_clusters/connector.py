"""Fetch and parse Epoch's list of GPU clusters."""

from __future__ import annotations

import pandas as pd

from sources.columns import Table
from sources.connector import Files, Get, payload
from sources.epoch_gpu_clusters.declarations import Cluster
from sources.tabular import parse_csv

FILE = "gpu_clusters.csv"
URL = f"https://epoch.ai/data/{FILE}"
WHERE = f"epoch_gpu_clusters/{FILE}"

TABLES: dict[str, type[Table]] = {Cluster.table: Cluster}

IGNORED = {
    "Note", "Hardware note", "Quote", "Cost Quote", "First Operational Date Note", "Certainty Note",  # prose
    "Source 2", "Source 3", "Source 4", "Source 5",  # the first one is kept
    "Max OP/s", "Max OP/s (log)", "8-bit OP/s", "16-bit OP/s", "16-bit OP/s (log)", "32-bit OP/s",  # follow from chip and count
    "Energy Efficiency", "Energy Efficiency (log)",  # follows from operations and power
    "GPU Supplier (primary)", "GPU supplier (secondary)",  # follow from the chip
    "Noteworthy", "Rank when first operational", "Largest existing cluster when first operational",
    "% of largest cluster when first operational",  # rankings among the rows of the list
}  # fmt: skip

ANONYMOUS = "Anonymized Chinese System"
SMALLEST_H100_EQUIVALENTS = 1_000
SMALLEST_REPORTED_MW = 1.0


def fetch(get: Get) -> None:
    """The list, in one file."""
    get(FILE, URL)


def parse(files: Files) -> dict[str, pd.DataFrame]:
    """The rows of clusters that matter and can be told apart.

    Passed over unread are the Chinese systems that all have the name `Anonymized Chinese System`. Checked, then left out are rows
    flagged as possible duplicates; clusters of unknown computing power; and those of less than a thousand H100 equivalents,
    unless somebody reports a megawatt or more for them and they still run.
    """
    content = payload(files, FILE, WHERE)
    rows = parse_csv(content, Cluster, WHERE, ignored=IGNORED, keep=lambda cells: cells["Name"] != ANONYMOUS)
    is_large = rows["h100_equivalents"].ge(SMALLEST_H100_EQUIVALENTS)
    is_reported = rows["reported_power_mw"].ge(SMALLEST_REPORTED_MW) & rows["status"].ne("Decommissioned")
    is_known = rows["h100_equivalents"].notna() & rows["possible_duplicate"].isna()
    return {Cluster.table: rows[is_known & (is_large | is_reported)].reset_index(drop=True)}
