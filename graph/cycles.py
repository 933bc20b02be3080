"""Cycles that new requirements close: what a thing is made from needs the thing itself.

Such cycles exist (chips are made by tools that contain chips) and are kept; one that came in with somebody's own rows may be a
slip of the pen, so it is told, with the rows.
"""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx

Pair = tuple[str, str]
"""(what needs, what it needs), as ids of items or boards."""
THINGS = ("item", "board")


def closed_by(graph: nx.DiGraph[str], requirements: Iterable[Pair]) -> list[list[str]]:
    """The shortest cycle through each of these requirements that lies on one, each cycle once.

    Parameters
    ----------
    graph : the dependency graph with the requirements in it; edges point from what is needed to what needs it

    Returns
    -------
    list
        Cycles as ids of items and boards, each needing the next and the last the first. Offers between them are left out.
    """
    part = {node: k for k, nodes in enumerate(nx.strongly_connected_components(graph)) for node in nodes}
    found: dict[frozenset[str], list[str]] = {}
    for pair in requirements:
        consumer, needed = (next((node for kind in THINGS if (node := f"{kind}:{thing}") in part), None) for thing in pair)
        if consumer is None or needed is None or part[consumer] != part[needed]:
            continue
        way = [node.partition(":") for node in nx.shortest_path(graph, consumer, needed)]
        things = [name for kind, _, name in way if kind in THINGS]
        found.setdefault(frozenset(things), [things[0], *reversed(things[1:])])
    return list(found.values())


def pairs(cycle: list[str]) -> list[Pair]:
    """(what needs, what it needs) around a cycle."""
    return list(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
