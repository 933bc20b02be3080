"""The harness as stages, against new silicon, and at list price: `stackgraph harness` and the tables behind it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.cost.deployment import price
from graph.cost.figures import Figures
from graph.cost.harness_behaviours import PLAIN, SEMANTIC, STAGES, UNGROUNDED
from graph.cost.harness_or_silicon import ALL, MEASURED
from graph.cost.harness_setups import REWORK, SPENDING, Harness, harness_of, of
from graph.cost.list_price import ADEQUATE, Bought, Offer, bought, offers, success_of
from graph.cost.spending import HARNESS_SPENDING
from graph.cost.trace import Tracer
from graph.cost.traced import central
from pipelines.home import Home
from pipelines.warehouse import tidy
from tests.command import Tables, asked

CORE = ("item", "requirement", "price", "parameter", "board", "model", "workload")
KEY = ("h100", "llama_3_3_70b", "coding_agent")
ONE = {f"item:{item}": np.ones(()) for item in HARNESS_SPENDING}
UNIT = st.floats(0.0, 1.0)


@pytest.fixture(scope="module")
def core(tables: Tables) -> dict[str, pd.DataFrame]:
    return {name: tidy(tables.connection.sql(f"select * from core.{name}").df()) for name in CORE}


@pytest.fixture(scope="module")
def centre(core: dict[str, pd.DataFrame]) -> Figures:
    return Figures(core["parameter"], core["price"], core["requirement"], draws=0)


@pytest.fixture(scope="module")
def tracer(core: dict[str, pd.DataFrame], centre: Figures) -> Tracer:
    return Tracer(core, centre)


@pytest.fixture(scope="module")
def agent(core: dict[str, pd.DataFrame], tracer: Tracer, centre: Figures) -> Harness:
    return harness_of(core, tracer, centre, KEY)


@pytest.fixture(scope="module")
def answers(core: dict[str, pd.DataFrame], tracer: Tracer, centre: Figures) -> Harness:
    return harness_of(core, tracer, centre, (*KEY[:2], "retrieval"))


def usd(harness: Harness, basis: str = SPENDING, setup: str = PLAIN, **figures: float) -> float:
    """USD per million useful tokens with some figures of the workload at other values."""
    given_ = {f"workload:{harness.key[2]}.{name}": value for name, value in figures.items()}
    return float(harness.program.evaluate(given_, [of(basis, setup)])[of(basis, setup)])


def test_each_set_up_starts_from_the_published_cost(agent: Harness, tables: Tables) -> None:
    published, rework = tables.rows(
        "select usd_central, with_rework_usd_central from cost.useful_token where (board_id, model_id, workload_id) = (?, ?, ?)", *KEY
    )[0]
    assert usd(agent) == pytest.approx(published, rel=1e-9)
    assert usd(agent, REWORK) == pytest.approx(rework, rel=1e-9)


@settings(max_examples=40)
@given(UNIT, UNIT, UNIT, UNIT)
def test_a_better_gate_is_never_dearer(agent: Harness, tpr: float, fpr: float, finds: float, stops: float) -> None:
    """With rework: it takes more of the good and lets less of the bad through."""
    tpr = 0.05 + 0.95 * tpr
    better = usd(agent, REWORK, gate_tpr=tpr + finds * (1 - tpr), gate_fpr=fpr * (1 - stops))
    assert better <= usd(agent, REWORK, gate_tpr=tpr, gate_fpr=fpr) * (1 + 1e-9)


@settings(max_examples=40)
@given(UNIT, UNIT)
def test_a_cache_that_holds_more_is_never_dearer(agent: Harness, hit: float, more: float) -> None:
    assert usd(agent, prefix_cache_hit=hit + more * (1 - hit)) <= usd(agent, prefix_cache_hit=hit) * (1 + 1e-9)
    assert usd(agent, prefix_cache_hit=hit) <= usd(agent, prefix_cache_hit=0.0) * (1 + 1e-9)


def test_a_route_that_is_never_taken_is_no_route(agent: Harness, tracer: Tracer) -> None:
    parts = tracer.parts(KEY)
    assert parts.small is not None
    alone = price(KEY[0], "alone", KEY[2], parts.point, parts.bits, None, tracer.figures)
    step = {"served:h100/alone/coding_agent": alone.served, "useful:h100/alone/coding_agent": alone.useful}
    without = central(tracer.usd_of(step)["useful:h100/alone/coding_agent"])
    assert usd(agent, small_model_share=0.0) == pytest.approx(without, rel=1e-12)
    assert usd(agent) < without, "the small model is the cheaper one"


def test_half_of_the_answers_from_a_cache_halve_all_but_the_gateways_fee(answers: Harness) -> None:
    def cached(part: float) -> float:
        given_ = {"item:model_gateway.semantic_cache_hit": part, "workload:retrieval.gateway_usd": 0.0}
        return float(answers.program.evaluate(given_, [of(SPENDING, SEMANTIC)])[of(SPENDING, SEMANTIC)])

    assert cached(0.5) == pytest.approx(cached(0.0) / 2, rel=1e-9)
    assert cached(0.0) == pytest.approx(usd(answers, gateway_usd=0.0), rel=1e-9)


def test_without_retrieval_as_many_more_ask_again_as_was_said(answers: Harness, centre: Figures) -> None:
    def refused(setup: str) -> float:
        return 1.0 - float(answers.program.values[answers.program.results[of("accepted", setup)]])

    cut = centre.central("item:retrieval_pipeline.reask_reduction", "the test")
    assert refused(UNGROUNDED) * (1 - cut) == pytest.approx(refused(PLAIN), rel=1e-9)


def test_every_stage_is_told_of_what_it_takes_and_gives(tables: Tables) -> None:
    assert set(tables.column("select distinct stage from cost.harness_stage")) == set(STAGES)
    assert not tables.column("select behaviour from cost.harness_stage where takes_value is null or gives_central is null or grade is null")
    ends = "least(usd_worst, usd_best) * (1 - 1e-9) and greatest(usd_worst, usd_best) * (1 + 1e-9)"
    outside = f"select behaviour from cost.harness_stage where usd_central not between {ends}"
    assert not tables.column(outside)


def test_new_silicon_saves_what_the_published_costs_differ_by(tables: Tables) -> None:
    rows = tables.rows(
        "select distinct c.silicon_saves_central, a.usd_central - b.usd_central from cost.harness_or_silicon c "
        "join cost.useful_token a using (board_id, model_id, workload_id) join cost.useful_token b "
        "on b.board_id = c.against and b.model_id = c.model_id and b.workload_id = c.workload_id where c.basis = 'spending'"
    )
    assert rows
    for saved, difference in rows:
        assert saved == pytest.approx(difference, rel=1e-9)


def test_more_levers_never_lower_the_odds(tables: Tables) -> None:
    frame = tables.connection.sql("select * from cost.harness_or_silicon").df()
    odds = frame.pivot_table("probability", ["workload_id", "against", "basis"], "lever")
    assert (odds[ALL] >= odds[MEASURED] - 1e-12).all()
    for lever in set(odds.columns) - {ALL, MEASURED, "model_gateway/exact_cache"}:  # a cache of like questions holds equal ones
        assert (odds[ALL] >= odds[lever] - 1e-12)[odds[lever].notna()].all(), lever


@pytest.fixture(scope="module")
def listed(tables: Tables) -> list[Offer]:
    return offers(tidy(tables.connection.sql("select * from core.model_price").df()))


def by_list(offer: Offer, small: Offer | None, centre: Figures, workload_id: str = "chat") -> Bought:
    return bought([offer], workload_id, centre, ONE, small)


def test_a_list_price_worked_by_hand(centre: Figures) -> None:
    """2,000 input tokens of which 0.563 are cached, and 400 of output, at 1, 0.1 and 5 USD a million."""
    offer = Offer("seller", "model", "model", None, 1.0, 0.1, 5.0, "2026", "test")
    attempt = (2000 * (0.437 * 1.0 + 0.563 * 0.1) + 400 * 5.0) / 1e6
    found = by_list(offer, None, centre)
    assert found.attempt_usd[0] == pytest.approx(attempt, rel=1e-12)
    judge, other = (150 * 1.0 + 10 * 5.0) / 1e6, 0.0003 + 0.345 * 0.005 + 0.0001
    useful = 0.8 * 0.92 * 0.7 * 400
    assert found.usd[0, 0] == pytest.approx((attempt + judge + other) / useful * 1e6, rel=1e-9)


@settings(max_examples=40)
@given(st.floats(0.01, 50.0), UNIT, st.floats(0.01, 100.0), st.floats(0.5, 4.0))
def test_twice_the_list_price_is_twice_the_part_for_tokens(
    centre: Figures, fresh: float, cached: float, output: float, times: float
) -> None:
    offer = Offer("seller", "model", "model", None, fresh, fresh * cached, output, "2026", "test")
    small = replace(offer, input_usd=fresh / 9, cached_usd=fresh * cached / 9, output_usd=output / 9)

    def at(factor: float) -> Bought:
        one, other = (
            replace(o, input_usd=o.input_usd * factor, cached_usd=o.cached_usd * factor, output_usd=o.output_usd * factor)
            for o in (offer, small)
        )
        return by_list(one, other, centre)

    first, more = at(1.0), at(times)
    assert more.attempt_usd[0] == pytest.approx(times * first.attempt_usd[0], rel=1e-9)
    spending = at(1e-12).usd[0, 0]  # what is left where tokens cost nothing
    assert more.usd[0, 0] - spending == pytest.approx(times * (first.usd[0, 0] - spending), rel=1e-6)


def test_a_model_that_solves_more_of_the_tasks_is_never_dearer_at_the_same_price(centre: Figures) -> None:
    names = ("qwen3_coder", "kimi_k2_5", "claude_opus_4_6")
    found = bought([Offer("s", n, n, None, 1.0, 0.1, 5.0, "2026", "test") for n in names], "coding_agent", centre, ONE, None)
    assert (np.diff(found.success[:, 0]) > 0).all()
    assert (np.diff(found.usd[:, 0]) < 0).all()
    of_field = success_of("a model nobody measured", "coding_agent", centre)
    assert of_field == centre.central("workload:coding_agent.success_rate", "the test")


def test_the_choice_is_the_cheapest_of_the_adequate_and_nothing_is_judged_unmeasured(tables: Tables) -> None:
    rows = tables.connection.sql("select * from cost.list_price").df()
    agents = rows[rows["workload_id"] == "coding_agent"]
    judged = agents[agents["success"].notna()]
    fit = judged[judged["success"] >= ADEQUATE * judged["success"].max()]
    assert rows.loc[rows["is_choice"], "model"].tolist() == [fit.loc[fit["usd_central"].idxmin(), "model"]]
    assert rows.loc[rows["success"].isna(), "is_adequate"].isna().all()
    assert rows.loc[rows["success"].isna(), "finding"].str.startswith("not judged").all()
    assert set(rows["workload_id"]) == set(tables.column("select workload_id from core.workload"))


def test_batch_interfaces_and_gifts_are_no_offers(listed: list[Offer]) -> None:
    assert listed
    assert not [o for o in listed if o.model.endswith(":batch") or o.input_usd <= 0 or o.output_usd <= 0]


def test_one_command_answers_with_a_range_and_odds(published: Home) -> None:
    done = asked(published.root, "harness", "--workload", "coding_agent")
    assert done.returncode == 0, done.stderr
    assert "every measured lever at its best saves" in done.stderr
    for word in ("inference_server", "model_gateway", "evaluation_system", "coding_agent", "claude_opus_4_6"):
        assert word in done.stdout
    rows = json.loads(asked(published.root, "harness", "--workload", "chat", "-f", "json").stdout)
    assert {row["basis"] for row in rows} == {"spending", "with_rework"}
    assert all(row["harness_saves_low"] <= row["harness_saves_high"] and 0 <= row["probability"] <= 1 for row in rows)


def test_another_board_is_computed_and_the_new_one_can_be_named(published: Home) -> None:
    done = asked(
        published.root, "harness", "--workload", "chat", "--board", "b200", "--model", "llama_3_1_8b", "--to", "gb300", "-f", "json"
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {(row["board_id"], row["against"], row["against_is"]) for row in rows} == {("b200", "gb300", "as asked")}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--workload", "coding"], "unknown workload 'coding'; nearest: "),
        (["--workload", "chat", "--board", "h1000"], "unknown board 'h1000'; nearest: "),
        (["--workload", "chat", "--to", "vr20"], "unknown board 'vr20'; nearest: "),
        (["--workload", "chat", "--to", "h100"], "--to h100 is the board that there is"),
        (["--workload", "chat", "--board", "taalas_hc1"], "another model is wired into this chip"),
        (["--workload", "retrieval", "--model", "llama_2_70b"], "tokens are longer than the model's context"),
        (["--workload", "chat", "--to", "taalas_hc1"], "another model is wired into this chip"),
    ],
)
def test_what_cannot_be_answered_is_told_and_ends_with_two(published: Home, options: list[str], told: str) -> None:
    done = asked(published.root, "harness", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
