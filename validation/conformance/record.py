"""Listen to the comparisons of the reference tests: how many values each holds, and how far off they are.

The tests compare through `reference.Grid.hold`, `held.Pair.misses` and `reference.distance`. A pytest plugin
stands beside the three and keeps the number of cases of each area of a test module, and the number of values
and the largest error of each quantity. The error of a value is |ours - theirs| / |theirs|; where the test
says that a value may vanish, it is relative to the unit named there, so that an error above the tolerance of
the test is a failed test and nothing else is.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest

TESTS = Path(__file__).parents[2] / "tests"
sys.path.insert(0, str(TESTS))

import held  # noqa: E402
import reference  # noqa: E402

OWN_MEASURES = {"lower likelihood"}
"""Comparisons of ours with ours, which hold no reference value."""


class Key(NamedTuple):
    """Where a comparison stands: the test module, its area (or its test) and the quantity."""

    module: str
    area: str
    quantity: str
    tolerance: float


@dataclass
class Tally:
    """What was held under one key."""

    values: int = 0
    worst: float = 0.0


def error(ours: Any, theirs: Any, tolerance: float, absolute: float) -> tuple[int, float]:
    """Number of reference values and the largest error among them."""
    ours, theirs = reference.column(ours), reference.column(theirs)
    known = ~np.isnan(theirs)
    ours, theirs = ours[known], theirs[known]
    unit = absolute / tolerance if tolerance else 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        gaps = np.where(ours == theirs, 0.0, np.abs(ours - theirs) / np.maximum(np.abs(theirs), unit))
    return int(known.sum()), float(gaps.max(initial=0.0))


class Recorder:
    """The pytest plugin; `tallies` and `cases`, by module and area, have the result."""

    def __init__(self) -> None:
        self.tallies: dict[Key, Tally] = defaultdict(Tally)
        self.cases: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.item: pytest.Item | None = None
        self.area = self.case = ""

    def at(self, case: str) -> tuple[str, str]:
        """Count a case of the area at hand; the module and the area."""
        assert self.item is not None
        place = self.item.module.__name__.removeprefix("test_"), self.area or self.item.originalname
        self.cases[place].add(f"{self.item.nodeid} {case}")
        return place

    def note(
        self, case: str, quantity: str, ours: Any, theirs: Any, tolerance: float, absolute: float
    ) -> None:
        if quantity in OWN_MEASURES:
            return
        module, area = self.at(case)
        values, worst = error(ours, theirs, tolerance, absolute)
        tally = self.tallies[Key(module, area, quantity or area, tolerance)]
        tally.values += values
        tally.worst = max(tally.worst, worst)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for module in {item.module for item in items}:
            for areas in (getattr(module, "AREAS", None), getattr(module, "COMPARE", None)):
                if isinstance(areas, dict):
                    areas.update({area: self._within(area, compare) for area, compare in areas.items()})
            if hasattr(module, "distance"):
                module.distance = self._measuring(module.distance)
            if hasattr(module, "pairs"):
                module.pairs = self._naming(module.pairs)

    def pytest_runtest_call(self, item: pytest.Item) -> None:
        self.item, self.area, self.case = item, "", ""

    def listen(self) -> None:
        """Stand beside the three ways of comparing, until the process ends."""
        hold, misses = reference.Grid.hold, held.Pair.misses.fget

        def holding(
            grid: Any, where: str, ours: Any, theirs: Any, relative: float, absolute: float = 0.0
        ) -> None:
            _, case, *quantity = where.split()
            name = " ".join(word for word in quantity if not word.isdigit())
            self.note(case, name, ours, theirs, relative, absolute)
            hold(grid, where, ours, theirs, relative, absolute)

        def missing(pair: Any) -> bool:
            absolute = pair.tolerance * pair.unit
            self.note(self.case, pair.what, pair.ours, pair.theirs, pair.tolerance, absolute)
            return misses(pair)

        reference.Grid.hold, held.Pair.misses = holding, property(missing)

    def _within(self, area: str, compare: Callable[..., Any]) -> Callable[..., Any]:
        """A comparison that says which area and which case it is at."""

        def pairs(case: dict[str, Any], *rest: Any) -> Iterator[Any]:
            self.area, self.case = area, case["id"]
            self.at(self.case)
            yield from compare(case, *rest)
            self.area = ""

        def held_by_grid(*asked: Any) -> None:
            self.area = area
            compare(*asked)
            self.area = ""

        return held_by_grid if compare.__code__.co_varnames[0] == "grid" else pairs

    def _naming(self, pairs: Callable[[str, str], Iterator[Any]]) -> Callable[[str, str], Iterator[Any]]:
        """Pairs of a test that asks for them by file and case."""

        def named(name: str, case: str) -> Iterator[Any]:
            self.case = case
            self.at(case)
            yield from pairs(name, case)

        return named

    def _measuring(self, distance: Callable[..., float]) -> Callable[..., float]:
        """A distance that a test measures itself."""

        def measured(ours: Any, theirs: Any, absolute: float = 0.0) -> float:
            assert self.item is not None
            self.note("", "", ours, theirs, tolerance_of(self.item), absolute)
            return distance(ours, theirs, absolute)

        return measured


def tolerance_of(item: pytest.Item) -> float:
    """The tolerance of a test that measures a distance itself."""
    module: ModuleType = item.module
    case = item.callspec.params.get("case", {}).get("id", "") if hasattr(item, "callspec") else ""
    if case.startswith(("RTET", "ZTET")):
        return module.TETRACHORIC
    return getattr(module, "TOLERANCE", {}).get(case, module.CLOSED)


def record(modules: list[str]) -> Recorder:
    """Run these test modules and return what they held; a failing test is a RuntimeError."""
    recorder = Recorder()
    recorder.listen()
    paths = [str(TESTS / f"test_{module}.py") for module in modules]
    if pytest.main(["-q", "-n", "0", "-p", "no:cacheprovider", *paths], plugins=[recorder]):
        raise RuntimeError("a reference test fails: its errors are not for the page")
    return recorder
