"""The pipeline on the library that the project ships."""

import math
from dataclasses import replace

import numpy as np
import pytest
import small_library
from small_library import folder, means

import claimbook as cb
from claimbook import findings
from claimbook.book.evidence import studies
from claimbook.book.site import Book
from claimbook.cli.analyze import told
from claimbook.findings.reproduce import reproduce
from claimbook.findings.rows import row
from claimbook.findings.snapshot import NAME, text
from claimbook.records import Number


@pytest.fixture(scope="module")
def library():
    library, problems = cb.read_library("studies")
    assert problems == []
    return library


@pytest.fixture(scope="module")
def found(library):
    return findings.find_all(library)


def test_every_claim_of_the_library_has_a_finding(library, found):
    assert set(found) == set(library.claims)


def test_a_library_and_a_finding_print_as_one_line(library, found):
    f = found["concurrent-power"]
    assert repr(library).endswith(
        f"studies: {len(library.studies)} studies, {len(library.claims)} claims, "
        f"{len(library.bibliography)} citations)"
    )
    assert repr(f) == f"Finding(concurrent-power: {f.verdict}, {f.certainty} certainty, k={f.k}, n={f.n})"


def test_the_committed_conclusions_are_current(library, found):
    assert (library.root / NAME).read_text(encoding="utf-8") == text(found)


@pytest.mark.parametrize("claim", ["concurrent-strength", "concurrent-power", "concurrent-hypertrophy"])
def test_a_finding_pools_what_its_rows_say(found, claim):
    f = found[claim]
    p = cb.pool([r.y for r in f.used], [r.v for r in f.used], tau2="REML", interval="HKSJ")
    assert (f.pooled.estimate, f.pooled.low, f.pooled.high) == (p.estimate, p.low, p.high)


def test_the_row_of_an_smd_is_hedges_g_of_the_printed_numbers(library):
    made = row(library, "mccarthy2002", "size", "SMD")
    e = cb.effect_sizes("SMD", n1=10, mean1=101.51, sd1=4.6, n2=10, mean2=104.9, sd2=4.49)
    assert (made.y, made.v) == (e.y[0], e.v[0])


def test_a_constant_added_to_zero_cells_is_noted_wherever_the_effect_stands(tmp_path):
    counts = {
        "intervention": {"arm": "trained", "n": 12, "events": 0},
        "comparator": {"arm": "control", "n": 12, "events": 3},
    }
    files = folder(records={"one": {"results": [{"counts": counts}]}}, claims={"claim": {"measure": "OR"}})
    made = small_library.library(tmp_path, files)
    finding = findings.find(made, "claim")
    note = "0.5 added to a, b, c, d"
    assert finding.frame()["note"].tolist() == [note]
    assert f"note: One 2020, {note}" in told(finding)
    assert note in "".join(studies(Book(made, {"claim": finding}), finding))


def test_an_se_becomes_an_sd_before_it_is_used(library):
    read, doubted = (row(library, "mccarthy2002", "size", "SMD", doubted=d) for d in (False, True))
    ratio = read.y / doubted.y
    assert math.isclose(ratio, math.sqrt(10), rel_tol=1e-12)


def test_one_groups_change_keeps_its_own_t_interval(found):
    """+10.6 with an SE of 2.7 in 12 people: t(11) gives 4.7 to 16.5."""
    p = found["intervals-young-quads"].pooled
    assert (round(p.low, 1), round(p.high, 1), p.df) == (4.7, 16.5, 11)


def test_a_result_without_a_spread_is_kept_with_the_reason(found):
    only = found["endurance-older-quads"].rows[0]
    assert (only.usable, only.why_not) == (False, "no spread (SD, SE or interval) is printed")


def test_a_body_that_cannot_be_pooled_is_rated_as_a_narrative(found):
    f = found["endurance-older-quads"]
    assert (f.pooled, f.rating.ruleset, f.certainty) == (None, "narrative-2017", "very_low")


def test_a_source_claim_is_answered_by_the_claims_it_names(found):
    assert [part.claim.claim for part in found["review-no-interference"].parts] == [
        "concurrent-strength",
        "concurrent-hypertrophy",
        "concurrent-power",
    ]


def test_every_number_of_a_row_knows_its_line(library, found):
    for f in found.values():
        for used in f.rows:
            for given in used.inputs:
                line = (
                    (library.root.parent / given.path)
                    .read_text(encoding="utf-8")
                    .splitlines()[given.line - 1]
                )
                assert given.printed in line or "value" in line or given.printed == "unknown"


def test_all_five_domains_are_in_every_rating(found):
    domains = {"risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias"}
    assert all(domains <= {s.domain for s in f.rating.steps} for f in found.values() if f.rating)


