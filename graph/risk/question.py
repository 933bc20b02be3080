"""What somebody asks to lose, by its id or name, as a scenario: an item, a firm, a group, a country, a region, a site, one offer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from graph.risk.makers import Frames
from graph.risk.scenario import Case, Shock
from graph.risk.supply import Supply

KINDS = ("item", "board", "org", "country", "site", "region", "offer", "owner", "seat")
"""What may stand before a colon; in this order a plain id is tried. A group is asked for as 'owner:...',
all that firms seated in a country supply as 'seat:...'."""
PLAIN = KINDS[:-2]


class UnknownTarget(ValueError):
    """Nothing has this id. `kind` is None where none was said; `known` are the ids there are."""

    def __init__(self, kind: str | None, name: str, known: Iterable[str]) -> None:
        super().__init__(f"unknown {kind or 'target'} {name!r}")
        self.kind, self.name, self.known = kind, name, sorted(known)


def known_targets(core: Frames, supply: Supply) -> dict[str, dict[str, str]]:
    """kind -> id or name in small letters -> id."""
    organisations, countries = core["organisation"], core.get("country")
    ids = {
        "item": {i: i for i in core["item"]["item_id"]},
        "board": {b: b for b in core["board"]["board_id"]},
        "org": _named(organisations["organisation_id"], organisations["name"]),
        "country": _named(countries["country"], countries["name"]) if countries is not None else {},
        "site": {s.removeprefix("site:"): s for s in supply.sites},
        "region": {r: r for r in supply.held_by("region")},
        "offer": {o: o for o in core["offer"]["offer_id"]},
        "owner": {o: o for o in supply.held_by("owner")},
        "seat": _seats(supply, countries),
    }
    return {kind: {name.casefold(): value for name, value in found.items()} for kind, found in ids.items()}


def _seats(supply: Supply, countries: pd.DataFrame | None) -> dict[str, str]:
    """Countries in which owners sit, by their codes and names."""
    seats = {s: s for s in supply.held_by("seat")}
    named = {} if countries is None else _named(countries["country"], countries["name"])
    return {name: one for name, one in named.items() if one in seats} | seats


def _named(ids: Iterable[str], names: Iterable[object]) -> dict[str, str]:
    ids, names = list(ids), list(names)
    return {str(name): i for i, name in zip(ids, names, strict=True)} | {i: i for i in ids}


def shock_of(text: str, lost: float, known: Mapping[str, Mapping[str, str]]) -> tuple[str, Shock]:
    """What is meant by 'TWN', 'org:nittobo', 'item:hbm3e', 'offer:tsmc/wafer_n5/TWN': its full id, and the shock.

    Raises
    ------
    UnknownTarget
        Nothing has this id or name.
    """
    kind, colon, name = text.partition(":")
    if colon and kind in KINDS:
        if name.casefold() not in known[kind]:
            raise UnknownTarget(kind, name, known[kind].values())
    else:
        name = text
        found = next((k for k in PLAIN if name.casefold() in known[k]), None)
        if found is None:
            raise UnknownTarget(None, text, {i.removeprefix("site:") for k in PLAIN for i in known[k].values()} | set(known["country"]))
        kind = found
    value = known[kind][name.casefold()]
    if kind in ("item", "board"):
        return f"{kind}:{value}", Shock({"item": (value,)}, lost, of_supply=True)
    place = {"org": "organisation", "site": "offer"}.get(kind, kind)
    return value if kind == "site" else f"{kind}:{value}", Shock({place: (value,)}, lost)


def question(targets: Sequence[str], known: Mapping[str, Mapping[str, str]], days: int, lost: float = 1.0) -> Case:
    """All of the targets lost at once, for so many days, back at once after that. What is named twice is lost once."""
    found = dict(shock_of(target, lost, known) for target in targets)
    name = " + ".join(found)
    part = "" if lost == 1 else f"{lost:.0%} of "
    return Case(name, f"{part}{name} lost for {days} days", tuple(found.values()), days, 0, "linear", "", ())
