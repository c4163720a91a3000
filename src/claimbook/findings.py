"""From a claim to its Finding: the pipeline, top to bottom, and the only thing a page may look at.

``find(library, claim)`` turns each used result into an effect (``claimbook.rows``), pools the effects, rates
the body of evidence and gives the verdict its word and its sentence. What cannot be computed stays in the
Finding with its reason; nothing is dropped in silence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from claimbook.rows import Row, row

if TYPE_CHECKING:
    import pandas as pd

    from claimbook.appraisal import Evidence, Rating
    from claimbook.appraisal.stability import Stability
    from claimbook.appraisal.systems import Level
    from claimbook.records import Claim, Library
    from claimbook.records.models import Mention, RiskOfBias
    from claimbook.synthesis import Pooled

RULESET = "core-grade-2025"
NARRATIVE = "narrative-2017"
UNTESTED = "Untested"
UNCERTAIN = "Too uncertain to call"
NOT_AN_EFFECT = "Not an effect claim"
DIFFERS = "Differs by outcome"
NOT_GRADED = {
    "mechanism": "A mechanism is not an effect, so it is not graded.",
    "definition": "A statement of what is, or of how much is known, is not an effect, so it is not graded.",
    "advice": "Advice is not an effect, so it is not graded.",
}
SMALL_STUDY_K = 10  # fewer studies leave a test for asymmetry without power (Sterne 2011, BMJ 343:d4002)


@dataclass(frozen=True)
class Beside:
    """A published result shown beside the evidence: a cited source, a review, a counterexample."""

    study: str
    label: str
    result: str
    outcome: str
    design: str
    what: str
    says: str
    measure: str
    estimate: str
    low: str
    high: str
    p: str
    k: str
    status: str
    read_in: str
    where: str
    note: str


@dataclass(frozen=True)
class Left:
    """A result that was left out, and why."""

    study: str
    label: str
    because: str


@dataclass(frozen=True)
class Choice:
    """The same claim under one other defensible choice. ``group`` is the kind of choice."""

    group: str
    name: str
    k: int
    estimate: float
    low: float
    high: float
    certainty: str
    verdict: str


@dataclass(frozen=True)
class Finding:
    """All that is known about one claim; numbers are on the analysis scale of ``measure``.

    ``pooled`` is None where nothing could be computed, ``rating`` where there is nothing to rate; then
    ``not_graded`` says why. ``ratings`` holds every rule set's answer. ``parts`` are the Findings of the
    claims that answer this one.
    """

    claim: Claim
    measure: str
    outcome: str
    direction: str
    rows: tuple[Row, ...] = ()
    pooled: Pooled | None = None
    evidence: Evidence | None = None
    rating: Rating | None = None
    ratings: dict[str, Rating] | None = None
    not_graded: str = ""
    verdict: str = UNTESTED
    verdict_note: str = ""
    sentence: str = ""
    beside: tuple[Beside, ...] = ()
    left_out: tuple[Left, ...] = ()
    choices: tuple[Choice, ...] = ()
    parts: tuple[Finding, ...] = ()
    path: str = ""

    @property
    def used(self) -> tuple[Row, ...]:
        """The rows that are pooled."""
        return tuple(row for row in self.rows if row.usable)

    @property
    def k(self) -> int:
        return len(self.used)

    @property
    def n(self) -> int:
        """Participants of the rows that are pooled, or of all rows where none can be."""
        return sum(row.n for row in self.used or self.rows)

    @property
    def certainty(self) -> str:
        """``high``, ``moderate``, ``low``, ``very_low`` or ``not graded``."""
        return self.rating.certainty if self.rating else "not graded"

    @property
    def worthwhile(self) -> float | None:
        chosen = self.claim.worthwhile
        return float(chosen.value) if chosen and chosen.value and chosen.value.known else None

    @property
    def published_line(self) -> str:
        """Where the answer is open: the first review shown beside, with its result as printed."""
        if self.claim.kind != "effect" or self.certainty not in {"very_low", "not graded"} or self.parts:
            return ""
        for b in self.beside:
            whole = all(x not in {"", "unknown"} for x in (b.estimate, b.low, b.high))
            if b.design == "sr_ma" and b.outcome == self.claim.outcome and whole:
                return (
                    f"Published, not graded here: {b.label}, {b.measure} {b.estimate} ({b.low} to {b.high})."
                )
        return ""

    @property
    def plot(self) -> Any:
        """Figures on matplotlib axes: ``finding.plot.forest()`` and the like (the extra ``plot``)."""
        return import_module("claimbook.book.plot").Plot(self)

    @cached_property
    def stability(self) -> Stability | None:
        """The certainty under other defensible choices and the nearest changes that would move it."""
        from claimbook.appraisal.stability import stability

        if self.rating is None or self.evidence is None or self.pooled is None:
            return None
        model = self.claim.model
        return stability(
            self.evidence,
            self.rating.ruleset,
            tuple(overrules_of(self.claim)),
            pool=lambda y, v: _pool_effects(y, v, model.tau2, model.interval),
        )

    @cached_property
    def other_systems(self) -> dict[str, Level]:
        """The same evidence in other grading languages, by system; shown side by side, never averaged."""
        from claimbook.appraisal.systems import Facts, other_systems

        if self.rating is None or self.evidence is None:
            return {}
        return other_systems(self.evidence, self.rating, Facts(p=self.pooled.p if self.pooled else None))

    def frame(self) -> pd.DataFrame:
        """One row a study: labels, group sizes, y, v, interval, weight in percent and risk of bias."""
        import pandas as pd

        names = [
            "study",
            "label",
            "result",
            "subgroup",
            "n1",
            "n2",
            "y",
            "v",
            "low",
            "high",
            "weight",
            "risk_of_bias",
        ]
        return pd.DataFrame([[getattr(row, name) for name in names] for row in self.rows], columns=names)


def find(library: Library, claim: str) -> Finding:
    """Answer one claim of a library. KeyError names the known claims when there is none of that key."""
    if claim not in library.claims:
        raise KeyError(f"no claim {claim!r}; known: {', '.join(library.claims)}")
    return _find(library, library.claims[claim], ())


def find_all(library: Library) -> dict[str, Finding]:
    """Every claim's Finding, those of the article first and in its order."""
    order = sorted(library.claims.values(), key=lambda c: (c.number is None, c.number or 0, c.claim))
    return {claim.claim: _find(library, claim, ()) for claim in order}


