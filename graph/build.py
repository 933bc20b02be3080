"""Records to the dependency graph: nodes and edges as tables, and the NetworkX graph users load.

Every edge points downstream, the way goods and failures travel: a country's loss reaches the offers in it, an
offer's the item, an item's whatever requires it, up to the useful token. So `networkx.descendants(graph,
"item:gallium")` is what depends on gallium and `networkx.ancestors(graph, "board:h100")` is what stands behind an H100.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

import networkx as nx
import pandas as pd

from graph.results import Cycle, Edge, Node
from sources.columns import Table, columns
from sources.frames import rows_of

Frames = Mapping[str, pd.DataFrame]
SUPPLIERS = "suppliers"
HARNESS_OUTPUT = "useful_token"
NETWORK = "scale_out_network"
"""The item that joins servers into a cluster, in units of one accelerator's 400 Gbit/s port."""
FACILITY = {"air": "facility_air", "direct_to_chip": "facility_liquid", "mixed": "facility_liquid", "immersion": "facility_immersion"}
"""A site's cooling -> the kind of facility it is."""


class GraphError(ValueError):
    """The records do not make a sound graph."""


@dataclass(frozen=True)
class Deployment:
    """A board serving a model for a workload at a site, through that workload's harness."""

    board_id: str
    site_id: str
    model_id: str
    workload_id: str

    @property
    def deployment_id(self) -> str:
        return "/".join((self.board_id, self.site_id, self.model_id, self.workload_id))


def _arrange(rows: list[dict[str, object]] | pd.DataFrame, table: type[Table]) -> pd.DataFrame:
    return pd.DataFrame(rows).reindex(columns=[c.name for c in columns(table)])


def nodes(core: Frames, deployments: list[Deployment]) -> pd.DataFrame:
    """The table graph.node. `core` maps core table names (without schema) to frames."""
    rows: list[dict[str, object]] = []
    for r in rows_of(core["item"]):
        rows.append({"node_id": f"item:{r['item_id']}", "kind": "item", "name": r["name"], "layer": r["layer"], "unit": r["unit"]})
    for r in rows_of(core["organisation"]):
        rows.append(
            {
                "node_id": f"org:{r['organisation_id']}",
                "kind": "organisation",
                "name": r["name"],
                "layer": SUPPLIERS,
                "country": r["country"],
            }
        )
    for r in rows_of(core["country"]):
        rows.append(
            {"node_id": f"country:{r['country']}", "kind": "country", "name": r["name"], "layer": SUPPLIERS, "country": r["country"]}
        )
    item_name = dict(zip(core["item"]["item_id"], core["item"]["name"], strict=True))
    org_name = dict(zip(core["organisation"]["organisation_id"], core["organisation"]["name"], strict=True))
    for r in rows_of(core["offer"]):
        name = f"{org_name[r['organisation_id']]}: {item_name[r['item_id']]} ({r['country']})"
        rows.append({"node_id": f"offer:{r['offer_id']}", "kind": "offer", "name": name, "layer": SUPPLIERS, "country": r["country"]})
    for r in rows_of(core["board"]):
        rows.append({"node_id": f"board:{r['board_id']}", "kind": "board", "name": r["name"], "layer": "boards", "unit": "unit"})
    for r in rows_of(core["site"]):
        rows.append({"node_id": f"site:{r['site_id']}", "kind": "site", "name": r["name"], "layer": "sites", "country": r["country"]})
    for d in deployments:
        name = f"{d.model_id} for {d.workload_id} on {d.board_id}"
        rows.append({"node_id": f"deployment:{d.deployment_id}", "kind": "deployment", "name": name, "layer": "tokens"})
    return _arrange(rows, Node)


def edges(core: Frames, deployments: list[Deployment]) -> pd.DataFrame:
    """The table graph.edge."""
    rows = [
        *_supply_edges(core),
        *_ownership_edges(core),
        *_class_edges(core),
        *_requirement_edges(core),
        *_board_edges(core),
        *_site_edges(core),
        *_deployment_edges(core, deployments),
    ]
    frame = _arrange(rows, Edge)
    return frame.drop_duplicates(["source_node", "target_node", "kind"]).reset_index(drop=True)


def _edge(source: str, target: str, kind: str, **more: object) -> dict[str, object]:
    return {
        "source_node": source,
        "target_node": target,
        "kind": kind,
        **{k: v for k, v in more.items() if v is not None},
    }


