"""The cascade of organisations as it is published, and any network of firms in files, as a user asks for them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.home import Home
from tests.command import Tables, asked

FIRMS = "firm,industry,revenue\na,x,10\nb,x,5\nc,y,3\n"
LINKS = "supplier,buyer,weight\na,b,2\nb,c,3\n"
ESSENTIALITY = ",x,y\nx,2,1\ny,0,2\n"


def ask(folder: Path, *arguments: str, **files: str | bytes) -> tuple[int, str, str]:
    """`stackgraph cascade` on three files, in this process: exit code, stdout, stderr."""
    command = ["cascade"]
    for name, content in ({"firms": FIRMS, "links": LINKS, "essentiality": ESSENTIALITY} | files).items():
        path = folder / f"{name}.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        command += [f"--{name}", str(path)]
    done = CliRunner().invoke(app, [*command, *arguments])
    return done.exit_code, done.stdout, done.stderr


def test_a_network_in_files_is_ranked_and_its_firms_can_be_named(tmp_path: Path) -> None:
    code, out, _ = ask(tmp_path, "--firm", "b", "--format", "csv")
    assert code == 0
    (row,) = csv.DictReader(out.splitlines())
    assert row["firm"] == "b"
    assert float(row["esri"]) == pytest.approx(0.6 + 0.4 * 0.2, abs=1e-12), "all b sells, and a fifth of what a sells to others too"
    assert float(row["esri_down"]) == pytest.approx(0.6)


def test_an_index_that_is_an_artefact_of_eps_is_told_as_one(tmp_path: Path) -> None:
    """A ring of six firms that sell to the next three: without final demand any loss goes round until nothing is left."""
    ring = {"firms": "firm,industry\n" + "".join(f"f{k},x\n" for k in range(6)), "essentiality": ",x\nx,2\n"}
    ring["links"] = "supplier,buyer,weight\n" + "".join(f"f{k},f{(k + step) % 6},1\n" for k in range(6) for step in (1, 2, 3))
    code, out, told = ask(tmp_path, "--no-final-demand", "--eps", "0.1", "--finer", "--format", "json", **ring)
    rows = json.loads(out)
    assert code == 0
    assert all(row["esri_finer"] > row["esri"] + 0.1 for row in rows)
    assert "warning: without final demand" in told
    assert "at eps 1e-06 instead of 0.1 an index rises by" in told
    code, out, told = ask(tmp_path, "--eps", "1e-9", "--format", "json")
    assert code == 0
    assert "esri_finer" not in json.loads(out)[0]
    assert told == ""


@pytest.mark.parametrize(
    ("told", "files"),
    [
        ("firms.csv:1: column 'firm': no rows: the network is empty", {"firms": "firm,industry,revenue\n"}),
        ("links.csv:1: column 'supplier': no rows: the network is empty", {"links": "supplier,buyer,weight\n"}),
        ("essentiality.csv:1: no industries", {"essentiality": ",x,y\n"}),
        ("firms.csv:1: the file is empty: a header was expected", {"firms": ""}),
        ("firms.csv:1: column 'industry': this column is missing", {"firms": "firm,revenue\na,10\n"}),
        ("firms.csv:5: column 'industry': 'd' is in no industry", {"firms": FIRMS + "d,,1\n"}),
        ("firms.csv:4: column 'industry': ", {"essentiality": ",x\nx,2\n"}),
        ("firms.csv:5: not UTF-8 text: byte 0xe9", {"firms": FIRMS.encode() + "é,x,1\n".encode("latin-1")}),
        ("links.csv:1: not UTF-8 text: byte 0xff", {"links": LINKS.encode("utf-16")}),
        ("links.csv:4: column 'weight': -1 is negative", {"links": LINKS + "a,c,-1\n"}),
        ("links.csv:4: column 'weight': 'NaN' is no finite number", {"links": LINKS + "a,c,NaN\n"}),
        ("links.csv:4: column 'weight': 'inf' is no finite number", {"links": LINKS + "a,c,inf\n"}),
        ("links.csv:4: column 'weight': '1e999' is no finite number", {"links": LINKS + "a,c,1e999\n"}),
        ("links.csv:1: column 'weight': the weights add up to more", {"links": "supplier,buyer,weight\na,b,1e308\nb,c,1e308\n"}),
        ("links.csv:4: column 'buyer': ", {"links": LINKS + "a,q,1\n"}),
        ("links.csv:4: column 'buyer': 'a' supplies itself", {"links": LINKS + "a,a,1\n"}),
        ("links.csv:4: column 'supplier': 'a' supplies 'b' on line 2 already", {"links": LINKS + "a,b,1\n"}),
        ("there is no final demand: no revenue is given", {"firms": "firm,industry\na,x\nb,x\nc,y\n"}),
    ],
)
def test_a_network_that_cannot_be_is_told_with_its_place(tmp_path: Path, told: str, files: dict[str, str | bytes]) -> None:
    code, out, error = ask(tmp_path, **files)
    assert code == 2
    assert out == "", "nothing is written"
    assert told in error
    assert sorted(p.name for p in tmp_path.iterdir()) == ["essentiality.csv", "firms.csv", "links.csv"]


@pytest.mark.parametrize(
    ("told", "arguments"),
    [
        ("no firm 'aa' in the network", ("--firm", "aa")),
        ("eps is 1.0: it is a fall in remaining production", ("--eps", "1")),
        ("--eps", ("--eps", "-0.1")),
    ],
)
def test_a_question_that_cannot_be_asked_of_a_network(tmp_path: Path, told: str, arguments: tuple[str, ...]) -> None:
    code, out, error = ask(tmp_path, *arguments)
    assert (code, out) == (2, "")
    assert told in error


def test_the_ranking_is_the_published_table(published: Home, tables: Tables) -> None:
    done = asked(published.root, "cascade", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert len(rows) == tables.value("select count(*) from risk.cascade")
    assert [row["rank"] for row in rows] == sorted(row["rank"] for row in rows)
    ahead = {row["organisation_id"] for row in rows[:10]}
    assert {"asml", "carl_zeiss_smt", "tsmc", "nvidia"} <= ahead


def test_an_organisation_shows_whom_it_hits_first_and_on_what_evidence(published: Home) -> None:
    done = asked(published.root, "cascade", "org:asml", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {row["hit"] for row in rows if row["round"] == 0} >= {"euv_scanner"}
    first = [row for row in rows if row["channel"] == "delivers" and row["round"] == 1]
    assert {"wafer_n3", "wafer_n5"} <= {row["hit"] for row in first if row["through"] == "euv_scanner" and row["need"] == "essential"}
    assert all(row["grade"] and row["publisher"] for row in rows)


@pytest.mark.parametrize(
    ("told", "arguments"),
    [
        ("unknown organisation 'nitobo'; nearest: nittobo", ("nitobo",)),
        ("--links and --essentiality missing", ("--firms", "firms.csv")),
        ("belong to a network in files", ("--eps", "0.1")),
    ],
)
def test_what_cannot_be_asked_of_the_published_graph(published: Home, told: str, arguments: tuple[str, ...]) -> None:
    done = asked(published.root, "cascade", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""


def test_who_alone_makes_what_accelerators_need_is_never_free(tables: Tables) -> None:
    sole = ["asml", "carl_zeiss_smt", "lasertec", "trumpf", "tsmc"]
    lost = dict(tables.rows("select organisation_id, esri - own_share from risk.cascade where list_contains(?, organisation_id)", sole))
    assert sorted(lost) == sole
    assert min(lost.values()) > 0.5


def test_the_range_holds_the_index_and_what_it_rests_on_is_whole(tables: Tables) -> None:
    assert (
        tables.value(
            "select count(*) from risk.cascade where not (0 <= esri_low and esri_low <= esri and esri <= esri_high and esri_high <= 1)"
        )
        == 0
    )
    parts = "primary_share + secondary_share + derived_share + estimate_share"
    assert tables.value(f"select max(abs({parts} - 1)) from risk.cascade where esri > 0") < 1e-9
