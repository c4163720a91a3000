"""Published against recomputed: for every printed value that can be computed again, is it the same?

Three kinds of value are tried. A study's own estimate from its numbers (``published`` under a result), a
review's pooled result from the trials that this library holds (``recompute``), and what a printed estimate
implies about itself (its interval's centre, the p of its interval or of its spread). A value that cannot be
recomputed is listed with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from claimbook.findings.beside import there
from claimbook.findings.bodies import back_transform
from claimbook.findings.rows import analysis_scale, row

if TYPE_CHECKING:
    from claimbook.records import Library, Number, Reported, Result
    from claimbook.records.models import Published, PValue, Recompute

MATCH, DIFFERS, DECISION, CANNOT = "match", "differs", "decision-changing", "cannot"
Values = dict[str, float | None]
ALPHA = 0.05


@dataclass(frozen=True)
class Comparison:
    """One published value beside our own. ``status`` is match, differs, decision-changing or cannot."""

    study: str
    result: str
    quantity: str
    published: dict[str, str | None]
    recomputed: Values
    status: str
    why: str
    path: str
    line: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def reproduce(library: Library, study: str | None = None) -> list[Comparison]:
    """Every published value of one study, or of all, beside what its own numbers give."""
    return [c for key in library.studies if study in (None, key) for c in _of_study(library, key)]


def _of_study(library: Library, key: str) -> Iterator[Comparison]:
    for entry in library.studies[key].results:
        for number, published in enumerate(entry.published):
            yield _from_groups(library, key, entry, published, number)
        if entry.recompute is not None:
            yield _from_trials(library, key, entry, entry.recompute)
        if entry.reported is not None:
            yield from _from_itself(library, key, entry, entry.reported)
        elif getattr(entry.data, "p", None) is not None:
            yield _p_of_change(library, key, entry)


def _compare(
    library: Library,
    key: str,
    entry: Result,
    quantity: str,
    printed: dict[str, Any],
    recomputed: Values,
    why: str,
    loc: tuple[str | int, ...] = (),
    measure: str = "",
) -> Comparison:
    """Both on the scale that the source prints: ratios as ratios, with no difference at one."""
    place = library.where_result(key, entry.id, *(loc or (entry.shape,)))
    published = {name: str(value) for name, value in printed.items() if value is not None}
    shared = [name for name in printed if printed[name] is not None and recomputed.get(name) is not None]
    status = CANNOT
    if shared:
        wrong = [name for name in shared if not _agrees(printed[name], recomputed[name])]  # type: ignore[arg-type]
        null = 1.0 if analysis_scale(measure) == "log" else 0.0
        status = MATCH if not wrong else DECISION if _decides(printed, recomputed, null) else DIFFERS
    full = {name: published.get(name) for name in ("value", "low", "high", "p")}
    return Comparison(key, entry.id, quantity, full, recomputed, status, why, place.path, place.line)


def _agrees(printed: Number | PValue, ours: float) -> bool:
    """Within half a unit of the last printed digit; a bound (<0.05) agrees when the value keeps it."""
    from claimbook.records.models import PValue

    if isinstance(printed, PValue):
        return _within(printed, ours, ours)
    return abs(ours - float(printed)) <= printed.half_unit * (1 + 1e-9) + 1e-12


def _decides(printed: dict[str, Any], ours: Values, null: float) -> bool:
    """Would a reader decide otherwise: side of a clear effect, interval against no effect, p against .05."""
    low, high = printed.get("low"), printed.get("high")
    if low is not None and high is not None and ours.get("low") is not None:
        theirs_clear = float(low) > null or float(high) < null
        ours_clear = ours["low"] > null or ours["high"] < null  # type: ignore[operator]
        if theirs_clear != ours_clear:
            return True
        if not theirs_clear:
            return False
    p, q = printed.get("p"), ours.get("p")
    if p is not None and q is not None and (_below(p) != (q < ALPHA)):
        return True
    value, other = printed.get("value"), ours.get("value")
    return value is not None and other is not None and (float(value) - null) * (other - null) < 0


def _below(p: PValue) -> bool:
    return p.value <= ALPHA if p.sign == "<" else p.sign == "=" and p.value < ALPHA


def _from_groups(library: Library, key: str, entry: Result, published: Published, number: int) -> Comparison:
    code = source_formula(published.measure, published.variance)
    made = row(library, key, entry.id, code)
    quantity = f"{published.measure} of {entry.id}" + (
        f" ({published.variance})" if published.variance else ""
    )
    printed = {"value": published.estimate, "low": published.low, "high": published.high, "se": published.se}
    ours: Values = {**_as_printed(published.measure, made.y, made.low, made.high), "se": made.se}
    source = library.studies.get(published.read_in)
    printed_by = source.label if source else published.read_in
    why = made.why_not or f"computed from the groups' numbers as printed by {printed_by}"
    loc = ("published", number)
    return _compare(library, key, entry, quantity, printed, ours, why, loc, published.measure)


def _as_printed(measure: str, value: float | None, low: float | None, high: float | None) -> Values:
    """An effect on the scale that sources print: ratios as ratios."""
    back = back_transform(measure)
    effect = {"value": value, "low": low, "high": high}
    return {name: None if number is None else back(number) for name, number in effect.items()}


def source_formula(measure: str, variance: str | None) -> str:
    """Our measure code for the formula that a source used."""
    return SOURCE_FORMULA.get((measure, variance or ""), measure)


SOURCE_FORMULA = {("SMD", "RevMan"): "SMDRM"}


def _from_trials(library: Library, key: str, entry: Result, how: Recompute) -> Comparison:
    from claimbook.synthesis import pool

    data = entry.reported
    if data is None or how.claim not in library.claims:
        return _compare(library, key, entry, "pooled result", {}, {}, f"no claim {how.claim} in this library")
    code, trials = source_formula(data.measure, how.variance), library.claims[how.claim].studies
    if absent := [f"{used.study} {used.result}" for used in trials if not there(library, used)]:
        why = f"not in this library: {', '.join(absent)}"
        return _compare(library, key, entry, "pooled result", _printed(data), {}, why)
    rows = [row(library, used.study, used.result, code) for used in trials]
    rows = [r for r in rows if how.subgroup in (None, r.subgroup)]
    if missing := [f"{r.label}: {r.why_not}" for r in rows if not r.usable]:
        return _compare(library, key, entry, "pooled result", _printed(data), {}, "; ".join(missing))
    p = pool([r.y for r in rows], [r.v for r in rows], tau2=how.tau2, interval=how.interval)
    ours: Values = _as_printed(data.measure, p.estimate, p.low, p.high)
    ours |= {"p": p.p, "k": p.k, "tau2": p.tau2, "i2": p.i2}
    printed = {**_printed(data), "k": data.k, "tau2": data.tau2, "i2": data.i2}
    quantity = f"pooled {data.measure}, {entry.what}"
    why = f"{how.tau2} with a {how.interval} interval over the numbers of {len(rows)} trials"
    return _compare(library, key, entry, quantity, printed, ours, why, measure=data.measure)


def _printed(data: Reported) -> dict[str, Any]:
    known = {"value": data.estimate, "low": data.low, "high": data.high}
    return {**{name: n if n is not None and n.known else None for name, n in known.items()}, "p": data.p}


def _from_itself(library: Library, key: str, entry: Result, data: Reported) -> Iterator[Comparison]:
    """The interval's centre against the estimate, and the p that it implies against the printed one."""
    quantity = f"{data.measure} and its own interval, {entry.what}"
    printed = _printed(data)
    if printed["low"] is None or printed["high"] is None or printed["value"] is None:
        yield _compare(library, key, entry, quantity, printed, {}, "no estimate with an interval is printed")
        return
    implied = Implied.by(data)
    made = _compare(library, key, entry, quantity, printed, {}, "")
    why = "the centre of the printed interval, and the p that it implies with a normal distribution"
    fits = implied.centre_fits and implied.p_fits
    status = MATCH if fits else DECISION if implied.decision_changes else DIFFERS
    yield replace(made, recomputed={"value": implied.centre, "p": implied.p}, status=status, why=why)


