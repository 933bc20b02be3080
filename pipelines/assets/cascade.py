"""risk.cascade: what part of the stack falls with each organisation."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import dagster as dg
import numpy as np
import pandas as pd

from graph.risk.cascade import EPS, esri_of_groups
from graph.risk.cascade_tables import Cascade
from graph.risk.organisation_cascade import organisation_cascade, sole_makers
from graph.risk.organisation_needs import Facts, facts
from graph.risk.organisation_network import organisation_network
from graph.risk.organisation_values import ACCELERATOR
from pipelines.assets.declare import Result, asset_key, checked, key_check, spec, stored, unless_unchanged
from pipelines.warehouse import read_tables

INPUTS = ["core.item", "core.offer", "core.requirement", "core.board", "cost.price", "cost.price_edge"]
SAMPLE = 4
"""Organisations of either end of the ranking that are closed firm by firm, and in pairs."""
ROUNDING = 1e-9
CHECKS = {
    "bounds_hold": "Indices, at the finer eps too, lie from 0 to 1, within their range, and each channel's loss is no greater than that of both.",
    "essential_loss_is_felt": "No sole maker of an essential input of the AI accelerator closes for free: others lose more than its own sales.",
    "firm_by_firm": "A sample has the same index and rounds where all links between firms are followed one by one.",
    "more_closed_lose_no_less": "Of a sample, two organisations closed together lose at least what each loses alone.",
}


@dg.multi_asset(
    specs=[spec(Cascade, Cascade.table, "risk", INPUTS, kinds=["numpy"])],
    check_specs=[
        key_check(Cascade.table),
        *(dg.AssetCheckSpec(name, asset=asset_key(Cascade.table), blocking=True, description=what) for name, what in CHECKS.items()),
    ],
)
def cascade() -> Iterator[Result]:
    yield from unless_unchanged([Cascade.table], INPUTS, _cascade)


def _cascade() -> Iterator[Result]:
    tables = read_tables(INPUTS)
    known = facts(tables, tables["price"], tables["price_edge"])
    frame = organisation_cascade(known)
    yield stored(Cascade, frame)
    unbound = out_of_bounds(frame)
    yield checked(Cascade.table, "bounds_hold", not unbound, {"organisations": len(frame), "out_of_bounds": ", ".join(unbound) or "none"})
    free = unfelt(frame, sole_makers(known, ACCELERATOR))
    yield checked(Cascade.table, "essential_loss_is_felt", not free, {"free": ", ".join(free) or "none"})
    deviation, shortfall = firm_by_firm(known, frame)
    yield checked(Cascade.table, "firm_by_firm", deviation <= ROUNDING, {"largest_deviation": deviation})
    yield checked(Cascade.table, "more_closed_lose_no_less", shortfall <= EPS, {"largest_shortfall": shortfall})


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


ASSETS = [cascade]
