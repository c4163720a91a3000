"""The compiled solver gives what the other gives, to rounding."""

import numpy as np
import pytest
from reference import distance

from claimbook.synthesis import batch_fit
from claimbook.synthesis.batch import fit_rows
from claimbook.synthesis.batch_fit import COMPILED, Method, fit_block, solver

pytest.importorskip("numba", reason="numba (the extra `fast`) is not installed")

from claimbook.synthesis import native

SETS = {
    "even": (20, 1, 0.0),
    "uneven": (5, 5, 0.2),
    "three": (3, 5, 0.0),
    "two": (2, 2, 0.0),
    "gaps": (8, 3, 0.7),
}


@pytest.mark.parametrize("sets", SETS)
@pytest.mark.parametrize("tau2", COMPILED)
def test_both_solvers_agree(tau2, sets):
    k, spread, absent = SETS[sets]
    rng = np.random.default_rng(k)
    v = 10 ** rng.uniform(-spread, 0.5, size=(4000, k))
    y = rng.normal(size=v.shape) * np.sqrt(v + rng.choice([0, 0.1, 1], size=(4000, 1)))
    y[rng.random(v.shape) < absent] = np.nan
    method = Method(tau2, "HKSJ")
    one, other = fit_block(y, v, method), fit_block(y, v, method, solve=native.solve)
    for name in one._fields:
        rounding = {"tau2": 1e-4 * v.min(), "i2": 1e-2, "estimate": 1e-2}.get(name, 0.0)
        assert distance(getattr(other, name), getattr(one, name), 1e-10 * rounding) < 1e-10, name


@pytest.mark.parametrize("unit", [1e-150, 1e150])
def test_the_scale_does_not_matter(unit):
    rng = np.random.default_rng(2)
    y, v = rng.normal(size=(50, 6)), rng.uniform(0.1, 1, size=(50, 6))
    method = Method("REML", "z")
    one = fit_block(y, v, method, solve=native.solve)
    other = fit_block(y * unit, v * unit**2, method, solve=native.solve)
    assert distance(other.tau2 / unit / unit, one.tau2, 1e-14) < 1e-10


@pytest.mark.parametrize("ratio", [1e8, 1e20, 1e60])
def test_a_study_of_any_weight_costs_no_digits(ratio):
    y, v = np.array([[0.0, 0.5, -0.4, 1.2, 0.3]]), np.array([[1 / ratio, 0.1, 0.2, 0.1, 0.3]])
    for tau2 in COMPILED:
        method = Method(tau2, "z")
        one, other = fit_block(y, v, method), fit_block(y, v, method, solve=native.solve)
        assert distance(other.tau2, one.tau2) < 1e-10, tau2


def test_an_unusable_number_is_named_by_its_place():
    y, v = np.zeros((5, 3)), np.ones((5, 3))
    v[3, 1] = 0.0
    with pytest.raises(ValueError, match=r"got 0\.0 in row 13, column 1"):
        native.solve(y, v, Method("REML", "z"), 10)


def test_it_is_taken_where_it_is_worth_its_loading(monkeypatch):
    assert solver(Method("REML", "z"), 10**3) is batch_fit.solve
    assert solver(Method("HE", "z"), 10**9) is batch_fit.solve
    assert solver(Method("REML", "z"), 10**9) is native.solve
    monkeypatch.setattr(batch_fit, "WORTH_COMPILING", 0)
    rng = np.random.default_rng(2)
    y, v = rng.normal(size=(50, 6)), rng.uniform(0.1, 1, size=6)
    assert (
        distance(fit_rows(y, v).tau2, fit_block(y, np.tile(v, (50, 1)), Method("REML", "HKSJ")).tau2, 1e-13)
        < 1e-10
    )
