"""A small world through the tables: who makes what where, what lasts, and what losing a part of it does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from graph.risk import assumptions
from graph.risk.common_mode import common_mode
from graph.risk.hazard import draw, rates
from graph.risk.makers import located, makers, parts_lost, weakest_hit
from graph.risk.mitigation import mitigation
from graph.risk.question import UnknownTarget, all_kinds, known_targets, question
from graph.risk.scenario import Case, Shock
from graph.risk.shortage import Way, Ways, idle_of
from graph.risk.simulation import losses, outage, simulate
from graph.risk.stability import turns
from graph.risk.stress import disruption
from graph.risk.stress_checks import free_losses, leads_nowhere, less_than_an_owner, shortened_by_stock, sole_inputs, with_stock
from graph.risk.stress_results import outlasted
from graph.risk.supply import HOURS, TOKENS, Supply, supply_network, supply_networks
from graph.risk.survival import tts_ttr
from sources.records import GRADES

YEAR = 365
HOMES = {"driller": "QAT", "fab": "TWN", "south": "KOR", "toolmaker": "NLD"}
"""Headquarters; the others sit in the USA."""


def need(consumer: str, needed: str, unit: str, stock: float | None = 10.0, lead: float | None = 40.0, **more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "consumer_id": consumer,
        "input_id": needed,
        "organisation_id": None,
        "group_name": None,
        "k": 1,
        "mix": 1.0,
        "essentiality": "essential",
        "substitutability": 0.0,
        "unit": unit,
        "grade": "secondary",
        "status": "current",
    }
    for what, value in (("stock", stock), ("lead", lead)):
        row |= {
            f"{what}_{bound}_days": None if value is None else value * f for bound, f in (("low", 0.5), ("central", 1.0), ("high", 2.0))
        }
    return row | more


def offer(org: str, item: str, country: str, share: float | None) -> dict[str, object]:
    return {
        "offer_id": f"{org}/{item}/{country}",
        "organisation_id": org,
        "item_id": item,
        "country": country,
        "share_central": share,
        "grade": "secondary",
        "production_grade": "secondary",
    }


def share(item: str, country: str, central: float) -> dict[str, object]:
    return {
        "item_id": item,
        "supplier_kind": "country",
        "country": country,
        "central": central,
        "grade": "primary",
        "status": "current",
        "production": None,
    }


@pytest.fixture(scope="module")
def core() -> Mapping[str, pd.DataFrame]:
    layers = {
        "gas": ("materials", "m3"),
        "wafer": ("foundry", "wafer"),
        "tool": ("equipment", "unit"),
        "memory": ("memory", "GB"),
        "accelerator": ("boards", "unit"),
        "ai_cluster": ("sites", "MW"),
        "accelerator_hour": ("sites", "hour"),
        "electricity": ("power", "MWh"),
        "token": ("tokens", "Mtoken"),
        "useful_token": ("tokens", "Mtoken"),
        "package_assembly": ("packaging", "unit"),
        "abf_substrate": ("packaging", "mm2"),
        "facility_air": ("sites", "MW"),
        "ai_accelerator": ("boards", "unit"),
    }
    items = [{"item_id": i, "name": i, "layer": layer, "unit": unit, "part_of": None} for i, (layer, unit) in layers.items()]
    needs = [
        need("wafer", "gas", "m3/wafer", 20),
        need("wafer", "tool", "unit/wafer", 30, 300),
        need("board", "memory", "GB/unit", 5, organisation_id="south", group_name="hbm", mix=0.75),
        need("board", "memory", "GB/unit", 5, organisation_id="north", group_name="hbm", mix=0.25),
        need("ai_accelerator", "board", "unit/unit", None, None),
        need("ai_cluster", "ai_accelerator", "unit/MW", None, None),
        need("accelerator_hour", "ai_cluster", "MW/hour", None, None),
        need("accelerator_hour", "electricity", "MWh/hour", None, None),
        need("token", "accelerator_hour", "hour/Mtoken", 0, 0),
        need("useful_token", "token", "Mtoken/Mtoken", 0, 0),
        need("useful_token", "gas", "m3/Mtoken", 0, 0, essentiality="non_essential"),
    ]
    offers = [
        offer("driller", "gas", "QAT", None),
        offer("distiller", "gas", "USA", 0.2),
        offer("fab", "wafer", "TWN", 0.9),
        offer("fab", "wafer", "USA", 0.1),
        offer("south", "memory", "KOR", 0.75),
        offer("north", "memory", "USA", 0.25),
        offer("toolmaker", "tool", "NLD", 1.0),
    ]
    board = {"board_id": "board", "name": "Board", "designer": "designer", "foundry": "fab", "wafer_item": "wafer", "io_wafer_item": None}
    board |= {"packaging_item": None, "packager": None, "memory_item": "memory", "grade": "secondary"}
    sites = [
        {
            "site_id": f"s{k}",
            "operator": "cloud",
            "country": c,
            "region": r,
            "board_id": "board",
            "cooling": "air",
            "status": "operational",
            "grade": "secondary",
        }
        for k, (c, r) in enumerate((("USA", "ERCOT"), ("USA", "PJM"), ("DEU", None)))
    ]
    figures = [
        {"entity_id": f"site:s{k}", "parameter": "h100_equivalents", "low": v, "central": v, "high": v, "status": "current"}
        for k, v in enumerate((50.0, 30.0, 20.0))
    ]
    timeline = [
        {"site_id": "s0", "date": "2024-12-31", "is_projection": False, "power_mw": 50.0},
        {"site_id": "s0", "date": "2025-12-31", "is_projection": False, "power_mw": 100.0},
    ]
    names = ("driller", "distiller", "fab", "south", "north", "toolmaker", "designer", "cloud")
    return {
        "item": pd.DataFrame(items),
        "requirement": pd.DataFrame(needs),
        "offer": pd.DataFrame(offers),
        "share": pd.DataFrame([share("gas", "QAT", 0.6), share("gas", "USA", 0.3)]),
        "board": pd.DataFrame([board]),
        "site": pd.DataFrame(sites),
        "site_timeline": pd.DataFrame(timeline),
        "organisation": pd.DataFrame(
            [{"organisation_id": o, "owner_id": "group" if o == "north" else o, "country": HOMES.get(o, "USA")} for o in names]
        ),
        "parameter": pd.DataFrame(figures),
    }


@pytest.fixture(scope="module")
def supply(core: Mapping[str, pd.DataFrame]) -> Supply:
    return supply_network(core)


def case(shock: Shock, duration: int = 60) -> Case:
    return Case("test", "Test", (shock,), duration, 0, "linear", "", ())


def made(supply: Supply, shock: Shock, node: str, duration: int = YEAR) -> np.ndarray:
    run = simulate(supply.net, [supply.during((shock,), outage(YEAR, duration))], YEAR, [node])
    return np.asarray(run.made[0, :, 0])


def test_published_country_shares_go_before_firms_and_what_is_unknown_has_no_place(core: Mapping[str, pd.DataFrame]) -> None:
    gas = makers(core)["gas"]
    assert {(m.organisation, m.country): round(m.share, 6) for m in gas} == {
        ("driller", "QAT"): 0.6,
        ("distiller", "USA"): 0.2,
        ("", "USA"): 0.1,
        ("", ""): 0.1,
    }
    assert located(gas) == pytest.approx(0.9)


def test_sites_make_the_accelerator_hours_by_their_size(core: Mapping[str, pd.DataFrame]) -> None:
    assert [m.share for m in makers(core)["accelerator_hour"]] == pytest.approx([0.5, 0.3, 0.2])


def test_a_shock_takes_the_supply_that_fits_all_it_names(supply: Supply) -> None:
    assert supply.hit((Shock({"country": ("QAT",)}, 0.5),)) == pytest.approx({"item:gas": 0.3})
    assert supply.hit((Shock({"item": ("gas",)}, 0.4, of_supply=True),)) == pytest.approx({"item:gas": 0.4})
    assert supply.hit((Shock({"item": ("gas",), "country": ("TWN",)}, 1.0),)) == {}
    assert supply.hit((Shock({"owner": ("group",)}, 1.0),)) == pytest.approx({"item:memory": 0.25, "maker:memory@north": 1.0})
    assert supply.hit((Shock({"region": ("ERCOT",)}, 1.0),)) == pytest.approx({"item:accelerator_hour": 0.5, "site:s0": 1.0})
    whole = (Shock({"country": ("QAT",)}, 0.5), Shock({"item": ("gas",)}, 0.2))
    assert parts_lost({"gas": list(supply.makers["item:gas"])}, whole) == pytest.approx({"gas": 0.6 * 0.5 + 0.4 * 0.2})


def test_when_nothing_happens_nothing_is_lost(supply: Supply) -> None:
    assert simulate(supply.net, [[]], YEAR).made == pytest.approx(1.0, abs=1e-5)


def test_gas_stops_wafers_after_stock_and_what_is_on_the_way(supply: Supply) -> None:
    path = made(supply, Shock({"item": ("gas",)}, 1.0), "item:wafer")
    assert int(np.argmax(path < 0.5)) == 20 + 30


def test_a_tool_lost_does_not_stop_the_fab_and_wears_it_down(supply: Supply) -> None:
    path = made(supply, Shock({"organisation": ("toolmaker",)}, 1.0), "item:wafer")
    assert path[:60] == pytest.approx(1.0, abs=1e-5)
    assert 0.8 < path[-1] < 1.0
    assert (np.diff(path[70:]) < 0).all()


def test_one_of_two_named_makers_takes_its_part_of_the_boards(supply: Supply) -> None:
    path = made(supply, Shock({"organisation": ("south",)}, 1.0), "board:board", 60)
    assert path[20] == pytest.approx(0.25, abs=1e-6)
    assert path[-1] == pytest.approx(1.0, abs=1e-6)


def test_losing_the_boards_slows_the_tokens_and_does_not_stop_them(supply: Supply) -> None:
    path = made(supply, Shock({"country": ("TWN",)}, 1.0), TOKENS, 90)
    assert 0.6 < path.min() < 0.95
    assert made(supply, Shock({"region": ("PJM",)}, 1.0), TOKENS, 10)[5] == pytest.approx(0.7, abs=1e-3)


def test_an_input_that_is_not_essential_stops_nothing(supply: Supply) -> None:
    assert "gas" not in supply.evidence[supply.evidence["node"] == TOKENS]["input"].tolist()


def test_a_missing_stock_is_assumed_and_marked(supply: Supply) -> None:
    table = supply.evidence.set_index(["node", "input"])
    assert table.loc[("item:ai_cluster", "ai_accelerator"), "stock_basis"] == "assumed"
    assert table.loc[("item:wafer", "gas"), "stock_basis"] == "secondary"
    assert table.loc[("item:accelerator_hour", "electricity"), "stock_basis"] == "flow: not stored"
    assert table.loc[("item:wafer", "tool"), "lasting"] == "tool"
    assert table.loc[("item:accelerator_hour", "ai_cluster"), "lasting"] == "cluster"
    names = [(supply.net.nodes[n], s) for n, s in zip(supply.net.slot_node, supply.net.slot_names, strict=True)]
    assert list(table.index) == names, "evidence stands in the order of the network's inputs"


def test_thin_stocks_lose_more_than_ample_ones(core: Mapping[str, pd.DataFrame]) -> None:
    cases = {"gas": case(Shock({"item": ("gas",)}, 1.0))}
    summary, path = disruption(supply_networks(core), cases)  # type: ignore[arg-type]
    row = summary.set_index("target").loc["board:board"]
    assert row["lost_share_low"] < row["lost_share_central"] < row["lost_share_high"]
    assert (row["cause"], row["verdict"]) == ("item:gas", "settled")
    assert (row["path"], row["grade"], row["assumed_share"]) == ("item:gas > item:wafer > board:board", "estimate", 0.5)
    stretch = path[path["target"] == "board:board"].iloc[0]
    assert (stretch["cause"], stretch["binding_input"]) == ("item:gas", "wafer")
    assert stretch["from_day"] <= row["first_short_day"] <= stretch["to_day"]


def test_memory_that_lacks_orders_is_idle_and_says_whose(core: Mapping[str, pd.DataFrame]) -> None:
    """Without gas no wafer, without wafers no board; the cluster that lacks boards takes the less of what else it needs."""
    supplies = supply_networks(core)
    net, cases = supplies["central"].net, {"gas": case(Shock({"item": ("gas",)}, 1.0), 120)}
    run = simulate(net, [supplies["central"].losses(cases["gas"], YEAR)], YEAR)
    told = Ways(run).way(0, "maker:memory@south")
    assert str(told) == "item:gas > item:wafer > board:board < maker:memory@south"
    assert Way.read(str(told)) == told
    assert told.links == [("board:board", "maker:memory@south"), ("board:board", "item:wafer"), ("item:wafer", "item:gas")]
    idle, first = idle_of(run, [net.index["maker:memory@south"], net.index["board:board"]])
    assert idle[0, 0] == pytest.approx(run.lost()[0, net.index["maker:memory@south"]], rel=1e-5)
    assert first[0, 0] > 0
    assert idle[0, 1] < 0.1 * run.lost()[0, net.index["board:board"]]


def test_a_share_grades_what_its_loss_costs(core: Mapping[str, pd.DataFrame]) -> None:
    """QAT's gas is what a published country share leaves a driller of unknown share; a loss by words alone rests on no share."""
    by_place, by_words = Shock({"country": ("QAT",)}, 1.0), Shock({"item": ("gas",)}, 1.0, of_supply=True)
    parts = supply_network(core).makers["item:gas"]
    assert weakest_hit(parts, (by_place,)) == max((m.grade for m in parts if m.country == "QAT"), key=GRADES.index)
    assert weakest_hit(parts, (by_words,)) is None
    summary, _ = disruption(supply_networks(core), {"words": case(by_words), "place": case(by_place)})  # type: ignore[arg-type]
    assert summary["grade"].notna().all()


