"""A wrong row stops the run before anything is published, and is told with its file, line, column and what was expected."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines import publish
from pipelines.home import Home
from tests.command import Finished

ROOT = Path(__file__).resolve().parents[2]
CODE = ("sources", "graph", "pipelines", "dagster.yaml", "pyproject.toml")
Row = dict[str, str]


def repository(place: Path) -> Path:
    """A copy of the repository whose rows may be broken."""
    for name in CODE:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, place / name)
    return place


def python(tree: Path, *arguments: str, **environment: str) -> Finished:
    """This interpreter on the code and the sources of a copy."""
    variables = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    return subprocess.run([sys.executable, *arguments], cwd=tree, env=variables, capture_output=True, text=True, timeout=120, check=False)


def run(tree: Path, home: Home) -> Finished:
    """`stackgraph run` of a copy."""
    return python(tree, "-c", "from pipelines.cli import main; main()", "run", STACKGRAPH_HOME=str(home.root))


def change(tree: Path, file: str, where: Callable[[Row], bool], **cells: str) -> int:
    """Set cells of the first row that fits. Returns its line."""
    path = tree / "sources" / "curated" / file
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        rows = list(reader)
        fields = list(reader.fieldnames or [])
    place = next(k for k, row in enumerate(rows) if where(row))
    assert set(cells) <= set(fields)
    rows[place].update(cells)
    write(path, fields, rows)
    return place + 2


def append(tree: Path, file: str, where: Callable[[Row], bool], **cells: str) -> int:
    """Add the first row that fits once more, with other cells. Returns its line."""
    path = tree / "sources" / "curated" / file
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        rows = list(reader)
        fields = list(reader.fieldnames or [])
    write(path, fields, [*rows, {**next(row for row in rows if where(row)), **cells}])
    return len(rows) + 2


def write(path: Path, fields: list[str], rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def replace_bytes(tree: Path, file: str, line: int, old: bytes, new: bytes) -> int:
    """Replace bytes in one line of a file. Returns the line."""
    path = tree / "sources" / "curated" / file
    lines = path.read_bytes().splitlines(keepends=True)
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    path.write_bytes(b"".join(lines))
    return line


def first(**cells: str) -> Callable[[Row], bool]:
    """Rows with these cells."""
    return lambda row: all(row[name] == value for name, value in cells.items())


@dataclass(frozen=True)
class Case:
    """A way to break a row, and what must be said of it."""

    name: str
    file: str
    column: str
    said: str
    make: Callable[[Path, str], int]


IN_A_ROW = [
    Case("an unknown unit", "materials/price.csv", "unit", "unknown unit 'kgs'; nearest: kg",
         lambda t, f: change(t, f, first(item_id="gallium", status="current"), unit="USD/kgs")),
    Case("a share over one", "equipment/share.csv", "high", "a share is a fraction between 0 and 1, got 1.2",
         lambda t, f: change(t, f, first(item_id="euv_scanner"), high="1.2")),
    Case("a negative quantity", "foundry/requirement.csv", "low", "a quantity is not negative, got -0.5",
         lambda t, f: change(t, f, first(consumer_id="wafer_n2", input_id="silicon_wafer"), low="-0.5")),
    Case("low above high", "power/parameter.csv", "low", "expected low <= central <= high, got 0.9, 0.29, 0.31",
         lambda t, f: change(t, f, first(entity_id="item:fuel_cell", parameter="gross_margin"), low="0.9")),
    Case("half a range", "packaging/price.csv", "high", "must be given together or left empty together",
         lambda t, f: change(t, f, lambda row: bool(row["central"]), high="")),
    Case("a missing citation", "cooling/parameter.csv", "source_id", "a value is required here, the cell is empty",
         lambda t, f: change(t, f, lambda row: True, source_id="")),
    Case("a number that is none", "harness/parameter.csv", "central", "input should be a finite number, got 'nan'",
         lambda t, f: change(t, f, lambda row: bool(row["central"]), central="nan")),
    Case("a price that is a word", "boards/price.csv", "central", "got 'much'",
         lambda t, f: change(t, f, lambda row: bool(row["central"]), central="much")),
    Case("a grade that is none", "tokens/parameter.csv", "grade", "got 'gossip'",
         lambda t, f: change(t, f, lambda row: True, grade="gossip")),
    Case("a renamed column", "networking/item.csv", "Name", "unknown column; nearest: name",
         lambda t, f: replace_bytes(t, f, 1, b"name", b"Name")),
    Case("a byte that is not UTF-8", "memory/item.csv", "-", "byte 0x97 is not UTF-8: expected a file in UTF-8",
         lambda t, f: replace_bytes(t, f, 3, b"a", b"\x97")),
    Case("a citation that is there twice", "power/citation.csv", "source_id", "is there already, in line",
         lambda t, f: append(t, f, lambda row: True, title="Another title")),
    Case("an item that is there twice", "materials/item.csv", "item_id", "'gallium' is there already, in line",
         lambda t, f: append(t, f, first(item_id="gallium"), name="Gallium again")),
    Case("a contract with its bounds turned round", "power/power_contract.csv", "capacity_mw_low", "expected capacity_mw_low <= capacity_mw_central",
         lambda t, f: change(t, f, lambda row: float(row["capacity_mw_central"] or 0) > 0, capacity_mw_low="99999")),
    Case("an input that stands alone with k = 99", "packaging/requirement.csv", "k", "stands alone has k = 1, got 99",
         lambda t, f: change(t, f, lambda row: not row["group_name"], k="99")),
    Case("a quote that is never closed", "harness/citation.csv", "publisher", "a quote opens this cell and does not close in this line",
         lambda t, f: replace_bytes(t, f, 2, b",", b',"')),
    Case("a comma too many", "sites/price.csv", "-", "is a comma inside a text without quotes?",
         lambda t, f: replace_bytes(t, f, 2, b",", b",,")),
]  # fmt: skip
"""Found in one file by itself."""

BETWEEN_ROWS = [
    Case("an unknown item", "memory/requirement.csv", "input_id", "unknown item or board 'silicon_wafre'; nearest: silicon_wafer",
         lambda t, f: change(t, f, first(consumer_id="dram_wafer", input_id="silicon_wafer"), input_id="silicon_wafre")),
    Case("an unknown citation", "cooling/price.csv", "source_id", "unknown source 'nobody_says_so'",
         lambda t, f: change(t, f, lambda row: True, source_id="nobody_says_so")),
    Case("an unknown board", "boards/parameter.csv", "entity_id", "unknown board 'board:h1000'; nearest:",
         lambda t, f: change(t, f, first(entity_id="board:h100"), entity_id="board:h1000")),
    Case("a parameter that is misspelt", "equipment/parameter.csv", "parameter", "no item figure is called",
         lambda t, f: change(t, f, lambda row: True, parameter="gross_margine")),
    Case("a parameter in kilograms that is in watts", "boards/parameter.csv", "unit", "tdp of a board is in W, got 'kg'",
         lambda t, f: change(t, f, first(entity_id="board:h200", parameter="tdp"), unit="kg")),
    Case("a task at which nobody ever succeeds", "tokens/parameter.csv", "low", "success_rate of a workload is at least 0.001 fraction, got 0",
         lambda t, f: change(t, f, first(entity_id="workload:chat", parameter="success_rate"), low="0")),
    Case("a queue statistic nobody knows", "power/queue_entry.csv", "metric", "no queue figure is called 'made_up'",
         lambda t, f: change(t, f, lambda row: True, metric="made_up")),
    Case("a figure of a year to come that is mistyped", "power/power_contract.csv", "as_of", "2099 lies long after",
         lambda t, f: change(t, f, lambda row: True, as_of="2099")),
    Case("two current prices", "materials/price.csv", "item_id", "a current price of this item is there already",
         lambda t, f: append(t, f, first(item_id="gallium", status="current"))),
    Case("two current quantities", "foundry/requirement.csv", "consumer_id", "a current requirement of this input is there already",
         lambda t, f: append(t, f, first(consumer_id="wafer_n2", input_id="silicon_wafer"))),
    Case("a quantity in another unit", "networking/requirement.csv", "unit", "expected",
         lambda t, f: change(t, f, lambda row: row["unit"] != "kg/kg", unit="kg/kg")),
    Case("judgement graded as published", "harness/parameter.csv", "grade", "cite the publication or grade it estimate",
         lambda t, f: change(t, f, first(source_id="estimate"), grade="primary")),
]  # fmt: skip
"""Found when tables are put together."""
REFERRED_TO = [
    Case("an unknown supplier", "equipment/share.csv", "supplier", "Nobody Ltd",
         lambda t, f: change(t, f, first(supplier="Nikon"), supplier="Nobody Ltd")),
    Case("shares that sum to more than one", "networking/share.csv", "central", "expected at most 1; mark overlapping figures",
         lambda t, f: change(t, f, first(item_id="optical_transceiver", status="current", supplier_kind="firm"), low="1", central="1", high="1")),
    Case("a site in no country that another list overrides", "sites/site.csv", "country", "unknown country 'ZZZ'",
         lambda t, f: change(t, f, lambda row: True, country="ZZZ")),
    Case("an organisation owned by itself", "organisations/organisation.csv", "parent_id", "runs in a circle",
         lambda t, f: change(t, f, first(organisation_id="tsmc"), parent_id="tsmc", source_id="estimate", grade="estimate")),
]  # fmt: skip
"""Found in a table that others refer to."""
SEVERAL = {"a quantity in another unit", "shares that sum to more than one"}
"""Told at the first row concerned, which is not always the one that was touched."""


def broken(place: Path, cases: list[Case]) -> tuple[dict[str, int], Finished]:
    """A copy with all these rows broken: the line of each, and what the check says."""
    tree = repository(place)
    lines = {case.name: case.make(tree, case.file) for case in cases}
    return lines, python(tree, "-m", "sources.validate")


@pytest.fixture(scope="module")
def in_a_row(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, int], Finished]:
    return broken(tmp_path_factory.mktemp("rows"), IN_A_ROW)


@pytest.fixture(scope="module")
def between_rows(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, int], Finished]:
    return broken(tmp_path_factory.mktemp("tables"), BETWEEN_ROWS)


def reported(case: Case, lines: dict[str, int], done: Finished) -> list[str]:
    """Lines of the message at the place of the case."""
    column = "" if case.column == "-" else f" column {case.column!r}:"
    place = f"sources/curated/{case.file}:" + ("" if case.name in SEVERAL else f"{lines[case.name]}:{column} ")
    return [line for line in done.stderr.splitlines() if place in line and case.said in line and column in line]


@pytest.mark.parametrize("case", IN_A_ROW, ids=lambda c: c.name)
def test_a_wrong_row_is_told_with_its_place(case: Case, in_a_row: tuple[dict[str, int], Finished]) -> None:
    lines, done = in_a_row
    assert done.returncode == 1
    assert reported(case, lines, done), done.stderr


@pytest.mark.parametrize("case", BETWEEN_ROWS, ids=lambda c: c.name)
def test_rows_that_contradict_each_other_are_told_with_their_place(case: Case, between_rows: tuple[dict[str, int], Finished]) -> None:
    lines, done = between_rows
    assert done.returncode == 1
    assert reported(case, lines, done), done.stderr


@pytest.mark.parametrize("case", REFERRED_TO, ids=lambda c: c.name)
def test_a_wrong_row_that_others_refer_to_is_told_with_its_place(case: Case, tmp_path: Path) -> None:
    lines, done = broken(tmp_path, [case])
    assert done.returncode == 1
    assert reported(case, lines, done), done.stderr


@pytest.mark.parametrize("cases", ["in_a_row", "between_rows"])
def test_only_what_is_wrong_is_told(cases: str, request: pytest.FixtureRequest) -> None:
    _, done = request.getfixturevalue(cases)
    files = {f"sources/curated/{case.file}:" for case in (IN_A_ROW if cases == "in_a_row" else BETWEEN_ROWS)}
    innocent = [line for line in done.stderr.splitlines() if not any(file in line for file in files)]
    assert innocent == []


def test_the_sources_as_they_are_have_no_problem(tmp_path: Path) -> None:
    done = python(repository(tmp_path), "-m", "sources.validate")
    assert (done.returncode, done.stderr) == (0, "")


def published_bytes(home: Home) -> dict[str, str]:
    """Every published file with the hash of its bytes, and where the link points."""
    files = {
        p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in home.published_folder.iterdir() if p.is_file() and not p.is_symlink()
    }
    return files | {home.published.name: str(home.published.readlink())}


@pytest.mark.parametrize("case", [IN_A_ROW[1], BETWEEN_ROWS[0]], ids=lambda c: c.name)
def test_a_wrong_row_stops_the_run_and_the_published_file_stays(case: Case, published: Home, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.published_folder.mkdir(parents=True)
    newest = publish.versions(published.published_folder)[-1]
    shutil.copy2(newest, home.published_folder / newest.name)
    shutil.copy2(published.graphml, home.graphml)
    shutil.copy2(published.warehouse, home.warehouse)
    publish.point(home.published, home.published_folder / newest.name)
    before = published_bytes(home)
    tree = repository(tmp_path / "tree")
    line = case.make(tree, case.file)
    done = run(tree, home)
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert f"sources/curated/{case.file}:{line}: column {case.column!r}: " in done.stderr
    assert case.said in done.stderr
    assert "Traceback" not in done.stderr
    assert "the published file is as it was" in done.stderr
    assert published_bytes(home) == before
