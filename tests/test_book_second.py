"""The pages under jupyter-book 2: what it lacks has a twin, and nothing is lost."""

import os
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from book_library import write_library

from claimbook.book import scaffold
from claimbook.book.second import check
from claimbook.book.second.__main__ import built, pages_of
from claimbook.book.second.tree import Tree

HERE = Path(__file__).parents[1]
PLACES = [os.environ.get("JUPYTER_BOOK_2", ""), HERE / ".venv-book2" / "bin", HERE / ".nox" / "book2" / "bin"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("small")
    library = write_library(folder)
    scaffold(folder / "book")
    return pages_of(library, folder / "book")[0]


@pytest.fixture(scope="module")
def files(pages: dict[str, str]) -> dict[str, str]:
    return dict(Tree(pages).files(yaml.safe_load(pages["generated/_toc.yml"]), "A title"))


def of(files: dict[str, str], pattern: str) -> list[tuple[str, str]]:
    return [
        (name, found)
        for name, text in files.items()
        if name.endswith(".md")
        for found in re.findall(pattern, text)
    ]


def test_every_page_of_the_book_is_in_the_contents(pages: dict[str, str], files: dict[str, str]) -> None:
    listed = re.findall(r"file: (\S+)", files["myst.yml"])
    assert Counter(listed) == Counter(Tree(pages).html().keys())


@pytest.mark.parametrize(
    "lacking", [r"```\{raw\}", "<svg", "<script", "<caption", "<figure", r"\.html[\"#]", "//doi.org"]
)
def test_nothing_is_left_that_version_2_lacks(files: dict[str, str], lacking: str) -> None:
    assert of(files, lacking) == []


def test_no_anchor_stands_twice_in_the_project(files: dict[str, str]) -> None:
    anchors = Counter(anchor for _, anchor in of(files, r'\bid="([^"]+)"'))
    assert [anchor for anchor, times in anchors.items() if times > 1] == []


def test_a_link_to_the_line_of_a_record_keeps_its_target(files: dict[str, str]) -> None:
    found = re.search(r'href="\.\./(studies/alpha\.md)#([\w-]+-L\d+)"', files["claims/pooled.md"])
    assert found and f'<div id="{found[2]}">' in files[found[1]]


def test_every_drawing_is_a_file_that_is_there(files: dict[str, str]) -> None:
    shown = {re.sub(r"^(\.\./)+", "", source) for _, source in of(files, r'<img src="([^"]+)"')}
    assert shown and shown <= files.keys()


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<p>one two</p>", []),
        ("<p>one two three</p>", ["a.md: 1 of 3 words lost: three"]),
        ("<p>one</p><svg><title>x</title></svg>", ["a.md: 1 of 1 drawings lost"]),
        ('<a href="b.html">one</a>', ["a.md: 1 of 1 links lost"]),
    ],
)
def test_what_is_lost_of_a_page_is_said(tmp_path: Path, html: str, fault: list[str]) -> None:
    made = tmp_path / "_build" / "site" / "content"
    made.mkdir(parents=True)
    text = (
        '{"location": "/a.md", "mdast": {"type": "root", "children": [{"type": "text", "value": "one two"}]}}'
    )
    (made / "a.json").write_text(text)
    assert check.faults({"a.md": html}, tmp_path) == fault


def test_a_page_that_was_not_made_is_said(tmp_path: Path) -> None:
    assert check.faults({"a.md": ""}, tmp_path) == ["a.md: no such page"]


@pytest.mark.book
def test_jupyter_book_2_makes_every_page_of_a_library_full_of_markup(
    pages: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = next((Path(one) for one in PLACES if one and (Path(one) / "jupyter").exists()), None)
    if place is None:
        pytest.skip("jupyter-book 2 wants an environment of its own: nox -s book2 makes one")
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    assert built(pages, "A title", tmp_path / "second") == []
