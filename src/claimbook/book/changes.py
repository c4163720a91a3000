"""How the conclusions changed from edition to edition.

An edition is a copy of findings.json that was kept under ``editions/`` of the library, named by its version.
Editions are compared in the order of their names' numbers, the last with what the records say now.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from claimbook.book import badges, words
from claimbook.book.markup import Content, Html, block, join, tag
from claimbook.book.site import Book, Links
from claimbook.book.tables import table
from claimbook.findings.snapshot import text

LINKS = Links()
NOW = "now"
Edition = dict[str, dict[str, Any]]


def changes(book: Book) -> str:
    """A table for each edition that another followed, the latest first; one sentence where there is none."""
    editions = list(_editions(book))
    if len(editions) == 1:
        return block(tag("p", "This is the first edition. What changes in later ones will be listed here."))
    pairs = reversed(list(pairwise(editions)))
    return "\n".join(block(_between(book, before, after)) for before, after in pairs)


def _editions(book: Book) -> Iterator[tuple[str, Edition]]:
    """(name, findings) of every edition that was kept, in order, then of the records as they are."""
    for path in sorted((book.library.root / "editions").glob("*.json"), key=_version):
        yield path.stem, json.loads(path.read_text(encoding="utf-8"))
    yield NOW, json.loads(text(book.findings))


def _version(path: Path) -> tuple[list[int], str]:
    return [int(part) for part in re.findall(r"\d+", path.stem)], path.stem


def _between(book: Book, before: tuple[str, Edition], after: tuple[str, Edition]) -> Html:
    rows = list(_changed(book, before[1], after[1]))
    caption = f"From {before[0]} to {after[0]}"
    if not rows:
        return tag("p", tag("strong", caption), ": no conclusion changed.")
    return table(caption, ["Claim", "What changed", "Before", "After"], rows)


def _changed(book: Book, before: Edition, after: Edition) -> Iterator[list[Content]]:
    for key in dict.fromkeys([*before, *after]):
        finding = book.findings.get(key)
        name = LINKS.claim(finding) if finding else join(key)
        if key not in before or key not in after:
            states = ("–", "new") if key in after else ("removed", "–")
            yield [name, "the claim itself", *states]
            continue
        for what, shown in SHOWN.items():
            old, new = shown(before[key]), shown(after[key])
            if old != new:
                yield [name, what, old, new]


def _effect(one: Mapping[str, Any]) -> Content:
    if one.get("estimate") is None:
        return "not computed"
    return words.scale(one.get("measure") or "").effect(one["estimate"], one["low"], one["high"])


SHOWN: dict[str, Callable[[Mapping[str, Any]], Content]] = {
    "verdict": lambda one: badges.badge(words.verdict(one.get("verdict", ""))),
    "certainty": lambda one: badges.certainty(one.get("certainty", "")),
    "effect": _effect,
    "studies": lambda one: f"{words.studies(one.get('k') or 0)}, {words.people(one.get('n') or 0)}",
}
"""What of a conclusion is compared, and how it is shown."""
