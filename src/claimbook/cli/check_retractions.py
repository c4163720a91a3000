"""claimbook check-retractions"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimbook.cli.lookup import INTEGRITY, NetworkFailure, client_for
from claimbook.cli.report import refusals_shown
from claimbook.cli.session import Session, counted, json_option, known, print_json, print_table
from claimbook.records import Library
from claimbook.records.editing import as_data

if TYPE_CHECKING:
    from claimbook.exchange.web import Client

Row = dict[str, str]


@click.command()
@click.argument("keys", nargs=-1, help="Studies; all when none is named.")
@click.option("--offline", is_flag=True, help="Look nothing up on the web; kept answers count.")
@click.option("--mailto", help="Your mail address, which the services ask for.")
@json_option
@click.pass_obj
def command(
    session: Session, keys: tuple[str, ...], offline: bool, mailto: str | None, as_json: bool
) -> None:
    """Look up whether studies were retracted, and keep the answer in their records.

    PubMed is asked where an entry has a PubMed number, otherwise Crossref. Exits with 1 if a study was
    retracted or is of concern, with 3 if a service could not be asked; what was learnt is kept.
    """
    library = session.library()
    chosen = [known("study", key, library.studies) for key in keys] or list(library.studies)
    client = client_for(library, offline, mailto)
    rows, failures = [], []
    for key in chosen:
        row, failure = _checked(session, library, key, client)
        rows += [row] if row else []
        failures += [failure] if failure else []
    if as_json:
        print_json({"studies": rows, "not_checked": failures})
    else:
        told = [row for row in rows if row["status"] != "none"]
        if told:
            head = ("study", "words", "notices")
            print_table(("study", "status", "notices"), [[row[name] for name in head] for row in told])
        session.say(f"looked up {counted(rows, 'study', 'studies')}; {len(told)} with a notice")
    if failures:
        message = f"{counted(failures, 'study', 'studies')} not looked up; {failures[0]}"
        raise NetworkFailure(message, "ask without --offline" if offline else "try again later")
    if any(row["status"] in {"retracted", "concern"} for row in rows):
        raise SystemExit(1)


def _checked(session: Session, library: Library, key: str, client: Client) -> tuple[Row | None, str]:
    """What was found about a study, and why it could not be asked; neither for one without identifier."""
    from claimbook.exchange.lookup import look_up
    from claimbook.exchange.web import LookupFailed

    entry = library.bibliography.get(key)
    names = [f"{kind}:{entry.get(kind)}" for kind in ("pmid", "doi") if entry and entry.get(kind)]
    if not names:
        session.progress(f"{key} has neither PubMed number nor DOI")
        return None, ""
    session.progress(f"looking up {key}")
    try:
        found = look_up(names[0], client)
    except (LookupFailed, ValueError) as error:
        return None, f"{key}: {error}"
    if not found.checked:
        return None, ""
    _keep(library, key, found.record["integrity"])
    status = found.citation.status or "none"
    notices = "; ".join(found.citation.notices)
    return {"study": key, "status": status, "words": INTEGRITY[status], "notices": notices}, ""


def _keep(library: Library, key: str, integrity: dict[str, str]) -> None:
    """Write the status into the record, if it or its day is news."""
    from claimbook.records.writing import writing

    if as_data(library.studies[key].integrity) != integrity:
        path = library.root / "records" / Path(library.documents[key].path).name
        with refusals_shown(), writing(library.root) as writer:
            writer.set(path, "integrity", integrity)
