"""``claimbook study add doi:...``: publications looked up by their identifiers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimbook.cli.report import refusals_shown, shown
from claimbook.cli.session import Failure, Session
from claimbook.problems import Problem
from claimbook.records import Library, read_library
from claimbook.records.writing import writing

if TYPE_CHECKING:
    from claimbook.exchange.entering import New, Planned
    from claimbook.exchange.lookup import Found
    from claimbook.exchange.web import Client

INTEGRITY = {
    "none": "no retraction notice",
    "retracted": "RETRACTED",
    "concern": "an expression of concern",
    "corrected": "a correction was published",
}


class NetworkFailure(Failure):
    """A service on the web could not help; nothing was written."""

    exit_code = 3


def add_found(session: Session, words: Sequence[str], offline: bool, mailto: str | None) -> None:
    """Look up every identifier, then write every record; with one that fails nothing is written."""
    from claimbook.exchange.entering import New
    from claimbook.exchange.lookup import is_identifier

    library = session.library()
    identifiers = [word for word in words if is_identifier(word)]
    keys = [word for word in words if not is_identifier(word)]
    if unknown := [key for key in keys if ":" in key]:
        raise click.UsageError(f'"{unknown[0]}" is no identifier; there are doi: pmid: pmcid: nct:')
    if keys and len(words) != 2:
        raise click.UsageError("give one key and one identifier, or identifiers alone")
    found = [_looked_up(session, text, client_for(library, offline, mailto)) for text in identifiers]
    for one in found:
        session.say(described(one))
    news = [New(one.citation, one.record, keys[0] if keys else "") for one in found]
    planned, problems = entered(library, news)
    for path in planned:
        click.echo(path)
    for problem in problems:
        click.echo(shown(problem), err=True)
    if planned:
        from claimbook.exchange.skeleton import MISSING

        session.say(f"still missing: {MISSING}")
        session.say(f"next: claimbook extract {next(iter(planned.values())).key}")
    if problems:
        raise SystemExit(1)


def _looked_up(session: Session, text: str, client: Client) -> Found:
    from claimbook.exchange.lookup import look_up
    from claimbook.exchange.web import LookupFailed

    session.progress(f"looking up {text}")
    try:
        return look_up(text, client)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except LookupFailed as error:
        raise NetworkFailure(f"{error}; nothing was written", error.fix) from None


def client_for(library: Library, offline: bool, mailto: str | None) -> Client:
    """A client with this library's cache; the mail address from option, environment or library.yaml."""
    from claimbook.exchange.web import Client

    root = library.root.resolve()
    folder = (root.parent if root.name == "studies" else root) / ".claimbook" / "lookup"
    default = library.info.defaults.get("mailto")
    address = mailto or os.environ.get("CLAIMBOOK_MAILTO") or (default.value if default else "")
    try:
        return Client(folder, address, offline)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def described(found: Found) -> str:
    """What was found, on one line."""
    citation = found.citation
    parts = [
        citation.label,
        citation.container,
        INTEGRITY.get(citation.status or "none", "") if found.checked else "",
    ]
    return f"{found.identifier}  " + ", ".join(part for part in parts if part)


def entered(library: Library, news: Iterable[New]) -> tuple[dict[Path, Planned], list[Problem]]:
    """The records that were written, by file, and a Problem for each publication that is there already."""
    from claimbook.exchange.entering import enter, plan

    with refusals_shown(), writing(library.root) as writer:
        now, _ = read_library(library.root)
        planned, problems = plan(now, news)
        return dict(zip(enter(writer, planned), planned, strict=True)), problems
