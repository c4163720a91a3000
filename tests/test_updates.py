"""Updates of a claim are drawn, pooled and graded as the claim itself was."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import claimbook as cb
from claimbook.appraisal import StudyWeight, rate, verdict
from claimbook.cli import main
from claimbook.findings.updates import Job, needed, needed_to_change, outlook, planned, scenario


@pytest.fixture(scope="module")
def finding():
    return cb.find(cb.read_library("studies")[0], "concurrent-hypertrophy")


@pytest.fixture(scope="module")
def single():
    return cb.find(cb.read_library("studies")[0], "intervals-young-quads")


def test_an_update_is_graded_by_hand_as_by_its_job(finding):
    update = planned(finding, studies=2, n=3, seed=5)
    y, v = update.effects(300)
    by_hand = Counter()
    for effects in y:
        p = cb.pool(effects, v)
        new = [StudyWeight("new", effects[i], v[i] ** 0.5, 300, "low") for i in (-2, -1)]
        old = [replace(s, weight=w) for s, w in zip(finding.evidence.studies, p.weights, strict=False)]
        evidence = replace(
            finding.evidence,
            k=p.k,
            n=finding.n + 600,
            est=p.estimate,
            lo=p.low,
            hi=p.high,
            tau2=p.tau2,
            i2=p.i2,
            prediction=p.prediction,
            studies=(*old, *(replace(s, weight=w) for s, w in zip(new, p.weights[-2:], strict=True))),
        )
        rating = rate(evidence)
        by_hand[rating.certainty, verdict(evidence, rating, finding.claim.asserts).word] += 1
    assert Job(update, 300, finding.evidence, finding.claim).run() == by_hand


def test_shares_are_of_all_draws(finding):
    table = outlook(finding, [1, 3], [20, 400], n=60)
    assert table[["studies", "participants"]].to_numpy().tolist() == [[1, 20], [1, 400], [3, 20], [3, 400]]
    shares = table[["higher", "lower", "other", "uncertain"]].to_numpy()
    assert np.allclose(shares * 60, np.round(shares * 60)) and shares.min() >= 0 and shares.max() <= 1
    assert (table["lower"] == 0).all()  # nothing is lower than very low


def test_the_number_of_workers_does_not_change_a_bit(finding):
    with ThreadPoolExecutor(3) as executor:
        many = outlook(finding, [2], [200], n=120, mapper=executor.map)
    pd.testing.assert_frame_equal(outlook(finding, [2], [200], n=120), many, check_exact=True)


def test_other_numbers_of_studies_do_not_change_the_draws_of_one(finding):
    both = outlook(finding, [1, 2], [200], n=60).iloc[1:].reset_index(drop=True)
    pd.testing.assert_frame_equal(both, outlook(finding, [2], [200], n=60), check_exact=True)


def test_more_draws_than_needed_agree_with_what_is_needed(finding):
    few, many = needed(finding, 30, n=400), needed(finding, 60, n=400)
    assert 1 <= many <= few


def test_as_many_as_are_needed_to_change_the_certainty_do_and_half_do_not():
    power = cb.find(cb.read_library("studies")[0], "concurrent-power")
    least = needed_to_change(power, 2, n=50)
    table = outlook(power, [2], [least, least // 2], n=50)
    assert (table["higher"] + table["lower"] >= 0.8).tolist() == [True, False]


def test_one_study_of_a_heterogeneous_claim_changes_its_certainty_for_no_number_of_participants(finding):
    assert needed_to_change(finding, 1, 0.999, n=20) == np.inf
    with pytest.raises(ValueError, match="power must lie between 0 and 1, got 80"):
        needed_to_change(finding, 1, 80)
    with pytest.raises(ValueError, match="n must be at least 1, got 0"):
        needed_to_change(finding, 1, n=0)


def test_the_scenario_is_the_claims_own(finding):
    made = scenario(finding)
    assert (made.k, made.tau2, made.effect) == (5, finding.pooled.tau2, finding.pooled.estimate)
    assert set(made.variances) == {r.v for r in finding.used}


def test_one_study_is_too_few_to_draw_from(single):
    for function in (scenario, lambda f: planned(f, 1, 10), lambda f: outlook(f, [1], [10])):
        with pytest.raises(ValueError, match="'intervals-young-quads' has fewer than two pooled studies"):
            function(single)


def test_nothing_to_draw_is_refused(finding):
    for arguments in ({"participants": [0]}, {"participants": []}, {"participants": [1], "n": 0}):
        with pytest.raises(ValueError, match="n and participants must be at least 1"):
            outlook(finding, [1], **arguments)


def run(*arguments, code=0):
    result = CliRunner().invoke(main, ["simulate", *arguments], prog_name="claimbook")
    assert result.exit_code == code, result.output
    return result


SMALL = ("--studies", "2", "--participants", "50", "--updates", "10", "--syntheses", "100")


def test_the_command_says_what_new_studies_would_do():
    out = run("concurrent-hypertrophy", *SMALL).stdout
    assert "for another certainty" in out and "certainty rises" in out and "coverage" in out
    assert any(line.startswith("2 ") and "people" in line for line in out.splitlines())


def test_where_people_are_not_what_is_missing_the_command_says_so():
    assert "more studies may" in run("concurrent-hypertrophy", *SMALL, "--studies", "1").stdout


def test_the_command_as_json_is_the_same_for_a_seed():
    one, again, other = (run("concurrent-hypertrophy", *SMALL, "--json", "--seed", s).stdout for s in "778")
    assert one == again != other
    data = json.loads(one)
    assert (data["seed"], len(data["methods"]), len(data["updates"])) == (7, 6, 1)
    assert list(data["needed"][0]) == ["studies", "participants", "to_change"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["concurrent-hypertrofy"], 2, "did you mean"),
        (["concurrent-power", "--scheduler", "here"], 2, "address must be tcp://HOST:PORT, got 'here'"),
        (["concurrent-power", "--power", "80"], 2, "80.0 is not in the range"),
        (["intervals-young-quads"], 1, "fewer than two pooled studies"),
    ],
)
def test_what_the_command_cannot_do_it_says(arguments, code, words):
    assert words in run(*arguments, code=code).stderr


def test_a_scheduler_that_is_not_there_is_a_failure_of_the_network():
    pytest.importorskip("distributed")
    assert (
        "no cluster at tcp://127.0.0.1:1"
        in run("concurrent-power", "--scheduler", "tcp://127.0.0.1:1", code=3).stderr
    )
