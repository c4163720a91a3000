"""What stands at the foot of a page: how current it is, and how to contest it.

Nothing here depends on the day of the build: dates come from the records, and the data is named by a digest
of the files that the page rests on, so that the same records give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from importlib import metadata
from typing import TYPE_CHECKING
from urllib.parse import quote

from claimbook.book import words
from claimbook.book.markup import Content, Html, join, link, tag
from claimbook.book.record import record_path
from claimbook.book.site import Book

if TYPE_CHECKING:
    from claimbook.findings import Finding
    from claimbook.records import Study

QUARRELS = ("A number is wrong", "A study is missing", "I disagree with a judgement")


def currency(book: Book, keys: Sequence[str]) -> Html:
    """Search, retractions, version and digest of the records that a page rests on."""
    studies = [book.library.studies[key] for key in keys if key in book.library.studies]
    searched = book.library.info.searched
    said = [
        f"Evidence searched: {searched.rstrip('.')}" if searched else "No date of search is recorded",
        retractions(studies) if studies else None,
        f"claimbook {metadata.version('claimbook')}",
        join("data ", tag("code", digest(book, keys))),
    ]
    return tag("p", join(*(one for one in said if one), by=" · "), class_="cb-note cb-currency")


def retractions(studies: Sequence[Study]) -> str:
    """``retractions checked for 3 of 20 studies, last on 2026-01-31``."""
    dates = sorted(study.integrity.checked for study in studies if study.integrity.checked)
    if not dates:
        return "retractions not checked"
    return f"retractions checked for {len(dates)} of {words.studies(len(studies))}, last on {dates[-1]}"


def digest(book: Book, keys: Sequence[str]) -> str:
    """The first eight letters of the SHA-256 of these records' files, in the order of their names."""
    made = sha256()
    known = book.library.studies.keys() | book.library.claims.keys()
    for key in sorted(known.intersection(keys)):
        made.update(record_path(book.library, key).read_bytes())
    return made.hexdigest()[:8]


def behind(finding: Finding) -> list[str]:
    """The keys of the records that a finding rests on: its claim, its parts and all studies it speaks of."""
    parts = [key for part in finding.parts for key in behind(part)]
    pooled, beside = [row.study for row in finding.rows], [one.study for one in finding.beside]
    left_out = [one.study for one in finding.left_out]
    return list(dict.fromkeys([finding.claim.claim, *pooled, *beside, *left_out, *parts]))


def contest(book: Book, page: str, file: str) -> Html:
    """Ways to object, filled in with the page and the file of its record; nothing without an address.

    The addresses are ``contact: {issues, mail}`` of library.yaml, as far as the record format has them.
    """
    contact = getattr(book.library.info, "contact", None)
    issues, mail = getattr(contact, "issues", None), getattr(contact, "mail", None)
    offered = join(*ways(issues, mail, page, file), by=" · ")
    return tag("p", "Contest this page: ", offered, ".", class_="cb-note") if offered else join()


def ways(issues: str | None, mail: str | None, page: str, file: str) -> Iterable[Content]:
    """A link for each kind of quarrel to the form for issues, and one to a mail."""
    body = f"Page: {page}\nRecord: {file}\nLine:\nWhat the source says, and where:\n"
    if issues:
        for quarrel in QUARRELS:
            filled = f"title={quote(f'{quarrel}: {page}', safe='')}&body={quote(body, safe='')}"
            yield link(quarrel, f"{issues}{'&' if '?' in issues else '?'}{filled}")
    if mail:
        subject = quote(f"About {page}", safe="")
        yield link("by mail", f"mailto:{mail}?subject={subject}&body={quote(body, safe='')}")
