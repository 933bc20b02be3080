"""The folders under sources/: what each declares of itself, the raw tables it gives, and which state of them is read.

A source is a folder with a `source.yml` (who publishes it, under which terms, how often, what size is plausible and
why). Curated facts have a `loader.py`; a live source has a `connector.py` (see `sources.connector`), a snapshot where its
terms allow one, and a `records.py` that maps its raw tables to records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Protocol

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sources.columns import Table
from sources.connector import Map
from sources.errors import Problem, SourceError
from sources.records import ESTIMATE, Source
from sources.tabular import display_path, empty, headings, read_csv
from sources.vintages import Store, Vintage, content_hash, start_of

ROOT = Path(__file__).resolve().parent


class Bound(BaseModel):
    """How many rows the tables of a kind may have together before something must be wrong."""

    model_config = ConfigDict(extra="forbid")
    table: str = Field(description="raw table name, or the record kind where a source has one table per domain")
    rows: tuple[int, int]
    why: str


class Declaration(BaseModel):
    """A source.yml."""

    model_config = ConfigDict(extra="forbid")
    id: str
    publisher: str
    title: str
    url: str | None
    licence: str
    cadence: str
    retrieved_at: str
    unshipped: str | None = Field(default=None, description="why the repository ships no snapshot of a live source")
    bounds: list[Bound]


@dataclass(frozen=True)
class SourceFolder:
    """One source: its declaration, its raw tables, and how what the repository ships of it is loaded.

    load : raw table name -> rows of the repository's snapshot, empty where it ships none
    connector : module with fetch and parse; None for curated facts
    maps : core table name (without schema) -> from this source's raw tables to rows of it
    is_flat : its data lie in the folder itself; what is in subfolders is none of its own
    """

    declaration: Declaration
    folder: Path
    tables: dict[str, type[Table]]
    load: Callable[[str], pd.DataFrame]
    connector: ModuleType | None = None
    maps: Mapping[str, Map] = field(default_factory=dict)
    is_shipped: bool = True
    is_flat: bool = False

    @property
    def id(self) -> str:
        return self.declaration.id


def folders(root: Path = ROOT) -> list[SourceFolder]:
    """Every source, in alphabetical order."""
    return [_folder(path.parent) for path in sorted(root.glob("*/source.yml"))]


def _folder(folder: Path) -> SourceFolder:
    package = f"sources.{folder.name}"
    if not (folder / "connector.py").exists():
        loader = import_module(f"{package}.loader")
        maps = import_module(f"{package}.records").MAPS if (folder / "records.py").exists() else {}
        return SourceFolder(declaration(folder), folder, loader.tables(), cache(loader.load), None, maps)
    connector = import_module(f"{package}.connector")
    load = cache(getattr(connector, "load", None) or _snapshot_of(folder, connector.TABLES))  # archived and loaded: read once
    shipped = hasattr(connector, "load") or (folder / "snapshot").is_dir()
    maps = import_module(f"{package}.records").MAPS
    return SourceFolder(declaration(folder), folder, dict(connector.TABLES), load, connector, maps, shipped)


def _snapshot_of(folder: Path, tables: Mapping[str, type[Table]]) -> Callable[[str], pd.DataFrame]:
    def load(name: str) -> pd.DataFrame:
        path = folder / "snapshot" / f"{name}.csv"
        return read_csv(path, tables[name]) if path.exists() else empty(tables[name])

    return load


def declaration(folder: Path) -> Declaration:
    """The source.yml of a folder; SourceError names each entry that is wrong."""
    path = folder / "source.yml"
    try:
        return Declaration.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        where = display_path(path)
        raise SourceError([Problem(where, 1, ".".join(map(str, e["loc"])) or "-", e["msg"].lower()) for e in error.errors()]) from error
    except yaml.YAMLError as error:
        raise SourceError([Problem(display_path(path), 1, "-", f"not well-formed YAML: {error}")]) from error


class InUse(Protocol):
    """A source and the vintage of it that is in use (`sources.reading.Opened`)."""

    @property
    def source(self) -> SourceFolder: ...

    @property
    def vintage(self) -> Vintage | None: ...

    @property
    def retrieved_at(self) -> str: ...


# --- vintages


def read_vintage(source: SourceFolder, vintage: Vintage) -> dict[str, pd.DataFrame]:
    """Every raw table of one stored vintage.

    Raises
    ------
    Damaged
        A file is not as it was stored.
    SourceError
        A file cannot be parsed, or a table has implausibly few or many rows.
    """
    if vintage.origin != "repository":
        if source.connector is None:
            raise SourceError([Problem(str(vintage.folder), 1, "-", f"{source.id} has no connector that reads it")])
        tables: dict[str, pd.DataFrame] = source.connector.parse(vintage.files())
    else:
        vintage.files()
        tables = {name: read_csv(vintage.folder / f"{name}.csv", record) for name, record in source.tables.items()}
    check_bounds(source, {name: len(frame) for name, frame in tables.items()})
    return tables


def archive(source: SourceFolder, store: Store, now: datetime) -> Vintage | None:
    """Keep what the repository ships of a source as a vintage, where it is new; None where it ships nothing."""
    if not source.is_shipped:
        return None
    sha256 = state_hash(source)
    last = store.newest(source.id, "repository")
    is_whole = last is not None and not last.damage()
    if last is not None and is_whole and last.payloads[-1].name == MARK and (last.folder / MARK).read_text() == sha256:
        return last
    files = {f"{name}.csv": to_csv(source.load(name), record) for name, record in source.tables.items()} | {MARK: sha256.encode()}
    known_at = start_of(source.declaration.retrieved_at)
    if last is not None and last.sha256 == content_hash(files):  # its archive was damaged: written anew in its place
        known_at = last.known_at
    elif last is not None and known_at <= last.known_at:
        known_at = now
    return store.add(source.id, files, "repository", known_at, source.declaration.retrieved_at)


MARK = "~sha256"
"""In an archived vintage: the hash of the repository's files it was made from. Sorts behind every table."""


