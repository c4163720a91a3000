"""A library seen from one file: a rule meets that file alone, and finds others only by their names.

What is looked up is written down, so that a later check knows of which files the answer depends. A rule that
goes over all files therefore goes over one; the few that compare files (``families.ACROSS_FILES``) get the
library itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from claimbook.checks.families import RULES_OF_A_FILE
from claimbook.checks.view import View
from claimbook.problems import Problem
from claimbook.records.dangling import dangling_in
from claimbook.records.library import Library

Value = TypeVar("Value")
NO_KEY = ""
ALL, CITATION = "*", "@"  # in place of a key: the keys of all files; before one: an entry of references.bib


class Lazy(Mapping[str, Value]):
    """A mapping whose values are made when they are asked for."""

    def __init__(self, keys: Iterable[str], make: Callable[[str], Value]) -> None:
        self._made: dict[str, Value] = {}
        self._keys = dict.fromkeys(keys)
        self._make = make

    def __getitem__(self, key: str) -> Value:
        if key not in self._made:
            if key not in self._keys:
                raise KeyError(key)
            self._made[key] = self._make(key)
        return self._made[key]

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


class Watched(Mapping[str, Value]):
    """A mapping that writes down which of its keys are asked for, there or not.

    With ``alone`` it goes over that key only, while all others can still be asked for.
    """

    def __init__(
        self, of: Mapping[str, Value], seen: set[str], alone: str | None = None, mark: str = ""
    ) -> None:
        self._of, self._seen, self._alone, self._mark = of, seen, alone, mark

    def __getitem__(self, key: str) -> Value:
        self._seen.add(self._mark + key)
        return self._of[key]

    def __contains__(self, key: object) -> bool:
        self._seen.add(f"{self._mark}{key}")
        return key in self._of

    def __iter__(self) -> Iterator[str]:
        if self._alone is None:
            self._seen.add(ALL)
            return iter(self._of)
        return iter([self._alone] if self._alone in self._of else [])

    def __len__(self) -> int:
        return sum(1 for _ in self)


def judged(
    library: Library, key: str, broken: Collection[str]
) -> tuple[list[Problem], list[Problem], set[str]]:
    """(references to nothing, what the rules of one file find, keys of the others that were looked at).

    library.yaml is not among the others: what is kept depends on it in any case.
    """
    seen: set[str] = set()
    wide = _watched(library, seen, None)
    astray = list(dangling_in(wide, key, Watched(dict.fromkeys(broken), seen)))
    view = View(_watched(library, seen, key))
    path = library.documents[key].path
    hits = [p for check in RULES_OF_A_FILE for p in check.run(view) if p.where.path == path]
    return astray, hits, seen - {key, "library"}


def _watched(library: Library, seen: set[str], alone: str | None) -> Library:
    def watched(of: Mapping[str, Any], mark: str = "") -> Watched[Any]:
        return Watched(of, seen, alone, mark)

    return replace(
        library,
        studies=watched(library.studies),
        claims=watched(library.claims),
        documents=watched(library.documents),
        bibliography=Watched(library.bibliography, seen, alone and NO_KEY, CITATION),
    )
