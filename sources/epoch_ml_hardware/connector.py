"""Fetch and parse Epoch's list of machine-learning hardware."""

from __future__ import annotations

import pandas as pd

from sources.columns import Table
from sources.connector import Files, Get, payload
from sources.epoch_ml_hardware.declarations import Accelerator
from sources.tabular import parse_csv

FILE = "ml_hardware.csv"
URL = f"https://epoch.ai/data/{FILE}"
WHERE = f"epoch_ml_hardware/{FILE}"

TABLES: dict[str, type[Table]] = {Accelerator.table: Accelerator}

IGNORED = {
    "Notes", "Source for the price", "ML models",  # prose, and links to another list of Epoch's
    "FP64 (double precision) performance (FLOP/s)", "FP32 (single precision) performance (FLOP/s)",
    "FP16 (half precision) performance (FLOP/s)", "TF32 (TensorFloat-32) performance (FLOP/s)", "INT16 performance (OP/s)",
    "INT4 performance (OP/s)",  # number formats that no formula here asks for
    "Base clock (MHz)", "Boost clock (MHz)", "Memory clock (MHz)", "Memory bus (bit)", "Tensor cores",  # inside the chip
    "Internode bandwidth (bit/s)",  # of the server's network, not of the accelerator
    "Max performance", "Energy efficiency", "Total processing performance (bit-OP/s)", "Price-performance", "ML OP/s",  # follow
}  # fmt: skip

FIRST_RELEASE = "2017"
NOT_FOR_SERVERS = r"\b(?:GeForce|Quadro|TITAN|RTX|Radeon RX)\b"
"""Names of graphics cards and workstation boards."""
PROCESSOR_MAKERS = {"National University of Defense Technology", "Sunway"}
"""Their rows are the processors of supercomputers, not accelerators."""
DIES = {"NVIDIA GH100"}
"""A die that several of the listed products are made from, no product itself."""


def fetch(get: Get) -> None:
    """The list, in one file."""
    get(FILE, URL)


def parse(files: Files) -> dict[str, pd.DataFrame]:
    """The data-centre accelerators released since 2017; every row is checked, those left out as well.

    Left out are rows without a date of release, older ones, graphics cards and workstation boards (by their names),
    processors of supercomputers (by their makers), and dies that are no product.
    """
    rows = parse_csv(payload(files, FILE, WHERE), Accelerator, WHERE, ignored=IGNORED)
    is_recent = rows["released"].fillna("").ge(FIRST_RELEASE)
    is_other = rows["name"].str.contains(NOT_FOR_SERVERS, case=False, regex=True) | rows["manufacturer"].isin(list(PROCESSOR_MAKERS))
    return {Accelerator.table: rows[is_recent & ~is_other & ~rows["name"].isin(list(DIES))].reset_index(drop=True)}
