"""The whole cost model: every item, board and deployment in one bill, priced; and its tables.

`price_everything` is the one way in. From its result come the tables of schema `cost`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.build import Deployment
from graph.cost.chain import board_bill, item_bill
from graph.cost.deployment import Priced, Refused, price, serve
from graph.cost.figures import Figures
from graph.cost.headline import SMALL_MODEL
from graph.cost.rollup import Step, prices
from sources.frames import records_of
from sources.records import Board, Model, Site

Array = NDArray[np.float64]


Key = tuple[str, str, str]
"""(board, model, workload)"""


@dataclass(frozen=True)
class CostModel:
    """The bill, its prices, and what is known of each deployment.

    deployments : priced ones, by (board, model, workload); refused : why the others are not
    site_id : board -> its reference site
    """

    bill: dict[str, Step]
    price: dict[str, Array]
    deployments: dict[Key, Priced]
    refused: dict[Key, str]
    site_id: dict[str, str]

    def useful(self, key: Key) -> Array:
        """USD per million useful tokens of a deployment, per draw."""
        return self.price["useful:" + "/".join(key)]


def serviceable(core: Mapping[str, pd.DataFrame], central: Figures) -> tuple[list[Deployment], dict[Key, str]]:
    """Which board serves which model for which workload at central figures, and why the others do not.

    `central` holds central values only (`Figures(..., draws=0)`): whether a deployment exists is one question, how uncertain
    its cost is another.
    """
    site_id = reference_sites(core)
    models = records_of(core["model"], Model)
    found: list[Deployment] = []
    refused: dict[Key, str] = {}
    for board in records_of(core["board"], Board):
        for model in models:
            for workload_id in core["workload"]["workload_id"]:
                result = serve(board, model, workload_id, central)
                if isinstance(result, Refused):
                    refused[board.board_id, model.model_id, workload_id] = result.why
                else:
                    found.append(Deployment(board.board_id, site_id[board.board_id], model.model_id, workload_id))
    return found, refused


def price_everything(
    core: Mapping[str, pd.DataFrame], figures: Figures, deployments: list[Deployment], refused: dict[Key, str]
) -> CostModel:
    """Build the bill from core tables and roll it up.

    Parameters
    ----------
    deployments, refused : see `serviceable`

    Raises
    ------
    MissingFigure
        A figure that every board or deployment of its kind needs is not known.
    ValueError
        The prices contradict the quantities.
    """
    bill = item_bill(core["item"], core["requirement"], core["board"]["board_id"], figures)
    bill |= board_bill(core["board"], bill, core["requirement"], figures)
    boards = {b.board_id: b for b in records_of(core["board"], Board)}
    models = {m.model_id: m for m in records_of(core["model"], Model)}
    keys = {(d.board_id, d.model_id, d.workload_id): d for d in deployments}
    done: dict[Key, Priced] = {}
    for key in keys:
        board_id, model_id, workload_id = key
        result = serve(boards[board_id], models[model_id], workload_id, figures)
        if isinstance(result, Refused):
            raise ValueError(f"the deployment {'/'.join(key)} is in the graph, but cannot be served: {result.why}")
        small = SMALL_MODEL if model_id != SMALL_MODEL and (board_id, SMALL_MODEL, workload_id) in keys else None
        done[key] = price(board_id, model_id, workload_id, *result, small, figures)
        bill["served:" + "/".join(key)] = done[key].served
        bill["useful:" + "/".join(key)] = done[key].useful
    return CostModel(bill, prices(bill), done, refused, reference_sites(core))


def reference_sites(core: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """The reference site of each board: the first one with its kind of cooling."""
    sites = records_of(core["site"][core["site"]["status"] == "reference"], Site)
    wanted = {"air": ("air",), "liquid": ("direct_to_chip", "mixed")}
    return {
        board.board_id: next(site.site_id for site in sites if site.cooling in wanted[board.cooling])
        for board in records_of(core["board"], Board)
    }


def kind_of(name: str) -> str:
    """'board' of 'board:h100'."""
    return name.partition(":")[0]


def layer_of(name: str, layers: Mapping[str, str]) -> str:
    """The layer that adds a step's value; `layers` maps item ids to theirs."""
    kind, _, rest = name.partition(":")
    if kind == "item":
        return layers[rest]
    return {"hour": "sites", "served": "tokens", "useful": "harness"}.get(kind, "boards")
