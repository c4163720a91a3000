"""Certainty of a body of evidence: five domains down, some reasons up, every step with its rule and number.

``rate`` applies one rule set; a single study and a single group go through the same path as any other
body. A person may overrule a step with a reason; the automatic level stays beside it. Not an official
GRADE Working Group or Cochrane assessment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from claimbook.appraisal import (
    gaps,
    imprecision,
    inconsistency,
    indirectness,
    narrative,
    pollock,
    publication_bias,
    risk_of_bias,
    upgrades,
)
from claimbook.appraisal.checked import EvidenceError, needed
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.inputs import Fold
from claimbook.appraisal.settings import SETTINGS, Settings
from claimbook.appraisal.shares import dominant_judgement
from claimbook.appraisal.statements import statement
from claimbook.appraisal.steps import DESIGN_NOT_STATED, GESTALT, NAMES, Overrule, Rating, Step, words
from claimbook.appraisal.target import target
from claimbook.appraisal.vocabulary import CERTAINTY, DESIGNS
from claimbook.appraisal.words import listed
from claimbook.problems import did_you_mean

Rule = Callable[[Evidence, Settings], Step]
DEFAULT = "core-grade-2025"


class RuleSet(NamedTuple):
    """One way to rate: where it starts, a rule for each domain, what rates up, and how levels add up.

    ``check`` raises ``EvidenceError`` for a body that cannot be rated this way.
    """

    label: str
    cite: str
    domains: Mapping[str, Rule]
    upgrades: Callable[[Evidence, Settings, Sequence[Step]], tuple[Step, ...]]
    start: Callable[[Evidence], int]
    add_up: Callable[[int, Sequence[Step]], int]
    target: Callable[[Evidence], str]
    check: Callable[[Evidence], None]


class Comparison(NamedTuple):
    """One body under every rule set that fits it; ``refused`` says what the others lack."""

    ratings: dict[str, Rating]
    refused: dict[str, str]
    differences: tuple[str, ...]


def rate(
    evidence: Evidence,
    ruleset: str = DEFAULT,
    overrules: Iterable[Overrule] = (),
    settings: Settings = SETTINGS,
) -> Rating:
    """The certainty of ``evidence`` under one rule set.

    Raises ``EvidenceError`` (a ValueError) naming the field when an input that must not be guessed is
    missing, and ValueError for an unknown rule set or an overrule of a domain that it does not rate.
    """
    if ruleset not in RULESETS:
        hint = did_you_mean(ruleset, RULESETS)
        raise ValueError(f"ruleset: {ruleset!r} is not one of {', '.join(RULESETS)}{hint}")
    overrules = tuple(overrules)
    rating = rate_loosely(evidence, ruleset, overrules, settings)
    known = [*(step.domain for step in (*rating.steps, *rating.upgrades)), GESTALT]
    for overrule in overrules:
        if overrule.domain not in known:
            raise ValueError(f"overrule.domain: {ruleset} does not rate {overrule.domain} here")
    return rating


def rate_loosely(
    evidence: Evidence, name: str, overrules: tuple[Overrule, ...], settings: Settings
) -> Rating:
    """As ``rate``, but an overrule of a domain that this rule set does not rate is passed over."""
    RULESETS[name].check(evidence)
    rating = _rate(evidence, name, overrules, settings)
    if _fold_matters(evidence, rating, settings):
        return replace(rating, flags=(*rating.flags, "FOLD_SENSITIVE"))
    return rating


def _rate(evidence: Evidence, name: str, overrules: tuple[Overrule, ...], settings: Settings) -> Rating:
    rules = RULESETS[name]
    start = rules.start(evidence)
    by_rule = [rule(evidence, settings) for rule in rules.domains.values()]
    steps = _overruled(by_rule, overrules)
    raised = _overruled(rules.upgrades(evidence, settings, steps), overrules)
    gestalt = next((o for o in overrules if o.domain == GESTALT), None)
    credit = gestalt.to_level if gestalt is not None else 0
    level = _clamp(rules.add_up(start, (*steps, *raised)) + credit)
    as_ruled = _clamp(rules.add_up(start, (*by_rule, *rules.upgrades(evidence, settings, by_rule))))
    certainty = CERTAINTY[level]
    rating = Rating(
        certainty=certainty,
        start=CERTAINTY[start],
        target=rules.target(evidence),
        steps=steps,
        upgrades=raised,
        sentence=statement(evidence, certainty, settings),
        ruleset=name,
        flags=_flags(evidence, (*steps, *raised)),
        gestalt=gestalt,
        automatic=CERTAINTY[as_ruled],
    )
    return replace(rating, sentence=_stated(rating))


def _overruled(steps: Iterable[Step], overrules: Sequence[Overrule]) -> tuple[Step, ...]:
    by_domain = {overrule.domain: overrule for overrule in overrules}
    return tuple(
        step.overrule(by_domain[step.domain]) if step.domain in by_domain else step for step in steps
    )


def _clamp(level: int) -> int:
    return max(0, min(level, len(CERTAINTY) - 1))


def _stated(rating: Rating) -> str:
    """The finding, and after it what nobody assessed."""
    missing = rating.not_assessed
    if not missing:
        return rating.sentence
    each = "which" if len(missing) == 1 else "any of which"
    lower = "" if rating.certainty == CERTAINTY[0] else f", {each} may lower the certainty"
    return f"{rating.sentence} Not assessed: {listed(missing)}{lower}."


def _flags(evidence: Evidence, steps: Sequence[Step]) -> tuple[str, ...]:
    found = [flag for step in steps for flag in step.flags]
    if sum(step.borderline and step.level == -1 for step in steps) >= 2:
        found.append("REVIEW_GESTALT")
    if len({study.design for study in evidence.studies} - {None}) > 1:
        found.append("MIXED_DESIGNS")
    if evidence.est is not None and any(study.rob == "critical" for study in evidence.studies):
        found.append("CRITICAL_STUDIES_POOLED")
    if evidence.unpooled:
        found.append("STUDIES_NOT_POOLED")
    if "baseline_risk" in evidence.unstated:
        found.append("BASELINE_RISK_MISSING")
    if "design" in evidence.unstated:
        found.append(DESIGN_NOT_STATED)
    return tuple(dict.fromkeys(found))


def _fold_matters(evidence: Evidence, rating: Rating, settings: Settings) -> bool:
    """Would the other reading of the tool's middle category change the automatic certainty?"""
    if evidence.fold is None:
        return False
    other = replace(evidence, fold=Fold(evidence.fold.tool, OTHER_FOLD[evidence.fold.middle]))
    return _rate(other, rating.ruleset, (), settings).automatic != rating.automatic


