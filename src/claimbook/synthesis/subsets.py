"""GOSH: the result of every subset of the studies (Olkin, Dahabreh & Trikalinos 2012).

Clusters in a plot of the estimates against heterogeneity show studies that do not belong together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from claimbook.synthesis.batch import fit_rows
from claimbook.synthesis.model import effects

if TYPE_CHECKING:
    import pandas as pd

MOST = 2**25
PIECE = 8_000_000  # effects of the subsets that are fitted at a time


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

    subsets: how many to draw at random, with `seed`; None for all 2^k - 1, of 25 effects at the most (half a
    minute and 3 GB). A single study has its own effect, tau2 = 0 and a normal standard error. tau2, interval:
    as for `pool`.
    """
    import pandas as pd

    y, v = effects(y, v)
    if len(y) < 2:
        raise ValueError(f"y: subsets need at least 2 effects, got {len(y)}")
    members = _all(len(y)) if subsets is None else _drawn(len(y), subsets, seed)
    whole = {name: np.empty(len(members)) for name in ("estimate", "se", "tau2", "q", "i2", "h2")}
    whole["k"] = members.sum(axis=1)
    for part in _pieces(*members.shape):
        rows = fit_rows(np.where(members[part], y, np.nan), v, tau2, interval)
        alone = whole["k"][part] == 1
        single = fit_rows(np.where(members[part][alone], y, np.nan), v, "EE", "z")
        for name, column in whole.items():
            column[part] = getattr(rows, name)
            column[part][alone] = getattr(single, name)
    return pd.DataFrame(whole, copy=False), members


def _pieces(n: int, k: int) -> Iterator[slice]:
    """Parts of n subsets of k effects, few enough to be fitted at once."""
    step = max(1, PIECE // k)
    return (slice(start, min(start + step, n)) for start in range(0, n, step))


def _all(k: int) -> NDArray[np.bool_]:
    n = 2**k - 1
    if n >= MOST:
        raise ValueError(f"y: {k} effects have {n:,} subsets, {MOST:,} or more: give `subsets` to draw some")
    members = np.empty((n, k), np.bool_)
    for part in _pieces(n, k):
        members[part] = (np.arange(part.start + 1, part.stop + 1)[:, None] >> np.arange(k)) & 1
    return members


def _drawn(k: int, subsets: int, seed: int) -> NDArray[np.bool_]:
    """Subsets of which each study is a member with chance one half, none of them empty."""
    if not 0 < subsets < MOST:
        raise ValueError(f"subsets must lie between 1 and {MOST - 1:,}, got {subsets!r}")
    rng, members = np.random.default_rng(seed), np.empty((subsets, k), np.bool_)
    for part in _pieces(subsets, k):
        members[part] = rng.random((part.stop - part.start, k)) < 0.5
    empty = ~members.any(axis=1)
    members[empty, rng.integers(k, size=int(empty.sum()))] = True
    return members
