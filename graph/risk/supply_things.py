"""What stands behind a target, as things that can fail: items and boards, their suppliers, and what they cannot do without.

An item works while enough of its offers work; a board while its designer, one of its design partners, its own makers of
wafers and packages, its memory and its substrate do. Both need every essential group of their requirements to have `k`
working alternatives. A requirement that names a supplier is on that supplier's offers; where it has none, on the item.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pandas as pd

from graph.risk.fault_tree import FaultTreeError, nearest
from graph.risk.makers import board_places, running_sites, seats
from sources.frames import rows_of
from sources.records import GRADES

Frames = Mapping[str, pd.DataFrame]
By = Literal["offer", "organisation", "owner", "country", "seat", "grid"]
"""What fails as one: an offer, a firm with all its offers, an owner with all its firms, a country with all that is made in it, a seat with all
firms whose owners sit in that country, a grid region with all sites on it. Of the grid a site's alone is known: in that view only what sites
supply has suppliers."""
OF_EVERY_BOARD = ("abf_substrate", "package_assembly")


@dataclass(frozen=True)
class Supplier:
    """An event that takes a supplier away, its share of the supply (None where unknown), and the weakest grade of what says so.

    low, high : bounds of the share; None where it is unknown
    """

    event: str
    share: float | None
    grade: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Need:
    """A group of alternatives, `k` of which must work.

    alternatives : names of things, with the part of the consumer's output that uses each today, and the grade (position
        in `GRADES`) of what says so
    """

    name: str
    k: int
    alternatives: tuple[tuple[str, float, int], ...]


@dataclass
class Thing:
    """An item, a board, or the offers of an item by named makers: 'item:wafer_n5', 'board:h100', 'item:hbm3e by org:micron'.

    suppliers : groups, each of which must keep enough of its suppliers
    """

    name: str
    suppliers: list[list[Supplier]] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)


def things(records: Records, targets: Sequence[str], by: By, depth: int | None = None) -> dict[str, Thing]:
    """Everything that stands behind the targets and they themselves, nearest first.

    Parameters
    ----------
    targets : 'item:gb200_nvl72', 'board:h100'
    depth : requirements are followed so many steps; all where None

    Raises
    ------
    FaultTreeError
        A target is unknown, a group needs more alternatives than it has, or a requirement is of something unknown.
    """
    reader = _Reader(records, by)
    for target in targets:
        records.require(target)
    found: dict[str, Thing] = {}
    ahead: deque[tuple[str, tuple[str, ...], int]] = deque((target, (), 0) for target in targets)
    while ahead:
        thing, makers, distance = ahead.popleft()
        name = named(thing, makers)
        if name in found:
            continue
        found[name] = reader.thing(thing, makers, follow=depth is None or distance < depth)
        ahead += [(*split(other), distance + 1) for need in found[name].needs for other, _, _ in need.alternatives]
    return found


def named(thing: str, makers: Sequence[str]) -> str:
    """'item:hbm3e by org:micron'; the item or board itself where no maker is named."""
    return f"{thing} by {' or '.join('org:' + maker for maker in makers)}" if makers else thing


def split(name: str) -> tuple[str, tuple[str, ...]]:
    """The thing and the makers in a name."""
    thing, _, makers = name.partition(" by ")
    return thing, tuple(maker.removeprefix("org:") for maker in makers.split(" or ")) if makers else ()


class Records:
    """The core tables item, organisation, offer, requirement, share and board, indexed by what asks for them: make once, ask often.

    With site and parameter among them, the sites that run supply accelerator-hours in the view by grid region.
    """

    def __init__(self, core: Frames) -> None:
        self.items = set(core["item"]["item_id"])
        self.boards = {row["board_id"]: row for row in rows_of(core["board"])}
        self.organisations = {row["organisation_id"]: row for row in rows_of(core["organisation"])}
        self.seats, self.places = seats(core), board_places(core)
        self.offers = _grouped(core["offer"], "item_id")
        requirements = core["requirement"]
        used = (requirements["status"] == "current") & (requirements["essentiality"] == "essential")
        self.requirements = _grouped(requirements[used], "consumer_id")
        shares = core["share"]
        current = shares[shares["status"] == "current"]
        self.countries = _grouped(current[current["supplier_kind"] == "country"], "item_id")
        self.firms = _grouped(current[current["supplier_kind"] == "firm"], "item_id")
        self.sites = running_sites(core) if "site" in core and "parameter" in core else {}

    def require(self, target: str) -> None:
        """Raise FaultTreeError unless the target is an item or a board."""
        known = [f"item:{i}" for i in self.items] + [f"board:{b}" for b in self.boards]
        if target not in known:
            raise FaultTreeError(f"{target!r} is no item and no board{nearest(target, known)}")

    def node(self, thing: str, asked: str) -> str:
        """'item:...' or 'board:...'. FaultTreeError where it is neither; `asked` is who requires it."""
        if thing in self.boards:
            return f"board:{thing}"
        if thing not in self.items:
            raise FaultTreeError(f"{asked} requires {thing!r}, which is no item and no board")
        return f"item:{thing}"

    def made_by(self, item: str, makers: tuple[str, ...], asked: str) -> str:
        """The offers of an item by those of the makers that have one; the item itself where none has."""
        node = self.node(item, asked)
        able = {row["organisation_id"] for row in self.offers.get(item, [])}
        return named(node, [maker for maker in dict.fromkeys(makers) if maker in able])

    def countries_of_events(self) -> dict[str, str]:
        """Event -> the country it lies in: an offer's own, an organisation's headquarters, a seat's."""
        where = {f"offer:{row['offer_id']}": row["country"] for rows in self.offers.values() for row in rows}
        where |= {f"org:{one}": row["country"] for one, row in self.organisations.items()}
        where |= {f"seat:{country}": country for country in self.seats.values()}
        published = [row["country"] for rows in self.countries.values() for row in rows]
        return where | {f"country:{country}": country for country in [*where.values(), *published]}


