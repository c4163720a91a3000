"""`regress_many` gives the numbers of `regress`."""

import numpy as np
import pandas as pd
import pytest
from reference import distance

import claimbook as cb
from claimbook.synthesis.batch_regress import regress_many, regress_rows
from claimbook.synthesis.batch_tau2 import TAU2_COLUMNS

ROWS = 12


def draw(k: int, p: int, spread: float, absent: float = 0.0, unit: float = 1.0):
    rng = np.random.default_rng(k + p)
    moderators = rng.normal(size=(k, p)) + 3
    v = 10 ** rng.uniform(-spread, 0, size=(ROWS, k))
    y = rng.normal(size=(ROWS, k)) * np.sqrt(v + 0.1) + 0.2 * moderators[:, 0]
    gone = rng.random((ROWS, k)) < absent
    gone[:, : p + 2] = False
    y[gone] = np.nan
    return y * unit, v * unit**2, moderators


def compare(y, v, moderators, tau2, interval):
    names = [f"m{i}" for i in range(moderators.shape[1])]
    many = regress_many(y, v, np.column_stack([np.ones(len(moderators)), moderators]), tau2, interval)
    for i in range(len(y)):
        here = ~np.isnan(y[i])
        frame = pd.DataFrame(moderators[here], columns=names).assign(y=y[i, here], v=v[i, here])
        one = cb.regress(f"y ~ {' + '.join(names)}", frame, v="v", tau2=tau2, interval=interval)
        yield many.coefficients.loc[i], many.fits.loc[i], one


@pytest.mark.parametrize("tau2", TAU2_COLUMNS)
@pytest.mark.parametrize("sets", [(13, 1, 1, 0.0), (20, 3, 2, 0.3), (8, 2, 1, 0.0, 1e6)], ids=str)
def test_every_row_is_what_regress_gives(sets, tau2):
    y, v, moderators = draw(*sets)
    interval = "z" if tau2 in ("ML", "EE") else "HKSJ"
    for coefficients, fit, one in compare(y, v, moderators, tau2, interval):
        rounding = 1e-12 * v.min()
        assert distance(coefficients, one.coefficients, 1e-14) < 1e-9
        assert distance(fit["tau2"], one.tau2, rounding) < 1e-9
        for name in ("k", "qe", "qe_p", "h2", "qm", "qm_p"):
            assert distance(fit[name], getattr(one, name)) < 1e-9, name


def test_a_constant_alone_is_a_mean():
    y, v, _ = draw(9, 1, 1)
    mean, constant = cb.pool_many(y, v), regress_many(y, v, np.ones((9, 1)))
    assert distance(constant.coefficients["high"], mean["high"]) < 1e-10


def test_names_may_be_given():
    y, v, x = draw(9, 2, 1)
    assert regress_many(y, v, x, names=["dose", "age"]).coefficients.index.levels[1].tolist() == [
        "age",
        "dose",
    ]


def test_a_set_whose_studies_do_not_tell_the_moderators_apart_says_so():
    y, v, _ = draw(6, 1, 1)
    x = np.column_stack([np.ones(6), [0, 0, 0, 0, 1, 1]])
    y[0, 4:] = np.nan
    rows = regress_rows(y, v, x)
    assert rows.converged.tolist() == [False] + [True] * (ROWS - 1)
    assert np.isnan(rows.estimate[0]).all()


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.ones((9, 2)), "combination of the columns before it"),
        (np.ones((8, 1)), r"x must be finite, of shape \(9, p\)"),
        (np.full((9, 1), np.nan), "x must be finite"),
        (np.ones((9, 10)), "at most 9 columns"),
    ],
)
def test_an_unusable_design_is_named(x, words):
    y, v, _ = draw(9, 1, 1)
    with pytest.raises(ValueError, match=words):
        regress_many(y, v, x)


def test_as_many_names_as_columns_are_needed():
    y, v, x = draw(9, 2, 1)
    with pytest.raises(ValueError, match="names must be one for each of 2 columns"):
        regress_many(y, v, x, names=["dose"])
