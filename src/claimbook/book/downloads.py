"""The findings as files: JSON with everything, CSV with one effect a row, the forest plot as SVG."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from claimbook.book import figures
from claimbook.book.extraction import extracted
from claimbook.book.record import record_path
from claimbook.findings.snapshot import published

if TYPE_CHECKING:
    from claimbook.book.site import Book
    from claimbook.findings import Finding
    from claimbook.findings.rows import Row

COLUMNS = (
    "claim", "study", "label", "result", "subgroup", "measure", "n1", "n2", "y", "v", "low", "high", "weight",
    "risk_of_bias", "risk_of_bias_tool", "why_not",
)  # fmt: skip


NUMBER_COLUMNS = ("study", "result", "number", "printed", "status", "note", "where", "line")


def downloads(book: Book) -> Iterator[tuple[str, str]]:
    """(address, text) of every file that pages offer."""
    findings = book.findings.values()
    yield "data/findings.json", _listed(book.texts.values())
    yield "data/studies.csv", as_csv(findings)
    yield "data/numbers.csv", numbers_csv(book)
    for key, finding in book.findings.items():
        yield f"data/{key}.json", book.texts[key]
        if finding.rows:
            yield f"data/{key}.csv", as_csv([finding])
        if finding.pooled is not None:
            yield f"data/{key}-forest.svg", figures.studies_file(finding) + "\n"
    for key in (*book.library.studies, *book.library.claims):
        path = record_path(book.library, key)
        yield f"data/{path.parent.name}/{path.name}", path.read_text(encoding="utf-8-sig")


def numbers_csv(book: Book) -> str:
    """One row for each number that was read, as printed, with its place and its line in the record."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(NUMBER_COLUMNS)
    for key, study in book.library.studies.items():
        for result in study.results:
            for one in extracted(book.library, study, result):
                note = one.number.formula or one.number.because or ""
                printed = str(one.number)
                writer.writerow([key, result.id, one.name, printed, one.status, note, one.where, one.line])
    return out.getvalue()


def as_csv(findings: Iterable[Finding]) -> str:
    """One row for each effect, on the analysis scale; what is not known is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for finding in findings:
        for row in finding.rows:
            values = {"claim": finding.claim.claim, **{name: getattr(row, name) for name in COLUMNS[1:]}}
            writer.writerow(["" if _unknown(value) else value for value in values.values()])
    return out.getvalue()


def as_text(finding: Finding) -> str:
    """All of a finding as the text of a JSON file."""
    return _json(as_json(finding))


def as_json(finding: Finding) -> dict[str, Any]:
    """All of a finding as plain values; numbers on the analysis scale, what is not known is null."""
    p, claim = finding.pooled, finding.claim
    pooled = None
    if p is not None:
        names = (
            "estimate",
            "se",
            "low",
            "high",
            "level",
            "k",
            "tau2",
            "q",
            "q_df",
            "q_p",
            "i2",
            "method",
            "interval",
        )
        pooled = {name: getattr(p, name) for name in names} | {
            "prediction": list(p.prediction) if p.k > 2 else None
        }
    return {
        "claim": claim.model_dump(mode="json", exclude_none=True),
        "measure": finding.measure,
        "outcome": finding.outcome,
        "k": finding.k,
        "n": finding.n,
        "worthwhile": finding.worthwhile,
        "verdict": finding.verdict,
        "verdict_note": finding.verdict_note,
        "certainty": finding.certainty,
        "sentence": finding.sentence,
        "not_graded": finding.not_graded,
        "pooled": pooled,
        "rows": [_row(row) for row in finding.rows],
        "ratings": {key: rating.as_json() for key, rating in (finding.ratings or {}).items()},
        "choices": [asdict(choice) for choice in finding.choices],
        "published": [published(one) for one in finding.published],
        "beside": [asdict(beside) for beside in finding.beside],
        "left_out": [asdict(left) for left in finding.left_out],
        "parts": [part.claim.claim for part in finding.parts],
    }


def _row(row: Row) -> dict[str, Any]:
    """A row with its interval; its numbers name the record's file as the download does."""
    inputs = [{**asdict(item), "path": f"records/{PurePath(item.path).name}"} for item in row.inputs]
    return {**asdict(row), "low": row.low, "high": row.high, "inputs": inputs}


def _listed(texts: Iterable[str]) -> str:
    """A JSON list of what has the text of a JSON file already."""
    inner = ",\n".join(text.rstrip("\n") for text in texts).replace("\n", "\n ")
    return f"[\n {inner}\n]\n" if inner else "[]\n"


def _json(value: Any) -> str:
    return json.dumps(_plain(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """JSON's own types: tuples as lists, NaN as null, infinite degrees of freedom as words."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "infinite" if value > 0 else "-infinite"
    return value


def _unknown(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
