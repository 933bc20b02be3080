"""XML into elements that know where they stand, without document type definitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from graph.risk.fault_tree import FaultTreeError

DEEPEST = 200
"""Elements within elements; a formula nested deeper is damage or malice."""


@dataclass
class Element:
    """An element with its attributes, its children, and its place as file:line:column."""

    tag: str
    attributes: dict[str, str]
    place: str
    children: list[Element] = field(default_factory=list)

    def name(self) -> str:
        """Its attribute `name`. FaultTreeError where it has none."""
        said = self.attributes.get("name", "").strip()
        if not said:
            raise FaultTreeError(f"{self.place}: <{self.tag}> needs a name")
        return said


def read_xml(path: Path) -> Element:
    """The root element of a file.

    Raises
    ------
    FaultTreeError
        The file cannot be read or is not well-formed, or it declares a document type definition or an entity: these are
        refused unread, since expanding them is how a small file exhausts a machine's memory.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FaultTreeError(f"{path}: cannot be read: {error.strerror}") from None
    parser = expat.ParserCreate()
    stack: list[Element] = []
    roots: list[Element] = []

    def place() -> str:
        return f"{path}:{parser.CurrentLineNumber}:{parser.CurrentColumnNumber + 1}"

    def start(tag: str, attributes: dict[str, str]) -> None:
        element = Element(tag, attributes, place())
        (stack[-1].children if stack else roots).append(element)
        stack.append(element)
        if len(stack) > DEEPEST:
            raise FaultTreeError(f"{place()}: elements are nested more than {DEEPEST} deep")

    def end(_: str) -> None:
        stack.pop()

    def text(characters: str) -> None:
        if characters.strip() and stack and stack[-1].tag not in ("label", "attribute"):
            raise FaultTreeError(f"{place()}: unexpected text {characters.strip()[:30]!r} in <{stack[-1].tag}>")

    def doctype(_: str, system: str | None, public: str | None, has_definitions: int) -> None:
        if system or public or has_definitions:
            raise FaultTreeError(f"{place()}: a document type definition is refused: entities are not expanded; remove the <!DOCTYPE ...>")

    def entity(name: str, *_: object) -> None:
        raise FaultTreeError(f"{place()}: the entity {name!r} is refused: entities are not expanded")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler, parser.EntityDeclHandler = doctype, entity
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise FaultTreeError(f"{path}:{error.lineno}:{error.offset + 1}: not well-formed XML: {expat.ErrorString(error.code)}") from None
    except (LookupError, ValueError) as error:
        if isinstance(error, FaultTreeError):
            raise
        raise FaultTreeError(f"{path}: not readable as XML: {error}") from None
    return roots[0]
