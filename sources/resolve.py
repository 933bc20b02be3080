"""Names to organisations, through what is declared and nothing else.

Two spellings are the same organisation only if a row of `alias.csv` says so. A name that nothing declares is a
problem with a place and the nearest declared spellings, for a person to decide.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sources.errors import Problem, nearest
from sources.frames import rows_of


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


def resolve_column(frame: pd.DataFrame, column: str, names: Names, problems: list[Problem]) -> pd.Series:
    """Replace the names in a column by organisation ids; several names in a cell are joined with ';'.

    What cannot be resolved is added to `problems` and left empty.
    """
    resolved: list[str | None] = []
    for row in rows_of(frame[[column, "source_file", "source_line"]]):
        cell = row[column]
        if cell is None:
            resolved.append(None)
            continue
        ids = []
        for name in split_names(cell):
            organisation = names.id_of(name)
            if organisation is None:
                what = f"no organisation is declared under the name {name!r}{names.suggest(name)}; "
                where_to = "declare it or its alias in sources/curated/organisations/"
                problems.append(Problem(row["source_file"], row["source_line"], column, what + where_to))
            else:
                ids.append(organisation)
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
