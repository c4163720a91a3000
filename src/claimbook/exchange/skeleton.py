"""A study record of what a citation tells, and nothing more.

A record needs a design. Where a citation does not tell it, the kind that proves least stands in, with the
status ``unknown`` and the reason; where its title or its index terms do, it is inferred and says from what.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from itertools import count
from typing import Any, NamedTuple

from claimbook.exchange.citation import Citation, ascii_word

STAND_IN = {
    "kind": "case_series",
    "because": "Not read yet; the kind that proves least stands in until somebody has read how it was made.",
    "where": "not read yet",
    "status": "unknown",
}
UNREAD = "Not read yet"
MISSING = "design, people, arms, results, risk of bias"


def key_for(citation: Citation, taken: Collection[str]) -> str:
    """``estes2017``, and ``estes2017b`` where that is taken. Of letters and digits only, so never a path."""
    family = ascii_word(citation.authors[0][0]) if citation.authors else ""
    word = family or "".join(ascii_word(part) for part in citation.title.split()[:2])
    stem = f"{word[:40] or 'study'}{citation.year}"
    further = (f"{stem}{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")
    numbered = (f"{stem}-{number}" for number in count(2))
    return next(key for keys in ((stem,), further, numbered) for key in keys if key not in taken)


def skeleton(citation: Citation, key: str, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Record data; ``more`` are fields that the source told beside the citation, such as arms."""
    notes = [
        "Made from its citation.",
        *(f"{notice[:1].upper()}{notice[1:]}." for notice in citation.notices),
    ]
    record: dict[str, Any] = {
        "study": key,
        "label": citation.label,
        "summary": f"{UNREAD}; its title is: {citation.title}",
        "design": design_of(citation),
        "population": {"description": UNREAD},
        "registration": citation.registration or None,
        "integrity": {"status": citation.status} if citation.status else None,
        "notes": " ".join(notes),
    }
    return {name: value for name, value in {**record, **(more or {})}.items() if value is not None}


def design_of(citation: Citation) -> dict[str, str]:
    """The design as index terms or the title tell it, else the stand-in."""
    for hint in HINTS:
        for said, texts in (("index terms", citation.types), ("title", (citation.title,))):
            found = next((found for text in texts if (found := hint.pattern.search(text))), None)
            if found:
                because = f'Its {said} {hint.verb} "{found[0]}"; {hint.rest}.'
                return {"kind": hint.kind, "because": because, "where": said, "status": "inferred"}
    return dict(STAND_IN)


class Hint(NamedTuple):
    """Words that tell a design, and what they leave open."""

    pattern: re.Pattern[str]
    kind: str
    rest: str
    verb: str = "say"


def _hint(pattern: str, kind: str, rest: str) -> Hint:
    return Hint(re.compile(pattern, re.IGNORECASE), kind, rest)


HINTS = (
    _hint(r"systematic review|meta-?analys[ei]s", "sr_ma", "the paper itself was not read"),
    _hint(r"^(?:\w+ )?review$|narrative review", "narrative_review", "the paper itself was not read"),
    _hint(r"case reports?\b|case series", "case_series", "the paper itself was not read"),
    _hint(r"(?:non|un|not)[- ]?randomi[sz]ed", "nrsi_controlled", "how groups were made was not read"),
    _hint(r"quasi-?random\w*", "quasi_random", "how groups were made was not read"),
    _hint(r"cluster[- ]randomi[sz]\w*", "rct_cluster", "how clusters were drawn was not read"),
    _hint(
        r"randomi[sz]\w*[^.]{0,40} cross-?over|cross-?over trial",
        "rct_crossover",
        "how orders were drawn was not read",
    ),
    _hint(r"randomi[sz]ed|randomly", "rct_parallel", "that the groups were parallel is not said"),
    _hint(r"interrupted time series", "its", "the paper itself was not read"),
    _hint(r"cross-sectional study", "cross_sectional", "the paper itself was not read"),
)
