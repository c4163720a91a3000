"""claimbook study import"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimbook.cli.report import refusals_shown, shown
from claimbook.cli.session import OneOf, Session, Unavailable, counted, json_option, known, print_json
from claimbook.problems import Problem, in_order

if TYPE_CHECKING:
    from claimbook.exchange.entering import Changed, Planned
    from claimbook.exchange.extracted import Choices
    from claimbook.exchange.reading import Contents
    from claimbook.records import Library

FORMATS = ("ris", "nbib", "bibtex", "csl", "csv", "xlsx", "rm5", "revman", "robvis")


@click.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Exports of databases and reference managers, tables of extracted data, RevMan files.",
)
@click.option("--as", "format", type=OneOf(FORMATS), help="The format, where the content does not show it.")
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="A column of a table; auto lets names speak.",
)
@click.option("--sheet", default="", help="The sheet of a workbook; otherwise the first.")
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    metavar="[TEXT=]ID",
    help="The outcome of all rows, or of those that say TEXT.",
)
@click.option("--where", default="", help="Where the numbers were read, for rows that do not say it.")
@click.option(
    "--read-in", default="", metavar="KEY", help="The publication they were read in, if not the study's own."
)
@click.option("--tool", default="", help="With --as robvis: the tool that the studies were judged with.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@json_option
@click.pass_obj
def command(
    session: Session,
    files: tuple[Path, ...],
    format: str | None,
    mapping: tuple[str, ...],
    sheet: str,
    outcomes: tuple[str, ...],
    where: str,
    read_in: str,
    tool: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import studies: citations, tables of extracted data, or risk-of-bias judgements.

    Reads RIS, PubMed's nbib, BibTeX, CSL-JSON, CSV, XLSX, RevMan 5, RevMan's data package and, with --as
    robvis --tool TOOL, the tables of robvis. Good records enter; each that is held back is reported with its
    line. Exits with 1 when there is one.
    """
    from claimbook.exchange.extracted import Choices

    library = session.library()
    if read_in:
        known("publication", read_in, library.bibliography)
    chosen = dict(_outcome(library, text) for text in outcomes)
    contents = _read(session, files, format or "", mapping, sheet)
    if format == "robvis":
        imported = _judged(library, contents, _known_tool(tool), (read_in, where), dry_run)
    else:
        choices = Choices(chosen, where, read_in, "secondhand" if read_in else "")
        imported = _imported(library, contents, choices, dry_run)
    problems = in_order([*(p for one in contents for p in one.problems), *imported.problems])
    if as_json:
        print_json(imported.as_json(problems))
    else:
        _say(session, contents, imported, problems, dry_run)
    if any(problem.severity == "error" for problem in problems):
        raise SystemExit(1)


@dataclass(frozen=True)
class Imported:
    """What an import wrote, or would write."""

    added: Mapping[Path, str]
    changed: Sequence[Path]
    problems: Sequence[Problem]

    def as_json(self, problems: Iterable[Problem]) -> dict[str, object]:
        return {
            "added": {key: str(path) for path, key in self.added.items()},
            "changed": [str(path) for path in self.changed],
            "problems": [problem.as_json() for problem in problems],
        }


def _outcome(library: Library, text: str) -> tuple[str, str]:
    said, sign, id = text.rpartition("=")
    return said.strip() if sign else "", known("outcome", id.strip(), library.info.outcomes)


def _read(
    session: Session, files: Sequence[Path], format: str, mapping: Sequence[str], sheet: str
) -> list[Contents]:
    from claimbook.exchange.reading import READERS, Ask, read_file
    from claimbook.exchange.xlsx import Missing

    found = []
    try:
        for path in files:
            key, contents = read_file(path, str(path), format, Ask(mapping, sheet))
            session.progress(f"{path}: {READERS[key].label if key else 'unknown format'}")
            found.append(contents)
        return found
    except ValueError as error:
        raise click.UsageError(f"--map: {error}") from None
    except Missing:
        raise Unavailable(
            "openpyxl is not installed", "pip install 'claimbook[xlsx]', or save as CSV"
        ) from None


