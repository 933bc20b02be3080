"""What the rows of an overlay can be behind: a figure that makes no sense, a cycle, or nothing at all. The public rows were sound without them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

import networkx as nx
import pandas as pd

from graph import cycles
from graph.cost.chain import price_of_server
from graph.cost.figures import Figures, MissingFigure
from graph.cost.model import CostModel
from graph.cost.rollup import Contradiction, Step
from graph.cost.traced import central
from pipelines import state
from pipelines.assets.declare import FEW
from sources.frames import records_of, rows_of
from sources.overlay import ID
from sources.records import Board

NAMING = {"price": "item_id", "requirement": "consumer_id", "parameter": "entity_id", "board": "board_id", "model": "model_id"}
"""The records that a cost is computed from -> the column that names whose figure a row is."""
OF_SERVER = ".server_price_per_accelerator"
"""What the name of a figure ends with that prices a server over the accelerators in it."""


def made_from(bill: Mapping[str, Step], name: str) -> set[str]:
    """A step of a bill, and everything it is made from."""
    found, todo = {name}, [name]
    while todo:
        new = set(bill[todo.pop()].inputs) - found
        found |= new
        todo += new
    return found


@contextmanager
def told_with_rows() -> Iterator[None]:
    """Figures that contradict each other, or lack, are told with the rows of the overlay about the same things."""
    try:
        yield
    except (Contradiction, MissingFigure) as error:
        rows = overlay_rows(error.nodes)
        raise ValueError(f"{error}; rows of your overlay about it: {rows}" if rows else str(error)) from None


def overlay_rows(nodes: Collection[str]) -> str:
    """'price.csv:2, price.csv:5' with their folders: rows of the overlay about any of these nodes; '' where there are none."""
    places = sorted(set(_places(nodes)))
    shown = [f"{file}:{line}" for file, line in places[:FEW]]
    return ", ".join(shown + ([f"and {len(places) - FEW} more"] if len(places) > FEW else []))


def _places(nodes: Collection[str]) -> Iterator[tuple[str, int]]:
    """(file, line) of each row that is about one of the nodes."""
    for folder in state.folders():
        for kind, column in NAMING.items() if folder.id == ID else ():
            if f"{ID}_{kind}" not in folder.tables:
                continue
            for row in rows_of(state.in_use(ID).load(f"{ID}_{kind}")):
                if {row[column], *(f"{of}:{row[column]}" for of in ("item", "board", "model"))} & set(nodes):
                    yield row["source_file"], row["source_line"]


def own_prices() -> dict[str, list[str]]:
    """Figure of a price, as `Figures` names it -> 'file:line' of the rows of the overlay that say it."""
    of_items = {f"item:{item_id}.price": rows for (item_id,), rows in _own_rows("price", "item_id").items()}
    figures = {f"{entity}.{name}": rows for (entity, name), rows in _own_rows("parameter", "entity_id", "parameter").items()}
    return of_items | {name: rows for name, rows in figures.items() if name.endswith(OF_SERVER)}


def idle_prices(bill: Mapping[str, Step], boards: pd.DataFrame, own: Mapping[str, list[str]]) -> list[str]:
    """Prices of the overlay (`own`) at which nothing is bought, each with its rows, the reason, and what to do."""
    bought = {item.removeprefix("item:") for step in bill.values() for item in step.inputs}
    inside = boards.groupby("system_item")["board_id"].agg(list)
    told = []
    for name, rows in own.items():
        item_id = name.removeprefix("item:").removesuffix(".price")
        sold_in_it = inside.get(item_id, [])
        if name.endswith(OF_SERVER) or item_id in bought or len(sold_in_it) == 1:
            continue
        why = (
            f"{len(sold_in_it)} boards are sold in it, which one price cannot tell apart: say it per accelerator, in parameter.csv, as "
            f"board:{sold_in_it[0]},server_price_per_accelerator"
            if sold_in_it
            else "no step of the cost chain buys it; `stackgraph cost price` lists what is bought"
        )
        told.append(f"{item_id} ({', '.join(rows)}): {why}")
    return told


def losing_prices(model: CostModel, boards: pd.DataFrame, figures: Figures, own: Mapping[str, list[str]]) -> list[str]:
    """Prices of the overlay (`own`) below what the parts cost, at central values, each with its rows and both sums."""
    told = []
    for board in records_of(boards, Board):
        name, server = price_of_server(board, boards["system_item"], figures), f"server:{board.board_id}"
        if name in own and (margin := central(model.bill[server].margin)) < 0:
            price = central(model.price[server])
            told.append(_at_a_loss(name, own[name], price, price * (1 - margin), " an accelerator"))
    systems = {f"item:{system}.price" for system in boards["system_item"]}
    for name, rows in own.items():
        item = name.removesuffix(".price")
        if item in model.bill and name not in systems and (left := central(model.bill[item].own)) < 0:
            price = central(model.price[item])
            told.append(_at_a_loss(name, rows, price, price - left, ""))
    return told


def _at_a_loss(name: str, rows: list[str], price: float, parts: float, each: str) -> str:
    return (
        f"{name.removeprefix('item:').removesuffix('.price')} ({', '.join(rows)}): {price:,.5g} USD{each}, what it is made of {parts:,.5g}"
    )


def own_requirements() -> dict[cycles.Pair, list[str]]:
    """(what needs, what it needs) -> 'file:line' of the current rows of the overlay that say so."""
    return {(consumer, needed): rows for (consumer, needed), rows in _own_rows("requirement", "consumer_id", "input_id").items()}


def _own_rows(kind: str, *about: str) -> dict[tuple[str, ...], list[str]]:
    """What the rows of one kind in the overlay are about, by its columns -> 'file:line' of each."""
    found: dict[tuple[str, ...], list[str]] = {}
    if (table := f"{ID}_{kind}") in next((folder.tables for folder in state.folders() if folder.id == ID), {}):
        for row in rows_of(state.in_use(ID).load(table)):
            found.setdefault(tuple(row[column] for column in about), []).append(f"{row['source_file']}:{row['source_line']}")
    return found


def closed_cycles(network: nx.DiGraph[str], requirements: pd.DataFrame, own: Mapping[cycles.Pair, list[str]]) -> list[str]:
    """Each cycle that requirements of the overlay (`own`) close and the public ones (also in `requirements`) do not, told with its rows."""
    if not own:
        return []
    all_rows = Counter(zip(requirements["consumer_id"], requirements["input_id"], strict=True))
    new = [pair for pair, rows in own.items() if all_rows[pair] <= len(rows)]
    told = []
    for cycle in cycles.closed_by(network, new):
        places = [place for pair in cycles.pairs(cycle) for place in own.get(pair, [])]
        told.append(f"{' needs '.join([*cycle, cycle[0]])} ({', '.join(places)})")
    return told
