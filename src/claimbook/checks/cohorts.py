"""D303: two records that look like one cohort."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations, product
from typing import TYPE_CHECKING, Any, NamedTuple

from claimbook.checks.dependence import REVIEWS
from claimbook.checks.rounding import value_of
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import View

if TYPE_CHECKING:
    from claimbook.records import Entry, Study

RARE = 3  # records with the same group sizes, up to which sizes alone are a sign
CROWD = 60  # records alike in sizes and author beyond which neither tells anything
EVERYWHERE = 0.1  # share of the records beyond which an author tells nothing
ALIKE = 0.5  # share of title words in common that speaks for one protocol
_COMMON = frozenset(
    {
        "a",
        "an",
        "and",
        "at",
        "by",
        "for",
        "from",
        "in",
        "into",
        "is",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
        "versus",
    }
)
SAME_NUMBERS = "they print the same numbers"
Sizes = tuple[float, ...]


def same_people(view: View) -> Iterator[Hit]:
    """Two records that look like one cohort, and no link says what they share.

    Looks for records whose groups have the same sizes and that share authors, or whose titles are alike where
    the sizes are rare in the library; and for records that print the very same numbers. Records of different
    sex, of different length, or that report one outcome with different numbers by different authors are kept
    apart. `same_people` on either record links them; pooled in one claim linked records are an error, because
    their people count twice.

    Fails:

    ```yaml
    # a folder
    records:
      one: {arms: [{id: trained, label: runners, n: 11}, {id: control, label: controls, n: 16}]}
      two: {arms: [{id: trained, label: runners, n: 11}, {id: control, label: controls, n: 16}]}
    references: |
      @article{one, author = {Doe, J. and Roe, A.}, title = {Running and strength}, year = {2003}}
      @article{two, author = {Doe, J. and Poe, B.}, title = {Running and power}, year = {2012}}
    ```

    Passes:

    ```yaml
    # a folder
    records:
      one: {arms: [{id: trained, label: runners, n: 11}, {id: control, label: controls, n: 16}]}
      two:
        arms: [{id: trained, label: runners, n: 11}, {id: control, label: controls, n: 16}]
        same_people: [{study: one, because: The methods name one group of volunteers.}]
    references: |
      @article{one, author = {Doe, J. and Roe, A.}, title = {Running and strength}, year = {2003}}
      @article{two, author = {Doe, J. and Poe, B.}, title = {Running and power}, year = {2012}}
    ```

    Source: Tramer, Reynolds, Moore & McQuay 1997, BMJ 315:635-640.
    """
    library = view.library
    cohorts = {key: Cohort(*told) for key, told in view.gathered(cohort_of).items()}
    linked = {frozenset((key, other)) for key, cohort in cohorts.items() for other in cohort.linked}
    for first, second, why in _pairs(library.bibliography, cohorts):
        if frozenset((first, second)) not in linked:
            message = f"{first} and {second} look like one cohort: {why}"
            yield Hit(library.where(second, "study"), message)
    for claim in library.claims.values():
        used = {entry.study: index for index, entry in enumerate(claim.studies)}
        for pair in linked:
            if len(pair) == 2 and pair <= used.keys():
                first, second = sorted(pair, key=lambda key: used[key])
                where = library.where(claim.claim, "studies", used[second])
                message = f"{first} and {second} are of the same people and are both pooled"
                yield Hit(where, message, _KEEP, "error")


_KEEP = "keep one of them and list the other in `left_out`"


class Cohort(NamedTuple):
    """What tells a record's people from those of others."""

    is_review: bool
    linked: list[str]
    sizes: list[list[float]]
    """Group sizes: those of its arms, of each comparison, and of its first arm alone."""
    some_unknown: bool
    sex: str
    weeks: float | None
    printed: list[list[str]]
    """The numbers of each comparison as printed, where there are enough of them to be a mark."""
    compared: list[list[str]]
    """Outcome and shape of these."""


def cohort_of(view: View) -> list[Any]:
    """The fields of a record's Cohort."""
    [study] = view.library.studies.values()
    sizes = [value_of(arm.n) for arm in study.arms]
    marked = [(result, numbers) for result in study.results if (numbers := _printed(result.data))]
    return list(
        Cohort(
            is_review=study.design.kind in REVIEWS,
            linked=[link.study for link in study.same_people],
            sizes=sorted(map(list, _sizes(study))),
            some_unknown=None in sizes,
            sex=study.population.sex,
            weeks=value_of(study.weeks),
            printed=[numbers for _, numbers in marked],
            compared=[[result.outcome, result.shape] for result, _ in marked],
        )
    )


def _pairs(citations: Mapping[str, Entry], cohorts: dict[str, Cohort]) -> Iterator[tuple[str, str, str]]:
    """(record, record, reason) of each suspicious pair; records are compared only within small buckets."""
    primary = {key: cohort for key, cohort in cohorts.items() if not cohort.is_review}
    seen: set[tuple[str, str]] = set()
    for first, second, why in _candidates(citations, primary):
        pair = (min(first, second), max(first, second))
        if pair not in seen and not _told_apart(primary[first], primary[second], why is SAME_NUMBERS):
            seen.add(pair)
            yield *pair, why


