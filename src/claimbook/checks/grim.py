"""S202 to S204: can whole-number data have this mean and this SD? GRIM, GRIMMER and DEBIT.

The three tests are pure functions of ranges (``grim``, ``grimmer``, ``debit``); each answers True where some
data set could print these numbers. They need a result's ``scale`` to say that its data are whole numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from claimbook.checks.cells import Cell
from claimbook.checks.rounding import EDGE, Range, span, value_of
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import View

MANY = 200  # with more possible sums than this, some SD always fits
POWERLESS = 1e6  # groups, means and SDs beyond which printed decimals never tell


def possible_sums(mean: Range, n: int, items: int = 1) -> range:
    """The sums of ``n * items`` whole numbers whose mean lies in the range."""
    whole = n * items
    slack = EDGE * max(1.0, abs(mean.low * whole), abs(mean.high * whole))
    return range(math.ceil(mean.low * whole - slack), math.floor(mean.high * whole + slack) + 1)


def grim(mean: Range, n: int, items: int = 1) -> bool:
    """Is there a sum of whole numbers that gives this mean? (Brown & Heathers 2017)"""
    return len(possible_sums(mean, n, items)) > 0


def grimmer(mean: Range, sd: Range, n: int, items: int = 1) -> bool:
    """Are there whole numbers with this mean and this SD? (Anaya 2016; analytic form Allard 2018)

    With S the sum of the people's whole-number totals and Q the sum of their squares,
    (n - 1) (items sd)^2 = Q - S^2 / n. Q is whole, has the parity of S (a square has the parity of its
    root), and is at least what n whole numbers of sum S must have.
    """
    sums = possible_sums(mean, n, items)
    if n < 2 or len(sums) > MANY or sd.high > POWERLESS:
        return len(sums) > 0
    return any(_some_square_sum(s, sd, n, items) for s in sums)


def _some_square_sum(s: int, sd: Range, n: int, items: int) -> bool:
    quotient, remainder = divmod(s, n)
    least = n * quotient * quotient + 2 * quotient * remainder + remainder
    spread = sd.scaled(items).squared().scaled(n - 1)
    square = s * s / n
    slack = EDGE * max(1.0, square + spread.high)
    first = max(math.ceil(square + spread.low - slack), least)
    first += (first - s) % 2
    return first <= square + spread.high + slack


def debit(mean: Range, sd: Range, n: int) -> bool:
    """Can 0/1 data have this mean and SD? SD^2 = m (1 - m) n / (n - 1) (Heathers & Brown 2019)"""
    low, high = max(mean.low, 0.0), min(mean.high, 1.0)
    if low > high or n < 2:
        return False
    variances = [m * (1 - m) for m in (low, high, *([0.5] if low <= 0.5 <= high else []))]
    return Range(min(variances), max(variances)).scaled(n / (n - 1)).root().meets(sd)


def mean_of_whole_numbers(view: View) -> Iterator[Hit]:
    """A mean that no whole numbers can have at this group size.

    The mean of n whole numbers is a whole number divided by n. With 28 people, means go in steps of 1/28:
    5.18 and 5.21 exist, 5.19 does not. The test has no power where n times the number of items exceeds 10 to
    the power of the printed decimals, and it needs to know that the data are whole numbers: say so with
    `scale`, whose `items` counts the whole numbers averaged for one person (1 for a count or one question).

    Fails:

    ```yaml
    # a result
    scale: {items: 1, low: 1, high: 7}
    single: {arm: trained, n: 28, mean: 5.19, sd: 1.2}
    ```

    Passes:

    ```yaml
    # a result
    scale: {items: 1, low: 1, high: 7}
    single: {arm: trained, n: 28, mean: 5.18, sd: 1.2}
    ```

    Source: Brown & Heathers 2017, Soc Psychol Personal Sci 8:363-369.
    """
    for cell, n, items in _whole(view):
        mean = span(cell.mean)
        if mean and not grim(mean, n, items):
            message = (
                f"mean {cell.mean} is impossible for n = {n}{_of_items(items)}; {_nearest(mean, n, items)}"
            )
            yield Hit(cell.at_mean, message)


def spread_of_whole_numbers(view: View) -> Iterator[Hit]:
    """An SD that no whole numbers with this mean can have at this group size.

    The sum of squares of whole numbers is whole, and even or odd together with their sum; most SDs with two
    decimals are therefore impossible in a small group. Fires only where the mean itself is possible.

    Fails:

    ```yaml
    # a result
    scale: {items: 1}
    single: {arm: trained, n: 18, mean: 3.44, sd: 2.47}
    ```

    Passes:

    ```yaml
    # a result
    scale: {items: 1}
    single: {arm: trained, n: 28, mean: 5.21, sd: 1.60}
    ```

    Source: Anaya 2016, PeerJ Preprints 4:e2400v1; Allard 2018, Analytic-GRIMMER.
    """
    for cell, n, items in _whole(view):
        mean, sd = span(cell.mean), cell.sd()
        if mean and sd and sd.low >= 0 and grim(mean, n, items) and not grimmer(mean, sd, n, items):
            impossible = f"{cell.spread} is impossible for whole numbers with mean {cell.mean}, n = {n}"
            yield Hit(cell.at_spread, f"{cell.word} {impossible}")


def spread_of_yes_or_no(view: View) -> Iterator[Hit]:
    """The SD of 0/1 data does not follow from their mean.

    For data that are all 0 or 1 the mean fixes the SD: the square root of m (1 - m) n / (n - 1). `scale` says
    that the data are of this kind.

    Fails:

    ```yaml
    # a result
    scale: {items: 1, low: 0, high: 1}
    single: {arm: trained, n: 50, mean: 0.20, sd: 0.35}
    ```

    Passes:

    ```yaml
    # a result
    scale: {items: 1, low: 0, high: 1}
    single: {arm: trained, n: 50, mean: 0.20, sd: 0.40}
    ```

    Source: Heathers & Brown 2019, DEBIT: a simple consistency test for binary data.
    """
    for cell, n, items in _whole(view):
        mean, sd = span(cell.mean), cell.sd()
        if items == 1 and _is_binary(cell) and mean and sd and not debit(mean, sd, n):
            m = min(max(mean.middle, 0.0), 1.0)
            expected = math.sqrt(m * (1 - m) * n / (n - 1)) if n > 1 else 0.0
            message = f"{cell.word} {cell.spread} does not fit 0/1 data with mean {cell.mean}, n = {n}"
            yield Hit(cell.at_spread, f"{message} (their SD is {expected:.3g})")


def _whole(view: View) -> Iterator[tuple[Cell, int, int]]:
    """The cells whose data are whole numbers, with n and the items averaged for one person."""
    for cell in view.cells:
        n = cell.size
        mean = value_of(cell.mean)
        if n is None or mean is None or not 1 <= n <= POWERLESS or abs(mean) > POWERLESS:
            continue
        items = cell.scale.items if cell.scale else None
        if items and n == int(n) and n * items <= POWERLESS:
            yield cell, int(n), items


def _is_binary(cell: Cell) -> bool:
    limits = (cell.scale.low, cell.scale.high) if cell.scale else (None, None)
    return all(limit is not None and limit.known for limit in limits) and [float(x) for x in limits if x] == [
        0.0,
        1.0,
    ]


def _of_items(items: int) -> str:
    return f" and {items} items" if items > 1 else ""


def _nearest(mean: Range, n: int, items: int) -> str:
    below = math.floor(mean.middle * n * items)
    return f"the nearest are {below / (n * items):.4g} and {(below + 1) / (n * items):.4g}"


_WHY = (
    "Whole-number data can print only certain values; an impossible one is a slip, other data, or another n."
)
_FIX = "check n, the decimals and whether the data are whole numbers; correct `scale` where they are not"

CHECKS = (
    Check("S202", "grim", "error", mean_of_whole_numbers, _WHY, _FIX),
    Check("S203", "grimmer", "error", spread_of_whole_numbers, _WHY, _FIX),
    Check("S204", "debit", "error", spread_of_yes_or_no, _WHY, _FIX),
)
