"""Delimited files: read whole or not at all, and every problem said with its place."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from sources.columns import Table, column, optional
from sources.corrections import corrected
from sources.errors import SourceError
from sources.jsondata import loaded
from sources.tabular import parse_csv, read_csv


class Hall(Table):
    """A hall of a data center, as a publisher lists it."""

    table: ClassVar[str] = "hall"
    key: ClassVar[tuple[str, ...]] = ("name",)
    name: str = column("Name", alias="Hall")
    power_mw: float | None = optional("Power", "MW", ge=0, alias="Power (MW)")


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "hall.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def problems_of(path: Path) -> list[str]:
    with pytest.raises(SourceError) as caught:
        read_csv(path, Hall)
    return [str(problem) for problem in caught.value.problems]


def test_a_published_heading_becomes_a_field(tmp_path: Path) -> None:
    frame = read_csv(written(tmp_path, "Power (MW),Hall\n12.5,North\n,South\n"), Hall)
    assert frame["name"].tolist() == ["North", "South"]
    assert frame["power_mw"].iloc[0] == 12.5
    assert frame["power_mw"].isna().tolist() == [False, True]
    assert frame["source_line"].tolist() == [2, 3]


def test_a_renamed_column_is_named_with_the_nearest_known_one(tmp_path: Path) -> None:
    found = problems_of(written(tmp_path, "Hall,Power (kW)\nNorth,12\n"))
    assert any("hall.csv:1" in p and "'Power (kW)'" in p and "nearest: Power (MW)" in p for p in found)
    assert any("'Power (MW)'" in p and "missing" in p for p in found)


def test_a_new_column_is_an_error_that_names_it(tmp_path: Path) -> None:
    assert "'Water'" in problems_of(written(tmp_path, "Hall,Power (MW),Water\nNorth,12,3\n"))[0]


def test_a_value_out_of_bounds_is_told_under_the_publishers_heading(tmp_path: Path) -> None:
    (problem,) = problems_of(written(tmp_path, "Hall,Power (MW)\nNorth,1\nSouth,-4\n"))
    assert "hall.csv:3: column 'Power (MW)'" in problem
    assert "'-4'" in problem


def test_an_empty_cell_where_a_value_is_needed(tmp_path: Path) -> None:
    (problem,) = problems_of(written(tmp_path, "Hall,Power (MW)\n,1\n"))
    assert "column 'Hall': a value is required" in problem


def test_bytes_that_are_not_utf_8_name_their_line(tmp_path: Path) -> None:
    (problem,) = problems_of(written(tmp_path, b"Hall,Power (MW)\nNorth,1\nS\x97uth,2\n"))
    assert "hall.csv:3" in problem
    assert "0x97" in problem


def test_a_row_is_found_where_it_begins_though_cells_hold_line_breaks(tmp_path: Path) -> None:
    frame = read_csv(written(tmp_path, 'Hall,Power (MW)\n"North\nwing",1\nSouth,2\n'), Hall)
    assert frame["source_line"].tolist() == [2, 4]


def test_a_comma_too_many_is_told_with_its_line(tmp_path: Path) -> None:
    (problem,) = problems_of(written(tmp_path, "Hall,Power (MW)\nNorth, east,1\n"))
    assert "hall.csv:2" in problem
    assert "expected 2 cells" in problem


def test_the_same_bytes_are_one_vintage(tmp_path: Path) -> None:
    first = read_csv(written(tmp_path, "Hall,Power (MW)\nNorth,1\n"), Hall)["vintage"].iloc[0]
    again = read_csv(written(tmp_path, "Hall,Power (MW)\nNorth,1\n"), Hall)["vintage"].iloc[0]
    changed = read_csv(written(tmp_path, "Hall,Power (MW)\nNorth,2\n"), Hall)["vintage"].iloc[0]
    assert first == again != changed


def correction(folder: Path, expected: str) -> Path:
    path = folder / "correction.csv"
    path.write_text(f"row,field,expected,value,why,who\nNorth,name,{expected},North Hall,its full name,the operator\n")
    return path


def test_a_correction_replaces_what_it_expects(tmp_path: Path) -> None:
    halls = read_csv(written(tmp_path, "Hall,Power (MW)\nNorth,1\nSouth,2\n"), Hall)
    assert corrected(halls, ("name",), correction(tmp_path, "North"))["name"].tolist() == ["North Hall", "South"]


def test_a_correction_dies_once_the_publisher_has_changed_the_value(tmp_path: Path) -> None:
    halls = read_csv(written(tmp_path, "Hall,Power (MW)\nNorth,1\n"), Hall)
    with pytest.raises(SourceError, match=r"correction\.csv:2.*drop the correction"):
        corrected(halls, ("name",), correction(tmp_path, "Nord"))


def test_lines_above_the_header_are_counted_and_passed_over() -> None:
    frame = parse_csv(b"Last updated,11/25/2026,\nHall,Power (MW)\nNorth,12.5\n", Hall, "hall.csv", preamble=1)
    assert frame["source_line"].tolist() == [3]
    with pytest.raises(SourceError, match=r"hall\.csv:2: column 'Power \(kW\)': unknown column"):
        parse_csv(b"Last updated,,\nHall,Power (kW)\nNorth,12.5\n", Hall, "hall.csv", preamble=1)


def test_columns_have_their_declared_types_also_without_values() -> None:
    frame = parse_csv(b"Hall,Power (MW)\nNorth,\n", Hall, "hall.csv")
    assert frame.dtypes.astype(str).to_dict() == {
        "name": "str",
        "power_mw": "float64",
        "source_file": "str",
        "source_line": "int64",
        "vintage": "str",
    }


def test_a_nul_byte_is_found_in_its_line(tmp_path: Path) -> None:
    assert problems_of(written(tmp_path, b"Hall,Power (MW)\nNorth,1\nSo\0uth,2\n"))[0].endswith(
        "hall.csv:3: there is a NUL byte in this line: the file was damaged on its way"
    )


def test_an_escaped_nul_in_json_is_found_in_its_line() -> None:
    with pytest.raises(SourceError, match=r"hall\.json:2: .*an escaped NUL character"):
        loaded(b'["North",\n"So\\u0000uth"]', "hall.json")
    assert loaded(b'["So\\\\u0000uth"]', "hall.json") == ["So\\u0000uth"], "an escaped backslash, and digits"


def test_a_quote_left_open_is_told_where_its_row_begins(tmp_path: Path) -> None:
    rows = "".join(f"Hall {n},{n}\n" for n in range(3, 9))
    (told,) = problems_of(written(tmp_path, f'Hall,Power (MW)\n"North,2\n{rows}'))
    assert "hall.csv:2: " in told
    assert "the row that begins here was read up to line 8: is a quote left open?" in told
