"""What others have published about costs: one list, and which of them contradict each other.

All-in costs are records of their own (core.published_cost). What is published of a board (its bill of materials, its hourly cost, its
rent, its price in a server) and the prices of wafers, memory and packaging are figures of the board or the item; the same list has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from sources.frames import records_of, rows_of
from sources.records import ESTIMATE, PublishedCost, Quantity, Relation, Scope

Conflict = Literal["alone", "agrees", "conflicting", "moved"]
ROUNDED = 0.05
"""A figure published without a range stands for itself and a twentieth to either side: most are rounded to two digits."""
LIST_WORKLOAD = "chat"
"""The mix of input and output that list prices are blended at."""


@dataclass(frozen=True)
class Kind:
    """How a figure of a board is compared: `only` but these boards are left out, where `why` says."""

    quantity: Quantity
    scope: Scope
    relation: Relation
    what: str
    difference: str
    without: tuple[str, ...] = ()


OF_BOARD: Mapping[str, Kind] = {
    "bom_total": Kind(
        "package", "module", "same", "Module, bill of materials",
        "Ours is the module before its seller's margin: package, parts, test. Memory is half of it: a publication of 2025 carries the HBM price of "
        "its date, ours that of mid 2026; some count losses in assembly and test far above our yields.",
        ("gb200", "cerebras_wse3"),  # published for two GPUs and a CPU, and for a whole system
    ),
    "server_price_per_accelerator": Kind(
        "server", "server", "same", "Server, for each accelerator",
        "A publication has the maker's own margin on all parts; ours takes the accelerator at its market price and a contract maker's margin.",
        ("cerebras_wse3",),  # the price that ours is made from
    ),
    "tco_hyperscaler": Kind(
        "accelerator_hour", "hour", "same", "Accelerator-hour, cost to a hyperscaler",
        "A hyperscaler buys below the market price and borrows below our cost of capital; ours has the wait for the grid.",
    ),
    "tco_neocloud": Kind(
        "accelerator_hour", "hour", "same", "Accelerator-hour, cost to a neocloud",
        "Dearer capital, colocation rent with its owner's margin, and storage are in it; ours is an owner's cost at 9% and 5.5 years.",
    ),
    "rental_price": Kind(
        "accelerator_hour", "hour", "bound", "Accelerator-hour, rented",
        "A rent holds the seller's margin and idle hours; for boards of an older generation it has fallen below what a new one costs.",
    ),
}  # fmt: skip
"""Parameter of a board -> how it is compared."""
OF_ITEM: Mapping[str, tuple[Quantity, str]] = {
    "wafer_": ("wafer", "Wafer"),
    "cowos_": ("packaging_wafer", "Packaging wafer"),
    "hbm": ("memory", "Memory"),
}
"""How the id of an item begins -> what its price is compared as."""
INPUT = "Our own figure was chosen among these publications: that it agrees with them says nothing."
LISTED = (
    "A list price holds margin, idle hours and the platform; ours is the cost on the cheapest GPU in use at the chat workload's speed, of an engine "
    "as good as the roofline allows."
)


def publications(core: Mapping[str, pd.DataFrame]) -> list[PublishedCost]:
    """Everything published that ours can be set beside; outdated figures and judgement are left out.

    core : published_cost, parameter, price, item, model_price
    """
    own = [p for p in records_of(core["published_cost"], PublishedCost) if p.status != "superseded"]
    racks = {p.board_id for p in own if p.quantity == "rack"}
    return [*own, *_of_boards(core["parameter"], racks), *_of_items(core["price"], core["item"]), *_listed(core)]


def _of_boards(parameters: pd.DataFrame, racks: set[str | None]) -> Iterable[PublishedCost]:
    """Figures of boards; a rack's price divided by its accelerators is left to the rack."""
    for row in rows_of(_published(parameters[parameters["parameter"].isin(OF_BOARD)])):
        kind, board = OF_BOARD[row["parameter"]], row["entity_id"].removeprefix("board:")
        if board not in kind.without and not (kind.scope == "server" and board in racks):
            measured = f"{row['parameter']}/{board}"
            yield PublishedCost(
                published_id=row["parameter_id"], quantity=kind.quantity, scope=kind.scope, measured=measured, what=kind.what,
                relation=kind.relation, board_id=board, difference=kind.difference, **_figure(row),
            )  # fmt: skip


