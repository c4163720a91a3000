"""Resampling refits what it says, and its intervals and p-values are those of their definitions."""

import numpy as np
import pytest
from reference import column, distance, golden

import claimbook as cb
from claimbook.synthesis import subsets
from claimbook.synthesis.permutation import permute_moderators, permute_signs
from claimbook.synthesis.resampling import BOOTSTRAP_INTERVALS, RESAMPLING, bootstrap

DATA = golden("uni_bcg_RR")["data"]
Y, V = column(DATA["yi"]), column(DATA["vi"])


@pytest.mark.parametrize("resampling", RESAMPLING)
@pytest.mark.parametrize("method", BOOTSTRAP_INTERVALS)
def test_the_interval_of_a_known_trial_set_is_near_that_of_the_model(method, resampling):
    low, high = bootstrap(Y, V, resampling=resampling, n=3000).interval(method=method)
    p = cb.pool(Y, V)
    assert distance([low, high], [p.low, p.high], 0.15) == 0


def test_the_parametric_bootstrap_reproduces_the_standard_error():
    b = bootstrap(Y, V, "EE", "z", resampling="parametric", n=20_000)
    assert abs(b.se() / b.pooled.se - 1) < 0.02
    assert abs(b.bias()) < 0.02 * b.pooled.se


def test_a_refit_is_what_pool_gives():
    b = bootstrap(Y, V, n=5, seed=3)
    studies = np.random.default_rng([3, 0]).integers(13, size=(5, 13))
    assert distance(b.refits.tau2, [cb.pool(Y[s], V[s]).tau2 for s in studies]) < 1e-9


def test_percentile_and_basic_intervals_mirror_each_other():
    b = bootstrap(Y, V, n=999)
    low, high = b.interval("tau2", "percentile")
    twice = 2 * b.pooled.tau2
    assert b.interval("tau2", "basic") == (twice - high, twice - low)


def test_an_unbiased_symmetric_bootstrap_needs_no_correction():
    y = np.array([-0.3, -0.2, -0.1, 0.1, 0.2, 0.3])
    b = bootstrap(y, np.full(6, 0.1), "EE", "z", n=20_000)
    assert distance(b.interval(), b.interval(method="percentile"), 0.01) == 0


def test_the_same_seed_gives_the_same_bytes():
    one, other = (bootstrap(Y, V, n=99, seed=7) for _ in range(2))
    assert one.interval() == other.interval()


def test_a_lower_level_gives_a_narrower_interval():
    b = bootstrap(Y, V, n=999)
    for method in BOOTSTRAP_INTERVALS:
        wide, narrow = b.interval(method=method), b.interval(method=method, level=0.5)
        assert wide[0] < narrow[0] < narrow[1] < wide[1], method


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: bootstrap(Y, V, resampling="people"), "resampling must be one of studies, parametric"),
        (lambda: bootstrap(Y, V, n=1), "n must be at least 2"),
        (lambda: bootstrap(Y[:1], V[:1]), "at least 2 effects, got 1"),
        (lambda: bootstrap(Y, V, n=9).interval(method="best"), "method must be one of percentile"),
        (lambda: bootstrap(Y, V, n=9).interval("k"), "of must be one of estimate"),
        (lambda: bootstrap(Y, V, n=9).interval("tau2", "t"), "method='t' is for the estimate"),
        (lambda: bootstrap(Y[:2], V[:2], n=9).interval(), "method='BCa' needs at least 3 effects"),
    ],
)
def test_what_has_no_answer_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_the_table_has_all_that_was_resampled():
    b = bootstrap(Y, V, n=99)
    table = b.frame("percentile", 0.9)
    assert table.index.tolist() == ["estimate", "tau2", "i2", "h2"]
    assert tuple(table.loc["tau2", ["low", "high"]]) == b.interval("tau2", "percentile", 0.9)
    assert repr(b) == f"Bootstrap(k=13, refits=99, estimate={b.pooled.estimate:.6g})"


def test_permute_takes_what_pool_and_regress_give():
    mean, line = cb.pool(Y, V), cb.regress("y ~ x", {"y": Y, "x": np.arange(13.0)}, v=V)
    assert cb.permute(mean, 500) == permute_signs(mean, 500)
    assert cb.permute(line, 500).p == permute_moderators(line, 500).p


@pytest.mark.parametrize(
    ("fit", "words"),
    [
        (lambda: Y, "fit must be what pool or regress gives, got ndarray"),
        (lambda: cb.pool(Y, V, interval="KR"), "got 'KR', which pool takes for one set at a time"),
        (lambda: cb.pool(Y, V, "GENQ", weights=1 / V), "weights of the user's"),
    ],
)
def test_what_cannot_be_permuted_says_why(fit, words):
    with pytest.raises(ValueError, match=words):
        cb.permute(fit())


@pytest.mark.parametrize("drawn", [None, 500])
def test_subsets_are_the_same_in_pieces_and_at_once(monkeypatch, drawn):
    whole, members = cb.gosh(Y[:9], V[:9], "DL", subsets=drawn)
    monkeypatch.setattr(subsets, "PIECE", 9 * 7)
    pieces, same = cb.gosh(Y[:9], V[:9], "DL", subsets=drawn)
    assert (same == members).all() and (members.sum(axis=1) == whole["k"]).all()
    assert distance(pieces, whole, 1e-14) < 1e-12


def test_identical_effects_have_no_heterogeneity_in_any_draw():
    assert bootstrap([1.0, 1.0, 1.0], V[:3], n=9).interval("tau2") == (0, 0)
