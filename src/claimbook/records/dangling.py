"""References from file to file that lead nowhere (R010). A file that cannot be read is not blamed twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from claimbook.problems import Problem, Where, did_you_mean
from claimbook.records.text import NAMES, Loc

if TYPE_CHECKING:
    from claimbook.records.library import Library
    from claimbook.records.models import Claim, Result, Study


def dangling(library: Library, broken: Collection[str]) -> Iterator[Problem]:
    """All of a library's; ``broken`` are the keys of files that are there and cannot be read."""
    for key in library.documents:
        yield from dangling_in(library, key, broken)


def dangling_in(library: Library, key: str, broken: Collection[str]) -> Iterator[Problem]:
    """Those of one file: it looks at the file itself, at library.yaml and at what the file names."""
    if key == "library":
        for index, headline in enumerate(library.info.headline):
            if headline.claim not in library.claims and headline.claim not in broken:
                where = library.where(key, "headline", index, "claim")
                yield _unknown(where, "claim", headline.claim, library.claims)
    elif key in library.studies:
        yield from _in_study(library, library.studies[key], broken)
    elif key in library.claims:
        yield from _in_claim(library, library.claims[key], broken)


def _in_study(library: Library, study: Study, broken: Collection[str]) -> Iterator[Problem]:
    key, outcomes, arms = study.study, library.info.outcomes, {arm.id for arm in study.arms}
    for index, result in enumerate(study.results):
        if outcomes and result.outcome not in outcomes:
            where = library.where(key, "results", index, "outcome")
            yield _unknown(where, "outcome", result.outcome, outcomes)
        for loc, arm in _arms_used(result):
            if arm not in arms:
                yield _unknown(library.where(key, "results", index, *loc), "arm", arm, arms)
    for index, link in enumerate(study.same_people):
        if link.study not in library.studies and link.study not in broken:
            where = library.where(key, "same_people", index, "study")
            yield _unknown(where, "study", link.study, library.studies)


def _arms_used(result: Result) -> Iterator[tuple[Loc, str]]:
    data: Any = result.data
    if hasattr(data, "arm"):
        yield (result.shape, "arm"), data.arm
    for side in ("intervention", "comparator"):
        if hasattr(data, side):
            yield (result.shape, side, "arm"), getattr(data, side).arm


def _in_claim(library: Library, claim: Claim, broken: Collection[str]) -> Iterator[Problem]:
    key, outcomes = claim.claim, library.info.outcomes
    if outcomes and claim.outcome not in outcomes:
        yield _unknown(library.where(key, "outcome"), "outcome", claim.outcome, outcomes)
    for name in ("studies", "left_out", "beside"):
        for index, used in enumerate(getattr(claim, name)):
            if used.study not in broken:
                yield from _used(library, key, (name, index), used.study, used.result)
    for index, other in enumerate(claim.answered_by):
        if other not in library.claims and other not in broken:
            yield _unknown(library.where(key, "answered_by", index), "claim", other, library.claims)


def _used(library: Library, key: str, loc: Loc, study: str, result: str) -> Iterator[Problem]:
    if study not in library.studies:
        yield _unknown(library.where(key, *loc, "study"), "study", study, library.studies)
        return
    ids = [r.id for r in library.studies[study].results]
    if result and result not in ids:
        yield _unknown(library.where(key, *loc, "result"), f"result of {study}", result, ids)


def _unknown(where: Where, what: str, word: str, known: Collection[str]) -> Problem:
    message = f'no {what} "{word}"{did_you_mean(word, known)}'
    fix = f"known: {', '.join(sorted(known)[:12]) or 'none'}"
    return Problem("R010", NAMES["R010"], "error", where, message, fix=fix)
