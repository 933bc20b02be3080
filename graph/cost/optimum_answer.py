"""A planner's question in the words of the records, asked: the tables of the plan and of what its limits are worth."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from graph.cost.figures import Figures
from graph.cost.headline import HEADLINE_MODEL
from graph.cost.optimum import DEMAND, FIRST, LATENCY, MONTHS, Goal, Menu, Part, Plan, Question, optimum
from graph.cost.optimum_limits import Impossible, Worth, planned, worths
from graph.cost.optimum_range import plan_range
from graph.cost.optimum_tables import Optimum, ShadowPrice
from graph.cost.places import Place, places
from graph.cost.planning import CAPITAL, POWER, Build, builds, services
from graph.cost.regions import regions
from sources.columns import columns

CORE = ("item", "requirement", "price", "parameter", "board", "model", "workload", "site")
"""Core tables it is asked of."""
DEFAULT_SIZES = {POWER: 100.0, CAPITAL: 3e9}
"""The published question: what to do with 100 MW and three billion dollars."""
OTHER_UNITS = {LATENCY: "ms", FIRST: "s", MONTHS: "months", DEMAND: "Mtoken/year"}


@dataclass
class Planner:
    """The records, and what has been made of them so far.

    boards, sites, contracts : those to choose from; None: every board that ships, every reference site, every contract. A site may
        be a region with a tariff (`graph.cost.regions`), for which `core` has queue_entry too
    """

    core: Mapping[str, pd.DataFrame]
    model_id: str = HEADLINE_MODEL
    boards: Collection[str] | None = None
    sites: Collection[str] | None = None
    contracts: Collection[str] | None = None

    @cached_property
    def _known(self) -> tuple[list[Place], Figures]:
        """The places to choose from, and the figures with theirs."""
        figures = Figures(self.core["parameter"], self.core["price"], self.core["requirement"])
        found = places(self.core, figures.at_center())
        if self.sites is None or {place.site_id for place in found}.issuperset(self.sites):
            return found, figures
        elsewhere, figures = regions(self.core, figures)
        center = figures.at_center()
        return found + [place for r in elsewhere if r.region in self.sites and r.site_id is None for place in r.places(center)], figures

    @property
    def figures(self) -> Figures:
        return self._known[1]

    @cached_property
    def center(self) -> Figures:
        return self.figures.at_center()

    @cached_property
    def _boards(self) -> list[str]:
        board = self.core["board"]
        return list(self.boards) if self.boards is not None else board.loc[board["status"] == "shipping", "board_id"].tolist()

    @cached_property
    def _builds(self) -> list[Build]:
        return [
            b
            for b in builds(self.core, self.center, self._boards, self._known[0])
            if (self.sites is None or b.site_id in self.sites) and (self.contracts is None or b.contract in self.contracts)
        ]

    def menu(self, workloads: Collection[str]) -> Menu:
        """What there is to choose from for some workloads."""
        return Menu(self._builds, services(self.core, self.center, self._boards, self.model_id, workloads)[0])

    def question(
        self, workloads: Mapping[str, float], latency_ms: float | None, sizes: Mapping[str, float], months: float | None = None,
        demand: float | None = None, goal: Goal = "cost", most: int = 1,
    ) -> Question:  # fmt: skip
        """A question; the workload's own wish for speed is the limit where no latency is given, its time to the first token always."""
        get = self.center.central
        latency = {w: latency_ms if latency_ms is not None else 1e3 / get(f"workload:{w}.min_speed", w) for w in workloads}
        first = {w: get(f"workload:{w}.max_ttft", w) for w in workloads}
        return Question(dict(workloads), latency, first, dict(sizes), months, demand, goal, most)

    def tables(self, question: Question) -> tuple[pd.DataFrame, pd.DataFrame]:
        """(cost.optimum, cost.shadow_price) of one question.

        Raises
        ------
        Impossible
            No plan meets the limits.
        ValueError
            Nothing limits the size of a plan.
        """
        menu = self.menu(question.workloads)
        plan = planned(question, menu)
        worth = worths(plan, menu)
        return self._optimum(plan, menu, worth), self._prices(plan, worth)

    def _optimum(self, plan: Plan, menu: Menu, worth: Sequence[Worth]) -> pd.DataFrame:
        question, found = plan.question, plan_range(plan, self.core, self.figures, self.model_id, self._known[0])
        mine = {p.build.board_id for p in plan.parts}
        runner_up = optimum(question, replace(menu, builds=[b for b in menu.builds if b.board_id not in mine]))
        whole = {
            "question_id": question_id(question),
            "goal": "demand" if question.demand is not None else question.goal,
            "model_id": self.model_id,
            "plan_usd_low": found.low,
            "plan_usd_central": found.central,
            "plan_usd_high": found.high,
            "in_time_share": found.in_time,
            "next_board_id": None if runner_up is None else runner_up.parts[0].build.board_id,
            "next_usd_central": None if runner_up is None else runner_up.usd_per_mtoken,
            "binding": ";".join(w.limit for w in worth if w.is_binding),
            **{f"{grade}_share": share for grade, share in found.by_grade.items()},
        }
        cooling = dict(zip(self.core["board"]["board_id"], self.core["board"]["cooling"], strict=True))
        parts = sorted(plan.parts, key=lambda p: -p.accelerators)
        rows = [{**whole, "position": k, **_part(p), "cooling": cooling[p.build.board_id]} for k, p in enumerate(parts, start=1)]
        return pd.DataFrame(rows).reindex(columns=[c.name for c in columns(Optimum)])

    def _prices(self, plan: Plan, worth: Sequence[Worth]) -> pd.DataFrame:
        units = dict(zip(self.core["item"]["item_id"], self.core["item"]["unit"], strict=True))
        rows = []
        for w in worth:
            rows.append(
                {
                    "question_id": question_id(plan.question),
                    "limit_name": w.limit,
                    "unit": w.unit or OTHER_UNITS.get(w.limit.partition(":")[0]) or unit_of(w.limit, units),
                    "limit_value": w.value / w.amount,
                    "used": w.used / w.amount,
                    "is_binding": w.is_binding,
                    "mtoken_per_year_per_unit": w.mtoken_per_unit,
                    "usd_per_year_per_unit": w.usd_per_unit,
                    "step": w.step / w.amount,
                    "step_mtoken_per_year": w.step_mtoken,
                    "step_usd_per_year": w.step_usd_per_year,
                    "step_usd_per_mtoken": w.step_usd_per_mtoken,
                }
            )
        return pd.DataFrame(rows).reindex(columns=[c.name for c in columns(ShadowPrice)])


