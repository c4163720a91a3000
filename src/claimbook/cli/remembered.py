"""A second check of files that have not changed answers from the first one's result.

The result is kept in the user's cache folder under a fingerprint of every byte that it depends on: the
library's files, the program's own, and the folder that paths are shown from. A cache that cannot be read or
written is no cache; nothing fails for it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from claimbook import __version__
from claimbook.problems import Problem, Where

FOLDERS = ("records", "claims")
FILES = ("library.yaml", "references.bib")


def remembered(root: Path, compute: Callable[[], tuple[list[Problem], str]]) -> tuple[list[Problem], str]:
    """The problems and the count that ``compute`` gives for a library, or gave for these very files."""
    print_of = fingerprint(root)
    path = _cache(root)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["fingerprint"] == print_of:
            return [_problem(one) for one in kept["problems"]], str(kept["counts"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    problems, counts = compute()
    kept = {"fingerprint": print_of, "counts": counts, "problems": [p.as_json() for p in problems]}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(kept), encoding="utf-8")
        part.replace(path)
    except OSError:
        pass
    return problems, counts


def fingerprint(root: Path) -> str:
    """A digest of the library's files, the program's files and the current folder."""
    digest = sha256(f"{__version__}\n{Path.cwd()}\n{root}".encode())
    for path in _library(root):
        digest.update(f"\n{path.relative_to(root)}:".encode(errors="surrogateescape"))
        try:
            digest.update(sha256(path.read_bytes()).digest())
        except OSError as error:
            digest.update(str(error.errno).encode())
    for path in _program():
        state = path.stat()
        digest.update(f"\n{path}:{state.st_mtime_ns}:{state.st_size}".encode())
    return digest.hexdigest()


def _library(root: Path) -> Iterator[Path]:
    yield from (root / name for name in FILES)
    for name in FOLDERS:
        yield from sorted((root / name).glob("*"))


def _program() -> Iterator[Path]:
    package = Path(__file__).parent.parent
    for folder in ("records", "checks", "effects", "synthesis", "appraisal", "."):
        yield from sorted(p for p in (package / folder).iterdir() if p.is_file())


def _cache(root: Path) -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "claimbook" / f"check-{sha256(str(root.absolute()).encode()).hexdigest()[:16]}.json"


def _problem(one: dict[str, object]) -> Problem:
    values = dict(one)
    where = Where(str(values.pop("path")), int(str(values.pop("line"))), int(str(values.pop("column"))))
    return Problem(where=where, **values)  # type: ignore[arg-type]
