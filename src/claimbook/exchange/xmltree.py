"""XML as a plain tree with line numbers. A document type is refused, so there are no entities to blow up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

DEEPEST = 100
MOST = 2_000_000  # elements


class Refused(Exception):
    """What the file asks for beyond data, and the line."""

    def __init__(self, message: str, line: int, code: str = "X011") -> None:
        super().__init__(message)
        self.line, self.code = line, code


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    line: int
    content: list[Element | str] = field(default_factory=list)

    def get(self, name: str) -> str:
        return self.attributes.get(name, "").strip()

    @property
    def children(self) -> list[Element]:
        return [part for part in self.content if isinstance(part, Element)]

    def child(self, tag: str) -> Element | None:
        return next((child for child in self.children if child.tag == tag), None)

    def all(self, *tags: str) -> Iterator[Element]:
        """This element and those below it that have one of the tags, in the order of the file."""
        queue = [self]
        while queue:
            here = queue.pop()
            if here.tag in tags:
                yield here
            queue += reversed(here.children)

    @property
    def text(self) -> str:
        """All text in it, on one line."""
        found: list[str] = []
        queue: list[Element | str] = [self]
        while queue:
            here = queue.pop()
            if isinstance(here, str):
                found.append(here)
            else:
                queue += reversed(here.content)
        return " ".join("".join(found).split())

    def told(self, tag: str) -> str:
        """The text of a child, or the attribute of that name."""
        child = self.child(tag)
        return (child.text if child else "") or self.get(tag)


def read_xml(raw: bytes) -> Element:
    """The root of a document. Refused for what is not well-formed, too deep, or has a document type."""
    parser = expat.ParserCreate()
    stack = [Element("", {}, 0)]
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(stack) > DEEPEST or count > MOST:
            raise Refused("is nested too deep or has too many elements", parser.CurrentLineNumber)
        element = Element(tag, attributes, parser.CurrentLineNumber)
        stack[-1].content.append(element)
        stack.append(element)

    def refuse(*_: object) -> None:
        raise Refused("declares an XML document type, which data does not need", parser.CurrentLineNumber)

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda tag: stack.pop()
    parser.CharacterDataHandler = lambda text: stack[-1].content.append(text)
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.buffer_text = True
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise Refused(
            f"is not well-formed XML: {expat.ErrorString(error.code)}", error.lineno, "X001"
        ) from None
    except (ValueError, LookupError) as error:  # an encoding that is none
        raise Refused(f"cannot be read as XML: {error}", 1, "X001") from None
    return stack[0].children[0]
