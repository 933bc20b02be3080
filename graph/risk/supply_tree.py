"""The coherent fault tree of a target of our own graph: what must be lost for it to be lost (METHODS 2).

A thing (`graph.risk.supply_things`) fails when too few of its suppliers are left, or when an essential group of its
requirements has fewer than `k` working alternatives. Stock plays no part: what is answered is what fails in the end, not
when. Suppliers nobody names keep nothing alive unless a share is asked for.

Things need each other in circles: chips need tools that contain chips. A circle is entered once. A thing in it does not fail
for want of itself, since what is installed keeps working; it fails when something from outside takes away one of its
members, and then all that depends on that member fails with it. That is the least fixed point of the failure equations,
whichever way round the circle is walked, so no result depends on where it is cut.

With a share, a thing fails when at least that part of its supply is lost ('half the supply'): suppliers weigh what they
supply, alternatives what uses them today.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
import pandas as pd

from graph.risk.fault_tree import FaultTree, FaultTreeError, Gate
from graph.risk.supply_things import By, Need, Records, Supplier, Thing, things

NEVER = "never"
"""The house event that does not happen: a thing in its own circle, before anything from outside has reached it."""
WHY = "a thing does not fail for want of itself: what is installed keeps working until something outside the circle fails"


@dataclass(frozen=True)
class SupplyTree:
    """The fault tree of a target, or of several, which then share what stands behind them.

    things : everything that stands behind them and they themselves, nearest first
    cuts : consumer, input, why: the requirements that close a circle, as a walk from the targets meets them
    undeveloped : things that nobody is known to supply; they fail only by what they require
    """

    targets: tuple[str, ...]
    by: By
    share: float | None
    tree: FaultTree
    things: Mapping[str, Thing]
    cuts: pd.DataFrame
    undeveloped: tuple[str, ...]

    @property
    def target(self) -> str:
        """The target; the first of several."""
        return self.targets[0]


def supply_tree(
    records: Records,
    target: str | Sequence[str],
    by: By = "organisation",
    share: float | None = None,
    depth: int | None = None,
    probability: float = 0.01,
    country_probability: Mapping[str, float] | None = None,
) -> SupplyTree:
    """The fault tree of an item or board, or of several.

    Parameters
    ----------
    target : 'item:gb200_nvl72', 'board:h100', or a list of them
    by : what fails as one
    share : a thing fails when at least this part of its supply is lost, in (0, 1]; all of it where None. Where some shares
        are unknown, what is left of one is divided equally between them; suppliers nobody names keep working.
    depth : requirements are followed so many steps from the target; all where None
    probability : of every event. Nobody publishes how likely firms are to fail: with one value for all, results compare
        structures with each other and are no forecast.
    country_probability : country code -> probability of events there (an offer's country, an organisation's headquarters);
        governance risk, scaled by the caller, is one choice. Countries it does not hold take `probability`.

    Raises
    ------
    FaultTreeError
        The target is unknown, a share or probability out of range, or the requirements are unsound.
    """
    if share is not None and not 0 < share <= 1:
        raise FaultTreeError(f"expected a share above 0 and up to 1, got {share:g}")
    targets = (target,) if isinstance(target, str) else tuple(target)
    behind = things(records, targets, by, depth)
    gates = failure_gates(behind, share)
    events = {s.event for thing in behind.values() for group in thing.suppliers for s in group}
    where = records.countries_of_events() if country_probability else {}
    chances = country_probability or {}
    p: dict[str, float | None] = {event: chances.get(where.get(event, ""), probability) for event in sorted(events)}
    return SupplyTree(
        targets=targets,
        by=by,
        share=share,
        tree=FaultTree(gates, p, {NEVER: False}),
        things=behind,
        cuts=_circles(behind, targets),
        undeveloped=tuple(sorted(name for name, thing in behind.items() if not thing.suppliers)),
    )


def weights(suppliers: list[Supplier]) -> dict[str, float]:
    """Event -> share of the supply; what known shares leave of one is divided equally between the unknown ones."""
    known = {s.event: s.share for s in suppliers if s.share is not None}
    unknown = [s.event for s in suppliers if s.share is None]
    left = max(1.0 - sum(known.values()), 0.0)
    return {event: w for event, w in {**known, **{event: left / len(unknown) for event in unknown}}.items() if w > 0}


def _supplier_gate(suppliers: list[Supplier], share: float | None) -> Gate | None:
    """Too few suppliers are left; None where those named cannot bring that about."""
    if share is None:
        return Gate("and", tuple(s.event for s in suppliers))
    part = weights(suppliers)
    if sum(part.values()) < share - 1e-9:
        return None
    return Gate("atleast", tuple(part), min(share, sum(part.values())), tuple(part.values()))


def _need_gate(need: Need, share: float | None) -> Gate:
    """Too few alternatives are left, over the names of the things that they are."""
    names = tuple(name for name, _, _ in need.alternatives)
    mixes = tuple(mix for _, mix, _ in need.alternatives)
    if len(names) - need.k == 0:
        return Gate("or", names)
    if share is not None and need.k == 1 and min(mixes) > 0:
        return Gate("atleast", names, share * sum(mixes), mixes)
    return Gate("atleast", names, len(names) - need.k + 1)


def failure_gates(behind: Mapping[str, Thing], share: float | None) -> dict[str, Gate]:
    """A gate a thing, acyclic, equal to the least fixed point of the failure equations.

    Things that need each other without alternative fail together, so one gate serves them all. Circles that run through
    alternatives are unrolled: with n gates in a circle, n rounds from 'nothing has failed' reach the fixed point.
    """
    together: nx.DiGraph[str] = nx.DiGraph()
    together.add_nodes_from(behind)
    needs = {name: [_need_gate(need, share) for need in thing.needs] for name, thing in behind.items()}
    together.add_edges_from((name, one) for name, gates in needs.items() for gate in gates if gate.operator == "or" for one in gate.inputs)
    leader = {name: min(group) for group in nx.strongly_connected_components(together) for name in group}
    parts: dict[str, list[Gate]] = {one: [] for one in leader.values()}
    for name, thing in behind.items():
        parts[leader[name]] += [gate for group in thing.suppliers if (gate := _supplier_gate(group, share))]
        for gate in needs[name]:
            inputs = tuple(leader[one] for one in gate.inputs)
            if gate.operator != "or":
                parts[leader[name]].append(Gate(gate.operator, inputs, gate.k, gate.weights))
            elif outside := tuple(one for one in inputs if one != leader[name]):
                parts[leader[name]].append(Gate("or", outside))
    circles: nx.DiGraph[str] = nx.DiGraph()
    circles.add_nodes_from(parts)
    circles.add_edges_from((name, one) for name, gates in parts.items() for gate in gates for one in gate.inputs if one in parts)
    made: dict[str, Gate] = {}
    for group in nx.strongly_connected_components(circles):
        rounds = len(group) if len(group) > 1 or circles.has_edge(*[*group] * 2) else 1
        for turn in range(1, rounds + 1):
            for name in sorted(group):
                own = name if turn == rounds else f"{name} (round {turn})"
                _write(made, own, [_renamed(gate, group, turn) for gate in parts[name]])
    for name, lead in leader.items():
        if name != lead:
            made[name] = Gate("or", (lead,))
    return made


def _renamed(gate: Gate, group: Iterable[str], turn: int) -> Gate:
    """The gate with members of its own circle as they were a round before."""
    inside = set(group)
    before = [(f"{one} (round {turn - 1})" if turn > 1 else NEVER) if one in inside else one for one in gate.inputs]
    return Gate(gate.operator, tuple(before), gate.k, gate.weights)


def _write(made: dict[str, Gate], name: str, parts: list[Gate]) -> None:
    inputs: list[str] = []
    for k, part in enumerate(parts):
        if part.operator == "or":
            inputs += part.inputs
        else:
            inputs.append(f"{name} #{k + 1}")
            made[inputs[-1]] = part
    made[name] = Gate("or", tuple(dict.fromkeys(inputs)) or (NEVER,))


def _circles(behind: Mapping[str, Thing], targets: Sequence[str]) -> pd.DataFrame:
    """The requirements that lead back to a thing on the walk's own path."""
    rows: list[dict[str, str]] = []
    state: dict[str, str] = {}
    stack = [(target, False) for target in reversed(targets)]
    while stack:
        name, leaving = stack.pop()
        if leaving:
            state[name] = "left"
        elif name not in state:
            state[name] = "open"
            stack.append((name, True))
            for need in reversed(behind[name].needs):
                stack += [(one, False) for one, _, _ in reversed(need.alternatives)]
            rows += [
                {"consumer": name, "input": one, "why": WHY}
                for need in behind[name].needs
                for one, _, _ in need.alternatives
                if state.get(one) == "open"
            ]
    return pd.DataFrame(rows, columns=["consumer", "input", "why"])
