"""From a library to a book on disk: write the pages that changed, then run jupyter-book over them.

Nothing is executed at build time and nothing is fetched; warnings are errors. The same records give the same
bytes: pages carry no time, and what Sphinx would keep from an earlier set of pages is cleared when that set
changes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from claimbook.book.contents import contents
from claimbook.book.kept import MEMORY, Pages
from claimbook.book.site import Book
from claimbook.book.stamps import GENERATED, program
from claimbook.book.validation import reports
from claimbook.checks import check
from claimbook.findings import find_all
from claimbook.findings.reproduce import reproduce
from claimbook.problems import Problem
from claimbook.records import Library, read_library

Progress = Callable[[str], None]
EXTRA = 'pip install "claimbook[book]"'


class EnvironmentProblem(RuntimeError):
    """Something outside the library is missing; the message says what to install."""


class BuildFailed(RuntimeError):
    """jupyter-book stopped, or warned; ``log`` holds what it said."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.log = log


def build(
    library_root: str | Path,
    book_dir: str | Path | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
    computed: Book | None = None,
) -> Path:
    """Build the book of a library and return the path of its landing page.

    ``book_dir`` holds ``_config.yml`` and the hand-written pages (default: ``book`` beside the library).
    The pages stand under ``_build/html`` of ``out`` (default: of ``book_dir``); ``progress`` hears of each
    step; ``computed`` is the library with all that was found, where the caller has it already.
    Raises ``EnvironmentProblem`` without jupyter-book 1.x, ``BuildFailed`` when it does not accept a page.
    """
    say = progress or (lambda message: None)
    require_jupyter_book()
    book = computed or read_book(library_root)
    folder = Path(book_dir) if book_dir is not None else book.library.root.parent / "book"
    if not (folder / "_config.yml").is_file():
        raise BuildFailed(f"{folder} holds no _config.yml; claimbook init writes a book folder")
    settings = yaml.safe_load((folder / "_config.yml").read_text(encoding="utf-8")) or {}
    book = replace(book, author=str(settings.get("author", "")))
    say(f"{len(book.findings)} claims, {len(book.library.studies)} studies computed")
    files = generate(book, folder)
    written = write(folder, files)
    say(f"{written} of {len(files)} files changed")
    return render(folder, Path(out) if out is not None else folder, files, say)


def read_book(library_root: str | Path) -> Book:
    """A library, its findings and all that was found about it, as pages take them."""
    library, _ = read_library(library_root)
    return compute(library, check(library))


def compute(library: Library, problems: Iterable[Problem]) -> Book:
    """A library that was checked, with its findings and its printed values recomputed."""
    return Book(library, find_all(library), tuple(reproduce(library)), tuple(problems))


def generate(book: Book, folder: Path) -> dict[str, str]:
    """Every generated file of the book, by its path under the folder; pages that are still right are kept."""
    pages = Pages(folder, book)
    files = dict(contents(book, pages.page))
    return files | {"generated/_toc.yml": table_of_contents(book, folder), MEMORY: pages.memory()}


def require_jupyter_book() -> None:
    """Raise ``EnvironmentProblem`` unless jupyter-book 1.x is installed."""
    try:
        version = metadata.version("jupyter-book")
    except metadata.PackageNotFoundError:
        raise EnvironmentProblem(
            f"jupyter-book is not installed; the book needs the extra: {EXTRA}"
        ) from None
    if not version.startswith("1."):
        raise EnvironmentProblem(f"jupyter-book {version} is installed, the book needs 1.x: {EXTRA}")


def write(folder: Path, files: Mapping[str, str]) -> int:
    """Write the files that differ from what is there, and delete generated ones that are no longer made.

    Untouched files keep their time, so that only pages whose content changed are built again.
    """
    changed = 0
    for name, text in files.items():
        path, content = folder / name, text.encode()
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            changed += 1
    for path in _generated(folder):
        if path.relative_to(folder).as_posix() not in files:
            path.unlink()
            changed += 1
    return changed


def _generated(folder: Path) -> Iterator[Path]:
    for name in GENERATED:
        yield from (path for path in (folder / name).rglob("*") if path.is_file())


