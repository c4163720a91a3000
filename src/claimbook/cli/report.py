"""A Problem as people read it: code, place, the line itself, why it matters and the fix."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from claimbook.problems import Problem, Where

COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}
WIDTH = 96


@contextmanager
def refusals_shown() -> Iterator[None]:
    """Print what the writer refuses and end with its exit code: 1 for the data, 4 for the disk."""
    from claimbook.records.writing import WriteError

    try:
        yield
    except WriteError as error:
        for problem in error.problems:
            click.echo(shown(problem), err=True)
        raise SystemExit(4 if error.disk else 1) from None


def shown(problem: Problem) -> str:
    """Several lines: the head, the source with a caret under the place, why, fix."""
    if problem.waived is not None:
        return click.style(f"{head(problem)}\n   waived  {problem.waived}", dim=True)
    parts = [head(problem), *_source(problem.where)]
    parts += [f"   why  {problem.why}"] if problem.why else []
    parts += [f"   fix  {problem.fix}"] if problem.fix else []
    return "\n".join(parts)


def noted(notes: Iterable[Problem]) -> Iterator[str]:
    """Notes in short: those of one rule together, with the first places."""
    rules: dict[tuple[str, str], list[Problem]] = {}
    for note in notes:
        rules.setdefault((note.rule, note.name), []).append(note)
    for (rule, name), found in rules.items():
        label = click.style(f"note[{rule}]", fg=COLOURS["note"], bold=True)
        places = ", ".join(str(p.where) for p in found[:3]) + (", ..." if len(found) > 3 else "")
        yield f"{label} {name}, {len(found)} in all: {places}\n   why  {found[0].why}\n   fix  {found[0].fix}"


def head(problem: Problem) -> str:
    label = click.style(f"{problem.severity}[{problem.rule}]", fg=COLOURS[problem.severity], bold=True)
    return f"{label} {problem.where}  {plain(problem.message)}"


def plain(text: str) -> str:
    """Text without control characters, which in a terminal could do more than be read."""
    return "".join(c if c.isprintable() else "�" for c in text)


def _source(where: Where) -> list[str]:
    lines = _lines(where.path)
    if not 0 < where.line <= len(lines):
        return []
    line, column = lines[where.line - 1], max(where.column, 1)
    length = len(re.match(r"[^\s,\]}]*", line[column - 1 :])[0]) or 1  # type: ignore[index]
    cut = max(0, column + length - WIDTH)
    margin = " " * len(str(where.line))
    text = plain(line[cut : cut + WIDTH])
    mark = click.style(" " * (column - 1 - cut) + "^" * min(length, WIDTH), fg="red")
    found = [f"   {where.line} | {text}"]
    return [*found, f"   {margin} | {mark}"] if where.column else found


def _lines(path: str) -> list[str]:
    try:
        return (
            Path(path).read_text(encoding="utf-8", errors="replace").splitlines() if _is_small(path) else []
        )
    except OSError:
        return []


def _is_small(path: str) -> bool:
    return Path(path).stat().st_size < 5_000_000
