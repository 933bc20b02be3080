"""The registry of columns: everything the warehouse holds is declared with a unit and a description."""

from __future__ import annotations

import re
from typing import ClassVar

import pandas as pd
import pytest

from graph.results import RESULT_TABLES
from sources.columns import NO_UNIT, Table, column, columns, optional
from sources.records import CORE_TABLES, Figure, Parameter, check_range, split_of_production
from sources.units import check_unit, per
from sources.vocabulary import problems, queue_metrics

TABLES = (*CORE_TABLES, *RESULT_TABLES)
SAID_ELSEWHERE = {NO_UNIT, "see unit", "input units per unit"}
"""Names and texts have no unit; a figure's is in its column `unit`; a bill's follows from its two ends."""

each_table = pytest.mark.parametrize("table", TABLES, ids=lambda t: t.table)


@each_table
def test_every_column_has_a_unit_and_a_description(table: type[Table]) -> None:
    for one in columns(table):
        assert len(one.description) >= 4, one.name
        assert one.unit, one.name
        if one.unit not in SAID_ELSEWHERE:
            assert check_unit(one.unit) == one.unit


@each_table
def test_every_table_says_what_it_is(table: type[Table]) -> None:
    assert table.__doc__
    assert re.fullmatch(r"(core|graph|risk|cost)\.[a-z][a-z0-9_]*", table.table)


@each_table
def test_the_key_is_made_of_columns_that_are_never_empty(table: type[Table]) -> None:
    assert table.key, "a row that nothing names cannot be cited"
    by_name = {c.name: c for c in columns(table)}
    assert set(table.key) <= set(by_name)
    assert not [k for k in table.key if by_name[k].nullable]
    assert [c.name for c in columns(table)][: len(table.key)] == list(table.key)


@each_table
def test_a_column_that_carries_a_unit_in_its_name_carries_the_same_unit(table: type[Table]) -> None:
    endings = {
        "_usd": "USD",
        "_mw": "MW",
        "_kw": "kW",
        "_days": "days",
        "_share": "fraction",
        "_usd_per_mwh": "USD/MWh",
        "_usd_per_mtoken": "USD/Mtoken",
        "_s": "s",
    }
    for one in columns(table):
        matching = [e for e in endings if one.name.endswith(e)]
        if matching and one.unit != NO_UNIT and not one.name.endswith("_tok_s"):
            longest = max(matching, key=len)
            expected = {endings[longest]} | ({"USD/Mtoken"} if longest == "_usd" else set())
            assert one.unit in expected, one.name


def test_no_two_tables_have_one_name() -> None:
    names = [t.table for t in TABLES]
    assert len(set(names)) == len(names)


def test_a_column_without_description_or_unit_is_refused() -> None:
    class Bare(Table):
        """A table with a field that nobody described."""

        table: ClassVar[str] = "core.bare"
        name: str

    class NoUnit(Table):
        """A table whose column has no unit."""

        table: ClassVar[str] = "core.no_unit"
        size: float = column("Size", unit="")

    for table in (Bare, NoUnit):
        with pytest.raises(TypeError, match="needs a description and a unit"):
            columns(table)


def test_a_column_of_a_type_the_warehouse_does_not_know_is_refused() -> None:
    class Odd(Table):
        """A table with a list in it."""

        table: ClassVar[str] = "core.odd"
        parts: list[str] = column("Parts")

    with pytest.raises(TypeError, match=r"Odd\.parts has type"):
        columns(Odd)


def test_types_and_comments_follow_from_the_declaration() -> None:
    class Plant(Table):
        """A power plant."""

        table: ClassVar[str] = "core.plant"
        key: ClassVar[tuple[str, ...]] = ("plant_id",)
        power_mw: float | None = optional("Power", "MW")
        plant_id: str = column("Id")

    plant_id, power = columns(Plant)
    assert (plant_id.name, plant_id.duckdb_type, plant_id.nullable, plant_id.comment) == ("plant_id", "VARCHAR", False, "Id")
    assert (power.name, power.duckdb_type, power.nullable, power.comment) == ("power_mw", "DOUBLE", True, "Power [MW]")


def test_a_unit_is_made_of_known_base_units() -> None:
    assert check_unit("USD/MW/month") == "USD/MW/month"
    assert check_unit(per("kg", "wafer")) == "kg/wafer"
    with pytest.raises(ValueError, match="unknown unit 'wafers'; nearest: wafer"):
        check_unit("kg/wafers")
    with pytest.raises(ValueError, match="unknown unit ''"):
        check_unit("USD/")
    with pytest.raises(ValueError, match=r"one of these, or several joined by '/': 1, attempt, B, .*, MW, MWh, .*, year, years\)$"):
        check_unit("gallons")


def test_an_unknown_name_is_told_with_the_names_there_are_in_its_unit() -> None:
    row = {"kind": "queue", "metric": "wait", "low": 1.0, "high": 2.0, "unit": "years", "source_file": "queue_entry.csv", "source_line": 2}
    (told,) = problems(pd.DataFrame([row]), "metric", queue_metrics())
    assert str(told) == "queue_entry.csv:2: column 'metric': no queue figure is called 'wait'; those in years: wait_of_active_projects"
    (other,) = problems(pd.DataFrame([row | {"unit": "decades"}]), "metric", queue_metrics())
    assert other.what.startswith("no queue figure is called 'wait'; possible: active_capacity, ")
    assert other.what.endswith(" more")


def test_every_figure_has_a_range_a_unit_a_date_a_source_and_a_grade() -> None:
    assert {"low", "central", "high", "unit", "as_of", "source_id", "locator", "grade", "status"} <= set(Figure.model_fields)
    assert issubclass(Parameter, Figure)
    for needed in ("unit", "as_of", "source_id", "grade", "status"):
        assert Figure.model_fields[needed].is_required()


def test_a_range_is_whole_and_ordered() -> None:
    check_range(None, None, None)
    check_range(1, 1, 1)
    with pytest.raises(ValueError, match="given together or left empty together"):
        check_range(1, None, 2)
    with pytest.raises(ValueError, match="expected low <= central <= high, got 3, 2, 4"):
        check_range(3, 2, 4)


def test_a_split_of_production_sums_to_one() -> None:
    assert split_of_production("TWN:0.9;USA:0.1") == {"TWN": 0.9, "USA": 0.1}
    assert split_of_production(None) == {}
    for wrong in ("TWN:0.9", "TWN:1.2;USA:-0.2", "Taiwan:1", "TWN", "TWN:0.5;TWN:0.5", "TWN:most"):
        with pytest.raises(ValueError):  # noqa: PT011
            split_of_production(wrong)


def test_a_split_of_production_is_made_of_numbers() -> None:
    with pytest.raises(ValueError, match="fractions between 0 and 1"):
        split_of_production("TWN:nan")