def test_a_country_an_owner_and_a_grid_region_lost(supply: Supply) -> None:
    table = common_mode({"central": supply}).set_index(["by", "place"])
    assert table.loc[("country", "USA"), "tokens_lost_central"] > table.loc[("country", "DEU"), "tokens_lost_central"] > 0
    assert table.loc[("region", "ERCOT"), "first_short_day"] <= 3
    assert table.loc[("country", "TWN"), "first_board"] == "board:board"
    assert table.loc[("owner", "designer"), "boards_short"] == 1


def test_what_has_no_stock_is_survived_for_the_shortest(supply: Supply) -> None:
    table = tts_ttr({"central": supply}).set_index("node")
    assert table.loc["item:gas", "ttr_days"] == 40
    assert table.loc["item:wafer", "tts_days"] < table.loc["item:gas", "tts_days"]
    assert (table["tts_days"].fillna(YEAR) >= table["simulated_days"].fillna(YEAR)).all(), "planning ahead never shortens it"
    assert not table.loc["item:gas", "is_exposed"], "40 days without gas are survived on 50 days of it"


def test_a_day_of_stock_a_second_source_and_more_capacity_save_something(supply: Supply) -> None:
    table = mitigation(supply, {"test": case(Shock({"organisation": ("south",)}, 1.0), 90)})
    assert set(table["measure"]) == {"stock", "second_source"}, "more of a plant that stands still saves nothing"
    assert (table["accelerators_saved_share"] > -1e-9).all()
    stock = table[(table["measure"] == "stock") & (table["node"] == "board:board")].iloc[0]
    assert stock["accelerators_saved_share"] == pytest.approx(0.75 / YEAR, rel=0.5)