def _supply_edges(core: Frames) -> list[dict[str, object]]:
    rows = []
    for r in rows_of(core["offer"]):
        offer = f"offer:{r['offer_id']}"
        said = {"grade": r["grade"], "source_id": r["source_id"]}
        rows.append(_edge(f"org:{r['organisation_id']}", offer, "supplies", **said))
        rows.append(_edge(offer, f"item:{r['item_id']}", "supplies", weight=r["share_central"], unit="fraction", **said))
        rows.append(_edge(f"country:{r['country']}", offer, "located_in", grade=r["production_grade"], source_id=r["production_source_id"]))
    shares = core["share"]
    for r in rows_of(shares[(shares["supplier_kind"] == "country") & (shares["status"] == "current")]):
        rows.append(
            _edge(
                f"country:{r['country']}",
                f"item:{r['item_id']}",
                "supplies",
                weight=r["central"],
                unit="fraction",
                grade=r["grade"],
                source_id=r["source_id"],
            )
        )
    return rows


def _ownership_edges(core: Frames) -> list[dict[str, object]]:
    owned = core["organisation"][core["organisation"]["parent_id"].notna()]
    return [
        _edge(
            f"org:{r['parent_id']}",
            f"org:{r['organisation_id']}",
            "part_of",
            weight=r["parent_share"],
            unit="fraction",
            grade=r["grade"],
            source_id=r["source_id"],
        )
        for r in rows_of(owned)
    ]


def _class_edges(core: Frames) -> list[dict[str, object]]:
    kinds = core["item"][core["item"]["part_of"].notna()]
    return [_edge(f"item:{r['item_id']}", f"item:{r['part_of']}", "part_of") for r in rows_of(kinds)]


def _requirement_edges(core: Frames) -> list[dict[str, object]]:
    """What an item requires, each of its offers requires: that is where a lack of it is felt.

    A requirement that names a supplier starts at that supplier's offers, any other at the input itself.
    """
    boards = set(core["board"]["board_id"])
    offers: dict[str, list[tuple[str, str]]] = {}
    for r in rows_of(core["offer"]):
        offers.setdefault(r["item_id"], []).append((r["organisation_id"], f"offer:{r['offer_id']}"))

    def node(thing: str) -> str:
        return f"board:{thing}" if thing in boards else f"item:{thing}"

    rows = []
    needs = core["requirement"]
    for r in rows_of(needs[needs["status"] == "current"]):
        said = {
            "weight": r["central"],
            "unit": r["unit"],
            "group_name": r["group_name"],
            "k": r["k"],
            "essentiality": r["essentiality"],
            "grade": r["grade"],
            "source_id": r["source_id"],
        }
        sources = [o for organisation, o in offers.get(r["input_id"], []) if organisation == r["organisation_id"]] or [node(r["input_id"])]
        targets = [o for _, o in offers.get(r["consumer_id"], [])] or [node(r["consumer_id"])]
        rows += [_edge(source, target, "requires", **said) for source in sources for target in targets]
    return rows


def _board_edges(core: Frames) -> list[dict[str, object]]:
    """What a board needs by its own making: its foundry's wafers, its packager's capacity, its memory, a substrate."""
    rows = []
    for r in rows_of(core["board"]):
        board = f"board:{r['board_id']}"
        said = {"k": 1, "essentiality": "essential", "grade": r["grade"], "source_id": r["source_id"]}
        for item_id, makers in ((r["wafer_item"], r["foundry"]), (r["io_wafer_item"], r["foundry"]), (r["packaging_item"], r["packager"])):
            if item_id:
                rows += [_edge(source, board, "requires", group_name=item_id, **said) for source in _offers_of(core, item_id, makers)]
        for item_id in (r["memory_item"], "abf_substrate", "package_assembly"):
            if item_id:
                rows.append(_edge(f"item:{item_id}", board, "requires", group_name=item_id, **said))
        for designer in r["designer"].split(";"):
            rows.append(_edge(f"org:{designer}", board, "supplies", grade=r["grade"], source_id=r["source_id"]))
        if r["design_partner"]:
            rows += [
                _edge(f"org:{partner}", board, "supplies", grade=r["grade"], source_id=r["source_id"])
                for partner in r["design_partner"].split(";")
            ]
    return rows


def _offers_of(core: Frames, item_id: str, makers: str | None) -> list[str]:
    """The named makers' offers of an item; the item itself where no maker is named or none has an offer."""
    names = makers.split(";") if makers else []
    offers = core["offer"]
    found = offers[(offers["item_id"] == item_id) & offers["organisation_id"].isin(names)]["offer_id"]
    return [f"offer:{o}" for o in found] or [f"item:{item_id}"]


