"""One publication as any file or service describes it, and what of it goes into references.bib.

Every importer ends in ``Citation``; what its format says beyond these fields is kept under ``other``.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from claimbook.problems import Where
from claimbook.records.citing import bibtex

Name = tuple[str, str]
_MARKUP = re.compile(
    r"</?(?:jats:|mml:)?(?:i|b|u|em|strong|sub|sup|sc|scp|span|p|br|title|bold|italic|script|math|m[a-z]+)"
    r"(?:\s[^<>]{0,300})?/?>",
    re.IGNORECASE,
)
_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[^\s\"{}|^`<>\\]*[^\s\"{}|^`<>\\.,;)\]]")
_WHOLE_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}(?:\.\d+)*/[^\s\"{}\\]+)", re.I)
_UNSEEN = {"Cc", "Cs", "Cf", "Zl", "Zp"}  # control, surrogate, format (bidi too) and separator characters
LONGEST = 2000  # characters of one field; a title is shorter, an abstract is not stored
KEPT = 200  # characters of a field that only its own format knows


@dataclass(frozen=True)
class Citation:
    """``kind`` is a BibTeX entry type; ``authors`` are (family, given), a corporate one without given name.

    ``key`` is the source's own name for it, ``types`` are its publication types (``Randomized Controlled
    Trial``), ``status`` is a retraction status as ``Integrity`` knows it ("" where the source is silent) and
    ``notices`` says where that stands. ``where`` is its place in the file.
    """

    where: Where
    title: str = ""
    authors: tuple[Name, ...] = ()
    year: str = ""
    kind: str = "article"
    container: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    publisher: str = ""
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    url: str = ""
    registration: str = ""
    key: str = ""
    types: tuple[str, ...] = ()
    status: str = ""
    notices: tuple[str, ...] = ()
    other: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def label(self) -> str:
        """``Estes 2017``, as a text names a study."""
        first = self.authors[0][0] if self.authors else " ".join(self.title.split()[:3])
        return f"{first or 'Unnamed'} {self.year}".strip()

    def fields(self) -> dict[str, str]:
        """The fields of a BibTeX entry; ``x-<tag>`` where there is none of that name."""
        container = {"inproceedings": "booktitle", "incollection": "booktitle"}.get(self.kind, "journal")
        own = {
            "author": " and ".join(_author(name) for name in self.authors),
            "title": self.title,
            container: self.container,
            "year": self.year,
            "volume": self.volume,
            "number": self.number,
            "pages": re.sub(r"\s*[-\u2010-\u2015]+\s*", "--", self.pages),
            "publisher": self.publisher,
            "doi": self.doi,
            "pmid": self.pmid,
            "pmcid": self.pmcid,
            "url": "" if self.doi else self.url,
        }
        extra = {f"x-{tag.lower()}": "; ".join(texts) for tag, texts in self.other.items()}
        return own | {tag: text for tag, text in extra.items() if len(text) <= KEPT}

    def bibtex(self, key: str) -> str:
        """Its entry in references.bib; a backslash, which TeX would take for a command, is left out."""
        return bibtex(key, self.kind, {tag: text.replace("\\", "") for tag, text in self.fields().items()})


def _author(name: Name) -> str:
    family, given = name
    if given:
        return f"{family}, {given}"
    return "{" + family.replace(" and ", " & ") + "}" if " " in family else family


def plain(value: object) -> str:
    """Text on one line without markup and without characters that cannot be seen; "" for what is not text."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    text = _MARKUP.sub("", html.unescape(str(value)))
    seen = (" " if unicodedata.category(letter) in _UNSEEN else letter for letter in text[: 4 * LONGEST])
    return unicodedata.normalize("NFC", " ".join("".join(seen).split()))[:LONGEST]


def doi_in(text: str) -> str:
    """The DOI that a text or an address is, else the first one in it; "" where there is none.

    Older DOIs hold angle brackets and semicolons, at which a DOI within other words is taken to end.
    """
    text = unquote(text.strip()) if "%" in text else text.strip()
    if whole := _WHOLE_DOI.fullmatch(text):
        return whole[1].rstrip(".,;")
    found = _DOI.search(text)
    return found[0] if found else ""


def digits_in(text: str, pattern: str) -> str:
    """The first group of a pattern in a text; "" where it is not there."""
    found = re.search(pattern, text, re.IGNORECASE)
    return found[1] if found else ""


def year_in(text: str) -> str:
    found = re.search(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)", text)
    return found[1] if found else ""


def name_of(text: str) -> Name:
    """``Estes, R. R.`` and ``Estes RR`` as (family, given)."""
    family, comma, given = (part.strip() for part in text.partition(","))
    if comma:
        return family, given.replace(",", " ").strip()
    words = family.split()
    if len(words) > 1 and re.fullmatch(r"(?:[A-Z]\.?-?){1,4}", words[-1]):
        return " ".join(words[:-1]), words[-1]
    return family, ""


def names_of(texts: Iterable[str]) -> tuple[Name, ...]:
    return tuple(name_of(text) for text in texts if text.strip(" ,;."))


def signature(title: str) -> str:
    """A title without case, accents, marks and spaces: two titles of one work have the same."""
    bare = unicodedata.normalize("NFKD", title).casefold()
    return "".join(letter for letter in bare if letter.isalnum())


def ascii_word(text: str) -> str:
    """Lower-case ASCII letters and digits of a text: ``Häkkinen`` becomes ``hakkinen``."""
    bare = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS)).lower()  # a sign may hold capitals
    return "".join(letter for letter in bare if letter.isascii() and letter.isalnum())


_LETTERS = str.maketrans({"ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "þ": "th", "ı": "i"})
