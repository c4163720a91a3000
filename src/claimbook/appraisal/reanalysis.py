"""Rating a body again after one thing has changed: fewer studies, more people."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from claimbook.appraisal.checked import EvidenceError, needed
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.grade import rate_loosely
from claimbook.appraisal.inputs import RiskOfBias, StudyWeight
from claimbook.appraisal.settings import Settings
from claimbook.appraisal.shares import complete, verdicts
from claimbook.appraisal.steps import Overrule, Rating


class Repooled(Protocol):
    """What pooling a smaller set of studies must give back, on the scale of analysis; i2 in percent."""

    @property
    def estimate(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def tau2(self) -> float: ...
    @property
    def i2(self) -> float: ...


Pool = Callable[[Sequence[float], Sequence[float]], Repooled]


@dataclass(frozen=True)
class Rater:
    """Everything that stays the same while one thing changes."""

    evidence: Evidence
    ruleset: str
    overrules: tuple[Overrule, ...]
    settings: Settings
    pool: Pool

    def rating(self, evidence: Evidence, ruleset: str = "", settings: Settings | None = None) -> Rating:
        name = ruleset or self.ruleset
        return rate_loosely(evidence, name, self.overrules, settings or self.settings)

    def certainty(self, evidence: Evidence, ruleset: str = "", settings: Settings | None = None) -> str:
        return self.rating(evidence, ruleset, settings).certainty

    def left_out(self) -> list[tuple[StudyWeight, str]]:
        """Each study and the certainty without it; empty unless every study is listed."""
        studies = self.evidence.studies
        if not complete(self.evidence) or len(studies) < 2:
            return []
        without = (self.among([j for j in range(len(studies)) if j != i]) for i in range(len(studies)))
        pairs = zip(studies, without, strict=True)
        return [(study, certainty) for study, certainty in pairs if certainty is not None]

    def among(self, keep: Sequence[int]) -> str | None:
        """The certainty of a part of the studies; ``None`` where they cannot be pooled or rated."""
        found = self.part(keep)
        return None if found is None else found[1].certainty

    def part(self, keep: Sequence[int]) -> tuple[Evidence, Rating] | None:
        """A part of the studies as a body of its own, and its rating; ``None`` where there is none."""
        part = subset(self.evidence, keep, self.pool)
        try:
            return None if part is None else (part, self.rating(part))
        except EvidenceError:
            return None

    def at_low_risk(self) -> list[int]:
        """The places of the studies at low risk of bias; empty unless every study is listed and judged."""
        return [i for i, high in enumerate(verdicts(self.evidence)) if not high]


def subset(evidence: Evidence, keep: Sequence[int], pool: Pool) -> Evidence | None:
    """The body with only some of its studies, pooled anew; ``None`` where an estimate or error is not known.

    One study that is left keeps its own normal interval. Participants are summed when every study kept has
    them, and otherwise shrink with the number of studies.
    """
    chosen = [evidence.studies[i] for i in keep]
    share = len(chosen) / len(evidence.studies)
    sizes = [study.n for study in chosen if study.n is not None]
    part = replace(
        evidence,
        k=len(chosen),
        n=sum(sizes) if len(sizes) == len(chosen) else evidence.n and max(1.0, evidence.n * share),
        events=None if evidence.events is None else evidence.events * share,
        prediction=None,
        studies=tuple(replace(study, weight=None) for study in chosen),
        risk_of_bias=without_summary(evidence.risk_of_bias),
    )
    return part if evidence.est is None else _pooled(part, pool)


def _pooled(part: Evidence, pool: Pool) -> Evidence | None:
    known = [(part.on_scale(s.est), s.se) for s in part.studies if s.est is not None and s.se is not None]
    if len(known) < part.k:
        return None
    pooled = (pool if part.k > 1 else default_pool)([y for y, _ in known], [se * se for _, se in known])
    return replace(
        part,
        est=part.in_units(pooled.estimate),
        lo=part.in_units(pooled.low),
        hi=part.in_units(pooled.high),
        i2=pooled.i2 if part.k > 1 else None,
        tau2=pooled.tau2,
    )


def without_summary(summary: RiskOfBias | None) -> RiskOfBias | None:
    """The shared judgement alone: shares and estimates no longer hold once the studies change."""
    return None if summary is None else replace(summary, est_low=None, weight_high=None)


def grown(evidence: Evidence, times: float) -> Evidence:
    """The body with ``times`` as many people: the same estimate, an interval narrower by the square root."""
    theta, (lo, hi) = evidence.theta, evidence.limits
    est, shrink = needed("est", evidence.est), math.sqrt(times)
    return replace(
        evidence,
        n=needed("n", evidence.n) * times,
        events=None if evidence.events is None else evidence.events * times,
        lo=min(evidence.in_units(theta - (theta - lo) / shrink), est),
        hi=max(evidence.in_units(theta + (hi - theta) / shrink), est),
    )


def default_pool(y: Sequence[float], v: Sequence[float]) -> Repooled:
    """The library's default model; one study keeps its own normal interval."""
    from claimbook.synthesis.pooled import pool

    return pool(y, v) if len(y) > 1 else pool(y, v, tau2="EE", interval="z")
