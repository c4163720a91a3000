"""Every rule about the library, in the order of their codes; which of them restate what the types refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from claimbook.checks import (
    arithmetic,
    baselines,
    claims,
    cohorts,
    counts,
    dependence,
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
    wording,
)
from claimbook.checks.rule import Check
from claimbook.checks.view import View
from claimbook.problems import Problem

OF_A_FILE = (
    provenance,
    *(arithmetic, baselines, counts, grim, intervals, limits, significance),
    *(dependence, wording, influence, model, subgroups),
    *(grading, claims),
)
"""Modules whose rules look at one file and what it names: they run again where that changed, and not else."""
ACROSS_FILES = (references, cohorts, spread, units)
"""Modules whose rules compare files, and run again with every change."""
MODULES = (*OF_A_FILE, *ACROSS_FILES)
FAMILIES = {
    "P": "Provenance",
    "S": "The numbers of one record",
    "D": "Direction and dependence",
    "M": "The model",
    "G": "Grading and words",
    "C": "The claim and its source",
    "V": "Waivers",
}


def _rules(modules: Iterable[Any]) -> tuple[Check, ...]:
    checks: list[Check] = [check for module in modules for check in module.CHECKS]
    return tuple(sorted(checks, key=lambda check: check.code))


RULES = _rules(MODULES)
RULES_OF_A_FILE, RULES_ACROSS_FILES = _rules(OF_A_FILE), _rules(ACROSS_FILES)
GATHERED: tuple[Callable[[View], Any], ...] = (
    *(*references.GATHERED, *cohorts.GATHERED, *spread.GATHERED, *units.GATHERED),
)
"""What rules across files gather from each record (``View.gathered``)."""
RESTATING = frozenset({"C601", "D301", "G501", "G502", "P101", "P108", "V101", "V102"})
REFUSALS = frozenset({"R005", "R007", "R008"})


def once(problems: Iterable[Problem]) -> list[Problem]:
    """One problem for each mistake: what a rule says better is not said by the types too.

    A rule of RESTATING that speaks on a line is about the value that the types refuse there; its words stay.
    """
    problems = list(problems)
    said = {(p.where.path, p.where.line) for p in problems if p.rule in RESTATING and p.waived is None}
    return [p for p in problems if p.rule not in REFUSALS or (p.where.path, p.where.line) not in said]
