"""Many targets at once, the supply a loss takes away, the facts it rests on, and checks that can fail."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings

from graph.risk.chokepoint_checks import breaks, raised_by_a_second_source, supplies, wrong_cut_sets
from graph.risk.chokepoints import chokepoints, tables
from graph.risk.contribution import contribution
from graph.risk.cutsets import Solution
from graph.risk.failure_spread import failing, supply_lost
from graph.risk.fault_tree import FaultTree, Gate, absorb, decisive
from graph.risk.shared_diagram import shared_diagram
from graph.risk.supply_risk import supply_risk
from graph.risk.supply_things import Records
from graph.risk.supply_tree import supply_tree
from sources.records import GRADES
from tests.unit.test_supply_tree import CHIPS, ITEMS, core, need
from tests.unit.test_supply_tree import supplies as random_supplies

TOPS = [f"item:{item}" for item in ITEMS]
ROUNDING = 1e-9


@settings(max_examples=60)
@given(random_supplies())
def test_many_targets_at_once_are_each_by_itself(frames: dict[str, pd.DataFrame]) -> None:
    supply = supply_tree(Records(frames), TOPS)
    solved = shared_diagram(supply.tree, TOPS)
    cuts = solved.minimal_cut_sets(3)
    chance, slopes = solved.probability(dict.fromkeys(supply.tree.events, 0.2))
    for top, p, slope in zip(TOPS, chance, slopes, strict=True):
        alone = Solution(FaultTree(supply.tree.gates, dict.fromkeys(supply.tree.events, 0.2), supply.tree.house), top)
        assert [list(cut) for cut in cuts[top]] == alone.minimal_cut_sets(3).names()
        assert p == pytest.approx(alone.probability(), abs=1e-12)
        expected = alone.importance().set_index("event")["birnbaum"].to_dict()
        assert dict(zip(solved.variables, slope, strict=True)) == pytest.approx(
            {v: expected.get(v, 0.0) for v in solved.variables}, abs=1e-12
        )


@settings(max_examples=60)
@given(random_supplies())
def test_what_stops_a_target_takes_supply_of_it_and_what_takes_all_of_a_sure_supply_stops_it(frames: dict[str, pd.DataFrame]) -> None:
    supply = supply_tree(Records(frames), TOPS)
    cuts = [(event,) for event in supply.tree.events]
    state, lost = failing(supply, cuts, 3), supply_lost(supply, cuts)
    for top in TOPS:
        low, central, high = lost[top]
        assert (low <= central + ROUNDING).all()
        assert (central <= high + ROUNDING).all()
        assert ((high > 0) | ~state[top]).all()
        assert (high <= 1 + ROUNDING).all()


@settings(max_examples=60)
@given(random_supplies())
def test_every_event_of_a_listed_cut_set_has_an_account_at_least_as_well_evidenced(frames: dict[str, pd.DataFrame]) -> None:
    """A cut set's own account is one of those that its events stand in; and what can matter stands in one."""
    found = chokepoints(Records(frames), TOPS, max_order=2)
    known = contribution(found.supply)
    for row in found.min_cut_set.itertuples():
        for event in row.events.split(" + "):
            assert known[row.target][event] <= GRADES.index(row.grade)
    assert found.top_probability["grade"].notna().all()
    for row in found.top_probability.itertuples():
        assert row.event in known[row.target]


def test_one_of_three_makers_of_a_gas_rests_on_the_weakest_of_what_all_three_are_known_to_make() -> None:
    """Losing one stops nothing: it takes all three, and the third's part is a guess. With a second need well known, that need grades."""
    offers: dict[str, dict[str, float | None]] = {
        "chip": {"fab": 1.0},
        "gas": {"a": 0.4, "b": 0.3, "c": 0.3},
        "neon": {"a": 0.4, "d": 0.3, "e": 0.3},
    }
    frames = core(offers, [need("chip", "gas"), need("chip", "neon", grade="derived")])
    frames["offer"].loc[frames["offer"]["offer_id"] == "c/gas/C", "grade"] = "estimate"
    found = chokepoints(Records(frames), "item:chip").top_probability.set_index("event")["grade"]
    assert found.to_dict() == {
        "org:fab": "secondary",
        "org:a": "derived",
        "org:b": "estimate",
        "org:c": "estimate",
        "org:d": "derived",
        "org:e": "derived",
    }


def test_a_single_point_of_failure_below_alternatives_is_found_however_deep() -> None:
    gates = {
        "top": Gate("and", ("a", "b")),
        "a": Gate("or", ("both", "x")),
        "b": Gate("or", ("deep", "y")),
        "deep": Gate("or", ("both", "z")),
        "both": Gate("and", ("p", "q")),
    }
    root = gates | {"all": Gate("or", ("top", "w"))}
    assert set(decisive(root, "all")) == {"top", "w", "both"}
    reduced, name = absorb(root, "all")
    assert isinstance(name, str)
    assert not {"p", "q"} & {one for key, gate in reduced.items() if key not in (name, "both") for one in gate.inputs}


def test_the_supply_lost_is_that_of_the_scarcest_input_with_its_range() -> None:
    frames = core({"chip": {"fab_a": 0.6, "fab_b": 0.4}, "gas": {"gas_a": 0.7, "gas_b": None}}, [need("chip", "gas")])
    lost = supply_lost(supply_tree(Records(frames), "item:chip"), [("org:fab_a",), ("org:gas_b",), ("org:fab_b", "org:gas_a")])["item:chip"]
    assert lost[1].tolist() == pytest.approx([0.6, 0.3, 0.7])
    assert lost[0].tolist()[1] == 0, "nobody says what gas_b supplies: it may be nothing"


