"""How well the value that each step adds is known: the grade of the figures that set it.

A step adds its own cost and its seller's margin. What a purchased thing adds is as well known as its price and its margin;
what is bought by the dollar has no price, so it is as well known as the sums spent on it (by the board in question, where
boards spend on it); what a step of the chain adds, as the figures it is computed from; what the harness spends, as the
workload's spending. Of several figures the weakest counts; of a sum each term has its own grade (`Grades.split`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from graph.cost.chain import price_of_server
from graph.cost.figures import Figures
from graph.cost.spending import HARNESS_SPENDING, figures_of_spending
from sources.frames import records_of
from sources.records import GRADES, Board

OF_PACKAGE = ("package_test_usd", "c4_bump_usd_per_mm2", "ubump_usd_per_mm2", "bond_yield", "final_yield")
OF_DESIGN = ("design_cost", "lifetime_volume")
OF_BOARD = ("test_usd", "board_components_usd", *OF_DESIGN)


def weakest(names: Iterable[str], figures: Figures) -> str:
    """The weakest grade among the figures that are there; 'estimate' where none is."""
    found = [GRADES.index(figures.grade(name)) for name in names if name in figures]
    return GRADES[max(found)] if found else "estimate"


class Grades:
    """Grades of what the steps of the bill add; `core` maps core table names to frames."""

    def __init__(self, core: Mapping[str, pd.DataFrame], figures: Figures) -> None:
        self._figures = figures
        self._boards = {b.board_id: b for b in records_of(core["board"], Board)}
        self._bought = {
            item: [(consumer, f"quantity:{name}") for consumer, name in zip(rows["consumer_id"], rows["requirement_id"], strict=True)]
            for item, rows in core["requirement"].groupby("input_id")
        }

    def own(self, step: str, workload_id: str, board_id: str | None = None) -> str:
        """Grade of a step's own cost, for a useful token of a workload on a board; on any board where none is given."""
        return weakest(self._own(step, workload_id, board_id), self._figures)

    def margin(self, step: str, workload_id: str, board_id: str | None = None) -> str:
        """Grade of a step's margin."""
        return weakest(self._margin(step, workload_id, board_id), self._figures)

    def of_part(self, part: str, step: str, workload_id: str, board_id: str | None = None) -> str:
        """Grade of one of the two things that a step adds: its 'own_cost', or its 'margin'."""
        return self.own(step, workload_id, board_id) if part == "own_cost" else self.margin(step, workload_id, board_id)

    def split(self, part: str, step: str, usd: float, workload_id: str, board_id: str | None = None) -> dict[str, float]:
        """Grades of one of the two things that a step adds -> how much of it each sets, as parts of one.

        What a board adds of its own is a sum: its test, its part of the design, and what of the module's parts no requirement
        itemises. `usd` is all of it.
        """
        kind, _, board = step.partition(":")
        if part != "own_cost" or kind != "board":
            return {self.of_part(part, step, workload_id, board_id): 1.0}
        test, design, volume = (self._central(f"board:{board}.{figure}") for figure in ("test_usd", *OF_DESIGN))
        terms = {("test_usd",): test, OF_DESIGN: design / volume if volume else 0.0}
        terms["board_components_usd",] = max(usd - sum(terms.values()), 0.0)
        found: dict[str, float] = {}
        for figures, value in terms.items():
            if value:
                grade = weakest((f"board:{board}.{figure}" for figure in figures), self._figures)
                found[grade] = found.get(grade, 0.0) + value / sum(terms.values())
        return found

    def _central(self, name: str) -> float:
        return self._figures.central(name, "") if name in self._figures else 0.0

    def is_same_on_all_boards(self, step: str) -> bool:
        """Whether no board spends on it by the dollar."""
        kind, _, item = step.partition(":")
        priced = f"item:{item}.price" in self._figures
        return kind != "item" or priced or not any(consumer in self._boards for consumer, _ in self._bought.get(item, []))

    def _own(self, step: str, workload_id: str, board_id: str | None) -> list[str]:
        kind, _, rest = step.partition(":")
        if kind == "item":
            if rest in HARNESS_SPENDING:
                return figures_of_spending(rest, workload_id, self._figures)
            price = f"item:{rest}.price"
            if price in self._figures:
                return [price]
            bought = self._bought.get(rest, [])
            return [name for consumer, name in bought if board_id in (None, consumer) or consumer not in self._boards]
        if kind == "package":
            process = self._boards[rest].packaging_item or "package_assembly"
            return [f"item:{process}.{figure}" for figure in OF_PACKAGE]
        if kind == "board":
            return [f"board:{rest}.{figure}" for figure in OF_BOARD]
        return ["global:site.staff_usd_per_kw_year"] if kind == "hour" else []

    def _margin(self, step: str, workload_id: str, board_id: str | None) -> list[str]:
        kind, _, rest = step.partition(":")
        if kind == "item":
            return [*self._own(step, workload_id, board_id), f"item:{rest}.gross_margin"]
        if kind == "board":
            price = f"board:{rest}.price"
            return [price] if price in self._figures else [f"board:{rest}.gross_margin"]
        if kind == "server":
            whole = price_of_server(self._boards[rest], (b.system_item for b in self._boards.values()), self._figures)
            own = f"item:{self._boards[rest].system_item}.gross_margin"
            return [whole or (own if own in self._figures else "item:ai_server.gross_margin")]
        return []
