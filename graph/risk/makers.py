"""Who makes what, where, and how much of it: every item's supply split into makers, each in one country.

A maker has two places. Its country is where it makes the thing: what is made is lost where it is made. Its seat is the country of
its owner's headquarters: through it a government reaches the firm (an export ban, a sanction, a court) wherever its plants stand.

Published country shares go before what firms' shares and their plants add up to. Supply of which nobody knows where it is
made stays without a place: no shock to a country or firm reaches it, and `located` says how much is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from graph.risk.assumptions import ELSEWHERE, Bound
from graph.risk.scenario import Shock
from sources.frames import rows_of
from sources.records import GRADES, split_of_production

Frames = Mapping[str, pd.DataFrame]
NOWHERE = ""
ACCELERATOR = "ai_accelerator"


@dataclass(frozen=True)
class Maker:
    """A part of an item's supply: made in `country`, by a firm whose owner sits in `seat`. Empty strings where that is not known.

    low, high : bounds of the share; None where there are none
    placed : the least part of it that is made in `country`, where the split over countries is an estimate
    """

    item: str
    organisation: str
    owner: str
    country: str
    region: str
    offer: str
    share: float
    grade: str
    seat: str = ""
    low: float | None = None
    high: float | None = None
    placed: float = 1.0

    def at(self, bound: Bound, kind: str) -> float:
        """The share that a loss of this kind of place takes, at the end of the ranges that `bound` names.

        'low' is the end of thin stocks, at which a loss takes most: the high share.
        """
        end = {"low": self.high, "central": None, "high": self.low}[bound]
        sure = self.placed if bound == "high" and kind == "country" else 1.0
        return sure * (self.share if end is None else end)


Place = Literal["country", "seat", "owner", "organisation", "region"]
Makers = Mapping[str, list[Maker]]


def makers(core: Frames) -> dict[str, list[Maker]]:
    """item -> its makers, whose shares sum to 1.

    An item without makers of its own has those of the class it is a kind of. Named makers without a published share divide
    what the others leave evenly (grade estimate); what then is left has no place.
    """
    shares = core["share"][core["share"]["status"] == "current"]
    owner, seat = owners(core), seats(core)
    firms: dict[str, list[Maker]] = {}
    for r in rows_of(core["offer"]):
        grade = max(r["grade"], r["production_grade"] or r["grade"], key=GRADES.index)
        share = r["share_central"] if r["share_central"] is not None else float("nan")
        firm, ends = r["organisation_id"], (r.get("share_low"), r.get("share_high"), placed(r["production_grade"]))
        one = Maker(r["item_id"], firm, owner.get(firm, ""), r["country"], "", r["offer_id"], share, grade, seat.get(firm, ""), *ends)
        firms.setdefault(r["item_id"], []).append(one)
    for r in rows_of(shares[(shares["supplier_kind"] == "group") & shares["production"].notna() & shares["central"].notna()]):
        for country, part in split_of_production(r["production"]).items():
            grade = max(r["grade"], r["production_grade"], key=GRADES.index)
            low, high = (None if r.get(end) is None else r[end] * part for end in ("low", "high"))
            sure = placed(r["production_grade"])
            one = Maker(r["item_id"], "", "", country, "", "", r["central"] * part, grade, "", low, high, sure)
            firms.setdefault(r["item_id"], []).append(one)
    countries: dict[str, dict[str, Maker]] = {}
    for r in rows_of(shares[(shares["supplier_kind"] == "country") & shares["central"].notna()]):
        one = Maker(r["item_id"], "", "", r["country"], "", "", r["central"], r["grade"], "", r.get("low"), r.get("high"))
        countries.setdefault(r["item_id"], {})[r["country"]] = one
    own = {item: _split(item, firms.get(item, []), countries.get(item, {})) for item in core["item"]["item_id"]}
    own |= running_sites(core)
    part_of = {r["item_id"]: r["part_of"] for r in rows_of(core["item"])}
    return {item: [replace(m, item=item) for m in own[_with_makers(item, own, part_of)]] for item in own}


def owners(core: Frames) -> dict[str, str]:
    """Organisation -> its ultimate owner, itself where it has none."""
    return dict(zip(core["organisation"]["organisation_id"], core["organisation"]["owner_id"], strict=True))


def seats(core: Frames) -> dict[str, str]:
    """Organisation -> country of its owner's headquarters."""
    home = dict(zip(core["organisation"]["organisation_id"], core["organisation"]["country"], strict=True))
    return {one: str(home.get(owner, home[one])) for one, owner in owners(core).items()}


