"""Curating by hand: extraction with its conversions, risk of bias, exclusion, links."""

import json
import math
import random
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from small_library import folder, write

from claimbook.checks.formula import value_of_formula
from claimbook.cli import main
from claimbook.cli.extract import BLANKS
from claimbook.cli.session import Session
from claimbook.effects import CONVERSIONS
from claimbook.exchange.deriving import OFFERS, Offer, derive, rounded
from claimbook.exchange.removal import without_item
from claimbook.records import Library, read_library
from claimbook.records.editing import read
from claimbook.records.models import SHAPES

SKELETON = """\
study: able2019
label: Able 2019
summary: "Not read yet; its title is: A study"
design: {kind: unknown, because: Not read yet., where: not read yet, status: unknown}
population: {description: Not read yet}
"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path / "studies", folder({"one": {}, "two": {}}))
    (tmp_path / "studies" / "records" / "able2019.yaml").write_text(SKELETON)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "studies"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "interactive", True)


def run(*arguments: str, code: int = 0, answers: list[str] | None = None) -> Result:
    typed = "\n".join(answers) + "\n" if answers is not None else None
    result = CliRunner().invoke(main, arguments, prog_name="claimbook", input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def now() -> Library:
    found, problems = read_library("studies")
    assert problems == []
    return found


BEGIN = [
    *(
        "rct_parallel",
        "drawn by lot",
        "?",
        "p. 2",
        "Twelve adults",
    ),  # a place that says nothing is asked again
    *("running", "interval running", "y", "control", "no training", "n"),
]
MEANS = [
    "y",
    "size",
    "strength",
    "leg press",
    "kg",
    "-",
    "table 2",
    "confirmed",
    "means",
    "final",
    "running",
    "control",
]


@pytest.mark.usefixtures("terminal")
def test_a_skeleton_becomes_a_record_one_field_at_a_time(library: Path) -> None:
    numbers = ["12", "", "104,1", "104.10", "", "se 2.6", "", "11", "p. 3", "100.3", "", "+- 8.8", ""]
    result = run("extract", "able2019", "--by", "A. Curator", answers=[*BEGIN, *MEANS, *numbers, "n"])
    assert '"104,1" has a decimal comma' in result.stderr
    assert "field 6/6  size: comparator sd" in result.stderr
    study = now().studies["able2019"]
    assert (study.design.kind, study.design.where, study.design.status) == (
        "rct_parallel",
        "p. 2",
        "confirmed",
    )
    group, other = study.results[0].data.intervention, study.results[0].data.comparator
    assert (group.n.value, group.n.where, group.mean.value, group.se.value) == ("12", None, "104.10", "2.6")
    assert (other.n.value, other.n.where, other.n.status) == ("11", "p. 3", "confirmed")
    assert (other.dispersion.value, other.dispersion.kind) == ("8.8", "unstated")
    assert study.extracted_by == ("A. Curator",)


@pytest.mark.usefixtures("terminal")
def test_a_number_is_derived_and_its_formula_recorded(library: Path) -> None:
    sd = ["=", "1", "2.37", "12", "y", "table 3"]
    run("extract", "able2019", answers=[*BEGIN, *MEANS, "12", "", "5", "", *sd, "?", "?", "?", "n"])
    found = now().studies["able2019"].results[0].data.intervention.sd
    assert (found.value, found.status, found.where) == ("8.210", "derived", "table 3")
    assert found.formula == "sd_from_se = 2.37 * sqrt(12)"
    assert found.because == "It assumes that the SE is that of the mean of n independent people."


@pytest.mark.usefixtures("terminal")
def test_a_stopped_extraction_is_taken_up_where_it_stopped(library: Path) -> None:
    run("extract", "able2019", code=130, answers=[*BEGIN, *MEANS, "12", ""])
    assert str(now().studies["able2019"].results[0].data.intervention.n) == "12"
    result = run("extract", "able2019", answers=["7", "", "?", "?", "?", "?", "n"])
    assert "field 1/5  size: intervention mean" in result.stderr and "4 numbers left unknown" in result.stderr
    assert str(now().studies["able2019"].results[0].data.intervention.mean) == "7"


@pytest.mark.usefixtures("terminal")
def test_one_field_can_be_asked_for(library: Path) -> None:
    run("extract", "one", "results.main.means.comparator.n", answers=["11", "p. 9"])
    number = now().studies["one"].results[0].data.comparator.n
    assert (number.value, number.where, number.status) == ("11", "p. 9", "confirmed")
    assert 'no "mian" in results' in run("extract", "one", "results.mian.x", code=2).stderr


def test_without_a_terminal_the_way_is_said(library: Path) -> None:
    assert "claimbook study set able2019" in run("extract", "able2019", code=2, answers=["y"] * 9).stderr


def test_every_kind_of_result_can_be_extracted() -> None:
    assert set(BLANKS) == set(SHAPES)


OFFERED = [(name, offer) for name, offers in OFFERS.items() for offer in offers]
NUMBERS = {
    **dict.fromkeys(("n", "n1", "n2"), (8, 40)),
    **dict.fromkeys(("se", "sd_change", "high"), (6.0, 8.0)),
    "low": (2.0, 4.0),
    "q1": (3.9, 4.1),
    "q3": (5.9, 6.1),
    **dict.fromkeys(("p", "r"), (0.02, 0.4)),
    "median": (4.9, 5.1),
    "minimum": (2.4, 2.6),
    "maximum": (7.4, 7.6),
    "level": (0.95, 0.95),
    **dict.fromkeys(("events1", "events2"), (1, 7)),
}


@pytest.mark.parametrize(("name", "offer"), OFFERED, ids=[f"{n}-{o.conversion}" for n, o in OFFERED])
def test_a_recorded_formula_gives_the_recorded_number(name: str, offer: Offer) -> None:
    random.seed(1)
    for _ in range(20):
        texts = {}
        for word in offer.inputs:
            low, high = NUMBERS.get(word, (3.0, 9.0))
            texts[word] = (
                str(random.randint(low, high)) if isinstance(low, int) else f"{random.uniform(low, high):.4g}"
            )
        derived = derive(offer, texts)
        assert math.isfinite(float(derived.value)) and derived.formula.startswith(f"{offer.conversion} = ")
        if offer.formula:
            found = value_of_formula(derived.formula)
            assert found is not None and found.wider(0.001 * abs(found.middle)).holds(float(derived.value))


def test_every_offer_is_a_conversion_of_the_engine() -> None:
    assert {offer.conversion for _, offer in OFFERED} <= set(CONVERSIONS)
    for _, offer in OFFERED:
        assert set(re.findall(r"\{(\w+)\}", offer.formula)) - {"t"} <= set(offer.inputs)


def test_what_gives_no_number_is_said() -> None:
    with pytest.raises(ValueError, match="do not determine sd; it assumes"):
        derive(
            next(o for n, o in OFFERED if o.conversion == "sd_from_t"),
            {"difference": "1", "t": "0", "n1": "5", "n2": "5"},
        )
    with pytest.raises(ValueError, match="needs n"):
        derive(OFFERS["sd"][0], {"se": "1"})


@pytest.mark.parametrize(
    ("value", "text"), [(8.20985, "8.210"), (0.0, "0"), (123456.7, "123457"), (1e-7, "0.0000001000")]
)
def test_a_derived_number_is_in_plain_notation(value: float, text: str) -> None:
    assert rounded(value) == text


# --- risk of bias ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("terminal")
def test_risk_of_bias_asks_what_the_answers_leave_open_and_saves_each(library: Path) -> None:
    answers = ["Y", "drawn by lot", "y", "", "N", ""]
    run("rob", "one", "--tool", "rob2", "--by", "A. Curator", code=130, answers=answers)
    record = now().studies["one"].risk_of_bias[-1]
    assert (record.tool, record.by) == ("rob2", "A. Curator")
    assert record.answers == {"1.1": "Y", "1.2": "Y", "1.3": "N"}
    assert record.because == {"1.1": "drawn by lot"}
    resumed = run("rob", "one", "--tool", "rob2", code=130, answers=["NI", ""])
    assert "\n2.1  " in resumed.stderr
    assert len(now().studies["one"].risk_of_bias) == 2


def test_answers_can_be_given_without_a_terminal(library: Path) -> None:
    domains = ("sequence", "concealment", "participants", "assessors", "incomplete", "selective", "other")
    options = [option for domain in domains for option in ("--answer", f"{domain}=low")]
    found = json.loads(
        run("rob", "one", "--tool", "rob1", *options, "--because", "other=none seen", "--json").stdout
    )
    assert (found["overall"], found["open"]) == ("low", [])
    assert now().studies["one"].risk_of_bias[-1].because == {"other": "none seen"}
    assert run("rob", "one", "--tool", "rob1").stdout.startswith("sequence      low\n")


def test_the_tool_follows_the_design(library: Path) -> None:
    assert "rob2@" in json.loads(run("rob", "two", "--json").stdout)["tool"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tool", "rob3"], 'no tool "rob3"; did you mean "rob2"?'),
        (["--tool", "rob2", "--answer", "1.1=maybe"], "'maybe' is not one of"),
        (["--tool", "rob2", "--answer", "9.9=Y"], "has no question '9.9'"),
        (["--tool", "rob2", "--answer", "1.1"], "write ID=WORD"),
        (["--result", "mian"], 'no result "mian"'),
    ],
)
def test_a_wrong_answer_is_refused(library: Path, words: list[str], said: str) -> None:
    before = {path: path.read_bytes() for path in library.rglob("*.*")}
    assert said in run("rob", "one", *words, code=2).stderr
    assert before == {path: path.read_bytes() for path in library.rglob("*.*")}


# --- exclusion and links ---------------------------------------------------------------------------------

CLAIM = """\
claim: grows  # a comment that stays
title: It grows
text: It grows.
wording: paraphrase
said_by: a coach
kind: effect
question: {population: adults, intervention: running, comparator: none, outcome: strength}
outcome: strength
measure: SMD
studies:
  - {study: one, result: main}  # the first
  # about the second
  - study: two
    result: main
