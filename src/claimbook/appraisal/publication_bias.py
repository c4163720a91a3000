"""Publication bias (Core GRADE 4, figure 5): who paid, is the funnel lopsided, what is known to be missing.

One level at most. A test's p below 0.05 stands in for "strongly suggests" (project convention); a reader's
own judgement of the funnel comes before it. Two things are ours: registered trials that were all reported
settle the question after the first node, and an even funnel does not outweigh studies known to be missing.
"""

from __future__ import annotations

from typing import Any

from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.settings import Settings
from claimbook.appraisal.steps import Step, conclude
from claimbook.appraisal.words import counted

DOMAIN = "publication_bias"


def core(evidence: Evidence, settings: Settings) -> Step:
    """Core GRADE 4, figure 5, node by node."""
    known = evidence.publication_bias
    facts: dict[str, Any] = {"k": evidence.k, "p": known.asymmetry_p}
    if known.small_and_sponsored:
        return conclude(DOMAIN, RULES, "G.PUB.CG4.F5.SPONSORED", -1, facts)
    if known.all_registered_reported:
        return conclude(DOMAIN, RULES, "G.PUB.REGISTERED", 0, facts)
    judged = known.asymmetry_judged is not None or known.asymmetry_p is not None
    if evidence.k >= settings["funnel_k"] and not known.rare_events and judged:
        seen = _funnel(evidence, settings, facts)
        if seen.level < 0 or not known.unpublished_known:
            return seen
    if known.unpublished_known:
        return conclude(DOMAIN, RULES, "G.PUB.CG4.F5.UNPUBLISHED", -1, facts)
    rest: dict[str, Any] = {
        "say": {"studies": counted(evidence.k, "study", "studies")},
        "threshold": settings.quote("funnel_k"),
        "flags": ("QUALITATIVE_PUBLICATION_BIAS",),
    }
    if evidence.k < settings["funnel_k"]:
        return conclude(DOMAIN, RULES, "G.PUB.CG4.F5.FEW", 0, facts, **rest)
    return conclude(DOMAIN, RULES, "G.PUB.CG4.F5.UNKNOWN", 0, facts, **rest)


def _funnel(evidence: Evidence, settings: Settings, facts: dict[str, Any]) -> Step:
    known = evidence.publication_bias
    quote = settings.quote("funnel_k", "asymmetry_p", "asymmetry_borderline")
    if known.asymmetry_judged is not None:
        rule = "G.PUB.CG4.F5.SEEN" if known.asymmetry_judged else "G.PUB.CG4.F5.EVEN"
        return conclude(DOMAIN, RULES, rule, -1 if known.asymmetry_judged else 0, facts)
    p = known.asymmetry_p or 0.0
    if p < settings["asymmetry_p"]:
        return conclude(DOMAIN, RULES, "G.PUB.CG4.F5.TEST", -1, facts, threshold=quote)
    borderline = p < settings["asymmetry_borderline"]
    return conclude(DOMAIN, RULES, "G.PUB.CG4.F5.NOTEST", 0, facts, threshold=quote, borderline=borderline)


RULES = {
    "G.PUB.CG4.F5.SPONSORED": "Most of the evidence is from small studies sponsored by industry.",
    "G.PUB.REGISTERED": "Every registered trial was reported.",
    "G.PUB.CG4.F5.SEEN": "A reader judges the funnel of the {k} studies to be lopsided.",
    "G.PUB.CG4.F5.EVEN": "A reader judges the funnel of the {k} studies to be even.",
    "G.PUB.CG4.F5.TEST": "The funnel of the {k} studies is lopsided (p = {p}).",
    "G.PUB.CG4.F5.NOTEST": "The funnel of the {k} studies does not strongly suggest missing ones (p = {p}).",
    "G.PUB.CG4.F5.UNPUBLISHED": "Studies are known to have been done and not published.",
    "G.PUB.CG4.F5.FEW": "With {studies} a funnel cannot tell, and none is known to be unpublished; a person "
    "has to look for missing ones.",
    "G.PUB.CG4.F5.UNKNOWN": "The funnel of the {k} studies was not used, and none is known to be "
    "unpublished; a person has to look for missing ones.",
}
