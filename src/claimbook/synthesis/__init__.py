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
    "TAU2_INTERVALS": "tau2_interval",
    "pool_events": "events",
    "MANTEL_HAENSZEL": "tables",
    "EVENT_METHODS": "events",
    "pool_glmm": "glmm",
    "GLMM": "count_models",
    "pool_beta_binomial": "beta_binomial",
    "unrestricted_wls": "weighting",
    "ivhet": "weighting",
    "quality_effects": "weighting",
    "WEIGHTINGS": "weighting",
    "regress_scale": "location_scale",
    "heteroscedasticity": "location_scale",
    "likelihood_ratio": "comparison",
    "average_models": "comparison",
    "permute": "permutation",
    "permute_signs": "permutation",
    "permute_moderators": "permutation",
    "small_study": "asymmetry",
    "trim_and_fill": "trim_fill",
    "influence": "deletion",
    "leave_one_out": "deletion",
    "cumulate": "deletion",
    "pool_many": "batch",
    "fit_rows": "batch",
    "regress_many": "batch_regress",
    "regress_rows": "batch_regress",
    "pool_stream": "batch_frame",
    "bootstrap": "resampling",
    "RESAMPLING": "resampling",
    "BOOTSTRAP_INTERVALS": "resampling",
    "simulate": "simulation",
    "Scenario": "simulation",
    "grid": "simulation",
    "Update": "new_studies",
    "settled_by": "new_studies",
    "participants_needed": "new_studies",
    "PREDICTORS": "asymmetry",
    "SMALL_STUDY_TESTS": "asymmetry",
    "Test": "asymmetry",
    "TRIM_ESTIMATORS": "trim_fill",
    "fail_safe_n": "failsafe",
    "FAIL_SAFE": "failsafe",
    "pet_peese": "precision_effect",
    "limit_meta_analysis": "limit",
    "excess_significance": "excess",
    "selection_model": "selection",
    "SELECTION_MODELS": "selection_weights",
    "VEVEA_WOODS": "selection",
    "VEVEA_WOODS_STEPS": "selection",
    "selection_ratio": "severity",
    "selection_ratio_needed": "severity",
    "p_curve": "pcurve",
    "p_uniform": "puniform",
    "p_uniform_star": "puniform_star",
    "copas": "copas_selection",
    "copas_path": "copas_selection",
    "henmi_copas": "henmi",
    "e_value": "evalue",
    "reporting_bias_bounds": "missing",
    "funnel": "missing",
    "deleted_residuals": "deletion",
    "gosh": "subsets",
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
