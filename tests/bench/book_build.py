"""How long a book takes to build, and our own share of it: `python tests/bench/book_build.py`.

Builds of a copy of the flagship with `claimbook build`: the first, one with nothing changed, and two with a
number of one study changed (one that a single claim pools, one that the largest claim pools). CPU seconds,
because other work on the machine does not count then: "ours" is the program (start, reading, checking,
computing, writing), "theirs" is jupyter-book's process on the same pages. The share of a first build is to
stay below 30 %.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
STUDIES = ("estes2017", "silva2012")
LIMIT = 30
BUILD = """
import resource
from claimbook.cli import main
try:
    main(["-q", "build"])
except SystemExit as end:
    if end.code:
        raise
for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
    used = resource.getrusage(who)
    print(used.ru_utime + used.ru_stime)
"""


def build(root: Path) -> tuple[float, float, float]:
    """CPU seconds of ours and of jupyter-book, and wall seconds, of one build."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", BUILD], cwd=root, check=True, stdout=subprocess.PIPE, text=True
    )
    ours, theirs = map(float, done.stdout.splitlines()[-2:])
    return ours, theirs, time.perf_counter() - start


def edit(record: Path) -> None:
    """Another first mean: one study says something else."""
    text = record.read_text(encoding="utf-8")
    record.write_text(re.sub(r"mean: ([\d.]+)", r"mean: 1\1", text, count=1), encoding="utf-8")


def main() -> None:
    made = shutil.ignore_patterns("_build", "claims", "studies", "generated")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(ROOT / "studies", root / "studies")
        shutil.copytree(ROOT / "book", root / "book", ignore=made)
        print(f"{'build':22}{'ours, s':>9}{'theirs, s':>11}{'share, %':>10}{'wall, s':>9}")
        for name in ("first", "nothing changed", *(f"{study} changed" for study in STUDIES)):
            if name.endswith(" changed") and name.split()[0] in STUDIES:
                edit(root / "studies" / "records" / f"{name.split()[0]}.yaml")
            ours, theirs, wall = build(root)
            share = f"{100 * ours / theirs:10.0f}" if theirs > 0.01 else f"{'–':>10}"
            print(f"{name:22}{ours:9.2f}{theirs:11.2f}{share}{wall:9.1f}")
            if name == "first" and 100 * ours / theirs > LIMIT:
                print(f"our share is above {LIMIT} %")


if __name__ == "__main__":
    main()
