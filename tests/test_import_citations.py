"""Citations from every format and dialect: the same publications, whoever wrote the file."""

from pathlib import Path

import pytest

from claimbook.exchange.citation import Citation, ascii_word, plain, signature
from claimbook.exchange.citations import FORMATS, format_of, once, read_citations
from claimbook.exchange.source import Source, decode
from claimbook.problems import Problem
from claimbook.records.bibliography import parse_bibliography

DATA = Path(__file__).parent / "data" / "citations"
FILES = sorted(path.name for path in DATA.iterdir())


def read(name: str) -> tuple[list[Citation], list[Problem]]:
    source, problems = decode((DATA / name).read_bytes(), name)
    assert source is not None
    citations, more = read_citations(source, format_of(source))
    return citations, [*problems, *more]


def of(text: str, format: str = "ris") -> tuple[list[Citation], list[Problem]]:
    return read_citations(Source("a file", text), format)


def test_there_is_a_file_of_every_dialect() -> None:
    assert len(FILES) == 11
    assert {name.partition(".")[0] for name in FILES} == {
        *("cochrane", "embase", "endnote", "ovid", "pubmed", "scopus", "webofscience", "zotero", "library"),
    }


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_known_by_its_content(name: str) -> None:
    source, _ = decode((DATA / name).read_bytes(), name)
    assert source is not None
    ending = {"ris": "ris", "nbib": "nbib", "bib": "bibtex", "json": "csl"}[name.rpartition(".")[2]]
    assert format_of(source) == ending


@pytest.mark.parametrize("name", FILES)
def test_every_dialect_gives_the_same_two_publications(name: str) -> None:
    citations, problems = read(name)
    assert problems == []
    found = [
        (c.authors[0][0], c.year, c.volume, c.number, c.fields()["pages"], c.doi, c.kind) for c in citations
    ]
    assert found == [
        ("Estes", "2017", "10", "1", "137--145", "10.70252/ULIC9262", "article"),
        ("Schumann", "2022", "52", "3", "601--612", "10.1007/s40279-021-01587-7", "article"),
    ]
    assert signature(citations[0].title).startswith("theeffectofhighintensityintervalruntraining")
    assert signature(citations[1].title).endswith("anupdatedsystematicreviewandmetaanalysis")
    assert "sport" in citations[1].container.lower()


@pytest.mark.parametrize("name", [name for name in FILES if name != "webofscience.ris"])
def test_pubmed_numbers_are_found_where_each_database_puts_them(name: str) -> None:
    assert [c.pmid for c in read(name)[0]] == ["28479954", "34757594"]


@pytest.mark.parametrize("name", FILES)
def test_what_was_read_becomes_bibtex_that_reads_back(name: str) -> None:
    for citation in read(name)[0]:
        entries, problems = parse_bibliography(citation.bibtex("a-key"))
        assert problems == []
        assert entries["a-key"].get("title") == citation.title
        assert [family for family, _ in entries["a-key"].authors] == [f for f, _ in citation.authors]


def test_a_tag_without_a_field_is_kept() -> None:
    citations, _ = of("TY  - JOUR\nTI  - A study of something\nZ9  - odd\nZ9  - odder\nER  - \n")
    assert citations[0].other == {"Z9": ("odd", "odder")}
    assert "x-z9 = {odd; odder}" in citations[0].bibtex("k")


def test_endnote_leaves_out_the_tag_of_a_further_value() -> None:
    citations, _ = of("TY  - JOUR\nTI  - A title\nthat goes on\nDB  - Embase\nMedline\nER  - \n")
    assert citations[0].title == "A title that goes on"
    assert citations[0].other["DB"] == ("Embase", "Medline")


def test_a_record_without_an_end_is_taken_and_reported() -> None:
    texts = ("TI  - The first of them\n", "TI  - The second one\nER  - \n\n", "TI  - The last of all")
    citations, problems = of("".join(f"TY  - JOUR\n{text}" for text in texts))
    assert [c.title for c in citations] == ["The first of them", "The second one", "The last of all"]
    assert [(p.rule, p.where.line) for p in problems] == [("X003", 3), ("X003", 8)]


def test_a_record_without_its_first_line_is_reported() -> None:
    citations, problems = of("TI  - Lost\nER  - \nTY  - JOUR\nTI  - A study found\nER  - \n")
    assert [c.title for c in citations] == ["A study found"]
    assert [(p.rule, p.where.line) for p in problems] == [("X005", 1)]


def test_no_record_is_lost_whatever_stands_between_them() -> None:
    text = "".join(f"{n}. \nTY  - JOUR\nTI  - Study number {n} of many\nER  -\n\n\n" for n in range(300))
    assert len(of(text)[0]) == text.count("TY  - ")