def _site_edges(core: Frames) -> list[dict[str, object]]:
    rows = []
    for r in rows_of(core["site"]):
        site = f"site:{r['site_id']}"
        rows.append(_edge(f"country:{r['country']}", site, "located_in", grade=r["grade"], source_id=r["source_id"]))
        for operator in r["operator"].split(";") if r["operator"] else []:
            rows.append(_edge(f"org:{operator}", site, "supplies", grade=r["grade"], source_id=r["source_id"]))
        source = f"board:{r['board_id']}" if r["board_id"] else "item:ai_accelerator"
        rows.append(_edge(source, site, "hosts", grade=r["grade"], source_id=r["source_id"]))
        needed = ["electricity", *([FACILITY[r["cooling"]]] if r["cooling"] in FACILITY else [])]
        for item_id in needed:
            rows.append(
                _edge(f"item:{item_id}", site, "requires", k=1, essentiality="essential", grade=r["grade"], source_id=r["source_id"])
            )
        if r["status"] == "operational":
            rows.append(_edge(site, "item:accelerator_hour", "supplies", grade=r["grade"], source_id=r["source_id"]))
    return rows


def _deployment_edges(core: Frames, deployments: list[Deployment]) -> list[dict[str, object]]:
    """A deployment runs on a board and a site, in the board's server, on a network; its tokens are the harness's input."""
    system = dict(zip(core["board"]["board_id"], core["board"]["system_item"], strict=True))
    rows = []
    for d in deployments:
        node = f"deployment:{d.deployment_id}"
        rows.append(_edge(f"board:{d.board_id}", node, "serves", grade="derived"))
        rows.append(_edge(f"site:{d.site_id}", node, "hosts", grade="derived"))
        for item_id in (system[d.board_id], NETWORK):
            rows.append(_edge(f"item:{item_id}", node, "requires", k=1, essentiality="essential", grade="derived"))
        rows.append(_edge(node, f"item:{HARNESS_OUTPUT}", "serves", grade="derived"))
    return rows


def dangling(node_table: pd.DataFrame, edge_table: pd.DataFrame) -> list[str]:
    """Edges of which an end is no node."""
    known = set(node_table["node_id"])
    bad = edge_table[~edge_table["source_node"].isin(known) | ~edge_table["target_node"].isin(known)]
    return [f"{source} -> {target}" for source, target in zip(bad["source_node"], bad["target_node"], strict=True)]


def graphml(graph: Frames) -> bytes:
    """The graph as GraphML, UTF-8. `graph` holds the tables 'node' and 'edge'."""
    file = BytesIO()
    # Indenting it takes a fifth of the time and is read by nobody.
    nx.write_graphml(digraph(graph["node"], graph["edge"]), file, prettyprint=False)
    return file.getvalue()


def digraph(node_table: pd.DataFrame, edge_table: pd.DataFrame) -> nx.DiGraph[str]:
    """The NetworkX graph: node and edge columns as attributes, empty ones left out so that GraphML can hold it.

    Where two edges of different kinds join the same nodes, the first kind is kept on the edge and both are listed in
    its attribute `kinds`.

    Raises
    ------
    GraphError
        An edge refers to a node that is not there.
    """
    graph: nx.DiGraph[str] = nx.DiGraph(name="stackgraph")
    for row in rows_of(node_table):
        graph.add_node(row["node_id"], **{k: v for k, v in row.items() if k != "node_id" and v is not None})
    if lost := dangling(node_table, edge_table):
        raise GraphError(f"{len(lost)} edges refer to nodes that are not there, such as {'; '.join(lost[:5])}")
    for row in rows_of(edge_table):
        ends = (row["source_node"], row["target_node"])
        attributes = {k: v for k, v in row.items() if k not in ("source_node", "target_node") and v is not None}
        if graph.has_edge(*ends):
            graph.edges[ends]["kinds"] += ";" + row["kind"]
        else:
            graph.add_edge(*ends, **attributes, kinds=row["kind"])
    return graph


def cycles(graph: nx.DiGraph[str]) -> pd.DataFrame:
    """The table graph.cycle: things that need each other, largest group first."""
    found = sorted((sorted(c) for c in nx.strongly_connected_components(graph) if len(c) > 1), key=lambda c: (-len(c), c[0]))
    rows: list[dict[str, object]] = [{"cycle_id": i, "size": len(c), "node_id": n} for i, c in enumerate(found, start=1) for n in c]
    return _arrange(rows, Cycle)


def unreachable_boards(graph: nx.DiGraph[str]) -> list[str]:
    """Boards that no material leads to, or that lead to no useful token: a hole in the chain."""
    materials = {n for n, d in graph.nodes(data=True) if d.get("layer") == "materials"}
    missing = []
    for node, data in graph.nodes(data=True):
        if data["kind"] != "board":
            continue
        above, below = nx.ancestors(graph, node), nx.descendants(graph, node)
        if not materials & above or f"item:{HARNESS_OUTPUT}" not in below:
            missing.append(node)
    return missing
