"""claimbook analyze"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from claimbook.cli.session import Session, counted, json_option, known, print_json

if TYPE_CHECKING:
    from claimbook.findings import Finding
    from claimbook.records import Library


@click.command()
@click.argument("claims", nargs=-1, help="Claims; all when none is given.")
@json_option
@click.pass_obj
def command(session: Session, claims: tuple[str, ...], as_json: bool) -> None:
    """Pool the evidence of each claim.

    Prints the effect with its interval, heterogeneity, certainty and verdict. JSON gives numbers on the
    scale of analysis: ratios as logarithms.
    """
    findings = findings_of(session, session.library(), claims)
    if as_json:
        from claimbook.findings.snapshot import summary

        print_json([summary(finding) for finding in findings])
    elif findings:
        click.echo("\n\n".join(told(finding) for finding in findings))


def findings_of(session: Session, library: Library, claims: Sequence[str]) -> list[Finding]:
    """The findings of some claims, or of all in the article's order."""
    from claimbook.findings import find, find_all

    if not claims:
        if not library.claims:
            session.say("there is no claim here; claimbook claim add makes one")
        session.progress(f"computing {counted(library.claims, 'claim')}")
        return list(find_all(library).values())
    return [find(library, known("claim", claim, library.claims)) for claim in claims]


def told(finding: Finding) -> str:
    """A few lines on one claim: what was pooled, the effect, the certainty, the verdict and its sentence."""
    from claimbook.book import words

    lines = [f"{click.style(finding.claim.title, bold=True)}  ({finding.claim.claim})"]
    if finding.pooled is not None:
        pooled, scale = finding.pooled, words.scale(finding.measure)
        method = f"{pooled.method}, {pooled.interval} interval"
        lines.append(f"{words.studies(finding.k)}, {words.people(finding.n)}; {method}")
        lines.append(scale.effect(pooled.estimate, pooled.low, pooled.high, pooled.level))
        if pooled.k > 2:
            spread = f"tau2 {pooled.tau2:.3g}; I2 {pooled.i2:.0f} %"
            lines.append(f"prediction {scale.interval(*pooled.prediction)}; {spread}")
    lines += [f"not pooled: {row.label}, {row.why_not}" for row in finding.rows if not row.usable]
    lines += [f"note: {row.label}, {row.note}" for row in finding.used if row.note]
    grade = words.certainty(finding.certainty)
    lines.append(f"{grade.word} certainty {grade.shape}" if finding.rating else finding.not_graded)
    lines.append(
        ": ".join(part for part in (click.style(finding.verdict, bold=True), finding.sentence) if part)
    )
    return "\n  ".join(line for line in lines if line)
