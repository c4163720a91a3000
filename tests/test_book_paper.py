"""The book on paper: every page in its place, every link inside, nothing clipped, numbered contents."""

import os
import re
import shutil
from pathlib import Path

import pytest
import yaml

from claimbook.book import paper
from claimbook.book.building import BuildFailed, EnvironmentProblem
from claimbook.cli.build import printed
from claimbook.cli.session import Session, Unavailable

TITLE = 'A "title": with </style> & signs'
WIDE = "".join(f"<td>{'word ' * 6}0.123456 (−12.5 to 34.5)</td>" for _ in range(9))
PAGES = {
    "index": '<h1>The landing page<a class="headerlink" href="#x">#</a></h1>'
    '<a href="claims/one.html#L2">one</a>'
    '<a href="data/all.csv">data</a><script>alert(1)</script>',
    "claims/one": f'<h1>Claim &lt;one&gt;</h1><details><summary>Show</summary><p id="L2">folded</p></details>'
    f'<table class="cb-table"><tbody><tr>{WIDE}</tr></tbody></table><a href="../studies/two.html">two</a>',
    "studies/two": f'<h1>Study two</h1><pre class="cb-record">{"a line<br>" * 400}</pre>'
    '<p id="L2">line</p><a href="#L2">line</a><a href="https://example.org/">x</a>',
}
TOC = {
    "root": "index",
    "parts": [
        {"caption": "The claims", "chapters": [{"file": "claims/one", "sections": [{"file": "studies/two"}]}]}
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A book's folder with its built pages."""
    for name, html in PAGES.items():
        path = tmp_path / "_build" / "html" / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'<main><article class="bd-article"><section>{html}</section></article></main>')
    (tmp_path / "generated").mkdir()
    (tmp_path / "generated" / "_toc.yml").write_text(yaml.safe_dump(TOC))
    (tmp_path / "_config.yml").write_text(yaml.safe_dump({"title": TITLE, "author": "A & B"}))
    return tmp_path


@pytest.fixture
def document(folder: Path) -> str:
    return paper.document(folder, folder, {"claims-one": 17})


def test_every_page_is_there_in_the_order_of_the_contents(document: str) -> None:
    assert re.findall(r'<article id="([^"]+)"', document) == ["index", "claims-one", "studies-two"]


def test_an_anchor_is_the_only_one_of_its_name(document: str) -> None:
    assert re.findall(r'<p id="([^"]+)"', document) == ["claims-one--L2", "studies-two--L2"]


def test_a_link_to_a_page_leads_to_its_place_in_the_document(document: str) -> None:
    anchors = set(re.findall(r'id="([^"]+)"', document))
    assert set(re.findall(r'href="#([^"]+)"', document)) <= anchors


def test_a_link_to_a_file_is_only_its_words(document: str) -> None:
    assert '<a class="paper-file">data</a>' in document


def test_what_is_folded_on_the_screen_is_open_on_paper(document: str) -> None:
    assert "<details open><summary>" in document


def test_a_page_stands_below_its_part_in_the_outline(document: str) -> None:
    assert ("<h2>Study two</h2>" in document, '<h1 class="paper-part">The claims</h1>' in document) == (
        True,
        True,
    )


def test_the_contents_name_the_page_of_each_chapter(document: str) -> None:
    assert 'Claim &lt;one&gt;</a><span class="paper-number">17</span>' in document


def test_a_title_is_text_in_the_document_and_in_its_style(document: str) -> None:
    assert (document.count("</style>"), "<script" in document) == (1, False)


def test_without_chromium_the_error_names_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(paper.shutil, "which", lambda name: None)
    with pytest.raises(EnvironmentProblem, match="apt-get install chromium"):
        paper.pdf(folder, folder)
    with pytest.raises(Unavailable):
        printed(Session(), folder / "studies", folder)


def test_a_book_that_is_not_built_is_not_printed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "chromium", lambda: "chromium")
    shutil.rmtree(folder / "_build")
    with pytest.raises(BuildFailed, match="claimbook build"):
        paper.pdf(folder, folder)


def test_a_browser_that_prints_nothing_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "chromium", lambda: shutil.which("true"))
    with pytest.raises(BuildFailed, match="did not print"):
        paper.pdf(folder, folder)


@pytest.fixture
def browser() -> str:
    try:
        return paper.chromium()
    except EnvironmentProblem as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.mark.browser
def test_the_pdf_has_an_outline_and_the_page_of_each_chapter(folder: Path, browser: str) -> None:
    printed = paper.pdf(folder, folder).read_bytes()
    numbers = paper.page_numbers(printed)
    chapters = [numbers[name] for name in ("index", "claims-one", "studies-two")]
    sheets = len(re.findall(rb"/Type /Page\b", printed))
    assert (chapters, sheets, printed.count(b"/Type /Outlines") > 0) == ([3, 5, 6], 10, True)


@pytest.mark.browser
def test_nothing_wide_or_long_is_clipped(document: str, tmp_path: Path, browser: str) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra: test")
    page_width = 680  # A4 without its margins, in CSS pixels
    (tmp_path / "book.html").write_text(document, encoding="utf-8")
    with playwright.sync_playwright() as run:
        opened = run.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = opened.new_page(viewport={"width": page_width, "height": 1000})
        page.emulate_media(media="print")
        page.goto((tmp_path / "book.html").as_uri())
        width = page.evaluate("document.documentElement.scrollWidth")
        long = page.evaluate(
            "[...document.querySelectorAll('pre')].map(one => one.scrollHeight - one.clientHeight)"
        )
        opened.close()
    assert (width <= page_width, max(long)) == (True, 0)
