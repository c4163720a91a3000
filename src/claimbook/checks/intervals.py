"""S206 to S208: an estimate, its interval and its p value must tell one story."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from claimbook.checks.rounding import Range, spans, value_of
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import Item, View
from claimbook.records.models import Reported

if TYPE_CHECKING:
    from claimbook.problems import Where
    from claimbook.records import Number
    from claimbook.records.models import PValue

SKEW = 0.02
"""Share of the half-width by which the centre may be off without a hit: an exact interval of a standardised
difference (noncentral t) is not quite symmetrical, and from eight people a group on stays within this."""


class Scale(NamedTuple):
    """Where a measure's interval is symmetrical, the null as printed, and which values the measure can have.

    ``possible`` includes the ends of the measure's own range (a ratio printed 0.00), ``defined`` does not.
    """

    to: Callable[[float], float]
    back: Callable[[float], float]
    null: float
    possible: Callable[[float], bool]
    defined: Callable[[float], bool]


_IDENTITY = Scale(float, float, 0.0, lambda x: True, lambda x: True)
_LOG = Scale(math.log, math.exp, 1.0, lambda x: x >= 0, lambda x: x > 0)
_FISHER = Scale(math.atanh, math.tanh, 0.0, lambda x: abs(x) <= 1, lambda x: abs(x) < 1)
SCALES = dict.fromkeys(("RR", "OR", "PETO", "HR", "IRR", "ROM", "ROMC", "VR", "CVR"), _LOG) | dict.fromkeys(
    ("COR", "UCOR", "PCOR", "SPCOR"), _FISHER
)
ASYMMETRIC = frozenset({"PR", "IR", "RPB", "RBIS", "AUC"})
"""Measures whose usual intervals are centred on no scale that we could name."""


FEWEST_DF = 4.0  # degrees of freedom that an interval of unknown make may have at the least


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval as printed, with the way back to each of them.

    The interval can be normal or made with Student's t, with ``fewest_df`` degrees of freedom at the least.
    """

    at: Callable[[str], Where]
    measure: str
    estimate: Number
    low: Number
    high: Number
    level: float
    p: PValue | None
    fewest_df: float = FEWEST_DF

    @property
    def scale(self) -> Scale:
        return SCALES.get(self.measure.upper(), _IDENTITY)

    def ranges(self) -> tuple[Range, Range, Range] | None:
        """Estimate, low and high on the scale of analysis; None where unknown or hidden by rounding.

        Bounds that the measure cannot have (a negative ratio) show that the source prints that scale already.
        """
        printed = spans(self.estimate, self.low, self.high)
        if printed is None:
            return None
        scale = self.scale if self.on_printed_scale else _IDENTITY
        if not all(scale.defined(r.low) and scale.defined(r.high) for r in printed):
            return None
        estimate, low, high = (r.through(scale.to) for r in printed)
        return estimate, low, high

    @property
    def on_printed_scale(self) -> bool:
        """Could these be values of the measure itself, not of its logarithm or z?"""
        return all(self.scale.possible(float(number)) for number in (self.estimate, self.low, self.high))

    @property
    def null(self) -> float:
        return self.scale.null if self.on_printed_scale else 0.0

    @property
    def centre(self) -> float:
        """The centre of the interval as the source would print it."""
        low, high = float(self.low), float(self.high)
        to, back = (self.scale.to, self.scale.back) if self.on_printed_scale else (float, float)
        return back(to(low) / 2 + to(high) / 2)

    def __str__(self) -> str:
        return f"({self.low}, {self.high})"


def intervals(view: View) -> list[Interval]:
    """Every estimate printed with an interval: of results, and those that others computed from them."""
    return list(_intervals(view))


def _intervals(view: View) -> Iterator[Interval]:
    for item, data in view.of(Reported):
        if data.low is not None and data.high is not None:
            yield of_reported(item, data)
    for item in view.items:
        for index, published in enumerate(item.result.published):
            if published.low is not None and published.high is not None:
                yield of_published(item, index)


def of_reported(item: Item, data: Reported) -> Interval:
    """The interval of a reported estimate, which must have both bounds."""
    assert data.low is not None and data.high is not None
    bounds, level = (data.low, data.high), float(data.level)
    return Interval(item.within, data.measure, data.estimate, *bounds, level, data.p, _fewest_df(data))


def _fewest_df(data: Reported) -> float:
    """k - 1 for a review, n - 2 for a study that says its n."""
    k, n = value_of(data.k), value_of(data.n)
    known = k - 1 if k is not None else n - 2 if n is not None else FEWEST_DF
    return max(1.0, known)


def of_published(item: Item, index: int) -> Interval:
    """The interval of a published value, which must have both bounds."""
    published = item.result.published[index]
    assert published.low is not None and published.high is not None
    at = partial(item.where, "published", index)
    return Interval(at, published.measure, published.estimate, published.low, published.high, 0.95, None)


