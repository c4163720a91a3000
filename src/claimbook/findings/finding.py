"""From a claim to its Finding: the pipeline, top to bottom, and the only thing a page may look at.

``find(library, claim)`` turns each used result into an effect (``rows``), pools the effects, rates
the body of evidence (``bodies``) and gives the verdict its word and its sentence. Reviews stand
beside as they were published (``reviews``), never in the pool. What cannot be computed stays in the
Finding with its reason; nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from claimbook.findings.beside import Beside, Left, beside, label_of, there
from claimbook.findings.bodies import (
    body_of_evidence,
    overrules_of,
    pool_effects,
    pool_rows,
    risk_of_bias,
    weighted,
)
from claimbook.findings.choices import Choice, ways
from claimbook.findings.reviews import Published, deciding, published
from claimbook.findings.rows import Row, row

if TYPE_CHECKING:
    import pandas as pd

    from claimbook.appraisal import Evidence, Rating
    from claimbook.appraisal.stability import Stability
    from claimbook.appraisal.systems import Level
    from claimbook.records import Claim, Library
    from claimbook.synthesis import Pooled

RULESET = "core-grade-2025"
NARRATIVE = "narrative-2017"
UNTESTED = "Untested"
UNCERTAIN = "Too uncertain to call"
NOT_AN_EFFECT = "Not an effect claim"
DIFFERS = "Differs by outcome"
AS_PUBLISHED = "as published"
FRAME = (
    *("study", "label", "result", "subgroup", "n1", "n2"),
    *("y", "v", "low", "high", "weight", "risk_of_bias", "note"),
)
THE_EFFECT = "the effect itself"  # of a claim about what a source found; the source has a check of its own
NOT_GRADED = {
    "mechanism": "A mechanism is not an effect, so it is not graded.",
    "definition": "A statement of what is, or of how much is known, is not an effect, so it is not graded.",
    "advice": "Advice is not an effect, so it is not graded.",
}


@dataclass(frozen=True, repr=False)
class Finding:
    """All that is known about one claim; numbers are on the analysis scale of ``measure``.

    ``pooled`` is None where nothing could be computed, ``rating`` where there is nothing to rate; then
    ``not_graded`` says why. ``ratings`` holds every rule set's answer. ``published`` are reviews' results
    that are rated as bodies of their own. ``parts`` are the Findings of the claims that answer this one.
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
    published: tuple[Published, ...] = ()
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
    def unpooled_line(self) -> str:
        """Studies that say something and could not be pooled, so that no estimate speaks for them."""
        rest = [r for r in self.rows if not r.usable and r.direction is not None]
        if not rest:
            return ""
        said = "; ".join(f"{r.label} ({r.said}{f', {r.n} people' if r.n else ''})" for r in rest)
        counted = "Counted by direction alone" if self.pooled is None else "Not in this number"
        return f"{counted}, as too little is printed: {said}."

    @property
    def published_line(self) -> str:
        """What reviews of this question say as published, where their certainty can be above very low."""
        return " ".join(one.line for one in self.published if one.telling)

    @property
    def conclusion(self) -> str:
        """The finding in a sentence, or why there is none."""
        check = self.claim.source_check
        known = check.because if check is not None and self.verdict == NOT_AN_EFFECT else ""
        return self.sentence or f"{known} {self.not_graded}".strip() or self.verdict

    @property
    def qualified(self) -> tuple[str, ...]:
        """What the conclusion leaves out: studies without an estimate, and reviews as published."""
        return tuple(line for line in (self.unpooled_line, self.published_line) if line)

    @property
    def answer(self) -> str:
        """The conclusion with all that qualifies it."""
        return " ".join((self.conclusion, *self.qualified))

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
            pool=lambda y, v: pool_effects(y, v, model.tau2, model.interval),
        )

    @cached_property
    def other_systems(self) -> dict[str, Level]:
        """The same evidence in other grading languages, by system; shown side by side, never averaged."""
        from claimbook.appraisal.systems import Facts, other_systems

        if self.rating is None or self.evidence is None:
            return {}
        return other_systems(self.evidence, self.rating, Facts(p=self.pooled.p if self.pooled else None))

    def __repr__(self) -> str:
        """``Finding(concurrent-power: Contradicted, low certainty, k=20, n=477)``."""
        certainty = f"{self.certainty.replace('_', ' ')}{' certainty' if self.rating else ''}"
        return f"Finding({self.claim.claim}: {self.verdict}, {certainty}, k={self.k}, n={self.n})"

    def frame(self) -> pd.DataFrame:
        """One row a study: labels, group sizes, y, v, interval, weight in percent, risk of bias and note."""
        import pandas as pd

        return pd.DataFrame([[getattr(row, name) for name in FRAME] for row in self.rows], columns=[*FRAME])


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
        beside=tuple(beside(library, claim.beside)),
        left_out=tuple(Left(x.study, label_of(library, x.study), x.because) for x in claim.left_out),
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
        return _without_studies(replace(finding, published=published(library, claim)))
    rows = tuple(_rows(library, claim))
    concluded = _conclude(library, finding, rows)
    return replace(
        concluded,
        choices=tuple(_choices(library, finding, rows)),
        published=published(library, claim, concluded.evidence),
    )


