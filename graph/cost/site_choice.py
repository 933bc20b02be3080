"""What a useful token costs at every place: each region with a tariff, each power contract to be had there, each cooling of the board.

A place changes four figures of the accelerator-hour: the price of power, the wait for it, what the facility costs, the PUE. They
are arrays over all places and draws, and the chain's own hour (`chain.hour_step`) is evaluated on them once; what lies behind the
server and in front of the hour is the same everywhere. Draws are shared, so that two places differ by what is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.build import NETWORK
from graph.cost.chain import COOLING, FACILITY, ZERO, hour_step
from graph.cost.figures import Figures
from graph.cost.model import CostModel, Key
from graph.cost.places import DELAY, ELECTRICITY, Place, drawn_side_by_side
from graph.cost.regions import Region, regions
from graph.cost.rollup import Step, activity, prices
from graph.cost.traced import Number
from sources.records import Board

Array = NDArray[np.float64]
AIR, REAR_DOOR, DIRECT = "air", "rear_door", "direct_to_chip"
COOLINGS: Mapping[str, tuple[str, ...]] = {"air": (AIR, REAR_DOOR), "liquid": (DIRECT,)}
"""A board's cooling -> what it can stand in. No board of the records is sold for immersion."""
COOLING_ITEM = {AIR: "air_cooling", REAR_DOOR: "rear_door_cooling", DIRECT: "direct_to_chip_cooling"}
PARTS = ("power", "facility", "waiting", "server", "network", "other")
"""The first three are what the site decides; the rest is bought alike everywhere."""
FABRICS = {NETWORK: f"item:{NETWORK}.price", "ethernet_fabric": "item:ethernet_fabric.price", "infiniband": "item:infiniband.price"} | {
    f"network_{n}": f"global:site.network_usd_per_accelerator_{n}" for n in ("1k", "10k", "100k")
}
"""What can stand between servers -> its price per accelerator: the mix in use, one of two kinds, or any kind by size of the cluster."""


@dataclass(frozen=True)
class Sites:
    """Places to choose from.

    figures : with those of every region; region : of each place
    drawn : figure -> what the K places give in D draws, shape (K, 1 + D), the central values first
    """

    figures: Figures
    places: list[Place]
    region: list[Region]
    drawn: Mapping[str, Array]


@dataclass(frozen=True)
class SiteCosts:
    """USD per accelerator-hour and per million useful tokens at C x K options (all places with the first cooling, then the next).

    option : (place, cooling) of each
    hour, usd, site_hour (what of `hour` the site decides), site_share (of `usd`) : shape (C x K, 1 + D)
    part : of `usd`, central, shape (C x K,)
    """

    option: list[tuple[int, str]]
    hour: Array
    usd: Array
    site_hour: Array
    site_share: Array
    part: Mapping[str, Array]


def sites(core: Mapping[str, pd.DataFrame], figures: Figures) -> Sites:
    """Every region with a tariff, with every contract to be had there."""
    found, known = regions(core, figures)
    pairs = [(place, region) for region in found for place in region.places(known)]
    chosen = [place for place, _ in pairs]
    return Sites(known, chosen, [region for _, region in pairs], drawn_side_by_side(chosen, known))


