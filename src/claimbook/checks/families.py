"""Every rule about the library, in the order of their codes; which of them restate what the types refuse."""

from __future__ import annotations

from collections.abc import Iterable

from claimbook.checks import (
    arithmetic,
    baselines,
    claims,
    cohorts,
    counts,
    dependence,
    directions,
    grading,
    grim,
    influence,
    intervals,
    limits,
    model,
    provenance,
    references,
    significance,
    spread,
    subgroups,
    units,
)
from claimbook.checks.rule import Check
from claimbook.problems import Problem

MODULES = (
    *(provenance, references),
    *(arithmetic, baselines, counts, grim, intervals, limits, significance, spread, units),
    *(cohorts, dependence, directions),
    *(influence, model, subgroups),
    *(grading, claims),
)
FAMILIES = {
    "P": "Provenance",
    "S": "The numbers of one record",
    "D": "Direction and dependence",
    "M": "The model",
    "G": "Grading and words",
    "C": "The claim and its source",
    "V": "Waivers",
}
RULES: tuple[Check, ...] = tuple(
    sorted((check for module in MODULES for check in module.CHECKS), key=lambda check: check.code)
)
RESTATING = frozenset({"C601", "D301", "G501", "G502", "P101", "P108", "V101", "V102"})
REFUSALS = frozenset({"R005", "R007", "R008"})


def once(problems: Iterable[Problem]) -> list[Problem]:
    """One problem for each mistake: what a rule says better is not said by the types too.

    A rule of RESTATING that speaks on a line is about the value that the types refuse there; its words stay.
    """
    problems = list(problems)
    said = {(p.where.path, p.where.line) for p in problems if p.rule in RESTATING and p.waived is None}
    return [p for p in problems if p.rule not in REFUSALS or (p.where.path, p.where.line) not in said]
