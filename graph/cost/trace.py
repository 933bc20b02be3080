"""The whole chain behind deployments, from materials to the useful token, as one program.

The chain is not written here: it is what `chain`, `deployment` and `rollup` do with figures that remember. Added are the changes
that somebody may ask about: one input `change:<step>` for every thing in the chain, the relative change of its price, which is
passed on downstream under either rule for margins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import networkx as nx
import pandas as pd

from graph.cost.chain import board_bill, item_bill
from graph.cost.deployment import Machine, Refused, machine, price, serve
from graph.cost.figures import Figures
from graph.cost.headline import SMALL_MODEL
from graph.cost.model import Key
from graph.cost.operating_point import OperatingPoint
from graph.cost.program import Program
from graph.cost.rollup import Step, prices
from graph.cost.traced import Number, central, traced
from sources.frames import records_of
from sources.records import Board, Model

USD = "usd"
"""The cost of a million useful tokens, with each published price as it is published."""
PERCENT, DOLLAR = "usd_percent_margin", "usd_dollar_margin"
"""The same, with each price built up from what it is made of, so that a change is passed on: sellers keep their margin as a part of
the price, or in USD per unit. All three agree where nothing is changed."""
CHANGE = "change:"
"""Before the name of a step: the relative change of its price, 0 at the centre."""


class NotServed(ValueError):
    """The deployment cannot be had, so it has no cost."""


@dataclass(frozen=True)
class Trace:
    """Deployments' costs as one program; what they share is computed once.

    keys : (board, model, workload) of each
    program : results `result(kind, key)` for the kinds `USD`, `PERCENT`, `DOLLAR`; inputs are figures by name, and `CHANGE` + step
    bill : the steps behind them, at central values; price : theirs, USD per unit
    """

    keys: tuple[Key, ...]
    program: Program
    bill: dict[str, Step]
    price: dict[str, float]

    def usd(self, key: Key) -> float:
        """USD per million useful tokens at central values."""
        return float(self.program.values[self.program.results[result(USD, key)]])


class Parts(NamedTuple):
    """What a deployment is priced from, traced: machine, operating point, bits of its weights, and the small model beside it if any."""

    machine: Machine
    point: OperatingPoint
    bits: int
    small: str | None


def result(kind: str, key: Key) -> str:
    """The name of a deployment's result: 'usd gb200/llama_3_3_70b/chat'."""
    return f"{kind} {'/'.join(key)}"


class Tracer:
    """Traces deployments of one set of records; items and boards are traced once."""

    def __init__(self, core: Mapping[str, pd.DataFrame], figures: Figures) -> None:
        self._figures = figures.as_traced()
        self._bill = item_bill(core["item"], core["requirement"], core["board"]["board_id"], self._figures)
        self._bill |= board_bill(core["board"], self._bill, core["requirement"], self._figures)
        self._models = {m.model_id: m for m in records_of(core["model"], Model)}
        self._boards = {b.board_id: b for b in records_of(core["board"], Board)}
        self._parts: dict[Key, Parts] = {}

    @property
    def figures(self) -> Figures:
        """The figures as numbers that remember; two traces of one tracer share them."""
        return self._figures

    def trace(self, *keys: Key) -> Trace:
        """The program of some deployments.

        Raises
        ------
        NotServed
            A board cannot serve the model for the workload; the message says why.
        MissingFigure, Contradiction
            As the chain does.
        """
        for key in keys:
            if why := self.refused(key):
                raise NotServed(f"{'/'.join(key)} has no cost: {why}")
        bill = _behind(self._bill, ["useful:" + "/".join(key) for key in keys])
        usual = {name: central(value) for name, value in prices(bill).items()}
        added: dict[str, Number] = {name: traced(CHANGE + name, 0.0, "fraction") * usual[name] for name in bill}
        kinds = {
            USD: prices(self._as_published(bill)),
            PERCENT: prices(bill, added),
            DOLLAR: prices(bill, added, "dollar", usual),
        }
        results = {result(kind, key): found["useful:" + "/".join(key)] for kind, found in kinds.items() for key in keys}
        return Trace(keys, Program(results), {name: _central(one) for name, one in bill.items()}, usual)

    def refused(self, key: Key) -> str:
        """Why a deployment cannot be had, or '': then it is on the bill from here on."""
        board_id, model_id, workload_id = key
        if "useful:" + "/".join(key) in self._bill:
            return ""
        small = None
        if model_id != SMALL_MODEL and not self._serve(board_id, SMALL_MODEL, workload_id, None):
            small = SMALL_MODEL
        return self._serve(board_id, model_id, workload_id, small)

    def parts(self, key: Key) -> Parts:
        """What a deployment is priced from.

        Raises
        ------
        NotServed
            The board cannot serve the model for the workload.
        """
        if key not in self._parts:
            self._parts[key] = self._parts_of(key)
        return self._parts[key]

    def _parts_of(self, key: Key) -> Parts:
        if why := self.refused(key):
            raise NotServed(f"{'/'.join(key)} has no cost: {why}")
        board_id, model_id, workload_id = key
        board, model = self._boards[board_id], self._models[model_id]
        made, found = machine(board, model, workload_id, self._figures), serve(board, model, workload_id, self._figures)
        assert isinstance(made, Machine)
        assert not isinstance(found, Refused)
        small = SMALL_MODEL if model_id != SMALL_MODEL and not self.refused((board_id, SMALL_MODEL, workload_id)) else None
        return Parts(made, *found, small)

    def usd_of(self, added: Mapping[str, Step]) -> dict[str, Number]:
        """Traced USD per unit of further steps, beside those that were traced already; each published price as it is published."""
        bill = _behind({**self._bill, **added}, list(added))
        found = prices(self._as_published(bill))
        return {name: found[name] for name in added}

    def _as_published(self, bill: Mapping[str, Step]) -> dict[str, Step]:
        """A bill that stops at published prices: what such a thing is made of has no say in it."""
        found = {name: self._figures.find(f"{name}.price") for name in bill}
        return {name: one if found[name] is None else Step({}, found[name], 0.0) for name, one in bill.items()}

    def _serve(self, board_id: str, model_id: str, workload_id: str, small: str | None) -> str:
        """Puts the two steps of a deployment on the bill; '', or why there is none."""
        found = serve(self._boards[board_id], self._models[model_id], workload_id, self._figures)
        if isinstance(found, Refused):
            return found.why
        priced = price(board_id, model_id, workload_id, *found, small, self._figures)
        self._bill["served:" + "/".join((board_id, model_id, workload_id))] = priced.served
        self._bill["useful:" + "/".join((board_id, model_id, workload_id))] = priced.useful
        return ""


def _behind(bill: Mapping[str, Step], targets: list[str]) -> dict[str, Step]:
    """The steps that targets take anything of, at any depth, and they themselves."""
    graph: nx.DiGraph[str] = nx.DiGraph((needed, name) for name, one in bill.items() for needed in one.inputs)
    kept = set(targets).union(*(nx.ancestors(graph, target) for target in targets))
    return {name: one for name, one in bill.items() if name in kept}


def _central(one: Step) -> Step:
    return Step({k: central(q) for k, q in one.inputs.items()}, central(one.own), central(one.margin))
