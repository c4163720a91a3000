"""claimbook compare"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from claimbook.cli.report import refusals_shown, shown
from claimbook.cli.session import Failure, Session, counted, json_option, print_json, print_table
from claimbook.records import Study
from claimbook.records.editing import dotted, render
from claimbook.records.text import parse, read_text
from claimbook.records.validating import validate

if TYPE_CHECKING:
    from claimbook.exchange.comparing import Comparison, Concord, Pair

PLACE = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("first", type=PLACE, help="A record, or a folder of records, of one curator.")
@click.argument("second", type=PLACE, help="The same of the other curator.")
@click.option(
    "--into", type=click.Path(dir_okay=False, path_type=Path), help="Settle the differences into this file."
)
@json_option
@click.pass_obj
def command(session: Session, first: Path, second: Path, into: Path | None, as_json: bool) -> None:
    """Compare two extractions of the same studies: what differs, and how far they agree.

    Agreement is given in percent, for choices with kappa and AC1, for numbers with the intraclass
    correlation. With --into each difference is asked for on a terminal. Exits with 1 while there are
    differences.
    """
    from claimbook.exchange.comparing import compare, concord

    pairs = _pairs(session, first, second)
    comparisons = {one.study: compare(one, other) for one, other in pairs}
    agreed = concord(comparisons.values())
    if into is not None:
        _settle(session, pairs, comparisons, into)
        return
    if as_json:
        print_json(
            {
                "studies": {key: _as_json(c) for key, c in comparisons.items()},
                "agreement": [vars(a) for a in agreed],
            }
        )
    else:
        _show(comparisons, agreed)
    if any(c.differences or c.only_first or c.only_second for c in comparisons.values()):
        raise SystemExit(1)


def _pairs(session: Session, first: Path, second: Path) -> list[tuple[Study, Study]]:
    """The records that are to be compared; of folders those of the same name."""
    if first.is_dir() != second.is_dir():
        raise click.UsageError("give two records, or two folders of records")
    if not first.is_dir():
        return [(_read(first), _read(second))]
    ours = {path.stem: path for path in sorted(first.glob("*.y*ml"))}
    theirs = {path.stem: path for path in sorted(second.glob("*.y*ml"))}
    for key in sorted(ours.keys() ^ theirs.keys()):
        session.say(f"{key} is only in {first if key in ours else second}")
    if not ours.keys() & theirs.keys():
        raise click.UsageError("the two folders have no record of the same name")
    return [(_read(path), _read(theirs[key])) for key, path in ours.items() if key in theirs]


def _read(path: Path) -> Study:
    """A sound record; its mistakes end the command."""
    text, problems = read_text(path, str(path))
    document, more = parse(text, str(path)) if text is not None else (None, [])
    study, typed = validate(document, Study) if document is not None else (None, [])
    if study is None:
        for problem in (*problems, *more, *typed):
            click.echo(shown(problem), err=True)
        raise Failure(f"{path} is no sound record", f"claimbook check {path}")
    return study


def _as_json(comparison: Comparison) -> dict[str, Any]:
    differences = [
        {
            "field": dotted(pair.loc),
            "first": _said(pair.first),
            "second": _said(pair.second),
            "agrees": pair.agrees,
        }
        for pair in comparison.differences
    ]
    return {
        "values": len(comparison.pairs),
        "differences": differences,
        "only_first": list(comparison.only_first),
        "only_second": list(comparison.only_second),
    }


def _said(leaf: Any) -> str | None:
    return None if leaf is None else leaf.text


def _show(comparisons: dict[str, Comparison], agreed: Sequence[Concord]) -> None:
    rows = []
    for key, comparison in comparisons.items():
        for pair in comparison.differences:
            note = "decimals only" if pair.agrees else ""
            rows.append([key, dotted(pair.loc), _said(pair.first) or "-", _said(pair.second) or "-", note])
        for words, ids in (("first", comparison.only_first), ("second", comparison.only_second)):
            rows += [[key, f"results.{id}", "", "", f"only in the {words}"] for id in ids]
    if rows:
        print_table(("study", "field", "first", "second", "note"), rows)
        click.echo()
    head = ("agreement", "values", "percent", "kappa", "AC1", "ICC")
    print_table(
        head, [[a.group, str(a.n), f"{a.percent:.0%}", *map(_short, (a.kappa, a.ac1, a.icc))] for a in agreed]
    )


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _settle(
    session: Session, pairs: Iterable[tuple[Study, Study]], comparisons: dict[str, Comparison], into: Path
) -> None:
    """Ask for each difference of one study, and write the record that comes of it."""
    from claimbook.exchange.reconciling import settled
    from claimbook.records.writing import checked, replace_file

    (first, second), *further = pairs
    if further:
        raise click.UsageError("--into settles one record at a time")
    if not session.interactive:
        raise click.UsageError("--into asks on a terminal; without one, change the records with study set")
    text = render(settled(first, second, comparisons[first.study], _asked))
    with refusals_shown():
        checked("study", text, str(into))
        replace_file(into, text)
    click.echo(into)
    session.say(f"settled {counted(comparisons[first.study].differences, 'difference')}")


def _asked(pair: Pair) -> str | None:
    """The text to which a difference is settled: the first's, the second's, or one that is typed."""
    place = dotted(pair.loc)
    if pair.kind == "result":
        return (
            "yes"
            if click.confirm(f"{place} is only in the second. Take it?", default=True, err=True)
            else None
        )
    one, other = _said(pair.first), _said(pair.second)
    click.echo(f"\n{place}\n  1  {one or 'nothing'}\n  2  {other or 'nothing'}", err=True)
    answer = click.prompt("1, 2, or what it is", err=True).strip()
    return {"1": one or "", "2": other or ""}.get(answer, answer)
