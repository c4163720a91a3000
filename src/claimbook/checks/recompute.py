"""Statistics and p values worked out again from printed numbers, as ranges. Nothing here reads a file.

The last functions say of each number that a source computed from means and spreads whether it is reproduced
with the spreads as SDs, and with them as SEs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from claimbook.checks.distributions import chi2_p, f_p, normal_p, t_p
from claimbook.checks.rounding import EDGE, Range, span, spans, value_of

if TYPE_CHECKING:
    from claimbook.records.models import Means, PercentChange, PrePost, PValue, Result, Statistic


def p_of_t(t: Range, df: float) -> Range:
    """Two-sided p values of a range of abs(t)."""
    return Range(t_p(t.high, df), t_p(t.low, df))


def p_of_statistic(test: Statistic) -> Range | None:
    """The p values that a printed statistic can mean; None where a number it needs is not there."""
    statistic = span(test.value)
    degrees = [value_of(test.df), value_of(test.df2)][: _DEGREES[test.kind]]
    if statistic is None or any(df is None or df <= 0 for df in degrees):
        return None
    size, known = abs(statistic), [df for df in degrees if df is not None]
    tail = _TAIL[test.kind]
    p = Range(tail(size.high, *known), tail(size.low, *known))
    return p.scaled(0.5) if test.tails == "1" and test.kind in {"t", "z", "r"} else p


def _r_p(r: float, df: float) -> float:
    return 0.0 if r >= 1 else t_p(r * math.sqrt(df / (1 - r * r)), df)


_DEGREES = {"t": 1, "F": 2, "z": 0, "chi2": 1, "r": 1}
_TAIL: dict[str, Callable[..., float]] = {"t": t_p, "F": f_p, "z": normal_p, "chi2": chi2_p, "r": _r_p}


def t_of_groups(means: tuple[Range, Range], sds: tuple[Range, Range], sizes: tuple[float, float]) -> Range:
    """abs(t) of two means with pooled variance. Sizes must be at least 2."""
    (sd1, sd2), (n1, n2) = sds, sizes
    variance = (sd1.squared().scaled(n1 - 1) + sd2.squared().scaled(n2 - 1)).scaled(1 / (n1 + n2 - 2))
    return abs(means[0] - means[1]) / variance.scaled(1 / n1 + 1 / n2).root()


def t_of_means(means: Means, read_as: str) -> Range | None:
    """abs(t) of two printed means, their spreads read as SDs (``sd``) or as SEs (``se``)."""
    a, b = means.intervention, means.comparator
    n1, n2 = value_of(a.n), value_of(b.n)
    first, second = a.spread(), b.spread()
    known = spans(a.mean, b.mean, first[1], second[1]) if first and second else None
    if known is None or n1 is None or n2 is None or min(n1, n2) < 2:
        return None
    roots = (1.0, 1.0) if read_as == "sd" else (math.sqrt(n1), math.sqrt(n2))
    sds = (known[2].scaled(roots[0]), known[3].scaled(roots[1]))
    return t_of_groups((known[0], known[1]), sds, (n1, n2))


def t_of_change(change: PercentChange, read_as: str) -> Range | None:
    """abs(t) of one group's change, its spread read as an SD (``sd``) or as an SE (``se``)."""
    spread, n = change.spread(), value_of(change.n)
    known = spans(change.percent, spread[1]) if spread else None
    if known is None or n is None or n < 2 or known[1].low <= 0:
        return None
    return abs(known[0]) / known[1].scaled(1 / math.sqrt(n) if read_as == "sd" else 1.0)


def t_of_pair(pair: PrePost) -> Range | None:
    """abs(t) of before and after; where neither the SD of the change nor r is printed, any r is allowed."""
    known, n = spans(pair.mean_pre, pair.mean_post, pair.sd_pre, pair.sd_post), value_of(pair.n)
    if known is None or n is None or n < 2:
        return None
    change = abs(known[1] - known[0]).scaled(math.sqrt(n))
    spread = span(pair.sd_change) or sd_of_change(known[2], known[3], span(pair.r) or Range(-1.0, 1.0))
    return (
        Range(change.low / spread.high, change.high / spread.low if spread.low > 0 else math.inf)
        if spread.high > 0
        else None
    )


