"""Your own facts, laid over the public graph: a folder of the same record tables, checked in the same way.

    my_company/
      item.csv          own items; the column `layer` says where they belong
      organisation.csv  alias.csv                own suppliers
      share.csv  requirement.csv  price.csv  parameter.csv ...
      citation.csv      own documents, where a row should name one

Any of them may be absent. A header may leave out the columns `source_id` (it is then `overlay`), `grade` (then `primary`: you
know your own contracts) and `status` (then `current`), and any column that may be empty. What it says stands before any public
figure for the same thing; the public figure stays beside it as `conflicting`.
"""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path

import pandas as pd

from sources import records as r
from sources.columns import Table
from sources.curated.loader import RECORDS
from sources.errors import Problem, SourceError
from sources.registry import Declaration, SourceFolder
from sources.tabular import decoded, empty, headings, parse_csv

ID = "overlay"
KINDS: dict[str, type[Table]] = {name: record for name, record in RECORDS.items() if name != "search"} | {"item": r.Item}
"""File name (without .csv) -> the record each row is; items say their layer themselves. Searches are about judgements of ours."""
CADENCE = "as you edit it"
"""An overlay is renewed by its owner, and never stale."""
IMPLIED = {"source_id": ID, "grade": "primary", "status": "current"}
"""What a row of yours says where its file has no such column and the record needs one."""


def folder(path: Path) -> SourceFolder:
    """An overlay as a source.

    Raises
    ------
    SourceError
        There is no such folder, or it holds a CSV file of no known kind.
    """
    path = path.resolve()
    if not path.is_dir():
        raise SourceError([Problem(str(path), 1, "-", "there is no such folder: --overlay names a folder of record tables")])
    tables_here = [p for p in sorted(path.rglob("*")) if p.suffix.lower() == ".csv"]
    if folders := [p for p in tables_here if p.is_dir()]:
        raise SourceError([Problem(str(p), 1, "-", "this is a folder: expected a file of records") for p in folders])
    unknown = [p for p in tables_here if p.parent != path or p.suffix != ".csv" or p.stem not in KINDS]
    if unknown:
        expected = ", ".join(f"{name}.csv" for name in KINDS)
        what = f"expected one of {expected}, in the folder itself"
        raise SourceError([Problem(str(p), 1, "-", f"no record is called {p.name!r}: {what}") for p in unknown])
    found = {p.stem: p for p in sorted(path.glob("*.csv"))}
    if not found:
        raise SourceError([Problem(str(path), 1, "-", f"no record tables here: expected files such as {', '.join(list(KINDS)[:6])}.csv")])
    tables = {f"{ID}_{kind}": KINDS[kind] for kind in found}

    def load(name: str) -> pd.DataFrame:
        kind = name.removeprefix(f"{ID}_")
        return _read(found[kind], KINDS[kind]) if kind in found else empty(KINDS[kind])

    newest = max(p.stat().st_mtime for p in found.values())
    declared = Declaration(
        id=ID, publisher="you", title=f"Your own facts ({path.name})", url=None, licence="private: never published or exported",
        cadence=CADENCE, retrieved_at=pd.Timestamp(newest, unit="s").strftime("%Y-%m-%d"), bounds=[],
    )  # fmt: skip
    return SourceFolder(declared, path, tables, cache(load))


def _read(path: Path, record: type[Table]) -> pd.DataFrame:
    """A file of an overlay: columns it leaves out are added to its header, empty or with what they imply."""
    payload, where = path.read_bytes(), str(path)
    reader = csv.reader(io.StringIO(decoded(payload, where), newline=""))
    header = next(reader, [])
    uneven = [(reader.line_num, len(cells)) for cells in reader if cells and len(cells) != len(header)]
    if uneven:
        what = f"expected {len(header)} cells as in the header, got {{}}: is a comma inside a text without quotes?"
        raise SourceError([Problem(where, line, "-", what.format(found)) for line, found in uneven])
    implied = IMPLIED if issubclass(record, r.Evidence) else {name: IMPLIED[name] for name in ("source_id", "grade")}
    implied = {name: value for name, value in implied.items() if name not in record.key}  # a citation's own id is nobody's to guess
    needed = [name for name, field in record.model_fields.items() if field.is_required()]
    added = [name for name in headings(record) if name not in header and (name not in needed or name in implied)]
    advice = f"take it out or rename it; the columns of {path.name} are {', '.join(headings(record))}"
    if not added:
        return parse_csv(payload, record, where, advice=advice)
    extra = [implied[name] if name in needed else "" for name in added]
    return parse_csv(_widened(payload, where, added, extra), record, where, advice=advice)


def _widened(payload: bytes, where: str, added: list[str], extra: list[str]) -> bytes:
    """The file with further columns at the end of each row; rows keep their lines."""
    text = decoded(payload, where)
    reader = csv.reader(io.StringIO(text, newline=""))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for number, cells in enumerate(reader):
        writer.writerow([*cells, *(added if number == 0 else extra)] if cells else [])
    return out.getvalue().encode("utf-8")
