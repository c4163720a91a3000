"""Indirectness: does the evidence match the question in population, intervention, comparison and outcome?

People answer (Core GRADE 5, ``coregrade5``); the rule only takes the worst answer. Nothing here is automatic.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from claimbook.appraisal.checked import EvidenceError, needed
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.inputs import ELEMENTS, Indirectness
from claimbook.appraisal.settings import Settings
from claimbook.appraisal.steps import NOT_ASSESSED, Step, conclude
from claimbook.appraisal.words import listed

DOMAIN = "indirectness"
LEVELS = {"yes": 0, "probably_yes": 0, "probably_no": -1, "no": -2}
DOES = {"probably_no": ("probably does not", "probably do not"), "no": ("does not", "do not")}
ASKED = "is missing: a person answers for all four elements"


def worst_answer(evidence: Evidence, settings: Settings) -> Step:
    """The element that fits worst decides: probably no costs one level, no costs two."""
    answers = needed(DOMAIN, evidence.indirectness, ASKED)
    given = _given(answers, evidence.unstated)
    level = min(LEVELS[answer] for answer in given.values())
    worst = [element for element, answer in given.items() if LEVELS[answer] == level]
    flags: tuple[str, ...] = (NOT_ASSESSED,) if len(given) < len(ELEMENTS) else ()
    facts: dict[str, Any] = {**given, "worst": listed(worst) if level else None}
    if level == 0:
        rule = "G.IND.CG5.PARTLY" if flags else "G.IND.CG5.DIRECT"
        likely = "match or probably match" if "probably_yes" in given.values() else "match"
        say = {"fits": listed(list(given)).capitalize(), "match": likely}
        return conclude(DOMAIN, RULES, rule, -settings["unstated"] if flags else 0, facts, say, flags=flags)
    reasons = [answers.reasons.get(element) or answers.because for element in worst]
    why = ". ".join(dict.fromkeys(reason.strip().rstrip(".") for reason in reasons if reason.strip()))
    say = {"does": DOES[given[worst[0]]][len(worst) > 1], "why": why}
    if not why:
        flags = ("REASON_MISSING", *flags)
        return conclude(DOMAIN, RULES, "G.IND.CG5.WORST", level, facts, say, flags=flags)
    return conclude(DOMAIN, RULES, "G.IND.CG5.REASON", level, facts, say, flags=flags)


def _given(answers: Indirectness, unstated: Collection[str]) -> dict[str, str]:
    """The answers by element; EvidenceError for one that is missing and not openly left out."""
    found = {element: getattr(answers, element) for element in ELEMENTS}
    for element, answer in found.items():
        if answer is None and f"{DOMAIN}.{element}" not in unstated:
            raise EvidenceError(f"{DOMAIN}.{element}", ASKED)
    given = {element: answer for element, answer in found.items() if answer is not None}
    return needed(DOMAIN, given or None, ASKED)


RULES = {
    "G.IND.CG5.DIRECT": "Population, intervention, comparison and outcome {match} the question.",
    "G.IND.CG5.PARTLY": "{fits} {match} the question; nobody answered for the rest.",
    "G.IND.CG5.REASON": "The {worst} {does} match the question. {why}.",
    "G.IND.CG5.WORST": "The {worst} {does} match the question; no reason was given.",
}
