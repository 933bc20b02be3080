"""The economic systemic risk index: published answers, the formulas by brute force, and what must hold on every network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.risk import cascade as engine
from graph.risk.cascade import CascadeError, cascade, eps_sensitivity, esri, esri_of_groups
from graph.risk.firm_network import FirmNetwork, read_firm_network

NET30 = Path(__file__).parents[1] / "golden" / "cascade_net30"
COLUMNS = ["esri", "esri_down", "esri_up"]


def net30(folder: Path = NET30) -> FirmNetwork:
    return read_firm_network(folder / "firms.csv", folder / "edges.csv", folder / "ess.csv")


def network(
    industry: list[int], links: list[tuple[int, int, float]], essentiality: list[list[int]], final_demand: list[float] | None
) -> FirmNetwork:
    supplier, buyer, weight = (np.array(column) for column in zip(*links, strict=True))
    sales = np.bincount(supplier, weight, len(industry))
    return FirmNetwork(
        firms=tuple(f"f{k}" for k in range(len(industry))),
        industries=tuple(f"i{k}" for k in range(len(essentiality))),
        industry=np.array(industry),
        supplier=supplier,
        buyer=buyer,
        weight=weight.astype(float),
        revenue=None if final_demand is None else sales + np.array(final_demand),
        essentiality=np.array(essentiality, dtype=np.int8),
    )


@st.composite
def networks(draw: st.DrawFn, with_final_demand: bool = True) -> FirmNetwork:
    """2 to 9 firms in 1 to 4 industries, not all of them used; weights from 1 to 1,000."""
    n, k = draw(st.integers(2, 9)), draw(st.integers(1, 4))
    industry = draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n))
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    used = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=min(len(pairs), 24), unique=True))
    links = [(i, j, draw(st.floats(1.0, 1e3))) for i, j in used]
    essentiality = draw(st.lists(st.lists(st.integers(0, 2), min_size=k, max_size=k), min_size=k, max_size=k))
    demand = draw(st.lists(st.floats(0.01, 1e3), min_size=n, max_size=n))
    return network(industry, links, essentiality, demand if with_final_demand else None)


def by_the_formulas(net: FirmNetwork, closed: int, eps: float, market: bool, final_demand: bool) -> tuple[float, float, float, int]:
    """ESRI written out with dense matrices and loops over industries, independent of the engine."""
    n, industries = len(net.firms), len(net.industries)
    w = np.zeros((n, n))
    w[net.supplier, net.buyer] = net.weight
    s = w.sum(axis=1)
    revenue = net.revenue if final_demand else s
    assert revenue is not None
    psi = np.ones(n)
    psi[closed] = 0.0
    hd, hu = psi, psi
    rounds = 0
    while True:
        rounds += 1
        sigma = np.ones(n)
        if market:
            for i in range(n):
                left = sum(s[m] * hd[m] for m in range(n) if net.industry[m] == net.industry[i])
                sigma[i] = min(1.0, s[i] / (1.0 if left <= 1e-10 else left))
        new_hd, new_hu = psi.copy(), psi.copy()
        for j in range(n):
            needed, helpful = [0.0], 0.0
            for k in range(industries):
                members = np.flatnonzero(net.industry == k)
                of_industry, of_all = w[members, j].sum(), w[:, j].sum()
                kind = net.essentiality[k, net.industry[j]]
                if kind == 2 and of_industry > 0:
                    needed.append(float(sum(sigma[i] * (1 - hd[i]) * w[i, j] / of_industry for i in members)))
                if kind == 1 and of_all > 0:
                    helpful += float(sum(sigma[i] * (1 - hd[i]) * w[i, j] / of_all for i in members))
            new_hd[j] = max(0.0, min(psi[j], 1 - max(needed), 1 - helpful))
            if revenue[j] > 0:
                new_hu[j] = max(0.0, min(psi[j], 1 - sum(w[j, m] / revenue[j] * (1 - hu[m]) for m in range(n))))
        fall = max((hd - new_hd).max(), (hu - new_hu).max())
        hd, hu = new_hd, new_hu
        if fall <= eps:
            break
    share = s / s.sum()
    return float(share @ (1 - np.minimum(hd, hu))), float(share @ (1 - hd)), float(share @ (1 - hu)), rounds


@pytest.fixture(params=["plain", "compiled"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of computing it: the plain update, and the compiled kernel, which large networks get."""
    monkeypatch.setattr(engine, "SMALL", 10**12 if request.param == "plain" else -1)
    return str(request.param)


