"""Chokepoints, cut sets and cascades as a user asks for them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pipelines.home import Home
from tests.command import Tables, asked

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
    done = asked(tmp_path, "cutsets", "--fault-tree", str(model), "--top", "top", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["count"] == 2
    assert found["by_order"] == {"1": 1, "2": 1}
    assert found["minimal_cut_sets"] == [["valve"], ["one", "two"]]
    assert found["probability"] == pytest.approx(1 - 0.95 * (1 - 0.02))


def test_the_only_head_is_the_top_unless_said(tmp_path: Path, model: Path) -> None:
    said, unsaid = (asked(tmp_path, "cutsets", "--fault-tree", str(model), *top, "--format", "json") for top in (["--top", "top"], []))
    assert unsaid.returncode == 0, unsaid.stderr
    assert unsaid.stdout == said.stdout
    second = '<define-gate name="other"><or><basic-event name="one"/><basic-event name="two"/></or></define-gate></define-fault-tree>'
    model.write_text(MODEL.replace("</define-fault-tree>", second), encoding="utf-8")
    two = asked(tmp_path, "cutsets", "--fault-tree", str(model))
    assert two.returncode == 2
    assert "gates that no other takes: other, top" in two.stderr


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
    done = asked(tmp_path, "cutsets", "--fault-tree", str(model), "--top", "top")
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_every_cut_set_of_a_model_is_written_as_json_whatever_its_names(tmp_path: Path, model: Path) -> None:
    model.write_text(MODEL.replace('"valve"', '"Ventil &quot;Ä&quot;"'), encoding="utf-8")
    done = asked(tmp_path, "cutsets", "--fault-tree", str(model), "--top", "top", "--format", "json")
    assert json.loads(done.stdout)["minimal_cut_sets"] == [['Ventil "Ä"'], ["one", "two"]]
    none = asked(tmp_path, "cutsets", "--fault-tree", str(model), "--top", "both", "--max-order", "1", "--format", "json")
    assert json.loads(none.stdout)["minimal_cut_sets"] == []


def test_who_does_not_know_the_top_is_told_the_gates_that_feed_no_other(tmp_path: Path, model: Path) -> None:
    done = asked(tmp_path, "cutsets", "--fault-tree", str(model), "--top", "root")
    assert done.returncode == 2
    assert done.stderr.strip().endswith("gates that no other takes: top")


def test_a_count_up_to_an_order_says_that_it_is_one(tmp_path: Path, model: Path) -> None:
    done = asked(tmp_path, "cutsets", "--fault-tree", str(model), "--top", "top", "--max-order", "1")
    assert "1 minimal cut sets up to order 1; longer ones are not counted" in done.stderr


def test_cut_sets_too_many_to_list_are_counted_and_that_is_said(tmp_path: Path, model: Path) -> None:
    events = "".join(f'<basic-event name="e{i}"/>' for i in range(30))
    gate = f'<define-gate name="top"><atleast min="12">{events}</atleast></define-gate>'
    model.write_text(f'<opsa-mef><define-fault-tree name="many">{gate}</define-fault-tree></opsa-mef>', encoding="utf-8")
    done = asked(tmp_path, "cutsets", "--fault-tree", str(model), "--top", "top")
    assert "top: 86493225 minimal cut sets" in done.stderr
    assert "too many to list" in done.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--by", "organisation"), "--by asks about the published graph"),
        (("--loss", "30%", "--by", "country"), "--by and --loss ask about the published graph"),
    ],
)
def test_what_does_not_bear_on_a_fault_tree_is_refused(tmp_path: Path, model: Path, options: tuple[str, ...], told: str) -> None:
    """A view of our own graph changes nothing in a model that has events of its own."""
    done = asked(tmp_path, "cutsets", "--fault-tree", str(model), "--top", "top", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


@pytest.mark.shared
def test_a_published_firm_network_gives_its_published_answers(tmp_path: Path, shared: Path) -> None:
    folder = shared / "examples" / "cascade_net30"
    files = ["--firms", str(folder / "firms.csv"), "--links", str(folder / "edges.csv"), "--essentiality", str(folder / "ess.csv")]
    done = asked(tmp_path, "cascade", *files, "--format", "csv")
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
    given = [str(tmp_path / f) if f.endswith(".csv") else f for f in files]
    done = asked(tmp_path, "cascade", *given)
    assert done.returncode == 2
    assert "links.csv:3" in done.stderr


def test_a_gb200_rack_stops_without_its_known_single_sources(published: Home) -> None:
    done = asked(published.root, "chokepoints", "gb200_nvl72", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {"org:tsmc", "org:asml", "org:nvidia"} <= {row["event"] for row in rows}
    assert all(row["path"].endswith("item:gb200_nvl72") and row["grade"] for row in rows)


def test_a_single_point_of_failure_is_explained_down_to_its_facts(published: Home) -> None:
    done = asked(published.root, "explain", "spof:gb200_nvl72/asml", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert rows[0]["fact"] == "share:euv_scanner/ASML"
    assert all(row["publisher"] and row["as_of"] and row["grade"] for row in rows)
    assert any(row["says"].startswith("gb200_nvl72 cannot do without") for row in rows)


@pytest.mark.parametrize("by", ["organisation", "owner", "country", "seat", "offer"])
def test_each_view_leads_to_the_facts_of_its_own_single_points(published: Home, by: str) -> None:
    page = asked(published.root, "chokepoints", "gb200_nvl72", "--by", by)
    said = re.search(r"explain (spof:\S+)", page.stderr)
    assert said is not None, page.stderr
    listed = json.loads(asked(published.root, "chokepoints", "gb200_nvl72", "--by", by, "--format", "json").stdout)
    names = {row["event"]: row["evidence"].split("; ") for row in listed}
    event = next(e for e in names if said[1].endswith((f"/{e}", f"/{e.partition(':')[2]}")))
    done = asked(published.root, "explain", said[1], "--format", "json")
    assert done.returncode == 0, done.stderr
    assert [row["fact"] for row in json.loads(done.stdout)] == names[event]


def test_an_owner_that_makes_nothing_itself_is_explained(published: Home) -> None:
    done = asked(published.root, "explain", "spof:gb200_nvl72/carl_zeiss_foundation", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert "share:euv_optics/Carl Zeiss SMT" in {row["fact"] for row in json.loads(done.stdout)}


def test_a_partial_loss_is_asked_on_with_its_part(published: Home) -> None:
    page = asked(published.root, "chokepoints", "neon", "--loss", "30%")
    assert "cutsets neon --by organisation --loss 0.3 --max-order 3" in page.stderr


def test_the_page_of_an_item_says_what_stops_it_and_why(published: Home) -> None:
    done = asked(published.root, "chokepoints", "gb200_nvl72", "--limit", "5")
    assert done.returncode == 0, done.stderr
    assert "ASML supplies 100% of euv_scanner" in done.stdout
    for part in ("SINGLE POINTS", "RESTS ON", "PAIRS", "MATTERS MOST", "COUNTRIES", "ASSUMED", "next"):
        assert part in done.stderr


def test_a_gas_that_nobody_makes_alone_says_how_many_must_be_lost(published: Home) -> None:
    done = asked(published.root, "chokepoints", "neon")
    assert done.returncode == 0, done.stderr
    said = re.search(r"SINGLE POINTS OF FAILURE: none.*it takes (\d+) together.*--max-order \1` lists which", done.stderr)
    assert said is not None, done.stderr
    listed = asked(published.root, "cutsets", "neon", "--max-order", said[1], "--format", "json")
    assert len(json.loads(listed.stdout)) == 1


@pytest.mark.parametrize(
    ("what", "facts"),
    [
        ("hhi:gallium/country", {"share:gallium/CHN", "parameter:country:CHN/governance"}),
        ("ntier_hhi:h100/firm/1", {"board:h100", "share:wafer_n5/TSMC"}),
        ("supply_risk:gallium", {"share:gallium/CHN", "parameter:item:gallium/us_"}),
        ("cascade:nittobo", {"share:t_glass/Nittobo", "requirement:abf_substrate/t_glass", "requirement:server_cpu/abf_substrate"}),
        ("tts_ttr:t_glass", {"requirement:abf_substrate/t_glass", "share:t_glass/Nittobo"}),
        ("disruption:taiwan_blockade/h100", {"share:data_centre_gpu/NVIDIA", "board:h100"}),
        ("disruption_path:taiwan_blockade/h100", {"share:data_centre_gpu/NVIDIA", "board:h100"}),
        ("common_mode:seat/DNK", {"site:novo_nordisk_gefion", "share:oil_free_compressor/Danfoss"}),
        ("common_mode:TWN", {"share:cowos_s/TSMC", "site:"}),
        ("mitigation:nittobo_t_glass/stock/item:abf_substrate", {"requirement:abf_substrate/t_glass"}),
        ("mitigation:nittobo_t_glass/second_source", {"share:t_glass/Nittobo"}),
        ("top_probability:h100/asml", {"share:euv_scanner/ASML", "requirement:wafer_n5/euv_scanner", "board:h100"}),
        ("min_cut_set:h100/asml", {"share:euv_scanner/ASML", "requirement:wafer_n5/euv_scanner", "board:h100"}),
    ],
)
def test_a_row_of_each_risk_table_is_explained_down_to_its_facts(published: Home, what: str, facts: set[str]) -> None:
    done = asked(published.root, "explain", what, "--limit", "1000", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    missing = {start for start in facts if not any(row["fact"].startswith(start) for row in rows)}
    assert not missing, [row["fact"] for row in rows]
    assert all(row["publisher"] and row["grade"] and row["says"] for row in rows)


def test_who_does_not_make_glass_is_no_fact_of_a_glass_maker(published: Home) -> None:
    rows = json.loads(asked(published.root, "explain", "mitigation:nittobo_t_glass/capacity", "--format", "json").stdout)
    assert [row["fact"] for row in rows] == ["share:t_glass/Nittobo"]


def test_what_is_published_is_what_is_computed(tables: Tables, published: Home) -> None:
    """The cut sets of three losses hold those of two, which come from the file."""
    done = asked(published.root, "cutsets", "h100", "--max-order", "3", "--format", "json", "--limit", "100000")
    assert done.returncode == 0, done.stderr
    short = sorted(row["events"] for row in json.loads(done.stdout) if row["order"] <= 2)
    assert short == sorted(tables.column("select events from risk.min_cut_set where target = 'board:h100' and \"by\" = 'organisation'"))


def test_a_smaller_loss_is_brought_about_by_more(published: Home) -> None:
    events = []
    for loss in ("80%", "0.3"):
        done = asked(published.root, "cutsets", "h100", "--by", "country", "--loss", loss, "--max-order", "1", "--format", "json")
        assert done.returncode == 0, done.stderr
        events.append({row["events"] for row in json.loads(done.stdout)})
    assert events[0] < events[1]


def test_grid_regions_stop_what_sites_give(published: Home) -> None:
    done = asked(published.root, "chokepoints", "token", "--by", "grid", "--loss", "5%", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert "grid:PJM" in {row["event"] for row in json.loads(done.stdout)}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("chokepoints", "h100", "--by", "grid"), "no site stands behind board:h100"),
        (("chokepoints", "token", "--by", "grid"), "--by grid needs --loss"),
        (("cutsets", "h100", "--loss", "130%"), "--loss takes the part of the supply"),
        (("explain", "spof:h100"), "spof: takes a target and what is lost"),
        (("explain", "spof:h100/asm"), "nearest: asml"),
        (("chokepoints", "NVIDIA"), "`stackgraph cascade nvidia`"),
        (("chokepoints", "Taiwan"), "`stackgraph disrupt country:TWN`"),
        (("explain", "cascade:nitobo"), "nearest: nittobo"),
        (("explain", "casade:nittobo"), "nearest: cascade"),
        (("explain", "disruption:taiwan_blokade"), "nearest: taiwan_blockade"),
        (("explain", "top_probability:h100"), "say more of target/by/event"),
    ],
)
def test_what_a_chokepoint_question_lacks_is_told(published: Home, arguments: tuple[str, ...], told: str) -> None:
    done = asked(published.root, *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert not done.stdout


def test_countries_that_stop_a_board_alone(published: Home) -> None:
    done = asked(published.root, "cutsets", "h100", "--by", "country", "--max-order", "1", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert {"country:TWN", "country:NLD"} <= {row["events"] for row in json.loads(done.stdout)}


@pytest.mark.parametrize("name", ["GB200 NVL72 rack", "gb200-nvl72", "item:GB200_NVL72"])
def test_a_target_is_found_by_the_name_that_is_printed(published: Home, name: str) -> None:
    done = asked(published.root, "chokepoints", name)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("GB200 NVL72 rack (item:gb200_nvl72)")
    assert "stackgraph cutsets gb200_nvl72 " in done.stderr, "the command offered next works as it stands"


@pytest.mark.parametrize(
    "arguments", [("chokepoints", "gb200_nvl7"), ("cutsets",), ("cutsets", "--fault-tree", "x.xml"), ("cutsets", "h100", "--top", "t")]
)
def test_what_cannot_be_asked_is_bad_usage(published: Home, arguments: tuple[str, ...]) -> None:
    done = asked(published.root, *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
