"""S205, S218 and S219: do p, degrees of freedom, standard error and interval follow from each other?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from claimbook.checks.distributions import t_critical
from claimbook.checks.intervals import (
    ASYMMETRIC,
    FEWEST_DF,
    SCALES,
    Interval,
    decision,
    intervals,
    of_published,
    of_reported,
)
from claimbook.checks.recompute import agrees, p_of_statistic, p_of_t, t_of_change, t_of_means, t_of_pair
from claimbook.checks.rounding import Range, spans, value_of
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import View
from claimbook.records.models import Means, PercentChange, PrePost, Reported

if TYPE_CHECKING:
    from claimbook.problems import Where
    from claimbook.records import Number
    from claimbook.records.models import PValue, Statistic

ALPHA = 0.05
OTHER_TEST = 0.15
"""Share by which a statistic worked out from means and spreads may be off: the source may have tested ranks,
logarithms or raw values where we see percent."""

Recomputed = tuple["Where", "PValue", Range, str]
"""The place of a p, the p as printed, the p values that other numbers allow, and which numbers those are."""


def test_and_p(view: View) -> Iterator[Hit]:
    """The p value does not follow from the numbers printed with it.

    Recomputes p from a test statistic and its degrees of freedom (`test`), from an estimate with its standard
    error or interval, and from a change with its spread. It fires where no values that round to the printed
    ones give the printed p: an error where p lies on the other side of .05, otherwise a warning. A p worked
    out from a spread has room for another test than Student's t.

    Fails:

    ```yaml
    # a result
    test: {kind: t, value: 2.20, df: 28, p: 0.06}
    ```

    Passes:

    ```yaml
    # a result
    test: {kind: t, value: 2.20, df: 28, p: 0.036}
    ```

    Source: Nuijten et al. 2016, Behav Res Methods 48:1205-1226 (statcheck).
    """
    for source in (_from_statistics, _from_means, _from_intervals, _from_standard_errors, _from_changes):
        for where, printed, recomputed, how in source(view):
            if agrees(printed, recomputed):
                continue
            decided, ours = decision(printed, ALPHA), _side(recomputed)
            flips = decided is not None and ours is not None and decided != ours
            message = f"p = {printed.text} is printed, {how} gives {_shown(recomputed)}"
            if agrees(printed, recomputed.scaled(0.5)):
                message += "; half of that is printed, as for a one-sided test"
            yield Hit(where, message, severity="error" if flips else "warning")


def _side(p: Range) -> bool | None:
    return True if p.high < ALPHA else False if p.low > ALPHA else None


def _shown(p: Range) -> str:
    low, high = (f"{x:.2g}" if x >= 0.001 else "<0.001" for x in (p.low, p.high))
    return low if low == high else f"{low} to {high}"


def _from_statistics(view: View) -> Iterator[Recomputed]:
    for item in view.items:
        test = item.result.test
        if test is not None and test.p is not None and (p := p_of_statistic(test)) is not None:
            yield item.where("test", "p"), test.p, p, f"{test.kind}{_degrees(test)} = {test.value}"


def _degrees(test: Statistic) -> str:
    known = ", ".join(str(df) for df in (test.df, test.df2) if df is not None)
    return f"({known})" if known else ""


def _from_means(view: View) -> Iterator[Recomputed]:
    """A p that is printed without its statistic, of a test between two groups."""
    for item, means in view.of(Means):
        test, groups = item.result.test, (means.intervention, means.comparator)
        if test is None or test.p is None or test.value is not None or test.tails == "1":
            continue
        if all(group.sd is not None for group in groups) and (t := t_of_means(means, "sd")) is not None:
            df = sum(float(group.n) for group in groups) - 2
            yield item.where("test", "p"), test.p, _roomy(t, df), "a t test of the printed means and SDs"


def _from_intervals(view: View) -> Iterator[Recomputed]:
    for interval in view.once(intervals):
        if interval.p is not None and (p := p_of_interval(interval)) is not None:
            yield interval.at("p"), interval.p, p, f"the interval {interval}"


def p_of_interval(interval: Interval) -> Range | None:
    """The p values that an interval implies, over all degrees of freedom that it can have.

    None where the estimate is not inside, which is the business of S207.
    """
    ranges = interval.ranges()
    if ranges is None:
        return None
    estimate, low, high = ranges
    half = (high - low).scaled(0.5)
    if half.low <= 0 or estimate.high < low.low or estimate.low > high.high:
        return None
    null = interval.scale.to(interval.null) if interval.on_printed_scale else 0.0
    share = abs(estimate - Range.exactly(null)) / half
    both = [p_of_t(share.scaled(t_critical(df, interval.level)), df) for df in (math.inf, interval.fewest_df)]
    return Range(min(p.low for p in both), max(p.high for p in both))


def _from_standard_errors(view: View) -> Iterator[Recomputed]:
    for item, reported in view.of(Reported):
        if reported.p is None or (reported.low is not None and reported.high is not None):
            continue
        known = spans(reported.estimate, reported.se)
        if known and known[1].low > 0:
            z = abs(known[0]) / known[1]
            p = Range(p_of_t(z, math.inf).low, p_of_t(z, FEWEST_DF).high)
            yield item.within("p"), reported.p, p, "the estimate with its SE"


def _from_changes(view: View) -> Iterator[Recomputed]:
    for item, change in view.of(PercentChange):
        read_as = "sd" if change.sd is not None else "se" if change.se is not None else None
        if change.p is not None and read_as and (t := t_of_change(change, read_as)) is not None:
            yield item.within("p"), change.p, _roomy(t, float(change.n) - 1), "the change with its spread"
    for item, pair in view.of(PrePost):
        if pair.p is not None and (t := t_of_pair(pair)) is not None:
            df = (value_of(pair.n) or 2.0) - 1
            yield item.within("p"), pair.p, _roomy(t, df), "a paired t test of the printed values"


def _roomy(t: Range, df: float) -> Range:
    return p_of_t(Range(t.low * (1 - OTHER_TEST), t.high * (1 + OTHER_TEST)), df)


MORE_TERMS = 3  # degrees of freedom that covariates may take


def degrees_of_freedom(view: View) -> Iterator[Hit]:
    """Degrees of freedom that the people of the result cannot have.

    A t test of two groups has at most their people less two, of one group its people less one; Welch's has at
    least the smaller group less one, and a covariate takes one more. Looks at t, r, and F with one degree in
    the numerator. A mixed model can count otherwise: waive the rule then.

    Fails:

    ```yaml
    # a result
    test: {kind: t, value: 2.20, df: 58, p: 0.032}
    means:
      of: final
      intervention: {arm: trained, n: 12, mean: 104.1, sd: 4.1}
      comparator: {arm: control, n: 12, mean: 100.3, sd: 4.3}
    ```

    Passes:

    ```yaml
    # a result
    test: {kind: t, value: 2.20, df: 22, p: 0.039}
    means:
      of: final
      intervention: {arm: trained, n: 12, mean: 104.1, sd: 4.1}
      comparator: {arm: control, n: 12, mean: 100.3, sd: 4.3}
    ```

    Source: Nuijten et al. 2016, Behav Res Methods 48:1205-1226, on errors in degrees of freedom.
    """
    for item in view.items:
        test, sizes = item.result.test, _sizes(item.result.data)
        if (
            test is None
            or not sizes
            or test.kind not in _FIELD
            or (test.kind == "F" and value_of(test.df) != 1)
        ):
            continue
        field = _FIELD[test.kind]
        df, people = value_of(getattr(test, field)), sum(sizes)
        most = people - (2 if test.kind == "r" else len(sizes))
        least = (most if test.kind == "r" else min(sizes) - 1) - MORE_TERMS
        if df is not None and not least <= df <= most:
            allowed = f"{people:g} people allow {max(least, 1):g} to {most:g}"
            yield Hit(item.where("test", field), f"{df:g} degrees of freedom, where {allowed}")


_FIELD = {"t": "df", "r": "df", "F": "df2"}


def _sizes(data: Any) -> list[float]:
    """People of each group of a result; none where one is not known."""
    groups = [data.intervention, data.comparator] if hasattr(data, "comparator") else [data]
    sizes = [value_of(group.n) for group in groups]
    return [size for size in sizes if size is not None] if None not in sizes else []


FORM = 0.05  # share by which an interval of another form (bootstrap, adjusted) may be wider or narrower


def interval_and_error(view: View) -> Iterator[Hit]:
    """An interval that is not its standard error times a critical value.

    A 95 % interval reaches 1.96 standard errors each way, with Student's t in few people somewhat more. Fires
    for differences and other measures whose interval is symmetrical as printed, where the reach lies outside
    by more than 5 % and rounding.

    Fails:

    ```yaml
    # a result
    reported: {measure: MD, estimate: 2.0, se: 0.9, low: 1.1, high: 2.9}
    ```

    Passes:

    ```yaml
    # a result
    reported: {measure: MD, estimate: 2.0, se: 0.9, low: 0.2, high: 3.8}
    ```

    Source: Cochrane Handbook for Systematic Reviews of Interventions, section 6.3.
    """
    for where, se, interval in _with_errors(view):
        known = spans(interval.low, interval.high, se)
        if known is None or interval.measure.upper() in (*SCALES, *ASYMMETRIC) or known[2].low <= 0:
            continue
        reach = (known[1] - known[0]).scaled(0.5) / known[2]
        least, most = (t_critical(df, interval.level) for df in (math.inf, interval.fewest_df))
        if not reach.meets(Range(least * (1 - FORM), most * (1 + FORM))):
            message = (
                f"{interval} reaches {reach.middle:.2g} standard errors of {se} each way, not {least:.2f}"
            )
            yield Hit(where, message)


def _with_errors(view: View) -> Iterator[tuple[Where, Number, Interval]]:
    """(place of the SE, the SE, the interval) of every estimate with both."""
    for item, data in view.of(Reported):
        if data.se is not None and data.low is not None and data.high is not None:
            yield item.within("se"), data.se, of_reported(item, data)
    for item in view.items:
        for index, published in enumerate(item.result.published):
            if published.se is not None and published.low is not None and published.high is not None:
                yield item.where("published", index, "se"), published.se, of_published(item, index)


CHECKS = (
    Check(
        "S205",
        "test-and-p-disagree",
        "warning",
        test_and_p,
        "Statistic, degrees of freedom and p fix each other; where they do not agree one of them is wrong.",
        "compare statistic, degrees of freedom and p with the source; a one-sided test needs tails: 1",
    ),
    Check(
        "S218",
        "degrees-of-freedom",
        "warning",
        degrees_of_freedom,
        "The test was of other people than the means, or n or the degrees of freedom were copied wrongly.",
        "compare n and the degrees of freedom with the source; people left out of the test belong in `note`",
    ),
    Check(
        "S219",
        "interval-and-se-disagree",
        "warning",
        interval_and_error,
        "Weights follow from the standard error or from the interval, and one of them is wrong.",
        "compare both with the source; an SD called SE, or a 90 % interval, is often the reason",
    ),
)