@pytest.mark.parametrize("eps", ["1e-2", "1e-9"])
def test_thirty_firms_have_the_published_index_after_as_many_rounds(either: str, eps: str) -> None:
    expected = pd.read_csv(NET30 / f"expected_market_final_demand_eps{eps}.csv")
    found = esri(net30(), eps=float(eps))
    np.testing.assert_allclose(found[COLUMNS], expected[COLUMNS], rtol=0, atol=1e-12)
    assert list(found["iterations"]) == list(expected["iters"])
    assert list(found["firm"]) == [str(f) for f in expected["firm"]]


@pytest.mark.shared
def test_the_copy_in_the_repository_is_the_worked_case(shared: Path) -> None:
    for file in (shared / "examples" / "cascade_net30").glob("*.csv"):
        assert (NET30 / file.name).read_text() == file.read_text()


@pytest.mark.parametrize("market", [True, False])
@pytest.mark.parametrize("final_demand", [True, False])
@given(net=networks(), eps=st.sampled_from([1e-2, 1e-3, 1e-5]))
@settings(max_examples=40)
def test_both_ways_compute_what_the_formulas_say(net: FirmNetwork, eps: float, market: bool, final_demand: bool) -> None:
    expected = np.array([by_the_formulas(net, c, eps, market, final_demand) for c in range(len(net.firms))])
    for small in (10**12, -1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine, "SMALL", small)
            found = esri(net, eps=eps, market=market, final_demand=final_demand)
        np.testing.assert_allclose(found[[*COLUMNS, "iterations"]].to_numpy(dtype=float), expected, rtol=0, atol=1e-12)


@pytest.fixture(scope="module")
def thousand() -> FirmNetwork:
    """Large enough for rounds in which all sums are made afresh and rounds in which few are."""
    from benchmarks.cascade import firms_like_a_country

    return firms_like_a_country(firms=1_000, links=8_000, industries=40, seed=7)


@pytest.mark.parametrize("market", [True, False])
@pytest.mark.parametrize("eps", [1e-2, 1e-9])
def test_work_only_where_the_shock_arrives_gives_what_the_full_update_gives(
    thousand: FirmNetwork, monkeypatch: pytest.MonkeyPatch, market: bool, eps: float
) -> None:
    some = thousand.firms[::9]
    monkeypatch.setattr(engine, "SMALL", 10**12)
    plain = esri(thousand, some, eps=eps, market=market)
    monkeypatch.setattr(engine, "SMALL", -1)
    compiled = esri(thousand, some, eps=eps, market=market)
    np.testing.assert_allclose(compiled[COLUMNS], plain[COLUMNS], rtol=0, atol=1e-12)
    assert list(compiled["iterations"]) == list(plain["iterations"])


