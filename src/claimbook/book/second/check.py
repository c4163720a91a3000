"""What jupyter-book 2 made of the pages: is every word, drawing and link of them there?"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any


class Seen(HTMLParser):
    """Words that a reader sees in a page's HTML, and how many drawings and links there are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: Counter[str] = Counter()
        self.drawings = self.links = 0
        self._within = self._href = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.drawings += tag == "svg"
        self.links += tag == "a"
        self._href = dict(attrs).get("href") or ""
        if tag in UNREAD and not self._within:
            self._within = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._within:
            self._within = ""

    def handle_data(self, data: str) -> None:
        if not self._within and data != self._href:  # an address that is shown is shortened
            self.words.update(words(data))


UNREAD = ("svg", "script")
LINKS = ("link", "crossReference")


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def made(folder: Path) -> dict[str, Any]:
    """The pages that version 2 wrote, by their sources."""
    pages = (
        json.loads(path.read_text(encoding="utf-8"))
        for path in (folder / "_build/site/content").glob("*.json")
    )
    return {page["location"].lstrip("/"): page["mdast"] for page in pages}


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node of a page's tree."""
    if isinstance(tree, dict):
        yield tree
        yield from nodes(tree.get("children", []))
    elif isinstance(tree, list):
        for one in tree:
            yield from nodes(one)


def faults(pages: Mapping[str, str], folder: Path) -> list[str]:
    """What is lost of the pages, in words; ``pages`` holds the HTML of each by its source."""
    trees = made(folder)
    return [fault for name, html in pages.items() for fault in _faults(name, Seen(html), trees.get(name))]


def _faults(name: str, source: Seen, tree: Any) -> Iterator[str]:
    if tree is None:
        yield f"{name}: no such page"
        return
    kinds = Counter(node.get("type") for node in nodes(tree))
    text = Counter(word for node in nodes(tree) for word in words(str(node.get("value", ""))))
    if lost := source.words - text:
        yield f"{name}: {lost.total()} of {source.words.total()} words lost: {' '.join(sorted(lost)[:8])}"
    if kinds["image"] < source.drawings:
        yield f"{name}: {source.drawings - kinds['image']} of {source.drawings} drawings lost"
    if (found := sum(kinds[kind] for kind in LINKS)) < source.links:
        yield f"{name}: {source.links - found} of {source.links} links lost"
