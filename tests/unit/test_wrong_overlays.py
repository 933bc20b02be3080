"""What is wrong with an overlay is told with the file and the line of its rows."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from graph.cost.figures import MissingFigure
from graph.cost.rollup import Contradiction, prices, step
from pipelines import state
from pipelines.assets.behind import closed_cycles, made_from, overlay_rows, own_requirements, told_with_rows
from pipelines.cli.cautions import TOLD
from pipelines.home import OVERLAY
from sources import assemble, overlay
from sources.errors import Problem, SourceError
from sources.records import Citation

PRICES = """item_id,low,central,high,unit,currency_year,basis,as_of
hbm3e,900,1000,1100,USD/GB,2026,contract,2026
electricity,58,61,66,USD/MWh,2026,contract,2026
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "price.csv").write_text(PRICES, encoding="utf-8")
    monkeypatch.setenv(OVERLAY, str(tmp_path))
    state.folders.cache_clear()
    yield tmp_path
    state.folders.cache_clear()
    state._in_use.pop(overlay.ID, None)


def test_the_rows_behind_a_board_are_those_of_what_it_is_made_from(own: Path) -> None:
    bill = {
        "item:hbm3e": step(),
        "package:h200": step({"item:hbm3e": 141}),
        "board:h200": step({"package:h200": 1}),
        "item:electricity": step(),
    }
    assert made_from(bill, "board:h200") == {"board:h200", "package:h200", "item:hbm3e"}
    assert overlay_rows(made_from(bill, "board:h200")) == f"{own}/price.csv:2"
    assert overlay_rows({"item:gallium"}) == ""


def test_a_row_is_held_against_the_header_as_you_wrote_it(own: Path) -> None:
    (own / "price.csv").write_text(PRICES + "neon,1,2,3\n", encoding="utf-8")
    state.folders.cache_clear()
    with pytest.raises(SourceError) as caught:
        state.source(overlay.ID).load("overlay_price")
    (found,) = caught.value.problems
    assert (found.line, found.what.split(":")[0]) == (4, "expected 8 cells as in the header, got 4")


BOARD = """board_id,name,designer,kind,cooling,status,system_item,foundry,wafer_item,as_of
my_board,My board,NVIDIA,gpu,liquid,announced,gb200_nvl72,TSMC,wafer_n3,2026
"""


def test_a_figure_that_your_board_lacks_is_told_with_the_boards_row(own: Path) -> None:
    (own / "board.csv").write_text(BOARD, encoding="utf-8")
    state.folders.cache_clear()
    missing = MissingFigure("board:my_board.bf16_compute", "the speed of my_board")
    with pytest.raises(ValueError, match=rf"no current row gives.*; rows of your overlay about it: {own}/board.csv:2"), told_with_rows():
        raise missing
    with pytest.raises(ValueError, match=r"its source and range$"), told_with_rows():
        raise MissingFigure("board:h100.bf16_compute", "the speed of h100")


def test_a_requirement_of_something_without_a_price_is_told_with_its_row(own: Path) -> None:
    """A rack is built up from its board: what takes it has no price to count with."""
    (own / "requirement.csv").write_text(REQUIREMENTS.replace("widget,gadget", "hbm3e,gb200_nvl72", 1), encoding="utf-8")
    state.folders.cache_clear()
    missing = MissingFigure("item:gb200_nvl72.price", "the price of hbm3e, which takes gb200_nvl72,", "item:hbm3e")
    assert pickle.loads(pickle.dumps(missing)).nodes == missing.nodes
    with (
        pytest.raises(ValueError, match=rf"add it to a price.csv .*; rows of your overlay about it: .*{own}/requirement.csv:2"),
        told_with_rows(),
    ):
        raise missing


def test_a_cycle_is_called_one() -> None:
    from graph.cost.chain import _circle

    one = np.ones(())
    said, nodes = _circle({"wafer": {"silicon": one}, "silicon": {"wafer": one, "quartz": one}}, "silicon")
    assert said == "; it needs itself, in a cycle: silicon needs wafer needs silicon"
    assert nodes == {"item:silicon", "item:wafer"}
    assert _circle({"silicon": {"quartz": one}}, "silicon") == ("", {"item:silicon", "item:quartz"})
    assert Contradiction("x", nodes).nodes == nodes


def test_a_folder_called_like_a_table_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "price.csv").mkdir()
    with pytest.raises(SourceError, match=r"price.csv: this is a folder: expected a file of records"):
        overlay.folder(tmp_path)


def test_a_date_of_operation_in_another_millennium_is_refused_of_whichever_source(own: Path) -> None:
    from sources.catalog import _check_dates
    from sources.reading import shipped

    rows = pd.DataFrame({"as_of": ["2026"], "operational": ["2999-01-01"], "source_file": ["site.csv"], "source_line": [7]})
    for source in ("epoch_gpu_clusters", overlay.ID):
        with pytest.raises(SourceError, match=r"site.csv:7: column 'operational': 2999-01-01 lies long after"):
            _check_dates(rows, shipped(state.source(source)))


