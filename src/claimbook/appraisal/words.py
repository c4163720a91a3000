"""Numbers and sentences for readers: three significant digits, no exponents, one place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from string import Formatter
from typing import Any


def plain(value: float) -> str:
    """``-4.396`` -> ``-4.4``, ``0.04683`` -> ``0.0468``, ``12345.6`` -> ``12346``."""
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def sentence(template: str, facts: Mapping[str, Any]) -> str:
    """A template filled with facts; floats without a format of their own are written by ``plain``."""
    return _READABLE.vformat(template, (), facts)


class _Readable(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, float) and not format_spec:
            return plain(value)
        return str(super().format_field(value, format_spec))


_READABLE = _Readable()
