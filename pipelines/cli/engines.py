"""`stackgraph cutsets` on files, and `stackgraph chokepoints` on the published graph."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pipelines.cli.errors import Unusable, unknown
from pipelines.cli.open import published
from pipelines.cli.output import say, show, show_most
from pipelines.stack import Stack

CORE = ("item", "board", "offer", "share", "requirement", "organisation", "country")


def show_fault_tree(files: list[Path], top: str, max_order: int | None, limit: int, format: str) -> None:
    """Minimal cut sets and exact probability of a fault tree in the Open-PSA Model Exchange Format."""
    from graph.risk.cutsets import report
    from graph.risk.fault_tree import FaultTreeError
    from graph.risk.open_psa import read_fault_tree

    try:
        found = report(read_fault_tree(files), top, max_order)
    except FaultTreeError as error:
        raise Unusable(str(error)) from None
    if format == "json":
        json.dump(found, sys.stdout, ensure_ascii=False, indent=1)
        print()
        return
    probability = "unknown" if found["probability"] is None else f"{found['probability']:.6g}"
    orders = ", ".join(f"{n} of order {k}" for k, n in found["by_order"].items())
    say(f"{top}: {found['count']} minimal cut sets ({orders or 'none'}); probability {probability}")
    show_most(["order", "cut set"], [(len(cut), ", ".join(cut)) for cut in found["minimal_cut_sets"] or []], format, limit)


def show_cut_sets(item: str, by: str, max_order: int, limit: int, format: str) -> None:
    """What sets of losses stop an item or board of the published graph."""
    stack = published()
    found = chokepoints_of(stack, node(stack, item), by, max_order)
    frame = found.min_cut_set
    show_most(list(frame.columns), frame.to_numpy(dtype=object).tolist(), format, limit)


def show_chokepoints(item: str, by: str, limit: int, format: str) -> None:
    """An analyst's page: single points of failure, and how much each loss matters, with what that rests on."""
    stack = published()
    target = node(stack, item)
    found = chokepoints_of(stack, target, by, 2)
    spof, matters = found.spof, found.top_probability
    if format != "table":
        show_most(list(spof.columns), spof.to_numpy(dtype=object).tolist(), format, limit)
        return
    say(f"{target}: the loss of any one of these stops it ({len(spof)} single points of failure, by {by}):")
    show_most(list(spof.columns), spof.to_numpy(dtype=object).tolist(), format, limit)
    pairs = found.min_cut_set[found.min_cut_set["order"] == 2] if "order" in found.min_cut_set else found.min_cut_set
    say(f"{len(pairs)} pairs stop it as well: `stackgraph cutsets {item}` lists them. What matters most, all losses alike in likelihood:")
    show(list(matters.columns), matters.head(limit).to_numpy(dtype=object).tolist(), format)


def chokepoints_of(stack: Stack, target: str, by: str, max_order: int):  # type: ignore[no-untyped-def]
    """`graph.risk.chokepoints.chokepoints` on the published records."""
    from graph.risk.chokepoints import chokepoints
    from graph.risk.fault_tree import FaultTreeError
    from graph.risk.supply_things import Records
    from pipelines.warehouse import tidy

    core = {name: tidy(stack.sql(f"select * from core.{name}")) for name in CORE}
    try:
        return chokepoints(Records(core), target, by, max_order)  # type: ignore[arg-type]
    except FaultTreeError as error:
        raise Unusable(str(error)) from None


def node(stack: Stack, name: str) -> str:
    """'gb200_nvl72' -> 'item:gb200_nvl72', 'h100' -> 'board:h100'."""
    known = [f"item:{i}" for i in stack.ids("core.item", "item_id")] + [f"board:{b}" for b in stack.ids("core.board", "board_id")]
    for candidate in (name, f"item:{name}", f"board:{name}"):
        if candidate in known:
            return candidate
    raise unknown("item or board", name, [n.partition(":")[2] for n in known])
