"""The peers' calls for the work that `bench` races."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pymare import Dataset
from pymare.estimators import DerSimonianLaird, VarianceBasedLikelihoodEstimator
from statsmodels.stats.meta_analysis import combine_effects

ESTIMATORS = {"REML": lambda: VarianceBasedLikelihoodEstimator(method="REML"), "DL": DerSimonianLaird}


def statsmodels_fits(y: np.ndarray, v: np.ndarray) -> None:
    for effects, variances in zip(y, v, strict=True):
        combine_effects(effects, variances, method_re="iterated").summary_frame()


def pymare_fits(y: np.ndarray, v: np.ndarray) -> None:
    for effects, variances in zip(y, v, strict=True):
        _summary(ESTIMATORS["REML"]().fit_dataset(Dataset(effects, variances)))


def pymare_columns(y: np.ndarray, v: np.ndarray, method: str) -> None:
    """All sets as columns of one data set, with their intervals and heterogeneity."""
    _summary(ESTIMATORS[method]().fit_dataset(Dataset(y.T, v.T)))


def pymare_permutations(y: np.ndarray, v: np.ndarray, x: np.ndarray) -> None:
    data = Dataset(y, v, X=x[:, None])
    ESTIMATORS["REML"]().fit_dataset(data).summary().permutation_test(1000)


def pymare_regression(frame: dict[str, np.ndarray]) -> None:
    x = pd.DataFrame({name: frame[name] for name in frame if name.startswith("x")})
    _summary(ESTIMATORS["REML"]().fit_dataset(Dataset(frame["y"], frame["v"], X=x)))


def _summary(fitted) -> None:
    results = fitted.summary()
    results.get_fe_stats(), results.get_heterogeneity_stats()
