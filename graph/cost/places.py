"""Where accelerators can stand and who sells them power: reference sites, each with its contracts (METHODS 5.7, 7).

A place gives the chain other figures than the published reference: the price of electricity, the cost of building there, the
months until power is there. Contracts:

grid : the region's tariff, as delivered; power comes when the site is connected
nuclear, renewable : the tariff, but with the contract's price in place of the wholesale price of power: lines, losses and
    taxes stay. The connection is the grid's, so is the wait
gas : made on the site, so that nothing is paid for lines; one waits for the turbines

What nuclear, renewable and gas-fired power cost is published for the United States alone: elsewhere there is the grid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graph.cost.chain import FACILITY
from graph.cost.figures import Figures
from graph.cost.traced import Number, central
from sources.frames import records_of
from sources.records import Site

GRID, GAS = "grid", "gas"
GENERATION = {"nuclear": "nuclear_ppa", "renewable": "renewable_ppa", GAS: "gas_generation"}
"""Contract -> the item whose price it is."""
CONTRACTS = (GRID, *GENERATION)
PRICED_IN = "USA"
"""Country whose contracts' prices are published."""
DAYS_PER_MONTH = 365.25 / 12
DELAY, ELECTRICITY = "global:site.interconnection_delay", "item:electricity.price"


@dataclass(frozen=True)
class Place:
    """A site and a power contract; its cooling is that of the board put there.

    months : until there is power, at central figures
    """

    site_id: str
    region: str
    contract: str
    months: float


def places(core: Mapping[str, pd.DataFrame], figures: Figures) -> list[Place]:
    """Every reference site with every contract to be had there; sites that differ in cooling alone are one.

    Raises
    ------
    MissingFigure
        A site has no tariff or no delay of its own.
    """
    found: list[Place] = []
    seen: set[str] = set()
    for site in records_of(core["site"][core["site"]["status"] == "reference"], Site):
        if site.region is None or site.region in seen:
            continue
        seen.add(site.region)
        for contract in CONTRACTS if site.country == PRICED_IN else (GRID,):
            place = Place(site.site_id, site.region, contract, 0.0)
            found.append(Place(site.site_id, site.region, contract, central(wait_months(place, figures))))
    return found


def wait_months(place: Place, figures: Figures) -> Number:
    """Months until a place has power."""
    if place.contract == GAS:
        return figures.get("item:gas_turbine.lead_time", "power made on the site") / DAYS_PER_MONTH
    return figures.get(f"site:{place.site_id}.interconnection_delay", "the wait for the grid")


def power_price(place: Place, figures: Figures) -> Number:
    """USD per MWh at the meter."""
    if place.contract == GAS:
        return figures.get("item:gas_generation.price", "power made on the site")
    tariff = figures.get(f"region:{place.region}.tariff", f"power at {place.site_id}")
    if place.contract == GRID:
        return tariff
    item = GENERATION[place.contract]
    lost = figures.get(f"quantity:electricity/{item}", "power through the grid")
    contract, wholesale = figures.get(f"item:{item}.price", "its contract"), figures.get("item:grid_mix.price", "wholesale power")
    # Draws of a cheap contract and dear wholesale power must not make lines free.
    return np.maximum(tariff + lost * (contract - wholesale), contract)


def place_figures(place: Place, figures: Figures) -> dict[str, Number]:
    """The chain's figures that a place sets, by name."""
    ratio = figures.get(f"site:{place.site_id}.facility_cost_ratio", f"building at {place.site_id}")
    facility = {f"item:{item}.price": ratio * figures.get(f"item:{item}.price", "the facility") for item in FACILITY.values()}
    return {ELECTRICITY: power_price(place, figures), DELAY: wait_months(place, figures), **facility}


def side_by_side(all_places: Sequence[Place], figures: Figures) -> dict[str, Number]:
    """The same of K places at central figures: arrays of shape (K,)."""
    each = [place_figures(place, figures.at_center()) for place in all_places]
    return {name: np.array([central(one[name]) for one in each]) for name in each[0]}
