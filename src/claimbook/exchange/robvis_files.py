"""Risk of bias of the studies behind a claim: tables for reading, and the CSV that robvis reads.

One table a tool, because tools have different domains. A judgement is the tool's own, a curator's overrides
included; what was not judged stays empty.
"""

from __future__ import annotations

from collections.abc import Iterable

from claimbook.appraisal.instruments import tool
from claimbook.appraisal.rob import Override, judge
from claimbook.appraisal.robvis import RobRow, label, write_robvis
from claimbook.bodies import overall
from claimbook.exchange.tables import Sheet
from claimbook.findings import Finding
from claimbook.records import Library
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
