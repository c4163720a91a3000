"""A library seen from one file: a rule meets that file alone, and finds others only by their names.

What is looked up is written down, so that a later check knows of which files the answer depends. A rule that
goes over all files therefore goes over one; the few that compare files (``families.ACROSS_FILES``) get the
library itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

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

    def forget(self) -> None:
        """Drop what was made; it is made again for those who ask."""
        self._made.clear()


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


class Focus:
    """One file of a library, with a view of it, and what of other files was looked at meanwhile."""

    def __init__(self, library: Library, key: str) -> None:
        self.library, self.key, self._seen = library, key, set[str]()
        self.view = View(self._watched(key))

    def _watched(self, alone: str | None) -> Library:
        library, seen = self.library, self._seen
        return replace(
            library,
            studies=Watched(library.studies, seen, alone),
            claims=Watched(library.claims, seen, alone),
            documents=Watched(library.documents, seen, alone),
            bibliography=Watched(library.bibliography, seen, None if alone is None else NO_KEY, CITATION),
        )

    def astray(self, broken: Collection[str]) -> list[Problem]:
        """References that lead nowhere, among all files."""
        known = Watched(dict.fromkeys(broken), self._seen)
        return list(dangling_in(self._watched(None), self.key, known))

    def hits(self) -> list[Problem]:
        """What the rules of one file find in this one."""
        path = self.library.documents[self.key].path
        return [p for check in RULES_OF_A_FILE for p in check.run(self.view) if p.where.path == path]

    @property
    def others(self) -> set[str]:
        """The others that were looked at, there or not; all that is kept depends on library.yaml anyway."""
        return self._seen - {self.key, "library"}
