"""Variances against the joint distribution of the printed numbers: the delta method by finite differences.

metafor's results hold most variances; these hold the others too, and by another way: in large samples the
variance of an effect is its slope in the printed numbers, times their covariance, times the slope.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from claimbook.effects import effect_sizes

Point = dict[str, float]
Law = Callable[[Point], np.ndarray]
N = 1e7


def by_delta(code: str, point: Point, moving: tuple[str, ...], law: Law, **options: Any) -> float:
    """The variance of the effect where the ``moving`` numbers have the covariance that ``law`` gives."""
    slopes = []
    for name in moving:
        step = 1e-4 * abs(point[name])
        up, down = (
            effect_sizes(code, **{**point, name: point[name] + s}, **options).y[0] for s in (step, -step)
        )
        slopes.append((up - down) / (2 * step))
    slope = np.array(slopes)
    return float(slope @ law(point) @ slope)


def two_normal_groups(x: Point) -> np.ndarray:
    """Of mean1, sd1, mean2, sd2."""
    return np.diag(
        [
            x["sd1"] ** 2 / x["n1"],
            x["sd1"] ** 2 / (2 * x["n1"]),
            x["sd2"] ** 2 / x["n2"],
            x["sd2"] ** 2 / (2 * x["n2"]),
        ]
    )


def one_group_twice(x: Point) -> np.ndarray:
    """Of mean_pre, sd_pre, mean_post, sd_post, of normal data with the correlation r."""
    pre, post, r = x["sd_pre"], x["sd_post"], x["r"]
    means = np.array([[pre**2, r * pre * post], [r * pre * post, post**2]]) / x["n"]
    sds = np.array([[pre**2, r**2 * pre * post], [r**2 * pre * post, post**2]]) / (2 * x["n"])
    joint = np.zeros((4, 4))
    joint[::2, ::2], joint[1::2, 1::2] = means, sds
    return joint


def one_group(x: Point) -> np.ndarray:
    """Of mean, sd."""
    return np.diag([x["sd"] ** 2 / x["n"], x["sd"] ** 2 / (2 * x["n"])])


def two_binomials(x: Point) -> np.ndarray:
    """Of a, b, c, d: two groups of fixed size."""
    joint = np.zeros((4, 4))
    for corner, (yes, no) in ((0, ("a", "b")), (2, ("c", "d"))):
        v = x[yes] * x[no] / (x[yes] + x[no])
        joint[corner : corner + 2, corner : corner + 2] = [[v, -v], [-v, v]]
    return joint


def multinomial(x: Point) -> np.ndarray:
    """Of the cells of one sample."""
    cells = np.array([x[name] for name in "abcd" if name in x])
    return np.diag(cells) - np.outer(cells, cells) / cells.sum()


def poisson(x: Point) -> np.ndarray:
    return np.diag([x[name] for name in ("events", "events1", "events2") if name in x])


def binomial(x: Point) -> np.ndarray:
    return np.array([[x["events"] * (1 - x["events"] / x["n"])]])


CELLS = ("a", "b", "c", "d")
ALIKE = {"n1": N, "mean1": 12.0, "sd1": 2.0, "n2": 2 * N, "mean2": 10.5, "sd2": 2.0}
UNLIKE = {**ALIKE, "sd1": 3.0}
TWICE = {"n": N, "mean_pre": 10.0, "sd_pre": 2.0, "mean_post": 11.5, "sd_post": 2.0, "r": 0.6}
SPREAD = {**TWICE, "sd_post": 2.8}
TABLE = {"a": 0.30 * N, "b": 0.25 * N, "c": 0.15 * N, "d": 0.30 * N}
RATES = {"events1": 0.3 * N, "time1": N, "events2": 0.5 * N, "time2": 2 * N}
MEANS = ("mean1", "sd1", "mean2", "sd2")
OCCASIONS = ("mean_pre", "sd_pre", "mean_post", "sd_post")

SPREADS = {name: UNLIKE[name] for name in ("n1", "sd1", "n2", "sd2")}
NO_EFFECT = {**ALIKE, "mean1": ALIKE["mean2"]}
ONE = {"n": N, "mean": 10.0, "sd": 3.0}
GENOTYPES = {name: TABLE[name] for name in "abc"}


def two_spreads(x: Point) -> np.ndarray:
    return np.diag([x["sd1"] ** 2 / (2 * x["n1"]), x["sd2"] ** 2 / (2 * x["n2"])])


SAMPLED: list[tuple[str, Point, tuple[str, ...], Law]] = [
    ("SMD LS LS2 UB AV, SMD1 LS LS2 UB AV, MD HO, ROM HO, CLESN HO", ALIKE, MEANS, two_normal_groups),
    ("SMDH LS LS2, SMD1H LS, CLESN LS LS2 LS3, MD LS", UNLIKE, MEANS, two_normal_groups),
    ("ROM LS LS2 AV, CVR LS LS2", UNLIKE, MEANS, two_normal_groups),
    ("ROM AVHO", NO_EFFECT, MEANS, two_normal_groups),
    ("VR LS LS2", SPREADS, ("sd1", "sd2"), two_spreads),
    ("SMCR LS LS2 UB, SMCRP LS LS2 UB", TWICE, OCCASIONS, one_group_twice),
    ("MC LS, SMCRH LS LS2, SMCRPH LS LS2, CLESCN LS", SPREAD, OCCASIONS, one_group_twice),
    ("ROMC LS LS2, CVRC LS LS2", SPREAD, OCCASIONS, one_group_twice),
    ("MN LS, SMN LS, MNLN LS, CVLN LS", ONE, ("mean", "sd"), one_group),
    ("RR LS, OR LS, RD LS UB AV, AS LS, PBIT LS, OR2DL LS, OR2DN LS", TABLE, CELLS, two_binomials),
    ("PHI ST, ZPHI ST, YUQ LS, YUY LS", TABLE, CELLS, two_binomials),
    ("PHI LS CS, ZPHI CS, RTET LS, ZTET LS", TABLE, CELLS, multinomial),
    ("MPRR LS, MPOR LS, MPRD LS, MPORC LS", TABLE, CELLS, multinomial),
    ("REH LS", GENOTYPES, ("a", "b", "c"), multinomial),
    ("IRR LS, IRD LS, IRSD LS", RATES, ("events1", "events2"), poisson),
    ("IR LS, IRLN LS, IRS LS, IRFT LS", {"events": 0.3 * N, "time": N}, ("events",), poisson),
    ("PR LS UB, PLN LS, PLO LS, PRZ LS, PAS LS, PFT LS", {"events": 0.3 * N, "n": N}, ("events",), binomial),
]
CASES = [
    pytest.param(code, vtype, *sampled, id=f"{code} {vtype}")
    for measures, *sampled in SAMPLED
    for code, *vtypes in map(str.split, measures.split(", "))
    for vtype in vtypes
]


@pytest.mark.parametrize(("code", "vtype", "point", "moving", "law"), CASES)
def test_a_variance_is_that_of_the_delta_method(
    code: str, vtype: str, point: Point, moving: tuple[str, ...], law: Law
) -> None:
    claimed = effect_sizes(code, **point, vtype=vtype).v[0]
    assert claimed == pytest.approx(by_delta(code, point, moving, law, vtype=vtype), rel=1e-4)


def test_no_variance_has_been_lost() -> None:
    assert len(CASES) == 83
