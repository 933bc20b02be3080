"""Names to organisations, through what is declared and nothing else.

Two spellings are the same organisation only if a row of `alias.csv` says so. A name that nothing declares is a
problem with a place and the nearest declared spellings, for a person to decide.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sources.errors import Problem, nearest


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
    resolved = []
    for row in frame[[column, "source_file", "source_line"]].itertuples(index=False):
        cell = row[0]
        if cell is None or pd.isna(cell):
            resolved.append(None)
            continue
        ids = []
        for name in split_names(cell):
            organisation = names.id_of(name)
            if organisation is None:
                what = f"no organisation is declared under the name {name!r}{names.suggest(name)}; declare it or its alias in sources/curated/organisations/"
                problems.append(Problem(str(row[1]), int(row[2]), column, what))
            else:
                ids.append(organisation)
        resolved.append(";".join(ids) or None)
    return pd.Series(resolved, index=frame.index, dtype=object)


def split_names(cell: str) -> list[str]:
    """'TSMC; Amkor' -> ['TSMC', 'Amkor']."""
    return [name.strip() for name in cell.split(";") if name.strip()]


def owners(organisations: pd.DataFrame) -> dict[str, str]:
    """Each organisation's owner: the end of its chain of parents.

    Raises
    ------
    ValueError
        The parents of an organisation run in a circle.
    """
    parent = {o: p for o, p in zip(organisations["organisation_id"], organisations["parent_id"], strict=True) if isinstance(p, str)}
    return {o: _top(o, parent) for o in organisations["organisation_id"]}


def _top(organisation: str, parent: dict[str, str]) -> str:
    seen = [organisation]
    while seen[-1] in parent:
        above = parent[seen[-1]]
        if above in seen:
            raise ValueError(f"the parents of {organisation!r} run in a circle: {' -> '.join([*seen, above])}")
        seen.append(above)
    return seen[-1]


def duplicated_spellings(aliases: Iterable[str], organisations: pd.DataFrame) -> list[str]:
    """Aliases that repeat another organisation's own name or id: one spelling must mean one organisation."""
    taken = set(organisations["name"]) | set(organisations["organisation_id"])
    return sorted(set(aliases) & taken)
