"""What publishers say of their own services, against the formulas here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph.cost.latency_curve import fit, largest_concurrency, speed, step_seconds
from graph.cost.service import daily_cost, margin_on_cost, node_closure, nodes_needed, revenue, usd_per_mtoken

GOLDEN = Path(__file__).parents[1] / "golden"
COPIES = {
    "die_yield.json": "token_costs/die_yield.json",
    "rollup.json": "rollup/expected.json",
    "deepseek_day.json": "token_costs/deepseek_day.json",
    "latency_curve.json": "token_costs/latency_curve_llama_3_3_70b.json",
}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


DAY = read(GOLDEN / "deepseek_day.json")
CURVE = read(GOLDEN / "latency_curve.json")
SPEED = {int(b): v for b, v in CURVE["speed_tok_s_by_concurrency"].items()}


def figures_of_the_day() -> dict[str, float]:
    """Each figure that the publisher gives or that follows from what is published."""
    i = DAY["inputs"]
    cost = daily_cost(i["avg_nodes"], i["gpus_per_node"], i["usd_per_gpu_h"], i["hours"])
    earned = revenue(
        i["cache_hit_tokens"],
        i["input_tokens"] - i["cache_hit_tokens"],
        i["output_tokens"],
        i["price_hit"],
        i["price_miss"],
        i["price_out"],
    )
    prefill, decode = nodes_needed(i["input_tokens"], i["prefill_tok_s_node"]), nodes_needed(i["output_tokens"], i["decode_tok_s_node"])
    usd = lambda nodes: daily_cost(nodes, i["gpus_per_node"], i["usd_per_gpu_h"], i["hours"])  # noqa: E731
    values = {
        "daily_cost_usd": cost,
        "daily_revenue_usd": earned,
        "margin": margin_on_cost(earned, cost),
        "nodes_needed_prefill": prefill,
        "nodes_needed_decode": decode,
        "nodes_total_vs_published": node_closure(prefill, decode, i["avg_nodes"]) * i["avg_nodes"],
        "usd_per_M_output_decode_nodes": usd_per_mtoken(usd(decode), i["output_tokens"]),
        "usd_per_M_input_prefill_nodes": usd_per_mtoken(usd(prefill), i["input_tokens"]),
        "usd_per_M_all_tokens": usd_per_mtoken(cost, i["input_tokens"] + i["output_tokens"]),
        "cache_hit_rate": i["cache_hit_tokens"] / i["input_tokens"],
    }
    return {name: float(v) for name, v in values.items()}


def test_every_figure_of_the_day_is_computed() -> None:
    assert set(figures_of_the_day()) == {case["name"] for case in DAY["expected"]}


@pytest.mark.parametrize("case", DAY["expected"], ids=lambda c: c["name"])
def test_a_published_day_adds_up(case: dict[str, Any]) -> None:
    computed = figures_of_the_day()[case["name"]]
    tolerance = {"rel": case["tol_rel"] or 1e-12, "abs": 0.0} if "tol_rel" in case else {"rel": 0.0, "abs": case["tol_abs"]}
    assert computed == pytest.approx(case["value"], **tolerance)
    if "published_value" in case:
        assert computed == pytest.approx(case["published_value"], **tolerance)


def test_the_tokens_of_the_day_need_the_nodes_that_were_counted() -> None:
    """Throughput and occupancy were published apart and agree within a tenth of a per cent."""
    i = DAY["inputs"]
    closure = node_closure(
        nodes_needed(i["input_tokens"], i["prefill_tok_s_node"]), nodes_needed(i["output_tokens"], i["decode_tok_s_node"]), i["avg_nodes"]
    )
    assert closure == pytest.approx(1.0, abs=0.001)


def test_the_step_time_comes_from_the_first_and_the_last_point_of_the_line() -> None:
    curve = fit(SPEED, 1, 128)
    assert curve.first * 1e3 == pytest.approx(CURVE["fit"]["t0_ms"], abs=5e-5)
    assert curve.further * 1e3 == pytest.approx(CURVE["fit"]["t1_ms"], abs=5e-5)
    assert curve.last_measured == 256


@pytest.mark.parametrize("case", CURVE["expected"], ids=lambda c: f"batch {c['concurrency']}")
def test_two_points_predict_the_published_speeds(case: dict[str, float]) -> None:
    predicted = speed(fit(SPEED, 1, 128), case["concurrency"])
    assert predicted == pytest.approx(case["predicted_tok_s"], abs=0.0051)
    assert predicted == pytest.approx(case["published"], rel=case["tol_rel"])


@pytest.mark.parametrize("least", [50, 40, 30])
def test_a_service_level_picks_the_largest_published_concurrency_that_meets_it(least: int) -> None:
    assert largest_concurrency(SPEED, least) == CURVE["slo_test"][f"slo_{least}"]


def test_past_the_knee_the_line_promises_throughput_that_was_not_measured() -> None:
    """Why a curve is not used beyond its last measured batch: it would still rise where the machine falls."""
    curve, throughput = fit(SPEED, 1, 128), CURVE["throughput_tok_s"]
    assert 256 / step_seconds(curve, 256) > 128 / step_seconds(curve, 128)
    assert throughput["256"] < throughput["128"]
    with pytest.raises(ValueError, match="between 1 and 256, the largest measured"):
        step_seconds(curve, 512)


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_in_the_repository_names_its_origin_and_licence(copy: str) -> None:
    kept = read(GOLDEN / copy)
    assert kept["origin"].startswith(f"shared/examples/{COPIES[copy]}")
    assert kept["licence"]


@pytest.mark.shared
@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_in_the_repository_agrees_with_the_worked_case(copy: str, shared: Path) -> None:
    kept, worked = read(GOLDEN / copy), read(shared / "examples" / COPIES[copy])
    assert {name: kept.get(name) for name in worked} == worked
