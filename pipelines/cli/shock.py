"""`stackgraph shock`: changes of price and of supply, each through its own channel, side by side.

A price works through cost shares, a shortage through the scarcest input. Gallium is a negligible part of the cost and a total
stop: neither channel stands in for the other, so neither is ever turned into the other here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pipelines.cli.cost import check_ids
from pipelines.cli.errors import Unusable, unknown
from pipelines.cli.open import published
from pipelines.cli.output import say, show, show_most
from pipelines.stack import Stack

_HISTORIC = re.compile(r"^(?P<node>[a-z0-9_:/]+)=worst$")
_CHANGE = re.compile(r"^(?P<node>[a-z0-9_:/]+)=(?P<sign>[+-]?)(?P<number>\d+(\.\d+)?)%$")
_SUPPLY = re.compile(r"^(?P<node>[a-z0-9_:/]+)=-(?P<number>\d+(\.\d+)?)%supply$")
PRICED = ["board_id", "model_id", "workload_id", "usd_low", "usd_central", "usd_high"]
PRICED += ["usd_percent_margin", "change_percent_margin", "usd_dollar_margin", "change_dollar_margin"]
SHORT = ["lost", "supply", "target", "first_short_day", "lost_share_low", "lost_share_central", "lost_share_high", "per_unit_of_supply"]
SHORT += ["verdict", "grade", "path"]
TARGETS = ("item:useful_token", "item:ai_accelerator")
YEAR = 365


def show_shock(changes: list[str], board: str | None, model: str | None, workload: str | None, limit: int, format: str) -> None:
    """What changes of price do to the cost of useful tokens, and changes of supply to their number."""
    stack = published()
    check_ids(stack, board, model, workload)
    prices = once(change for text in changes if not _SUPPLY.match(text) for change in price_changes(stack, text))
    supply = once(change for text in changes if _SUPPLY.match(text) for change in supply_changes(stack, text))
    priced = price_channel(stack, prices, board, model, workload) if prices else []
    short = quantity_channel(stack, supply) if supply else []
    if format == "table" or not (prices and supply):
        if prices:
            show_most(PRICED, priced, format, limit)
        if supply:
            say("QUANTITY: useful tokens and accelerators of a year that are not made while the supply is short all of it, prices aside.")
            show(SHORT, short, format)
            say("next        stackgraph disrupt ITEM --loss 20% --days 365 (boards and sites, and through what)")
        return
    columns = ["channel", *SHORT, *PRICED]
    told = [["quantity", *row, *[None] * len(PRICED)] for row in short] + [["price", *[None] * len(SHORT), *row] for row in priced]
    show_most(columns, told, format, limit)


def once(changes: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Changes by what they change, each named once."""
    found: dict[str, float] = {}
    for node, change in changes:
        if node in found:
            raise Unusable(f"{node} is changed twice: give one change for each")
        found[node] = change
    return found


def price_channel(stack: Stack, changes: dict[str, float], board: str | None, model: str | None, workload: str | None) -> list[list[Any]]:
    """Rows of `PRICED`: useful-token costs before and after."""
    frame = stack.shock(changes)
    for name, value in (("board_id", board), ("model_id", model), ("workload_id", workload)):
        if value is not None:
            frame = frame[frame[name] == value]
    said = ", ".join(f"{node} {change:+.0%}" for node, change in changes.items())
    say(f"USD per million useful tokens after {said}; sellers keep their margin as a percentage, or in dollars. Before: with its range.")
    if not len(frame):
        say("no such deployment is priced: `stackgraph cost served_token` says why")
    elif not (frame["change_percent_margin"].abs() > 1e-12).any():
        say("nothing shown here takes any of it, at any depth: the cost stays as it was")
    return list(frame[PRICED].to_numpy(dtype=object).tolist())


