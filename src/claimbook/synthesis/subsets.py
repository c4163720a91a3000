"""GOSH: the result of every subset of the studies (Olkin, Dahabreh & Trikalinos 2012).

Clusters in a plot of the estimates against heterogeneity show studies that do not belong together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from claimbook.synthesis.batch import fit_rows
from claimbook.synthesis.model import effects

if TYPE_CHECKING:
    import pandas as pd

MOST = 1_000_000


def gosh(
    y: ArrayLike,
    v: ArrayLike,
    tau2: str | float = "REML",
    interval: str = "z",
    subsets: int | None = None,
    seed: int = 0,
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """The pooled effect of subsets of k >= 2 effects: columns estimate se tau2 q i2 h2 k, and the members (n,
    k).

    subsets: how many to draw at random, with `seed`; None for all 2^k - 1, up to a million. A single study
    has its own effect, tau2 = 0 and a normal standard error. tau2, interval: as for `pool`.
    """
    import pandas as pd

    y, v = effects(y, v)
    if len(y) < 2:
        raise ValueError(f"y: subsets need at least 2 effects, got {len(y)}")
    members = _all(len(y)) if subsets is None else _drawn(len(y), subsets, seed)
    alone = members.sum(axis=1) == 1
    rows = fit_rows(np.where(members, y, np.nan), v, tau2, interval)
    single = fit_rows(np.where(members[alone], y, np.nan), v, "EE", "z")
    for column, values in zip(rows, single, strict=True):
        column[alone] = values
    fields = ("estimate", "se", "tau2", "q", "i2", "h2", "k")
    return pd.DataFrame({name: getattr(rows, name) for name in fields}), members


def _all(k: int) -> NDArray[np.bool_]:
    if 2**k - 1 > MOST:
        raise ValueError(
            f"y: {k} effects have {2**k - 1:,} subsets, more than {MOST:,}: give `subsets` to draw some"
        )
    return np.asarray((np.arange(1, 2**k)[:, None] >> np.arange(k)) & 1 == 1)


def _drawn(k: int, subsets: int, seed: int) -> NDArray[np.bool_]:
    """Subsets of which each study is a member with chance one half, none of them empty."""
    if not 0 < subsets <= MOST:
        raise ValueError(f"subsets must lie between 1 and {MOST:,}, got {subsets!r}")
    rng = np.random.default_rng(seed)
    members = rng.random((subsets, k)) < 0.5
    empty = ~members.any(axis=1)
    members[empty, rng.integers(k, size=int(empty.sum()))] = True
    return members