def table_of_contents(book: Book, folder: Path) -> str:
    """The book's ``_toc.yml``, its globs of claims and studies spelt out in the library's order."""
    pages = {
        "claims/*": list(book.findings),
        "studies/*": list(book.library.studies),
        "validation/*": list(reports(book.library.root)),
    }
    written = yaml.safe_load((folder / "_toc.yml").read_text(encoding="utf-8"))
    spelt = _spelt_out(written, pages)
    made = {f"{pattern[:-1]}{key}" for pattern, keys in pages.items() for key in keys} | {"studies/index"}
    for name in _named(spelt):
        if name not in made and not any((folder / f"{name}{end}").is_file() for end in ENDINGS):
            raise BuildFailed(f"_toc.yml names {name}, which is not in {folder}; {_remedy(name)}")
    return yaml.safe_dump(spelt, sort_keys=False, allow_unicode=True)


ENDINGS = ("", ".md", ".ipynb", ".rst")


def _named(part: Any) -> Iterator[str]:
    """Every page that a part of the table of contents names."""
    if isinstance(part, dict):
        yield from (str(part[key]) for key in ("root", "file") if key in part)
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        yield from _named(inner)


def _remedy(name: str) -> str:
    if (Path(__file__).parent / "pages" / f"{name}.md").is_file():
        return "claimbook init --pages writes it"
    return "write it, or take it out of the table of contents"


def _spelt_out(part: Any, pages: Mapping[str, Iterable[str]]) -> Any:
    """A part of the table of contents without globs; a group that is left without pages goes."""
    if isinstance(part, dict):
        spelt = {key: _spelt_out(value, pages) for key, value in part.items()}
        return {key: value for key, value in spelt.items() if value != []}
    if not isinstance(part, list):
        return part
    items = [item for one in part for item in _items(one, pages)]
    return [item for item in items if item.keys() - {"caption"}]


def _items(item: Any, pages: Mapping[str, Iterable[str]]) -> list[Any]:
    pattern = str(item.get("glob", ""))
    if pattern not in pages:
        return [_spelt_out(item, pages)]
    return [{"file": pattern.replace("*", key)} for key in pages[pattern]]


def render(folder: Path, out: Path, files: Mapping[str, str], say: Progress) -> Path:
    """Run jupyter-book and return the landing page."""
    made = out / "_build"
    navigation = made / "navigation.txt"
    listed = _navigation(files)
    if not navigation.is_file() or navigation.read_text(encoding="utf-8") != listed:
        for name in ("html", ".doctrees"):
            shutil.rmtree(made / name, ignore_errors=True)
    say("jupyter-book runs")
    done = subprocess.run(
        _command(folder, out), capture_output=True, text=True, env=_environment(), check=False
    )
    landing = made / "html" / "index.html"
    if done.returncode or not landing.is_file():
        raise BuildFailed("jupyter-book did not accept the book", _complaints(done.stdout, done.stderr))
    navigation.write_text(listed, encoding="utf-8")
    return landing


def _navigation(files: Mapping[str, str]) -> str:
    """What every page depends on: the program, and for the menu the pages, their titles and their order."""
    titles = (
        f"{name}: {text.partition(chr(10))[0]}" if name.endswith(".md") else name
        for name, text in files.items()
    )
    return "\n".join([program(), *titles, files["generated/_toc.yml"]])


def _command(folder: Path, out: Path) -> list[str]:
    run = "from jupyter_book.cli.main import main; main()"
    options = ["-W", "-n", "--keep-going", "-q", "--toc", str((folder / "generated/_toc.yml").absolute())]
    return [sys.executable, "-c", run, "build", str(folder), "--path-output", str(out), *options]


def _environment() -> dict[str, str]:
    """The caller's environment with this package on the path, without colours, and with fixed hashing."""
    here = str(Path(__file__).parents[2])
    path = os.pathsep.join(part for part in (here, os.environ.get("PYTHONPATH")) if part)
    return {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0", "NO_COLOR": "1", "PYTHONUTF8": "1"}


def _complaints(stdout: str, stderr: str) -> str:
    """The lines that name a problem; all of the log where none does."""
    lines = re.sub(r"\x1b\[[\d;]*m", "", f"{stderr}\n{stdout}").strip().splitlines()
    named = [line for line in lines if "WARNING" in line or "ERROR" in line or "Error" in line]
    return "\n".join(named or lines)
