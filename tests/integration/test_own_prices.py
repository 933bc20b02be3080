"""Servers and racks that you buy whole: your price is what they cost, and the integrator's margin is what it leaves."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest

from graph.cost.attribution import attribution
from graph.cost.chain import board_bill, item_bill
from graph.cost.evidence import Grades
from graph.cost.figures import OVERLAY, Figures
from graph.cost.model import price_everything, serviceable
from graph.cost.rollup import prices
from pipelines.assets.behind import idle_prices, losing_prices
from pipelines.warehouse import tidy
from tests.command import Tables

CORE = ("item", "requirement", "price", "parameter", "board", "model", "workload", "site", "benchmark")
RACK_USD = 3.1e6
GPUS = 72


@pytest.fixture(scope="module")
def core(tables: Tables) -> dict[str, pd.DataFrame]:
    return {name: tidy(tables.connection.sql(f"select * from core.{name}").df()) for name in CORE}


def own(rows: pd.DataFrame, like: Mapping[str, str], usd: float) -> pd.DataFrame:
    """Rows of a record, and one of yours made from a public one, which by itself sets no cost."""
    mine = rows.copy()
    for column, value in like.items():
        mine = mine[mine[column] == value]
    changed = {"low": usd, "central": usd, "high": usd, "status": "current", "grade": "primary", "source_id": OVERLAY}
    return pd.concat([rows, mine.head(1).assign(**changed)], ignore_index=True)


def server_usd(core: Mapping[str, pd.DataFrame]) -> tuple[dict[str, float], Figures]:
    figures = Figures(core["parameter"], core["price"], core["requirement"], draws=0)
    boards = core["board"]["board_id"].tolist()
    items = item_bill(core["item"], core["requirement"], boards, figures)
    price = prices(items | board_bill(core["board"], items, core["requirement"], figures))
    return {board: float(price[f"server:{board}"]) for board in boards}, figures


def test_a_rack_costs_what_you_pay_for_it_and_other_racks_what_they_did(core: dict[str, pd.DataFrame]) -> None:
    built_up, public = server_usd(core)
    bought, figures = server_usd(core | {"price": own(core["price"], {"item_id": "gb200_nvl72"}, RACK_USD)})
    assert bought["gb200"] == pytest.approx(RACK_USD / GPUS, rel=1e-12)
    assert bought["gb200"] < 0.9 * built_up["gb200"]
    assert {b: usd for b, usd in bought.items() if b != "gb200"} == pytest.approx({b: usd for b, usd in built_up.items() if b != "gb200"})
    before, after = Grades(core, public), Grades(core, figures)
    assert (before.margin("server:gb200", "chat"), after.margin("server:gb200", "chat")) == ("derived", "primary")
    assert after.margin("server:gb300", "chat") == before.margin("server:gb300", "chat")


def test_a_server_that_several_boards_are_sold_in_is_priced_per_accelerator(core: dict[str, pd.DataFrame]) -> None:
    built_up, _ = server_usd(core)
    assert server_usd(core | {"price": own(core["price"], {"item_id": "hgx_server"}, 250_000.0)})[0] == pytest.approx(built_up)
    of_part = {"entity_id": "board:h100", "parameter": "server_price_per_accelerator"}
    bought, _ = server_usd(core | {"parameter": own(core["parameter"], of_part, 30_000.0)})
    assert bought["h100"] == pytest.approx(30_000.0, rel=1e-12)
    assert bought["h200"] == pytest.approx(built_up["h200"])


def test_a_price_at_which_nothing_is_bought_is_told_with_what_to_say_instead(core: dict[str, pd.DataFrame]) -> None:
    figures = Figures(core["parameter"], core["price"], core["requirement"], draws=0)
    bill = item_bill(core["item"], core["requirement"], core["board"]["board_id"], figures)
    rows = {
        f"item:{item}.price": [f"price.csv:{line}"]
        for line, item in enumerate(("hbm3e", "gb200_nvl72", "hgx_server", "accelerator_hour"), start=2)
    }
    bill |= board_bill(core["board"], bill, core["requirement"], figures)
    shared, unused = idle_prices(bill, core["board"], rows)
    assert shared.startswith("hgx_server (price.csv:4): 9 boards are sold in it")
    assert "server_price_per_accelerator" in shared
    assert unused == "accelerator_hour (price.csv:5): no step of the cost chain buys it; `stackgraph cost price` lists what is bought"


def test_a_contract_below_the_cost_of_the_parts_is_told_and_evidence_stays_a_part_of_one(core: dict[str, pd.DataFrame]) -> None:
    """A rack for 100 USD: its seller's loss is taken off all parts alike, none of which can be worth less than nothing."""
    one = core | {
        name: core[name][core[name][f"{name}_id"] == which] for name, which in (("model", "llama_3_3_70b"), ("workload", "completion"))
    }
    one["price"] = own(core["price"], {"item_id": "gb200_nvl72"}, 100.0)
    figures = Figures(one["parameter"], one["price"], one["requirement"], draws=0)
    model = price_everything(one, figures, *serviceable(one, figures))
    _, evidence = attribution(model, one, figures)
    assert evidence["share"].between(0, 1).all()
    assert evidence.groupby("board_id")["share"].sum().to_numpy() == pytest.approx(1)
    (told,) = losing_prices(model, one["board"], figures, {"item:gb200_nvl72.price": ["price.csv:2"], "item:hbm3e.price": ["price.csv:3"]})
    assert told.startswith(f"gb200_nvl72 (price.csv:2): {100 / GPUS:.5g} USD an accelerator, what it is made of ")
