"""The folders under sources/: what each declares of itself, and the raw tables it gives.

A source is a folder with a `source.yml` (who publishes it, under which terms, how often, what size is plausible and
why), its snapshot, and a `loader.py` with two functions: `tables()` names its raw tables and their record, `load(name)`
returns the validated rows of one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field

from sources.columns import Table
from sources.errors import Problem, SourceError
from sources.records import ESTIMATE, Source
from sources.tabular import display_path

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
    bounds: list[Bound]


@dataclass(frozen=True)
class SourceFolder:
    """One source: its declaration, and how to load it."""

    declaration: Declaration
    folder: Path
    tables: dict[str, type[Table]]
    load: Callable[[str], pd.DataFrame]


def folders(root: Path = ROOT) -> list[SourceFolder]:
    """Every source, in alphabetical order."""
    return [_folder(path.parent) for path in sorted(root.glob("*/source.yml"))]


def _folder(folder: Path) -> SourceFolder:
    module = import_module(f"sources.{folder.name}.loader")
    return SourceFolder(declaration(folder), folder, module.tables(), module.load)


def declaration(folder: Path) -> Declaration:
    """The source.yml of a folder."""
    return Declaration.model_validate(yaml.safe_load((folder / "source.yml").read_text(encoding="utf-8")))


def snapshot_hash(folder: Path) -> str:
    """Hash over every data file of a source, by name and content: the vintage of the whole folder."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".csv", ".json")):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def declared_sources(found: list[SourceFolder]) -> pd.DataFrame:
    """Rows of core.source for the folders themselves, and for engineering judgement."""
    rows = [
        {
            "source_id": f.declaration.id,
            "publisher": f.declaration.publisher,
            "title": f.declaration.title,
            "url": f.declaration.url,
            "published": None,
            "licence": f.declaration.licence,
            "cadence": f.declaration.cadence,
            "retrieved_at": f.declaration.retrieved_at,
            "sha256": snapshot_hash(f.folder),
            "collection": f.folder.name,
        }
        for f in found
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


def check_bounds(folder: SourceFolder, rows: dict[str, int]) -> None:
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
