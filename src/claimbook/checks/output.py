"""Problems for other programs: SARIF 2.1.0 and the annotations of GitHub Actions. Pure functions.

JSON is ``[problem.as_json() for problem in problems]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from inspect import cleandoc
from typing import Any

from claimbook.checks.rule import Check
from claimbook.problems import Problem, Severity

SARIF_LEVEL: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "note"}
GITHUB_LEVEL: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}


def as_sarif(problems: Iterable[Problem], checks: Sequence[Check], version: str) -> dict[str, Any]:
    """One SARIF log with the rules and a result for each problem; waived ones are suppressed."""
    described = {check.code for check in checks}
    problems = list(problems)
    others = {p.rule: {"id": p.rule, "name": p.name} for p in problems if p.rule not in described}
    driver = {
        "name": "claimbook",
        "version": version,
        "rules": [*map(_rule, checks), *others.values()],
    }
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(problem) for problem in problems]}],
    }


def _rule(check: Check) -> dict[str, Any]:
    text = cleandoc(check.find.__doc__ or "")
    return {
        "id": check.code,
        "name": check.name,
        "shortDescription": {"text": text.partition("\n")[0]},
        "fullDescription": {"text": check.why},
        "help": {"text": check.fix, "markdown": text},
        "defaultConfiguration": {"level": SARIF_LEVEL[check.severity]},
    }


def _result(problem: Problem) -> dict[str, Any]:
    region = {"startLine": max(problem.where.line, 1), "startColumn": max(problem.where.column, 1)}
    location = {"artifactLocation": {"uri": problem.where.path}, "region": region}
    result: dict[str, Any] = {
        "ruleId": problem.rule,
        "level": SARIF_LEVEL[problem.severity],
        "message": {"text": " ".join(part for part in (f"{problem.message}.", problem.fix) if part)},
        "locations": [{"physicalLocation": location}],
    }
    if problem.waived is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": problem.waived}]
    return result


def as_github(problem: Problem) -> str:
    """One workflow command; a waived problem is a notice that says so."""
    level = "notice" if problem.waived is not None else GITHUB_LEVEL[problem.severity]
    where = problem.where
    place = {"file": where.path, "line": max(where.line, 1), "col": max(where.column, 1)}
    title = f"{problem.rule} {problem.name}"
    fields = ",".join(
        f"{name}={_escaped(str(value), ':,')}" for name, value in {**place, "title": title}.items()
    )
    waived = f" (waived: {problem.waived})" if problem.waived is not None else ""
    return f"::{level} {fields}::{_escaped(problem.message + waived)}"


def _escaped(text: str, also: str = "") -> str:
    """Percent-encoding of what would end a command: %, line ends, and in a property also : and ,"""
    for character in f"%\r\n{also}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text