def _known_tool(tool: str) -> str:
    from claimbook.appraisal.instruments import TOOLS

    shown = [id for id, one in TOOLS.items() if one.robvis]
    if not tool:
        raise click.UsageError(f"robvis tables do not name their tool; give --tool: {', '.join(shown)}")
    return known("tool", tool, shown)


def _judged(
    library: Library, contents: Sequence[Contents], tool: str, source: tuple[str, str], dry_run: bool
) -> Imported:
    """Enter the judgements of robvis tables, under the library's lock."""
    from claimbook.exchange.entering import enter
    from claimbook.exchange.robvis_files import assessments
    from claimbook.records import read_library
    from claimbook.records.writing import writing

    written: list[Path] = []
    problems: list[Problem] = []
    for table in (table for one in contents for table in one.judgements):
        with refusals_shown(), writing(library.root) as writer:
            now, _ = read_library(library.root)
            changed, found = assessments(now, table, tool, *source)
            problems += found
            written += [change.path for change in changed] if dry_run else enter(writer, (), changed)
    return Imported({}, written, problems)


def _imported(library: Library, contents: Sequence[Contents], choices: Choices, dry_run: bool) -> Imported:
    """Write, under the library's lock, what its state at that moment asks for."""
    from claimbook.exchange.entering import enter
    from claimbook.records import read_library
    from claimbook.records.writing import writing

    if dry_run:
        planned, changed, problems = _planned(library, contents, choices)
        folder = library.root / "records"
        added = {folder / f"{one.key}.yaml": one.key for one in planned}
        return Imported(added, [change.path for change in changed], problems)
    with refusals_shown(), writing(library.root) as writer:
        now, _ = read_library(library.root)
        planned, changed, problems = _planned(now, contents, choices)
        paths = enter(writer, planned, changed)
    added = dict(zip(paths, (one.key for one in planned), strict=False))
    return Imported(added, paths[len(planned) :], problems)


def _planned(
    library: Library, contents: Sequence[Contents], choices: Choices
) -> tuple[list[Planned], list[Changed], list[Problem]]:
    from claimbook.exchange.citations import once
    from claimbook.exchange.entering import New, plan
    from claimbook.exchange.joining import join

    citations, repeated = once(citation for one in contents for citation in one.citations)
    studies = {name: facts for one in contents for name, facts in one.studies.items()}
    rows = [row for one in contents for row in one.rows]
    if not studies and not rows:
        planned, problems = plan(library, map(New, citations))
        return planned, [], [*repeated, *problems]
    if citations:
        raise click.UsageError("import citations and tables of data one after the other")
    return join(library, studies, rows, choices)


def _say(
    session: Session,
    contents: Sequence[Contents],
    imported: Imported,
    problems: Sequence[Problem],
    dry_run: bool,
) -> None:
    notes = [problem for problem in problems if problem.severity == "note"]
    for problem in problems if session.verbose else (p for p in problems if p.severity != "note"):
        click.echo(shown(problem) + "\n", err=True)
    for path in (*imported.added, *imported.changed):
        click.echo(path)
    read = sum(one.size for one in contents)
    held = sum(problem.severity == "error" for problem in problems)
    there = sum(problem.rule in {"X006", "X007"} for problem in problems)
    would = "would be " if dry_run else ""
    session.say(
        f"{counted(read, 'record')} read: {counted(imported.added, 'study', 'studies')} {would}added, "
        f"{len(imported.changed)} {would}changed, {there} there already, {held} held back"
        + (f"; {counted(notes, 'note')} (claimbook -v shows them)" if notes and not session.verbose else "")
    )
    if imported.added and not dry_run:
        session.say(f"next: claimbook extract {next(iter(imported.added.values()))}")
