"""What must hold of small-study tests, trim and fill, fail-safe N and adjustments, whatever the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import claimbook as cb
from claimbook import synthesis
from claimbook.synthesis.excess import exact, exceedance
from claimbook.synthesis.failsafe import Drawer, joined
from claimbook.synthesis.limit import LIMIT_METHODS
from claimbook.synthesis.linear import fit
from claimbook.synthesis.precision_effect import PET_PEESE
from claimbook.synthesis.rank import kendall

RNG = np.random.default_rng(7)
SE = RNG.uniform(0.1, 0.6, 12)
Y = RNG.normal(0.3, 0.2, 12) + RNG.normal(0, SE)
V = SE**2
EVENTS = {
    "events1": RNG.integers(1, 20, 12),
    "n1": RNG.integers(21, 90, 12),
    "events2": RNG.integers(1, 20, 12),
    "n2": RNG.integers(21, 90, 12),
}


@pytest.mark.parametrize("test", synthesis.SMALL_STUDY_TESTS)
def test_mirrored_effects_mirror_the_statistic(test: str) -> None:
    more = {"n": RNG.integers(20, 90, 12), "events": np.arange(5, 17)} | EVENTS
    mirrored = more | {
        "events1": EVENTS["events2"],
        "events2": EVENTS["events1"],
        "n1": EVENTS["n2"],
        "n2": EVENTS["n1"],
    }
    one, other = cb.small_study(Y, V, test, **more), cb.small_study(-Y, V, test, **mirrored)
    assert one.statistic == pytest.approx(-other.statistic, rel=1e-9)


@pytest.mark.parametrize("scale", [1e-150, 1e-6, 1e6, 1e150])
def test_the_scale_of_the_effects_changes_no_test(scale: float) -> None:
    scaled = cb.small_study(Y * scale, V * scale**2)
    assert scaled.statistic == pytest.approx(cb.small_study(Y, V).statistic, rel=1e-9)


@pytest.mark.parametrize("scale", [1e-150, 1e-6, 1e6, 1e150])
@pytest.mark.parametrize("estimator", ["L0", "R0"])
def test_the_scale_of_the_effects_changes_no_trimming(scale: float, estimator: str) -> None:
    scaled = cb.trim_and_fill(Y * scale, V * scale**2, "left", estimator)
    assert scaled.estimate / scale == pytest.approx(
        cb.trim_and_fill(Y, V, "left", estimator).estimate, rel=1e-9
    )


def test_egger_with_moderators_adjusts_the_slope_for_them() -> None:
    moderator = np.arange(12.0)
    with_it = cb.small_study(Y, V, moderators=moderator[:, None], tau2="REML", interval="z")
    both = fit(Y, V, np.column_stack([np.ones(12), SE, moderator]), "REML", "z")
    assert with_it.slope == pytest.approx(both.beta[1], rel=1e-12)


def test_the_limit_estimate_of_egger_is_pet() -> None:
    assert cb.small_study(Y, V).estimate == pytest.approx(
        synthesis.pet_peese(Y, V, "PET").estimate, rel=1e-14
    )


@pytest.mark.parametrize(("effect", "chosen"), [(0.0, "PET"), (2.0, "PEESE")])
def test_pet_peese_turns_to_peese_where_there_is_an_effect(effect: float, chosen: str) -> None:
    y = effect + SE * np.tile([0.5, -0.5], 6)
    assert synthesis.pet_peese(y, V).regression == chosen


def test_kendall_is_one_for_vectors_in_the_same_order() -> None:
    assert kendall(np.arange(5.0), np.arange(5.0) ** 2)[::2] == pytest.approx((1, 2 / 120))


@settings(max_examples=30)
@given(st.permutations(list(range(7))))
def test_kendall_agrees_with_scipy(order: list[int]) -> None:
    from scipy.stats import kendalltau

    theirs = kendalltau(order, range(7), method="exact")
    ours = kendall(np.array(order, float), np.arange(7.0))
    assert (ours[0], ours[2]) == pytest.approx((theirs.statistic, theirs.pvalue))


def test_filling_makes_the_funnel_symmetric_about_the_trimmed_centre() -> None:
    y = np.array([0.1, 0.15, 0.2, 0.22, 0.5, 0.8, 1.1])
    v = np.array([0.01, 0.01, 0.01, 0.01, 0.04, 0.09, 0.16])
    ours = cb.trim_and_fill(y, v, "left", tau2="EE", interval="z")
    trimmed = np.sort(y)[: len(y) - ours.k0]
    centre = cb.pool(trimmed, v[: len(trimmed)], "EE", "z").estimate
    assert np.sort(2 * centre - ours.filled[0]) == pytest.approx(np.sort(y)[len(y) - ours.k0 :])


def test_nothing_missing_leaves_the_pooled_effect_alone() -> None:
    y, v = np.array([-0.2, -0.1, 0.0, 0.1, 0.2]), np.full(5, 0.04)
    ours = cb.trim_and_fill(y, v, "left")
    assert (ours.k0, ours.estimate, len(ours.filled[0])) == (0, ours.observed.estimate, 0)


@pytest.mark.parametrize("method", ["rosenthal", "rosenthal-fisher", "rosenberg", "general"])
def test_a_result_that_is_not_significant_needs_no_study_in_a_drawer(method: str) -> None:
    assert synthesis.fail_safe_n([0.1, -0.1, 0.05], [1.0, 1.0, 1.0], method).n == 0


@settings(max_examples=25)
@given(st.floats(0.3, 3.0), st.integers(3, 12))
def test_the_general_fail_safe_n_is_the_smallest_that_overturns_the_result(effect: float, k: int) -> None:
    y, v = effect + np.linspace(-0.3, 0.3, k), np.full(k, 0.05)
    found = synthesis.fail_safe_n(y, v)
    fewer = joined(Drawer(y, v, 0.05, None, "REML"), found, int(found.n) - 1) if found.n > 1 else found
    assert found.n <= 1 or fewer.p_after < 0.05 <= found.p_after


def test_with_equal_effects_the_general_method_is_rosenbergs() -> None:
    y, v = np.linspace(0.2, 0.6, 8), np.linspace(0.02, 0.09, 8)
    general, rosenberg = (synthesis.fail_safe_n(y, v, m, tau2="EE").n for m in ("general", "rosenberg"))
    assert general == rosenberg


def test_the_exact_test_of_excess_significance_counts_every_pattern() -> None:
    from itertools import product

    powers = np.array([0.2, 0.5, 0.9, 0.35])
    patterns = [p for p in product([0, 1], repeat=4) if sum(p) >= 3]
    expected = sum(np.prod(np.where(p, powers, 1 - powers)) for p in patterns)
    assert exact(powers, 3) == pytest.approx(expected)


def test_power_over_heterogeneous_effects_is_the_average_of_powers() -> None:
    from scipy.integrate import quad
    from scipy.stats import norm

    ours = synthesis.excess_significance(Y, V, tau2=0.09)
    power = quad(
        lambda t: (
            (norm.sf(1.959963984540054, t / SE[0]) + norm.cdf(-1.959963984540054, t / SE[0]))
            * norm.pdf(t, ours.theta, 0.3)
        ),
        ours.theta - 3,
        ours.theta + 3,
    )[0]
    assert ours.power[0] == pytest.approx(power, rel=1e-8)


def test_the_limit_of_the_excess_test_is_where_its_p_is_one_tenth() -> None:
    y, v = np.array([0.5, 0.6, 0.55, 0.62, 0.5]), np.full(5, 0.05)
    limit = synthesis.excess_significance(y, v).limit
    se = np.sqrt(v)
    power = exceedance(limit / se, np.ones(5), "two.sided", 0.05)
    assert exact(power, 5) == pytest.approx(0.1, rel=1e-9)


def test_limits_lie_between_the_effects_and_the_line() -> None:
    ours = synthesis.limit_meta_analysis(Y, V, tau2=0.04)
    share = (ours.limits - ours.beta) / (Y - ours.beta)
    assert share == pytest.approx(0.2 / np.sqrt(V + 0.04))


@pytest.mark.parametrize("method", LIMIT_METHODS)
def test_limit_meta_analysis_moves_with_the_effects(method: str) -> None:
    there, moved = (synthesis.limit_meta_analysis(Y + c, V, method, tau2=0.04).estimate for c in (0, 5))
    assert moved == pytest.approx(there + 5)


FEW = "at least 3|needs 3"
NONSENSE: list[tuple[Any, ...]] = [
    (lambda: cb.small_study(Y[:2], V[:2]), FEW),
    (lambda: cb.small_study(Y, V, "eggers"), "test must be one of egger"),
    (lambda: cb.small_study(Y, V, predictor="se"), "predictor must be one of sei"),
    (lambda: cb.small_study(Y, V, predictor="ni"), "n: test='egger' needs it"),
    (lambda: cb.small_study(Y, V, "peters", n=np.full(12, 90)), "events1: test='peters' needs it"),
    (lambda: cb.small_study(Y, V, "harbord", **(EVENTS | {"n1": np.full(11, 40)})), "n1 must be 12 numbers"),
    (lambda: cb.small_study(Y, V, "harbord", **(EVENTS | {"events1": np.full(12, 99)})), "must not exceed"),
    (
        lambda: cb.small_study(
            Y, V, "harbord", **(EVENTS | {"events1": np.zeros(12), "events2": np.zeros(12)})
        ),
        FEW,
    ),
    (lambda: cb.small_study(Y, V, "peters", tau2="REML", **EVENTS), "tau2 must be 'EE'"),
    (lambda: cb.small_study(Y, V, "begg", moderators=np.ones(12)), "only test='egger' takes moderators"),
    (lambda: cb.small_study(Y, np.full(12, 0.1)), "the predictor is a combination"),
    (lambda: cb.small_study(Y, np.full(12, 0.1), "begg"), "only equal ones"),
    (lambda: cb.small_study(np.full(12, 0.4), V, "begg"), "only equal ones"),
    (lambda: cb.small_study([np.nan, 1, 2], [1, 1, 1]), "y must be finite"),
    (lambda: cb.small_study(Y, -V), "v must be positive"),
    (lambda: cb.small_study(Y, V, "debray", events=np.zeros(12)), "events must be positive"),
    (lambda: cb.trim_and_fill(Y[:2], V[:2]), FEW),
    (lambda: cb.trim_and_fill(Y, V, "up"), "side must be"),
    (lambda: cb.trim_and_fill(Y, V, estimator="S0"), "estimator must be one of L0, R0, Q0"),
    (lambda: cb.trim_and_fill(Y, np.full(12, 0.1)), "give 'left' or 'right'"),
    (
        lambda: cb.trim_and_fill([0.0] * 5, [0.1, 0.2, 0.3, 0.4, 0.5], "left", "Q0", tau2="nope"),
        "tau2 must be",
    ),
    (lambda: synthesis.fail_safe_n(Y, V, "rosen"), "method must be one of rosenthal"),
    (lambda: synthesis.fail_safe_n(Y, V, target=0.0), "target must be finite and not 0"),
    (lambda: synthesis.fail_safe_n(Y, V, interval="HKSJ"), "interval must be 'z'"),
    (lambda: synthesis.excess_significance(Y, V, "pearson"), "test must be one of exact"),
    (lambda: synthesis.excess_significance(Y, V, alternative="both"), "alternative must be one of"),
    (lambda: synthesis.excess_significance(Y, V, alpha=0.0), "level must lie between"),
    (lambda: synthesis.limit_meta_analysis(Y, np.full(12, 0.1)), "different variances"),
    (lambda: synthesis.limit_meta_analysis(Y, V, "beta1"), "method must be one of beta0"),
    (lambda: synthesis.pet_peese(Y[:2], V[:2]), FEW),
    (lambda: synthesis.pet_peese(Y, V, "PAT"), f"method must be one of {', '.join(PET_PEESE)}"),
]


@pytest.mark.parametrize(("call", "says"), NONSENSE)
def test_a_mistake_is_named(call: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()


@pytest.mark.parametrize("test", ["egger", "macaskill"])
def test_identical_effects_show_no_small_study_effect(test: str) -> None:
    ours = cb.small_study(np.full(12, 0.4), V, test, n=np.arange(12) + 20)
    assert (ours.statistic, ours.p) == pytest.approx((0, 1), abs=1e-9)
