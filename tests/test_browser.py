"""The book as readers meet it: built by the real jupyter-book, opened from disk in a headless Chromium."""

import filecmp
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from book_library import MARKUP, write_library
from widget_vectors import SCRIPT, expected, vectors

from claimbook.book import build, scaffold

playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra: test")

ROOT = Path(__file__).parents[1]
STATIC = SCRIPT.parent
CLAIM, STUDY, LARGEST = "claims/concurrent-hypertrophy", "studies/estes2017", "claims/concurrent-strength"
KINDS = ["index", CLAIM, STUDY]
OTHERS = ["map", "data", "changes", "cite", "article", "methods", "audit", "references", "validation"]
PAGES = [*KINDS, *OTHERS, LARGEST, "studies/index", "claims/review-no-interference", "studies/schumann2022"]
PAGES += [
    "validation",
    "validation/agreement",
    "validation/coverage",
    "reproduce",
    "codebook",
    "glossary",
    "how-to-read",
    "about",
    "mistakes",
    "search",
]
MODES = [("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("phone", "dark")]
LARGEST_PAGE = 300_000  # bytes of a page, its styles and its scripts, beyond what the theme brings
SCREENS = {"desktop": (1280, 900), "phone": (390, 844)}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

pytestmark = [pytest.mark.book, pytest.mark.browser]


def absent(what: str) -> None:
    """Skip for want of something, but never where the whole suite must run."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing")
    pytest.skip(f"needs {what}")


def chromium() -> str:
    known = [
        os.environ.get("CHROMIUM"),
        "/usr/bin/chromium",
        *map(shutil.which, ("chromium", "google-chrome")),
    ]
    found = next((path for path in known if path and Path(path).exists()), None)
    if found is None:
        absent("Chromium (set CHROMIUM to its path)")
    return str(found)


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the flagship's pages, built from copies of its sources."""
    pytest.importorskip("jupyter_book", reason="needs the extra: book") if not os.environ.get("CI") else None
    folder = tmp_path_factory.mktemp("flagship")
    for name in ("studies", "validation"):
        shutil.copytree(ROOT / name, folder / name)
    made = shutil.ignore_patterns("_build", "claims", "studies", "validation", "generated")
    shutil.copytree(ROOT / "book", folder / "book", ignore=made)
    return build(folder / "studies").parent


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, html: Path) -> tuple[Path, Path]:
    """A library full of markup, built twice into folders of their own."""
    folder = tmp_path_factory.mktemp("hostile")
    library = write_library(folder)
    scaffold(folder / "book", title=MARKUP)
    first, second = (build(library, out=folder / name).parent for name in ("first", "second"))
    return first, second


@pytest.fixture(scope="module")
def browser() -> Iterator["playwright.Browser"]:
    with playwright.sync_playwright() as run:
        options = ["--no-sandbox", "--disable-background-networking"]
        opened = run.chromium.launch(executable_path=chromium(), args=options)
        yield opened
        opened.close()


class Visit:
    """A page in a browser, with what it asked for and what it complained about."""

    def __init__(self, browser: "playwright.Browser", screen: str = "desktop", **options: object) -> None:
        width, height = SCREENS[screen]
        self.context = browser.new_context(viewport={"width": width, "height": height}, **options)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on(
            "console", lambda line: self.complaints.append(line.text) if line.type != "log" else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))

    def open(self, path: Path) -> "playwright.Page":
        self.page.goto(path.as_uri())
        return self.page

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, *error: object) -> None:
        self.context.close()


@pytest.fixture(scope="module")
def tour(browser: "playwright.Browser", html: Path) -> tuple[Visit, dict[str, int]]:
    """Every kind of page opened once on a phone: what was asked for, and how wide each page is."""
    with Visit(browser, "phone") as visit:
        widths = {}
        for name in PAGES:
            page = visit.open(html / f"{name}.html")
            widths[name] = int(page.evaluate("document.documentElement.scrollWidth"))
    return visit, widths


def test_no_page_asks_for_anything_beyond_its_folder(tour: tuple[Visit, dict[str, int]], html: Path) -> None:
    assert [url for url in tour[0].requests if not url.startswith(html.as_uri())] == []


def test_no_page_complains_in_the_console(tour: tuple[Visit, dict[str, int]]) -> None:
    assert tour[0].complaints == []


