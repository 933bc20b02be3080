"""What is read off the bill, in the published file and through its commands."""

from __future__ import annotations

import pytest

from pipelines.home import Home
from pipelines.stack import Stack
from tests.command import Tables, asked


def test_a_year_without_figures_is_said_not_decided(tables: Tables) -> None:
    findings = tables.rows("select distinct layers, from_year, finding from cost.margin_shift where board_id = 'gb200'")
    assert all(finding == "not known" for layers, _, finding in findings if layers == "power and sites")
    assert all(finding == "not known" for _, year, finding in findings if year == 2023)  # no margin of a seller of tokens is on record
    assert any(finding == "rises" for layers, year, finding in findings if (layers, year) == ("tokens", 2024))


def test_memory_earned_nothing_in_its_trough(tables: Tables) -> None:
    of = "select margin_share_central from cost.margin_by_layer where (board_id, workload_id, layer, year) = ('gb200', 'coding_agent', 'memory', ?)"
    assert tables.value(of, 2023) < 0 < tables.value(of, 2024) < tables.value(of, 2026)


def test_reported_profits_are_revenue_times_margin(tables: Tables) -> None:
    """NVIDIA's gross profit of fiscal 2025, as filed: 97.858 billion USD."""
    of = "select gross_profit_usd, grade from cost.profit_pool where (organisation_id, year) = ('nvidia', 2024)"
    usd, grade = tables.rows(of)[0]
    assert usd == pytest.approx(97.858e9, rel=1e-4)
    assert grade == "primary"


def test_what_entrants_shrink_is_what_they_were_built_to_shrink(tables: Tables) -> None:
    def log(board: str, term: str) -> float:
        of = "(board_id, reference, model_id, workload_id, term)"
        found = tables.value(
            f"select log_central from cost.entrant_term where {of} = (?, 'h100', 'llama_3_3_70b', 'coding_agent', ?)", board, term
        )
        return float(found)

    for board in ("groq_lp30", "cerebras_wse3"):  # weights on the chip: no memory to pay for or to wait for, and more waiting for others
        assert log(board, "memory") < 0
        assert log(board, "reading memory") < -0.1
        assert log(board, "synchronisation") > 0.1
    assert log("tpu_v7", "seller's margin") < -0.1  # an owner pays a partner's margin
    # A hard-wired chip reads no weights: all that is left is its cache.
    of = "select usd_board from cost.entrant_term where (board_id, term, workload_id, reference) = ('taalas_hc1', 'memory', 'chat', 'h100')"
    assert tables.column(of) in ([], [0.0])


def test_the_answer_to_build_or_buy_moves_as_it_must(published: Home) -> None:
    stack = Stack.load(published.published)
    base = stack.own_or_buy(["tpu_v7"], ["gb200"], "llama_3_3_70b", "coding_agent").iloc[0]
    table = stack.sql(
        "select * from cost.own_vs_buy where (board_id, against, model_id, workload_id) = ('tpu_v7', 'gb200', 'llama_3_3_70b', 'coding_agent')"
    ).iloc[0]
    assert base["break_even"] == pytest.approx(table["break_even"], rel=1e-9)
    dear = stack.own_or_buy(["tpu_v7"], ["gb200"], "llama_3_3_70b", "coding_agent", volume=500_000, nre_usd=5e9).iloc[0]
    assert dear["break_even"] > base["break_even"] > base["break_even_without_obsolescence"]
    few = stack.own_or_buy(["tpu_v7"], ["gb200"], "llama_3_3_70b", "coding_agent", volume=1000).iloc[0]
    assert few["probability_pays"] == 0.0 < base["probability_pays"]
    assert few["finding"].startswith("buy")


def test_paths_of_any_deployment(published: Home, tables: Tables) -> None:
    done = asked(
        published.root, "cost", "cost_path", "--board", "gb200", "--model", "deepseek_v3", "--workload", "batch", "-n", "3", "-f", "csv"
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 4
    assert tables.value("select max(listed_share) from cost.cost_path") <= 1.0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["own-or-buy", "tpu_v9"], "unknown board 'tpu_v9'; nearest: tpu_v7"),
        (["own-or-buy", "tpu_v7", "--volume", "0"], "--volume takes a positive number, got 0"),
        (["own-or-buy", "tpu_v7", "--volume", "nan"], "--volume takes a positive number, got nan"),
        (["own-or-buy", "tpu_v7", "--nre-usd", "inf"], "--nre-usd takes a positive number, got inf"),
        (["own-or-buy", "h100"], "give it with --nre-usd"),
        (["own-or-buy", "tpu_v7", "--against", "taalas_hc1"], "another model is wired into this chip"),
        (["cost", "profit_pool", "--board", "h100"], "leave out --board"),
        (["cost", "cost_path", "--board", "taalas_hc1", "--model", "llama_3_3_70b", "--workload", "chat"], "has no cost"),
        (["cost", "own_vs_buy", "--board", "h100"], "is published for other deployments: boards inferentia2"),
    ],
)
def test_what_cannot_be_answered_says_why(published: Home, words: list[str], said: str) -> None:
    done = asked(published.root, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
