"""`stackgraph cutsets --fault-tree`: the cut sets of a model of your own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pipelines.cli.errors import Unusable
from pipelines.cli.output import say, show_most


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
