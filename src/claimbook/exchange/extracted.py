"""Rows of extracted numbers into results of a record, each with where it was read.

Which kind of result a row is follows from the numbers in it. A row in which a number is missing that the
kind needs is held back with its reason; a spread may be missing, because papers leave it out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from claimbook.exchange.citation import ascii_word, plain, signature
from claimbook.problems import Where, did_you_mean
from claimbook.records.models import LibraryInfo, number_of

BLANK = {"", "na", "n/a", "nr", "nan", "none", "null", "-", "–", "—", ".", "?", "not reported", "not stated"}


@dataclass(frozen=True)
class Row:
    """One row: field to text, as the file writes it, and where it stands."""

    where: Where
    values: Mapping[str, str] = field(hash=False)

    def get(self, name: str) -> str:
        """The text of a field; "" for the ways in which tables say that there is nothing."""
        text = plain(self.values.get(name, ""))
        return "" if text.lower() in BLANK else text


@dataclass(frozen=True)
class Choices:
    """What holds for all rows where they do not say it themselves.

    ``outcomes`` maps words of the file to outcome ids; the key "" holds for rows without one.
    """

    outcomes: Mapping[str, str] = field(default_factory=dict, hash=False)
    where: str = ""
    read_in: str = ""
    status: str = ""


class HeldBack(Exception):
    """A row that cannot become a result; the message is a sentence, ``code`` its rule."""

    def __init__(self, message: str, fix: str = "", code: str = "X009") -> None:
        super().__init__(message)
        self.fix, self.code = fix, code


def result_of(row: Row, info: LibraryInfo, choices: Choices) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """(result, arms) of one row. HeldBack where that cannot be."""
    outcome = _outcome(row, info, choices)
    kind = next((kind for kind in KINDS if any(row.get(name) for name in kind.signs)), None)
    if kind is None:
        raise HeldBack("the row has no number that tells a result", "map its columns with --map COLUMN=FIELD")
    arms = [_arm(row, name, word) for name, word in kind.arms]
    if len(arms) > 1 and arms[0]["id"] == arms[1]["id"]:
        arms[1]["id"] += "-2"
    told = row.get("where")
    place = told or choices.where or f"{row.where.path.rpartition('/')[2]}, row {row.where.line}"
    named = row.get("what") or row.get("outcome") or info.outcomes[outcome].label
    data = kind.make(row, [arm["id"] for arm in arms])
    result = {
        "id": _id(outcome, row.get("time"), row.get("subgroup")),
        "outcome": outcome,
        "what": named,
        "unit": row.get("unit") or "not stated",
        "time": row.get("time"),
        "subgroup": row.get("subgroup"),
        "read_in": row.get("read_in") or choices.read_in,
        "where": place,
        "status": row.get("status") or choices.status or ("confirmed" if told else "secondhand"),
        kind.shape: data,
        "note": row.get("note"),
    }
    return {name: value for name, value in result.items() if value}, arms


def _outcome(row: Row, info: LibraryInfo, choices: Choices) -> str:
    """The id of the row's outcome: as chosen, or the one whose id or label the row names."""
    said = row.get("outcome")
    chosen = choices.outcomes.get(said) or ("" if said else choices.outcomes.get(""))
    by_name = {signature(word): id for id, one in info.outcomes.items() for word in (one.label, id)}
    found = chosen or by_name.get(signature(said)) or choices.outcomes.get("")
    if not found:
        fix = f"--outcome '{said}=ID', or add it to library.yaml" if said else "--outcome ID"
        near = did_you_mean(said, info.outcomes) if said else "; the row names none"
        raise HeldBack(f'no outcome "{said}" in library.yaml{near}', fix, "X010")
    if found not in info.outcomes:
        raise HeldBack(
            f'no outcome "{found}" in library.yaml{did_you_mean(found, info.outcomes)}', "", "X010"
        )
    return found


def _arm(row: Row, name: str, word: str) -> dict[str, str]:
    label = row.get(name) or word
    parts = [ascii_word(part) for part in re.split(r"[\s/+&,-]+", label)]
    return {"id": "-".join(filter(None, parts))[:40].strip("-") or word, "label": label}


def _id(*parts: str) -> str:
    words = [ascii_word(word) for part in parts for word in re.split(r"[\s_-]+", part)]
    return "-".join(filter(None, words))[:60].strip("-") or "result"


