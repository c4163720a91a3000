"""``--fix``: the mends that need no judgement, as edits of single lines. Nothing here writes a file.

Two are mechanical: an identifier with its address or its name in front (P105), and a verdict typed into a
claim (G501), where it stands on a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from claimbook.checks.references import FORMS, bare
from claimbook.problems import Problem


class Edit(NamedTuple):
    """Replace one line (counted from 1) of a text; ``new`` is None where the line goes."""

    line: int
    old: str
    new: str | None


def edits(text: str, problems: Iterable[Problem]) -> list[Edit]:
    """The mechanical mends of one file's problems, at most one for each line."""
    lines = text.splitlines()
    found: dict[int, Edit] = {}
    for problem in problems:
        mend = MENDS.get(problem.rule)
        for edit in mend(lines, problem) if mend and problem.waived is None else ():
            found.setdefault(edit.line, edit)
    return sorted(found.values())


def applied(text: str, changes: Iterable[Edit]) -> str:
    """The text with its edits. ValueError where a line is no longer what the edit was made for."""
    lines = text.splitlines(keepends=True)
    for edit in sorted(changes, reverse=True):
        line = lines[edit.line - 1]
        if line.rstrip("\r\n") != edit.old:
            raise ValueError(f"line {edit.line} has changed: {line.rstrip()!r} instead of {edit.old!r}")
        end = line[len(line.rstrip("\r\n")) :]
        lines[edit.line - 1] = "" if edit.new is None else edit.new + end
    return "".join(lines)


_FIELD = re.compile(r"""(?i)\b(?P<name>doi|pmid|pmcid)(?P<open>\s*=\s*[{"])(?P<value>[^{}"]*)(?=[}"])""")


def _identifier(lines: list[str], problem: Problem) -> Iterator[Edit]:
    """The identifiers of the BibTeX entry that a problem points at, without what stands before them."""
    for number in range(problem.where.line, len(lines) + 1):
        line = lines[number - 1]
        if number > problem.where.line and line.lstrip().startswith("@"):
            return
        clean = _FIELD.sub(_bare, line)
        if clean != line:
            yield Edit(number, line, clean)


def _bare(field: re.Match[str]) -> str:
    name, value = field["name"].lower(), field["value"].strip()
    clean = bare(name, value)
    return f"{field['name']}{field['open']}{clean}" if FORMS[name][0].fullmatch(clean) else field[0]


def _own_line(lines: list[str], problem: Problem) -> Iterator[Edit]:
    """A key with its value on one line, which nothing continues."""
    line = lines[problem.where.line - 1]
    indent = len(line) - len(line.lstrip())
    following = lines[problem.where.line] if problem.where.line < len(lines) else ""
    continued = following.strip() and len(following) - len(following.lstrip()) > indent
    if re.match(r"\s*\w+:\s+[^\s|>&{\[]", line) and not continued:
        yield Edit(problem.where.line, line, None)


MENDS: dict[str, Callable[[list[str], Problem], Iterator[Edit]]] = {"P105": _identifier, "G501": _own_line}
