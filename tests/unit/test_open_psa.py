from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph.risk.cutsets import minimal_cut_sets, report, top_probability
from graph.risk.fault_tree import FaultTreeError
from graph.risk.open_psa import read_fault_tree

PUBLISHED = ("two_train", "theatre", "lift", "ne574")


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_model_has_its_published_cut_sets_and_probability(golden: Path, name: str) -> None:
    folder = golden / "fault_trees"
    (case,) = (c for c in json.loads((folder / "expected.json").read_text()) if c["name"] == name)
    found = report(read_fault_tree([folder / file for file in case["files"]]), case["top"])
    assert sorted(found["minimal_cut_sets"]) == sorted(case["minimal_cut_sets"])
    assert found["count"] == len(case["minimal_cut_sets"])
    assert found["probability"] == pytest.approx(case["probability"], rel=1e-14)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "count", "probability"),
    [("chinese", 392, 4.5693217804974595e-3), ("baobab1", 46188, 1.2823045579088542e-06), ("baobab2", 4805, 2.0868644726043675e-02)],
)
def test_the_larger_published_models(shared: Path, name: str, count: int, probability: float) -> None:
    """Counts are those published with the Aralia set; the probabilities were also had by another order of variables."""
    folder = shared / "payloads" / "open-psa"
    found = report(read_fault_tree([folder / f"{name}.xml", folder / f"{name}-basic-events.xml"]), "r1")
    assert found["count"] == count == len(found["minimal_cut_sets"]) == len({tuple(names) for names in found["minimal_cut_sets"]})
    assert found["probability"] == pytest.approx(probability, rel=1e-12)
    sets = [set(names) for names in found["minimal_cut_sets"] if len(names) <= 6]
    assert not any(a < b for a in sets[:200] for b in sets)


@pytest.mark.shared
def test_a_model_without_its_events_file_has_cut_sets_and_no_probability(shared: Path) -> None:
    found = report(read_fault_tree([shared / "payloads" / "open-psa" / "chinese.xml"]), "r1", max_order=4)
    assert (found["by_order"], found["probability"]) == ({"2": 12, "4": 24}, None)


def write(tmp_path: Path, body: str, name: str = "m.xml") -> Path:
    path = tmp_path / name
    path.write_text(body)
    return path


def model(tmp_path: Path, gates: str, events: str = "") -> Path:
    return write(
        tmp_path, f"<opsa-mef>\n<define-fault-tree name='t'>\n{gates}\n</define-fault-tree>\n<model-data>{events}</model-data></opsa-mef>"
    )


def event(name: str, value: str = "<float value='0.1'/>") -> str:
    return f"<define-basic-event name='{name}'>{value}</define-basic-event>"


AB = event("a") + event("b")
TOP = "<define-gate name='top'><{0}><event name='a'/><event name='b'/></{0}></define-gate>"


def test_nested_formulas_constants_and_house_events(tmp_path: Path) -> None:
    gate = (
        "<define-gate name='top'><label>the top</label><or><and><event name='a'/><event name='b'/></and>"
        "<and><house-event name='flood'/><event name='c'/></and><and><constant value='false'/><event name='d'/></and></or></define-gate>"
    )
    house = "<define-house-event name='flood'><constant value='true'/></define-house-event>"
    tree = read_fault_tree([model(tmp_path, gate, AB + event("c") + event("d") + house)])
    assert minimal_cut_sets(tree, "top").names() == [["c"], ["a", "b"]]


def test_gates_and_events_from_several_files_in_any_order(tmp_path: Path) -> None:
    gates = write(tmp_path, f"<opsa-mef><define-fault-tree name='t'>{TOP.format('and')}</define-fault-tree></opsa-mef>")
    events = write(tmp_path, f"<opsa-mef><model-data>{AB}</model-data></opsa-mef>", "events.xml")
    for paths in ([gates, events], [events, gates]):
        assert top_probability(read_fault_tree(paths), "top") == pytest.approx(0.01)


