"""`stackgraph cost elasticity` and `band`, on the published file."""

from __future__ import annotations

import json

from pipelines.home import Home
from tests.command import Tables, asked


def test_every_board_that_serves_agents_has_a_band_and_its_elasticities(tables: Tables) -> None:
    serve = set(tables.column("select distinct board_id from cost.useful_token where workload_id = 'coding_agent'"))
    assert set(tables.column("select board_id from cost.band")) == serve
    assert set(tables.column("select distinct board_id from cost.elasticity")) == serve


def test_bands_hold_the_published_central_cost(tables: Tables) -> None:
    apart = (
        "select max(abs(usd_central / u.usd_central - 1)) from cost.band b join cost.useful_token u using (board_id, model_id, workload_id)"
    )
    assert tables.value(apart.replace("usd_central /", "b.usd_central /")) < 1e-9
    assert tables.value("select count(*) from cost.band where not (usd_p05 < usd_median and usd_median < usd_p95)") == 0
    assert tables.value("select count(*) from cost.band where unknown_first > unknown_total + 0.1") == 0


def test_what_is_scaled_by_success_falls_by_as_much(tables: Tables) -> None:
    """Useful tokens are proportional to what is retained: one per cent more of it costs one per cent less, on any board."""
    found = tables.column("select percent_margin from cost.elasticity where input = 'workload:coding_agent.retained'")
    assert found
    assert max(abs(e + 1) for e in found) < 1e-9


def test_the_page_says_what_moves_the_cost_and_what_is_not_known(published: Home) -> None:
    done = asked(published.root, "cost", "elasticity", "--board", "gb200")
    assert done.returncode == 0, done.stderr
    assert "workload:coding_agent.success_rate" in done.stdout
    for said in ("USEFUL TOKEN of gb200, llama_3_3_70b, coding_agent", "NOT KNOWN BETTER", "next "):
        assert said in done.stderr


def test_a_deployment_that_is_not_published_is_computed(published: Home, tables: Tables) -> None:
    done = asked(published.root, "cost", "band", "--board", "h100", "--model", "deepseek_v3", "--workload", "chat", "--format", "json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    there = tables.value(
        "select usd_central from cost.useful_token where (board_id, model_id, workload_id) = ('h100', 'deepseek_v3', 'chat')"
    )
    assert abs(row["usd_central"] / there - 1) < 1e-9


def test_half_a_deployment_and_one_that_cannot_be_had_are_refused(published: Home) -> None:
    half = asked(published.root, "cost", "elasticity", "--board", "h100", "--model", "deepseek_v3")
    assert half.returncode == 2
    assert "for any other deployment give --workload too" in half.stderr
    wired = asked(published.root, "cost", "band", "--board", "taalas_hc1", "--model", "deepseek_v3", "--workload", "chat")
    assert wired.returncode == 2
    assert "another model is wired into this chip" in wired.stderr
    assert wired.stdout == half.stdout == ""


def test_a_cost_is_explained_term_by_term_down_to_its_facts(published: Home, tables: Tables) -> None:
    done = asked(published.root, "explain", "cost:gb200/llama_3_3_70b/coding_agent", "--limit", "1000", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = {row["quantity"]: row for row in json.loads(done.stdout)}
    top = rows["useful:gb200/llama_3_3_70b/coding_agent.price"]
    there = tables.value(
        "select usd_central from cost.useful_token where (board_id, model_id, workload_id) = ('gb200', 'llama_3_3_70b', 'coding_agent')"
    )
    assert abs(top["value"] / there - 1) < 1e-9
    assert "served:gb200/llama_3_3_70b/coding_agent.price" in top["is"]
    assert rows["busy_seconds_per_hour"]["is"] == "3,600 x global:site.availability x global:site.utilisation"
    facts = [row for row in rows.values() if row["is"] == "fact"]
    assert {"global:site.utilisation", "item:electricity.price", "board:gb200.price"} <= {row["quantity"] for row in facts}
    assert all(row["fact_grade"] and row["fact_publisher"] for row in facts)


def test_a_deployment_that_is_half_named_is_refused(published: Home) -> None:
    done = asked(published.root, "explain", "cost:gb200/llama_3_3_70b")
    assert done.returncode == 2
    assert "expected cost:BOARD/MODEL/WORKLOAD" in done.stderr
