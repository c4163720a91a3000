"""claimbook export"""

from __future__ import annotations

from pathlib import Path

import click

from claimbook.cli.report import refusals_shown, shown
from claimbook.cli.session import Failure, OneOf, Session

FORMATS = ("csv", "json", "ris", "metafor", "revman-csv", "prisma")


@click.command()
@click.argument("format", type=OneOf(FORMATS), help="One of: csv, json, ris, metafor, revman-csv, prisma.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file; otherwise standard output.",
)
@click.pass_obj
def command(session: Session, format: str, output: Path | None) -> None:
    """Write the library in the format of other programs.

    \b
    csv         every result, a row each; study import reads it back
    json        everything, numbers as they are printed
    ris         every citation, for reference managers
    metafor     every effect with yi and vi, for R's metafor
    revman-csv  means and counts, in the columns of RevMan's data package
    prisma      the counts of the PRISMA 2020 flow, by box of R's PRISMA2020

    Exits with 1 if the counts of screening do not add up.
    """
    from claimbook.checks import check
    from claimbook.exchange.exporting import EXPORTS
    from claimbook.records.writing import replace_file

    library = session.library()
    problems = check(library, only=["P109"]) if format == "prisma" else []
    for problem in problems:
        click.echo(shown(problem), err=True)
    try:
        text = EXPORTS[format].write(library)
    except ValueError as error:
        raise Failure(str(error), "claimbook explain P109") from None
    if output is None:
        click.echo(text, nl=False)
    else:
        with refusals_shown():
            replace_file(output, text)
        session.say(f"wrote {output}")
    if problems:
        raise SystemExit(1)
