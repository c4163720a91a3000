"""references.bib as entries with their line, and its mistakes as Problems. bibtexparser does the reading."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from pathlib import Path

from bibtexparser.entrypoint import parse_string
from bibtexparser.model import DuplicateBlockKeyBlock, DuplicateFieldKeyBlock

from claimbook.problems import Problem, Where
from claimbook.records.text import CONTROL, LARGEST_BIBLIOGRAPHY, read_text

logging.getLogger("bibtexparser").addHandler(logging.NullHandler())  # what it says becomes Problems


@dataclass(frozen=True)
class Entry:
    """One BibTeX entry: its key, type, fields (braces removed) and the line it starts on."""

    key: str
    type: str
    fields: dict[str, str] = field(hash=False)
    line: int = 0

    def get(self, name: str) -> str:
        return self.fields.get(name, "")

    @property
    def authors(self) -> list[tuple[str, str]]:
        """(family, given) of each author; a corporate author has no given name."""
        names = [n.strip() for n in re.split(r"\s+and\s+", self.get("author")) if n.strip()]
        pairs = [tuple(part.strip() for part in n.split(",", 1)) if "," in n else (n, "") for n in names]
        return [(p[0], p[1] if len(p) > 1 else "") for p in pairs]

    @property
    def citation(self) -> str:
        """One plain line in the Vancouver manner."""
        named = [(family, given) for family, given in self.authors if family != "others"]
        people = [f"{family} {_initials(given)}".strip() for family, given in named]
        unnamed = len(people) > 6 or len(named) < len(self.authors)
        who = ", ".join(people[:6]) + (", et al" if unnamed else "")
        where = (
            self.get("journal") or self.get("booktitle") or self.get("publisher") or self.get("howpublished")
        )
        when = self.get("year")
        volume = self.get("volume") + (f"({self.get('number')})" if self.get("number") else "")
        pages = self.get("pages").replace("--", "-")
        numbers = volume + (f":{pages}" if pages else "")
        issue = f"{when};{numbers}" if numbers else when
        return ". ".join(part.rstrip(".") for part in (who, self.get("title"), where, issue) if part) + "."


def _initials(given: str) -> str:
    return "".join(word[0] for word in re.split(r"[\s.-]+", given) if word)


def read_bibliography(path: Path, shown: str) -> tuple[dict[str, Entry], list[Problem]]:
    """All readable entries by key, and a Problem for each that is broken or repeated."""
    text, problems = read_text(path, shown, LARGEST_BIBLIOGRAPHY)
    return ({}, problems) if text is None else parse_bibliography(text, shown, problems)


def parse_bibliography(
    text: str, shown: str = "references.bib", problems: list[Problem] | None = None
) -> tuple[dict[str, Entry], list[Problem]]:
    problems = list(problems or [])
    library = parse_string(text)
    entries = {
        entry.key: Entry(
            entry.key,
            entry.entry_type,
            {f.key.lower(): _plain(str(f.value)) for f in entry.fields},
            (entry.start_line or 0) + 1,
        )
        for entry in library.entries
    }
    for key, entry in list(entries.items()):
        if found := CONTROL.search("".join((key, entry.type, *entry.fields, *entry.fields.values()))):
            message = f"character {ord(found[0]):#04x} is not allowed in an entry"
            problems.append(_unreadable(Where(shown, entry.line, 1), message, "delete it"))
            del entries[key]
    for block in library.failed_blocks:
        where = Where(shown, (block.start_line or 0) + 1, 1)
        if isinstance(block, DuplicateBlockKeyBlock):
            problems.append(
                Problem(
                    "B001",
                    "repeated-citation-key",
                    "error",
                    where,
                    f'key "{block.key}" is given twice',
                    fix="keep one entry",
                )
            )
        elif isinstance(block, DuplicateFieldKeyBlock):
            names = ", ".join(sorted(block.duplicate_keys))
            problems.append(
                Problem(
                    "B002",
                    "repeated-citation-field",
                    "error",
                    where,
                    f"field {names} is given twice",
                    fix="keep one",
                )
            )
        else:
            reason = getattr(block.error, "abort_reason", None) or "cannot be read"
            problems.append(_unreadable(where, str(reason), "check braces, quotes and commas"))
    return entries, problems


def _unreadable(where: Where, message: str, fix: str) -> Problem:
    return Problem("B003", "citation-unreadable", "error", where, message, fix=fix)


_ACCENTS = dict(zip("\"'`^~cvr", "\u0308\u0301\u0300\u0302\u0303\u0327\u030c\u030a", strict=True))
_LETTERS = {
    r"\o": "ø",
    r"\O": "Ø",
    r"\ae": "æ",
    r"\AE": "Æ",
    r"\ss": "ß",
    r"\aa": "å",
    r"\AA": "Å",
    r"\i": "i",
    r"\l": "ł",
}


def _plain(value: str) -> str:
    """A field's text without TeX: accents as letters, protective braces removed."""
    from unicodedata import normalize

    value = re.sub(
        r"\{?\\([\"'`^~cvr])\s*\{?(\w)\}?\}?", lambda m: normalize("NFC", m[2] + _ACCENTS[m[1]]), value
    )
    value = re.sub(r"\{?(\\(?:o|O|ae|AE|ss|aa|AA|i|l))(?![A-Za-z])\s*\}?", lambda m: _LETTERS[m[1]], value)
    value = value.replace(r"\&", "&").replace(r"\%", "%").replace("~", " ").replace("{", "").replace("}", "")
    return re.sub(r"\s+", " ", value).strip()
