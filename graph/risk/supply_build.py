"""From the core tables to the nodes and inputs of `graph.risk.supply`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd

from graph.build import FACILITY
from graph.risk import assumptions as assumed
from graph.risk.assumptions import Bound, Range
from graph.risk.makers import Frames, Maker, board_places, makers, owners, placed, seats
from graph.risk.network import Link, Network, Site, Slot, first_nodes, network
from graph.risk.supply_kinds import FLOWS, Kinds, software
from graph.risk.supply_needs import board_needs, bought
from sources.frames import rows_of

FLOW = "flow: not stored"
HANDED_OVER = "a kind of it: not stored"
"""Of what is the same thing under two names, or is put together: nothing is handed over."""


class Parts(NamedTuple):
    """The fields of `graph.risk.supply.Supply`."""

    net: Network
    world: Network
    makers: dict[str, list[Maker]]
    evidence: pd.DataFrame
    boards: tuple[str, ...]
    built: tuple[str, ...]
    sites: tuple[str, ...]
    bound: Bound


class Builder:
    """Makes the network from the core tables (`graph.risk.supply.CORE`) at any end of the ranges; the tables are read once."""

    def __init__(self, core: Frames) -> None:
        self.core = core
        self.kinds = kinds = Kinds(core)
        self.items, self.boards, self.needs = kinds.items, kinds.boards, kinds.needs
        self.owner, self.seat = owners(core), seats(core)
        self.makers = makers(core)
        self.places = board_places(core)
        needs = core["requirement"]
        layers = needs["input_id"].map({i: kinds.layer(i) for i in needs["input_id"].unique()})
        self.typical = {what: assumed.medians(needs, layers, what) for what in ("stock", "lead")}
        figures = core["parameter"]
        self.lives = {
            "tool": assumed.years(figures, "global:wfe", "tool_life", assumed.TOOL_LIFE),
            "board": assumed.years(figures, "global:site", "it_life", assumed.BOARD_LIFE),
            "plant": assumed.years(figures, "global:site", "facility_life", assumed.PLANT_LIFE),
            **{software(i): assumed.years(figures, f"item:{i}", assumed.INSTALLED, assumed.TOOL_LIFE) for i in sorted(kinds.installed)},
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

    def build(self, bound: Bound) -> Parts:
        self._begin(bound)
        for item in self.items:
            made = self._local(item, self.makers.get(item) or [_anybody(item)])
            if item in self.kinds.installed:
                self._add(f"item:{item}", "", made)
                self._at_work(item)
            else:
                self._add(f"item:{item}", item, made)
        for board, around in self.kinds.systems.items():
            self._build_in(board, around)
        for board, row in self.boards.items():
            self._add(f"board:{board}", board, self._designers(board), board_needs(row, self.needs.get(board, [])))
        sites = [m for m in self.makers.get("accelerator_hour", []) if m.offer]
        rows = {r["site_id"]: r for r in rows_of(self.core["site"])}
        for m in sites:
            self._site(m, rows[m.offer.removeprefix("site:")])
        weight = self._weights(sites)
        used: dict[str, float] = {}
        for node, slots in self.slots.items():
            for slot in slots:
                for link in slot.links:
                    used[link.source] = used.get(link.source, 0.0) + link.mix * weight.get(node, 1.0)
        built = {}
        for node, slots in self.slots.items():
            output, taken = used.get(node) or 1.0, weight.get(node, 1.0)
            built[node] = Site(output, tuple(replace(s, need=taken / output, stock=s.stock * taken) for s in slots))
        named = [m.offer for m in sites]
        built |= {node: built.pop(node) for node in named}
        net = network(built)
        return Parts(
            net,
            first_nodes(net, len(built) - len(named)),  # so that an input has the same number in both
            self.nodes,
            pd.DataFrame([self.evidence[node, slot.name] for node, site in built.items() for slot in site.slots]),
            tuple(f"board:{b}" for b in self.boards),
            tuple(f"{'built' if b in self.kinds.systems else 'board'}:{b}" for b in self.boards),
            tuple(m.offer for m in sites),
            bound,
        )

    def _weights(self, sites: list[Maker]) -> dict[str, float]:
        """What weighs less than 1 among the users of a thing, because what it takes is in what the world's clusters take."""
        engines = {f"installed:{item}" if item in self.kinds.installed else f"item:{item}" for item in self.items if self.kinds.runs(item)}
        return {m.offer: m.share * assumed.ALREADY_COUNTED for m in sites} | dict.fromkeys(sorted(engines), assumed.ALREADY_COUNTED)

    def _local(self, item: str, parts: list[Maker]) -> list[Maker]:
        """Where an item is made, by the rule of docs/methods.md.

        Power, water and buildings are where their user is; a country's loss reaches them through the user. A class is made where its
        kinds are, and is handed over by nobody: it has makers, but no place of its own, else a loss would reach it twice, the
        second time past all stocks of what its kinds are made from.
        """
        here = (
            self.kinds.unit(item) == "MWh"
            or item in assumed.STAYS_WHERE_USED
            or (self.kinds.layer(item) == "sites" and item not in ("ai_cluster", "accelerator_hour"))
        )
        if here:
            return [_anybody(item)]
        return [replace(m, country="", region="") for m in parts] if self.kinds.is_class(item) else parts

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
            if r["input_id"] in self.kinds.systems and thing in self.kinds.held:
                continue  # a board and the system around it are joined in `_build_in`
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
            part, layer = weight / total, self.kinds.layer(r["input_id"])
            days, said["stock"] = self._days(r, layer, "stock")
            lead, said["lead"] = self._days(r, layer, "lead")
            on_the_way = assumed.PIPED_DAYS.get(r["input_id"]) or assumed.TRANSIT_DAYS.get(layer, assumed.NO_TRANSIT)
            if self.kinds.unit(r["input_id"]) in FLOWS:  # power is on no ship, whatever else its layer sends
                on_the_way = assumed.NO_TRANSIT
            transit = max(1, round(min(self.pick(on_the_way), max(lead, 1.0))))
            for source, of_it in self._sources(r).items():
                links[source] = Link(source, part * of_it + (links[source].mix if source in links else 0.0), transit)
            stock += part * days
            if not self.kinds.is_kind(r["input_id"], thing):  # what stands in for one kind is another kind, and that is an alternative
                substitutable += part * (r["substitutability"] or 0.0)
            switch = max(switch, lead)
        kind = self.kinds.lasting(thing, rows[0]["input_id"])
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

    def _build_in(self, board: str, around: list[dict[str, Any]]) -> None:
        """A system with its board in it: what users of accelerators and of servers take.

        It makes what the scarcer of the two allows, so that no accelerator is had of which the system is lacking, nor the reverse.
        """
        node = f"built:{board}"
        self._add(node, "", [_anybody(node)])
        first = around[0]
        stock, lead = self._days(first, "boards", "stock"), self._days(first, "boards", "lead")
        self._given(node, board, {f"board:{board}": 1.0}, stock, lead, str(first["grade"]))
        parts = {r["consumer_id"]: r["mix"] or 1.0 / len(around) for r in around}
        whole = sum(parts.values())
        mixes = {f"item:{system}": part / whole for system, part in parts.items()}
        self._given(node, "system", mixes, (0.0, HANDED_OVER), (0.0, HANDED_OVER), str(first["grade"]))

    def _at_work(self, item: str) -> None:
        """The copies of installed software that run: they need what the software needs, and new copies as they age."""
        node = f"installed:{item}"
        self._add(node, item, [_anybody(node)])
        asked = [self._days(r, self.kinds.layer(item), "lead") for rows in self.needs.values() for r in rows if r["input_id"] == item]
        lead = max(asked, default=(0.0, FLOW))
        self._given(node, item, {f"item:{item}": 1.0}, (0.0, FLOW), lead, "estimate", software(item))

    def _given(
        self,
        node: str,
        name: str,
        sources: Mapping[str, float],
        stock: tuple[float, str],
        lead: tuple[float, str],
        grade: str,
        kind: str | None = None,
    ) -> None:
        """An input that follows from how things are put together, without a substitute; `stock` and `lead` in days, with where they come from."""
        transit = 1 if kind else max(1, round(min(self.pick(assumed.TRANSIT_DAYS["boards"]), max(lead[0], 1.0))))
        links = tuple(Link(source, mix, transit) for source, mix in sources.items())
        self.slots[node].append(Slot(name, 1.0, links, stock[0], 1, 0.0, round(lead[0]), self.turnover[kind] if kind else 0.0))
        self.evidence[node, name] = {
            "node": node,
            "input": name,
            "stock_days": stock[0],
            "stock_basis": stock[1],
            "lead_days": lead[0],
            "lead_basis": lead[1],
            "transit_days": transit,
            "lasting": kind or "",
            "grade": grade,
        }

    def _days(self, row: Mapping[str, Any], layer: str, what: str) -> tuple[float, str]:
        """Stock or lead time in days, and where it comes from."""
        if self.kinds.is_kind(row["input_id"], row["consumer_id"]):
            return 0.0, HANDED_OVER  # an accelerator is a GPU or an ASIC
        value = row[f"{what}_{self.bound}_days"]
        flows = self.kinds.unit(row["input_id"]) in FLOWS or layer in ("tokens", "sites", "harness")
        if value is not None and not (flows and value == 0):
            return float(value), str(row["grade"])
        if flows:
            return 0.0, FLOW
        if (
            row["consumer_id"] in self.items
            and self.kinds.layer(row["consumer_id"]) == layer
            and self.kinds.unit(row["consumer_id"]) == "unit"
        ):
            return 0.0, HANDED_OVER
        known = self.typical[what].get(layer)
        return self.pick(known or (assumed.STOCK_DAYS if what == "stock" else assumed.LEAD_DAYS)), "assumed"

    def _sources(self, row: Mapping[str, Any]) -> dict[str, float]:
        """The nodes that supply, with the part of each."""
        thing = row["input_id"]
        if thing in self.boards:
            return {f"{'built' if thing in self.kinds.systems else 'board'}:{thing}": 1.0}
        if thing in self.kinds.installed:
            return {f"installed:{thing}": 1.0}
        if thing in self.kinds.held:
            return {f"built:{board}": part for board, part in self.kinds.held[thing].items() if part > 0}
        return {self._source(row): 1.0}

    def _source(self, row: Mapping[str, Any]) -> str:
        """The node that supplies an item: the named makers' part of it where they do not make all of it."""
        thing = row["input_id"]
        firms = tuple(row["organisation_id"].split(";")) if row["organisation_id"] else ()
        parts = self.makers.get(thing, [])
        named = [m for m in parts if m.organisation in firms]
        if not named or len(named) == len(parts):
            return f"item:{thing}"
        node = f"maker:{thing}@{';'.join(firms)}"
        total = sum(m.share for m in named)
        self._add(node, thing, [replace(m, share=m.share / total) for m in named])
        return node


def _anybody(item: str) -> Maker:
    return Maker(item, "", "", "", "", "", 1.0, "estimate")
