"""Reference results of established packages: loading them and measuring the distance to ours."""

from __future__ import annotations

import json
from collections.abc import Iterable
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

GOLDEN = Path(__file__).parent / "golden"
_SPECIAL = {"NaN": np.nan, "NA": np.nan, "Inf": np.inf, "-Inf": -np.inf}


@cache
def golden(name: str) -> dict[str, Any]:
    """One reference file, with its special floats as floats (null stays None)."""
    return _restore(json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8")))


def column(values: Any) -> np.ndarray:
    """A reference column as floats, NaN where the reference has null."""
    return np.array(
        [np.nan if v is None else v for v in np.atleast_1d(np.asarray(values, dtype=object))], float
    )


def distance(ours: Any, theirs: Any, absolute: float = 0.0) -> float:
    """Largest relative difference; a pair within ``absolute`` of each other counts as equal.

    NaN agrees only with NaN and an infinity only with itself; shapes must match.
    """
    ours, theirs = column(ours), column(theirs)
    if ours.shape != theirs.shape:
        return np.inf
    agree = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = np.abs(ours - theirs)
        relative = np.where(agree | (gap <= absolute), 0.0, gap / np.abs(theirs))
    relative = np.where(np.isnan(relative), np.inf, relative)
    return float(relative.max(initial=0.0))


def _restore(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _restore(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_restore(item) for item in value]
    if isinstance(value, str):
        return _SPECIAL.get(value, value)
    return value


def files(*prefixes: str) -> list[str]:
    """The reference files whose names start so."""
    return sorted(p.stem for prefix in prefixes for p in GOLDEN.glob(f"{prefix}*.json"))


def cases(name: str, *areas: str, but: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The cases of a reference file in these areas, without those whose ids match a pattern of `but`."""
    return [
        case
        for case in golden(name)["cases"]
        if case["area"] in areas and not any(fnmatch(case["id"], pattern) for pattern in but)
    ]


class Grid:
    """Values of ours beside those of a reference, judged together: which miss, and how many were held."""

    def __init__(self) -> None:
        self.misses: list[str] = []
        self.held = 0

    def hold(self, where: str, ours: Any, theirs: Any, relative: float, absolute: float = 0.0) -> None:
        """Compare a value, or a list of values; a reference's null is held by nothing and not counted."""
        ours, theirs = np.atleast_1d(np.asarray(ours, dtype=float)), column(theirs)
        known = ~np.isnan(theirs)
        if ours.shape != theirs.shape:
            self.misses.append(f"{where}: shape {ours.shape}, not {theirs.shape}")
            return
        gap = distance(ours[known], theirs[known], absolute)
        self.held += int(known.sum())
        if not gap <= relative:
            self.misses.append(
                f"{where}: {gap:.1e} off, allowed {relative:.0e}: ours {ours}, theirs {theirs}"
            )
