"""One specification of a claim at work: which effects it pools, what they give, how that is graded.

Specifications that pool by one model are pooled at once, by the same formulas as `pool`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from claimbook.findings.bodies import back_transform, body_of_evidence, overrules_of, pooled_numbers
from claimbook.findings.decisions import Body, Decision, Kept, Measured
from claimbook.findings.finding import RULESET, UNCERTAIN
from claimbook.findings.rows import Row

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from claimbook.appraisal import Evidence, StudyWeight
    from claimbook.records import Claim

LEVEL = 0.95


class Data(NamedTuple):
    """What is pooled: how effects are measured and read, which are kept, and how they are judged.

    ``otherwise`` holds the rows whose doubted spread is read the other way, ``middle`` the side of the middle
    category of risk of bias, empty where that is no decision.
    """

    measured: Measured
    correlation: float | None
    otherwise: frozenset[int]
    kept: Kept
    middle: str


class Model(NamedTuple):
    """How it is pooled: keys of TAU2 and of INTERVALS."""

    tau2: str
    interval: str

    @property
    def exists(self) -> bool:
        """Kenward-Roger intervals are those of REML."""
        return self.interval != "KR" or self.tau2 == "REML"


class Fit(NamedTuple):
    """A pooled effect on the scale of analysis; i2 in percent."""

    k: int
    estimate: float
    low: float
    high: float
    p: float
    tau2: float
    i2: float
    prediction: tuple[float, float]


class Grade(NamedTuple):
    certainty: str
    verdict: str


NOT_GRADED = Grade("not graded", UNCERTAIN)


@dataclass(frozen=True)
class Specification:
    """The option of every decision in words, and what they come to."""

    words: dict[str, str]
    data: Data
    model: Model


def specification(body: Body, decided: Sequence[Decision], options: Sequence[int]) -> Specification:
    """What the numbers of the decisions' options stand for."""
    values: dict[str, list[Any]] = {}
    for decision, option in zip(decided, options, strict=True):
        values.setdefault(decision.kind, []).append(decision.values[option])
    model, middle = body.finding.claim.model, values.get("fold", [""])[0]
    keep = values["studies"][0] if "studies" in values else lambda middle: (True,) * len(body.finding.rows)
    data = Data(
        measured=values.get("measure", [body.own])[0],
        correlation=values.get("correlation", [None])[0],
        otherwise=frozenset(values.get("reading", ())) - {None},
        kept=keep(middle),
        middle=middle,
    )
    chosen = Model(values.get("estimator", [model.tau2])[0], values.get("interval", [model.interval])[0])
    return Specification({d.name: d.options[o] for d, o in zip(decided, options, strict=True)}, data, chosen)


def effects(body: Body, wanted: Iterable[Data]) -> dict[Data, tuple[Row, ...]]:
    """The rows that each pools; what pools none is left out."""
    read, made = cache(body.rows), {}
    for data in wanted:
        rows = read(data.measured, data.correlation)
        if data.otherwise:
            other = read(data.measured, data.correlation, True)
            rows = [other[i] if i in data.otherwise else r for i, r in enumerate(rows)]
        made[data] = tuple(r for r, kept in zip(rows, data.kept, strict=True) if kept and r.usable)
    return {data: rows for data, rows in made.items() if rows}


def pool_sets(sets: Sequence[Sequence[Row]], model: Model) -> list[Fit]:
    """The pooled effect of each set of rows by one model; a single row keeps its own interval.

    NonConvergence where an iteration ends without an answer.
    """
    from claimbook.synthesis.batch_fit import INTERVAL_COLUMNS
    from claimbook.synthesis.batch_tau2 import TAU2_COLUMNS

    at_once = model.tau2 in TAU2_COLUMNS and model.interval in INTERVAL_COLUMNS
    several = [rows for rows in sets if len(rows) > 1]
    found = iter(_at_once(several, model) if at_once else [_one(rows, model) for rows in several])
    return [next(found) if len(rows) > 1 else _alone(rows[0]) for rows in sets]


def _at_once(sets: Sequence[Sequence[Row]], model: Model) -> list[Fit]:
    import numpy as np

    y = np.full((len(sets), max(map(len, sets), default=1)), np.nan)
    v = y.copy()
    for i, rows in enumerate(sets):
        y[i, : len(rows)], v[i, : len(rows)] = zip(*map(_effect, rows), strict=True)
    return fits(y, v, model)


