"""What a sentence says in numbers and in a few kinds of words: the facts that C602 compares.

``facts`` reads a text into typed quantities (weeks, sessions a week, percent, studies, year) and into the
words it uses for people, muscles and modes of training, under one name for all synonyms. The same function
reads the claim and the record, so the two are compared like with like.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable

from claimbook.checks.rounding import Range

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
