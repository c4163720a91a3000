"""claimbook simulate"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from claimbook.cli.analyze import told
from claimbook.cli.session import (
    Failure,
    Session,
    Unavailable,
    json_option,
    known,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from claimbook.findings import Finding

Mapper = Callable[..., Any]
Table = tuple[Sequence[str], Sequence[Sequence[str]]]

POSITIVE = click.IntRange(1)
PROPER_SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)
SIZES = (20, 50, 100, 200, 500)
ESTIMATORS = ("REML", "DL", "PM")  # beside the claim's own
INTERVALS = ("HKSJ", "z")


class Unreachable(Failure):
    """Nobody answers on the network."""

    exit_code = 3


def an_address(context: click.Context, option: click.Parameter, address: str | None) -> str | None:
    from claimbook.synthesis.scheduling import place

    try:
        if address is not None:
            place(address)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return address


@click.command()
@click.argument("claim", help="A claim with two pooled studies or more.")
@click.option("--studies", type=POSITIVE, multiple=True, default=(1, 3), show_default=True, help="New ones.")
@click.option(
    "--participants", type=POSITIVE, multiple=True, default=SIZES, show_default=True, help="In each of them."
)
@click.option("--power", type=PROPER_SHARE, default=0.8, show_default=True, help="The chance that is wanted.")
@click.option("--updates", type=POSITIVE, default=200, show_default=True, help="Draws of each update.")
@click.option("--syntheses", type=POSITIVE, default=10_000, show_default=True, help="Draws for the methods.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of all draws.")
@click.option(
    "--scheduler", callback=an_address, metavar="ADDRESS", help="A Dask cluster to work on, tcp://HOST:PORT."
)
@json_option
@click.pass_obj
def command(session: Session, /, claim: str, scheduler: str | None, as_json: bool, **drawing: Any) -> None:
    """Simulate what new studies would do to a claim, and how far its methods can be trusted.

    Prints coverage, bias and power of estimators and intervals in syntheses like the claim's, the chance that
    an update changes the certainty or the verdict, and how many participants it takes for another certainty
    and to exclude no effect. The same seed gives the same numbers on any cluster.
    """
    from claimbook.findings import find

    library = session.library()
    finding = find(library, known("claim", claim, library.claims))
    try:
        with mapper_on(scheduler) as mapper:
            session.progress("simulating")
            found = simulated(finding, mapper, **drawing)
    except ValueError as error:
        raise Failure(str(error), "claimbook analyze says what each claim has") from None
    if as_json:
        print_json(found)
    else:
        tell(finding, found)


@contextmanager
def mapper_on(scheduler: str | None) -> Iterator[Mapper | None]:
    """`map` over the workers of a cluster; None without an address."""
    if scheduler is None:
        yield None
        return
    from claimbook.synthesis.scheduling import cluster

    try:
        with cluster(scheduler) as mapper:
            yield mapper
    except ModuleNotFoundError:
        raise Unavailable("Dask is not installed", 'pip install "claimbook[scale]"') from None
    except (OSError, RuntimeError) as error:
        fix = "dask scheduler starts one, dask worker ADDRESS a worker"
        raise Unreachable(f"no cluster at {scheduler}: {error}", fix) from None


def simulated(
    finding: Finding,
    mapper: Mapper | None,
    *,
    studies: Sequence[int],
    participants: Sequence[int],
    power: float,
    updates: int,
    syntheses: int,
    seed: int,
) -> dict[str, Any]:
    """All of a simulation as plain data."""
    from claimbook.findings import updates as planning
    from claimbook.synthesis.simulation import simulate

    model = finding.claim.model
    methods = simulate(
        planning.scenario(finding),
        list(dict.fromkeys((model.tau2, *ESTIMATORS))),
        list(dict.fromkeys((model.interval, *INTERVALS))),
        n=syntheses,
        seed=seed,
        mapper=mapper,
    )
    drawing: dict[str, Any] = {"n": updates, "seed": seed, "mapper": mapper or map}
    outlook = planning.outlook(finding, studies, participants, **drawing)
    needed = [
        {
            "studies": k,
            "participants": planning.needed(finding, k, power, seed=seed),
            "to_change": planning.needed_to_change(finding, k, power, **drawing),
        }
        for k in dict.fromkeys(studies)
    ]
    nearest = finding.stability.nearest if finding.stability else ()
    return {
        "claim": finding.claim.claim,
        "seed": seed,
        "certainty": finding.certainty,
        "verdict": finding.verdict,
        "syntheses": syntheses,
        "methods": methods.drop(columns=["k", "variances", "distribution"]).to_dict("records"),
        "updates": outlook.to_dict("records"),
        "power": power,
        "draws": updates,
        "needed": needed,
        "nearest": [c.what for c in nearest if c.kind == "participants"],
    }


def tell(finding: Finding, found: dict[str, Any]) -> None:
    """How many participants it would take, what updates would do, and how the methods do."""
    from claimbook.book import words

    click.echo(told(finding))
    click.echo(f"\nWhat it takes with a chance of {words.percent(found['power'])}:")
    print_table(
        ("new studies", "for another certainty", "to tell it from no effect"),
        [[str(n["studies"]), _people(n["to_change"]), _people(n["participants"])] for n in found["needed"]],
    )
    if any(math.inf in need.values() for need in found["needed"]):
        click.echo("Where no number of people will do, more studies may: try a larger --studies.")
    for change in found["nearest"]:
        click.echo(f"The estimate staying where it is, the certainty would rise with {change}.")
    draws = f"{found['draws']:,} draws each"
    click.echo(f"\nThe chance that new studies at low risk of bias change what is known ({draws}):")
    print_table(*_updates(found["updates"]))
    syntheses = f"{found['syntheses']:,} syntheses of {words.studies(finding.k)} like these"
    click.echo(f"\nOf {syntheses}, were the truth what was found (bias and width on the scale of analysis):")
    print_table(*_methods(found["methods"]))


def _people(needed: float) -> str:
    if math.isinf(needed):
        return "no number of people"
    return f"{needed:,} people in each" if needed > 1 else "any number of people"


def _updates(updates: Sequence[dict[str, Any]]) -> Table:
    chances = {
        "higher": "certainty rises",
        "lower": "falls",
        "other": "other verdict",
        "uncertain": "too uncertain to call",
    }
    lines = [
        (str(u["studies"]), f"{u['participants']:,}", *(f"{u[name]:.1%}" for name in chances))
        for u in updates
    ]
    return ("new studies", "people in each", *chances.values()), lines


def _methods(methods: Sequence[dict[str, Any]]) -> Table:
    shares, numbers = ("coverage", "power"), ("bias", "rmse", "width")
    lines = [
        (
            m["estimator"],
            m["interval"],
            *(f"{m[name]:.1%}" for name in shares),
            *(f"{m[name]:.3f}" for name in numbers),
        )
        for m in methods
    ]
    return ("estimator", "interval", *shares, *numbers), lines