@dataclass(frozen=True)
class Implied:
    """What a printed interval says of its own estimate and p, with the room that rounding leaves.

    The centre is on the scale the source prints, ``p`` two-sided and normal; the fits are tested over every
    value that rounds to what is printed, on the log scale for ratios.
    """

    centre: float
    p: float
    centre_fits: bool
    p_fits: bool
    decision_changes: bool

    @classmethod
    def by(cls, data: Reported) -> Implied:
        from scipy.special import ndtr, ndtri

        there, back = (math.log, math.exp) if analysis_scale(data.measure) == "log" else (float, float)
        estimate, low, high = (_span(n, there) for n in (data.estimate, data.low, data.high))  # type: ignore[arg-type]
        critical = float(ndtri(0.5 + float(data.level) / 2))
        centre = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
        widest, tightest = (high[1] - low[0]) / (2 * critical), max(high[0] - low[1], 0.0) / (2 * critical)
        near = 0.0 if centre[0] <= 0 <= centre[1] else min(map(abs, centre))
        far = max(map(abs, centre))
        p_low = 2 * float(ndtr(-far / tightest)) if tightest else 0.0
        p_high = 2 * float(ndtr(-near / widest)) if widest else 1.0
        middle = sum(centre) / 2
        se = (widest + tightest) / 2
        p = 2 * float(ndtr(-abs(middle) / se)) if se else math.nan
        centre_fits = estimate[0] <= centre[1] + 1e-12 and centre[0] <= estimate[1] + 1e-12
        clear = low[0] > 0 or high[1] < 0
        crosses = low[1] < 0 < high[0]
        against_p = data.p is not None and ((clear and not _below(data.p)) or (crosses and _below(data.p)))
        opposite = clear and middle * sum(estimate) < 0
        return cls(
            back(middle),
            p,
            centre_fits,
            data.p is None or _within(data.p, p_low, p_high),
            against_p or opposite,
        )


