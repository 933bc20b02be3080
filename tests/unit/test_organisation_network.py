"""Organisations of the dependency graph as a network of firms, and what falls with each of them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from graph.risk.cascade import cascade, esri_of_groups
from graph.risk.organisation_cascade import organisation_cascade, sole_makers
from graph.risk.organisation_hits import organisation_hits
from graph.risk.organisation_needs import Facts, facts
from graph.risk.organisation_network import organisation_network
from graph.risk.organisation_values import board_mix, chain_parts
from sources import records as r
from sources.columns import columns


def table(rows: list[dict[str, Any]], record: type) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[c.name for c in columns(record)])
    return frame.astype(object).where(frame.notna(), None)


def need(consumer: str, needed: str, central: float | None = None, unit: str = "unit/unit", **more: Any) -> dict[str, Any]:
    row = {"consumer_id": consumer, "input_id": needed, "central": central, "unit": unit, "k": 1, "mix": 1.0}
    return {**row, "essentiality": "essential", "status": "current", "grade": "secondary", "source_id": "book", **more}


def offer(item: str, organisation: str, share: float | None = None, within: float = 0.0) -> dict[str, Any]:
    bounds = {"share_low": None, "share_high": None} if share is None else {"share_low": share - within, "share_high": share + within}
    return {"item_id": item, "organisation_id": organisation, "share_central": share, "grade": "primary", "source_id": "filing", **bounds}


UNITS = {"wafer": "wafer", "resin": "kg", "lens": "unit", "tool": "unit", "token": "Mtoken"}
CORE = {
    "item": table([{"item_id": item, "unit": unit} for item, unit in UNITS.items()], r.Item),
    "offer": table(
        [
            offer("wafer", "foundry", 0.9),
            offer("wafer", "rival", 0.1),
            offer("resin", "chemist", 0.6, within=0.1),
            offer("lens", "optician"),
            offer("tool", "foundry"),
            offer("tool", "smith"),
            offer("token", "lab", 1.0),
        ],
        r.Offer,
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
    "board": table([{"board_id": "gpu", "designer": "designer", "wafer_item": "wafer", "foundry": "foundry", "grade": "derived"}], r.Board),
}
PRICE = pd.DataFrame(
    [("item:wafer", 100.0), ("item:resin", 2.0), ("item:lens", 50.0), ("item:tool", 1_000.0), ("item:token", 10.0), ("board:gpu", 3_000.0)],
    columns=["node_id", "central_usd"],
)
NO_CHAIN = pd.DataFrame(columns=["consumer", "input", "cost_usd"])


def known(core: dict[str, pd.DataFrame] = CORE) -> Facts:
    return facts(core, PRICE, NO_CHAIN)


def test_an_organisation_is_a_firm_for_each_thing_it_makes() -> None:
    found = organisation_network(known())
    assert found.lines["foundry"] == ("foundry/tool", "foundry/wafer")
    assert "others/resin" in found.network.firms, "two fifths of the resin come from nobody in particular"
    assert (found.network.weight > 0).all()


def test_sales_follow_quantity_price_and_shares() -> None:
    found = organisation_network(known())
    net = found.network
    value = {(net.firms[i], net.firms[j]): w for i, j, w in zip(net.supplier, net.buyer, net.weight, strict=True)}
    # resin is 5 x 2 / 100 of a wafer's price; 60% of it is the chemist's
    assert value["chemist/resin", "foundry/wafer"] / value["others/resin", "foundry/wafer"] == pytest.approx(0.6 / 0.4)
    assert value["chemist/resin", "foundry/wafer"] / value["chemist/resin", "rival/wafer"] == pytest.approx(9.0)
    tool_to_wafer = value["smith/tool", "rival/wafer"] + value["foundry/tool", "rival/wafer"]
    resin_to_wafer = value["chemist/resin", "rival/wafer"] + value["others/resin", "rival/wafer"]
    assert resin_to_wafer / tool_to_wafer == pytest.approx(0.1 / 0.05), "what is not known is five per cent"


def test_a_requirement_that_names_its_supplier_is_met_by_nobody_else() -> None:
    found = organisation_network(known())
    suppliers = {
        found.network.firms[i]
        for i, j in zip(found.network.supplier, found.network.buyer, strict=True)
        if found.network.firms[j] == "designer/gpu"
    }
    assert suppliers == {"foundry/wafer"}
    assert cascade(found.network, dict.fromkeys(found.lines["foundry"], 0.0)).set_index("firm").loc["designer/gpu", "hd"] < 0.2


def test_final_demand_is_what_useful_tokens_take() -> None:
    found = organisation_network(known())
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
    net = organisation_network(known({**CORE, "requirement": either})).network
    at = {name: k for k, name in enumerate(net.industries)}
    assert net.essentiality[at["lens"], at["wafer"]] == 1
    assert net.essentiality[at["resin"], at["wafer"]] == 2
    assert net.essentiality[at["lens"], at["resin"]] == 0


def test_the_cost_chain_says_what_part_of_a_price_goes_to_an_input() -> None:
    price = pd.DataFrame(
        [("useful:gpu/m/w", 20.0), ("served:gpu/m/w", 10.0), ("hour:gpu", 10.0), ("server:gpu", 8_000.0), ("board:gpu", 3_000.0),
         ("package:gpu", 900.0), ("die:gpu", 300.0)],
        columns=["node_id", "central_usd"],
    )  # fmt: skip
    chain = [
        ("useful:gpu/m/w", "served:gpu/m/w", 10.0), ("useful:gpu/m/w", "item:coding_agent", 5.0), ("served:gpu/m/w", "hour:gpu", 10.0),
        ("hour:gpu", "server:gpu", 6.0), ("hour:gpu", "item:electricity", 1.0), ("hour:gpu", "item:facility_air", 2.0),
        ("server:gpu", "board:gpu", 4_000.0), ("board:gpu", "package:gpu", 900.0), ("package:gpu", "die:gpu", 450.0),
        ("die:gpu", "item:wafer", 300.0),
    ]  # fmt: skip
    kinds = [{"consumer_id": "ai_accelerator", "input_id": "gpu", "group_name": "kind", "mix": 0.7}]
    mix = board_mix(kinds, {"gpu"})
    assert mix == {"gpu": 0.7}
    parts = chain_parts(price, pd.DataFrame(chain, columns=["consumer", "input", "cost_usd"]), mix)
    assert parts["gpu", "wafer"] == pytest.approx(450 / 3_000)
    assert parts["useful_token", "token"] == pytest.approx(0.5)
    assert parts["accelerator_hour", "ai_cluster"] == pytest.approx(0.8)
    assert parts["ai_cluster", "ai_accelerator"] == pytest.approx(0.3 / 0.8)


def test_things_and_firms_give_the_same_index_and_rounds() -> None:
    """All makers of a thing buy alike, so that rounds over things are rounds over all links between firms."""
    found = organisation_network(known())
    ranked = organisation_cascade(known()).set_index("organisation_id")
    for eps, index, rounds in ((1e-2, "esri", "iterations"), (1e-6, "esri_finer", "iterations_finer")):
        slow = esri_of_groups(found.network, found.lines, eps=eps).set_index("group")
        assert ranked[index].to_dict() == pytest.approx(slow["esri"].to_dict(), abs=1e-12)
        assert ranked[rounds].to_dict() == slow["iterations"].to_dict()


def test_the_table_ranks_organisations_and_says_what_is_known() -> None:
    ranked = organisation_cascade(known()).set_index("organisation_id")
    assert set(ranked.index) == {"foundry", "rival", "chemist", "optician", "smith", "lab", "designer"}
    assert ranked["esri"].is_monotonic_decreasing
    assert (ranked["esri_finer"] >= ranked["esri"] - 1e-12).all()
    assert ranked.loc["chemist", "valued_share"] == pytest.approx(1.0)
    assert ranked.loc["smith", "valued_share"] == 0.0
    assert ranked.loc["foundry", "lines"] == 2
    grades = ranked[["primary_share", "secondary_share", "derived_share", "estimate_share"]]
    assert grades.sum(axis=1).tolist() == pytest.approx([1.0] * len(ranked))


def test_the_range_is_that_of_the_shares() -> None:
    """Set the chemist's share to either bound, its rivals giving way, and its index is that end of the range."""
    ranked = organisation_cascade(known()).set_index("organisation_id")
    for share, end in ((0.5, "esri_low"), (0.7, "esri_high")):
        offers = CORE["offer"].assign(
            share_central=CORE["offer"]["share_central"].mask(CORE["offer"]["organisation_id"] == "chemist", share)
        )
        at_bound = organisation_cascade(known({**CORE, "offer": offers})).set_index("organisation_id")
        assert ranked.loc["chemist", end] == pytest.approx(at_bound.loc["chemist", "esri"], abs=1e-12)
    assert ranked.loc["chemist", "esri_low"] < ranked.loc["chemist", "esri"] < ranked.loc["chemist", "esri_high"]


