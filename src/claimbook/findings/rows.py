"""From a recorded result to an effect: which numbers a measure takes, and where each of them was read.

A ``Row`` keeps the numbers it was computed from with their words, places and lines, so that a page can lead
from an effect to the line of the record. A result that cannot give the effect keeps its row and says why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from claimbook.effects import Effects
    from claimbook.records import Library, Number, Result, Study


@dataclass(frozen=True)
class Input:
    """One number of a row with all that a reader needs to find it: its words, place, file and line."""

    name: str
    printed: str
    value: float
    status: str
    read_in: str
    where: str
    path: str
    line: int
    note: str = ""


@dataclass(frozen=True)
class Row:
    """One result as an effect on the analysis scale of ``measure``.

    ``y`` and ``v`` are None where the effect cannot be computed, and ``why_not`` says why; ``note`` says what
    was done to the numbers where it can, such as a constant added to zero cells. ``df`` belongs to
    the row's own interval: n - 1 for one group's change, infinite where the interval is normal. ``weight`` is
    in percent of the pool. ``direction`` (1, -1, 0 or None) and ``said``, the source's own number or words,
    are what is left to say where the effect cannot be computed.
    """

    study: str
    label: str
    result: str
    what: str
    unit: str
    subgroup: str
    measure: str
    design: str
    n1: float
    n2: float
    y: float | None
    v: float | None
    df: float
    inputs: tuple[Input, ...]
    why_not: str = ""
    note: str = ""
    direction: int | None = None
    said: str = ""
    doubt: str = ""
    weight: float | None = None
    risk_of_bias: str = ""
    risk_of_bias_tool: str = ""

    @property
    def usable(self) -> bool:
        return self.y is not None

    @property
    def n(self) -> int:
        """Participants of both groups; an unknown size counts as none."""
        return round(sum(size for size in (self.n1, self.n2) if not math.isnan(size)))

    @property
    def se(self) -> float | None:
        return None if self.v is None else math.sqrt(self.v)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The row's own 95 % interval."""
        if self.y is None or self.v is None:
            return None
        from scipy.special import ndtri, stdtrit

        critical = float(ndtri(0.975) if math.isinf(self.df) else stdtrit(self.df, 0.975))
        return self.y - critical * math.sqrt(self.v), self.y + critical * math.sqrt(self.v)

    @property
    def low(self) -> float | None:
        return self.interval[0] if self.interval else None

    @property
    def high(self) -> float | None:
        return self.interval[1] if self.interval else None


class CannotCompute(Exception):
    """A result does not hold what the measure needs; the message is a sentence for the reader."""


def row(
    library: Library,
    study: str,
    result: str,
    measure: str,
    *,
    vtype: str | None = None,
    doubted: bool = False,
) -> Row:
    """One recorded result as an effect; ``doubted`` takes the other reading of its spread, if it has one."""
    from claimbook.effects import effect_sizes

    record = library.studies[study]
    entry = record.result(result)
    n1, n2 = _sizes(entry)
    blank = Row(
        study=study,
        label=record.label,
        result=result,
        what=entry.what,
        unit=entry.unit,
        subgroup=entry.subgroup or "",
        measure=measure,
        design=entry.design or record.design.kind,
        n1=n1,
        n2=n2,
        y=None,
        v=None,
        df=_own_df(entry),
        inputs=tuple(inputs(library, record, entry)),
        direction=_direction(entry),
        said=_said(entry),
        doubt=entry.doubt.because if entry.doubt else "",
    )
    try:
        columns: dict[str, Any] = READ[entry.shape](entry, doubted)
        kind = vtype if entry.shape in {"means", "pre_post"} else None
        effects = effect_sizes(_code_for(entry, measure), vtype=kind, add=ADD.get(measure), **columns)
    except (CannotCompute, ValueError) as error:
        return replace(blank, why_not=str(error))
    y, v = float(effects.y[0]), float(effects.v[0])
    if not (math.isfinite(y) and math.isfinite(v) and v > 0):
        return replace(blank, why_not=_note(effects) or "a number it needs is unknown")
    return replace(blank, y=y, v=v, note=_note(effects))


def _note(effects: Effects) -> str:
    """What is noted of one row, without saying which."""
    return "; ".join(re.sub(r"^row 0: | of row 0( \(.*\))?$", "", note) for note in effects.notes)


ADD = {"PETO": 0.0}  # as reviews and R's rma.peto have it: O - E bears zeros (Yusuf et al. 1985)


def _code_for(entry: Result, measure: str) -> str:
    if entry.shape == "reported":
        if entry.data.measure != measure:  # type: ignore[union-attr]
            raise CannotCompute(f"the source reports {entry.data.measure}, the claim is about {measure}")  # type: ignore[union-attr]
        return "GEN"
    if (entry.shape == "percent_change") != (measure == "PCT"):
        raise CannotCompute(f"{entry.shape.replace('_', ' ')} does not give {measure}")
    return measure


def _known(what: str, number: Number | None) -> float:
    if number is None or not number.known:
        raise CannotCompute(f"{what} is unknown")
    return float(number)


def _sd(group: Any, n: float, doubted: bool, entry: Result) -> float:
    """The SD of one group, from whatever spread is recorded, read the way that ``doubted`` asks for."""
    spread = group.spread()
    if spread is None:
        raise CannotCompute("no spread (SD, SE or interval) is printed")
    kind, number = spread
    if doubted and entry.doubt:
        kind = entry.doubt.read_as
    if kind == "unstated":
        raise CannotCompute('what its "±" stands for is not stated')
    return float(number) * _TO_SD[kind](n)


def _half_width(n: float) -> float:
    from scipy.special import stdtrit

    return math.sqrt(n) / float(stdtrit(n - 1, 0.975))


