"""Any file that can be imported: which format it has, and what it holds.

The content decides, not the name: databases call everything ``.txt``, and PubMed's own format travels as
``.ris``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from claimbook.exchange.citation import Citation
from claimbook.exchange.citations import FORMATS, format_of, read_citations
from claimbook.exchange.codes import problem
from claimbook.exchange.columns import mapped
from claimbook.exchange.extracted import Row
from claimbook.exchange.package import read_package
from claimbook.exchange.revman import read_rm5
from claimbook.exchange.source import decode, read_bytes
from claimbook.exchange.table import Table, read_csv
from claimbook.exchange.xlsx import OLD, read_xlsx
from claimbook.problems import Problem, Where


@dataclass
class Contents:
    """What a file holds: citations, studies by name with rows of numbers, or judgements; what is wrong."""

    citations: list[Citation] = field(default_factory=list)
    studies: dict[str, tuple[Citation, dict[str, Any]]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    judgements: list[Table] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many records were read, of whatever kind the file has."""
        judged = sum(len(table.rows) for table in self.judgements)
        return len(self.citations) or len(self.rows) or judged or len(self.studies)


class Ask(NamedTuple):
    """How a table is to be read: ``COLUMN=FIELD`` or ``auto``, and the sheet of a workbook."""

    mapping: Sequence[str] = ()
    sheet: str = ""


def read_file(path: Path, shown: str, format: str = "", ask: Ask | None = None) -> tuple[str, Contents]:
    """(key of ``READERS``, contents) of a file. ValueError only for a column or field that is not there."""
    raw, problems = read_bytes(path, shown)
    if raw is None:
        return format, Contents(problems=problems)
    format = format or kind_of(raw, shown)
    if not format:
        fix = f"name it: --as {', --as '.join(READERS)}"
        message = "is empty" if not raw.strip() else "its format is not known"
        return "", Contents(problems=[problem("X002", Where(shown, 1), message, fix)])
    return format, READERS[format].read(raw, shown, ask or Ask())


def kind_of(raw: bytes, shown: str) -> str:
    """The key of ``READERS`` that the content shows; "" where it shows none."""
    if raw.startswith(OLD) or (raw.startswith(b"PK") and b"xl/" in raw):
        return "xlsx"
    if raw.startswith(b"PK"):
        return "revman"
    source, _ = decode(raw, shown)
    if source is None:
        return ""
    if source.text.lstrip()[:1] == "<":
        return "rm5"
    first = next((line for line in source.lines if line.strip()), "")
    return format_of(source) or ("csv" if any(mark in first for mark in ",;\t") else "")


def _citations(format: str) -> Callable[[bytes, str, Ask], Contents]:
    def read(raw: bytes, shown: str, ask: Ask) -> Contents:
        source, problems = decode(raw, shown)
        if source is None:
            return Contents(problems=problems)
        citations, more = read_citations(source, format)
        return Contents(citations=citations, problems=[*problems, *more])

    return read


def _csv(raw: bytes, shown: str, ask: Ask) -> Contents:
    source, problems = decode(raw, shown)
    table, more = read_csv(source) if source else (None, [])
    return _rows(table, [*problems, *more], ask)


def _robvis(raw: bytes, shown: str, ask: Ask) -> Contents:
    source, problems = decode(raw, shown)
    table, more = read_csv(source) if source else (None, [])
    return Contents(judgements=[table] if table else [], problems=[*problems, *more])


def _xlsx(raw: bytes, shown: str, ask: Ask) -> Contents:
    return _rows(*read_xlsx(raw, shown, ask.sheet), ask)


def _rows(table: Table | None, problems: list[Problem], ask: Ask) -> Contents:
    """The rows of a table as fields; a column that has none is named once."""
    if table is None:
        return Contents(problems=problems)
    fields, unused = mapped(table.headers, ask.mapping)
    where = table.where(table.rows[0][0] - 1 if table.rows else 1)
    for header in dict.fromkeys(unused):
        problems.append(
            problem(
                "X008", where, f'column "{header}" is not used', f"--map '{header}=FIELD'", severity="note"
            )
        )
    rows = [
        Row(table.where(line), {name: cells[number] for number, name in fields.items()})
        for line, cells in table.rows
    ]
    return Contents(rows=rows, problems=problems)


def _rm5(raw: bytes, shown: str, ask: Ask) -> Contents:
    review, problems = read_rm5(raw, shown)
    return Contents(studies=review.studies, rows=review.rows, problems=problems)


def _package(raw: bytes, shown: str, ask: Ask) -> Contents:
    review, problems = read_package(raw, shown)
    return Contents(studies=review.studies, rows=review.rows, problems=problems)


class Reader(NamedTuple):
    label: str
    read: Callable[[bytes, str, Ask], Contents]


READERS: dict[str, Reader] = {
    **{key: Reader(format.label, _citations(key)) for key, format in FORMATS.items()},
    "csv": Reader("CSV", _csv),
    "xlsx": Reader("XLSX", _xlsx),
    "rm5": Reader("RevMan 5", _rm5),
    "revman": Reader("RevMan data package", _package),
    "robvis": Reader("robvis", _robvis),
}