def _without_studies(finding: Finding) -> Finding:
    """Untested, unless a review pooled studies of the question: then it alone answers, taken with caution."""
    asked = finding.claim.question
    sentence = f"No study of {asked.intervention} on {asked.outcome} is in this library."
    review = deciding(finding.published)
    if review is None:
        near = " What comes near it is shown beside." if finding.beside else ""
        untested = "Nothing here tested it, so nothing is graded."
        return replace(finding, sentence=sentence + near, not_graded=untested)
    word = review.verdict(finding.claim.asserts)
    return replace(
        finding,
        sentence=sentence,
        rating=review.least,
        verdict=word.word,
        verdict_note=AS_PUBLISHED,
        not_graded="Only a published review speaks to it; what it does not print is counted as a concern.",
    )


def _from_parts(library: Library, finding: Finding, above: tuple[str, ...]) -> Finding:
    keys = [key for key in finding.claim.answered_by if key in library.claims and key not in above]
    parts = tuple(_find(library, library.claims[key], above) for key in keys)
    words = {part.verdict for part in parts}
    return replace(
        finding,
        parts=parts,
        published=tuple(_cited(finding.claim, parts)),
        verdict=words.pop() if len(words) == 1 else DIFFERS if words else UNTESTED,
        sentence=" ".join(part.sentence for part in parts),
        not_graded="Answered by the claims below; each of them is graded.",
    )


def _cited(claim: Claim, parts: Sequence[Finding]) -> Iterator[Published]:
    """What the source of a claim printed on each part's outcome, as rated there."""
    source = claim.source_check.study if claim.source_check else None
    for part in parts:
        yield from (replace(one, about=part.outcome) for one in part.published if one.beside.study == source)


def _rows(library: Library, claim: Claim) -> Iterator[Row]:
    for used in claim.studies:
        if not there(library, used):
            continue
        made = row(library, used.study, used.result, claim.measure or "", vtype=claim.model.variance)
        tool, word = risk_of_bias(library, used.study, used.result)
        yield replace(made, risk_of_bias=word, risk_of_bias_tool=tool)


def _conclude(library: Library, finding: Finding, rows: Sequence[Row], **model: str) -> Finding:
    """Pool, rate and word a set of rows. ``model`` replaces the claim's own estimator or interval."""
    from claimbook.appraisal import EvidenceError, rate_all, verdict
    from claimbook.synthesis import NonConvergence

    try:
        pooled = pool_rows(finding.claim, [r for r in rows if r.usable], **model)
    except (ValueError, NonConvergence) as error:
        return replace(finding, rows=tuple(rows), not_graded=f"Not pooled: {error}", verdict=UNCERTAIN)
    rows = weighted(rows, pooled)
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
        verdict_note=word.note or (THE_EFFECT if finding.claim.kind == "source" else ""),
        sentence=word.sentence,
    )


def _choices(library: Library, finding: Finding, rows: Sequence[Row]) -> Iterator[Choice]:
    """The verdict under every other defensible choice that gives an effect."""
    for way in ways(library, finding.claim, rows):
        other = _conclude(library, finding, way.rows, **way.model)
        if other.pooled is not None:
            p = other.pooled
            yield Choice(way.group, way.name, p.k, p.estimate, p.low, p.high, other.certainty, other.verdict)
