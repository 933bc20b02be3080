"""Bad rows: each is refused whole, with its file, its line, its column and what was expected there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sources import assemble
from sources import records as r
from sources.columns import Table
from sources.errors import Problem, SourceError
from sources.resolve import Names
from sources.tabular import read_csv

SAID = {"as_of": "2024", "source_id": "report", "grade": "secondary", "status": "current"}
SHARE = {
    "item_id": "wafer",
    "supplier_kind": "firm",
    "supplier": "TSMC",
    "metric": "revenue",
    "low": "0.5",
    "central": "0.6",
    "high": "0.7",
    **SAID,
}
NEED = {
    "consumer_id": "wafer",
    "input_id": "gas",
    "k": "1",
    "mix": "1",
    "essentiality": "essential",
    "low": "1",
    "central": "2",
    "high": "3",
    "unit": "kg/wafer",
    **SAID,
}
PRICE = {"item_id": "gas", "currency_year": "2024", "basis": "market", "low": "10", "central": "11", "high": "12", "unit": "USD/kg", **SAID}
PARAMETER = {"entity_id": "item:wafer", "parameter": "yield", "low": "0.8", "central": "0.9", "high": "0.95", "unit": "fraction", **SAID}
ITEM = {"item_id": "wafer", "name": "Wafer", "unit": "wafer", "description": "A processed wafer"}
FIRM = {"organisation_id": "tsmc", "name": "TSMC", "country": "TWN", "kind": "firm"}

ITEMS = pd.DataFrame({"item_id": ["wafer", "gas", "neon"], "unit": ["wafer", "kg", "kg"]})
ORGANISATIONS = pd.DataFrame({"organisation_id": ["tsmc", "samsung"], "name": ["TSMC", "Samsung Electronics"], "country": ["TWN", "KOR"]})
NAMES = Names(ORGANISATIONS, pd.DataFrame({"alias": ["Taiwan Semiconductor"], "organisation_id": ["tsmc"]}))
COUNTRIES = {"TWN", "KOR"}
SOURCES = {"report", r.ESTIMATE}

Read = Callable[..., pd.DataFrame]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write rows as a CSV file with every column of the record, and read it."""

    def written(record: type[Table], *rows: dict[str, Any], name: str = "rows.csv") -> pd.DataFrame:
        path = tmp_path / name
        pd.DataFrame(list(rows)).reindex(columns=list(record.model_fields)).to_csv(path, index=False)
        return read_csv(path, record)

    return written


def share(rows: pd.DataFrame) -> pd.DataFrame:
    return assemble.share(rows, set(ITEMS["item_id"]), NAMES, COUNTRIES, SOURCES)


def requirement(rows: pd.DataFrame) -> pd.DataFrame:
    return assemble.requirement(rows, ITEMS, {"h100"}, NAMES, SOURCES)


def price(rows: pd.DataFrame) -> pd.DataFrame:
    return assemble.price(rows, ITEMS, SOURCES)


def parameter(rows: pd.DataFrame) -> pd.DataFrame:
    return assemble.parameter(rows, {"item": set(ITEMS["item_id"])}, SOURCES)


def only_problem(work: Callable[[], object]) -> Problem:
    with pytest.raises(SourceError) as caught:
        work()
    assert len(caught.value.problems) == 1, str(caught.value)
    problem = caught.value.problems[0]
    assert Path(problem.file).name == "rows.csv"
    assert str(problem) in str(caught.value)
    assert "nothing was loaded" in str(caught.value)
    return problem


def test_good_rows_become_records_with_readable_ids(read: Read) -> None:
    rows = read(
        r.ShareRow,
        SHARE,
        SHARE | {"supplier": "Taiwan Semiconductor", "status": "conflicting"},
        SHARE | {"supplier": "samsung", "low": 0.1, "central": 0.2, "high": 0.3},
    )
    found = share(rows)
    assert list(found["share_id"]) == ["wafer/TSMC", "wafer/Taiwan Semiconductor", "wafer/samsung"]
    assert list(found["organisation_id"]) == ["tsmc", "tsmc", "samsung"]
    needs = requirement(read(r.RequirementRow, NEED, NEED | {"status": "conflicting"}, NEED | {"supplier": "TSMC"}))
    assert list(needs["requirement_id"]) == ["wafer/gas", "wafer/gas#2", "wafer/gas/tsmc"]


