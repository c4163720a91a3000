"""The decisions behind a pooled effect that could defensibly have been taken otherwise, and their options.

KINDS, at the end, lists the kinds of decision. Each is a function from a claim's body of evidence to its
decisions, the claim's own option first. An option that changes no number of this claim is no option, and
what has a single option is no decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from claimbook.findings.rows import Row, row

if TYPE_CHECKING:
    from claimbook.findings.finding import Finding
    from claimbook.records import Library
    from claimbook.records.models import Result

Kept = tuple[bool, ...]


class Measured(NamedTuple):
    """A measure and the formula of its sampling variance, None for the measure's first."""

    code: str
    variance: str | None

    def __str__(self) -> str:
        from claimbook.effects import MEASURES

        known = MEASURES[self.code].variances
        return self.code if len(known) == 1 else f"{self.code} ({self.variance or known[0]})"


@dataclass(frozen=True)
class Scope:
    """What counts as defensible beside the claim's own model.

    kinds: those of KINDS that may vary. measures: some of those that SAME_UNIT lists with the claim's own,
    all of them unless told. variances, estimators of tau2, intervals: keys of their tables. correlations:
    between before and after, for results whose own is unknown or inferred.
    """

    kinds: tuple[str, ...] = field(default_factory=lambda: tuple(KINDS))
    measures: tuple[str, ...] | None = None
    variances: tuple[str, ...] = ("LS", "LS2", "UB", "HO")
    estimators: tuple[str, ...] = ("REML", "DL", "PM", "SJ", "EE")
    intervals: tuple[str, ...] = ("HKSJ", "HKSJ-adhoc", "z")
    correlations: tuple[float, ...] = (0.5, 0.7, 0.9)

    def __post_init__(self) -> None:
        from claimbook.effects.measure import VARIANCE_WORDS
        from claimbook.synthesis import INTERVALS
        from claimbook.synthesis.batch_tau2 import TAU2_COLUMNS

        _each_in("kinds", self.kinds, KINDS)
        _each_in("variances", self.variances, VARIANCE_WORDS)
        _each_in("estimators", self.estimators, TAU2_COLUMNS)
        _each_in("intervals", self.intervals, INTERVALS)
        if not all(-1 <= r < 1 for r in self.correlations):
            raise ValueError(f"correlations must lie between -1 and 1, got {self.correlations}")


def _each_in(name: str, given: Sequence[str], known: Any) -> None:
    for word in given:
        if word not in known:
            raise ValueError(f"{name} must be among {', '.join(known)}, got {word!r}")


@dataclass(frozen=True)
class Decision:
    """One decision: its options in words and what they stand for, the claim's own first."""

    kind: str
    name: str
    options: tuple[str, ...]
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Body:
    """A claim as it was decided, which can be read again in other ways."""

    library: Library
    finding: Finding

    def rows(self, measured: Measured, correlation: float | None = None, other: bool = False) -> list[Row]:
        """Every row of the claim by another measure, assumed correlation or reading of its doubted spread."""
        return [self._read(old, measured, correlation, other) for old in self.finding.rows]

    def _read(self, old: Row, measured: Measured, correlation: float | None, other: bool) -> Row:
        library = self.library
        if correlation is not None and self.assumes_correlation(old):
            library = _with_correlation(library, old, correlation)
        new = row(library, old.study, old.result, measured.code, vtype=measured.variance, doubted=other)
        return replace(new, risk_of_bias=old.risk_of_bias, risk_of_bias_tool=old.risk_of_bias_tool)

    def assumes_correlation(self, of: Row) -> bool:
        """Does the row rest on a correlation that no source prints?"""
        entry = self.result(of)
        if entry.pre_post is None:
            return False
        r = entry.pre_post.r
        return r is None or (r.status or entry.status) in ("inferred", "unknown")

    def result(self, of: Row) -> Result:
        return self.library.studies[of.study].result(of.result)

    @property
    def own(self) -> Measured:
        return Measured(self.finding.measure, self.finding.claim.model.variance)


def _with_correlation(library: Library, of: Row, correlation: float) -> Library:
    from claimbook.records.models import Number

    study = library.studies[of.study]
    r = Number(value=f"{correlation:g}", status="inferred", because="assumed")
    changed = [
        result.model_copy(update={"pre_post": result.pre_post.model_copy(update={"r": r})})
        if result.id == of.result and result.pre_post is not None
        else result
        for result in study.results
    ]
    study = study.model_copy(update={"results": tuple(changed)})
    return replace(library, studies={**library.studies, of.study: study})


def decisions(body: Body, scope: Scope) -> tuple[Decision, ...]:
    """Every decision of a body whose claim could be pooled."""
    return tuple(found for kind in scope.kinds for found in KINDS[kind].function(body, scope))


def measures(body: Body, scope: Scope) -> Iterator[Decision]:
    """Measures in the unit of the claim's own, by each formula of their variance, that keep every effect.

    ValueError for measures in another unit, for which its worthwhile effect would not hold.
    """
    from claimbook.effects import MEASURES

    mine = _numbers(body.finding.rows)
    found = {body.own: mine}
    unit = SAME_UNIT.get(body.own.code, (body.own.code,))
    _each_in("measures", scope.measures or (), unit)
    for measured in (Measured(code, v) for code in scope.measures or unit for v in MEASURES[code].variances):
        if measured.variance in scope.variances:
            numbers = _numbers(body.rows(measured))
            lost = any(old[0] is not None and new[0] is None for old, new in zip(mine, numbers, strict=True))
            if not lost and numbers not in found.values():
                found[measured] = numbers
    yield from _decision("measure", "measure", list(map(str, found)), list(found))


