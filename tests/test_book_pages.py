"""The pages of a small library: the answer first, every number with its door, every text as text."""

import csv
import io
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from book_library import MARKUP, SCRIPT, claim, write_library

from claimbook.book import building, scaffold, words
from claimbook.book.contents import contents
from claimbook.book.landing import LONGEST_ANSWER, length, short_answer
from claimbook.book.site import Book

PAGES = Path(__file__).parents[1] / "book"
PACKAGED = Path(building.__file__).parent / "pages"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return building.read_book(write_library(tmp_path_factory.mktemp("small")))


@pytest.fixture(scope="module")
def files(book: Book) -> dict[str, str]:
    return dict(contents(book))


@pytest.fixture(scope="module")
def flagship() -> dict[str, str]:
    return dict(contents(building.read_book(Path(__file__).parents[1] / "studies")))


class Reader(HTMLParser):
    """Tags, ids, links and text of the HTML in a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.said = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.ids += [str(given["id"])] if "id" in given else []
        self.links += [str(given["href"])] if "href" in given else []

    def handle_data(self, data: str) -> None:
        self.said += data


def markup(page: str) -> str:
    """The raw HTML of a MyST page."""
    return "\n".join(re.findall(r"```\{raw\} html\n(.*?)\n```", page, flags=re.DOTALL))


def texts(files: dict[str, str]) -> Iterator[tuple[str, Reader]]:
    for name, text in files.items():
        if name.endswith(".md"):
            yield name, Reader(markup(text))


def test_every_claim_and_study_has_its_page(files: dict[str, str]) -> None:
    made = {name for name in files if name.startswith(("claims/", "studies/"))}
    claims = {f"claims/{key}.md" for key in ("pooled", "single", "untested", "overview")}
    assert made == claims | {f"studies/{key}.md" for key in ("alpha", "beta", "gamma", "index")}


def test_no_text_of_a_record_becomes_an_element(files: dict[str, str]) -> None:
    found = {name: {"b", "i", "img"} & set(read.tags) for name, read in texts(files)}
    scripts = {tag for page in files.values() for tag in re.findall(r"<script[^>]*>", markup(page))}
    ours = [
        re.fullmatch(r'<script (type="application/(json" id="cb-data|ld\+json)"|src="[^"]+" defer)>', one)
        for one in scripts
    ]
    assert ({name: tags for name, tags in found.items() if tags}, all(ours)) == ({}, True)


def test_no_text_of_a_record_becomes_an_active_link(files: dict[str, str]) -> None:
    links = [link for _, read in texts(files) for link in read.links]
    assert [link for link in links if not re.match(r"[\w.#/-]+$|https://doi\.org/|mailto:", link)] == []


def test_a_title_with_markup_is_shown_as_it_is_written(files: dict[str, str]) -> None:
    assert f"Title of pooled {MARKUP}" in Reader(markup(files["generated/landing.md"])).said


def test_a_script_in_a_record_is_shown_as_text(files: dict[str, str]) -> None:
    pages = [name for name, read in texts(files) if SCRIPT in read.said]
    assert {"claims/pooled.md", "studies/alpha.md", "generated/audit.md", "generated/article.md"} <= set(
        pages
    )


def test_no_page_has_an_id_twice(files: dict[str, str]) -> None:
    assert [name for name, read in texts(files) if len(read.ids) != len(set(read.ids))] == []


@pytest.mark.parametrize("which", ["files", "flagship"])
def test_every_link_between_pages_has_a_target(which: str, request: pytest.FixtureRequest) -> None:
    made: dict[str, str] = request.getfixturevalue(which)
    read = dict(texts(made))
    by_hand = {path.stem for path in PAGES.glob("*.md")}
    broken = []
    for name, page in read.items():
        for link in page.links:
            if link.startswith(("http", "mailto:", "#")):
                continue
            address, _, anchor = link.partition("#")
            where = (
                Path("/") / ("." if name.startswith("generated") else Path(name).parent) / address
            ).resolve()
            target = where.relative_to("/").as_posix()
            source = target.removesuffix(".html") + ".md"
            known = (
                source in made or f"generated/files/{target}" in made or source.removesuffix(".md") in by_hand
            )
            if not known or (
                anchor and source in read and not has_anchor(made[source], read[source], anchor)
            ):
                broken.append((name, link))
    assert broken == []


def has_anchor(page: str, read: Reader, anchor: str) -> bool:
    headings = re.findall(r"^#+ (.*)$", page, flags=re.MULTILINE)
    return anchor in read.ids or anchor in {
        re.sub(r"\W+", "-", h.replace("\\", "").lower()).strip("-") for h in headings
    }


def test_an_effect_leads_to_the_line_of_its_number_in_two_clicks(book: Book, files: dict[str, str]) -> None:
    first = "../studies/alpha.html#result-size"
    line = book.library.where("alpha", "results", 0, "means", "intervention", "mean").line
    study = Reader(markup(files["studies/alpha.md"]))
    shown = f"../studies/alpha.html#L{line}"
    found = (
        first in Reader(markup(files["claims/pooled.md"])).links,
        shown in study.links,
        f"L{line}" in study.ids,
    )
    assert found == (True, True, True)


TYPED = {"95", "100", "12"}  # an interval's level, of what it is a share, an example of a line


def test_no_number_is_typed_into_a_hand_written_page() -> None:
    """Numbers come from the findings; a typed one would not change with them."""
    typed = {}
    for path in (*PAGES.glob("*.md"), *PACKAGED.glob("*.md")):
        text = re.sub(
            r"```.*?```|`[^`]*`|\]\([^)]*\)|^\d+\.", "", path.read_text(encoding="utf-8"), flags=re.S | re.M
        )
        typed[path.name] = set(re.findall(r"\d+", text)) - TYPED
    assert {name: found for name, found in typed.items() if found} == {}


TWO_CLICKS = re.compile(r'href="(#numbers|#L\d+|\.\./studies/[\w-]+\.html(?:#(?:L\d+|result-[\w-]+))?)"')


@pytest.mark.parametrize("which", ["files", "flagship"])
def test_every_cell_with_a_number_is_two_clicks_from_a_line(
    which: str, request: pytest.FixtureRequest
) -> None:
    """Its row or its caption leads to a line, to a study with lines, or to the numbers with lines."""
    made: dict[str, str] = request.getfixturevalue(which)
    claims = {name: markup(text) for name, text in made.items() if name.startswith("claims/")}
    shut = []
    for name, text in claims.items():
        for table, door in re.findall(r"(<table.*?</table>)(<p class=.cb-door.*?</p>)?", text, re.DOTALL):
            head, *rows = re.split(r"<tr ", table)
            around = head + door
            shut += [(name, row) for row in rows if has_number(row) and not opens(around + row, text, made)]
    assert [(name, row[:200]) for name, row in shut] == []


FROM_RECORDS = ["landing", "article", "map", "reproduce", "audit"]


@pytest.mark.parametrize("name", FROM_RECORDS)
def test_every_row_with_a_number_is_two_clicks_from_a_line_on_the_pages_of_the_book(
    flagship: dict[str, str], name: str
) -> None:
    """A link of the row leads to a line of a record, or to a page of which a link does."""
    page = markup(flagship[f"generated/{name}.md"])
    rows = [row for row in re.findall(r"<tr .*?</tr>", page, flags=re.DOTALL) if has_number(row)]
    shut = [
        row for row in rows if not any(map(leading_to_a_line(flagship), re.findall(r'href="([^"]+)"', row)))
    ]
    assert (rows != [], shut) == (True, [])


def leading_to_a_line(made: dict[str, str]) -> Callable[[str], bool]:
    def leads(address: str) -> bool:
        page, _, anchor = address.partition("#")
        text = made.get(page.removesuffix(".html") + ".md", "")
        line = f'id="{anchor}"' if re.fullmatch(r"L\d+", anchor) else r'href="[^"]*#L\d+"'
        return re.search(line, text) is not None

    return leads


def test_every_row_of_a_study_leads_to_its_line_but_those_that_lead_to_claims(
    flagship: dict[str, str],
) -> None:
    studies = [text for name, text in flagship.items() if name.startswith("studies/") and "index" not in name]
    rows = [row for text in studies for row in re.findall(r"<tr .*?</tr>", markup(text), flags=re.DOTALL)]
    shut = [row for row in rows if "<td" in row and not re.search(r"#L\d|/claims/", row)]
    assert (len(rows) > 500, shut) == (True, [])


def test_what_a_claims_page_folds_says_what_it_is(flagship: dict[str, str]) -> None:
    """Only a table with doors to its studies, or with parts of the answer, stands open."""
    page = markup(flagship["claims/concurrent-hypertrophy.md"])
    unfolded = re.sub(r"<details>.*?</details>", "", page, flags=re.DOTALL)
    summaries = re.findall(r"<summary>(.*?)</summary>", page)
    captions = re.findall(r"<caption>(.*?)</caption>", unfolded)
    assert ([caption[:11] for caption in captions], all(map(str.split, summaries))) == (["The studies"], True)


def has_number(row: str) -> bool:
    cells = re.findall(r"<td.*?</td>", row, flags=re.DOTALL)
    return any(re.search(r"\d", re.sub(r"<[^>]+>|&#\d+;", "", cell)) for cell in cells)


def opens(row: str, page: str, made: dict[str, str]) -> bool:
    for address in TWO_CLICKS.findall(row):
        if address == "#numbers":
            return re.search(r'id="numbers".*?html#L\d', page, flags=re.DOTALL) is not None
        if address.startswith("#"):
            return f'id="{address[1:]}"' in page
        file, _, anchor = address.removeprefix("../").partition("#")
        study = made[file.removesuffix(".html") + ".md"]
        if f'id="{anchor or "L1"}"' in study:
            return True
    return "claims/" in row or "<td" not in row


def test_a_doubted_spread_is_shown_read_both_ways(flagship: dict[str, str]) -> None:
    """The plus-minus of Estes 2017: as SD the change would be 13.6 of its own errors, as SE 3.9."""
    table = re.search(
        r"<table[^>]*><caption>Effect of .*?</table>", flagship["studies/estes2017.md"], re.DOTALL
    )
    said = Reader(table[0]).said if table else ""
    assert [part in said for part in ("SE", "SD", "13.6", "3.9", "yes: ")] == [True] * 5


def test_a_study_page_says_what_the_checks_found_and_what_became_of_it(files: dict[str, str]) -> None:
    said = Reader(markup(files["studies/alpha.md"])).said
    assert ("What the checks found in this record" in said, "Open" in said) == (True, True)


def test_a_record_is_shown_whole_and_line_by_line(book: Book, files: dict[str, str]) -> None:
    written = (book.library.root / "records" / "alpha.yaml").read_text(encoding="utf-8")
    shown = Reader(markup(files["studies/alpha.md"]))
    numbered = [id for id in shown.ids if re.fullmatch(r"L\d+", id)]
    assert (written in shown.said, len(numbered)) == (True, len(written.splitlines()))


def test_every_table_has_a_caption_and_row_headers(files: dict[str, str]) -> None:
    pages = [page for name, page in files.items() if name.endswith(".md")]
    tables = [
        made for page in pages for made in re.findall(r"<table.*?</table>", markup(page), flags=re.DOTALL)
    ]
    wrong = [
        t
        for t in tables
        if t.count("<caption>") != 1 or t.count('scope="row"') != t.count('<tr role="row"') - 1
    ]
    assert (len(tables) > 20, [t[:80] for t in wrong if "data-" not in t]) == (True, [])


def test_the_answer_of_the_landing_page_is_short(flagship: dict[str, str]) -> None:
    made = building.read_book(PAGES.parent / "studies")
    assert 0 < length(short_answer(made)) <= LONGEST_ANSWER


def test_the_landing_page_says_what_each_conclusion_leaves_out(flagship: dict[str, str]) -> None:
    said = Reader(markup(flagship["generated/landing.md"])).said
    made = building.read_book(PAGES.parent / "studies")
    lines = [words.minus(line) for finding in made.findings.values() for line in finding.qualified]
    assert (len(lines) > 3, [line for line in lines if line not in said]) == (True, [])


def test_no_generated_sentence_claims_significance_or_no_effect(files: dict[str, str]) -> None:
    ours = {
        name: text for name, text in files.items() if "references" not in name
    }  # titles are their authors'
    said = " ".join(read.said for _, read in texts(ours)).lower()
    assert [word for word in ("significant", "has no effect", "trend towards") if word in said] == []


def test_an_untested_claim_says_so(files: dict[str, str]) -> None:
    page = files["claims/untested.md"]
    assert ("Untested" in page, "## The studies" in page) == (True, False)


def test_a_claim_that_others_answer_leads_to_them(files: dict[str, str]) -> None:
    links = Reader(markup(files["claims/overview.md"])).links
    assert {"../claims/pooled.html", "../claims/single.html"} <= set(links)


def test_a_single_study_is_not_called_pooled(files: dict[str, str]) -> None:
    assert "Pooled effect" not in Reader(markup(files["claims/single.md"])).said


def test_the_csv_of_a_claim_has_a_row_for_each_effect(files: dict[str, str]) -> None:
    rows = list(csv.DictReader(io.StringIO(files["generated/files/data/pooled.csv"])))
    assert [(row["study"], row["n1"]) for row in rows] == [
        ("alpha", "10.0"),
        ("beta", "10.0"),
        ("gamma", "10.0"),
    ]


def test_the_json_of_a_claim_is_plain_and_complete(files: dict[str, str]) -> None:
    read = json.loads(files["generated/files/data/pooled.json"])
    assert (read["k"], len(read["rows"]), read["pooled"]["k"], len(read["choices"]) > 3) == (3, 3, 3, True)


def test_the_same_library_gives_the_same_bytes(book: Book, files: dict[str, str]) -> None:
    assert dict(contents(building.read_book(book.library.root))) == files


def test_only_what_changed_is_written_again(tmp_path: Path, files: dict[str, str]) -> None:
    first = building.write(tmp_path, files)
    again = building.write(tmp_path, {**files, "claims/pooled.md": "# Other\n"})
    assert (first, again) == (len(files), 1)


def test_pages_of_records_that_are_gone_go_too(tmp_path: Path, files: dict[str, str]) -> None:
    building.write(tmp_path, files)
    building.write(tmp_path, {name: text for name, text in files.items() if name != "studies/beta.md"})
    assert not (tmp_path / "studies" / "beta.md").exists()


def test_hand_written_pages_are_never_deleted(tmp_path: Path, files: dict[str, str]) -> None:
    (tmp_path / "about.md").write_text("# About\n")
    building.write(tmp_path, files)
    assert (tmp_path / "about.md").exists()


def test_the_menu_lists_the_claims_in_the_order_of_the_article(book: Book) -> None:
    spelt = yaml.safe_load(building.table_of_contents(book, PAGES))
    files = [chapter["file"] for part in spelt["parts"] for chapter in part["chapters"]]
    assert [file for file in files if file.startswith("claims/")] == [
        f"claims/{key}" for key in book.findings
    ]


def test_a_library_without_records_has_a_menu_all_the_same(tmp_path: Path) -> None:
    folder = write_library(tmp_path)
    for path in (*folder.glob("records/*"), *folder.glob("claims/*")):
        path.unlink()
    spelt = yaml.safe_load(building.table_of_contents(building.read_book(folder), PAGES))
    assert all(part["chapters"] for part in spelt["parts"])


def test_a_claim_about_an_unreadable_study_still_has_its_page(tmp_path: Path) -> None:
    folder = write_library(tmp_path)
    (folder / "records" / "beta.yaml").write_text("study: [")
    assert "claims/pooled.md" in dict(contents(building.read_book(folder)))


def test_a_new_book_folder_has_the_title_that_it_was_given(tmp_path: Path) -> None:
    title = 'A "title": with # signs'
    scaffold(tmp_path / "book", title=title)
    assert yaml.safe_load((tmp_path / "book" / "_config.yml").read_text(encoding="utf-8"))["title"] == title


def test_a_book_folder_that_is_there_keeps_its_files(tmp_path: Path) -> None:
    (tmp_path / "about.md").write_text("ours")
    written = {path.name for path in scaffold(tmp_path)}
    assert ("about.md" in written, (tmp_path / "about.md").read_text()) == (False, "ours")


@pytest.mark.parametrize(
    "name", sorted(path.name for path in PACKAGED.glob("*") if path.name not in ("_config.yml", "about.md"))
)
def test_the_books_own_pages_are_those_that_init_writes(name: str) -> None:
    assert (PAGES / name).read_text(encoding="utf-8") == (PACKAGED / name).read_text(encoding="utf-8")


class FakeRun:
    """Stands in for jupyter-book: writes a landing page, or fails with a coloured warning."""

    def __init__(self, out: Path, fails: bool = False) -> None:
        self.html, self.fails = out / "_build" / "html", fails

    def __call__(self, command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        self.html.mkdir(parents=True, exist_ok=True)
        (self.html / "index.html").touch()
        said = "reading\n\x1b[91mpage.md:3: WARNING: undefined label\x1b[39;49;00m\n"
        return subprocess.CompletedProcess(command, int(self.fails), stdout="done", stderr=said)


def render(out: Path, title: str) -> None:
    building.render(out, out, {"claims/a.md": f"# {title}\n", "generated/_toc.yml": "root: index"}, str)


@pytest.mark.parametrize(("title", "kept"), [("Same", True), ("Another", False)])
def test_pages_whose_menu_changed_are_all_built_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, title: str, kept: bool
) -> None:
    monkeypatch.setattr(building.subprocess, "run", FakeRun(tmp_path))
    render(tmp_path, "Same")
    old = tmp_path / "_build" / "html" / "old.html"
    old.touch()
    render(tmp_path, title)
    assert old.exists() == kept


def test_a_build_that_fails_says_which_line_was_not_accepted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(building.subprocess, "run", FakeRun(tmp_path, fails=True))
    with pytest.raises(building.BuildFailed) as failure:
        render(tmp_path, "Any")
    assert failure.value.log == "page.md:3: WARNING: undefined label"


def test_without_jupyter_book_the_error_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def missing(name: str) -> str:
        raise building.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(building.metadata, "version", missing)
    with pytest.raises(building.EnvironmentProblem, match=r"claimbook\[book\]"):
        building.build(tmp_path)


def test_another_jupyter_book_is_named_with_its_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(building.metadata, "version", lambda name: "2.1.7")
    with pytest.raises(building.EnvironmentProblem, match=r"2\.1\.7"):
        building.build(tmp_path)


def test_a_library_without_a_book_folder_is_told_how_to_get_one(tmp_path: Path) -> None:
    pytest.importorskip("jupyter_book", reason="needs the extra: book")
    with pytest.raises(building.BuildFailed, match="claimbook init"):
        building.build(write_library(tmp_path))


def test_a_negative_effect_is_printed_with_a_true_minus(tmp_path: Path) -> None:
    folder = write_library(tmp_path)
    worse = claim("pooled", ["gamma"])
    (folder / "claims" / "pooled.yaml").write_text(yaml.safe_dump(worse, sort_keys=False), encoding="utf-8")
    page = dict(contents(building.read_book(folder)))["claims/pooled.md"]
    assert "−0.06 SD" in Reader(markup(page)).said
