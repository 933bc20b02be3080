"""Where accelerators can stand and who sells them power: sites or regions, each with its contracts (METHODS 5.7, 7).

A place gives the chain other figures than the published reference: the price of electricity, the cost of building there, the
months until power is there. Those of a reference site are its own; those of any other region come from `graph.cost.regions`,
under the same names. Contracts:

grid : the region's tariff, as delivered; power comes when the site is connected
nuclear, renewable : the tariff, but with the contract's price in place of the wholesale price of power: lines, losses and
    taxes stay. The connection is the grid's, so is the wait
gas : made on the site, so that nothing is paid for lines; one waits for the turbines

What nuclear, renewable and gas-fired power cost is published for the United States alone: elsewhere there is the grid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.chain import FACILITY
from graph.cost.figures import Figures
from graph.cost.traced import Number, central
from sources.frames import records_of
from sources.records import Site

Array = NDArray[np.float64]
GRID, GAS = "grid", "gas"
GENERATION = {"nuclear": "nuclear_ppa", "renewable": "renewable_ppa", GAS: "gas_generation"}
"""Contract -> the item whose price it is."""
CONTRACTS = (GRID, *GENERATION)
PRICED_IN = "USA"
"""Country whose contracts' prices are published."""
DAYS_PER_MONTH = 365.25 / 12
WAIT, BUILDING = "interconnection_delay", "facility_cost_ratio"
"""Parameters of a place."""
DELAY, ELECTRICITY = "global:site.interconnection_delay", "item:electricity.price"


@dataclass(frozen=True)
class Place:
    """A site or region and a power contract; its cooling is that of the board put there.

    site_id : the reference site, or the region itself where it has none
    months : until there is power, at central figures
    entity : whose figures the wait and the cost of building are; of the site unless said
    """

    site_id: str
    region: str
    contract: str
    months: float
    entity: str = ""

    def figure(self, parameter: str) -> str:
        """The name of one of its figures."""
        return f"{self.entity or f'site:{self.site_id}'}.{parameter}"


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
        found += contracts_at(Place(site.site_id, site.region, GRID, 0.0), site.country == PRICED_IN, figures)
    return found


def contracts_at(place: Place, is_priced: bool, figures: Figures) -> list[Place]:
    """A place with every contract to be had there, each with its wait; `is_priced`: others than the grid's are."""
    each = [replace(place, contract=contract) for contract in (CONTRACTS if is_priced else (GRID,))]
    return [replace(one, months=central(wait_months(one, figures))) for one in each]


def wait_months(place: Place, figures: Figures) -> Number:
    """Months until a place has power."""
    if place.contract == GAS:
        return figures.get("item:gas_turbine.lead_time", "power made on the site") / DAYS_PER_MONTH
    return figures.get(place.figure(WAIT), "the wait for the grid")


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
    ratio = figures.get(place.figure(BUILDING), f"building at {place.site_id}")
    facility = {f"item:{item}.price": ratio * figures.get(f"item:{item}.price", "the facility") for item in FACILITY.values()}
    return {ELECTRICITY: power_price(place, figures), DELAY: wait_months(place, figures), **facility}


def side_by_side(all_places: Sequence[Place], figures: Figures) -> dict[str, Number]:
    """The same of K places at central figures: arrays of shape (K,)."""
    return {name: drawn[:, 0] for name, drawn in drawn_side_by_side(all_places, figures.at_center()).items()}


def drawn_side_by_side(all_places: Sequence[Place], figures: Figures) -> dict[str, Array]:
    """The same of K places in D draws: arrays of shape (K, 1 + D), the central values first."""
    each = [place_figures(place, figures) for place in all_places]
    shape = (1 + figures.draws,)
    return {name: np.stack([np.broadcast_to(one[name], shape) for one in each]) for name in each[0]}
