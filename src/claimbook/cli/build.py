"""claimbook build"""

from __future__ import annotations

import os
from pathlib import Path

import click

from claimbook.cli.session import Failure, Session, Unavailable, counted, find_library


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for _build (default: the book folder).",
)
@click.pass_obj
def command(session: Session, out: Path | None) -> None:
    """Build the evidence book.

    Stops at errors in the records. Writes the pages and studies/findings.json; the last line of its output is
    the path of the landing page. Only what changed is made again.
    """
    click.echo(build(session, find_library(), out))


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
    return Path(os.path.relpath(landing)) if landing.absolute().is_relative_to(Path.cwd()) else landing


def make(session: Session, root: Path, folder: Path, out: Path) -> None:
    """Check, compute, write and render."""
    from claimbook import book, snapshot
    from claimbook.cli.report import refusals_shown
    from claimbook.findings import find_all
    from claimbook.records import read_library
    from claimbook.records.writing import writing

    stop_at_errors(session, root)
    try:
        with refusals_shown():
            library, _ = read_library(root)
            found = find_all(library)
            with writing(library.root):
                snapshot.save(library.root, found)
            book.build(root, folder, out, session.progress, computed=(library, found))
    except book.EnvironmentProblem as error:
        raise Unavailable(str(error)) from None
    except book.BuildFailed as error:
        session.say(error.log)
        raise Failure(str(error)) from None


def stop_at_errors(session: Session, root: Path) -> None:
    from claimbook.cli.check import check
    from claimbook.cli.report import shown

    session.progress("checking the records")
    problems = [p for p in check(root)[0] if p.severity == "error" and p.waived is None]
    for problem in problems:
        click.echo(shown(problem) + "\n", err=True)
    if problems:
        raise Failure(f"{counted(problems, 'error')} in the records; nothing was built", "claimbook check")