"""


def test_an_excluded_study_moves_with_its_reason_and_no_other_line(library: Path) -> None:
    path = library / "claims" / "grows.yaml"
    path.write_text(CLAIM)
    result = run(
        "study", "exclude", "two", "--because", "The groups were not comparable.", "--claim", "grows"
    )
    assert result.stdout == "studies/claims/grows.yaml\n"
    assert path.read_text() == CLAIM.replace("  - study: two\n    result: main\n", "") + (
        "left_out:\n  - study: two\n    result: main\n    because: The groups were not comparable.\n"
    )
    assert [used.study for used in now().claims["grows"].studies] == ["one"]


def test_every_claim_that_uses_a_study_leaves_it_out(library: Path) -> None:
    (library / "claims" / "grows.yaml").write_text(CLAIM)
    result = run("study", "exclude", "one", "--because", "It was retracted.")
    assert len(result.stdout.splitlines()) == 2
    assert all("one" not in [u.study for u in claim.studies] for claim in now().claims.values())


def test_a_study_that_no_claim_uses_needs_the_claim(library: Path) -> None:
    assert "name the claim" in run("study", "exclude", "two", "--because", "No control.", code=2).stderr
    run("study", "exclude", "two", "--because", "No control.", "--claim", "claim")
    assert now().claims["claim"].left_out[0].because == "No control."


def test_two_reports_of_one_cohort_are_linked(library: Path) -> None:
    result = run("study", "link", "two", "--report-of", "one", "--because", "Same volunteers.")
    assert result.stdout == "studies/records/two.yaml\n"
    (link,) = now().studies["two"].same_people
    assert (link.study, link.because) == ("one", "Same volunteers.")
    assert "linked already" in run("study", "link", "two", "--report-of", "one").stderr
    assert "not a report of itself" in run("study", "link", "one", "--report-of", "one", code=2).stderr


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nitems:\n- {n: 1}\n- {n: 2}\n# end\nb: 2\n",
        "items: [{n: 1}, {n: 2}]\n",
        "items:\n  - n: 1\n    m: [1,\n        2]\n  - n: 2  # last\n\n\nb: 3\n",
        "items:\n  - n: 1\n  - n: >-\n      folded\n      text\n",
    ],
)
def test_an_item_is_removed_and_nothing_else(text: str) -> None:
    before: Any = read(text)
    for index in range(2):
        after = read(without_item(text, "items", index))
        assert after == {**before, "items": [item for i, item in enumerate(before["items"]) if i != index]}
        assert [line for line in text.splitlines() if "#" in line and "end" in line] == [
            line for line in without_item(text, "items", index).splitlines() if "#" in line and "end" in line
        ]


def test_an_item_that_is_not_there_cannot_be_removed() -> None:
    with pytest.raises(ValueError, match="has no item 3"):
        without_item("items: [a]\n", "items", 3)


ROBVIS = """Study,D1,D2,D3,D4,D5,Overall,Weight
One 2020,Low,Some concerns,Low,Low,No information,Some concerns,60
two,High,Low,Low,Low,Low,Low,40
Nobody 1999,Low,Low,Low,Low,Low,Low,
one,Low,Low,Low,Low,Low,Low,
Two 2020,Fine,Low,Low,Low,Low,Low,
"""
AS_ROBVIS = ("study", "import", "rob.csv", "--as", "robvis")


def test_judgements_of_robvis_enter_and_the_rest_is_named_by_line(library: Path) -> None:
    Path("rob.csv").write_text(ROBVIS)
    result = run(*AS_ROBVIS, "--tool", "rob2", "--where", "figure 2", code=1)
    assert result.stdout.splitlines() == ["studies/records/one.yaml", "studies/records/two.yaml"]
    made = now().studies["one"].risk_of_bias[-1]
    assert (made.tool, made.where, made.judgements["D2"]) == ("rob2", "figure 2", "some_concerns")
    assert "D5" not in made.judgements
    for code, line, words in (
        ("warning[X009]", 3, "the domains give High"),
        ("error[X013]", 4, 'no study of the library is "Nobody 1999"'),
        ("error[X009]", 6, "'Fine' is not one of Low"),
    ):
        assert re.search(rf"{re.escape(code)} rob.csv:{line}\b.*{re.escape(words)}", result.stderr)


def test_judgements_that_are_there_are_not_entered_twice(library: Path) -> None:
    header, first, *_ = ROBVIS.splitlines(keepends=True)
    Path("rob.csv").write_text(header + first)
    assert run(*AS_ROBVIS, "--tool", "rob2").stdout and run(*AS_ROBVIS, "--tool", "rob2").stdout == ""
    Path("rob.csv").write_text(f"{header}One 2020,High,Low,Low,Low,Low,High,1\n")
    assert "has another assessment by rob2" in run(*AS_ROBVIS, "--tool", "rob2", code=1).stderr


def test_a_table_of_another_tool_is_refused(library: Path) -> None:
    Path("rob.csv").write_text(ROBVIS)
    assert "robvis tables do not name their tool" in run(*AS_ROBVIS, code=2).stderr
    result = run(*AS_ROBVIS, "--tool", "robins-i-v1", code=1)
    assert result.stdout == "" and "rob.csv:2" in result.stderr and "domains" in result.stderr