def test_no_page_scrolls_sideways_on_a_phone(tour: tuple[Visit, dict[str, int]]) -> None:
    assert {name: width for name, width in tour[1].items() if width > SCREENS["phone"][0]} == {}


def test_the_landing_page_answers_the_three_cited_claims(browser: "playwright.Browser", html: Path) -> None:
    with Visit(browser) as visit:
        page = visit.open(html / "index.html")
        rows = {row.get_attribute("data-verdict"): row for row in page.locator("#verdicts tbody tr").all()}
        text = page.locator("#verdicts").inner_text()
        cited = [number for number in ("8. ", "9. ", "20. ") if number not in text]
        assert (cited, None in rows, len(rows) > 1) == ([], False, True)


def test_every_claim_of_the_table_leads_to_its_page(browser: "playwright.Browser", html: Path) -> None:
    with Visit(browser) as visit:
        page = visit.open(html / "index.html")
        links = page.locator("#verdicts tbody th a").evaluate_all("links => links.map(link => link.href)")
        assert links and all(Path(unquote(urlsplit(link).path)).is_file() for link in links)


def test_two_clicks_lead_from_an_effect_to_the_line_of_its_record(
    browser: "playwright.Browser", html: Path
) -> None:
    with Visit(browser) as visit:
        page = visit.open(html / f"{CLAIM}.html")
        page.locator(".cb-table tbody th a").first.click()
        page.locator(".cb-result a.cb-line-link, .cb-small a.cb-line-link").first.click()
        in_record = "document.querySelector(':target')?.closest('.cb-record') != null"
        assert page.wait_for_function(in_record).json_value()


@pytest.mark.parametrize(
    ("name", "screen", "theme"),
    [
        *(("index", *mode) for mode in MODES),
        *((name, *mode) for name in (CLAIM, STUDY) for mode in MODES[1:3]),
        *((name, *MODES[place % 4]) for place, name in enumerate(OTHERS)),
        *((name, *MODES[2]) for name in ("codebook", "references")),
        *((name, *mode) for name in ("studies/index", "validation/agreement") for mode in MODES[1:3]),
    ],
)
def test_axe_finds_nothing_against_wcag_22_aa(
    browser: "playwright.Browser", html: Path, name: str, screen: str, theme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the extra: test").Axe()
    still = {"color_scheme": theme, "reduced_motion": "reduce"}  # a colour on its way is no contrast
    with Visit(browser, screen, **still) as visit:
        page = visit.open(html / f"{name}.html")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        rules = {"preload": False, "runOnly": {"type": "tag", "values": WCAG}}
        found = axe.run(page, options=rules).response["violations"]
        assert [(rule["id"], node["html"][:200]) for rule in found for node in rule["nodes"]] == []


def test_a_filter_shows_the_claims_of_one_verdict(browser: "playwright.Browser", html: Path) -> None:
    with Visit(browser) as visit:
        page = visit.open(html / "index.html")
        button = page.locator(".cb-controls button").nth(1)
        button.click()
        visible = page.locator("#verdicts tbody tr:visible").evaluate_all(
            "rows => rows.map(row => row.dataset.verdict)"
        )
        assert (set(visible), button.get_attribute("aria-pressed")) == ({button.inner_text()}, "true")


def test_the_claims_can_be_put_in_order_of_people(browser: "playwright.Browser", html: Path) -> None:
    with Visit(browser) as visit:
        page = visit.open(html / "index.html")
        page.get_by_label("Order", exact=True).select_option("People, most first")
        people = page.locator("#verdicts tbody tr").evaluate_all(
            "rows => rows.map(row => Number(row.dataset.people))"
        )
        assert people == sorted(people, reverse=True)


def listed(page: "playwright.Page") -> list[str]:
    """The studies that the list shows, by their names."""
    return page.locator("#study-list tbody tr:visible th").all_inner_texts()


def test_a_study_is_found_by_any_words_of_its_row(browser: "playwright.Browser", html: Path) -> None:
    with Visit(browser, "phone") as visit:
        page = visit.open(html / "studies" / "index.html")
        page.get_by_label("Find", exact=True).fill("vastus estes")
        assert "Estes 2017" in listed(page) and len(listed(page)) < 5


def test_the_studies_can_be_narrowed_to_what_they_measured(browser: "playwright.Browser", html: Path) -> None:
    with Visit(browser) as visit:
        page = visit.open(html / "studies" / "index.html")
        every = listed(page)
        page.get_by_label("Measured", exact=True).select_option("explosive strength")
        rows = page.locator("#study-list tbody tr:visible")
        outcomes = rows.evaluate_all("rows => rows.map(row => row.dataset.outcome.split('|'))")
        assert 0 < len(outcomes) < len(every)
        assert all("explosive strength" in measured for measured in outcomes)


def test_the_studies_can_be_put_in_order_of_their_year(browser: "playwright.Browser", html: Path) -> None:
    with Visit(browser) as visit:
        page = visit.open(html / "studies" / "index.html")
        page.get_by_label("Order", exact=True).select_option("Year, newest first")
        years = page.locator("#study-list tbody tr").evaluate_all("rows => rows.map(r => +r.dataset.year)")
        assert years == sorted(years, reverse=True)


@pytest.mark.parametrize(
    ("name", "rows", "words"),
    [("references", ".cb-references li", "paule mandel"), ("codebook", "tbody tr", "waiver because")],
)
def test_a_long_list_shows_only_what_is_searched_for(
    browser: "playwright.Browser", html: Path, name: str, rows: str, words: str
) -> None:
    """A section that is left without a row goes too."""
    with Visit(browser, "phone") as visit:
        page = visit.open(html / f"{name}.html")
        page.get_by_label("Find", exact=True).fill(words)
        found, sections = page.locator(f"{rows}:visible").count(), page.locator("article section section")
        empty = sections.filter(has_not=page.locator(f"{rows}:visible")).filter(has=page.locator(rows))
        hidden = empty.evaluate_all("sections => sections.every(section => section.hidden)")
        assert (0 < found < 5, empty.count() > 0, hidden) == (True, True, True)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("index", "verdict=Untested&order=People%2C+most+first"),
        ("studies/index", "find=muscle&kind=randomised+trial"),
        ("references", "find=heterogeneity"),
    ],
)
def test_a_filtered_list_comes_back_with_its_address(
    browser: "playwright.Browser", html: Path, name: str, address: str
) -> None:
    with Visit(browser) as visit:
        visit.page.goto(f"{(html / name).as_uri()}.html#{address}")
        shown, every = map(int, re.findall(r"\d+", visit.page.get_by_role("status").first.inner_text()))
        assert 0 < shown < every


