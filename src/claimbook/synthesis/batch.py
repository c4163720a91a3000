"""Pooling many sets of effects at once.

Every row takes the formulas of `pool` and gives its numbers. Rows are worked on in blocks of columns
(see `batch_model`), the blocks on as many threads as there are processors, so time grows linearly with
the number of rows and with that of studies. The division into blocks does not depend on the number of
threads, and so neither does a single bit of the result.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from claimbook.synthesis.batch_fit import Inference, Method, Rows, fit_block, infer, solver
from claimbook.synthesis.batch_model import Array
from claimbook.synthesis.model import check_level, floats

if TYPE_CHECKING:
    import pandas as pd

BLOCK = 800_000  # numbers of one array in a block, enough to keep the interpreter's share of the time small

COLUMNS = (
    *("estimate", "se", "low", "high", "statistic", "df", "p", "k", "tau2", "q", "q_p", "i2", "h2"),
    *("prediction_low", "prediction_high", "converged"),
)
NOT_FLOAT: dict[str, Any] = {"k": np.int64, "converged": np.bool_}


def fit_rows(
    y: ArrayLike,
    v: ArrayLike,
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    workers: int | None = None,
) -> Rows:
    """The fits of `pool_many` without intervals and tests, as arrays.

    y, v: (n, k), or one of them (k,) for all rows; NaN where a study is absent. ValueError as in `pool_many`.
    """
    method = Method(tau2, interval)
    y, v = matrices(y, v)
    solve = solver(method, y.size)

    def block(y: Array, v: Array, first: int) -> Rows:
        return fit_block(y, v, method, first, solve)

    return Rows(**by_block(y, v, Rows._fields, block, workers))


def pool_many(
    data: Any = None,
    /,
    v: Any = None,
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    level: float = 0.95,
    *,
    y: Any = None,
    by: Any = None,
    workers: int | None = None,
) -> pd.DataFrame:
    """Pool many sets of effects.

    `pool_many(y, v)` takes effects and sampling variances of shape (n, k), a set in each row, NaN where
    a study is absent; one of the two may be (k,). `pool_many(frame, by="review", y="y", v="v")` takes a
    long frame with a study in each row, its columns of effects and variances, and the column or columns
    that name the sets. Of a Dask frame it makes a Dask frame, worked out where and when Dask is told to.

    tau2: EE DL HE HS HSk SJ ML REML EB PM PMM or a known value; interval: z t HKSJ HKSJ-adhoc; level:
    of every interval; workers: threads, as many as there are processors unless told. GENQ and GENQM, which
    need weights, and Kenward-Roger intervals are left to `pool`, moderators to `regress_many`.

    One row a set, in the order of the rows or of the sets' sorted names, with the columns estimate se
    low high statistic df p k tau2 q q_p i2 h2 prediction_low prediction_high converged, each as `pool`
    has it. A set for which `pool` would raise, with no study or one where two are needed, is NaN with
    converged False. ValueError on unknown methods, infinite effects, variances that are not positive
    and finite.
    """
    import pandas as pd

    method = Method(tau2, interval)
    check_level(level)
    if by is None:
        if data is not None and y is not None:
            raise ValueError(f"y={y!r} names a column of a frame and needs by=")
        both = matrices(data if y is None else y, v)
        return pd.DataFrame(pooled(*both, method, level, workers), copy=False)
    y, v = "y" if y is None else y, "v" if v is None else v
    if hasattr(data, "map_partitions"):
        from claimbook.synthesis.scheduling import pool_partitions

        lazy: pd.DataFrame = pool_partitions(data, by, y, v, tau2, interval, level)
        return lazy
    from claimbook.synthesis.batch_frame import groups

    sets = groups(data, by, y, v)
    return pd.DataFrame(sets.each(lambda y, v: pooled(y, v, method, level, workers)), index=sets.keys)


def pooled(y: Array, v: Array, method: Method, level: float, workers: int | None = None) -> dict[str, Any]:
    """The columns of `pool_many` for y, v (n, k)."""

    solve = solver(method, y.size)

    def block(y: Array, v: Array, first: int) -> Sequence[Any]:
        rows = fit_block(y, v, method, first, solve)
        return (*rows, *infer(rows, level))

    values = by_block(y, v, (*Rows._fields, *Inference._fields), block, workers)
    return {name: values[name] for name in COLUMNS}


def matrices(y: Any, v: Any) -> tuple[Array, Array]:
    """y and v as float arrays of one shape (n, k)."""
    y, v = floats("y", y), floats("v", v)
    if max(y.ndim, v.ndim) != 2 or min(y.ndim, v.ndim) < 1 or y.shape[-1] != v.shape[-1] or not y.shape[-1]:
        shapes = f"{y.shape} and {v.shape}"
        raise ValueError(f"y and v must be arrays of shape (n, k), or one of them (k,), got shapes {shapes}")
    if y.ndim == v.ndim and len(y) != len(v):
        raise ValueError(f"y and v must have as many rows as each other, got {len(y)} and {len(v)}")
    both = np.broadcast_arrays(y, v)
    return both[0], both[1]


def by_block(
    y: Array,
    v: Array,
    names: Sequence[str],
    function: Callable[[Array, Array, int], Sequence[Any]],
    workers: int | None = None,
    dtypes: Mapping[str, Any] = NOT_FLOAT,
) -> dict[str, Any]:
    """function(y, v, number of the first row) over blocks of rows, its values joined under their names."""
    n, k = y.shape
    step = max(1, BLOCK // k)
    whole = {name: np.empty(n, dtypes.get(name, np.float64)) for name in names}

    def work(start: int) -> None:
        block = slice(start, start + step)
        for name, piece in zip(names, function(y[block], v[block], start), strict=True):
            whole[name][block] = piece

    starts = range(0, n, step)
    threads = min(workers or processors(), len(starts))
    if threads < 2:
        for start in starts:
            work(start)
    else:
        with ThreadPoolExecutor(threads) as executor:
            for _ in executor.map(work, starts):
                pass
    return whole


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
