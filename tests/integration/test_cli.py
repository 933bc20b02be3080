"""The command as somebody types it: what it prints where, what it refuses, and what a shock does."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

from graph.cost.rollup import prices
from pipelines.cli.query import SAVED
from pipelines.home import Home
from pipelines.stack import Stack
from tests.command import STACKGRAPH, Finished, Tables, asked, stackgraph

COMMANDS = ["run", "ui", "query", "describe", "concentration", "cost", "shock", "sources"]
READING = {
    "query": ["query", "select item_id, layer from core.item order by 1 limit 3"],
    "query_saved": ["query", "@chokepoints"],
    "query_list": ["query", "@"],
    "describe": ["describe"],
    "describe_schema": ["describe", "mart"],
    "describe_table": ["describe", "mart.useful_token"],
    "describe_column": ["describe", "mart.useful_token.usd_central"],
    "concentration": ["concentration"],
    "concentration_owner": ["concentration", "--by", "owner", "--layer", "materials", "--limit", "5"],
    "concentration_country": ["concentration", "--by", "country", "--limit", "5"],
    "concentration_item": ["concentration", "item:hbm3e"],
    "cost": ["cost", "--board", "h100"],
    "cost_served": ["cost", "served_token", "--model", "deepseek_v3", "--workload", "batch"],
    "cost_hour": ["cost", "accelerator_hour", "--board", "h100"],
    "cost_server": ["cost", "server", "--board", "h100"],
    "cost_board": ["cost", "board", "--board", "h100"],
    "cost_package": ["cost", "package", "--board", "h100"],
    "cost_die": ["cost", "die", "--board", "h100"],
    "cost_wafer": ["cost", "wafer"],
    "cost_price": ["cost", "price", "--limit", "5"],
    "shock": ["shock", "hbm3e=+30%", "electricity=-10%", "--board", "h200"],
    "sources": ["sources"],
}
"""Every command that reads, in its ways."""
UNKNOWN = {
    "board": (["cost", "--board", "h10"], "unknown board 'h10'; nearest: h100"),
    "model": (["cost", "--model", "llama_70b"], "llama_3_3_70b"),
    "workload": (["cost", "--workload", "chatt"], "nearest: chat"),
    "metric": (["cost", "useful_tokens"], "nearest: useful_token"),
    "item": (["concentration", "hbm3f"], "hbm3e"),
    "layer": (["concentration", "--layer", "material"], "nearest: materials"),
    "table": (["describe", "mart.useful_tokn"], "nearest: mart.useful_token"),
    "column": (["describe", "mart.useful_token.usdcentral"], "usd_central"),
    "saved query": (["query", "@chokepoint"], "nearest: chokepoints"),
    "price": (["shock", "hbm3f=+30%"], "hbm3e"),
    "column in SQL": (["query", "select usd_centrl from mart.useful_token"], "usd_central"),
    "board of a shock": (["shock", "hbm3e=+30%", "--board", "h2000"], "h200"),
}
"""Something misspelt -> what the message offers instead."""
MISUSED = {
    "a change without a sign or per cent": ["shock", "hbm3e=30"],
    "a price that falls by all of it": ["shock", "hbm3e=-100%"],
    "no change": ["shock"],
    "no query": ["query"],
    "a query that is no SQL": ["query", "selec 1"],
    "a way to count that is none": ["concentration", "--by", "planet"],
    "a format that is none": ["cost", "--format", "xml"],
    "no rows": ["cost", "--limit", "0"],
    "a command that is none": ["predict"],
    "assets that are none": ["run", "--select", "key:nothing"],
}
SECRET = "nobody outside this file knows these words"
FORBIDDEN = {
    "insert": "insert into core.country values ('ZZZ', 'Nowhere', '-')",
    "update": "update core.item set name = 'x'",
    "delete": "delete from core.item",
    "drop": "drop table core.item",
    "create table": "create table core.mine (i integer)",
    "create view": "create view mart.mine as select 1",
    "comment": "comment on table core.item is 'mine'",
    "after a harmless query": "select 1; drop table core.item",
    "in a transaction": "begin; delete from core.item; commit",
    "attach a file": "attach '{folder}/new.duckdb' as other",
    "attach a file that is there": "attach '{secret}' as other",
    "copy a table out": "copy core.item to '{folder}/out.csv'",
    "copy a query out": "copy (select 1) to '{folder}/out.parquet' (format parquet)",
    "export": "export database '{folder}/out'",
    "read a file by name": "select * from '{secret}'",
    "read_csv": "select * from read_csv('{secret}')",
    "read_text": "select content from read_text('{secret}')",
    "read_blob": "select content from read_blob('{secret}')",
    "read_text of /etc/passwd": "select content from read_text('/etc/passwd')",
    "list files": "select * from glob('{folder}/*')",
    "copy a file in": "copy core.item from '{secret}'",
    "install an extension": "install httpfs",
    "load an extension": "load httpfs",
    "load a file as an extension": "load '{secret}'",
    "read an address": "select * from read_csv('http://127.0.0.1:9/x.csv')",
    "allow access": "set enable_external_access = true",
    "unlock": "set lock_configuration = false",
    "allow a folder": "set allowed_directories = ['{folder}']",
    "another setting": "set memory_limit = '10GB'",
    "another place for spills": "set temp_directory = '{folder}'",
    "keep a secret": "create persistent secret s (type s3)",
}


def table_of(text: str) -> list[list[str]]:
    """The header and the rows of a printed table."""
    lines = [line for line in text.splitlines() if line.strip()]
    rule = next(k for k, line in enumerate(lines) if set(line.strip()) <= set("─ "))
    return [line.split() for line in [lines[rule - 1], *lines[rule + 1 :]]]


def rows_of(home: Home, *arguments: str) -> list[dict[str, Any]]:
    """What a command prints as JSON."""
    done = asked(home.root, *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def fingerprint(home: Home) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in home.published_folder.iterdir()}


@pytest.fixture(scope="module")
def stack(published: Home) -> Stack:
    return Stack.load(published.published)


def test_every_command_is_listed() -> None:
    done = stackgraph(Path("/nowhere"), "--help")
    assert done.returncode == 0
    assert [name for name in COMMANDS if name not in done.stdout] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does_and_takes(command: str) -> None:
    done = stackgraph(Path("/nowhere"), command, "--help")
    assert done.returncode == 0
    assert done.stderr == ""
    assert f"stackgraph {command}" in done.stdout
    assert "--help" in done.stdout


@pytest.mark.parametrize("arguments", READING.values(), ids=READING.keys())
def test_all_formats_tell_the_same(published: Home, arguments: list[str]) -> None:
    as_json, as_csv, as_table = (asked(published.root, *arguments, "--format", f) for f in ("json", "csv", "table"))
    for done in (as_json, as_csv, as_table):
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
    rows = json.loads(as_json.stdout)
    header, *lines = csv.reader(io.StringIO(as_csv.stdout))
    assert rows
    assert list(rows[0]) == header
    assert len(lines) == len(rows)
    assert {len(line) for line in lines} == {len(header)}
    printed = table_of(as_table.stdout)
    assert len(printed) - 1 >= len(rows)
    assert [name for name in header if not set(name.split()) <= set(printed[0])] == []


def test_numbers_in_json_are_whole_and_not_texts(published: Home) -> None:
    (row,) = rows_of(published, "query", "select 1234.56789 * 1.0::double as a, null as b, true as c, date '2026-01-02' as d, 'x' as e")
    assert row == {"a": 1234.56789, "b": None, "c": True, "d": "2026-01-02", "e": "x"}


def test_json_is_json_where_a_number_is_none(published: Home) -> None:
    done = stackgraph(published.root, "query", "select 'nan'::double as a, 'inf'::double as b", "--format", "json")
    assert done.returncode == 0

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    json.loads(done.stdout, parse_constant=refuse)


def test_a_table_for_a_person_shortens_numbers(published: Home) -> None:
    done = stackgraph(published.root, "query", "select 1234567.0::double as a, 0.0123456::double as b")
    assert table_of(done.stdout)[1] == ["1,235,000", "0.01235"]


@pytest.mark.parametrize(("arguments", "offered"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_an_unknown_name_is_answered_with_near_ones(published: Home, arguments: list[str], offered: str) -> None:
    done = asked(published.root, *arguments)
    assert done.returncode == 2
    assert offered in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", MISUSED.values(), ids=MISUSED.keys())
def test_what_cannot_be_understood_exits_with_2_and_a_sentence(published: Home, arguments: list[str]) -> None:
    before = fingerprint(published)
    done = stackgraph(published.root, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert fingerprint(published) == before


@pytest.mark.parametrize("text", ["", " ", ";", "/* nothing */"], ids=["empty", "blank", "semicolon", "comment"])
def test_a_query_that_asks_nothing_is_refused(published: Home, text: str) -> None:
    done = stackgraph(published.root, "query", text)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("query", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_a_query_changes_nothing_and_reads_nothing_else(published: Home, tmp_path: Path, query: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    secret = tmp_path / "secret.csv"
    secret.write_text(f"words\n{SECRET}\n")
    before = fingerprint(published)
    done = stackgraph(published.root, "query", query.format(folder=folder, secret=secret))
    assert done.returncode == 2, done.stdout
    assert done.stdout == ""
    assert SECRET not in done.stderr
    assert "root:" not in done.stderr
    assert "Traceback" not in done.stderr
    assert list(folder.iterdir()) == []
    assert fingerprint(published) == before


def test_a_refused_query_says_what_is_allowed(published: Home) -> None:
    done = stackgraph(published.root, "query", "delete from core.item")
    assert "read-only" in done.stderr
    assert "--format csv" in done.stderr


@pytest.mark.parametrize("path", sorted(SAVED.glob("*.sql")), ids=lambda p: p.stem)
def test_a_saved_query_answers(published: Home, path: Path) -> None:
    rows = rows_of(published, "query", f"@{path.stem}")
    assert rows
    listed = {row["query"]: row["what it answers"] for row in rows_of(published, "query", "@")}
    assert len(listed[f"@{path.stem}"]) > 20


def test_a_saved_query_is_found_in_its_folder_only(published: Home) -> None:
    done = stackgraph(published.root, "query", "@../mart/site")
    assert done.returncode == 2
    assert done.stdout == ""


def test_without_a_published_file_every_reader_says_how_to_make_one(tmp_path: Path) -> None:
    for arguments in (["query", "select 1"], ["describe"], ["concentration"], ["cost"], ["shock", "hbm3e=+30%"], ["sources"]):
        done = stackgraph(tmp_path, *arguments)
        assert done.returncode == 1, arguments
        assert "stackgraph run" in done.stderr
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    done = stackgraph(tmp_path / "file" / "home", "run")
    assert done.returncode == 1
    (said,) = done.stderr.splitlines()
    assert said.startswith(f"stackgraph: cannot write {tmp_path}/file/home")
    assert "name another folder in STACKGRAPH_HOME" in said


def test_a_disk_that_is_full_is_one_sentence(tmp_path: Path) -> None:
    limited = f"ulimit -f 4000; exec {STACKGRAPH} run"
    done = subprocess.run(
        ["bash", "-c", limited], env={**os.environ, "STACKGRAPH_HOME": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    (said,) = done.stderr.splitlines()
    assert said.startswith(f"stackgraph: cannot write {tmp_path}")
    assert said.endswith("Nothing was published.")


def test_a_plain_name_finds_figures_of_the_whole_and_a_source_too(published: Home) -> None:
    assert {row["fact"] for row in rows_of(published, "explain", "site.wacc")} == {"wacc"}
    assert {row["publisher"] for row in rows_of(published, "explain", "Ember")} == {"Ember"}


def test_the_shares_of_a_firm_or_a_country_name_their_item(published: Home) -> None:
    for what, item in (("org:tsmc.share", "advanced_packaging"), ("country:TWN.share", "wafer_n5")):
        assert item in {row["of_what"] for row in rows_of(published, "explain", what)}
    assert "TSMC" in {row["of_what"] for row in rows_of(published, "explain", "item:advanced_packaging.share")}


def test_a_run_prints_its_headlines_on_stdout_and_the_rest_on_stderr(first_run: tuple[Home, Finished], tables: Tables) -> None:
    place, done = first_run
    for board in tables.column("select name from core.board"):
        assert board in done.stdout
    assert str(place.published) in done.stderr
    assert str(place.graphml) in done.stderr
    assert "ten most concentrated inputs" in done.stderr
    ranked = table_of(done.stdout)
    assert [line[0] for line in ranked[1:11]] == [str(k) for k in range(1, 11)]


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = stackgraph(tmp_path, "ui", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "choose another with --port" in done.stderr


# Concentration, cost and sources as commands.


def test_concentration_is_listed_from_the_top(published: Home) -> None:
    rows = rows_of(published, "concentration", "--limit", "50")
    assert len(rows) == 50
    central = [row["hhi_central"] for row in rows if row.get("hhi_central") is not None]
    assert central == sorted(central, reverse=True)


def test_concentration_of_one_item_tells_its_suppliers(published: Home) -> None:
    done = stackgraph(published.root, "concentration", "hbm3e")
    for name in ("SK hynix", "Samsung", "Micron"):
        assert name in done.stdout


def test_a_limit_is_kept(published: Home) -> None:
    assert len(rows_of(published, "cost", "--limit", "7")) == 7


def test_a_cost_can_be_narrowed_to_one_deployment(published: Home, tables: Tables) -> None:
    (row,) = rows_of(published, "cost", "--board", "h100", "--model", "llama_3_3_70b", "--workload", "chat")
    expected = tables.value(
        "select usd_central from cost.useful_token where board_id = 'h100' and model_id = 'llama_3_3_70b' and workload_id = 'chat'"
    )
    assert row["usd_central"] == expected


def test_every_source_tells_its_licence_and_age(published: Home) -> None:
    rows = rows_of(published, "sources")
    assert {row["source"] for row in rows} >= {
        "curated",
        "epoch_data_centers",
        "epoch_gpu_clusters",
        "epoch_ml_hardware",
        "mlperf",
        "model_prices",
    }
    for row in rows:
        assert row["licence"]
        if row["vintage"] is None:  # nothing of it may be shipped, or was ever fetched here
            assert row["freshness"].startswith("no vintage yet: `stackgraph run --live` fetches it (none is shipped: ")
            continue
        assert row["rows"] > 0
        assert row["primary"] + row["secondary"] + row["derived"] + row["estimate"] == pytest.approx(1, abs=0.021)


def test_only_stale_sources_are_listed_when_asked(published: Home) -> None:
    every = {row["source"]: row["freshness"] for row in rows_of(published, "sources")}
    stale = {row["source"] for row in rows_of(published, "sources", "--stale")}
    assert stale == {name for name, freshness in every.items() if freshness != "fresh"}


def test_a_described_column_tells_its_unit(published: Home) -> None:
    (row,) = rows_of(published, "describe", "mart.useful_token.usd_central")
    assert row["unit"] == "USD/Mtoken"


# What a shock does.


@pytest.fixture(scope="module")
def base(stack: Stack) -> dict[str, float]:
    return {name: float(v) for name, v in prices(stack.bill).items()}


@pytest.fixture(scope="module")
def chain(tables: Tables) -> nx.DiGraph[str]:
    """The priced chain; every edge points to the consumer."""
    graph: nx.DiGraph[str] = nx.DiGraph(tables.rows("select input, consumer from cost.price_edge where central > 0"))
    graph.add_nodes_from(tables.column("select node_id from cost.price"))
    return graph


@pytest.mark.parametrize("rule", ["percent", "dollar"])
def test_no_dearer_item_makes_anything_cheaper(stack: Stack, base: dict[str, float], chain: nx.DiGraph[str], rule: Any) -> None:
    """And what does not need it, by whatever path, costs what it did."""
    reference = {name: np.asarray(v) for name, v in base.items()}
    items = [name for name in stack.bill if name.startswith("item:")]
    # All at once: in column k only the k-th item is dearer.
    added = {item: 0.3 * base[item] * np.eye(len(items))[k] for k, item in enumerate(items)}
    after = prices(stack.bill, added, rule, reference)
    rise = {name: np.broadcast_to(value, len(items)) / base[name] - 1 for name, value in after.items()}
    assert {name: items[int(r.argmin())] for name, r in rise.items() if r.min() < -1e-12} == {}
    for k, item in enumerate(items):
        moved = {name for name, r in rise.items() if r[k] > 1e-12}
        assert item in moved
        assert moved <= nx.descendants(chain, item) | {item}, item


def test_the_price_itself_rises_by_what_was_said(stack: Stack, base: dict[str, float], chain: nx.DiGraph[str]) -> None:
    after = prices(stack.bill, {"item:hbm3e": 0.3 * base["item:hbm3e"]})
    assert "item:hbm3e" not in nx.descendants(chain, "item:hbm3e") or after["item:hbm3e"] >= 1.3 * base["item:hbm3e"]
    assert float(after["item:hbm3e"]) == pytest.approx(1.3 * base["item:hbm3e"], rel=1e-6)


def test_memory_reaches_the_tokens_of_boards_that_carry_it(published: Home, tables: Tables) -> None:
    rows = rows_of(published, "shock", "hbm3e=+30%", "--limit", "2000")
    carrying = set(tables.column("select board_id from core.board where memory_item = 'hbm3e'"))
    moved = {row["board_id"] for row in rows if row["change_percent_margin"] > 1e-6}
    assert carrying <= moved
    assert {"h200", "b200"} <= carrying
    assert not moved & {"groq_lpu_v1", "taalas_hc1", "cerebras_wse3"}


@pytest.mark.parametrize("board", ["groq_lpu_v1", "taalas_hc1"])
def test_memory_does_not_reach_a_board_that_has_none(published: Home, board: str) -> None:
    rows = rows_of(published, "shock", "hbm3e=+300%", "--board", board, "--limit", "2000")
    assert rows
    for row in rows:
        assert row["change_percent_margin"] == pytest.approx(0, abs=1e-12)
        assert row["change_dollar_margin"] == pytest.approx(0, abs=1e-12)


def test_gallium_reaches_the_useful_token_by_every_priced_path(published: Home, chain: nx.DiGraph[str]) -> None:
    reached = {name.removeprefix("useful:") for name in nx.descendants(chain, "item:gallium") if name.startswith("useful:")}
    assert reached, "no priced path leads from gallium to a useful token"
    rows = rows_of(published, "shock", "gallium=+1000%", "--limit", "2000")
    moved = {f"{r['board_id']}/{r['model_id']}/{r['workload_id']}" for r in rows if r["change_percent_margin"] > 0}
    assert moved == reached


def test_no_change_changes_nothing(published: Home) -> None:
    for row in rows_of(published, "shock", "hbm3e=+0%", "electricity=0%", "--limit", "2000"):
        assert row["change_percent_margin"] == pytest.approx(0, abs=1e-12)
        assert row["usd_dollar_margin"] == pytest.approx(row["usd_central"], rel=1e-12)


def dollars(stack: Stack, **changes: float) -> np.ndarray:
    """What the shock adds to every useful token where sellers keep their margin in dollars."""
    frame = stack.shock(changes).sort_values(["board_id", "model_id", "workload_id"])
    return (frame["usd_dollar_margin"] - frame["usd_central"]).to_numpy()


def test_two_shocks_add_up_where_margins_stay_in_dollars(stack: Stack) -> None:
    both = dollars(stack, hbm3e=0.3, electricity=0.5)
    np.testing.assert_allclose(both, dollars(stack, hbm3e=0.3) + dollars(stack, electricity=0.5), rtol=1e-9, atol=1e-12)


def test_a_shock_twice_as_large_adds_twice_as_much(stack: Stack) -> None:
    np.testing.assert_allclose(dollars(stack, hbm3e=0.6), 2 * dollars(stack, hbm3e=0.3), rtol=1e-9, atol=1e-12)


def test_a_fall_takes_off_what_a_rise_adds(stack: Stack) -> None:
    np.testing.assert_allclose(dollars(stack, hbm3e=-0.2), -dollars(stack, hbm3e=0.2), rtol=1e-9, atol=1e-12)


def test_margins_kept_as_a_percentage_pass_on_more_where_sellers_earn(stack: Stack) -> None:
    """A seller with a margin puts it on top of the rise; NVIDIA's margin is the largest there is."""
    frame = stack.shock({"hbm3e": 0.3})
    of_h200 = frame[frame["board_id"] == "h200"]
    assert (of_h200["change_percent_margin"] > 2 * of_h200["change_dollar_margin"]).all()


def test_a_board_is_shocked_by_its_own_name(published: Home) -> None:
    rows = rows_of(published, "shock", "board:h100=+20%", "--limit", "2000")
    assert {row["board_id"] for row in rows if abs(row["change_percent_margin"]) > 1e-9} == {"h100"}


def test_the_largest_change_comes_first(published: Home) -> None:
    changes = [abs(row["change_percent_margin"]) for row in rows_of(published, "shock", "electricity=+50%", "--limit", "2000")]
    assert changes == sorted(changes, reverse=True)
