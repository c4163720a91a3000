"""From a claim to its Finding: the pipeline, top to bottom, and the only thing a page may look at.

``find(library, claim)`` turns each used result into an effect (``_row``), pools the rows, rates the body of
evidence, and gives the verdict its word and its sentence. What cannot be computed stays in the Finding with
the reason; nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from claimbook.appraisal import Rating
    from claimbook.records import Claim, Library, Result, Study
    from claimbook.synthesis import Pooled


@dataclass(frozen=True)
class Input:
    """One number of a row, with everything a reader needs to find it: the words, the place, the file and line."""

    name: str
    printed: str
    value: float
    status: str
    read_in: str
    where: str
    path: str
    line: int
    note: str = ""


@dataclass(frozen=True)
class Row:
    """One result as an effect. ``y`` and ``v`` are None where it cannot be computed, and ``why_not`` says why."""

    study: str
    label: str
    result: str
    what: str
    subgroup: str
    measure: str
    design: str
    n1: float
    n2: float
    y: float | None
    v: float | None
    low: float | None
    high: float | None
    weight: float | None
    risk_of_bias: str
    risk_of_bias_tool: str
    inputs: tuple[Input, ...]
    why_not: str = ""

    @property
    def usable(self) -> bool:
        return self.y is not None and self.v is not None

    @property
    def n(self) -> float:
        """Participants of both groups; unknown sizes are left out."""
        return float(sum(x for x in (self.n1, self.n2) if x == x))

    @property
    def se(self) -> float | None:
        return None if self.v is None else self.v**0.5


@dataclass(frozen=True)
class Beside:
    """A published result shown beside the evidence: a cited source, a review, a counterexample."""

    study: str
    label: str
    result: str
    what: str
    says: str
    measure: str
    estimate: float | None
    low: float | None
    high: float | None
    p: str
    k: str
    status: str
    read_in: str
    where: str
    note: str


@dataclass(frozen=True)
class Left:
    """A result that was left out, and why."""

    study: str
    label: str
    because: str


@dataclass(frozen=True)
class Choice:
    """The same evidence under one other defensible choice."""

    name: str
    estimate: float
    low: float
    high: float
    k: int
    verdict: str


@dataclass(frozen=True)
class Finding:
    """All that is known about one claim. Numbers are on the analysis scale of ``measure``.

    ``pooled`` is None where nothing could be computed; ``rating`` is None where there is nothing to rate.
    ``parts`` holds the Findings of the claims that answer this one.
    """

    claim: Claim
    measure: str
    outcome_label: str
    direction: str
    worthwhile: float | None
    rows: tuple[Row, ...]
    pooled: Pooled | None
    rating: Rating | None
    ratings: dict[str, Rating]
    not_graded: str
    verdict: str
    sentence: str
    beside: tuple[Beside, ...]
    left_out: tuple[Left, ...]
    choices: tuple[Choice, ...]
    parts: tuple[Finding, ...] = ()
    path: str = ""

    @property
    def used(self) -> tuple[Row, ...]:
        """The rows that are pooled."""
        return tuple(row for row in self.rows if row.usable)

    @property
    def k(self) -> int:
        return len(self.used)

    @property
    def n(self) -> int:
        return round(sum(row.n for row in self.used))

    @property
    def certainty(self) -> str:
        return self.rating.certainty if self.rating else "not graded"

    def frame(self) -> pd.DataFrame:
        """One row a study: labels, group sizes, y, v, interval, weight and risk of bias."""
        import pandas as pd

        columns = ("study", "label", "result", "subgroup", "n1", "n2", "y", "v", "low", "high", "weight", "risk_of_bias")
        return pd.DataFrame([[getattr(row, name) for name in columns] for row in self.rows], columns=list(columns))
