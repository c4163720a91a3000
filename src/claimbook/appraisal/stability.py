"""Would another defensible choice give another certainty, and what is the smallest change that would?

Each variant changes one thing: the rule set, the side on which a tool's middle category falls, the smallest
effect that matters, the threshold, the set of studies, the size of a plausible effect. The nearest changes
are searched one at a time as well: one study's risk of bias, one study's data, so many more participants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from claimbook.appraisal.checked import EvidenceError
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.grade import DEFAULT, OTHER_FOLD
from claimbook.appraisal.inputs import Fold
from claimbook.appraisal.nearest import Change, nearest_changes
from claimbook.appraisal.reanalysis import Pool, Rater, default_pool
from claimbook.appraisal.settings import SETTINGS, Settings
from claimbook.appraisal.statements import effect
from claimbook.appraisal.steps import Overrule, Rating, words
from claimbook.appraisal.words import counted, listed

OTHER_RULES = {"core-grade-2025": "grade-classic"}


@dataclass(frozen=True)
class Variant:
    """One other choice: what it is, the certainty it gives, and whether that is the same."""

    label: str
    certainty: str
    same: bool


@dataclass(frozen=True)
class LowRisk:
    """The studies at low risk of bias as a body of their own: their estimate, and what it is rated.

    ``preferred`` says that the rule for risk of bias (Core GRADE 4, figure 2) takes this estimate rather than
    the whole body's: studies at high risk do not dominate, and the others differ from all.
    """

    evidence: Evidence
    rating: Rating
    preferred: bool

    @property
    def sentence(self) -> str:
        studies = counted(self.evidence.k, "study", "studies")
        number = "gives" if self.evidence.k == 1 else "give"
        shown = "" if self.evidence.est is None else f" {number} {effect(self.evidence)} and"
        rated = "is" if self.evidence.k == 1 else "are"
        told = f"The {studies} at low risk of bias alone{shown} {rated} rated {words(self.rating.certainty)}."
        return (
            f"{told} Core GRADE takes this estimate rather than that of all studies."
            if self.preferred
            else told
        )


@dataclass(frozen=True)
class Stability:
    """The certainty under every variant, and the nearest changes that move it by a level or more.

    ``low_risk`` is the body of the studies at low risk of bias, where there are some and not all are.
    """

    certainty: str
    variants: tuple[Variant, ...]
    nearest: tuple[Change, ...]
    low_risk: LowRisk | None = None

    @property
    def same(self) -> int:
        return sum(variant.same for variant in self.variants)

    @property
    def sentence(self) -> str:
        if not self.variants:
            return "No other choice could be tried."
        return f"The certainty is stable in {self.same} of {len(self.variants)} variants."


def stability(
    evidence: Evidence,
    ruleset: str = DEFAULT,
    overrules: Sequence[Overrule] = (),
    settings: Settings = SETTINGS,
    pool: Pool | None = None,
) -> Stability:
    """Rate the body again under every variant that its inputs allow.

    ``pool`` takes effects and their variances on the scale of analysis and pools fewer studies the way the
    body was pooled; without it, the library's default model is used. People's overrules stay in force.
    """
    rater = Rater(evidence, ruleset, tuple(overrules), settings, pool or default_pool)
    base = rater.certainty(evidence)
    tried = ((label, found) for label, found in _variants(rater) if found is not None)
    variants = tuple(Variant(label, found, found == base) for label, found in tried)
    return Stability(base, variants, nearest_changes(rater, base), _low_risk(rater))


def _low_risk(rater: Rater) -> LowRisk | None:
    """The estimate and rating of the low-risk studies beside those of the whole body."""
    keep = rater.at_low_risk()
    found = rater.part(keep) if 0 < len(keep) < rater.evidence.k else None
    if found is None:
        return None
    chosen = rater.rating(rater.evidence).step("risk_of_bias").facts.get("analysis_set")
    return LowRisk(*found, preferred=chosen == "low_only")


def _variants(rater: Rater) -> Iterator[tuple[str, str | None]]:
    for label, variant in VARIANTS.items():
        try:
            yield label, variant(rater)
        except EvidenceError:
            yield label, None


def _other_rules(rater: Rater) -> str | None:
    return rater.certainty(rater.evidence, OTHER_RULES.get(rater.ruleset, DEFAULT))


def _other_fold(rater: Rater) -> str | None:
    fold = rater.evidence.fold
    if fold is None:
        return None
    return rater.certainty(replace(rater.evidence, fold=Fold(fold.tool, OTHER_FOLD[fold.middle])))


def _scaled_mid(times: float) -> Callable[[Rater], str | None]:
    def variant(rater: Rater) -> str | None:
        threshold = rater.evidence.threshold
        if threshold.per_1000 is not None:
            changed = replace(threshold, per_1000=threshold.per_1000 * times)
        elif threshold.value is not None and rater.evidence.log:
            changed = replace(threshold, value=threshold.value**times)
        elif threshold.value is not None:
            changed = replace(threshold, value=threshold.value * times)
        else:
            return None
        return rater.certainty(replace(rater.evidence, threshold=changed))

    return variant


def _other_threshold(rater: Rater) -> str | None:
    threshold = rater.evidence.threshold
    if threshold.type == "mid":
        return rater.certainty(replace(rater.evidence, threshold=replace(threshold, type="null")))
    if rater.evidence.band is None:
        return None
    return rater.certainty(replace(rater.evidence, threshold=replace(threshold, type="mid")))


def _without_any_one(rater: Rater) -> str | None:
    """The certainty that differs when one study is left out, if there is one; else the same."""
    found = [certainty for _, certainty in rater.left_out()]
    base = rater.certainty(rater.evidence)
    return next((certainty for certainty in found if certainty != base), base) if found else None


def _low_risk_only(rater: Rater) -> str | None:
    keep = rater.at_low_risk()
    return rater.among(keep) if 0 < len(keep) < rater.evidence.k else None


def _smaller_effect(rater: Rater) -> str | None:
    if not rater.evidence.per_person:
        return None
    return rater.certainty(rater.evidence, settings=rater.settings.but(rrr=0.20))


VARIANTS: dict[str, Callable[[Rater], str | None]] = {
    "the other rule set": _other_rules,
    "the middle risk-of-bias category on the other side": _other_fold,
    "half the smallest effect that matters": _scaled_mid(0.5),
    "twice the smallest effect that matters": _scaled_mid(2.0),
    "the other threshold (null or important)": _other_threshold,
    "any one study left out": _without_any_one,
    "studies at low risk of bias only": _low_risk_only,
    "an information size for a relative change of 20 %": _smaller_effect,
}


def describe(found: Stability) -> list[str]:
    """The result in sentences: how many variants agree, which do not, and what would move it."""
    lines = [found.sentence, *([found.low_risk.sentence] if found.low_risk else [])]
    lines += [f"With {v.label} it would be {words(v.certainty)}." for v in found.variants if not v.same]
    return lines + [f"With {what} it would be {words(level)}." for what, level in together(found.nearest)]


def together(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """What would move the certainty and to what, changes that differ only in their study told as one."""
    studies: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        alike = change.what.removeprefix(change.study).lstrip()
        studies.setdefault((alike, change.certainty), []).extend([change.study] if change.study else [])
    return [
        (" ".join(filter(None, [_any_one(names), what])), certainty)
        for (what, certainty), names in studies.items()
    ]


def _any_one(names: Sequence[str]) -> str:
    return f"any one of {listed(names)}" if len(names) > 1 else "".join(names)