ROW_BY_ITSELF = [
    (r.ShareRow, SHARE | {"grade": "certain"}, "grade", "'primary', 'secondary', 'derived' or 'estimate', got 'certain'"),
    (r.ShareRow, SHARE | {"source_id": None}, "source_id", "a value is required here, the cell is empty"),
    (r.ShareRow, SHARE | {"item_id": "Wafer N5"}, "item_id", "got 'Wafer N5'"),
    (r.ShareRow, SHARE | {"as_of": "2024-13"}, "as_of", "got '2024-13'"),
    (r.ShareRow, SHARE | {"central": "most"}, "central", "valid number, unable to parse string as a number, got 'most'"),
    (r.ShareRow, SHARE | {"central": "nan"}, "central", "finite number, got 'nan'"),
    (r.RequirementRow, NEED | {"mix": "1.5"}, "mix", "less than or equal to 1, got '1.5'"),
    (r.RequirementRow, NEED | {"k": "0"}, "k", "greater than or equal to 1, got '0'"),
    (r.RequirementRow, NEED | {"stock_central_days": "-3"}, "stock_central_days", "greater than or equal to 0, got '-3'"),
    (r.PriceRow, PRICE | {"unit": "USD/kilo"}, "unit", "unknown unit 'kilo'"),
    (r.PriceRow, PRICE | {"currency_year": "24"}, "currency_year", "greater than or equal to 1990, got '24'"),
]


@pytest.mark.parametrize(("record", "row", "column", "expected"), ROW_BY_ITSELF, ids=lambda v: v if isinstance(v, str) else "")
def test_a_malformed_cell_is_named_with_what_was_expected(
    read: Read, record: type[Table], row: dict[str, Any], column: str, expected: str
) -> None:
    good = {r.ShareRow: SHARE, r.RequirementRow: NEED, r.PriceRow: PRICE}[record]
    problem = only_problem(lambda: read(record, good, row))
    assert (problem.line, problem.column) == (3, column)
    assert expected in problem.what


IMPOSSIBLE = [
    (r.ShareRow, SHARE | {"high": "1.2"}, "high", "a share is a fraction between 0 and 1, got 1.2"),
    (r.ShareRow, SHARE | {"low": "-0.1"}, "low", "a share is a fraction between 0 and 1, got -0.1"),
    (r.ShareRow, SHARE | {"low": "0.65"}, "low", "expected low <= central <= high, got 0.65, 0.6, 0.7"),
    (r.ShareRow, SHARE | {"high": None}, "high", "low, central and high must be given together"),
    (r.ShareRow, SHARE | {"production": "TWN:0.9;USA:0.2"}, "production", "must sum to 1, got 'TWN:0.9;USA:0.2'"),
    (r.RequirementRow, NEED | {"low": "-1"}, "low", "a quantity is not negative, got -1"),
    (r.RequirementRow, NEED | {"lead_low_days": "9", "lead_central_days": "5", "lead_high_days": "10"}, "lead_low_days", "got 9, 5, 10"),
    (r.PriceRow, PRICE | {"low": "0"}, "low", "a price is positive, got 0"),
]


@pytest.mark.parametrize(("record", "row", "column", "expected"), IMPOSSIBLE, ids=lambda v: v if isinstance(v, str) else "")
def test_an_impossible_figure_is_refused_with_its_line_and_what_was_expected(
    read: Read, record: type[Table], row: dict[str, Any], column: str, expected: str
) -> None:
    problem = only_problem(lambda: read(record, row))
    assert problem.line == 2
    assert expected in problem.what


@pytest.mark.parametrize(("record", "row", "column", "expected"), IMPOSSIBLE, ids=lambda v: v if isinstance(v, str) else "")
def test_an_impossible_figure_is_refused_with_its_column(
    read: Read, record: type[Table], row: dict[str, Any], column: str, expected: str
) -> None:
    assert only_problem(lambda: read(record, row)).column == column


