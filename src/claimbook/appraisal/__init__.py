"""Appraisal: how far a body of evidence can be trusted, as code.

``Evidence`` goes in; ``rate`` gives its certainty (GRADE and its siblings, one rule set at a time),
``verdict`` the word for a claim. Everything works on plain values.
"""

from claimbook.appraisal.checked import EvidenceError
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.grade import RULESETS, Comparison, rate, rate_all
from claimbook.appraisal.inputs import (
    Fold,
    Inconsistency,
    Indirectness,
    PublicationBias,
    Review,
    RiskOfBias,
    StudyWeight,
    Threshold,
    Upgrades,
)
from claimbook.appraisal.instruments import TOOLS
from claimbook.appraisal.reading import read_evidence
from claimbook.appraisal.rob import Assessment, Override, fold, judge, next_questions
from claimbook.appraisal.settings import SETTINGS, Settings
from claimbook.appraisal.steps import Overrule, Rating, Step
from claimbook.appraisal.verdict import CLAIMED, VERDICTS, Verdict, verdict
from claimbook.appraisal.vocabulary import CERTAINTY, DESIGNS, DISCLAIMER, DOMAINS, MEASURES, SYMBOLS

__all__ = [
    "CERTAINTY",
    "CLAIMED",
    "DESIGNS",
    "DISCLAIMER",
    "DOMAINS",
    "MEASURES",
    "RULESETS",
    "SETTINGS",
    "SYMBOLS",
    "TOOLS",
    "VERDICTS",
    "Assessment",
    "Comparison",
    "Evidence",
    "EvidenceError",
    "Fold",
    "Inconsistency",
    "Indirectness",
    "Override",
    "Overrule",
    "PublicationBias",
    "Rating",
    "Review",
    "RiskOfBias",
    "Settings",
    "Step",
    "StudyWeight",
    "Threshold",
    "Upgrades",
    "Verdict",
    "fold",
    "judge",
    "next_questions",
    "rate",
    "rate_all",
    "read_evidence",
    "verdict",
]
