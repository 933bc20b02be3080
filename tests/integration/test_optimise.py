"""`stackgraph optimise` and the published optimum: they answer from the chain, keep limits, and name those in conflict."""

from __future__ import annotations

import csv
import io
import json

import pytest

from pipelines.home import Home
from pipelines.stack import Stack
from tests.command import Tables, asked

ASKED = ("--power-mw", "100", "--latency-ms", "40", "--capital-usd", "3e9", "--workload", "coding_agent")


def test_the_question_is_answered_with_a_plan_its_range_and_prices(published: Home) -> None:
    done = asked(published.root, "optimise", *ASKED, "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    (plan,) = found["plan"]
    assert plan["latency_ms"] <= 40
    assert plan["power_mw"] <= 100 * (1 + 1e-9)
    assert plan["capital_usd"] <= 3e9 * (1 + 1e-9)
    assert plan["plan_usd_low"] < plan["plan_usd_central"] < plan["plan_usd_high"]
    assert plan["usd_per_year"] / plan["mtoken_per_year"] == pytest.approx(plan["plan_usd_central"])
    assert sum(plan[f"{g}_share"] for g in ("primary", "secondary", "derived", "estimate")) == pytest.approx(1.0)
    prices = {p["limit_name"]: p for p in found["shadow_prices"]}
    power = prices["power_mw"]
    assert power["is_binding"]
    # One board at one place: all its tokens hang on the megawatts.
    assert power["mtoken_per_year_per_unit"] == pytest.approx(plan["mtoken_per_year"] / 100)
    assert prices["capital_usd"]["mtoken_per_year_per_unit"] == 0


def test_at_a_workloads_own_latency_the_plan_is_the_published_point(tables: Tables) -> None:
    """The site is another, so the hour is; the point that the cost chain runs the same board at is the same."""
    rows = tables.rows("select board_id, model_id, workload_id, chips, batch, latency_ms from cost.optimum")
    assert len(rows) == tables.value("select count(*) from core.workload")
    for board, model, workload, chips, batch, latency in rows:
        ((c, b, speed),) = tables.rows(
            "select chips, batch, speed_tok_s_user from cost.served_token where (board_id, model_id, workload_id) = (?, ?, ?)",
            board, model, workload,
        )  # fmt: skip
        assert (chips, batch, latency) == pytest.approx((c, b, 1e3 / speed))


def test_more_power_and_time_never_make_a_token_dearer(published: Home) -> None:
    stack = Stack.load(published.published)

    def cost(**limits: float) -> float:
        return float(stack.optimise("coding_agent", **limits)[0]["plan_usd_central"].iloc[0])  # type: ignore[arg-type]

    usd = [cost(power_mw=10, latency_ms=ms) for ms in (5.0, 10.0, 20.0, 40.0)]
    assert usd == sorted(usd, reverse=True)
    assert usd[0] > usd[-1]
    assert cost(power_mw=20, latency_ms=10.0) <= usd[1] * (1 + 1e-9)


def test_limits_in_conflict_are_named_with_what_would_do(published: Home) -> None:
    done = asked(
        published.root, "optimise", "--power-mw", "100", "--latency-ms", "0.01", "--capital-usd", "3e9", "--workload", "coding_agent"
    )
    assert done.returncode == 2
    assert not done.stdout
    assert "--latency-ms of coding_agent" in done.stderr
    assert "would do" in done.stderr
    assert "--power-mw" not in done.stderr
    done = asked(published.root, "optimise", *ASKED, "--demand", "1e9")
    assert done.returncode == 2
    assert "--demand" in done.stderr
    assert "--latency-ms" not in done.stderr


def test_a_supply_of_wafers_is_priced_in_tokens_a_wafer(published: Home) -> None:
    done = asked(
        published.root,
        "optimise",
        "--workload",
        "chat",
        "--supply",
        "cowos=10",
        "--board",
        "gb200",
        "--power-mw",
        "10",
        "--prices",
        "-f",
        "csv",
    )
    assert done.returncode == 0, done.stderr
    (wafer,) = (row for row in csv.DictReader(io.StringIO(done.stdout)) if row["limit_name"] == "cowos")
    assert wafer["unit"] == "wafer"
    assert float(wafer["used"]) == pytest.approx(10)
    assert float(wafer["mtoken_per_year_per_unit"]) > 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--power-mw", "-1", "--workload", "chat"), "--power-mw takes a positive number"),
        (("--power-mw", "nan", "--workload", "chat"), "--power-mw takes a positive number"),
        (("--workload", "chat"), "nothing limits the size"),
        (("--power-mw", "1", "--workload", "chatt"), "nearest: chat"),
        (("--power-mw", "1", "--workload", "chat", "--board", "h10"), "nearest: "),
        (("--power-mw", "1", "--workload", "chat", "--model", "gpt"), "unknown model"),
        (("--power-mw", "1", "--workload", "chat=0.5", "--workload", "batch=0.6"), "sum to one"),
        (("--power-mw", "1", "--workload", "chat", "--supply", "hbm"), "expected item=amount"),
        (("--power-mw", "1", "--workload", "chat", "--supply", "hbn=3"), "unknown item"),
        (("--power-mw", "1", "--workload", "chat", "--by", "2020-01"), "is past"),
        (("--power-mw", "1", "--workload", "chat", "--by", "soon"), "takes a month or a day"),
        (("--power-mw", "1", "--workload", "chat", "--demand", "1", "--goal", "output"), "goes with --goal cost"),
        (("--power-mw", "1", "--workload", "chat", "--contract", "coal"), "known: gas, grid, nuclear, renewable"),
    ],
)
def test_nonsense_is_refused(published: Home, arguments: tuple[str, ...], told: str) -> None:
    done = asked(published.root, "optimise", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert not done.stdout


def test_python_mirrors_the_command(published: Home) -> None:
    stack = Stack.load(published.published)
    plan, prices = stack.optimise({"chat": 0.7, "batch": 0.3}, power_mw=10, sites=["reference_us_ohio"], contracts=["nuclear"])
    assert set(plan["workload_id"]) == {"chat", "batch"}
    assert set(plan["site_id"]) == {"reference_us_ohio"}
    assert set(plan["contract"]) == {"nuclear"}
    assert plan["power_mw"].sum() == pytest.approx(10)
    assert prices.loc[prices["limit_name"] == "power_mw", "is_binding"].all()
    with pytest.raises(ValueError, match="positive"):
        stack.optimise("chat", power_mw=0)
