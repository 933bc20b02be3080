"""Tables written by hand have one record a line: a slip of the pen never makes a record part of another's text."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from sources import handwritten
from sources.columns import Table, column, optional
from sources.curated import loader
from sources.errors import SourceError
from sources.records import Day, Id, PartialDate

HEADER = "item_id,cost,note\n"


class Cost(Table):
    """What a thing costs, as somebody wrote it down."""

    table: ClassVar[str] = "cost"
    item_id: Id = column("Item")
    cost: float = column("Cost", "USD", ge=0)
    note: str | None = optional("Note")
    asked: PartialDate | None = optional("When it was asked")
    sold: Day | None = optional("When it was sold")


def read(folder: Path, text: str | bytes) -> list[tuple[int, str, str | None]]:
    path = folder / "cost.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    frame = handwritten.read(path, Cost, "cost.csv", may_lack=["asked", "sold"])
    return [(line, item, note) for line, item, note in zip(frame["source_line"], frame["item_id"], frame["note"], strict=True)]


def problems(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(SourceError) as caught:
        read(folder, text)
    return [str(problem) for problem in caught.value.problems]


def test_texts_may_hold_commas_and_quotes_and_lines_may_be_empty_or_end_as_on_windows(tmp_path: Path) -> None:
    text = '\ufeff\r\nitem_id,cost,note\r\n  \r\ncopper,9,"a, ""b"""\r\nwafer,5,12" across\r\n\r\n'
    assert read(tmp_path, text) == [(4, "copper", 'a, "b"'), (5, "wafer", '12" across')]


@pytest.mark.parametrize(
    "rest",
    [
        "silver,3,\ngold,4,\n",  # never closed
        'silver,3,"lead, too"\ngold,4,\n',  # closed by the quote that opens another text
        'silver"\ngold,4,\n',  # a line break in the text
    ],
    ids=["never closed", "closed by another's quote", "a line break"],
)
def test_a_quote_that_its_line_does_not_close_is_refused_where_it_opens(tmp_path: Path, rest: str) -> None:
    (problem,) = problems(tmp_path, f'{HEADER}copper,9,x\ntin,2,"a note\n{rest}')
    assert problem.startswith("cost.csv:3: column 'note': a quote opens this cell and does not close in this line")


def test_a_quote_left_open_in_the_header_is_refused_too(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, 'item_id,"cost,note\ncopper,9,"x"\n')
    assert problem.startswith("cost.csv:1: ")
    assert "does not close" in problem


def test_text_behind_a_closed_quote_is_told_with_how_quotes_are_written(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, f'{HEADER}tin,2,"a "note" of ours"\n')
    assert problem.startswith("cost.csv:2: not a well-formed CSV line: ',' expected after '\"'")
    assert "each quote in it is written twice" in problem


@pytest.mark.parametrize(("character", "name"), [("\0", "U+0000, NUL"), ("\t", "U+0009, a tab"), ("\x85", "U+0085"), ("\u202e", "U+202E")])
def test_a_control_character_is_no_part_of_a_text(tmp_path: Path, character: str, name: str) -> None:
    assert problems(tmp_path, f"{HEADER}copper,9,x\ntin,2,a{character}b\ngold,4,é\u00a0€\n") == [
        f"cost.csv:3: column 'note': character 2 of this cell is a control character ({name}): take it out"
    ]


def test_every_slip_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, f"{HEADER}copper,9\ntin,2,a\0\nlead,1,a,b\n")
    assert [problem.split(": ")[0] for problem in found] == ["cost.csv:2", "cost.csv:3", "cost.csv:4"]


def test_a_line_that_is_too_long_for_a_cell_is_told(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, f"{HEADER}tin,2,{'x' * 140_000}\n")
    assert problem.startswith("cost.csv:2: not a well-formed CSV line: field larger than field limit")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("asked", "31.10.2026", "a year, month or day such as 2026, 2026-10 or 2026-10-31"),
        ("asked", "2026-13", "a year, month or day such as 2026, 2026-10 or 2026-10-31"),
        ("asked", "2026-02-29", "a year, month or day such as 2026, 2026-10 or 2026-10-31"),
        ("sold", "2026-10", "a day such as 2026-10-31"),
        ("item_id", "HBM3E", "an id of lower-case letters, digits and '_', such as hbm3e"),
    ],
)
def test_the_form_of_a_text_is_told_in_words(tmp_path: Path, name: str, value: str, expected: str) -> None:
    row = {"item_id": "copper", "cost": "9", "note": "", "asked": "2024-02-29", "sold": "2026-10-31"} | {name: value}
    assert problems(tmp_path, f"{','.join(row)}\n{','.join(row.values())}\n") == [
        f"cost.csv:2: column {name!r}: expected {expected}, got {value!r}"
    ]


def test_curated_tables_are_read_as_written_by_hand(tmp_path: Path) -> None:
    (tmp_path / "materials").mkdir()
    (tmp_path / "materials" / "alias.csv").write_text('alias,organisation_id,note\nTin Inc,tin,"its\nname"\n', encoding="utf-8")
    with pytest.raises(SourceError, match=r"alias.csv:2: column 'note': a quote opens this cell"):
        loader.load("materials_alias", tmp_path)