def _of_items(prices: pd.DataFrame, items: pd.DataFrame) -> Iterable[PublishedCost]:
    names = dict(zip(items["item_id"], items["name"], strict=True))
    for row in rows_of(_published(prices)):
        item = row["item_id"]
        for begin, (quantity, word) in OF_ITEM.items():
            if item.startswith(begin):
                yield PublishedCost(
                    published_id=f"price/{row['price_id']}", quantity=quantity, scope="item", measured=f"price/{item}", what=f"{word}: {names[item]}",
                    relation="input", item_id=item, difference=INPUT, **_figure(row),
                )  # fmt: skip


def _listed(core: Mapping[str, pd.DataFrame]) -> Iterable[PublishedCost]:
    """List prices of open models, input and output blended as the workload has them: lowest, median and highest of the sellers."""
    figures = core["parameter"][
        (core["parameter"]["entity_id"] == f"workload:{LIST_WORKLOAD}") & (core["parameter"]["status"] == "current")
    ]
    tokens = dict(zip(figures["parameter"], figures["central"], strict=True))
    given, made = tokens["input_tokens"], tokens["output_tokens"]
    prices = core["model_price"].dropna(subset=["model_id", "input_usd_per_mtoken", "output_usd_per_mtoken"])
    prices = prices[(prices["source_id"] == "litellm") & (prices["output_usd_per_mtoken"] > 0)]
    blended = (given * prices["input_usd_per_mtoken"] + made * prices["output_usd_per_mtoken"]) / (given + made)
    for model_id, sold in blended.groupby(prices["model_id"]):
        rows = prices.loc[sold.index]
        yield PublishedCost(
            published_id=f"tokens_listed_{model_id}", quantity="tokens", scope="tokens_list", measured=f"listed/{model_id}",
            what=f"List price, {len(sold)} offers, input and output blended as in chat", relation="bound", model_id=str(model_id),
            low=float(sold.min()), central=float(sold.median()), high=float(sold.max()), unit="USD/Mtoken", as_of=str(rows["as_of"].max()),
            source_id="litellm", grade="derived", status="current", note="Median of the sellers; the range is the cheapest and the dearest.",
            difference=LISTED,
        )  # fmt: skip


def _published(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[(frame["status"] != "superseded") & (frame["source_id"] != ESTIMATE) & frame["central"].notna()]


def _figure(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("low", "central", "high", "unit", "as_of", "source_id", "locator", "grade", "status", "note")}


def span(one: PublishedCost) -> tuple[float, float]:
    """The values that a publication leaves open."""
    low, central, high = (float(v or 0.0) for v in (one.low, one.central, one.high))
    return min(low, central * (1 - ROUNDED)), max(high, central * (1 + ROUNDED))


def conflicts(published: Sequence[PublishedCost]) -> list[tuple[Conflict, list[str]]]:
    """Of each publication, how it stands to the others about the same thing, and which it contradicts.

    Two contradict each other where their spans do not overlap. Where more than a year lies between them what they measure may have moved.
    """
    groups: dict[str, list[PublishedCost]] = {}
    for one in published:
        groups.setdefault(one.measured, []).append(one)
    found: list[tuple[Conflict, list[str]]] = []
    for one in published:
        others = [o for o in groups[one.measured] if o.published_id != one.published_id]
        apart = [o for o in others if span(o)[0] > span(one)[1] or span(o)[1] < span(one)[0]]
        same_time = [o for o in apart if abs(int(o.as_of[:4]) - int(one.as_of[:4])) <= 1]
        state: Conflict = "conflicting" if same_time else "moved" if apart else "agrees" if others else "alone"
        found.append((state, [o.published_id for o in apart]))
    return found


def median_deviation(ratios: Iterable[float]) -> float:
    """Median distance of ours from what is published, as a factor less one: 0.25 where half of ours lie within 25% up or down."""
    return float(np.expm1(np.median(np.abs(np.log(np.array(list(ratios)))))))
