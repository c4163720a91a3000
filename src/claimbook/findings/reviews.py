"""A review's pooled result as a body of evidence of its own, beside the studies of a claim.

A curator says of a review's result how far it is about the claim's question; then the rules that rate the
claim's own body rate this one as well, on what the review prints of the studies behind it (Cochrane Handbook,
chapter V, on overviews of reviews). What it does not print is never guessed. ``rating`` leaves it out and is
an upper bound that names it; ``least`` counts it as a concern. Nobody saw the studies, and some may be the
claim's own, so the two bodies are shown side by side, never combined and never counted twice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from claimbook.findings.beside import Beside, beside, there
from claimbook.findings.bodies import (
    ELEMENTS,
    SMALL_STUDY_K,
    baseline_risk,
    indirectness,
    left_open,
    overall,
    spelt,
)
from claimbook.findings.rows import Input, inputs

if TYPE_CHECKING:
    from claimbook.appraisal import Evidence, Rating, Verdict
    from claimbook.records import Claim, Library, Number
    from claimbook.records.models import Behind, Mention, PValue, Reported, Result

RATED_AS = "core-grade-2025"


@dataclass(frozen=True)
class Published:
    """A review's printed result as a body of evidence of its own.

    ``rating`` is an upper bound wherever the review leaves something out, ``least`` what is left of it when
    all of that is a concern; both are None where ``not_rated`` says why. ``reading`` is what the printed
    interval says of the claim, ``agreement`` how it lies to our own. ``inputs`` are the printed numbers with
    their places, ``about`` names its outcome where that is not the claim's, ``behind`` is what the review
    says of its studies, ``own_certainty`` its own rating, ``appraised`` the word of an appraisal of it.
    """

    beside: Beside
    inputs: tuple[Input, ...]
    about: str = ""
    evidence: Evidence | None = None
    rating: Rating | None = None
    least: Rating | None = None
    reading: str = ""
    agreement: str = ""
    behind: str = ""
    own_certainty: str = ""
    appraised: str = ""
    not_rated: str = ""

    @property
    def tests(self) -> bool:
        """Is it about the claim's question, with no element that does not match at all?"""
        given = self.evidence.indirectness if self.evidence else None
        return given is not None and "no" not in [getattr(given, name) for name in ELEMENTS]

    @property
    def telling(self) -> bool:
        """Does it test the claim, with a certainty that can be above very low?"""
        return self.tests and self.rating is not None and self.rating.certainty != "very_low"

    @property
    def certainty(self) -> str:
        """``at most moderate, at worst very low``, the one level that both ends share, or no bound at all."""
        if self.rating is None or self.least is None:
            return "not rated"
        most, worst = (one.certainty.replace("_", " ") for one in (self.rating, self.least))
        if most == worst:
            return most
        return f"anything from {worst} to high" if most == "high" else f"at most {most}, at worst {worst}"

    @property
    def open(self) -> str:
        """What a rating reads and the review does not print: ``risk of bias and publication bias``."""
        from claimbook.appraisal.words import listed

        return listed(self.rating.not_assessed) if self.rating else ""

    @property
    def line(self) -> str:
        """What it says of the claim, the result, how sure that can be, and whether it agrees with ours."""
        about = f" on {self.about}" if self.about else ""
        ours = f" {self.agreement.partition(':')[0]}." if ":" in self.agreement else ""
        said = f"As published, {self.beside.label} {self.reading}{about}: {self.beside.printed}"
        return f"{said}, certainty {self.certainty}.{ours}"

    def verdict(self, claimed: str) -> Verdict:
        """The verdict that this body gives alone, with all that is not known about it as a concern."""
        from claimbook.appraisal import verdict

        if self.evidence is None:
            raise ValueError(f"{self.beside.label} is not rated: {self.not_rated}")
        return verdict(self.evidence, self.least, claimed)


def deciding(reviews: Iterable[Published]) -> Published | None:
    """Of the reviews that test a claim, for want of single studies, the surest at worst."""
    testing = [(one.least.number, one) for one in reviews if one.tests and one.least is not None]
    return max(testing, key=lambda pair: pair[0])[1] if testing else None


