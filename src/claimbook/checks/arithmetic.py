"""S209 and S212: before, after and change must add up, and so must their SDs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial

from claimbook.checks.rounding import Range, span, spans
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import Item, View
from claimbook.problems import Where
from claimbook.records import Number
from claimbook.records.models import Means, PercentChange, PrePost

Change = tuple[Callable[[], Where], Number | None, str]
"""A printed change: where, the number, and "" for the result's own unit or " %"."""
Group = tuple[str, str, str, str | None, str | None, frozenset[str]]
_FILLER = frozenset(
    {"change", "changes", "from", "baseline", "before", "after", "in", "of", "the", "percent"}
)


def change_adds_up(view: View) -> Iterator[Hit]:
    """A printed change that is not the difference of the printed values before and after.

    Compares the change and the percent change with the means, inside one result and between results of one
    arm, outcome and time. The mean of each person's percent change is not quite the percent change of the
    means; a percent change may therefore be off by the squared coefficient of variation.

    Fails:

    ```yaml
    # a result
    pre_post: {arm: trained, n: 12, mean_pre: 50.0, sd_pre: 6.0, mean_post: 54.0, sd_post: 6.5, percent: 18.0}
    ```

    Passes:

    ```yaml
    # a result
    pre_post: {arm: trained, n: 12, mean_pre: 50.0, sd_pre: 6.0, mean_post: 54.0, sd_post: 6.5, percent: 8.3}
    ```

    Source: arithmetic.
    """
    elsewhere = _changes_by_group(view)
    for item, pair in view.of(PrePost):
        known = spans(pair.mean_pre, pair.mean_post)
        if known is None:
            continue
        own: list[Change] = [
            (partial(item.within, "change"), pair.change, ""),
            (partial(item.within, "percent"), pair.percent, " %"),
        ]
        expected = {"": known[1] - known[0], " %": _percent(pair, *known)}
        for where, number, unit in own + elsewhere[_group(item, pair.arm)]:
            printed, computed = span(number), expected[unit]
            if printed and computed and not printed.meets(computed):
                gives = f"{pair.mean_pre} before and {pair.mean_post} after give {computed.middle:.3g}{unit}"
                yield Hit(where(), f"a change of {number}{unit} is printed, {gives}")


def _percent(pair: PrePost, pre: Range, post: Range) -> Range | None:
    """The percent change of the means, with room for the mean of the persons' own percent changes."""
    if pre.low <= 0:
        return None
    middle = pre.middle
    sd = span(pair.sd_pre)
    variation = sd.high / middle if sd and 0 < sd.high < middle else 0.0
    room = 100 * variation * variation
    return ((post / Range.exactly(middle) - Range.exactly(1.0)).scaled(100)).wider(
        room + 100 * (pre.high - middle) / middle
    )


def _group(item: Item, arm: str) -> Group:
    result = item.result
    measured = frozenset(re.findall(r"\w+", result.what.lower())) - _FILLER
    return item.key, arm, result.outcome, result.time, result.subgroup, measured


def _changes_by_group(view: View) -> dict[Group, list[Change]]:
    """Changes that stand in results of their own, by arm, measurement and time."""
    table: dict[Group, list[Change]] = defaultdict(list)
    for item, means in view.of(Means):
        for side in ("intervention", "comparator") if means.of == "change" else ():
            group = getattr(means, side)
            table[_group(item, group.arm)].append((partial(item.within, side, "mean"), group.mean, ""))
    for item, change in view.of(PercentChange):
        table[_group(item, change.arm)].append((partial(item.within, "percent"), change.percent, " %"))
    return table


def correlation_is_possible(view: View) -> Iterator[Hit]:
    """SDs before, after and of the change that no correlation can join.

    The SD of a change lies between the difference of the two SDs (r = 1) and their sum (r = -1). A printed
    correlation must also be the one that the three SDs imply.

    Fails:

    ```yaml
    # a result
    pre_post: {arm: trained, n: 12, mean_pre: 50, sd_pre: 6.0, mean_post: 54, sd_post: 6.5, sd_change: 14.0}
    ```

    Passes:

    ```yaml
    # a result
    pre_post: {arm: trained, n: 12, mean_pre: 50, sd_pre: 6.0, mean_post: 54, sd_post: 6.5, sd_change: 3.0}
    ```

    Source: Cochrane Handbook for Systematic Reviews of Interventions, section 6.5.2.8.
    """
    for item, pair in view.of(PrePost):
        r = span(pair.r)
        if r and (r.low > 1 or r.high < -1):
            yield Hit(item.within("r"), f"a correlation of {pair.r} does not exist")
        known = spans(pair.sd_pre, pair.sd_post, pair.sd_change)
        if known is None or min(known[0].low, known[1].low) < 0:
            continue
        pre, post, change = known
        least, most = abs(pre - post).low, (pre + post).high
        if change.high < least or change.low > most:
            both = f"SDs of {pair.sd_pre} and {pair.sd_post}"
            message = f"{both} allow an SD of the change from {least:.3g} to {most:.3g}, not {pair.sd_change}"
            yield Hit(item.within("sd_change"), message)
        elif r and not r.meets(implied := _implied(pre, post, change)):
            low, high = max(-1.0, implied.low), min(1.0, implied.high)
            message = f"r = {pair.r} is printed, the three SDs imply {low:.2f} to {high:.2f}"
            yield Hit(item.within("r"), message)


def _implied(pre: Range, post: Range, change: Range) -> Range:
    """r = (s1^2 + s2^2 - sc^2) / (2 s1 s2)."""
    return (pre / post + post / pre - change.squared() / (pre * post)).scaled(0.5)


CHECKS = (
    Check(
        "S209",
        "change-does-not-add-up",
        "warning",
        change_adds_up,
        "If the change does not follow from before and after, one of the three is wrong.",
        "compare the three numbers with the source; other people before than after is a reason to waive",
    ),
    Check(
        "S212",
        "impossible-correlation",
        "error",
        correlation_is_possible,
        "Three such SDs cannot belong to the same people: often one of them is an SE.",
        "compare the three SDs with the source, and how each is labelled there",
    ),
)
