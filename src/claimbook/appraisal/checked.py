"""Checking one field at a time: a bad value raises ``EvidenceError``, whose message starts with the field."""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import TypeVar

from claimbook.problems import did_you_mean

_T = TypeVar("_T")


class EvidenceError(ValueError):
    """A field of the evidence is missing, impossible or not one of the allowed words."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.field = name
        self.message = message


def needed(name: str, value: _T | None, why: str = "is missing") -> _T:
    if value is None:
        raise EvidenceError(name, why)
    return value


def one_of(name: str, value: object, allowed: Collection[str]) -> None:
    if not isinstance(value, str) or value not in allowed:
        hint = did_you_mean(str(value), allowed)
        raise EvidenceError(name, f"{value!r} is not one of {', '.join(allowed)}{hint}")


def flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise EvidenceError(name, f"{value!r} is neither true nor false")


def optional_flag(name: str, value: object) -> None:
    if value is not None:
        flag(name, value)


def number(
    name: str,
    value: object,
    *,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    below: float | None = None,
) -> float:
    """``value`` if it is finite and in range; ``low`` and ``high`` belong to the range."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
        raise EvidenceError(name, f"{repr(value)[:40]} is not a finite number")
    broken = {
        "at least": (low, low is not None and value < low),
        "at most": (high, high is not None and value > high),
        "above": (above, above is not None and value <= above),
        "below": (below, below is not None and value >= below),
    }
    for words, (limit, is_broken) in broken.items():
        if is_broken:
            raise EvidenceError(name, f"{value} is impossible; it must be {words} {limit:g}")
    return float(value)


def optional_number(name: str, value: object, **limits: float | None) -> None:
    if value is not None:
        number(name, value, **limits)