def _find(library: Library, claim: Claim, above: tuple[str, ...]) -> Finding:
    outcome = library.info.outcomes.get(claim.outcome)
    finding = Finding(
        claim=claim,
        measure=claim.measure or "",
        outcome=outcome.label if outcome else claim.outcome,
        direction=outcome.direction if outcome else "",
        beside=tuple(_beside(library, claim.beside)),
        left_out=tuple(Left(x.study, _label(library, x.study), x.because) for x in claim.left_out),
        path=library.where(claim.claim).path,
    )
    if claim.kind not in {"effect", "source"}:
        return replace(
            finding,
            verdict=NOT_AN_EFFECT,
            not_graded=NOT_GRADED[claim.kind],
        )
    if claim.answered_by:
        return _from_parts(library, finding, (*above, claim.claim))
    if not claim.studies:
        sentence = (
            f"No study of {claim.question.intervention} on {claim.question.outcome} is in this library."
        )
        near = " What comes near it is shown beside." if claim.beside else ""
        return replace(
            finding, sentence=sentence + near, not_graded="Nothing here tested it, so nothing is graded."
        )
    rows = tuple(_rows(library, claim))
    return replace(_conclude(library, finding, rows), choices=tuple(_choices(library, finding, rows)))


def _from_parts(library: Library, finding: Finding, above: tuple[str, ...]) -> Finding:
    keys = [key for key in finding.claim.answered_by if key in library.claims and key not in above]
    parts = tuple(_find(library, library.claims[key], above) for key in keys)
    words = {part.verdict for part in parts}
    return replace(
        finding,
        parts=parts,
        verdict=words.pop() if len(words) == 1 else DIFFERS if words else UNTESTED,
        sentence=" ".join(part.sentence for part in parts),
        not_graded="Answered by the claims below; each of them is graded.",
    )


def _rows(library: Library, claim: Claim) -> Iterator[Row]:
    for used in claim.studies:
        if used.study not in library.studies:
            continue
        made = row(library, used.study, used.result, claim.measure or "", vtype=claim.model.variance)
        tool, word = _risk_of_bias(library, used.study, used.result)
        yield replace(made, risk_of_bias=word, risk_of_bias_tool=tool)