def site_costs(where: Sites, model: CostModel, board: Board, key: Key, fabric: str = NETWORK) -> SiteCosts:
    """What a deployment costs at every place and with every cooling of its board.

    Parameters
    ----------
    model : priced with the figures that `where` was made from
    fabric : what joins the servers, one of `FABRICS`; the mix in use unless said
    """
    coolings = COOLINGS[board.cooling]
    figures, drawn = where.figures, {name: np.tile(values, (len(coolings), 1)) for name, values in where.drawn.items()}
    facility, pue = f"item:{FACILITY[board.cooling]}", f"item:{COOLING[board.cooling]}.pue"
    drawn[pue] = _each(where, [figures.get(f"item:{COOLING_ITEM[c]}.pue", f"{c} cooling") for c in coolings])
    drawn[f"{facility}.price"] = drawn[f"{facility}.price"] * _each(where, [facility_ratio(c, figures) for c in coolings])
    useful, hour = "useful:" + "/".join(key), f"hour:{board.board_id}"
    step = hour_step(board, figures.given(drawn))
    at_once = hour_step(board, figures.given({**drawn, DELAY: ZERO}))
    bought = {
        facility: drawn[f"{facility}.price"],
        "item:electricity": drawn[ELECTRICITY],
        f"item:{NETWORK}": figures.get(FABRICS[fabric], "the network"),
    }
    bill = _served(model, useful, hour) | {hour: step}
    bill |= {
        n: Step({}, bought.get(n, model.price[n]), ZERO)
        for n in (needed for s in list(bill.values()) for needed in s.inputs)
        if n not in bill
    }
    shape = drawn[DELAY].shape
    price, units = prices(bill), activity(bill, useful)
    spent = {n: np.broadcast_to(units[n] * price[n], shape) for n in step.inputs}
    promptly = np.broadcast_to(at_once.inputs[facility] / step.inputs[facility], shape)
    usd = np.broadcast_to(price[useful], shape)
    part = {
        "power": spent["item:electricity"][:, 0],
        "facility": (spent[facility] * promptly)[:, 0],
        "waiting": (spent[facility] * (1.0 - promptly))[:, 0],
        "server": spent[f"server:{board.board_id}"][:, 0],
        "network": spent[f"item:{NETWORK}"][:, 0],
    }
    part["other"] = np.broadcast_to(
        units[hour] * step.own + sum((units[n] * price[n] for n in units if n.startswith("item:") and n not in step.inputs), ZERO), shape
    )[:, 0]
    option = [(k, cooling) for cooling in coolings for k in range(len(where.places))]
    of_site = step.inputs["item:electricity"] * drawn[ELECTRICITY] + step.inputs[facility] * drawn[f"{facility}.price"]
    share = np.broadcast_to(of_site * units[hour] / usd, shape)
    return SiteCosts(option, np.broadcast_to(price[hour], shape), usd, np.broadcast_to(of_site, shape), share, part)


def facility_ratio(cooling: str, figures: Figures) -> Number:
    """Cost of a facility with this cooling over that of one with the usual cooling of the same boards.

    A hall with rear doors is an air-cooled one whose cooling costs more: its price is that of the air-cooled hall and the
    difference of the two systems, never less than nothing.
    """
    if cooling != REAR_DOOR:
        return np.ones(())
    price = figures.of("item:rear_door_cooling", "rear doors")("price"), figures.of("item:air_cooling", "rear doors")("price")
    return 1.0 + np.maximum(price[0] - price[1], 0.0) / figures.get("item:facility_air.price", "rear doors")


def _each(where: Sites, of_coolings: Sequence[Number]) -> Array:
    """A figure of each cooling, for all places: shape (C x K, 1 + D)."""
    width = 1 + where.figures.draws
    return np.repeat(np.stack([np.broadcast_to(one, (width,)) for one in of_coolings]), len(where.places), axis=0)


def _served(model: CostModel, useful: str, hour: str) -> dict[str, Step]:
    """The steps between the hour and the useful token."""
    found = {useful: model.bill[useful]}
    found |= {n: model.bill[n] for n in model.bill[useful].inputs if n.startswith("served:")}
    assert all(needed == hour for n, one in found.items() if n != useful for needed in one.inputs)
    return found


@dataclass(frozen=True)
class Fabric:
    """What joins accelerators in a deployment.

    place : between servers, or inside the rack; figure : its price
    per_accelerator, usd : draws of USD per accelerator and per million useful tokens
    """

    name: str
    place: str
    figure: str
    per_accelerator: Array
    usd: Array


NVLINK = "nvlink"


def fabrics(model: CostModel, figures: Figures, board: Board, key: Key) -> list[Fabric]:
    """Each fabric that can stand between the servers, in place of the mix; and the one inside the rack, where the board has one."""
    useful, hour, server = "useful:" + "/".join(key), f"hour:{board.board_id}", f"server:{board.board_id}"
    bill = _served(model, useful, hour) | {hour: model.bill[hour], server: model.bill[server]}
    bill |= {n: Step({}, ZERO, ZERO) for n in (needed for s in list(bill.values()) for needed in s.inputs) if n not in bill}
    units = activity(bill, useful)
    found = []
    for name, figure in FABRICS.items():
        each = figures.get(figure, "the network")
        found.append(Fabric(name, "between servers", figure, each, units[f"item:{NETWORK}"] * each))
    if f"item:{NVLINK}" in units:
        figure = f"item:{NVLINK}.price"
        each = figures.get(figure, "the rack's own network") * model.bill[server].inputs[f"item:{NVLINK}"]
        found.append(Fabric(NVLINK, "inside the rack", figure, each, units[server] * each))
    return found
