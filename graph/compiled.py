"""The graph as arrays (CSR), for engines that visit every edge many times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Compiled:
    """Outgoing edges of node i are targets[start[i]:start[i+1]], with the same slice of `edge` as row numbers of graph.edge.

    node_ids : ids in the order of the node table
    start : int64, shape (nodes + 1,)
    targets, edge : int64, shape (edges,)
    weight : float64, shape (edges,); NaN where unknown
    """

    node_ids: tuple[str, ...]
    start: NDArray[np.int64]
    targets: NDArray[np.int64]
    edge: NDArray[np.int64]
    weight: NDArray[np.float64]

    def index(self, node_id: str) -> int:
        """Position of a node. KeyError where it is not in the graph."""
        try:
            return self.node_ids.index(node_id)
        except ValueError:
            raise KeyError(node_id) from None

    def out(self, position: int) -> NDArray[np.int64]:
        """Positions of the nodes directly downstream."""
        return self.targets[self.start[position] : self.start[position + 1]]


def compile_graph(nodes: pd.DataFrame, edges: pd.DataFrame) -> Compiled:
    """Compile graph.node and graph.edge.

    Raises
    ------
    ValueError
        An edge refers to a node that is not in `nodes`.
    """
    ids = pd.Index(nodes["node_id"])
    source, target = ids.get_indexer(edges["source_node"]), ids.get_indexer(edges["target_node"])
    if (source < 0).any() or (target < 0).any():
        bad = edges[(source < 0) | (target < 0)].iloc[0]
        raise ValueError(f"the edge {bad['source_node']} -> {bad['target_node']} refers to a node that is not there")
    by_source = np.argsort(source, kind="stable").astype(np.int64)
    counts = np.bincount(source, minlength=len(ids))
    return Compiled(
        node_ids=tuple(ids),
        start=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        targets=target[by_source].astype(np.int64),
        edge=by_source,
        weight=edges["weight"].to_numpy(dtype=float)[by_source],
    )


def descendants(graph: Compiled, position: int) -> NDArray[np.bool_]:
    """Mask of the nodes that can be reached downstream of one, itself left out unless it lies on a cycle."""
    seen = np.zeros(len(graph.node_ids), dtype=bool)
    frontier = np.unique(graph.out(position))
    while frontier.size:
        seen[frontier] = True
        ahead = np.concatenate([graph.out(int(i)) for i in frontier]) if frontier.size else frontier
        frontier = np.unique(ahead[~seen[ahead]])
    return seen
