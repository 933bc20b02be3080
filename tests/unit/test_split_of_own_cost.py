"""A sum is as well known, part by part, as its terms."""

from __future__ import annotations

import pandas as pd
import pytest

from graph.cost.evidence import Grades
from graph.cost.figures import Figures

COLUMNS = [
    "entity_id",
    "parameter",
    "item_id",
    "requirement_id",
    "consumer_id",
    "input_id",
    "status",
    "low",
    "central",
    "high",
    "grade",
    "source_id",
]
NONE = pd.DataFrame(columns=COLUMNS)
DESIGN = {"board:x.design_cost": (4e8, 4e8, 4e8, "secondary"), "board:x.lifetime_volume": (2e6, 2e6, 2e6, "derived")}
PARTS = {"board:x.test_usd": (100.0, 100.0, 100.0, "estimate"), "board:x.board_components_usd": (250.0, 250.0, 250.0, "primary")}


def split(figures: dict[str, tuple[float, float, float, str]], usd: float) -> dict[str, float]:
    core = {"board": pd.DataFrame(), "requirement": NONE}
    return Grades(core, Figures(NONE, NONE, NONE).with_more(figures)).split("own_cost", "board:x", usd, "chat", "x")


def test_each_term_of_a_boards_own_cost_has_its_grade() -> None:
    """400 million over 2 million boards are 200 USD, as well known as the volume; test 100; the module's other parts what is left of 500."""
    assert split(DESIGN | PARTS, 500.0) == pytest.approx({"estimate": 0.2, "derived": 0.4, "primary": 0.4})


def test_a_term_that_is_not_there_takes_nothing() -> None:
    assert split(PARTS, 350.0) == pytest.approx({"estimate": 100 / 350, "primary": 250 / 350})


def test_parts_that_requirements_itemise_leave_the_module_nothing() -> None:
    assert split(DESIGN | PARTS, 300.0) == pytest.approx({"estimate": 1 / 3, "derived": 2 / 3})