_TO_SD: dict[str, Callable[[float], float]] = {
    "sd": lambda n: 1.0,
    "se": math.sqrt,
    "ci_half_width": _half_width,
}


def _means(entry: Result, doubted: bool) -> dict[str, float]:
    columns: dict[str, float] = {}
    for index, group in ((1, entry.means.intervention), (2, entry.means.comparator)):  # type: ignore[union-attr]
        n = _known("a group's size", group.n)
        columns |= {
            f"n{index}": n,
            f"mean{index}": _known("a mean", group.mean),
            f"sd{index}": _sd(group, n, doubted, entry),
        }
    return columns


def _counts(entry: Result, doubted: bool) -> dict[str, float]:
    columns: dict[str, float] = {}
    for index, group in ((1, entry.counts.intervention), (2, entry.counts.comparator)):  # type: ignore[union-attr]
        columns |= {
            f"events{index}": _known("a count", group.events),
            f"n{index}": _known("a group's size", group.n),
        }
    return columns


def _pre_post(entry: Result, doubted: bool) -> dict[str, float]:
    names = ("n", "mean_pre", "sd_pre", "mean_post", "sd_post")
    columns = {name: _known(name, getattr(entry.pre_post, name)) for name in names}
    return {**columns, "r": _known("the correlation of before and after", entry.pre_post.r)}  # type: ignore[union-attr]


def _percent(entry: Result, doubted: bool) -> dict[str, float]:
    data = entry.percent_change
    n = _known("the group's size", data.n)  # type: ignore[union-attr]
    return {"n": n, "percent": _known("the change", data.percent), "sd": _sd(data, n, doubted, entry)}  # type: ignore[union-attr]


def _single(entry: Result, doubted: bool) -> dict[str, float]:
    data = entry.single
    n = _known("the group's size", data.n)  # type: ignore[union-attr]
    return {"n": n, "mean": _known("the mean", data.mean), "sd": _sd(data, n, doubted, entry)}  # type: ignore[union-attr]


def _reported(entry: Result, doubted: bool) -> dict[str, Any]:
    """The estimate with its SE, or with the interval that gives one."""
    data: Any = entry.reported
    scale = analysis_scale(data.measure)
    estimate = _known("the estimate", data.estimate)
    if data.se is not None and data.se.known and scale == "identity":
        return {"y": estimate, "se": float(data.se)}
    interval = {name: _known("the interval", getattr(data, name)) for name in ("low", "high")}
    return {"estimate": estimate, **interval, "level": float(data.level), "scale": scale}


def analysis_scale(measure: str) -> str:
    """The scale on which a printed estimate of this measure is analysed: ``log`` for ratios."""
    from claimbook.effects import MEASURES

    return MEASURES[measure].scale if measure in MEASURES else "identity"


READ: dict[str, Callable[[Any, bool], dict[str, Any]]] = {
    "means": _means,
    "counts": _counts,
    "pre_post": _pre_post,
    "percent_change": _percent,
    "single": _single,
    "reported": _reported,
}


def _direction(entry: Result) -> int | None:
    """Up (1), down (-1) or neither (0), by the printed number or the source's words; None without both."""
    printed = _printed(entry)
    if entry.in_words is not None:
        return IN_WORDS[entry.in_words]
    if printed is None:
        return None
    null = 1.0 if analysis_scale(getattr(entry.data, "measure", "")) == "log" else 0.0
    return (float(printed) > null) - (float(printed) < null)


def _printed(entry: Result) -> Number | None:
    """The number that a source prints for the effect itself, where it does."""
    data: Any = entry.data
    found = next((getattr(data, name) for name in ("percent", "estimate") if hasattr(data, name)), None)
    return found if found is not None and found.known else None


def _said(entry: Result) -> str:
    """``+9 %``, ``SMD 0.3``, ``no change``: what the source says happened, in a few signs."""
    printed = _printed(entry)
    if printed is None:
        told = entry.in_words or ""
        return "no difference" if told == "no change" and entry.shape == "reported" else told
    measure, unit = getattr(entry.data, "measure", "PCT"), entry.unit
    if measure not in {"PCT", "MD", "MC"} or unit == "not stated":
        return f"{measure} {printed}"
    return f"{'+' if float(printed) > 0 else ''}{printed} {'%' if measure == 'PCT' else unit}"


IN_WORDS = {"increase": 1, "decrease": -1, "no change": 0}


def _sizes(entry: Result) -> tuple[float, float]:
    """Group sizes; a single group has no second one."""
    data: Any = entry.data
    if entry.shape in {"means", "counts"}:
        return float(data.intervention.n), float(data.comparator.n)
    return float(data.n) if data.n is not None else math.nan, math.nan


def _own_df(entry: Result) -> float:
    """A printed change of one group is tested against Student's t with n - 1."""
    size = _sizes(entry)[0]
    return size - 1 if entry.shape in {"percent_change", "single"} and size > 1 else math.inf


def inputs(library: Library, study: Study, entry: Result) -> Iterator[Input]:
    """Every number under the result's data, with its place in the source and in the record."""
    index = study.results.index(entry)
    for loc, number in numbers(entry.data):
        place = library.where(study.study, "results", index, entry.shape, *loc)
        yield Input(
            name=" ".join(str(part) for part in loc).replace("_", " "),
            printed=str(number),
            value=float(number),
            status=number.status or entry.status,
            read_in=number.read_in or entry.read_in or study.study,
            where=number.where or entry.where,
            path=place.path,
            line=place.line,
            note=number.formula or number.because or "",
        )


def numbers(model: Any, loc: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Number]]:
    """All Numbers under a model, with their path."""
    from claimbook.records.models import Model, Number

    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, Number):
            yield (*loc, name), value
        elif isinstance(value, Model):
            yield from numbers(value, (*loc, name))
