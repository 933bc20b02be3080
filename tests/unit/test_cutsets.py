from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.risk import decision_diagram
from graph.risk.cutsets import Solution, importance, minimal_cut_sets, report, top_probability
from graph.risk.fault_tree import FaultTree, FaultTreeError, Gate, modules, simplify


def happens(tree: FaultTree, name: str, failed: frozenset[str]) -> bool:
    """A gate evaluated as it is written: the definition everything else is held against."""
    if name in tree.house:
        return tree.house[name]
    if name in tree.events:
        return name in failed
    gate = tree.gates[name]
    inputs = [happens(tree, one, failed) for one in gate.inputs]
    if gate.operator == "and":
        return all(inputs)
    if gate.operator == "or":
        return any(inputs)
    weights = gate.weights or (1.0,) * len(inputs)
    return math.fsum(w for one, w in zip(inputs, weights, strict=True) if one) >= gate.k - 1e-9


def by_brute_force(tree: FaultTree, top: str) -> tuple[set[frozenset[str]], float]:
    """All minimal cut sets and the probability, by looking at every state of every event."""
    minimal: list[frozenset[str]] = []
    chance = 0.0
    for size in range(len(tree.events) + 1):
        for failed in map(frozenset, itertools.combinations(sorted(tree.events), size)):
            if not happens(tree, top, failed):
                continue
            if not any(cut <= failed for cut in minimal):
                minimal.append(failed)
            chance += math.prod(p if e in failed else 1 - p for e, p in tree.events.items() if p is not None)
    return set(minimal), chance


@st.composite
def trees(draw: st.DrawFn) -> FaultTree:
    events = [f"e{k}" for k in range(draw(st.integers(1, 7)))]
    house = {"on": True, "off": False}
    names = [*events, *house]
    gates: dict[str, Gate] = {}
    for k in range(draw(st.integers(1, 7))):
        inputs = draw(st.lists(st.sampled_from([*names, *gates]), min_size=1, max_size=5, unique=True))
        if draw(st.booleans()) and k and f"g{k - 1}" not in inputs:
            inputs.append(f"g{k - 1}")
        operator = draw(st.sampled_from(["and", "or", "atleast", "share"]))
        if operator == "share":
            weights = tuple(draw(st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.45, 1.0]), min_size=len(inputs), max_size=len(inputs))))
            gates[f"g{k}"] = Gate("atleast", tuple(inputs), draw(st.floats(0.05, 1.0)) * sum(weights), weights)
        else:
            gates[f"g{k}"] = Gate(operator, tuple(inputs), draw(st.integers(1, len(inputs))) if operator == "atleast" else 0)  # type: ignore[arg-type]
    # Below a millionth products of several leave what doubles hold: ratios of such numbers are no facts about trees.
    probability = st.floats(1e-6, 1.0) | st.just(0.0)
    return FaultTree(gates, {e: draw(probability) for e in events}, house)


def as_sets(tree: FaultTree, top: str, max_order: int | None = None) -> set[frozenset[str]]:
    return {frozenset(names) for names in minimal_cut_sets(tree, top, max_order).names()}


@settings(max_examples=300)
@given(trees())
def test_cut_sets_and_probability_are_those_of_looking_at_every_state(tree: FaultTree) -> None:
    top = list(tree.gates)[-1]
    expected, chance = by_brute_force(tree, top)
    solved = Solution(tree, top)
    found = solved.minimal_cut_sets()
    assert {frozenset(names) for names in found.names()} == expected
    assert found.count == len(expected) == len(found.names())
    assert found.by_order == {k: n for k in range(9) if (n := sum(len(cut) == k for cut in expected))}
    assert solved.probability() == pytest.approx(chance, abs=1e-12)


@given(trees(), st.integers(1, 4))
def test_cut_sets_up_to_an_order_are_those_of_all_that_are_no_longer(tree: FaultTree, order: int) -> None:
    top = list(tree.gates)[-1]
    limited = minimal_cut_sets(tree, top, order)
    assert {frozenset(names) for names in limited.names()} == {cut for cut in as_sets(tree, top) if len(cut) <= order}
    assert limited.count == len(limited.names())


@given(trees())
def test_birnbaum_importance_is_what_the_event_makes_of_the_probability(tree: FaultTree) -> None:
    top = list(tree.gates)[-1]
    total = top_probability(tree, top)
    for row in importance(tree, top).itertuples():
        sure, never = (top_probability(FaultTree(tree.gates, {**tree.events, row.event: p}, tree.house), top) for p in (1.0, 0.0))
        assert row.birnbaum == pytest.approx(sure - never, abs=1e-12)
        assert row.fussell_vesely == pytest.approx((total - never) / total if total > 0 else 0.0, abs=1e-9)
        assert row.birnbaum >= 0, "no event of a coherent tree makes the top less likely"


