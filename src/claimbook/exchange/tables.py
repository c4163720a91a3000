"""Summary of Findings and Evidence Profile as files: Markdown, HTML, CSV and Word.

The rows, their footnotes and the legend come from ``claimbook.appraisal.tables``; here they only get a title
and a file format. ``TABLES`` and ``FORMATS`` are the choices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import NamedTuple

from claimbook.appraisal import tables
from claimbook.appraisal.tables import PROFILE, SUMMARY, Row
from claimbook.exchange import docx

Columns = Mapping[str, Callable[[Row], str]]


class Table(NamedTuple):
    """A kind of table: its name and its columns."""

    label: str
    columns: Columns


class Format(NamedTuple):
    """A file format: what it is for, and how rows are written under a title."""

    label: str
    write: Callable[[Sequence[Row], Table, str], bytes]


def written(rows: Sequence[Row], table: str, form: str) -> bytes:
    """The rows as a file. ``table`` is a key of ``TABLES``, ``form`` one of ``FORMATS``; KeyError if not.

    A comparison that all rows share stands in the title, otherwise with each outcome.
    """
    asked = {_comparison(row) for row in rows}
    title = TABLES[table].label
    if len(asked) == 1:
        title = f"{title}: {asked.pop()}"
    else:
        rows = [_named(row) for row in rows]
    return FORMATS[form].write(rows, TABLES[table], title)


def _comparison(row: Row) -> str:
    against = row.evidence.comparator
    return f"{row.evidence.intervention} compared with {against}" if against else row.evidence.intervention


def _named(row: Row) -> Row:
    return replace(row, evidence=replace(row.evidence, outcome=f"{row.evidence.outcome}: {_comparison(row)}"))


def _markdown(rows: Sequence[Row], table: Table, title: str) -> bytes:
    return f"# {title}\n\n{tables.as_markdown(rows, table.columns)}".encode()


def _html(rows: Sequence[Row], table: Table, title: str) -> bytes:
    """A page of its own, readable without the book."""
    body = tables.as_html(rows, table.columns, caption=title)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body><main>{body}</main></body>\n</html>\n"
    ).encode()


def _csv(rows: Sequence[Row], table: Table, title: str) -> bytes:
    """One line a body, every number unrounded; the same columns for both tables."""
    return tables.as_csv(rows).encode()


def _word(rows: Sequence[Row], table: Table, title: str) -> bytes:
    numbered = [f"{number}. {text}" for number, text in enumerate(tables.notes(rows), 1)]
    made = docx.table(list(table.columns), tables.cells(rows, table.columns), caption=title)
    small = [docx.note(text) for text in (*numbered, *tables.legend(rows))]
    return docx.document(title, [docx.heading(title), made, *small])


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
    "md": Format("Markdown", _markdown),
    "html": Format("a web page", _html),
    "csv": Format("every number unrounded, for other programs", _csv),
    "docx": Format("Word", _word),
}
