"""claimbook status"""

from __future__ import annotations

import click

from claimbook.cli.gaps import claim_gaps, study_gaps
from claimbook.cli.session import Session, counted, find_library, json_option, print_json
from claimbook.records import Library, read_library


@click.command()
@json_option
@click.pass_obj
def command(session: Session, as_json: bool) -> None:
    """Say what is incomplete and what to do next."""
    library, problems = read_library(find_library())
    claims = {key: list(claim_gaps(claim)) for key, claim in library.claims.items()}
    studies = {key: list(study_gaps(library, study)) for key, study in library.studies.items()}
    step = _next(library, len(problems), claims, studies)
    if as_json:
        print_json({"problems": len(problems), "claims": claims, "studies": studies, "next": step})
        return
    click.echo(f"{library.info.title}: {counted(claims, 'claim')}, {counted(studies, 'study', 'studies')}")
    if problems:
        click.echo(f"{counted(problems, 'problem')} in the files")
    for gaps, one, many in ((claims, "claim", "claims"), (studies, "study", "studies")):
        for what, keys in _by_gap(gaps).items():
            named = ", ".join(keys[:4]) + (f" and {len(keys) - 4} more" if len(keys) > 4 else "")
            click.echo(f"  {counted(keys, one, many)}: {what} ({named})")
    click.echo(f"next: {step}")


def _by_gap(gaps: dict[str, list[str]]) -> dict[str, list[str]]:
    """What is missing, to the keys that miss it. The numbers that are unknown count as one kind."""
    turned: dict[str, list[str]] = {}
    for key, missing in gaps.items():
        for what in missing:
            turned.setdefault("has unknown numbers" if what.startswith("not known:") else what, []).append(
                key
            )
    return turned


def _next(
    library: Library, problems: int, claims: dict[str, list[str]], studies: dict[str, list[str]]
) -> str:
    """The one command that helps most now."""
    if problems:
        return "claimbook check"
    if not library.claims:
        return "claimbook claim add"
    if not library.studies:
        return "claimbook study add"
    for kind, gaps in (("claim", claims), ("study", studies)):
        for key, missing in gaps.items():
            if missing and missing[0] in _FIRST:
                return f"claimbook {kind} show {key}"
    return "claimbook build"


_FIRST = {"no citation in references.bib", "no results", "no claim uses it", "no studies", "no measure"}
