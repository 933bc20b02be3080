"""What things are: their layer and unit, which are classes of others, which are software, which boards go into which systems, what lasts."""

from __future__ import annotations

from typing import Any

from graph.risk import assumptions as assumed
from graph.risk.makers import ACCELERATOR, Frames
from sources.frames import rows_of

FLOWS = ("MWh", "hour")


def software(item: str) -> str:
    """The kind of installed base that copies of a piece of software are."""
    return f"copies of {item}"


class Kinds:
    """The things of the core tables.

    needs : consumer -> its essential requirements
    installed : the items that are installed software
    systems : board -> the requirements of the systems that are built around it, the mix of each being the board's part of the system
    held : system -> board -> the board's part of it
    """

    def __init__(self, core: Frames) -> None:
        self.items = {r["item_id"]: r for r in rows_of(core["item"])}
        self.boards = {r["board_id"]: r for r in rows_of(core["board"])}
        needs = core["requirement"]
        self.needs: dict[str, list[dict[str, Any]]] = {}
        for r in rows_of(needs[needs["status"] == "current"]):
            if r["essentiality"] == "essential":
                self.needs.setdefault(r["consumer_id"], []).append(r)
        self.installed = frozenset(assumed.installed(core["parameter"]))
        self.systems = self._systems()
        self.held: dict[str, dict[str, float]] = {}
        for board, around in self.systems.items():
            for r in around:
                self.held.setdefault(r["consumer_id"], {})[board] = r["mix"]

    def layer(self, thing: str) -> str:
        return "boards" if thing in self.boards else str(self.items[thing]["layer"])

    def unit(self, thing: str) -> str:
        return "unit" if thing in self.boards else str(self.items[thing]["unit"])

    def runs(self, item: str) -> bool:
        """Whether an item is software that is run on accelerators."""
        return self.layer(item) == "harness" and any(self.layer(r["input_id"]) == "boards" for r in self.needs.get(item, []))

    def is_class(self, item: str) -> bool:
        """Whether an item is one or the other of its kinds: an accelerator a GPU or an ASIC, a server one of its systems."""
        return any(self.is_kind(r["input_id"], item) for r in self.needs.get(item, []) if r["group_name"])

    def is_kind(self, one: str, item: str) -> bool:
        if item not in self.items:
            return False
        if one in self.boards:  # every board is an accelerator, of the class that lists it
            return ACCELERATOR in (item, self.items[item]["part_of"])
        return bool(self.items[one]["part_of"] == item)

    def lasting(self, consumer: str, needed: str) -> str | None:
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

    def _systems(self) -> dict[str, list[dict[str, Any]]]:
        """Board -> the requirements of the systems that are built around it; the mix of each is the board's part of the system."""
        found: dict[str, list[dict[str, Any]]] = {}
        for consumer, rows in self.needs.items():
            held = [r for r in rows if r["input_id"] in self.boards and not self.is_kind(r["input_id"], consumer)]
            whole = sum(r["mix"] or 0.0 for r in held)
            for r in held if consumer in self.items and self.layer(consumer) == "boards" else ():
                found.setdefault(r["input_id"], []).append(r | {"mix": (r["mix"] or 0.0) / whole if whole > 0 else 1.0 / len(held)})
        return found
