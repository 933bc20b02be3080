"""Phases of one cluster, put together: a place that grows is one place.

Each phase is a row with the total so far, linked by `builds_upon` (to the phase before) and `superseded_by` (to the
phase after). Adding phases would count the first one again with every later one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]

_PHASE = re.compile(r"\s+((possible|rumored|planned)\s+)?phase\s+\d+$", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """One cluster: its phases, first to last."""

    phases: tuple[Row, ...]

    @property
    def names(self) -> set[str]:
        return {plain_name(phase["name"]) for phase in self.phases}

    @property
    def name(self) -> str:
        """The name of the last phase, without its phase."""
        return _PHASE.sub("", plain_name(self.phases[-1]["name"]))

    @property
    def built(self) -> Row | None:
        """The last phase that exists or existed."""
        return next((phase for phase in reversed(self.phases) if phase["status"] != "Planned"), None)

    @property
    def planned(self) -> Row | None:
        """The last phase, where it is still a plan."""
        return self.phases[-1] if self.phases[-1]["status"] == "Planned" else None

    @property
    def opened(self) -> str | None:
        """Date of the first operation of any phase."""
        return min((phase["first_operational"] for phase in self.phases if phase["first_operational"]), default=None)


def plain_name(name: str) -> str:
    """Some names are published in quotes, and referred to without them."""
    return name.strip('"')


def places(rows: list[Row]) -> list[Place]:
    """Rows grouped into places, in the order of their first rows."""
    before = _phase_before(rows)
    found: dict[str, list[tuple[int, Row]]] = {}
    for row in rows:
        chain = _back_to_first(plain_name(row["name"]), before)
        found.setdefault(chain[-1], []).append((len(chain), row))
    return [Place(tuple(row for _, row in sorted(phases, key=lambda phase: phase[0]))) for phases in found.values()]


def _phase_before(rows: list[Row]) -> dict[str, str]:
    """Name of a phase -> name of the phase before it, among the rows there are."""
    names = {plain_name(row["name"]) for row in rows}
    links = {plain_name(row["superseded_by"]): plain_name(row["name"]) for row in rows if row["superseded_by"]}
    links |= {plain_name(row["name"]): plain_name(row["builds_upon"]) for row in rows if row["builds_upon"]}
    return {later: earlier for later, earlier in links.items() if later in names and earlier in names}


def _back_to_first(name: str, before: dict[str, str]) -> list[str]:
    """The phase and those before it, back to the first."""
    chain = [name]
    while (earlier := before.get(chain[-1])) is not None:
        if earlier in chain:
            raise ValueError(f"the phases of {name!r} run in a circle: {' -> '.join([*chain, earlier])}")
        chain.append(earlier)
    return chain
