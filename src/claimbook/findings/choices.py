"""Other defensible ways to answer one claim from its rows: models, readings of a doubted spread, studies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from claimbook.findings.rows import Row, row

if TYPE_CHECKING:
    from claimbook.records import Claim, Library

MODELS = (("DL", "z"), ("REML", "z"), ("PM", "HKSJ"), ("EE", "z"))


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


class Way(NamedTuple):
    """One other way: its kind, its name, the rows to pool, and what replaces the claim's own model."""

    group: str
    name: str
    rows: Sequence[Row]
    model: dict[str, str]


def ways(library: Library, claim: Claim, rows: Sequence[Row]) -> Iterator[Way]:
    """Every other way that the rows allow."""
    used = [r for r in rows if r.usable]
    yield from _readings(library, claim, rows)
    if len(used) < 2:
        return
    own = (claim.model.tau2, claim.model.interval)
    for tau2, interval in MODELS:
        if (tau2, interval) != own:
            model = {"tau2": tau2, "interval": interval}
            yield Way("model", f"{tau2}, {interval} interval", rows, model)
    low = [r for r in used if r.risk_of_bias == "low"]
    if 1 < len(low) < len(used):
        yield Way("studies", "studies at low risk of bias only", low, {})
    if len(used) > 2:
        for left in used:
            several = [u.study for u in used].count(left.study) > 1
            name = f"without {left.label}" + (f" ({left.subgroup})" if several else "")
            yield Way("studies", name, [r for r in used if r is not left], {})


def _readings(library: Library, claim: Claim, rows: Sequence[Row]) -> Iterator[Way]:
    """Each doubted spread read the other way, and all of them together."""
    doubted = {r.study: r.label for r in rows if r.usable and r.doubt}
    for study, label in doubted.items():
        name = f"{label}: spread read the other way"
        yield Way("reading", name, _reread(library, claim, rows, {study}), {})
    if len(doubted) > 1:
        every = _reread(library, claim, rows, set(doubted))
        yield Way("reading", "all doubted spreads read the other way", every, {})


def _reread(library: Library, claim: Claim, rows: Sequence[Row], studies: set[str]) -> list[Row]:
    return [_other_reading(library, claim, r) if r.study in studies else r for r in rows]


def _other_reading(library: Library, claim: Claim, r: Row) -> Row:
    made = row(library, r.study, r.result, r.measure, vtype=claim.model.variance, doubted=True)
    return replace(made, risk_of_bias=r.risk_of_bias, risk_of_bias_tool=r.risk_of_bias_tool)
