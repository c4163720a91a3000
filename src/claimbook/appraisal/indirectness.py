"""Indirectness: does the evidence match the question in population, intervention, comparison and outcome?

People answer (Core GRADE 5); the rule only takes the worst answer. Nothing here is automatic.
"""

from __future__ import annotations

from claimbook.appraisal.checked import needed
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.inputs import ELEMENTS
from claimbook.appraisal.settings import Settings
from claimbook.appraisal.steps import Step, conclude

DOMAIN = "indirectness"
LEVELS = {"yes": 0, "probably_yes": 0, "probably_no": -1, "no": -2}


def worst_answer(evidence: Evidence, settings: Settings) -> Step:
    """The element that fits worst decides: probably no costs one level, no costs two."""
    answers = needed(DOMAIN, evidence.indirectness, "is missing: a person answers for all four elements")
    given = {element: getattr(answers, element) for element in ELEMENTS}
    worst = min(ELEMENTS, key=lambda element: LEVELS[given[element]])
    level = LEVELS[given[worst]]
    why = (answers.reasons.get(worst) or answers.because).strip().rstrip(".") or None
    facts = {**given, "worst": worst, "answer": given[worst].replace("_", " "), "why": why}
    if level == 0:
        return conclude(DOMAIN, RULES, "G.IND.CG5.DIRECT", 0, facts)
    if why is None:
        return conclude(DOMAIN, RULES, "G.IND.CG5.WORST", level, facts, flags=("REASON_MISSING",))
    return conclude(DOMAIN, RULES, "G.IND.CG5.REASON", level, facts)


RULES = {
    "G.IND.CG5.DIRECT": "Population, intervention, comparison and outcome match the question.",
    "G.IND.CG5.REASON": "Does the {worst} match the question? The answer is {answer}: {why}.",
    "G.IND.CG5.WORST": "Does the {worst} match the question? The answer is {answer}.",
}