def _number(row: Row, name: str, needed: bool = True) -> str:
    """The number of a field, as it is printed. HeldBack where it is needed and missing, or is none."""
    text = row.get(name).replace("−", "-")
    if not text:
        if needed:
            raise HeldBack(f"{name} is missing", f'fill it in, or write "unknown" for {name}')
        return ""
    if text.lower() == "unknown":
        return "unknown"
    try:
        value = number_of(text)
    except ValueError as error:
        raise HeldBack(f"{name}: {error}") from None
    if name in SIZES and value < 1:
        raise HeldBack(f"{name} is {text}: a group without people", "leave the row out")
    return text


SIZES = {"n", "n1", "n2"}


def _some(row: Row, *names: str) -> dict[str, str]:
    """The numbers that are there, under the names that records have for them."""
    found = {re.sub(r"\d$", "", name): _number(row, name, needed=False) for name in names}
    return {name: text for name, text in found.items() if text}


def _spread(row: Row, number: str = "") -> dict[str, str]:
    found = _some(row, f"sd{number}", f"se{number}")
    return {"sd": found["sd"]} if "sd" in found else found


def _group(row: Row, arm: str, number: str) -> dict[str, str]:
    n, mean = _number(row, f"n{number}"), _number(row, f"mean{number}")
    return {"arm": arm, "n": n, "mean": mean, **_spread(row, number)}


def _means(row: Row, arms: Sequence[str]) -> dict[str, Any]:
    of = row.get("of").lower() or "final"
    if of not in {"final", "change"}:
        raise HeldBack(f'of: "{of}" is neither final nor change')
    return {"of": of, "intervention": _group(row, arms[0], "1"), "comparator": _group(row, arms[1], "2")}


def _counts(row: Row, arms: Sequence[str]) -> dict[str, Any]:
    sides = zip(("intervention", "comparator"), arms, "12", strict=True)
    return {
        side: {"arm": arm, "events": _number(row, f"events{number}"), "n": _number(row, f"n{number}")}
        for side, arm, number in sides
    }


def _pre_post(row: Row, arms: Sequence[str]) -> dict[str, Any]:
    names = ("n", "mean_pre", "sd_pre", "mean_post", "sd_post")
    return {"arm": arms[0], **{name: _number(row, name) for name in names}, **_some(row, "r"), **_p(row)}


def _percent(row: Row, arms: Sequence[str]) -> dict[str, Any]:
    size, percent = _number(row, "n"), _number(row, "percent")
    return {"arm": arms[0], "n": size, "percent": percent, **_spread(row), **_p(row)}


def _single(row: Row, arms: Sequence[str]) -> dict[str, Any]:
    return {"arm": arms[0], "n": _number(row, "n"), "mean": _number(row, "mean"), **_spread(row)}


def _reported(row: Row, arms: Sequence[str]) -> dict[str, Any]:
    measure = row.get("measure").upper()
    if not measure:
        raise HeldBack(
            "measure is missing: which effect is the estimate?", "name it in a column: SMD, RR ..."
        )
    found = {"measure": MEASURES.get(measure, measure), "estimate": _number(row, "estimate")}
    return {**found, **_some(row, "low", "high", "se", "n"), **_p(row)}


def _p(row: Row) -> dict[str, str]:
    return {"p": row.get("p").replace("< ", "<").replace("≤", "<")} if row.get("p") else {}


class Kind(NamedTuple):
    """A kind of result: the fields that give it away, its arms, and how its numbers are laid out."""

    shape: str
    signs: tuple[str, ...]
    arms: tuple[tuple[str, str], ...]
    make: Callable[[Row, Sequence[str]], dict[str, Any]]


_TWO = (("arm1", "intervention"), ("arm2", "comparator"))
_ONE = (("arm", "group"),)
KINDS = (
    Kind("counts", ("events1", "events2"), _TWO, _counts),
    Kind("means", ("mean1", "mean2"), _TWO, _means),
    Kind("pre_post", ("mean_pre", "mean_post"), _ONE, _pre_post),
    Kind("percent_change", ("percent",), _ONE, _percent),
    Kind("single", ("mean",), _ONE, _single),
    Kind("reported", ("estimate",), (), _reported),
)
MEASURES = {  # effect measures as RevMan writes them
    "RISK RATIO": "RR",
    "ODDS RATIO": "OR",
    "RISK DIFFERENCE": "RD",
    "HAZARD RATIO": "HR",
    "MEAN DIFFERENCE": "MD",
    "STD. MEAN DIFFERENCE": "SMD",
    "STANDARDISED MEAN DIFFERENCE": "SMD",
    "STANDARDIZED MEAN DIFFERENCE": "SMD",
    "PETO_OR": "PETO",
    "PETO ODDS RATIO": "PETO",
    "RATE RATIO": "IRR",
}
