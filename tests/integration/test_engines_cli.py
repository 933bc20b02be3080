"""Chokepoints, cut sets and cascades as a user asks for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.home import Home
from tests.command import stackgraph

MODEL = """<opsa-mef><define-fault-tree name="pumps">
<define-gate name="top"><or><gate name="both"/><basic-event name="valve"/></or></define-gate>
<define-gate name="both"><and><basic-event name="one"/><basic-event name="two"/></and></define-gate>
<define-basic-event name="one"><float value="0.1"/></define-basic-event>
<define-basic-event name="two"><float value="0.2"/></define-basic-event>
<define-basic-event name="valve"><float value="0.05"/></define-basic-event>
</define-fault-tree></opsa-mef>"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.xml"
    path.write_text(MODEL, encoding="utf-8")
    return path


def test_any_fault_tree_can_be_read(tmp_path: Path, model: Path) -> None:
    done = stackgraph(tmp_path, "cutsets", "--fault-tree", str(model), "--top", "top", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["count"] == 2
    assert found["by_order"] == {"1": 1, "2": 1}
    assert found["minimal_cut_sets"] == [["valve"], ["one", "two"]]
    assert found["probability"] == pytest.approx(1 - 0.95 * (1 - 0.02))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (MODEL.replace('<gate name="both"/>', '<gate name="top"/>'), "top"),
        (MODEL.replace('name="valve"/></or>', 'name="vulve"/></or>'), "vulve"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><opsa-mef/>', "model.xml"),
        ("<opsa-mef>", "model.xml"),
    ],
    ids=["a circle", "an unknown event", "an entity", "cut short"],
)
def test_a_model_that_cannot_be_is_told_with_its_place(tmp_path: Path, model: Path, text: str, told: str) -> None:
    model.write_text(text, encoding="utf-8")
    done = stackgraph(tmp_path, "cutsets", "--fault-tree", str(model), "--top", "top")
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.shared
def test_a_published_firm_network_gives_its_published_answers(tmp_path: Path, shared: Path) -> None:
    folder = shared / "examples" / "cascade_net30"
    files = ["--firms", str(folder / "firms.csv"), "--links", str(folder / "edges.csv"), "--essentiality", str(folder / "ess.csv")]
    done = stackgraph(tmp_path, "cascade", *files, "--format", "csv")
    assert done.returncode == 0, done.stderr
    expected = (folder / "expected_market_final_demand_eps1e-2.csv").read_text(encoding="utf-8").splitlines()[1:]
    ours = done.stdout.splitlines()[1:]
    assert len(ours) == len(expected) == 30
    for mine, published in zip(ours, expected, strict=True):
        for value, answer in zip(mine.split(","), published.split(","), strict=True):
            assert float(value) == pytest.approx(float(answer), abs=1e-12)


def test_a_network_with_a_wrong_row_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text("firm,industry,revenue\na,1,10\nb,1,10\n")
    (tmp_path / "links.csv").write_text("supplier,buyer,weight\na,b,5\nb,c,-1\n")
    (tmp_path / "ess.csv").write_text(",1\n1,2\n")
    files = ["--firms", "firms.csv", "--links", "links.csv", "--essentiality", "ess.csv"]
    asked = [str(tmp_path / f) if f.endswith(".csv") else f for f in files]
    done = stackgraph(tmp_path, "cascade", *asked)
    assert done.returncode == 2
    assert "links.csv:3" in done.stderr


def test_a_gb200_rack_stops_without_its_known_single_sources(published: Home) -> None:
    done = stackgraph(published.root, "chokepoints", "gb200_nvl72", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {"org:tsmc", "org:asml", "org:nvidia"} <= {row["event"] for row in rows}
    assert all(row["path"].endswith("item:gb200_nvl72") and row["grade"] for row in rows)


def test_countries_that_stop_a_board_alone(published: Home) -> None:
    done = stackgraph(published.root, "cutsets", "h100", "--by", "country", "--max-order", "1", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert {"country:TWN", "country:NLD"} <= {row["events"] for row in json.loads(done.stdout)}


@pytest.mark.parametrize(
    "arguments", [("chokepoints", "gb200_nvl7"), ("cutsets",), ("cutsets", "--fault-tree", "x.xml"), ("cutsets", "h100", "--top", "t")]
)
def test_what_cannot_be_asked_is_bad_usage(published: Home, arguments: tuple[str, ...]) -> None:
    done = stackgraph(published.root, *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
