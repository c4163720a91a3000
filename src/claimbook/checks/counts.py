"""S210: whole numbers of people must add up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from claimbook.checks.rounding import value_of
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import View
from claimbook.records.models import Counts, Reported

if TYPE_CHECKING:
    from claimbook.problems import Where
    from claimbook.records import Number, Study


def counts_add_up(view: View) -> Iterator[Hit]:
    """Numbers of people or events that cannot be.

    More events than people, a negative or broken number of either, an SD from fewer than two people, a result
    on more people than its arm has, arms that do not sum to the total. A group size that was split or
    corrected for clusters may be broken: mark it `derived`.

    Fails:

    ```yaml
    # a result
    counts:
      intervention: {arm: trained, events: 15, n: 12}
      comparator: {arm: control, events: 3, n: 12}
    ```

    Passes:

    ```yaml
    # a result
    counts:
      intervention: {arm: trained, events: 5, n: 12}
      comparator: {arm: control, events: 3, n: 12}
    ```

    Source: arithmetic.
    """
    yield from _events(view)
    yield from _group_sizes(view)
    yield from _pooled_sizes(view)
    for study in view.library.studies.values():
        yield from _totals(view, study)


def _events(view: View) -> Iterator[Hit]:
    for item, counts in view.of(Counts):
        for side in ("intervention", "comparator"):
            count = getattr(counts, side)
            events, n = value_of(count.events), value_of(count.n)
            yield from _not_a_count(count.events, "events", 0, item.within(side, "events"))
            yield from _not_a_count(count.n, "people", 1, item.within(side, "n"))
            if events is not None and n is not None and events > n:
                yield Hit(item.within(side, "events"), f"{count.events} events in {count.n} people")
            yield from _more_than_arm(item.study, count.arm, count.n, item.within(side, "n"))


def _group_sizes(view: View) -> Iterator[Hit]:
    for cell in view.cells:
        if cell.n is None:
            continue
        yield from _not_a_count(cell.n, "people", 1, cell.at_n)
        if cell.size == 1 and cell.spread is not None and cell.spread.known:
            yield Hit(cell.at_n, f"n = {cell.n}, and yet a spread is given")
        yield from _more_than_arm(cell.study, cell.arm, cell.n, cell.at_n)


def _pooled_sizes(view: View) -> Iterator[Hit]:
    for item, reported in view.of(Reported):
        for name, what in (("k", "studies"), ("n", "people")):
            number = getattr(reported, name)
            if number is not None:
                yield from _not_a_count(number, what, 1, item.within(name))
        k, n = value_of(reported.k), value_of(reported.n)
        if k is not None and n is not None and 0 < n < k:
            yield Hit(item.within("n"), f"{reported.n} people in {reported.k} studies")


def _totals(view: View, study: Study) -> Iterator[Hit]:
    total, sizes = value_of(study.population.n), [value_of(arm.n) for arm in study.arms]
    for index, arm in enumerate(study.arms):
        if arm.n is not None:
            yield from _not_a_count(arm.n, "people", 1, view.library.where(study.study, "arms", index, "n"))
    if total is None or not sizes or any(size is None for size in sizes):
        return
    together = sum(size for size in sizes if size is not None)
    if together != total:
        where = view.library.where(study.study, "population", "n")
        yield Hit(where, f"the arms have {together:g} people together, the total says {study.population.n}")


def _not_a_count(number: Number, what: str, least: int, where: Where) -> Iterator[Hit]:
    value = value_of(number)
    if value is None:
        return
    if value < least:
        yield Hit(where, f"{number} {what}")
    elif value != int(value) and number.status != "derived":
        yield Hit(where, f"{number} {what} is not a whole number")


def _more_than_arm(study: Study, arm: str, n: Number, where: Where) -> Iterator[Hit]:
    size, limit = value_of(n), next((value_of(a.n) for a in study.arms if a.id == arm), None)
    if size is not None and limit is not None and size > limit:
        yield Hit(where, f"n = {n}, but arm {arm} has {limit:g} people")


CHECKS = (
    Check(
        "S210",
        "counts-do-not-add-up",
        "error",
        counts_add_up,
        "Such counts cannot describe people; the effect made from them is wrong or cannot be made.",
        "compare the counts with the source: a digit, a column or an arm was mixed up",
    ),
)
