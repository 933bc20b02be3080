"""Schemas graph, risk and cost: what follows from the records.

Three assets in the sense of work, many in the sense of tables: the graph is built once, concentration is measured once, the
cost chain is priced once, and each writes all its tables. The lineage between those tables is the chain itself: wafer, die, package,
board, server, accelerator-hour, served token, useful token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import dagster as dg
import networkx as nx

from graph import build
from graph import results as g
from graph.cost import tables
from graph.cost.attribution import attribution
from graph.cost.bound import by_finding, roofline_check
from graph.cycles import Pair
from graph.risk.concentration import hhi
from graph.risk.governance import country_risk
from pipelines.assets.behind import (
    closed_cycles,
    idle_prices,
    losing_prices,
    made_from,
    overlay_rows,
    own_prices,
    own_requirements,
    told_with_rows,
)
from pipelines.assets.declare import (
    Result,
    asset_key,
    blocking,
    checked,
    contents_key,
    key_check,
    spec,
    stored,
    unless_unchanged,
    warned,
    warning,
)
from pipelines.assets.priced import deployed, priced
from pipelines.beforehand import FROM_COSTS, FROM_RECORDS, Beforehand
from pipelines.warehouse import read_tables
from sources.columns import Table

COST_INPUTS = ["item", "requirement", "price", "parameter", "board", "model", "workload", "site", "benchmark"]
CHAIN: dict[type[Table], list[str]] = {
    g.Wafer: ["graph.edge", "core.price", "core.requirement", "core.item", "core.board", "core.parameter"],
    g.Die: ["cost.wafer", "core.parameter", "core.board"],
    g.Package: ["cost.die", "core.price", "core.parameter"],
    g.BoardCost: ["cost.package", "core.requirement", "core.parameter"],
    g.Server: ["cost.board_cost", "core.requirement", "core.price"],
    g.AcceleratorHour: ["cost.server", "core.site", "core.price", "core.parameter"],
    g.ServedToken: ["cost.accelerator_hour", "core.model", "core.workload", "core.parameter"],
    g.UsefulToken: ["cost.served_token", "core.workload", "core.parameter"],
    g.PriceNode: ["cost.useful_token", "core.price"],
    g.PriceEdge: ["cost.useful_token", "core.requirement"],
    g.CostByLayer: ["cost.useful_token", "core.item"],
    g.CostEvidence: ["cost.useful_token", "core.price"],
    g.RooflineCheck: ["core.benchmark", "core.board", "core.model", "core.parameter"],
}
"""Each cost table and what it is made from, as the lineage shows it."""
GRAPH_INPUTS = [
    "item",
    "organisation",
    "country",
    "offer",
    "share",
    "board",
    "site",
    "requirement",
    "price",
    "parameter",
    "model",
    "workload",
]


ROUNDING = 1e-6
"""Shares that sum to one but for this are whole: prices range over fifteen orders of magnitude."""
GRAPHML = Beforehand(("graph.graphml",), ("graph.node", "graph.edge"), build.graphml)
"""The graph as a file, which nothing but publishing waits for."""
RISK_INPUTS = ["share", "offer", "item", "organisation", "parameter"]


@dg.multi_asset(
    specs=[spec(t, t.table, "cost", deps, kinds=["numpy"]) for t, deps in CHAIN.items()],
    check_specs=[
        *(key_check(t.table) for t in CHAIN),
        blocking("cost.roofline_check", "below_the_roofline", "No measured result passes its bound."),
        blocking("cost.cost_by_layer", "shares_sum_to_one", "The layers' shares of a useful token sum to one."),
        blocking("cost.useful_token", "every_board_priced", "Every board serves at least one model for one workload."),
        blocking("cost.board_cost", "sold_above_cost", "No board has a published price below what it is made from."),
        warning("cost.price", "bought_at_own_prices", "Something is bought at each price of an overlay."),
        warning("cost.price", "own_prices_above_cost", "No price of an overlay is below what the parts cost."),
    ],
)
def cost() -> Iterator[Result]:
    own = own_prices()
    places = [place for rows in own.values() for place in rows]
    yield from unless_unchanged([t.table for t in CHAIN], [f"core.{n}" for n in COST_INPUTS], lambda: _cost(own), places)
    for one in FROM_COSTS:
        one.begin()


def _cost(own: Mapping[str, list[str]]) -> Iterator[Result]:
    GRAPHML.begin()
    core = read_tables(f"core.{n}" for n in COST_INPUTS)
    with told_with_rows():
        model, figures = priced(core, contents_key(f"core.{n}" for n in COST_INPUTS))
    by_layer, evidence = attribution(model, core, figures)
    useful, bounds = tables.useful_table(model), roofline_check(core, figures)
    frames = {
        g.Wafer: tables.wafer_table(model, core),
        **tables.board_tables(model, core),
        g.ServedToken: tables.served_table(model, core),
        g.UsefulToken: useful,
        g.PriceNode: tables.price_table(model, core, figures),
        g.PriceEdge: tables.price_edge_table(model),
        g.CostByLayer: by_layer,
        g.CostEvidence: evidence,
        g.RooflineCheck: bounds,
    }
    for table in CHAIN:
        yield stored(table, frames[table])
    above = bounds[bounds["is_below_bound"].eq(False).fillna(False)]["benchmark_id"].tolist()
    held = {"measured": len(bounds), "bounded": int(bounds["bound_tok_s"].count()), "findings": by_finding(bounds)}
    yield checked("cost.roofline_check", "below_the_roofline", not above, {**held, "above": ", ".join(above) or "none"})
    worst = float((by_layer.groupby(["board_id", "model_id", "workload_id"])["share"].sum() - 1).abs().max())
    yield checked("cost.cost_by_layer", "shares_sum_to_one", worst < ROUNDING, {"largest_deviation": worst})
    unpriced = sorted(set(core["board"]["board_id"]) - set(useful["board_id"]))
    yield checked("cost.useful_token", "every_board_priced", not unpriced, {"unpriced": ", ".join(unpriced) or "none"})
    lossy = [b for b in core["board"]["board_id"] if float(model.bill[f"board:{b}"].margin.flat[0]) < 0]
    rows = overlay_rows(set().union(*(made_from(model.bill, f"board:{b}") for b in lossy)))
    facts = {"sold_below_cost": ", ".join(lossy) or "none"} | ({"rows_of_your_overlay_that_can_be_behind_it": rows} if rows else {})
    yield checked("cost.board_cost", "sold_above_cost", not lossy, facts)
    yield warned("cost.price", "bought_at_own_prices", "prices", idle_prices(model.bill, core["board"], own))
    yield warned("cost.price", "own_prices_above_cost", "prices", losing_prices(model, core["board"], figures, own))


@dg.multi_asset(
    specs=[
        spec(g.Node, "graph.node", "graph", [f"core.{n}" for n in GRAPH_INPUTS], kinds=["networkx"]),
        spec(g.Edge, "graph.edge", "graph", [f"core.{n}" for n in GRAPH_INPUTS], kinds=["networkx"]),
        spec(g.Cycle, "graph.cycle", "graph", ["graph.node", "graph.edge"], kinds=["networkx"]),
    ],
    check_specs=[
        *(key_check(t) for t in ("graph.node", "graph.edge", "graph.cycle")),
        blocking("graph.edge", "no_dangling_edge", "Both ends of every edge are nodes."),
        blocking("graph.node", "no_unreachable_board", "Every board is reached from a material and reaches the useful token."),
        warning("graph.cycle", "closed_by_overlay", "No row of an overlay closes a cycle."),
    ],
)
def graph() -> Iterator[Result]:
    for one in FROM_RECORDS:  # together they take as long as all that follows from here
        one.begin()
    inputs = {f"core.{n}" for n in (*GRAPH_INPUTS, *COST_INPUTS)}
    own = own_requirements()
    places = [place for rows in own.values() for place in rows]
    yield from unless_unchanged(["graph.node", "graph.edge", "graph.cycle"], inputs, lambda: _graph(own), places)


def _graph(own: Mapping[Pair, list[str]]) -> Iterator[Result]:
    core = read_tables(f"core.{n}" for n in GRAPH_INPUTS)
    with told_with_rows():
        deployments, _ = deployed(core, contents_key(f"core.{n}" for n in COST_INPUTS))
    nodes, edges = build.nodes(core, deployments), build.edges(core, deployments)
    yield stored(g.Node, nodes)
    yield stored(g.Edge, edges)
    lost = build.dangling(nodes, edges)
    yield checked("graph.edge", "no_dangling_edge", not lost, {"edges": len(edges), "dangling": "; ".join(lost[:9]) or "none"})
    network = build.digraph(nodes, edges)
    yield stored(g.Cycle, build.cycles(network), may_be_empty=True)
    closed = closed_cycles(network, core["requirement"], own)
    yield warned("graph.cycle", "closed_by_overlay", "cycles", closed)
    unreached = build.unreachable_boards(network)
    parts = nx.number_weakly_connected_components(network)
    yield checked("graph.node", "no_unreachable_board", not unreached, {"unreachable": ", ".join(unreached) or "none", "components": parts})


@dg.multi_asset(
    specs=[spec(g.Hhi, "risk.hhi", "risk", ["graph.edge", *(f"core.{n}" for n in RISK_INPUTS)], kinds=["numpy"])],
    check_specs=[
        key_check("risk.hhi"),
        dg.AssetCheckSpec("bounds_hold", asset=asset_key("risk.hhi"), blocking=True, description="0 < low <= central <= high <= 10,000."),
    ],
)  # fmt: skip
def risk() -> Iterator[Result]:
    yield from unless_unchanged(["risk.hhi"], [f"core.{n}" for n in RISK_INPUTS], _risk)


def _risk() -> Iterator[Result]:
    core = read_tables(f"core.{n}" for n in RISK_INPUTS)
    frame = hhi(core["share"], core["offer"], core["item"], core["organisation"], country_risk(core["parameter"]))
    yield stored(g.Hhi, frame)
    known = frame[frame["hhi_central"].notna()]
    sound = (
        (known["hhi_low"] > 0)
        & (known["hhi_low"] <= known["hhi_central"])
        & (known["hhi_central"] <= known["hhi_high"])
        & (known["hhi_high"] <= 10_000)
    )
    yield checked("risk.hhi", "bounds_hold", bool(sound.all()), {"measured": len(known), "without_any_share": len(frame) - len(known)})


ASSETS = [graph, risk, cost]
