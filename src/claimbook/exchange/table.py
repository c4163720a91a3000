"""A CSV file as a table: which delimiter, which line each row begins on, and what is wrong with it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from claimbook.exchange.citation import plain
from claimbook.exchange.codes import problem
from claimbook.exchange.source import Source
from claimbook.problems import Problem, Where

MOST_ROWS = 100_000
MOST_COLUMNS = 300
Cells = list[str]


@dataclass(frozen=True)
class Table:
    """Headers, and rows with the line (of a sheet: the row) that each begins on. All cells are text."""

    shown: str
    headers: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def where(self, line: int) -> Where:
        return Where(self.shown, line)


def read_csv(source: Source) -> tuple[Table | None, list[Problem]]:
    """The table of a text; rows before a mistake are there. The first row with two cells is the header."""
    delimiter = _delimiter(source.text)
    problems: list[Problem] = []
    rows: list[tuple[int, Cells]] = []
    reader = csv.reader(StringIO(source.text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            rows.append((begins, [_number(cell, delimiter) for cell in cells]))
            begins = reader.line_num + 1
    except csv.Error as error:
        message = f"the table cannot be read from here on: {error}"
        problems.append(problem("X001", source.where(begins), message, "check the quotes of this line"))
    table, more = tabled(source.shown, rows)
    return table, [*problems, *more]


def tabled(shown: str, rows: Sequence[tuple[int, Cells]]) -> tuple[Table | None, list[Problem]]:
    """Rows of text as a table: empty ones left out, short ones filled up, long ones reported."""
    filled = [(line, [cell.strip() for cell in cells]) for line, cells in rows]
    filled = [(line, cells) for line, cells in filled if any(cells)]
    at = next((i for i, (_, cells) in enumerate(filled) if sum(map(bool, cells)) > 1), -1)
    if at < 0:
        return None, [problem("X001", Where(shown, 1), "holds no table", "begin with a row of headers")]
    line, cells = filled[at]
    headers = [plain(cell) for cell in cells[: max(i + 1 for i, cell in enumerate(cells) if cell)]]
    if len(headers) > MOST_COLUMNS or len(filled) > MOST_ROWS:
        message = f"the table is larger than {MOST_ROWS} rows or {MOST_COLUMNS} columns"
        return None, [problem("X011", Where(shown, line), message, "cut it in parts")]
    problems = list(_twice(shown, line, headers))
    kept: list[tuple[int, tuple[str, ...]]] = []
    for line, cells in filled[at + 1 :]:
        if any(cells[len(headers) :]):
            message = f"the row has {len(cells)} cells, the header {len(headers)}"
            fix = "quote a cell that holds the delimiter"
            problems.append(problem("X009", Where(shown, line), message, fix))
        else:
            kept.append((line, tuple((cells + [""] * len(headers))[: len(headers)])))
    if not filled[at + 1 :]:
        message = "the table has headers and no rows"
        problems.append(problem("X001", Where(shown, line), message, severity="warning"))
    return Table(shown, tuple(headers), tuple(kept)), problems


def _twice(shown: str, line: int, headers: Sequence[str]) -> Iterator[Problem]:
    for header in dict.fromkeys(h for h in headers if h and headers.count(h) > 1):
        message = f'{headers.count(header)} columns are called "{header}"; the first is used'
        yield problem("X008", Where(shown, line), message, "give each column its name", severity="warning")


def _delimiter(text: str) -> str:
    """The one of comma, semicolon and tab that stands most often, outside of quotes, in the first lines."""
    head = re.sub(r'"[^"]*"', "", "\n".join(text.splitlines()[:5]))
    return max(",;\t", key=head.count)


def _number(cell: str, delimiter: str) -> str:
    """Where a semicolon parts the cells, a comma is the decimal sign."""
    cell = cell.strip()
    return cell.replace(",", ".") if delimiter == ";" and re.fullmatch(r"[-+−]?\d+,\d+", cell) else cell
