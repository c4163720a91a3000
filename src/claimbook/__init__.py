"""claimbook: from study records to a graded, reproducible evidence book.

The names below are the public interface; each is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "effect_sizes": "effects",
    "Effects": "effects",
    "MEASURES": "effects",
    "recover": "effects",
    "CONVERSIONS": "effects",
    "pool": "synthesis",
    "Pooled": "synthesis",
    "TAU2": "synthesis",
    "regress": "synthesis",
    "Regression": "synthesis",
    "pool_events": "synthesis",
    "pool_many": "synthesis",
    "pool_stream": "synthesis",
    "regress_many": "synthesis",
    "small_study": "synthesis",
    "trim_and_fill": "synthesis",
    "influence": "synthesis",
    "leave_one_out": "synthesis",
    "cumulate": "synthesis",
    "gosh": "synthesis",
    "permute": "synthesis",
    "bootstrap": "synthesis",
    "simulate": "synthesis",
    "Scenario": "synthesis",
    "read_library": "records",
    "Library": "records",
    "Problem": "problems",
    "Where": "problems",
    "check": "checks",
    "find": "findings",
    "Finding": "findings",
    "multiverse": "findings.combinations",
    "Scope": "findings.decisions",
    "outlook": "findings.updates",
    "needed_to_change": "findings.updates",
}

__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'claimbook' has no attribute {name!r}")
    value = getattr(import_module(f"claimbook.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
