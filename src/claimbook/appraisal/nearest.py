"""The smallest changes that would move a certainty: one rating, one study, so many more people."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from claimbook.appraisal.checked import EvidenceError, needed
from claimbook.appraisal.reanalysis import Rater, grown, without_summary
from claimbook.appraisal.shares import verdicts
from claimbook.appraisal.vocabulary import CERTAINTY

MOST_TIMES = 1000.0


@dataclass(frozen=True)
class Change:
    """A change that moves the certainty: its kind (``rating``, ``data`` or ``participants``), and to what.

    ``what`` starts with the ``study`` that it is about, if it is about one.
    """

    kind: str
    what: str
    certainty: str
    study: str = ""


def nearest_changes(rater: Rater, base: str) -> tuple[Change, ...]:
    """Every single change that moves the certainty away from ``base``."""
    more = _more_participants(rater, base)
    found = [*_one_rating(rater, base), *_one_study(rater, base)]
    return tuple(found) if more is None else (*found, more)


def _one_rating(rater: Rater, base: str) -> Iterator[Change]:
    """Every study whose risk of bias alone, judged the other way, moves the certainty."""
    evidence = rater.evidence
    for i, high in enumerate(verdicts(evidence)):
        study = evidence.studies[i]
        flipped = (*evidence.studies[:i], replace(study, high_rob=not high), *evidence.studies[i + 1 :])
        changed = replace(evidence, studies=flipped, risk_of_bias=without_summary(evidence.risk_of_bias))
        certainty = rater.certainty(changed)
        if certainty != base:
            name = study.id or f"study {i + 1}"
            what = f"{name} at {'low' if high else 'high'} risk of bias"
            yield Change("rating", what, certainty, name)


def _one_study(rater: Rater, base: str) -> Iterator[Change]:
    for i, (study, certainty) in enumerate(rater.left_out(), 1):
        if certainty != base:
            name = study.id or f"study {i}"
            yield Change("data", f"{name} left out", certainty, name)


def _more_participants(rater: Rater, base: str) -> Change | None:
    """The fewest further participants with which the certainty rises, the estimate staying where it is.

    The interval is taken to shrink with the square root of the number of people, as it does when new studies
    resemble the old ones.
    """
    n = rater.evidence.n
    if n is None or rater.evidence.est is None or base == CERTAINTY[-1]:
        return None

    def rises(times: float) -> str | None:
        try:
            found = rater.certainty(grown(rater.evidence, times))
        except EvidenceError:  # more people than there are numbers
            return None
        return found if CERTAINTY.index(found) > CERTAINTY.index(base) else None

    if rises(MOST_TIMES) is None:
        return None
    low, high = 1.0, MOST_TIMES
    while (high - low) * n > 0.5:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if rises(middle) else (middle, high)
    more = math.ceil(round((high - 1) * n, 6))
    people = "participant" if more == 1 else "participants"
    return Change("participants", f"{more} more {people}", needed("certainty", rises(high)))