def _part(part: Part) -> dict[str, object]:
    way = part.way
    main, small, k, j = way.service.main, way.service.small, way.point, way.small_point
    is_routed = small is not None and j is not None and part.routed_mtoken > 0
    return {
        "workload_id": way.service.workload_id,
        "board_id": part.build.board_id,
        "site_id": part.build.site_id,
        "contract": part.build.contract,
        "chips": float(main.chips[k]),
        "batch": float(main.batch[k]),
        "latency_ms": float(main.latency_ms[k]),
        "ttft_s": float(main.ttft_s[k]),
        "routed_share": part.routed_mtoken / part.mtoken,
        "small_chips": float(small.chips[j]) if is_routed and small is not None else None,
        "small_batch": float(small.batch[j]) if is_routed and small is not None else None,
        "accelerators": part.accelerators,
        "power_mw": part.accelerators * part.build.uses[POWER],
        "capital_usd": part.accelerators * part.build.uses[CAPITAL],
        "months_to_power": part.build.months,
        "mtoken_per_year": part.mtoken,
        "usd_per_year": part.mtoken * way.service.usd_per_mtoken + part.accelerators * part.build.usd_per_year,
    }


def question_id(question: Question) -> str:
    """'coding_agent/cost'"""
    return "+".join(question.workloads) + "/" + ("demand" if question.demand is not None else question.goal)


def unit_of(limit: str, units: Mapping[str, str]) -> str:
    """The unit of a supply: of the item, or of the items whose id begins so."""
    if limit in units:
        return units[limit]
    found = {unit for item, unit in units.items() if item.startswith(f"{limit}_")}
    return found.pop() if len(found) == 1 else "unit"


def default_tables(core: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The published tables: for each workload, what to do with 100 MW and three billion dollars at its own latency.

    A workload that no plan serves has no rows.
    """
    planner, menu = Planner(core), []
    for workload_id in core["workload"]["workload_id"]:
        with suppress(Impossible):
            menu.append(planner.tables(planner.question({workload_id: 1.0}, None, DEFAULT_SIZES)))
    return tuple(pd.concat([pair[k] for pair in menu], ignore_index=True) for k in (0, 1))  # type: ignore[return-value]
