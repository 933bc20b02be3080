"""What a table of production says: which item, which country, which year, how much.

Both shapes of the release are read into the same `Figure`s. An amount that cannot be understood is an error at its place;
a table or a country that nobody has explained is one in a snapshot, and awaits review in what was fetched. Other chapters
and other sections are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pandas as pd

from sources.errors import Problem, SourceError, nearest
from sources.frames import rows_of
from sources.mapping import meanings
from sources.review import Question, held_back
from sources.tabular import display_path, place_of, read_csv
from sources.usgs_mcs.declarations import YEARS, CountryWord, Word

HERE = Path(__file__).resolve().parent
WORDS, COUNTRIES = HERE / "commodity.csv", HERE / "country.csv"

SECTION, STATISTIC = "World", "Production"
"""What the name of a table of world production begins with, and what its rows of production say."""
WORLD, OTHER = "WORLD", "OTHER"
"""What stands for a country in the row of a total, and in that of the countries not listed."""
COPY = "Read in a copy: "
"""What a snapshot's "Other notes" begin with where the row was not read in the publisher's own file."""

Amount = tuple[float, float, float]
"""Low, central and high, in the unit of the table."""

NOTHING = ("—", "–", "-", "--")
UNKNOWN = ("w", "na", "n/a", "xx", "e", "large", 'categorized as "large"', "very small", "variable")
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_AMOUNT = re.compile(rf"^(?P<number>{_NUMBER})(?:\s*e)?$")
_RANGE = re.compile(rf"^(?P<low>{_NUMBER})\s*[–—-]\s*(?P<high>{_NUMBER})$")
_BOUND = re.compile(rf"^(?P<sign>[<>])\s*(?P<number>{_NUMBER})$")
_YEAR = re.compile(r"^(\d{4})(?:_estimated)?$")
_SEVERAL_YEARS = re.compile(r"^\d{4}\s*[–—-]\s*\d{2,4}$")
_TOTAL = re.compile(r"[:,]?\s*\(?rounded\)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Figure:
    """The production of one country (or the world, or the rest) in one year; amount None: not published."""

    word: Word
    country: str
    year: int
    amount: Amount | None
    text: str
    unit: str
    unit_heading: str
    notes: str
    table: str
    copied: bool
    place: dict[str, Any]


def amount(text: str) -> Amount | None:
    """What a cell of production says, with its rounding; None where it is not published.

    Raises
    ------
    ValueError
        It is neither a number nor one of the publisher's ways of saying that there is none.
    """
    text = text.strip()
    if text in NOTHING:
        return 0.0, 0.0, 0.0
    if text == "s":
        return 0.0, 0.25, 0.5
    if text.lower() in UNKNOWN or text.lower().startswith("variable"):
        return None
    if found := _AMOUNT.match(text):
        value, half = _value(found["number"]), _half_a_digit(found["number"])
        return max(value - half, 0.0), value, value + half
    if found := _RANGE.match(text):
        low, high = _value(found["low"]), _value(found["high"])
        if low <= high:
            return low, (low + high) / 2, high
    if found := _BOUND.match(text):
        value = _value(found["number"])
        return (0.0, value / 2, value) if found["sign"] == "<" else None
    raise ValueError("expected a number with commas, a range, W, NA, XX, s, a dash or 'Large'")


def _value(number: str) -> float:
    return float(number.replace(",", ""))


def _half_a_digit(number: str) -> float:
    """Half of the last digit that says something: 5,000 for '230,000', 0.05 for '1.5'; half a unit for zero."""
    digits = number.replace(",", "")
    if "." in digits:
        return 0.5 * 10.0 ** -len(digits.partition(".")[2])
    significant = digits.rstrip("0")
    return 0.5 * 10.0 ** (len(digits) - len(significant)) if significant else 0.5


@dataclass
class Doubts:
    """What was not understood: words to be explained, and cells that are wrong."""

    questions: list[Question] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def ask(self, cell: dict[str, Any], column: str, word: str, known: list[str], path: Path) -> None:
        place = (cell["source_file"], int(cell["source_line"]), column)
        self.questions.append(Question(HERE.name, *place, word, nearest(word, known), display_path(path)))

    def tell(self, cell: dict[str, Any], column: str, what: str) -> None:
        self.problems.append(Problem(cell["source_file"], int(cell["source_line"]), column, what))


def figures(long: pd.DataFrame, wide: pd.DataFrame, *, skip_unknown: bool = False) -> list[Figure]:
    """Every figure of production of an item of ours.

    skip_unknown : leave out what nobody has explained, without a word: for a look at a file before it is used

    Raises
    ------
    SourceError
        A year or an amount that is not understood; in a snapshot also a table of a chapter of ours, or a country.
    """
    words = [Word.model_validate({k: v for k, v in row.items() if k in Word.model_fields}) for row in rows_of(read_csv(WORDS, Word))]
    countries = meanings(COUNTRIES, CountryWord)
    doubts = Doubts()
    found = [f for cell in (*_long_cells(long), *_wide_cells(wide)) if (f := _figure(cell, words, countries, doubts))]
    if doubts.questions and not skip_unknown and not held_back(doubts.questions):
        doubts.problems += [
            Problem(q.file, q.line, q.column, f"{q.settle} does not say what {q.word!r} is{q.suggestions}") for q in doubts.questions
        ]
    doubts.problems += _mixed_units(found)
    if doubts.problems:
        raise SourceError(doubts.problems)
    return found


def _mixed_units(found: list[Figure]) -> Iterator[Problem]:
    """Figures in another unit than the first of their table and year: shares of a sum are of one unit."""
    first: dict[tuple[str | None, str, int], str] = {}
    for figure in found:
        unit = first.setdefault((figure.word.item_id, figure.table, figure.year), figure.unit)
        if figure.unit.lower() != unit.lower():
            what = f"expected {unit!r} as in the rows before of this table and year, got {figure.unit!r}"
            yield Problem(figure.place["source_file"], int(figure.place["source_line"]), figure.unit_heading, what)


def _long_cells(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Rows of tables of world production, with the headings that errors name."""
    for row in rows_of(frame):
        if row["section"].startswith(SECTION) and row["statistic"] == STATISTIC and row["country"]:
            yield row | {"headings": ("Statistics_detail", "Country", "Unit", "Year", "Value")}