def test_dollars_are_of_a_year_that_has_begun(own: Path) -> None:
    """A price in the dollars of a year to come would be deflated by a rate that nobody knows."""
    from sources.catalog import _check_dates
    from sources.reading import shipped

    year = int(overlay.folder(own).declaration.retrieved_at[:4])
    rows = pd.DataFrame({"as_of": ["2026"] * 2, "currency_year": [year, year + 1], "source_file": ["price.csv"] * 2, "source_line": [2, 3]})
    with pytest.raises(SourceError) as caught:
        _check_dates(rows, shipped(state.source(overlay.ID)))
    assert [str(problem).split(" lies")[0] for problem in caught.value.problems] == [f"price.csv:3: column 'currency_year': {year + 1}"]
    with pytest.raises(SourceError, match=rf"price.csv:3: .*{year + 1} lies after .*, when curated was read"):
        _check_dates(rows, shipped(state.source("curated")))


def test_what_lies_in_subfolders_is_not_read_and_what_lies_in_one_is_told_once(own: Path) -> None:
    """A folder of a company's documents may have anything below it: somebody else's tables are nothing of its overlay."""
    deep = own / "plant" / "line"
    deep.mkdir(parents=True)
    before = shipped_hash(own)
    (deep / "price.csv").write_text("nobody,reads,this\n", encoding="utf-8")
    (own / ".cache").mkdir()
    (own / ".cache" / "price.csv").write_text("nor,this\n", encoding="utf-8")
    assert overlay.folder(own).tables.keys() == {"overlay_price"}
    assert shipped_hash(own) == before
    for name in ("share", "price", "item", "organisation"):
        (own / "plant" / f"{name}.csv").write_text("item_id\n", encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        overlay.folder(own)
    (told,) = caught.value.problems
    assert str(told).startswith(f"{own}/plant: a subfolder is not read, and has item.csv, organisation.csv, price.csv and 1 more: ")


def shipped_hash(folder: Path) -> str:
    from sources.registry import state_hash

    return state_hash(overlay.folder(folder))


def test_what_is_no_folder_is_said_to_be_a_file_or_not_there(own: Path) -> None:
    for path, said in ((own / "price.csv", "this is a file"), (own / "nowhere", "there is no such folder")):
        with pytest.raises(SourceError, match=rf"  {path}: {said}: --overlay names a folder of record tables"):
            overlay.folder(path)


def told(folder: Path, text: str) -> list[str]:
    """The problems of a price.csv, without its folder."""
    (folder / "price.csv").write_text(text, encoding="utf-8", newline="")
    with pytest.raises(SourceError) as caught:
        overlay.folder(folder).load("overlay_price")
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_an_empty_file_is_told_in_one_line_with_the_columns_it_needs(own: Path) -> None:
    (problem,) = told(own, "\n")
    needed, further = problem.split(" (and ")
    assert needed == "price.csv:1: the file is empty: expected a header with the columns as_of, unit, item_id, currency_year, basis"
    assert {"source_id", "locator", "grade", "status", "note"} <= set(further.split(", "))
    assert told(own, "item_id,low,central,high,unit,as_of\n") == [
        f"price.csv:1: column {name!r}: this column is missing" for name in ("currency_year", "basis")
    ]


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "upright bars")])
def test_another_separator_than_a_comma_is_named(own: Path, mark: str, name: str) -> None:
    (problem,) = told(own, PRICES.replace(",", mark))
    assert problem.startswith(f"price.csv:1: the cells are separated by {name}: expected commas between them")


def test_a_row_without_source_grade_and_status_is_yours_known_and_current(own: Path) -> None:
    rows = overlay.folder(own).load("overlay_price")
    assert rows[["source_id", "grade", "status"]].drop_duplicates().to_numpy().tolist() == [["overlay", "primary", "current"]]
    assert rows["source_line"].tolist() == [2, 3]
    assert rows["note"].isna().all()


