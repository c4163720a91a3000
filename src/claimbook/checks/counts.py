"""S210 and P109: whole numbers of people, and of records screened, must add up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from claimbook.checks.rounding import value_of
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import View
from claimbook.records.models import Counts, Reported

if TYPE_CHECKING:
    from claimbook.records import Number, Study
    from claimbook.records.models import Screening

Count = int | None


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
            if odd := _not_a_count(count.events, "events", 0):
                yield Hit(item.within(side, "events"), odd)
            elif events is not None and n is not None and events > n:
                yield Hit(item.within(side, "events"), f"{count.events} events in {count.n} people")
            if odd := _not_a_count(count.n, "people", 1) or _more_than_arm(item.study, count.arm, count.n):
                yield Hit(item.within(side, "n"), odd)


def _group_sizes(view: View) -> Iterator[Hit]:
    for cell in view.cells:
        if cell.n is None:
            continue
        odd = _not_a_count(cell.n, "people", 1) or _more_than_arm(cell.study, cell.arm, cell.n)
        if not odd and cell.size == 1 and cell.spread is not None and cell.spread.known:
            odd = f"n = {cell.n}, and yet a spread is given"
        if odd:
            yield Hit(cell.at_n, odd)


def _pooled_sizes(view: View) -> Iterator[Hit]:
    for item, reported in view.of(Reported):
        for name, what in (("k", "studies"), ("n", "people")):
            number = getattr(reported, name)
            if number is not None and (odd := _not_a_count(number, what, 1)):
                yield Hit(item.within(name), odd)
        k, n = value_of(reported.k), value_of(reported.n)
        if k is not None and n is not None and 0 < n < k:
            yield Hit(item.within("n"), f"{reported.n} people in {reported.k} studies")


def _totals(view: View, study: Study) -> Iterator[Hit]:
    total, sizes = value_of(study.population.n), [value_of(arm.n) for arm in study.arms]
    for index, arm in enumerate(study.arms):
        if arm.n is not None and (odd := _not_a_count(arm.n, "people", 1)):
            yield Hit(view.library.where(study.study, "arms", index, "n"), odd)
    known = [size for size in sizes if size is not None]
    crossed = all(size == total for size in known)  # everybody is in every arm
    if total is not None and known and len(known) == len(sizes) and sum(known) != total and not crossed:
        where = view.library.where(study.study, "population", "n")
        yield Hit(where, f"the arms have {sum(known):g} people together, the total says {study.population.n}")


def _not_a_count(number: Number, what: str, least: int) -> str:
    """What is odd about a number of things, nothing where it can be one."""
    value = value_of(number)
    if value is None or (value >= least and value == value // 1):
        return ""
    if value < least:
        return f"{number} {what}"
    return "" if number.status == "derived" else f"{number} {what} is not a whole number"


def _more_than_arm(study: Study, arm: str, n: Number) -> str:
    size, limit = value_of(n), next((value_of(a.n) for a in study.arms if a.id == arm), None)
    above = size is not None and limit is not None and size > limit
    return f"n = {n}, but arm {arm} has {limit:g} people" if above else ""


def screening_adds_up(view: View) -> Iterator[Hit]:
    """Counts of screening that contradict each other.

    What was screened is what was found less what was removed before, what was read in full is what was sought
    less what could not be had, and so on down the PRISMA 2020 flow to the studies included. A count that was
    not kept is left out and contradicts nothing.

    Fails:

    ```yaml
    # library.yaml
    screening: {databases: {PubMed: 420}, duplicates: 68, screened: 325}
    ```

    Passes:

    ```yaml
    # library.yaml
    screening: {databases: {PubMed: 420}, duplicates: 68, screened: 352}
    ```

    Source: Page et al. 2021, BMJ 372:n71 (PRISMA 2020).
    """
    counts = view.library.info.screening
    for field, message in contradictions(counts) if counts else ():
        yield Hit(view.library.where("library", "screening", field), message)


def contradictions(counts: Screening) -> Iterator[tuple[str, str]]:
    """(field, sentence) of each count that does not follow from the others; what was not kept is let be."""
    for field, words, total in _sums(counts):
        given: Count = getattr(counts, field)
        if given is not None and total is not None and given != total:
            yield field, f"{field} is {given}, but {words} is {total}"
    for field, less, words in LESS:
        part, whole = number_in(counts, field), number_in(counts, less)
        if part is not None and whole is not None and part > whole:
            yield field, f"{field} is {part}, more than the {whole} {words}"


def _sums(c: Screening) -> Iterator[tuple[str, str, Count]]:
    """(field, how it follows, what follows) for each box that follows from those above it."""
    found = sum([*c.databases.values(), *c.registers.values()]) if c.databases or c.registers else None
    removed = _less(found, c.duplicates, c.excluded_automatic or 0, c.excluded_other or 0)
    yield "screened", "what was found less what was removed", removed
    yield "sought", "what was screened less what was excluded by it", _less(c.screened, c.records_excluded)
    yield "assessed", "what was sought less what was not retrieved", _less(c.sought, c.not_retrieved)
    yield (
        "other_assessed",
        "what was sought less what was not retrieved",
        _less(c.other_sought, c.other_not_retrieved),
    )
    by_other = _less(c.other_assessed, sum(c.other_excluded.values())) if c.other_assessed is not None else 0
    by_search = _less(c.assessed, sum(c.excluded.values())) if c.excluded else None
    yield "new_reports", "what was assessed less what was excluded", _plus(by_search, by_other)
    yield "total_studies", "those of before and the new ones", _plus(c.previous_studies, c.new_studies)
    yield "total_reports", "those of before and the new ones", _plus(c.previous_reports, c.new_reports)


def _less(whole: Count, *parts: Count) -> Count:
    if whole is None or any(part is None for part in parts):
        return None
    return whole - sum(part for part in parts if part is not None)


def _plus(first: Count, second: Count) -> Count:
    return None if first is None or second is None else first + second


def number_in(counts: Screening, field: str) -> Count:
    """A count, or the sum of counts kept by name; None where it was not kept."""
    value = getattr(counts, field)
    return (sum(value.values()) if value else None) if isinstance(value, dict) else value


LESS = (
    ("records_excluded", "screened", "that were screened"),
    ("not_retrieved", "sought", "that were sought"),
    ("excluded", "assessed", "that were read in full"),
    ("other_not_retrieved", "other_sought", "that were sought"),
    ("other_excluded", "other_assessed", "that were read in full"),
    ("new_studies", "new_reports", "reports of them"),
)


CHECKS = (
    Check(
        "S210",
        "counts-do-not-add-up",
        "error",
        counts_add_up,
        "Such counts cannot describe people; the effect made from them is wrong or cannot be made.",
        "compare the counts with the source: a digit, a column or an arm was mixed up",
    ),
    Check(
        "P109",
        "screening-does-not-add-up",
        "error",
        screening_adds_up,
        "A reader cannot see which studies were never looked at.",
        "correct the count, or leave out what was not kept",
    ),
)
