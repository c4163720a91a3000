"""Numbers and sentences for readers: three significant digits, no exponents, one place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any


def plain(value: float) -> str:
    """``-4.396`` -> ``-4.4``, ``0.04683`` -> ``0.0468``, ``12345.6`` -> ``12346``."""
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    return _trimmed(f"{value:.{decimals}f}")


def together(*values: float, usual: int | None = None) -> list[str]:
    """Numbers of one effect, all to the decimals that their spread asks for: ``1.75`` beside ``9.90``.

    ``usual`` decimals are those that the measure has everywhere.
    """
    low, high = min(values), max(values)
    if not math.isfinite(high - low) or high == low:
        return [plain(value) for value in values]
    decimals = max(0, 2 - math.floor(math.log10(high - low))) if usual is None else usual
    while usual is None and decimals and all(f"{value:.{decimals}f}".endswith("0") for value in values):
        decimals -= 1
    decimals = telling(decimals, low, high)
    return [f"{round(value, decimals) + 0.0:.{decimals}f}" for value in values]


def telling(decimals: int, low: float, high: float, null: float = 0.0) -> int:
    """So many decimals, or the fewest more that keep a limit beside ``null`` from being printed as that."""
    limits = [limit for limit in (low, high) if math.isfinite(limit) and round(limit, FINEST - 1) != null]
    enough = (more for more in range(decimals, FINEST) if all(round(limit, more) != null for limit in limits))
    return next(enough, decimals)


FINEST = 7  # a limit that needs so many decimals is as good as null


def _trimmed(text: str) -> str:
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if short == "-0" else short


def amount(number: float, many: str) -> str:
    """``12 participants``, ``1 participant``."""
    return f"{number:.0f} {many[:-1] if round(number) == 1 else many}"


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


SPELT = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def counted(number: int, one: str, many: str = "") -> str:
    """``one study``, ``three studies``, ``21 studies``: small numbers in words."""
    name = one if number == 1 else many or f"{one}s"
    return f"{SPELT[number] if 0 <= number < len(SPELT) else number} {name}"


def sentence(template: str, facts: Mapping[str, Any]) -> str:
    """A template filled with facts: floats without a format of their own by ``plain``, shares as ``55 %``."""
    return _READABLE.vformat(template, (), facts)


class _Readable(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, float) and not format_spec:
            return plain(value)
        text = str(super().format_field(value, format_spec))
        return f"{text[:-1]} %" if format_spec.endswith("%") else text


_READABLE = _Readable()