def quantity_channel(stack: Stack, changes: dict[str, float]) -> list[list[Any]]:
    """Rows of `SHORT`: what of a year's useful tokens and accelerators a shortage that lasts all of it takes, each alone and all together."""
    from graph.risk.question import all_kinds, known_targets, question
    from graph.risk.stress import disruption
    from pipelines.cli.disrupt import networks

    core, supplies = networks(stack)
    known, kinds = known_targets(core, supplies["central"]), all_kinds(core)
    cases = {f"{node} {-part:.0%}": question([node], known, YEAR, part, kinds) for node, part in changes.items()}
    if len(cases) > 1:
        alone = list(cases.values())
        cases["all of them"] = replace(alone[0], shocks=tuple(s for case in alone for s in case.shocks))
    summary, _ = disruption(supplies, cases)
    rows = []
    for name in cases:
        part = changes.get(name.rpartition(" ")[0])
        for target in TARGETS:
            found = summary[(summary["scenario_id"] == name) & (summary["target"] == target)]
            row = found.iloc[0].to_dict() if len(found) else {}
            lost = [float(row.get(f"lost_share_{end}", 0.0)) for end in ("low", "central", "high")]
            day = row.get("first_short_day")
            rows.append(
                [
                    name.rpartition(" ")[0] if part else name, f"-{part:.0%}" if part else None, target, None if day != day else day, *lost,
                    lost[1] / part if part else None, row.get("verdict", "undisturbed"), row.get("grade"), row.get("path"),
                ]
            )  # fmt: skip
    return rows


def price_changes(stack: Stack, text: str) -> list[tuple[str, float]]:
    """'hbm3e=+30%' -> [('item:hbm3e', 0.3)]; a class ('hbm') or a stem ('cowos') stands for all of its kinds.

    Of the largest rise on record it stands for those of which one is on record.
    """
    match = _CHANGE.match(text) or _HISTORIC.match(text)
    if not match:
        raise Unusable(
            f"cannot read the change {text!r}: expected id=+30% or id=-10% (its price), id=worst (the largest rise on record), "
            "or id=-20%supply (so much of it missing for a year)"
        )
    plain = [n.removeprefix("item:") for n in stack.bill if n.startswith(("item:", "board:"))]
    try:
        nodes = stack.nodes(match["node"])
    except KeyError:
        nodes = [stack.node(kind) for kind in kinds_of(match["node"], plain)]
        if not nodes:
            raise unknown("item or board with a price", match["node"], plain) from None
    if match.re is _HISTORIC:
        return on_record(stack, nodes)
    change = float(match["number"]) / 100 * (-1 if match["sign"] == "-" else 1)
    if change <= -1:
        raise Unusable(f"a price cannot fall by {match['number']}%: at most by less than 100%")
    return [(node, change) for node in nodes]


def supply_changes(stack: Stack, text: str) -> list[tuple[str, float]]:
    """'cowos_l=-20%supply' -> [('item:cowos_l', 0.2)]; a stem stands for all of its kinds."""
    match = _SUPPLY.match(text)
    assert match is not None, text
    part = float(match["number"]) / 100
    if not 0 < part <= 1:
        raise Unusable(f"{match['number']}% of a supply cannot be lost: more than 0% and at most 100%")
    items = stack.ids("core.item", "item_id")
    name = match["node"].removeprefix("item:")
    found = [name] if name in items else kinds_of(name, items)
    if not found:
        raise unknown("item", name, items)
    return [(f"item:{item}", part) for item in found]


def kinds_of(stem: str, known: Iterable[str]) -> list[str]:
    """The ids that go on after a stem: 'cowos' -> ['cowos_l', 'cowos_s', ...]; which they are is said."""
    found = sorted(name for name in known if name.startswith(f"{stem}_"))
    if found:
        say(f"{stem}: {', '.join(found)}")
    return found


def on_record(stack: Stack, nodes: list[str]) -> list[tuple[str, float]]:
    """The largest rise within twelve months, as a fraction, of the price of each of the nodes that has one on record."""
    found = dict(stack.rows("select item_id, largest_rise_12_months from mart.price_risk where largest_rise_12_months is not null")[1])
    rises = [(node, float(found[item])) for node in nodes if (item := node.removeprefix("item:")) in found]
    if not rises:
        known = f"it is for {', '.join(sorted(found))}" if found else "no price history was fetched: `stackgraph run --live`"
        raise Unusable(f"no price history of {', '.join(node.removeprefix('item:') for node in nodes)} is known: {known}")
    return rises