def _conclude(library: Library, finding: Finding, rows: Sequence[Row], **model: str) -> Finding:
    """Pool, rate and word a set of rows. ``model`` replaces the claim's own estimator or interval."""
    from claimbook.appraisal import EvidenceError, rate_all, verdict
    from claimbook.synthesis import NonConvergence

    try:
        pooled = _pool(finding.claim, [r for r in rows if r.usable], **model)
    except (ValueError, NonConvergence) as error:
        return replace(finding, rows=tuple(rows), not_graded=f"Not pooled: {error}", verdict=UNCERTAIN)
    rows = _weighted(rows, pooled)
    finding = replace(finding, rows=tuple(rows), pooled=pooled)
    try:
        evidence = body_of_evidence(library, finding)
        compared = rate_all(evidence, overrules=tuple(overrules_of(finding.claim)))
    except EvidenceError as error:
        return replace(finding, not_graded=f"Not graded: {error}", verdict=UNCERTAIN)
    name = NARRATIVE if pooled is None else RULESET
    if name not in compared.ratings:
        return replace(
            finding, evidence=evidence, not_graded=f"Not graded: {compared.refused[name]}", verdict=UNCERTAIN
        )
    word = verdict(evidence, compared.ratings[name], claimed=finding.claim.asserts)
    return replace(
        finding,
        evidence=evidence,
        rating=compared.ratings[name],
        ratings=compared.ratings,
        verdict=word.word,
        verdict_note=word.note,
        sentence=word.sentence,
    )


def _pool(claim: Claim, rows: Sequence[Row], **model: str) -> Pooled | None:
    """The pooled effect; a single row keeps its own degrees of freedom."""
    if not rows:
        return None
    chosen = {"tau2": claim.model.tau2, "interval": claim.model.interval, **model}
    pooled = _pool_effects([r.y for r in rows], [r.v for r in rows], **chosen)  # type: ignore[misc]
    if len(rows) > 1 or math.isinf(rows[0].df):
        return pooled
    return replace(pooled, interval="t", df=rows[0].df)


def _pool_effects(y: Sequence[float], v: Sequence[float], tau2: str, interval: str) -> Pooled:
    """Pool by the chosen model; one effect is itself, whatever the model."""
    from claimbook.synthesis import pool

    return pool(y, v, tau2=tau2, interval=interval) if len(y) > 1 else pool(y, v, tau2="EE", interval="z")


def _weighted(rows: Iterable[Row], pooled: Pooled | None) -> tuple[Row, ...]:
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
    words = claim.words
    return appraisal.Evidence(
        id=claim.claim,
        measure=finding.measure,
        design=_design([r.design for r in rated]),
        direction=finding.direction,
        threshold=threshold,
        baseline_risk=float(claim.baseline_risk)
        if claim.baseline_risk and claim.baseline_risk.known
        else None,
        k=len(rated),
        n=sum(r.n for r in rated) or None,
        sd=_sd_of_change(rated),
        studies=tuple(_study_weight(r, finding, back) for r in rated),
        indirectness=_indirectness(claim),
        publication_bias=_publication_bias(claim, rated),
        fold=_fold(library, rated),
        intervention=words.intervention if words else claim.question.intervention,
        outcome=words.outcome if words else claim.question.outcome,
        comparator=words.comparator if words else "",
        unit="%" if finding.measure == "PCT" else "",
        **numbers,
    )


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


def _study_weight(row: Row, finding: Finding, back: Any) -> Any:
    from claimbook.appraisal import StudyWeight

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
        weight=row.weight,
        design=row.design,
        shows=shows,
    )


def back_transform(measure: str) -> Callable[[float], float]:
    """From the analysis scale to the scale that a rating reads (ratios as ratios)."""
    from claimbook.effects import MEASURES

    return math.exp if measure in MEASURES and MEASURES[measure].scale == "log" else float


def _design(kinds: Sequence[str]) -> str:
    """One word for the body: the kind they share, else the weakest start among them."""
    from claimbook.appraisal import DESIGNS

    if len(set(kinds)) == 1:
        return kinds[0]
    weakest = min(kinds, key=lambda kind: DESIGNS[kind].start)
    return "rct" if DESIGNS[weakest].randomised else weakest