def test_alternatives_share_the_loss_by_what_uses_them() -> None:
    offers = {"rack": {"maker": 1.0}, "x": {"a": 1.0}, "y": {"b": 1.0}}
    frames = core(offers, [need("rack", "x", group_name="g", mix=0.75), need("rack", "y", group_name="g", mix=0.25)])
    lost = supply_lost(supply_tree(Records(frames), "item:rack"), [("org:a",), ("org:b",), ("org:a", "org:b")])["item:rack"]
    assert lost[1].tolist() == pytest.approx([0.75, 0.25, 1.0])


def test_a_partial_loss_has_a_path_through_alternatives() -> None:
    offers = {"rack": {"maker": 1.0}, "x": {"a": 1.0}, "y": {"b": 1.0}}
    frames = core(offers, [need("rack", "x", group_name="g", mix=0.75), need("rack", "y", group_name="g", mix=0.25)])
    found = chokepoints(Records(frames), "item:rack", share=0.5).spof.set_index("event")
    assert found["path"].to_dict() == {"org:maker": "org:maker > item:rack", "org:a": "org:a > item:x > item:rack"}


def test_a_named_maker_supplies_all_of_what_is_asked_of_it() -> None:
    frames = core({"chip": {"fab": 1.0}, "memory": {"big": 0.6, "small": 0.2}}, [need("chip", "memory", organisation_id="small")])
    found = chokepoints(Records(frames), "item:chip", share=0.9).spof.set_index("event")
    assert found.loc["org:small", "supply_lost"] == pytest.approx(1.0)


def found_requirement(frames: dict[str, pd.DataFrame]) -> str:
    return str(frames["requirement"]["requirement_id"].iloc[0])


def test_sites_of_a_grid_fail_together() -> None:
    rows = [("s1", "PJM", 60.0), ("s2", "PJM", 10.0), ("s3", "ERCOT", 20.0), ("s4", None, 10.0)]
    frames = core({"accelerator_hour": {}}, [need("token", "accelerator_hour")]) | {
        "site": pd.DataFrame(
            [
                {"site_id": s, "region": g, "status": "operational", "operator": None, "country": "USA", "grade": "secondary"}
                for s, g, _ in rows
            ]
        ),
        "parameter": pd.DataFrame(
            [{"entity_id": f"site:{s}", "parameter": "h100_equivalents", "status": "current", "central": n} for s, _, n in rows]
        ),
    }
    found = chokepoints(Records(frames), "item:token", "grid", share=0.3)
    assert found.spof["event"].tolist() == ["grid:PJM"]
    assert found.spof["share_central"].tolist() == pytest.approx([0.7])
    assert found.spof["evidence"].tolist() == ["site:s1; site:s2; requirement:" + found_requirement(frames)]
    assert chokepoints(Records(frames), "item:token", "grid", share=0.95).min_cut_set.empty, (
        "a site of which no grid is known keeps working"
    )


def test_a_table_that_lies_is_caught() -> None:
    spof, cuts, _ = tables(CHIPS, ["item:chip", "item:gas"], ["organisation"])
    supply = supplies(CHIPS, spof)
    assert breaks(supply, spof) == []
    assert wrong_cut_sets(supply, cuts) == []
    assert breaks(supply, spof.assign(event="org:gas_a")) != []
    longer = cuts.assign(events=cuts["events"].where(cuts["order"] > 1, "org:litho + org:gas_a"), order=2)
    assert any("part of" in told for told in wrong_cut_sets(supply, longer))
    assert raised_by_a_second_source(CHIPS, spof, "item:chip", 2) == []


def test_supply_risk_is_given_only_with_its_inputs() -> None:
    shares = {
        "hhi_low": 5e3,
        "hhi_central": 6e3,
        "hhi_high": 7e3,
        "largest": "CHN",
        "governance_risk": 0.6,
        "governance_hhi": 4e3,
        "by": "country",
    }
    graded = {"primary_share": 0.0, "secondary_share": 1.0, "derived_share": 0.0, "estimate_share": 0.0}
    hhi = pd.DataFrame([{"item_id": item, **shares, **graded} for item in ("tin", "ore")])
    items = pd.DataFrame([{"item_id": item, "layer": "materials"} for item in ("tin", "ore")])
    uses = pd.DataFrame([{"input_id": "tin", "status": "current", "substitutability": s, "grade": "estimate"} for s in (0.0, 0.4)])
    rates = {"us_recycled_share": (0.2, 0.25, 0.3), "us_net_import_reliance": (0.9, 0.9, 0.9)}
    parameters = pd.DataFrame(
        [
            {"entity_id": "item:tin", "parameter": name, "status": "current", "low": a, "central": b, "high": c, "grade": "secondary"}
            for name, (a, b, c) in rates.items()
        ]
    )
    frame = supply_risk(hhi, items, uses, parameters).set_index("item_id")
    assert frame.loc["tin", "ec_supply_risk"] == pytest.approx(4.0 * 0.75 * 0.8)
    assert (frame.loc["tin", "ec_low"], frame.loc["tin", "ec_high"]) == pytest.approx((4.0 * 0.7 * 0.6, 4.0 * 0.8 * 1.0))
    assert frame.loc["tin", "usgs_two_terms"] == pytest.approx((0.4 * 0.9) ** 0.5)
    assert frame.loc["tin", "grade"] == "estimate"
    assert frame.loc["ore", ["ec_supply_risk", "usgs_two_terms", "recycled_share"]].isna().all()
    assert frame.loc["ore", "missing"] == "recycled share; import reliance; substitution; economic vulnerability"