IN_CONTEXT = [
    (share, r.ShareRow, [SHARE | {"item_id": "waffer"}], 2, "item_id", "unknown item 'waffer'; nearest: wafer"),
    (
        share,
        r.ShareRow,
        [SHARE | {"supplier": "Samsung Electronic"}],
        2,
        "supplier",
        "under the name 'Samsung Electronic'; nearest: Samsung Electronics",
    ),
    (share, r.ShareRow, [SHARE | {"source_id": "rumour"}], 2, "source_id", "unknown source 'rumour'"),
    (share, r.ShareRow, [SHARE | {"source_id": "estimate"}], 2, "grade", "cite the publication or grade it estimate"),
    (share, r.ShareRow, [SHARE | {"supplier_kind": "country", "supplier": "TWM"}], 2, "supplier", "unknown country 'TWM'; nearest: TWN"),
    (
        share,
        r.ShareRow,
        [SHARE | {"production": "TWN:0.5;ZZZ:0.5", "production_grade": "estimate"}],
        2,
        "production",
        "unknown country 'ZZZ'",
    ),
    (share, r.ShareRow, [SHARE | {"production": "TWN:1"}], 2, "production_grade", "its grade is needed"),
    (
        share,
        r.ShareRow,
        [SHARE | {"production_grade": "estimate"}],
        2,
        "production_grade",
        "no production is given for it to be the grade of",
    ),
    (share, r.ShareRow, [SHARE | {"production_source_id": "estimate"}], 2, "production_source_id", "to be the source of"),
    (
        share,
        r.ShareRow,
        [SHARE | {"production": "TWN:1", "production_grade": "estimate", "production_source_id": "rumour"}],
        2,
        "production_source_id",
        "unknown source 'rumour'",
    ),
    (
        share,
        r.ShareRow,
        [SHARE | {"production": "TWN:1", "production_grade": "primary", "source_id": "estimate", "grade": "estimate"}],
        2,
        "production_grade",
        "no publication is named",
    ),
    (
        share,
        r.ShareRow,
        [SHARE | {"low": 0.1, "central": 0.2, "high": 0.3}, SHARE | {"supplier": "Taiwan Semiconductor"}],
        3,
        "item_id",
        "a current share of this supplier is there already",
    ),
    (
        share,
        r.ShareRow,
        [SHARE, SHARE | {"supplier": "samsung"}],
        2,
        "central",
        "the current shares of 'wafer' sum to 1.200: expected at most 1",
    ),
    (requirement, r.RequirementRow, [NEED | {"consumer_id": "h1000"}], 2, "consumer_id", "unknown item or board 'h1000'; nearest: h100"),
    (
        requirement,
        r.RequirementRow,
        [NEED | {"unit": "t/wafer"}],
        2,
        "unit",
        "expected 'kg/wafer' (unit of gas per unit of wafer), got 't/wafer'",
    ),
    (
        requirement,
        r.RequirementRow,
        [NEED | {"input_id": "wafer", "unit": "wafer/wafer"}],
        2,
        "input_id",
        "a thing does not require itself",
    ),
    (requirement, r.RequirementRow, [NEED, NEED], 3, "consumer_id", "a current requirement of this input is there already"),
    (
        requirement,
        r.RequirementRow,
        [NEED | {"supplier": "TSMC"}, NEED | {"supplier": "tsmc"}],
        3,
        "consumer_id",
        "a current requirement of this input is there already",
    ),
    (
        requirement,
        r.RequirementRow,
        [NEED | {"group_name": "g", "mix": 0.5}, NEED | {"group_name": "g", "mix": 0.4, "input_id": "neon"}],
        2,
        "mix",
        "the mix of group 'g' of 'wafer' sums to 0.900: expected 1",
    ),
    (
        requirement,
        r.RequirementRow,
        [NEED | {"group_name": "g", "mix": 0.5}, NEED | {"group_name": "g", "mix": 0.5, "input_id": "neon", "k": 2}],
        2,
        "k",
        "has different k: [1, 2]",
    ),
    (requirement, r.RequirementRow, [NEED | {"group_name": "g", "k": 2}], 2, "k", "has k = 2 of only 1 alternatives"),
    (price, r.PriceRow, [PRICE | {"unit": "USD/t"}], 2, "unit", "expected 'USD/kg', got 'USD/t'"),
    (price, r.PriceRow, [PRICE | {"low": None, "central": None, "high": None}], 2, "central", "a price needs low, central and high"),
    (price, r.PriceRow, [PRICE, PRICE], 3, "item_id", "a current price of this item is there already"),
    (parameter, r.ParameterRow, [PARAMETER | {"entity_id": "wafer"}], 2, "entity_id", "before the id, got 'wafer'"),
    (
        parameter,
        r.ParameterRow,
        [PARAMETER | {"entity_id": "item:waferr"}],
        2,
        "entity_id",
        "unknown item 'item:waferr'; nearest: item:wafer",
    ),
    (parameter, r.ParameterRow, [PARAMETER, PARAMETER], 3, "entity_id", "a current figure of this parameter is there already"),
]


