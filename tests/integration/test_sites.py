"""Every place for a board: what is dearer there makes its token dearer, and reference sites cost what planners are told."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from graph.cost.figures import Figures
from graph.cost.model import CostModel, price_everything, serviceable
from graph.cost.planning import builds
from graph.cost.site import HOURS_PER_YEAR
from graph.cost.site_choice import PARTS, SiteCosts, Sites, fabrics, site_costs, sites
from pipelines.home import Home
from pipelines.stack import Stack
from pipelines.warehouse import tidy
from sources.frames import records_of
from sources.records import Board
from tests.command import Tables, asked

CORE = ("item", "requirement", "price", "parameter", "board", "model", "workload", "site", "queue_entry")
MODEL, WORKLOAD = "llama_3_3_70b", "coding_agent"
BOARDS = ("gb200", "h100")


@pytest.fixture(scope="module")
def core(tables: Tables) -> dict[str, pd.DataFrame]:
    found = {name: tidy(tables.connection.sql(f"select * from core.{name}").df()) for name in CORE}
    found["model"] = found["model"][found["model"]["model_id"].isin((MODEL, "llama_3_1_8b"))]
    found["workload"] = found["workload"][found["workload"]["workload_id"] == WORKLOAD]
    return found


@pytest.fixture(scope="module")
def figures(core: dict[str, pd.DataFrame]) -> Figures:
    return Figures(core["parameter"], core["price"], core["requirement"], draws=64)


@pytest.fixture(scope="module")
def model(core: dict[str, pd.DataFrame], figures: Figures) -> CostModel:
    return price_everything(core, figures, *serviceable(core, figures.at_center()))


@pytest.fixture(scope="module")
def boards(core: dict[str, pd.DataFrame]) -> dict[str, Board]:
    return {b.board_id: b for b in records_of(core["board"], Board)}


def of(
    board: Board, model: CostModel, core: Mapping[str, pd.DataFrame], figures: Figures, known: Mapping[str, float] | None = None
) -> tuple[Sites, SiteCosts]:
    where = sites(core, figures.with_known(known or {}))
    return where, site_costs(where, model, board, (board.board_id, MODEL, WORKLOAD))


@pytest.mark.parametrize("board_id", BOARDS)
def test_parts_sum_to_the_cost(
    board_id: str, model: CostModel, core: dict[str, pd.DataFrame], figures: Figures, boards: dict[str, Board]
) -> None:
    _, costs = of(boards[board_id], model, core, figures)
    np.testing.assert_allclose(sum(costs.part[part] for part in PARTS), costs.usd[:, 0], rtol=1e-12)
    assert all((costs.part[part] > 0).all() for part in PARTS)


@pytest.mark.parametrize("board_id", BOARDS)
def test_reference_sites_cost_what_planners_are_told(
    board_id: str, model: CostModel, core: dict[str, pd.DataFrame], figures: Figures, boards: dict[str, Board]
) -> None:
    where, costs = of(boards[board_id], model, core, figures)
    hour = {
        (where.places[k].site_id, where.places[k].contract): costs.hour[row, 0] for row, (k, _) in reversed(list(enumerate(costs.option)))
    }
    planned = builds(core, figures, [board_id])
    assert len(planned) > 10
    for one in planned:
        assert hour[one.site_id, one.contract] == pytest.approx(one.usd_per_year / HOURS_PER_YEAR, rel=1e-9)
        (months,) = {p.months for p in where.places if (p.site_id, p.contract) == (one.site_id, one.contract)}
        assert months == one.months


def test_dearer_power_and_a_longer_wait_make_a_dearer_token_there_and_nowhere_else(
    model: CostModel, core: dict[str, pd.DataFrame], figures: Figures, boards: dict[str, Board]
) -> None:
    board = boards["h100"]
    where, before = of(board, model, core, figures)
    center = figures.at_center()
    through_grid = ("grid", "nuclear", "renewable")  # gas is burnt on the site, and waits for its turbines
    for name in ("region:us_ohio.tariff", "site:reference_us_ohio.interconnection_delay"):
        _, base = of(board, model, core, figures, {name: center.central(name, "a test")})
        _, after = of(board, model, core, figures, {name: 1.5 * center.central(name, "a test")})
        rise = after.usd - base.usd
        for row, (k, _) in enumerate(before.option):
            place = where.places[k]
            if place.region == "us_ohio" and place.contract in through_grid:
                assert (rise[row] > 0).all(), (name, place)
            else:
                assert (rise[row] == 0).all(), (name, place)


def test_energy_is_in_proportion_to_pue(
    model: CostModel, core: dict[str, pd.DataFrame], figures: Figures, boards: dict[str, Board]
) -> None:
    known = {"item:air_cooling.pue": 1.3, "item:rear_door_cooling.pue": 1.17}
    where, costs = of(boards["h100"], model, core, figures, known)
    n = len(where.places)
    assert [cooling for _, cooling in costs.option] == ["air"] * n + ["rear_door"] * n
    np.testing.assert_allclose(costs.part["power"][n:] / costs.part["power"][:n], 1.17 / 1.3)
    assert (costs.part["facility"][n:] > costs.part["facility"][:n]).all()  # doors are bought on top of the air system
    np.testing.assert_allclose(costs.part["server"], costs.part["server"][0])


def test_no_wait_costs_nothing_and_each_month_more_than_the_last(
    model: CostModel, core: dict[str, pd.DataFrame], figures: Figures, boards: dict[str, Board]
) -> None:
    name = "site:reference_us_texas.interconnection_delay"
    paid = []
    for months in (0.0, 12.0, 24.0):
        where, costs = of(boards["gb200"], model, core, figures, {name: months})
        row = next(
            k for k, (p, _) in enumerate(costs.option) if where.places[p].region == "us_texas" and where.places[p].contract == "grid"
        )
        paid.append(costs.part["waiting"][row] / costs.part["facility"][row])
    wacc = figures.central("global:site.wacc", "a test")
    assert paid == pytest.approx([0.0, wacc, (1 + wacc) ** 2 - 1])


def test_what_is_not_known_of_a_place_makes_its_range_wider(
    model: CostModel, core: dict[str, pd.DataFrame], figures: Figures, boards: dict[str, Board]
) -> None:
    where, _ = of(boards["gb200"], model, core, figures)
    spread = np.ptp(where.drawn["item:facility_liquid.price"], axis=1)
    wait = np.ptp(where.drawn["global:site.interconnection_delay"], axis=1)
    known = {"us_virginia", "us_texas", "us_ohio", "nordics", "germany"}
    for k, region in enumerate(where.region):
        if "cost of building" in region.missing:
            assert spread[k] > max(s for s, r in zip(spread, where.region, strict=True) if r.region in known)
        if region.wait_basis == "not known":
            assert wait[k] > max(w for w, r in zip(wait, where.region, strict=True) if r.region in known)
        assert (region.missing == ()) == (region.region in known)


def test_another_network_moves_the_network_alone(
    model: CostModel, core: dict[str, pd.DataFrame], figures: Figures, boards: dict[str, Board]
) -> None:
    board, key = boards["gb200"], ("gb200", MODEL, WORKLOAD)
    where = sites(core, figures)
    usual, other = (site_costs(where, model, board, key, fabric) for fabric in ("scale_out_network", "network_100k"))
    for part in PARTS:
        if part != "network":
            np.testing.assert_array_equal(usual.part[part], other.part[part])
    by_name = {f.name: f for f in fabrics(model, figures, board, key)}
    np.testing.assert_allclose(other.part["network"], float(by_name["network_100k"].usd[0]))
    np.testing.assert_allclose(usual.part["network"], float(by_name["scale_out_network"].usd[0]))
    assert by_name["nvlink"].place == "inside the rack"


def test_every_region_with_a_tariff_is_published_for_every_board(tables: Tables) -> None:
    tariffs = tables.value(
        "select count(*) from core.parameter where parameter = 'tariff' and status = 'current' and entity_id like 'region:%'"
    )
    assert tariffs > 70
    for board, regions in tables.rows("select board_id, count(distinct region) from cost.site_choice group by 1"):
        assert regions == tariffs, board
    assert tables.value("select count(*) from cost.site_choice where not (usd_low <= usd_central and usd_central <= usd_high)") == 0
    # What is put in for want of a figure is said in the row.
    assert (
        tables.value(
            "select count(*) from cost.site_choice where site_id is null and missing is null and wait_basis not in ('loads', 'gas turbines')"
        )
        == 0
    )


def test_the_command_answers_for_a_board_at_a_place(published: Home) -> None:
    done = asked(
        published.root, "sites", "--board", "gb200", "--region", "us_texas", "--region", "japan", "--contract", "grid", "--format", "json"
    )
    assert done.returncode == 0, done.stderr
    rows = {row["region"]: row for row in json.loads(done.stdout)}
    assert set(rows) == {"us_texas", "japan"}
    assert rows["japan"]["missing"] == "wait of loads"
    assert rows["us_texas"]["missing"] is None
    assert "Another region moves it by" in done.stderr
    assert "another board by" in done.stderr


def test_what_is_not_published_is_computed_alike(published: Home) -> None:
    stack = Stack.load(published.published)
    found = stack.sites(WORKLOAD, MODEL, "gb200").choice
    there = stack.sql("select * from cost.site_choice where board_id = 'gb200' and model_id = ? and workload_id = ?", [MODEL, WORKLOAD])
    merged = found.merge(there, on=["region", "contract", "cooling"], suffixes=("", "_there"))
    assert len(merged) == len(found) == len(there)
    for column in ("usd_low", "usd_central", "usd_high", "hour_usd_high", "waiting_usd"):
        np.testing.assert_allclose(merged[column], merged[f"{column}_there"], rtol=1e-9)
    done = asked(published.root, "sites", "--board", "h200", "--workload", "chat", "--region", "us_ohio", "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert {row["workload_id"] for row in csv.DictReader(io.StringIO(done.stdout))} == {"chat"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--region", "us_texs"), "unknown region 'us_texs'; nearest: us_texas"),
        (("--board", "gb20"), "nearest: gb200"),
        (("--region", "japan", "--contract", "nuclear"), "nuclear power has no published price in japan, which has grid"),
        (("--board", "gb200", "--cooling", "air"), "it is built for direct_to_chip"),
        (("--cooling", "immersion"), "no board of the records is sold for immersion"),
        (("--network", "infinibnd"), "nearest: infiniband"),
        (("--board", "taalas_hc1", "--model", "deepseek_v3"), "another model is wired into this chip"),
    ],
)
def test_what_cannot_be_asked_is_told(published: Home, options: tuple[str, ...], said: str) -> None:
    done = asked(published.root, "sites", *options)
    assert done.returncode == 2
    assert not done.stdout
    assert said in done.stderr


def test_a_planner_can_take_any_region(published: Home) -> None:
    """One board, no routing to speak of but the workload's own: the plan costs there what the table of sites says."""
    done = asked(
        published.root,
        "optimise",
        "--workload",
        WORKLOAD,
        "--power-mw",
        "50",
        "--board",
        "gb200",
        "--site",
        "canada_quebec",
        "--format",
        "csv",
    )
    assert done.returncode == 0, done.stderr
    (plan,) = csv.DictReader(io.StringIO(done.stdout))
    stack = Stack.load(published.published)
    query = "select usd_central, months_central from cost.site_choice where board_id = 'gb200' and region = 'canada_quebec'"
    ((usd, months),) = stack.rows(query)[1]
    assert plan["site_id"] == "canada_quebec"
    assert float(plan["plan_usd_central"]) == pytest.approx(usd, rel=1e-9)
    assert float(plan["months_to_power"]) == months