def _span(number: Number, there: Any) -> tuple[float, float]:
    """The values that round to a printed number, on the analysis scale."""
    value = float(number)
    least = value - number.half_unit
    return there(least if there is float or least > 0 else value), there(value + number.half_unit)


def _within(p: PValue, low: float, high: float) -> bool:
    """Could the printed p be one between low and high?"""
    if p.sign == "<":
        return low < p.value
    if p.sign == ">":
        return high > p.value
    return low - 1e-12 <= p.value + p.half_unit and p.value - p.half_unit <= high + 1e-12


def _p_of_change(library: Library, key: str, entry: Result) -> Comparison:
    """The p of one group's printed change, from its size and spread (paired t)."""
    from scipy.special import stdtr

    data: Any = entry.data
    measure = "PCT" if entry.shape == "percent_change" else "MC"
    made = row(library, key, entry.id, measure)
    value = data.percent if entry.shape == "percent_change" else None
    printed = {"value": value, "p": data.p}
    if not made.usable:
        return _compare(library, key, entry, f"p of the change, {entry.what}", printed, {}, made.why_not)
    t = made.y / made.se  # type: ignore[operator]
    df = made.df if math.isfinite(made.df) else made.n1 - 1
    ours: Values = {"p": 2 * float(stdtr(df, -abs(t)))}
    why = f"paired t = {t:.2f} with {df:.0f} degrees of freedom, from the change and its spread as recorded"
    return _compare(library, key, entry, f"p of the change, {entry.what}", printed, ours, why)