def published(library: Library, claim: Claim, ours: Evidence | None = None) -> tuple[Published, ...]:
    """Each result beside the claim that a curator asks to rate; ``ours`` is the claim's own body."""
    known = [m for m in claim.beside if m.indirectness is not None and there(library, m)]
    return tuple(_published(library, claim, mention, ours) for mention in known)


def _published(library: Library, claim: Claim, mention: Mention, ours: Evidence | None) -> Published:
    from claimbook.appraisal import EvidenceError, rate, verdict
    from claimbook.appraisal.gaps import cautious

    study = library.studies[mention.study]
    entry = study.result(mention.result)
    [shown] = beside(library, [mention])
    outcome = library.info.outcomes.get(entry.outcome)
    about = outcome.label if outcome and entry.outcome != claim.outcome else ""
    base = Published(shown, tuple(inputs(library, study, entry)), about)
    try:
        evidence = _evidence(library, claim, mention, entry)
        rating = rate(evidence, RATED_AS)
        worse, settings = cautious(evidence)
        least = rate(worse, RATED_AS, settings=settings)
    except (CannotRate, EvidenceError) as error:
        return replace(base, not_rated=str(error))
    behind = entry.reported.behind if entry.reported else None
    return replace(
        base,
        evidence=evidence,
        rating=rating,
        least=least,
        reading=READS[verdict(evidence, rating, claim.asserts).word],
        agreement=agreement(ours, evidence),
        behind=behind.says if behind else "",
        own_certainty=behind.certainty or "" if behind else "",
        appraised=next((overall(a) for a in study.risk_of_bias), ""),
    )


class CannotRate(Exception):
    """A printed result that is no body of evidence; the message is a sentence for the reader."""


def _evidence(library: Library, claim: Claim, mention: Mention, entry: Result) -> Evidence:
    """What a review prints, as the grading rules read it, with all that it leaves out in ``unstated``."""
    from claimbook.appraisal import Evidence, PublicationBias, RiskOfBias

    data = _whole(library, claim, mention, entry)
    behind, k = data.behind, _number(data.k)
    high_risk = _number(behind.high_risk) if behind else None
    limits = (_number(behind.prediction_low), _number(behind.prediction_high)) if behind else (None, None)
    numbers: dict[str, Any] = {
        "est": float(data.estimate),
        "lo": _number(data.low),
        "hi": _number(data.high),
        "n": _number(data.n),
        "i2": _number(data.i2),
        "tau2": _number(data.tau2),
        "prediction": None if None in limits else limits,
    }
    return Evidence(
        id=f"{claim.claim}: {mention.study} {mention.result}",
        measure=data.measure,
        design=_design(behind) or "rct",
        direction=library.info.outcomes[entry.outcome].direction,
        threshold=_threshold(claim, data),
        baseline_risk=baseline_risk(claim),
        k=2 if k is None else round(k),
        risk_of_bias=None if high_risk is None else RiskOfBias(weight_high=high_risk),
        indirectness=indirectness(mention.indirectness),
        publication_bias=PublicationBias(asymmetry_p=_asymmetry(behind, k)),
        unstated=tuple(_unstated(claim, mention, data)),
        unit="%" if data.measure == "PCT" else "",
        **spelt(claim),
        **numbers,
    )


def _whole(library: Library, claim: Claim, mention: Mention, entry: Result) -> Reported:
    """The printed result, if it is one that can be rated beside this claim's own body."""
    from claimbook.appraisal import MEASURES

    study, data = library.studies[mention.study], entry.reported
    if study.design.kind != "sr_ma" or data is None:
        raise CannotRate("Only the pooled result of a review is rated as published.")
    if _shared(library, claim, entry):
        raise CannotRate("It pools trials that we pool ourselves; they are rated once, as ours.")
    if entry.outcome not in library.info.outcomes:
        raise CannotRate(f"Its outcome ({entry.outcome}) is not in library.yaml.")
    if data.measure not in MEASURES:
        raise CannotRate(f"Its measure ({data.measure}) is none that the rules read.")
    if None in (_number(data.estimate), _number(data.low), _number(data.high)):
        raise CannotRate("No estimate with an interval is printed.")
    if data.level != "0.95":
        raise CannotRate(f"Its interval is one of {100 * float(data.level):g} %, and the rules read 95 %.")
    return data


