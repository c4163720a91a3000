"""The distribution of a quadratic form, against chi-squared variables and sums of exponentials."""

from fractions import Fraction
from math import exp

import numpy as np
import pytest
from scipy.stats import chi2

import claimbook as cb
from claimbook.synthesis.quadratic import quadratic_form_tails


@pytest.mark.parametrize("k", [1, 2, 3, 20, 160])
@pytest.mark.parametrize("p", [1e-12, 0.001, 0.025, 0.5, 0.975, 1 - 1e-9])
def test_equal_weights_give_chi_squared_tails(k, p):
    q = chi2.ppf(p, k)
    assert quadratic_form_tails(q, np.ones(k)) == pytest.approx((chi2.cdf(q, k), chi2.sf(q, k)), rel=1e-11)


@pytest.mark.parametrize("weights", [(1, 2), (1, 50), (1, 3, 9, 27), (1, 1000, 10**6)])
@pytest.mark.parametrize("share", [0.01, 0.3, 1, 4])
def test_pairs_of_weights_give_sums_of_exponentials(weights, share):
    q = 2.0 * share * sum(weights)
    parts = []
    for i, one in enumerate(weights):
        factor = Fraction(1)
        for j, other in enumerate(weights):
            factor *= Fraction(one, one - other) if i != j else 1
        parts.append(float(factor) * exp(-q / (2 * one)))
    upper = sum(sorted(parts, key=abs))
    assert quadratic_form_tails(q, np.repeat(np.array(weights, dtype=float), 2))[1] == pytest.approx(
        upper, rel=1e-8
    )


def test_nothing_lies_below_zero():
    assert quadratic_form_tails(0.0, np.ones(3)) == (0.0, 1.0)


@pytest.mark.parametrize("method", ["QP", "BJ", "J", "BT", "PL"])
def test_identical_effects_leave_no_tau2_above_zero_but_by_likelihood(method):
    low, high = cb.pool([0.3] * 5, [0.1, 0.2, 0.3, 0.4, 0.5], "REML", "z").tau2_interval(method)
    assert (low, high >= 0, method == "PL" or high == 0) == (0.0, True, True)


def test_identical_effects_are_predicted_by_the_bootstrap_too():
    low, high = cb.pool([0.3] * 5, [0.1, 0.2, 0.3, 0.4, 0.5], "REML", "z").prediction_interval("Nagashima")
    assert low <= 0.3 <= high
