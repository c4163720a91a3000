"""Waivers, what other programs read, and the mends that need no judgement."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_library import folder, library, write

from claimbook.checks import CHECKS, check
from claimbook.checks.fixing import applied, edits
from claimbook.checks.output import as_github, as_sarif
from claimbook.problems import Problem, Where
from claimbook.records import read_library

OFF_CENTRE = {"measure": "SMD", "estimate": "-0.01", "low": "-0.16", "high": "0.18"}
REASON = "The abstract prints it so."


def off_centre(root: Path, waivers: list[dict[str, str]]) -> list[Problem]:
    """The S206 and V problems of a record with two results that are both off centre."""
    results = [{"id": id, "what": id, "reported": OFF_CENTRE} for id in ("first", "second")]
    made = library(root, folder({"one": {"results": results, "waive": waivers}}, {}))
    return check(made, only=["S206", "V"])


def test_a_waived_problem_stays_with_its_reason(tmp_path: Path) -> None:
    found = off_centre(tmp_path, [{"rule": "S206", "because": REASON}])
    assert [(p.rule, p.waived) for p in found] == [("S206", REASON)] * 2


def test_a_waiver_of_one_result_leaves_the_other(tmp_path: Path) -> None:
    found = off_centre(tmp_path, [{"rule": "S206", "because": REASON, "result": "second"}])
    assert [p.waived for p in found] == [None, REASON]


def test_a_waiver_without_a_reason_waives_nothing(tmp_path: Path) -> None:
    found = off_centre(tmp_path, [{"rule": "S206", "because": "todo"}])
    assert [(p.rule, p.waived) for p in found if p.rule != "V103"] == [("S206", None)] * 2 + [("V101", None)]


def test_a_waiver_in_another_file_does_not_hold(tmp_path: Path) -> None:
    records = {
        "one": {"results": [{"reported": OFF_CENTRE}]},
        "two": {"waive": [{"rule": "S206", "because": REASON}]},
    }
    found = check(library(tmp_path, folder(records, {})), only=["S206", "V103"])
    assert [(p.rule, Path(p.where.path).stem, p.waived) for p in found] == [
        ("S206", "one", None),
        ("V103", "two", None),
    ]


def test_the_library_file_waives_for_the_references(tmp_path: Path) -> None:
    files = folder(library={"waive": [{"rule": "P104", "because": REASON}]})
    files["references.bib"] += "\n@article{leftover, title = {Unused}}"
    assert [p.waived for p in check(library(tmp_path, files), only=["P104"])] == [REASON]


PROBLEMS = [
    Problem(
        "S206",
        "interval-off-centre",
        "error",
        Where("records/a.yaml", 3, 7),
        "50 % off,\nby a lot",
        "",
        "look",
    ),
    Problem("R001", "file-unreadable", "warning", Where("b.yaml"), "is lost", waived="It is a link."),
]


def test_sarif_holds_the_rules_and_the_places() -> None:
    run = as_sarif(PROBLEMS, CHECKS, "1.0")["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [*(c.code for c in CHECKS), "R001"]
    first, second = run["results"]
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 7}
    assert second["suppressions"] == [{"kind": "inSource", "justification": "It is a link."}]


def test_github_annotations_escape_what_would_end_them() -> None:
    assert [as_github(problem) for problem in PROBLEMS] == [
        "::error file=records/a.yaml,line=3,col=7,title=S206 interval-off-centre::50 %25 off,%0Aby a lot",
        "::notice file=b.yaml,line=1,col=1,title=R001 file-unreadable::is lost (waived: It is a link.)",
    ]


def mended(root: Path, name: str, rule: str) -> str:
    problems = [
        p for p in check(read_library(root)[0], only=[rule]) if Path(p.where.path).name == Path(name).name
    ]
    text = (root / name).read_text(encoding="utf-8")
    return applied(text, edits(text, problems))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("doi = {https://doi.org/10.1000/abc}", "doi = {10.1000/abc}"),
        ('doi = "doi: 10.1000/abc."', 'doi = "10.1000/abc"'),
        ("pmid = {PMID: 28479954}", "pmid = {28479954}"),
        ("pmcid = {5214170}", "pmcid = {PMC5214170}"),
        ("pmcid = {https://pmc.ncbi.nlm.nih.gov/articles/PMC5214170/}", "pmcid = {PMC5214170}"),
    ],
)
def test_an_identifier_loses_what_stands_before_it(wrong: str, right: str, tmp_path: Path) -> None:
    text = "@article{{one,\n  title = {{A}},\n  {0},\n}}\n@article{{two,\n  title = {{B}},\n}}\n"
    write(tmp_path, {**folder(), "references.bib": text.format(wrong)})
    assert mended(tmp_path, "references.bib", "P105") == text.format(right)


def test_an_identifier_that_is_wrong_in_itself_is_left_to_a_person(tmp_path: Path) -> None:
    text = "@article{one, title = {A}, doi = {10.1000}}"
    write(tmp_path, {**folder(), "references.bib": text})
    assert mended(tmp_path, "references.bib", "P105") == text


def test_a_typed_verdict_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, folder())
    claim = tmp_path / "claims" / "claim.yaml"
    plain = "# a comment\nclaim: claim\ntitle: It works\n"
    claim.write_text(plain + "verdict: Supported\n", encoding="utf-8")
    assert mended(tmp_path, "claims/claim.yaml", "G501") == plain


def test_an_edit_for_another_text_is_refused() -> None:
    with pytest.raises(ValueError, match="line 1 has changed"):
        applied("other\n", edits("verdict: x\n", [Problem("G501", "", "error", Where("c.yaml", 1, 1), "")]))