def test_a_filter_is_written_into_the_address_and_leaves_it_again(
    browser: "playwright.Browser", html: Path
) -> None:
    with Visit(browser) as visit:
        page = visit.open(html / "studies" / "index.html")
        measured = page.get_by_label("Measured", exact=True)
        measured.select_option("explosive strength")
        chosen = urlsplit(page.url).fragment
        measured.select_option("")
        assert (chosen, urlsplit(page.url).fragment) == ("outcome=explosive+strength", "")


def test_an_address_opens_what_is_folded_around_its_target(browser: "playwright.Browser", html: Path) -> None:
    with Visit(browser) as visit:
        visit.page.goto(f"{(html / CLAIM).as_uri()}.html#L3")
        assert visit.page.locator("#L3").is_visible()


LONGEST_CLAIM = 12  # screens of a phone


def test_a_claim_is_read_in_a_dozen_screens_of_a_phone(browser: "playwright.Browser", html: Path) -> None:
    with Visit(browser, "phone") as visit:
        lengths = {
            path.stem: visit.open(path).evaluate("document.documentElement.scrollHeight / innerHeight")
            for path in sorted((html / "claims").glob("*.html"))
        }
    assert {name: screens for name, screens in lengths.items() if screens > LONGEST_CLAIM} == {}


def test_a_wide_table_keeps_the_names_of_its_rows_in_sight(browser: "playwright.Browser", html: Path) -> None:
    with Visit(browser, "phone") as visit:
        table = visit.open(html / "validation" / "agreement.html").locator("article table").first
        table.evaluate("table => table.scrollBy(200, 0)")
        moved = table.evaluate("table => table.scrollLeft")
        cell = table.locator("tbody td").first.bounding_box()
        assert (moved > 0, cell is not None and cell["x"] >= 0) == (True, True)


def test_the_page_says_everything_without_its_script(browser: "playwright.Browser", html: Path) -> None:
    with Visit(browser, java_script_enabled=False) as visit:
        page = visit.open(html / "index.html")
        assert (page.locator("#verdicts tbody tr").count() > 3, page.locator(".cb-controls").count()) == (
            True,
            0,
        )