@given(trees(), st.sampled_from(["interpreted", "compiled"]))
@settings(max_examples=30)
def test_interpreter_and_machine_code_agree(tree: FaultTree, kind: str) -> None:
    top = list(tree.gates)[-1]
    expected = report(tree, top)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decision_diagram, "INTERPRETED", () if kind == "compiled" else decision_diagram.INTERPRETED)
        assert report(tree, top) == expected


def test_a_full_store_is_made_anew_and_larger() -> None:
    tree = ladder(7)
    expected = report(tree, "top")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decision_diagram, "INTERPRETED", (8, 16, 32))
        patch.setattr(decision_diagram, "COMPILED", (16, 32, 64, 256, 1 << 12))
        assert report(tree, "top") == expected
        patch.setattr(decision_diagram, "INTERPRETED", (8, 16))
        patch.setattr(decision_diagram, "COMPILED", (16,))
        with pytest.raises(decision_diagram.TooLargeError, match="gate 'top'"):
            report(tree, "top")


def test_a_part_that_comes_to_one_event() -> None:
    """Inside a module, a direct event makes the longer way through it moot."""
    tree = tree_of(top=Gate("and", ("part", "d")), part=Gate("or", ("a", "both")), both=Gate("and", ("a", "b")))
    assert minimal_cut_sets(tree, "top").names() == [["a", "d"]]
    assert importance(tree, "top").set_index("event")["birnbaum"].to_dict() == pytest.approx({"a": 0.1, "d": 0.1, "b": 0.0})


def ladder(n: int) -> FaultTree:
    """Any two neighbours of a ring of n: no module, and shared events throughout."""
    gates = {f"pair{k}": Gate("and", (f"e{k}", f"e{(k + 1) % n}")) for k in range(n)}
    gates["top"] = Gate("atleast", tuple(gates), 2)
    return FaultTree(gates, {f"e{k}": 0.1 for k in range(n)})


def tree_of(events: str = "a b c d", **gates: Gate) -> FaultTree:
    return FaultTree(gates, dict.fromkeys(events.split(), 0.1))


def test_two_of_three() -> None:
    tree = tree_of("a b c", top=Gate("atleast", ("a", "b", "c"), 2))
    assert minimal_cut_sets(tree, "top").names() == [["a", "b"], ["a", "c"], ["b", "c"]]
    assert top_probability(tree, "top") == pytest.approx(3 * 0.01 * 0.9 + 0.001)


def test_half_the_supply_is_lost_with_one_large_supplier_or_several_small_ones() -> None:
    shares = (0.5, 0.3, 0.2)
    tree = tree_of("a b c", top=Gate("atleast", ("a", "b", "c"), 0.5, shares))
    assert minimal_cut_sets(tree, "top").names() == [["a"], ["b", "c"]]
    most = tree_of("a b c", top=Gate("atleast", ("a", "b", "c"), 0.7, shares))
    assert minimal_cut_sets(most, "top").names() == [["a", "b"], ["a", "c"]]


def test_shares_that_sum_to_the_threshold_reach_it_in_whatever_order_they_are_added() -> None:
    shares = (0.1,) * 10
    tree = FaultTree({"top": Gate("atleast", tuple("abcdefghij"), 0.3, shares)}, dict.fromkeys("abcdefghij", 0.1))
    assert minimal_cut_sets(tree, "top").by_order == {3: 120}


def test_losing_more_never_helps() -> None:
    """Raising any probability raises that of the top; an AND with a further event lowers it."""
    tree = ladder(5)
    total = top_probability(tree, "top")
    for event in tree.events:
        assert top_probability(FaultTree(tree.gates, {**tree.events, event: 0.2}), "top") > total
    spared = FaultTree({**tree.gates, "all": Gate("and", ("top", "spare"))}, {**tree.events, "spare": 0.5})
    assert top_probability(spared, "all") == pytest.approx(total / 2)


def test_the_probability_is_exact_and_not_the_sum_over_cut_sets() -> None:
    tree = FaultTree({"top": Gate("or", ("a", "b"))}, {"a": 0.5, "b": 0.5})
    assert top_probability(tree, "top") == 0.75


def test_a_top_that_house_events_decide() -> None:
    gates = {"top": Gate("or", ("a", "flood")), "never": Gate("and", ("a", "dry"))}
    tree = FaultTree(gates, {"a": 0.1}, {"flood": True, "dry": False})
    sure = report(tree, "top")
    assert (sure["count"], sure["minimal_cut_sets"], sure["probability"]) == (1, [[]], 1.0)
    never = report(tree, "never")
    assert (never["count"], never["minimal_cut_sets"], never["probability"]) == (0, [], 0.0)


def test_the_report_is_by_order_then_by_name() -> None:
    tree = tree_of("z y x b", top=Gate("or", ("pair", "z", "b")), pair=Gate("and", ("y", "x")))
    assert report(tree, "top") == {
        "top": "top",
        "max_order": None,
        "count": 3,
        "by_order": {"1": 2, "2": 1},
        "minimal_cut_sets": [["b"], ["z"], ["x", "y"]],
        "probability": pytest.approx(1 - 0.9 * 0.9 * 0.99),
    }


