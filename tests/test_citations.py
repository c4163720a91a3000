"""Every method names a paper that the packaged bibliographies hold, and no paper stands there unread."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

import claimbook
from claimbook.cli.methods import Method, registered
from claimbook.records.bibliography import Entry, parse_bibliography

HOME = Path(claimbook.__file__).parent
BIBLIOGRAPHIES = sorted(
    path for package in ("effects", "synthesis", "appraisal") for path in (HOME / package).glob("*.bib")
)

PLAIN_MATHEMATICS = {
    *("arcsin", "exp", "log", "logit", "probit", "sqrt", "iarcsin", "ilogit", "iprobit", "isqrt"),
    *("exp_int", "exp_mode", "ilogit_int", "ilogit_mode", "iprobit_int", "ztor_int", "ztor_mode"),
    *("dtoovl", "lnortord", "lnortorr"),
}
"""Transformations that need no paper: functions, their inverses, means and modes of what they give."""


@cache
def methods() -> tuple[Method, ...]:
    return tuple(registered())


@cache
def entries(path: Path) -> dict[str, Entry]:
    found, problems = parse_bibliography(path.read_text(encoding="utf-8"), path.name)
    assert problems == []
    return found


def papers() -> dict[str, Entry]:
    return {key: entry for path in BIBLIOGRAPHIES for key, entry in entries(path).items()}


@cache
def words() -> str:
    """Everything that the package says, on one line."""
    files = [path for suffix in ("py", "yaml") for path in HOME.rglob(f"*.{suffix}")]
    return re.sub(r"\s+", " ", " ".join(path.read_text(encoding="utf-8") for path in files))


def is_read(entry: Entry) -> bool:
    """Whether the package names the entry: its key, an author beside the year, or both authors together."""
    names = [re.escape(family) for family, _ in entry.authors] or [re.escape(entry.key)]
    ways = [rf"\b{re.escape(entry.key)}\b", rf"{names[0]}.{{0,60}}?{entry.get('year')}"]
    if len(names) == 2:
        ways.append(rf"{names[0]}\W*_?{names[1]}")
    return bool(re.search("|".join(ways), words(), re.IGNORECASE))


def test_every_method_names_a_paper_of_the_bibliographies() -> None:
    held = papers()
    assert [(m.family, m.key, m.cite) for m in methods() if m.cite and m.cite not in held] == []


def test_only_plain_mathematics_goes_without_a_paper() -> None:
    assert {m.key for m in methods() if not m.cite} == PLAIN_MATHEMATICS


def test_the_families_of_methods_are_all_there() -> None:
    expected = {
        *("measures", "conversions", "transforms", "tau2", "intervals", "prediction", "tau2-intervals"),
        *(
            "small-study-tests",
            "selection-models",
            "sensitivity",
            "missing-evidence",
            "tools",
            "rulesets",
            "systems",
        ),
    }
    assert expected <= {m.family for m in methods()}


@pytest.mark.parametrize("path", BIBLIOGRAPHIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_entry_of_a_bibliography_is_unread(path: Path) -> None:
    named = {m.cite for m in methods()}
    assert [key for key, entry in entries(path).items() if key not in named and not is_read(entry)] == []


def test_a_paper_in_two_bibliographies_is_the_same_paper() -> None:
    def core(entry: Entry) -> tuple[str, str, str]:
        title = re.sub(r"\W", "", entry.fields["title"]).casefold()
        return entry.get("year"), title, entry.get("pages")

    found: dict[str, set[tuple[str, str, str]]] = {}
    for path in BIBLIOGRAPHIES:
        for key, entry in entries(path).items():
            found.setdefault(key, set()).add(core(entry))
    assert {key: said for key, said in found.items() if len(said) > 1} == {}


@pytest.mark.parametrize("path", BIBLIOGRAPHIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_entry_says_who_wrote_what_and_when(path: Path) -> None:
    found = entries(path).values()
    assert [
        e.key
        for e in found
        if not ((e.get("author") or e.get("editor")) and e.get("title") and e.get("year"))
    ] == []


def test_the_book_lists_every_paper_that_a_method_names() -> None:
    from claimbook.book.references import method_references

    assert {method.cite for method in registered() if method.cite} <= set(method_references())
