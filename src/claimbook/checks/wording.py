"""What a sentence says in numbers, in words and of a direction: what C602 compares, and D301.

``amounts`` reads a text into typed quantities (weeks, sessions a week, percent, studies, year), and ``names``
into the words it uses for people, muscles and modes of training, under one name for all synonyms. The same
functions read the claim and the record, so the two are compared like with like.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from claimbook.checks.intervals import SCALES
from claimbook.checks.rounding import Range, span, value_of
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import Item, View

if TYPE_CHECKING:
    from claimbook.records.models import Mention

_COUNTED = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
    "twenty",
)
_WORDS = {word: number for number, word in enumerate(_COUNTED)} | {"once": 1, "twice": 2}
_N = r"(?P<n>\d+(?:\.\d+)?|" + "|".join(sorted(_WORDS, key=len, reverse=True)) + ")"
_PER_WEEK = r"(?:a|per|each|every)[ -]week|weekly|/ ?w(?:ee)?k\b"
_WEEKS_IN = {"week": 1.0, "month": 52 / 12, "year": 52.0}

Amounts = dict[str, list[Range]]


def _plain(match: re.Match[str]) -> Range:
    return amount(match["n"])


def _weeks(match: re.Match[str]) -> Range:
    return amount(match["n"]).scaled(_WEEKS_IN[match["unit"]])


QUANTITIES: dict[str, tuple[str, Callable[[re.Match[str]], Range]]] = {
    "weeks": (rf"\b{_N}[ -](?P<unit>week|month|year)s?\b(?![ -]?olds?)", _weeks),
    "sessions a week": (
        rf"\b{_N}[ -]?(?:(?:times|x|days?|sessions?|workouts?|runs?)(?: planned)?,? )?(?:{_PER_WEEK})",
        _plain,
    ),
    "percent": (rf"\b{_N} ?(?:%|percent\b|per cent\b)", _plain),
    "studies": (rf"\b{_N} (?:studies|trials)\b", _plain),
    "people": (rf"\b{_N} (?:people|participants|adults|men|women|students|volunteers|runners)\b", _plain),
    "year": (r"\b(?P<n>(?:19|20)\d\d)\b", _plain),
}
NAMES: dict[str, dict[str, str]] = {
    "training state": {
        "untrained": r"untrained|sedentary|inactive|beginners?|novices?|non-?trained",
        "recreational": r"recreational(?:ly)?(?: active)?",
        "trained": r"(?<!un)(?<!non-)(?:well-)?trained (?:people|men|women|adults)|athletes?|experienced",
    },
    "sex": {"women": r"women|females?|girls", "men": r"(?<!wo)men|(?<!fe)males?|boys"},
    "muscle": {
        "quadriceps": r"quads?|quadriceps|thigh extensors?",
        "vastus lateralis": r"vastus lateralis",
        "whole thigh": r"thigh muscles?|all thigh|thigh muscle mass",
        "hamstrings": r"hamstrings?|knee flexors?",
        "calf": r"calf|calves|gastrocnemius|soleus",
        "biceps": r"biceps brachii",
    },
    "mode": {
        "running": r"run(?:s|ning)?|ran|jog(?:s|ging|ged)?|sprint(?:s|ing)?",
        "cycling": r"cycl(?:e|es|ing)|bik(?:e|es|ing)|bicycle",
        "rowing": r"row(?:s|ed|ing)",
        "swimming": r"sw[iau]m(?:s|ming)?",
        "walking": r"walk(?:s|ed|ing)?",
    },
}


def amount(text: str) -> Range:
    """The values that a number in a sentence can stand for: "three" is anything that rounds to it."""
    if text.lower() in _WORDS:
        return Range.exactly(float(_WORDS[text.lower()])).wider(0.5)
    decimals = len(text.partition(".")[2])
    return Range.exactly(float(text)).wider(0.5 * 10.0**-decimals)


def amounts(text: str) -> Amounts:
    """Every typed quantity of a text."""
    found: Amounts = defaultdict(list)
    for kind, (pattern, read) in QUANTITIES.items():
        found[kind] += [read(match) for match in re.finditer(pattern, text, re.IGNORECASE)]
    return {kind: values for kind, values in found.items() if values}


def names(text: str) -> dict[str, set[str]]:
    """The kinds of people, muscles and modes that a text names."""
    found = {
        facet: {name for name, words in table.items() if re.search(rf"\b(?:{words})\b", text, re.IGNORECASE)}
        for facet, table in NAMES.items()
    }
    return {facet: said for facet, said in found.items() if said}


_MORE = r"gain|gained|more|higher|greater|larger|bigger|stronger|increased?|grew|growth|rise|rose"
_LESS = r"loss|lost|less|lower|smaller|weaker|decreased?|shrank|fell|fall|reduced|reduction"
_GOOD, _BAD = r"improve[ds]?|improvement|better", r"worse|worsened|decline[ds]?"
_NONE = r"no|not|without|neither|nor|never|hardly|next to"
DIRECTIONS = ("higher_better", "lower_better")


def direction_is_given(view: View) -> Iterator[Hit]:
    """An outcome that does not say which way is better, or words that contradict a sign.

    Every outcome in `library.yaml` has a `direction`. And where a claim shows a result `beside` the evidence,
    what it `says` in words must not be the opposite of the printed effect: fires only where the words speak
    of one direction alone and the effect is clearly on the other side.

    Fails:

    ```yaml
    # library.yaml
    outcomes: {strength: {label: strength, because: More is better.}}
    ```

    Passes:

    ```yaml
    # library.yaml
    outcomes: {strength: {label: strength, direction: higher_better, because: More is better.}}
    ```

    Source: Cochrane Handbook for Systematic Reviews of Interventions, section 6.5.1.2.
    """
    for raw in view.raw:
        outcomes = raw.data.get("outcomes") if raw.folder == "" and isinstance(raw.data, dict) else None
        for key, outcome in outcomes.items() if isinstance(outcomes, dict) else ():
            direction = outcome.get("direction") if isinstance(outcome, dict) else None
            if direction not in DIRECTIONS:
                given = f'"{direction}"' if direction else "nothing"
                message = f"outcome {key} says {given} where it must say which way is better"
                yield Hit(raw.where("outcomes", key, "direction"), message)
    for claim in view.library.claims.values():
        for index, mention in enumerate(claim.beside):
            item = view.item(mention.study, mention.result)
            outcome = view.library.info.outcomes.get(item.result.outcome) if item else None
            better = -1 if outcome and outcome.direction == "lower_better" else 1
            if item is not None and (message := _contradiction(mention, item, better)):
                yield Hit(view.library.where(claim.claim, "beside", index, "says"), message, _SIGN)


_SIGN = "compare sign and words with the source; the sign says which group has more"


def _contradiction(mention: Mention, item: Item, better: int) -> str:
    words, sign = _said(mention.says, better), sign_of(item)
    if not words or not sign or words == sign:
        return ""
    way = {1: "more", -1: "less"}
    return f'"{mention.says}" speaks of {way[words]}, but the printed effect of {item.key} means {way[sign]}'


def _said(text: str, better: int) -> int:
    """1 where a text speaks of more alone, -1 of less alone, else 0; a negation leaves it open."""
    lowered = text.lower()
    if re.search(rf"\b({_NONE})\b", lowered):
        return 0
    more, less, good, bad = (
        bool(re.search(rf"\b({words})\b", lowered)) for words in (_MORE, _LESS, _GOOD, _BAD)
    )
    ways = {way for way, said in ((1, more), (-1, less), (better, good), (-better, bad)) if said}
    return ways.pop() if len(ways) == 1 else 0


def sign_of(item: Item) -> int:
    """1 or -1 where a printed effect is clearly more or less than nothing, else 0."""
    data: Any = item.result.data
    if item.result.reported is not None:
        scale = SCALES.get(data.measure.upper())
        null = scale.null if scale else 0.0
        low, high = span(data.low), span(data.high)
        if low is None or high is None:
            return 0
        return 1 if low.low > null else -1 if high.high < null else 0
    percent = value_of(getattr(data, "percent", None)) if item.result.percent_change else None
    clear = percent is not None and data.p is not None and data.p.sign != ">" and data.p.value <= 0.05
    return (1 if percent > 0 else -1) if clear and percent else 0


CHECKS = (
    Check(
        "D301",
        "direction-missing",
        "error",
        direction_is_given,
        "Without a direction a loss can be shown as a gain.",
        "write direction: higher_better or direction: lower_better",
    ),
)
