"""The effects that a claim pools, and the fit over them, for the rules about models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from claimbook.checks.view import View
from claimbook.records.models import ModelChoice

if TYPE_CHECKING:
    from claimbook.findings.rows import Row
    from claimbook.problems import Where
    from claimbook.records import Claim


@dataclass(frozen=True)
class Pool:
    """A claim's usable effects with their positions in `studies`, and the fit over all of them."""

    claim: Claim
    at: list[int]
    rows: list[Row]
    y: list[float]
    v: list[float]
    pooled: Any

    def where(self, view: View, position: int) -> Where:
        return view.library.where(self.claim.claim, "studies", self.at[position])

    def name(self, position: int) -> str:
        return f"{self.rows[position].label} {self.rows[position].result}"

    def without(self, left: int) -> Any:
        """The fit over all rows but one."""
        return fit(self.claim, self.y[:left] + self.y[left + 1 :], self.v[:left] + self.v[left + 1 :])


def pools(view: View) -> list[Pool]:
    """The pool of every claim with at least two usable effects; one whose method is unknown is left out."""
    return [pool for claim in view.library.claims.values() if (pool := _pool(view, claim)) is not None]


def _pool(view: View, claim: Claim) -> Pool | None:
    from claimbook.findings.rows import row

    if len(claim.studies) < 2 or unknown_words(claim):
        return None
    made = [
        (index, row(view.library, item.key, item.result.id, claim.measure or "", vtype=claim.model.variance))
        for index, item in view.used(claim)
    ]
    usable = [(index, r, r.y, r.v) for index, r in made if r.y is not None and r.v is not None and r.v > 0]
    if len(usable) < 2:
        return None
    y, v = [u[2] for u in usable], [u[3] for u in usable]
    try:
        pooled = fit(claim, y, v)
    except ValueError:  # numbers that no model can take, which the S rules report
        return None
    return Pool(claim, [u[0] for u in usable], [u[1] for u in usable], y, v, pooled)


def fit(claim: Claim, y: list[float], v: list[float], **other: str) -> Any:
    """The claim's own model; ``other`` replaces its estimator or interval."""
    import numpy as np

    from claimbook.synthesis import pool

    with np.errstate(all="ignore"):  # numbers of absurd size are reported where they stand
        return pool(y, v, **{"tau2": claim.model.tau2, "interval": claim.model.interval, **other})


def unknown_words(claim: Claim) -> list[tuple[tuple[str, ...], str, list[str]]]:
    """(place, word, known words) of each method of a claim that does not exist."""
    usual = ModelChoice()
    if not claim.studies or (claim.model.tau2, claim.model.interval) == (usual.tau2, usual.interval):
        return []
    from claimbook.synthesis import INTERVALS, TAU2

    asked = (
        (("model", "tau2"), claim.model.tau2, [*TAU2, "EE"]),
        (("model", "interval"), claim.model.interval, [*INTERVALS]),
    )
    return [(loc, word, known) for loc, word, known in asked if word not in known]
