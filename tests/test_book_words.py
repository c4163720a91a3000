"""Numbers and judgements are formatted in one place, with their interval and their unit."""

import math
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from claimbook.appraisal import CERTAINTY, VERDICTS, read_evidence
from claimbook.appraisal.statements import effect
from claimbook.book import words
from claimbook.book.claim import claimed
from claimbook.book.strips import ways


@pytest.mark.parametrize(
    ("value", "decimals", "within", "shown"),
    [
        (-0.325, 2, None, "−0.33"),
        (10.6, 1, None, "10.6"),
        (-0.004, 2, None, "0.00"),
        (1346.0, 0, None, "1,346"),
        (0.01234, None, None, "0.012"),
        (123.456, None, None, "123"),
        (101.5, None, 8.2, "101.5"),
        (0.0, None, None, "0"),
        (1e150, None, None, "1.00 × 10^150"),
        (-1e-150, None, None, "−1.00 × 10^−150"),
        (math.inf, None, None, "∞"),
        (-math.inf, 2, None, "−∞"),
        (math.nan, None, None, "not known"),
        (None, None, None, "not known"),
    ],
)
def test_a_number_has_the_digits_that_it_can_bear(
    value: float | None, decimals: int | None, within: float | None, shown: str
) -> None:
    assert words.number(value, decimals, within) == shown


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_never_has_a_hyphen_for_its_minus(value: float) -> None:
    assert "-" not in words.number(value)


@given(st.floats(-9, 9), st.floats(0, 9))
@example(1e-200, 0.03125)
def test_no_rounding_hides_on_which_side_of_no_effect_a_limit_lies(low: float, width: float) -> None:
    scale = words.scale("PCT").within(low, low + width)
    shown = [scale.bare(limit) for limit in (low, low + width) if abs(limit) > 1e-5]
    assert width < 1e-5 or [text for text in shown if not text.strip("−0.")] == []


def test_a_sentence_gives_a_percentage_with_the_decimals_of_its_page() -> None:
    body = {
        "id": "x",
        "measure": "PCT",
        "unit": "%",
        "est": 1.3,
        "lo": -0.0083,
        "hi": 2.6083,
        "k": 2,
        "n": 40,
    }
    rules = {"design": "single_group_prepost", "direction": "higher_better", "threshold": {"type": "null"}}
    assert effect(read_evidence(body | rules)) == words.scale("PCT").brief(1.3, -0.0083, 2.6083)


@pytest.mark.parametrize(
    ("measure", "y", "low", "high", "shown"),
    [
        ("SMD", -0.325, -0.515, -0.135, "−0.33 SD (95 % interval −0.52 to −0.14)"),
        ("PCT", 10.6, 4.66, 16.54, "10.6 % (95 % interval 4.7 to 16.5)"),
        ("RR", math.log(0.5), math.log(0.25), math.log(1.0), "0.50 (95 % interval 0.25 to 1.00)"),
        ("PCT", 1.3, -0.0083, 2.6083, "1.30 % (95 % interval −0.01 to 2.61)"),
        ("RR", math.log(1.2), math.log(1.004), math.log(1.4), "1.200 (95 % interval 1.004 to 1.400)"),
        ("MD", 3.14159, 1.0, 5.0, "3.1 cm (95 % interval 1.0 to 5.0)"),
        ("SMD", None, None, None, "not computed"),
        ("SMD", 0.5, None, None, "0.50 SD (interval not known)"),
        ("RR", 1000.0, -1000.0, 2000.0, "∞ (95 % interval 0.00 to ∞)"),
    ],
)
def test_an_effect_stands_with_its_interval_and_unit(
    measure: str, y: float | None, low: float | None, high: float | None, shown: str
) -> None:
    assert words.scale(measure, "cm").effect(y, low, high) == shown


def test_a_minus_is_set_before_numbers_and_nowhere_else() -> None:
    assert words.minus("-0.5 to -.2, non-random 4-8, pre-1990") == "−0.5 to −.2, non-random 4-8, pre-1990"


@pytest.mark.parametrize("word", VERDICTS)
def test_every_verdict_has_a_shape_of_its_own(word: str) -> None:
    others = [words.verdict(other).shape for other in VERDICTS if other != word]
    assert words.verdict(word).shape not in [*others, "•"]


@pytest.mark.parametrize("level", CERTAINTY)
def test_every_certainty_has_a_sign_and_a_meaning(level: str) -> None:
    shown = words.certainty(level)
    assert "⊕" in shown.shape and shown.meaning


def test_a_note_does_not_change_the_shape_of_a_verdict() -> None:
    assert words.verdict("Contradicted (size uncertain)").shape == words.verdict("Contradicted").shape


@pytest.mark.parametrize(
    ("items", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_a_list_reads_as_a_sentence(items: list[str], said: str) -> None:
    assert words.listed(items) == said


@pytest.mark.parametrize(("k", "said"), [(0, "0 studies"), (1, "1 study"), (1346, "1,346 studies")])
def test_counts_agree_with_their_noun(k: int, said: str) -> None:
    assert words.studies(k) == said


@pytest.mark.parametrize(
    ("wording", "quoted"), [("verbatim", True), ("paraphrase", False), ("reconstructed", False)]
)
def test_only_verbatim_words_stand_in_quotation_marks(wording: str, quoted: bool) -> None:
    claim = SimpleNamespace(wording=wording, text="Running works.", said_by="A. Coach")
    said = claimed(claim)  # type: ignore[arg-type]
    assert ("<q" in said or "“" in said) == quoted


def test_an_objection_arrives_with_the_page_and_the_record_filled_in() -> None:
    made = list(
        ways("https://example.org/issues/new", "a@example.org", "claims/x.html", "studies/claims/x.yaml")
    )
    assert [
        all(part in str(way) for part in ("claims%2Fx.html", "studies%2Fclaims%2Fx.yaml")) for way in made
    ] == [True] * 4


def test_without_an_address_there_is_nothing_to_contest_with() -> None:
    assert list(ways(None, None, "claims/x.html", "studies/claims/x.yaml")) == []