def test_a_table_becomes_cards_on_a_phone(browser: "playwright.Browser", html: Path) -> None:
    with Visit(browser, "phone") as visit:
        page = visit.open(html / "index.html")
        cell = page.locator("#verdicts tbody td").first
        shown = cell.evaluate(
            "cell => [getComputedStyle(cell).display, getComputedStyle(cell, '::before').content]"
        )
        assert shown == ["flow-root", '"Verdict"']


@pytest.mark.parametrize("name", [CLAIM, LARGEST, "claims/review-no-interference"])
def test_a_claim_is_printed_on_one_page(browser: "playwright.Browser", html: Path, name: str) -> None:
    with Visit(browser) as visit:
        paper = visit.open(html / f"{name}.html").pdf(format="A4")
        assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1


def test_what_a_page_folds_is_printed_with_it(browser: "playwright.Browser", html: Path) -> None:
    with Visit(browser) as visit:
        folded = visit.open(html / "reproduce.html").locator("details:not([open]) table").first
        before = folded.is_visible()
        visit.page.emulate_media(media="print")
        assert (before, folded.is_visible()) == (False, True)


def test_no_page_is_heavier_than_a_phone_can_bear(html: Path) -> None:
    """The theme's own share is that of the page that has least of ours."""
    ours = sum(path.stat().st_size for path in STATIC.iterdir())
    theme = (html / "mistakes.html").stat().st_size
    heavy = {path.name: path.stat().st_size - theme + ours for path in html.rglob("claims/*.html")}
    assert {name: size for name, size in heavy.items() if size > LARGEST_PAGE} == {}


@pytest.fixture
def trying(browser: "playwright.Browser", html: Path) -> Iterator[tuple[Visit, "playwright.Page"]]:
    """A claim's page with "Try your own choices" opened by keyboard."""
    with Visit(browser) as visit:
        page = visit.open(html / f"{CLAIM}.html")
        page.locator(".cb-try summary").focus()
        page.keyboard.press("Enter")
        yield visit, page


Trying = tuple[Visit, "playwright.Page"]


def test_the_browser_pools_as_the_package_does(trying: Trying) -> None:
    given = vectors()
    script = (
        "given => given.map(one => {"
        "const p = claimbookPooling.pool(one.y, one.v, one.model, one.level, one.z);"
        "return [p.estimate, p.low, p.high, p.tau2]; })"
    )
    found = trying[1].evaluate(script, given)
    assert [pytest.approx(list(one), rel=1e-9, abs=1e-9) for one in expected(given)] == found


def test_a_study_is_left_out_by_keyboard_and_the_page_says_whose_version_it_is(trying: Trying) -> None:
    page = trying[1]
    page.locator(".cb-try input[type=checkbox]").first.focus()
    page.keyboard.press("Space")
    said = page.locator(".cb-try-said").inner_text()
    assert (said.startswith("4 of 5 comparisons"), page.locator(".cb-try-banner").is_visible()) == (
        True,
        True,
    )


def test_a_choice_is_kept_in_the_address_and_comes_back_with_it(trying: Trying) -> None:
    visit, page = trying
    page.locator(".cb-try input[type=checkbox]").nth(1).uncheck()
    page.locator(".cb-try input[type=radio]").nth(1).check()
    said, address = page.locator(".cb-try-said").inner_text(), page.url
    again = visit.context.new_page()
    again.goto(address)
    assert ("m=DL+z" in address, again.locator(".cb-try-said").inner_text()) == (True, said)


def test_one_step_leads_back_to_the_books_version(trying: Trying) -> None:
    page = trying[1]
    page.locator(".cb-try input[type=checkbox]").nth(1).uncheck()
    page.get_by_role("button", name="Back to the book's version").click()
    assert (page.locator(".cb-try-banner").is_visible(), urlsplit(page.url).fragment) == (False, "")


def test_another_worthwhile_effect_moves_what_is_said(trying: Trying) -> None:
    page = trying[1]
    before = page.locator(".cb-try-said").inner_text()
    page.locator(".cb-try input[type=number]").fill("1.5")
    assert page.locator(".cb-try-said").inner_text() != before


def test_a_result_that_cannot_be_made_again_switches_the_trying_off(
    browser: "playwright.Browser", html: Path
) -> None:
    path = html / f"{CLAIM}-altered.html"
    text = (html / f"{CLAIM}.html").read_text(encoding="utf-8")
    path.write_text(re.sub(r'"golden": \{"b": ', '"golden": {"b": 1', text), encoding="utf-8")
    with Visit(browser) as visit:
        said = visit.open(path).locator("#try").inner_text()
    path.unlink()
    assert said.startswith("Trying your own choices is switched off")


