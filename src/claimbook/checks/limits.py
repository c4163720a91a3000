"""S211 and S214: spreads and means beyond what scales and bodies allow."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from claimbook.checks.cells import Cell
from claimbook.checks.distributions import chi2_cdf
from claimbook.checks.rounding import Range, span, value_of
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import View

RARE = 0.01  # a spread that the least varied group shows less often than this is not believed


def spread_in_range(view: View) -> Iterator[Hit]:
    """A spread of zero or less, or beyond what the scale's limits allow.

    On a scale from a to b the SD is largest when everybody stands at one of the ends: its square is at most
    (b - m)(m - a) n / (n - 1). The limits stand in the result's `scale`; without them only the sign is
    checked. A mean outside the limits fires as well.

    Fails:

    ```yaml
    # a result
    scale: {low: 1, high: 7}
    single: {arm: trained, n: 20, mean: 6.5, sd: 2.4}
    ```

    Passes:

    ```yaml
    # a result
    scale: {low: 1, high: 7}
    single: {arm: trained, n: 20, mean: 6.5, sd: 0.9}
    ```

    Source: Bhatia & Davis 2000, Am Math Mon 107:353-357.
    """
    for cell in view.cells:
        spread = value_of(cell.spread)
        if spread is not None and spread <= 0:
            yield Hit(cell.at_spread, f"{cell.word} {cell.spread} is not above zero")
        elif limits := _limits(cell):
            yield from _beyond_limits(cell, limits)


def _limits(cell: Cell) -> Range | None:
    if cell.scale is None or cell.change:
        return None
    low, high = value_of(cell.scale.low), value_of(cell.scale.high)
    return Range(low, high) if low is not None and high is not None and low < high else None


def _beyond_limits(cell: Cell, limits: Range) -> Iterator[Hit]:
    mean, sd, n = span(cell.mean), cell.sd(), cell.size
    if mean is None:
        return
    if not mean.meets(limits):
        yield Hit(
            cell.at_mean, f"mean {cell.mean} is outside the scale from {limits.low:g} to {limits.high:g}"
        )
    elif sd is not None and n is not None and n >= 2:
        largest = largest_sd(mean, limits, n)
        if sd.low > largest:
            where = f"mean {cell.mean}, n = {cell.n} on a scale from {limits.low:g} to {limits.high:g}"
            yield Hit(
                cell.at_spread,
                f"{cell.word} {cell.spread} is too large for {where}: at most {largest:.3g} as SD",
            )


def largest_sd(mean: Range, limits: Range, n: float) -> float:
    """The largest SD that any mean in the range allows (Bhatia & Davis 2000, with n / (n - 1))."""
    m = min(max((limits.low + limits.high) / 2, mean.low), mean.high)
    return math.sqrt(max(0.0, (limits.high - m) * (m - limits.low)) * n / (n - 1))


class Body(NamedTuple):
    """What groups of people show: units with their factor, group means, and the SDs among their members.

    ``least`` is the SD of the least varied groups, for one sex and for both: a lower one needs people chosen
    by that measure. ``most`` is an SD beyond any group's.
    """

    units: dict[str, float]
    means: tuple[float, float]
    least: tuple[float, float]
    most: float


_YEARS = {"years": 1.0, "year": 1.0, "yr": 1.0, "yrs": 1.0, "y": 1.0, "months": 1 / 12}
_CM = {"cm": 1.0, "m": 100.0, "mm": 0.1, "in": 2.54, "inches": 2.54}
_KG = {"kg": 1.0, "g": 0.001, "lb": 0.4536, "lbs": 0.4536}
BODIES = {
    r"age\b": Body(_YEARS, (0.0, 110.0), (0.0, 0.0), 30.0),
    r"(body )?(height|stature)\b": Body(_CM, (45.0, 215.0), (4.0, 6.0), 30.0),
    r"(body )?(mass|weight)\b(?! index)": Body(_KG, (2.0, 250.0), (4.0, 6.0), 60.0),
    r"(bmi|body mass index)\b": Body(
        {"kg/m2": 1.0, "kg/m^2": 1.0, "kg/m²": 1.0, "kg·m-2": 1.0}, (9.0, 80.0), (1.0, 1.0), 20.0
    ),
}


def body_is_plausible(view: View) -> Iterator[Hit]:
    """Age, height or mass with a mean or a spread that no such group has.

    Heights of adults of one sex have an SD of 6 to 7 cm; twelve people of both sexes with an SD of 1.9 cm do
    not exist, but 1.9 is a likely SE of twelve. Fires where the printed spread, taken as an SD, would be seen
    in less than one in a hundred of the least varied groups, and for means and spreads no group has. An
    unlabelled spread is judged as printed, also where the curator has read it as an SE: a waiver with that
    reason then keeps the argument with the record.

    Fails:

    ```yaml
    # a record
    population:
      description: Students
      sex: mixed
      traits: [{what: height, unit: cm, n: 12, mean: 169.8, sd: 1.9, where: abstract}]
    ```

    Passes:

    ```yaml
    # a record
    population:
      description: Students
      sex: mixed
      traits: [{what: height, unit: cm, n: 12, mean: 169.8, se: 1.9, where: abstract}]
    ```

    Source: SDs of height and mass in national surveys, e.g. Fryar et al. 2021, NCHS Vital Health Stat 3(46).
    """
    for cell in view.cells:
        trait, body = cell.trait, _body(cell)
        if trait is None or body is None:
            continue
        factor = body.units[trait.unit.lower()]
        mean = value_of(cell.mean)
        if mean is not None and not body.means[0] <= mean * factor <= body.means[1]:
            yield Hit(cell.at_mean, f"a mean {trait.what} of {cell.mean} {trait.unit}")
        elif message := _odd_spread(cell, body, factor):
            yield Hit(
                cell.at_spread,
                f"{trait.what} {cell.mean} with {cell.word} {cell.spread} {trait.unit}: {message}",
            )


def _body(cell: Cell) -> Body | None:
    """What groups show of the trait of a cell, in its unit; None where that is not known."""
    trait = cell.trait
    found = next((b for words, b in BODIES.items() if trait and re.match(words, trait.what.lower())), None)
    return found if found and trait and trait.unit.lower() in found.units else None


def _odd_spread(cell: Cell, body: Body, factor: float) -> str:
    as_read = cell.sd()
    if as_read is not None and as_read.low * factor > body.most:
        return f"an SD of {as_read.middle:.3g} is more than any group has"
    printed, n = span(cell.spread), cell.size
    if printed is None or n is None or not too_alike(cell) or (cell.kind != "sd" and cell.labelled):
        return ""
    as_se = printed.middle * math.sqrt(n)
    return f"no {n:g} such people are so alike; as an SE it gives an SD of {as_se:.3g}"


def too_alike(cell: Cell) -> bool:
    """Is the printed spread of a body measure, taken as an SD, lower than any such group's?"""
    body, printed, n = _body(cell), span(cell.spread), cell.size
    if body is None or cell.trait is None or printed is None or n is None or n < 3:
        return False
    least = body.least[cell.study.population.sex == "mixed"]
    ratio = printed.high * body.units[cell.trait.unit.lower()] / least if least else math.inf
    return chi2_cdf((n - 1) * ratio * ratio, n - 1) < RARE if least else False


CHECKS = (
    Check(
        "S211",
        "sd-out-of-range",
        "error",
        spread_in_range,
        "Nobody's data can have this spread; weights and standardised effects made from it are wrong.",
        "compare mean, spread, n and the limits of the scale with the source",
    ),
    Check(
        "S214",
        "age-or-body-implausible",
        "warning",
        body_is_plausible,
        "A spread that no group has is a slip or an SE, and then the outcomes' spreads often are SEs too.",
        "look in the source for what the spread is; write it as `se`, or as `dispersion` with the reason",
    ),
)
