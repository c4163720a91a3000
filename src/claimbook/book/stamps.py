"""Is a book still that of its sources? Answered from bytes, never from the times of sources.

A book is that of its sources while every input has the same bytes (records, hand-written pages, this program,
the packages beside it) and no output is missing or touched. A stamp that cannot be read is none.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from claimbook.book import validation
from claimbook.findings import snapshot

PACKAGE = Path(__file__).parents[1]
STAMP = "claimbook.json"
GENERATED = ("claims", "studies", "validation", "generated")  # in the book's folder
LEFT = ("_build", "__pycache__")


@cache
def program() -> str:
    """A digest of claimbook's own files, the Python that runs them and the packages installed beside it."""
    installed = (sorted(_distributions(Path(folder or "."))) for folder in sys.path)
    return digest(platform.python_version(), *installed, *_bytes_of(PACKAGE, _files(PACKAGE)))


def _distributions(folder: Path) -> Iterator[str]:
    """``numpy-2.5.1.dist-info`` and the like: names with their versions."""
    if folder.is_dir():
        yield from (path.name for path in folder.iterdir() if path.suffix == ".dist-info")


def landing_page(out: Path) -> Path:
    """Where the book that is built into ``out`` opens."""
    return out / "_build" / "html" / "index.html"


def unchanged(root: Path, folder: Path, out: Path) -> bool:
    """Does ``out`` hold the book of these very files, with nothing missing and nothing touched?"""
    stamp = read(out / "_build" / STAMP)
    try:
        return bool(stamp) and stamp == _stamp(inputs(root, folder), root, folder, out)
    except OSError:
        return False


def remember(made_of: str, root: Path, folder: Path, out: Path) -> None:
    """Note that ``out`` holds the book of these ``inputs``, as they were before it was made."""
    with suppress(OSError):
        stamp = _stamp(made_of, root, folder, out)
        (out / "_build" / STAMP).write_text(json.dumps(stamp), encoding="utf-8")


def inputs(root: Path, folder: Path) -> str:
    """A digest of all that a book is made from: its sources and this program."""
    return digest(program(), *_bytes_of(root.absolute().parent, sources(root, folder)))


def sources(root: Path, folder: Path) -> Iterator[Path]:
    """The files that a book is made from: its library, its hand-written pages and the reports beside them."""
    yield from (path for path in _files(root.absolute()) if path.name != snapshot.NAME)
    yield from _files(folder.absolute(), [folder.absolute() / name for name in GENERATED])
    yield from _files(validation.folder(root.absolute()))


def _stamp(made_of: str, root: Path, folder: Path, out: Path) -> dict[str, str]:
    made = (*(folder / name for name in GENERATED), out / "_build" / "html")
    outputs = [root / snapshot.NAME, *(path for part in made for path in _files(part))]
    return {"inputs": made_of, "outputs": digest(*map(_state, outputs))}


def _state(path: Path) -> str:
    """Where a file is, how long, and when it was written: what was made is not read again."""
    found = path.stat()
    return f"{path.absolute()} {found.st_size} {found.st_mtime_ns}"


def _files(folder: Path, without: Sequence[Path] = ()) -> Iterator[Path]:
    """Every file below a folder, in order; hidden ones, what a build leaves and these folders left out."""
    for here, folders, names in os.walk(folder):
        below = (name for name in folders if name not in LEFT and not name.startswith("."))
        folders[:] = sorted(name for name in below if Path(here, name) not in without)
        yield from (Path(here, name) for name in sorted(names) if not name.startswith("."))


def _bytes_of(folder: Path, files: Iterable[Path]) -> Iterator[bytes]:
    for path in files:
        yield os.path.relpath(path, folder).encode(errors="surrogateescape")
        yield path.read_bytes()


def digest(*parts: str | bytes | Iterable[str]) -> str:
    """A digest of texts and bytes in this order; where one ends and the next begins counts."""
    made = sha256()
    for part in parts:
        whole = part if isinstance(part, str | bytes) else "\n".join(part)
        made.update(
            sha256(whole.encode(errors="surrogateescape") if isinstance(whole, str) else whole).digest()
        )
    return made.hexdigest()


def read(path: Path) -> dict[str, Any]:
    """A JSON object from a file; an empty one where there is none to be had."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
