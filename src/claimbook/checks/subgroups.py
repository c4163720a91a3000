"""M405: people who are said to differ."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from claimbook.checks.distributions import normal_p
from claimbook.checks.rounding import value_of
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import Item, View

if TYPE_CHECKING:
    from claimbook.records import Claim

_CONTRAST = re.compile(
    r"(?i)\b(but not|only (in|for)|unlike|whereas|more than|less than|than (in|for)|differs? between)\b"
)
_PEOPLE = (
    ("women", "men"),
    ("females", "males"),
    ("untrained", "trained"),
    ("older", "younger"),
    ("old", "young"),
    ("beginners", "athletes"),
    ("sedentary", "active"),
    ("novices", "experienced"),
)


def subgroup_without_test(view: View) -> Iterator[Hit]:
    """A claim that subgroups differ, with no test of the difference.

    "Significant in men, not in women" is no evidence of a difference between men and women. A claim whose
    words contrast two groups needs a test between them: a moderator with its p in the record of a study that
    the claim uses or shows. Where the two groups' effects are recorded, the message gives their difference.

    Fails:

    ```yaml
    # a claim
    text: Strength training helps untrained but not trained people.
    ```

    Passes:

    ```yaml
    # a claim
    text: Strength training helps untrained people.
    ```

    Source: Altman & Bland 2003, BMJ 326:219.
    """
    for claim in view.library.claims.values():
        groups = _contrasted(claim.text) or _contrasted(claim.title)
        if groups and not _tested(view, claim, groups):
            message = f"{groups[0]} and {groups[1]} are said to differ, and no test between them is recorded"
            yield Hit(view.library.where(claim.claim, "text"), message + _difference(view, claim, groups))


def _contrasted(text: str) -> tuple[str, str] | None:
    """The two groups of people that a text sets against each other."""
    words = set(re.findall(r"[a-z]+", text.lower()))
    return next((pair for pair in _PEOPLE if set(pair) <= words), None) if _CONTRAST.search(text) else None


def _shown(view: View, claim: Claim) -> list[Item]:
    mentioned = [view.item(m.study, m.result) for m in claim.beside]
    return [item for _, item in view.used(claim)] + [item for item in mentioned if item is not None]


def _tested(view: View, claim: Claim, groups: tuple[str, str]) -> bool:
    moderators = [m for item in _shown(view, claim) for m in item.study.moderators]
    return any(m.p is not None and any(group in m.what.lower() for group in groups) for m in moderators)


def _difference(view: View, claim: Claim, groups: tuple[str, str]) -> str:
    """The difference between two recorded subgroup effects, where both are there."""
    effects = {
        item.result.subgroup: item.result.reported for item in _shown(view, claim) if item.result.reported
    }
    pair = [effects.get(group) for group in groups]
    known = [(value_of(r.estimate), value_of(r.low), value_of(r.high)) for r in pair if r is not None]
    numbers = [
        (e, (high - low) / 3.92)
        for e, low, high in known
        if e is not None and low is not None and high is not None
    ]
    if len(numbers) < 2 or not (numbers[0][1] or numbers[1][1]):
        return ""
    (first, se1), (second, se2) = numbers
    z = (first - second) / (se1**2 + se2**2) ** 0.5
    return f" (their effects differ by {first - second:.2f}, p = {normal_p(z):.2g})"


CHECKS = (
    Check(
        "M405",
        "subgroup-without-interaction",
        "error",
        subgroup_without_test,
        "Two subgroups can differ in significance without differing in effect.",
        "record the test in `moderators`, or word the claim for one group",
    ),
)
