"""Whatever stands in a file, reading ends in a Problem with a line, and the good records are still there."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimbook.problems import Problem
from claimbook.records import Library, Study, read_library
from claimbook.records.text import decode, parse
from claimbook.records.validating import validate

LIBRARY = """\
title: A test library
question: Does it read?
licence: CC0-1.0
outcomes:
  size: {label: muscle size, direction: higher_better, because: more is what is asked for}
"""

GOOD = """\
study: good
label: Good 2020
summary: A record without a mistake.
design: {kind: rct_parallel, because: people were drawn by lot, where: p. 2, status: confirmed}
population: {description: adults}
arms:
  - {id: a, label: training, n: 12}
  - {id: b, label: no training, n: 11}
results:
  - id: size
    outcome: size
    what: Cross-sectional area
    unit: cm2
    where: Table 2
    status: confirmed
    means:
      of: final
      intervention: {arm: a, n: 12, mean: 10.60, sd: 1.1}
      comparator: {arm: b, n: 11, mean: 9.9, sd: 1.0}
"""


def library_with(
    tmp_path: Path, content: bytes | str, name: str = "records/bad.yaml"
) -> tuple[Library, list[Problem]]:
    for folder in ("records", "claims"):
        (tmp_path / folder).mkdir()
    (tmp_path / "library.yaml").write_text(LIBRARY)
    (tmp_path / "references.bib").write_text("")
    (tmp_path / "records" / "good.yaml").write_text(GOOD)
    raw = content.encode() if isinstance(content, str) else content
    (tmp_path / name).write_bytes(raw)
    return read_library(tmp_path)


def bad(old: str = "good\n", new: str = "bad\n") -> str:
    return GOOD.replace("study: good\n", "study: bad\n").replace(old, new, 1)


DEEP = "study: bad\nx: " + "[" * 40 + "]" * 40
HOSTILE = {
    "an empty file": ("", "R002", 0, "the file is empty"),
    "only blanks": (" \n\n", "R002", 0, "the file is empty"),
    "only comments": ("# nothing\n", "R002", 0, "holds only comments"),
    "plain text": ("just words\n", "R002", 1, "holds plain text"),
    "a list": ("- a\n- b\n", "R002", 1, "holds a list"),
    "a key given twice": (
        bad("label: Good", "label: A\nlabel: Good"),
        "R003",
        3,
        'key "label" is given twice (first on line 2)',
    ),
    "a deeper key given twice": (
        bad("n: 12, mean", "n: 12, n: 13, mean"),
        "R003",
        18,
        'key "n" is given twice',
    ),
    "NO where a number belongs": (bad("n: 12}", "n: NO}"), "R005", 7, '"NO" is not a number'),
    "a date where a number belongs": (
        bad("mean: 10.60", "mean: 2020-01-02"),
        "R005",
        18,
        "is a date, not a number",
    ),
    "a time where a number belongs": (bad("mean: 10.60", "mean: 1:30"), "R005", 18, '"1:30" is not a number'),
    "a tab for indentation": (bad("    outcome: size", "\toutcome: size"), "R002", 11, "a tab is used"),
    "an octal-looking number kept as text": (
        bad("mean: 10.60", "mean: 0o17"),
        "R005",
        18,
        '"0o17" is not a number',
    ),
    "infinity": (bad("mean: 10.60", "mean: .inf"), "R005", 18, '".inf" is not a number'),
    "a number beyond floats": (bad("mean: 10.60", "mean: 1e999"), "R005", 18, "too large"),
    "digits of another script": (bad("mean: 10.60", "mean: ١٢"), "R005", 18, "is not a number"),
    "five thousand digits": (bad("mean: 10.60", f"mean: {'9' * 5000}"), "R005", 18, "too large"),
    "half a character": (bad("Good 2020", '"a\\ud800b"'), "R002", 2, ""),
    "a line separator of Unicode": (bad("Good 2020", "a\u2028b"), "R002", 4, ""),
    "a YAML of the future": ("%YAML 9.9\n---\n" + bad(), "R002", 1, ""),
    "a key without end": (bad("label: Good", f"{'k' * 100_000}: Good"), "R002", 2, ""),
    "an empty key": (bad("label: Good", '"": Good'), "R007", 2, ""),
    "a merge key without an anchor": (bad("n: 12}", "<<: {n: 3}}"), "R007", 7, ""),
    "bytes in base64": (bad("n: 12}", "n: !!binary aGk=}"), "R004", 7, "tag"),
    "items that are no whole number": (
        bad("    means:", "    scale: {items: 1.5}\n    means:"),
        "R005",
        16,
        "",
    ),
    "a decimal comma": (bad("mean: 10.60", 'mean: "10,6"'), "R005", 18, "decimal comma"),
    "two numbers in one": (bad("mean: 10.60", "mean: 10.6 ± 1.1"), "R005", 18, "is two numbers"),
    "a typographic minus": (bad("mean: 10.60", "mean: −3"), "R005", 18, "typographic minus"),
    "an alias without an anchor": (bad("n: 12}", "n: *twelve}"), "R004", 7, "alias"),
    "an anchor": (bad("n: 12}", "n: &n 12}"), "R004", 7, "anchor &n"),
    "a circle": ("study: &a\n  b: *a\n", "R004", 1, "anchor &a"),
    "a merge key": ("base: &b {x: 1}\nstudy:\n  <<: *b\n", "R004", 1, "anchor &b"),
    "a laugh that grows": ("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", "R004", 1, "anchor &a"),
    "a tag that would run code": (
        bad("n: 12}", "n: !!python/object/apply:os.system [true]}"),
        "R004",
        7,
        "tag",
    ),
    "a harmless tag": (bad("n: 12}", "n: !!int 12}"), "R004", 7, "tag"),
    "deep nesting": (DEEP, "R002", 2, "nested deeper"),
    "nesting beyond any stack": ("x: " + "[" * 200_000, "R002", 1, ""),
    "deep blocks": ("".join(f"{' ' * i}a:\n" for i in range(900)), "R002", 34, "nested deeper"),
    "a key that is a list": ("? [a, b]\n: c\n", "R002", 1, "a key must be a plain word"),
    "two documents": ("study: bad\n---\nstudy: worse\n", "R002", 2, ""),
    "an unclosed quote": (bad("label: Good", 'label: "Good'), "R002", 2, "a quote is opened"),
    "an unclosed brace": (bad("n: 12}", "n: 12"), "R002", 8, ""),
    "a colon too many": (bad("label: Good", "label: Good: bad"), "R002", 2, 'a second ": "'),
    "a binary file": (b"\x7fELF\0\0\0", "R001", 0, "is a binary file"),
    "another encoding": (
        bad("Good 2020", "H\xe4kkinen").encode("latin-1"),
        "R001",
        2,
        "byte 0xe4 is not UTF-8",
    ),
    "UTF-16": (bad().encode("utf-16"), "R001", 0, ""),
    "a control character": (bad("Good 2020", "Good\x07"), "R002", 2, "character 0x07"),
    "an escaped control character": (bad("Good 2020", '"Es\\e[31mtes"'), "R002", 2, "character 0x1b"),
    "an escape in a key": (bad("label:", '"la\\e[31mbel":'), "R002", 2, "character 0x1b"),
    "an escaped control character of eight bits": (
        bad("Good 2020", '"\\x9b31m"'),
        "R002",
        2,
        "character 0x9b",
    ),
    "50 MB": (b"a: b\n" * 10_000_000, "R001", 0, "the file is 50.0 MB"),
    "an unknown field": (bad("label:", "lable:"), "R007", 2, 'no field "lable" here; did you mean "label"?'),
    "an unknown word": (bad("rct_parallel", "rct_paralel"), "R005", 4, 'did you mean "rct_parallel"?'),
    "an unknown outcome": (
        bad("outcome: size", "outcome: sise"),
        "R010",
        11,
        'no outcome "sise"; did you mean "size"?',
    ),
    "an unknown arm": (bad("arm: b", "arm: c"), "R010", 19, 'no arm "c"'),
    "an empty value": (bad("n: 12}", "n: }"), "R005", 7, '"arms.0.n" has no value'),
    "a missing field": (bad("label: Good 2020\n", ""), "R008", 1, '"label" is missing'),
    "a missing deeper field": (bad("    where: Table 2\n", ""), "R008", 10, '"results.0.where" is missing'),
    "no shape of data": (bad("    means:", "    note: x\n    mean_s:"), "R007", 17, 'did you mean "means"?'),
    "a key with a path in it": (bad("study: bad", "study: ../bad"), "R005", 1, "does not fit study"),
    "a key that is not the file's name": (
        bad("study: bad", "study: worse"),
        "R009",
        1,
        "stands in a file named",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_ends_in_a_problem_on_its_line(case: str, tmp_path: Path) -> None:
    content, rule, line, message = HOSTILE[case]
    library, problems = library_with(tmp_path, content)
    found = [p for p in problems if p.rule == rule and p.where.line == line and message in p.message]
    assert found, "\n".join(f"{p.rule} {p.where} {p.message}" for p in problems)
    assert all(p.where.path.endswith("records/bad.yaml") for p in problems)
    assert "good" in library.studies


def test_a_byte_order_mark_is_told_and_the_record_still_read(tmp_path: Path) -> None:
    library, problems = library_with(tmp_path, b"\xef\xbb\xbf" + bad().encode())
    assert [(p.rule, p.severity) for p in problems] == [("R006", "warning")]
    assert "bad" in library.studies


def test_every_mistake_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    text = bad("n: 12}", "n: NO}").replace("unit:", "units:").replace("kind: rct_parallel", "kind: rct")
    assert [p.where.line for p in library_with(tmp_path, text)[1]] == [4, 7, 10, 13]


def test_words_that_other_readers_turn_into_something_else_stay_text(tmp_path: Path) -> None:
    library, problems = library_with(
        tmp_path, bad("label: Good 2020", "label: NO").replace("unit: cm2", "unit: 1:30")
    )
    assert problems == []
    assert library.studies["bad"].label == "NO"
    assert library.studies["bad"].results[0].unit == "1:30"


def test_printed_decimals_survive(tmp_path: Path) -> None:
    library, _ = library_with(tmp_path, bad())
    mean = library.studies["bad"].results[0].means.intervention.mean
    assert (str(mean), mean.decimals) == ("10.60", 2)


def test_a_broken_library_file_hides_no_record(tmp_path: Path) -> None:
    library, problems = library_with(tmp_path, "title: [\n", "library.yaml")
    assert "good" in library.studies
    assert [p.where.path.rpartition("/")[2] for p in problems] == ["library.yaml"]


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("library.yaml", "claimbook init"),
        ("claims/bad.yaml", "claimbook claim add"),
        ("records/bad.yaml", "claimbook study add"),
    ],
)
@pytest.mark.parametrize("content", ["", "# nothing\n"])
def test_an_empty_file_is_told_the_command_that_writes_its_kind(
    content: str, name: str, fix: str, tmp_path: Path
) -> None:
    assert [fix in p.fix for p in library_with(tmp_path, content, name)[1] if p.rule == "R002"] == [True]


def test_a_broken_bibliography_hides_no_record_and_no_entry(tmp_path: Path) -> None:
    entries = [
        "@article{a, title = {A}}",
        "@article{b, title = {B",
        "@article{c, title = {C}}",
        "@article{a, title = {A}}",
    ]
    text = "\n".join(entries)
    library, problems = library_with(tmp_path, text, "references.bib")
    assert "good" in library.studies
    assert {"a", "c"} <= set(library.bibliography)
    assert all(p.where.line > 0 for p in problems) and problems


def test_an_entry_that_could_steer_a_terminal_is_told_and_left_out(tmp_path: Path) -> None:
    text = "@article{a, title = {A}}\n@article{b, title = {B\x1b[31m}}\n"
    library, problems = library_with(tmp_path, text, "references.bib")
    assert [(p.rule, p.where.line, list(library.bibliography)) for p in problems] == [("B003", 2, ["a"])]


def test_lines_and_tabs_may_stand_between_quotes(tmp_path: Path) -> None:
    library, problems = library_with(tmp_path, bad("Good 2020", '"Good\\n\\t2020"'))
    assert (problems, library.studies["bad"].label) == ([], "Good\n\t2020")


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    library, problems = read_library(tmp_path / "nowhere")
    assert library.studies == {}
    assert {p.rule for p in problems} == {"R001"}


@pytest.mark.parametrize("name", ["claims/good.yaml", "records/good.yml", "records/library.yaml"])
def test_a_key_that_another_file_has_is_told(name: str, tmp_path: Path) -> None:
    library, problems = library_with(tmp_path, GOOD, name)
    assert [(p.rule, p.where.path.endswith(name)) for p in problems] == [("R012", True)]
    assert "good" in library.studies


def test_a_claim_that_names_a_study_that_is_not_there_is_told(tmp_path: Path) -> None:
    claim = """\
