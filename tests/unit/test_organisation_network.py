"""Organisations of the dependency graph as a network of firms."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from graph.risk.cascade import cascade
from graph.risk.organisation_network import organisation_cascade, organisation_network
from sources import records as r
from sources.columns import columns


def table(rows: list[dict[str, Any]], record: type) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[c.name for c in columns(record)])
    return frame.astype(object).where(frame.notna(), None)


def need(consumer: str, needed: str, central: float | None = None, unit: str = "unit/unit", **more: Any) -> dict[str, Any]:
    row = {"consumer_id": consumer, "input_id": needed, "central": central, "unit": unit, "k": 1, "mix": 1.0}
    return {**row, "essentiality": "essential", "status": "current", **more}


def offer(item: str, organisation: str, share: float | None = None) -> dict[str, Any]:
    return {"item_id": item, "organisation_id": organisation, "share_central": share}


UNITS = {"wafer": "wafer", "resin": "kg", "lens": "unit", "tool": "unit", "token": "Mtoken"}
CORE = {
    "item": table([{"item_id": item, "unit": unit} for item, unit in UNITS.items()], r.Item),
    "offer": pd.DataFrame(
        [
            offer("wafer", "foundry", 0.9),
            offer("wafer", "rival", 0.1),
            offer("resin", "chemist", 0.6),
            offer("lens", "optician"),
            offer("tool", "foundry"),
            offer("tool", "smith"),
            offer("token", "lab", 1.0),
        ]
    ),
    "requirement": table(
        [
            need("useful_token", "token", 1.0, "Mtoken/Mtoken"),
            need("token", "gpu", 0.001, "unit/Mtoken"),
            need("token", "resin", 0.01, "kg/Mtoken"),
            need("wafer", "resin", 5.0, "kg/wafer"),
            need("wafer", "tool"),
            need("tool", "lens", 2.0),
            need("lens", "wafer", 0.1, "wafer/unit"),
        ],
        r.Requirement,
    ),
    "board": table([{"board_id": "gpu", "designer": "designer", "wafer_item": "wafer", "foundry": "foundry"}], r.Board),
}
PRICE = pd.DataFrame(
    [("item:wafer", 100.0), ("item:resin", 2.0), ("item:lens", 50.0), ("item:tool", 1_000.0), ("item:token", 10.0), ("board:gpu", 3_000.0)],
    columns=["node_id", "central_usd"],
)


def test_an_organisation_is_a_firm_for_each_thing_it_makes() -> None:
    found = organisation_network(CORE, PRICE)
    assert found.lines["foundry"] == ("foundry/tool", "foundry/wafer")
    assert "others/resin" in found.network.firms, "two fifths of the resin come from nobody in particular"
    assert (found.network.weight > 0).all()


def test_sales_follow_quantity_price_and_shares() -> None:
    found = organisation_network(CORE, PRICE)
    net = found.network
    value = {(net.firms[i], net.firms[j]): w for i, j, w in zip(net.supplier, net.buyer, net.weight, strict=True)}
    # resin is 5 x 2 / 100 of a wafer's price; 60% of it is the chemist's
    assert value["chemist/resin", "foundry/wafer"] / value["others/resin", "foundry/wafer"] == pytest.approx(0.6 / 0.4)
    assert value["chemist/resin", "foundry/wafer"] / value["chemist/resin", "rival/wafer"] == pytest.approx(9.0)
    tool_to_wafer = value["smith/tool", "rival/wafer"] + value["foundry/tool", "rival/wafer"]
    resin_to_wafer = value["chemist/resin", "rival/wafer"] + value["others/resin", "rival/wafer"]
    assert resin_to_wafer / tool_to_wafer == pytest.approx(0.1 / 0.05), "what is not known is five per cent"


def test_a_requirement_that_names_its_supplier_is_met_by_nobody_else() -> None:
    found = organisation_network(CORE, PRICE)
    suppliers = {
        found.network.firms[i]
        for i, j in zip(found.network.supplier, found.network.buyer, strict=True)
        if found.network.firms[j] == "designer/gpu"
    }
    assert suppliers == {"foundry/wafer"}
    assert cascade(found.network, dict.fromkeys(found.lines["foundry"], 0.0)).set_index("firm").loc["designer/gpu", "hd"] < 0.2


def test_final_demand_is_what_useful_tokens_take() -> None:
    found = organisation_network(CORE, PRICE)
    net = found.network
    assert net.revenue is not None
    sells_to_firms = dict(
        zip(net.firms, pd.Series(net.weight).groupby(net.supplier).sum().reindex(range(len(net.firms)), fill_value=0.0), strict=True)
    )
    for firm, revenue in zip(net.firms, net.revenue, strict=True):
        if firm == "lab/token":
            assert sells_to_firms[firm] == 0.0
            assert revenue > 0
        elif firm not in ("foundry/wafer", "foundry/tool", "optician/lens"):
            assert revenue == pytest.approx(sells_to_firms[firm])


def test_alternatives_that_are_different_items_are_not_essential() -> None:
    either = pd.concat(
        [
            CORE["requirement"],
            table(
                [need("wafer", "lens", 1.0, group_name="optics"), need("wafer", "token", 0.1, "Mtoken/wafer", group_name="optics")],
                r.Requirement,
            ),
        ]
    )
    net = organisation_network({**CORE, "requirement": either}, PRICE).network
    at = {name: k for k, name in enumerate(net.industries)}
    assert net.essentiality[at["lens"], at["wafer"]] == 1
    assert net.essentiality[at["resin"], at["wafer"]] == 2
    assert net.essentiality[at["lens"], at["resin"]] == 0


def test_the_table_ranks_organisations_and_says_what_is_known() -> None:
    ranked = organisation_cascade(organisation_network(CORE, PRICE)).set_index("organisation_id")
    assert set(ranked.index) == {"foundry", "rival", "chemist", "optician", "smith", "lab", "designer"}
    assert ranked["esri"].is_monotonic_decreasing
    assert (ranked["esri_finer"] >= ranked["esri"] - 1e-12).all()
    assert ranked.loc["chemist", "known_share"] == pytest.approx(1.0)
    assert ranked.loc["smith", "known_share"] == 0.0
    assert ranked.loc["foundry", "lines"] == 2


def test_without_a_way_to_useful_tokens_there_is_no_network() -> None:
    with pytest.raises(ValueError, match="no requirement leads to 'useful_token'"):
        organisation_network({**CORE, "requirement": CORE["requirement"].iloc[1:]}, PRICE)
