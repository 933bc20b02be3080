from __future__ import annotations

from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.risk.chokepoint_tables import MinCutSet, Spof, TopProbability
from graph.risk.chokepoints import chokepoints, single_points_of_failure, tables
from graph.risk.cutsets import minimal_cut_sets
from graph.risk.failure_spread import failing
from graph.risk.fault_tree import FaultTreeError
from graph.risk.supply_things import By, Records
from graph.risk.supply_tree import SupplyTree, supply_tree
from sources.frames import records_of

COLUMNS = {
    "item": ["item_id", "part_of"],
    "organisation": ["organisation_id", "country", "owner_id", "grade"],
    "offer": ["offer_id", "organisation_id", "item_id", "country", "share_central", "grade", "production_grade"],
    "requirement": [
        "requirement_id",
        "consumer_id",
        "input_id",
        "organisation_id",
        "group_name",
        "k",
        "mix",
        "essentiality",
        "status",
        "grade",
    ],
    "share": ["item_id", "supplier_kind", "status", "country", "central", "grade", "production", "production_grade", "members"],
    "board": [
        "board_id",
        "designer",
        "design_partner",
        "foundry",
        "wafer_item",
        "io_wafer_item",
        "packaging_item",
        "packager",
        "memory_item",
        "grade",
    ],
}


def core(
    offers: dict[str, dict[str, float | None]],
    needs: list[dict[str, object]] | None = None,
    owners: dict[str, str] | None = None,
    countries: dict[str, str] | None = None,
    boards: list[dict[str, object]] | None = None,
    shares: list[dict[str, object]] | None = None,
) -> dict[str, pd.DataFrame]:
    """Core tables of a small supply: item -> maker -> share; each maker in a country of its own unless told."""
    makers = sorted({maker for makers in offers.values() for maker in makers} | {str(b["designer"]) for b in boards or []})
    where = {maker: (countries or {}).get(maker, maker.upper()[:3]) for maker in makers}
    items = sorted({*offers, *(str(n["input_id"]) for n in needs or []), *(str(n["consumer_id"]) for n in needs or [])})
    ids = {str(b["board_id"]) for b in boards or []}
    rows = {
        "item": [{"item_id": item} for item in items if item not in ids],
        "organisation": [
            {"organisation_id": m, "country": where[m], "owner_id": (owners or {}).get(m, m), "grade": "primary"} for m in makers
        ],
        "offer": [
            {
                "offer_id": f"{m}/{item}/{where[m]}",
                "organisation_id": m,
                "item_id": item,
                "country": where[m],
                "share_central": share,
                "grade": "secondary",
                "production_grade": "estimate",
            }
            for item, by_maker in offers.items()
            for m, share in by_maker.items()
        ],
        "requirement": [
            {
                "requirement_id": f"{n['consumer_id']}/{n['input_id']}/{n.get('organisation_id')}",
                "organisation_id": None,
                "group_name": None,
                "k": 1,
                "mix": 1.0,
                "essentiality": "essential",
                "status": "current",
                "grade": "primary",
            }
            | n
            for n in needs or []
        ],
        "share": shares or [],
        "board": [{"grade": "secondary", **b} for b in boards or []],
    }
    return {table: pd.DataFrame(rows[table], columns=names) for table, names in COLUMNS.items()}


def need(consumer: str, thing: str, **more: object) -> dict[str, object]:
    return {"consumer_id": consumer, "input_id": thing, **more}


def cut_sets(frames: dict[str, pd.DataFrame], target: str, by: By = "organisation", share: float | None = None) -> list[list[str]]:
    return minimal_cut_sets(supply_tree(Records(frames), target, by, share).tree, target).names()


CHIPS = core(
    {"chip": {"fab_a": 0.6, "fab_b": 0.4}, "scanner": {"litho": None}, "mirror": {"optics": None}, "gas": {"gas_a": 0.5, "gas_b": 0.5}},
    [need("chip", "scanner"), need("scanner", "mirror"), need("chip", "gas")],
)


