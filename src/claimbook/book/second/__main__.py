"""Build the pages with jupyter-book 2 and say what was lost: ``python -m claimbook.book.second DIR``."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from claimbook.book import building
from claimbook.book.second.check import faults
from claimbook.book.second.tree import Tree

BUILD = ["jupyter", "book", "build", "--site", "--strict"]


def pages_of(root: Path, folder: Path) -> tuple[dict[str, str], str]:
    """Every page and file of the book of a library, by its path, and the book's title."""
    book = building.read_book(root)
    by_hand = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}
    return by_hand | building.generate(book, folder), book.library.info.title


def built(pages: Mapping[str, str], title: str, out: Path) -> list[str]:
    """What is wrong with the pages under jupyter-book 2, in words; ``out`` is emptied and holds the tree."""
    tree = Tree(pages)
    shutil.rmtree(out, ignore_errors=True)
    building.write(out, dict(tree.files(yaml.safe_load(pages["generated/_toc.yml"]), title)))
    done = subprocess.run(BUILD, cwd=out, capture_output=True, text=True, check=False)
    log = re.sub(r"\x1b\[[\d;]*m", "", f"{done.stdout}\n{done.stderr}")
    said = [line for line in log.splitlines() if "⛔" in line or "⚠" in line]
    if done.returncode and not said:
        said = log.strip().splitlines()[-5:]
    return [*said, *faults(tree.html(), out)]


def main(out: str) -> int:
    pages, title = pages_of(Path("studies"), Path("book"))
    wrong = built(pages, title, Path(out))
    print(
        "\n".join(wrong)
        or f"jupyter-book 2 made all {len(Tree(pages).html())} pages; no word, drawing or link is lost"
    )
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
