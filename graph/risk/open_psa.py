"""Fault trees in the Open-PSA Model Exchange Format: gates, basic and house events, parameters, from one file or several.

What would change the answer is read or refused, never passed over: gates that are not coherent (NOT, XOR ...), common-cause
groups and substitutions are errors that name file and line. Labels, attributes and event trees say nothing about a fault
tree's logic and are left aside. A document type definition is refused before anything in it is read, so that no entity is
ever expanded.

References
----------
.. [1] Open-PSA Initiative, "Open-PSA Model Exchange Format", version 2.0d.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from graph.risk.fault_tree import FaultTree, FaultTreeError, Gate, check, check_acyclic, nearest
from graph.risk.open_psa_value import value
from graph.risk.open_psa_xml import Element, read_xml

INCOHERENT = ("not", "xor", "iff", "nand", "nor", "imply", "cardinality")
FORMULAS = ("and", "or", "atleast", "constant", "event", "gate", "basic-event", "house-event")
CONTAINERS = ("opsa-mef", "model-data", "define-fault-tree", "define-component")
SILENT = (
    "label", "attributes", "define-event-tree", "define-initiating-event", "define-functional-event",
    "define-sequence", "define-consequence", "define-consequence-group", "define-rule", "define-alignment",
)  # fmt: skip
"""Elements that do not bear on a fault tree's logic or its probabilities."""


def read_fault_tree(paths: Sequence[str | Path]) -> FaultTree:
    """The fault tree of one or several Open-PSA files, checked.

    Parameters
    ----------
    paths : the files, in any order; gates may stand in one and the events' probabilities in another

    Returns
    -------
    FaultTree
        Names inside a private component or gate are prefixed with the path of their containers: 'tree.component.name'. A
        nested formula becomes a gate named after the gate it stands in. Where no file defines any event, names that are no
        gates are events of unknown probability; otherwise an unknown name is an error.

    Raises
    ------
    FaultTreeError
        A file cannot be read, is no XML, declares a document type definition, or does not describe a coherent fault tree
        without circles; the message names file, line and column.
    """
    if not paths:
        raise FaultTreeError("no file given: expected at least one Open-PSA file")
    reader = _Reader()
    for path in paths:
        reader.collect(read_xml(Path(path)))
    return reader.tree(", ".join(str(path) for path in paths))


