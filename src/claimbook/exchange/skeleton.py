"""A study record of what a citation tells, and nothing more.

Where a citation does not tell the design, it is ``unknown``, and such a study cannot be graded; where its
title or its index terms tell it, it is inferred and says from what.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from itertools import count
from typing import Any

from claimbook.exchange.citation import Citation, ascii_word
from claimbook.records import Study

UNKNOWN = {
    "kind": "unknown",
    "because": "Not read yet.",
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
    notes = ["Made from its citation.", *(f"{one[:1].upper()}{one[1:]}." for one in citation.notices)]
    file = citation.where.path.rpartition("/")[2]
    about = f"its title is: {citation.title}" if citation.title else f"it is known from {file}"
    record: dict[str, Any] = {
        "study": key,
        "label": citation.label,
        "summary": f"{UNREAD}; {about}",
        "design": design_of(citation),
        "population": {"description": UNREAD},
        "registration": citation.registration or None,
        "integrity": {"status": citation.status} if citation.status else None,
        "notes": " ".join(notes),
    }
    told = {**record, **(more or {})}
    return {name: told[name] for name in Study.model_fields if told.get(name) is not None}


def design_of(citation: Citation, methods: str = "") -> dict[str, str]:
    """The design as a description of its methods, index terms or the title tell it, else unknown."""
    told = {"methods say": (methods,), "index terms say": citation.types, "title says": (citation.title,)}
    for pattern, kind, rest in HINTS:
        for words, texts in told.items():
            found = next(
                (found for text in texts if (found := re.search(pattern, text, re.IGNORECASE))), None
            )
            if found:
                because, place = f"Its {words} {found[0]}; {rest}.", words.rpartition(" ")[0]
                return {"kind": kind, "because": because, "where": place, "status": "inferred"}
    return dict(UNKNOWN)


_UNREAD = "the paper itself was not read"
_GROUPS = "how the groups were made was not read"
HINTS = (  # words that tell a design, and what they leave open
    (r"systematic review|meta-?analys[ei]s", "sr_ma", _UNREAD),
    (r"^(?:\w+ )?review$|narrative review", "narrative_review", _UNREAD),
    (r"case reports?\b|case series", "case_series", _UNREAD),
    (r"(?:non|un|not)[- ]?randomi[sz]ed", "nrsi_controlled", _GROUPS),
    (r"quasi-?random\w*", "quasi_random", _GROUPS),
    (r"cluster[- ]randomi[sz]\w*", "rct_cluster", _GROUPS),
    (r"randomi[sz]\w*[^.]{0,40} cross-?over|cross-?over trial", "rct_crossover", _GROUPS),
    (r"randomi[sz]ed|randomly", "rct_parallel", "that the groups were parallel is not said"),
    (r"interrupted time series", "its", _UNREAD),
    (r"cross-sectional study", "cross_sectional", _UNREAD),
)
