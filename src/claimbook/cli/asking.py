"""Questions of an extraction: texts, choices, numbers as they are printed, and numbers that others give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from claimbook.cli.session import Session
from claimbook.records.models import number_of

if TYPE_CHECKING:
    from claimbook.exchange.deriving import Derived, Offer

HELP = """A number as it is printed; ? leaves it unknown; = derives it from others.
For a spread: 2.3 is an SD, se 2.3 a standard error, +- 2.3 one that the paper does not explain."""
MARKS = (("se ", "se"), ("sd ", "sd"), ("+-", "unstated"), ("±", "unstated"))


class Answer(NamedTuple):
    """``kind`` is ``unknown``, ``derive``, ``number``, or for a spread ``sd``, ``se`` or ``unstated``."""

    kind: str
    text: str = ""


def text(words: str, default: str = "", refuses: Callable[[str], str] = lambda text: "") -> str:
    """An answer that is not empty; asked again while ``refuses`` has a reason to."""

    def accept(given: str) -> str:
        given = given.strip()
        if problem := "an answer is needed" if not given else refuses(given):
            raise click.UsageError(problem)
        return given

    return str(click.prompt(words, default=default or None, value_proc=accept, err=True))


def choice(words: str, choices: Sequence[str]) -> str:
    return str(click.prompt(words, type=click.Choice(list(choices)), err=True))


def place(words: str, default: str = "") -> str:
    """Where a number was read. Words that say nothing are no answer."""
    from claimbook.checks.provenance import is_placeholder

    refusal = "say the page, table, figure or abstract"
    return text(words, default, lambda given: refusal if is_placeholder(given) else "")


def number(words: str, name: str) -> Answer:
    """One number; ``name`` is what a record calls it."""
    answer: Answer = click.prompt(words, value_proc=lambda given: _answer(given, name), err=True)
    return answer


def _answer(given: str, name: str) -> Answer:
    given = given.strip().replace("−", "-")
    if given in {"?", "="}:
        return Answer("unknown" if given == "?" else "derive")
    kind, digits = next(
        ((kind, given[len(mark) :]) for mark, kind in MARKS if given.lower().startswith(mark)),
        ("sd" if name == "sd" else "number", given),
    )
    if (kind == "number") == (name == "sd"):
        raise click.UsageError("only a spread can be an SD, an SE or unexplained")
    try:
        number_of(digits)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return Answer(kind, digits.strip())


def derived(session: Session, name: str, near: Mapping[str, str]) -> Derived | None:
    """A number by a conversion of the engine; None where none is known, chosen or possible.

    ``near`` are numbers that stand beside it, offered as inputs.
    """
    from claimbook.exchange.deriving import OFFERS, derive

    offers = OFFERS.get(name, ())
    for at, offer in enumerate(offers, 1):
        session.say(f"  {at}  {offer.label}, from {', '.join(offer.inputs)}")
    if not offers:
        session.say(f"no conversion gives {name}")
        return None
    chosen = click.prompt("which (0 for none)", type=click.IntRange(0, len(offers)), err=True)
    if not chosen:
        return None
    try:
        found = derive(offers[chosen - 1], _inputs(offers[chosen - 1], near))
    except ValueError as error:
        session.say(f"not derived: {error}")
        return None
    session.say(f"{name} {found.value}: {found.formula}\nassumes that {found.assumed}")
    return found if click.confirm("Record it?", default=True, err=True) else None


def _inputs(offer: Offer, near: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, usual in offer.inputs.items():
        default = near.get(name, usual)
        shown = default or ("" if name in offer.may_lack else None)
        found[name] = str(click.prompt(name, default=shown, show_default=bool(default), err=True)).strip()
    return found
