"""YAML text to plain data with a line for every value, and every mistake in the text as a Problem.

Records are data, so the reader accepts a small YAML: mappings, lists and scalars. Every scalar stays the
text that was written ("10.60", "NO", "1:30"); the models give it a type. Anchors, aliases, tags and merge
keys are refused, which also disposes of circular and exponentially growing documents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

import yaml

from claimbook.problems import Problem, Where

LARGEST = 1_000_000
LARGEST_BIBLIOGRAPHY = 50_000_000  # 100,000 citations
DEEPEST = 32
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tab and newline: what steers a terminal
Loc = tuple[str | int, ...]


Place = tuple[int, int]


@dataclass(frozen=True)
class Document:
    """One parsed file: its data (dict, list and str only), where each value stands, and its own path.

    ``marks`` holds (line, column) of every key and value in the order of the text, a key before its value.
    """

    path: str
    data: Any
    marks: Sequence[Place] = field(repr=False)

    def where(self, *loc: str | int) -> Where:
        """The place of a value; for one that is absent, the place of the nearest parent that is there."""
        return self._nearest(loc, self.values)

    def where_key(self, *loc: str | int) -> Where:
        """The place of a key, for mistakes about the key itself or about something missing under it."""
        return self._nearest(loc, self.keys)

    def _nearest(self, loc: Loc, table: dict[Loc, Place]) -> Where:
        for end in range(len(loc), -1, -1):
            place = table.get(loc[:end]) or self.values.get(loc[:end])
            if place:
                return Where(self.path, *place)
        return Where(self.path, 1, 1)

    @property
    def keys(self) -> dict[Loc, Place]:
        """The place of every key, by its path."""
        return self._places[0]

    @property
    def values(self) -> dict[Loc, Place]:
        """The place of every value, by its path."""
        return self._places[1]

    @cached_property
    def _places(self) -> tuple[dict[Loc, Place], dict[Loc, Place]]:
        keys: dict[Loc, Place] = {}
        values: dict[Loc, Place] = {}
        marks = iter(self.marks)

        def visit(data: Any, loc: Loc) -> None:
            values[loc] = next(marks)
            if isinstance(data, dict):
                for key, inner in data.items():
                    keys[(*loc, key)] = next(marks)
                    visit(inner, (*loc, key))
            elif isinstance(data, list):
                for index, inner in enumerate(data):
                    visit(inner, (*loc, index))

        visit(self.data, ())
        return keys, values


def read_text(path: Path, shown: str, largest: int = LARGEST) -> tuple[str | None, list[Problem]]:
    """The text of a file, or the Problem that stands in the way; never raises for what the file holds."""
    raw, problems = read_raw(path, shown, largest)
    return (None, problems) if raw is None else decode(raw, shown)


def read_raw(path: Path, shown: str, largest: int = LARGEST) -> tuple[bytes | None, list[Problem]]:
    """The bytes of a file, or the Problem that stands in the way."""
    try:
        size = path.stat().st_size
        if size > largest:
            message = f"the file is {size / 1e6:.1f} MB; at most {largest / 1e6:.0f} MB are read"
            return None, [
                _problem("R001", shown, message, fix="one study per file; move bulk data elsewhere")
            ]
        return path.read_bytes(), []
    except OSError as error:
        return None, [
            _problem("R001", shown, f"cannot be read: {error.strerror}", fix="check the path and its rights")
        ]


def decode(raw: bytes, shown: str) -> tuple[str | None, list[Problem]]:
    """UTF-8 text out of bytes; a byte order mark is reported and dropped."""
    problems = []
    if raw.startswith(b"\xef\xbb\xbf"):
        problems.append(
            _problem(
                "R006",
                shown,
                "starts with a byte order mark",
                line=1,
                severity="warning",
                fix="save as UTF-8 without BOM",
            )
        )
        raw = raw[3:]
    if b"\0" in raw:
        return None, [
            *problems,
            _problem("R001", shown, "is a binary file, not text", fix="save the record as UTF-8 text"),
        ]
    try:
        return raw.decode("utf-8"), problems
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        return None, [*problems, _problem("R001", shown, message, line=line, fix="save the file as UTF-8")]


def parse(text: str, shown: str) -> tuple[Document | None, list[Problem]]:
    """Parse one YAML document; with a syntax mistake there is no Document, only the Problem."""
    if not text.strip():
        return None, [_problem("R002", shown, "the file is empty", fix=_skeleton(shown))]
    loader = yaml.CBaseLoader(text)
    build = _Build(loader, shown)
    try:
        found, data = build.document()
    except yaml.YAMLError as error:
        return None, [_syntax_problem(error, text, shown)]
    except _TooDeep as deep:
        message = f"is nested deeper than {DEEPEST} levels"
        return None, [*build.refused, build.problem("R002", message, deep.place, "flatten the value")]
    finally:
        loader.dispose()
    if build.refused:
        return None, build.refused
    if not found:
        return None, [_problem("R002", shown, "holds only comments", fix=_skeleton(shown))]
    return Document(shown, data, build.marks), build.problems


def _skeleton(shown: str) -> str:
    """Where the content of an empty file comes from."""
    path = PurePath(shown)
    return SKELETONS.get(path.name) or SKELETONS.get(path.parent.name, SKELETONS["records"])


SKELETONS = {
    "library.yaml": "write its title, question, licence and outcomes; claimbook init DIR makes one to copy",
    "claims": "claimbook claim add writes a skeleton",
    "records": "claimbook study add writes a skeleton",
}


class _TooDeep(Exception):
    """A value is nested so deep that going on could exhaust the stack."""

    def __init__(self, place: Place) -> None:
        self.place = place


class _Build:
    """Data out of the parser's events, with places and Problems; what is beyond plain data is ``refused``."""

    def __init__(self, loader: yaml.CBaseLoader, shown: str) -> None:
        self.next: Callable[[], Any] = loader.get_event
        self.shown = shown
        self.marks: list[Place] = []
        self.problems: list[Problem] = []
        self.refused: list[Problem] = []

    def document(self) -> tuple[bool, Any]:
        """(is there a document, its data). yaml.YAMLError where the text is not one YAML document."""
        self.next()  # the stream starts
        if type(self.next()) is yaml.StreamEndEvent:
            return False, None
        data = self.value(self.next(), 0)
        self.next()  # the document ends
        if type(event := self.next()) is not yaml.StreamEndEvent:
            raise yaml.composer.ComposerError(None, None, "but found another document", event.start_mark)
        return True, data

    def value(self, event: Any, depth: int) -> Any:
        place = self.place(event)
        self.marks.append(place)
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self.check(event, place)
            return event.value if event.value or event.style else None
        if kind is yaml.AliasEvent:
            return None
        if depth > DEEPEST:
            raise _TooDeep(place)
        if kind is yaml.MappingStartEvent:
            return self.mapping(depth)
        data = []
        while type(event := self.next()) is not yaml.SequenceEndEvent:
            data.append(self.value(event, depth + 1))
        return data

    def mapping(self, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        lines: dict[str, int] = {}
        while type(event := self.next()) is not yaml.MappingEndEvent:
            place = self.place(event)
            if type(event) is not yaml.ScalarEvent:
                fix = "quote the key or indent the block"
                self.problems.append(self.problem("R002", "a key must be a plain word", place, fix))
                self.aside(event, depth)
                self.aside(self.next(), depth)
            elif (key := event.value) in data:
                message = f'key "{key}" is given twice (first on line {lines[key]})'
                self.problems.append(self.problem("R003", message, place, "keep one of the two"))
                self.aside(self.next(), depth)
            else:
                self.check(event, place)
                self.marks.append(place)
                lines[key] = place[0]
                data[key] = self.value(self.next(), depth + 1)
        return data

    def check(self, event: Any, place: Place) -> None:
        """Refuse a control character; YAML allows one as an escape between double quotes."""
        if event.style == '"' and (found := CONTROL.search(event.value)):
            message = f"character {ord(found[0]):#04x} is not allowed in a record"
            self.refused.append(self.problem("R002", message, place, "delete its escape from the text"))

    def aside(self, event: Any, depth: int) -> None:
        """Read over a value that has no place in the data."""
        marks, self.marks = self.marks, []
        self.value(event, depth + 1)
        self.marks = marks

    def place(self, event: Any) -> Place:
        """Where an event stands; an anchor, a tag or an alias there is refused."""
        mark = event.start_mark
        place = (mark.line + 1, mark.column + 1)
        if event.anchor or event.tag:
            is_alias = type(event) is yaml.AliasEvent
            what = f"alias *{event.anchor}" if is_alias else f"anchor &{event.anchor}"
            what = what if event.anchor else f"tag {event.tag}"
            fix = "write the value out; quote a text that starts with & * or !"
            problem = self.problem("R004", f"YAML {what} is not used in records", place, fix)
            self.refused += [] if problem in self.refused else [problem]
        return place

    def problem(self, rule: str, message: str, place: Place, fix: str) -> Problem:
        return _problem(rule, self.shown, message, *place, fix=fix)


NAMES = {
    "R001": "file-unreadable",
    "R002": "not-a-record",
    "R003": "repeated-key",
    "R004": "yaml-beyond-plain-data",
    "R005": "wrong-value",
    "R006": "byte-order-mark",
    "R007": "unknown-field",
    "R008": "missing-field",
    "R009": "file-name-and-key-differ",
    "R010": "reference-to-nothing",
    "R012": "key-used-twice",
}


def _problem(
    rule: str,
    shown: str,
    message: str,
    line: int = 0,
    column: int = 0,
    severity: Any = "error",
    fix: str = "",
) -> Problem:
    return Problem(rule, NAMES[rule], severity, Where(shown, line, column), message, fix=fix)


def _syntax_problem(error: yaml.YAMLError, text: str, shown: str) -> Problem:
    if isinstance(error, yaml.reader.ReaderError):
        line = text.encode()[: error.position].count(b"\n") + 1
        message = f"character {error.character:#04x} is not allowed in YAML"
        return _problem(
            "R002", shown, message, line, fix="delete it; it shows in an editor that marks control characters"
        )
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.splitlines()
    at = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in at[: max(column, len(at) - len(at.lstrip()))]:
        return _problem(
            "R002", shown, "a tab is used for indentation", line, at.index("\t") + 1, fix="indent with spaces"
        )
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "is not YAML"
    if "mapping values are not allowed" in what:
        return _problem(
            "R002", shown, 'a second ": " stands in one value', line, column, fix="put the value in quotes"
        )
    if getattr(error, "context", "") == "while scanning a quoted scalar":
        opened = error.context_mark  # type: ignore[attr-defined]
        return _problem(
            "R002",
            shown,
            "a quote is opened and never closed",
            opened.line + 1,
            opened.column + 1,
            fix="close it",
        )
    return _problem("R002", shown, what, line, column, fix="check the indentation and the quotes just above")
