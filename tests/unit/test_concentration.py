"""Concentration of supply: the index, its bands, and bounds that hold whatever is not known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.risk.concentration import Supplier, band, concentration, herfindahl, hhi, largest_index, remainder_bounds, smallest_index
from sources import assemble
from sources import records as r
from sources.columns import columns

ROUNDING = 0.25
"""Index points that unnamed suppliers of less than half a per cent together can add."""


def exact(name: str, share: float, grade: str = "primary") -> Supplier:
    return Supplier(name, share, share, share, grade)


def table(rows: list[dict[str, Any]], record: type) -> pd.DataFrame:
    return pd.DataFrame(rows).reindex(columns=[c.name for c in columns(record)])


def share_row(item: str, supplier: str, central: float | None, kind: str = "firm", **more: Any) -> dict[str, Any]:
    owner = {"firm": "organisation_id", "country": "country", "group": "members", "residual": "note"}[kind]
    return {
        "share_id": f"{item}/{supplier}",
        "item_id": item,
        "supplier_kind": kind,
        "supplier": supplier,
        owner: supplier,
        "low": central,
        "central": central,
        "high": central,
        "metric": "revenue",
        "grade": "primary",
        "source_id": "report",
        "status": "current",
        **more,
    }


def measured(shares: list[dict[str, Any]], items: dict[str, str | None], parents: dict[str, str] | None = None) -> pd.DataFrame:
    """risk.hhi of a small world: items with their class, owners, and everybody's headquarters in Taiwan."""
    rows = table(shares, r.Share)
    firms = sorted(set(rows["organisation_id"].dropna()))
    organisations = table([{"organisation_id": f, "country": "TWN", "owner_id": (parents or {}).get(f, f)} for f in firms], r.Organisation)
    item_rows = table([{"item_id": i, "part_of": p} for i, p in items.items()], r.Item)
    return hhi(rows, assemble.offer(rows, organisations), item_rows, organisations).set_index(["item_id", "by"])


@given(st.integers(1, 500))
def test_equal_suppliers_divide_ten_thousand(n: int) -> None:
    assert herfindahl([1 / n] * n) == pytest.approx(10_000 / n)


def test_a_duopoly_of_seventy_and_thirty_worked_by_hand() -> None:
    found = concentration([exact("a", 0.7), exact("b", 0.3)])
    assert found is not None
    assert (found.low, found.central, found.high) == pytest.approx((5800, 5800, 5800))
    assert (found.cr1, found.cr3, found.known, found.largest) == (0.7, 1.0, 1.0, "a")


def test_bands_change_at_one_thousand_and_eighteen_hundred() -> None:
    assert [band(v) for v in (0, 999.9, 1000, 1800, 1800.1, 10_000)] == ["low", "low", "moderate", "moderate", "high", "high"]


def test_an_unknown_rest_may_be_dust_or_suppliers_as_large_as_the_smallest_known() -> None:
    # known 50% and 20%, unknown 30%: at most one of 20% and one of 10%
    least, most = remainder_bounds([0.5, 0.2], 0.3)
    assert (least, most) == pytest.approx((0.0, 500.0))
    found = concentration([exact("a", 0.5), exact("b", 0.2)])
    assert found is not None
    assert (found.low, found.central, found.high) == pytest.approx((2900.0, 3150.0, 3400.0))


def test_where_nobody_is_known_one_supplier_may_have_it_all() -> None:
    assert remainder_bounds([], 1.0) == (0.0, 10_000.0)
    assert remainder_bounds([], 0.4) == pytest.approx((0.0, 1600.0))
    assert remainder_bounds([0.6, 0.4], 0.0) == (0.0, 0.0)


def test_no_known_share_gives_no_index() -> None:
    assert concentration([]) is None
    assert concentration([Supplier("a", 0.0, 0.0, 0.0, "primary")]) is None