def _shared(library: Library, claim: Claim, entry: Result) -> bool:
    """Is it known to pool a result that the claim uses itself?"""
    how = library.claims.get(entry.recompute.claim) if entry.recompute is not None else None
    theirs = {(used.study, used.result) for used in how.studies} if how is not None else set()
    return any((used.study, used.result) in theirs for used in claim.studies)


def _unstated(claim: Claim, mention: Mention, data: Reported) -> Iterator[str]:
    """What the review does not print of what a rating reads."""
    from claimbook.appraisal import MEASURES
    from claimbook.appraisal.vocabulary import PER_PERSON

    behind, k = data.behind, _number(data.k)
    missing = {
        "design": _design(behind) is None,
        "k": k is None,
        "risk_of_bias": behind is None or _number(behind.high_risk) is None,
        "inconsistency": _number(data.i2) is None and k != 1,
        "publication_bias": _asymmetry(behind, k) is None,
        "baseline_risk": MEASURES[data.measure].kind in PER_PERSON and baseline_risk(claim) is None,
    }
    yield from (name for name, absent in missing.items() if absent)
    yield from left_open(mention.indirectness)


def _design(behind: Behind | None) -> str | None:
    return None if behind is None or behind.design == "unknown" else behind.design


def _threshold(claim: Claim, data: Reported) -> Any:
    """The claim's worthwhile effect where the review's result is on its scale, else the null."""
    from claimbook.appraisal import Threshold

    chosen = claim.worthwhile
    if data.measure != claim.measure or chosen is None or chosen.value is None or not chosen.value.known:
        return Threshold("null")
    return Threshold("mid", value=float(chosen.value))


def _number(given: Number | None) -> float | None:
    return float(given) if given is not None and given.known else None


def _asymmetry(behind: Behind | None, k: float | None) -> float | None:
    """The printed p of a test for small-study effects, where enough studies back it for one to tell."""
    if behind is None or behind.asymmetry is None or k is None or k < SMALL_STUDY_K:
        return None
    return _as_number(behind.asymmetry)


def _as_number(p: PValue) -> float:
    """A bound as the nearest number on its side."""
    return math.nextafter(p.value, {"<": 0.0, ">": 1.0}.get(p.sign, p.value))


def agreement(ours: Evidence | None, theirs: Evidence) -> str:
    """How a review's estimate and interval lie to ours, in a sentence (project convention, no test).

    A test of the difference would ask for bodies without a study in common, which nobody can tell here.
    """
    if ours is None or ours.est is None:
        return ""
    if ours.measure != theirs.measure:
        return "Ours is measured otherwise, so the two cannot be set side by side."
    (lo, hi), (low, high) = ours.limits, theirs.limits
    if hi < low or high < lo:
        return "It disagrees with ours: the intervals do not overlap."
    inside = lo <= theirs.theta <= hi, low <= ours.theta <= high
    return AGREES[inside]


AGREES = {
    (True, True): "It agrees with ours: each estimate lies in the other's interval.",
    (True, False): "It agrees with ours in part: its estimate lies in our interval, ours not in its own.",
    (False, True): "It agrees with ours in part: our estimate lies in its interval, its own not in ours.",
    (False, False): "It hardly agrees with ours: the intervals overlap, neither holds the other's estimate.",
}
READS = {
    "Supported": "speaks for the claim",
    "Supported for some": "speaks for the claim, for some",
    "Little or no difference": "shows little or no difference",
    "Contradicted": "speaks against the claim",
    "Too uncertain to call": "leaves the claim open",
}