def test_a_sole_supplier_of_an_essential_input_is_a_single_point_of_failure() -> None:
    assert cut_sets(CHIPS, "item:chip") == [["org:litho"], ["org:optics"], ["org:fab_a", "org:fab_b"], ["org:gas_a", "org:gas_b"]]
    found = single_points_of_failure(Records(CHIPS), "item:chip")
    assert found["path"].tolist() == ["org:litho > item:scanner > item:chip", "org:optics > item:mirror > item:scanner > item:chip"]
    assert found["steps"].tolist() == [1, 2]


def test_what_output_can_do_without_stops_nothing() -> None:
    frames = core({"chip": {"fab": 1.0}, "polish": {"maker": 1.0}}, [need("chip", "polish", essentiality="non_essential")])
    assert cut_sets(frames, "item:chip") == [["org:fab"]]


def test_k_of_a_group_must_work() -> None:
    offers = {"board": {"maker": 1.0}, "x": {"a": 1.0}, "y": {"b": 1.0}, "z": {"c": 1.0}}
    needs = [need("board", item, group_name="memory", k=2, mix=1 / 3) for item in "xyz"]
    assert cut_sets(core(offers, needs), "item:board") == [["org:maker"], ["org:a", "org:b"], ["org:a", "org:c"], ["org:b", "org:c"]]


def test_a_requirement_that_names_a_supplier_is_on_that_suppliers_offers() -> None:
    offers = {"chip": {"designer": 1.0}, "wafer": {"fab_a": 0.9, "fab_b": 0.1}}
    assert cut_sets(core(offers, [need("chip", "wafer", organisation_id="fab_a")]), "item:chip") == [["org:designer"], ["org:fab_a"]]


def test_a_thing_that_needs_itself_does_not_fail_for_want_of_itself() -> None:
    """Chips need tools that contain chips; what takes a member of the circle away takes all of it."""
    offers = {"chip": {"fab_a": 0.5, "fab_b": 0.5}, "tool": {"maker": 1.0}}
    supply = supply_tree(Records(core(offers, [need("chip", "tool"), need("tool", "chip")])), "item:chip")
    assert minimal_cut_sets(supply.tree, "item:chip").names() == [["org:maker"], ["org:fab_a", "org:fab_b"]]
    assert supply.cuts[["consumer", "input"]].to_numpy().tolist() == [["item:tool", "item:chip"]]
    assert "installed" in supply.cuts["why"][0]


def test_what_fails_as_one() -> None:
    frames = core(
        {"chip": {"fab_a": 0.5, "fab_b": 0.5}}, owners={"fab_a": "group", "fab_b": "group"}, countries={"fab_a": "TWN", "fab_b": "TWN"}
    )
    assert cut_sets(frames, "item:chip", "offer") == [["offer:fab_a/chip/TWN", "offer:fab_b/chip/TWN"]]
    assert cut_sets(frames, "item:chip", "organisation") == [["org:fab_a", "org:fab_b"]]
    assert cut_sets(frames, "item:chip", "owner") == [["org:group"]]
    assert cut_sets(frames, "item:chip", "country") == [["country:TWN"]]


def test_published_country_shares_go_before_those_of_firms() -> None:
    published = [
        {"item_id": "gallium", "supplier_kind": "country", "status": "current", "country": c, "central": s, "grade": "secondary"}
        for c, s in (("CHN", 0.98), ("JPN", 0.02))
    ]
    frames = core({"gallium": {"smelter": 0.1}}, countries={"smelter": "CHN"}, shares=published)
    assert cut_sets(frames, "item:gallium", "country") == [["country:CHN", "country:JPN"]]
    assert cut_sets(frames, "item:gallium", "country", share=0.5) == [["country:CHN"]]


