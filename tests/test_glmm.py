"""What holds of every mixed model of counts."""

import numpy as np
import pytest
from scipy import integrate, stats

from claimbook.synthesis.beta_binomial import pool_beta_binomial
from claimbook.synthesis.count_models import GLMM
from claimbook.synthesis.glmm import pool_glmm
from claimbook.synthesis.model import NonConvergence

TWO = {
    "events1": [4, 6, 3, 12, 33],
    "n1": [123, 306, 231, 598, 569],
    "events2": [11, 29, 11, 48, 47],
    "n2": [139, 303, 220, 567, 508],
}
RATES = {
    "events1": [7, 8, 3],
    "time1": [1344, 1600, 12012],
    "events2": [11, 8, 14],
    "time2": [1988, 1461, 10962],
}
ONE = {"events": [47, 66, 19, 2, 30], "n": [120, 300, 57, 20, 160]}


def near(value, relative=1e-6, absolute=1e-8):
    return pytest.approx(value, rel=relative, abs=absolute)


def test_the_log_likelihood_is_that_of_numerical_integration():
    ours = pool_glmm("PLO", **ONE)

    def density(u, x, n):
        return stats.binom.pmf(x, n, 1 / (1 + np.exp(-u))) * stats.norm.pdf(
            u, ours.estimate, np.sqrt(ours.tau2)
        )

    pairs = zip(ONE["events"], ONE["n"], strict=True)
    exact = sum(
        np.log(integrate.quad(density, -8, 8, args=pair, epsabs=0, epsrel=1e-11)[0]) for pair in pairs
    )
    assert ours.log_likelihood == near(exact, 1e-9)


@pytest.mark.parametrize("model", GLMM)
def test_the_moments_of_the_scores_are_the_derivatives_of_the_likelihood(model):
    m = GLMM[model].function({name: np.array(column, float) for name, column in TWO.items()}, True)
    likelihood, point = m.objective(25), np.array([*[-0.5] * m.p, 0.7, 0.3, 0.4][: m.p + len(m.low)])
    ends = [(likelihood(point + step), likelihood(point - step)) for step in 1e-4 * np.eye(len(point))]
    slopes = [(above[0] - below[0]) / 2e-4 for above, below in ends]
    bends = [(above[1] - below[1]) / 2e-4 for above, below in ends]
    _, gradient, hessian = likelihood(point)
    assert [*gradient, *hessian.ravel()] == near([*slopes, *np.ravel(bends)], 1e-5, 1e-5)


def test_more_points_change_nothing():
    few, many = (pool_glmm("OR", model="CM.EL", points=n, **TWO) for n in (15, 31))
    assert (many.estimate, many.tau2, many.se) == (near(few.estimate), near(few.tau2), near(few.se))


def test_equal_effects_with_fixed_baselines_are_a_logistic_regression():
    import statsmodels.api as sm

    k = len(TWO["n1"])
    counts = np.array([TWO["events1"] + TWO["events2"], TWO["n1"] + TWO["n2"]], dtype=float).T
    x = np.column_stack([np.tile(np.eye(k), (2, 1)), np.repeat([0.5, -0.5], k)])
    reference = sm.GLM(
        np.column_stack([counts[:, 0], counts[:, 1] - counts[:, 0]]), x, sm.families.Binomial()
    ).fit(tol=1e-12)
    ours = pool_glmm("OR", tau2="EE", **TWO)
    assert (ours.estimate, ours.se) == (near(reference.params[-1]), near(reference.bse[-1]))


@pytest.mark.parametrize("model", GLMM)
def test_swapping_the_groups_flips_the_sign(model):
    swapped = {"events1": TWO["events2"], "n1": TWO["n2"], "events2": TWO["events1"], "n2": TWO["n1"]}
    there, back = pool_glmm("OR", model=model, **TWO), pool_glmm("OR", model=model, **swapped)
    relative = 1e-4 if model != "CM.AL" else 1.0  # the approximation treats events and non-events unlike
    assert back.estimate == near(-there.estimate, relative)


def test_rates_conditional_on_their_events_are_binomial():
    exact, approximate = (
        pool_glmm("IRR", model="CM.EL", **RATES),
        pool_glmm(
            "OR",
            model="CM.AL",
            events1=RATES["events1"],
            n1=RATES["time1"],
            events2=RATES["events2"],
            n2=RATES["time2"],
        ),
    )
    assert (exact.estimate, exact.tau2) == (near(approximate.estimate), near(approximate.tau2))


