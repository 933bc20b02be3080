"""The tables of every place, of how far places move the cost, and of the networks, for the deployments that are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.build import NETWORK
from graph.cost.chain import FACILITY
from graph.cost.evidence import weakest
from graph.cost.figures import Figures
from graph.cost.headline import HEADLINE_WORKLOAD, SHOWN_MODELS
from graph.cost.model import CostModel, Key
from graph.cost.places import BUILDING, DELAY, ELECTRICITY, GAS, GENERATION, GRID, WAIT, Place
from graph.cost.regions import Region
from graph.cost.samples import band, bands
from graph.cost.site_choice import COOLING_ITEM, PARTS, REAR_DOOR, SiteCosts, Sites, fabrics, site_costs, sites
from graph.cost.site_choice_tables import KEY, FabricCost, SiteChoice, SiteEffect
from sources.columns import columns
from sources.frames import records_of
from sources.records import Board

Array = NDArray[np.float64]
ENDS = ("low", "central", "high")
COUNTRY = "us"
"""The region that prices of contracts are published for."""
GAS_BASIS = "gas turbines"
TENTH, NINTH = 0.1, 0.9


class SiteTables(NamedTuple):
    """cost.site_choice, cost.site_effect and cost.fabric."""

    choice: pd.DataFrame
    effect: pd.DataFrame
    fabric: pd.DataFrame


def published(model: CostModel, core: Mapping[str, pd.DataFrame]) -> list[Key]:
    """The deployments of the published tables: each board that ships, for coding agents, with the first of `SHOWN_MODELS` it serves."""
    boards = core["board"]
    found = []
    for board in boards.loc[boards["status"] == "shipping", "board_id"]:
        found += [key for m in SHOWN_MODELS if (key := (board, m, HEADLINE_WORKLOAD)) in model.deployments][:1]
    return found


def site_tables(
    model: CostModel, core: Mapping[str, pd.DataFrame], figures: Figures, keys: Sequence[Key], fabric: str = NETWORK
) -> SiteTables:
    """The three tables of some deployments.

    Parameters
    ----------
    model : priced with `figures`; core : the tables it was priced from, and queue_entry
    """
    where = sites(core, figures)
    boards = {b.board_id: b for b in records_of(core["board"], Board)}
    shared = _of_places(where)
    choice: list[dict[str, Any]] = []
    effect: list[dict[str, Any]] = []
    network: list[dict[str, Any]] = []
    for key in keys:
        board = boards[key[0]]
        costs = site_costs(where, model, board, key, fabric)
        choice.append(_choice(where, shared, board, key, costs))
        effect.append(_effect(key, choice[-1], costs, _boards(model, core, key)))
        network += _fabrics(model, figures, board, key)
    joined = pd.DataFrame({c.name: np.concatenate([one[c.name] for one in choice]) for c in columns(SiteChoice)})
    return SiteTables(
        joined, *(pd.DataFrame(rows, columns=[c.name for c in columns(t)]) for rows, t in ((effect, SiteEffect), (network, FabricCost)))
    )


def _ends(name: str, drawn: Array) -> dict[str, Array]:
    """Columns name_low, name_central, name_high of N results in draws, shape (N, 1 + D)."""
    return {f"{name}_{end}": column for end, column in zip(ENDS, bands(list(drawn)).T, strict=True)}


def _of_places(where: Sites) -> dict[str, Any]:
    """What is the same for every board: columns with one entry for each place."""
    rows = [_of_place(place, region, where.figures) for place, region in zip(where.places, where.region, strict=True)]
    said = {name: np.array([row[name] for row in rows], dtype=object) for name in rows[0]}
    return said | _ends("tariff", where.drawn[ELECTRICITY]) | _ends("months", where.drawn[DELAY])


def _of_place(place: Place, region: Region, figures: Figures) -> dict[str, Any]:
    contract = [f"item:{GENERATION[place.contract]}.price"] if place.contract in GENERATION else []
    tariff = [f"region:{place.region}.tariff"] if place.contract != GAS else []
    if place.contract not in (GRID, GAS):
        tariff += ["item:grid_mix.price", f"quantity:electricity/{GENERATION[place.contract]}"]
    wait = ["item:gas_turbine.lead_time"] if place.contract == GAS else [place.figure(WAIT)]
    shown = wait if place.contract == GAS else list(region.wait_rests_on)
    missing = [m for m in region.missing if place.contract != GAS or m != "wait of loads"]
    if place.contract != GRID and place.region != COUNTRY:
        missing.append("price of the contract")
    building = [] if "cost of building" in missing else [place.figure(BUILDING)]
    return {
        "region": place.region,
        "contract": place.contract,
        "region_kind": region.kind,
        "site_id": region.site_id,
        "wait_basis": GAS_BASIS if place.contract == GAS else region.wait_basis,
        "missing": ";".join(missing) or None,
        "power_grade": weakest([*tariff, *contract], figures),
        "wait_grade": weakest(wait, figures),
        "building": place.figure(BUILDING),
        "rests_on": ";".join([*tariff, *contract, *building, *shown]),
    }


def _choice(where: Sites, shared: Mapping[str, Any], board: Board, key: Key, costs: SiteCosts) -> dict[str, Any]:
    """The columns of cost.site_choice of one deployment."""
    times = len(costs.option) // len(where.places)
    frame = {name: np.tile(column, times) for name, column in shared.items()}
    cooling = np.array([cooling for _, cooling in costs.option], dtype=object)
    facility = f"item:{FACILITY[board.cooling]}.price"
    behind = {c: [facility, *([f"item:{COOLING_ITEM[c]}.price"] if c == REAR_DOOR else [])] for c in set(cooling)}
    graded = {(r, c): weakest([r, *names], where.figures) for r in set(shared["building"]) for c, names in behind.items()}
    more = {c: ";".join(["", *names, f"item:{COOLING_ITEM[c]}.pue"]) for c, names in behind.items()}
    return {
        **frame,
        **{name: np.full(len(cooling), value, dtype=object) for name, value in zip(KEY, key, strict=True)},
        "cooling": cooling,
        "rests_on": frame["rests_on"] + np.array([more[c] for c in cooling], dtype=object),
        "facility_grade": np.array([graded[pair] for pair in zip(frame["building"], cooling, strict=True)], dtype=object),
        **_ends("usd", costs.usd),
        **_ends("hour_usd", costs.hour),
        **_ends("site_hour_usd", costs.site_hour),
        **{f"{part}_usd": costs.part[part] for part in PARTS},
        "site_share": costs.site_share[:, 0],
    }


def _boards(model: CostModel, core: Mapping[str, pd.DataFrame], key: Key) -> Array:
    """USD per million useful tokens of every board that ships, for the same model and workload, at the published site."""
    ships = set(core["board"].loc[core["board"]["status"] == "shipping", "board_id"])
    return np.array([float(np.asarray(model.useful(k)).flat[0]) for k in model.deployments if k[1:] == key[1:] and k[0] in ships])


def _effect(key: Key, choice: Mapping[str, Any], costs: SiteCosts, boards: Array) -> dict[str, Any]:
    """The row of cost.site_effect of one deployment: regions beside each other, each with what is cheapest there."""
    central = costs.usd[:, 0]
    ranked = np.argsort(central, kind="stable")
    _, first = np.unique(choice["region"][ranked].astype(str), return_index=True)
    best = ranked[np.sort(first)]
    at = {"cheapest": best[0], "middle": best[len(best) // 2], "dearest": best[-1]}
    found: dict[str, Any] = {**dict(zip(KEY, key, strict=True)), "regions": len(best), "board_moves": None, "board_moves_middle": None}
    found |= {"site_moves": _moves(central[best], 0.0, 1.0), "site_moves_middle": _moves(central[best], TENTH, NINTH)}
    if len(boards) > 1:
        found |= {"board_moves": _moves(boards, 0.0, 1.0), "board_moves_middle": _moves(boards, TENTH, NINTH)}
    for name, k in at.items():
        found |= {name: ", ".join(str(choice[c][k]) for c in ("region", "contract", "cooling"))}
        found |= {f"{name}_usd_{end}": float(choice[f"usd_{end}"][k]) for end in ENDS}
    middle = at["middle"]
    found |= {f"site_share_{end}": value for end, value in zip(ENDS, band(costs.site_share[middle]), strict=True)}
    found["cheaper_share"] = float(np.mean(costs.usd[at["cheapest"], 1:] < costs.usd[middle, 1:]))
    graded = {"power": "power_grade", "facility": "facility_grade", "waiting": "wait_grade"}
    spent = {part: float(choice[f"{part}_usd"][middle]) for part in graded}
    found["estimate_share"] = sum(usd for part, usd in spent.items() if choice[graded[part]][middle] == "estimate") / sum(spent.values())
    return found


def _moves(usd: Array, low: float, high: float) -> float:
    bottom, top = np.quantile(usd, [low, high])
    return float(top / bottom - 1.0)


def _fabrics(model: CostModel, figures: Figures, board: Board, key: Key) -> list[dict[str, Any]]:
    total = float(np.asarray(model.useful(key)).flat[0])
    found = fabrics(model, figures, board, key)
    per, usd = (bands([np.asarray(x) for x in each]) for each in ([f.per_accelerator for f in found], [f.usd for f in found]))
    return [
        {
            **dict(zip(KEY, key, strict=True)),
            "fabric": f.name,
            "place": f.place,
            **{f"accelerator_usd_{end}": value for end, value in zip(ENDS, per[k].tolist(), strict=True)},
            **{f"usd_{end}": value for end, value in zip(ENDS, usd[k].tolist(), strict=True)},
            "share_central": usd[k, 1] / total,
            "grade": figures.grade(f.figure),
            "rests_on": f.figure,
        }
        for k, f in enumerate(found)
    ]
