"""From a claim's rows to their pooled effect and to a body of evidence, as the grading rules read it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from claimbook.findings.rows import Row

if TYPE_CHECKING:
    from claimbook.appraisal import Evidence
    from claimbook.findings.finding import Finding
    from claimbook.records import Claim, Library
    from claimbook.records.models import Indirectness, RiskOfBias
    from claimbook.synthesis import Pooled

SMALL_STUDY_K = 10  # fewer studies leave a test for asymmetry without power (Sterne 2011, BMJ 343:d4002)


def pool_rows(claim: Claim, rows: Sequence[Row], **model: str) -> Pooled | None:
    """The pooled effect; a single row keeps its own degrees of freedom."""
    if not rows:
        return None
    chosen = {"tau2": claim.model.tau2, "interval": claim.model.interval, **model}
    pooled = pool_effects([r.y for r in rows], [r.v for r in rows], **chosen)  # type: ignore[misc]
    if len(rows) > 1 or math.isinf(rows[0].df):
        return pooled
    return replace(pooled, interval="t", df=rows[0].df)


def pool_effects(y: Sequence[float], v: Sequence[float], tau2: str, interval: str) -> Pooled:
    """Pool by the chosen model; one effect is itself, whatever the model."""
    from claimbook.synthesis import pool

    return pool(y, v, tau2=tau2, interval=interval) if len(y) > 1 else pool(y, v, tau2="EE", interval="z")


def weighted(rows: Iterable[Row], pooled: Pooled | None) -> tuple[Row, ...]:
    weights = iter(() if pooled is None else pooled.weights)
    return tuple(replace(r, weight=100 * float(next(weights)) if r.usable else None) for r in rows)


def body_of_evidence(library: Library, finding: Finding) -> Evidence:
    """The body of evidence as the grading rules read it."""
    from claimbook import appraisal

    claim, pooled = finding.claim, finding.pooled
    back = back_transform(finding.measure)
    rated = [r for r in finding.rows if r.usable] or [r for r in finding.rows if r.direction is not None]
    threshold = appraisal.Threshold("null" if finding.worthwhile is None else "mid", value=finding.worthwhile)
    numbers = {} if pooled is None else pooled_numbers(pooled, back)
    return appraisal.Evidence(
        id=claim.claim,
        measure=finding.measure,
        design=_design(rated),
        direction=finding.direction,
        threshold=threshold,
        baseline_risk=baseline_risk(claim),
        k=len(rated),
        n=sum(r.n for r in rated) or None,
        sd=_sd_of_change(rated),
        studies=tuple(_study_weight(r, finding, back, _middle(library)) for r in rated),
        indirectness=indirectness(claim.indirectness),
        publication_bias=_publication_bias(claim, rated),
        fold=_fold(library, rated),
        unstated=left_open(claim.indirectness),
        unpooled=sum(r.direction is not None for r in finding.rows if r not in rated),
        unit="%" if finding.measure == "PCT" else "",
        **spelt(claim),
        **numbers,
    )


def spelt(claim: Claim) -> dict[str, Any]:
    """The claim's noun phrases, by their fields in Evidence."""
    words = claim.words
    if words is None:
        return {"intervention": claim.question.intervention, "outcome": claim.question.outcome}
    return {name: getattr(words, name) for name in ("intervention", "outcome", "comparator")}


def baseline_risk(claim: Claim) -> float | None:
    given = claim.baseline_risk
    return float(given) if given is not None and given.known else None


def pooled_numbers(pooled: Any, back: Callable[[float], float]) -> dict[str, Any]:
    """A pooled effect, by its fields in Evidence; what so few studies cannot show is None."""
    return {
        "est": back(pooled.estimate),
        "lo": back(pooled.low),
        "hi": back(pooled.high),
        "i2": pooled.i2 if pooled.k > 1 else None,
        "tau2": pooled.tau2 if pooled.k > 1 else None,
        "prediction": tuple(map(back, pooled.prediction)) if pooled.k > 2 else None,
    }


def _study_weight(row: Row, finding: Finding, back: Any, middle: str) -> Any:
    """One study of the body; its word is folded here where the studies were judged by several tools."""
    from claimbook.appraisal import StudyWeight

    several = len({r.risk_of_bias_tool for r in finding.rows if r.risk_of_bias}) > 1
    shows = None
    if not row.usable and row.direction is not None:
        gain = row.direction if finding.direction == "higher_better" else -row.direction
        shows = {1: "benefit", -1: "harm", 0: "none"}[gain]
    return StudyWeight(
        id=row.study,
        est=back(row.y) if row.usable else None,
        se=row.se,
        n=row.n or None,
        rob=row.risk_of_bias or None,
        high_rob=_is_high(row, middle) if several else None,
        weight=row.weight,
        design=row.design,
        shows=shows,
    )


def _is_high(row: Row, middle: str) -> bool | None:
    """Is a study at high risk of bias by its own tool? None where that gives no such judgement."""
    from claimbook.appraisal import fold

    try:
        return fold(row.risk_of_bias, row.risk_of_bias_tool, middle) == "high"
    except ValueError:
        return None


def back_transform(measure: str) -> Callable[[float], float]:
    """From the analysis scale to the scale that a rating reads (ratios as ratios)."""
    from claimbook.effects import MEASURES

    return math.exp if measure in MEASURES and MEASURES[measure].scale == "log" else float


