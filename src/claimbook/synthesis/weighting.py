"""Poolings that keep the equal-effects weights, or other weights of one's own, and only widen the interval.

What to use when. Where small studies are suspected of bias, random-effects weights give them more of a say;
these do not. "UWLS" multiplies the equal-effects variance by Q / (k - 1); "IVhet" adds tau2 inside its
weights. "QE" moves weight from poor studies to good ones, by scores that a person gives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from claimbook.synthesis.model import Array
from claimbook.synthesis.pooled import Pooled, pool


def unrestricted_wls(y: ArrayLike, v: ArrayLike, level: float = 0.95) -> Pooled:
    """Weighted least squares with a free scale, t(k - 1) (Stanley & Doucouliagos 2015)."""
    return pool(y, v, "EE", "HKSJ", level)


def ivhet(y: ArrayLike, v: ArrayLike, level: float = 0.95) -> Pooled:
    """Equal-effects weights w, variance sum(w^2 (v + tau2)) with tau2 by DL (Doi et al. 2015)."""
    return pool(y, v, "DL", "z", level, weights=_precision(v))


def quality_effects(y: ArrayLike, v: ArrayLike, quality: ArrayLike, level: float = 0.95) -> Pooled:
    """IVhet, with the weight that a quality q below one takes from a study spread over the others by theirs.

    q w + (sum(t) k q / sum(q) - t), where t = (1 - q) w / (k - 1) (Doi & Thalib 2008; Doi et al. 2015).
    """
    w, q = _precision(v), np.asarray(quality, dtype=float)
    if q.shape != w.shape or not ((q >= 0) & (q <= 1)).all() or not q.any():
        raise ValueError(
            f"quality must be between 0 and 1 for each of {len(w)} effects and not all 0, got {quality!r}"
        )
    lost = (1 - q) * w / max(len(w) - 1, 1)
    weights = q * w + lost.sum() * len(w) * q / q.sum() - lost
    if weights.min() < 0:
        raise ValueError(
            f"quality takes more weight from study {int(weights.argmin())} than it has: {quality!r}"
        )
    return pool(y, v, "DL", "z", level, weights=weights)


def _precision(v: ArrayLike) -> Array:
    v = np.asarray(v, dtype=float)
    return np.min(v) / v if v.ndim == 1 and v.size and np.all(v > 0) else np.ones_like(v)


@dataclass(frozen=True)
class Weighting:
    label: str
    function: Callable[..., Pooled]
    cite: str


WEIGHTINGS = {
    "UWLS": Weighting("Unrestricted weighted least squares", unrestricted_wls, "stanley2015"),
    "IVhet": Weighting("Inverse variance heterogeneity", ivhet, "doi2015"),
    "QE": Weighting("Quality effects", quality_effects, "doi2015quality"),
}