def test_without_script_there_is_nothing_to_try_and_no_promise_of_it(
    browser: "playwright.Browser", html: Path
) -> None:
    with Visit(browser, java_script_enabled=False) as visit:
        page = visit.open(html / f"{CLAIM}.html")
        assert (page.locator("#try").inner_text(), page.locator(".cb-forest").count() > 0) == ("", True)


def test_the_book_opens_from_a_folder_that_was_unzipped_elsewhere(
    browser: "playwright.Browser", html: Path, tmp_path: Path
) -> None:
    shutil.make_archive(str(tmp_path / "book"), "zip", html)
    with zipfile.ZipFile(tmp_path / "book.zip") as archive:
        archive.extractall(tmp_path / "a folder with spaces")
    with Visit(browser) as visit:
        page = visit.open(tmp_path / "a folder with spaces" / "index.html")
        page.locator("#verdicts tbody th a").first.click()
        page.locator(".cb-dials").wait_for()
        assert (page.locator(".cb-dials").count(), visit.complaints) == (1, [])


def test_markup_in_a_record_is_text_in_the_browser_too(
    browser: "playwright.Browser", hostile: tuple[Path, Path]
) -> None:
    with Visit(browser) as visit:
        page = visit.open(hostile[0] / "claims" / "pooled.html")
        headings = page.locator("article h1").all_inner_texts()
        assert ([h.removesuffix("#") for h in headings], visit.complaints) == (
            [f"Title of pooled {MARKUP}"],
            [],
        )


def test_markup_in_a_title_is_text_in_every_part_of_the_page(
    browser: "playwright.Browser", hostile: tuple[Path, Path]
) -> None:
    with Visit(browser) as visit:
        bold = visit.open(hostile[0] / "claims" / "pooled.html").locator("b")
        assert bold.count() == 0


def test_a_search_works_from_disk_and_shows_titles_as_text(
    browser: "playwright.Browser", hostile: tuple[Path, Path]
) -> None:
    with Visit(browser) as visit:
        page = visit.context.new_page()
        page.goto((hostile[0] / "search.html").as_uri() + "?q=pooled")
        page.locator("#search-results li").first.wait_for()
        found = page.locator("#search-results")
        assert ("Title of pooled <b>Bold" in found.inner_text(), found.locator("b").count()) == (True, 0)


def test_two_builds_of_the_same_records_give_the_same_bytes(hostile: tuple[Path, Path]) -> None:
    first, second = hostile
    names = sorted(path.relative_to(first).as_posix() for path in first.rglob("*") if path.is_file())
    others = sorted(path.relative_to(second).as_posix() for path in second.rglob("*") if path.is_file())
    _, differ, unread = filecmp.cmpfiles(first, second, names, shallow=False)
    assert (names == others, differ, unread) == (True, [], [])


def test_a_download_that_changed_alone_is_put_in_place(hostile: tuple[Path, Path]) -> None:
    html, folder = hostile[1], hostile[1].parents[2]
    (html / "data" / "findings.json").write_text("[]")
    build(folder / "studies", out=html.parents[1])
    made = folder / "book" / "generated" / "files" / "data" / "findings.json"
    assert (html / "data" / "findings.json").read_bytes() == made.read_bytes()


def test_no_file_of_the_book_names_the_folder_it_was_built_in(html: Path) -> None:
    folder = str(html.parents[2]).encode()
    assert [path.name for path in html.rglob("*") if path.is_file() and folder in path.read_bytes()] == []


class References(HTMLParser):
    """Ids and addresses of one page."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.addresses: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        self.ids |= {given[key] for key in ("id", "name") if key in given}
        self.addresses += [given[key] for key in ("href", "src") if key in given]


def test_every_link_of_the_built_book_leads_somewhere(html: Path) -> None:
    pages = {path: References(path) for path in html.rglob("*.html") if "_static" not in path.parts}
    broken = []
    for path, page in pages.items():
        for address in page.addresses:
            parts = urlsplit(address)
            if parts.scheme or not (parts.path or parts.fragment):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            found = target.is_file() and (
                not parts.fragment or target not in pages or parts.fragment in pages[target].ids
            )
            broken += [] if found else [(path.name, address)]
    assert broken == []
