"""Where the linter's memory of a library is: the user's cache folder, one file for each library.

What stands in it depends on the files of the library, on the paths that they are shown by and on the files of
the program (``claimbook.checks.recheck``). A cache that cannot be read or written is no cache; nothing fails.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from claimbook import __version__
from claimbook.checks.memory import Memory
from claimbook.checks.recheck import recheck
from claimbook.problems import Problem

PARTS = (".", "records", "checks", "effects", "synthesis", "appraisal", "appraisal/tools")


def remembered(root: Path) -> tuple[list[Problem], tuple[int, int]]:
    """The problems of a library and its (claims, studies); only what changed is worked out again."""
    return recheck(root, Memory(_cache(root)), program())


def program() -> str:
    """A digest of the state of every file that a check runs or reads."""
    states = ((path, path.stat()) for path in _files())
    told = [f"{path}:{state.st_mtime_ns}:{state.st_size}" for path, state in states]
    return sha256("\n".join([__version__, *told]).encode(errors="surrogateescape")).hexdigest()


def _files() -> Iterator[Path]:
    package = Path(__file__).parent.parent
    for part in PARTS:
        yield from sorted(path for path in (package / part).iterdir() if path.is_file())


def _cache(root: Path) -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "claimbook" / f"check-{sha256(str(root.absolute()).encode()).hexdigest()[:16]}"
