"""risk.cascade, and what is true of it if it is right."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from graph.risk.cascade import EPS, esri_of_groups
from graph.risk.cascade_tables import Cascade
from graph.risk.finding import Finding
from graph.risk.organisation_cascade import organisation_cascade, sole_makers
from graph.risk.organisation_needs import Facts, facts
from graph.risk.organisation_network import organisation_network
from graph.risk.organisation_values import ACCELERATOR

CORE = ("item", "offer", "requirement", "board")
SAMPLE = 4
"""Organisations of either end of the ranking that are closed firm by firm, and in pairs."""
ROUNDING = 1e-9


class CascadeResults(NamedTuple):
    """The table, and what was found true of it."""

    table: pd.DataFrame
    findings: list[Finding]


def cascade_results(tables: Mapping[str, pd.DataFrame]) -> CascadeResults:
    """What falls with each organisation; `tables` holds the tables `CORE`, price and price_edge by name."""
    known = facts(tables, tables["price"], tables["price_edge"])
    frame = organisation_cascade(known)
    unbound, free = out_of_bounds(frame), unfelt(frame, sole_makers(known, ACCELERATOR))
    deviation, shortfall = firm_by_firm(known, frame)
    return CascadeResults(
        frame,
        [
            Finding(Cascade, "bounds_hold", unbound, {"organisations": len(frame)}),
            Finding(Cascade, "essential_loss_is_felt", free, {}),
            Finding(Cascade, "firm_by_firm", [] if deviation <= ROUNDING else ["the sample"], {"largest_deviation": deviation}),
            Finding(Cascade, "more_closed_lose_no_less", [] if shortfall <= EPS else ["a pair"], {"largest_shortfall": shortfall}),
        ],
    )


def out_of_bounds(frame: pd.DataFrame) -> list[str]:
    """Organisations whose figures contradict each other."""
    esri, channels = frame["esri"], frame[["esri_down", "esri_up"]]
    sound = (
        (frame["esri_low"] >= 0)
        & (frame["esri_low"] <= esri)
        & (esri <= frame["esri_high"])
        & (frame["esri_low"] <= frame["esri_finer"] + ROUNDING)
        & (frame["esri_finer"] <= frame["esri_high"] + ROUNDING)
        & (frame["esri_high"] <= 1 + ROUNDING)
        & (channels.max(axis=1) <= esri + ROUNDING)
        & (esri <= channels.sum(axis=1) + ROUNDING)
    )
    return frame.loc[~sound, "organisation_id"].tolist()


def unfelt(frame: pd.DataFrame, sole: list[str]) -> list[str]:
    """Sole makers whose loss costs no more than their own sales."""
    of = frame[frame["organisation_id"].isin(sole)]
    return sorted(set(sole) - set(of.loc[of["esri"] > of["own_share"], "organisation_id"]))


def firm_by_firm(known: Facts, frame: pd.DataFrame) -> tuple[float, float]:
    """Largest deviation of a sample's figures from those of all links, and the most by which two lose less than one of them."""
    found = organisation_network(known)
    sample = [*frame["organisation_id"].head(SAMPLE), *frame["organisation_id"].tail(SAMPLE)]
    pairs = {f"{a} and {b}": (a, b) for a, b in pairwise(sample)}
    groups = {o: found.lines[o] for o in sample} | {name: found.lines[a] + found.lines[b] for name, (a, b) in pairs.items()}
    slow = esri_of_groups(found.network, groups).set_index("group")
    columns = ["esri", "esri_down", "esri_up", "iterations"]
    deviation = (slow.loc[sample, columns] - frame.set_index("organisation_id").loc[sample, columns]).abs().to_numpy().max()
    shortfall = max(slow.loc[list(pair), "esri"].max() - slow.loc[name, "esri"] for name, pair in pairs.items())
    return float(deviation), float(np.maximum(shortfall, 0.0))
