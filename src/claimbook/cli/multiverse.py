"""claimbook multiverse"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from claimbook.cli.session import Failure, Session, counted, json_option, known, print_json, print_table

if TYPE_CHECKING:
    from claimbook.findings.combinations import Multiverse


@click.command()
@click.argument("claim", help="A claim whose effects are pooled.")
@click.option("--measure", "measures", multiple=True, help="Instead of all in the unit of the claim's own.")
@click.option("--variance", "variances", multiple=True, help="Its formulas, instead of LS, LS2, UB and HO.")
@click.option("--estimator", "estimators", multiple=True, help="Instead of REML, DL, PM, SJ and EE.")
@click.option("--interval", "intervals", multiple=True, help="Instead of HKSJ, HKSJ-adhoc and z.")
@click.option(
    "--correlation", "correlations", type=float, multiple=True, help="Assumed, instead of 0.5, 0.7 and 0.9."
)
@click.option(
    "--fixed",
    multiple=True,
    help="What to leave as it is: measure, correlation, reading, studies, estimator, interval or fold.",
)
@click.option("--most", type=click.IntRange(1), default=10_000, show_default=True, help="Draw no more.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of that draw.")
@json_option
@click.pass_obj
def command(
    session: Session,
    /,
    claim: str,
    fixed: tuple[str, ...],
    most: int,
    seed: int,
    as_json: bool,
    **instead: tuple[Any, ...],
) -> None:
    """Pool a claim by every combination of defensible decisions.

    The decisions are the measure and its variance, an assumed correlation, a spread that may be an SE or an
    SD, which studies count, the estimator, the interval and the fold of a middle risk of bias. Prints the
    share of each verdict, the range of the estimates and which decision matters most. JSON has every
    specification in the order of its estimate, on the scale of analysis.
    """
    from claimbook.findings.combinations import multiverse
    from claimbook.findings.decisions import KINDS, Scope

    library = session.library()
    known("claim", claim, library.claims)
    kinds = tuple(kind for kind in KINDS if kind not in {known("decision", one, KINDS) for one in fixed})
    try:
        scope = Scope(kinds=kinds, **{name: words for name, words in instead.items() if words})
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    session.progress("walking every path")
    try:
        found = multiverse(library, claim, scope, most, seed)
    except ValueError as error:
        raise Failure(str(error), "claimbook analyze says what each claim has") from None
    if as_json:
        print_json(summary(found))
    else:
        tell(found)


def summary(found: Multiverse) -> dict[str, Any]:
    """All of a multiverse as plain data."""
    importance = found.importance()
    return {
        "claim": found.claim,
        "measure": found.measure,
        "specifications": len(found.specifications),
        "possible": found.possible,
        "verdict": found.verdict,
        "verdicts": found.shares("verdict"),
        "certainties": found.shares("certainty"),
        "decisions": [
            {"kind": d.kind, "name": d.name, "options": d.options, **importance.loc[d.name].drop("options")}
            for d in found.decisions
        ],
        "curve": found.curve().to_dict("records"),
    }


def tell(found: Multiverse) -> None:
    """The shares of the verdicts, the range of the estimates, the decisions in the order of their weight."""
    from claimbook.book import words

    table, scale = found.specifications, words.scale(found.measure)
    own, estimates = table.iloc[0], table["estimate"]
    drawn = f", drawn from {found.possible:,} combinations" if found.sampled else ""
    click.echo(f"{click.style(found.claim, bold=True)}  {counted(len(table), 'specification')}{drawn}")
    click.echo(f"  own   {scale.effect(own['estimate'], own['low'], own['high'])}. {found.verdict}")
    middle = scale.text(estimates.median(), estimates.max() - estimates.min())
    click.echo(f"  all   {scale.interval(estimates.min(), estimates.max())}, median {middle}")
    for verdict, share in found.shares().items():
        click.echo(f"  {share:>5.1%} {verdict}")
    if found.decisions:
        head = ("decision", "options", "of the estimate", "of the verdict", "mean estimates")
        lines = [
            (name, str(n), f"{estimate:.1%}", f"{verdict:.1%}", scale.interval(low, high))
            for name, n, estimate, verdict, low, high in found.importance().itertuples()
        ]
        click.echo()
        print_table(head, lines)