def test_the_same_seed_draws_the_same_years(supply: Supply) -> None:
    rate = {"TWN": 0.3, "KOR": 0.3, "USA": 0.05, "ZZZ": 0.5}
    regions = {"TWN": "east", "KOR": "east"}
    one, two = (draw(supply, rate, regions, 300, seed=4) for _ in range(2))
    assert (one.lost == two.lost).all()
    assert one.countries == ("KOR", "TWN", "USA")
    assert one.failed.mean(axis=0) == pytest.approx([1 - np.exp(-0.3)] * 2 + [1 - np.exp(-0.05)], abs=0.07)
    joint = [draw(supply, rate, regions, 2000, seed=4, correlation=c).failed[:, :2].all(axis=1).mean() for c in (0.0, 0.9)]
    assert joint[1] > 1.5 * joint[0], "neighbours fail together"
    assert one.lost[~one.failed.any(axis=1)].max() == 0
    assert one.summary()["p95"] <= one.summary()["p99"]
    assert set(one.table()["country"]) == set(one.countries)


def test_hazards_follow_governance() -> None:
    found = rates({"AAA": 0.0, "BBB": 1.0}, ("AAA", "BBB", "CCC"))
    assert found["AAA"] < found["CCC"] < found["BBB"]
    assert (found["AAA"], found["BBB"]) == pytest.approx((0.002, 0.05))


