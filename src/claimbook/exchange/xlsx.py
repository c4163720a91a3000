"""One sheet of an XLSX file as a table of printed text. Needs openpyxl: ``pip install 'claimbook[xlsx]'``.

A cell is read as the sheet shows it: ``10.6`` in the format ``0.00`` is 10.60, because decimals say how a
number was rounded. Formulas are never computed; the value that was saved with one is taken.
"""

from __future__ import annotations

import re
import warnings
from datetime import date, datetime, time
from io import BytesIO
from itertools import islice
from typing import Any

from claimbook.exchange.codes import problem
from claimbook.exchange.packed import Refused, opened, unpack
from claimbook.exchange.table import MOST_COLUMNS, MOST_ROWS, Cells, Table, tabled
from claimbook.problems import Problem, Where, did_you_mean

LONGEST_GAP = 1_000
OLD = b"\xd0\xcf\x11\xe0"


class Missing(Exception):
    """openpyxl is not installed."""


def read_xlsx(raw: bytes, shown: str, sheet: str = "") -> tuple[Table | None, list[Problem]]:
    """The named sheet, or the first, as a table. Missing where openpyxl is not installed."""
    if raw.startswith(OLD):
        message = "is a file of Excel 97-2003, or is locked with a password"
        return None, [problem("X001", Where(shown), message, "save it as .xlsx without a password")]
    try:
        import openpyxl
    except ImportError:
        raise Missing from None
    try:
        _refuse_document_types(raw)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and charts, which are not read
            book = openpyxl.load_workbook(BytesIO(raw), read_only=True, data_only=True, keep_links=False)
            names = book.sheetnames
            if sheet and sheet not in names:
                message = (
                    f'has no sheet "{sheet}"{did_you_mean(sheet, names)}; sheets: {", ".join(names[:12])}'
                )
                return None, [problem("X001", Where(shown), message)]
            name = sheet or names[0]
            rows = _rows(book[name])
    except Refused as error:
        return None, [problem("X011", Where(shown), str(error), "save it again as .xlsx, or as CSV")]
    except Exception as error:  # openpyxl lets through whatever it meets in a damaged file
        message = f"cannot be read as XLSX: {type(error).__name__}"
        return None, [problem("X001", Where(shown), message, "save it again as .xlsx, or as CSV")]
    return tabled(f"{shown}[{name}]", rows)


def _refuse_document_types(raw: bytes) -> None:
    """No part of an honest sheet declares a document type; entities are declared there."""
    with opened(raw) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in unpack(archive, name):
                raise Refused(f"{name[:80]!r} declares an XML document type")


def _rows(sheet: Any) -> list[tuple[int, Cells]]:
    """The rows that hold something. Refused where a gap says that the table is not one."""
    rows: list[tuple[int, Cells]] = []
    last = 0
    for number, row in enumerate(islice(sheet.iter_rows(max_col=MOST_COLUMNS + 1), MOST_ROWS + 2), 1):
        cells = [_printed(cell.value, getattr(cell, "number_format", "") or "") for cell in row]
        if any(cells):
            rows.append((number, cells[: max(at for at, cell in enumerate(cells) if cell) + 1]))
            last = number
        elif number - last > LONGEST_GAP:
            raise Refused(f"the sheet has more than {LONGEST_GAP} empty rows after row {last}")
    return rows


def _printed(value: Any, form: str) -> str:
    """A cell as the sheet shows it, as far as decimals go."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime | date | time):
        return value.isoformat()[:10]
    if isinstance(value, int | float):
        decimals = re.fullmatch(r"#?,?#*0(?:\.(0+))?(?:_\))?(?:;.*)?", form)
        if decimals and form != "0" and abs(value) < 1e15:
            return f"{value:.{len(decimals[1] or '')}f}"
        return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