def _with_makers(item: str, own: Makers, part_of: Mapping[str, str | None]) -> str:
    at: str | None = item
    while at is not None and not any(m.country or m.organisation for m in own.get(at, [])):
        at = part_of.get(at)
    return item if at is None else at


def placed(grade: str | None) -> float:
    """The least part of what is said to be made in a country that is made there, by the grade of the split over countries."""
    return 1.0 - ELSEWHERE if grade == GRADES[-1] else 1.0


def _split(item: str, firms: list[Maker], countries: Mapping[str, Maker]) -> list[Maker]:
    """Shares that sum to 1: published country shares first, firms within them; then firms alone."""
    if countries:
        firms = [part for whole in countries.values() for part in _within(whole, firms)]
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


def _within(whole: Maker, firms: list[Maker]) -> list[Maker]:
    """A country's published share, divided among its firms within its bounds; what they do not account for is the country's alone."""
    share = whole.share
    wider = {b: 1.0 if end is None or share <= 0 else end / share for b, end in (("low", whole.low), ("high", whole.high))}
    there = [m for m in firms if m.country == whole.country]
    known = sum(m.share for m in there if m.share == m.share)
    scale = min(share / known, 1.0) if known > 0 else 1.0
    found = [replace(m, share=m.share * scale) for m in there if m.share == m.share]
    rest = share - known * scale
    blank = [m for m in there if m.share != m.share]
    found += [replace(m, share=rest / len(blank), grade="estimate") for m in blank]
    found += [] if blank or rest <= 1e-9 else [replace(whole, share=rest)]
    return [replace(m, low=m.share * wider["low"], high=m.share * wider["high"], placed=1.0) for m in found]


def _with(maker: Maker, share: float, grade: str | None = None) -> Maker:
    """The maker with another share, its bounds in proportion; where it had none, there are none."""
    scale = share / maker.share if maker.share > 0 else None  # NaN is not above 0
    ends = [None if scale is None or end is None else end * scale for end in (maker.low, maker.high)]
    return replace(maker, share=share, grade=grade or maker.grade, low=ends[0], high=ends[1])


@dataclass(frozen=True)
class Made:
    """A part of a board's making: by which designer's order, in which country."""

    organisation: str
    country: str
    part: float
    grade: str


def board_places(core: Frames) -> dict[str, list[Made]]:
    """Board -> where it is made; the parts of its designers' orders sum to 1, designers alike.

    A designer's boards are made where it has the class of accelerators made that lists them (`core.offer`, or the share of a group it
    is in), else accelerators at all. Where nobody says where, its headquarters stand in (grade estimate), as for every offer.
    Takes the tables board, requirement, item, offer, share and organisation.
    """
    home = dict(zip(core["organisation"]["organisation_id"], core["organisation"]["country"], strict=True))
    part_of = dict(zip(core["item"]["item_id"], core["item"]["part_of"], strict=True))
    boards = rows_of(core["board"])
    names = {one for b in boards for one in b["designer"].split(";")}
    asked, made = core["requirement"], _made_where(core, names)
    listed: dict[str, list[str]] = {}
    for r in rows_of(asked[asked["input_id"].isin([b["board_id"] for b in boards]) & (asked["status"] == "current")]):
        listed.setdefault(r["input_id"], []).append(r["consumer_id"])
    found: dict[str, list[Made]] = {}
    for b in boards:
        classes = [c for c in listed.get(b["board_id"], []) if part_of.get(c) == ACCELERATOR]
        designers = b["designer"].split(";")
        for one in designers:
            there = next((made[one, c] for c in [*classes, ACCELERATOR] if (one, c) in made), {home.get(one, NOWHERE): (1.0, GRADES[-1])})
            whole = sum(part for part, _ in there.values()) * len(designers)
            grades = {country: max(b["grade"], grade, key=GRADES.index) for country, (_, grade) in there.items()}
            found.setdefault(b["board_id"], []).extend(Made(one, c, part / whole, grades[c]) for c, (part, _) in there.items())
    return found