def fits(y: ArrayLike, v: ArrayLike, model: Model) -> list[Fit]:
    """The pooled effect of each row of y, v (n, k), NaN where absent; NonConvergence where there is none."""
    from claimbook.synthesis import NonConvergence, pool_many

    table = pool_many(y, v, *model)
    if not table["converged"].all():
        raise NonConvergence(f"{model.tau2} did not converge in {(~table['converged']).sum()} sets")
    columns = (table[name].tolist() for name in (*Fit._fields[:-1], "prediction_low", "prediction_high"))
    return [
        Fit(k, estimate, low, high, p, tau2, i2, (prediction[0], prediction[1]))
        for k, estimate, low, high, p, tau2, i2, *prediction in zip(*columns, strict=True)
    ]


def _one(rows: Sequence[Row], model: Model) -> Fit:
    """By a model that is not fitted to many sets at once."""
    from claimbook.synthesis import pool

    p = pool(*zip(*map(_effect, rows), strict=True), *model)
    return Fit(p.k, p.estimate, p.low, p.high, p.p, p.tau2, p.i2, p.prediction)


def _alone(r: Row) -> Fit:
    """A row's own interval, which is its prediction too."""
    from claimbook.synthesis.intervals import quantile, two_sided_p

    y, v = _effect(r)
    se = math.sqrt(v)
    low, high = y - quantile(LEVEL, r.df) * se, y + quantile(LEVEL, r.df) * se
    return Fit(1, y, low, high, two_sided_p(y / se, r.df), 0.0, 0.0, (low, high))


def _effect(r: Row) -> tuple[float, float]:
    assert r.y is not None and r.v is not None
    return r.y, r.v


def evidence_of(body: Body, rows: tuple[Row, ...]) -> Evidence | None:
    """The body of evidence that these rows make, without a fit; None where they cannot be graded."""
    from claimbook.appraisal import EvidenceError

    try:
        return body_of_evidence(body.library, replace(body.finding, rows=rows, pooled=None))
    except EvidenceError:
        return None


def grader(bare: Evidence | None, rows: Sequence[Row], middle: str, claim: Claim) -> Callable[[Fit], Grade]:
    """From a fit of these rows, and the evidence they make, to its grade, by the rules that `find` takes."""
    from claimbook.appraisal import Fold

    if bare is None:
        return lambda fit: NOT_GRADED
    if middle and bare.fold is not None:
        bare = replace(bare, fold=Fold(bare.fold.tool, middle))
    evidence, variances = settled(bare), [_effect(r)[1] for r in rows]
    weights = cache(lambda tau2: weighed(evidence.studies, variances, tau2))
    return cache(lambda fit: graded(evidence, weights(fit.tau2), fit, claim))


def settled(evidence: Evidence) -> Evidence:
    """The same with the middle category of risk of bias on one side for every study.

    What the other side would do is asked by specifications of its own, so no rating need ask it again.
    """
    from claimbook.appraisal.shares import is_high

    studies = tuple(replace(study, high_rob=is_high(study, evidence)) for study in evidence.studies)
    return replace(evidence, studies=studies, fold=None)


def weighed(
    studies: Sequence[StudyWeight], variances: Sequence[float], tau2: float
) -> tuple[StudyWeight, ...]:
    """Studies of these variances with their weights in a pool of this heterogeneity."""
    return tuple(replace(study, weight=1 / (v + tau2)) for study, v in zip(studies, variances, strict=True))


def graded(
    evidence: Evidence, studies: tuple[StudyWeight, ...], fit: Fit, claim: Claim, **others: Any
) -> Grade:
    """The certainty and the verdict on a claim of a body with these studies, this fit and other fields."""
    from claimbook.appraisal import EvidenceError, rate, verdict

    try:
        numbers = pooled_numbers(fit, back_transform(evidence.measure))
        evidence = replace(evidence, studies=studies, **numbers, **others)
        rating = rate(evidence, RULESET, tuple(overrules_of(claim)))
    except EvidenceError:
        return NOT_GRADED
    return Grade(rating.certainty, verdict(evidence, rating, claimed=claim.asserts).word)
