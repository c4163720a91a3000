"""The tree that jupyter-book 2 reads: the pages with twins for what it lacks, and its ``myst.yml``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import unescape
from importlib import resources
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any

import yaml

from claimbook.book.markup import Html, tag

FILES = "generated/files"
FIGURES = "generated/figures"
PACKAGED = ("template.yml", "html.mjs")
STRICT = (
    "directive-argument-correct", "directive-body-correct", "directive-known", "directive-options-correct",
    "identifier-is-unique", "image-copied", "image-exists", "include-content-loads", "link-resolves",
    "link-text-exists", "myst-file-loads", "plugin-loads", "reference-syntax-valid",
    "reference-target-resolves", "role-known", "static-file-copied", "toc-contents-exist", "valid-toc",
)  # fmt: skip
"""What is no error for it even with ``--strict``, and is one for us."""
HANDLE = ('href="https://doi.org/', 'href="https://hdl.handle.net/')
"""A DOI's other address: version 2 asks the network about each link to doi.org."""

_FENCE = re.compile(r"```\{raw\} html\n(.*?)\n```", re.DOTALL)
_SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL)
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
_RECORD = re.compile(r'<pre class="cb-record"[^>]*><code>(.*?)</code></pre>', re.DOTALL)
_LINE = re.compile(r'<span id="(L\d+)"[^>]*>(.*?)\n</span>', re.DOTALL)
_FIGURE = re.compile(r"(</?)fig(?:ure|caption)\b")
_ITEM = re.compile(r'<li id="([^"]+)"([^>]*)>')
_ID = re.compile(r'(?<=\bid=")[^"]+')
_CAPTION = re.compile(r"(<table[^>]*>)<caption>(.*?)</caption>", re.DOTALL)
_HREF = re.compile(r'href="(?P<up>(?:\.\./)*)(?P<name>[\w./-]*?)(?P<html>\.html)?(?:#(?P<anchor>[^"]*))?"')
_INCLUDE = re.compile(r"```\{include\} (\S+)\n```")


class Tree:
    """Pages and files of a book by their paths, and what becomes of them."""

    def __init__(self, pages: Mapping[str, str]) -> None:
        self.pages = pages
        self.home = {part: name for name, text in pages.items() for part in _INCLUDE.findall(text)}
        self.ids = {name: set(_ID.findall(_SVG.sub("", html))) for name, html in self.html().items()}

    def html(self) -> dict[str, str]:
        """The blocks of HTML of each page, those that it includes among them."""
        pages = {
            name: text for name, text in self.pages.items() if name.endswith(".md") and name not in self.home
        }
        whole = {name: _INCLUDE.sub(lambda part: self.pages[part[1]], text) for name, text in pages.items()}
        return {name: "".join(_FENCE.findall(text)) for name, text in whole.items()}

    def files(self, toc: Any, title: str) -> Iterator[tuple[str, str]]:
        """(path, text) of every file of the tree."""
        for name, text in self.pages.items():
            drawn: dict[str, str] = {}
            yield name, self._page(name, text, drawn) if name.endswith(".md") else text
            yield from drawn.items()
        for name in PACKAGED:
            yield name, resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
        yield "myst.yml", yaml.safe_dump(_settings(toc, title), sort_keys=False, allow_unicode=True)

    def _page(self, name: str, text: str, drawn: dict[str, str]) -> str:
        """A page with twins, seen from where it is shown; its drawings are put into ``drawn``."""
        here = PurePosixPath(self.home.get(name, name))

        def block(found: re.Match[str]) -> str:
            html = _SVG.sub(lambda svg: _drawing(svg[0], here, drawn), _SCRIPT.sub("", found[1]))
            html = _RECORD.sub(lambda record: _record(record[1]), html)
            html = _ITEM.sub(r'<li\2><span id="\1"></span>', _FIGURE.sub(r"\1div", html))
            html = _CAPTION.sub(r"<p><strong>\2</strong></p>\1", html)
            html = html.replace(*HANDLE)
            html = _ID.sub(lambda anchor: _unique(here, anchor[0]), html)
            html = _HREF.sub(lambda link: self._href(link, here), html)
            return f"````{{html}}\n{html}\n````" if html.strip() else ""

        return _FENCE.sub(block, text)

    def _href(self, link: re.Match[str], here: PurePosixPath) -> str:
        """A link to a page leads to its source, one to a download to the file, each as seen from ``here``."""
        if not link["html"] and link["name"]:
            file = f"{FILES}/{link['name']}"
            return f'href="{link["up"]}{file}"' if file in self.pages else link[0]
        target = f"{link['name']}.md" if link["html"] else ""
        page = PurePosixPath(normpath(here.parent / link["up"] / target)) if target else here
        anchor = link["anchor"] or ""
        known = anchor in self.ids.get(str(page), ())
        return (
            f'href="{link["up"]}{target}{"#" if anchor else ""}{_unique(page, anchor) if known else anchor}"'
        )


def _unique(page: PurePosixPath, anchor: str) -> str:
    """Anchors are one page's own in version 1 and the whole project's in version 2."""
    return "-".join([*page.with_suffix("").parts, anchor])


def _drawing(svg: str, here: PurePosixPath, drawn: dict[str, str]) -> Html:
    """A drawing as a file, named by its content, with its title as the text that stands for it."""
    name = f"{FIGURES}/{sha256(svg.encode()).hexdigest()[:16]}.svg"
    drawn[name] = svg + "\n"
    title = _TITLE.search(svg)
    return tag("img", src="../" * (len(here.parts) - 1) + name, alt=unescape(title[1]) if title else "")


def _record(code: str) -> Html:
    """The lines of a record, each a block with its anchor."""
    lines = (
        tag("div", Html(line.replace("  ", "\u2003")), id=anchor) for anchor, line in _LINE.findall(code)
    )
    return tag("div", *lines, class_="cb-record")


def _settings(toc: Any, title: str) -> dict[str, Any]:
    parts = [
        {"title": part.get("caption", "Pages"), "children": _chapters(part.get("chapters", []))}
        for part in toc.get("parts") or [toc]
    ]
    project = {
        "title": title,
        "plugins": ["html.mjs"],
        "error_rules": [{"rule": rule, "severity": "error"} for rule in STRICT],
        "toc": [{"file": f"{toc['root']}.md"}, *parts],
    }
    return {"version": 1, "project": project, "site": {"template": "."}}


def _chapters(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"file": f"{item['file']}.md"}
        | ({"children": _chapters(item["sections"])} if "sections" in item else {})
        for item in items
    ]