def test_what_rests_on_a_grade_goes_with_it() -> None:
    """The wafers of a board are a derived fact: without it the foundry's closure stops no board."""
    ranked = organisation_cascade(known()).set_index("organisation_id")
    assert ranked.loc["foundry", "derived_share"] > 0
    assert ranked.loc["foundry", "estimate_share"] == pytest.approx(0.0)
    sure = {**CORE, "board": CORE["board"].assign(grade="primary")}
    assert organisation_cascade(known(sure)).set_index("organisation_id").loc["foundry", "derived_share"] == pytest.approx(0.0)


def test_sole_makers_of_what_an_accelerator_cannot_do_without() -> None:
    boards = need("ai_accelerator", "gpu", 1.0, group_name="kind")
    with_class = {**CORE, "requirement": pd.concat([CORE["requirement"], table([boards, need("token", "ai_accelerator")], r.Requirement)])}
    assert sole_makers(known(with_class), "ai_accelerator") == ["designer", "optician"]


def test_whom_a_closure_hits_and_through_what() -> None:
    hits = organisation_hits(known(), "optician")
    assert hits.loc[0, ["round", "channel", "hit", "loss", "source_id"]].tolist() == [0, "closes", "lens", 1.0, "filing"]
    delivered = hits[hits["channel"] == "delivers"].set_index("hit")
    assert delivered.loc["tool", ["round", "through", "need"]].tolist() == [1, "lens", "essential"]
    assert delivered.loc["wafer", ["round", "through", "loss"]].tolist() == [2, "tool", 1.0]
    assert delivered.loc["gpu", ["round", "through", "grade"]].tolist() == [3, "wafer", "derived"]
    assert delivered.loc["tool", "makers"] == "foundry, smith"


def test_an_organisation_that_makes_nothing_hits_nobody() -> None:
    with pytest.raises(KeyError, match="painter"):
        organisation_hits(known(), "painter")


def test_without_a_way_to_useful_tokens_there_is_no_network() -> None:
    with pytest.raises(ValueError, match="no requirement leads to 'useful_token'"):
        known({**CORE, "requirement": CORE["requirement"].iloc[1:]})
