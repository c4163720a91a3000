"""The project's own library: known faults are found, nothing else is an error, seeded errors are hit."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path

import pytest
from small_library import folder, library

from claimbook.checks import check
from claimbook.cli.gaps import study_gaps
from claimbook.findings import find
from claimbook.problems import Problem
from claimbook.records import read_library

STUDIES = Path(__file__).parent.parent / "studies"


@pytest.fixture(scope="module")
def problems() -> list[Problem]:
    library, unreadable = read_library(STUDIES)
    assert unreadable == []
    return check(library)


REAL_CASES = [
    ("S206", "schumann2022", "-0.01 is not the centre of (-0.16, 0.18)"),
    ("S214", "estes2017", "height 169.8 with ± 1.9 cm"),
    ("S214", "estes2017", "body mass 63.8 with ± 2.3 kg"),
    ("P107", "estes2017", "± 0.5 is not labelled"),
    ("P107", "estes2017", "± 1.9 is not labelled"),
    ("S201", "mccarthy2002", "4.6 and 4.49 look like standard errors"),
    ("S201", "tsitkanou2017", "2.9 and 5 look like standard errors"),
    ("S201", "tsitkanou2017", "14.1 and 17.2 look like standard errors"),
    ("C602", "intervals-young-quads", "sessions a week 3 in the claim, 2.45 in the record"),
    ("C602", "endurance-older-quads", "mode running in the claim, cycling and running in the record"),
    ("C603", "review-no-interference", "Explosive strength"),
]


@pytest.mark.parametrize(("rule", "file", "words"), REAL_CASES, ids=[f"{r}-{f}" for r, f, _ in REAL_CASES])
def test_a_known_fault_is_found(problems: list[Problem], rule: str, file: str, words: str) -> None:
    found = [p.message for p in problems if p.rule == rule and Path(p.where.path).stem == file]
    assert any(words in message for message in found), found


def test_no_error_stands_without_a_reason(problems: list[Problem]) -> None:
    assert [f"{p.rule} {p.where}" for p in problems if p.severity == "error" and p.waived is None] == []


def test_linked_reports_of_one_cohort_satisfy_the_rule(problems: list[Problem]) -> None:
    assert [p.message for p in problems if p.rule == "D303" and "losey2013" in p.message] == []


def test_without_their_links_reports_of_one_cohort_are_found(tmp_path: Path) -> None:
    shutil.copytree(STUDIES, tmp_path, dirs_exist_ok=True)
    for path in (tmp_path / "records").glob("*.yaml"):
        text = re.sub(r"(?m)^same_people:\n(?:[ -].*\n)+", "", path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
    found = {p.message.partition(" look")[0] for p in check(read_library(tmp_path)[0], only=["D303"])}
    assert found >= {"estes2017 and losey2013", "hakkinen2003 and mikkola2012"}


@cache
def _before() -> set[tuple[str, str]]:
    return {(p.rule, p.message) for p in check(read_library(STUDIES)[0])}


def cut(root: Path, name: str, start: str, end: str) -> None:
    text = (root / name).read_text(encoding="utf-8")
    (root / name).write_text(text[: text.index(start)] + text[text.index(end) :], encoding="utf-8")


def seeded(root: Path, name: str, old: str, new: str) -> list[Problem]:
    """The problems that are new after one replacement in one file."""
    shutil.copytree(STUDIES, root, dirs_exist_ok=True)
    before = _before()
    text = (root / name).read_text(encoding="utf-8")
    assert old in text, f"{name} no longer holds {old!r}"
    (root / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return [p for p in check(read_library(root)[0]) if (p.rule, p.message) not in before]


SEEDS = {
    "an SE entered as SD": (
        "S201",
        "records/desouza2013.yaml",
        "mean: 89.97, sd: 9.2",
        "mean: 89.97, sd: 2.77",
    ),
    "both SEs entered as SDs": (
        "S201",
        "records/shamim2018.yaml",
        "mean: 3.16, sd: 0.39}\n      comparator: {arm: strength, n: 10, mean: 2.97, sd: 0.31}",
        "mean: 3.16, sd: 0.11}\n      comparator: {arm: strength, n: 10, mean: 2.97, sd: 0.10}",
    ),
    "an estimate moved off the centre": (
        "S206",
        "records/huiberts2024.yaml",
        "estimate: -0.325",
        "estimate: -0.352",
    ),
    "a sign lost": ("S206", "records/huiberts2024.yaml", "estimate: -0.345", "estimate: 0.345"),
    "an estimate outside its interval": (
        "S207",
        "records/huiberts2024.yaml",
        "estimate: -0.429",
        "estimate: -0.929",
    ),
    "bounds exchanged": (
        "S207",
        "records/schumann2022.yaml",
        "low: -0.48\n      high: -0.08",
        "low: -0.08\n      high: -0.48",
    ),
    "a p on the other side of .05": ("S208", "records/schumann2022.yaml", "p: 0.007", "p: 0.07"),
    "a p that does not follow": ("S205", "records/schumann2022.yaml", "p: 0.446", "p: 0.846"),
    "more people than the arm has": (
        "S210",
        "records/estes2017.yaml",
        "percent_change:\n      arm: intervals\n      n: 12",
        "percent_change:\n      arm: intervals\n      n: 120",
    ),
    "a group of one": ("S210", "records/bell2000.yaml", "n: 4, mean: 249.1", "n: 1, mean: 249.1"),
    "a negative SD": ("S211", "records/bell2000.yaml", "sd: 32.42", "sd: -32.42"),
    "a decimal point": ("S215", "records/desouza2013.yaml", "mean: 315.7", "mean: 3157"),
    "no place": ("P101", "records/losey2013.yaml", "    where: abstract\n    source", "    source"),
    "an empty place": (
        "P101",
        "records/losey2013.yaml",
        "    where: abstract\n    source",
        '    where: ""\n    source',
    ),
    "a DOI that is none": ("P105", "references.bib", "10.70252/ULIC9262", "70252/ULIC9262"),
    "a PMID that is none": ("P105", "references.bib", "{28479954}", "{2847 9954}"),
    "one PMID for two": ("P105", "references.bib", "{28479954}", "{34757594}"),
    "no citation": ("P104", "references.bib", "@article{losey2013,", "@article{losey2031,"),
    "a retraction": ("P106", "records/estes2017.yaml", "{status: not checked}", "{status: retracted}"),
    "a formula that gives another value": ("P108", "records/schwartz1991.yaml", "value: 26", "value: 28"),
    "no formula": ("P108", "records/schwartz1991.yaml", "  formula: 6 months x 52 / 12\n", ""),
    "no direction": ("D301", "library.yaml", "    direction: higher_better\n", ""),
    "a word against its sign": (
        "D301",
        "claims/concurrent-power.yaml",
        "found a small loss.}",
        "found a small gain.}",
    ),
    "the same result twice": (
        "D302",
        "claims/concurrent-strength.yaml",
        "{study: bell2000, result: strength-women}",
        "{study: bell2000, result: strength-men}",
    ),
    "one cohort pooled twice": (
        "D303",
        "claims/running-grows-quads.yaml",
        "studies:\n",
        "studies:\n  - {study: losey2013, result: vastus-lateralis-area}\n",
    ),
    "another outcome of the same people": (
        "D304",
        "claims/concurrent-power.yaml",
        "studies:\n",
        "studies:\n  - {study: fyfe2016, result: strength}\n",
    ),
    "one group among contrasts": (
        "D305",
        "claims/concurrent-hypertrophy.yaml",
        "studies:\n",
        "studies:\n  - {study: estes2017, result: vastus-lateralis-area}\n",
    ),
    "changes among final values": ("D306", "records/shamim2018.yaml", "of: final", "of: change"),
    "a review among its trials": (
        "D307",
        "claims/concurrent-hypertrophy.yaml",
        "studies:\n",
        "studies:\n  - {study: huiberts2024, result: hypertrophy}\n",
    ),
    "an unknown estimator": (
        "M407",
        "claims/concurrent-power.yaml",
        "measure: SMD",
        "measure: SMD\nmodel: {tau2: REMAL}",
    ),
    "a typed verdict": (
        "G501",
        "claims/concurrent-power.yaml",
        "measure: SMD",
        "measure: SMD\nverdict: Supported",
    ),
    "no worthwhile effect": (
        "G503",
        "claims/concurrent-power.yaml",
        "  source: Core GRADE 6",
        "  # Core GRADE 6",
    ),
    "no risk of bias": (
        "G504",
        "records/estes2017.yaml",
        "results: [vastus-lateralis-area]",
        "results: [sessions-done]",
    ),
    "a strong word about a review": (
        "G505",
        "claims/concurrent-power.yaml",
        "      because: Which tests stand",
        "      because: It is conclusive. Which tests stand",
    ),
    "no wording status": ("C601", "claims/concurrent-power.yaml", "wording: reconstructed\n", ""),
    "another duration": ("C602", "claims/intervals-young-quads.yaml", "for 10 weeks and", "for 20 weeks and"),
    "a waiver of nothing": (
        "V103",
        "records/fyfe2016.yaml",
        "extracted_by:",
        "waive: [{rule: S206, because: It is printed so.}]\nextracted_by:",
    ),
}


@pytest.mark.parametrize("name", SEEDS)
def test_a_seeded_error_is_hit(name: str, tmp_path: Path) -> None:
    rule, file, old, new = SEEDS[name]
    found = seeded(tmp_path, file, old, new)
    assert rule in {p.rule for p in found}, [f"{p.rule} {p.message}" for p in found]


def test_a_study_of_unknown_design_is_not_graded_and_says_so(tmp_path: Path) -> None:
    unread = {"kind": "unknown", "because": "Not read yet.", "where": "not read yet", "status": "unknown"}
    made = library(tmp_path, folder(records={"one": {"design": unread}}))
    finding = find(made, "claim")
    assert finding.rating is None and "One 2020 is not known" in str(finding.not_graded)
    assert ["the design of one is not known" in p.message for p in check(made, only=["G504"])] == [True]
    assert "design not known" in list(study_gaps(made, made.studies["one"]))


def test_heights_that_can_only_be_ses_speak_against_the_other_sds_of_a_paper(tmp_path: Path) -> None:
    def group(arm: str, mean: float, sd: float) -> dict[str, object]:
        return {"arm": arm, "n": 12, "mean": f"{mean:.1f}", "sd": f"{sd:.1f}"}

    def record(sd: float) -> dict[str, object]:
        both = {"intervention": group("trained", 101.0, sd), "comparator": group("control", 100.0, sd)}
        return {"results": [{"id": "main", "means": {"of": "final", **both}}]}

    records = {key: record(sd) for key, sd in zip("abcde", (14, 20, 24, 30, 11), strict=True)}
    height = {"what": "height", "unit": "cm", "arm": "trained", "n": 12, "mean": 174, "sd": 1.9}
    papers = {**records, "e": {**records["e"], "population": {"description": "A", "traits": [height]}}}
    found = [
        [p.message for p in check(library(tmp_path / name, folder(records=made)), only=["S201"])]
        for name, made in (("without", records), ("with", papers))
    ]
    assert found[0] == [] and "the height 1.9 of its people can only be an SE" in found[1][0]
