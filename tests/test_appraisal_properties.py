"""What holds for every body of evidence, however odd its numbers."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimbook.appraisal import (
    CERTAINTY,
    CLAIMED,
    DOMAINS,
    EvidenceError,
    rate,
    rate_all,
    read_evidence,
    verdict,
)
from claimbook.appraisal.evidence import UNSTATED
from claimbook.appraisal.gaps import cautious
from claimbook.appraisal.vocabulary import FLAGS

ANSWERS = st.sampled_from(["yes", "probably_yes", "probably_no", "no"])
MAYBE = st.sampled_from([None, True, False])
SIZES = st.floats(-3, 3).map(lambda x: round(x, 3))
STUDY = {"est": SIZES, "se": st.floats(0.01, 2), "n": st.integers(4, 500), "high_rob": st.booleans()}
STUDIES = st.lists(st.fixed_dictionaries(STUDY), min_size=1, max_size=8)
DIRECT = dict.fromkeys(("population", "intervention", "comparison", "outcome"), "yes")


@st.composite
def bodies(draw: Any) -> dict[str, Any]:
    lo, est, hi = sorted(draw(st.lists(SIZES, min_size=3, max_size=3)))
    studies = draw(STUDIES)
    measure = draw(st.sampled_from(["SMD", "MD", "RR", "OR", "HR", "IRR", "ROM"]))
    scale = math.exp if measure in ("RR", "OR", "HR", "IRR", "ROM") else float
    return {
        "id": "x",
        "measure": measure,
        "est": scale(est),
        "lo": scale(lo),
        "hi": scale(hi),
        "k": len(studies),
        "n": draw(st.integers(4, 5000)),
        "i2": draw(st.integers(0, 100)),
        "tau2": draw(st.floats(0, 2)),
        "sd": draw(st.sampled_from([None, 1.0, 5.0])),
        "baseline_risk": draw(st.floats(0.01, 0.99)),
        "design": draw(st.sampled_from(["rct", "cohort", "single_group_prepost", "its"])),
        "direction": draw(st.sampled_from(["higher_better", "lower_better"])),
        "threshold": {"type": draw(st.sampled_from(["mid", "null"])), "value": 1.25},
        "studies": [{**study, "est": scale(study["est"])} for study in studies],
        "indirectness": {
            name: draw(ANSWERS) for name in ("population", "intervention", "comparison", "outcome")
        },
        "publication_bias": {"asymmetry_p": draw(st.floats(0, 1)), "unpublished_known": draw(MAYBE)},
        "upgrades": {"dose_response": draw(st.booleans())},
    }


@settings(max_examples=150)
@given(bodies())
def test_every_rule_set_gives_five_domains_and_plain_json(data: dict[str, Any]) -> None:
    for rating in rate_all(read_evidence(data)).ratings.values():
        answer = json.loads(json.dumps(rating.as_json(), allow_nan=False))
        assert set(answer["domains"]) >= set(DOMAINS)
        assert all(-2 <= step.level <= 0 for step in rating.steps)
        assert set(rating.flags) <= set(FLAGS)


@settings(max_examples=100)
@given(bodies())
def test_the_certainty_is_the_start_moved_by_its_steps(data: dict[str, Any]) -> None:
    rating = rate(read_evidence(data))
    moved = CERTAINTY.index(rating.start) + sum(step.level for step in (*rating.steps, *rating.upgrades))
    assert rating.number == max(0, min(3, moved))


@settings(max_examples=100)
@given(bodies())
def test_turning_everything_around_changes_nothing(data: dict[str, Any]) -> None:
    mirrored = mirror(data)
    ours, theirs = rate(read_evidence(data)), rate(read_evidence(mirrored))
    assert [(s.level, s.rule) for s in ours.steps] == [(s.level, s.rule) for s in theirs.steps]


def mirror(data: dict[str, Any]) -> dict[str, Any]:
    """The same body with the outcome counted the other way round; risks are left alone."""
    turn = (lambda x: 1 / x) if data["measure"] in ("RR", "OR", "HR", "IRR", "ROM") else (lambda x: -x)
    direction = {"higher_better": "lower_better", "lower_better": "higher_better"}[data["direction"]]
    turned = {"est": turn(data["est"]), "lo": turn(data["hi"]), "hi": turn(data["lo"])}
    studies = [{**study, "est": turn(study["est"])} for study in data["studies"]]
    if data["measure"] in ("RR", "OR", "HR"):
        return data
    return data | turned | {"direction": direction, "studies": studies}


@settings(max_examples=100)
@given(bodies(), st.sets(st.sampled_from(UNSTATED)))
def test_what_is_not_stated_is_named_and_as_a_concern_never_raises_the_certainty(
    data: dict[str, Any], left_out: set[str]
) -> None:
    answers = {name: data["indirectness"][name] for name in DIRECT if f"indirectness.{name}" not in left_out}
    left_out |= {"indirectness"} if not answers else set()
    evidence = read_evidence(data | {"indirectness": answers, "unstated": sorted(left_out)})
    worse, concerned = cautious(evidence)
    most, worst = rate(evidence), rate(worse, settings=concerned)
    assert worst.number <= most.number
    assert worst.not_assessed == () and {DOMAINS[d] for d in left_out & set(DOMAINS)} <= set(
        most.not_assessed
    )


@settings(max_examples=100)
@given(bodies(), st.sampled_from(sorted(CLAIMED)))
def test_a_claim_and_its_opposite_are_never_both_supported(data: dict[str, Any], claimed: str) -> None:
    evidence = read_evidence(data)
    rating = rate(evidence)
    words = {name: verdict(evidence, rating, name).word for name in ("benefit", "harm", "no_difference")}
    assert sum(word == "Supported" for word in words.values()) <= 1


def levels_at(scale: float) -> list[int]:
    """All levels of both main rule sets for one body whose numbers are multiplied by ``scale``."""
    numbers = {"est": 0.5, "lo": 0.3, "hi": 0.7, "sd": 1.0}
    studies = [{"est": e * scale, "se": 0.2 * scale, "high_rob": e > 0.6} for e in (0.4, 0.5, 0.7)]
    body = {name: number * scale for name, number in numbers.items()} | {
        "id": "x",
        "measure": "MD",
        "k": 3,
        "n": 300,
        "design": "rct",
        "direction": "higher_better",
        "threshold": {"type": "mid", "value": 0.2 * scale},
        "studies": studies,
        "indirectness": DIRECT,
    }
    evidence = read_evidence(body)
    return [
        step.level for name in ("core-grade-2025", "grade-classic") for step in rate(evidence, name).steps
    ]


@pytest.mark.parametrize("scale", [1e-150, 1e-20, 1e20, 1e150])
def test_a_mean_difference_is_rated_alike_on_every_scale(scale: float) -> None:
    assert levels_at(scale) == levels_at(1.0)


def test_a_ratio_at_the_edge_of_numbers_still_has_plain_json() -> None:
    body = {
        "id": "x", "measure": "RR", "est": 1e-150, "lo": 1e-300, "hi": 1e300, "k": 4, "n": 40, "i2": 90,
        "tau2": 1e6, "design": "rct", "direction": "lower_better",
        "threshold": {"type": "mid", "per_1000": 20}, "baseline_risk": 0.01,
        "risk_of_bias": {"weight_high": 0}, "indirectness": DIRECT,
    }  # fmt: skip
    assert json.dumps(rate(read_evidence(body)).as_json(), allow_nan=False)


def test_an_absurd_ratio_of_scales_is_flagged_and_not_a_crash() -> None:
    body = {
        "id": "x", "measure": "MD", "est": 1e150, "lo": 9e149, "hi": 2e150, "sd": 1e150, "k": 1,
        "n": 40, "design": "rct", "direction": "higher_better", "threshold": {"type": "mid", "value": 1e-150},
        "risk_of_bias": {"weight_high": 0}, "indirectness": DIRECT,
    }  # fmt: skip
    assert "OIS_NOT_COMPUTABLE" in rate(read_evidence(body)).flags


def test_every_flag_that_the_rules_raise_is_explained() -> None:
    home = Path(__file__).parents[1] / "src" / "claimbook" / "appraisal"
    source = "\n".join(module.read_text(encoding="utf-8") for module in home.glob("*.py"))
    raised = set(re.findall(r'"([A-Z]{3,}(?:_[A-Z]+)+)"', source)) - {"ROBINS_WORDS"}
    assert raised == set(FLAGS)


@pytest.mark.parametrize("measure, est", [("RD", 1.2), ("COR", -1.5)])
def test_a_bounded_measure_cannot_exceed_one(measure: str, est: float) -> None:
    data = {
        "id": "x",
        "measure": measure,
        "est": est,
        "lo": est - 1,
        "hi": est + 1,
        "k": 1,
        "n": 10,
        "design": "rct",
    }
    with pytest.raises(EvidenceError, match=r"^est: "):
        read_evidence(
            data | {"direction": "higher_better", "threshold": {"type": "null"}, "baseline_risk": 0.1}
        )


def test_a_word_that_the_tool_does_not_have_names_its_study() -> None:
    data = {
        "id": "x",
        "measure": "SMD",
        "est": 1,
        "lo": 0,
        "hi": 2,
        "k": 2,
        "design": "rct",
        "direction": "higher_better",
    }
    fold = {"tool": "rob2", "middle": "high"}
    body = data | {
        "threshold": {"type": "null"},
        "fold": fold,
        "studies": [{"rob": "low"}, {"rob": "Moderate"}],
    }
    with pytest.raises(EvidenceError, match=r"^studies\[1\].rob: 'moderate' is not one of low"):
        read_evidence(body)  # fmt: skip
