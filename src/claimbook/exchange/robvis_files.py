"""Risk of bias of studies: tables for reading, and the CSV of robvis, written and read.

One table a tool, because tools have different domains. A judgement is the tool's own, a curator's overrides
included; what was not judged stays empty. Read, a row becomes an assessment of a study that is there; what
does not map is a Problem with its line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from claimbook.appraisal.instruments import tool
from claimbook.appraisal.rob import Override, judge
from claimbook.appraisal.robvis import RobRow, label, read_robvis, write_robvis
from claimbook.exchange.citation import signature
from claimbook.exchange.codes import problem
from claimbook.exchange.entering import Changed
from claimbook.exchange.joining import grown
from claimbook.exchange.table import Table
from claimbook.exchange.tables import Sheet
from claimbook.findings import Finding
from claimbook.findings.bodies import overall
from claimbook.problems import Problem, Where, did_you_mean
from claimbook.records import Library, Study
from claimbook.records.models import RiskOfBias


def judged(library: Library, findings: Iterable[Finding]) -> dict[str, list[RobRow]]:
    """The judgements on the studies that claims use, by tool; a study stands once for each tool.

    ``weight`` is the study's share of a pooled effect, in percent, where there is only one claim.
    """
    findings = list(findings)
    found: dict[str, dict[str, RobRow]] = {}
    for row in (row for finding in findings for row in finding.rows):
        study = library.studies[row.study]
        for assessment in study.risk_of_bias:
            if not assessment.results or row.result in assessment.results:
                weight = row.weight if len(findings) == 1 else None
                one = _row(study.label, assessment, weight)
                if one is not None:
                    found.setdefault(assessment.tool, {}).setdefault(study.label, one)
    return {key: list(rows.values()) for key, rows in found.items()}


def _row(name: str, assessment: RiskOfBias, weight: float | None) -> RobRow | None:
    """One study's judgements by domain; None where the record does not fit its tool (the linter says so)."""
    overrides = [Override(o.domain, o.to, o.because, o.by, o.date) for o in assessment.overrides]
    try:
        made = judge(assessment.tool, assessment.answers, overrides, assessment.judgements)
    except ValueError:
        return None
    return RobRow(name, made.judgements, overall(assessment) or None, weight)


def sheets(rows: dict[str, list[RobRow]]) -> list[Sheet]:
    """A table for reading for each tool: studies down, domains across, the overall judgement last."""
    return [_sheet(key, of) for key, of in rows.items()]


def _sheet(key: str, rows: list[RobRow]) -> Sheet:
    by = tool(key)
    domains = [id for id in by.domains if any(row.judgements.get(id) for row in rows)]
    head = ["Study", *(by.domains[id].name for id in domains), "Overall"]
    lines = [
        [row.study, *(_said(row.judgements.get(id)) for id in domains), _said(row.overall)] for row in rows
    ]
    return Sheet(f"Risk of bias: {by.name}", head, lines, plain=[by.note] if by.note else [])


def _said(judgement: str | None) -> str:
    return label(judgement) if judgement else "not judged"


def as_robvis(rows: dict[str, list[RobRow]]) -> str:
    """The CSV of robvis. ValueError where the studies were judged with several tools, or with none."""
    if len(rows) != 1:
        used = ", ".join(rows) or "none"
        raise ValueError(f"robvis reads one tool a file; these studies were judged with: {used}")
    ((key, of),) = rows.items()
    return write_robvis(key, of)


def assessments(
    library: Library, table: Table, tool_id: str, read_in: str = "", where: str = ""
) -> tuple[list[Changed], list[Problem]]:
    """The records that a robvis table adds assessments to, and a Problem for each row that adds none.

    ``read_in`` is the publication that judged, ``where`` the place in it. ValueError for an unknown tool.
    """
    tool(tool_id)
    source = (("tool", tool_id), ("read_in", read_in), ("where", where))
    told = {name: value for name, value in source if value}
    changed: dict[str, Changed] = {}
    problems: list[Problem] = []
    for place, row in _rows(table, tool_id):
        key = _study(library, row.study) if isinstance(row, RobRow) else None
        if isinstance(row, str):
            problems.append(problem("X009", place, row))
        elif key is None:
            close = did_you_mean(row.study, [study.label for study in library.studies.values()])
            message = f'no study of the library is "{row.study}"{close}'
            problems.append(problem("X013", place, message, "write its key or its label in the table"))
        elif key in changed:
            problems.append(problem("X006", place, f"{row.study} is there twice", severity="note"))
        else:
            made = {**told, "judgements": {name: word for name, word in row.judgements.items() if word}}
            doubts = list(_doubts(library.studies[key], row, RiskOfBias.model_validate(made), place))
            problems += doubts
            if all(doubt.severity == "warning" for doubt in doubts):
                path = library.root / "records" / Path(library.documents[key].path).name
                before = path.read_bytes().decode("utf-8-sig")
                changed[key] = Changed(path, grown(before, "risk_of_bias", made))
    return list(changed.values()), problems


def _rows(table: Table, tool_id: str) -> Iterator[tuple[Where, RobRow | str]]:
    """Each row with its line, or what is wrong with it; a header that does not fit ends the reading."""
    for line, cells in table.rows:
        out = io.StringIO()
        csv.writer(out).writerows((table.headers, cells))
        try:
            yield table.where(line), read_robvis(out.getvalue(), tool_id)[0]
        except ValueError as error:
            said = str(error)
            yield table.where(line), re.sub(r"^robvis: (row 2:? ?)?", "", said)
            if "row 2" not in said:
                return


def _study(library: Library, name: str) -> str | None:
    """The key of the study that a row names, by key or by label; None where none or several have it."""
    if name in library.studies:
        return name
    wanted = signature(name)
    keys = [key for key, study in library.studies.items() if wanted in (key, signature(study.label))]
    return keys[0] if len(keys) == 1 else None


def _doubts(study: Study, row: RobRow, made: RiskOfBias, place: Where) -> Iterator[Problem]:
    """What speaks against entering an assessment (no warning), or is lost in doing so (a warning)."""
    for old in study.risk_of_bias:
        if (old.tool, old.read_in) == (made.tool, made.read_in):
            same = old.judgements == made.judgements
            message = f"{study.study} has {'this' if same else 'another'} assessment by {made.tool}"
            yield problem("X007", place, message, severity="note" if same else "error")
            return
    if not made.judgements:
        yield problem("X009", place, f"{row.study}: no domain is judged")
    elif row.overall and overall(made) not in ("", row.overall):
        message = f"{row.study}: the table says {label(row.overall)} over all, the domains give"
        yield problem("X009", place, f"{message} {label(overall(made))}, which is kept", severity="warning")
