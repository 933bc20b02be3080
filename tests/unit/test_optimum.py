"""The optimum: as good as trying everything, never worse with more, its prices what more brings, its conflicts smallest."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from graph.cost import optimum_answer
from graph.cost.optimum import DEMAND, MONTHS, Menu, Plan, Question, optimum
from graph.cost.optimum_limits import Impossible, feasible, planned, smallest_conflict, worths
from graph.cost.optimum_programme import supply_use
from graph.cost.planning import CAPITAL, POWER, Build, Service, Ways

NEAR = 1e-6
WORKLOADS = ("chat", "batch")


def ways(chips: list[float], latency_ms: list[float], accelerators: list[float], judge: float = 0.0) -> Ways:
    size = len(chips)
    return Ways(np.array(chips), np.ones(size), np.array(latency_ms), np.full(size, 0.1), np.array(accelerators), np.full(size, judge))


def build(board: str, site: str, usd: float, mw: float, capital: float, months: float = 10.0, **items: float) -> Build:
    return Build(board, site, "grid", usd, {POWER: mw, CAPITAL: capital, **items}, months)


CHEAP = build("cheap", "here", 10_000.0, 0.002, 40_000.0, 30.0, hbm3e=100.0)
"""Costs less a token; draws and takes more."""
LEAN = build("lean", "here", 16_000.0, 0.001, 50_000.0, 12.0, hbm4=200.0)
SERVICES = [
    Service("cheap", "chat", ways([8, 8], [10, 40], [4e-3, 2e-3]), None, 1.0, 0.0, 5.0, 40.0),
    Service("lean", "chat", ways([4, 4], [5, 20], [4e-3, 2e-3]), None, 1.0, 0.0, 5.0, 40.0),
]
MENU = Menu([CHEAP, LEAN], SERVICES)
CHAT = {"chat": 1.0}
ASKED = Question(CHAT, {"chat": 40.0}, {"chat": 5.0}, {POWER: 10.0, CAPITAL: 1e9})


def test_the_cheapest_token_and_the_most_tokens_are_two_answers() -> None:
    """10 MW run 5,000 cheap accelerators or 10,000 lean ones, at 500 tokens (million a year) each."""
    cheapest, most = optimum(ASKED, MENU), optimum(replace(ASKED, goal="output"), MENU)
    assert cheapest is not None
    assert most is not None
    assert [p.build.board_id for p in cheapest.parts + most.parts] == ["cheap", "lean"]
    assert cheapest.mtoken_per_year == pytest.approx(2.5e6)
    assert most.mtoken_per_year == pytest.approx(5e6)
    assert cheapest.usd_per_mtoken == pytest.approx(10_000 * 2e-3 + 1)
    assert most.usd_per_mtoken == pytest.approx(16_000 * 2e-3 + 1)


def test_a_demand_beyond_the_cheap_board_is_mixed_where_it_may_be() -> None:
    asked = replace(ASKED, demand=4e6)
    one, two = optimum(asked, MENU), optimum(replace(asked, most=2), MENU)
    assert one is not None
    assert two is not None
    assert {p.build.board_id for p in two.parts} == {"cheap", "lean"}
    # A token a year takes 4 W on the cheap board and 2 W on the lean one: x + y = 4e6, 4 x + 2 y = 10e6 W.
    assert {p.build.board_id: p.mtoken for p in two.parts} == pytest.approx({"cheap": 1e6, "lean": 3e6})
    assert two.usd_per_year < one.usd_per_year
    power = next(w for w in worths(two, MENU) if w.limit == POWER)
    # A megawatt more turns 500,000 of lean tokens into cheap ones: 12 USD each.
    assert power.usd_per_unit == pytest.approx(500_000 * 12.0)


def test_a_tight_latency_takes_the_smaller_batch() -> None:
    plan = optimum(replace(ASKED, latency_ms={"chat": 12.0}), MENU)
    assert plan is not None
    assert plan.parts[0].way.service.main.latency_ms[plan.parts[0].way.point] == 10.0
    assert plan.usd_per_mtoken == pytest.approx(10_000 * 4e-3 + 1)
    loosened = next(w for w in worths(plan, MENU) if w.limit == "latency_ms:chat")
    assert loosened.step == 10.0  # 22 ms opens the large batch of the lean board, at 33 USD
    assert loosened.is_binding
    assert loosened.step_usd_per_mtoken == pytest.approx(33.0 - 41.0)


def test_a_supply_is_an_item_or_all_whose_id_begins_so() -> None:
    assert supply_use(CHEAP, "hbm3e") == 100.0
    both = replace(CHEAP, uses={**CHEAP.uses, "cowos_s": 0.1, "cowos_l": 0.2})
    assert supply_use(both, "cowos") == pytest.approx(0.3)
    assert supply_use(both, "cow") == 0.0


def test_the_conflict_is_smallest_and_says_what_would_do() -> None:
    with pytest.raises(Impossible) as error:
        planned(replace(ASKED, months=11.0, latency_ms={"chat": 4.0}), MENU)
    assert set(error.value.conflict) in ({MONTHS}, {"latency_ms:chat"})
    with pytest.raises(Impossible) as error:
        planned(replace(ASKED, demand=6e6), MENU)
    assert set(error.value.conflict) == {POWER, DEMAND}
    assert error.value.enough[DEMAND] == pytest.approx(5e6)
    assert error.value.enough[POWER] == pytest.approx(12.0)
    # Cheap boards come late, lean ones are short of memory: both limits are needed for the conflict.
    with pytest.raises(Impossible) as error:
        planned(replace(ASKED, months=12.0).with_limit("hbm4", 100.0), MENU)
    assert set(error.value.conflict) == {MONTHS, "hbm4"}
    assert error.value.enough == pytest.approx({MONTHS: 30.0, "hbm4": 800.0})


def test_a_plan_of_no_size_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing limits the size"):
        optimum(replace(ASKED, sizes={}), MENU)
    with pytest.raises(ValueError, match="nothing limits the size"):
        optimum(replace(ASKED, sizes={}, goal="output"), MENU)


number = st.floats(0.5, 5.0)


@st.composite
def menus(draw: st.DrawFn) -> Menu:
    builds, services = [], []
    for board in ("a", "b", "c")[: draw(st.integers(1, 3))]:
        for site in ("x", "y")[: draw(st.integers(1, 2))]:
            uses = {POWER: draw(number), CAPITAL: draw(number), "hbm": draw(st.sampled_from([0.0, 1.0, 3.0]))}
            builds.append(Build(board, site, "grid", draw(number), uses, draw(st.sampled_from([6.0, 12.0, 24.0]))))
        for workload in WORKLOADS:
            if draw(st.booleans()) or workload == "chat":
                both = [_some_ways(draw) for _ in range(2)]
                small = both[1] if draw(st.booleans()) else None
                services.append(Service(board, workload, both[0], small, draw(st.floats(0.0, 2.0)), 0.3, 5.0, 40.0))
    return Menu(builds, services)


def _some_ways(draw: st.DrawFn) -> Ways:
    size = draw(st.integers(1, 3))
    chips = draw(st.lists(st.sampled_from([1.0, 2.0, 8.0]), min_size=size, max_size=size))
    latency = draw(st.lists(st.sampled_from([5.0, 20.0, 50.0]), min_size=size, max_size=size))
    accelerators = np.array(draw(st.lists(number, min_size=size, max_size=size)))
    # Prefill and judging take the same at every point, so that less of the one is less of both.
    return Ways(np.array(chips), np.ones(size), np.array(latency), np.full(size, 0.1), accelerators, 0.2 * accelerators)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    mixed = draw(st.booleans())
    workloads = {"chat": 0.6, "batch": 0.4} if mixed else {"chat": 1.0}
    latency = {w: draw(st.sampled_from([5.0, 20.0, 50.0])) for w in workloads}
    sizes = {POWER: draw(st.floats(0.5, 50.0)), CAPITAL: draw(st.floats(0.5, 50.0))}
    if draw(st.booleans()):
        sizes["hbm"] = draw(st.floats(0.5, 50.0))
    demand = draw(st.one_of(st.none(), st.floats(0.05, 5.0)))
    return Question(
        workloads, latency, {}, sizes, draw(st.sampled_from([None, 6.0, 12.0])), demand, draw(st.sampled_from(["cost", "output"]))
    )


def every_plan(question: Question, menu: Menu) -> Iterator[tuple[float, float]]:
    """(most tokens, USD per token) of every build with every point of every workload, everything that can be routed or nothing."""
    services = {(s.board_id, s.workload_id): s for s in menu.services}
    for one in menu.builds:
        if question.months is not None and one.months > question.months:
            continue
        room = min(limit / one.uses[name] if one.uses[name] else math.inf for name, limit in question.sizes.items())
        choices = []
        for workload, share in question.workloads.items():
            service = services.get((one.board_id, workload))
            choices.append([] if service is None else list(_every_way(service, share, question.latency_ms[workload], room)))
        for taken in itertools.product(*choices):
            accelerators, usd = (sum(column) for column in zip(*taken, strict=True))
            yield room / accelerators, usd + accelerators * one.usd_per_year


def _every_way(service: Service, share: float, latency: float, room: float) -> Iterator[tuple[float, float]]:
    def in_time(some: Ways) -> list[int]:
        return [k for k in range(some.chips.size) if some.latency_ms[k] <= latency and some.chips[k] <= room]

    for k in in_time(service.main):
        itself, judge = service.main.accelerators[k], service.main.judge[k]
        yield share * (itself + judge), share * service.usd_per_mtoken
        for j in in_time(service.small) if service.small is not None else ():
            assert service.small is not None
            r = service.routable
            yield share * ((1 - r) * itself + r * service.small.accelerators[j] + judge), share * service.usd_per_mtoken


@settings(max_examples=35)
@given(menus(), questions())
def test_it_is_as_good_as_trying_everything(menu: Menu, question: Question) -> None:
    plan = optimum(question, menu)
    tried = list(every_plan(question, menu))
    if question.demand is not None:
        assume(all(abs(most / question.demand - 1) > NEAR for most, _ in tried))
        enough = [usd for most, usd in tried if most >= question.demand]
        assert (plan is None) == (not enough)
        if plan is not None:
            assert plan.usd_per_mtoken == pytest.approx(min(enough), rel=NEAR)
            assert plan.mtoken_per_year == pytest.approx(question.demand)
        return
    assert (plan is None) == (not tried)
    if plan is None:
        return
    if question.goal == "cost":
        cheapest = min(usd for _, usd in tried)
        assert plan.usd_per_mtoken == pytest.approx(cheapest, rel=NEAR)
        assert plan.mtoken_per_year <= max(most for most, usd in tried if usd <= cheapest * (1 + NEAR)) * (1 + NEAR)
    else:
        best = max(most for most, _ in tried)
        assert plan.mtoken_per_year == pytest.approx(best, rel=NEAR)
        assert plan.usd_per_mtoken <= min(usd for most, usd in tried if most >= best * (1 - SOLVED)) * (1 + NEAR)
    assert all(used <= question.sizes[name] * (1 + NEAR) for name, used in plan.used.items())


SOLVED = 1e-10


def _value(plan: Plan) -> float:
    """What a plan is chosen for, less being better."""
    is_output = plan.question.demand is None and plan.question.goal == "output"
    return -plan.mtoken_per_year if is_output else plan.usd_per_mtoken


@settings(max_examples=30)
@given(menus(), questions(), st.data(), st.floats(1.0, 3.0))
def test_more_of_a_limit_is_never_worse(menu: Menu, question: Question, data: st.DataObject, factor: float) -> None:
    plan = optimum(question, menu)
    assume(plan is not None)
    assert plan is not None
    name = data.draw(st.sampled_from(sorted(n for n in question.limits() if n != DEMAND)))
    relaxed = optimum(question.with_limit(name, question.limits()[name] * factor), menu)
    assert relaxed is not None
    assert _value(relaxed) <= _value(plan) + NEAR * abs(_value(plan))


@settings(max_examples=15)
@given(menus(), questions(), st.integers(1, 2))
def test_a_price_is_what_a_little_more_brings(menu: Menu, question: Question, most: int) -> None:
    plan = optimum(replace(question, most=most), menu)
    assume(plan is not None)
    assert plan is not None
    chosen = [p.build for p in plan.parts]
    mine = Menu([b for b in menu.builds if b in chosen], menu.services)
    for worth in worths(plan, menu):
        if worth.limit not in question.sizes:
            continue
        step = 1e-5 * worth.value
        again = optimum(plan.question.with_limit(worth.limit, worth.value + step), mine)
        before = optimum(plan.question.with_limit(worth.limit, worth.value - step), mine)
        if again is None or before is None or _ways(again) != _ways(plan) or _ways(before) != _ways(plan):
            continue  # a little less or more opens or closes a point
        if question.demand is None:
            gained, price, scale = again.mtoken_per_year - plan.mtoken_per_year, worth.mtoken_per_unit, plan.mtoken_per_year
            lost = plan.mtoken_per_year - before.mtoken_per_year
        else:
            gained, price, scale = plan.usd_per_year - again.usd_per_year, worth.usd_per_unit, plan.usd_per_year
            lost = before.usd_per_year - plan.usd_per_year
        # At a kink the price is any between what a little more brings and what a little less takes.
        slack = 1e-7 * scale + 1e-9
        assert gained - slack <= price * step / worth.amount <= lost + slack


def _ways(plan: Plan) -> set[tuple[str, str, str, int, int | None]]:
    return {(p.build.board_id, p.build.site_id, p.way.service.workload_id, p.way.point, p.way.small_point) for p in plan.parts}


@settings(max_examples=30)
@given(menus(), questions())
def test_each_limit_of_a_conflict_is_needed_for_it(menu: Menu, question: Question) -> None:
    assume(optimum(question, menu) is None)
    conflict = smallest_conflict(question, menu)
    alone = question
    for name in question.limits():
        if name not in conflict:
            alone = alone.with_limit(name, None)
    assert not feasible(alone, menu)
    for name in conflict:
        assert feasible(alone.with_limit(name, None), menu)


def test_a_workload_that_no_plan_serves_has_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task longer than any memory is no reason to publish no plan for the others."""

    class Half:
        def __init__(self, core: object) -> None: ...

        def question(self, parts: dict[str, float], *rest: object) -> str:
            return next(iter(parts))

        def tables(self, question: str) -> tuple[pd.DataFrame, pd.DataFrame]:
            if question == "endless":
                raise Impossible({}, {})
            return pd.DataFrame({"question_id": [question]}), pd.DataFrame({"question_id": [question]})

    monkeypatch.setattr(optimum_answer, "Planner", Half)
    core = {"workload": pd.DataFrame({"workload_id": ["chat", "endless"]})}
    assert [list(table["question_id"]) for table in optimum_answer.default_tables(core)] == [["chat"], ["chat"]]
