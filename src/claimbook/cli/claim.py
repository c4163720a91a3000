"""claimbook claim: add, list, show, set"""

from __future__ import annotations

import click

from claimbook.cli.adding import SOURCE, added, change, draft_kept, named, text_to_add, with_record
from claimbook.cli.gaps import claim_gaps
from claimbook.cli.group import Listing
from claimbook.cli.report import refusals_shown
from claimbook.cli.session import Session, json_option, known, print_json, print_table
from claimbook.records.editing import as_data
from claimbook.records.writing import writing


@click.group(cls=Listing)
def command() -> None:
    """Add, list, show and change claims."""


@command.command()
@click.argument("key", required=False, help="Short name of the file, for example running-grows-quads.")
@click.option(
    "--from", "source", type=SOURCE, metavar="FILE", help="A claim in YAML or JSON; - reads standard input."
)
@click.option("--title", help="The claim in at most ten words.")
@click.option("--text", help="The claim in full.")
@click.option(
    "--set", "values", metavar="FIELD=VALUE", multiple=True, help="Any field: question.population=..."
)
@click.pass_obj
def add(
    session: Session,
    key: str | None,
    source: str | None,
    title: str | None,
    text: str | None,
    values: tuple[str, ...],
) -> None:
    """Add a claim: by questions on a terminal, from a file, or by options.

    Prints the file that was written, and says what is still missing.
    """
    library = session.library()
    given = {"claim": key, "title": title, "text": text}
    with refusals_shown():
        record = text_to_add(session, library, "claim", source, given, values)
        with draft_kept(session, "claim", record, source):
            key, library = with_record(library, "claim", record, source)
            with writing(library.root) as writer:
                path = writer.add("claim", record, named(source))
    added(session, path, claim_gaps(library.claims[key]))


@command.command("list")
@json_option
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """List the claims: kind, number of studies, and what is missing."""
    library = session.library()
    rows = [
        {
            "claim": key,
            "kind": claim.kind,
            "studies": len(claim.studies),
            "title": claim.title,
            "path": library.where(key).path,
            "missing": list(claim_gaps(claim)),
        }
        for key, claim in library.claims.items()
    ]
    if as_json:
        print_json(rows)
    else:
        head = ("claim", "kind", "studies", "title")
        print_table(head, [[str(row[name]) for name in head] for row in rows])


@command.command()
@click.argument("key", help="A claim.")
@json_option
@click.pass_obj
def show(session: Session, key: str, as_json: bool) -> None:
    """Show one claim: its question, its studies, and what is missing."""
    library = session.library()
    claim = library.claims[known("claim", key, library.claims)]
    if as_json:
        print_json({"path": library.where(key).path, **as_data(claim), "missing": list(claim_gaps(claim))})
        return
    click.echo(click.style(claim.title, bold=True) + f"  {claim.kind}  {library.where(key).path}")
    click.echo(f"{claim.text} ({claim.wording}; {claim.said_by})\n")
    for name in ("population", "intervention", "comparator", "outcome"):
        click.echo(f"  {name:<14}{getattr(claim.question, name)}")
    for name in ("studies", "beside", "left_out"):
        for used in getattr(claim, name):
            note = getattr(used, "because", "") or getattr(used, "says", "")
            click.echo(f"  {name.replace('_', ' '):<14}{used.study} {used.result}  {note}".rstrip())
    for other in claim.answered_by:
        click.echo(f"  {'answered by':<14}{other}")
    if gaps := list(claim_gaps(claim)):
        click.echo(f"\nmissing: {'; '.join(gaps)}")


@command.command("set")
@click.argument("key", help="A claim.")
@click.argument("field", help="Dotted, items of a list by number or id: worthwhile.value")
@click.argument("value", help="The new value; a mapping in braces, a list in brackets.")
@click.pass_obj
def set_(session: Session, key: str, field: str, value: str) -> None:
    """Change one value of a claim; every other byte of its file stays as it is."""
    library = session.library()
    with refusals_shown():
        click.echo(change(library, "claim", key, field, value))
