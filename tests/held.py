"""Replaying reference cases: a comparison, and which comparisons of a case are out of tolerance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from reference import GOLDEN, column, distance, golden

UNI = sorted(path.stem for path in GOLDEN.glob("uni_*.json"))


class Pair(NamedTuple):
    """Ours and theirs of one quantity; equal within a relative tolerance, or within tolerance * unit."""

    what: str
    ours: Any
    theirs: Any
    tolerance: float
    unit: float = 0.0

    @property
    def misses(self) -> bool:
        return distance(self.ours, self.theirs, self.tolerance * self.unit) > self.tolerance


def answered(values: Any) -> np.ndarray:
    """Where the reference has a value."""
    return np.isfinite(column(values))


Comparison = Callable[[dict[str, Any], np.ndarray, np.ndarray, Any], Iterator[Pair]]


def cases(name: str, areas: set[str], without: dict[tuple[str, str], str]) -> Iterator[dict[str, Any]]:
    for case in golden(name)["cases"]:
        if case["area"] in areas and (name, case["id"]) not in without:
            yield case


def misses(
    name: str, compare: dict[str, Comparison], without: dict[tuple[str, str], str]
) -> list[tuple[str, Pair]]:
    """Every comparison of a file's cases, by the comparison of their area, that is out of tolerance."""
    data = golden(name)["data"]
    y, v = np.array(data["yi"]), np.array(data["vi"])
    return [
        (case["id"], pair)
        for case in cases(name, set(compare), without)
        for pair in compare[case["area"]](case, y, v, data)
        if pair.misses
    ]


def held(names: list[str], areas: set[str], without: dict[tuple[str, str], str]) -> Counter[str]:
    """How many cases of each area are held."""
    return Counter(case["area"] for name in names for case in cases(name, areas, without))