def to_csv(frame: pd.DataFrame, record: type[Table]) -> bytes:
    """Rows of a raw table as the bytes of a snapshot file: `tabular.read_csv` reads the same rows back."""
    named = frame[list(record.model_fields)].set_axis(headings(record), axis=1)
    return named.to_csv(index=False, lineterminator="\n").encode("utf-8")


def candidates(source: SourceFolder, store: Store, as_of: datetime | None = None) -> list[Vintage]:
    """The vintages known at a moment, newest first.

    What the repository ships counts as new when anything of it changes, a mapping file too; it stays behind what was fetched
    after the day its snapshot was retrieved: to explain a publisher's word must not undo the fetch that brought it.
    """
    found = [v for v in reversed(store.kept(source.id)) if as_of is None or v.known_at <= as_of]
    shipped = next((v for v in found if v.origin == "repository"), None)
    later = [v for v in found if shipped is not None and v.origin == "live" and v.retrieved_at > shipped.retrieved_at]
    return [*later, *(v for v in found if v not in later)]


def state_hash(source: SourceFolder) -> str:
    """Hash of what the repository, or the installed package it is taken from, ships of a source."""
    release = getattr(source.connector, "release", None)
    files = source.folder.glob("*.csv") if source.is_flat else source.folder.rglob("*")
    found = snapshot_hash(source.folder, files)
    return found if release is None else f"{release()}-{found}"


def snapshot_hash(folder: Path, files: Iterable[Path]) -> str:
    """Hash over the data files of a source, by name and content, and its declaration: the vintage of the whole folder."""
    digest = hashlib.sha256()
    for path in sorted(p for p in files if p.suffix in (".csv", ".json", ".yml")):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def declared_sources(found: Iterable[InUse]) -> pd.DataFrame:
    """Rows of core.source for the collections in use, and for engineering judgement."""
    rows = [
        {
            "source_id": one.source.id,
            "publisher": one.source.declaration.publisher,
            "title": one.source.declaration.title,
            "url": one.source.declaration.url,
            "published": None,
            "licence": one.source.declaration.licence,
            "cadence": one.source.declaration.cadence,
            "retrieved_at": one.retrieved_at if one.vintage is not None else None,
            "sha256": one.vintage.sha256 if one.vintage is not None else None,
            "collection": one.source.id,
        }
        for one in found
    ]
    rows.append(
        dict.fromkeys(Source.model_fields)
        | {
            "source_id": ESTIMATE,
            "publisher": "stackgraph",
            "title": "Engineering judgement: a figure nobody publishes, with a wide range and its reasoning in the note",
            "licence": "CC BY 4.0",
            "collection": "curated",
        }
    )
    return pd.DataFrame(rows)


def check_bounds(folder: SourceFolder, rows: Mapping[str, int]) -> None:
    """Raise SourceError where a table, or the tables of one kind together, have implausibly few or many rows.

    `rows` maps raw table names to row counts; tables that were not counted are left out of account.
    """
    problems = []
    for bound in folder.declaration.bounds:
        counted = [n for name, n in rows.items() if name == bound.table or name.endswith(f"_{bound.table}")]
        low, high = bound.rows
        if counted and not low <= sum(counted) <= high:
            what = f"{sum(counted)} rows; expected {low} to {high}, because {bound.why}"
            problems.append(Problem(display_path(folder.folder / "source.yml"), 1, bound.table, what))
    if problems:
        raise SourceError(problems)
