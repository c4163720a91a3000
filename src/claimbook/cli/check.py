"""claimbook check"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from itertools import groupby
from pathlib import Path

import click

from claimbook import __version__, checks
from claimbook.checks.fixing import applied, edits
from claimbook.checks.output import as_github, as_sarif
from claimbook.cli.remembered import remembered
from claimbook.cli.report import noted, refusals_shown, shown
from claimbook.cli.session import OneOf, Session, counted, find_library, json_option, print_json
from claimbook.problems import SEVERITIES, Problem, in_order
from claimbook.records import Claim, Study
from claimbook.records.bibliography import read_bibliography
from claimbook.records.text import parse, read_text
from claimbook.records.validating import validate
from claimbook.records.writing import replace_file, writing


@click.command()
@click.argument(
    "path",
    required=False,
    type=click.Path(exists=True, path_type=Path),
    help="A library, a folder of it or one file.",
)
@click.option("--strict", is_flag=True, help="Fail on warnings and notes too.")
@click.option("--fix", is_flag=True, help="First mend what needs no judgement.")
@click.option(
    "--format",
    "form",
    type=OneOf(["text", "json", "sarif", "github"]),
    default="text",
    help="How to print the problems.",
)
@json_option
@click.pass_obj
def command(session: Session, path: Path | None, strict: bool, fix: bool, form: str, as_json: bool) -> None:
    """Check every record and print each problem with its place and its fix.

    Exits with 1 when there is an error that no one waived (with --strict: any problem). A second check
    works out again only what changed.
    """
    problems, counts = check(path)
    if fix and (mended := mend(path, problems)):
        session.say(f"mended {counted(mended, 'file')}")
        problems, counts = check(path)
    FORMS["json" if as_json else form](problems, session)
    if form == "text" and not as_json:
        session.say(f"checked {counts}: {_summary(problems)}")
    if any(p.waived is None and (strict or p.severity == "error") for p in problems):
        raise SystemExit(1)


def _text(problems: list[Problem], session: Session) -> None:
    notes = [] if session.verbose else [p for p in problems if p.severity == "note" and p.waived is None]
    for text in [*(shown(p) for p in problems if p not in notes), *noted(notes)]:
        click.echo(text + "\n")


def _github(problems: list[Problem], session: Session) -> None:
    for problem in problems:
        click.echo(as_github(problem))


FORMS: dict[str, Callable[[list[Problem], Session], None]] = {
    "text": _text,
    "json": lambda problems, session: print_json([problem.as_json() for problem in problems]),
    "sarif": lambda problems, session: print_json(as_sarif(problems, checks.CHECKS, __version__)),
    "github": _github,
}


def mend(path: Path | None, problems: list[Problem]) -> list[str]:
    """Apply the mends that need no judgement, under the library's lock; the files that changed."""
    root = _root(path)
    with refusals_shown(), writing(root) if root else nullcontext():
        groups = groupby(in_order(problems), key=lambda problem: problem.where.path)
        return [name for name, group in groups if _mended(name, list(group))]


def _mended(name: str, problems: list[Problem]) -> bool:
    text, unreadable = read_text(Path(name), name)
    if text is None or unreadable or (new := applied(text, edits(text, problems))) == text:
        return False
    replace_file(Path(name), new)
    return True


def check(path: Path | None) -> tuple[list[Problem], str]:
    """The problems of a library, of a folder in one, or of one file, and how much was read."""
    root = _root(path)
    if root is None and path is not None and path.is_file():
        return check_alone(path), "1 file"
    root = root or Path(path or ".")
    problems, (claims, studies) = remembered(root)
    if path is not None and path.resolve() not in (root.resolve(), root.resolve().parent):
        problems = [p for p in problems if Path(p.where.path).resolve().is_relative_to(path.resolve())]
    return problems, f"{counted(claims, 'claim')}, {counted(studies, 'study', 'studies')}"


def _root(path: Path | None) -> Path | None:
    return find_library() if path is None else root_of(path)


def root_of(path: Path) -> Path | None:
    """The library that a path belongs to: the path's own, or that of a folder above it."""
    if (path / "studies" / "library.yaml").is_file():
        return path / "studies"
    return next((f for f in (path, *path.absolute().parents) if (f / "library.yaml").is_file()), None)


def check_alone(path: Path) -> list[Problem]:
    """The problems of a file that stands in no library; its keys say whether it is a study or a claim."""
    if path.suffix == ".bib":
        return read_bibliography(path, str(path))[1]
    text, problems = read_text(path, str(path))
    document, more = parse(text, str(path)) if text is not None else (None, [])
    if document is None:
        return [*problems, *more]
    is_claim = isinstance(document.data, dict) and "claim" in document.data and "study" not in document.data
    _, typed = validate(document, Claim if is_claim else Study)
    return in_order([*problems, *more, *typed])


def _summary(problems: list[Problem]) -> str:
    counts = Counter("waived" if p.waived is not None else p.severity for p in problems)
    parts = [counted(counts[s], s) for s in SEVERITIES if counts[s]] + [f"{counts['waived']} waived"] * bool(
        counts["waived"]
    )
    return ", ".join(parts) or "no problems"
