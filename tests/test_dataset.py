"""The library behind the flagship book: complete, honest about what is known, and equal to its sources."""

from __future__ import annotations

import re

import pytest

import claimbook as cb
from claimbook import findings
from claimbook.findings.rows import numbers


@pytest.fixture(scope="module")
def library():
    library, problems = cb.read_library("studies")
    assert problems == []
    return library


@pytest.fixture(scope="module")
def found(library):
    return findings.find_all(library)


def test_the_26_claims_of_the_article_are_there_once_each(library):
    assert sorted(c.number for c in library.claims.values() if c.number) == list(range(1, 27))


def test_no_claim_pretends_to_quote(library):
    assert {c.wording for c in library.claims.values()} == {"reconstructed"}


def test_titles_have_at_most_ten_words(library):
    assert [c.title for c in library.claims.values() if len(re.findall(r"[\w'-]+", c.title)) > 10] == []


def test_every_record_speaks_to_a_claim(library):
    """Used, shown beside, left out with a reason, or about the people of a record that is."""
    named = {
        mention.study
        for claim in library.claims.values()
        for mention in (*claim.studies, *claim.beside, *claim.left_out)
    }
    linked = {
        study
        for study, record in library.studies.items()
        if any(link.study in named for link in record.same_people)
    }
    assert set(library.studies) - named - linked == set()


def test_what_a_claim_names_exists(library):
    for claim in library.claims.values():
        for mention in (*claim.studies, *claim.beside, *claim.left_out):
            assert not mention.result or library.studies[mention.study].result(mention.result)


def test_the_bibliography_and_the_records_are_the_same_set(library):
    assert set(library.bibliography) == set(library.studies)


def test_links_between_reports_of_one_cohort_go_both_ways(library):
    links = {(key, link.study) for key, record in library.studies.items() for link in record.same_people}
    assert links and all((there, here) in links for here, there in links)


def test_published_reviews_are_shown_and_never_pooled(library):
    reviews = {"sr_ma", "narrative_review"}
    pooled = [
        u.study
        for c in library.claims.values()
        for u in c.studies
        if library.studies[u.study].design.kind in reviews
    ]
    assert pooled == []


def test_two_reports_of_one_cohort_never_answer_one_claim(library):
    for claim in library.claims.values():
        used = {u.study for u in claim.studies}
        assert not any(link.study in used for key in used for link in library.studies[key].same_people)


def test_every_used_result_has_a_judgement_of_its_bias(library, found):
    rows = [(f.claim.claim, r.study) for f in found.values() for r in f.rows if not r.risk_of_bias]
    assert rows == []


def test_a_derived_number_shows_its_formula_and_an_inferred_one_its_reason(library):
    given = [n for s in library.studies.values() for r in s.results for _, n in numbers(r.data)]
    assert all(n.formula for n in given if n.status == "derived")
    assert all(n.because for n in given if n.status == "inferred")


def test_nothing_recalled_from_memory_is_in_the_files(library):
    files = [*library.root.glob("records/*.yaml"), *library.root.glob("claims/*.yaml")]
    texts = {path.name: path.read_text(encoding="utf-8").lower() for path in files}
    assert [name for name, text in texts.items() if "recalled" in text or "from memory" in text] == []


def test_prose_stays_within_its_words(library):
    """No "significant", no "no effect", no advice, in what a page prints as our own."""
    for claim in library.claims.values():
        reasons = [mention.says for mention in claim.beside] + [left.because for left in claim.left_out]
        own = " ".join([claim.title, *claim.limits, *reasons])
        assert not re.search(r"significan|no effect|\bshould\b|\bprove", own, re.IGNORECASE), claim.claim


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("trained-runners-do-not-grow", "Untested"),
        ("runners-need-short-hard-efforts", "Untested"),
        ("sprints-grow-without-failure", "Untested"),
        ("hills-as-strength-work", "Untested"),
        ("hills-safer-at-same-effort", "Untested"),
        ("few-studies-of-running-and-size", "Not an effect claim"),
        ("time-under-tension-limits-running", "Not an effect claim"),
        ("impact-four-to-six-body-weights", "Not an effect claim"),
        ("fitness-lets-you-lift-more", "Not an effect claim"),
        ("capillaries-help-growth", "Not an effect claim"),
        ("hill-sprint-like-sled", "Not an effect claim"),
        ("quads-up-calves-down", "Not an effect claim"),
        ("lifting-for-size", "Not an effect claim"),
    ],
)
def test_what_nobody_tested_and_what_is_no_effect_is_not_graded(found, claim, verdict):
    assert (found[claim].verdict, found[claim].rating) == (verdict, None)


