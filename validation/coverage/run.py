"""Coverage of every interval by simulation: writes coverage.csv and README.md beside this file.

    python validation/coverage/run.py [--sets 10000] [--slow 400] [--slowest 100]

Intervals that `pool_many` has are judged by many sets in every cell of the grid; those that only `pool` has
by fewer, in the cells with normal effects. A few minutes on two processors.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from table import page

from claimbook.synthesis import henmi_copas, pool
from claimbook.synthesis.batch import fit_rows
from claimbook.synthesis.batch_tails import t_quantiles
from claimbook.synthesis.simulation import DISTRIBUTIONS, Scenario, grid, simulate

HERE = Path(__file__).parent
LEVEL = 0.95
K = [2, 3, 5, 10, 20, 40]
TAU2 = [0.0, 0.02, 0.07, 0.3]
ESTIMATORS = ["EE", "DL", "HE", "SJ", "ML", "REML", "PM"]
INTERVALS = ["z", "t", "HKSJ", "HKSJ-adhoc"]

# For a prediction interval: whose standard error it takes, and how many degrees of freedom it gives up.
PREDICTIONS = {"S": ("z", 0), "V": ("t", 0), "HTS": ("t", 1), "HK": ("HKSJ", 0), "HK-PR": ("HKSJ", 1)}

Bounds = tuple[float, float]


def one_by_one(name: str, y: np.ndarray, v: np.ndarray) -> Bounds:
    """An interval that only `pool` has."""
    if name == "Henmi-Copas":
        p = henmi_copas(y, v)
        return p.low, p.high
    if name == "KR":
        p = pool(y, v, "REML", "KR")
        return p.low, p.high
    p = pool(y, v)
    return p.prediction_interval(name) if name == "Nagashima" else p.tau2_interval(name)


SLOW = {"KR": "mean", "Henmi-Copas": "mean", "QP": "tau2", "BT": "tau2", "PL": "tau2", "HT": "tau2"}
SLOWEST = {"BJ": "tau2", "J": "tau2", "Nagashima": "prediction"}


def means(n: int) -> pd.DataFrame:
    """Intervals of the mean effect by every estimator of tau2."""
    cells = grid(K, TAU2, distribution=DISTRIBUTIONS)
    return simulate(cells, ESTIMATORS, INTERVALS, LEVEL, n).assign(of="mean")


def predictions(n: int) -> pd.DataFrame:
    """Prediction intervals of a REML fit."""
    rows = []
    for cell in grid(K, TAU2, distribution=DISTRIBUTIONS):
        y, v, new = cell.draw(np.random.default_rng([1, 0]), n)
        fits = {interval: fit_rows(y, v, "REML", interval) for interval in INTERVALS[:3]}
        for name, (interval, lost) in PREDICTIONS.items():
            fit = fits[interval]
            df = np.full(n, cell.k - 1.0 - lost) if interval != "z" else fit.df
            if df[0] > 0:
                margin = t_quantiles(LEVEL, df) * np.sqrt(fit.se**2 + fit.tau2)
                covered = np.abs(new - fit.estimate) <= margin
                rows.append(_row(cell, "prediction", name, covered, 2 * margin))
    return pd.DataFrame(rows)


def slow(intervals: dict[str, str], n: int) -> pd.DataFrame:
    """Intervals taken set by set, where effects are normal."""
    with ProcessPoolExecutor() as executor:
        cells = grid(K[1:], TAU2)
        return pd.concat(executor.map(partial(_cell, intervals=intervals, n=n), cells))


def _cell(cell: Scenario, intervals: dict[str, str], n: int) -> pd.DataFrame:
    y, v, new = cell.draw(np.random.default_rng([2, 0]), n)
    truth = {"mean": np.full(n, cell.effect), "tau2": np.full(n, cell.tau2), "prediction": new}
    rows = []
    for name, of in intervals.items():
        low, high = np.array([one_by_one(name, *data) for data in zip(y, v, strict=True)]).T
        covered = (low <= truth[of]) & (truth[of] <= high)
        rows.append(_row(cell, of, name, covered, high - low))
    return pd.DataFrame(rows)


def _row(cell: Scenario, of: str, name: str, covered: np.ndarray, width: np.ndarray) -> dict[str, object]:
    values = {"coverage": covered.mean(), "width": width.mean(), "n": len(covered)}
    return vars(cell) | {"of": of, "estimator": "REML", "interval": name} | values


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, default in (("sets", 10_000), ("slow", 400), ("slowest", 100)):
        options.add_argument(f"--{name}", type=int, default=default)
    given = options.parse_args()
    columns = ["of", "estimator", "interval", "k", "tau2", "distribution", "coverage", "width", "n"]
    parts = [means(given.sets), predictions(given.sets), slow(SLOW, given.slow), slow(SLOWEST, given.slowest)]
    table = pd.concat(parts)[columns]
    table.to_csv(HERE / "coverage.csv", index=False, float_format="%.4g")
    (HERE / "README.md").write_text(page(table), encoding="utf-8")


if __name__ == "__main__":
    main()
