"""The special functions of scipy that the formulas use, with types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]


def _typed(function: Callable[..., Any]) -> Callable[..., Array]:
    return function


betaincinv = _typed(special.betaincinv)
expit = _typed(special.expit)
gammaincinv = _typed(special.gammaincinv)
gammaln = _typed(special.gammaln)
hyp2f1 = _typed(special.hyp2f1)
logit = _typed(special.logit)
ndtr = _typed(special.ndtr)
ndtri = _typed(special.ndtri)
owens_t = _typed(special.owens_t)
poch = _typed(special.poch)
stdtrit = _typed(special.stdtrit)
