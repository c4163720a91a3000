"""Building a book again: what did not change is kept, and the bytes are those of a clean build."""

import filecmp
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from book_library import write_library
from click.testing import CliRunner

from claimbook import book as public
from claimbook.book import building, kept, scaffold, stamps
from claimbook.book.claim import claim_page
from claimbook.book.gallery import drawn
from claimbook.book.site import Book
from claimbook.book.study import study_page
from claimbook.cli import init
from claimbook.cli.session import Session

FLAGSHIP = Path(__file__).parents[1] / "studies"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small library with a book folder beside it, its pages generated once."""
    library = write_library(tmp_path)
    scaffold(tmp_path / "book")
    generate(library)
    return library


def generate(root: Path) -> dict[str, str]:
    folder = root.parent / "book"
    files = building.generate(building.read_book(root), folder)
    building.write(folder, files)
    return files


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def made_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The pages of claims and studies, and the figures, that a further build makes, not keeps."""
    made: set[str] = set()
    keep = kept.Pages.page

    def page(self: kept.Pages, name: str, part: Book, make: Callable[[Book], str]) -> str:
        return keep(self, name, part, lambda part: made.add(name) or make(part))

    monkeypatch.setattr(kept.Pages, "page", page)
    generate(root)
    return made


def test_nothing_is_made_again_where_nothing_changed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert made_again(root, monkeypatch) == set()


def test_a_changed_study_makes_the_pages_that_speak_of_it_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(root / "records" / "gamma.yaml", "mean: '4.9'", "mean: '4.8'")
    pooled = {"claims/pooled.md", "claims/overview.md", "generated/figures/pooled.html"}
    assert made_again(root, monkeypatch) == pooled | {
        f"studies/{key}.md" for key in ("alpha", "beta", "gamma")
    }


def test_pages_that_are_kept_are_those_of_a_clean_build(root: Path) -> None:
    edit(root / "records" / "gamma.yaml", "mean: '4.9'", "mean: '4.8'")
    again = generate(root)
    shutil.rmtree(root.parent / "book" / "generated")
    assert generate(root) == again


@pytest.mark.parametrize(
    "memory", ["", "[1]", '{"claims/pooled.md": 3}', '{"claims/pooled.md": ["", ""]}', "\udcff"]
)
def test_a_spoilt_memory_is_no_memory(root: Path, memory: str) -> None:
    right = generate(root)
    (root.parent / "book" / kept.MEMORY).write_bytes(memory.encode(errors="surrogateescape"))
    (root.parent / "book" / "claims" / "pooled.md").write_text("# Another\n")
    assert generate(root) == right


def test_a_page_that_somebody_touched_is_made_again(root: Path) -> None:
    page = root.parent / "book" / "studies" / "beta.md"
    right = page.read_bytes()
    page.write_bytes(b"\xff# Mine")
    generate(root)
    assert page.read_bytes() == right


def test_another_program_keeps_no_page(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "program", lambda: "newer")
    assert len(made_again(root, monkeypatch)) == 11


@pytest.mark.parametrize("which", ["small", "flagship"])
def test_a_page_looks_at_nothing_beyond_its_part_of_the_book(which: str, root: Path) -> None:
    book = building.read_book(root if which == "small" else FLAGSHIP)
    pages = {
        key: (
            claim_page(book, found),
            claim_page(replace(book.part(key), figures={key: drawn(book.body(key), found)}), found),
        )
        for key, found in book.findings.items()
    }
    pages |= {
        key: (study_page(book, study), study_page(book.part(key), study))
        for key, study in book.library.studies.items()
    }
    assert [key for key, (whole, part) in pages.items() if whole != part] == []


def test_a_page_of_a_newer_version_is_told_with_the_command_that_writes_it(root: Path) -> None:
    (root.parent / "book" / "glossary.md").unlink()
    with pytest.raises(building.BuildFailed, match=r"names glossary, .* claimbook init --pages"):
        generate(root)


