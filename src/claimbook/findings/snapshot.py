"""studies/findings.json: every conclusion in one generated file that is kept in git.

A change of data then shows its consequence in the same diff, and CI fails when the file is not current.
Numbers are rounded to six significant digits, so that the file is the same on every machine.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from claimbook.findings.finding import Finding
    from claimbook.findings.reviews import Published

NAME = "findings.json"
DIGITS = 6


def summary(finding: Finding) -> dict[str, Any]:
    """One claim's conclusion as plain data: the object that ``claimbook analyze --json`` prints."""
    p = finding.pooled
    several = p is not None and p.k > 1
    return {
        "claim": finding.claim.claim,
        "k": finding.k,
        "n": finding.n,
        "measure": finding.measure or None,
        "estimate": p.estimate if p else None,
        "low": p.low if p else None,
        "high": p.high if p else None,
        "prediction": list(p.prediction) if p and p.k > 2 else None,
        "tau2": p.tau2 if p and several else None,
        "i2": p.i2 if p and several else None,
        "certainty": finding.certainty,
        "verdict": finding.verdict,
        "sentence": finding.sentence,
        "not_graded": finding.not_graded or None,
        "steps": {step.domain: step.level for step in finding.rating.steps} if finding.rating else None,
        "rulesets": {name: rating.certainty for name, rating in (finding.ratings or {}).items()},
        "published": [published(one) for one in finding.published],
        "parts": [part.claim.claim for part in finding.parts],
    }


def published(one: Published) -> dict[str, Any]:
    """A review's result as rated: the range of its certainty, and what it leaves open."""
    return {
        "study": one.beside.study,
        "result": one.beside.result,
        "printed": one.beside.printed,
        "reading": one.reading or None,
        "at_most": one.rating.certainty if one.rating else None,
        "at_worst": one.least.certainty if one.least else None,
        "not_known": list(one.rating.not_assessed) if one.rating else None,
        "tests": one.tests if one.rating else None,
        "agreement": one.agreement or None,
        "not_rated": one.not_rated or None,
    }


def text(findings: Mapping[str, Finding]) -> str:
    """The file's text for these findings."""
    data = {key: _rounded(summary(finding)) for key, finding in sorted(findings.items())}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return float(f"{value:.{DIGITS}g}") if abs(value) > 1e-12 else 0.0
    return value


def save(root: Path, findings: Mapping[str, Finding]) -> bool:
    """Write the file where it is not current; True when it was written."""
    from claimbook.records.writing import replace_file

    path, new = root / NAME, text(findings)
    if path.exists() and path.read_text(encoding="utf-8") == new:
        return False
    replace_file(path, new)
    return True


def main() -> None:
    from argparse import ArgumentParser

    from claimbook.findings.finding import find_all
    from claimbook.records import read_library

    parser = ArgumentParser("python -m claimbook.findings.snapshot", description=f"Write {NAME}.")
    parser.add_argument("folder", nargs="?", default="studies", help="the library; studies unless told")
    library, _ = read_library(parser.parse_args().folder)
    if not (library.root / "library.yaml").is_file():
        parser.error(f"{library.root} holds no library.yaml")
    save(library.root, find_all(library))


if __name__ == "__main__":
    main()