@st.composite
def markets(draw: st.DrawFn) -> tuple[list[float], list[Supplier]]:
    """All true shares, and what is published: the larger ones as ranges, whose central values may lie beside the truth."""
    sizes = draw(st.lists(st.floats(0.02, 1.0), min_size=1, max_size=12))
    truth = sorted((s / sum(sizes) for s in sizes), reverse=True)
    known = truth[: draw(st.integers(1, len(truth)))]
    hidden = truth[len(known)] if len(known) < len(truth) else 0.0
    central = list(known)
    if len(known) > 1:
        i, j = draw(st.sampled_from([(i, j) for i in range(len(known)) for j in range(len(known)) if i != j]))
        moved = draw(st.floats(0.0, 1.0)) * (known[i] - max(hidden, 0.001)) * 0.99
        moved = max(0.0, min(moved, 1 - known[j]))
        central[i] -= moved
        central[j] += moved
    suppliers = []
    for k, (t, c) in enumerate(zip(known, central, strict=True)):
        below, above = draw(st.floats(0.0, 0.5)), draw(st.floats(0.0, 0.5))
        suppliers.append(Supplier(f"s{k}", min(t, c) * (1 - below), c, min(max(t, c) * (1 + above), 1.0), "secondary"))
    return truth, suppliers


@given(markets())
def test_the_truth_lies_within_the_bounds_whatever_is_hidden(market: tuple[list[float], list[Supplier]]) -> None:
    """Hidden suppliers are no larger than the smallest known one, and the central shares sum to what is truly known."""
    truth, suppliers = market
    found = concentration(suppliers)
    assert found is not None
    slack = ROUNDING + 1e-6
    assert found.low - slack <= herfindahl(truth) <= found.high + slack
    assert 0 <= found.low <= found.central <= found.high <= 10_000 + slack


@pytest.mark.parametrize(
    ("truth", "suppliers"),
    [
        ([0.3] + [0.01] * 70, [Supplier("a", 0.3, 0.5, 0.7, "estimate")]),
        ([0.7, 0.3], [Supplier("a", 0.3, 0.5, 0.7, "estimate"), Supplier("b", 0.05, 0.1, 0.3, "estimate")]),
        ([0.4, 0.2, 0.2, 0.2], [Supplier("a", 0.35, 0.4, 0.45, "estimate"), Supplier("b", 0.05, 0.1, 0.2, "estimate")]),
    ],
    ids=["less is known than the central values say", "more is known", "the smallest known is larger, and so are the hidden"],
)
def test_ranges_bound_the_index_though_they_move_what_is_unknown(truth: list[float], suppliers: list[Supplier]) -> None:
    found = concentration(suppliers)
    assert found is not None
    assert found.low <= herfindahl(truth) <= found.high + 1e-9


@given(st.lists(st.tuples(st.floats(0, 0.4), st.floats(0, 0.4)), min_size=1, max_size=6), st.floats(0, 1))
def test_least_and_greatest_index_hold_for_every_choice_within_the_ranges(pairs: list[tuple[float, float]], mix: float) -> None:
    low, high = np.array([min(p) for p in pairs]), np.array([max(p) for p in pairs])
    shares = low + mix * (high - low)
    total = float(shares.sum())
    index = herfindahl(shares)
    assert smallest_index(low, high, total) <= index + 1e-6
    assert largest_index(low, high, total) >= min(index, 10_000) - 1e-6


def test_least_index_levels_shares_as_far_as_their_ranges_allow() -> None:
    # 1.0 over [0.1, 0.9] and [0.3, 0.4]: 0.6 and 0.4, as the second may not rise to a half
    assert smallest_index(np.array([0.1, 0.3]), np.array([0.9, 0.4]), 1.0) == pytest.approx(5200)