def test_odds_that_are_none_are_refused(supply: Supply) -> None:
    with pytest.raises(ValueError, match="the rate of 'TWN' must be a number of at least 0"):
        draw(supply, {"TWN": -1.0}, {})
    with pytest.raises(ValueError, match="between 0 and 1, got 2"):
        draw(supply, {"TWN": 0.1}, {}, correlation=2)


def test_an_unknown_node_names_the_nearest(supply: Supply) -> None:
    with pytest.raises(KeyError, match=f"nearest: .*{HOURS}"):
        supply.net.position("item:accelerator_hours")


def test_what_is_survived_and_lost_is_the_same_as_when_every_loss_is_run_in_full(core: Mapping[str, pd.DataFrame]) -> None:
    """The table follows losses only until they are felt: that must not show."""
    supplies = supply_networks(core)
    table = tts_ttr(supplies)  # type: ignore[arg-type]
    nodes, net = table["node"].tolist(), supplies["central"].net
    shocks = [losses({n: 1.0}, outage(YEAR, round(d))) for n, d in zip(nodes, table["ttr_days"], strict=True)]
    lost = simulate(net, shocks, YEAR, (TOKENS, "item:ai_accelerator")).lost()
    assert table[["tokens_lost_share", "accelerators_lost_share"]].to_numpy() == pytest.approx(lost, abs=1e-6)
    for bound, column in (("low", "simulated_low_days"), ("central", "simulated_days"), ("high", "simulated_high_days")):
        for_ever = [losses({n: 1.0}, np.ones(YEAR)) for n in nodes]
        first = simulate(supplies[bound].net, for_ever, YEAR, (TOKENS, "board:board")).first_short()  # type: ignore[index]
        whole = [min((int(d) for d in row if d >= 0), default=-1) for row in first]
        assert table[column].fillna(-1).astype(int).tolist() == whole


def test_thin_stocks_are_survived_on_for_less_long_than_ample_ones(core: Mapping[str, pd.DataFrame]) -> None:
    table = tts_ttr(supply_networks(core)).set_index("node")  # type: ignore[arg-type]
    gas = table.loc["item:gas"]
    assert gas["tts_low_days"] < gas["tts_days"] < gas["tts_high_days"]