def _candidates(citations: Mapping[str, Entry], primary: dict[str, Cohort]) -> Iterator[tuple[str, str, str]]:
    for a, b in _pairs_by(primary, lambda key: set(map(tuple, primary[key].printed))):
        yield a, b, SAME_NUMBERS
    sizes = {key: set(map(tuple, cohort.sizes)) for key, cohort in primary.items()}
    authors = {key: _authors(citations.get(key)) for key in primary}
    named = Counter(author for names in authors.values() for author in set(names))
    telling = {author for author, times in named.items() if times <= max(EVERYWHERE * len(primary), 10)}
    for a, b in _pairs_by(primary, lambda key: product(sizes[key], telling.intersection(authors[key]))):
        shared = _most(sizes[a] & sizes[b])
        partly_known = primary[a].some_unknown or primary[b].some_unknown
        if _enough(authors[a], authors[b]) and (len(shared) > 1 or partly_known):
            yield a, b, f"groups of {_and(shared)} and authors in common"
    for a, b in _pairs_by(primary, lambda key: {size for size in sizes[key] if len(size) > 1}, most=RARE):
        if not _one_outcome_twice(primary[a], primary[b]) and _titles_alike(citations, a, b):
            both = _and(_most(sizes[a] & sizes[b]))
            yield a, b, f"groups of {both}, titles alike, no comparison in common to tell them apart"


def _most(sizes: Iterable[Sizes]) -> Sizes:
    return max(sizes, key=lambda size: (len(size), size))


def _pairs_by(
    keys: Iterable[str], marks: Callable[[str], Iterable[Any]], most: int = CROWD
) -> Iterator[tuple[str, str]]:
    """Every pair of records that share a mark, where no more than ``most`` have it."""
    table: dict[Any, list[str]] = defaultdict(list)
    for key in keys:
        for mark in marks(key):
            table[mark].append(key)
    for sharing in table.values():
        if len(sharing) <= most:
            yield from combinations(sharing, 2)


def _sizes(study: Study) -> set[Sizes]:
    found = {tuple(sorted(n for arm in study.arms if (n := value_of(arm.n)) is not None))}
    for result in study.results:
        data: Any = result.data
        sides = [data.intervention, data.comparator] if hasattr(data, "intervention") else []
        known = [value_of(side.n) for side in sides]
        if known and None not in known:
            found.add(tuple(sorted(n for n in known if n is not None)))
    found |= {(n,) for arm in study.arms[:1] if (n := value_of(arm.n)) is not None}
    return found - {()}


def _printed(data: Any) -> list[str]:
    """The numbers of a comparison as printed; none where there are too few to be a mark."""
    if not hasattr(data, "intervention") or not hasattr(data.intervention, "mean"):
        return []
    groups = (data.intervention, data.comparator)
    spreads = [group.spread() for group in groups]
    values = [str(x) for group in groups for x in (group.n, group.mean)] + [str(s[1]) for s in spreads if s]
    return values if len(values) == 6 and "unknown" not in values else []


def _authors(entry: Entry | None) -> list[tuple[str, str]]:
    """(family, first initial) of the authors that are named."""
    pairs = entry.authors if entry else []
    return [(family, given[:1]) for family, given in pairs if family.lower() != "others"]


def _enough(first: list[tuple[str, str]], second: list[tuple[str, str]]) -> bool:
    """One name in common is enough where few are named or it is the first; otherwise two."""
    shared = set(first) & set(second)
    return len(shared) >= 2 or first[0] in shared or second[0] in shared or min(len(first), len(second)) <= 3


def _told_apart(a: Cohort, b: Cohort, sure: bool) -> bool:
    """Do sex or length say that these are different people?"""
    sexes = {a.sex, b.sex} - {"unknown", "mixed"}
    return not sure and (len(sexes) > 1 or (None not in (a.weeks, b.weeks) and a.weeks != b.weeks))


def _one_outcome_twice(a: Cohort, b: Cohort) -> bool:
    """Do both report an outcome in the same shape? Then their numbers are of different people."""
    return any(one in b.compared for one in a.compared)


def _titles_alike(citations: Mapping[str, Entry], a: str, b: str) -> bool:
    first, second = (_words(citations[key].get("title")) if key in citations else set() for key in (a, b))
    return bool(first and second) and len(first & second) >= ALIKE * len(first | second)


def _words(title: str) -> set[str]:
    return set(re.findall(r"[a-z]{2,}", title.lower())) - _COMMON


def _and(size: Sizes) -> str:
    return " and ".join(f"{n:g}" for n in size)


CHECKS = (
    Check(
        "D303",
        "same-people",
        "warning",
        same_people,
        "One cohort published twice is one study; pooled as two its people count twice.",
        "claimbook study link KEY --report-of OTHER, or waive with what tells them apart",
    ),
)
GATHERED = (cohort_of,)
