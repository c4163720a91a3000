"""Tables of a rating as files: Summary of Findings, Evidence Profile, risk of bias.

A ``Sheet`` is a table with its title and its notes, all text; ``FORMATS`` are the ways to write one down.
What machines read is not made of text: CSV holds every number unrounded, and risk of bias goes to the CSV
that robvis reads (``claimbook.exchange.robvis_files``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import NamedTuple

from claimbook.appraisal import tables
from claimbook.appraisal.tables import PROFILE, SUMMARY, Row
from claimbook.exchange import docx


class Sheet(NamedTuple):
    """A table for reading: head and lines of cells, footnotes that cells number, and plain notes."""

    title: str
    head: Sequence[str]
    lines: Sequence[Sequence[str]]
    numbered: Sequence[str] = ()
    plain: Sequence[str] = ()


class Table(NamedTuple):
    """A kind of table: its name and its columns."""

    label: str
    columns: Mapping[str, Callable[[Row], str]]


class Format(NamedTuple):
    """A file format for reading: what it is, and how sheets are written."""

    label: str
    write: Callable[[Sequence[Sheet]], str | bytes]


def written(rows: Sequence[Row], table: str, form: str) -> bytes:
    """The rows as a file. ``table`` is a key of ``TABLES``, ``form`` one of ``FORMATS`` or ``csv``."""
    return tables.as_csv(rows).encode() if form == "csv" else shown([sheet(rows, table)], form)


def shown(sheets: Sequence[Sheet], form: str) -> bytes:
    """Sheets as one file in a format of ``FORMATS``."""
    made = FORMATS[form].write(sheets)
    return made if isinstance(made, bytes) else made.encode()


def sheet(rows: Sequence[Row], table: str) -> Sheet:
    """The rows for reading. A comparison that all share stands in the title, otherwise with each outcome."""
    asked = {_comparison(row) for row in rows}
    title, columns = TABLES[table]
    if len(asked) == 1:
        title = f"{title}: {asked.pop()}"
    else:
        rows = [_named(row) for row in rows]
    lines = tables.cells(rows, columns)
    return Sheet(title, list(columns), lines, tables.notes(rows), tables.legend(rows))


def _comparison(row: Row) -> str:
    against = row.evidence.comparator
    return f"{row.evidence.intervention} compared with {against}" if against else row.evidence.intervention


def _named(row: Row) -> Row:
    return replace(row, evidence=replace(row.evidence, outcome=f"{row.evidence.outcome}: {_comparison(row)}"))


def markdown(sheets: Sequence[Sheet]) -> str:
    """Pipe tables, each under its title, with numbered footnotes and plain notes."""
    return "\n".join(_markdown(one) for one in sheets)


def _markdown(one: Sheet) -> str:
    lines = [one.head, ["---"] * len(one.head), *one.lines]
    table = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines]
    numbered = "\n".join(f"{number}. {note}" for number, note in enumerate(one.numbered, 1))
    parts = [f"# {one.title}", "\n".join(table), numbered, *one.plain]
    return "\n\n".join(part for part in parts if part) + "\n"


def html(sheets: Sequence[Sheet]) -> str:
    """A page of its own, readable without the book: captioned tables with column and row headers."""
    body, title = "".join(_html(one) for one in sheets), escape(sheets[0].title)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body><main>{body}</main></body>\n</html>\n"
    )


def _html(one: Sheet) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in one.head)
    rows = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in one.lines
    )
    listed = "".join(f"<li>{escape(note)}</li>" for note in one.numbered)
    notes = (f"<ol>{listed}</ol>" if listed else "") + "".join(f"<p>{escape(x)}</p>" for x in one.plain)
    caption = f"<caption>{escape(one.title)}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}"


def word(sheets: Sequence[Sheet]) -> bytes:
    """A Word document."""
    parts = [part for one in sheets for part in _word(one)]
    return docx.document(sheets[0].title, parts)


def _word(one: Sheet) -> list[str]:
    numbered = [f"{number}. {text}" for number, text in enumerate(one.numbered, 1)]
    small = [docx.note(text) for text in (*numbered, *one.plain)]
    return [docx.heading(one.title), docx.table(one.head, one.lines, caption=one.title), *small]


_STYLE = (
    "body{font:1rem/1.4 system-ui,sans-serif;margin:1.5rem;color:#111;background:#fff}"
    "table{border-collapse:collapse}th,td{border:1px solid #767676;padding:.3rem .5rem;text-align:left;"
    "vertical-align:top}caption{font-weight:bold;text-align:left;padding:.5rem 0}ol,p{font-size:.9rem}"
)
TABLES: dict[str, Table] = {
    "sof": Table("Summary of findings", SUMMARY),
    "ep": Table("Evidence profile", PROFILE),
}
FORMATS: dict[str, Format] = {
    "md": Format("Markdown", markdown),
    "html": Format("a web page", html),
    "docx": Format("Word", word),
}
