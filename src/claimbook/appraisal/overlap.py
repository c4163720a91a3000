"""How much do reviews of one question rest on the same studies?"""

from __future__ import annotations

from typing import NamedTuple

BANDS = ((0.05, "slight"), (0.10, "moderate"), (0.15, "high"), (1.0, "very high"))


class Overlap(NamedTuple):
    """The corrected covered area (a proportion) and its usual word."""

    area: float
    word: str


def corrected_covered_area(inclusions: int, studies: int, reviews: int) -> Overlap:
    """(N - r) / (rc - r): N inclusions counted with repeats, r different studies, c reviews.

    Pieper et al. 2014, ``pieper2014``; the words for its bands are recalled.
    """
    if reviews < 2:
        raise ValueError(f"reviews: {reviews}; overlap needs at least two")
    if not 1 <= studies <= inclusions <= studies * reviews:
        raise ValueError(f"inclusions: {inclusions} cannot come from {studies} studies in {reviews} reviews")
    area = (inclusions - studies) / (studies * reviews - studies)
    return Overlap(area, next(word for limit, word in BANDS if area <= limit))
