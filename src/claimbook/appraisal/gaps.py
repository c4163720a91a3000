"""What a body of evidence does not state, and what a rating makes of it.

A published table seldom prints all that a rating reads. Two kinds of gap are told apart:

* what decides the question (direction, threshold, design, fold) is asked for and never assumed; without it
  there is no ``Evidence`` or no rating;
* a domain about which nothing is known (risk of bias, heterogeneity, indirectness, the number of people of
  a synthesis that was not pooled) is no concern *so far*: a step of level 0 with a rule of its own and the
  flag ``NOT_ASSESSED``, so that the certainty is an upper bound and says so.

``cautious`` gives the other end: what is not known counts as a concern. Together they say how much a review
that prints little can carry; Pollock's rules for overviews (``Evidence.review``) know the second way alone.

A baseline risk stands between: without it an effect on events has no absolute size, so whoever rates such a
body is told that it is missing, but the ratio itself can be rated, flagged ``BASELINE_RISK_MISSING``.

A gap counts only where the body states it, in ``Evidence.unstated``: ``read_evidence`` does so for bodies
from elsewhere and ``findings.reviews`` for a review's printed result, while a library's own claims leave it
empty and are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.inconsistency import i_squared
from claimbook.appraisal.inputs import ELEMENTS
from claimbook.appraisal.settings import SETTINGS, Settings
from claimbook.appraisal.shares import complete, is_judged
from claimbook.appraisal.steps import NOT_ASSESSED, Step, conclude

Rule = Callable[[Evidence, Settings], Step]


def unstated(evidence: Evidence) -> tuple[str, ...]:
    """The domains that nothing is known about, the unanswered elements of indirectness, ``baseline_risk``."""
    known = EXTRACTED if evidence.review is not None else ()
    found = [name for name, missing in GAPS.items() if name not in known and missing(evidence)]
    return (*found, *_elements(evidence))


def _differences_unknown(evidence: Evidence) -> bool:
    """Is there neither I2, nor what gives it, nor a reader's answer? Without a pooled effect, directions."""
    if evidence.k < 2 or evidence.inconsistency.differ is not None:
        return False
    if evidence.est is None:
        told = all(study.shows is not None or study.est is not None for study in evidence.studies)
        return not (complete(evidence) and told)
    return evidence.i2 is None and i_squared(evidence) is None


def _size_unknown(evidence: Evidence) -> bool:
    return evidence.est is None and evidence.n is None and evidence.events is None


def _base_unknown(evidence: Evidence) -> bool:
    return evidence.est is not None and evidence.per_person and evidence.baseline_risk is None


def _elements(evidence: Evidence) -> Iterator[str]:
    given = evidence.indirectness
    if given is not None and not given.unanswered:
        yield from (f"indirectness.{name}" for name in ELEMENTS if getattr(given, name) is None)


def where_stated(rules: Mapping[str, Rule]) -> dict[str, Rule]:
    """The same rules, but for a flagged zero in a domain that the body says nothing about."""
    return {domain: partial(_rated, domain, rule) for domain, rule in rules.items()}


def _rated(domain: str, rule: Rule, evidence: Evidence, settings: Settings) -> Step:
    if domain not in evidence.unstated:
        return rule(evidence, settings)
    name, level = f"G.{domain.upper()}.NOTASSESSED", -settings["unstated"]
    threshold = settings.quote("unstated") if level else ""
    facts = {"status": "not assessed"}
    return conclude(domain, RULES, name, level, facts, threshold=threshold, flags=(NOT_ASSESSED,))


def cautious(evidence: Evidence, settings: Settings = SETTINGS) -> tuple[Evidence, Settings]:
    """The body and the settings that count what is not known as a concern (project convention).

    A design that is not known is then one without randomisation, and a domain that is not costs a level, as
    in Pollock et al. 2016 (``pollock2016``) for risk of bias and heterogeneity.
    """
    if "design" in evidence.unstated:
        others = tuple(name for name in evidence.unstated if name != "design")
        worse = "nrsi_controlled" if evidence.randomised else evidence.design
        evidence = replace(evidence, design=worse, unstated=others)
    return evidence, settings.but(unstated=1)


EXTRACTED = ("risk_of_bias", "inconsistency")
GAPS: dict[str, Callable[[Evidence], bool]] = {
    "risk_of_bias": lambda evidence: not is_judged(evidence),
    "inconsistency": _differences_unknown,
    "indirectness": lambda evidence: evidence.indirectness is None or evidence.indirectness.unanswered,
    "imprecision": _size_unknown,
    "baseline_risk": _base_unknown,
}
RULES = {
    "G.RISK_OF_BIAS.NOTASSESSED": "The studies' risk of bias was not assessed.",
    "G.INCONSISTENCY.NOTASSESSED": "How much the studies differ was not stated.",
    "G.INDIRECTNESS.NOTASSESSED": "Whether the studies match the question was not assessed.",
    "G.IMPRECISION.NOTASSESSED": "How many people the studies hold was not stated.",
    "G.PUBLICATION_BIAS.NOTASSESSED": "Whether studies are missing was not assessed.",
}