class _Reader:
    """Collects definitions of all files first: a reference may come before what it refers to."""

    def __init__(self) -> None:
        self.definitions: dict[str, tuple[Element, tuple[str, ...]]] = {}
        self.parameters: dict[str, Element] = {}
        self.gates: dict[str, Gate] = {}
        self.house: dict[str, bool] = {}
        self.assumed: dict[str, str] = {}

    def collect(self, root: Element) -> None:
        if root.tag != "opsa-mef":
            raise FaultTreeError(f"{root.place}: expected an <opsa-mef> document, got <{root.tag}>")
        self._container(root, (), False)

    def _container(self, element: Element, path: tuple[str, ...], private: bool) -> None:
        for child in element.children:
            if child.tag in CONTAINERS:
                inside = (*path, child.name()) if child.tag.startswith("define-") else path
                self._container(child, inside, child.attributes.get("role", "private" if private else "public") == "private")
            elif child.tag == "define-parameter":
                self._define(self.parameters, child.name(), child)
            elif child.tag in ("define-gate", "define-basic-event", "define-house-event"):
                own = child.attributes.get("role", "private" if private else "public") == "private"
                name = ".".join((*path, child.name())) if own else child.name()
                if name in self.definitions:
                    raise FaultTreeError(f"{child.place}: {name!r} is defined twice, first at {self.definitions[name][0].place}")
                self.definitions[name] = (child, path)
            elif child.tag not in SILENT:
                raise FaultTreeError(f"{child.place}: <{child.tag}> in <{element.tag}> is not supported: its meaning would be lost")

    @staticmethod
    def _define(table: dict[str, Element], name: str, element: Element) -> None:
        if name in table:
            raise FaultTreeError(f"{element.place}: {name!r} is defined twice, first at {table[name].place}")
        table[name] = element

    @cached_property
    def without_events(self) -> bool:
        """True where no file defines any event: then a name that is no gate's is a basic event of unknown probability."""
        return all(element.tag == "define-gate" for element, _ in self.definitions.values())

    def tree(self, origin: str) -> FaultTree:
        """All definitions as a checked tree."""
        events: dict[str, float | None] = {}
        places = {name: element.place for name, (element, _) in self.definitions.items()}
        for name, (element, path) in self.definitions.items():
            body = [child for child in element.children if child.tag not in SILENT]
            if element.tag == "define-gate":
                if len(body) != 1:
                    raise FaultTreeError(f"{element.place}: gate {name!r}: expected one formula, got {len(body)}")
                self._formula(name, body[0], path)
            elif len(body) > 1:
                raise FaultTreeError(f"{body[1].place}: event {name!r}: expected one value, got {len(body)}")
            elif element.tag == "define-house-event":
                self.house[name] = _truth(body[0]) if body else False
            else:
                events[name] = value(body[0], self.parameters) if body else None
        events |= dict.fromkeys(self.assumed)
        places |= self.assumed
        found = FaultTree(self.gates, events, self.house, places, origin)
        check(found)
        check_acyclic(found)
        return found

    def _formula(self, name: str, formula: Element, path: tuple[str, ...]) -> None:
        """Write gate `name`; nested formulas become gates of their own."""
        work: list[tuple[str, Element]] = [(name, formula)]
        while work:
            own, element = work.pop()
            if element.tag in INCOHERENT:
                raise FaultTreeError(
                    f"{element.place}: gate {name!r} uses <{element.tag}>, which makes the tree non-coherent: minimal cut sets need a tree "
                    "of AND, OR and at-least gates"
                )
            if element.tag not in FORMULAS:
                raise FaultTreeError(
                    f"{element.place}: gate {name!r}: expected a formula such as <and>, <or>, <atleast>, got <{element.tag}>"
                )
            inputs: list[str] = []
            operands = [element] if element.tag not in ("and", "or", "atleast") else element.children
            for k, child in enumerate(operands):
                if child.tag in ("event", "gate", "basic-event", "house-event"):
                    inputs.append(self._resolve(child, path, name))
                elif child.tag == "constant":
                    inputs.append(self._constant(child))
                else:
                    inputs.append(f"{own}#{k + 1}")
                    work.append((inputs[-1], child))
            k = _whole(element, "min") if element.tag == "atleast" else 0
            if element.tag == "atleast" and len(set(inputs)) < len(inputs):
                twice = next(one for one in inputs if inputs.count(one) > 1)
                raise FaultTreeError(f"{element.place}: gate {own!r} names {twice!r} twice: it is unclear whether it counts once or twice")
            operator = element.tag if element.tag in ("and", "or", "atleast") else "or"
            self.gates[own] = Gate(operator, tuple(inputs), float(k), place=element.place)  # type: ignore[arg-type]

    def _resolve(self, reference: Element, path: tuple[str, ...], gate: str) -> str:
        """The full name that a reference in a container means: the innermost container's own first, then the public one."""
        name = reference.name()
        kind = {"gate": "define-gate", "basic-event": "define-basic-event", "house-event": "define-house-event"}
        expected = kind.get(reference.attributes.get("type", reference.tag))
        for depth in range(len(path), -1, -1):
            full = ".".join((*path[:depth], name))
            if full in self.definitions:
                found = self.definitions[full][0]
                if expected and found.tag != expected:
                    raise FaultTreeError(
                        f"{reference.place}: gate {gate!r} refers to {name!r} as a {expected.removeprefix('define-')}, but at {found.place} it "
                        f"is defined as a {found.tag.removeprefix('define-')}"
                    )
                return full
        if self.without_events and expected in (None, "define-basic-event"):
            self.assumed.setdefault(name, reference.place)
            return name
        raise FaultTreeError(
            f"{reference.place}: gate {gate!r} refers to {name!r}, which is nowhere defined{nearest(name, self.definitions)}"
        )

    def _constant(self, element: Element) -> str:
        truth = _truth(element)
        name = f"constant {str(truth).lower()}"
        self.house[name] = truth
        return name


def _truth(element: Element) -> bool:
    said = element.attributes.get("value")
    if element.tag not in ("constant", "bool") or said not in ("true", "false"):
        raise FaultTreeError(f"{element.place}: expected <constant value='true'/> or 'false', got <{element.tag}> with value {said!r}")
    return said == "true"


def _whole(element: Element, attribute: str) -> int:
    said = element.attributes.get(attribute, "")
    try:
        return int(said)
    except ValueError:
        raise FaultTreeError(f"{element.place}: <{element.tag}> needs a whole number as {attribute!r}, got {said!r}") from None