def test_no_claim_about_running_and_size_rises_above_very_low_certainty(found):
    """No trial of running against no exercise with an imaged quadriceps is known."""
    keys = ("running-adds-muscle-for-some", "beginners-gain-lean-mass", "running-grows-quads")
    assert {found[key].certainty for key in keys} == {"very_low"}


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("intervals-young-quads", "accurate but incomplete"),
        ("endurance-older-quads", "accurate but incomplete"),
        ("review-no-interference", "accurate but incomplete"),
        ("impact-four-to-six-body-weights", "overstated"),
    ],
)
def test_cited_sources_are_checked(library, claim, verdict):
    assert library.claims[claim].source_check.verdict == verdict


PRINTED = [
    ("estes2017", "vastus-lateralis-area", ("10.6", "12")),
    ("schwartz1991", "thigh-muscle-older", ("9", "15")),
    ("schumann2022", "max-strength", ("-0.06", "-0.20", "0.09")),
    ("schumann2022", "explosive-strength", ("-0.28", "-0.48", "-0.08")),
    ("schumann2022", "hypertrophy", ("-0.01", "-0.16", "0.18")),
    ("lundberg2022", "fibre-type-1-running", ("-0.81", "-1.26", "-0.36")),
    ("grgic2019", "whole-muscle", ("0.66", "0.41", "0.90")),
    ("steele2021", "fat-free-mass", ("-0.0004", "-0.05", "0.05")),
    ("arntz2022", "size", ("0.47", "0.23", "0.71")),
    ("refalo2023", "set-failure", ("0.19", "0.00", "0.37")),
    ("liu2022", "capillaries-per-fibre", ("0.33", "0.30", "0.37")),
    ("molmen2024", "fibre-area-endurance", ("1.065", "1.030", "1.101")),
    ("molmen2024", "fibre-area-well-trained", ("1.048", "0.908", "1.210")),
    ("mccarthy2002", "extensors-endurance", ("3", "10")),
    ("mccarthy2002", "extensors-strength", ("12", "10")),
    ("mikkola2012", "quadriceps-endurance", ("2", "11")),
    ("mikkola2012", "quadriceps-concurrent", ("11", "11")),
    ("desouza2013", "quadriceps-strength", ("6.2", "11")),
    ("shamim2018", "vastus-concurrent", ("15", "12")),
    ("trappe2006", "fibre-size", ("-20", "7")),
    ("harber2012", "quadriceps-young", ("5", "7")),
    ("hazell2014", "fat-free-mass", ("1.3", "15")),
    ("nuell2020", "quadriceps", ("6", "12")),
    ("sillanpaa2008", "strength-endurance", ("7", "14")),
    ("miller2014", "knee-force", ("8.02", "14")),
    ("cavanagh1980", "vertical-force", ("3", "17")),
    ("gottschall2005", "impact-downhill", ("54", "10")),
]


@pytest.mark.parametrize(("study", "result", "printed"), PRINTED)
def test_a_number_is_what_its_source_prints(library, study, result, printed):
    held = [str(n) for _, n in numbers(library.studies[study].result(result).data)]
    assert set(printed) <= set(held)


UNKNOWN = [
    ("schumann2022", "hypertrophy", "k"),
    ("kohrt1992", "fat-free-mass", "percent"),
    ("desouza2013", "quadriceps-intervals", "percent"),
    ("wiens2025", "lean-mass", "estimate"),
    ("thomas2022", "leg-lean-mass", "estimate"),
]


@pytest.mark.parametrize(("study", "result", "name"), UNKNOWN)
def test_what_was_not_found_stays_unknown(library, study, result, name):
    assert not getattr(library.studies[study].result(result).data, name).known
