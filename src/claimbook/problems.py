"""A mistake in a file, as a value: what is wrong, where, why it matters and the fix.

Reading and checking never raise for bad data; they return ``Problem`` values, so that one bad record
hides no other and a caller can print, count, waive or export them alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, order=True)
class Where:
    """A place in a text file. Lines and columns count from 1; 0 means the file as a whole."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = [self.path, *(str(number) for number in (self.line, self.column) if number)]
        return ":".join(place)


@dataclass(frozen=True)
class Problem:
    """One finding about one place in one file.

    ``rule`` is a stable code (``R001``, ``S206``), ``name`` its readable form. ``waived`` holds the reason
    a curator gave for living with it; a waived problem is shown but does not fail a check.
    """

    rule: str
    name: str
    severity: Severity
    where: Where
    message: str
    why: str = ""
    fix: str = ""
    waived: str | None = field(default=None)

    def waive(self, because: str) -> Problem:
        return replace(self, waived=because)

    def as_json(self) -> dict[str, object]:
        return {
            "rule": self.rule,
            "name": self.name,
            "severity": self.severity,
            "path": self.where.path,
            "line": self.where.line,
            "column": self.where.column,
            "message": self.message,
            "why": self.why,
            "fix": self.fix,
            "waived": self.waived,
        }


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """``'; did you mean "mean1"?'`` for a near miss in whatever case, otherwise an empty string."""
    known = {one.casefold(): one for one in allowed}
    near = get_close_matches(word.casefold(), known, n=1, cutoff=0.6)
    return f'; did you mean "{known[near[0]]}"?' if near else ""


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sorted as a reader meets them: by file, line, column, then rule."""
    return sorted(problems, key=lambda p: (p.where, p.rule, p.message))