@pytest.mark.parametrize(("build", "record", "rows", "line", "column", "expected"), IN_CONTEXT, ids=[c[5][:50] for c in IN_CONTEXT])
def test_a_row_that_contradicts_the_others_is_named_with_what_was_expected(
    read: Read,
    build: Callable[[pd.DataFrame], pd.DataFrame],
    record: type[Table],
    rows: list[dict[str, Any]],
    line: int,
    column: str,
    expected: str,
) -> None:
    problem = only_problem(lambda: build(read(record, *rows)))
    assert (problem.line, problem.column) == (line, column)
    assert expected in problem.what


def test_a_duplicate_names_the_row_that_was_first(read: Read) -> None:
    problem = only_problem(lambda: price(read(r.PriceRow, PRICE, PRICE)))
    assert problem.what.endswith("rows.csv:2")


def test_conflicting_figures_may_stand_beside_the_current_one(read: Read) -> None:
    found = price(read(r.PriceRow, PRICE, PRICE | {"status": "conflicting"}, PRICE | {"status": "superseded"}))
    assert list(found["price_id"]) == ["gas", "gas#2", "gas#3"]


def test_the_rest_of_a_table_of_countries_says_nothing_of_the_firms(read: Read) -> None:
    firm = read(r.ShareRow, SHARE | {"grade": "estimate", "source_id": r.ESTIMATE}, name="firms.csv").assign(collection="curated")
    country = SHARE | {"supplier_kind": "country", "supplier": "TWN", "metric": "production"}
    rest = country | {"supplier_kind": "residual", "supplier": "Other countries", "low": "0.3", "central": "0.4", "high": "0.5"}
    countries = read(r.ShareRow, country, rest, name="countries.csv").assign(collection="usgs_mcs")
    made = share(pd.concat([firm, countries], ignore_index=True))
    assert set(made["status"]) == {"current"}


def test_rounded_shares_may_pass_one_by_a_little(read: Read) -> None:
    rows = read(r.ShareRow, SHARE, SHARE | {"supplier": "samsung", "low": 0.3, "central": 0.415, "high": 0.5})
    assert share(rows)["central"].sum() == pytest.approx(1.015)


def test_every_bad_row_is_reported_at_once(read: Read) -> None:
    with pytest.raises(SourceError) as caught:
        price(read(r.PriceRow, PRICE | {"item_id": "gass"}, PRICE | {"unit": "USD/t"}, PRICE | {"item_id": "neon", "source_id": "rumour"}))
    assert {(p.line, p.column) for p in caught.value.problems} == {(2, "item_id"), (3, "unit"), (4, "source_id")}


def test_an_organisation_needs_a_known_country_and_parent(read: Read) -> None:
    rows = read(
        r.OrganisationRow,
        FIRM | {"country": "TWM"},
        FIRM | {"organisation_id": "fab", "parent_id": "tsmcc", "grade": "primary", "source_id": "report"},
    )
    with pytest.raises(SourceError) as caught:
        assemble.organisation(rows, COUNTRIES, SOURCES)
    said = {(p.line, p.column): p.what for p in caught.value.problems}
    assert said[2, "country"] == "unknown country 'TWM'; nearest: TWN"
    assert said[3, "parent_id"] == "unknown organisation 'tsmcc'; nearest: tsmc"


def test_the_owner_is_the_end_of_the_chain_of_parents(read: Read) -> None:
    said = {"grade": "primary", "source_id": "report"}
    rows = read(
        r.OrganisationRow,
        FIRM,
        FIRM | said | {"organisation_id": "fab", "name": "Fab", "parent_id": "tsmc"},
        FIRM | said | {"organisation_id": "line", "name": "Line", "parent_id": "fab"},
    )
    assert list(assemble.organisation(rows, COUNTRIES, SOURCES)["owner_id"]) == ["tsmc", "tsmc", "tsmc"]


