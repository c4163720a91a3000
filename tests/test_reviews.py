"""A review's printed result as a body of evidence: what it prints moves it, what it does not bounds it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

import claimbook as cb
from claimbook import findings
from claimbook.findings.finding import AS_PUBLISHED
from claimbook.findings.reviews import AGREES, Published, agreement, published
from claimbook.records import Library
from claimbook.records.models import Indirectness, Mention, Reported

CLAIM, REVIEW, RESULT = "concurrent-hypertrophy", "schumann2022", "hypertrophy"
DIRECT = dict.fromkeys(("population", "intervention", "comparison", "outcome"), "yes")
BEHIND: dict[str, Any] = {
    "design": "rct_parallel",
    "high_risk": "0",
    "asymmetry": "0.6",
    "says": "All that a rating reads.",
    "where": "abstract",
    "status": "confirmed",
}
WHOLE: dict[str, Any] = {
    "measure": "SMD",
    "estimate": "0.50",
    "low": "0.30",
    "high": "0.70",
    "k": "12",
    "n": "430",
    "i2": "20",
    "behind": BEHIND,
}


@pytest.fixture(scope="module")
def library() -> Library:
    return cb.read_library("studies")[0]


@pytest.fixture(scope="module")
def found(library: Library) -> dict[str, findings.Finding]:
    return findings.find_all(library)


def changed(library: Library, data: dict[str, Any], direct: dict[str, str] = DIRECT, **claim: Any) -> Library:
    """The library with other printed numbers in the review, which alone stands beside the claim."""
    study = library.studies[REVIEW]
    results = tuple(
        r.model_copy(update={"reported": Reported.model_validate(data)}) if r.id == RESULT else r
        for r in study.results
    )
    judged = Indirectness.model_validate({**direct, "because": "A test."})
    mention = Mention(study=REVIEW, result=RESULT, says="A test.", indirectness=judged)
    asked = library.claims[CLAIM].model_copy(update={"beside": (mention,), "asserts": "benefit", **claim})
    return replace(
        library,
        studies={**library.studies, REVIEW: study.model_copy(update={"results": results})},
        claims={**library.claims, CLAIM: asked},
    )


def rated(library: Library, data: dict[str, Any], direct: dict[str, str] = DIRECT, **claim: Any) -> Published:
    """The review alone, without the claim's own studies."""
    made = changed(library, data, direct, **claim)
    (one,) = published(made, made.claims[CLAIM])
    return one


def without(*names: str) -> dict[str, Any]:
    """The whole summary but for some numbers, of the result or of what stands behind it."""
    behind = {key: value for key, value in BEHIND.items() if key not in names}
    return {key: value for key, value in WHOLE.items() if key not in names} | {"behind": behind}


def test_a_review_that_prints_all_is_rated_as_any_body(library: Library) -> None:
    one = rated(library, WHOLE)
    assert (one.certainty, one.open, one.reading) == ("high", "", "speaks for the claim")


# What is not printed -> the level at worst, and how the page names it; the level at most stays high.
GAPS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "risk of bias": (("high_risk",), "moderate", "risk of bias"),
    "heterogeneity": (("i2",), "moderate", "inconsistency"),
    "asymmetry": (("asymmetry",), "moderate", "publication bias"),
    "how many studies, which the funnel needs": (("k",), "moderate", "publication bias"),
    "design": (("design",), "low", "the studies' design"),
    "two domains": (("high_risk", "i2"), "low", "risk of bias and inconsistency"),
    "design and two domains": (
        ("design", "high_risk", "i2"),
        "very low",
        "the studies' design, risk of bias and inconsistency",
    ),
}


@pytest.mark.parametrize("case", GAPS)
def test_what_is_not_printed_is_named_and_lowers_the_worst_level_alone(library: Library, case: str) -> None:
    names, worst, named = GAPS[case]
    one = rated(library, without(*names))
    assert (one.certainty, one.open) == (f"anything from {worst} to high", named)


# Printed numbers -> domain, level, by hand from Core GRADE's figures.
PRINTED: dict[str, tuple[dict[str, Any], str, int]] = {
    "an interval that crosses the worthwhile effect": ({"low": "0.10"}, "imprecision", -1),
    "one that holds benefit and harm": (
        {"estimate": "0.10", "low": "-0.50", "high": "0.70"},
        "imprecision",
        -2,
    ),
    "a limit on the line has not crossed it": ({"low": "0.20"}, "imprecision", 0),
    "a large effect of too few people": (
        {"estimate": "0.95", "low": "0.60", "high": "1.30", "n": "60"},
        "imprecision",
        -2,
    ),
    "a high I2 without the studies' estimates": ({"i2": "60"}, "inconsistency", -1),
    "most studies at high risk": ({"behind": BEHIND | {"high_risk": "0.7"}}, "risk_of_bias", -1),
    "few studies at high risk": ({"behind": BEHIND | {"high_risk": "0.3"}}, "risk_of_bias", 0),
    "a lopsided funnel": ({"behind": BEHIND | {"asymmetry": "0.01"}}, "publication_bias", -1),
    "a bound on the funnel's p": ({"behind": BEHIND | {"asymmetry": "<0.05"}}, "publication_bias", -1),
    "a funnel of few studies tells nothing": (
        {"k": "9", "behind": BEHIND | {"asymmetry": "0.01"}},
        "publication_bias",
        0,
    ),
}