@given(st.lists(st.floats(0.01, 1.0), min_size=2, max_size=8), st.floats(0.1, 1.0), st.data())
def test_merging_owners_never_lowers_the_index(sizes: list[float], covered: float, data: st.DataObject) -> None:
    firms = {f"firm_{k}": covered * s / sum(sizes) for k, s in enumerate(sizes)}
    widths = {f: data.draw(st.floats(0, 0.2)) for f in firms}
    parents = {f: f"group_{data.draw(st.integers(0, 2))}" for f in firms if data.draw(st.booleans())}
    shares = [share_row("chip", f, c, low=c * (1 - widths[f]), high=min(c * (1 + widths[f]), 1.0)) for f, c in firms.items()]
    found = measured(shares, {"chip": None}, parents)
    by_firm, by_owner = found.loc[("chip", "firm")], found.loc[("chip", "owner")]
    for bound in ("hhi_low", "hhi_central", "hhi_high", "cr1", "cr3"):
        assert by_owner[bound] >= by_firm[bound] * (1 - 1e-9)


def test_one_owner_of_all_is_a_monopoly_and_no_more() -> None:
    """Published shares are rounded: those of one owner may sum to a little more than one."""
    found = measured(
        [share_row("chip", "fab_a", 0.6), share_row("chip", "fab_b", 0.415)], {"chip": None}, {"fab_a": "group", "fab_b": "group"}
    )
    row = found.loc[("chip", "owner")]
    assert row["largest"] == "group"
    assert row["cr1"] <= 1.0
    assert (row["hhi_low"], row["hhi_central"], row["hhi_high"]) == pytest.approx((10_000, 10_000, 10_000))


def test_an_item_of_which_no_share_is_known_says_so() -> None:
    found = measured([share_row("chip", "fab_a", 1.0), share_row("resin", "maker", None)], {"chip": None, "resin": None})
    row = found.loc[("resin", "firm")]
    assert row["finding"] == "no share known"
    assert row["suppliers_named"] == 1
    assert pd.isna(row["hhi_central"])
    assert pd.isna(row["band"])
    assert pd.isna(row["rank"])


def test_an_item_without_shares_is_measured_by_its_class() -> None:
    shares = [share_row("memory", "fab_a", 0.5), share_row("memory", "fab_b", 0.5), share_row("hbm3e", "fab_a", 1.0)]
    found = measured(shares, {"memory": None, "hbm": "memory", "hbm4": "hbm", "hbm3e": "hbm"})
    for item in ("hbm", "hbm4"):
        row = found.loc[(item, "firm")]
        assert (row["basis"], row["finding"]) == ("memory", "measured by its class memory")
        assert row["hhi_central"] == pytest.approx(5000)
    assert found.loc[("hbm3e", "firm"), "finding"] == "measured"
    assert found.loc[("hbm3e", "firm"), "hhi_central"] == pytest.approx(10_000)


def test_countries_follow_from_where_the_firms_produce() -> None:
    shares = [
        share_row("chip", "fab_a", 0.6, production="TWN:0.9;USA:0.1", production_grade="estimate"),
        share_row("chip", "fab_b", 0.4, production="USA:0.5;KOR:0.5", production_grade="primary"),
    ]
    row = measured(shares, {"chip": None}).loc[("chip", "country")]
    # TWN 0.54, USA 0.06 + 0.20, KOR 0.20
    assert row["hhi_central"] == pytest.approx((0.54**2 + 0.26**2 + 0.20**2) * 10_000)
    assert row["largest"] == "TWN"
    assert row["estimate_share"] == pytest.approx(0.54 + 0.26), "the split of the United States rests on its weakest part"
    assert row["primary_share"] == pytest.approx(0.20)


def test_a_firm_whose_plants_are_not_known_counts_at_its_headquarters() -> None:
    row = measured([share_row("chip", "fab_a", 1.0)], {"chip": None}).loc[("chip", "country")]
    assert (row["largest"], row["estimate_share"]) == ("TWN", 1.0)


def test_published_country_shares_go_before_firms() -> None:
    shares = [
        share_row("gallium", "smelter", 0.1),
        share_row("gallium", "CHN", 0.98, kind="country"),
        share_row("gallium", "JPN", 0.02, kind="country"),
    ]
    found = measured(shares, {"gallium": None})
    assert found.loc[("gallium", "country"), "hhi_central"] == pytest.approx((0.98**2 + 0.02**2) * 10_000)
    assert found.loc[("gallium", "firm"), "known_share"] == pytest.approx(0.1)


