"""How long a book takes to build, and our own share of it: `python tests/bench/book_build.py`.

Three builds of a copy of the flagship: the first, one with nothing changed, and one with a number of a study
changed. "Ours" is reading, computing and writing the pages; the rest is jupyter-book's. The share is to stay
below 30 % of jupyter-book's own time on a first build.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from pathlib import Path

from claimbook.book import building
from claimbook.book.contents import contents

ROOT = Path(__file__).parents[2]
STUDY = "silva2012"
LIMIT = 30


def build(root: Path) -> tuple[float, float, int]:
    """(our seconds, jupyter-book's seconds, files that changed) of one build."""
    start = time.perf_counter()
    folder = root / "book"
    book = building.read_book(root / "studies")
    files = dict(contents(book)) | {"generated/_toc.yml": building.table_of_contents(book, folder)}
    changed = building.write(folder, files)
    ours = time.perf_counter()
    building.render(folder, folder, files, lambda message: None)
    return ours - start, time.perf_counter() - ours, changed


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
        print(f"{'build':22}{'ours, s':>9}{'theirs, s':>11}{'share, %':>10}{'files':>7}")
        for name in ("first", "nothing changed", "one study changed"):
            if name == "one study changed":
                edit(root / "studies" / "records" / f"{STUDY}.yaml")
            ours, theirs, changed = build(root)
            print(f"{name:22}{ours:9.1f}{theirs:11.1f}{100 * ours / theirs:10.0f}{changed:7}")
            if name == "first" and 100 * ours / theirs > LIMIT:
                print(f"our share is above {LIMIT} %")


if __name__ == "__main__":
    main()