def off_centre(view: View) -> Iterator[Hit]:
    """An estimate that is not the centre of its interval.

    An interval made as estimate minus and plus a margin has the estimate in its middle: as printed for
    differences, on the log scale for ratios, on Fisher's z for correlations. Fires where no values that round
    to the printed ones would do, with 2 % of the half-width to spare for exact intervals.

    Fails:

    ```yaml
    # a result
    reported: {measure: SMD, estimate: -0.01, low: -0.16, high: 0.18}
    ```

    Passes:

    ```yaml
    # a result
    reported: {measure: OR, estimate: 2.0, low: 1.0, high: 4.0}
    ```

    Source: the rule follows from how such intervals are made (Altman & Bland 2011, BMJ 343:d2090).
    """
    for interval in view.once(intervals):
        ranges = interval.ranges()
        if ranges is None or interval.measure.upper() in ASYMMETRIC:
            continue
        estimate, low, high = ranges
        room = SKEW * abs(high.middle - low.middle) / 2
        if not (low + high).scaled(0.5).wider(room).meets(estimate):
            message = (
                f"{interval.estimate} is not the centre of {interval}; the centre is {interval.centre:.3g}"
            )
            yield Hit(interval.at("estimate"), message + _turned(estimate, low, high, room))


def _turned(estimate: Range, low: Range, high: Range, room: float) -> str:
    """Would one changed sign put the estimate into the centre?"""
    minus = Range.exactly(-1.0)
    if (low + high).scaled(0.5).wider(room).meets(estimate * minus):
        return "; with the other sign it would fit"
    if (low * minus + high).scaled(0.5).wider(room).meets(estimate):
        return "; with the other sign of the lower bound it would fit"
    if (low + high * minus).scaled(0.5).wider(room).meets(estimate):
        return "; with the other sign of the upper bound it would fit"
    return ""


def outside(view: View) -> Iterator[Hit]:
    """An estimate outside its own interval, or bounds in the wrong order.

    Fails:

    ```yaml
    # a result
    reported: {measure: MD, estimate: 2.4, low: 0.3, high: 1.9}
    ```

    Passes:

    ```yaml
    # a result
    reported: {measure: MD, estimate: 1.1, low: 0.3, high: 1.9}
    ```

    Source: the definition of an interval estimate.
    """
    for interval in view.once(intervals):
        printed = spans(interval.estimate, interval.low, interval.high)
        if printed is None:
            continue
        estimate, low, high = printed
        if float(interval.low) > float(interval.high):
            yield Hit(
                interval.at("low"), f"the lower bound {interval.low} is above the upper bound {interval.high}"
            )
        elif estimate.high < low.low or estimate.low > high.high:
            yield Hit(
                interval.at("estimate"), f"{interval.estimate} lies outside its own interval {interval}"
            )


def against_p(view: View) -> Iterator[Hit]:
    """The interval excludes the null and p says it should not, or the reverse.

    A 95 % interval excludes the null exactly where p < .05, whatever distribution both were made with. Fires
    only where rounding leaves no doubt on either side.

    Fails:

    ```yaml
    # a result
    reported: {measure: SMD, estimate: -0.28, low: -0.48, high: -0.08, p: 0.07}
    ```

    Passes:

    ```yaml
    # a result
    reported: {measure: SMD, estimate: -0.28, low: -0.48, high: -0.08, p: 0.007}
    ```

    Source: the duality of tests and intervals (Altman & Bland 2011, BMJ 343:d2304).
    """
    for interval in view.once(intervals):
        printed = spans(interval.low, interval.high)
        if printed is None or interval.p is None or printed[0].middle > printed[1].middle:
            continue
        low, high = printed
        alpha, null = 1 - interval.level, interval.null
        decided = decision(interval.p, alpha)
        if (low.low > null or high.high < null) and decided is False:
            message = f"{interval} excludes {null:g}, but p = {interval.p.text} says it does not"
            yield Hit(interval.at("p"), message)
        elif low.high < null < high.low and decided is True:
            message = f"{interval} includes {null:g}, but p = {interval.p.text} says it does not"
            yield Hit(interval.at("p"), message)


def decision(p: PValue, alpha: float) -> bool | None:
    """Is p below alpha? None where the printed p leaves it open."""
    if p.sign == "<":
        return True if p.value <= alpha * (1 + 1e-9) else None
    if p.sign == ">":
        return False if p.value >= alpha * (1 - 1e-9) else None
    if p.value + p.half_unit < alpha:
        return True
    return False if p.value - p.half_unit > alpha else None


_RETYPE = "compare every digit and sign with the source; if it prints them so, waive the rule and say that"

CHECKS = (
    Check(
        "S206",
        "interval-off-centre",
        "error",
        off_centre,
        "A symmetrical interval cannot have this centre: a sign or a digit slipped, here or in the source.",
        _RETYPE,
    ),
    Check(
        "S207",
        "estimate-outside-interval",
        "error",
        outside,
        "An interval estimate holds its own estimate; one of the three numbers is wrong.",
        _RETYPE,
    ),
    Check(
        "S208",
        "interval-and-p-disagree",
        "error",
        against_p,
        "Interval and p lead to opposite conclusions, so one of them is wrong.",
        _RETYPE,
    ),
)
