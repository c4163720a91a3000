"""Risk-of-bias judgements in and out of the CSV that robvis reads."""

from __future__ import annotations

import pytest

from claimbook.appraisal.instruments import TOOLS, tools_for
from claimbook.appraisal.robvis import GLYPHS, PALETTES, SHADE, RobRow, read_robvis, write_robvis
from claimbook.appraisal.vocabulary import DESIGNS

TRIAL = RobRow(
    "Smith 2010", {"D1": "low", "D2": "some_concerns", "D3": "low", "D4": "high", "D5": None}, "high", 12.5
)


def test_judgements_are_written_as_robvis_reads_them() -> None:
    assert write_robvis("rob2", [TRIAL]) == (
        "Study,D1,D2,D3,D4,D5,Overall,Weight\nSmith 2010,Low,Some concerns,Low,High,NA,High,12.5\n"
    )


@pytest.mark.parametrize("tool_id", [id for id, tool in TOOLS.items() if tool.robvis])
def test_what_is_written_reads_back(tool_id: str) -> None:
    tool = TOOLS[tool_id]
    words = [word for word in tool.judgements if word != "low_except_confounding"]
    rows = [
        RobRow(f"Study, {word}", dict.fromkeys(tool.robvis["columns"], word), word, weight)
        for word, weight in zip(words, (None, 2.0, 3.0, 4.0, 5.0), strict=False)
    ]
    assert read_robvis(write_robvis(tool_id, rows), tool_id) == rows


def test_the_first_tool_has_readable_headings() -> None:
    assert write_robvis("rob1", []).startswith("Study,Random sequence generation,Allocation concealment,")


def test_an_index_column_and_free_headings_are_read_past() -> None:
    text = (
        '"","Study","a","b","c","d","e","Overall"\n"1","Lee","Low","low","HIGH","Some concerns","","High"\n'
    )
    (found,) = read_robvis(text, "rob2")
    assert (found.study, list(found.judgements.values()), found.overall) == (
        "Lee",
        ["low", "low", "high", "some_concerns", None],
        "high",
    )


def test_no_information_is_a_judgement_only_where_the_tool_has_it() -> None:
    old = "Study,D1,D2,D3,D4,D5,D6,D7,Overall\nA,No information,Low,Low,Low,Low,Low,Low,Low\n"
    new = "Study,D1,D2,D3,D4,D5,Overall\nA,No information,Low,Low,Low,Low,Low\n"
    assert (
        read_robvis(old, "robins-i-v1")[0].judgements["D1"],
        read_robvis(new, "rob2")[0].judgements["D1"],
    ) == (
        "no_information",
        None,
    )


HEAD = "Study,D1,D2,D3,D4,D5,Overall"
FAULTS = {
    "an unknown word": (f"{HEAD}\nA,Fine,Low,Low,Low,Low,Low\n", "row 2: 'Fine' is not one of"),
    "too few domains": ("Study,D1,D2,Overall\nA,Low,Low,Low\n", "rob2 has 5 domains, the file 2"),
    "no header": ("A,Low,Low,Low,Low,Low,Low\n", "the first row must hold the columns Study and Overall"),
    "a short row": (f"{HEAD}\nA,Low\n", "row 2 has 2 cells"),
    "a weight in words": (f"{HEAD},Weight\nA,Low,Low,Low,Low,Low,Low,much\n", "row 2: the weight"),
    "nothing": ("", "the first row must hold"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_faulty_file_names_its_row(case: str) -> None:
    text, message = FAULTS[case]
    with pytest.raises(ValueError, match=message):
        read_robvis(text, "rob2")


def test_a_scale_has_no_domains_to_show() -> None:
    with pytest.raises(ValueError, match="pedro has no domains that robvis shows"):
        write_robvis("pedro", [])


def test_every_judgement_has_a_shade_a_glyph_and_two_colours() -> None:
    shades = {SHADE[word] for tool in TOOLS.values() if tool.robvis for word in tool.judgements}
    assert all(shades <= set(table) for table in (GLYPHS, *PALETTES.values()))


@pytest.mark.parametrize(
    "design", [name for name in DESIGNS if name.startswith(("rct_", "nrsi", "single", "its"))]
)
def test_every_design_that_is_tried_has_a_tool_of_first_choice(design: str) -> None:
    assert tools_for(design)[0]
