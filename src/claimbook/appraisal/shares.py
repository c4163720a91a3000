"""How much each study counts in a body of evidence, and what the better part of it says."""

from __future__ import annotations

import math
from typing import NamedTuple

from claimbook.appraisal.checked import EvidenceError
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.inputs import StudyWeight
from claimbook.appraisal.rob import fold
from claimbook.appraisal.vocabulary import SEVERITY
from claimbook.appraisal.words import listed

CLEAR = {"low": False, "low_except_confounding": False, "serious": True, "high": True, "critical": True}


class HighRisk(NamedTuple):
    """The share of the body at high risk of bias, and the pooled effect of the rest (``None`` without one).

    The effect stands on the scale of analysis; ``basis`` says what the shares are shares of, ``folded`` which
    words of a tool's middle were counted as high.
    """

    share: float
    theta_low: float | None
    basis: str
    folded: tuple[str, ...] = ()

    @property
    def words(self) -> dict[str, str]:
        """How a sentence opens: how much of the body studies at high risk of bias carry."""
        as_high = f" ({listed(self.folded)} counted as high)" if self.folded else ""
        if self.share in (0, 1):
            return {"carried": f"{'Every' if self.share else 'No'} study is at high risk of bias{as_high}"}
        share = f"{100 * self.share:.0f} % of the body ({self.basis})"
        return {"carried": f"Studies at high risk of bias{as_high} carry {share}"}


def complete(evidence: Evidence) -> bool:
    """Is every study of the body listed?"""
    return 0 < evidence.k == len(evidence.studies)


def weights(evidence: Evidence) -> tuple[list[float], str]:
    """The studies' shares (summing to 1) and their basis.

    The pooled model's own weights where given; otherwise inverse variances at the body's tau2, then
    participants, then a plain count: the first that every listed study has.
    """
    studies = evidence.studies
    candidates: dict[str, list[float | None]] = {
        "model weights": [s.weight for s in studies],
        "inverse variance": _inverse_variances(evidence),
        "participants": [s.n for s in studies],
        "count of studies": [1.0 for _ in studies],
    }
    for basis, column in candidates.items():
        known = [float(w) for w in column if w is not None]
        if len(known) == len(studies) and sum(known) > 0:
            return [w / sum(known) for w in known], basis
    raise EvidenceError("studies", "none are listed")


def _inverse_variances(evidence: Evidence) -> list[float | None]:
    """1 / (se^2 + tau2), relative to the largest so that no scale overflows; none without an estimate."""
    tau = math.sqrt(evidence.tau2 or 0.0)
    errors = [None if study.se is None else math.hypot(study.se, tau) for study in evidence.studies]
    least = min((error for error in errors if error is not None), default=0.0)
    pooled = evidence.est is not None
    return [(least / error) ** 2 if error is not None and pooled else None for error in errors]


def effects(evidence: Evidence) -> list[float] | None:
    """Every study's effect on the scale of analysis; ``None`` unless all of them are known."""
    known = [evidence.on_scale(s.est) for s in evidence.studies if s.est is not None]
    return known if complete(evidence) and len(known) == evidence.k else None


def high_risk(evidence: Evidence) -> HighRisk:
    """From the studies where all are listed and judged, else from the summary. EvidenceError without both.

    A summary's one word for all studies stands for a share of none or all of them. The low-risk effect is
    the summary's where it is given; else the studies' mean with the body's weights.
    """
    summary, high = evidence.risk_of_bias, verdicts(evidence)
    given_low = summary.est_low if summary is not None else None
    theta_low = None if given_low is None else evidence.on_scale(given_low)
    if high:
        return _from_studies(evidence, high, theta_low)
    if summary is not None and summary.weight_high is not None:
        return HighRisk(summary.weight_high, theta_low, "stated share")
    if summary is not None and summary.judgement is not None:
        share = 1.0 if _is_high_word(summary.judgement, evidence) else 0.0
        return HighRisk(share, theta_low, "one word for all studies")
    raise EvidenceError("risk_of_bias", "is missing: judge every study, or give weight_high")


def _from_studies(evidence: Evidence, high: list[bool], theta_low: float | None) -> HighRisk:
    parts, basis = weights(evidence)
    share = 1.0 if all(high) else sum(w for w, is_high in zip(parts, high, strict=True) if is_high)
    if theta_low is None:
        theta_low = _low_effect(evidence, parts, high)
    judged = zip(evidence.studies, high, strict=True)
    middle = {str(s.rob) for s, yes in judged if yes and s.high_rob is None and s.rob not in CLEAR}
    return HighRisk(share, theta_low, basis, tuple(sorted(word.replace("_", " ") for word in middle)))


def verdicts(evidence: Evidence) -> list[bool]:
    """Is each study at high risk of bias? Empty unless all are listed and judged.

    Empty also where words lack a fold that says on which side they fall but a summary speaks for the body.
    """
    summary = evidence.risk_of_bias
    stated = summary is not None and summary.weight_high is not None
    if not complete(evidence) or (stated and _lacks_fold(evidence)):
        return []
    found = [is_high(study, evidence) for study in evidence.studies]
    return [bool(high) for high in found] if None not in found else []


def _low_effect(evidence: Evidence, parts: list[float], high: list[bool]) -> float | None:
    found = effects(evidence)
    if found is None or all(high):
        return None
    low = [(w, y) for w, y, is_high in zip(parts, found, high, strict=True) if not is_high]
    total = sum(w for w, _ in low)
    return sum(w * y for w, y in low) / total if total > 0 else None


def _lacks_fold(evidence: Evidence) -> bool:
    words = [study.rob for study in evidence.studies if study.high_rob is None and study.rob is not None]
    return evidence.fold is None and any(word not in CLEAR for word in words)


def is_high(study: StudyWeight, evidence: Evidence) -> bool | None:
    """A study's folded risk of bias; ``None`` when nobody judged it.

    A tool's word is folded by the body's ``fold``; words that are no tool's middle need none.
    """
    if study.high_rob is not None or study.rob is None:
        return study.high_rob
    return _is_high_word(study.rob, evidence)


def _is_high_word(word: str, evidence: Evidence) -> bool:
    if evidence.fold is not None:
        return fold(word, evidence.fold.tool, evidence.fold.middle) == "high"
    if word in CLEAR:
        return CLEAR[word]
    raise EvidenceError("fold", f"is missing: say on which side of low and high {word!r} falls")


def is_judged(evidence: Evidence) -> bool:
    """Did anybody judge the risk of bias of the whole body, study by study or at once?"""
    summary = evidence.risk_of_bias
    if summary is not None and (summary.weight_high is not None or summary.judgement is not None):
        return True
    return complete(evidence) and all(s.high_rob is not None or s.rob is not None for s in evidence.studies)


def dominant_judgement(evidence: Evidence, share: float) -> str | None:
    """The worst word that holds for at least ``share`` of the body, counting the still worse with it."""
    if evidence.risk_of_bias is not None and evidence.risk_of_bias.judgement is not None:
        return evidence.risk_of_bias.judgement
    judged = [study.rob for study in evidence.studies]
    if not complete(evidence) or any(word not in SEVERITY for word in judged):
        return None
    parts, _ = weights(evidence)
    ranked = sorted(zip(judged, parts, strict=True), key=lambda pair: -SEVERITY[str(pair[0])])
    reached = 0.0
    for word, part in ranked:
        reached += part
        if reached >= share - 1e-9:
            return word
    return ranked[-1][0]