def test_without_probabilities_there_are_cut_sets_but_no_probability() -> None:
    tree = FaultTree({"top": Gate("and", ("a", "b"))}, {"a": 0.1, "b": None})
    assert report(tree, "top")["probability"] is None
    with pytest.raises(FaultTreeError, match="no probability is given for 1 of 2 basic events below 'top', such as b"):
        top_probability(tree, "top")


def test_counts_beyond_any_list_are_still_exact() -> None:
    n = 40
    gates = {f"row{k}": Gate("or", tuple(f"e{k}_{j}" for j in range(10))) for k in range(n)}
    gates["top"] = Gate("and", tuple(gates))
    tree = FaultTree(gates, {f"e{k}_{j}": 0.1 for k in range(n) for j in range(10)})
    found = minimal_cut_sets(tree, "top")
    assert found.by_order == {n: 10**n}
    with pytest.raises(FaultTreeError, match="too many to list"):
        found.names()
    said = report(tree, "top")
    assert (said["count"], said["minimal_cut_sets"]) == (10**n, None)


def test_a_deep_chain_needs_no_recursion() -> None:
    n = 3000
    gates = {f"g{k}": Gate("or" if k % 2 else "and", (f"e{k}", f"g{k + 1}")) for k in range(n)}
    tree = FaultTree({**gates, f"g{n}": Gate("or", ("x", "y"))}, {**{f"e{k}": 0.5 for k in range(n)}, "x": 0.5, "y": 0.5})
    assert minimal_cut_sets(tree, "g0", 3).by_order == {2: 1, 3: 1}
    assert 0 < top_probability(tree, "g0") < 1


def test_parts_that_share_nothing_with_the_rest_are_solved_by_themselves() -> None:
    tree = tree_of(
        "a b c d e",
        top=Gate("and", ("left", "right", "apart")),
        left=Gate("or", ("a", "b")),
        right=Gate("or", ("b", "c")),
        apart=Gate("or", ("d", "e")),
    )
    gates, root = simplify(tree, "top")
    assert modules(gates, str(root)) == {"top", "apart"}


BAD = {
    "a cycle": (tree_of(top=Gate("or", ("g", "a")), g=Gate("and", ("h", "b")), h=Gate("or", ("g", "c"), place="m.xml:7:3")), "g -> h -> g"),
    "an unknown reference": (tree_of(top=Gate("or", ("a", "pump_1"), place="m.xml:2:5")), "m.xml:2:5: gate 'top' refers to 'pump_1'"),
    "no inputs": (tree_of(top=Gate("or", ())), "gate 'top' has no inputs"),
    "k larger than n": (tree_of(top=Gate("atleast", ("a", "b"), 3)), "asks for 3 of 2 inputs"),
    "k of nothing": (tree_of(top=Gate("atleast", ("a", "b"), 0)), "at least k = 1"),
    "a share above what there is": (tree_of(top=Gate("atleast", ("a", "b"), 0.9, (0.3, 0.4))), "total weight of 0.7"),
    "a negative weight": (tree_of(top=Gate("atleast", ("a", "b"), 0.1, (0.3, -0.4))), "positive weight for 'b', got -0.4"),
    "a weight that is no number": (tree_of(top=Gate("atleast", ("a", "b"), 0.1, (0.3, math.nan))), "positive weight for 'b', got nan"),
    "a negative probability": (
        FaultTree({"top": Gate("or", ("a",))}, {"a": -0.1}, places={"a": "e.xml:3:1"}),
        "e.xml:3:1: basic event 'a'",
    ),
    "a probability above one": (FaultTree({"top": Gate("or", ("a",))}, {"a": 1.5}), "between 0 and 1, got 1.5"),
    "a probability that is no number": (FaultTree({"top": Gate("or", ("a",))}, {"a": math.nan}), "between 0 and 1, got nan"),
    "an event and a gate of one name": (tree_of("top a", top=Gate("or", ("a",))), "'top' is defined twice"),
    "an unknown top": (tree_of(tip=Gate("or", ("a",))), "no gate 'top'; nearest: tip"),
}


@pytest.mark.parametrize("what", BAD)
def test_an_unsound_tree_is_refused_with_its_place(what: str) -> None:
    tree, said = BAD[what]
    with pytest.raises(FaultTreeError) as caught:
        report(tree, "top")
    assert said in str(caught.value)


def test_an_order_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="max_order of at least 1"):
        minimal_cut_sets(tree_of(top=Gate("or", ("a", "b"))), "top", 0)


def test_results_do_not_depend_on_the_order_of_definition() -> None:
    tree = ladder(6)
    turned = FaultTree(dict(reversed(tree.gates.items())), dict(reversed(tree.events.items())))
    assert report(tree, "top") == report(turned, "top")
    np.testing.assert_array_equal(importance(tree, "top")["event"], importance(turned, "top")["event"])
