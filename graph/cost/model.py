"""The whole cost model: every item, board and deployment in one bill, priced; and its tables.

`price_everything` is the one way in. From its result come the tables of schema `cost`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.chain import board_bill, item_bill
from graph.cost.deployment import Priced, Refused, price, serve
from graph.cost.figures import Figures
from graph.cost.operating_point import OperatingPoint
from graph.cost.rollup import Step, prices
from sources.frames import records_of
from sources.records import Board, Model, Site

Array = NDArray[np.float64]
SMALL_MODEL = "llama_3_1_8b"
"""The model to which a gateway sends what a small model does as well."""


@dataclass(frozen=True)
class CostModel:
    """The bill, its prices, and what is known of each deployment.

    deployments : priced ones, by (board, model, workload); refused : why the others are not
    site_id : board -> its reference site
    """

    bill: dict[str, Step]
    price: dict[str, Array]
    deployments: dict[tuple[str, str, str], Priced]
    refused: dict[tuple[str, str, str], str]
    site_id: dict[str, str]

    def useful(self, key: tuple[str, str, str]) -> Array:
        """USD per million useful tokens of a deployment, per draw."""
        return self.price["useful:" + "/".join(key)]


def price_everything(core: Mapping[str, pd.DataFrame], figures: Figures) -> CostModel:
    """Build the bill from core tables and roll it up.

    Raises
    ------
    MissingFigure
        A figure that every board or deployment of its kind needs is not known.
    ValueError
        The prices contradict the quantities.
    """
    models = records_of(core["model"], Model)
    bill = item_bill(core["item"], core["requirement"], core["board"]["board_id"], figures)
    bill |= board_bill(core["board"], bill, core["requirement"], figures)
    done: dict[tuple[str, str, str], Priced] = {}
    refused: dict[tuple[str, str, str], str] = {}
    small = next((m for m in models if m.model_id == SMALL_MODEL), None)
    for board in records_of(core["board"], Board):
        for workload_id in core["workload"]["workload_id"]:
            routed = _small_route(board, small, workload_id, figures)
            for model in models:
                key = (board.board_id, model.model_id, workload_id)
                result = price(board, model, workload_id, None if model.model_id == SMALL_MODEL else routed, figures)
                if isinstance(result, Refused):
                    refused[key] = result.why
                else:
                    done[key] = result
                    bill["served:" + "/".join(key)] = result.served
                    bill["useful:" + "/".join(key)] = result.useful
    return CostModel(bill, prices(bill), done, refused, reference_sites(core))


def _small_route(board: Board, small: Model | None, workload_id: str, figures: Figures) -> OperatingPoint | None:
    if small is None:
        return None
    found = serve(board, small, workload_id, figures)
    return None if isinstance(found, Refused) else found[0]


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