def test_studies_without_events_are_left_out():
    more = {name: [*values, 50 if name.startswith("n") else 0] for name, values in TWO.items()}
    assert pool_glmm("OR", model="CM.EL", **more).estimate == near(
        pool_glmm("OR", model="CM.EL", **TWO).estimate
    )


def test_an_arm_without_events_needs_no_correction():
    ours = pool_glmm(
        "OR", model="CM.EL", events1=[0, 2, 1], n1=[50, 60, 70], events2=[4, 5, 3], n2=[50, 60, 70]
    )
    assert (ours.estimate < 0, np.isfinite(ours.se)) == (True, True)


def test_t_is_wider_than_z():
    t, z = (pool_glmm("PLO", interval=i, **ONE) for i in ("t", "z"))
    assert (t.df, t.low < z.low) == (4, True)


BAD = {
    "an unknown model": ("OR", {"model": "UM"}, TWO, "model must be one of UM.FS, UM.RS"),
    "a measure that the model has not": ("PLO", {"model": "CM.EL"}, ONE, "measure must be one of OR, IRR"),
    "an estimator that is none": ("OR", {"tau2": "REML"}, TWO, "tau2 must be ML or EE"),
    "an interval that is none": ("OR", {"interval": "HKSJ"}, TWO, "interval must be z or t"),
    "too few points for an integral": ("OR", {"points": 5}, TWO, "points must be 1 or at least 11, got 5"),
    "columns of another measure": ("OR", {}, RATES, "OR takes the columns events1, n1, events2, n2"),
    "more events than people": (
        "PLO",
        {},
        {"events": [5, 3], "n": [4, 9]},
        "must be a count and its size, got 5.0, 4.0 at 0",
    ),
    "a negative count": (
        "PLO",
        {},
        {"events": [5, -3], "n": [14, 9]},
        "must be a count and its size, got -3.0",
    ),
    "columns of other lengths": ("PLO", {}, {"events": [5], "n": [14, 9]}, "must be of one length"),
    "one study": ("PLO", {}, {"events": [5], "n": [14]}, "at least 2 studies"),
    "no study with events": (
        "OR",
        {},
        {name: [0, 0] if name.startswith("e") else [9, 9] for name in TWO},
        "got 0",
    ),
}


@pytest.mark.parametrize(("measure", "options", "columns", "words"), BAD.values(), ids=BAD)
def test_counts_that_cannot_be_fitted_are_named(measure, options, columns, words):
    with pytest.raises(ValueError, match=words):
        pool_glmm(measure, **options, **columns)


def test_an_effect_without_end_is_not_a_number():
    with pytest.raises(NonConvergence):
        pool_glmm("OR", model="CM.EL", tau2="EE", events1=[0, 0], n1=[50, 60], events2=[4, 5], n2=[50, 60])


def test_the_beta_binomial_likelihood_is_that_of_scipy():
    ours = pool_beta_binomial(ONE["events"], ONE["n"])
    mean, spread = 1 / (1 + np.exp(-ours.estimate)), ours.rho / (1 - ours.rho)
    exact = stats.betabinom.logpmf(ONE["events"], ONE["n"], mean / spread, (1 - mean) / spread).sum()
    assert ours.log_likelihood == near(exact, 1e-10)


def test_counts_that_spread_no_more_than_chance_are_binomial():
    ours = pool_beta_binomial([10, 20, 30], [100, 200, 300])
    assert (ours.rho, ours.estimate, ours.se) == (
        0.0,
        near(np.log(0.1 / 0.9), 1e-4),
        near(1 / np.sqrt(600 * 0.09), 1e-3),
    )


def test_studies_without_events_count_in_the_beta_binomial():
    ours = pool_beta_binomial([1, 2, 0, 0], [100, 200, 100, 100], [3, 5, 1, 0], [100, 200, 100, 100])
    assert (ours.k, ours.low < ours.estimate < ours.high, 0 < ours.p < 1) == (4, True, True)


@pytest.mark.parametrize("columns", [([5], [4]), ([-1], [4]), ([1, 2], [4]), ([], [])])
def test_impossible_counts_are_named(columns):
    with pytest.raises(ValueError, match="events1"):
        pool_beta_binomial(*columns)


def test_a_group_without_events_has_no_beta_binomial_odds():
    with pytest.raises(ValueError, match="events1: a group of 0 events in 110"):
        pool_beta_binomial([0, 0], [50, 60], [4, 5], [50, 60])