def _wide_cells(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The same of the wide file: a cell for each year."""
    for row in rows_of(frame):
        for name, year in YEARS.items():
            yield {
                **row,
                "chapter": row["commodity"],
                "section": "World",
                "detail": row["type"],
                "year": year,
                "value": row[name],
                "other_notes": None,
                "headings": ("TYPE", "COUNTRY", "UNIT_MEAS", "-", "PROD_2023" if year == "2023" else "PROD_EST_ 2024"),
            }


def _figure(cell: dict[str, Any], words: list[Word], countries: dict[str, str | None], doubts: Doubts) -> Figure | None:
    detail_heading, country_heading, unit_heading, year_heading, value_heading = cell["headings"]
    here = [word for word in words if _fits(cell["chapter"], word.chapter)]
    if not here:
        return None
    detail = _TOTAL.sub("", cell["detail"] or "").strip()
    word = next((w for w in here if _fits(cell["commodity"] or "", w.commodity) and _fits(detail, w.detail)), None)
    if word is None:
        doubts.ask(cell, detail_heading, f"{cell['chapter']}: {detail}", [f"{w.chapter}: {w.detail}" for w in here], WORDS)
        return None
    if word.item_id is None or cell["value"] is None or _SEVERAL_YEARS.match(cell["year"] or ""):  # an empty cell is no figure
        return None
    country = _country(cell["country"], countries)
    if country is None:
        if cell["country"] not in countries:
            doubts.ask(cell, country_heading, cell["country"], list(countries), COUNTRIES)
        return None
    year = _YEAR.match(cell["year"] or "")
    if year is None:
        doubts.tell(cell, year_heading, f"expected a year such as '2025' or '2025_estimated', got {cell['year']!r}")
        return None
    try:
        value = amount(cell["value"])
    except ValueError as error:
        doubts.tell(cell, value_heading, f"{error}, got {cell['value']!r}")
        return None
    return Figure(
        word=word,
        country=country,
        year=int(year[1]),
        amount=value,
        text=cell["value"],
        unit=cell["unit"] or "",
        unit_heading=unit_heading,
        notes=cell["notes"] or "",
        table=f"{cell['chapter'].capitalize()}, {cell['section']}",
        copied=(cell["other_notes"] or "").startswith(COPY),
        place=place_of(cell),
    )


def _fits(text: str, pattern: str) -> bool:
    return fnmatchcase(text.lower(), pattern.lower())


def _country(name: str, countries: dict[str, str | None]) -> str | None:
    if name.lower().startswith("world total"):
        return WORLD
    return OTHER if name.lower() == "other countries" else countries.get(name)
