"""Risk-of-bias judgements as the CSV that robvis reads (McGuinness & Higgins 2021, ``mcguinness2021``).

A header row, ``Study`` first, one column a domain in the tool's order, ``Overall`` last, and ``Weight`` after
it where weights are known. Judgements are words with a capital (``Some concerns``); what is not judged is
``NA``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from claimbook.appraisal.instruments import Tool, tool

LABELS = {"low_except_confounding": "Low", None: "NA"}
MISSING = ("", "na", "n/a", "not applicable")


@dataclass(frozen=True)
class RobRow:
    """One study's judgements by domain; ``None`` where there is none."""

    study: str
    judgements: Mapping[str, str | None]
    overall: str | None
    weight: float | None = None


def write_robvis(tool_id: str, rows: Iterable[RobRow]) -> str:
    """The rows as CSV text. ValueError for a tool without domains that robvis could show."""
    by, rows = _shown(tool_id), list(rows)
    weighted = any(row.weight is not None for row in rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    headings = [_heading(by, column) for column in by.robvis["columns"]]
    writer.writerow(["Study", *headings, "Overall", *(["Weight"] if weighted else [])])
    for row in rows:
        words = [label(row.judgements.get(column)) for column in by.robvis["columns"]]
        weight = [f"{row.weight:g}" if row.weight is not None else ""] if weighted else []
        writer.writerow([row.study, *words, label(row.overall), *weight])
    return out.getvalue()


def read_robvis(text: str, tool_id: str) -> list[RobRow]:
    """CSV text as rows; columns go by position, because published files name them freely.

    A leading index column is skipped. ValueError names the row whose words the tool does not have.
    """
    by = _shown(tool_id)
    lines = [line for line in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in line)]
    if not lines or "Study" not in lines[0] or "Overall" not in lines[0]:
        raise ValueError("robvis: the first row must hold the columns Study and Overall")
    header, *body = lines
    first, last = header.index("Study"), header.index("Overall")
    columns = by.robvis["columns"]
    if last - first - 1 != len(columns):
        raise ValueError(f"robvis: {tool_id} has {len(columns)} domains, the file {last - first - 1}")
    return [_row(by, line, first, last, number) for number, line in enumerate(body, 2)]


def _row(by: Tool, line: Sequence[str], first: int, last: int, number: int) -> RobRow:
    if len(line) <= last:
        raise ValueError(f"robvis: row {number} has {len(line)} cells, fewer than the header")
    words = [_word(by, cell, number) for cell in line[first + 1 : last + 1]]
    weight = line[last + 1].strip() if len(line) > last + 1 else ""
    judgements = dict(zip(by.robvis["columns"], words[:-1], strict=True))
    return RobRow(line[first], judgements, words[-1], _weight(weight, number))


def _weight(text: str, number: int) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise ValueError(f"robvis: row {number}: the weight {text!r} is not a number") from None


def _word(by: Tool, cell: str, number: int) -> str | None:
    word = cell.strip().lower().replace(" ", "_")
    if word.replace("_", " ") in MISSING:
        return None
    if word in by.judgements:
        return word
    if word == "no_information":
        return None
    raise ValueError(f"robvis: row {number}: {cell!r} is not one of {', '.join(map(label, by.judgements))}")


def label(judgement: str | None) -> str:
    """``some_concerns`` -> ``Some concerns``."""
    return LABELS.get(judgement) or str(judgement).replace("_", " ").capitalize()


def _heading(by: Tool, column: str) -> str:
    return by.domains[column].name if by.robvis["tool"] == "ROB1" else column


def _shown(tool_id: str) -> Tool:
    by = tool(tool_id)
    if not by.robvis:
        raise ValueError(f"tool: {tool_id} has no domains that robvis shows")
    return by


SHADE = {
    "low": "low",
    "low_except_confounding": "low",
    "some_concerns": "some",
    "moderate": "some",
    "unclear": "some",
    "serious": "high",
    "high": "high",
    "critical": "critical",
    "no_information": "none",
    None: "absent",
}
GLYPHS = {"low": "+", "some": "-", "high": "x", "critical": "!", "none": "?", "absent": ""}
PALETTES = {
    "cochrane": {
        "low": "#02C100",
        "some": "#E2DF07",
        "high": "#BF0000",
        "critical": "#820000",
        "none": "#4EA1F7",
        "absent": "#cccccc",
    },
    "colourblind": {
        "low": "#fed98e",
        "some": "#fe9929",
        "high": "#d95f0e",
        "critical": "#993404",
        "none": "#ffffff",
        "absent": "#cccccc",
    },
}
