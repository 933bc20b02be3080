"""`stackgraph query`: what it prints, the saved queries, and that it changes nothing and reads nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.cli.query import SAVED
from pipelines.home import Home
from tests.command import fingerprint, rows_of, stackgraph, table_of

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