VALUES = {
    "<exponential><parameter name='rate'/><float value='100'/></exponential>": 0.09516258196404048,
    "<exponential><float value='1e-5'/><system-mission-time/></exponential>": 0.08387274565534582,
    "<mul><float value='0.5'/><float value='0.5'/><float value='0.4'/></mul>": 0.1,
    "<sub><float value='1'/><float value='0.3'/></sub>": 0.7,
    "<GLM><float value='0.01'/><float value='0'/><float value='0'/><float value='8'/></GLM>": 0.01,
    "<lognormal-deviate><float value='0.02'/><float value='3'/><float value='0.95'/></lognormal-deviate>": 0.02,
    "<int value='1'/>": 1.0,
}


@pytest.mark.parametrize("expression", VALUES)
def test_a_probability_given_as_an_expression(tmp_path: Path, expression: str) -> None:
    parameter = "<define-parameter name='rate'><label>per hour</label><float value='1e-3'/></define-parameter>"
    tree = read_fault_tree([model(tmp_path, TOP.format("or"), event("a", expression) + event("b", "<float value='0'/>") + parameter)])
    assert tree.events["a"] == pytest.approx(VALUES[expression], rel=1e-12)


def test_private_names_belong_to_their_container(tmp_path: Path) -> None:
    def train(name: str, chance: str) -> str:
        return (
            f"<define-component name='{name}' role='private'><define-gate name='{name}' role='public'><or><event name='pump'/></or></define-gate>"
            f"{event('pump', chance)}</define-component>"
        )

    gate = "<define-gate name='top'><and><gate name='one'/><gate name='two'/></and></define-gate>"
    body = gate + train("one", "<float value='0.1'/>") + train("two", "<float value='0.2'/>")
    tree = read_fault_tree([model(tmp_path, body)])
    assert minimal_cut_sets(tree, "top").names() == [["t.one.pump", "t.two.pump"]]
    assert top_probability(tree, "top") == pytest.approx(0.02)


BOMB = """<?xml version="1.0"?>
<!DOCTYPE bomb [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<opsa-mef><define-fault-tree name="&b;"/></opsa-mef>"""