def test_a_line_of_an_abstract_that_looks_like_a_tag_is_no_tag() -> None:
    citations, _ = of("TY  - JOUR\nTI  - A study of scans\nAB  - We made\nCT - scans of all\nER  - \n")
    assert citations[0].title == "A study of scans" and citations[0].other == {}


def test_two_records_of_one_publication_are_reported() -> None:
    text = (DATA / "embase.ris").read_text() + (DATA / "zotero.ris").read_text()
    citations, problems = once(of(text)[0])
    assert len(citations) == 2
    assert [(p.rule, p.severity) for p in problems] == [("X006", "note")] * 2
    assert "the same DOI" in problems[0].message


def test_one_title_with_two_dois_is_two_publications() -> None:
    record = "TY  - JOUR\nTI  - Effects of running on muscle\nPY  - 2020\nDO  - 10.1000/{}\nER  - \n"
    assert len(once(of(record.format("a") + record.format("b"))[0])[0]) == 2


def test_a_record_without_a_title_is_held_back() -> None:
    citations, problems = of("TY  - JOUR\nAU  - Able, B.\nER  - \n")
    assert citations == [] and [p.rule for p in problems] == ["X004"]


def test_pubmed_links_a_retraction() -> None:
    text = (DATA / "pubmed.nbib").read_text().split("\n\n")[0]
    retracted = (
        text
        + "\nPT  - Retracted Publication\nRIN - A journal. 2020 Jan;1(1):1. PMID: 1\nEIN - Another. 2019\n"
    )
    citation = of(retracted, "nbib")[0][0]
    assert citation.status == "retracted"
    assert citation.notices == (
        "PubMed files it as a retracted publication",
        "retracted in: A journal. 2020 Jan;1(1):1. PMID: 1",
        "erratum in: Another. 2019",
    )


@pytest.mark.parametrize(
    ("updates", "status"),
    [
        ([], ""),
        ([{"type": "correction", "DOI": "10.1000/c"}], "corrected"),
        (
            [{"type": "correction", "DOI": "10.1000/c"}, {"type": "retraction", "DOI": "10.1000/r"}],
            "retracted",
        ),
        ([{"type": "expression_of_concern"}], "concern"),
        ([{"type": "new_version"}], ""),
        ("no list", ""),
        ([None, 7], ""),
    ],
)
def test_crossref_links_its_notices(updates: object, status: str) -> None:
    import json

    item = {"type": "journal-article", "title": ["A study"], "updated-by": updates}
    assert of(json.dumps(item), "csl")[0][0].status == status


def test_each_item_of_json_has_its_line() -> None:
    citations, problems = of('[\n {"title": "A"},\n\n {"title":\n "B"},\n 7\n]', "csl")
    assert [c.where.line for c in citations] == [2, 4]
    assert [(p.rule, p.where.line) for p in problems] == [("X004", 6)]


def test_what_stands_before_a_mistake_in_json_is_there() -> None:
    citations, problems = of('[{"title": "A"},\n {"title": "B"', "csl")
    assert [c.title for c in citations] == ["A"]
    assert [(p.rule, p.where.line) for p in problems] == [("X001", 2)]


def test_markup_and_what_cannot_be_seen_is_left_out() -> None:
    assert plain("A <i>b</i> &lt;c&gt; <sub>2</sub>\u202e d\x00e\ud800 p<0.05") == "A b <c> 2 d e p<0.05"
    assert plain("<script>alert(1)</script>x") == "alert(1)x"


@pytest.mark.parametrize(
    ("text", "word"),
    [("Häkkinen", "hakkinen"), ("Schu™mann", "schutmmann"), ("Sørensen-Łoś", "sorensenlos"), ("李", "")],
)
def test_a_key_is_of_small_ascii_letters(text: str, word: str) -> None:
    assert ascii_word(text) == word


def test_a_file_in_another_encoding_is_read_with_a_warning() -> None:
    raw = "TY  - JOUR\nAU  - Häkkinen, K.\nTI  - A study of it all\nER  - \n"
    source, problems = decode(raw.encode("cp1252"), "a.ris")
    assert source is not None and "Häkkinen" in source.text
    assert [(p.rule, p.severity, p.where.line) for p in problems] == [("X012", "warning", 2)]
    source, problems = decode(b"\xff\xfe" + raw.encode("utf-16-le"), "a.ris")
    assert source is not None and "Häkkinen" in source.text and problems == []


def test_every_format_names_itself() -> None:
    assert {key: format.label for key, format in FORMATS.items()} == {
        "ris": "RIS",
        "nbib": "PubMed (nbib)",
        "bibtex": "BibTeX",
        "csl": "CSL-JSON",
    }
