"""What is written reads back the same, and a change touches only what it names."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimbook.records.bibliography import parse_bibliography
from claimbook.records.citing import bibtex, with_entry
from claimbook.records.editing import read, render, set_in
from claimbook.records.models import Claim, LibraryInfo, Study
from claimbook.records.text import Loc, parse

STUDIES = Path(__file__).parent.parent / "studies"
FILES = sorted(STUDIES.glob("*/*.yaml"))

LETTERS = st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t")
WORDS = st.one_of(
    st.text(LETTERS, max_size=30),
    st.sampled_from(
        ["NO", "null", "~", "true", "10.60", "1e5", "0x1F", "2020-01-02", "1:30", "- a", "a: b", "a # b"]
    ),
    st.sampled_from(
        [
            "&a",
            "*a",
            "!tag",
            "<<",
            "=",
            "%",
            "@",
            "`",
            "'",
            '"',
            "{a}",
            "[a]",
            "a, b",
            "?",
            "| x",
            "> x",
            "---",
            "...",
        ]
    ),
    st.lists(
        st.sampled_from(["word", "long-winded", "±", "a:b", "#x", "{", "-"]), min_size=20, max_size=60
    ).map(" ".join),
)
PLAIN = st.recursive(
    WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
NUMBERS = st.from_regex(r"-?[0-9]{1,4}(\.[0-9]{1,3})?", fullmatch=True, alphabet=st.characters(codec="ascii"))
TEX = st.text(st.sampled_from(list("a {}\\@%&#$_~=,\"'")), max_size=20)
STEERING = st.text(st.characters(categories=["Cc"]), max_size=20)
TEXTS = WORDS.filter(lambda text: len(text.strip()) > 2)
QUANTITIES = st.one_of(
    NUMBERS,
    st.just("unknown"),
    st.fixed_dictionaries({"value": NUMBERS, "where": TEXTS}),
    st.fixed_dictionaries({"value": NUMBERS, "status": st.just("derived"), "formula": TEXTS}),
    st.fixed_dictionaries({"status": st.just("unknown"), "because": TEXTS}),
)


@given(st.dictionaries(WORDS, PLAIN, min_size=1, max_size=5))
def test_any_data_reads_back_as_it_was_written(data: dict[str, Any]) -> None:
    assert read(render(data)) == data


@st.composite
def studies(draw: st.DrawFn) -> Study:
    def text() -> str:
        return draw(TEXTS)

    def group(arm: str) -> dict[str, Any]:
        spread = draw(st.sampled_from(["sd", "se"]))
        return {"arm": arm, "n": draw(QUANTITIES), "mean": draw(QUANTITIES), spread: draw(QUANTITIES)}

    result = {"outcome": text(), "what": text(), "unit": text(), "where": text(), "status": "confirmed"}
    means = {"of": "final", "intervention": group("a"), "comparator": group("b")}
    reported = {
        "measure": "SMD",
        "estimate": draw(NUMBERS),
        "p": draw(st.sampled_from(["<0.05", "ns", "0.007"])),
    }
    return Study.model_validate(
        {
            "study": "k",
            "label": text(),
            "summary": text(),
            "design": {"kind": "rct_parallel", "because": text(), "where": text(), "status": "inferred"},
            "population": {"description": text()},
            "arms": [{"id": "a", "label": text(), "n": draw(QUANTITIES)}, {"id": "b", "label": text()}],
            "results": [
                {"id": "x", **result, "means": means, "note": text()},
                {"id": "y", **result, "reported": reported},
            ],
            "risk_of_bias": [{"tool": "rob2", "answers": draw(st.dictionaries(TEXTS, TEXTS, max_size=3))}],
            "not_found": draw(st.lists(TEXTS, max_size=3)),
            "waive": [{"rule": "S201", "because": text()}],
        }
    )


@given(studies())
def test_a_study_reads_back_as_it_was_written(study: Study) -> None:
    assert Study.model_validate(read(render(study))) == study


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_record_of_the_library_reads_back_as_it_was_written(path: Path) -> None:
    model: Any = Study if path.parent.name == "records" else Claim
    record = model.model_validate(read(path.read_text(encoding="utf-8")))
    assert model.model_validate(read(render(record))) == record


def test_the_library_file_reads_back_as_it_was_written() -> None:
    info = LibraryInfo.model_validate(read((STUDIES / "library.yaml").read_text(encoding="utf-8")))
    assert LibraryInfo.model_validate(read(render(info))) == info


def leaves(data: Any, loc: Loc = ()) -> list[Loc]:
    items: Any = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [deeper for step, inner in items for deeper in leaves(inner, (*loc, step))] or [loc]


@given(st.data())
def test_setting_a_value_leaves_every_byte_around_it(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(FILES)).read_text(encoding="utf-8")
    loc = data.draw(st.sampled_from(leaves(read(text))))
    new = data.draw(WORDS)
    made = set_in(text, loc, new)
    assert value_at(read(made), loc) == new
    above, below = around(text, loc)
    assert made.startswith(above)
    assert made.endswith(below)


def around(text: str, loc: Loc) -> tuple[str, str]:
    """The lines above a value and those from the next value on."""
    document, _ = parse(text, "")
    assert document is not None
    lines = text.splitlines(keepends=True)
    line = document.where_key(*loc).line
    after = min((place[0] for place in document.keys.values() if place[0] > line), default=len(lines) + 1)
    return "".join(lines[: line - 1]), "".join(lines[after - 1 :])


@given(
    st.dictionaries(
        st.sampled_from(["title", "author", "journal", "year", "doi"]), WORDS | TEX | STEERING, min_size=1
    )
)
def test_any_citation_is_one_entry_and_breaks_no_other(fields: dict[str, str]) -> None:
    before = (STUDIES / "references.bib").read_text(encoding="utf-8")
    after = with_entry(before, bibtex("new", "article", fields))
    assert after.startswith(before)
    entries, problems = parse_bibliography(after)
    assert problems == []
    assert set(entries) == {*parse_bibliography(before)[0], "new"}
    assert set(entries["new"].fields) <= set(fields)


def value_at(data: Any, loc: Loc) -> Any:
    for step in loc:
        data = data[step]
    return data


@given(st.data())
def test_adding_a_field_adds_lines_and_changes_none(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(FILES)).read_text(encoding="utf-8")
    value = data.draw(PLAIN.filter(bool))
    made = set_in(text, ("extra", "deep"), value)
    assert made.startswith(text)
    assert read(made) == {**read(text), "extra": {"deep": value}}


@pytest.mark.parametrize(
    ("before", "loc", "value", "after"),
    [
        ("a: 1  # one\nb: 2\n", ("a",), "3", "a: 3  # one\nb: 2\n"),
        ("a:   10.60\n", ("a",), "10.70", "a:   10.70\n"),
        ("a:\nb: 2\n", ("a",), "1", "a: 1\nb: 2\n"),
        ("a: {b: 1, c: 2}\n", ("a", "b"), "x, y", 'a: {b: "x, y", c: 2}\n'),
        ("a: {b: 1}\n", ("a", "c"), "2", "a: {b: 1, c: 2}\n"),
        ("a: {b: 1,}\n", ("a", "c"), "2", "a: {b: 1, c: 2,}\n"),
        ("a: []\n", ("a", 0), "1", "a: [1]\n"),
        ("a:\n- 1  # first\nb: 2\n", ("a", 1), "2", "a:\n- 1  # first\n- 2\nb: 2\n"),
        ("a:\n    - x: 1\n# end\n", ("a", 0, "y"), "2", "a:\n    - x: 1\n      y: 2\n# end\n"),
        ("a: >-\n  folded\n  text\n\n# note\nb: 1\n", ("a",), "new", "a: new\n\n# note\nb: 1\n"),
        ("a: 1", ("b", "c"), "2", "a: 1\nb:\n  c: 2\n"),
        ("a: 5\n", ("a",), {"value": "5", "status": "inferred"}, "a:\n  value: 5\n  status: inferred\n"),
        ('p: "<0.05"\n', ("p",), "0.04", "p: 0.04\n"),
    ],
)
def test_a_change_looks_as_a_person_would_make_it(before: str, loc: Loc, value: Any, after: str) -> None:
    assert set_in(before, loc, value) == after


@pytest.mark.parametrize("loc", [("a", "b"), ("b", 1), (), ("b", "x")])
def test_a_place_that_cannot_be_is_refused(loc: Loc) -> None:
    with pytest.raises(ValueError, match="leads nowhere"):
        set_in("a: 1\nb: []\n", loc, "2")