def rate_all(
    evidence: Evidence, overrules: Iterable[Overrule] = (), settings: Settings = SETTINGS
) -> Comparison:
    """The same body under every rule set that fits it, and where they part.

    A person's overrule holds under each rule set that rates its domain.
    """
    overrules, ratings, refused = tuple(overrules), {}, {}
    for name in RULESETS:
        try:
            ratings[name] = rate_loosely(evidence, name, overrules, settings)
        except EvidenceError as error:
            refused[name] = str(error)
    return Comparison(ratings, refused, differences(ratings))


def differences(ratings: Mapping[str, Rating]) -> tuple[str, ...]:
    """Every rule set against the first, in a sentence each: the certainty, and where their levels differ."""
    if not ratings:
        return ()
    (name, first), *others = ratings.items()
    told = (_difference(other, key, first, name) for key, other in others)
    return tuple(line for line in told if line)


def _difference(other: Rating, name: str, first: Rating, first_name: str) -> str:
    levels = {step.domain: step.level for step in first.steps}
    parts = [
        f"{NAMES[step.domain]} {_signed(step.level)} against {_signed(levels[step.domain])}"
        for step in other.steps
        if levels.get(step.domain, step.level) != step.level
    ]
    where = f" ({'; '.join(parts)})" if parts else ""
    if other.certainty != first.certainty:
        return f"{name} gives {words(other.certainty)}, {first_name} {words(first.certainty)}{where}."
    return f"{name} gives {words(other.certainty)} as well, by other steps{where}." if parts else ""


def _signed(level: int) -> str:
    return f"{level:+d}" if level else "0"


def _from_design(evidence: Evidence) -> int:
    return DESIGNS[evidence.design].start


def _high(evidence: Evidence) -> int:
    return len(CERTAINTY) - 1


def _sum(start: int, steps: Sequence[Step]) -> int:
    return start + sum(step.level for step in steps)


