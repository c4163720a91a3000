"""Bodies of evidence as others would hand them in: what is asked for, what is rated, what is flagged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from claimbook.appraisal import DOMAINS, Comparison, rate_all, read_evidence
from claimbook.cli import main

DIRECT = dict.fromkeys(("population", "intervention", "comparison", "outcome"), "yes")
NULL: dict[str, Any] = {"type": "null"}
MAIN = ("core-grade-2025", "grade-classic")


def smd(**changes: Any) -> dict[str, Any]:
    """What the smallest table prints of a continuous outcome."""
    given = {
        "id": "smd",
        "measure": "SMD",
        "est": 0.5,
        "lo": 0.3,
        "hi": 0.7,
        "k": 12,
        "n": 430,
        "design": "rct",
        "direction": "higher_better",
        "threshold": {"type": "mid", "value": 0.2},
    }
    return given | changes


def ratio(measure: str = "RR", **changes: Any) -> dict[str, Any]:
    """What the smallest table prints of events."""
    given = {
        "measure": measure,
        "est": 0.87,
        "lo": 0.73,
        "hi": 1.04,
        "k": 25,
        "n": 8823,
        "direction": "lower_better",
        "threshold": NULL,
        "baseline_risk": 0.057,
    }
    return smd(**(given | changes))


def single(**changes: Any) -> dict[str, Any]:
    given = {"design": "single_group_prepost", "measure": "SMCR", "k": 1, "n": 12, "est": 0.9, "hi": 1.4}
    return smd(**(given | changes))


def told(**changes: Any) -> dict[str, Any]:
    """A synthesis without a pooled estimate."""
    return smd(**({"est": None, "lo": None, "hi": None} | changes))


STUDIES = [{"est": est, "se": 0.2, "n": 40, "high_rob": high} for est, high in [(0.4, True), (0.6, False)]]

# Body, the certainty of its main rule set, and what the flags must say was not assessed.
BODIES: dict[str, tuple[dict[str, Any], str, bool]] = {
    "nothing but the effect": (smd(), "high", True),
    "nulls for what is not known": (
        smd(i2=None, tau2=None, studies=None, risk_of_bias=None, indirectness=None, publication_bias=None),
        "high",
        True,
    ),
    "empty objects": (smd(risk_of_bias={}, indirectness={}, upgrades={}, publication_bias={}), "high", True),
    "a summary of nulls": (
        smd(i2=0, risk_of_bias={"weight_high": None, "est_low": 0.4}, indirectness=DIRECT),
        "high",
        True,
    ),
    "all that is asked": (smd(i2=0, risk_of_bias={"weight_high": 0}, indirectness=DIRECT), "high", False),
    "one word for all studies": (
        smd(i2=0, risk_of_bias={"judgement": "serious"}, indirectness=DIRECT),
        "moderate",
        False,
    ),
    "some elements answered": (
        smd(i2=0, risk_of_bias={"weight_high": 0}, indirectness={"outcome": "no"}),
        "low",
        True,
    ),
    "some studies listed": (smd(i2=0, studies=STUDIES, indirectness=DIRECT), "high", True),
    "all studies listed": (smd(k=2, n=80, studies=STUDIES, indirectness=DIRECT), "high", False),
    "words with capitals": (
        smd(k=2, n=80, i2=0, indirectness=DIRECT, studies=[{"rob": "Low"}, {"rob": "High"}]),
        "high",
        False,
    ),
    "a summary where the studies' words have no fold": (
        smd(
            k=2,
            i2=0,
            indirectness=DIRECT,
            studies=[{"rob": "Some concerns"}, {"rob": "Low"}],
            risk_of_bias={"weight_high": 0},
        ),
        "high",
        False,
    ),
    "some studies listed, without a fold": (
        smd(i2=0, indirectness=DIRECT, studies=[{"rob": "Some concerns"}], risk_of_bias={"weight_high": 0}),
        "high",
        False,
    ),
    "answers with capitals": (
        smd(
            i2=0,
            risk_of_bias={"weight_high": 0},
            direction="Higher better",
            indirectness={**DIRECT, "outcome": "Probably no"},
        ),
        "moderate",
        False,
    ),
    "a reader's eye and no I2": (
        smd(inconsistency={"differ": True}, risk_of_bias={"weight_high": 0}, indirectness=DIRECT),
        "moderate",
        False,
    ),
    "no participants": (smd(n=None), "high", True),
    "a large effect and no participants": (smd(n=None, est=1.2, lo=0.9, hi=1.5), "high", True),
    "one study": (smd(k=1, n=60), "high", True),
    "a mean difference with its SD": (
        smd(measure="MD", est=2.7, lo=2.4, hi=3.1, sd=6, threshold={"type": "mid", "value": 1}),
        "high",
        True,
    ),
    "a mean difference against the null": (smd(measure="MD", threshold=NULL), "high", True),
    "a risk ratio": (ratio(), "moderate", True),
    "a risk ratio with a ratio as threshold": (
        ratio(threshold={"type": "mid", "value": 0.8}),
        "moderate",
        True,
    ),
    "a risk ratio with a threshold per 1000": (
        ratio(threshold={"type": "mid", "per_1000": 10}),
        "moderate",
        True,
    ),
    "an odds ratio": (ratio("OR", est=0.5, lo=0.4, hi=0.6), "high", True),
    "a hazard ratio": (ratio("HR", est=0.8, lo=0.7, hi=0.9), "high", True),
    "a rate ratio needs no baseline": (
        ratio("IRR", est=0.76, lo=0.7, hi=0.81, baseline_risk=None),
        "high",
        True,
    ),
    "a risk difference": (ratio("RD", est=-0.02, lo=-0.03, hi=-0.01), "high", True),
    "a ratio of means": (smd(measure="ROM", est=1.1, lo=1.05, hi=1.2, threshold=NULL), "high", True),
    "cohorts": (smd(design="cohort"), "low", True),
    "cohorts with a large effect": (
        ratio(est=2.6, lo=2.1, hi=3.2, design="cohort", risk_of_bias={"weight_high": 0}, n=20000),
        "moderate",
        True,
    ),
    "a large effect whose risk of bias nobody assessed": (
        ratio(est=2.6, lo=2.1, hi=3.2, design="cohort", n=20000),
        "low",
        True,
    ),
    "a design with a hyphen": (smd(design="quasi-random"), "high", True),
    "one group": (single(), "very_low", True),
    "one group with its risk of bias": (
        single(risk_of_bias={"judgement": "serious"}, indirectness=DIRECT),
        "very_low",
        False,
    ),
    "no estimate": (told(), "high", True),
    "no estimate and no participants": (told(n=None), "high", True),
    "no estimate but directions": (
        told(k=3, studies=[{"shows": s, "high_rob": False} for s in ("benefit", "benefit", "harm")]),
        "moderate",
        True,
    ),
    "a review that was not re-extracted": (smd(k=43, n=900, review={"amstar_yes": 4}), "moderate", False),
}  # fmt: skip


def compared(body: dict[str, Any]) -> Comparison:
    return rate_all(read_evidence(body))


@pytest.mark.parametrize("case", BODIES)
def test_a_body_from_elsewhere_is_rated_with_what_it_states(case: str) -> None:
    body, certainty, unassessed = BODIES[case]
    result = grade(body, 0)
    (one,) = json.loads(result.stdout)
    rating = next(iter(one["rulesets"].values()))
    assert (rating["certainty"], "NOT_ASSESSED" in rating["flags"]) == (certainty, unassessed)
    assert set(rating["domains"]) >= set(DOMAINS)


def grade(bodies: Any, code: int, *more: str) -> Result:
    arguments = ["grade", "--evidence", "-", "--json", *more]
    result = CliRunner().invoke(main, arguments, input=json.dumps(bodies))
    assert result.exit_code == code, result.output
    return result


def test_a_domain_that_nobody_assessed_is_a_flagged_zero_with_its_own_rule() -> None:
    step = compared(smd()).ratings["core-grade-2025"].step("risk_of_bias")
    assert (step.level, step.rule, step.word) == (0, "G.RISK_OF_BIAS.NOTASSESSED", "not assessed")


def test_a_certainty_with_gaps_says_that_it_is_an_upper_bound() -> None:
    rating = compared(smd(i2=0)).ratings["core-grade-2025"]
    assert rating.because == (
        "Started high; nothing moved it; ended high at most (risk of bias and indirectness not assessed)."
    )


def test_the_finding_ends_with_what_was_not_assessed() -> None:
    rating = compared(smd()).ratings["core-grade-2025"]
    assert rating.sentence == (
        "The intervention increases the outcome. Not assessed: risk of bias, inconsistency and indirectness, "
        "any of which may lower the certainty."
    )


def test_elements_that_nobody_answered_do_not_hide_one_that_costs_a_level() -> None:
    step = compared(smd(indirectness={"outcome": "no"})).ratings["core-grade-2025"].step("indirectness")
    assert (step.level, "NOT_ASSESSED" in step.flags) == (-2, True)


def test_without_a_baseline_the_ratio_is_rated_and_the_missing_field_is_an_error() -> None:
    result = grade(ratio(baseline_risk=None), 1)
    (one,) = json.loads(result.stdout)
    assert one["error"].startswith("baseline_risk: is missing") and one["error"] in result.stderr
    assert "BASELINE_RISK_MISSING" in one["rulesets"]["core-grade-2025"]["flags"]


# The vectors of the specification that print no baseline risk, as they stand there.
PLAIN: dict[str, tuple[dict[str, Any], str, int]] = {
    "I1": (
        {"est": 1.32, "lo": 0.76, "hi": 2.30, "threshold": {"type": "null", "value": 1.20}},
        "imprecision",
        -2,
    ),
    "I2": ({"est": 1.32, "lo": 0.76, "hi": 2.30}, "imprecision", -1),
    "I12": ({"est": 0.70, "lo": 0.57, "hi": 0.86}, "imprecision", 0),
    "U1": ({"est": 2.6, "lo": 2.1, "hi": 3.2, "design": "cohort", "k": 2}, "large_effect", 1),
    "U2": ({"est": 6, "lo": 5.1, "hi": 7, "design": "cohort", "k": 2}, "large_effect", 2),
}  # fmt: skip


@pytest.mark.parametrize("case", PLAIN)
def test_a_ratio_without_a_baseline_still_moves_its_domains(case: str) -> None:
    changes, domain, level = PLAIN[case]
    body = ratio(**(changes | {"baseline_risk": None, "risk_of_bias": {"weight_high": 0}}))
    assert compared(body).ratings["core-grade-2025"].step(domain).level == level


BLOCKING: dict[str, tuple[dict[str, Any], str]] = {
    "direction": (smd(direction=None), "direction: is missing"),
    "threshold": (smd(threshold=None), "threshold: is missing"),
    "threshold type": (smd(threshold={}), "threshold.type: is missing"),
    "the value of a MID": (smd(threshold={"type": "mid"}), "threshold.value: a threshold"),
    "design": (smd(design=None), "design: is missing"),
    "a review's design": (smd(design="sr_ma"), "design: a review is rated by"),
    "fold": (smd(k=1, studies=[{"rob": "Some concerns"}]), "fold: is missing"),
    "fold of a shared word": (smd(risk_of_bias={"judgement": "moderate"}), "fold: is missing"),
    "baseline of a risk ratio": (ratio(baseline_risk=None), "baseline_risk: is missing; RR"),
    "baseline of an odds ratio": (ratio("OR", baseline_risk=None), "baseline_risk: is missing; OR"),
    "baseline of a hazard ratio": (ratio("HR", baseline_risk=None), "baseline_risk: is missing; HR"),
    "baseline of a threshold per 1000": (
        ratio("IRR", baseline_risk=None, threshold={"type": "mid", "per_1000": 10}),
        "baseline_risk: is missing",
    ),
    "measure": (smd(measure="smd"), 'measure: \'smd\' is not one of'),
    "number of studies": (smd(k=None), "k: is missing"),
    "no study": (smd(k=0), "k: is 0"),
    "limits": (smd(lo=None), "lo: is missing"),
    "a baseline in 1000s": (ratio(baseline_risk=57), "baseline_risk: 57 is impossible"),
    "a ratio below zero": (ratio(lo=-0.3), "lo: -0.3 is impossible"),
    "a threshold per 1000 of an SMD": (
        smd(threshold={"type": "mid", "per_1000": 10}),
        "threshold.per_1000: has no meaning for SMD",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BLOCKING)
def test_what_decides_the_question_is_asked_for_and_never_guessed(case: str) -> None:
    body, message = BLOCKING[case]
    result = grade(body, 1)
    assert json.loads(result.stdout)[0]["error"].startswith(message)


def test_bodies_without_an_id_are_numbered_and_ids_come_back_as_they_were() -> None:
    bodies = [{**smd(), "id": name} for name in (None, 7, "x")]
    bodies[0].pop("id")
    assert [one["id"] for one in json.loads(grade(bodies, 0).stdout)] == [0, 7, "x"]


def test_a_body_alone_and_a_list_of_one_give_the_same() -> None:
    assert grade(smd(), 0).stdout == grade([smd()], 0).stdout


def test_every_rule_set_that_fits_answers_and_the_others_say_what_they_lack() -> None:
    (one,) = json.loads(grade(smd(), 0).stdout)
    assert (tuple(one["rulesets"]), set(one["refused"])) == (
        MAIN,
        {"grade-robins-start-high", "narrative-2017", "pollock-2016"},
    )


def test_the_answer_shows_the_effect_per_1000() -> None:
    (one,) = json.loads(grade(ratio(), 0).stdout)
    shown = one["presentations"]
    assert (shown["per_1000"]["est"], shown["risk_per_1000"]["hi"]) == (
        pytest.approx(-7.41),
        pytest.approx(59.28),
    )


def test_an_explained_answer_tells_what_would_move_it() -> None:
    (one,) = json.loads(grade(smd(n=300, i2=20), 0, "--explain").stdout)
    labels = {variant["label"]: variant["certainty"] for variant in one["stability"]["variants"]}
    assert (labels["the other rule set"], one["other_systems"]["acsm"]["word"]) == ("moderate", "B")


def listed(*estimates: tuple[float, bool]) -> list[dict[str, Any]]:
    return [{"est": est, "se": 0.1, "n": 40, "high_rob": high} for est, high in estimates]


def test_low_risk_studies_that_differ_are_shown_as_a_body_of_their_own() -> None:
    studies = listed((0.9, True), (0.8, True), (0.1, False), (0.12, False), (0.08, False))
    body = smd(k=5, n=200, i2=60, est=0.4, lo=0.25, hi=0.55, studies=studies, indirectness=DIRECT)
    (one,) = json.loads(grade(body, 0, "--explain").stdout)
    low = one["stability"]["low_risk"]
    assert (low["k"], low["est"], low["preferred"]) == (3, pytest.approx(0.1), True)


@pytest.mark.parametrize(
    "body", [smd(n=1e308), ratio("IRR", n=100, events=1e308), ratio(n=1e308, events=1e308)]
)
def test_more_people_than_can_be_multiplied_are_explained_all_the_same(body: dict[str, Any]) -> None:
    assert json.loads(grade(body, 0, "--explain").stdout)[0]["stability"]["variants"]


def test_an_explained_rating_reads_as_lines() -> None:
    text = CliRunner().invoke(main, ["grade", "--evidence", "-", "--explain"], input=json.dumps(smd())).stdout
    assert "  Note: Nobody assessed a domain, so the certainty is at most this.\n" in text
