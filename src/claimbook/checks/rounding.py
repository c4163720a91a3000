"""Printed numbers as the ranges of values that round to them, and arithmetic on such ranges.

A printed 10.6 stands for anything from 10.55 to 10.65. Two printed numbers disagree only where their ranges
do not meet, so a check that computes with ranges never takes rounding for an error. A range that enters a
formula twice is treated as two independent ones: the result is then too wide, never too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from claimbook.records.models import Number

EDGE = 1e-9  # a value on the very edge of a range belongs to it, whatever binary floating point makes of it


@dataclass(frozen=True, slots=True)
class Range:
    """All values from ``low`` to ``high``."""

    low: float
    high: float

    @classmethod
    def exactly(cls, value: float) -> Range:
        return cls(value, value)

    @property
    def middle(self) -> float:
        return self.low + (self.high - self.low) / 2

    def __add__(self, other: Range) -> Range:
        return _ordered(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Range) -> Range:
        return _ordered(self.low - other.high, self.high - other.low)

    def __mul__(self, other: Range) -> Range:
        return _ordered(*(a * b for a in (self.low, self.high) for b in (other.low, other.high)))

    def __truediv__(self, other: Range) -> Range:
        if other.low <= 0 <= other.high:
            return Range(-math.inf, math.inf)
        return self * Range(1 / other.high, 1 / other.low)

    def __abs__(self) -> Range:
        if self.low >= 0:
            return self
        return Range(-self.high, -self.low) if self.high <= 0 else Range(0.0, max(-self.low, self.high))

    def scaled(self, factor: float) -> Range:
        return self * Range.exactly(factor)

    def squared(self) -> Range:
        return abs(self) * abs(self)

    def root(self) -> Range:
        """Square root; what lies below zero counts as zero."""
        return Range(math.sqrt(max(self.low, 0.0)), math.sqrt(max(self.high, 0.0)))

    def through(self, rising: Callable[[float], float]) -> Range:
        """The image under a rising function."""
        return Range(rising(self.low), rising(self.high))

    def wider(self, by: float) -> Range:
        return Range(self.low - by, self.high + by)

    def meets(self, other: Range) -> bool:
        slack = EDGE * max(1e-300, abs(self.low), abs(self.high), abs(other.low), abs(other.high))
        return self.low <= other.high + slack and other.low <= self.high + slack

    def holds(self, value: float) -> bool:
        return self.meets(Range.exactly(value))


def _ordered(*values: float) -> Range:
    """The range of all values; where infinities cancel, nothing is known."""
    return Range(-math.inf, math.inf) if any(map(math.isnan, values)) else Range(min(values), max(values))


def span(number: Number | None) -> Range | None:
    """The values that round to a printed number; None where it is absent or unknown."""
    if number is None or number.value is None:
        return None
    return _span(number.value)


def spans(*numbers: Number | None) -> tuple[Range, ...] | None:
    """The ranges of several numbers; None unless all are known."""
    found = tuple(r for r in map(span, numbers) if r is not None)
    return found if len(found) == len(numbers) else None


@lru_cache(maxsize=65536)
def _span(text: str) -> Range:
    from claimbook.records.models import Number

    number = Number(value=text)
    try:
        return Range(float(number) - number.half_unit, float(number) + number.half_unit)
    except OverflowError:  # "0e999" is a zero with a last digit that no float can hold
        return Range.exactly(float(number))


def value_of(number: Number | None) -> float | None:
    """The printed value itself; None where it is absent or unknown."""
    return None if number is None or number.value is None else _value(number.value)


@lru_cache(maxsize=65536)
def _value(text: str) -> float:
    from claimbook.records.models import number_of

    return number_of(text)


def values_of(*numbers: Number | None) -> tuple[float, ...] | None:
    """The values of several numbers; None unless all are known."""
    found = tuple(v for v in map(value_of, numbers) if v is not None)
    return found if len(found) == len(numbers) else None
