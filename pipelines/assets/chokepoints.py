"""Schema risk: what single losses and pairs of losses stop a board, and the supply risk of materials.

Published are the boards on sale and the things a reader asks for first, by organisation and by country, up to pairs. Other items,
the views by offer, owner and grid region, longer cut sets and partial losses are computed when they are asked for
(`stackgraph chokepoints`, `stackgraph cutsets`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import dagster as dg

from graph.risk.chokepoint_checks import breaks, raised_by_a_second_source, supplies, wrong_cut_sets
from graph.risk.chokepoint_tables import MinCutSet, Spof, TopProbability
from graph.risk.chokepoints import LEAST, tables
from graph.risk.supply_risk import supply_risk
from graph.risk.supply_risk_tables import SupplyRisk
from graph.risk.supply_things import By
from pipelines.assets.declare import Result, asset_key, checked, key_check, read_tables, spec, stored, unless_unchanged

INPUTS = [f"core.{name}" for name in ("item", "board", "offer", "share", "requirement", "organisation")]
VIEWS: tuple[By, ...] = ("organisation", "country")
HEADLINES = ("item:gb200_nvl72", "item:ai_accelerator")
"""Beside the boards on sale."""
SAMPLE = 2
"""So many sole-sourced offers are given a second source to see that this never raises risk."""
TABLES = (Spof, MinCutSet, TopProbability)
RISK_INPUTS = ["risk.hhi", "core.item", "core.requirement", "core.parameter"]


def blocking(table: str, name: str, description: str) -> dg.AssetCheckSpec:
    """A check of a table that keeps everything after it from being made."""
    return dg.AssetCheckSpec(name, asset=asset_key(table), blocking=True, description=description)


@dg.multi_asset(
    specs=[spec(t, t.table, "risk", ["graph.edge", *INPUTS], kinds=["numpy"]) for t in TABLES],
    check_specs=[
        *(key_check(t.table) for t in TABLES),
        blocking(Spof.table, "stops_the_target", "With a listed single point of failure lost, its target fails."),
        blocking(MinCutSet.table, "minimal", "Every cut set stops its target, and no part of it does."),
        blocking(
            TopProbability.table,
            "a_second_source_never_hurts",
            "Adding a supplier to a sole-sourced item adds no cut set and raises no probability.",
        ),
    ],
    name="chokepoints",
)
def chokepoints() -> Iterator[Result]:
    yield from unless_unchanged([t.table for t in TABLES], INPUTS, _chokepoints)


def _chokepoints() -> Iterator[Result]:
    core = read_tables(INPUTS)
    on_sale = core["board"][core["board"]["status"] == "shipping"]["board_id"]
    targets = [f"board:{board}" for board in on_sale]
    targets += [target for target in HEADLINES if target.removeprefix("item:") in set(core["item"]["item_id"])]
    made = dict(zip(TABLES, tables(core, targets, VIEWS, max_order=2, least=LEAST), strict=True))
    for table, frame in made.items():
        yield stored(table, frame)
    supply = supplies(core, made[Spof])
    yield _check(Spof.table, "stops_the_target", breaks(supply, made[Spof]))
    yield _check(MinCutSet.table, "minimal", wrong_cut_sets(supply, made[MinCutSet]))
    yield _check(TopProbability.table, "a_second_source_never_hurts", raised_by_a_second_source(core, made[Spof], HEADLINES[0], SAMPLE))


@dg.multi_asset(
    specs=[spec(SupplyRisk, SupplyRisk.table, "risk", RISK_INPUTS, kinds=["pandas"])],
    check_specs=[
        key_check(SupplyRisk.table),
        blocking(SupplyRisk.table, "within_scale", "Each form lies on its scale, and none is given without its inputs."),
    ],
    name="supply_risk",
)
def material_supply_risk() -> Iterator[Result]:
    yield from unless_unchanged([SupplyRisk.table], RISK_INPUTS, _supply_risk)


def _supply_risk() -> Iterator[Result]:
    read = read_tables(RISK_INPUTS)
    frame = supply_risk(read["hhi"], read["item"], read["requirement"], read["parameter"])
    yield stored(SupplyRisk, frame)
    given = frame[frame["ec_supply_risk"].notna()]
    inputs = given[["world_supply_risk", "recycled_share", "substitution_index"]]
    sound = [
        inputs.notna().all(axis=None),
        (given["ec_low"] <= given["ec_supply_risk"]).all(),
        (given["ec_supply_risk"] <= given["ec_high"]).all(),
        frame["world_supply_risk"].dropna().between(0, 10).all(),
        frame["usgs_two_terms"].dropna().between(0, 1).all(),
    ]
    wrong = [] if all(sound) else ["a form is off its scale"]
    yield _check(SupplyRisk.table, "within_scale", wrong, {"in_the_commissions_form": len(given), "materials": len(frame)})


def _check(table: str, name: str, wrong: list[str], more: dict[str, Any] | None = None) -> dg.AssetCheckResult:
    facts = {"wrong": len(wrong), "such_as": ", ".join(islice(wrong, 5)) or "none", **(more or {})}
    return checked(table, name, not wrong, facts)


ASSETS = [chokepoints, material_supply_risk]
