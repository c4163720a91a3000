"""What holds of every pooling, whatever the numbers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import claimbook as cb
from claimbook.synthesis import INTERVALS, PREDICTION, TAU2, TAU2_INTERVALS, WEIGHTINGS, NonConvergence
from claimbook.synthesis.mean import Mean, mean_model
from claimbook.synthesis.model import linear_model
from claimbook.synthesis.tau2 import (
    maximum_likelihood,
    ml_log_likelihood,
    reml_log_likelihood,
    restricted_maximum_likelihood,
)
from claimbook.synthesis.weighting import ivhet, quality_effects, unrestricted_wls

ESTIMATORS = [code for code in TAU2 if not code.startswith("GENQ")]
Y = np.array([-0.89, -1.59, -1.35, -1.44, -0.22, -0.79, -1.62, 0.01, -0.47, -1.37, -0.34, 0.45, -0.02])
V = np.array([0.326, 0.195, 0.415, 0.020, 0.051, 0.007, 0.223, 0.004, 0.056, 0.073, 0.012, 0.533, 0.071])

effects = st.lists(
    st.tuples(st.integers(-3000, 3000), st.integers(10, 2000)),
    min_size=3,
    max_size=12,
    unique_by=lambda pair: pair[0],
).map(lambda pairs: tuple(np.array(pairs, dtype=float).T / 1000))
laws = settings(max_examples=40)
estimators = st.sampled_from(ESTIMATORS)


def near(value, relative=1e-8, absolute=1e-9):
    return pytest.approx(value, rel=relative, abs=absolute)


@laws
@given(effects, estimators, st.floats(-100, 100))
def test_adding_a_constant_to_the_effects_adds_it_to_the_estimate(data, tau2, shift):
    y, v = data
    assert cb.pool(y + shift, v, tau2).estimate == near(cb.pool(y, v, tau2).estimate + shift, 1e-7, 1e-7)


@laws
@given(effects, estimators)
def test_turning_the_effects_round_turns_the_interval_round(data, tau2):
    y, v = data
    ours, turned = cb.pool(y, v, tau2), cb.pool(-y, v, tau2)
    assert (turned.low, turned.high) == (near(-ours.high), near(-ours.low))


@laws
@given(effects, estimators, st.sampled_from([1e-150, 1e-9, 1e9, 1e150]))
def test_the_scale_of_the_effects_changes_nothing(data, tau2, scale):
    y, v = data
    ours, scaled = cb.pool(y, v, tau2), cb.pool(y * scale, v * scale * scale, tau2)
    assert [scaled.estimate / scale, scaled.se / scale, scaled.p, scaled.i2] == [
        near(x, 1e-7, 1e-10) for x in (ours.estimate, ours.se, ours.p, ours.i2)
    ]


@laws
@given(effects, estimators, st.randoms())
def test_the_order_of_the_studies_changes_nothing(data, tau2, random):
    y, v = data
    order = list(range(len(y)))
    random.shuffle(order)
    ours, shuffled = cb.pool(y, v, tau2), cb.pool(y[order], v[order], tau2)
    assert (shuffled.estimate, shuffled.tau2) == (near(ours.estimate), near(ours.tau2))


@laws
@given(effects, estimators)
def test_tau2_is_never_negative_and_the_weights_sum_to_one(data, tau2):
    ours = cb.pool(*data, tau2)
    assert (ours.tau2 >= 0, ours.weights.sum()) == (True, near(1.0))


@laws
@given(effects, st.floats(1, 5), st.sampled_from(["PM", "PMM", "DL"]))
def test_spreading_the_effects_out_never_lowers_tau2(data, factor, tau2):
    y, v = data
    assert cb.pool(factor * y, v, tau2).tau2 >= cb.pool(y, v, tau2).tau2 - 1e-9


@laws
@given(effects, estimators, st.sampled_from(["z", "t", "HKSJ", "HKSJ-adhoc"]), st.floats(0.5, 0.99))
def test_the_interval_leaves_zero_out_where_p_says_so(data, tau2, interval, level):
    ours = cb.pool(*data, tau2, interval, level)
    apart = ours.low > 0 or ours.high < 0
    assert apart == (ours.p < 1 - level) or abs(ours.p - (1 - level)) < 1e-9


@laws
@given(effects)
def test_the_exact_intervals_hold_the_paule_mandel_median(data):
    ours = cb.pool(*data, "PMM")
    low, high = ours.tau2_interval("QP")
    assert low - 1e-9 <= ours.tau2 <= high + 1e-9


@laws
@given(effects)
def test_a_higher_level_widens_the_interval_of_tau2(data):
    ours = cb.pool(*data)
    (inner_low, inner_high), (low, high) = ours.tau2_interval("QP", 0.8), ours.tau2_interval("QP", 0.95)
    assert (low <= inner_low + 1e-12, high >= inner_high - 1e-12) == (True, True)


@laws
@given(effects)
def test_the_model_of_a_mean_is_the_general_model_with_a_column_of_ones(data):
    y, v = data
    general, mean = linear_model(y, v, np.ones((len(y), 1))), mean_model(y, v)
    assert [general.at(0.3).q, *general.at(0.3).traces(v)] == [
        near(x) for x in (mean.at(0.3).q, *mean.at(0.3).traces(v))
    ]


@pytest.mark.parametrize(
    ("estimate", "likelihood"),
    [(restricted_maximum_likelihood, reml_log_likelihood), (maximum_likelihood, ml_log_likelihood)],
)
def test_no_tau2_is_likelier_than_the_one_found(estimate, likelihood):
    rng, worst = np.random.default_rng(5), 0.0
    for _ in range(150):
        k = int(rng.integers(2, 12))
        m = mean_model(10 ** rng.uniform(-4, 2, k) * rng.standard_t(1.5, k), 10 ** rng.uniform(-6, 2, k))
        grid = np.concatenate(([0.0], np.geomspace(1e-4, 10 * float(m.y @ m.y) + 10, 400)))
        best = float(likelihood(m.at(estimate(m))))
        worst = max(worst, float(likelihood(m.at(grid[:, None])).max()) - best)
    assert worst < 1e-8


def test_the_higher_of_two_maxima_is_found():
    """A second, lower maximum at tau2 = 0.00025 is where an iteration from zero would end."""
    y, v = [-0.14, 1.93, 4.09, -0.04], [0.006, 2.083, 1.749, 0.003]
    lower = cb.pool(y, v, 0.000245).fitted.log_likelihood()
    ours = cb.pool(y, v, "REML")
    assert (ours.tau2, ours.fitted.log_likelihood() > lower + 0.5) == (pytest.approx(2.709, rel=1e-3), True)


def test_a_mega_trial_loses_no_digits_of_the_others():
    ours = cb.pool([0.0, 1.0, 3.0], [1e-13, 1.0, 1.0], "DL")
    assert ours.tau2 == near(
        (1.0 + 9.0 - 2) / 4, 1e-12
    )  # tr(P) = 4: the other two about a mean that is known


def test_genq_with_inverse_variances_is_dersimonian_and_laird():
    assert cb.pool(Y, V, "GENQ", weights=1 / V).tau2 == near(cb.pool(Y, V, "DL").tau2)


def test_user_weights_equal_to_the_model_s_change_nothing():
    ours = cb.pool(Y, V, "DL", "z")
    assert cb.pool(Y, V, "DL", "z", weights=1 / (V + ours.tau2)).se == near(ours.se)


def test_a_known_tau2_is_taken_as_it_is():
    assert cb.pool(Y, V, 0.25).tau2 == near(0.25)


def test_a_pooled_effect_prints_in_three_lines():
    assert str(cb.pool(Y, V)).splitlines() == [
        "-0.7154 (95 % interval -1.109 to -0.3217), p 0.0019; prediction -1.995 to 0.5646",
        "k 13; REML, HKSJ interval with 12 df",
        "tau2 0.3125, I2 92.2 %; Q 151.3 with 12 df, p < 0.0001",
    ]


def test_equal_effects_predict_no_wider_than_they_estimate():
    ours = cb.pool(Y, V, "EE", "z")
    assert ours.prediction == (ours.low, ours.high)


def test_the_bootstrap_prediction_interval_is_wider_than_the_plug_in_one():
    ours = cb.pool(Y[:5], V[:5])
    low, high = ours.prediction_interval("Nagashima")
    assert high - low > np.subtract(*reversed(ours.prediction_interval("HTS")))


def test_every_interval_and_prediction_of_the_tables_can_be_had():
    ours = cb.pool(Y, V, "REML", "KR")
    bounds = [ours.prediction_interval(key) for key in PREDICTION]
    bounds += [ours.tau2_interval(key) for key in TAU2_INTERVALS if key != "GENQ"]
    assert all(low < high for low, high in bounds)


@pytest.mark.parametrize("table", [TAU2, INTERVALS, PREDICTION, TAU2_INTERVALS, WEIGHTINGS])
def test_every_method_has_a_label_and_a_paper(table):
    assert all(entry.label and entry.cite for entry in table.values())


def test_unrestricted_least_squares_scales_the_equal_effects_variance():
    equal = cb.pool(Y, V, "EE", "z")
    assert unrestricted_wls(Y, V).se == near(equal.se * np.sqrt(equal.h2))


def test_quality_effects_of_equal_quality_is_ivhet():
    assert quality_effects(Y, V, np.full(13, 1.0)).se == near(ivhet(Y, V).se)


def test_a_study_of_low_quality_loses_weight():
    weights = quality_effects(Y, V, [0.2] + [1.0] * 12).weights
    assert weights[0] < 0.3 * cb.pool(Y, V, "EE").weights[0]


def test_a_quality_that_takes_more_than_all_weight_is_named():
    with pytest.raises(ValueError, match="quality takes more weight from study 0 than it has"):
        quality_effects(Y, V, [0.0] + [1.0] * 12)


def test_two_effects_are_enough():
    ours = cb.pool([0.1, 0.5], [0.02, 0.03])
    assert (ours.k, ours.df, ours.low < ours.estimate < ours.high) == (2, 1, True)


def test_one_effect_stands_for_itself_under_equal_effects():
    ours = cb.pool([0.3], [0.04], "EE", "z")
    assert (ours.estimate, ours.se, ours.q, ours.q_p, ours.i2, ours.h2) == (
        0.3,
        near(0.2),
        0.0,
        1.0,
        0.0,
        1.0,
    )


@pytest.mark.parametrize("tau2", ESTIMATORS)
def test_identical_effects_have_no_heterogeneity(tau2):
    ours = cb.pool([0.3] * 4, [0.1, 0.2, 0.3, 0.4], tau2, "z")
    assert (ours.estimate, ours.tau2, ours.q, ours.i2) == (near(0.3), 0.0, near(0.0), 0.0)


def test_effects_all_zero_give_no_evidence_against_zero():
    ours = cb.pool([0.0, 0.0, 0.0], [0.1, 0.2, 0.3])
    assert (ours.statistic, ours.p, ours.low, ours.high) == (0.0, 1.0, 0.0, 0.0)


BAD = {
    "no effect": (([], []), "y is empty"),
    "different lengths": (([0.1, 0.2], [0.1]), "one length"),
    "a matrix": ((np.ones((2, 2)), np.ones((2, 2))), "one length"),
    "a missing effect": (([0.1, np.nan], [0.1, 0.1]), "y must be finite, got nan at position 1"),
    "an infinite effect": (([np.inf, 0.1], [0.1, 0.1]), "y must be finite, got inf at position 0"),
    "a missing variance": (([0.1, 0.2], [0.1, np.nan]), "v must be positive and finite, got nan"),
    "a variance of zero": (([0.1, 0.2], [0.0, 0.1]), "v must be positive and finite, got 0.0 at position 0"),
    "a negative variance": (([0.1, 0.2], [0.1, -0.1]), "v must be positive and finite, got -0.1"),
    "an infinite variance": (([0.1, 0.2], [0.1, np.inf]), "v must be positive and finite, got inf"),
    "a word": ((["0.1", "high"], [0.1, 0.2]), "y must be numbers: could not convert string to float: 'high'"),
    "a masked cell": ((np.ma.array([0.1, 0.2], mask=[0, 1]), [0.1, 0.2]), "y must be finite, got nan"),
    "Series in two orders": (
        (pd.Series([0.1, 0.2]), pd.Series([0.1, 0.2], index=[1, 0])),
        "y and v are Series with different indexes",
    ),
    "one effect": (([0.1], [0.1]), "needs at least 2 effects, got 1"),
    "effects out of reach of each other": (([0.0, 1e200], [1.0, 1.0]), "standard errors apart"),
}
BAD_OPTIONS = {
    "an unknown estimator": ({"tau2": "DSL"}, "tau2 must be a number or one of EE, DL"),
    "an estimator in lower case": ({"tau2": "reml"}, "got 'reml'; did you mean \"REML\""),
    "an interval in lower case": ({"interval": "hksj"}, "got 'hksj'; did you mean \"HKSJ\""),
    "a negative tau2": ({"tau2": -0.1}, "tau2 must be at least 0"),
    "a missing tau2": ({"tau2": np.nan}, "tau2 must be at least 0"),
    "an unknown interval": ({"interval": "knha"}, "interval must be one of z, t, HKSJ"),
    "a level in percent": ({"level": 95}, "level must lie between 0 and 1"),
    "a level as a word": ({"level": "95 %"}, "level must lie between 0 and 1, got '95 %'"),
    "weights as a word": ({"weights": "high"}, "weights must be numbers"),
    "weights of another length": ({"weights": [1.0]}, "weights must be one for each of 13"),
    "a negative weight": ({"weights": [-1.0] + [1.0] * 12}, "got -1.0 at position 0"),
    "weights all zero": ({"weights": np.zeros(13)}, "only zeros"),
    "generalised Q without weights": ({"tau2": "GENQ"}, "weights are needed"),
    "Kenward-Roger without REML": ({"tau2": "DL", "interval": "KR"}, "belongs to tau2='REML'"),
}


@pytest.mark.parametrize(("data", "words"), BAD.values(), ids=BAD)
def test_effects_that_cannot_be_pooled_are_named(data, words):
    with pytest.raises(ValueError, match=words):
        cb.pool(*data)


@pytest.mark.parametrize(("options", "words"), BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_options_that_do_not_exist_are_named(options, words):
    with pytest.raises(ValueError, match=words):
        cb.pool(Y, V, **options)


@pytest.mark.parametrize("ask", ["prediction_interval", "tau2_interval"])
def test_an_unknown_interval_of_a_fit_is_named(ask):
    with pytest.raises(ValueError, match="method must be one of"):
        getattr(cb.pool(Y, V), ask)("Wald")


def test_a_fit_without_convergence_is_an_error_of_its_own():
    assert issubclass(NonConvergence, RuntimeError)


def test_a_mean_is_a_mean():
    assert isinstance(cb.pool(Y, V).fitted.model, Mean)
