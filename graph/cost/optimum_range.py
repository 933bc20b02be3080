"""How sure the cost of a plan is: the plan as it was chosen, run through the chain over the ranges of all figures.

The choice stays: board, place, contract, group and batch, routes. What they cost moves, and so does whether they are in time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.attribution import central_bill, value_behind
from graph.cost.chain import board_bill
from graph.cost.deployment import Refused, machine, price
from graph.cost.evidence import Grades
from graph.cost.figures import Figures
from graph.cost.headline import SMALL_MODEL
from graph.cost.operating_point import OperatingPoint, at
from graph.cost.optimum import Part, Plan
from graph.cost.places import Place, place_figures
from graph.cost.planning import Ways, item_prices
from graph.cost.rollup import Step, prices
from graph.cost.samples import band
from graph.cost.traced import Number
from sources.frames import records_of
from sources.records import GRADES, Board, Model

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Range:
    """USD per million useful tokens of a plan, with what it rests on.

    low, central, high : 5th percentile, central figures, 95th percentile
    in_time : part of the draws in which every point is in time, fraction
    by_grade : grade -> part of the cost that rests on it, the weakest figure of each step counting
    """

    low: float
    central: float
    high: float
    in_time: float
    by_grade: Mapping[str, float]


def plan_range(plan: Plan, core: Mapping[str, pd.DataFrame], figures: Figures, model_id: str, at_places: Sequence[Place]) -> Range:
    """The range of a plan's cost; see the module. `at_places`: those that it was chosen from."""
    where = {(place.site_id, place.contract): place for place in at_places}
    usd: Number = np.zeros(())
    in_time: Number = np.ones(())
    by_grade = dict.fromkeys(GRADES, 0.0)
    for part in plan.parts:
        share = part.mtoken / plan.mtoken_per_year
        found = _Part(part, core, figures, model_id, where[part.build.site_id, part.build.contract])
        for small, weight in found.weights().items():
            cost, grades = found.cost(small)
            usd = usd + share * weight * cost
            for grade, value in grades.items():
                by_grade[grade] += share * weight * value
        in_time = in_time * found.in_time(plan)
    total = sum(by_grade.values())
    low, central, high = band(np.asarray(usd))
    drawn = np.atleast_1d(np.asarray(in_time, dtype=float))
    return Range(low, central, high, float(drawn[1:].mean() if drawn.size > 1 else drawn[0]), {g: v / total for g, v in by_grade.items()})


class _Part:
    """One part of a plan in the chain: the bill of its board at its place, and its points over the draws."""

    def __init__(self, part: Part, core: Mapping[str, pd.DataFrame], figures: Figures, model_id: str, place: Place) -> None:
        self.part, self.core, self.model_id = part, core, model_id
        self.workload = part.way.service.workload_id
        self.figures = figures.given(place_figures(place, figures))
        boards = core["board"]
        self.board = records_of(boards[boards["board_id"] == part.build.board_id], Board)[0]
        self.models = {m.model_id: m for m in records_of(core["model"], Model)}
        items = item_prices(core, self.figures)
        self.bill = items | board_bill(boards, items, core["requirement"], self.figures, [part.build.board_id])
        self.points: dict[str, OperatingPoint] = {}
        self._serve(model_id, part.way.service.main, part.way.point)
        if part.way.small_point is not None and part.way.service.small is not None:
            self._serve(SMALL_MODEL, part.way.service.small, part.way.small_point)

    def _serve(self, model_id: str, ways: Ways, point: int) -> None:
        given = machine(self.board, self.models[model_id], self.workload, self.figures)
        assert not isinstance(given, Refused)  # a plan takes what can be served
        chips, batch = float(ways.chips[point]), float(ways.batch[point])
        self.points[model_id] = at(given.language, given.chip, given.reached, given.asked, chips, batch)
        priced = price(self.board.board_id, model_id, self.workload, self.points[model_id], given.bits, None, self.figures)
        self.bill[f"served:{self.board.board_id}/{model_id}/{self.workload}"] = priced.served
        self.bits = given.bits

    def weights(self) -> dict[str | None, float]:
        """Small model or None -> weight: the cost is linear in the part routed, and the chain knows it at none and at all it may be."""
        routable = self.part.way.service.routable
        if self.part.way.small_point is None or routable == 0:
            return {None: 1.0}
        routed = self.part.routed_mtoken / self.part.mtoken / routable
        return {small: weight for small, weight in ((None, 1.0 - routed), (SMALL_MODEL, routed)) if abs(weight) > 1e-9}

    def cost(self, small: str | None) -> tuple[Number, dict[str, float]]:
        """USD per million useful tokens over the draws; and at central figures by grade."""
        board_id, key = self.board.board_id, (self.board.board_id, self.model_id, self.workload)
        priced = price(board_id, self.model_id, self.workload, self.points[self.model_id], self.bits, small, self.figures)
        useful = "useful:" + "/".join(key)
        bill: dict[str, Step] = {**self.bill, useful: priced.useful}
        usd = prices(bill)
        grades, central = Grades(self.core, self.figures), {n: float(np.asarray(v).flat[0]) for n, v in usd.items()}
        found = dict.fromkeys(GRADES, 0.0)
        for (name, which), value in value_behind(central_bill(bill), central, [key]).items():
            found[grades.of_part(which, name, self.workload, board_id)] += max(float(np.sum(value)), 0.0)
        return usd[useful], found

    def in_time(self, plan: Plan) -> Number:
        """Whether all its points are in time, per draw."""
        late: Number = np.zeros((), dtype=bool)
        for point in self.points.values():
            late = late | (1e3 / point.speed > plan.question.latency_ms.get(self.workload, np.inf) * (1 + 1e-9))
            late = late | (point.ttft > plan.question.ttft_s.get(self.workload, np.inf) * (1 + 1e-9))
        return 1.0 - late