def _numbers(rows: Sequence[Row]) -> list[tuple[float | None, float | None]]:
    return [(r.y, r.v) for r in rows]


def correlations(body: Body, scope: Scope) -> Iterator[Decision]:
    """Assumed correlations of before and after, one for all results that print none."""
    if any(body.assumes_correlation(r) for r in body.finding.rows):
        words = ["as recorded", *(f"r = {r:g}" for r in scope.correlations)]
        yield from _decision("correlation", "correlation", words, [None, *scope.correlations])


def readings(body: Body, scope: Scope) -> Iterator[Decision]:
    """For each doubted spread, the other reading of it. The values are None and the number of the row."""
    for i, r in enumerate(body.finding.rows):
        doubt = body.result(r).doubt
        if doubt is not None and r.usable:
            words = ["as recorded", f"as {doubt.read_as.upper()}"]
            yield from _decision("reading", f"spread of {_name(r, body)}", words, [None, i])


def studies(body: Body, scope: Scope) -> Iterator[Decision]:
    """All, without each of them in turn, and those at low risk of bias only, two at the least.

    The values are functions from the side on which the middle category of risk of bias falls, empty for
    the tool's default, to which rows are kept; to none where that is no choice of its own.
    """
    rows = body.finding.rows
    used = [i for i, r in enumerate(rows) if r.usable]
    options = {"all": _whichever_side([True] * len(rows))}
    if len(used) > 2:
        for i in used:
            options[f"without {_name(rows[i], body)}"] = _whichever_side([i != j for j in range(len(rows))])

    def low(middle: str) -> Kept:
        kept = tuple(r.usable and at_low_risk(r, middle) for r in rows)
        return kept if 1 < sum(kept) < len(used) else (False,) * len(rows)

    if any(map(any, map(low, ("", "low", "high")))):
        options["at low risk of bias only"] = low
    yield from _decision("studies", "studies", list(options), list(options.values()))


def _whichever_side(kept: Sequence[bool]) -> Callable[[str], Kept]:
    return lambda middle: tuple(kept)


def at_low_risk(r: Row, middle: str) -> bool:
    """Is a row at low risk of bias? Not where nobody judged it, or with a tool that gives no such answer."""
    from claimbook.appraisal.rob import fold

    try:
        return bool(r.risk_of_bias) and fold(r.risk_of_bias, r.risk_of_bias_tool, middle or None) == "low"
    except ValueError:
        return False


def _name(of: Row, body: Body) -> str:
    """The study's label, with the result's subgroup or id where the study has several here."""
    several = sum(r.study == of.study for r in body.finding.rows) > 1
    return f"{of.label} ({of.subgroup or of.result})" if several else of.label


def estimators(body: Body, scope: Scope) -> Iterator[Decision]:
    """Estimators of tau2; one study needs none."""
    if body.finding.k > 1:
        own = body.finding.claim.model.tau2
        yield from _words("estimator", dict.fromkeys((own, *scope.estimators)))


def intervals(body: Body, scope: Scope) -> Iterator[Decision]:
    """Intervals of the pooled effect; one study has its own."""
    if body.finding.k > 1:
        own = body.finding.claim.model.interval
        yield from _words("interval", dict.fromkeys((own, *scope.intervals)))


def folds(body: Body, scope: Scope) -> Iterator[Decision]:
    """The side on which a tool's middle category of risk of bias falls, where a study is judged so."""
    from claimbook.appraisal.grade import OTHER_FOLD

    chosen = body.finding.evidence.fold if body.finding.evidence else None
    if chosen is None:
        return
    sides = (chosen.middle, OTHER_FOLD[chosen.middle])
    if any(at_low_risk(r, sides[0]) != at_low_risk(r, sides[1]) for r in body.finding.used):
        yield from _decision("fold", "middle risk of bias", [f"as {side}" for side in sides], sides)


def _words(kind: str, words: Any) -> Iterator[Decision]:
    yield from _decision(kind, kind, list(words), list(words))


def _decision(kind: str, name: str, options: Sequence[str], values: Sequence[Any]) -> Iterator[Decision]:
    if len(options) > 1:
        yield Decision(kind, name, tuple(options), tuple(values))


@dataclass(frozen=True)
class Kind:
    label: str
    function: Callable[[Body, Scope], Iterator[Decision]]
    cite: str


# Measures whose effects are in one unit, so that one smallest worthwhile effect holds for all of them.
SAME_UNIT = {
    "SMD": ("SMD", "SMDH", "SMDRM"),
    "SMDH": ("SMDH", "SMD", "SMDRM"),
    "SMDRM": ("SMDRM", "SMD", "SMDH"),
    "SMCR": ("SMCR", "SMCRH"),
    "SMCRH": ("SMCRH", "SMCR"),
    "SMCRP": ("SMCRP", "SMCRPH"),
    "SMCRPH": ("SMCRPH", "SMCRP"),
}

KINDS: dict[str, Kind] = {
    "measure": Kind("measure and sampling variance", measures, "lin2021"),
    "correlation": Kind("assumed correlation of before and after", correlations, "higgins2019"),
    "reading": Kind("SE or SD", readings, "gotzsche2007"),
    "studies": Kind("studies", studies, "higgins2019"),
    "estimator": Kind("estimator of tau2", estimators, "veroniki2016"),
    "interval": Kind("interval", intervals, "inthout2014"),
    "fold": Kind("risk of bias, middle category", folds, "higgins2019"),
}