class _Reader:
    """What fails as one, in the records of a thing."""

    def __init__(self, records: Records, by: By) -> None:
        self.records, self.by = records, by

    def thing(self, node: str, makers: tuple[str, ...], follow: bool) -> Thing:
        plain = node.partition(":")[2]
        board = self.records.boards[plain] if node.startswith("board:") else None
        thing = Thing(named(node, makers))
        thing.suppliers = self._designers(board) if board else self._suppliers(plain, makers)
        if follow:
            thing.needs = self._needs(plain, node)
            if board:
                thing.needs += self._board_needs(board, {row["input_id"] for row in self.records.requirements.get(plain, [])})
        return thing

    def _suppliers(self, item: str, makers: tuple[str, ...]) -> list[list[Supplier]]:
        if self.by == "grid":
            sites = self.records.sites.get(item, [])
            # Sites of which no grid is known go with none: they keep working.
            found = [Supplier(f"grid:{m.region}", m.share, GRADES.index(m.grade), m.share, m.share) for m in sites if m.region]
            return [_added_up(found)] if found else []
        offers = [row for row in self.records.offers.get(item, []) if not makers or row["organisation_id"] in makers]
        found = [self._supplier(row) for row in offers]
        published = self.records.countries.get(item, []) if self.by == "country" and not makers else []
        if published:
            # Published country shares go before those of firms; a country that only a firm's plant speaks for has no share.
            listed = {f"country:{row['country']}" for row in published}
            found = [
                Supplier(f"country:{row['country']}", row["central"], GRADES.index(row["grade"]), row.get("low"), row.get("high"))
                for row in published
            ]
            found += [Supplier(s.event, None, s.grade) for s in map(self._supplier, offers) if s.event not in listed]
        found = _added_up(found)
        return [_of_their_own(found) if makers else found] if found else []

    def _supplier(self, offer: dict[str, Any]) -> Supplier:
        grade = GRADES.index(offer["grade"])
        if self.by == "offer":
            event, more = f"offer:{offer['offer_id']}", 0
        elif self.by == "country":
            event, more = f"country:{offer['country']}", GRADES.index(offer["production_grade"])
        else:
            event, more = self._organisation(offer["organisation_id"])
        return Supplier(event, offer["share_central"], max(grade, more), offer.get("share_low"), offer.get("share_high"))

    def _organisation(self, organisation: str) -> tuple[str, int]:
        """The event that takes a firm away, and the grade of what says that it is that one's."""
        row = self.records.organisations[organisation]
        owned = GRADES.index(row["grade"]) if row["owner_id"] != organisation and row["grade"] else 0
        if self.by == "seat":
            return f"seat:{self.records.seats[organisation]}", owned
        if self.by == "owner":
            return f"org:{row['owner_id']}", owned
        return f"org:{organisation}", 0

    def _designers(self, board: dict[str, Any]) -> list[list[Supplier]]:
        if self.by == "grid":
            return []
        if self.by == "country":  # where it is made to its designer's order
            made = self.records.places[board["board_id"]]
            return [_added_up([Supplier(f"country:{m.country}", m.part, GRADES.index(m.grade), m.part, m.part) for m in made])]
        grade = GRADES.index(board["grade"])
        groups = []
        for names in (board["designer"], board["design_partner"]):
            found = [self._organisation(one) for one in names.split(";")] if names else []
            groups += [_added_up([Supplier(event, None, max(grade, own)) for event, own in found])] if found else []
        return groups

    def _needs(self, plain: str, node: str) -> list[Need]:
        groups: dict[str, list[dict[str, Any]]] = {}
        for row in self.records.requirements.get(plain, []):
            groups.setdefault(row["group_name"] or row["requirement_id"], []).append(row)
        needs = []
        for name, rows in groups.items():
            alternatives: dict[str, tuple[str, float, int]] = {}
            for row in rows:
                other = self.records.made_by(row["input_id"], (row["organisation_id"],) if row["organisation_id"] else (), node)
                mix, grade = alternatives[other][1:] if other in alternatives else (0.0, 0)
                alternatives[other] = (other, mix + row["mix"], max(grade, GRADES.index(row["grade"])))
            k = int(rows[0]["k"])
            if not 1 <= k <= len(alternatives):
                raise FaultTreeError(
                    f"requirement group {name!r} of {node}: {k} of its alternatives must work, but it has {len(alternatives)}: "
                    f"{', '.join(alternatives)}"
                )
            needs.append(Need(name, k, tuple(alternatives.values())))
        return needs

    def _board_needs(self, board: dict[str, Any], said: set[str]) -> list[Need]:
        """What a board row says that it is made of, but for what its requirements say already."""
        grade, node = GRADES.index(board["grade"]), f"board:{board['board_id']}"
        bought = [(board["wafer_item"], board["foundry"]), (board["io_wafer_item"], board["foundry"])]
        bought += [(board["packaging_item"], board["packager"]), (board["memory_item"], None), *((item, None) for item in OF_EVERY_BOARD)]
        parts: dict[str, None] = {}
        for item, makers in bought:
            if item and item not in said:
                parts[self.records.made_by(item, tuple(makers.split(";")) if makers else (), node)] = None
        return [Need(split(part)[0].partition(":")[2], 1, ((part, 1.0, grade),)) for part in parts]


