"""Time to survive on a network given as a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app

CHAIN = {
    "products": {"p": {"demand": 10, "margin": 5}},
    "nodes": {"p": {"stock": 20, "cap": 12}, "w": {"stock": 30, "cap": 12}, "m": {"stock": 40, "cap": 100}},
    "edges": [["w", "p"], ["m", "w"]],
    "makes": {"w": "W", "m": "M", "p": "P"},
    "bom": {"p": {"W": 1}, "w": {"M": 2}},
    "ttr": {"m": 14, "w": 14},
}


def test_the_worked_chain_is_answered_as_by_hand(golden: Path) -> None:
    file = golden / "stress_chain.json"
    expected = json.loads(file.read_text(encoding="utf-8"))["expected"]
    done = CliRunner().invoke(app, ["stress", "--network", str(file), "--format", "json"])
    assert done.exit_code == 0, done.stderr
    found = {row["node"]: row for row in json.loads(done.stdout)}
    assert set(found) == set(expected)
    for node, row in found.items():
        assert row["lost_margin"] == pytest.approx(expected[node]["lost_margin"])
        assert row["lost_units"] == pytest.approx(expected[node]["lost_units"])
        assert (row["tts_days"], row["exposed"]) == (pytest.approx(expected[node]["tts"]), expected[node]["exposed"])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"nodes": {}}, "the network has no nodes"),
        ({"nodes": {"p": 3}}, "nodes, 'p': expected an object, got 3"),
        ({"ttr": {}}, "ttr: expected node -> days until it works again"),
        ({"ttr": {"x": 3}}, "the disrupted node 'x' is not in the network"),
        ({"ttr": {"m": -1}}, "time to recover of m: expected a number of at least 0, got -1"),
        ({"edges": ["wp"]}, "edge 1: expected [supplier, consumer], got 'wp'"),
        ({"edges": {"w": "p"}}, "edges: expected a list of [supplier, consumer]"),
        ({"edges": [["w", "p"], ["w", "p"]]}, "edge 2: 'w' -> 'p' is given twice"),
        ({"edges": [["p", "p"]]}, "edge 1: node 'p' supplies itself"),
        ({"bom": {"q": {}}}, "bom: 'q' is no node of the network"),
        ({"nodes": {"p": {"stok": 20}, "w": {}, "m": {}}}, "node 'p': unknown 'stok', perhaps 'stock'; expected stock, cap"),
        ({"products": {"p": {"demand": 10, "margins": 5}}}, "product 'p': unknown 'margins', perhaps 'margin'; expected demand, margin"),
        ({"edge": []}, "unknown part 'edge', perhaps 'edges'; expected products, nodes, edges"),
    ],
)
def test_a_wrong_network_is_told_with_its_place(tmp_path: Path, changes: dict[str, object], told: str) -> None:
    file = tmp_path / "network.json"
    file.write_text(json.dumps(CHAIN | changes), encoding="utf-8")
    done = CliRunner().invoke(app, ["stress", "--network", str(file)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{file}: {told}" in done.stderr


@pytest.mark.parametrize(
    ("text", "told"), [(b"{", ":1: column 2: not well-formed JSON"), (b'"\xff"', "byte 1: not UTF-8 text"), (b"[1]", "got a list")]
)
def test_a_file_that_is_no_network_is_told(tmp_path: Path, text: bytes, told: str) -> None:
    file = tmp_path / "network.json"
    file.write_bytes(text)
    done = CliRunner().invoke(app, ["stress", "--network", str(file)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert told in done.stderr


def test_a_name_given_twice_is_told_with_its_line(tmp_path: Path) -> None:
    """The reader of JSON keeps the last of two stocks of one plant, and the answer would be another network's."""
    file = tmp_path / "network.json"
    file.write_text('{"nodes": {\n "m": {"stock": 1},\n "p": {"m": 2},\n "\\u006d": {"stock": 9}\n}, "products": {}}', encoding="utf-8")
    done = CliRunner().invoke(app, ["stress", "--network", str(file)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{file}:4: 'm' is given twice in one object, first in line 2" in done.stderr


@pytest.mark.parametrize("more", [["--seed", "3"], ["--horizon", "30"], ["taiwan_blockade"]])
def test_what_does_not_bear_on_a_network_is_refused(golden: Path, more: list[str]) -> None:
    done = CliRunner().invoke(app, ["stress", *more, "--network", str(golden / "stress_chain.json")])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "asks about the published graph" in done.stderr