def sd_of_change(sd_pre: Range, sd_post: Range, r: Range) -> Range:
    """The SD of a change from the SDs before and after and their correlation.

    s1^2 + s2^2 - 2 r s1 s2, written as (s1 - s2)^2 + 2 (1 - r) s1 s2 so that ranges stay narrow.
    """
    unshared = Range(max(0.0, 1 - min(r.high, 1.0)), 1 - max(r.low, -1.0))
    return (abs(sd_pre - sd_post).squared() + (sd_pre * sd_post * unshared).scaled(2)).root()


def agrees(p: PValue, recomputed: Range) -> bool:
    """Can the printed p be one of these? A bound (<0.05) holds when any of them keeps it."""
    if p.sign == "<":
        return recomputed.low < p.value * (1 + EDGE)
    if p.sign == ">":
        return recomputed.high >= p.value * (1 - EDGE)
    return recomputed.meets(Range(p.value - p.half_unit, p.value + p.half_unit))


NEAR = 0.06  # share by which a recomputed statistic may be off: another variance, a small-sample correction
Fit = tuple[str, bool, bool]  # a printed number, and whether it is reproduced with SDs and with SEs


def _near(statistic: Range) -> Range:
    return Range(statistic.low * (1 - NEAR), statistic.high * (1 + NEAR))


def _ts(means: Means | None) -> tuple[Range, Range] | None:
    """abs(t) of two means with their spreads as SDs, and as SEs."""
    as_sd, as_se = (t_of_means(means, read_as) if means else None for read_as in ("sd", "se"))
    return (_near(as_sd), _near(as_se)) if as_sd and as_se else None


def test_reproduced(result: Result) -> list[Fit]:
    """Of a t, of an F with one degree of freedom, or of a p without its statistic."""
    means, test = result.means, result.test
    ts = _ts(means) if test else None
    if means is None or test is None or ts is None:
        return []
    statistic = span(test.value)
    if statistic and (test.kind == "t" or (test.kind == "F" and value_of(test.df) == 1)):
        printed = abs(statistic) if test.kind == "t" else statistic.root()
        return [(f"{test.kind} = {test.value}", printed.meets(ts[0]), printed.meets(ts[1]))]
    if test.p is not None and statistic is None and test.tails == "2":
        df = float(means.intervention.n) + float(means.comparator.n) - 2
        return [(f"p {test.p.text}", agrees(test.p, p_of_t(ts[0], df)), agrees(test.p, p_of_t(ts[1], df)))]
    return []


def published_reproduced(result: Result) -> list[Fit]:
    """Of the standardised differences that others computed."""
    means, found = result.means, []
    ts = _ts(means) if result.published else None
    for published in result.published if ts else ():
        printed = span(published.estimate)
        if means and ts and printed and published.measure.startswith("SMD"):
            root = math.sqrt(1 / float(means.intervention.n) + 1 / float(means.comparator.n))
            as_sd, as_se = (abs(printed).meets(t.scaled(root)) for t in ts)
            found.append((f"the SMD {published.estimate}", as_sd, as_se))
    return found


def change_reproduced(result: Result) -> list[Fit]:
    """Of the exact p of one group's change in percent."""
    change = result.percent_change
    if change is None or change.p is None or change.p.sign != "=":
        return []
    ts = [t_of_change(change, read_as) for read_as in ("sd", "se")]
    fits = [t is not None and agrees(change.p, p_of_t(_near(t), float(change.n) - 1)) for t in ts]
    return [(f"p = {change.p.text}", fits[0], fits[1])]


EFFECTS = ((0.85, 0.7), (0.15, 2.0))
"""What true standardised effects look like: most within one SD, a few far beyond (weight, SD)."""
BEYOND = 20.0  # effects from which nothing more is learned


def larger_effect(effect: float, sizes: Sequence[float]) -> float:
    """How much likelier an effect of so many printed spreads between two groups is with SEs; at least 1.

    Read as SEs the effect is smaller by the root of the group size, and small effects are the usual ones.
    """
    root = math.exp(sum(math.log(n) for n in sizes) / (2 * len(sizes)))
    noise, effect = sum(1 / n for n in sizes), min(abs(effect), BEYOND)

    def density(x: float) -> float:
        return sum(
            w * math.exp(-x * x / (2 * (s * s + noise))) / math.sqrt(s * s + noise) for w, s in EFFECTS
        )

    return max(1.0, density(effect / root) / root / max(density(effect), 1e-300))
