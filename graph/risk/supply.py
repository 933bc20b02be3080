"""Our tables as a network for the daily simulation.

Nodes are items, boards and sites, and, where a requirement names its supplier, that supplier's part of an item
(`maker:hbm3e@sk_hynix`). Offers are parts of their item's capacity: losing a country takes the offers in it. The makers of
an item are taken to hold its inputs in common, so that those who are left may use all of the stock (optimistic).

All flows are relative: each node's normal use of an input is 1. With no published split of an item among its users,
each user of a scarce item gets the same part of what it normally takes.

What lasts is told from what is used up by units and layers: equipment in a process that is counted in wafers, GB or square
metres; anything counted in MW, MVA or pieces in a flow counted in MWh or hours; boards under software; and what is paid for
once per design. Such inputs add to an installed base (`Slot.turnover`); losing them slows growth and replacement, it does not stop output.
Inputs that are not essential degrade output and never stop it: they are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from graph.build import FACILITY
from graph.risk import assumptions as assumed
from graph.risk.assumptions import Bound, Range
from graph.risk.makers import Frames, Maker, Place, board_places, held_by, makers, owners, parts_lost, placed, seats
from graph.risk.network import Array, Link, Network, Site, Slot, network
from graph.risk.scenario import Case, Shock
from graph.risk.simulation import Loss, losses, outage
from graph.risk.supply_needs import board_needs, bought
from sources.frames import rows_of

TOKENS, HOURS, ACCELERATORS = "item:useful_token", "item:accelerator_hour", "item:ai_accelerator"
FLOWS = ("MWh", "hour")
FLOW = "flow: not stored"
CORE = ("item", "offer", "requirement", "share", "board", "site", "site_timeline", "organisation", "parameter")
"""The core tables a network is made from."""


@dataclass(frozen=True)
class Supply:
    """A network made from our tables.

    makers : node -> who makes it and where
    evidence : one row per slot of the network, in its order: stock, transit, lead time, and where each comes from (the grade of
        the requirement, 'assumed', or why there is none)
    boards, sites : the targets among the nodes
    bound : the end of all ranges that it stands for; 'low' is the thin end, at which a loss takes the high share
    """

    net: Network
    makers: Mapping[str, list[Maker]]
    evidence: pd.DataFrame
    boards: tuple[str, ...]
    sites: tuple[str, ...]
    bound: Bound = "central"

    @property
    def targets(self) -> tuple[str, ...]:
        return (TOKENS, HOURS, ACCELERATORS, *self.boards, *self.sites)

    def hit(self, shocks: tuple[Shock, ...]) -> dict[str, float]:
        """Node -> part of its capacity that the shocks take, at this end of the ranges of the shares."""
        return parts_lost(self.makers, shocks, self.bound)

    def held_by(self, kind: Place) -> dict[str, dict[str, float]]:
        """Place -> node -> the part of its capacity there."""
        return held_by(self.makers, kind, self.bound)

    def losses(self, case: Case, days: int, start: int = 0) -> list[Loss]:
        """A scenario for `simulate`."""
        return self.during(case.shocks, outage(days, case.duration_days, start, case.recovery_days, case.recovery_shape))

    def during(self, shocks: tuple[Shock, ...], course: Array) -> list[Loss]:
        """The losses of shocks along a course."""
        return losses(self.hit(shocks), course)


def supply_network(core: Frames, bound: Bound = "central") -> Supply:
    """The network behind the boards, sites and tokens.

    Parameters
    ----------
    core : core table name (`CORE`) -> frame
    bound : which end of all ranges of stocks, transits and lives to take
    """
    return supply_networks(core, (bound,))[bound]


def supply_networks(core: Frames, bounds: tuple[Bound, ...] = assumed.BOUNDS) -> dict[str, Supply]:
    """The same network at several ends of the ranges; the tables are read once."""
    builder = _Builder(core)
    return {bound: builder.build(bound) for bound in bounds}


class _Builder:
    def __init__(self, core: Frames) -> None:
        self.core = core
        self.items = {r["item_id"]: r for r in rows_of(core["item"])}
        self.boards = {r["board_id"]: r for r in rows_of(core["board"])}
        self.owner, self.seat = owners(core), seats(core)
        self.makers = makers(core)
        self.places = board_places(core)
        needs = core["requirement"]
        self.needs: dict[str, list[dict[str, Any]]] = {}
        for r in rows_of(needs[needs["status"] == "current"]):
            if r["essentiality"] == "essential":
                self.needs.setdefault(r["consumer_id"], []).append(r)
        layers = needs["input_id"].map({i: self.layer(i) for i in needs["input_id"].unique()})
        self.typical = {what: assumed.medians(needs, layers, what) for what in ("stock", "lead")}
        figures = core["parameter"]
        self.lives = {
            "tool": assumed.years(figures, "global:wfe", "tool_life", assumed.TOOL_LIFE),
            "board": assumed.years(figures, "global:site", "it_life", assumed.BOARD_LIFE),
            "plant": assumed.years(figures, "global:site", "facility_life", assumed.PLANT_LIFE),
        }
        self.grown = assumed.growth(core["site_timeline"])

    def _begin(self, bound: Bound) -> None:
        self.bound = bound
        self.turnover = {name: 1.0 / (self.pick(life) * assumed.DAYS_PER_YEAR) for name, life in self.lives.items()}
        grown = self.grown[2], self.grown[1], self.grown[0]  # fast growth wants more: the thin case
        self.turnover["cluster"] = self.turnover["board"] + self.pick(grown) / assumed.DAYS_PER_YEAR
        self.nodes: dict[str, list[Maker]] = {}
        self.slots: dict[str, list[Slot]] = {}
        self.evidence: dict[tuple[str, str], dict[str, object]] = {}

    def pick(self, of: Range) -> float:
        return assumed.end(of, self.bound)

    def layer(self, thing: str) -> str:
        return "boards" if thing in self.boards else str(self.items[thing]["layer"])

    def unit(self, thing: str) -> str:
        return "unit" if thing in self.boards else str(self.items[thing]["unit"])

    def build(self, bound: Bound) -> Supply:
        self._begin(bound)
        for item in self.items:
            self._add(f"item:{item}", item, self._local(item, self.makers.get(item) or [_anybody(item)]))
        for board, row in self.boards.items():
            self._add(f"board:{board}", board, self._designers(board), board_needs(row, self.needs.get(board, [])))
        sites = [m for m in self.makers.get("accelerator_hour", []) if m.offer]
        rows = {r["site_id"]: r for r in rows_of(self.core["site"])}
        for m in sites:
            self._site(m, rows[m.offer.removeprefix("site:")])
        used: dict[str, float] = {}
        for slots in self.slots.values():
            for slot in slots:
                for link in slot.links:
                    used[link.source] = used.get(link.source, 0.0) + link.mix
        built = {}
        for node, slots in self.slots.items():
            output = used.get(node) or 1.0
            built[node] = Site(output, tuple(replace(s, need=1.0 / output) for s in slots))
        return Supply(
            network(built),
            self.nodes,
            pd.DataFrame([self.evidence[node, slot.name] for node, slots in self.slots.items() for slot in slots]),
            tuple(f"board:{b}" for b in self.boards),
            tuple(m.offer for m in sites),
            bound,
        )

    def _local(self, item: str, parts: list[Maker]) -> list[Maker]:
        """Where an item is made, by the rule of docs/methods.md.

        Power, water and buildings are where their user is; a country's loss reaches them through the user. A class is made where its
        kinds are, and is handed over by nobody: it has makers, but no place of its own, else a loss would reach it twice, the
        second time past all stocks of what its kinds are made from.
        """
        here = (
            self.unit(item) == "MWh"
            or item in assumed.STAYS_WHERE_USED
            or (self.layer(item) == "sites" and item not in ("ai_cluster", "accelerator_hour"))
        )
        if here:
            return [_anybody(item)]
        return [replace(m, country="", region="") for m in parts] if self._is_class(item) else parts

    def _is_class(self, item: str) -> bool:
        """Whether an item is one or the other of its kinds: an accelerator a GPU or an ASIC, a server one of its systems."""
        return any(self._is_kind(r["input_id"], item) for r in self.needs.get(item, []) if r["group_name"])

    def _is_kind(self, one: str, item: str) -> bool:
        if item not in self.items:
            return False
        if one in self.boards:  # every board is an accelerator, of the class that lists it
            return ACCELERATORS.removeprefix("item:") in (item, self.items[item]["part_of"])
        return bool(self.items[one]["part_of"] == item)

    def _designers(self, board: str) -> list[Maker]:
        """A board fails with its designer, and with the country in which it is made to the designer's order."""
        return [
            Maker(board, one, self.owner.get(one, one), m.country, "", "", m.part, m.grade, self.seat.get(one, ""), placed=placed(m.grade))
            for m in self.places[board]
            for one in [m.organisation]
        ]

    def _site(self, m: Maker, row: Mapping[str, Any]) -> None:
        board = row["board_id"] if row["board_id"] in self.boards else "ai_accelerator"
        needs = [bought(m.offer, board, None), bought(m.offer, "electricity", None)]
        if row["cooling"] in FACILITY:
            needs.append(bought(m.offer, FACILITY[row["cooling"]], None))
        self._add(m.offer, m.offer, [replace(m, share=1.0)], needs)

    def _add(self, node: str, thing: str, parts: list[Maker], more: list[dict[str, Any]] | None = None) -> None:
        if node in self.slots:
            return
        self.nodes[node] = parts
        self.slots[node] = []
        groups: dict[str, list[dict[str, Any]]] = {}
        for r in [*self.needs.get(thing, []), *(more or [])]:
            groups.setdefault(r["group_name"] or r["input_id"], []).append(r)
        for name, rows in groups.items():
            self.slots[node].append(self._slot(node, thing, name, rows))

    def _slot(self, node: str, thing: str, name: str, rows: list[dict[str, Any]]) -> Slot:
        weights = [1.0 if r["mix"] is None else r["mix"] for r in rows]
        if sum(weights) <= 0 or len(rows) == 1:
            weights = [1.0] * len(rows)
        total = sum(weights)
        links: dict[str, Link] = {}
        stock, substitutable, switch = 0.0, 0.0, 0.0
        said: dict[str, str] = {}
        for r, weight in zip(rows, weights, strict=True):
            if weight <= 0:
                continue
            part, layer = weight / total, self.layer(r["input_id"])
            days, said["stock"] = self._days(r, layer, "stock")
            lead, said["lead"] = self._days(r, layer, "lead")
            on_the_way = assumed.PIPED_DAYS.get(r["input_id"]) or assumed.TRANSIT_DAYS.get(layer, assumed.NO_TRANSIT)
            transit = max(1, round(min(self.pick(on_the_way), max(lead, 1.0))))
            source = self._source(r)
            mix = part + (links[source].mix if source in links else 0.0)
            links[source] = Link(source, mix, transit)
            stock += part * days
            if not self._is_kind(r["input_id"], thing):  # what stands in for one kind is another kind, and that is an alternative
                substitutable += part * (r["substitutability"] or 0.0)
            switch = max(switch, lead)
        kind = self._lasting(thing, rows[0]["input_id"])
        self.evidence[node, name] = {
            "node": node,
            "input": name,
            "stock_days": stock,
            "stock_basis": said["stock"],
            "lead_days": switch,
            "lead_basis": said["lead"],
            "transit_days": min(link.lead for link in links.values()),
            "lasting": kind or "",
            "grade": rows[0]["grade"],
        }
        k = min(int(rows[0]["k"]), len(links))
        turnover = self.turnover[kind] if kind else 0.0
        perishes = said["stock"] == FLOW and stock == 0 and not kind
        return Slot(name, 1.0, tuple(links.values()), stock, k, min(substitutable, 1.0), round(switch), turnover, perishes)

    def _days(self, row: Mapping[str, Any], layer: str, what: str) -> tuple[float, str]:
        """Stock or lead time in days, and where it comes from."""
        value = row[f"{what}_{self.bound}_days"]
        flows = self.unit(row["input_id"]) in FLOWS or layer in ("tokens", "sites", "harness")
        if value is not None and not (flows and value == 0):
            return float(value), str(row["grade"])
        if flows:
            return 0.0, FLOW
        if row["consumer_id"] in self.items and self.layer(row["consumer_id"]) == layer and self.unit(row["consumer_id"]) == "unit":
            return 0.0, "a kind of it: not stored"  # an accelerator is a GPU or an ASIC: nothing is handed over
        known = self.typical[what].get(layer)
        return self.pick(known or (assumed.STOCK_DAYS if what == "stock" else assumed.LEAD_DAYS)), "assumed"

    def _source(self, row: Mapping[str, Any]) -> str:
        """The node that supplies: the named makers' part of the input where they do not make all of it."""
        thing = row["input_id"]
        if thing in self.boards:
            return f"board:{thing}"
        firms = tuple(row["organisation_id"].split(";")) if row["organisation_id"] else ()
        parts = self.makers.get(thing, [])
        named = [m for m in parts if m.organisation in firms]
        if not named or len(named) == len(parts):
            return f"item:{thing}"
        node = f"maker:{thing}@{';'.join(firms)}"
        total = sum(m.share for m in named)
        self._add(node, thing, [replace(m, share=m.share / total) for m in named])
        return node

    def _lasting(self, consumer: str, needed: str) -> str | None:
        """The kind of installed base that an input adds to; None where it is used up."""
        if needed in assumed.ONE_OFF:
            return "board"
        if consumer.startswith("site:"):
            return None if needed == "electricity" else "cluster" if self.layer(needed) == "boards" else "plant"
        if needed == "ai_cluster" or (self.layer(consumer) in ("harness", "tokens") and self.layer(needed) == "boards"):
            return "cluster"
        if self.layer(needed) == "equipment" and self.layer(consumer) != "equipment" and needed != "probe_card":
            return "tool"
        if self.unit(consumer) in FLOWS and self.unit(needed) not in (*FLOWS, "kg", "m3", "l"):
            return "plant"
        return None


def _anybody(item: str) -> Maker:
    return Maker(item, "", "", "", "", "", 1.0, "estimate")
