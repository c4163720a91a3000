"""Judgements as the eye meets them: a shape, a word and a colour, of which the word says it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from claimbook.book import words
from claimbook.book.markup import Html, join, tag

if TYPE_CHECKING:
    from claimbook.findings import Finding


def badge(shown: words.Badge) -> Html:
    """Shape and word; the shape is for the eye only."""
    shape = tag("span", shown.shape, class_="cb-shape", aria_hidden="true") if shown.shape else None
    space = " " if shape else None
    return tag("span", shape, space, tag("span", shown.word), class_=f"cb-badge cb-{shown.tone}")


def verdict(finding: Finding) -> Html:
    """The verdict with its note: ``Contradicted (size uncertain)``."""
    note = f" ({finding.verdict_note})" if finding.verdict_note else ""
    return badge(words.verdict(f"{finding.verdict}{note}"))


def certainty(word: str) -> Html:
    return badge(words.certainty(word))


def judgement(word: str) -> Html:
    """A risk-of-bias judgement with its letter and colour."""
    if not word:
        return join("not rated")
    kind = f"cb-bias cb-bias-{words.tone(word)}"
    sign = tag("span", words.letter(word), class_=kind, aria_hidden="true")
    return join(sign, " ", tag("span", words.spelt(word)))
