"""Published costs beside ours: what is compared, and that each side is what it says."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from docs import published as page
from tests.command import Tables

ROWS = "from mart.published_comparison"
ROUNDED = 0.01


def test_the_kinds_a_finance_lead_asks_for_are_compared_each_with_its_publisher(tables: Tables) -> None:
    kinds = dict(tables.rows(f"select quantity, count(*) {ROWS} group by 1"))
    assert all(kinds[kind] >= 9 for kind in ("accelerator_hour", "tokens", "package", "rack", "gigawatt"))
    assert {"megawatt", "wafer", "packaging_wafer", "memory", "electricity"} <= set(kinds)
    assert tables.rows(f"select published_id {ROWS} where publisher is null or url is null or as_of is null or difference is null") == []
    assert tables.value("select count(*) from core.published_cost where status <> 'superseded'") == tables.value(
        "select count(*) from mart.published_comparison where published_id in (select published_id from core.published_cost)"
    )


def test_ratio_and_verdict_follow_from_the_figures(tables: Tables) -> None:
    wrong = f"""select published_id {ROWS} where abs(ratio * published_central / ours_central - 1) > 1e-9
                or not (ours_low <= ours_central and ours_central <= ours_high) or not (published_low <= published_central)
                or is_inside <> (published_central between ours_low and ours_high) or (is_inside and not ranges_overlap)
                or known_share not between 0 and 1"""
    assert tables.rows(wrong) == []


def test_ours_is_the_chains_own_result(tables: Tables) -> None:
    hours = f"""select p.published_id from ({ROWS} where scope = 'hour') p join core.board b on b.name = p.board
                join cost.price c on c.node_id = 'hour:' || b.board_id where abs(c.central_usd / p.ours_central - 1) > 1e-9 or c.high_usd <> p.ours_high"""
    assert tables.rows(hours) == []
    racks = f"""select p.published_id from ({ROWS} where scope = 'rack') p join core.board b on b.name = p.board
                join cost.price c on c.node_id = 'server:' || b.board_id where abs(72 * c.central_usd / p.ours_central - 1) > 1e-9"""
    assert tables.rows(racks) == []
    modules = f"""select p.published_id from ({ROWS} where scope = 'module') p join core.board b on b.name = p.board
                  join cost.price c on c.node_id = 'board:' || b.board_id where abs((c.inputs_usd + c.own_usd) / p.ours_central - 1) > 1e-9"""
    assert tables.rows(modules) == []


def test_a_wider_scope_costs_more(tables: Tables) -> None:
    usd = {(scope, board): value for scope, board, value in tables.rows(f"select scope, board, max(ours_central) {ROWS} group by 1, 2")}
    gb200, gb300 = "NVIDIA GB200 (per GPU)", "NVIDIA GB300 (per GPU)"
    assert usd["rack", gb200] < usd["rack_all_in", gb200]
    assert usd["gigawatt_hardware", gb300] < usd["gigawatt_site", gb300]
    assert usd["gigawatt_site", gb200] < usd["gigawatt_it", gb200], "a gigawatt at the meter holds fewer accelerators than one of IT load"
    racks_in_a_gigawatt = usd["gigawatt_it", gb200] / usd["rack_all_in", gb200]
    assert 120 <= 1e6 / racks_in_a_gigawatt <= 140, "kW that a GB200 NVL72 draws"


def test_what_inferencex_says_a_token_costs_is_its_hour_over_its_throughput(tables: Tables) -> None:
    """Two facts read on their own, the cost and the throughput, agree with a third, the hour."""
    pairs = tables.rows("""
        select c.published_id, c.central, h.central * 1e6 / (3600 * b.throughput_tok_s * (b.input_tokens + b.output_tokens) / b.output_tokens)
        from core.published_cost c
        join core.benchmark b on b.board_id = c.board_id and b.model_id = c.model_id and b.speed_tok_s_user = c.speed_tok_s_user
             and b.input_tokens = c.input_tokens and b.precision_bits = c.precision_bits and b.submitter = 'InferenceX' and b.note not like '%multi-token%'
        join core.parameter h on h.entity_id = 'board:' || c.board_id and h.parameter = 'tco_hyperscaler' and h.status = 'current'
        where c.published_id like 'tokens_inferencex_%'
    """)
    assert len(pairs) >= 20
    far = [p for p, published, computed in pairs if abs(published / computed - 1) > 0.1]
    assert far == []


def test_the_published_day_costs_what_its_nodes_cost(tables: Tables, golden: Path) -> None:
    day = json.loads((golden / "deepseek_day.json").read_text(encoding="utf-8"))["inputs"]
    cost = day["avg_nodes"] * day["gpus_per_node"] * day["hours"] * day["usd_per_gpu_h"]
    per_mtoken = cost * 1e6 / (day["input_tokens"] + day["output_tokens"])
    read = tables.value("select central from core.published_cost where published_id = 'tokens_deepseek_day'")
    assert read == pytest.approx(per_mtoken, rel=ROUNDED)
    given, made = tables.rows("select input_tokens, output_tokens from core.published_cost where published_id = 'tokens_deepseek_day'")[0]
    assert given / made == pytest.approx(day["input_tokens"] / day["output_tokens"], rel=ROUNDED)
    assert given + made / 2 == pytest.approx(4989, rel=ROUNDED), "mean length held in the cache"


def test_a_faster_user_never_costs_less(tables: Tables) -> None:
    rows = tables.rows("""
        select c.board_id, c.model_id, c.input_tokens, c.precision_bits, c.speed_tok_s_user, r.ours_central from cost.published_comparison r
        join core.published_cost c using (published_id) where c.published_id like 'tokens_inferencex_%' order by 1, 2, 3, 4, 5
    """)
    for (*slow, _, usd_slow), (*fast, _, usd_fast) in pairwise(rows):
        assert slow != fast or usd_slow <= usd_fast * (1 + 1e-9)


def test_nobody_sells_tokens_or_hours_below_our_range(tables: Tables) -> None:
    """Ours is the 5th percentile of the cost of new hardware; a contract for a chip of 2022 may lie a little below."""
    assert tables.rows(f"select published_id {ROWS} where relation = 'bound' and published_high < 0.9 * ours_low") == []


def test_contradicting_publications_are_marked(tables: Tables) -> None:
    states = dict(tables.rows(f"select published_id, conflict {ROWS}"))
    assert states["gw_bernstein_2025"] == states["gw_nvidia_2025"] == "conflicting"
    assert states["mw_terawulf_2025"] == states["mw_goldman_ai"] == "conflicting"
    assert states["rack_gb300_morgan_stanley"] == "agrees"
    assert states["gw_nvidia_huang_2026"] == "alone"


def test_the_page_tells_each_row_once_and_numbers_as_people_write_them() -> None:
    assert [page.number(v) for v in (0.0921, 1.3, 12.7, 40_050.0, 0.0067)] == ["0.0921", "1.3", "12.7", "40,050", "0.0067"]
    row = {f"{whose}_{name}": v for whose in ("published", "ours") for name, v in (("low", 50e9), ("central", 55e9), ("high", 60e9))}
    assert page.span(row, "ours") == "55 (50 to 60) bn"
    assert page.span(row | {"published_low": 35e9, "published_central": 35e9, "published_high": 35e9}, "published") == "35 bn"