claim: c
title: It grows
text: It grows.
wording: paraphrase
said_by: the article
kind: effect
question: {population: adults, intervention: training, comparator: none, outcome: size}
outcome: size
studies:
  - {study: goood, result: size}
"""
    problems = library_with(tmp_path, claim, "claims/c.yaml")[1]
    assert [(p.rule, p.where.line, p.message) for p in problems] == [
        ("R010", 10, 'no study "goood"; did you mean "good"?')
    ]


@given(st.data())
def test_no_damage_to_a_record_makes_reading_fail(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from([GOOD.encode(), bad().encode()]))
    for _ in range(data.draw(st.integers(1, 4))):
        at, end = sorted(data.draw(st.tuples(st.integers(0, len(raw)), st.integers(0, len(raw)))))
        junk = data.draw(
            st.one_of(
                st.binary(max_size=6),
                st.sampled_from([b"\t", b"\n", b": ", b"- ", b"[{", b"&a ", b"*a", b"!!x "]),
            )
        )
        raw = raw[:at] + junk + raw[min(end, at + 20) :]
    text, problems = decode(raw, "x.yaml")
    document, more = parse(text, "x.yaml") if text is not None else (None, [])
    record, typed = validate(document, Study) if document is not None else (None, [])
    found = [*problems, *more, *typed]
    assert record is not None or found
    assert all(p.where.path == "x.yaml" and p.message for p in found)
    json.dumps([p.as_json() for p in found])
