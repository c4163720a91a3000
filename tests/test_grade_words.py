"""Everything that a rating says: no forbidden word, whole sentences, numbers that agree with their nouns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from test_appraisal_properties import bodies
from test_grade_evidence import BODIES

from claimbook.appraisal import SETTINGS, VERDICTS, Evidence, Rating, rate_all, read_evidence
from claimbook.appraisal.grade import RULES
from claimbook.appraisal.presentations import PRESENTATIONS, presentations
from claimbook.appraisal.settings import TAGS
from claimbook.appraisal.stability import VARIANTS, describe, stability
from claimbook.appraisal.statements import DIRECTIONS, FORBIDDEN, SENTENCES
from claimbook.appraisal.steps import NAMES
from claimbook.appraisal.systems import NOTE, SYSTEMS, other_systems
from claimbook.appraisal.tables import legend, row
from claimbook.appraisal.vocabulary import DESIGNS, DISCLAIMER, FLAGS, LEVEL_WORDS, MEANING
from claimbook.cli.grade import Graded
from claimbook.findings import find_all
from claimbook.records import read_library

STUDIES = Path(__file__).parent.parent / "studies"
TEMPLATES = {
    "rules": list(RULES.values()),
    "flags": list(FLAGS.values()),
    "levels": [*MEANING.values(), *LEVEL_WORDS.values(), DISCLAIMER, NOTE],
    "findings": [text for kind in (*SENTENCES.values(), *DIRECTIONS.values()) for text in kind.values()],
    "names": [*NAMES.values(), *VERDICTS, *VARIANTS, *TAGS.values()],
    "labels": [x.label for table in (DESIGNS, SYSTEMS, PRESENTATIONS) for x in table.values()],  # type: ignore[attr-defined]
    "settings": [setting.meaning for setting in SETTINGS.table.values()],
}
FAULTS = {
    "two full stops": r"\.\.",
    "a space before a stop": r"\s[.,;:]",
    "two spaces": r"\S  +\S",
    "a number and its noun": r"\b(1|one) (more )?(studies|trials|participants|levels)\b",
    "nothing where a word belongs": r"\bNone\b|\bnan\b|\binf\b|\{|\}|\(\)",
    "no digits for a share": r"\d%",
}


def forbidden(text: str) -> list[str]:
    return [word for word in FORBIDDEN if re.search(rf"\b{word}", text, re.IGNORECASE)]


@pytest.mark.parametrize("kind", TEMPLATES)
def test_no_template_holds_a_forbidden_word(kind: str) -> None:
    assert [text for text in TEMPLATES[kind] if forbidden(text)] == []


def test_every_rule_s_sentence_starts_with_a_capital_and_ends_with_a_stop() -> None:
    shape = r"([A-Z{]|I²).*[.]"
    assert [text for text in RULES.values() if not re.fullmatch(shape, text)] == []


def said(evidence: Evidence, rating: Rating) -> Iterator[str]:
    """Every sentence of one rating that a reader may see, without the proofs in brackets."""
    yield from (rating.sentence, rating.because)
    yield from (step.footnote.partition(" [")[0] for step in (*rating.steps, *rating.upgrades))
    yield from (step.reason for step in (*rating.steps, *rating.upgrades))
    yield from legend([row(evidence, rating)])
    yield from (level.because for level in other_systems(evidence, rating).values())
    yield from (shown.text for shown in presentations(evidence).values())


def faults(text: str) -> list[str]:
    return [*forbidden(text), *(name for name, shape in FAULTS.items() if re.search(shape, text))]


def found(texts: Iterator[str]) -> dict[str, list[str]]:
    return {text: faults(text) for text in texts if faults(text)}


@settings(max_examples=60)
@given(bodies())
def test_whatever_the_body_its_sentences_are_whole(data: dict[str, Any]) -> None:
    evidence = read_evidence(data)
    compared = rate_all(evidence)
    assert found(text for rating in compared.ratings.values() for text in said(evidence, rating)) == {}
    assert found(iter(compared.differences)) == {}


@pytest.mark.parametrize("case", BODIES)
def test_a_body_from_elsewhere_is_told_in_whole_sentences(case: str) -> None:
    evidence = read_evidence(BODIES[case][0])
    ratings = rate_all(evidence).ratings
    assert found(text for rating in ratings.values() for text in said(evidence, rating)) == {}
    assert found(iter(describe(stability(evidence, next(iter(ratings)))))) == {}


def library_texts() -> Iterator[str]:
    library, _ = read_library(STUDIES)
    for finding in find_all(library).values():
        yield from (finding.sentence, finding.not_graded)
        graded = Graded(
            finding.claim.claim,
            finding.evidence,
            finding.rating,
            finding.ratings or {},
            stability=finding.stability,
            systems=finding.other_systems,
        )
        yield from (line.strip().partition(" [rule")[0] for line in graded.told(explain=True))
        for rating in (finding.ratings or {}).values():
            yield from said(finding.evidence, rating)  # type: ignore[arg-type]


def test_what_the_library_s_ratings_say_is_sound() -> None:
    assert found(library_texts()) == {}
