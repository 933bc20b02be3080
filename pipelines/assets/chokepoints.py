"""Schema risk: what single losses and pairs of losses stop a board, and the supply risk of materials."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import dagster as dg

from graph.risk.chokepoint_results import TABLES
from graph.risk.chokepoint_tables import MinCutSet, Spof, TopProbability
from graph.risk.supply_risk import supply_risk
from graph.risk.supply_risk_tables import SupplyRisk
from pipelines.assets.declare import Result, blocking, checked, key_check, spec, stored, unless_unchanged
from pipelines.beforehand import CHOKEPOINTS
from pipelines.warehouse import read_tables

RISK_INPUTS = ["risk.hhi", "core.item", "core.requirement", "core.parameter"]


@dg.multi_asset(
    specs=[spec(t, t.table, "risk", ["graph.edge", *CHOKEPOINTS.inputs], kinds=["numpy"]) for t in TABLES],
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
    op_tags={"dagster/priority": "-1"},  # after all else that can be made meanwhile
)
def chokepoints() -> Iterator[Result]:
    yield from unless_unchanged(CHOKEPOINTS.outputs, CHOKEPOINTS.inputs, _chokepoints)


def _chokepoints() -> Iterator[Result]:
    made = CHOKEPOINTS.answer()
    for table in TABLES:
        yield stored(table, made.tables[table])
    for table, name, against, facts in made.findings:
        yield _check(table.table, name, against, facts)


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
