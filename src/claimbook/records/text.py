"""YAML text to plain data with a line for every value, and every mistake in the text as a Problem.

Records are data, so the reader accepts a small YAML: mappings, lists and scalars. Every scalar stays the
text that was written ("10.60", "NO", "1:30"); the models give it a type. Anchors, aliases, tags and merge
keys are refused, which also disposes of circular and exponentially growing documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from claimbook.problems import Problem, Where

LARGEST = 1_000_000
LARGEST_BIBLIOGRAPHY = 50_000_000  # 100,000 citations
DEEPEST = 32
Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """One parsed file: its data (dict, list and str only), where each value stands, and its own path."""

    path: str
    data: Any
    keys: dict[Loc, tuple[int, int]] = field(repr=False)
    values: dict[Loc, tuple[int, int]] = field(repr=False)

    def where(self, *loc: str | int) -> Where:
        """The place of a value; for one that is absent, the place of the nearest parent that is there."""
        return self._nearest(loc, self.values)

    def where_key(self, *loc: str | int) -> Where:
        """The place of a key, for mistakes about the key itself or about something missing under it."""
        return self._nearest(loc, self.keys)

    def _nearest(self, loc: Loc, table: dict[Loc, tuple[int, int]]) -> Where:
        for end in range(len(loc), -1, -1):
            place = table.get(loc[:end]) or self.values.get(loc[:end])
            if place:
                return Where(self.path, *place)
        return Where(self.path, 1, 1)


def read_text(path: Path, shown: str, largest: int = LARGEST) -> tuple[str | None, list[Problem]]:
    """The text of a file, or the Problem that stands in the way; never raises for what the file holds."""
    try:
        size = path.stat().st_size
        if size > largest:
            message = f"the file is {size / 1e6:.1f} MB; at most {largest / 1e6:.0f} MB are read"
            return None, [
                _problem("R001", shown, message, fix="one study per file; move bulk data elsewhere")
            ]
        raw = path.read_bytes()
    except OSError as error:
        return None, [
            _problem("R001", shown, f"cannot be read: {error.strerror}", fix="check the path and its rights")
        ]
    return decode(raw, shown)


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
        return None, [
            _problem("R002", shown, "the file is empty", fix="claimbook study add writes a skeleton")
        ]
    loader = yaml.CBaseLoader(text)
    try:
        if refused := _beyond_plain_data(text, shown):
            return None, refused
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        return None, [_syntax_problem(error, text, shown)]
    finally:
        loader.dispose()
    if node is None:
        return None, [
            _problem("R002", shown, "holds only comments", fix="claimbook study add writes a skeleton")
        ]
    walk = _Walk(shown)
    data = walk.build(node, ())
    return Document(shown, data, walk.keys, walk.values), walk.problems


def _beyond_plain_data(text: str, shown: str) -> list[Problem]:
    """Anchors, aliases, tags and bottomless nesting, found on the event stream, before anything is built."""
    if not any(mark in text for mark in "&*!") and not _may_be_deep(text):
        return []
    problems, depth = [], 0
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        what = (
            f"alias *{anchor}"
            if isinstance(event, yaml.AliasEvent)
            else f"anchor &{anchor}"
            if anchor
            else f"tag {tag}"
        )
        if not event.start_mark:
            continue
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if anchor or tag:
            message = f"YAML {what} is not used in records"
            fix = "write the value out; quote a text that starts with & * or !"
            problems.append(_problem("R004", shown, message, line, column, fix=fix))
        if depth > DEEPEST + 1:
            message = f"is nested deeper than {DEEPEST} levels"
            return [*problems, _problem("R002", shown, message, line, column, fix="flatten the value")]
    return problems


def _may_be_deep(text: str) -> bool:
    """Could this text nest so deep that building its tree overflows the stack? Rarely true of a record."""
    return (
        text.count("[") + text.count("{") > 400 or re.search(r"^[ ?:-]{200}", text, re.MULTILINE) is not None
    )


class _Walk:
    """Turn a node tree into data, keeping places and collecting Problems."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.keys: dict[Loc, tuple[int, int]] = {}
        self.values: dict[Loc, tuple[int, int]] = {}
        self.problems: list[Problem] = []

    def build(self, node: yaml.Node, loc: Loc) -> Any:
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        self.values[loc] = place
        if isinstance(node, yaml.ScalarNode):
            return node.value if node.value or node.style else None
        if len(loc) > DEEPEST:
            self._complain("R002", f"is nested deeper than {DEEPEST} levels", place, "flatten the value")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, loc)
        return [self.build(child, (*loc, index)) for index, child in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                self._complain(
                    "R002", "a key must be a plain word", place, "quote the key or indent the block"
                )
                continue
            key = key_node.value
            if key in data:
                first = self.keys[(*loc, key)][0]
                fix = "keep one of the two"
                self._complain("R003", f'key "{key}" is given twice (first on line {first})', place, fix)
                continue
            self.keys[(*loc, key)] = place
            data[key] = self.build(value_node, (*loc, key))
        return data

    def _complain(self, rule: str, message: str, place: tuple[int, int], fix: str) -> None:
        self.problems.append(_problem(rule, self.shown, message, *place, fix=fix))


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
    if "undefined alias" in what:
        return _problem(
            "R004", shown, f"YAML alias: {what}", line, column, fix='quote a value that starts with "*"'
        )
    return _problem("R002", shown, what, line, column, fix="check the indentation and the quotes just above")
