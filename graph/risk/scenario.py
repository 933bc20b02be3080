"""Scenarios of disruption as data: one file each, with its reasoning, its sources and, for what has happened, the outcome.

A file names what is lost, not what follows: shocks by item, organisation, owner, country, seat or grid region (any combination,
all of which must match), the share of the matching supply that is lost, for how long, and how it comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

LIBRARY = Path(__file__).parent / "scenarios"
PLACES = ("item", "organisation", "owner", "country", "seat", "region", "offer")
SHAPES = ("linear", "exponential")
HEADLINES = ("taiwan_blockade", "one_hbm_maker", "nittobo_t_glass", "large_transformer")
"""The scenarios that are drawn and for which measures are tried: a place, a firm, a material and a machine."""


class ScenarioError(ValueError):
    """A scenario file is not sound; the message names the file, and the line where YAML itself is broken."""


@dataclass(frozen=True)
class Shock:
    """What is lost: of the supply that matches all of `where`, the part `lost`.

    where : place (`PLACES`) -> ids; of_supply : `lost` is a part of the item's whole supply, wherever it is made. For events
        of the past, when the suppliers' shares were others than today.
    """

    where: dict[str, tuple[str, ...]]
    lost: float
    of_supply: bool = False


@dataclass(frozen=True)
class Evidence:
    """A source of a scenario."""

    title: str
    url: str
    date: str


@dataclass(frozen=True)
class Outcome:
    """What is known to have happened: in words; whether users of what was lost made less; the figure, where one is published;
    and how many days after the event our sources end (None: long after it was over)."""

    text: str
    output_lost: bool
    measured: str | None = None
    known_days: int | None = None


@dataclass(frozen=True)
class Case:
    """A scenario: its shocks, all at once on `start_day`, for `duration_days`, then recovering."""

    scenario_id: str
    title: str
    shocks: tuple[Shock, ...]
    duration_days: int
    recovery_days: int
    recovery_shape: str
    reasoning: str
    sources: tuple[Evidence, ...]
    happened: str | None = None
    outcome: Outcome | None = None


def library(folder: Path = LIBRARY) -> dict[str, Case]:
    """All scenarios of a folder, by id, in the order of their file names.

    Raises
    ------
    ScenarioError
        A file is not sound, its id is not its name, or there is none.
    """
    found = {path.stem: read_case(path) for path in sorted(folder.glob("*.yml"))}
    if not found:
        raise ScenarioError(f"{folder}: no scenario files (*.yml)")
    for stem, case in found.items():
        if case.scenario_id != stem:
            raise ScenarioError(f"{folder / stem}.yml: its id is {case.scenario_id!r}; expected the name of the file")
    return found


def digest(folder: Path = LIBRARY) -> str:
    """Hash over the texts of all scenario files: what was made from them is made anew when it changes."""
    texts = sha256()
    for path in sorted(folder.glob("*.yml")):
        texts.update(path.name.encode() + b"\0" + path.read_bytes())
    return texts.hexdigest()


def read_case(path: Path) -> Case:
    """One scenario file."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise ScenarioError(f"{path}: expected a mapping with id, title, shocks, ...")
    known = {"id", "title", "shocks", "duration_days", "recovery", "reasoning", "sources", "happened", "outcome"}
    for name in sorted(set(map(str, data)) - known):
        raise ScenarioError(f"{path}: unknown field {name!r}; expected one of {', '.join(sorted(known))}")
    recovery = _get(data, "recovery", dict, path) if "recovery" in data else {"days": 0}
    shape = recovery.get("shape", "linear")
    if shape not in SHAPES:
        raise ScenarioError(f"{path}: recovery shape {shape!r}; expected one of {', '.join(SHAPES)}")
    shocks = tuple(_shock(one, f"{path}: shock {k}") for k, one in enumerate(_get(data, "shocks", list, path), start=1))
    if not shocks:
        raise ScenarioError(f"{path}: no shocks")
    sources = tuple(
        Evidence(*(str(_get(one, name, (str, date), f"{path}: source {k}")) for name in ("title", "url", "date")))
        for k, one in enumerate(_get(data, "sources", list, path), start=1)
    )
    outcome = data.get("outcome")
    return Case(
        scenario_id=_get(data, "id", str, path),
        title=_get(data, "title", str, path),
        shocks=shocks,
        duration_days=_days(data, "duration_days", path),
        recovery_days=_days(recovery, "days", path),
        recovery_shape=shape,
        reasoning=" ".join(_get(data, "reasoning", str, path).split()),
        sources=sources,
        happened=None if data.get("happened") is None else str(data["happened"]),
        outcome=None if outcome is None else _outcome(outcome, path),
    )


def _outcome(data: Any, path: Path) -> Outcome:
    where = f"{path}: outcome"
    fields = {"text", "output_lost", "measured", "known_days"}
    for name in sorted(set(map(str, data)) - fields if isinstance(data, dict) else ()):
        raise ScenarioError(f"{where}: unknown field {name!r}; expected one of {', '.join(sorted(fields))}")
    text = " ".join(_get(data, "text", str, where).split())
    known = _days(data, "known_days", where) if "known_days" in data else None
    return Outcome(text, _get(data, "output_lost", bool, where), data.get("measured"), known)


def _shock(data: Any, where: str) -> Shock:
    lost = _get(data, "lost", (int, float), where)
    if isinstance(lost, bool) or not 0 < lost <= 1:
        raise ScenarioError(f"{where}: lost = {lost!r}; expected a part above 0, at most 1")
    places = {name: _ids(data[name]) for name in PLACES if name in data}
    for name in sorted(set(map(str, data)) - set(PLACES) - {"lost", "of_supply"}):
        raise ScenarioError(f"{where}: unknown field {name!r}; expected lost, of_supply or one of {', '.join(PLACES)}")
    if not places:
        raise ScenarioError(f"{where}: nothing is named; expected one of {', '.join(PLACES)}")
    of_supply = bool(data.get("of_supply", False))
    if of_supply and set(places) != {"item"}:
        raise ScenarioError(f"{where}: of_supply goes with item alone, got {', '.join(sorted(places))}")
    return Shock(places, float(lost), of_supply)


def _ids(value: Any) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, list) else (str(value),)


def _days(data: Mapping[str, Any], name: str, path: object) -> int:
    value = _get(data, name, int, path)
    if isinstance(value, bool) or value < 0:
        raise ScenarioError(f"{path}: {name} = {value!r}; expected a number of days of at least 0")
    return int(value)


def _get(data: Any, name: str, kind: type | tuple[type, ...], where: object) -> Any:
    if not isinstance(data, dict) or not isinstance(data.get(name), kind):
        kinds = " or ".join(k.__name__ for k in (kind if isinstance(kind, tuple) else (kind,)))
        raise ScenarioError(f"{where}: {name} is missing or not a {kinds}")
    return data[name]
