"""The pages about the book itself: gaps, changes, citation, data and openness."""

import csv
import io
import json
from pathlib import Path

import pytest
from book_library import write_library

from claimbook.book import building
from claimbook.book.article import SCORECARD, scorecard
from claimbook.book.changes import changes
from claimbook.book.cite import citations
from claimbook.book.contents import contents
from claimbook.book.gapmap import NONE, gap_map
from claimbook.book.openness import CHECKLIST, MEANING, TABLES, data_page, datapackage
from claimbook.book.site import Book
from claimbook.book.validation import REPORTS, overview, reports
from claimbook.findings.snapshot import text


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return building.read_book(write_library(tmp_path_factory.mktemp("small")))


def test_an_empty_cell_of_the_gap_map_says_that_no_study_was_found(book: Book) -> None:
    assert gap_map(book).count(NONE) == 7


def test_a_study_stands_in_the_cell_of_its_people(book: Book) -> None:
    row = gap_map(book).split("</caption>")[1].split("</tbody>")[0]
    assert "<details><summary>3 studies" in row.split("<td")[-1]


def test_a_first_edition_has_nothing_that_changed(book: Book) -> None:
    assert "first edition" in changes(book)


def test_an_edition_that_was_kept_is_compared_with_the_records(tmp_path: Path) -> None:
    folder = write_library(tmp_path)
    before = json.loads(text(building.read_book(folder).findings))
    before["pooled"] |= {"estimate": 9.0, "verdict": "Contradicted"}
    (folder / "editions").mkdir()
    (folder / "editions" / "1.0.0.json").write_text(json.dumps(before))
    said = changes(building.read_book(folder))
    assert [part in said for part in ("From 1.0.0 to now", "9.00 SD", "Contradicted", ">effect<")] == [
        True
    ] * 4


def test_editions_stand_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    folder = write_library(tmp_path)
    (folder / "editions").mkdir()
    for name in ("1.10.0", "1.9.0"):
        (folder / "editions" / f"{name}.json").write_text(text(building.read_book(folder).findings))
    assert "From 1.9.0 to 1.10.0" in changes(building.read_book(folder))


def test_a_citation_names_the_title_in_every_format(book: Book) -> None:
    made = dict(citations(book))
    title = json.loads(made["data/cite.json"])[0]["title"]
    assert (title, title.split()[0] in made["data/cite.bib"], f"TI  - {title}" in made["data/cite.ris"]) == (
        book.library.info.title,
        True,
        True,
    )


@pytest.mark.parametrize("name", TABLES)
def test_the_data_package_describes_each_table_column_by_column(book: Book, name: str) -> None:
    rows = csv.reader(io.StringIO(dict(contents(book))[f"generated/files/data/{name}.csv"]))
    described = {one["name"]: one for one in json.loads(datapackage(book))["resources"]}
    assert [field["name"] for field in described[name]["schema"]["fields"]] == next(rows)


def test_every_column_of_the_tables_has_its_meaning() -> None:
    assert {column for _, columns in TABLES.values() for column in columns} == set(MEANING)


def test_every_question_of_openness_is_answered(book: Book) -> None:
    page = data_page(book)
    assert [question for question in CHECKLIST if f">{question}</th>" not in page] == []


def test_every_claim_of_the_article_is_on_its_scorecard_under_each_question(book: Book) -> None:
    findings = list(book.findings.values())
    assert [sum(bool(answer(one)) for one in findings) for answer in SCORECARD.values()] == [4, 2, 4, 1, 4]


def test_a_question_that_all_claims_answer_alike_is_answered_once(book: Book) -> None:
    assert "all reconstructed" in scorecard(list(book.findings.values()))


def test_a_report_becomes_a_page_whose_links_stay_in_the_book(tmp_path: Path) -> None:
    (tmp_path / "validation" / "coverage").mkdir(parents=True)
    written = "# Title\n<!-- table -->\nSee [cover](coverage/README.md), [tests](../tests/x.py), [web](https://a.b).\n"
    (tmp_path / "validation" / "README.md").write_text(written)
    (tmp_path / "validation" / "coverage" / "README.md").write_text(
        "# Coverage\nBack to [it](../README.md).\n"
    )
    pages = reports(tmp_path / "studies")
    title = REPORTS["agreement"][1]
    assert pages["agreement"] == f"# {title}\nSee [cover](coverage.md), tests, [web](https://a.b).\n"


def test_a_library_without_reports_says_where_they_are(book: Book) -> None:
    assert "holds no such reports" in overview(book)


def test_every_report_of_this_project_has_its_page() -> None:
    assert reports(Path(__file__).parents[1] / "studies").keys() == REPORTS.keys()