def _sd_of_change(rows: Sequence[Row]) -> float | None:
    """For percent changes: the SD of the change, which the information size needs."""
    if len(rows) == 1 and rows[0].measure == "PCT" and rows[0].v is not None:
        return math.sqrt(rows[0].v * rows[0].n)
    return None


def _indirectness(claim: Claim) -> Any:
    from claimbook.appraisal import Indirectness

    given = claim.indirectness
    if given is None:
        return None
    answers = {name: getattr(given, name) for name in ("population", "intervention", "comparison", "outcome")}
    return Indirectness(
        **answers,
        reasons={name: given.because.rstrip(".") for name, word in answers.items() if word != "yes"},
    )


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
    default = library.info.defaults.get("fold")
    return Fold(tool=tools.pop(), middle=default.value if default else "high")


def _risk_of_bias(library: Library, study: str, result: str) -> tuple[str, str]:
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


def _label(library: Library, study: str) -> str:
    return library.studies[study].label if study in library.studies else study


def _beside(library: Library, mentions: Iterable[Mention]) -> Iterator[Beside]:
    for mention in mentions:
        if mention.study not in library.studies:
            continue
        study = library.studies[mention.study]
        entry = study.result(mention.result)
        data: Any = entry.data
        estimate = next(
            (getattr(data, name) for name in ("estimate", "percent", "mean") if hasattr(data, name)), None
        )
        yield Beside(
            study=mention.study,
            label=study.label,
            result=entry.id,
            outcome=entry.outcome,
            design=study.design.kind,
            what=entry.what,
            says=mention.says,
            measure=getattr(data, "measure", entry.unit),
            estimate=str(estimate) if estimate is not None else "",
            low=_text(data, "low"),
            high=_text(data, "high"),
            p=data.p.text if getattr(data, "p", None) else "",
            k=_text(data, "k"),
            status=entry.status,
            read_in=entry.read_in or mention.study,
            where=entry.where,
            note=entry.note or "",
        )


def _text(data: Any, name: str) -> str:
    value = getattr(data, name, None)
    return str(value) if value is not None else ""


MODELS = (("DL", "z"), ("REML", "z"), ("PM", "HKSJ"), ("EE", "z"))


def _choices(library: Library, finding: Finding, rows: Sequence[Row]) -> Iterator[Choice]:
    """The verdict under other defensible choices: model, reading of a doubted spread, each study left out."""
    used = [r for r in rows if r.usable]
    for r in used:
        if r.doubt:
            yield from _choice(
                library,
                finding,
                f"{r.label}: spread read the other way",
                "reading",
                _reread(library, finding, rows, {r.study}),
            )
    doubted = {r.study for r in used if r.doubt}
    if len(doubted) > 1:
        yield from _choice(
            library,
            finding,
            "all doubted spreads read the other way",
            "reading",
            _reread(library, finding, rows, doubted),
        )
    if len(used) < 2:
        return
    for tau2, interval in MODELS:
        yield from _choice(
            library, finding, f"{tau2}, {interval} interval", "model", rows, tau2=tau2, interval=interval
        )
    low = [r for r in used if r.risk_of_bias == "low"]
    if 1 < len(low) < len(used):
        yield from _choice(library, finding, "studies at low risk of bias only", "studies", low)
    if len(used) > 2:
        for left in used:
            rest = [r for r in used if r is not left]
            several = [u.study for u in used].count(left.study) > 1
            name = f"without {left.label}" + (f" ({left.subgroup})" if several else "")
            yield from _choice(library, finding, name, "studies", rest)


def _choice(
    library: Library, finding: Finding, name: str, group: str, rows: Sequence[Row], **model: str
) -> Iterator[Choice]:
    other = _conclude(library, finding, rows, **model)
    if other.pooled is not None:
        p = other.pooled
        yield Choice(group, name, p.k, p.estimate, p.low, p.high, other.certainty, other.verdict)


def _reread(library: Library, finding: Finding, rows: Sequence[Row], studies: set[str]) -> list[Row]:
    return [
        replace(
            row(library, r.study, r.result, r.measure, vtype=finding.claim.model.variance, doubted=True),
            risk_of_bias=r.risk_of_bias,
            risk_of_bias_tool=r.risk_of_bias_tool,
        )
        if r.study in studies
        else r
        for r in rows
    ]
