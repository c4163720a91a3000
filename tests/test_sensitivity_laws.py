"""E-values, p-curve, bounds for what was not reported, Henmi and Copas's interval, funnel data."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

import claimbook as cb
from claimbook import synthesis
from claimbook.synthesis.adjustments import MISSING_EVIDENCE, SENSITIVITY
from claimbook.synthesis.evalue import E_VALUE_MEASURES
from claimbook.synthesis.excess import EXCESS_TESTS
from claimbook.synthesis.failsafe import FAIL_SAFE
from claimbook.synthesis.limit import LIMIT_METHODS
from claimbook.synthesis.pcurve import shift_of_power
from claimbook.synthesis.precision_effect import PET_PEESE
from claimbook.synthesis.puniform import P_UNIFORM

V = np.linspace(0.01, 0.2, 10)
Y = 0.3 + np.sqrt(V) * np.tile([1.1, -0.9], 5)


def test_the_e_value_of_the_papers_example() -> None:
    """RR 3.9 (1.8 to 8.7): 7.26, and 3.0 for the interval (VanderWeele & Ding 2017)."""
    ours = synthesis.e_value(3.9, 1.8, 8.7)
    assert (round(ours.estimate, 2), round(ours.interval, 1)) == (7.26, 3.0)


def test_the_e_value_of_a_protective_effect_is_that_of_its_reciprocal() -> None:
    assert synthesis.e_value(0.5, 0.4, 0.9).interval == pytest.approx(
        synthesis.e_value(2, 1 / 0.9, 2.5).interval
    )


def test_an_interval_that_holds_the_null_needs_no_confounder() -> None:
    assert synthesis.e_value(1.3, 0.9, 1.9).interval == 1.0


@pytest.mark.parametrize("measure", E_VALUE_MEASURES)
def test_no_effect_needs_no_confounder(measure: str) -> None:
    assert synthesis.e_value(E_VALUE_MEASURES[measure].null, measure=measure).estimate == 1.0


def test_a_common_odds_ratio_counts_as_its_root() -> None:
    assert synthesis.e_value(4.0, measure="OR") == synthesis.e_value(2.0)


@pytest.mark.parametrize("p", [0.01, 0.04])
def test_the_p_curve_of_equal_p_values_is_stouffers_test_of_their_share_of_05(p: float) -> None:
    k = 8
    y = np.full(k, -ndtri(p / 2))
    assert synthesis.p_curve(y, np.ones(k)).right_skew[0] == pytest.approx(ndtri(p / 0.05) * np.sqrt(k))


def test_p_values_as_at_33_percent_power_are_neither_flat_nor_adequate() -> None:
    shift = shift_of_power(1 / 3)
    quantiles = norm.isf(norm.sf(1.959963984540054 - shift) * np.linspace(0.025, 0.975, 20)) + shift
    ours = synthesis.p_curve(quantiles, np.ones(20))
    assert ours.power == pytest.approx(1 / 3, abs=0.02)


def test_very_small_p_values_have_evidential_value() -> None:
    ours = synthesis.p_curve([4.0, 4.5, 5.0], [1.0, 1.0, 1.0])
    assert (ours.evidential, ours.inadequate) == (True, False)


def test_p_values_just_below_05_have_none() -> None:
    ours = synthesis.p_curve(np.full(12, 1.99), np.ones(12))
    assert (ours.evidential, ours.inadequate, ours.power) == (False, True, 0.05)


def test_nothing_missing_biases_nothing() -> None:
    first = synthesis.reporting_bias_bounds(Y, V).iloc[0]
    assert (first.missing, first.bias, first.low) == (0, 0, cb.pool(Y, V).low)


def test_the_bound_for_equal_variances_is_that_of_truncation() -> None:
    """Of n draws the mean of the k largest exceeds the mean by at most sigma phi(c) / (k / n), c the cut."""
    ours = synthesis.reporting_bias_bounds(np.zeros(6), np.full(6, 0.25), [2], tau2="EE", interval="z")
    assert ours["bias"][0] == pytest.approx(0.5 * norm.pdf(norm.ppf(0.75)) / 0.75)


def test_the_bound_grows_with_what_is_missing() -> None:
    assert synthesis.reporting_bias_bounds(Y, V)["bias"].is_monotonic_increasing


def test_henmi_and_copas_are_centred_on_the_equal_effects_mean() -> None:
    ours = synthesis.henmi_copas(Y, V)
    assert (ours.low + ours.high) / 2 == pytest.approx(cb.pool(Y, V, "EE", "z").estimate)


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_henmi_and_copas_scale_with_the_effects(scale: float) -> None:
    there, scaled = synthesis.henmi_copas(Y, V), synthesis.henmi_copas(Y * scale, V * scale**2)
    assert scaled.high / scale == pytest.approx(there.high)


def test_each_point_of_the_funnel_lies_in_the_contour_of_its_p() -> None:
    points = synthesis.funnel(Y, V).points
    contour = np.select([points.p < 0.01, points.p < 0.05, points.p < 0.1], [0.01, 0.05, 0.1], 1.0)
    assert points["contour"].tolist() == contour.tolist()


def test_the_limits_of_the_funnel_meet_at_the_pooled_effect() -> None:
    top = synthesis.funnel(Y, V).limits.iloc[0]
    assert (top.low, top.high) == (cb.pool(Y, V).estimate,) * 2


NONSENSE: list[tuple[Any, str]] = [
    (lambda: synthesis.e_value(-1.0), "positive for RR"),
    (lambda: synthesis.e_value(2.0, 2.5, 3.0), "must hold the estimate"),
    (lambda: synthesis.e_value(2.0, measure="IRR"), "measure must be one of RR"),
    (lambda: synthesis.p_curve([0.1], [1.0]), "significant at .05, got none"),
    (lambda: synthesis.reporting_bias_bounds(Y, V, [-1]), "at least 0"),
    (lambda: synthesis.henmi_copas(Y, V, tau2="REML"), "tau2 must be 'DL'"),
    (lambda: synthesis.henmi_copas(Y[:1], V[:1]), "needs at least 2 effects"),
    (lambda: synthesis.funnel(Y, V, contours=[5]), "between 0 and 1"),
]


@pytest.mark.parametrize(("call", "says"), NONSENSE)
def test_a_mistake_is_named(call: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()


TABLES = (
    synthesis.SMALL_STUDY_TESTS,
    synthesis.TRIM_ESTIMATORS,
    synthesis.SELECTION_MODELS,
    FAIL_SAFE,
    EXCESS_TESTS,
    LIMIT_METHODS,
    PET_PEESE,
    P_UNIFORM,
    E_VALUE_MEASURES,
    MISSING_EVIDENCE,
    SENSITIVITY,
)


def test_every_method_has_its_paper_in_the_bibliography() -> None:
    source = Path(synthesis.__file__).with_name("references_bias.bib").read_text(encoding="utf-8")
    known = set(re.findall(r"^@\w+\{(\w+),", source, flags=re.MULTILINE))
    assert {row.cite for table in TABLES for row in table.values()} - known == set()
