"""The cost chain in a browser: the JavaScript that is printed computes what Python computes."""

from __future__ import annotations

import random

import pytest
from playwright.sync_api import Browser

from graph.cost.figures import Figures
from graph.cost.sensitivity import swings
from graph.cost.trace import CHANGE, Tracer
from graph.cost.uncertainty import felt
from pipelines.warehouse import tidy
from tests.command import Tables

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
CORE = ("item", "requirement", "price", "parameter", "board", "model", "workload", "site")


def test_what_if_in_the_browser_is_what_if_in_python(browser: Browser, tables: Tables) -> None:
    core = {name: tidy(tables.connection.sql(f"select * from core.{name}").df()) for name in CORE}
    figures = Figures(core["parameter"], core["price"], core["requirement"])
    key = ("gb200", "llama_3_3_70b", "coding_agent")
    trace = Tracer(core, figures).trace(key)
    names = felt(swings(trace, figures))
    chance = random.Random(5)
    cases = [
        {n: chance.uniform(figures.bounds(n)[0], figures.bounds(n)[2]) for n in names}
        | {f"{CHANGE}item:hbm3e": chance.uniform(-0.5, 2.0), f"{CHANGE}item:gallium": chance.uniform(0, 10.0)}
        for _ in range(50)
    ]
    page = browser.new_page()
    found = page.evaluate(f"(cases) => {{ {trace.program.javascript()} return cases.map(evaluate); }}", cases)
    page.close()
    assert len(found) == len(cases)
    for case, there in zip(cases, found, strict=True):
        here = trace.program.evaluate(case)
        assert there == pytest.approx({name: float(value) for name, value in here.items()}, rel=1e-9)