def test_a_group_without_a_split_is_missing_supply_by_firm_and_located_by_country() -> None:
    shares = [
        share_row("resin", "maker", 0.5, production="JPN:1", production_grade="primary"),
        share_row("resin", "makers_b_and_c", 0.5, kind="group", production="JPN:0.4;TWN:0.6", production_grade="secondary"),
    ]
    found = measured(shares, {"resin": None})
    by_firm = found.loc[("resin", "firm")]
    assert by_firm["known_share"] == pytest.approx(0.5)
    assert (by_firm["hhi_low"], by_firm["hhi_high"]) == pytest.approx((2500, 5000))
    by_country = found.loc[("resin", "country")]
    assert by_country["known_share"] == pytest.approx(1.0)
    assert by_country["hhi_central"] == pytest.approx((0.7**2 + 0.3**2) * 10_000)


@pytest.mark.parametrize(("share_grade", "split_grade"), [("estimate", "primary"), ("primary", "estimate")])
@pytest.mark.parametrize("kind", ["firm", "group"])
def test_a_country_share_is_known_as_well_as_the_weaker_of_share_and_split(kind: str, share_grade: str, split_grade: str) -> None:
    row = share_row("resin", "maker", 1.0, kind=kind, grade=share_grade, production="JPN:1", production_grade=split_grade)
    assert measured([row], {"resin": None}).loc[("resin", "country"), "estimate_share"] == 1.0


def test_an_unknown_rest_is_no_supplier() -> None:
    shares = [share_row("resin", "maker", 0.6), share_row("resin", "others", 0.4, kind="residual")]
    row = measured(shares, {"resin": None}).loc[("resin", "firm")]
    assert (row["suppliers_named"], row["cr1"]) == (1, 0.6)
    assert (row["hhi_low"], row["hhi_high"]) == pytest.approx((3600, 3600 + 1600))


def test_only_current_shares_count() -> None:
    shares = [share_row("chip", "fab_a", 0.7), share_row("chip", "fab_b", 0.3), share_row("chip", "fab_b", 0.9, status="conflicting")]
    assert measured(shares, {"chip": None}).loc[("chip", "firm"), "hhi_central"] == pytest.approx(5800)


def test_each_view_counts_its_own_suppliers() -> None:
    shares = [
        share_row("gallium", "smelter", 0.1),
        share_row("gallium", "CHN", 0.98, kind="country"),
        share_row("gallium", "JPN", 0.02, kind="country"),
    ]
    found = measured(shares, {"gallium": None})
    assert (found.loc[("gallium", "firm"), "suppliers_named"], found.loc[("gallium", "country"), "suppliers_named"]) == (1, 2)


def test_the_most_concentrated_item_ranks_first() -> None:
    shares = [share_row("chip", "fab_a", 1.0), share_row("resin", "b", 0.5), share_row("resin", "c", 0.5)]
    found = measured(shares, {"resin": None, "chip": None})
    assert (found.loc[("chip", "firm"), "rank"], found.loc[("resin", "firm"), "rank"]) == (1, 2)
    assert found.loc[("resin", "firm"), "effective_suppliers"] == pytest.approx(2.0)


def test_a_supplier_above_thirty_per_cent_dominates() -> None:
    shares = [share_row("chip", f"fab_{k}", s) for k, s in enumerate((0.31, 0.23, 0.23, 0.23))]
    shares += [share_row("resin", f"maker_{k}", s) for k, s in enumerate((0.30, 0.30, 0.20, 0.20))]
    found = measured(shares, {"chip": None, "resin": None})
    assert found.loc[("chip", "firm"), "has_dominant_supplier"]
    assert not found.loc[("resin", "firm"), "has_dominant_supplier"]
