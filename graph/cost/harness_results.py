"""What fills cost.harness_stage, cost.harness_or_silicon and cost.list_price.

Published for the board that most have, `BOARD`, with `HEADLINE_MODEL`, for every workload; `stackgraph harness` computes any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd

from graph.cost.figures import Figures
from graph.cost.harness_or_silicon import harness_or_silicon
from graph.cost.harness_setups import harness_of
from graph.cost.harness_stages import sources_of, stage_table
from graph.cost.headline import HEADLINE_MODEL
from graph.cost.model import Key
from graph.cost.own_or_buy import OWNERS
from graph.cost.trace import NotServed, Tracer

BOARD = "h100"
CORE = ("item", "requirement", "price", "parameter", "board", "model", "workload")
CHEAPEST, SOLD, NEWEST, ASKED = "cheapest that ships", "cheapest that is sold", "newest that ships", "as asked"


class HarnessAnswer(NamedTuple):
    """The two tables."""

    stages: pd.DataFrame
    choices: pd.DataFrame


def harness_answer(core: Mapping[str, pd.DataFrame], useful: pd.DataFrame, keys: Iterable[Key], to: str | None = None) -> HarnessAnswer:
    """Stages of some deployments, and each of their levers against new boards.

    Parameters
    ----------
    core : the tables `CORE` by name; useful : cost.useful_token
    to : the new board; those of `new_boards` unless said

    Raises
    ------
    NotServed
        A board cannot serve the model for the workload, or no other board can.
    """
    centre = Figures(core["parameter"], core["price"], core["requirement"], draws=0)
    tracer, sources = Tracer(core, centre), sources_of(core["parameter"])
    stages, choices = [], []
    for key in keys:
        tracer.parts(key)  # why it is not served says more than that no other board serves it
        against = {to: ASKED} if to else new_boards(core["board"], useful, key)
        if not against:
            raise NotServed(f"{'/'.join(key)} has nothing to be held against: no other board that ships serves it")
        found = harness_of(core, tracer, centre, key, list(against))
        stages.append(stage_table(found, centre, sources))
        choices.append(harness_or_silicon(found, centre, against))
    return HarnessAnswer(pd.concat(stages, ignore_index=True), pd.concat(choices, ignore_index=True))


def published_answer(tables: Mapping[str, pd.DataFrame]) -> HarnessAnswer:
    """The two tables as they are published; `tables` holds the tables `CORE` and useful_token by name."""
    useful = tables["useful_token"]
    return harness_answer({name: tables[name] for name in CORE}, useful, published_keys(useful))


def new_boards(boards: pd.DataFrame, useful: pd.DataFrame, key: Key) -> dict[str, str]:
    """Other boards that ship and serve the same -> what they are: the cheapest, the cheapest that its designer sells, and the newest."""
    board_id, model_id, workload_id = key
    served = useful[(useful["model_id"] == model_id) & (useful["workload_id"] == workload_id) & (useful["board_id"] != board_id)]
    shipping = boards.loc[boards["status"] == "shipping", ["board_id", "released", "designer"]]
    others = served.merge(shipping, on="board_id").sort_values("usd_central")
    sold = others[~others["designer"].isin(OWNERS)]
    dated = others[others["released"].notna()].sort_values("released", kind="stable")
    named: dict[str, list[str]] = {}
    for label, some in ((CHEAPEST, others.head(1)), (SOLD, sold.head(1)), (NEWEST, dated.tail(1))):
        for other in some["board_id"]:
            named.setdefault(other, []).append(label)
    return {other: ", ".join(labels) for other, labels in named.items()}


def published_keys(useful: pd.DataFrame) -> list[Key]:
    """The deployments whose harness is published: those of `BOARD` and `HEADLINE_MODEL` that can be had."""
    mine = useful[(useful["board_id"] == BOARD) & (useful["model_id"] == HEADLINE_MODEL)]
    return [(BOARD, HEADLINE_MODEL, str(workload_id)) for workload_id in mine["workload_id"]]


def cheapest_own(boards: pd.DataFrame, useful: pd.DataFrame) -> dict[tuple[str, str], tuple[str, tuple[float, float, float]]]:
    """(model, workload) -> the board that ships on which a useful token costs least, and (low, central, high) USD per million on it."""
    ships = useful[useful["board_id"].isin(boards.loc[boards["status"] == "shipping", "board_id"])]
    best = ships.sort_values("usd_central").drop_duplicates(["model_id", "workload_id"])
    columns_of = ["model_id", "workload_id", "board_id", "usd_low", "usd_central", "usd_high"]
    return {(m, w): (b, (low, mid, high)) for m, w, b, low, mid, high in best[columns_of].itertuples(index=False, name=None)}
