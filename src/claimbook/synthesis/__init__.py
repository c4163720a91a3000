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
    "PREDICTORS": "small_study",
    "SMALL_STUDY_TESTS": "small_study",
    "Test": "small_study",
    "TRIM_ESTIMATORS": "trim_fill",
    "fail_safe_n": "failsafe",
    "FAIL_SAFE": "failsafe",
    "pet_peese": "pet_peese",
    "limit_meta_analysis": "limit",
    "excess_significance": "excess",
    "selection_model": "selection",
    "SELECTION_MODELS": "selection_weights",
    "VEVEA_WOODS": "selection",
    "VEVEA_WOODS_STEPS": "selection",
    "selection_ratio": "selection_ratio",
    "selection_ratio_needed": "selection_ratio",
    "p_curve": "pcurve",
    "p_uniform": "puniform",
    "p_uniform_star": "puniform",
    "copas": "copas",
    "copas_path": "copas",
    "henmi_copas": "henmi_copas",
    "e_value": "evalue",
    "reporting_bias_bounds": "missing",
    "funnel": "missing",
    "deleted_residuals": "influence",
    "gosh": "gosh",
    "standardized_residuals": "diagnostics",
    "baujat": "diagnostics",
    "radial": "diagnostics",
    "normal_quantiles": "diagnostics",
    "labbe": "diagnostics",
    "MISSING_EVIDENCE": "adjustments",
    "SENSITIVITY": "adjustments",
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
