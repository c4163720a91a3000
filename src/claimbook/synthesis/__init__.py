"""synthesis: pooled effects, meta-regression, and what follows from them.

Each name is imported when it is first used; a new one takes a line in the table below.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "pool": "pooled",
    "Pooled": "pooled",
    "TAU2": "tau2",
    "INTERVALS": "intervals",
    "PREDICTION": "prediction",
    "NonConvergence": "model",
    "regress": "regression",
    "Regression": "regression",
    "pool_events": "events",
    "small_study": "small_study",
    "trim_and_fill": "trim_fill",
    "influence": "influence",
    "leave_one_out": "influence",
    "cumulate": "influence",
    "pool_many": "batch",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'claimbook.synthesis' has no attribute {name!r}")
    value = getattr(import_module(f"claimbook.synthesis.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
