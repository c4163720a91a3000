"""Published against recomputed: for every printed value that can be computed again, is it the same?

Three kinds of value are tried. A study's own estimate from its numbers (``published`` under a result), a
review's pooled result from the trials that this library holds (``recompute``), and what a printed estimate
implies about itself (its interval's centre, the p of its interval or of its spread). A value that cannot be
recomputed is listed with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from claimbook.rows import row

if TYPE_CHECKING:
    from claimbook.records import Library, Number, Reported, Result
    from claimbook.records.models import PValue, Published, Recompute

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
) -> Comparison:
    place = library.where_result(key, entry.id, *(loc or (entry.shape,)))
    published = {name: str(value) for name, value in printed.items() if value is not None}
    shared = [name for name in printed if printed[name] is not None and recomputed.get(name) is not None]
    status = CANNOT
    if shared:
        wrong = [name for name in shared if not _agrees(printed[name], recomputed[name])]  # type: ignore[arg-type]
        status = MATCH if not wrong else DECISION if _decides(printed, recomputed) else DIFFERS
    full = {name: published.get(name) for name in ("value", "low", "high", "p")}
    return Comparison(key, entry.id, quantity, full, recomputed, status, why, place.path, place.line)


def _agrees(printed: Number | PValue, ours: float) -> bool:
    """Within half a unit of the last printed digit; a bound (<0.05) agrees when the value keeps it."""
    sign = getattr(printed, "sign", "=")
    value = printed.value if sign != "=" or hasattr(printed, "sign") else float(printed)  # type: ignore[union-attr, arg-type]
    if sign == "<":
        return ours < value
    if sign == ">":
        return ours > value
    slack = printed.half_unit * (1 + 1e-9) + 1e-12
    return abs(ours - float(value)) <= slack


def _decides(printed: dict[str, Any], ours: Values) -> bool:
    """Would a reader decide otherwise: the sign of a clear effect, the interval against zero, or p against .05."""
    low, high = printed.get("low"), printed.get("high")
    if low is not None and ours.get("low") is not None:
        theirs_clear = float(low) > 0 or float(high) < 0
        ours_clear = ours["low"] > 0 or ours["high"] < 0  # type: ignore[operator]
        if theirs_clear != ours_clear:
            return True
        if not theirs_clear:
            return False
    p, q = printed.get("p"), ours.get("p")
    if p is not None and q is not None and (_below(p) != (q < ALPHA)):
        return True
    value, other = printed.get("value"), ours.get("value")
    return value is not None and other is not None and float(value) * other < 0


def _below(p: PValue) -> bool:
    return p.value <= ALPHA if p.sign == "<" else p.sign == "=" and p.value < ALPHA


def _from_groups(library: Library, key: str, entry: Result, published: Published, number: int) -> Comparison:
    code = SOURCE_FORMULA.get((published.measure, published.variance), published.measure)
    made = row(library, key, entry.id, code)
    quantity = f"{published.measure} of {entry.id}" + (f" ({published.variance})" if published.variance else "")
    printed = {"value": published.estimate, "low": published.low, "high": published.high, "se": published.se}
    ours: Values = {"value": made.y, "low": made.low, "high": made.high, "se": made.se}
    why = made.why_not or f"computed from the groups' means, SDs and sizes as printed by {published.read_in}"
    return _compare(library, key, entry, quantity, printed, ours, why, ("published", number))


SOURCE_FORMULA = {("SMD", "RevMan"): "SMDRM"}


def _from_trials(library: Library, key: str, entry: Result, how: Recompute) -> Comparison:
    from claimbook.synthesis import pool

    data = entry.reported
    if data is None or how.claim not in library.claims:
        return _compare(library, key, entry, "pooled result", {}, {}, f"no claim {how.claim} in this library")
    code = SOURCE_FORMULA.get((data.measure, how.variance), data.measure)
    rows = [row(library, used.study, used.result, code) for used in library.claims[how.claim].studies]
    rows = [r for r in rows if how.subgroup in (None, r.subgroup)]
    if missing := [f"{r.label}: {r.why_not}" for r in rows if not r.usable]:
        return _compare(library, key, entry, "pooled result", _printed(data), {}, "; ".join(missing))
    p = pool([r.y for r in rows], [r.v for r in rows], tau2=how.tau2, interval=how.interval)
    ours: Values = {"value": p.estimate, "low": p.low, "high": p.high, "p": p.p, "k": p.k, "tau2": p.tau2, "i2": p.i2}
    printed = {**_printed(data), "k": data.k, "tau2": data.tau2, "i2": data.i2}
    quantity = f"pooled {data.measure}, {entry.what}"
    why = f"{how.tau2} with a {how.interval} interval over {len(rows)} trials' means, SDs and sizes"
    return _compare(library, key, entry, quantity, printed, ours, why)


def _printed(data: Reported) -> dict[str, Any]:
    known = {"value": data.estimate, "low": data.low, "high": data.high}
    return {**{name: n if n is not None and n.known else None for name, n in known.items()}, "p": data.p}


def _from_itself(library: Library, key: str, entry: Result, data: Reported) -> Iterator[Comparison]:
    """The centre of the interval against the estimate, and the p that the interval implies against the printed p."""
    from scipy.special import ndtr, ndtri

    from claimbook.effects import MEASURES

    printed = _printed(data)
    quantity = f"{data.measure} and its own interval, {entry.what}"
    if printed["low"] is None or printed["high"] is None:
        yield _compare(library, key, entry, quantity, printed, {}, "no interval is printed")
        return
    log = data.measure == "HR" or (data.measure in MEASURES and MEASURES[data.measure].scale == "log")
    there, back = (math.log, math.exp) if log else (float, float)
    low, high = there(float(printed["low"])), there(float(printed["high"]))
    centre = (low + high) / 2
    se = (high - low) / (2 * float(ndtri(0.5 + float(data.level) / 2)))
    ours: Values = {"value": back(centre), "p": 2 * float(ndtr(-abs(centre) / se))}
    slack = max(printed["low"].half_unit, printed["high"].half_unit)
    centre_fits = log or abs(float(printed["value"]) - centre) <= printed["value"].half_unit + slack + 1e-12
    p_range = [2 * float(ndtr(-x / se)) for x in (abs(centre) + 2 * slack, max(abs(centre) - 2 * slack, 0.0))]
    p_fits = data.p is None or any(_agrees(data.p, p) for p in (ours["p"], *p_range)) or _inside(data.p, p_range)  # type: ignore[arg-type]
    shown = {name: printed[name] for name in ("value", "p")}
    why = "the centre of the printed interval, and the p that it implies with a normal distribution"
    made = _compare(library, key, entry, quantity, shown, ours, why)
    full = {**made.published, "low": str(printed["low"]), "high": str(printed["high"])}
    if centre_fits and p_fits:
        status = MATCH
    else:
        clear = low > 0 or high < 0
        status = DECISION if clear and float(printed["value"]) * centre < 0 else DIFFERS
    yield Comparison(key, entry.id, quantity, full, ours, status, why, made.path, made.line)


def _inside(p: PValue, limits: list[float]) -> bool:
    return p.sign == "=" and min(limits) - p.half_unit <= p.value <= max(limits) + p.half_unit


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
    why = f"paired t = {t:.2f} with {df:.0f} degrees of freedom, from the printed change and its spread as recorded"
    return _compare(library, key, entry, f"p of the change, {entry.what}", printed, ours, why)
