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

from functools import cache
from pathlib import Path

import pandas as pd

from sources import handwritten
from sources import records as r
from sources.columns import Table
from sources.curated.loader import RECORDS
from sources.errors import WHOLE, Problem, SourceError
from sources.registry import Declaration, SourceFolder
from sources.tabular import empty, headings

ID = "overlay"
KINDS: dict[str, type[Table]] = {name: record for name, record in RECORDS.items() if name != "search"} | {"item": r.Item}
"""File name (without .csv) -> the record each row is; items say their layer themselves. Searches are about judgements of ours."""
CADENCE = "as you edit it"
"""An overlay is renewed by its owner, and never stale."""
IMPLIED = {"source_id": ID, "grade": "primary", "status": "current"}
"""What a row of yours says where its file has no such column and the record needs one."""
MOST_NAMED = 3
"""So many files of a subfolder are named."""


def folder(path: Path) -> SourceFolder:
    """An overlay as a source. Of its subfolders nothing is read.

    Raises
    ------
    SourceError
        There is no such folder, or it holds a CSV file of no known kind, or a subfolder of it holds CSV files.
    """
    path = path.resolve()
    if not path.is_dir():
        what = "this is a file" if path.exists() else "there is no such folder"
        raise SourceError([Problem(str(path), WHOLE, "-", f"{what}: --overlay names a folder of record tables")])
    here = sorted(path.iterdir())
    tables_here = [p for p in here if p.suffix.lower() == ".csv"]
    if folders := [p for p in tables_here if p.is_dir()]:
        raise SourceError([Problem(str(p), WHOLE, "-", "this is a folder: expected a file of records") for p in folders])
    expected = ", ".join(f"{name}.csv" for name in KINDS)
    problems = [
        Problem(str(p), WHOLE, "-", f"no record is called {p.name!r}: expected one of {expected}")
        for p in tables_here
        if p.suffix != ".csv" or p.stem not in KINDS
    ]
    problems += [Problem(str(p), WHOLE, "-", what) for p in here if (what := _misplaced(p))]
    if not tables_here:
        first = ", ".join(f"{name}.csv" for name in list(KINDS)[:6])
        problems.insert(0, Problem(str(path), WHOLE, "-", f"no record tables here: expected files such as {first}"))
    if problems:
        raise SourceError(problems)
    found = {p.stem: p for p in tables_here}
    tables = {f"{ID}_{kind}": KINDS[kind] for kind in found}

    def load(name: str) -> pd.DataFrame:
        kind = name.removeprefix(f"{ID}_")
        return _read(found[kind], KINDS[kind]) if kind in found else empty(KINDS[kind])

    newest = max(p.stat().st_mtime for p in found.values())
    declared = Declaration(
        id=ID, publisher="you", title=f"Your own facts ({path.name})", url=None, licence="private: never published or exported",
        cadence=CADENCE, retrieved_at=pd.Timestamp(newest, unit="s").strftime("%Y-%m-%d"), bounds=[],
    )  # fmt: skip
    return SourceFolder(declared, path, tables, cache(load), is_flat=True)


def _misplaced(folder: Path) -> str:
    """That CSV files lie in a subfolder, where nobody reads them; '' for one without any, or that may not be looked into."""
    try:
        is_theirs = folder.is_dir() and not folder.name.startswith(".")  # an editor's own folders are nobody's slip
        names = sorted(p.name for p in folder.iterdir() if p.suffix.lower() == ".csv") if is_theirs else []
    except OSError:
        return ""
    if not names:
        return ""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"a subfolder is not read, and has {', '.join(names[:MOST_NAMED])}{more}: record tables lie in the folder that --overlay names"


def _read(path: Path, record: type[Table]) -> pd.DataFrame:
    """A file of an overlay: columns that its header leaves out are empty, or say what they imply."""
    needed = {name for name, field in record.model_fields.items() if field.is_required()}
    implied = IMPLIED if issubclass(record, r.Evidence) else {name: IMPLIED[name] for name in ("source_id", "grade")}
    # A citation's own id is nobody's to guess.
    implied = {name: value for name, value in implied.items() if name in needed and name not in record.key}
    may_lack = [name for name in record.model_fields if name not in needed]
    advice = f"take it out or rename it; the columns of {path.name} are {', '.join(headings(record))}"
    return handwritten.read(path, record, str(path), may_lack=may_lack, implied=implied, advice=advice)
