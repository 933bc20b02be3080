"""The command as somebody types it: what all of its parts do alike, in what they print and what they refuse."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from pipelines.home import Home
from tests.command import asked, fingerprint, rows_of, stackgraph, table_of

COMMANDS = ["run", "ui", "query", "describe", "concentration", "cost", "shock", "sources"]
READING = {
    "query": ["query", "select item_id, layer from core.item order by 1 limit 3"],
    "query_saved": ["query", "@chokepoints"],
    "query_list": ["query", "@"],
    "describe": ["describe"],
    "describe_schema": ["describe", "mart"],
    "describe_table": ["describe", "mart.useful_token"],
    "describe_column": ["describe", "mart.useful_token.usd_central"],
    "concentration": ["concentration", "--limit", "200"],
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
    "shock": ["shock", "hbm3e=+30%", "electricity=-10%", "--board", "h200", "--limit", "100"],
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


def test_without_a_published_file_every_reader_says_how_to_make_one(tmp_path: Path) -> None:
    for arguments in (["query", "select 1"], ["describe"], ["concentration"], ["cost"], ["shock", "hbm3e=+30%"], ["sources"]):
        done = stackgraph(tmp_path, *arguments)
        assert done.returncode == 1, arguments
        assert "stackgraph run" in done.stderr
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [("concentration",), ("cascade",), ("explain", "cascade:nittobo")])
def test_what_a_program_reads_is_whole_unless_a_limit_is_asked_for(published: Home, arguments: tuple[str, ...]) -> None:
    """A screen holds some rows; a file that lacks most of them, with a word on stderr alone, is read as if it were all."""
    printed = asked(published.root, *arguments)
    number = re.search(r"\d+ of (\d+) rows", printed.stderr)
    assert number is not None, printed.stderr
    assert len(rows_of(published, *arguments)) == int(number[1])
    assert len(rows_of(published, *arguments, "--limit", "3")) == 3