def _made_where(core: Frames, names: set[str]) -> dict[tuple[str, str], dict[str, tuple[float, str]]]:
    """(organisation, item) -> country -> part and grade of what it makes there; the parts sum to anything."""
    made: dict[tuple[str, str], dict[str, tuple[float, str]]] = {}
    rows: list[dict[str, Any]] = rows_of(core["offer"][core["offer"]["organisation_id"].isin(names)])
    for r in rows:
        part = r["share_central"]
        made.setdefault((r["organisation_id"], r["item_id"]), {})[r["country"]] = (part or 1.0, r["production_grade"])
    shares = core["share"]
    for r in rows_of(shares[(shares["supplier_kind"] == "group") & (shares["status"] == "current") & shares["production"].notna()]):
        for one in names.intersection((r["members"] or "").split(";")):
            split = split_of_production(r["production"])
            made.setdefault((one, r["item_id"]), {c: (part, r["production_grade"]) for c, part in split.items()})
    return made


def running_sites(core: Frames) -> dict[str, list[Maker]]:
    """The sites that run give the world's accelerator-hours, by their H100-equivalents. Takes the tables site, parameter and organisation."""
    owner, seat = owners(core), seats(core)
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
                seat.get(operator, ""),
            )
        )
    return {"accelerator_hour": found}


def located(supply: list[Maker]) -> float:
    """The part of a supply whose country is known."""
    return sum(m.share for m in supply if m.country)


def kind_of(shock: Shock) -> Place:
    """Whether a shock is to a place of making, which may be uncertain, or to a firm."""
    return "country" if "country" in shock.where else "organisation"


def matches(maker: Maker, shock: Shock) -> bool:
    """Whether a maker is hit: all places the shock names must fit."""
    return all(getattr(maker, place) in ids for place, ids in shock.where.items())


def parts_lost(supply: Makers, shocks: tuple[Shock, ...], bound: Bound = "central") -> dict[str, float]:
    """Key of `supply` (an item, a node) -> part of its supply lost. Of several shocks at one maker the largest counts.

    bound : the end of the ranges; shares are at their high end where stocks are at their thin one (`Maker.at`)
    """
    result = {}
    for key, parts in supply.items():
        near = [s for s in shocks if "item" not in s.where or parts[0].item in s.where["item"]]  # one key, one item
        if not near:
            continue
        whole = max((s.lost for s in near if s.of_supply), default=0.0)
        named = sum(max((s.lost * m.at(bound, kind_of(s)) for s in near if not s.of_supply and matches(m, s)), default=0.0) for m in parts)
        lost = min(max(whole, named), 1.0)
        if lost > 0:
            result[key] = lost
    return result


def weakest_hit(parts: list[Maker], shocks: tuple[Shock, ...]) -> str | None:
    """The weakest grade of the shares by which shocks take a supply; None where they take it by their own words, not by a share."""
    found = [m.grade for m in parts if any(not s.of_supply and matches(m, s) for s in shocks)]
    return max(found, key=GRADES.index, default=None)


def held_by(supply: Makers, kind: Place, bound: Bound = "central") -> dict[str, dict[str, float]]:
    """Place (or owner) -> key of `supply` -> the part of it that is there, in the order of their names."""
    found: dict[str, dict[str, float]] = {}
    for key, parts in supply.items():
        for m in parts:
            if name := getattr(m, kind):
                at = found.setdefault(name, {})
                at[key] = min(at.get(key, 0.0) + m.at(bound, kind), 1.0)
    return dict(sorted(found.items()))
