"""What a loss does, when, and what more stock would buy, as a user asks for it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from graph.risk.supply import CORE, TOKENS, supply_network
from graph.risk.supply_programme import Requirement
from pipelines import warehouse
from pipelines.home import Home
from tests.command import Tables, asked
from tests.solved import least_made


def answers(published: Home, *arguments: str) -> list[dict[str, Any]]:
    done = asked(published.root, *arguments, "--format", "json", "--limit", "1000")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_losing_taiwan_is_felt_by_the_boards_before_the_tokens(published: Home) -> None:
    rows = {row["target"]: row for row in answers(published, "disrupt", "Taiwan")}
    tokens, h100 = rows["item:useful_token"], rows["board:h100"]
    assert 0 < tokens["lost_share_low"] <= tokens["lost_share_central"] <= tokens["lost_share_high"] < 0.5
    assert h100["worst_output"] <= 0.05 + 1e-6, "a twentieth of NVIDIA's is made in the USA"
    assert (h100["path"], h100["binding_input"]) == ("board:h100", "own capacity"), "it is made in Taiwan"
    assert h100["first_short_day"] == 0
    assert tokens["first_short_day"] > 0


def test_a_part_of_a_loss_costs_less_than_all_of_it_and_a_longer_one_more(published: Home) -> None:
    def tokens(*more: str) -> float:
        rows = {row["target"]: row for row in answers(published, "disrupt", "offer:hitachi_energy/power_transformer/USA", *more)}
        return float(rows["item:useful_token"]["lost_share_central"])

    assert tokens("--days", "180", "--fraction", "50%") < tokens("--days", "180") < tokens("--days", "300")


def test_a_disruption_reads_like_a_page(published: Home) -> None:
    done = asked(published.root, "disrupt", "org:nittobo")
    assert done.returncode == 0, done.stderr
    for said in (
        "org:nittobo lost for 90 days",
        "item:t_glass",
        "first short",
        "IDLE FOR WANT OF ORDERS",
        "lose something only there",
    ):
        assert said in done.stderr
    outlasted = asked(published.root, "disrupt", "photomask", "--days", "60")
    assert "for ever     it would be felt from day" in outlasted.stderr


def test_what_is_idle_for_want_of_orders_is_told_apart_from_what_lacks_supply(published: Home) -> None:
    """Without T-glass there are no substrates for server processors: boards stop because the servers that they go into do."""
    idle = [
        row for row in answers(published, "disrupt", "nittobo") if row["target"].startswith("board:") and row["first_idle_day"] is not None
    ]
    assert idle
    for row in idle:
        assert row["first_short_day"] is None
        assert row["idle_share"] == pytest.approx(row["lost_share_central"])
        assert f" < {row['target']}" in row["path"]
    short = next(row for row in answers(published, "disrupt", "Taiwan") if row["target"] == "board:h100")
    assert short["idle_share"] < 0.1 * short["lost_share_central"]
    page = asked(published.root, "disrupt", "nittobo", "--limit", "5").stderr
    assert "IDLE FOR WANT OF ORDERS" in page
    assert "a < b: a orders less of b" in page
    page = asked(published.root, "disrupt", "Taiwan", "--limit", "5").stderr
    for said in ("SHORT OF SUPPLY", "settled (back within 2%)", "explain common_mode:TWN"):
        assert said in page
    assert "made on worst day" in asked(published.root, "disrupt", "Taiwan", "--limit", "5").stdout
    assert (
        asked(published.root, "disrupt", "seat:taiwan", "-f", "csv").stdout
        == asked(published.root, "disrupt", "seat:TWN", "-f", "csv").stdout
    )


def test_the_same_loss_named_twice_is_lost_once(published: Home) -> None:
    twice = asked(published.root, "disrupt", "Taiwan", "TWN", "--format", "csv")
    assert twice.returncode == 0
    assert "the same is named more than once, and is lost once: country:TWN" in twice.stderr
    assert twice.stdout == asked(published.root, "disrupt", "Taiwan", "--format", "csv").stdout


def test_an_answer_is_explained_down_to_sources(published: Home) -> None:
    rows = answers(published, "disrupt", "t_glass", "--evidence")
    assert any(row["what"] == "supply lost" and row["node"] == "item:t_glass" and row["part_lost"] == 1 for row in rows)
    (glass,) = [row for row in rows if (row["node"], row["input"]) == ("item:abf_substrate", "t_glass")]
    assert glass["stock_days"] > 0
    assert glass["url"].startswith("https://")


def test_the_library_is_listed_with_reasons_and_sources(published: Home) -> None:
    rows = {row["scenario_id"]: row for row in answers(published, "stress")}
    assert len(rows) >= 15
    assert all(row["reasoning"] and "http" in row["sources"] for row in rows.values())
    assert rows["taiwan_blockade"]["boards_short"] > 0


def test_a_published_scenario_is_read_as_it_was_made(published: Home, tables: Tables) -> None:
    rows = {row["target"]: row["lost_share_central"] for row in answers(published, "stress", "taiwan_blockade")}
    made = dict(tables.rows("select target, lost_share_central from risk.disruption where scenario_id = 'taiwan_blockade'"))
    assert rows == made
    half = {row["target"]: row["lost_share_central"] for row in answers(published, "disrupt", "taiwan_blockade", "--fraction", "0.5")}
    assert half["item:useful_token"] < rows["item:useful_token"]


def test_a_month_more_of_stock_saves_what_it_delays(published: Home) -> None:
    rows = answers(published, "stress", "nittobo_t_glass", "--stock", "+30d")
    every = next(row for row in rows if row["node"] == "all")
    assert 0 < every["tokens_saved_share"] <= every["tokens_lost_share"] + 1e-9
    assert any((row["node"], row["input"]) == ("item:abf_substrate", "t_glass") for row in rows)


def test_drawn_years_are_the_same_for_the_same_seed(published: Home) -> None:
    one, two = (answers(published, "stress", "--monte-carlo", "30", "--seed", "5")[0] for _ in range(2))
    assert one == two
    assert one["tokens_lost_p5"] <= one["tokens_lost_p50"] <= one["tokens_lost_p95"] <= 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("disrupt", "twann"), "nearest: "),
        (("disrupt", "org:nitobo"), "nittobo"),
        (("disrupt", "scenario:nittobo_glass"), "unknown scenario 'nittobo_glass'; nearest: nittobo_t_glass"),
        (("disrupt", "hbm3e", "--days", "-3"), "--days"),
        (("disrupt", "hbm3e", "--fraction", "1.4"), "at most 1"),
        (("disrupt", "taiwan_blockade", "TWN"), "stands alone"),
        (("stress", "taiwan_blokade"), "taiwan_blockade"),
        (("stress", "--stock=-3d"), "+30d"),
        (("stress", "--monte-carlo", "0"), "--monte-carlo"),
        (("stress", "taiwan_blockade", "--all"), "one question at a time"),
    ],
)
def test_what_cannot_be_asked_is_bad_usage(published: Home, arguments: tuple[str, ...], told: str) -> None:
    done = asked(published.root, *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_every_row_has_its_range_in_order(tables: Tables) -> None:
    wrong = "select count(*) from risk.disruption where not (0 <= lost_share_low and lost_share_low <= lost_share_central + 1e-6 "
    assert tables.value(wrong + "and lost_share_central <= lost_share_high + 1e-6 and lost_share_high <= 1)") == 0
    for days in ("tts", "simulated"):
        wrong = f"select count(*) from risk.tts_ttr where not ({days}_low_days <= {days}_days and {days}_days <= {days}_high_days)"
        assert tables.value(wrong) == 0
    assert tables.value("select count(*) from risk.disruption where first_short_day is not null and path not like '%' || target") == 0


def test_every_row_says_what_it_rests_on(tables: Tables) -> None:
    for table in ("disruption", "disruption_path", "mitigation", "top_probability"):
        assert tables.value(f"select count(*) from risk.{table} where grade is null") == 0
    assert tables.value("select count(*) from risk.disruption where idle_share > lost_share_central + 1e-6") == 0


def test_a_perfect_plan_outlasts_the_simulation_and_exposed_is_what_takes_longer_to_replace(tables: Tables) -> None:
    rows = tables.rows("select node, ttr_days, coalesce(tts_days, 1e9), coalesce(simulated_days, 1e9), is_exposed from risk.tts_ttr")
    assert [node for node, _, planned, felt, _ in rows if planned < felt] == []
    assert [node for node, ttr, planned, _, exposed in rows if exposed != (ttr > planned)] == []
    assert any(planned > felt for _, _, planned, felt, _ in rows), "sharing and delays cost something somewhere"


def test_the_published_time_to_survive_is_the_solvers(tables: Tables) -> None:
    """The last day that is survived and the first that is not, for items reached in different ways: a hosted service, chips."""
    supply = supply_network({name: warehouse.read(tables.connection, f"core.{name}") for name in CORE})
    products = (TOKENS, *supply.built, *supply.sites)
    for item in ("item:coding_agent", "item:ai_accelerator"):
        last = int(tables.value("select tts_days from risk.tts_ttr where node = ?", item))
        plan = Requirement(supply.net, [supply.net.index[item]], [supply.net.index[p] for p in products], last + 1)
        for days in (last, last + 1):
            solved = least_made(supply.net, item, products, days)
            assert (solved > 1e-6) == (days > last)
            made = plan.least(np.array([0]), np.array([days]))[supply.net.index[item], 0]
            assert made == pytest.approx(solved, abs=1e-6)


def test_common_causes_rank_the_countries_where_the_stack_is(tables: Tables) -> None:
    worst = tables.column("select place from risk.common_mode where \"by\" = 'country' order by tokens_lost_central desc limit 3")
    assert set(worst) == {"USA", "TWN", "CHN"}
    assert (
        tables.value(
            "select count(*) from risk.common_mode where abs(primary_share + secondary_share + derived_share + estimate_share - 1) > 1e-6"
        )
        == 0
    )


def test_a_second_source_of_glass_is_worth_more_than_a_tenth_more_of_what_is_left(tables: Tables) -> None:
    saved = dict(
        tables.rows(
            "select measure, accelerators_saved_share from risk.mitigation where scenario_id = 'nittobo_t_glass' and node = 'item:t_glass'"
        )
    )
    assert saved["second_source"] > saved["capacity"] > 0


def test_software_and_boards_are_lost_as_what_they_are(tables: Tables) -> None:
    """Installed engines and editors run on; accelerators lose what the boards built into systems lose."""
    felt = dict(tables.rows("select place, tokens_lost_central from risk.common_mode where \"by\" = 'country' and place in ('BGR', 'NLD')"))
    assert max(felt.values(), default=0.0) < 0.003, "no plant stands behind these tokens, only copies of software"
    lost = (
        "select scenario_id, min(lost_share_central), max(lost_share_central) from risk.disruption where target like 'board:%' group by 1"
    )
    boards = {scenario: (least, most) for scenario, least, most in tables.rows(lost)}
    of_class = "select scenario_id, lost_share_central from risk.disruption where target = 'item:ai_accelerator'"
    for scenario, accelerators in tables.rows(of_class):
        if scenario in ("nittobo_t_glass", "taiwan_blockade", "one_hbm_maker", "large_transformer", "interconnection_freeze"):
            least, most = boards[scenario]
            assert least - 0.005 <= accelerators <= most + 0.005, scenario
