"""`stackgraph cutsets --fault-tree`: the cut sets of a model of your own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pipelines.cli.errors import Unusable
from pipelines.cli.output import say, show_most


def show_fault_tree(files: list[Path], top: str | None, max_order: int | None, limit: int, format: str) -> None:
    """Minimal cut sets and exact probability of a fault tree in the Open-PSA Model Exchange Format; of its only head unless said."""
    from graph.risk.cutsets import report
    from graph.risk.fault_tree import FaultTreeError, heads
    from graph.risk.open_psa import read_fault_tree

    try:
        tree = read_fault_tree(files)
        if top is None:
            gates = heads(tree)
            if len(gates) != 1:
                named = f"gates that no other takes: {', '.join(gates[:10]) or 'none'}{' ...' if len(gates) > 10 else ''}"
                raise Unusable(f"--fault-tree needs --top, the name of the gate whose cut sets are asked for; {named}")
            top = gates[0]
        found = report(tree, top, max_order)
    except FaultTreeError as error:
        raise Unusable(str(error)) from None
    if format == "json":
        sys.stdout.write(as_json(found))
        return
    probability = "unknown" if found["probability"] is None else f"{found['probability']:.6g}"
    orders = ", ".join(f"{n} of order {k}" for k, n in found["by_order"].items())
    part = "" if max_order is None else f" up to order {max_order}; longer ones are not counted"
    say(f"{top}: {found['count']} minimal cut sets{part} ({orders or 'none'}); probability {probability}")
    if found["minimal_cut_sets"] is None:
        say("too many to list: --max-order lists those up to an order")
    show_most(["order", "cut set"], [(len(cut), ", ".join(cut)) for cut in found["minimal_cut_sets"] or []], format, limit)


def as_json(found: dict[str, Any]) -> str:
    """A report as JSON, a cut set a line.

    Written as one text: tens of thousands of sets make half a million pieces, which the general encoder hands over, and a
    pipe without a buffer takes, one by one.
    """
    sets = found["minimal_cut_sets"]
    quoted = {name: json.dumps(name, ensure_ascii=False) for name in set().union(*sets or ())}
    lines = ",\n".join([f"  [{', '.join([quoted[name] for name in cut])}]" for cut in sets or ()])
    parts = {key: json.dumps(value, ensure_ascii=False) for key, value in found.items() if key != "minimal_cut_sets"}
    written = {key: parts.get(key, f"[\n{lines}\n ]" if sets else json.dumps(sets)) for key in found}
    return "{\n" + ",\n".join(f" {json.dumps(key)}: {text}" for key, text in written.items()) + "\n}\n"
