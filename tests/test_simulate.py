"""Simulations give the known answers where there are any, and the same numbers on any number of workers."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from reference import distance
from scipy.stats import norm

from claimbook.synthesis import pool
from claimbook.synthesis import simulation as module
from claimbook.synthesis.new_studies import Update, participants_needed, settled_by
from claimbook.synthesis.simulation import DISTRIBUTIONS, VARIANCES, Scenario, grid, simulate

RNG = 5
Y, V = np.array([0.1, 0.6, 0.3, 0.2, 0.5]), np.array([0.1, 0.2, 0.1, 0.3, 0.1])


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_true_effects_have_mean_zero_and_variance_one(name):
    drawn = DISTRIBUTIONS[name](np.random.default_rng(RNG), 1000, 400)
    assert abs(drawn.mean()) < 0.01
    assert abs(drawn.var() - 1) < 0.03


@pytest.mark.parametrize("name", VARIANCES)
def test_variances_are_positive_and_fill_the_sets(name):
    drawn = VARIANCES[name](np.random.default_rng(RNG), 100, 7)
    assert drawn.shape == (100, 7)
    assert drawn.min() > 0


def test_a_right_model_has_its_nominal_coverage_power_and_width():
    scenario = Scenario(5, 0.0, effect=0.3, variances="equal")
    row = simulate(scenario, ["EE"], ["z"], n=20_000).loc[0]
    se, critical = (0.1 / 5) ** 0.5, norm.ppf(0.975)
    power = norm.sf(critical - 0.3 / se) + norm.cdf(-critical - 0.3 / se)
    shares = row[["coverage", "power", "below"]].astype(float)
    assert distance(shares, [0.95, power, 0.025], 0.01) == 0
    assert distance(row[["width", "rmse"]].astype(float), [2 * critical * se, se], 0.001) == 0


def test_a_normal_interval_covers_too_little_of_few_uneven_studies():
    table = simulate(Scenario(5, 0.1), ["DL"], ["z", "HKSJ"], n=5000).set_index("interval")
    assert table.loc["z", "coverage"] < 0.9 < table.loc["HKSJ", "coverage"]


def test_prediction_intervals_are_judged_by_a_new_study():
    row = simulate(Scenario(60, 1.0, variances="equal"), n=5000).loc[0]
    assert abs(row["prediction_coverage"] - 0.95) < 0.01


def test_the_number_of_workers_does_not_change_a_bit(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 100)
    cells = grid([3, 6], [0.0, 0.1], distribution=["skewed"])
    with ThreadPoolExecutor(3) as executor:
        many = simulate(cells, n=450, mapper=executor.map)
    pd.testing.assert_frame_equal(simulate(cells, n=450, mapper=map), many, check_exact=True)


def test_another_seed_gives_other_numbers():
    one, other = (simulate(Scenario(3, 0.1), n=200, seed=seed)["bias"][0] for seed in (1, 2))
    assert one != other


def test_a_grid_has_every_combination():
    cells = grid([3, 6], [0.0, 0.1], variances=["equal", (0.1, 0.2)])
    assert len(set(cells)) == len(cells) == 8


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"k": 1, "tau2": 0.1}, "k must be at least 2"),
        ({"k": 3, "tau2": -0.1}, "tau2 at least 0"),
        ({"k": 3, "tau2": 0.1, "distribution": "flat"}, "distribution must be one of normal.*got 'flat'"),
        ({"k": 3, "tau2": 0.1, "variances": "many"}, "variances must be values or one of mixed.*got 'many'"),
        ({"k": 3, "tau2": 0.1, "variances": (0.1, 0.0)}, "variances must be positive"),
    ],
)
def test_an_impossible_scenario_is_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        Scenario(**arguments)


@pytest.mark.parametrize("scenarios", [5, [Scenario(3, 0.1), 5], []])
def test_what_is_no_scenario_is_refused(scenarios):
    with pytest.raises(ValueError, match="scenarios must be a Scenario or several"):
        simulate(scenarios)


def test_no_sets_are_refused():
    with pytest.raises(ValueError, match="n must be at least 1, got 0"):
        simulate(Scenario(3, 0.1), n=0)


def test_a_certain_update_settles_as_often_as_arithmetic_says():
    update = Update(Y, V, 4.0, effect=0.4, tau2="EE", interval="z", n=20_000)
    new_v, w = 4 / 100, float((1 / V).sum())
    mean, se = pool(Y, V, "EE", "z").estimate, (w + 1 / new_v) ** -0.5
    needed = (norm.ppf(0.975) * se * (w + 1 / new_v) - w * mean) * new_v
    assert abs(update.settles(100)[1] - norm.sf((needed - 0.4) / new_v**0.5)) < 0.01


def test_larger_studies_settle_more():
    settled = settled_by(Update(Y, V, 4.0, studies=3), [10, 100, 1000, 10_000])["settled"]
    assert settled.is_monotonic_increasing


def test_the_number_needed_reaches_its_power_and_half_of_it_does_not():
    update = Update(Y, V, 4.0, studies=4, effect=0.2)
    needed = participants_needed(update)
    assert sum(update.settles(needed)) >= 0.8 > sum(update.settles(needed / 2))


def test_where_studies_are_missing_no_number_of_participants_does():
    update = Update([0.9, -0.5, 0.4], [0.01, 0.01, 0.01], 4.0)
    assert participants_needed(update) == np.inf


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"unit_variance": 0.0}, "unit_variance must be positive"),
        ({"unit_variance": 4.0, "studies": 0}, "studies and n must be at least 1"),
        ({"unit_variance": 4.0, "tau2": "BEST"}, "tau2 must be"),
    ],
)
def test_an_impossible_update_is_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        Update(Y, V, **arguments)


def test_sizes_and_power_must_be_possible():
    update = Update(Y, V, 4.0, n=10)
    with pytest.raises(ValueError, match="participants must be at least 1"):
        settled_by(update, [0, 10])
    with pytest.raises(ValueError, match="power must lie between 0 and 1"):
        participants_needed(update, power=80)