def test_a_loss_that_is_simulated_to_last_longer_than_the_best_plan_is_named(core: Mapping[str, pd.DataFrame]) -> None:
    table = tts_ttr(supply_networks(core))  # type: ignore[arg-type]
    assert outlasted(table) == []
    wrong = table.assign(tts_days=table["tts_days"].where(table["node"] != "item:gas", table["simulated_days"] - 1))
    assert outlasted(wrong) == ["item:gas"]


def test_an_essential_inputs_loss_is_never_free_and_more_stock_never_shortens_survival(supply: Supply) -> None:
    assert free_losses(supply, ["item:gas", "item:wafer"]) == []
    assert shortened_by_stock(supply, ["item:gas", "item:wafer", "item:memory"]) == []


def test_a_free_loss_and_a_harmful_stock_are_named(supply: Supply, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.risk.stress_checks.with_stock", lambda net, days: with_stock(net, -2.0))
    assert "item:gas" in shortened_by_stock(supply, ["item:gas"])
    nothing_happens = lambda net, shocks, *rest, **more: simulate(net, [[] for _ in shocks], *rest, **more)  # noqa: E731
    monkeypatch.setattr("graph.risk.stress_checks.simulate", nothing_happens)
    assert free_losses(supply, ["item:gas"]) == ["item:gas for item:wafer"]


def test_a_month_more_of_every_stock_saves_at_least_what_a_month_of_one_does(supply: Supply) -> None:
    table = mitigation(supply, {"test": case(Shock({"item": ("gas",)}, 1.0), 120)}, stock_days=30, stocks_only=True)
    every = table[table["node"] == "all"].iloc[0]
    assert every["accelerators_saved_share"] >= table["accelerators_saved_share"].max() > 0
    assert not table["input"].isin(["accelerator_hour", "token"]).any(), "hours and tokens cannot be stored"


def test_who_names_a_grid_means_its_region_and_not_the_firm_that_runs_it(core: Mapping[str, pd.DataFrame], supply: Supply) -> None:
    operator = core["organisation"].iloc[:1].assign(organisation_id="pjm")
    known = known_targets({**core, "organisation": pd.concat([core["organisation"], operator])}, supply)
    assert question(["PJM"], known, 10).scenario_id == "region:PJM", "the operator supplies nothing, so that its loss would take nothing"
    assert question(["org:pjm"], known, 10).scenario_id == "org:pjm"
    assert question(["fab"], known, 10).scenario_id == "org:fab"


def test_a_thing_is_found_by_the_name_the_tables_print_in_any_case_and_with_its_words_apart(
    core: Mapping[str, pd.DataFrame], supply: Supply
) -> None:
    named = {**core, "item": core["item"].assign(name="Fine " + core["item"]["item_id"])}
    known = known_targets(named, supply)
    for text in ("gas", "Fine gas", "fine-GAS", "item:Fine Gas"):
        assert question([text], known, 10).scenario_id == "item:gas", text


def test_who_loses_a_class_loses_all_of_its_kinds(core: Mapping[str, pd.DataFrame]) -> None:
    """Boards need memory of a kind; the class alone is needed by nobody."""
    stacked = {"item_id": "stacked", "name": "stacked", "layer": "memory", "unit": "GB", "part_of": None}
    items = pd.concat([core["item"], pd.DataFrame([stacked])], ignore_index=True)
    items.loc[items["item_id"] == "memory", "part_of"] = "stacked"
    world = {**core, "item": items, "organisation": core["organisation"].assign(name=core["organisation"]["organisation_id"])}
    supply, kinds = supply_network(world), all_kinds(world)
    assert kinds == {"stacked": ("stacked", "memory")}
    whole = question(["stacked"], known_targets(world, supply), YEAR, 0.5, kinds)
    assert whole.scenario_id == "item:stacked"
    kind = supply.hit(question(["memory"], known_targets(world, supply), YEAR, 0.5).shocks)
    assert {node: part for node, part in supply.hit(whole.shocks).items() if node != "item:stacked"} == pytest.approx(kind)


def test_a_class_made_of_its_kinds_is_lost_once(core: Mapping[str, pd.DataFrame]) -> None:
    """An accelerator is a board of one kind or the other; losing the class and its kinds would reach it twice."""
    items = core["item"].copy()
    items.loc[items["item_id"] == "accelerator", "part_of"] = "ai_accelerator"
    needs = pd.concat([core["requirement"], pd.DataFrame([need("ai_accelerator", "accelerator", "unit/unit", group_name="kind")])])
    assert "ai_accelerator" not in all_kinds({**core, "item": items, "requirement": needs.reset_index(drop=True)})


def test_what_is_asked_for_is_found_by_id_or_name(core: Mapping[str, pd.DataFrame], supply: Supply) -> None:
    named = {**core, "organisation": core["organisation"].assign(name=core["organisation"]["organisation_id"].str.title())}
    named["country"] = pd.DataFrame({"country": ["TWN"], "name": ["Taiwan"]})
    known = known_targets(named, supply)
    for text, hit in (
        ("gas", {"item:gas": 0.5}),
        ("Taiwan", {"item:wafer": 0.45}),
        ("org:Fab", {"item:wafer": 0.5}),
        ("owner:group", {"item:memory": 0.125, "maker:memory@north": 0.5}),
        ("offer:fab/wafer/USA", {"item:wafer": 0.05}),
        ("region:PJM", {"item:accelerator_hour": 0.15, "site:s1": 0.5}),
        ("s1", {"item:accelerator_hour": 0.15, "site:s1": 0.5}),
        ("board:board", {"board:board": 0.5}),
    ):
        assert supply.hit(question([text], known, 10, 0.5).shocks) == pytest.approx(hit), text
    assert question(["gas", "TWN"], known, 10).scenario_id == "item:gas + country:TWN"
    with pytest.raises(UnknownTarget) as error:
        question(["org:fap"], known, 10)
    assert (error.value.kind, error.value.name) == ("org", "fap")
    assert "fab" in error.value.known


def test_ripples_are_no_turns() -> None:
    assert turns([1, 0.5, 1]) == 1
    assert turns([1, 0.995, 1, 0.995, 1]) == 0
    assert turns([1, 0.9, 0.9, 0.905, 0.8, 0.8, 1, 0.7]) == 2
    assert turns([1.0]) == 0


def made_abroad(core: Mapping[str, pd.DataFrame], seat: str = "USA") -> dict[str, pd.DataFrame]:
    """The same world with a designer that has its accelerators made in Taiwan."""
    homes = core["organisation"].assign(
        country=core["organisation"]["country"].where(core["organisation"]["organisation_id"] != "designer", seat)
    )
    sold = pd.DataFrame([offer("designer", "ai_accelerator", "TWN", 1.0) | {"production_grade": "estimate"}])
    return {**core, "organisation": homes, "offer": pd.concat([core["offer"], sold], ignore_index=True)}


def test_a_board_is_lost_where_it_is_made_and_where_its_designer_sits(core: Mapping[str, pd.DataFrame]) -> None:
    supply = supply_network(made_abroad(core))
    at = {kind: supply.held_by(kind) for kind in ("country", "seat", "owner")}
    assert at["country"]["TWN"]["board:board"] == at["seat"]["USA"]["board:board"] == at["owner"]["designer"]["board:board"] == 1
    assert "board:board" not in at["country"]["USA"], "what the firm has made abroad is not lost with its home"
    assert at["country"]["TWN"]["item:wafer"] == pytest.approx(0.9)
    assert at["seat"]["TWN"]["item:wafer"] == pytest.approx(1.0), "a ban on a firm reaches its plants abroad"


def test_a_board_of_which_nobody_says_where_it_is_made_is_made_at_home(core: Mapping[str, pd.DataFrame]) -> None:
    (one,) = supply_network(core).makers["board:board"]
    assert (one.country, one.grade) == ("USA", "estimate")


def test_a_country_and_a_seat_lose_no_less_than_the_owners_whose_supply_they_hold(core: Mapping[str, pd.DataFrame]) -> None:
    supply = supply_network(made_abroad(core))
    table = common_mode({"central": supply})
    assert {"seat USA", "country TWN"} <= set(table["by"] + " " + table["place"])
    assert less_than_an_owner(supply, table) == []
    less = table.copy()
    less.loc[(less["by"] == "seat") & (less["place"] == "USA"), "tokens_lost_central"] = 0
    assert "seat USA loses less than owner designer: tokens_lost_central" in less_than_an_owner(supply, less)
    gone = table[(table["by"] != "country") | (table["place"] != "TWN")]
    assert less_than_an_owner(supply, gone) == ["country TWN is missing beside owner designer"]


def test_accelerators_lost_with_a_country_range_with_what_is_known_of_where_they_are_made(core: Mapping[str, pd.DataFrame]) -> None:
    table = common_mode(supply_networks(made_abroad(core))).set_index(["by", "place"])  # type: ignore[arg-type]
    low, central, high = (table.loc[("country", "TWN"), f"accelerators_lost_{end}"] for end in ("low", "central", "high"))
    assert 0 < low < central <= high


def test_a_class_is_made_where_its_kinds_are(core: Mapping[str, pd.DataFrame]) -> None:
    kinds = core["requirement"].copy()
    kinds.loc[kinds["consumer_id"] == "ai_accelerator", ["group_name", "substitutability"]] = ["kind", 0.5]
    supply = supply_network({**made_abroad(core), "requirement": kinds})
    assert "item:ai_accelerator" not in supply.held_by("country")["TWN"], "a loss reaches the class through its kinds, once"
    run = simulate(supply.net, [losses({"board:board": 1.0}, outage(YEAR, YEAR))], YEAR, ["item:ai_accelerator"])
    assert run.made[0, -1, 0] == pytest.approx(0.0), "nothing stands in for all kinds at once"


def test_every_essential_loss_is_looked_at(core: Mapping[str, pd.DataFrame], supply: Supply) -> None:
    assert free_losses(supply) == []
    looked_at = set(sole_inputs(supply.net))
    assert {"item:gas", "item:wafer", "item:tool", "item:token", "item:electricity"} <= looked_at, "what lasts and what flows as well"
    assert leads_nowhere(supply) == []
    stray = pd.DataFrame([need("tool", "memory", "GB/unit"), need("stray", "gas", "m3/unit")])
    item = pd.DataFrame([{"item_id": "stray", "name": "stray", "layer": "boards", "unit": "unit", "part_of": None}])
    lead = pd.DataFrame([need("dead_end", "stray", "unit/unit")])
    end = item.assign(item_id="dead_end", name="dead_end")
    grown = {**core, "item": pd.concat([core["item"], item, end]), "requirement": pd.concat([core["requirement"], stray, lead])}
    assert leads_nowhere(supply_network(grown)) == ["item:stray"], "a server that leads to no token"


def test_pipes_are_short_of_stock_on_the_way_however_long_new_supply_takes() -> None:
    assert max(assumptions.PIPED_DAYS["natural_gas"]) < min(assumptions.TRANSIT_DAYS["power"])


def of_software(core: Mapping[str, pd.DataFrame], life: float | None) -> Supply:
    """The small world with an inference engine between accelerators and tokens, made by two; `life` in years where copies are installed."""
    engine = {"item_id": "engine", "name": "engine", "layer": "harness", "unit": "USD", "part_of": None}
    figure = {"entity_id": "item:engine", "parameter": "installed_life", "low": life, "central": life, "high": life, "status": "current"}
    needs = [need("token", "engine", "USD/Mtoken", 0, 30), need("engine", "ai_accelerator", "unit/USD", None, None)]
    changed = {
        "item": pd.concat([core["item"], pd.DataFrame([engine])], ignore_index=True),
        "requirement": pd.concat([core["requirement"], pd.DataFrame(needs)], ignore_index=True),
        "offer": pd.concat([core["offer"], pd.DataFrame([offer("fab", "engine", "BGR", 0.4)])], ignore_index=True),
    }
    if life is not None:
        changed["parameter"] = pd.concat([core["parameter"], pd.DataFrame([figure])], ignore_index=True)
    return supply_network({**core, **changed})


def test_installed_software_runs_on_without_its_maker_and_a_hosted_service_does_not(core: Mapping[str, pd.DataFrame]) -> None:
    gone = Shock({"country": ("BGR",)}, 1.0)
    hosted = made(of_software(core, None), gone, TOKENS, 90)
    assert hosted[:10].min() == pytest.approx(0.6), "a service is lost with its operator"
    installed = made(of_software(core, 2.0), gone, TOKENS, 90)
    assert installed[:15].min() > 0.99, "copies at work do not stop"
    assert installed[90] == pytest.approx(1 - 0.4 * (1 - np.exp(-90 / (2 * YEAR))), abs=0.005), "they age: two fifths are not renewed"


def test_installed_software_still_needs_what_it_runs_on(core: Mapping[str, pd.DataFrame]) -> None:
    supply = of_software(core, 2.0)
    wears = made(supply, Shock({"item": ("ai_accelerator",)}, 1.0, of_supply=True), "installed:engine")
    renewed = made(supply, Shock({"item": ("engine",)}, 1.0, of_supply=True), "installed:engine")
    assert wears[-1] < renewed[-1] < 1, "boards wear and are planned to grow, copies only age"
    assert supply.evidence.set_index(["node", "input"]).loc[("installed:engine", "engine"), "lasting"] == "copies of engine"


def with_systems(core: Mapping[str, pd.DataFrame]) -> Supply:
    """The small world with two boards, each in a system, of which one also needs a tool; clusters take accelerators and systems."""
    second = core["board"].iloc[0].to_dict() | {"board_id": "other", "memory_item": None}
    layers = {"rack": "boards", "tray": "boards", "ai_server": "boards", "psu": "power"}
    items = [{"item_id": i, "name": i, "layer": layer, "unit": "unit", "part_of": None} for i, layer in layers.items()]
    for one in items[:2]:
        one["part_of"] = "ai_server"
    needs = core["requirement"]
    needs = needs[~((needs["consumer_id"] == "ai_accelerator") & (needs["input_id"] == "board"))]
    kinds = [need("ai_accelerator", b, "unit/unit", group_name="kind", mix=m) for b, m in (("board", 0.7), ("other", 0.3))]
    systems = [need("ai_server", s, "unit/unit", None, None, group_name="system", mix=m) for s, m in (("rack", 0.7), ("tray", 0.3))]
    held = [need("rack", "board", "unit/unit", 7, substitutability=0.5), need("tray", "other", "unit/unit", 7)]
    rest = [need("rack", "psu", "kW/unit", 5), need("tray", "psu", "kW/unit", 5), need("ai_cluster", "ai_server", "unit/MW", None, None)]
    return supply_network(
        {
            **core,
            "item": pd.concat([core["item"], pd.DataFrame(items)], ignore_index=True),
            "board": pd.concat([core["board"], pd.DataFrame([second])], ignore_index=True),
            "requirement": pd.concat([needs, pd.DataFrame([*kinds, *systems, *held, *rest])], ignore_index=True),
        }
    )


@pytest.mark.parametrize("lost", ["psu", "wafer", "memory", "facility_air", "gas"])
def test_accelerators_lose_what_the_boards_they_are_made_of_lose(core: Mapping[str, pd.DataFrame], lost: str) -> None:
    """No board can be had without its system nor the reverse: the class lies between its boards, but for a week of their stock."""
    supply = with_systems(core)
    gone = supply.during((Shock({"item": (lost,)}, 1.0, of_supply=True),), outage(YEAR, 120))
    run = simulate(supply.net, [gone], YEAR)
    board, other, of_class = (1 - run.made[0, :, supply.net.index[n]].mean() for n in ("board:board", "board:other", "item:ai_accelerator"))
    assert min(board, other) - 10 / YEAR <= of_class <= max(board, other) + 2 / YEAR
    assert of_class > 0.05 or lost == "facility_air"


def test_a_site_alone_leaves_no_board_without_orders(core: Mapping[str, pd.DataFrame]) -> None:
    """What sites take is in what the world's clusters take: it is not taken twice."""
    supply = with_systems(core)
    gone = dict.fromkeys(supply.sites, 1.0)
    run = simulate(supply.net, [losses(gone, outage(YEAR, 200))], YEAR, ["board:board", "site:s0"])
    assert run.lost()[0, 0] < 1e-3
    assert run.lost()[0, 1] > 0.5
    assert supply.world.nodes == supply.net.nodes[: len(supply.world.nodes)]
    assert set(supply.net.nodes) - set(supply.world.nodes) == set(supply.sites)


def test_power_is_not_on_the_way_for_weeks(core: Mapping[str, pd.DataFrame]) -> None:
    """A plant lost is felt when the last hour comes through, not when a ship would have been unloaded."""
    plant = {"item_id": "plant", "name": "plant", "layer": "power", "unit": "MWh", "part_of": None}
    changed = {
        "item": pd.concat([core["item"], pd.DataFrame([plant])], ignore_index=True),
        "requirement": pd.concat(
            [core["requirement"], pd.DataFrame([need("electricity", "plant", "MWh/MWh", None, 700)])], ignore_index=True
        ),
    }
    supply = supply_network({**core, **changed})
    assert supply.evidence.set_index(["node", "input"]).loc[("item:electricity", "plant"), "transit_days"] == 1
    assert made(supply, Shock({"item": ("plant",)}, 1.0, of_supply=True), HOURS)[:5].min() == 0


def test_each_stretch_of_a_path_has_a_range_and_a_grade(core: Mapping[str, pd.DataFrame]) -> None:
    _, path = disruption(supply_networks(core), {"test": case(Shock({"country": ("QAT",)}, 1.0), 120)})
    assert not path.empty
    assert (path["output_share_low"] <= path["output_share"]).all()
    assert (path["output_share"] <= path["output_share_high"]).all()
    assert (path["output_share_low"] < path["output_share_high"]).any()
    assert set(path["grade"]) <= set(GRADES)
    assert path["assumed_share"].between(0, 1).all()


def test_what_an_item_and_a_measure_cost_and_save_has_its_range(core: Mapping[str, pd.DataFrame]) -> None:
    supplies = supply_networks(core)
    lost = tts_ttr(supplies).set_index("node").loc["item:gas"]
    assert lost["accelerators_lost_share_low"] < lost["accelerators_lost_share"] < lost["accelerators_lost_share_high"]
    ends = [supplies["low"], supplies["high"]]
    saved = mitigation(supplies["central"], {"test": case(Shock({"country": ("QAT",)}, 1.0), 120)}, ends=ends)
    best = saved[saved["accelerators_saved_share"].abs() >= 0.01].iloc[0]
    assert best["accelerators_saved_low"] <= best["accelerators_saved_share"] <= best["accelerators_saved_high"]
    alone = mitigation(supplies["central"], {"test": case(Shock({"country": ("QAT",)}, 1.0), 120)})
    assert alone["accelerators_saved_low"].isna().all()
