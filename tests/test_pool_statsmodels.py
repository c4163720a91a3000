"""statsmodels beside ours: the same where it has the method, and why it is not used where it is wrong."""

import numpy as np
import pytest
import statsmodels.api as sm
from reference import column, golden
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.meta_analysis import _fit_tau_iterative, combine_effects

import claimbook as cb
from claimbook.synthesis.linear import fit

DATA = golden("mods_bcg_ablat")["data"]
Y, V, X = column(DATA["yi"]), column(DATA["vi"]), np.array(DATA[".X"], dtype=float)
A, B, C, D = (column(DATA[name]) for name in ("tpos", "tneg", "cpos", "cneg"))


def near(value, relative=1e-8):
    return pytest.approx(value, rel=relative, abs=1e-12)


def test_dersimonian_and_laird_agrees():
    assert cb.pool(Y, V, "DL").tau2 == near(combine_effects(Y, V, method_re="dl").tau2)


def test_paule_and_mandel_agrees():
    assert cb.pool(Y, V, "PM").tau2 == near(combine_effects(Y, V, method_re="iterated", atol=1e-12).tau2)


def test_the_equal_effects_mean_agrees():
    result = combine_effects(Y, V)
    ours = cb.pool(Y, V, "EE", "z")
    assert (ours.estimate, ours.se, ours.q) == (
        near(result.mean_effect_fe),
        near(result.sd_eff_w_fe),
        near(result.q),
    )


def test_weighted_least_squares_at_our_tau2_gives_our_coefficients():
    ours = fit(Y, V, X, "REML", "z")
    theirs = sm.WLS(Y, X, weights=1 / (V + ours.tau2)).fit(cov_type="fixed scale")
    assert [*ours.beta, *np.sqrt(ours.variances(np.eye(2)))] == [
        near(x) for x in (*theirs.params, *theirs.bse)
    ]


def test_weighted_least_squares_with_its_own_scale_gives_hksj():
    ours = fit(Y, V, X, "REML", "HKSJ")
    theirs = sm.WLS(Y, X, weights=1 / (V + ours.tau2)).fit()
    assert [*np.sqrt(ours.variances(np.eye(2)))] == [near(x) for x in theirs.bse]


def stratified(a, b, c, d):
    return StratifiedTable([np.array([[a[i], b[i]], [c[i], d[i]]]) for i in range(len(a))])


def test_the_mantel_haenszel_odds_ratio_and_its_tests_agree():
    theirs, ours = stratified(A, B, C, D), cb.pool_events(A, A + B, C, C + D, "OR")
    assert [
        ours.estimate,
        ours.se,
        ours.cochran_mantel_haenszel().statistic,
        ours.breslow_day().statistic,
        ours.tarone().statistic,
    ] == [
        near(x)
        for x in (
            theirs.logodds_pooled,
            theirs.logodds_pooled_se,
            theirs.test_null_odds(correction=True).statistic,
            theirs.test_equal_odds(adjust=False).statistic,
            theirs.test_equal_odds(adjust=True).statistic,
        )
    ]


def test_statsmodels_lets_tau2_be_negative_where_ours_is_zero():
    y, v = np.array([0.10, 0.11, 0.09, 0.10]), np.full(4, 0.04)
    assert (combine_effects(y, v, method_re="dl").tau2 < 0, cb.pool(y, v, "DL").tau2) == (True, 0.0)


def test_statsmodels_gives_a_single_effect_an_infinite_tau2_where_ours_says_no():
    with np.errstate(all="ignore"):
        assert np.isinf(combine_effects(np.array([0.1]), np.array([0.04]), method_re="dl").tau2)
    with pytest.raises(ValueError, match="needs at least 2 effects"):
        cb.pool([0.1], [0.04], "DL")


def test_statsmodels_takes_no_lists_where_ours_does():
    with pytest.raises(TypeError):
        combine_effects(Y.tolist(), V.tolist())
    assert cb.pool(Y.tolist(), V.tolist()).k == 13


def test_statsmodels_finds_no_tau2_from_above_the_root_where_ours_does():
    tau2, _ = _fit_tau_iterative(Y, V, tau2_start=5.0)
    assert (tau2, cb.pool(Y, V, "PM").tau2) == (0, near(0.31806845220502394))


def test_statsmodels_fails_on_a_double_zero_table_where_ours_leaves_it_out():
    zero = [np.append(column, extra) for column, extra in ((A, 0), (B, 50), (C, 0), (D, 60))]
    with np.errstate(all="ignore"):
        theirs = stratified(*zero).test_equal_odds().statistic
    a, b, c, d = zero
    ours = cb.pool_events(a, a + b, c, c + d, "OR").breslow_day().statistic
    assert (np.isnan(theirs), ours) == (
        True,
        near(cb.pool_events(A, A + B, C, C + D, "OR").breslow_day().statistic),
    )