def _design(rows: Sequence[Row]) -> str:
    """One word for the body: the kind they share, else the weakest start among them.

    EvidenceError names the studies whose design nobody has read.
    """
    from claimbook.appraisal import DESIGNS, EvidenceError

    kinds = [row.design for row in rows]
    if "unknown" in kinds:
        labels = dict.fromkeys(row.label for row in rows if row.design == "unknown")
        raise EvidenceError("design", f"that of {', '.join(labels)} is not known")
    if len(set(kinds)) == 1:
        return kinds[0]
    weakest = min(kinds, key=lambda kind: DESIGNS[kind].start)
    return "rct" if DESIGNS[weakest].randomised else weakest


def _sd_of_change(rows: Sequence[Row]) -> float | None:
    """For percent changes of groups: the SD of the change within them, which the information size needs."""
    found = [(r.n - 1, r.v * r.n) for r in rows if r.measure == "PCT" and r.v is not None and r.n > 1]
    if not found or len(found) < len(rows):
        return None
    return math.sqrt(sum(df * variance for df, variance in found) / sum(df for df, _ in found))


def indirectness(given: Indirectness | None) -> Any:
    """The recorded answers as the grading rules read them; one that is not known is None."""
    from claimbook import appraisal

    if given is None:
        return None
    answers = {name: getattr(given, name) for name in ELEMENTS}
    known = {name: word for name, word in answers.items() if word != "unknown"}
    reasons = {name: given.because.rstrip(".") for name, word in known.items() if word != "yes"}
    return appraisal.Indirectness(**known, reasons=reasons)


def left_open(given: Indirectness | None) -> tuple[str, ...]:
    """What of the indirectness a curator left open, in the words of ``Evidence.unstated``."""
    names = [name for name in ELEMENTS if given is not None and getattr(given, name) == "unknown"]
    whole = len(names) == len(ELEMENTS)
    return ("indirectness",) if whole else tuple(f"indirectness.{name}" for name in names)


ELEMENTS = ("population", "intervention", "comparison", "outcome")


def _publication_bias(claim: Claim, rows: Sequence[Row]) -> Any:
    from claimbook.appraisal import PublicationBias

    given = claim.publication_bias
    known = {"yes": True, "no": False, "unknown": None}
    return PublicationBias(
        small_and_sponsored=known[given.small_and_sponsored if given else "unknown"],
        unpublished_known=known[given.unpublished_known if given else "unknown"],
        asymmetry_p=_asymmetry_p(rows),
    )


def _asymmetry_p(rows: Sequence[Row]) -> float | None:
    """p of a small-study test; for SMDs with a predictor that does not depend on the effect itself."""
    from claimbook.synthesis import small_study

    used = [r for r in rows if r.usable]
    if len(used) < SMALL_STUDY_K:
        return None
    y, v = [r.y for r in used], [r.v for r in used]
    if not all(r.measure.startswith("SMD") for r in used):
        return float(small_study(y, v, test="egger").p)
    sizes = {"n1": [r.n1 for r in used], "n2": [r.n2 for r in used]}
    if len({1 / r.n1 + 1 / r.n2 for r in used}) == 1:
        return None  # groups all of one size leave nothing to regress on
    return float(small_study(y, v, test="pustejovsky", **sizes).p)


def _fold(library: Library, rows: Sequence[Row]) -> Any:
    from claimbook.appraisal import Fold

    tools = {r.risk_of_bias_tool for r in rows if r.risk_of_bias_tool}
    if len(tools) != 1:
        return None
    return Fold(tool=tools.pop(), middle=_middle(library))


def _middle(library: Library) -> str:
    """The side on which the middle category of a risk-of-bias tool falls in this library."""
    default = library.info.defaults.get("fold")
    return default.value if default else "high"


def risk_of_bias(library: Library, study: str, result: str) -> tuple[str, str]:
    """(tool, overall word) of the assessment that covers a result; empty where there is none."""
    for assessment in library.studies[study].risk_of_bias:
        if not assessment.results or result in assessment.results:
            return assessment.tool, overall(assessment)
    return "", ""


def overall(assessment: RiskOfBias) -> str:
    """The overall word of one recorded assessment, a curator's overrides included.

    Where the source leaves items open it is the worst word known, which further answers can only worsen. A
    tool whose key domains a review declares is read over those that were judged. Empty where the record does
    not fit its tool (the linter says so).
    """
    from claimbook.appraisal.instruments import tool
    from claimbook.appraisal.rob import Override, judge

    try:
        by = tool(assessment.tool)
        lists = {"key": tuple(assessment.judgements)} if "key" in by.lists else None
        overrides = [Override(o.domain, o.to, o.because, o.by, o.date) for o in assessment.overrides]
        judged = judge(assessment.tool, assessment.answers, overrides, assessment.judgements, lists)
    except ValueError:
        return ""
    known = [word for word in judged.judgements.values() if word in by.judgements]
    return judged.overall or max(known, key=by.judgements.index, default="")


def overrules_of(claim: Claim) -> Iterator[Any]:
    from claimbook.appraisal import Overrule

    for o in claim.overrules:
        yield Overrule(o.domain, int(o.was), int(o.to), o.because, o.by, o.date)
