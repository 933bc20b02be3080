"""The chain as a program: it is the published chain, in every evaluator, and what it says of its inputs holds."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from graph.cost.chain import item_bill
from graph.cost.figures import Figures
from graph.cost.program import Program
from graph.cost.rollup import Contradiction
from graph.cost.sensitivity import KEY, elasticities, swings
from graph.cost.trace import CHANGE, DOLLAR, PERCENT, USD, NotServed, Trace, Tracer, result
from graph.cost.traced import traced
from graph.cost.uncertainty import band, felt, pert_quantile, sample, sobol
from pipelines.home import Home
from pipelines.stack import Stack
from pipelines.warehouse import tidy
from tests.command import Tables

CORE = ("item", "requirement", "price", "parameter", "board", "model", "workload", "site")
KEYS = [
    ("gb200", "llama_3_3_70b", "coding_agent"),
    ("h100", "llama_3_1_8b", "chat"),
    ("tpu_v7", "deepseek_v3", "batch"),
    ("groq_lpu_v1", "llama_3_3_70b", "coding_agent"),
]


@pytest.fixture(scope="module")
def core(tables: Tables) -> dict[str, pd.DataFrame]:
    return {name: tidy(tables.connection.sql(f"select * from core.{name}").df()) for name in CORE}


@pytest.fixture(scope="module")
def figures(core: dict[str, pd.DataFrame]) -> Figures:
    return Figures(core["parameter"], core["price"], core["requirement"])


@pytest.fixture(scope="module")
def trace(core: dict[str, pd.DataFrame], figures: Figures) -> Trace:
    return Tracer(core, figures).trace(*KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_the_program_gives_the_published_cost(trace: Trace, tables: Tables, key: tuple[str, str, str]) -> None:
    published = tables.value("select usd_central from cost.useful_token where (board_id, model_id, workload_id) = (?, ?, ?)", *key)
    assert trace.usd(key) == pytest.approx(published, rel=1e-9)
    for kind in (PERCENT, DOLLAR):
        assert trace.program.evaluate({})[result(kind, key)] == pytest.approx(published, rel=1e-9)


@pytest.mark.parametrize("key", KEYS)
def test_value_added_sums_to_the_cost(trace: Trace, key: tuple[str, str, str]) -> None:
    found = elasticities(trace)
    assert found.loc[(found[list(KEY)] == list(key)).all(axis=1), "value_added"].sum() == pytest.approx(1.0, abs=1e-9)


def test_an_elasticity_is_what_a_small_shock_does(trace: Trace, published: Home) -> None:
    key = KEYS[0]
    found = elasticities(trace)
    found = found[found["board_id"] == key[0]].set_index("input")
    stack = Stack.load(published.published)
    for item in ("hbm3e", "electricity", "wafer_n5", "coding_agent"):
        frame = stack.shock({item: 0.01}).set_index(["board_id", "model_id", "workload_id"])
        for rule in ("percent", "dollar"):
            change = frame.loc[key, f"change_{rule}_margin"]
            assert found.loc[f"item:{item}", f"{rule}_margin"] * 0.01 == pytest.approx(change, rel=1e-6), (item, rule)


def test_no_price_rise_lowers_the_cost(trace: Trace) -> None:
    prices = elasticities(trace).query("kind == 'price'")
    assert (prices[["percent_margin", "dollar_margin"]] > 0).all(axis=None)
    assert (prices["percent_margin"] >= prices["dollar_margin"] - 1e-12).all()


def test_another_value_of_a_figure_is_the_chain_with_that_figure(core: dict[str, pd.DataFrame], trace: Trace) -> None:
    usd = result(USD, KEYS[0])
    for entity, parameter in (("global:site", "utilisation"), ("item:cowos_l", "bond_yield"), ("workload:coding_agent", "success_rate")):
        rows = core["parameter"].copy()
        at = (rows["entity_id"] == entity) & (rows["parameter"] == parameter) & (rows["status"] == "current")
        value = float(rows.loc[at, "central"].iloc[0]) * 0.99
        rows.loc[at, ["low", "central", "high"]] = value
        anew = Tracer(core, Figures(rows, core["price"], core["requirement"])).trace(KEYS[0])
        assert trace.program.evaluate({f"{entity}.{parameter}": value}, [usd])[usd] == pytest.approx(anew.usd(KEYS[0]), rel=1e-9)


def test_the_same_seed_gives_the_same_bytes(trace: Trace, figures: Figures) -> None:
    names = felt(swings(trace, figures))
    first = sample(trace, figures, names, 5000)
    assert first.tobytes() == sample(trace, figures, names, 5000).tobytes()
    assert first.tobytes() != sample(trace, figures, names, 5000, seed=7).tobytes()
    np.testing.assert_array_equal(first[:, :4096], sample(trace, figures, names, 4096))  # more draws do not change the first


def test_bands_agree_with_those_of_the_published_table(trace: Trace, figures: Figures, tables: Tables) -> None:
    """There the operating point is chosen draw by draw, and 256 draws are taken: a little lower, and noisier."""
    for key, usd in zip(trace.keys, sample(trace, figures, felt(swings(trace, figures)), 20_000), strict=True):
        low, _, high = band(usd)
        assert low < trace.usd(key) < high
        before = tables.rows("select usd_low, usd_high from cost.useful_token where (board_id, model_id, workload_id) = (?, ?, ?)", *key)[0]
        assert (low, high) == pytest.approx(before, rel=0.4), key  # a chip with little memory gains most by it


def test_bars_hold_the_cost_between_the_ends_of_each_figure(trace: Trace, figures: Figures) -> None:
    bars = swings(trace, figures)
    bars = bars[bars["board_id"] == KEYS[0][0]]
    width = (bars["usd_at_high"] - bars["usd_at_low"]).abs()
    assert width.is_monotonic_decreasing
    assert width.iloc[0] > 0.1 * trace.usd(KEYS[0])


def test_indices_of_a_product_are_its_shares_of_the_variance() -> None:
    """ln(abc) is a sum: what each factor explains alone is all it explains, and the shares sum to one."""
    row = {"status": "current", "grade": "estimate", "source_id": "x"}
    bounds = {"a": (1.0, 2.0, 3.0), "b": (1.0, 1.5, 2.0), "c": (1.0, 1.1, 1.2)}
    parameters = pd.DataFrame(
        [{"entity_id": "e", "parameter": n, "low": low, "central": mid, "high": high, **row} for n, (low, mid, high) in bounds.items()]
    )
    nothing = {"low": [], "central": [], "high": [], **{k: [] for k in row}}
    figures = Figures(
        parameters, pd.DataFrame({"item_id": [], **nothing}, dtype=object), pd.DataFrame({"requirement_id": [], **nothing}, dtype=object)
    )
    names = [f"e.{n}" for n in bounds]
    a, b, c = (traced(n, 2.0) for n in names)
    trace = Trace((KEYS[0],), Program({result(USD, KEYS[0]): a * b / c}), {}, {})
    found = sobol(trace, figures, KEYS[0], names, draws=20_000).set_index("input")
    spread = np.array([np.var(np.log(pert_quantile(np.linspace(1e-4, 1 - 1e-4, 9999), *bounds[n[2:]]))) for n in names])
    expected = spread / spread.sum()
    np.testing.assert_allclose(found.loc[names, "first"], expected, atol=0.02)
    np.testing.assert_allclose(found.loc[names, "total"], expected, atol=0.02)


def test_a_deployment_that_cannot_be_had_says_why(core: dict[str, pd.DataFrame], figures: Figures) -> None:
    with pytest.raises(NotServed, match="taalas_hc1/deepseek_v3/chat has no cost: another model is wired into this chip"):
        Tracer(core, figures).trace(("taalas_hc1", "deepseek_v3", "chat"))


def test_the_program_as_javascript_is_whole(trace: Trace) -> None:
    text = trace.program.javascript("usefulTokenCost")
    assert text.startswith("function usefulTokenCost(given) {")
    for name in trace.program.inputs:
        assert f"given[{json.dumps(name)}] ?? " in text
    assert CHANGE + "item:hbm3e" in text


def test_nothing_is_sold_below_its_cost(core: dict[str, pd.DataFrame], figures: Figures) -> None:
    cheap = figures.with_known({"item:cowos_l.gross_margin": -0.4})
    with pytest.raises(Contradiction, match=r"item:cowos_l.gross_margin is -0.4: it would be sold for less than it costs") as told:
        item_bill(core["item"], core["requirement"], core["board"]["board_id"], cheap)
    assert told.value.nodes == {"item:cowos_l"}
