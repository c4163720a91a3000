"""What must hold of selection models, p-uniform, Copas and selection ratios, whatever the effects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

import claimbook as cb
from claimbook.synthesis import (
    SELECTION_MODELS,
    VEVEA_WOODS,
    VEVEA_WOODS_STEPS,
    copas,
    copas_path,
    p_uniform,
    p_uniform_star,
    selection_model,
    selection_ratio,
    selection_ratio_needed,
)
from claimbook.synthesis.puniform import P_UNIFORM, sum_p
from claimbook.synthesis.search import complex_step, maximise
from claimbook.synthesis.selection_likelihood import Selection
from claimbook.synthesis.selection_problem import LIKELIHOODS

RNG = np.random.default_rng(5)
SE = RNG.uniform(0.1, 0.5, 25)
Y = RNG.normal(0.3, 0.15, 25) + RNG.normal(0, SE)
V = SE**2
SMOOTH = ["beta", "halfnorm", "negexp", "logistic", "power", "negexppow"]


def likelihood(model: str, two_sided: bool = False) -> Selection:
    weight = SELECTION_MODELS[model]
    cuts = {"p": [0.05], "interval": [0.025, 0.3], "y": [0.1]}[weight.by]
    parameters = np.array(weight.strong or (-0.7,) * len(cuts))
    free = np.ones(len(parameters), bool)
    x = np.column_stack([np.ones(25), np.linspace(-1, 1, 25)])
    scale = (SE / SE.max())[:, None]
    return LIKELIHOODS[weight.by](Y, V, x, weight, np.array(cuts), two_sided, scale, parameters, free, False)


def at(f: Selection, theta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    value, gradient, hessian = f.many(theta[None])
    return float(value[0]), gradient[0], hessian[0]


@pytest.mark.parametrize("model", [*SMOOTH, "stepfun", "trunc"])
@pytest.mark.parametrize("two_sided", [False, True])
def test_the_likelihoods_gradient_and_hessian_are_its_derivatives(model: str, two_sided: bool) -> None:
    f = likelihood(model, two_sided and model != "trunc")
    theta = np.concatenate([[0.2, 0.1, 0.05], f.parameters])
    h = 1e-5 * np.eye(len(theta))
    slopes = [(at(f, theta + e)[0] - at(f, theta - e)[0]) / 2e-5 for e in h]
    bends = [(at(f, theta + e)[1] - at(f, theta - e)[1]) / 2e-5 for e in h]
    assert np.concatenate([slopes, np.ravel(bends)]) == pytest.approx(
        np.concatenate([at(f, theta)[1], np.ravel(at(f, theta)[2])]), rel=1e-5, abs=1e-6
    )


def test_the_integral_of_a_step_function_is_a_sum_of_normal_probabilities() -> None:
    f = likelihood("stepfun")
    theta = np.array([0.2, 0.1, 0.05, *f.parameters])
    mean, spread = f.x @ theta[:2], np.sqrt(V + 0.05)
    edges = [1.959963984540054 * SE, 0.5244005127080407 * SE]
    beyond = [ndtr((mean - edge) / spread) for edge in edges]
    w = np.exp(f.parameters)
    total = beyond[0] + w[0] * (beyond[1] - beyond[0]) + w[1] * (1 - beyond[1])
    p = ndtr(-Y / SE)
    chosen = np.where(p <= 0.025, 1, np.where(p <= 0.3, w[0], w[1]))
    density = np.exp(-(((Y - mean) / spread) ** 2) / 2) / (spread * np.sqrt(2 * np.pi))
    assert at(f, theta)[0] == pytest.approx(np.log(chosen * density / total).sum(), rel=1e-12)


@pytest.mark.parametrize(
    ("model", "none"), [("stepfun", [1, 1]), ("beta", [1, 1]), ("negexp", [0]), ("power", [0])]
)
def test_weights_that_select_nothing_give_the_maximum_likelihood_fit(model: str, none: list[float]) -> None:
    ours, plain = selection_model(Y, V, model, delta=none), cb.pool(Y, V, "ML", "z")
    assert (ours.estimate, ours.tau2) == pytest.approx((plain.estimate, plain.tau2), rel=1e-7)


@pytest.mark.parametrize("model", ["stepfun", "trunc", "halfnorm"])
def test_mirrored_effects_mirror_the_fit(model: str) -> None:
    up, down = selection_model(Y, V, model), selection_model(-Y, V, model, alternative="less")
    assert (up.estimate, up.tau2, *up.delta) == pytest.approx(
        (-down.estimate, down.tau2, *down.delta), rel=1e-6
    )


@pytest.mark.parametrize("scale", [1e-150, 1e-6, 1e6, 1e150])
@pytest.mark.parametrize("model", ["stepfun", "negexp"])
def test_the_scale_of_the_effects_scales_the_fit(model: str, scale: float) -> None:
    there, scaled = selection_model(Y, V, model), selection_model(Y * scale, V * scale**2, model)
    assert (scaled.estimate / scale, *scaled.delta) == pytest.approx((there.estimate, *there.delta), rel=1e-6)


def test_a_step_function_undoes_the_selection_that_made_the_data() -> None:
    rng = np.random.default_rng(2)
    se = rng.uniform(0.1, 0.4, 3000)
    y = rng.normal(0.1, 0.1, 3000) + rng.normal(0, se)
    kept = (y / se > 1.96) | (rng.random(3000) < 0.2)
    ours = selection_model(y[kept], se[kept] ** 2)
    assert (ours.estimate, ours.delta[1]) == pytest.approx((0.1, 0.2), abs=0.04)


def test_a_moderator_in_other_units_has_another_slope_only() -> None:
    moderator = np.linspace(20, 60, 25)
    one, other = (
        selection_model(Y, V, design=np.column_stack([np.ones(25), moderator * unit])) for unit in (1, 1000)
    )
    assert (one.beta[1], one.beta[0]) == pytest.approx((1000 * other.beta[1], other.beta[0]), rel=1e-6)


@pytest.mark.parametrize("pattern", VEVEA_WOODS)
def test_fixed_weights_need_no_data_to_estimate_them(pattern: str) -> None:
    ours = selection_model(Y, V, steps=VEVEA_WOODS_STEPS, delta=VEVEA_WOODS[pattern])
    assert (tuple(ours.delta), ours.lrt_df) == (pytest.approx(VEVEA_WOODS[pattern]), 0)


def test_an_interval_without_a_study_is_noted() -> None:
    ours = selection_model(np.full(5, 1.0) + np.arange(5) / 10, np.full(5, 0.01))
    assert "an interval holds no study" in ours.notes[0]


def test_the_estimated_cut_of_a_truncation_lies_at_an_effect() -> None:
    ours = selection_model(Y[:8], V[:8], "truncest")
    assert np.abs(ours.cut - Y[:8]).min() < 1e-6


@pytest.mark.parametrize("model", SELECTION_MODELS)
def test_every_model_fits_and_never_worse_than_no_selection(model: str) -> None:
    plain = cb.pool(Y[:10], V[:10], "ML", "z").fit.log_likelihood(restricted=False)
    assert selection_model(Y[:10], V[:10], model).log_likelihood >= plain - 1e-9


def test_complex_steps_give_the_derivatives_of_an_analytic_function() -> None:
    value, gradient, hessian = complex_step(lambda x: np.exp(x[0]) * x[1] ** 3)(np.array([0.5, 2.0]))
    e = np.exp(0.5)
    assert [value, *gradient, *hessian.ravel()] == pytest.approx(
        [8 * e, 8 * e, 12 * e, 8 * e, 12 * e, 12 * e, 12 * e]
    )


def test_the_search_stops_at_a_bound() -> None:
    end = maximise(
        lambda x: (float(x[0]), np.ones(1), np.zeros((1, 1))), np.zeros(1), np.zeros(1), np.ones(1)
    )
    assert (end.point[0], end.bound[0], end.converged) == (1.0, True, True)


@pytest.mark.parametrize("method", P_UNIFORM)
def test_p_uniform_of_mirrored_effects_is_mirrored(method: str) -> None:
    right, left = p_uniform(Y, V, method), p_uniform(-Y, V, method, side="left")
    assert (right.estimate, right.low, right.high) == pytest.approx((-left.estimate, -left.high, -left.low))


def test_p_uniform_star_of_mirrored_effects_is_mirrored() -> None:
    right, left = p_uniform_star(Y, V), p_uniform_star(-Y, V, side="left")
    assert (right.estimate, right.low, right.tau2) == pytest.approx(
        (-left.estimate, -left.high, left.tau2), rel=1e-6
    )


def test_the_sum_of_two_uniforms_has_a_triangular_distribution() -> None:
    assert [sum_p(x, 2) for x in (0.5, 1.0, 1.5)] == pytest.approx([0.125, 0.5, 0.875])


def test_copas_of_mirrored_effects_is_mirrored() -> None:
    up, down = copas(Y, V, 0.2, 0.1), copas(-Y, V, 0.2, 0.1)
    assert (up.estimate, up.se, up.rho) == pytest.approx((-down.estimate, down.se, -down.rho), rel=1e-5)


def test_copas_without_selection_is_the_maximum_likelihood_fit() -> None:
    ours, plain = copas(Y, V, 8.0, 0.0), cb.pool(Y, V, "ML", "z")
    assert (ours.estimate, ours.tau2) == pytest.approx((plain.estimate, plain.tau2), rel=1e-4)


def test_along_the_path_ever_more_studies_are_unpublished() -> None:
    path = copas_path(Y, V, published=(0.9, 0.6, 0.3))
    assert path["unpublished"].is_monotonic_increasing


def test_a_ratio_of_one_is_the_plain_mean() -> None:
    assert selection_ratio(Y, V, 1.0, tau2="EE").estimate == pytest.approx(cb.pool(Y, V, "EE", "z").estimate)


def test_an_infinite_ratio_leaves_what_is_not_affirmative() -> None:
    plain = Y / SE <= 1.959963984540054
    ours = selection_ratio(Y, V, np.inf, tau2="EE")
    assert ours.estimate == pytest.approx(cb.pool(Y[plain], V[plain], "EE", "z").estimate)


def test_the_ratio_needed_brings_the_estimate_to_q() -> None:
    needed = selection_ratio_needed(Y, V, q=0.24)
    assert selection_ratio(Y, V, needed.estimate).estimate == pytest.approx(0.24)


NONSENSE: list[tuple[Any, str]] = [
    (lambda: selection_model(Y, V, "step"), "model must be one of stepfun"),
    (lambda: selection_model(Y, V, alternative="both"), "alternative must be one of"),
    (lambda: selection_model(Y, V, "trunc", alternative="two.sided"), "'greater' or 'less'"),
    (lambda: selection_model(Y, V, steps=[0.0]), r"steps must lie in \(0, 1\]"),
    (lambda: selection_model(Y, V, "negexp", steps=[0.05, 0.1]), "a single one for a smooth weight"),
    (lambda: selection_model(Y, V, delta=[0.5, 1]), "must begin with 1"),
    (lambda: selection_model(Y, V, delta=[1, 0.5, 0.2]), "delta must be 1 values"),
    (lambda: selection_model(Y, V, "beta", delta=[-1, 1]), "at least 0"),
    (lambda: selection_model(Y, V, delta=[1, 0]), "must not be 0 where there is a study"),
    (lambda: selection_model(Y, V, tau2="REML"), "tau2 must be one of ML, EE"),
    (lambda: selection_model(Y, V, interval="HKSJ"), "interval must be one of z"),
    (lambda: selection_model(Y, V, "negexp", imprecision="ni"), "needs the sizes"),
    (lambda: selection_model(Y, V, level=95), "level must lie between"),
    (lambda: selection_model([1.0], [1.0]), "needs at least 2 effects"),
    (lambda: selection_model([1.0, np.nan], [1.0, 1.0]), "y must be finite"),
    (lambda: p_uniform(Y, V, "AD"), "method must be one of P"),
    (lambda: p_uniform(-np.abs(Y), V), "needs a significant effect"),
    (lambda: p_uniform(Y, V, side="up"), "side must be one of"),
    (lambda: p_uniform(Y, V, tau2="REML"), "tau2 must be 'EE'"),
    (lambda: p_uniform_star(Y[:2], V[:2]), "at least 3"),
    (lambda: copas(Y[:2], V[:2], 0, 1), "at least 3"),
    (lambda: copas(Y, V, 0, -1), "b finite and at least 0"),
    (lambda: copas_path(Y, np.full(25, 0.1)), "different variances"),
    (lambda: selection_ratio(Y, V, 0.5), "ratio must be at least 1"),
    (lambda: selection_ratio(np.full(4, 0.01), np.ones(4), 2), "some of both kinds"),
    (lambda: selection_ratio(Y, V, 2, cluster=[1, 2]), "25 labels"),
]


@pytest.mark.parametrize(("call", "says"), NONSENSE)
def test_a_mistake_is_named(call: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