def test_a_page_that_nobody_wrote_is_told_with_its_name(root: Path) -> None:
    edit(root.parent / "book" / "_toc.yml", "- file: glossary", "- file: gloss")
    with pytest.raises(building.BuildFailed, match=r"names gloss, .* write it"):
        generate(root)


def test_an_older_book_is_built_without_the_newer_pages(root: Path) -> None:
    folder = root.parent / "book"
    edit(folder / "_toc.yml", "      - file: glossary\n", "")
    (folder / "glossary.md").unlink()
    assert ("glossary" in generate(root)["generated/_toc.yml"], public.lacking(folder)) == (
        False,
        ["glossary.md"],
    )


def test_the_pages_that_an_older_book_lacks_are_added_and_no_other_is_touched(root: Path) -> None:
    folder = root.parent / "book"
    (folder / "glossary.md").unlink()
    (folder / "about.md").write_text("ours")
    result = CliRunner().invoke(init.command, [str(root.parent), "--pages"], obj=Session())
    assert (result.stdout.split(), (folder / "about.md").read_text()) == (
        [str(folder / "glossary.md")],
        "ours",
    )


def stamped(root: Path) -> tuple[Path, Path, Path]:
    """A library, its book's folder and an out folder, noted as built."""
    folder, out = root.parent / "book", root.parent / "out"
    landing = stamps.landing_page(out)
    landing.parent.mkdir(parents=True)
    landing.write_text("<title>The book</title>")
    (root / "findings.json").write_text("{}")
    stamps.remember(stamps.inputs(root, folder), root, folder, out)
    return root, folder, out


def test_a_book_of_the_same_files_is_unchanged(root: Path) -> None:
    assert stamps.unchanged(*stamped(root))


@pytest.mark.parametrize(
    "touched",
    [
        "studies/records/beta.yaml",
        "studies/findings.json",
        "studies/new.bib",
        "book/about.md",
        "book/generated/landing.md",
        "book/studies/beta.md",
        "out/_build/html/index.html",
        "out/_build/html/more.html",
        "out/_build/claimbook.json",
    ],
)
def test_a_book_of_other_files_is_changed(root: Path, touched: str) -> None:
    places = stamped(root)
    (root.parent / touched).write_text("another")
    assert not stamps.unchanged(*places)


@pytest.mark.parametrize(
    "gone", ["studies/records/beta.yaml", "book/claims/pooled.md", "out/_build/html/index.html"]
)
def test_a_book_with_something_missing_is_changed(root: Path, gone: str) -> None:
    places = stamped(root)
    (root.parent / gone).unlink()
    assert not stamps.unchanged(*places)


def test_what_changed_while_a_book_was_built_is_seen_by_the_next_build(root: Path) -> None:
    root, folder, out = stamped(root)
    before = stamps.inputs(root, folder)
    edit(root / "records" / "beta.yaml", "mean: '6.0'", "mean: '6.1'")
    stamps.remember(before, root, folder, out)
    assert not stamps.unchanged(root, folder, out)


def differing(one: Path, other: Path) -> list[str]:
    """Files below two folders that are not the same bytes, or stand in one of them only."""
    names = {path.relative_to(top) for top in (one, other) for path in top.rglob("*") if path.is_file()}
    same = filecmp.cmpfiles(one, other, names, shallow=False)[0]
    return sorted(str(name) for name in names - set(same))


@pytest.mark.book
def test_a_book_built_again_has_the_bytes_of_a_clean_build(root: Path) -> None:
    pytest.importorskip("jupyter_book", reason="needs the extra: book")
    again, clean = root.parent / "again", root.parent / "clean"
    public.build(root, out=again)
    record = root / "records" / "gamma.yaml"
    record.write_text(re.sub("Summary", "Changed", record.read_text(encoding="utf-8")), encoding="utf-8")
    public.build(root, out=again)
    made = public.build(root, out=clean).parent
    assert differing(again / "_build" / "html", made) == []
