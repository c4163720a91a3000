"""Why two functions of statsmodels are not used, and what a third is called here.

`effectsize_2proportions` adds to the counts of every study once one of them has a zero. The score interval of
`confint_proportions_2indep` takes the wrong constrained estimate (issue 10269). `effectsize_smd` has the
variance of Review Manager, which is `SMDRM` here. What else differs stands in test_pool_statsmodels.py.
"""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from statsmodels.stats.meta_analysis import effectsize_2proportions, effectsize_smd
from statsmodels.stats.proportion import confint_proportions_2indep

from claimbook.effects import effect_sizes

ARMS = (np.array([4.0, 0.0]), np.array([123.0, 50.0]), np.array([11.0, 5.0]), np.array([139.0, 50.0]))


def ours(measure: str = "OR"):
    return effect_sizes(measure, **dict(zip(("events1", "n1", "events2", "n2"), ARMS, strict=True)))


def theirs():
    return effectsize_2proportions(*ARMS, statistic="odds-ratio", zero_correction=0.5)


def test_a_zero_in_one_study_changes_another_in_statsmodels_and_not_here():
    alone = np.log(4 / 119) - np.log(11 / 128)
    assert (ours().y[0], theirs()[0][0]) == (pytest.approx(alone), pytest.approx(-0.865066, abs=1e-6))


def test_the_study_with_the_zero_is_the_same_in_both():
    assert (theirs()[0][1], theirs()[1][1]) == (pytest.approx(ours().y[1]), pytest.approx(ours().v[1]))


def score(difference: float) -> float:
    """Miettinen & Nurminen's statistic of 56/70 against 48/80, by the maximum under the difference."""

    def minus_log_likelihood(p2: float) -> float:
        p1 = p2 + difference
        return -(56 * np.log(p1) + 14 * np.log(1 - p1) + 48 * np.log(p2) + 32 * np.log(1 - p2))

    inside = (1e-9, 1 - difference - 1e-9)
    p2 = minimize_scalar(minus_log_likelihood, bounds=inside, options={"xatol": 1e-12}).x
    p1 = p2 + difference
    variance = (p1 * (1 - p1) / 70 + p2 * (1 - p2) / 80) * 150 / 149
    return float((56 / 70 - 48 / 80 - difference) / np.sqrt(variance))


def test_the_score_interval_of_statsmodels_does_not_end_where_the_score_is_196():
    _, high = confint_proportions_2indep(56, 70, 48, 80, compare="diff", method="score")
    assert (score(0.33819), score(high)) == (pytest.approx(-1.96, abs=1e-3), pytest.approx(-2.0467, abs=1e-3))


def test_the_score_interval_of_statsmodels_fails_without_events():
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="NaN"):
        confint_proportions_2indep(0, 10, 0, 10, compare="diff", method="score")


def test_the_standardised_difference_of_statsmodels_is_that_of_review_manager():
    found = effect_sizes("SMDRM", mean1=10, sd1=2, n1=20, mean2=8, sd2=3, n2=25)
    assert effectsize_smd(10, 2, 20, 8, 3, 25) == (pytest.approx(found.y[0]), pytest.approx(found.v[0]))
