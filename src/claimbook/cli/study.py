"""claimbook study: add, list, show, set"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TextIO

import click
from pydantic import BaseModel

from claimbook.cli.adding import SOURCE, added, change, draft_kept, named, text_to_add, with_record
from claimbook.cli.exclude import exclude, link
from claimbook.cli.gaps import study_gaps
from claimbook.cli.group import Listing
from claimbook.cli.importing import command as importing
from claimbook.cli.report import refusals_shown
from claimbook.cli.session import Session, json_option, known, print_json, print_table
from claimbook.records import Library, Number, Result
from claimbook.records.bibliography import parse_bibliography
from claimbook.records.citing import bibtex, single_entry
from claimbook.records.editing import as_data, dotted, field_order
from claimbook.records.models import PValue
from claimbook.records.writing import refusal, writing


@click.group(cls=Listing)
def command() -> None:
    """Add, list, show and change study records."""


command.add_command(importing, "import")
command.add_command(exclude)
command.add_command(link)


@command.command()
@click.argument(
    "keys", nargs=-1, help="Short name of the file (estes2017), or what to look up: doi: pmid: pmcid: nct:"
)
@click.option(
    "--from", "source", type=SOURCE, metavar="FILE", help="A record in YAML or JSON; - reads standard input."
)
@click.option("--label", help="Name as in a text, for example 'Estes 2017'.")
@click.option("--summary", help="One sentence: who did what, measured how.")
@click.option("--set", "values", metavar="FIELD=VALUE", multiple=True, help="Any field: design.kind=sr_ma.")
@click.option("--bibtex", "bib", type=click.File("r", encoding="utf-8"), help="A file with the BibTeX entry.")
@click.option("--author", help="Authors of the publication: 'Able, A. and Baker, B.'")
@click.option("--title", help="Its title.")
@click.option("--journal", help="Its journal.")
@click.option("--year", help="Its year.")
@click.option("--doi", help="Its DOI.")
@click.option("--offline", is_flag=True, help="Look nothing up on the web; kept answers count.")
@click.option("--mailto", help="Your mail address, which the services ask for.")
@click.pass_obj
def add(
    session: Session,
    /,
    keys: tuple[str, ...],
    source: str | None,
    label: str | None,
    summary: str | None,
    values: tuple[str, ...],
    bib: TextIO | None,
    offline: bool,
    mailto: str | None,
    **citation: str | None,
) -> None:
    """Add a study: by its identifier, by questions on a terminal, from a file, or by options.

    Prints the file that was written, and says what is still missing.
    """
    if any(":" in key or key.startswith("10.") for key in keys):
        if any((source, label, summary, values, bib, *citation.values())):
            raise click.UsageError(
                "an identifier goes without further options; claimbook study set changes values"
            )
        from claimbook.cli.lookup import add_found

        return add_found(session, keys, offline, mailto)
    if len(keys) > 1:
        raise click.UsageError("give one key; identifiers are written doi:... pmid:... pmcid:... nct:...")
    key = keys[0] if keys else None
    library = session.library()
    given = {"study": key, "label": label, "summary": summary}
    with refusals_shown():
        text = text_to_add(session, library, "study", source, given, values)
        with draft_kept(session, "study", text, source):
            key, library = with_record(library, "study", text, source)
            entry = _entry(key, bib, citation)
            if not entry and session.interactive and key not in library.bibliography:
                entry = _entry(key, None, _asked_citation())
            with writing(library.root) as writer:
                writer.require_free("study", key)
                if entry:
                    writer.cite(entry)
                path = writer.add("study", text, named(source))
    cited = {**library.bibliography, **parse_bibliography(entry)[0]}
    added(session, path, study_gaps(replace(library, bibliography=cited), library.studies[key]))


def _entry(key: str, bib: TextIO | None, fields: dict[str, str | None]) -> str:
    """The BibTeX entry from a file or from options; empty where neither was given."""
    given = {name: text for name, text in fields.items() if text}
    if bib is None:
        return bibtex(key, "article", given) if given else ""
    try:
        return single_entry(bib.read(), key)
    except ValueError as error:
        raise refusal("W006", bib.name, str(error), "give one entry, as a journal's page offers it") from None


def _asked_citation() -> dict[str, str | None]:
    click.echo(click.style("citation", bold=True), err=True)
    words = {"author": "authors (Able, A. and Baker, B.)", "doi": "DOI"}
    return {
        name: click.prompt(words.get(name, name), default="", show_default=False, err=True)
        for name in ("author", "title", "journal", "year", "doi")
    }


@command.command("list")
@json_option
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """List the studies: design, results, and what is missing."""
    library = session.library()
    rows = [
        {
            "study": key,
            "label": study.label,
            "design": study.design.kind,
            "results": len(study.results),
            "path": library.where(key).path,
            "missing": list(study_gaps(library, study)),
        }
        for key, study in library.studies.items()
    ]
    if as_json:
        print_json(rows)
    else:
        head = ("study", "design", "results", "missing")
        cells = [[*(str(row[name]) for name in head[:3]), "; ".join(row["missing"])] for row in rows]  # type: ignore[arg-type]
        print_table(head, cells)


@command.command()
@click.argument("key", help="A study, for example estes2017.")
@json_option
@click.pass_obj
def show(session: Session, key: str, as_json: bool) -> None:
    """Show one study: its citation, its results with their places, and what is missing."""
    library = session.library()
    study = library.studies[known("study", key, library.studies)]
    if as_json:
        print_json(
            {"path": library.where(key).path, **as_data(study), "missing": list(study_gaps(library, study))}
        )
        return
    entry = library.bibliography.get(key)
    click.echo(click.style(study.label, bold=True) + f"  {study.design.kind}  {library.where(key).path}")
    click.echo(entry.citation if entry else "(no citation)")
    click.echo(f"\n{study.summary}")
    for result in study.results:
        _show_result(library, key, result)
    if gaps := list(study_gaps(library, study)):
        click.echo(f"\nmissing: {'; '.join(gaps)}")


def _show_result(library: Library, key: str, result: Result) -> None:
    place = library.where_result(key, result.id)
    click.echo(f"\n{click.style(result.id, bold=True)}  {result.what} ({result.unit})")
    click.echo(f"  read in {result.read_in or key}, {result.where} · {result.status} · {place}")
    for name, text in _numbers(result.data):
        click.echo(f"  {name:<28}{text}")


def _numbers(data: Any, loc: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Each number of a result with its dotted name; a status other than the result's own beside it."""
    for name in field_order(type(data)):
        value = getattr(data, name)
        if isinstance(value, Number | PValue):
            status = (
                f"  ({value.status})"
                if isinstance(value, Number) and value.status not in (None, "unknown")
                else ""
            )
            yield dotted((*loc, name)), f"{value}{status}"
        elif isinstance(value, BaseModel):
            yield from _numbers(value, (*loc, name))


@command.command("set")
@click.argument("key", help="A study.")
@click.argument("field", help="Dotted, items of a list by number or id: results.size.means.comparator.n")
@click.argument(
    "value", help="The new value; a mapping in braces: '{value: 12, status: inferred, because: ...}'"
)
@click.pass_obj
def set_(session: Session, key: str, field: str, value: str) -> None:
    """Change one value of a study; every other byte of its file stays as it is."""
    library = session.library()
    with refusals_shown():
        click.echo(change(library, "study", key, field, value))
