"""Who makes what, where, and how much of it: every item's supply split into makers, each in one country.

Published country shares go before what firms' shares and their plants add up to. Supply of which nobody knows where it is
made stays without a place: no shock to a country or firm reaches it, and `located` says how much is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from graph.risk.scenario import Shock
from sources.frames import rows_of
from sources.records import GRADES, split_of_production

Frames = Mapping[str, pd.DataFrame]
NOWHERE = ""


@dataclass(frozen=True)
class Maker:
    """A part of an item's supply. Empty strings where the firm or the country is not known."""

    item: str
    organisation: str
    owner: str
    country: str
    region: str
    offer: str
    share: float
    grade: str


Place = Literal["country", "owner", "organisation", "region"]
Makers = Mapping[str, list[Maker]]


def makers(core: Frames) -> dict[str, list[Maker]]:
    """item -> its makers, whose shares sum to 1.

    An item without makers of its own has those of the class it is a kind of. Named makers without a published share divide
    what the others leave evenly (grade estimate); what then is left has no place.
    """
    shares = core["share"][core["share"]["status"] == "current"]
    owner = dict(zip(core["organisation"]["organisation_id"], core["organisation"]["owner_id"], strict=True))
    firms: dict[str, list[Maker]] = {}
    for r in rows_of(core["offer"]):
        grade = max(r["grade"], r["production_grade"] or r["grade"], key=GRADES.index)
        share = r["share_central"] if r["share_central"] is not None else float("nan")
        one = Maker(r["item_id"], r["organisation_id"], owner.get(r["organisation_id"], ""), r["country"], "", r["offer_id"], share, grade)
        firms.setdefault(r["item_id"], []).append(one)
    for r in rows_of(shares[(shares["supplier_kind"] == "group") & shares["production"].notna() & shares["central"].notna()]):
        for country, part in split_of_production(r["production"]).items():
            one = Maker(
                r["item_id"], "", "", country, "", "", r["central"] * part, max(r["grade"], r["production_grade"], key=GRADES.index)
            )
            firms.setdefault(r["item_id"], []).append(one)
    countries: dict[str, dict[str, tuple[float, str]]] = {}
    for r in rows_of(shares[(shares["supplier_kind"] == "country") & shares["central"].notna()]):
        countries.setdefault(r["item_id"], {})[r["country"]] = (r["central"], r["grade"])
    own = {item: _split(item, firms.get(item, []), countries.get(item, {})) for item in core["item"]["item_id"]}
    own |= running_sites(core)
    part_of = {r["item_id"]: r["part_of"] for r in rows_of(core["item"])}
    return {item: [replace(m, item=item) for m in own[_with_makers(item, own, part_of)]] for item in own}


def _with_makers(item: str, own: Makers, part_of: Mapping[str, str | None]) -> str:
    at: str | None = item
    while at is not None and not any(m.country or m.organisation for m in own.get(at, [])):
        at = part_of.get(at)
    return item if at is None else at


def _split(item: str, firms: list[Maker], countries: Mapping[str, tuple[float, str]]) -> list[Maker]:
    """Shares that sum to 1: published country shares first, firms within them; then firms alone."""
    if countries:
        firms = [part for country, (share, grade) in countries.items() for part in _within(item, country, share, grade, firms)]
    else:
        known = sum(m.share for m in firms if m.share == m.share)
        unknown = [m for m in firms if m.share != m.share]
        even = max(1.0 - known, 0.0) / len(unknown) if unknown else 0.0
        firms = [m if m.share == m.share else _with(m, even, "estimate") for m in firms]
    total = sum(m.share for m in firms)
    if total > 1.0:
        firms = [_with(m, m.share / total) for m in firms]
    rest = 1.0 - min(total, 1.0)
    return [m for m in firms if m.share > 0] + ([Maker(item, "", "", NOWHERE, "", "", rest, "estimate")] if rest > 1e-9 else [])


def _within(item: str, country: str, share: float, grade: str, firms: list[Maker]) -> list[Maker]:
    """A country's published share, divided among its firms; what they do not account for is the country's alone."""
    there = [m for m in firms if m.country == country]
    known = sum(m.share for m in there if m.share == m.share)
    scale = min(share / known, 1.0) if known > 0 else 1.0
    found = [_with(m, m.share * scale) for m in there if m.share == m.share]
    rest = share - known * scale
    blank = [m for m in there if m.share != m.share]
    found += [_with(m, rest / len(blank), "estimate") for m in blank]
    return found if blank or rest <= 1e-9 else [*found, Maker(item, "", "", country, "", "", rest, grade)]


def _with(maker: Maker, share: float, grade: str | None = None) -> Maker:
    return replace(maker, share=share, grade=grade or maker.grade)


def running_sites(core: Frames) -> dict[str, list[Maker]]:
    """The sites that run give the world's accelerator-hours, by their H100-equivalents. Takes the tables site, parameter and organisation."""
    owner = dict(zip(core["organisation"]["organisation_id"], core["organisation"]["owner_id"], strict=True))
    figures = core["parameter"][(core["parameter"]["parameter"] == "h100_equivalents") & (core["parameter"]["status"] == "current")]
    size = dict(zip(figures["entity_id"].str.removeprefix("site:"), figures["central"], strict=True))
    running = [r for r in rows_of(core["site"]) if r["status"] == "operational" and size.get(r["site_id"], 0.0) > 0]
    total = sum(size[r["site_id"]] for r in running)
    if total <= 0:
        return {}
    found = []
    for r in running:
        operator = (r["operator"] or "").split(";")[0]
        found.append(
            Maker(
                "accelerator_hour",
                operator,
                owner.get(operator, operator),
                r["country"],
                r["region"] or "",
                f"site:{r['site_id']}",
                size[r["site_id"]] / total,
                r["grade"],
            )
        )
    return {"accelerator_hour": found}


def located(supply: list[Maker]) -> float:
    """The part of a supply whose country is known."""
    return sum(m.share for m in supply if m.country)


def matches(maker: Maker, shock: Shock) -> bool:
    """Whether a maker is hit: all places the shock names must fit."""
    return all(getattr(maker, place) in ids for place, ids in shock.where.items())


def parts_lost(supply: Makers, shocks: tuple[Shock, ...]) -> dict[str, float]:
    """Key of `supply` (an item, a node) -> part of its supply lost. Of several shocks at one maker the largest counts."""
    result = {}
    for key, parts in supply.items():
        near = [s for s in shocks if "item" not in s.where or parts[0].item in s.where["item"]]  # one key, one item
        if not near:
            continue
        whole = max((s.lost for s in near if s.of_supply), default=0.0)
        named = sum(m.share * max((s.lost for s in near if not s.of_supply and matches(m, s)), default=0.0) for m in parts)
        lost = min(max(whole, named), 1.0)
        if lost > 0:
            result[key] = lost
    return result


def weakest_hit(parts: list[Maker], shocks: tuple[Shock, ...]) -> str | None:
    """The weakest grade of the shares by which shocks take a supply; None where they take it by their own words, not by a share."""
    found = [m.grade for m in parts if any(not s.of_supply and matches(m, s) for s in shocks)]
    return max(found, key=GRADES.index, default=None)


def held_by(supply: Makers, kind: Place) -> dict[str, dict[str, float]]:
    """Place (or owner) -> key of `supply` -> the part of it that is there, in the order of their names."""
    found: dict[str, dict[str, float]] = {}
    for key, parts in supply.items():
        for m in parts:
            if name := getattr(m, kind):
                at = found.setdefault(name, {})
                at[key] = min(at.get(key, 0.0) + m.share, 1.0)
    return dict(sorted(found.items()))