def test_every_step_names_its_rule_and_its_reason(found):
    steps = [s for f in found.values() if f.rating for s in f.rating.steps]
    assert all(s.rule and s.reason for s in steps)


def test_an_overrule_moves_the_certainty_and_keeps_the_rules_level(library):
    claim = library.claims["concurrent-power"]
    from claimbook.records.models import Judgement

    judged = Judgement(
        domain="imprecision", was="-1", to="-2", because="a test", by="a curator", date="2026-11-22"
    )
    changed = replace(
        library, claims={**library.claims, claim.claim: claim.model_copy(update={"overrules": (judged,)})}
    )
    step = findings.find(changed, claim.claim).rating.step("imprecision")
    assert (step.level, step.automatic, step.overruled.because) == (-2, -1, "a test")


def test_a_claim_without_studies_is_untested(library):
    claim = library.claims["running-grows-quads"].model_copy(update={"studies": ()})
    changed = replace(library, claims={**library.claims, claim.claim: claim})
    assert findings.find(changed, claim.claim).verdict == "Untested"


def test_a_definition_is_not_graded(library):
    claim = library.claims["running-grows-quads"].model_copy(update={"kind": "definition"})
    changed = replace(library, claims={**library.claims, claim.claim: claim})
    assert findings.find(changed, claim.claim).verdict == "Not an effect claim"


def test_claims_that_answer_each_other_end(library):
    claim = library.claims["review-no-interference"].model_copy(
        update={"answered_by": ("review-no-interference",)}
    )
    changed = replace(library, claims={**library.claims, claim.claim: claim})
    assert findings.find(changed, claim.claim).parts == ()


def test_the_frame_has_one_row_a_study(found):
    frame = found["concurrent-hypertrophy"].frame()
    assert (len(frame), round(frame["weight"].sum(), 9)) == (5, 100)


def test_every_pooled_result_of_huiberts_2024_is_reproduced(library):
    """Five pooled rows of the review, each from the trials' means, SDs and sizes."""
    pooled = [c for c in reproduce(library, "huiberts2024") if c.quantity.startswith("pooled")]
    assert [c.status for c in pooled] == ["match"] * 5


def test_every_trial_effect_of_huiberts_2024_is_reproduced(library):
    own = [c for c in reproduce(library) if "RevMan" in c.quantity]
    assert ({c.status for c in own}, len(own)) == ({"match"}, 39)


def test_the_hypertrophy_estimate_of_schumann_2022_is_not_the_centre_of_its_interval(library):
    [made] = [c for c in reproduce(library, "schumann2022") if c.result == "hypertrophy"]
    assert (made.status, round(made.recomputed["value"], 3)) == ("differs", 0.01)


def test_what_cannot_be_recomputed_says_why(library):
    cannot = [c for c in reproduce(library) if c.status == "cannot"]
    assert cannot and all(c.why for c in cannot)


def test_a_changed_number_is_seen_by_reproduce(library):
    study = library.studies["shamim2018"]
    index = [r.id for r in study.results].index("size")
    result = study.results[index]
    group = result.means.intervention.model_copy(
        update={"sd": result.means.comparator.sd.model_copy(update={"value": "0.9"})}
    )
    wrong = result.model_copy(update={"means": result.means.model_copy(update={"intervention": group})})
    results = (*study.results[:index], wrong, *study.results[index + 1 :])
    changed = replace(
        library, studies={**library.studies, "shamim2018": study.model_copy(update={"results": results})}
    )
    assert "differs" in {c.status for c in reproduce(changed, "shamim2018")}


def test_the_choices_leave_out_each_study_once(found):
    names = [c.name for c in found["concurrent-hypertrophy"].choices if c.name.startswith("without")]
    assert len(names) == len(set(names)) == 5


def test_reading_both_doubted_spreads_as_ses_gives_the_sensitivity_of_the_facts(library):
    """Both as SE, by the source's own formulas: 0.308 (-0.098 to 0.713)."""
    rows = [
        row(library, s, "size", "SMDRM", doubted=True)
        for s in ("mccarthy2002", "desouza2013", "tsitkanou2017", "shamim2018", "hakkinen2003")
    ]
    p = cb.pool([r.y for r in rows], [r.v for r in rows], tau2="DL", interval="z")
    assert np.round([p.estimate, p.low, p.high], 3).tolist() == [0.308, -0.098, 0.713]


def test_groups_all_of_one_size_leave_the_asymmetry_open(library):
    claim = library.claims["concurrent-strength"]
    studies = {}
    for used in claim.studies:
        study = studies.get(used.study, library.studies[used.study])
        ten = Number(value="10")
        results = tuple(
            r.model_copy(
                update={
                    "means": r.means.model_copy(
                        update={
                            side: getattr(r.means, side).model_copy(update={"n": ten})
                            for side in ("intervention", "comparator")
                        }
                    )
                }
            )
            if r.means
            else r
            for r in study.results
        )
        studies[used.study] = study.model_copy(update={"results": results})
    changed = replace(library, studies={**library.studies, **studies})
    assert findings.find(changed, claim.claim).evidence.publication_bias.asymmetry_p is None


