"""BibTeX text: one entry made from fields, renamed, or added behind the others without touching them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bibtexparser.entrypoint import parse_string
from bibtexparser.model import Entry as Block

from claimbook.records.bibliography import Entry, parse_bibliography
from claimbook.records.text import CONTROL

_HEAD = re.compile(r"(@\s*\w+\s*[{(]\s*)([^\s,{}()]*)(\s*,)")
_AS_GIVEN = {"doi", "url", "pmid", "pmcid"}


def bibtex(key: str, type: str, fields: Mapping[str, str]) -> str:
    """The text of one entry; empty fields are left out, and so is what would break it or a terminal."""
    lines = [f"  {name} = {{{_value(name, text)}}}," for name, text in fields.items() if text.strip()]
    return "\n".join([f"@{type}{{{key},", *lines, "}"]) + "\n"


def _value(name: str, text: str) -> str:
    text = " ".join(CONTROL.sub(" ", text).split())
    if not _balanced(text) or re.search(r"\\([{}]|$)", text):
        text = re.sub(r"[\\{}]", "", text)
    return text if name in _AS_GIVEN else re.sub(r"(?<!\\)([&%])", r"\\\1", text)


def _balanced(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if depth < 0:
            return False
    return depth == 0


def single_entry(text: str, key: str) -> str:
    """The one entry in a text, under another key. ValueError when there is none, several, or a broken one."""
    blocks = parse_string(text).blocks
    if len(blocks) != 1 or not isinstance(blocks[0], Block):
        raise ValueError(
            f"holds {len(blocks) or 'no'} BibTeX blocks; one @article{{...}} or the like is expected"
        )
    renamed, times = _HEAD.subn(lambda m: m[1] + key + m[3], text.strip(), count=1)
    entries, problems = parse_bibliography(renamed)
    if times != 1 or list(entries) != [key] or problems:
        raise ValueError("cannot be read as a BibTeX entry")
    return renamed + "\n"


def with_entry(bibliography: str, entry: str) -> str:
    """The bibliography with one more entry at its end. ValueError when its key is taken by another work.

    The same entry once more changes nothing, so a command that was interrupted can be given again.
    """
    known, (new,) = parse_bibliography(bibliography)[0], parse_bibliography(entry)[0].values()
    if new.key in known:
        if _same(known[new.key], new):
            return bibliography
        raise ValueError(f'the key "{new.key}" belongs to: {known[new.key].citation}')
    newline = "\r\n" if "\r\n" in bibliography else "\n"
    gap = "" if not bibliography.strip() else newline if bibliography.endswith("\n") else 2 * newline
    return bibliography + gap + entry.replace("\n", newline)


def _same(one: Entry, other: Entry) -> bool:
    return (one.type, one.fields) == (other.type, other.fields)