def test_a_price_in_another_currency_is_to_be_converted_by_whoever_writes_it(own: Path) -> None:
    items = pd.DataFrame({"item_id": ["hbm3e", "electricity"], "unit": ["GB", "MWh"]})
    (own / "price.csv").write_text(PRICES.replace("USD/GB", "EUR/GB").replace("USD/MWh", "USD/GB"), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        assemble.price(overlay.folder(own).load("overlay_price"), items, {"overlay"})
    assert [problem.what for problem in caught.value.problems] == [
        "expected 'USD/GB', got 'EUR/GB': all prices are in USD, converted by whoever writes the row",
        "expected 'USD/MWh', got 'USD/GB'",
    ]


def test_an_unknown_column_is_the_owners_to_take_out(own: Path) -> None:
    (own / "price.csv").write_text(PRICES.replace("basis", "remark", 1), encoding="utf-8")
    with pytest.raises(SourceError) as told:
        overlay.folder(own).load("overlay_price")
    assert "column 'remark': unknown column: take it out or rename it; the columns of price.csv are" in str(told.value)
    assert "ignored" not in str(told.value)


def test_an_unknown_supplier_is_declared_in_the_folder_of_whoever_wrote_the_row() -> None:
    from sources.resolve import Names, resolve_column

    names = Names(pd.DataFrame({"organisation_id": ["tsmc"], "name": ["TSMC"]}), pd.DataFrame({"alias": [], "organisation_id": []}))
    row = {"supplier": "Our foundry", "source_file": "share.csv", "source_line": 2}
    for collection, where in ((overlay.ID, "organisation.csv or alias.csv of your overlay"), ("curated", "sources/curated/organisations/")):
        problems: list[Problem] = []
        resolve_column(pd.DataFrame([{**row, "collection": collection}]), "supplier", names, problems)
        assert [p.what for p in problems] == [
            f"no organisation is declared under the name 'Our foundry'; declare it or its alias in {where}"
        ]


def test_an_overlay_is_renewed_by_its_owner_and_never_stale(own: Path) -> None:
    os.utime(own / "price.csv", (0, 0))
    declared = overlay.folder(own).declaration
    assert (declared.cadence, declared.retrieved_at) == ("as you edit it", "1970-01-01")
    assert state.freshness(overlay.ID, declared.retrieved_at, declared.cadence) == "fresh"


REQUIREMENTS = """consumer_id,input_id,k,mix,low,central,high,unit,essentiality,as_of
widget,gadget,1,1,0.1,0.1,0.1,kg/kg,essential,2026
gadget,maker_of_widgets,1,1,0.1,0.1,0.1,kg/kg,essential,2026
gadget,copper,1,1,0.1,0.1,0.1,kg/kg,essential,2026
"""


def test_a_cycle_that_the_overlay_closes_is_told_with_the_rows_that_close_it(own: Path) -> None:
    """A public requirement, and an offer between, can be part of it; what needs nothing of it is none."""
    (own / "requirement.csv").write_text(REQUIREMENTS, encoding="utf-8")
    state.folders.cache_clear()
    rows = own_requirements()
    edges = [
        ("item:gadget", "offer:somebody/widget/TWN"), ("offer:somebody/widget/TWN", "item:widget"), ("item:copper", "item:gadget"),
        ("item:maker_of_widgets", "item:gadget"), ("item:widget", "item:maker_of_widgets"),
    ]  # fmt: skip
    network: nx.DiGraph[str] = nx.DiGraph(edges)
    all_rows = pd.DataFrame([*rows, ("maker_of_widgets", "widget")], columns=["consumer_id", "input_id"])
    assert closed_cycles(network, all_rows, rows) == [
        f"widget needs gadget needs maker_of_widgets needs widget ({own}/requirement.csv:2, {own}/requirement.csv:3)"
    ]
    as_public = pd.concat([all_rows, all_rows], ignore_index=True)
    assert closed_cycles(network, as_public, rows) == [], "a cycle of the public graph, whose amounts the overlay changes, is not its own"


def test_warnings_count_in_plain_english() -> None:
    awaiting, closing = TOLD["nothing_awaits_review"], TOLD["closed_by_overlay"]
    assert awaiting(words=1, see="there") == "1 word awaits review: see there"
    assert awaiting(words=2, see="there").startswith("2 words await review")
    assert closing(1, "a needs b needs a (requirement.csv:2)").startswith("rows of your overlay close 1 cycle: a needs b needs a (req")
    assert TOLD["bought_at_own_prices"](1, "rack (price.csv:2): why").startswith(
        "1 price of your overlay changes no cost: rack (price.csv:2)"
    )
    assert TOLD["own_prices_above_cost"](2, "a; b").startswith(
        "2 prices of your overlay lie below the cost of the parts: a; b. They are used"
    )


def test_a_cycle_that_takes_more_than_it_gives_has_no_price_whatever_contracts_say() -> None:
    """Two kg of one for a kg of the other, each way, under contracts at 10 USD/kg: the equations have a solution, the cycle none."""
    bill = {"item:a": step({"item:b": 2}, own=-10), "item:b": step({"item:a": 2}, own=-10)}
    with pytest.raises(Contradiction, match="consumes more of itself than it yields"):
        prices(bill)
    half = {"item:a": step({"item:b": 0.5}, own=5), "item:b": step({"item:a": 0.5}, own=5)}
    assert {name: float(price) for name, price in prices(half).items()} == pytest.approx({"item:a": 10, "item:b": 10})


def test_a_citation_has_an_id_of_its_own(own: Path) -> None:
    (own / "citation.csv").write_text("publisher,title,url,published,licence\nUs,Contract 7,,2026,private\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"citation.csv:1: column 'source_id': this column is missing"):
        overlay.folder(own).load("overlay_citation")
    rows = pd.DataFrame([{"source_id": "ember", "publisher": "Us", "source_file": "citation.csv", "source_line": 2}])
    cited = rows.reindex(columns=[*Citation.model_fields, "source_file", "source_line"])
    with pytest.raises(
        SourceError, match=r"citation.csv:2: column 'source_id': 'ember' is the id of a data source: give the citation another"
    ):
        assemble.source(cited, pd.DataFrame({"source_id": ["ember"]}))