def test_half_the_supply() -> None:
    frames = core({"chip": {"a": 0.45, "b": 0.3, "c": 0.15}})
    assert cut_sets(frames, "item:chip", share=0.5) == [["org:a", "org:b"], ["org:a", "org:c"]]
    assert cut_sets(frames, "item:chip", share=0.95) == [], "suppliers nobody names keep the rest alive"
    unknown = core({"chip": {"a": 0.4, "b": None, "c": None}})
    assert cut_sets(unknown, "item:chip", share=0.6) == [["org:a", "org:b"], ["org:a", "org:c"], ["org:b", "org:c"]]


def test_a_board_needs_its_designer_its_foundry_and_its_memory() -> None:
    board = {"board_id": "h1", "designer": "nv", "foundry": "fab_a", "wafer_item": "wafer", "memory_item": "hbm"}
    offers = {
        "wafer": {"fab_a": 0.5, "fab_b": 0.5},
        "hbm": {"mem_a": 0.5, "mem_b": 0.5},
        "abf_substrate": {"s": 1.0},
        "package_assembly": {"p": 1.0},
    }
    found = cut_sets(core(offers, boards=[board]), "board:h1")
    assert found == [["org:fab_a"], ["org:nv"], ["org:p"], ["org:s"], ["org:mem_a", "org:mem_b"]]


def test_requirements_are_followed_as_deep_as_asked() -> None:
    shallow = supply_tree(Records(CHIPS), "item:chip", depth=1)
    assert minimal_cut_sets(shallow.tree, "item:chip", 1).names() == [["org:litho"]]


def test_what_nobody_supplies_is_named() -> None:
    supply = supply_tree(Records(core({"chip": {"fab": 1.0}}, [need("chip", "ether")])), "item:chip")
    assert supply.undeveloped == ("item:ether",)
    assert minimal_cut_sets(supply.tree, "item:chip").names() == [["org:fab"]]


def test_a_cut_set_rests_on_the_weakest_fact_of_its_best_account() -> None:
    frames = core(
        {"chip": {"fab": 1.0}, "a": {"x": 1.0}, "b": {"x": 1.0, "y": 1.0}},
        [need("chip", "a", grade="estimate"), need("chip", "b", grade="primary")],
    )
    found = chokepoints(Records(frames), "item:chip", max_order=2).min_cut_set.set_index("events")["grade"]
    assert found.to_dict() == {"org:fab": "secondary", "org:x": "estimate"}
    sure = chokepoints(Records(core({"chip": {"fab": 1.0}, "a": {"x": 1.0}}, [need("chip", "a")])), "item:chip")
    assert sure.spof.set_index("event")["grade"].to_dict() == {"org:fab": "secondary", "org:x": "secondary"}
    by_country = chokepoints(Records(CHIPS), "item:chip", "country")
    assert set(by_country.spof["grade"]) == {"estimate"}, "where a firm produces is known less well than that it does"


def test_tables_have_their_declared_columns() -> None:
    spof, cuts, top = tables(CHIPS, ["item:chip", "item:gas"], ["organisation", "country"])
    assert len(records_of(spof, Spof)) == 2 + 4 + 1
    assert len(records_of(cuts, MinCutSet)) == 2 * (4 + 1)
    rows = records_of(top, TopProbability)
    assert {(r.target, r.is_single_point) for r in rows if r.event in ("org:litho", "org:gas_a")} == {
        ("item:chip", True),
        ("item:chip", False),
        ("item:gas", False),
    }
    assert all(0 <= r.fussell_vesely <= 1 and r.birnbaum >= 0 for r in rows)


def test_probabilities_by_country() -> None:
    supply = supply_tree(Records(CHIPS), "item:gas", probability=0.01, country_probability={"GAS": 0.2})
    assert supply.tree.events == {"org:gas_a": 0.2, "org:gas_b": 0.2}


MAKERS, ITEMS = ("p", "q", "r", "s"), ("i0", "i1", "i2", "i3", "i4")


