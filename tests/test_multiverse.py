"""The multiverse has the claim's own analysis, each of its neighbours and every combination."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from small_library import folder, library

import claimbook as cb
from claimbook.cli import main
from claimbook.findings.combinations import Multiverse, multiverse
from claimbook.findings.decisions import KINDS, Decision, Scope
from claimbook.records.bibliography import parse_bibliography

PAIR = {"arm": "trained", "n": 20, "mean_pre": 100, "sd_pre": 10, "mean_post": 104, "sd_post": 11}


@pytest.fixture(scope="module")
def studies():
    return cb.read_library("studies")[0]


@pytest.fixture(scope="module")
def hypertrophy(studies):
    return multiverse(studies, "concurrent-hypertrophy", Scope(variances=("LS",), measures=("SMD",)))


def paired(tmp_path, *correlations, **claim):
    """Studies that printed both occasions, each with its correlation of them."""
    records = {
        f"study{i}": {"results": [{"pre_post": {**PAIR, "mean_post": 104 + 2 * i, "r": r}}]}
        for i, r in enumerate(correlations)
    }
    used = [{"study": key, "result": "main"} for key in records]
    return library(tmp_path, folder(records, {"claim": {"measure": "SMCC", "studies": used, **claim}}))


def test_the_first_specification_is_the_claims_own(studies):
    for key, claim in studies.claims.items():
        finding = cb.find(studies, key)
        if finding.pooled is not None:
            [own] = multiverse(studies, key, most=1).frame().to_dict("records")
            assert abs(own["estimate"] - finding.pooled.estimate) < 1e-12
            assert abs(own["high"] - finding.pooled.high) < 1e-12
            assert (own["k"], own["certainty"], own["verdict"]) == (
                finding.k,
                finding.certainty,
                finding.verdict,
            ), claim


def test_every_choice_of_a_finding_is_a_specification(studies, hypertrophy):
    table = hypertrophy.frame()
    known = table[["estimate", "low", "high"]].to_numpy()
    for choice in cb.find(studies, "concurrent-hypertrophy").choices:
        at = np.abs(known - [choice.estimate, choice.low, choice.high]).max(axis=1) < 1e-9
        grades = set(zip(table.loc[at, "certainty"], table.loc[at, "verdict"], strict=True))
        assert (choice.certainty, choice.verdict) in grades, choice.name


def test_a_specification_is_what_pool_gives_for_its_options(studies, hypertrophy):
    table = hypertrophy.frame()
    options = {
        "spread of Tsitkanou 2017": "as SE",
        "spread of McCarthy 2002": "as recorded",
        "studies": "without Shamim 2018",
        "estimator": "DL",
        "interval": "z",
        "middle risk of bias": "as low",
    }
    [found] = table[(table[list(options)] == list(options.values())).all(axis=1)].to_dict("records")
    from claimbook.findings.rows import row

    rows = [
        row(studies, r.study, r.result, "SMD", doubted=r.study == "tsitkanou2017")
        for r in cb.find(studies, "concurrent-hypertrophy").rows
        if r.study != "shamim2018"
    ]
    p = cb.pool([r.y for r in rows], [r.v for r in rows], "DL", "z")
    assert np.allclose(
        [found[name] for name in ("estimate", "low", "high", "tau2")], [p.estimate, p.low, p.high, p.tau2]
    )


def test_every_combination_that_leaves_studies_is_there_once(hypertrophy):
    names = [d.name for d in hypertrophy.decisions]
    table = hypertrophy.frame()
    assert not table.duplicated(names).any()
    low = (table["studies"] == "at low risk of bias only") & (table["middle risk of bias"] == "as high")
    missing = hypertrophy.possible // 14  # no study is at low risk where the middle counts as high
    assert (len(table), low.sum()) == (hypertrophy.possible - missing, 0)


def test_the_curve_ascends_and_marks_the_claims_own(hypertrophy):
    curve = hypertrophy.curve()
    assert curve["estimate"].is_monotonic_increasing
    [own] = curve.loc[curve["own"], "estimate"]
    assert own == hypertrophy.specifications["estimate"][0]


def test_it_tells_itself_in_a_line(hypertrophy):
    assert repr(hypertrophy).startswith("Multiverse('concurrent-hypertrophy', ")
    assert len(repr(hypertrophy)) < 120


def test_shares_add_up_to_one(hypertrophy):
    for of in ("verdict", "certainty"):
        assert abs(sum(hypertrophy.shares(of).values()) - 1) < 1e-12
    with pytest.raises(ValueError, match="of must be verdict or certainty, got 'k'"):
        hypertrophy.shares("k")


def made(estimate):
    """A multiverse of two decisions, whose estimates are a function of their options."""
    table = pd.DataFrame([(a, b) for a in "xyz" for b in "mn"], columns=["first", "second"])
    table["estimate"] = [float(estimate("xyz".index(a), "mn".index(b))) for a, b in table.to_numpy()]
    decisions = (Decision("", "first", tuple("xyz"), ()), Decision("", "second", tuple("mn"), ()))
    return Multiverse("claim", "SMD", decisions, table.assign(verdict="Supported"), 6, False)


def test_where_decisions_add_up_so_do_their_shares():
    shares = made(lambda a, b: 3 * a + b).importance()["of_estimate"]
    assert np.allclose(shares.loc[["first", "second"]], [24 / 25, 1 / 25])


def test_what_decisions_do_only_together_is_no_ones_share():
    assert made(lambda a, b: (a - 1) * (b - 0.5)).importance()["of_estimate"].sum() < 1e-12


def test_where_nothing_varies_nothing_matters():
    assert (made(lambda a, b: 1).importance()[["of_estimate", "of_verdict"]] == 0).all(axis=None)


def test_more_than_the_most_are_drawn_by_their_seed(studies):
    one, again, other = (multiverse(studies, "concurrent-power", most=60, seed=s) for s in (1, 1, 2))
    assert one.sampled and len(one.frame()) <= 60
    pd.testing.assert_frame_equal(one.frame(), again.frame(), check_exact=True)
    assert not one.frame().equals(other.frame())
    assert one.frame().iloc[0].equals(other.frame().iloc[0])


def test_an_option_that_changes_nothing_is_none(studies):
    kinds = [d.kind for d in multiverse(studies, "intervals-young-quads").decisions]
    assert kinds == ["reading"]


def test_only_what_was_asked_for_varies(studies):
    scope = Scope(kinds=("estimator", "interval"), estimators=("DL",), intervals=("KR", "t"))
    found = multiverse(studies, "concurrent-hypertrophy", scope)
    assert [d.options for d in found.decisions] == [("REML", "DL"), ("HKSJ", "KR", "t")]


def test_an_interval_that_belongs_to_one_estimator_is_not_crossed_with_others(studies):
    scope = Scope(kinds=("estimator", "interval"), estimators=("DL",), intervals=("KR",))
    models = multiverse(studies, "concurrent-hypertrophy", scope).frame()[["estimator", "interval"]]
    assert models.to_numpy().tolist() == [["REML", "HKSJ"], ["REML", "KR"], ["DL", "HKSJ"]]


def test_a_model_that_is_not_fitted_at_once_is_fitted_alone(studies):
    found = multiverse(studies, "concurrent-hypertrophy", Scope(kinds=("interval",), intervals=("KR",)))
    finding = cb.find(studies, "concurrent-hypertrophy")
    p = cb.pool([r.y for r in finding.used], [r.v for r in finding.used], interval="KR")
    assert found.frame()["high"][1] == p.high


def test_an_assumed_correlation_varies_and_a_printed_one_does_not(tmp_path):
    inferred = {"value": 0.8, "status": "inferred", "because": "Of another study."}
    scope = Scope(kinds=("correlation",), correlations=(0.5, 0.9))
    one = multiverse(paired(tmp_path / "a", 0.7, inferred, 0.7), "claim", scope)
    assert [d.options for d in one.decisions] == [("as recorded", "r = 0.5", "r = 0.9")]
    assert one.frame()["estimate"].nunique() == 3
    assert multiverse(paired(tmp_path / "b", 0.7, 0.8, 0.7), "claim", scope).decisions == ()


def test_a_study_without_a_correlation_is_pooled_where_one_is_assumed(tmp_path):
    scope = Scope(kinds=("correlation",), correlations=(0.5,))
    found = multiverse(paired(tmp_path, 0.7, "unknown", 0.6), "claim", scope)
    assert found.frame()["k"].tolist() == [2, 3]


def test_a_claim_that_was_not_pooled_has_no_multiverse(studies):
    with pytest.raises(ValueError, match="'review-no-interference' has no pooled effect"):
        multiverse(studies, "review-no-interference")
    with pytest.raises(KeyError, match="no claim 'none'"):
        multiverse(studies, "none")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"kinds": ("all",)}, "kinds must be among measure, .*got 'all'"),
        ({"estimators": ("BEST",)}, "estimators must be among .*got 'BEST'"),
        ({"intervals": ("HK",)}, "intervals must be among z, .*got 'HK'"),
        ({"variances": ("LSX",)}, "variances must be among LS, .*got 'LSX'"),
        ({"correlations": (1.5,)}, "correlations must lie between -1 and 1"),
    ],
)
def test_a_scope_of_unknown_words_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        Scope(**arguments)


def test_a_measure_in_another_unit_is_refused(studies):
    with pytest.raises(ValueError, match="measures must be among SMD, SMDH, SMDRM, got 'MD'"):
        multiverse(studies, "concurrent-hypertrophy", Scope(measures=("MD",)))


def test_no_specifications_are_refused(studies):
    with pytest.raises(ValueError, match="most must be at least 1, got 0"):
        multiverse(studies, "concurrent-hypertrophy", most=0)


def run(*arguments, code=0):
    result = CliRunner().invoke(main, ["multiverse", *arguments], prog_name="claimbook")
    assert result.exit_code == code, result.output
    return result


def test_the_command_prints_shares_and_decisions():
    out = run("concurrent-hypertrophy", "--fixed", "measure", "--most", "200").stdout
    assert out.startswith("concurrent-hypertrophy  1")
    assert "% Too uncertain to call" in out
    assert "spread of McCarthy 2002" in out


def test_the_command_as_json_has_every_specification():
    data = json.loads(run("intervals-young-quads", "--json").stdout)
    assert (data["specifications"], len(data["curve"]), data["verdicts"]) == (2, 2, {data["verdict"]: 1.0})
    assert [d["kind"] for d in data["decisions"]] == ["reading"]


def test_the_command_names_what_it_does_not_know():
    assert "did you mean" in run("concurrent-hypertrofy", code=2).stderr
    assert (
        'no decision "sudies"; did you mean "studies"?'
        in run("concurrent-power", "--fixed", "sudies", code=2).stderr
    )
    assert "intervals must be among" in run("concurrent-power", "--interval", "HK", code=2).stderr
    assert "has no pooled effect" in run("review-no-interference", code=1).stderr


def test_the_help_says_what_is_usual():
    out, usual = " ".join(run("--help").stdout.split()), Scope()
    for words in (usual.variances, usual.estimators, usual.intervals, [f"{r:g}" for r in usual.correlations]):
        assert f"nstead of {', '.join(words[:-1])} and {words[-1]}." in out
    *kinds, last = usual.kinds
    assert f"{', '.join(kinds)} or {last}." in out


def test_the_command_takes_measures_and_variances():
    only = ("--measure", "SMD", "--variance", "LS", "--fixed", "studies", "--fixed", "reading", "--json")
    data = json.loads(run("concurrent-hypertrophy", *only).stdout)
    assert "measure" not in [d["kind"] for d in data["decisions"]]


def test_every_kind_of_decision_has_its_paper():
    from importlib import resources

    entries, _ = parse_bibliography(
        resources.files("claimbook").joinpath("references.bib").read_text("utf-8")
    )
    assert {kind.cite for kind in KINDS.values()} | {
        "simonsohn2020",
        "steegen2016",
        "voracek2019",
        "sobol2001",
    } == set(entries)