BAD = {
    "no XML": ("gate top = a", "m.xml:1:1: not well-formed XML"),
    "an empty file": ("", "m.xml:1:1: not well-formed XML: no element found"),
    "another document": ("<html/>", "m.xml:1:1: expected an <opsa-mef> document, got <html>"),
    "an XML bomb": (BOMB, "m.xml:2:16: a document type definition is refused"),
    "an outside entity": ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><opsa-mef/>', "a document type definition is refused"),
    "too deep": ("<opsa-mef>" + "<define-component name='c'>" * 300, "nested more than 200 deep"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_damaged_file_is_refused_with_its_place(tmp_path: Path, what: str) -> None:
    body, said = BAD[what]
    with pytest.raises(FaultTreeError) as caught:
        read_fault_tree([write(tmp_path, body)])
    assert said in str(caught.value)


GATES = {
    "a gate that is not coherent": (TOP.format("xor"), AB, "m.xml:3:25: gate 'top' uses <xor>, which makes the tree non-coherent"),
    "a negation": (
        "<define-gate name='top'>\n<and><event name='a'/><not><event name='b'/></not></and></define-gate>",
        AB,
        "m.xml:4:23: gate 'top' uses <not>",
    ),
    "an unknown formula": (TOP.format("most"), AB, "expected a formula such as <and>, <or>, <atleast>, got <most>"),
    "no formula": ("<define-gate name='top'/>", AB, "m.xml:3:1: gate 'top': expected one formula, got 0"),
    "a gate without inputs": ("<define-gate name='top'><and/></define-gate>", AB, "m.xml:3:25: gate 'top' has no inputs"),
    "an unknown reference": (TOP.format("or"), event("a"), "m.xml:3:46: gate 'top' refers to 'b', which is nowhere defined"),
    "a reference of the wrong kind": (
        "<define-gate name='top'><or><gate name='a'/></or></define-gate>",
        AB,
        "refers to 'a' as a gate, but at",
    ),
    "a gate defined twice": (TOP.format("or") + "\n" + TOP.format("and"), AB, "m.xml:4:1: 'top' is defined twice, first at"),
    "an event defined twice": (TOP.format("or"), AB + "\n" + event("b"), "'b' is defined twice, first at"),
    "k larger than n": (
        TOP.format("atleast").replace("<atleast>", "<atleast min='3'>"),
        AB,
        "m.xml:3:25: gate 'top' asks for 3 of 2 inputs",
    ),
    "k that is no number": (
        TOP.format("atleast").replace("<atleast>", "<atleast min='two'>"),
        AB,
        "needs a whole number as 'min', got 'two'",
    ),
    "an input twice": (
        "<define-gate name='top'><atleast min='2'><event name='a'/><event name='a'/></atleast></define-gate>",
        AB,
        "names 'a' twice",
    ),
    "a cycle": (
        "<define-gate name='top'><or><gate name='g'/></or></define-gate>\n<define-gate name='g'><or><gate name='top'/></or></define-gate>",
        AB,
        "gate 'top' depends on itself: top -> g -> top",
    ),
    "a cycle aside from the top": (
        TOP.format("or") + "\n<define-gate name='g'><or><gate name='g'/><event name='a'/></or></define-gate>",
        AB,
        "m.xml:4:23: gate 'g' depends on itself: g -> g",
    ),
    "a top that is no gate": (TOP.format("or").replace("'top'", "'tip'"), AB, "m.xml: the tree has no gate 'top'; nearest: tip"),
    "no gates": ("", AB, "m.xml: no gate is defined here"),
    "a negative probability": (TOP.format("or"), "\n" + event("a", "<float value='-0.1'/>") + event("b"), "m.xml:6:1: basic event 'a'"),
    "a probability above one": (TOP.format("or"), event("a", "<float value='1.1'/>") + event("b"), "between 0 and 1, got 1.1"),
    "a probability that is no number": (TOP.format("or"), event("a", "<float value='NaN'/>") + event("b"), "between 0 and 1, got nan"),
    "a value that is no number": (TOP.format("or"), event("a", "<float value='x'/>") + event("b"), "expected a number, got 'x'"),
    "an unknown expression": (TOP.format("or"), event("a", "<guess/>") + event("b"), "the expression <guess> is not supported"),
    "too few arguments": (TOP.format("or"), event("a", "<exponential/>") + event("b"), "<exponential> takes 2 arguments, got 0"),
    "an unknown parameter": (TOP.format("or"), event("a", "<parameter name='q'/>") + event("b"), "parameter 'q' is nowhere defined"),
    "parameters in a circle": (
        TOP.format("or"),
        event("a", "<parameter name='q'/>") + event("b") + "<define-parameter name='q'><parameter name='q'/></define-parameter>",
        "parameter 'q' depends on itself: q -> q",
    ),
    "a common-cause group": (
        TOP.format("or"),
        AB + "<define-CCF-group name='c' model='beta-factor'/>",
        "<define-CCF-group> in <model-data> is not supported",
    ),
    "an event without a name": (TOP.format("or"), AB + "<define-basic-event/>", "<define-basic-event> needs a name"),
}


@pytest.mark.parametrize("what", GATES)
def test_an_unsound_model_is_refused_with_its_place(tmp_path: Path, what: str) -> None:
    gates, events, said = GATES[what]
    with pytest.raises(FaultTreeError) as caught:
        report(read_fault_tree([model(tmp_path, gates, events)]), "top")
    assert said in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FaultTreeError, match=r"none\.xml: cannot be read: No such file"):
        read_fault_tree([tmp_path / "none.xml"])
    with pytest.raises(FaultTreeError, match="no file given"):
        read_fault_tree([])


def test_a_bare_doctype_defines_nothing_and_is_let_pass(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        f"<?xml version='1.0'?><!DOCTYPE opsa-mef><opsa-mef><define-fault-tree name='t'>{TOP.format('or')}{AB}</define-fault-tree></opsa-mef>",
    )
    assert minimal_cut_sets(read_fault_tree([path]), "top").count == 2
