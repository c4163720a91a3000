"""The whole book as one document for paper: the built pages in their order, printed by Chromium to a PDF.

What the screen folds away is open, a link to another page leads to its place in the document, and headings
are the outline. The contents have page numbers, which need a first print to be known.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from posixpath import dirname, normpath
from typing import Any, NamedTuple

import yaml

from claimbook.book.building import BuildFailed, EnvironmentProblem
from claimbook.book.markup import Html, join, link, tag
from claimbook.book.stamps import landing_page

HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
OPTIONS = (
    "--headless", "--disable-gpu", "--disable-background-networking", "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
)  # fmt: skip
PATIENCE = 600  # seconds

_ARTICLE = re.compile(r'<article class="bd-article">(.*?)</article>', re.DOTALL)
_LEFT_OUT = re.compile(
    r'<a class="headerlink".*?</a>|<script\b.*?</script>|<div id="try".*?</div>', re.DOTALL
)
_HEADING = re.compile(r"(</?h)([1-5])\b")
_ID = re.compile(r'(\b(?:id|for|aria-labelledby|aria-describedby)=")([^"]+)"')
_HREF = re.compile(r'href="(?P<address>[^":?#]*)(?:#(?P<anchor>[^"]*))?"')
_TITLE = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)


class Page(NamedTuple):
    """One page of the book: its address without ending, its HTML, and how deep it stands in the contents."""

    name: str
    html: str
    depth: int


def pdf(folder: Path, out: Path) -> Path:
    """Print the book that is built from ``folder`` into ``out`` and return the path of its PDF.

    Raises ``EnvironmentProblem`` without Chromium and ``BuildFailed`` where there is no book or no print.
    """
    browser = chromium()
    if not landing_page(out).is_file():
        raise BuildFailed(f"no book is built in {out}; claimbook build makes one")
    made = (out / "_build" / "book.pdf").absolute()
    numbers: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as place:
        for _ in range(2):  # the contents take the same room with the numbers and without
            path = Path(place, "book.html")
            path.write_text(document(folder, out, numbers), encoding="utf-8")
            _print(browser, path, made)
            numbers = page_numbers(made.read_bytes())
    return made


def document(folder: Path, out: Path, numbers: Mapping[str, int]) -> str:
    """The whole book as one page of HTML; ``numbers`` are those of the contents, by anchor."""
    toc = yaml.safe_load((folder / "generated/_toc.yml").read_text(encoding="utf-8"))
    settings = yaml.safe_load((folder / "_config.yml").read_text(encoding="utf-8"))
    title, author = str(settings.get("title", "")), str(settings.get("author", ""))
    parts = list(_parts(toc, out / "_build" / "html"))
    here = {page.name for _, pages in parts for page in pages}
    body = join(
        tag("header", tag("h1", title), tag("p", author), class_="paper-cover"),
        _contents(parts, numbers),
        [_part(caption, pages, here) for caption, pages in parts],
    )
    head = join(Html('<meta charset="utf-8">'), tag("title", title), tag("style", Html(_style(title))))
    return (
        f'<!doctype html>\n<html lang="en" data-theme="light"><head>{head}</head><body>{body}</body></html>\n'
    )


def _style(title: str) -> str:
    """The stylesheet of the screen without what it says of a single printed page, then that of paper."""
    screen = (HERE / "static" / "claimbook.css").read_text(encoding="utf-8")
    paper = (HERE / "paper.css").read_text(encoding="utf-8")
    return screen.replace("@media print", "@media not all") + paper.replace("‹TITLE›", _quoted(title))


def chromium() -> str:
    """The program that prints. ``EnvironmentProblem`` names what to install where there is none."""
    found = (os.environ.get("CHROMIUM"), *map(shutil.which, NAMES))
    for path in found:
        if path and Path(path).is_file():
            return path
    fix = "install it (Debian: apt-get install chromium) or set CHROMIUM to its path"
    raise EnvironmentProblem(f"a PDF is printed by Chromium, which is not here; {fix}")


def _print(browser: str, document: Path, out: Path) -> None:
    out.unlink(missing_ok=True)
    root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium has no sandbox for root
    where = [f"--user-data-dir={document.parent}", f"--print-to-pdf={out}", document.as_uri()]
    command = [browser, *OPTIONS, *root, *where]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise BuildFailed(f"Chromium printed nothing in {PATIENCE} seconds") from None
    if done.returncode or not out.is_file():
        raise BuildFailed("Chromium did not print the book", done.stderr)


def page_numbers(printed: bytes) -> dict[str, int]:
    """The page, from 1, on which each anchor of a print stands; Chromium writes both in plain text."""
    kids = re.findall(rb"/Kids \[(.*?)\]", printed, re.DOTALL)
    leaves = set(re.findall(rb"\n(\d+) 0 obj\n<<\s*/Type /Page\b(?!s)", printed))
    order = [ref for group in kids for ref in re.findall(rb"(\d+) 0 R", group) if ref in leaves]
    page = {ref: number for number, ref in enumerate(order, 1)}
    found = re.findall(rb"/([^\s/\[]+) \[(\d+) 0 R /XYZ", printed)
    return {anchor.decode("latin-1"): page[ref] for anchor, ref in found if ref in page}


def _parts(toc: Any, html: Path) -> Iterator[tuple[str, list[Page]]]:
    """(caption, pages) of each part of the contents; the landing page is a part without caption."""
    yield "", list(_pages([{"file": toc["root"]}], html, 0))
    for part in toc.get("parts") or [toc]:
        yield part.get("caption", ""), list(_pages(part.get("chapters", ()), html, 0))


def _pages(items: Iterable[Mapping[str, Any]], html: Path, depth: int) -> Iterator[Page]:
    for item in items:
        found = _ARTICLE.search((html / f"{item['file']}.html").read_text(encoding="utf-8"))
        if found is None:
            raise BuildFailed(f"{item['file']}.html holds no article")
        yield Page(item["file"], found[1], depth)
        yield from _pages(item.get("sections", ()), html, depth + 1)


def _quoted(title: str) -> str:
    """A title as a string of CSS, inside an element of HTML."""
    return "".join(char if char.isalnum() or char == " " else f"\\{ord(char):x} " for char in title)


def _contents(parts: list[tuple[str, list[Page]]], numbers: Mapping[str, int]) -> Html:
    rows = []
    for caption, pages in parts:
        rows += [tag("p", caption, class_="paper-part")] if caption else []
        rows += [_row(page, numbers) for page in pages]
    return tag("nav", tag("h2", "Contents"), *rows, class_="paper-contents")


def _row(page: Page, numbers: Mapping[str, int]) -> Html:
    title = _TITLE.search(_LEFT_OUT.sub("", page.html))
    anchor = _anchor(page.name)
    number = tag("span", str(numbers.get(anchor, "")), class_="paper-number")
    return tag("p", link(Html(title[1]) if title else page.name, f"#{anchor}"), number, data_depth=page.depth)


def _part(caption: str, pages: list[Page], here: set[str]) -> Html:
    made = "".join(_article(page, here) for page in pages)
    return Html((tag("h1", caption, class_="paper-part") if caption else "") + made)


def _article(page: Page, here: set[str]) -> str:
    html = _LEFT_OUT.sub("", page.html).replace("<details", "<details open")
    html = _HEADING.sub(lambda found: f"{found[1]}{int(found[2]) + 1}", html)
    html = _HREF.sub(partial(_href, page.name, here), html)
    html = _ID.sub(partial(_own, page.name), html)
    return f'<article id="{_anchor(page.name)}" class="bd-article">{html}</article>'


def _own(name: str, found: re.Match[str]) -> str:
    """An attribute that names anchors of its own page."""
    return f'{found[1]}{" ".join(_anchor(name, anchor) for anchor in found[2].split())}"'


def _href(name: str, here: set[str], found: re.Match[str]) -> str:
    """Inside the document where the page is in it, and no link where it is a file to download."""
    address = f"{dirname(name)}/{found['address']}".lstrip("/") if found["address"] else name
    target = normpath(address).removesuffix(".html")
    return f'href="#{_anchor(target, found["anchor"] or "")}"' if target in here else 'class="paper-file"'


def _anchor(page: str, anchor: str = "") -> str:
    """An anchor that is the only one in the document."""
    return "--".join(part for part in (page.replace("/", "-"), anchor) if part)