def test_results_do_not_depend_on_threads_or_on_which_firms_are_asked_for(thousand: FirmNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SMALL", -1)
    whole = esri(thousand, threads=1)
    pd.testing.assert_frame_equal(whole, esri(thousand, threads=3))
    some = list(whole["firm"])[500:300:-7]
    pd.testing.assert_frame_equal(esri(thousand, some).set_index("firm"), whole.set_index("firm").loc[some])


def test_a_chain_of_essential_inputs_falls_to_its_end() -> None:
    # f0 -> f1 -> f2, each the only firm of its industry; sales 10 and 10, so two thirds of nothing survive
    chain = network([0, 1, 2], [(0, 1, 10.0), (1, 2, 10.0)], [[0, 2, 0], [0, 0, 2], [0, 0, 0]], [0.0, 0.0, 30.0])
    found = esri(chain).set_index("firm")
    assert found.loc["f0", COLUMNS].tolist() == [1.0, 1.0, 0.5], "the first link of the chain takes all sales with it"
    assert found.loc["f2", COLUMNS].tolist() == [1.0, 0.0, 1.0], "without its last buyer the chain has nothing to sell"
    assert found.loc["f0", "iterations"] == 3


def test_a_rival_replaces_what_a_small_firm_no_longer_delivers() -> None:
    # f0 sells 1 and f1 sells 9 of the same essential input; f2 buys from both: sigma of f0 is 1 / 9
    market = network([0, 0, 1], [(0, 2, 1.0), (1, 2, 9.0)], [[0, 2], [0, 0]], [1.0, 1.0, 10.0])
    assert cascade(market, {"f0": 0.0}).set_index("firm").loc["f2", "hd"] == pytest.approx(1 - 1 / 9 * 0.1)
    assert cascade(market, {"f0": 0.0}, market=False).set_index("firm").loc["f2", "hd"] == pytest.approx(0.9)


@given(networks())
def test_losing_an_essential_input_is_never_free(net: FirmNetwork) -> None:
    """Whoever buys from the only firm of an essential industry stops with it."""
    for closed, firm in enumerate(net.firms):
        alone = (net.industry == net.industry[closed]).sum() == 1
        hit = cascade(net, {firm: 0.0}, eps=0.5)
        for j in net.buyer[net.supplier == closed]:
            if alone and net.essentiality[net.industry[closed], net.industry[j]] == 2:
                assert hit["hd"][j] == pytest.approx(0.0, abs=1e-12)


@given(networks())
def test_no_firm_loses_more_than_all_or_less_than_its_own_sales(net: FirmNetwork) -> None:
    found = esri(net)
    sales = np.bincount(net.supplier, net.weight, len(net.firms))
    assert (found["esri"] >= sales / sales.sum() - 1e-12).all()
    assert (found[COLUMNS] <= 1 + 1e-12).all(axis=None)
    assert (found["esri"] >= found[["esri_down", "esri_up"]].max(axis=1) - 1e-12).all()


@given(networks(), st.data())
def test_another_supplier_of_the_same_industry_never_raises_what_buyers_lose(net: FirmNetwork, data: st.DataObject) -> None:
    """A newcomer takes over half of what one firm delivers to one buyer: closing that firm then costs no more downstream."""
    link = data.draw(st.integers(0, len(net.weight) - 1))
    firm, buyer = int(net.supplier[link]), int(net.buyer[link])
    halved = net.weight.copy()
    halved[link] /= 2
    assert net.revenue is not None
    more = replace(
        net,
        firms=(*net.firms, "newcomer"),
        industry=np.append(net.industry, net.industry[firm]),
        supplier=np.append(net.supplier, len(net.firms)),
        buyer=np.append(net.buyer, buyer),
        weight=np.append(halved, halved[link]),
        revenue=np.append(net.revenue, halved[link] + 1.0),
    )
    before, after = (cascade(n, {net.firms[firm]: 0.0}, eps=1e-9, market=False)["hd"] for n in (net, more))
    assert (after[: len(net.firms)] >= before - 1e-9).all()


@given(networks(), st.floats(1.0, 1e6))
def test_the_unit_of_sales_does_not_matter_while_every_firm_sells_at_least_one(net: FirmNetwork, factor: float) -> None:
    assert net.revenue is not None
    scaled = replace(net, weight=net.weight * factor, revenue=net.revenue * factor)
    np.testing.assert_allclose(esri(net, eps=1e-6)[COLUMNS], esri(scaled, eps=1e-6)[COLUMNS], rtol=0, atol=1e-4)


def test_a_firm_that_sells_less_than_one_is_replaced_where_its_industry_is_gone() -> None:
    """The published rule divides by 1 where an industry has nothing left, so results depend on the unit of small sales."""
    pair = network([0, 0], [(0, 1, 1.0), (1, 0, 1.0)], [[1]], [1.0, 1.0])
    in_larger_units = replace(pair, weight=pair.weight / 2, revenue=np.array([1.0, 1.0]))
    assert esri(pair, eps=1e-6)["esri"].tolist() == [1.0, 1.0]
    assert esri(in_larger_units, eps=1e-6)["esri"].tolist() == [0.75, 0.75]


@given(networks())
def test_more_closed_firms_and_a_smaller_eps_never_lose_less(net: FirmNetwork) -> None:
    alone = esri(net, net.firms[:1], eps=1e-6)["esri"][0]
    assert esri_of_groups(net, {"both": net.firms[:2]}, eps=1e-6)["esri"][0] >= alone - 1e-6
    assert (eps_sensitivity(net)["change"] >= -1e-12).all()


def test_firms_that_close_together_are_one_shock(either: str) -> None:
    net = net30()
    found = esri_of_groups(net, {"pair": ["3", "5"], "twice": ["3", "3"], "alone": ["3"]}, eps=1e-9).set_index("group")
    assert found.loc["pair", "esri"] == pytest.approx(cascade(net, {"3": 0.0, "5": 0.0}, eps=1e-9)["esri"].sum(), abs=1e-12)
    assert found.loc["twice"].tolist() == found.loc["alone"].tolist()


def test_without_final_demand_it_runs_only_if_asked_and_shows_its_artefact() -> None:
    net = replace(net30(), revenue=None)
    with pytest.raises(CascadeError, match=r"no final demand.*no revenue is given.*final_demand=False"):
        esri(net)
    closed_loop = replace(net, revenue=np.bincount(net.supplier, net.weight, len(net.firms)))
    with pytest.raises(CascadeError, match="revenue of every firm is the sum of its sales"):
        esri(closed_loop)
    found = eps_sensitivity(net, finer=1e-6, final_demand=False)
    assert (found["esri"].mean(), found["esri_finer"].mean()) == pytest.approx((0.57, 0.99), abs=0.01), "where nothing leaks"
    assert eps_sensitivity(net30(), finer=1e-9)["change"].mean() < 0.01


def test_irrelevant_inputs_count_where_all_inputs_are_relevant() -> None:
    net = network([0, 1], [(0, 1, 1.0)], [[0, 0], [0, 0]], [1.0, 1.0])
    assert cascade(net, {"f0": 0.0})["hd"][1] == 1.0
    assert cascade(net, {"f0": 0.0}, all_inputs_relevant=True)["hd"][1] == 0.0


def test_what_cannot_be_asked_is_said() -> None:
    net = net30()
    with pytest.raises(CascadeError, match="no firm '229' in the network; nearest: 29, 22"):
        esri(net, ["3", "229"])
    with pytest.raises(CascadeError, match="eps is nan"):
        esri(net, eps=float("nan"))
    with pytest.raises(CascadeError, match=r"capacity of '3' is 1\.5"):
        cascade(net, {"3": 1.5})
    with pytest.raises(CascadeError, match="group 'nobody' has no firms"):
        esri_of_groups(net, {"nobody": []})
    with pytest.raises(CascadeError, match="must be smaller"):
        eps_sensitivity(net, finer=0.1)


def test_a_cascade_that_does_not_settle_is_named(either: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MOST_ROUNDS", 3)
    monkeypatch.setattr(engine, "PLAIN_ROUNDS", 3)
    with pytest.raises(CascadeError, match="has not settled after 3 rounds"):
        esri(net30(), eps=1e-9)


def test_asking_for_no_firms_gives_no_rows() -> None:
    assert esri(net30(), []).empty
