"""Supply risk of materials: the European Commission's criticality form and the USGS form (METHODS 1).

The Commission weighs squared country shares with governance, scaled to 0 to 10, and lowers the sum by what recycling gives and by
what substitutes could serve [1]_. Its full form mixes world supply with the EU's own sourcing by import reliance; that sourcing is
in no record here, and then, as its method says, world supply stands for both. Trade terms (export bans, taxes) are left at 1.

The USGS form is the geometric mean of disruption potential, trade exposure and economic vulnerability [2]_. The third, what industries
spend on a material over their profit, is in no record; the mean of the first two ranks and is named as what it is.

Recycling is the United States' share of scrap in consumption where that is published: another region's rate and a wider notion than
the end-of-life recycling input rate. What is missing stays empty and is named.

References
----------
.. [1] European Commission, "Methodology for establishing the EU list of critical raw materials" (2017), section 3.
.. [2] N. T. Nassar et al., "Evaluating the mineral commodity supply risk of the U.S. manufacturing sector", Science Advances 6 (2020).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from graph.risk.supply_risk_tables import SupplyRisk
from sources.columns import columns
from sources.frames import rows_of
from sources.records import GRADES

RECYCLED, RELIANCE = "us_recycled_share", "us_net_import_reliance"
Range = tuple[float, float, float]


def supply_risk(hhi: pd.DataFrame, items: pd.DataFrame, requirements: pd.DataFrame, parameters: pd.DataFrame) -> pd.DataFrame:
    """The table risk.supply_risk: one row per material.

    Parameters
    ----------
    hhi : risk.hhi; its rows by country are used
    items, requirements, parameters : core tables
    """
    by_country = {row["item_id"]: row for row in rows_of(hhi[hhi["by"] == "country"])}
    uses = _substitution(requirements)
    rates = {name: _figures(parameters, name) for name in (RECYCLED, RELIANCE)}
    materials = items[items["layer"] == "materials"]["item_id"]
    rows = [_row(i, by_country[i], rates[RECYCLED].get(i), rates[RELIANCE].get(i), uses.get(i)) for i in materials if i in by_country]
    frame = pd.DataFrame(rows).reindex(columns=[c.name for c in columns(SupplyRisk)])
    frame["rank"] = frame["world_supply_risk"].rank(method="min", ascending=False).astype("Int64")
    return frame.sort_values(["rank", "item_id"], ignore_index=True)


Known = tuple[Range, str] | None


def _row(item: str, shares: Mapping[str, Any], recycled: Known, reliance: Known, uses: Known) -> dict[str, object]:
    weighted = shares["governance_hhi"]
    world = None if weighted is None else weighted / 1_000
    row: dict[str, object] = {name: shares[name] for name in ("hhi_low", "hhi_central", "hhi_high", "largest", "governance_risk")}
    row |= {"item_id": item, "world_supply_risk": world, "disruption_potential": None if world is None else world / 10}
    if recycled:
        row["recycled_share"] = recycled[0][1]
    if reliance:
        row |= dict(zip(("trade_exposure_low", "trade_exposure", "trade_exposure_high"), reliance[0], strict=True))
        if world is not None:
            row["usgs_two_terms"] = math.sqrt(world / 10 * reliance[0][1])
    if uses:
        row |= dict(zip(("substitution_low", "substitution_index", "substitution_high"), uses[0], strict=True))
    if world is not None and recycled and uses:
        forms = [world * (1 - rate) * part for rate, part in zip(recycled[0][::-1], uses[0], strict=True)]
        row |= dict(zip(("ec_low", "ec_supply_risk", "ec_high"), forms, strict=True))
    grades = [grade for _, grade in (one for one in (recycled, reliance, uses) if one)]
    grades += [g for g in GRADES if world is not None and (shares[f"{g}_share"] or 0) > 0]
    row["grade"] = max(grades, key=GRADES.index) if grades else None
    wanted = {
        "governance of all its countries" if shares["hhi_central"] is not None else "shares by country": world,
        "recycled share": recycled,
        "import reliance": reliance,
        "substitution": uses,
        "economic vulnerability": None,
    }
    row["missing"] = "; ".join(name for name, value in wanted.items() if value is None) or None
    return row


def _figures(parameters: pd.DataFrame, name: str) -> dict[str, tuple[Range, str]]:
    """Item -> the figure in use (low, central, high), and its grade."""
    rows = parameters[(parameters["parameter"] == name) & (parameters["status"] == "current") & parameters["central"].notna()]
    return {row["entity_id"].removeprefix("item:"): (_range(row), row["grade"]) for row in rows_of(rows)}


def _range(row: Mapping[str, Any]) -> Range:
    at = float(row["central"])
    return (at if row["low"] is None else float(row["low"]), at, at if row["high"] is None else float(row["high"]))


def _substitution(requirements: pd.DataFrame) -> dict[str, tuple[Range, str]]:
    """Item -> least, mean and greatest part of a use that nothing else could serve, and the weakest grade."""
    known = requirements[(requirements["status"] == "current") & requirements["substitutability"].notna()]
    found = {}
    for item, rows in known.groupby("input_id"):
        part = 1 - rows["substitutability"]
        found[str(item)] = ((float(part.min()), float(part.mean()), float(part.max())), max(rows["grade"], key=GRADES.index))
    return found