def test_one_spelling_means_one_organisation(read: Read) -> None:
    taken = read(r.Alias, {"alias": "Samsung Electronics", "organisation_id": "tsmc"})
    assert only_problem(lambda: assemble.alias(taken, ORGANISATIONS)).what == "this is an organisation's own name or id already"
    rows = {"alias": "TSM", "organisation_id": "tsmc"}, {"alias": "TSM", "organisation_id": "samsung"}
    assert only_problem(lambda: read(r.Alias, *rows)).line == 3
    apart = pd.concat([read(r.Alias, row, name=f"{k}.csv") for k, row in enumerate(rows)], ignore_index=True)
    with pytest.raises(SourceError, match=r"1\.csv:2: column 'alias': this spelling is there already, in .*0\.csv:2"):
        assemble.alias(apart, ORGANISATIONS)


def test_a_firm_is_spread_over_the_countries_it_makes_in_and_stands_at_home_where_nothing_is_known(read: Read) -> None:
    shares = share(
        read(
            r.ShareRow,
            SHARE | {"production": "TWN:0.75;KOR:0.25", "production_grade": "primary"},
            SHARE | {"supplier": "samsung", "low": None, "central": None, "high": None},
        )
    )
    offers = assemble.offer(shares, ORGANISATIONS).set_index("offer_id")
    assert offers.loc["tsmc/wafer/TWN", "share_central"] == pytest.approx(0.45)
    assert offers.loc["tsmc/wafer/KOR", "share_high"] == pytest.approx(0.175)
    assert offers.loc["samsung/wafer/KOR", "production_grade"] == "estimate"
    assert pd.isna(offers.loc["samsung/wafer/KOR", "share_central"])


def test_parents_that_run_in_a_circle_are_refused_with_their_line(read: Read) -> None:
    said = {"grade": "primary", "source_id": "report"}
    rows = read(r.OrganisationRow, FIRM | said | {"parent_id": "fab"}, FIRM | said | {"organisation_id": "fab", "parent_id": "tsmc"})
    with pytest.raises(SourceError, match=r"parent_id.*circle"):
        assemble.organisation(rows, COUNTRIES, SOURCES)


def test_classes_that_run_in_a_circle_are_refused_with_their_line(read: Read) -> None:
    rows = read(r.ItemRow, ITEM | {"part_of": "gas"}, ITEM | {"item_id": "gas", "unit": "kg", "part_of": "wafer"})
    with pytest.raises(SourceError, match=r"part_of.*circle"):
        assemble.item(rows.assign(layer="materials"))


def test_a_firm_row_names_one_firm(read: Read) -> None:
    problem = only_problem(lambda: share(read(r.ShareRow, SHARE | {"supplier": "TSMC; Samsung Electronics"})))
    assert problem.column == "supplier"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_with_other_columns_is_refused_by_column(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.csv", "alias,organization_id\nTSM,tsmc\n")
    with pytest.raises(SourceError) as caught:
        read_csv(path, r.Alias)
    said = {(p.line, p.column): p.what for p in caught.value.problems}
    assert said[1, "organization_id"].startswith("unknown column; nearest: organisation_id")
    assert said[1, "organisation_id"] == said[1, "note"] == "this column is missing"


def test_a_comma_in_a_text_without_quotes_is_suspected(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.csv", "alias,organisation_id,note\nTSM,tsmc,ticker, in New York\n")
    problem = only_problem(lambda: read_csv(path, r.Alias))
    assert problem.line == 2
    assert problem.what == "expected 3 cells as in the header, got 4: is a comma inside a text without quotes?"


def test_a_file_that_is_not_utf8_is_refused_at_the_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes("alias,organisation_id,note\nTSM,tsmc,\nSociété,tsmc,\n".encode("latin-1"))
    problem = only_problem(lambda: read_csv(path, r.Alias))
    assert problem.line == 3
    assert "is not UTF-8" in problem.what


def test_a_row_keeps_its_place_and_the_vintage_of_its_file(read: Read) -> None:
    one, same = (
        read(r.Alias, {"alias": "TSM", "organisation_id": "tsmc"}),
        read(r.Alias, {"alias": "TSM", "organisation_id": "tsmc"}, name="copy.csv"),
    )
    assert one["source_line"].tolist() == [2]
    assert one["vintage"].tolist() == same["vintage"].tolist()
    changed = read(r.Alias, {"alias": "TSM", "organisation_id": "tsmc", "note": "ticker"})
    assert changed["vintage"].tolist() != one["vintage"].tolist()