def _grouped(frame: pd.DataFrame, column: str) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows_of(frame):
        groups.setdefault(row[column], []).append(row)
    return groups


def _of_their_own(suppliers: list[Supplier]) -> list[Supplier]:
    """Named makers supply all of what is asked of them: their shares as parts of what they make together."""
    if any(not one.share for one in suppliers):
        return suppliers
    total = sum(one.share or 0.0 for one in suppliers)

    def part(share: float | None, at: float) -> float:
        own = at if share is None else share
        return own / (total - at + own) if total > at else 1.0

    return [replace(s, share=s.share / total, low=part(s.low, s.share), high=part(s.high, s.share)) for s in suppliers if s.share]


def _added_up(suppliers: Sequence[Supplier]) -> list[Supplier]:
    """One supplier an event: shares added up, unknown where any is, the weakest grade kept."""
    found: dict[str, Supplier] = {}
    for one in suppliers:
        had = found.get(one.event)
        if had is None:
            found[one.event] = one
        else:
            known = had.share is not None and one.share is not None
            share, low, high = ((getattr(had, b) or 0.0) + (getattr(one, b) or 0.0) if known else None for b in ("share", "low", "high"))
            found[one.event] = Supplier(one.event, share, max(had.grade, one.grade), low, high)
    return list(found.values())