def test_a_claim_that_cannot_be_pooled_stops_no_other(library):
    claim = library.claims["concurrent-power"]
    wrong = claim.model_copy(update={"model": claim.model.model_copy(update={"tau2": "RELM"})})
    changed = replace(library, claims={**library.claims, claim.claim: wrong})
    f = findings.find_all(changed)["concurrent-power"]
    assert f.not_graded.startswith("Not pooled: tau2")


def test_a_study_without_spread_is_set_aside_and_the_others_are_pooled(tmp_path):
    flat = {side: {**group, "sd": 0} for side, group in means().items() if side != "of"}
    records = {"one": {}, "two": {}, "flat": {"results": [{"means": {"of": "final", **flat}}]}}
    used = [{"study": key, "result": "main"} for key in records]
    small = small_library.library(tmp_path, folder(records, {"claim": {"measure": "MD", "studies": used}}))
    found = findings.find(small, "claim")
    assert (found.pooled.k, [row.why_not for row in found.rows if not row.usable]) == (
        2,
        ["the variance is 0, and no weight follows from it"],
    )


def test_petos_odds_ratio_of_a_group_without_events_is_that_of_the_counts_as_they_stand(tmp_path):
    groups = {"intervention": {"arm": "trained", "events": 0, "n": 20}}
    groups["comparator"] = {"arm": "control", "events": 3, "n": 20}
    records = {"one": {"results": [{"counts": groups}]}}
    small = small_library.library(tmp_path, folder(records, {"claim": {"measure": "PETO"}}))
    excess, spread = -1.5, 20 * 20 * 3 * 37 / (40**2 * 39)
    assert row(small, "one", "main", "PETO").y == pytest.approx(excess / spread)


def test_studies_judged_by_several_tools_are_rated_together(library):
    """One study low by RoB 2, the others as RoB 1 has them."""
    from claimbook.records.models import RiskOfBias

    study = library.studies["shamim2018"]
    judged = RiskOfBias(tool="rob2", judgements={"overall": "low"})
    studies = {**library.studies, "shamim2018": study.model_copy(update={"risk_of_bias": (judged,)})}
    f = findings.find(replace(library, studies=studies), "concurrent-hypertrophy")
    low = [s.id for s in f.evidence.studies if s.high_rob is False]
    assert (low, f.rating is not None) == (["shamim2018"], True)


RATIOS = {  # 2 x 2 of 10/100 against 20/100: RR 0.5, 95 % interval 0.25 to 1.01
    "as printed": ("0.50", "0.25", "1.01", "match"),
    "another number, the same side": ("0.60", "0.30", "1.20", "differs"),
    "clear where ours is not": ("0.50", "0.27", "0.93", "decision-changing"),
}


@pytest.mark.parametrize("case", RATIOS)
def test_a_printed_ratio_is_compared_as_a_ratio(library, case):
    from claimbook.records.models import Result

    estimate, low, high, status = RATIOS[case]
    sides = (("intervention", "10"), ("comparator", "20"))
    groups = {side: {"arm": side, "events": events, "n": "100"} for side, events in sides}
    source = {"read_in": "huiberts2024", "where": "a test", "measure": "RR"}
    data = {"id": "size", "outcome": "injuries", "what": "Injuries", "unit": "people", "where": "a test"}
    values = {"estimate": estimate, "low": low, "high": high}
    entry = Result.model_validate(
        data | {"status": "confirmed", "counts": groups, "published": [source | values]}
    )
    study = library.studies["shamim2018"].model_copy(update={"results": (entry,)})
    changed = replace(library, studies={**library.studies, "shamim2018": study})
    [made] = reproduce(changed, "shamim2018")
    assert made.status == status


def test_a_claim_that_names_what_is_not_there_uses_the_rest(library):
    from claimbook.records.models import Used

    claim = library.claims["concurrent-power"]
    mentions = tuple(m.model_copy(update={"result": "nothing"}) for m in claim.beside)
    wrong = {"studies": (Used(study="shamim2018", result="nothing"), *claim.studies), "beside": mentions}
    changed = replace(library, claims={**library.claims, claim.claim: claim.model_copy(update=wrong)})
    f = findings.find(changed, claim.claim)
    assert (f.k, f.beside, f.published) == (len(claim.studies), (), ())
    [pooled] = [c for c in reproduce(changed, "huiberts2024") if "nothing" in c.why]
    assert pooled.status == "cannot"
