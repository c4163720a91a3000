"""CSL-JSON, in which Zotero exports and Crossref and DataCite answer: one object a publication."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from claimbook.exchange.citation import Citation, Name, digits_in, doi_in, plain, year_in
from claimbook.exchange.codes import problem
from claimbook.exchange.source import Source
from claimbook.problems import Problem, Where


def read_csl(source: Source) -> tuple[list[Citation], list[Problem]]:
    """All items of a list, or the one item of a file; each Problem with the line of its item."""
    citations: list[Citation] = []
    problems: list[Problem] = []
    try:
        for line, item in _items(source):
            if isinstance(item, dict):
                citations.append(citation_of(item, source.where(line)))
            else:
                message = f"holds {_SAID.get(type(item), 'a value')} where a publication is expected"
                problems.append(problem("X004", source.where(line), message))
    except json.JSONDecodeError as error:
        problems.append(problem("X001", source.where(error.lineno, error.colno), f"is not JSON: {error.msg}"))
    except (RecursionError, ValueError) as error:  # nesting without end; a number of thousands of digits
        message = f"cannot be read as JSON: {plain(str(error)) or type(error).__name__}"
        problems.append(problem("X001", source.where(1), message))
    return citations, problems


_SAID: dict[type, str] = {str: "text", list: "a list", int: "a number", float: "a number", type(None): "null"}


def _items(source: Source) -> Iterator[tuple[int, Any]]:
    """(line, item) of each publication. What stands before a mistake has been yielded when it is raised."""
    decoder, text = json.JSONDecoder(), source.text
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        whole = json.loads(text)
        listed = whole.get("items") if isinstance(whole, dict) else None
        yield from ((1, item) for item in (listed if isinstance(listed, list) else [whole]))
        return
    at = _skip(text, at + 1)
    line, counted = source.line_at(at), at
    while text[at : at + 1] != "]":
        line, counted = line + text.count("\n", counted, at), at
        item, end = decoder.raw_decode(text, at)
        yield line, item
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            raise json.JSONDecodeError("a comma or the end of the list is expected", text, at)


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] in {" ", "\t", "\n", "\r"}:
        at += 1
    return at


def citation_of(item: dict[str, Any], where: Where) -> Citation:
    """One CSL-JSON item, or a work as Crossref's own API describes it: titles and journals may be lists."""
    title = _text(item.get("title"))
    subtitle = _text(item.get("subtitle"))
    status, notices = _integrity(item, title)
    kind = _text(item.get("type"))
    return Citation(
        where=where,
        title=f"{title}: {subtitle}" if subtitle and subtitle.lower() not in title.lower() else title,
        authors=tuple(_names(item.get("author"))),
        year=next(filter(None, (_year(item.get(name)) for name in _DATES)), ""),
        kind=KINDS.get(kind, "misc"),
        container=_text(item.get("container-title")),
        volume=_text(item.get("volume")),
        number=_text(item.get("issue")),
        pages=_text(item.get("page")) or _text(item.get("article-number")),
        publisher="" if KINDS.get(kind) == "article" else _text(item.get("publisher")),
        doi=doi_in(_text(item.get("DOI"))),
        pmid=digits_in(_text(item.get("PMID")), r"^(\d{1,8})$"),
        pmcid=digits_in(_text(item.get("PMCID")), r"^(PMC\d{1,9})"),
        url=_text(item.get("URL")),
        registration=digits_in(json.dumps(item.get("clinical-trial-number", "")), r"\b(NCT\d{8})\b"),
        key=_text(item.get("id")),
        types=tuple(filter(None, (_text(item.get("genre")), _text(item.get("subtype"))))),
        status=status,
        notices=notices,
    )


_DATES = ("published-print", "issued", "published", "published-online", "created")


def _text(value: Any) -> str:
    """Text of a value; of a list its first element, as Crossref gives titles."""
    if isinstance(value, list):
        return next(filter(None, map(plain, value)), "")
    return plain(value)


def _names(people: Any) -> Iterator[Name]:
    for person in people if isinstance(people, list) else ():
        if not isinstance(person, dict):
            continue
        particle = plain(person.get("non-dropping-particle"))
        family = " ".join(filter(None, (particle, plain(person.get("family")))))
        whole = plain(person.get("literal")) or plain(person.get("name"))
        if family or whole:
            yield (family, plain(person.get("given"))) if family else (whole, "")


def _year(date: Any) -> str:
    if not isinstance(date, dict):
        return ""
    parts = date.get("date-parts")
    while isinstance(parts, list) and parts:
        parts = parts[0]
    return year_in(plain(parts)) or year_in(plain(date.get("raw")) or plain(date.get("literal")))


def _integrity(item: dict[str, Any], title: str) -> tuple[str, tuple[str, ...]]:
    """What Crossref links to the work: ``updated-by`` on the work itself, ``update-to`` on a notice."""
    found = [(STATUS.get(kind, ""), kind, doi) for kind, doi in _updates(item.get("updated-by"))]
    found.sort(key=lambda one: GRAVITY.index(one[0]))
    notices = [f"{kind}: https://doi.org/{doi}" for _, kind, doi in found]
    notices += [
        f"is itself a {kind} of https://doi.org/{doi}" for kind, doi in _updates(item.get("update-to"))
    ]
    if title.upper().startswith(("RETRACTED", "WITHDRAWN")) and (not found or found[0][0] != "retracted"):
        return "retracted", ("its title says so", *notices)
    return found[0][0] if found else "", tuple(notices)


def _updates(value: Any) -> Iterator[tuple[str, str]]:
    for update in value if isinstance(value, list) else ():
        if isinstance(update, dict):
            yield (
                plain(update.get("type")).lower().replace(" ", "_") or "update",
                doi_in(plain(update.get("DOI"))),
            )


GRAVITY = ("retracted", "concern", "corrected", "")
STATUS = {
    **dict.fromkeys(("retraction", "withdrawal", "removal", "partial_retraction"), "retracted"),
    "expression_of_concern": "concern",
    **dict.fromkeys(("correction", "corrigendum", "erratum", "addendum", "clarification"), "corrected"),
}
KINDS = {
    **dict.fromkeys(("article-journal", "article-magazine", "article", "journal-article"), "article"),
    **dict.fromkeys(("paper-conference", "proceedings-article"), "inproceedings"),
    **dict.fromkeys(("book", "monograph", "edited-book", "reference-book"), "book"),
    **dict.fromkeys(("chapter", "book-chapter", "book-section"), "incollection"),
    **dict.fromkeys(("thesis", "dissertation"), "phdthesis"),
    "report": "techreport",
}
