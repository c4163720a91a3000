"""Intervals for the coefficients of a fit: a covariance and degrees of freedom each.

What to use when. HKSJ is the default: with few studies "z" covers far less than it says. HKSJ can be narrower than "z" when the effects agree
by chance; "HKSJ-adhoc" forbids that. "KR" belongs to REML and corrects for the uncertainty of tau2 itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from claimbook.synthesis.linear import Fit


def wald(fit: Fit) -> tuple[Any, float]:
    """The model's own covariance and the normal distribution."""
    return fit.wald_covariance, np.inf


def wald_t(fit: Fit) -> tuple[Any, float]:
    """The model's own covariance and t with k - p degrees of freedom (Follmann & Proschan 1999)."""
    return fit.wald_covariance, fit.residual_df


def hartung_knapp(fit: Fit) -> tuple[Any, float]:
    """The covariance times s2 = sum(w r^2) / (k - p), and t (Hartung & Knapp 2001; Sidik & Jonkman 2002; Knapp & Hartung 2003)."""
    return fit.residual_variance * fit.wald_covariance, fit.residual_df


def hartung_knapp_adhoc(fit: Fit) -> tuple[Any, float]:
    """Hartung-Knapp with s2 at least one (Knapp & Hartung 2003, p. 2704)."""
    return max(1.0, fit.residual_variance) * fit.wald_covariance, fit.residual_df


@dataclass(frozen=True)
class Interval:
    label: str
    function: Callable[[Fit], tuple[Any, float]]
    cite: str


INTERVALS = {
    "z": Interval("Wald, normal", wald, "dersimonian1986"),
    "t": Interval("Wald, t", wald_t, "follmann1999"),
    "HKSJ": Interval("Hartung-Knapp-Sidik-Jonkman", hartung_knapp, "hartung2001"),
    "HKSJ-adhoc": Interval("Hartung-Knapp, never narrower than t", hartung_knapp_adhoc, "knapp2003"),
}
