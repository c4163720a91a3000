"""What was read in a study: each number of each result with its status, its place and its line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from claimbook.book import words
from claimbook.book.markup import Content, Html, block, join, link, tag
from claimbook.book.readings import readings_table
from claimbook.book.site import Book, Links, section
from claimbook.book.tables import facts, table
from claimbook.findings.rows import numbers
from claimbook.records.models import Dispersion

if TYPE_CHECKING:
    from claimbook.problems import Where
    from claimbook.records import Library, Number, Result, Study
    from claimbook.records.text import Loc

LINKS = Links("../")


class Extracted(NamedTuple):
    """One number as recorded: ``where`` in its source, ``line`` in the record."""

    name: str
    number: Number
    status: str
    where: str
    line: int


def extracted(library: Library, study: Study, result: Result) -> list[Extracted]:
    """All numbers of a result, those that others computed from it included, in the order of the record."""
    found = sorted(_extracted(result), key=lambda one: _place(library, study, result, one[0]))
    return [
        Extracted(name, number, status, where, _place(library, study, result, loc).line)
        for loc, name, number, status, where in found
    ]


def _place(library: Library, study: Study, result: Result, loc: Loc) -> Where:
    return library.where_result(study.study, result.id, *loc)


def _extracted(result: Result) -> Iterator[tuple[Loc, str, Number, str, str]]:
    for loc, number in numbers(result.data):
        where, status = number.where or result.where, number.status or result.status
        yield (result.shape, *loc), _name(loc, number), number, status, where
    for index, published in enumerate(result.published):
        where, by = published.where, f"{published.measure} as computed by {published.read_in}: "
        for loc, number in numbers(published):
            status = number.status or published.status
            yield ("published", index, *loc), by + _name(loc, number), number, status, number.where or where


def _name(loc: tuple[str | int, ...], number: Number) -> str:
    """``intervention mean``; a spread that its source leaves unlabelled says how it is read."""
    name = words.spelt(" ".join(map(str, loc)))
    if not isinstance(number, Dispersion):
        return name
    kind = "not known what" if number.kind == "unstated" else f"read as {number.kind.upper()}"
    return f"{name.removesuffix('dispersion')}spread, printed as {number.printed_as}, {kind}"


def _label(library: Library, key: str) -> str:
    return library.studies[key].label if key in library.studies else key


def how_sure(number: Number, status: str) -> str:
    """A number's status in words, with its formula or its reason."""
    return words.how_sure(status, number.formula or number.because or "")


def result_section(book: Book, study: Study, result: Result) -> str:
    """One result: what it is, where it was read, its numbers, and its effect under every reading."""
    said = (result.what, result.time, result.subgroup, f"unit: {result.unit}")
    known = [
        ("Read in", _read_in(book.library, study, result)),
        ("How sure", words.how_sure(result.status)),
        ("In doubt", _doubt(result)),
        ("Note", result.note),
    ]
    what = tag("p", " · ".join(part for part in said if part))
    anchor = tag("div", what, facts(known), id=f"result-{result.id}", class_="cb-result")
    title = words.sentence_case(words.spelt(result.id))
    parts = block(anchor), block(_numbers(book.library, study, result)), readings_table(book, study, result)
    return section(title, *parts, level=3)


def _doubt(result: Result) -> str | None:
    doubt = result.doubt
    return f"The spread may be an {doubt.read_as.upper()}. {doubt.because}" if doubt else None


def _read_in(library: Library, study: Study, result: Result) -> Html:
    """The publication, the place in it, and the address at which it was read."""
    key = result.read_in
    publication = LINKS.study(key, _label(library, key)) if key in library.studies and key else key
    address = join(", ", link(result.source, result.source)) if result.source else None
    return join(publication or study.label, ": ", result.where, address)


def _numbers(library: Library, study: Study, result: Result) -> Html:
    rows = [_row(study, found) for found in extracted(library, study, result)]
    caption = f"Numbers of {words.spelt(result.id)}, as recorded"
    columns = ["Number", "As recorded", "How sure", "Where", "Record"]
    return table(caption, columns, rows, numeric=["As recorded"], kind="cb-small")


def _row(study: Study, found: Extracted) -> list[Content]:
    return [
        found.name,
        words.minus(str(found.number)),
        how_sure(found.number, found.status),
        found.where,
        LINKS.line(study.study, found.line),
    ]