@st.composite
def supplies(draw: st.DrawFn) -> dict[str, pd.DataFrame]:
    """Random supply with circles, through single inputs and through alternatives."""
    shares = st.one_of(st.none(), st.sampled_from([0.1, 0.25, 0.5]))
    offers = {
        item: {m: draw(shares) for m in draw(st.lists(st.sampled_from(MAKERS), min_size=1, max_size=2, unique=True))} for item in ITEMS
    }
    needs = []
    for item in ITEMS:
        for number in range(draw(st.integers(0, 2))):
            inputs = draw(st.lists(st.sampled_from(ITEMS), min_size=1, max_size=3, unique=True))
            k = draw(st.integers(1, len(inputs)))
            needs += [need(item, i, group_name=f"g{number}", k=k, mix=1 / len(inputs)) for i in inputs]
    return core(offers, needs)


def stops(supply: SupplyTree, lost: tuple[str, ...]) -> bool:
    return bool(failing(supply, [lost], 3)[supply.target][0])


@settings(max_examples=150)
@given(supplies(), st.sampled_from([None, 0.3, 0.5, 1.0]))
def test_the_tree_is_the_least_fixed_point_of_the_failure_equations(frames: dict[str, pd.DataFrame], share: float | None) -> None:
    """Each set of lost firms, spread round by round from 'nothing has failed', against the minimal cut sets."""
    supply = supply_tree(Records(frames), "item:i0", share=share)
    minimal: list[tuple[str, ...]] = []
    for size in range(1, len(MAKERS) + 1):
        for lost in combinations([f"org:{m}" for m in MAKERS], size):
            if stops(supply, lost) and not any(set(cut) <= set(lost) for cut in minimal):
                minimal.append(lost)
    assert sorted(map(sorted, minimal)) == sorted(minimal_cut_sets(supply.tree, "item:i0").names())


@settings(max_examples=50)
@given(supplies(), st.sampled_from(ITEMS))
def test_adding_a_supplier_never_raises_risk(frames: dict[str, pd.DataFrame], item: str) -> None:
    new = {"organisation_id": "new", "country": "NEW", "owner_id": "new", "grade": "primary"}
    offer = {
        "offer_id": "new/x/NEW",
        "organisation_id": "new",
        "item_id": item,
        "country": "NEW",
        "grade": "primary",
        "production_grade": "primary",
    }
    more = frames | {
        "organisation": pd.concat([frames["organisation"], pd.DataFrame([new])], ignore_index=True),
        "offer": pd.concat([frames["offer"], pd.DataFrame([offer])], ignore_index=True),
    }
    before, after = (chokepoints(Records(f), "item:i0", max_order=1) for f in (frames, more))
    assert set(after.spof["event"]) <= set(before.spof["event"]), "a further supplier makes no new single point"
    assert after.top_probability["top_probability"][0] <= before.top_probability["top_probability"][0] + 1e-12


def test_an_unknown_target_names_the_nearest() -> None:
    with pytest.raises(FaultTreeError, match="'item:chp' is no item and no board; nearest: item:chip"):
        supply_tree(Records(CHIPS), "item:chp")


def test_a_group_that_needs_more_than_it_has_is_refused() -> None:
    frames = core({"chip": {"fab": 1.0}, "a": {"x": 1.0}}, [need("chip", "a", group_name="memory", k=2)])
    with pytest.raises(
        FaultTreeError, match=r"requirement group 'memory' of item:chip: 2 of its alternatives must work, but it has 1: item:a"
    ):
        supply_tree(Records(frames), "item:chip")


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5])
def test_a_share_outside_zero_to_one_is_refused(share: float) -> None:
    with pytest.raises(FaultTreeError, match="expected a share above 0 and up to 1"):
        supply_tree(Records(CHIPS), "item:chip", share=share)


def test_a_probability_outside_zero_to_one_is_refused() -> None:
    with pytest.raises(FaultTreeError, match="expected a probability between 0 and 1, got 2"):
        chokepoints(Records(CHIPS), "item:chip", probability=2.0)
