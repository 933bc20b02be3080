"""Names to organisations, through what is declared and nothing else.

Two spellings are the same organisation only if a row of `alias.csv` says so. A name that nothing declares is a
problem with a place and the nearest declared spellings, for a person to decide.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pandas as pd

from sources.errors import Problem, nearest
from sources.evidence import OVERLAY
from sources.frames import rows_of
from sources.review import Question, held_back

NAMES = "sources/curated/organisations/"
OWN_NAMES = "organisation.csv or alias.csv of your overlay"
"""Where a name is declared: as a new organisation, or as another spelling of a known one."""


class Names:
    """Every spelling of every organisation."""

    def __init__(self, organisations: pd.DataFrame, aliases: pd.DataFrame) -> None:
        self._id_by_name: dict[str, str] = dict(zip(organisations["organisation_id"], organisations["organisation_id"], strict=True))
        self._id_by_name |= dict(zip(organisations["name"], organisations["organisation_id"], strict=True))
        self._id_by_name |= dict(zip(aliases["alias"], aliases["organisation_id"], strict=True))

    def __contains__(self, name: str) -> bool:
        return name in self._id_by_name

    def id_of(self, name: str) -> str | None:
        """The organisation with this name, or None."""
        return self._id_by_name.get(name.strip())

    def suggest(self, name: str) -> str:
        return nearest(name, list(self._id_by_name))


def resolve_column(frame: pd.DataFrame, column: str, names: Names, problems: list[Problem], live: Collection[str] = ()) -> pd.Series:
    """Replace the names in a column by organisation ids; several names in a cell are joined with ';'.

    What cannot be resolved is left out: a name of a collection in `live` is held back for review, any other is added to
    `problems`, with where to declare it: an overlay has its own tables of organisations and aliases.
    """
    resolved: list[str | None] = []
    collections = frame["collection"] if "collection" in frame else [None] * len(frame)
    for row, collection in zip(rows_of(frame[[column, "source_file", "source_line"]]), collections, strict=True):
        ids = []
        for name in split_names(row[column] or ""):
            organisation = names.id_of(name)
            if organisation is not None:
                ids.append(organisation)
                continue
            declare = OWN_NAMES if collection == OVERLAY else NAMES
            question = Question(str(collection), row["source_file"], row["source_line"], column, name, names.suggest(name), declare)
            if collection in live and held_back([question]):
                continue
            what = f"no organisation is declared under the name {name!r}{question.suggestions}; declare it or its alias in {declare}"
            problems.append(Problem(question.file, question.line, column, what))
        resolved.append(";".join(ids) or None)
    return pd.Series(resolved, index=frame.index, dtype=object)


def split_names(cell: str) -> list[str]:
    """'TSMC; Amkor' -> ['TSMC', 'Amkor']."""
    return [name.strip() for name in cell.split(";") if name.strip()]


def owners(organisations: pd.DataFrame) -> dict[str, str]:
    """Each organisation's owner: the end of its chain of parents. The chains must have an end (see `circles`)."""
    parent = _links(organisations, "organisation_id", "parent_id")
    return {o: _chain(o, parent)[-1] for o in organisations["organisation_id"]}


def circles(frame: pd.DataFrame, child: str, parent: str) -> dict[str, str]:
    """Ids whose chain of parents runs in a circle -> that circle, told."""
    links = _links(frame, child, parent)
    found = {}
    for start in frame[child]:
        chain = _chain(start, links)
        if (above := links.get(chain[-1])) in chain:
            found[start] = " -> ".join([*chain, str(above)])
    return found


def _links(frame: pd.DataFrame, child: str, parent: str) -> dict[str, str]:
    return {c: p for c, p in zip(frame[child], frame[parent], strict=True) if isinstance(p, str)}


def _chain(start: str, links: dict[str, str]) -> list[str]:
    """The chain of parents from `start` to its end, or to the last one before it would repeat."""
    seen = [start]
    while seen[-1] in links and links[seen[-1]] not in seen:
        seen.append(links[seen[-1]])
    return seen


def duplicated_spellings(aliases: Iterable[str], organisations: pd.DataFrame) -> list[str]:
    """Aliases that repeat another organisation's own name or id: one spelling must mean one organisation."""
    taken = set(organisations["name"]) | set(organisations["organisation_id"])
    return sorted(set(aliases) & taken)
