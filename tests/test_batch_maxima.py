"""The optimum that every row gets is the true one, and the proof of it is sound."""

import numpy as np
import pytest
from reference import distance
from scipy.special import chdtrc, stdtr, stdtrit

from claimbook.synthesis.batch import fit_rows
from claimbook.synthesis.batch_maxima import falls_between, falls_beyond, nodes, rises_between, terms
from claimbook.synthesis.batch_model import Mean, pack, pack_in_order
from claimbook.synthesis.batch_regress import Design
from claimbook.synthesis.batch_tails import AT_ONCE, LONGEST, chi2_tail, t_quantiles, t_tails
from claimbook.synthesis.batch_tau2 import _profile, _restricted

EQUATIONS = {"REML": _restricted, "ML": _profile}


def uneven(n: int, k: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Sets whose variances spread over six powers of ten: one in a hundred has two maxima."""
    rng = np.random.default_rng(seed)
    v = 10 ** rng.uniform(-5, 1, size=(n, k))
    return rng.normal(size=(n, k)) * np.sqrt(v + 10 ** rng.uniform(-4, 0, size=(n, 1))), v


def log_likelihood(tau2, y, v, restricted):
    """Of each row, at tau2 (n, points)."""
    w = 1 / (v[:, None] + tau2[..., None])
    mean = (w * y[:, None]).sum(axis=-1) / w.sum(axis=-1)
    value = np.log(w).sum(axis=-1) - (w * (y[:, None] - mean[..., None]) ** 2).sum(axis=-1)
    return 0.5 * (value - (np.log(w.sum(axis=-1)) if restricted else 0.0))


@pytest.mark.parametrize("method", EQUATIONS)
@pytest.mark.parametrize("k", [2, 3, 5, 12])
def test_no_tau2_has_a_higher_likelihood(method, k):
    y, v = uneven(1500, k)
    found = fit_rows(y, v, method).tau2[:, None]
    grid = np.broadcast_to(np.append(0, np.geomspace(1e-6, 300, 400)), (len(y), 401))
    best = log_likelihood(grid, y, v, method == "REML").max(axis=1)
    assert (log_likelihood(found, y, v, method == "REML")[:, 0] >= best - 1e-9).all()


def test_some_of_these_sets_have_two_maxima():
    y, v = uneven(1500, 5)
    grid = np.broadcast_to(np.append(0, np.geomspace(1e-6, 300, 400)), (len(y), 401))
    rising = np.diff(log_likelihood(grid, y, v, True)) > 0
    assert 5 < ((rising[:, 1:] & ~rising[:, :-1]).any(axis=1)).sum() < 50


def designs(n: int) -> dict[str, Mean]:
    y, v = uneven(n, 6)
    x, _ = np.linalg.qr(np.column_stack([np.ones(6), np.arange(6.0) ** 2]))
    one, two = pack(y, v), pack_in_order(y, v)
    return {"mean": Mean(one.y, one.v, one.n), "design": Design(x, two.y, two.v, two.n)}


@pytest.mark.parametrize("method", EQUATIONS)
@pytest.mark.parametrize("kind", ["mean", "design"])
def test_a_proof_never_contradicts_the_score(kind, method):
    n, rng = 2000, np.random.default_rng(8)
    model, equation = designs(n)[kind], EQUATIONS[method]
    low, width = (10 ** rng.uniform(-9, 1, n) for _ in range(2))
    at = [nodes(t, *terms(model, equation, t)) for t in (low, low + width)]
    up = [node[1] ** 2 < node[3] for node in at]
    rises = rises_between(*at) & up[0] & up[1]
    falls = falls_between(*at) & ~up[0] & ~up[1]
    beyond = falls_beyond(at[0], model.flat.rss) & ~up[0]
    assert min(rises.sum(), falls.sum(), beyond.sum()) > n / 20
    for share in (0.0, 0.1, 0.5, 0.9, 1.0):
        c, d, _, _ = terms(model, equation, low + share * width)
        assert not (rises & (c < d * (1 - 1e-9))).any()
        assert not (falls & (c > d * (1 + 1e-9))).any()
        assert not (beyond & (c > d * (1 + 1e-9))).any()


@pytest.mark.parametrize("method", EQUATIONS)
@pytest.mark.parametrize("kind", ["mean", "design"])
def test_the_slopes_are_derivatives(kind, method):
    model, equation = designs(50)[kind], EQUATIONS[method]
    t = np.geomspace(0.01, 1, 50)
    slopes = terms(model, equation, t)[2:]
    up, down = terms(model, equation, t * 1.0001), terms(model, equation, t * 0.9999)
    assert distance(((up - down) / (0.0002 * t))[:2], slopes) < 1e-6


@pytest.mark.parametrize("method", ["REML", "ML", "PM", "PMM", "EB"])
def test_every_one_of_many_random_sets_converges(method):
    rng = np.random.default_rng(11)
    v = 10 ** rng.uniform(-3, 0, size=(30_000, 8))
    assert fit_rows(rng.normal(size=v.shape) * np.sqrt(v + 0.05), v, method).converged.all()


@pytest.mark.parametrize("df", [1, 2, 3, 10, 19, LONGEST, LONGEST + 1, np.inf])
def test_tails_of_t_are_those_of_scipy(df):
    t = np.concatenate([np.geomspace(1e-3, 1e6, 300), [0.0, np.inf]])
    known = 2 * stdtr(df, -t) if df < np.inf else 2 * stdtr(1e300, -t)
    assert distance(t_tails(-t, np.full_like(t, df)), known, 1e-300) < 3e-11


@pytest.mark.parametrize("df", [0, 1, 2, 3, 10, 19, LONGEST, LONGEST + 1])
def test_tails_of_chi2_are_those_of_scipy(df):
    q = np.concatenate([np.geomspace(1e-6, 1300, 300), [0.0, np.inf]])
    known = chdtrc(df, q) if df else np.ones_like(q)
    assert distance(chi2_tail(q, np.full_like(q, df)), known, 1e-300) < 1e-12


@pytest.mark.parametrize("tails", [chi2_tail, t_tails])
def test_a_tail_is_the_same_beside_others_with_other_degrees_of_freedom(tails):
    df = np.resize([3.0, 8.0, np.nan, 1.0, LONGEST, LONGEST + 1.0, 2.0], 2 * AT_ONCE + 3)
    x = np.random.default_rng(1).gamma(2, 3, len(df))
    alone = np.full_like(x, np.nan)
    for n in np.unique(df[~np.isnan(df)]):
        alone[df == n] = tails(x[df == n], df[df == n])
    np.testing.assert_array_equal(tails(x, df), alone)


def test_each_row_has_its_own_degrees_of_freedom():
    df = np.array([3.0, np.inf, np.nan, 7.0, 3.0])
    known = np.append(stdtrit([3, 1e15, 7, 3], 0.95), np.nan)[[0, 1, 4, 2, 3]]
    assert distance(t_quantiles(0.9, df), known) < 1e-12
