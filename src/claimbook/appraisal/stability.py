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
from claimbook.appraisal.shares import complete, is_high
from claimbook.appraisal.steps import Overrule, words

OTHER_RULES = {"core-grade-2025": "grade-classic"}


@dataclass(frozen=True)
class Variant:
    """One other choice: what it is, the certainty it gives, and whether that is the same."""

    label: str
    certainty: str
    same: bool


@dataclass(frozen=True)
class Stability:
    """The certainty under every variant, and the nearest changes that move it by a level or more."""

    certainty: str
    variants: tuple[Variant, ...]
    nearest: tuple[Change, ...]

    @property
    def same(self) -> int:
        return sum(variant.same for variant in self.variants)

    @property
    def sentence(self) -> str:
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
    return Stability(base, variants, nearest_changes(rater, base))


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
    if not complete(rater.evidence):
        return None
    verdicts = [is_high(study, rater.evidence) for study in rater.evidence.studies]
    keep = [i for i, high in enumerate(verdicts) if high is False]
    return rater.among(keep) if 0 < len(keep) < len(verdicts) and None not in verdicts else None


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
    lines = [found.sentence]
    lines += [f"With {v.label} it would be {words(v.certainty)}." for v in found.variants if not v.same]
    lines += [f"With {c.what} it would be {words(c.certainty)}." for c in found.nearest]
    return lines
