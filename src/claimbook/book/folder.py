"""The book folder of a new library: settings, table of contents and the pages that people write."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml


def scaffold(path: str | Path, title: str = "An evidence book", author: str = "The authors") -> list[Path]:
    """Write the files of a new ``book`` folder and return them; a file that is there already stays."""
    folder = Path(path)
    written = []
    for source in _packaged():
        target = folder / source.name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_filled(source.read_text(encoding="utf-8"), title, author), encoding="utf-8")
            written.append(target)
    return written


def lacking(folder: Path) -> list[str]:
    """The pages of a new book that this folder has not: newer than the folder, or deleted."""
    return [
        page.name for page in _packaged() if page.name.endswith(".md") and not (folder / page.name).exists()
    ]


def _packaged() -> list[Traversable]:
    pages = resources.files("claimbook.book").joinpath("pages").iterdir()
    return sorted(pages, key=lambda page: page.name)


def _filled(text: str, title: str, author: str) -> str:
    """The two values of the settings file that differ from book to book, as YAML."""
    for name, value in (("TITLE", title), ("AUTHOR", author)):
        text = text.replace(
            f"‹{name}›", yaml.safe_dump(value, default_style='"', allow_unicode=True, width=10_000).strip()
        )
    return text
