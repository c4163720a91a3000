"""Every rule about the library, in the order of their codes."""

from __future__ import annotations

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
