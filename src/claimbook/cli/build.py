"""claimbook build"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from claimbook.cli.session import Failure, Session, Unavailable, counted, find_library
from claimbook.problems import Problem, in_order


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for _build (default: the book folder).",
)
@click.option("--pdf", is_flag=True, help="Also print the whole book as one PDF; needs Chromium.")
@click.pass_obj
def command(session: Session, out: Path | None, pdf: bool) -> None:
    """Build the evidence book.

    Stops at errors in the records. Writes the pages and studies/findings.json; the last line of its output is
    the path of the landing page (with --pdf, of the PDF). Only what changed is made again.
    """
    root = find_library()
    click.echo(build(session, root, out))
    if pdf:
        click.echo(printed(session, root, out))


def build(session: Session, root: Path, out: Path | None = None) -> Path:
    """The landing page of the library's book, made unless it is there. Failure names what prevents it."""
    from claimbook import book

    folder = root.absolute().parent / "book"
    target = out or folder
    landing = book.landing_page(target)
    if book.unchanged(root, folder, target):
        session.progress("nothing changed since the last build")
    else:
        made_of = book.inputs(root, folder)
        make(session, root, folder, target)
        book.remember(made_of, root, folder, target)
    if missing := book.lacking(folder):
        session.say(f"the book has no {', '.join(missing)}: claimbook init --pages writes what is missing")
    return shown_path(landing)


def shown_path(path: Path) -> Path:
    """A path as a user of the current folder would write it."""
    return Path(os.path.relpath(path)) if path.absolute().is_relative_to(Path.cwd()) else path


def make(session: Session, root: Path, folder: Path, out: Path) -> None:
    """Check, compute, write and render."""
    from claimbook import book
    from claimbook.book.building import compute
    from claimbook.checks import check
    from claimbook.cli.report import refusals_shown
    from claimbook.findings import snapshot
    from claimbook.records import read_library
    from claimbook.records.writing import writing

    session.progress("checking the records")
    library, unread = read_library(root)
    problems = check(library)
    stop_at_errors([*unread, *problems])
    with refusals_shown(), told(session):
        computed = compute(library, problems)
        with writing(library.root):
            snapshot.save(library.root, computed.findings)
        book.build(root, folder, out, session.progress, computed)


@contextmanager
def told(session: Session) -> Iterator[None]:
    """What stands in the way of a book, as a failure of the command."""
    from claimbook import book

    try:
        yield
    except book.EnvironmentProblem as error:
        raise Unavailable(str(error)) from None
    except book.BuildFailed as error:
        session.say(error.log)
        raise Failure(str(error)) from None


def printed(session: Session, root: Path, out: Path | None) -> Path:
    """The PDF of the book that is built, printed now."""
    from claimbook import book

    session.progress("Chromium prints the book, twice: the contents need the page numbers")
    folder = root.absolute().parent / "book"
    with told(session):
        return shown_path(book.pdf(folder, out or folder))


def stop_at_errors(problems: Iterable[Problem]) -> None:
    """Show what no one waived. Failure where there is any."""
    from claimbook.cli.report import shown

    errors = in_order(p for p in problems if p.severity == "error" and p.waived is None)
    for error in errors:
        click.echo(shown(error) + "\n", err=True)
    if errors:
        raise Failure(f"{counted(errors, 'error')} in the records; nothing was built", "claimbook check")
