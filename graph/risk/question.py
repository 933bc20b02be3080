"""What somebody asks to lose, by its id or name, as a scenario: an item, a firm, a group, a country, a region, a site, one offer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from graph.names import called, spoken
from graph.risk.makers import Frames
from graph.risk.scenario import Case, Shock
from graph.risk.supply import Supply
from graph.risk.supply_kinds import Kinds
from sources.frames import rows_of

KINDS = ("item", "board", "org", "country", "site", "region", "offer", "owner", "seat")
"""What may stand before a colon; in this order a plain id or name is tried. A group is asked for as 'owner:...',
all that firms seated in a country supply as 'seat:...'."""
PLAIN = KINDS[:-2]
MEANT = "meant"
"""The part of `known_targets` that says of which kind a plain id or name is."""


class UnknownTarget(ValueError):
    """Nothing has this id. `kind` is None where none was said; `known` are the ids there are."""

    def __init__(self, kind: str | None, name: str, known: Iterable[str]) -> None:
        super().__init__(f"unknown {kind or 'target'} {name!r}")
        self.kind, self.name, self.known = kind, name, sorted(known)


def known_targets(core: Frames, supply: Supply) -> dict[str, dict[str, str]]:
    """kind -> id or name, as `spoken` -> id; and under `MEANT` which kind a plain id or name is of."""
    countries = core.get("country")
    found = {
        "item": _named(core["item"], "item_id"),
        "board": _named(core["board"], "board_id"),
        "org": _named(core["organisation"], "organisation_id"),
        "country": _named(countries, "country"),
        "site": {spoken(s.removeprefix("site:")): s for s in supply.sites},
        "region": called(supply.held_by("region")),
        "offer": called(core["offer"]["offer_id"]),
        "owner": called(supply.held_by("owner")),
        "seat": _seats(supply, countries),
    }
    return found | {MEANT: _meant(found, set(supply.held_by("organisation")))}


def _named(frame: pd.DataFrame | None, key: str) -> dict[str, str]:
    """Ids, and names where there are any."""
    return {} if frame is None else called(frame[key], frame.get("name", ()))


def _seats(supply: Supply, countries: pd.DataFrame | None) -> dict[str, str]:
    """Countries in which owners sit, by their codes and names."""
    seats = set(supply.held_by("seat"))
    return {name: one for name, one in _named(countries, "country").items() if one in seats} | called(seats)


def _meant(known: Mapping[str, Mapping[str, str]], suppliers: set[str]) -> dict[str, str]:
    """Plain id or name -> the first kind in which it is known; firms of which no supply is known come last.

    The operator of a grid supplies nothing in the tables, and who names it means its region.
    """
    idle = {name for name, org in known["org"].items() if org not in suppliers}
    kinds = [(kind, set(known[kind]) - (idle if kind == "org" else set())) for kind in PLAIN]
    meant: dict[str, str] = {}
    for kind, names in [*kinds, ("org", idle)]:
        meant |= {name: kind for name in names if name not in meant}
    return meant


def all_kinds(core: Frames) -> dict[str, tuple[str, ...]]:
    """Class -> itself, its kinds, and theirs: what is lost when a class of things is.

    Whoever needs memory of a kind needs that kind, not the class: losing the class alone would stop nobody. A class that is made
    of its kinds (an accelerator of a GPU or an ASIC) stands for itself, as losing its kinds too would reach it twice.
    """
    things = Kinds(core)
    kinds: dict[str, list[str]] = {}
    for row in rows_of(core["item"]):
        if row["part_of"] is not None and not things.is_class(row["part_of"]):
            kinds.setdefault(row["part_of"], []).append(row["item_id"])

    def under(item: str) -> tuple[str, ...]:
        return (item, *(one for kind in kinds.get(item, ()) for one in under(kind)))

    return {item: under(item) for item in kinds}


def shock_of(
    text: str, lost: float, known: Mapping[str, Mapping[str, str]], kinds: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[str, Shock]:
    """What is meant by 'TWN', 'org:nittobo', 'item:hbm3e', 'offer:tsmc/wafer_n5/TWN': its full id, and the shock.

    `kinds` are those of classes (`all_kinds`), each of which loses the same part; without them an item is itself alone.

    Raises
    ------
    UnknownTarget
        Nothing has this id or name.
    """
    kind, colon, name = text.partition(":")
    if colon and kind in KINDS:
        if spoken(name) not in known[kind]:
            raise UnknownTarget(kind, name, known[kind].values())
    else:
        name = text
        found = known[MEANT].get(spoken(name))
        if found is None:
            raise UnknownTarget(None, text, {i.removeprefix("site:") for k in PLAIN for i in known[k].values()} | set(known["country"]))
        kind = found
    value = known[kind][spoken(name)]
    if kind in ("item", "board"):
        return f"{kind}:{value}", Shock({"item": (kinds or {}).get(value, (value,))}, lost, of_supply=True)
    place = {"org": "organisation", "site": "offer"}.get(kind, kind)
    return value if kind == "site" else f"{kind}:{value}", Shock({place: (value,)}, lost)


def question(
    targets: Sequence[str],
    known: Mapping[str, Mapping[str, str]],
    days: int,
    lost: float = 1.0,
    kinds: Mapping[str, tuple[str, ...]] | None = None,
) -> Case:
    """All of the targets lost at once, for so many days, back at once after that. What is named twice is lost once.

    `known` are `known_targets`, `kinds` those of classes (`all_kinds`).
    """
    found = dict(shock_of(target, lost, known, kinds) for target in targets)
    name = " + ".join(found)
    part = "" if lost == 1 else f"{lost:.0%} of "
    return Case(name, f"{part}{name} lost for {days} days", tuple(found.values()), days, 0, "linear", "", ())
