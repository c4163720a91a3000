"""claimbook grade"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

import click

from claimbook.cli.analyze import findings_of
from claimbook.cli.session import Failure, Session, json_option, print_json

if TYPE_CHECKING:
    from claimbook.appraisal import Rating
    from claimbook.findings import Finding


@click.command()
@click.argument("claims", nargs=-1, help="Claims; all when none is given.")
@click.option("--explain", is_flag=True, help="Print every step with its rule and its number.")
@click.option("--evidence", type=click.File("r", encoding="utf-8"), help="A JSON file of bodies; - is stdin.")
@json_option
@click.pass_obj
def command(
    session: Session, claims: tuple[str, ...], explain: bool, evidence: TextIO | None, as_json: bool
) -> None:
    """Rate the certainty of each claim, or of a body of evidence in a JSON file.

    With --evidence it exits with 1 when a body cannot be rated; the message names the field.
    """
    if evidence is not None and claims:
        raise click.UsageError("give claims or --evidence, not both")
    if evidence is not None:
        graded = [_of_body(item, place) for place, item in enumerate(_bodies(evidence))]
    else:
        graded = [_of_finding(finding) for finding in findings_of(session, session.library(), claims)]
    if as_json:
        print_json(
            [{**one, "rulesets": {k: r.as_json() for k, r in one["rulesets"].items()}} for one in graded]
        )
    else:
        click.echo("\n\n".join(_told(explain, **one) for one in graded))
    if failed := [one for one in graded if "error" in one]:
        for one in failed:
            click.echo(f"{click.style('error', fg='red', bold=True)}: {one['id']}: {one['error']}", err=True)
        raise SystemExit(1)


def _of_finding(finding: Finding) -> dict[str, Any]:
    """A claim's ratings by rule set, and why there is none where there is none."""
    why = {"not_graded": finding.not_graded} if finding.not_graded else {}
    return {"id": finding.claim.claim, "rulesets": finding.ratings or {}, **why}


def _of_body(body: Any, place: int) -> dict[str, Any]:
    """One body's ratings by rule set; ``error`` names the field where the one that fits refuses it."""
    from claimbook.appraisal import EvidenceError, rate_all, read_evidence

    name = str(body.get("id", place)) if isinstance(body, Mapping) else str(place)
    try:
        evidence = read_evidence(body)
    except EvidenceError as error:
        return {"id": name, "rulesets": {}, "error": str(error)}
    compared = rate_all(evidence)
    graded = {
        "id": name,
        "rulesets": compared.ratings,
        "differences": compared.differences,
        "refused": compared.refused,
    }
    main = "narrative-2017" if evidence.est is None else "core-grade-2025"
    return graded | ({"error": compared.refused[main]} if main in compared.refused else {})


def _bodies(file: TextIO) -> list[Any]:
    try:
        data = json.load(file)
    except (ValueError, RecursionError) as error:
        raise Failure(f"{file.name} is not JSON: {error}", "give one object or a list of them") from None
    return data if isinstance(data, list) else [data]


def _told(explain: bool, id: str, rulesets: Mapping[str, Rating], not_graded: str = "", **_: Any) -> str:
    """One body in a few lines; with ``explain`` every step of every rule set."""
    from claimbook.book import words

    lines = [click.style(id, bold=True) + (f"  {not_graded}" if not_graded else "")]
    for name, rating in rulesets.items():
        badge = words.certainty(rating.certainty)
        lines.append(f"  {badge.shape} {badge.word} ({name}). {rating.because}")
        if explain:
            lines += [f"      {step.footnote}" for step in (*rating.steps, *rating.upgrades)]
    sentence = next((rating.sentence for rating in rulesets.values()), "")
    return "\n".join([*lines, f"  {sentence}"] if sentence else lines)
