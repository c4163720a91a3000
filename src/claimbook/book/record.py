"""A record as it stands in its file, on the page, with an anchor for every line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from claimbook.book.markup import Html, join, tag

if TYPE_CHECKING:
    from claimbook.records import Library


def record(library: Library, key: str) -> Html:
    """The text of a study's or claim's file; line 12 is at ``#L12``."""
    path = record_path(library, key)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    numbered = [
        tag("span", line + "\n", id=f"L{number}", data_n=number) for number, line in enumerate(lines, 1)
    ]
    name = f"{path.parent.name}/{path.name}"
    code = tag(
        "pre",
        tag("code", numbered),
        class_="cb-record",
        tabindex="0",
        role="region",
        aria_label=f"The file {name}",
    )
    return join(tag("p", "The record as it stands in ", tag("code", name), ":"), code)


def record_path(library: Library, key: str) -> Path:
    """The file that a study or claim was read from."""
    folder = "claims" if key in library.claims else "records"
    return next(path for path in sorted((library.root / folder).glob(f"{key}.y*ml")) if path.stem == key)