def _target_word(evidence: Evidence) -> str:
    return target(evidence).word


def _pooled(evidence: Evidence) -> None:
    """A pooled estimate, and the baseline risk of an event: neither is ever guessed."""
    _tested(evidence)
    needed("est", evidence.est, "is missing; rate a body without a pooled estimate by narrative-2017")
    if evidence.per_person and "baseline_risk" not in evidence.unstated:
        needed("baseline_risk", evidence.baseline_risk, f"is missing; {evidence.measure} needs it")


def _by_robins(evidence: Evidence) -> None:
    if evidence.randomised or evidence.single_group:
        raise EvidenceError("design", "this rule set is for non-randomised comparisons")
    if dominant_judgement(evidence, SETTINGS["dominant_weight"]) not in ROBINS_WORDS:
        raise EvidenceError("studies.rob", "this rule set needs every study's overall ROBINS-I word")
    _pooled(evidence)


def _unpooled(evidence: Evidence) -> None:
    _tested(evidence)
    if evidence.est is not None:
        raise EvidenceError("est", "is given; this rule set is for bodies without a pooled estimate")


def _review(evidence: Evidence) -> None:
    _tested(evidence)
    needed("review", evidence.review, "is missing; this rule set is for overviews of reviews")


def _tested(evidence: Evidence) -> None:
    if evidence.k == 0:
        raise EvidenceError("k", "is 0; an untested claim has no certainty")


ROBINS_WORDS = ("low", "low_except_confounding", "moderate", "serious", "critical")
OTHER_FOLD = {"low": "high", "high": "low"}

_CORE: dict[str, Rule] = {
    "risk_of_bias": risk_of_bias.core,
    "inconsistency": inconsistency.core,
    "indirectness": indirectness.worst_answer,
    "imprecision": imprecision.core,
    "publication_bias": publication_bias.core,
}
_CLASSIC: dict[str, Rule] = {
    **_CORE,
    "risk_of_bias": risk_of_bias.classic,
    "inconsistency": inconsistency.classic,
    "imprecision": imprecision.classic,
}
_NARRATIVE: dict[str, Rule] = {
    "risk_of_bias": narrative.risk_of_bias,
    "inconsistency": narrative.inconsistency,
    "indirectness": indirectness.worst_answer,
    "imprecision": narrative.imprecision,
    "publication_bias": narrative.publication_bias,
}

_MODULES = (
    risk_of_bias,
    inconsistency,
    indirectness,
    imprecision,
    publication_bias,
    upgrades,
    narrative,
    pollock,
    gaps,
)
RULES: dict[str, str] = {name: text for module in _MODULES for name, text in module.RULES.items()}

RULESETS: dict[str, RuleSet] = {
    "core-grade-2025": RuleSet(
        "Core GRADE (2025)",
        "coregrade1",
        gaps.where_stated(_CORE),
        upgrades.core,
        _from_design,
        _sum,
        _target_word,
        _pooled,
    ),
    "grade-classic": RuleSet(
        "GRADE guidelines (2011-2013)",
        "guyatt2011intro",
        gaps.where_stated(_CLASSIC),
        upgrades.classic,
        _from_design,
        _sum,
        _target_word,
        _pooled,
    ),
    "grade-robins-start-high": RuleSet(
        "GRADE with ROBINS-I, starting high (2019)",
        "schunemann2019",
        gaps.where_stated({**_CORE, "risk_of_bias": risk_of_bias.robins}),
        upgrades.core,
        _high,
        _sum,
        _target_word,
        _by_robins,
    ),
    "narrative-2017": RuleSet(
        "GRADE without a pooled estimate (2017)",
        "murad2017",
        gaps.where_stated(_NARRATIVE),
        upgrades.classic,
        _from_design,
        _sum,
        lambda evidence: "direction",
        _unpooled,
    ),
    "pollock-2016": RuleSet(
        "Overviews of reviews (2016)",
        "pollock2016",
        {
            "risk_of_bias": pollock.risk_of_bias,
            "inconsistency": pollock.inconsistency,
            "indirectness": pollock.indirectness,
            "imprecision": pollock.imprecision,
            "publication_bias": pollock.publication_bias,
            "review_quality": pollock.review_quality,
        },
        upgrades.none,
        _high,
        pollock.total,
        lambda evidence: "review",
        _review,
    ),
}
