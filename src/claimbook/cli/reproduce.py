"""claimbook reproduce"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from claimbook.cli.session import Session, json_option, known, print_json, print_table

if TYPE_CHECKING:
    from claimbook.findings.reproduce import Comparison


@click.command()
@click.argument("study", required=False, help="A study; all when none is given.")
@click.option(
    "--explain", is_flag=True, help="Print for each value how it was computed, or why it cannot be."
)
@json_option
@click.pass_obj
def command(session: Session, study: str | None, explain: bool, as_json: bool) -> None:
    """Compare published values with what their own numbers give.

    A value matches when the recomputed one rounds to what was printed. Exits with 1 when one differs.
    """
    from claimbook.findings.reproduce import CANNOT, DECISION, DIFFERS, MATCH, reproduce

    library = session.library()
    if study is not None:
        known("study", study, library.studies)
    session.progress("recomputing what was published")
    compared = reproduce(library, study)
    if as_json:
        print_json([_contract(comparison) for comparison in compared])
    elif compared:
        rows = [
            [c.status, c.study, _values(c.published), _values(c.recomputed), c.quantity] for c in compared
        ]
        print_table(("status", "study", "published", "recomputed", "quantity"), rows)
        if explain:
            click.echo()
            for c in compared:
                click.echo(f"{c.path}:{c.line}  {c.quantity}: {c.status}; {c.why}")
    counts = Counter(c.status for c in compared)
    session.say(", ".join(f"{counts[status]} {status}" for status in (MATCH, DIFFERS, DECISION, CANNOT)))
    if counts[DIFFERS] or counts[DECISION]:
        raise SystemExit(1)


def _contract(comparison: Comparison) -> dict[str, Any]:
    """One object of ``reproduce --json``: published values as numbers, and as printed beside them."""
    names = ("value", "low", "high", "p")
    return {
        **comparison.as_json(),
        "published": {name: _number(comparison.published.get(name)) for name in names},
        "recomputed": {**dict.fromkeys(names), **comparison.recomputed},
        "printed": comparison.published,
    }


def _number(printed: str | None) -> float | str | None:
    """A printed number; a bound such as <0.05 stays text."""
    try:
        return None if printed is None else float(printed)
    except ValueError:
        return printed


def _values(values: Mapping[str, str | float | None]) -> str:
    """``-0.28 [-0.48, -0.08] p 0.007``; what is not known is left out."""
    value, low, high, p = (_text(values.get(name)) for name in ("value", "low", "high", "p"))
    interval = f"[{low}, {high}]" if low and high else ""
    return " ".join(part for part in (value, interval, p and f"p {p}") if part) or "–"


def _text(value: str | float | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:.4g}"