@pytest.mark.parametrize("case", PRINTED)
def test_a_printed_number_moves_its_domain(library: Library, case: str) -> None:
    numbers, domain, level = PRINTED[case]
    one = rated(library, WHOLE | numbers)
    assert one.rating is not None and one.rating.step(domain).level == level


def test_an_open_element_of_indirectness_bounds_the_certainty(library: Library) -> None:
    one = rated(library, WHOLE, {**DIRECT, "comparison": "unknown"})
    assert (one.certainty, one.open) == ("anything from moderate to high", "indirectness")


def test_all_elements_open_is_a_domain_that_nobody_assessed(library: Library) -> None:
    assert rated(library, WHOLE, dict.fromkeys(DIRECT, "unknown")).open == "indirectness"


def test_another_question_is_rated_but_tests_nothing(library: Library) -> None:
    one = rated(library, WHOLE, {**DIRECT, "population": "no"})
    assert (one.certainty, one.tests, one.telling) == ("low", False, False)


# What is no body of evidence beside this claim, and what is said of it.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no interval": ({"low": "unknown"}, "No estimate with an interval is printed."),
    "another interval": ({"level": "0.90"}, "Its interval is one of 90 %, and the rules read 95 %."),
    "an unnamed measure": (
        {"measure": "effect size"},
        "Its measure (effect size) is none that the rules read.",
    ),
    "an estimate outside its interval": ({"estimate": "0.90"}, "est: 0.9 lies outside its interval"),
    "a review of reviews": ({"behind": BEHIND | {"design": "sr_ma"}}, "design: a review is rated by"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_rated_says_why(library: Library, case: str) -> None:
    numbers, why = REFUSED[case]
    one = rated(library, WHOLE | numbers)
    assert (one.rating, one.certainty, one.not_rated.startswith(why)) == (None, "not rated", True)


def beside_ours(library: Library, study: str, result: str, key: str = CLAIM) -> Published:
    judged = Indirectness.model_validate({**DIRECT, "because": "A test."})
    mention = Mention(study=study, result=result, says="A test.", indirectness=judged)
    claim = library.claims[key].model_copy(update={"beside": (mention,)})
    (one,) = published(replace(library, claims={**library.claims, key: claim}), claim)
    return one


@pytest.mark.parametrize("key", [CLAIM, "running-helps-lifting"])
def test_the_trials_that_we_pool_are_not_rated_a_second_time(library: Library, key: str) -> None:
    """Two claims use them; the review names one of the two as the way to its number."""
    one = beside_ours(library, "huiberts2024", "hypertrophy", key)
    assert one.not_rated == "It pools trials that we pool ourselves; they are rated once, as ours."


def test_a_single_study_is_no_review(library: Library) -> None:
    assert beside_ours(library, "hakkinen2003", "size").not_rated.startswith(
        "Only the pooled result of a review"
    )


def test_a_rated_review_leaves_our_own_answer_as_it_is(library: Library) -> None:
    bare = library.claims[CLAIM].model_copy(update={"beside": ()})
    alone = findings.find(replace(library, claims={**library.claims, CLAIM: bare}), CLAIM)
    both = findings.find(library, CLAIM)
    assert both.published and not alone.published
    assert [getattr(both, x) for x in ("rows", "rating", "verdict", "sentence", "k", "n")] == [
        getattr(alone, x) for x in ("rows", "rating", "verdict", "sentence", "k", "n")
    ]


def test_without_studies_of_ours_a_review_answers_with_its_worst_level(library: Library) -> None:
    f = findings.find(changed(library, WHOLE, studies=()), CLAIM)
    assert (f.verdict, f.verdict_note, f.certainty) == ("Supported", "as published", "high")


def test_without_studies_of_ours_a_review_that_prints_little_leaves_the_claim_open(library: Library) -> None:
    f = findings.find(changed(library, without("design", "high_risk", "i2"), studies=()), CLAIM)
    assert (f.verdict, f.certainty) == ("Too uncertain to call", "very_low")


def test_a_review_of_another_question_leaves_a_claim_untested(library: Library) -> None:
    f = findings.find(changed(library, WHOLE, {**DIRECT, "outcome": "no"}, studies=()), CLAIM)
    assert (f.verdict, f.certainty) == ("Untested", "not graded")


# Their estimate and interval beside ours of 0.40 (0.20 to 0.60): whose estimate lies in whose interval.
BESIDE = {
    (True, True): ("0.50", "0.30", "0.70"),
    (True, False): ("0.50", "0.45", "0.55"),
    (False, True): ("0.80", "0.10", "1.50"),
    (False, False): ("0.80", "0.50", "1.10"),
}


@pytest.mark.parametrize("inside", BESIDE)
def test_agreement_asks_whose_estimate_lies_in_whose_interval(
    library: Library, inside: tuple[bool, bool]
) -> None:
    names = ("estimate", "low", "high")
    ours = rated(library, WHOLE | dict(zip(names, ("0.40", "0.20", "0.60"), strict=True))).evidence
    theirs = rated(library, WHOLE | dict(zip(names, BESIDE[inside], strict=True))).evidence
    assert theirs is not None and agreement(ours, theirs) == AGREES[inside]


def test_intervals_apart_disagree(library: Library) -> None:
    ours = rated(library, WHOLE).evidence
    theirs = rated(library, WHOLE | {"estimate": "-0.5", "low": "-0.7", "high": "-0.3"}).evidence
    assert theirs is not None and agreement(ours, theirs).startswith("It disagrees with ours")


def test_the_reviews_of_the_library_are_rated_within_these_bounds(
    found: dict[str, findings.Finding],
) -> None:
    made = {
        (key, one.beside.study): one.certainty
        for key, f in found.items()
        for one in f.published
        if one.tests and not f.parts
    }
    assert made == {
        ("running-versus-lifting", "grgic2019"): "at most moderate, at worst very low",
        ("running-adds-muscle-for-some", "molmen2024"): "very low",
        ("sprinting-grows-muscle", "molmen2024"): "very low",
        ("running-helps-lifting", "schumann2022"): "at most moderate, at worst very low",
        ("running-helps-lifting", "lundberg2022"): "at most low, at worst very low",
        ("plyometrics-grow-muscle", "arntz2022"): "anything from very low to high",
        ("concurrent-hypertrophy", "schumann2022"): "anything from very low to high",
        ("concurrent-hypertrophy", "lundberg2022"): "at most low, at worst very low",
        ("concurrent-power", "schumann2022"): "at most moderate, at worst very low",
        ("concurrent-strength", "schumann2022"): "anything from very low to high",
    }


def test_a_claim_about_a_review_shows_what_it_printed_on_each_outcome(
    found: dict[str, findings.Finding],
) -> None:
    shown = {one.about: one.reading for one in found["review-no-interference"].published}
    assert shown == {
        "maximal strength": "speaks for the claim",
        "muscle size": "speaks for the claim",
        "explosive strength": "speaks against the claim",
    }


def test_no_review_that_prints_too_little_moves_a_verdict(found: dict[str, findings.Finding]) -> None:
    assert [key for key, f in found.items() if f.verdict_note == AS_PUBLISHED] == []


def test_an_answer_names_what_its_number_leaves_out(found: dict[str, findings.Finding]) -> None:
    assert found["running-does-not-shrink-muscle"].answer.endswith(
        "Not in this number, as too little is printed: Kohrt 1992 (no change, 93 people)."
    )


def test_every_printed_number_of_a_rated_review_has_its_line(found: dict[str, findings.Finding]) -> None:
    numbers = [number for f in found.values() for one in f.published for number in one.inputs]
    assert numbers and all(number.line > 1 and number.where for number in numbers)


def test_studies_without_a_pool_are_told_by_what_they_print(found: dict[str, findings.Finding]) -> None:
    assert found["running-versus-lifting"].unpooled_line == (
        "Counted by direction alone, as too little is printed: McCarthy 2002 (+9 percentage points, 20 "
        "people); Mikkola 2012 (+4 percentage points, 27 people); Sillanpää 2009 (no difference)."
    )


def test_one_pooled_study_does_not_silence_the_others(found: dict[str, findings.Finding]) -> None:
    rating = found["beginners-gain-lean-mass"].rating
    assert rating is not None and rating.step("inconsistency").reason == (
        "The estimate is one study's; one more study of the question cannot be set against it."
    )


def test_what_is_no_effect_is_answered_by_what_was_found(found: dict[str, findings.Finding]) -> None:
    answer = found["quads-up-calves-down"].answer
    assert "the reverse of the claim" in answer and answer.endswith("so it is not graded.")


def test_a_claim_about_a_source_says_that_its_verdict_is_on_the_effect(
    found: dict[str, findings.Finding],
) -> None:
    f = found["intervals-young-quads"]
    assert (f.verdict, f.verdict_note) == ("Too uncertain to call", "the effect itself")


def grade(*arguments: str) -> str:
    from click.testing import CliRunner

    from claimbook.cli import main

    result = CliRunner().invoke(main, ["grade", *arguments], prog_name="claimbook")
    assert result.exit_code == 0, result.output
    return result.stdout


def test_grade_tells_a_review_and_explains_its_steps_and_its_gaps() -> None:
    told = grade("running-versus-lifting", "--explain")
    assert (
        "  As published, Grgic 2019 speaks for the claim: SMD 0.66 (0.41 to 0.90), certainty at most" in told
    )
    assert "Not printed: the studies' design, risk of bias and publication bias." in told
    assert "Not rated for risk of bias: The studies' risk of bias was not assessed." in told


def test_grade_gives_both_ends_of_a_review_as_json() -> None:
    (one,) = json.loads(grade("running-versus-lifting", "--json"))
    (review,) = one["published"]
    ends = {end: rating["certainty"] for end, rating in review["ratings"].items()}
    assert ends == {"at_most": "moderate", "at_worst": "very_low"}
