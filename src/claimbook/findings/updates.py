"""What new studies would do to a claim: to its certainty and to its verdict.

New studies of one size are drawn from what is known (`claimbook.synthesis.new_studies`), pooled with the
old ones by the claim's own model and graded by the rules that `find` takes. They are taken to be at low risk
of bias; what else the certainty rests on stays as it is now.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING, Any

from claimbook.findings.bodies import back_transform
from claimbook.findings.finding import UNCERTAIN, Finding
from claimbook.findings.specifications import Grade, Model, fits, graded, settled, weighed

if TYPE_CHECKING:
    import pandas as pd

    from claimbook.appraisal import Evidence, StudyWeight
    from claimbook.records import Claim
    from claimbook.synthesis.new_studies import Update
    from claimbook.synthesis.simulation import Scenario

BLOCK = 50  # draws graded by one call, each block with random numbers of its own
MOST = 100_000  # participants of a new study

Mapper = Callable[..., Iterable[Any]]


def planned(finding: Finding, studies: int, n: int, seed: int | tuple[int, ...] = 1) -> Update:
    """n draws of what ``studies`` new ones may find, to be pooled as the claim is.

    A new study is as precise as the median of the old ones for its number of people. ValueError for a claim
    with fewer than two pooled studies, or without their sizes.
    """
    from claimbook.synthesis.new_studies import Update

    unit = [r.v * r.n for r in finding.used if r.v is not None and r.n]
    if finding.k < 2 or not unit:
        raise ValueError(f"claim {finding.claim.claim!r} has fewer than two pooled studies of known size")
    model = finding.claim.model
    y, v = zip(*((r.y, r.v) for r in finding.used), strict=True)
    return Update(y, v, median(unit), studies, tau2=model.tau2, interval=model.interval, n=n, seed=seed)


def scenario(finding: Finding) -> Scenario:
    """Syntheses like the claim's: as many studies of like precision, were the truth what it found.

    ValueError for a claim with fewer than two pooled studies.
    """
    from claimbook.synthesis.simulation import Scenario

    pooled = finding.pooled
    if pooled is None or pooled.k < 2:
        raise ValueError(f"claim {finding.claim.claim!r} has fewer than two pooled studies")
    variances = tuple(r.v for r in finding.used if r.v is not None)
    return Scenario(pooled.k, pooled.tau2, pooled.estimate, variances=variances)


def needed(finding: Finding, studies: int, power: float = 0.8, n: int = 2000, seed: int = 1) -> float:
    """The fewest participants in each of so many new studies for an interval without no effect, at a power.

    Infinite where no number does. ValueError as for `planned`.
    """
    from claimbook.synthesis.new_studies import participants_needed

    return participants_needed(planned(finding, studies, n, (seed, studies)), power=power)


@dataclass(frozen=True)
class Job:
    """Draws of an update to be graded: of ``participants`` in each new study, beside the evidence so far."""

    update: Update
    participants: int
    evidence: Evidence
    claim: Claim

    def run(self) -> Counter[Grade]:
        """How many draws come to each certainty and verdict."""
        y, v = self.update.effects(self.participants)
        model = Model(self.claim.model.tau2, self.claim.model.interval)
        evidence, variances = settled(self.evidence), v.tolist()
        new, n = len(variances) - len(evidence.studies), evidence.n
        grown = {"k": len(variances), "n": None if n is None else n + new * self.participants}
        found: Counter[Grade] = Counter()
        for effects, fit in zip(y.tolist(), fits(y, v, model), strict=True):
            studies = [*evidence.studies, *self._new(effects[-new:], variances[-new:])]
            found[graded(evidence, weighed(studies, variances, fit.tau2), fit, self.claim, **grown)] += 1
        return found

    def _new(self, effects: Sequence[float], v: Sequence[float]) -> Iterator[StudyWeight]:
        from claimbook.appraisal import StudyWeight

        old, back = self.evidence, back_transform(self.evidence.measure)
        for i, (y, se2) in enumerate(zip(effects, v, strict=True), 1):
            name, se = f"new {i}", math.sqrt(se2)
            yield StudyWeight(name, back(y), se, self.participants, "low", high_rob=False, design=old.design)


def outlook(
    finding: Finding,
    studies: Iterable[int],
    participants: Iterable[int],
    n: int = 200,
    seed: int = 1,
    mapper: Mapper = map,
) -> pd.DataFrame:
    """What so many new studies of each size would do: a row for each number of studies and size.

    ``participants`` are those in each new study. Shares of n draws: higher, lower (the certainty), other
    (another verdict than now), uncertain (too uncertain to call); a share s has the standard error
    sqrt(s (1 - s) / n). mapper is what `map` is, over workers; the same seed gives the same bytes on any.
    ValueError as for `planned`, for a claim that is not graded and for numbers below one.
    """
    import pandas as pd

    sizes = list(participants)
    if n < 1 or min(sizes, default=0) < 1:
        raise ValueError(f"n and participants must be at least 1, got {n} and {sizes}")
    cells = [(k, size) for k in studies for size in sizes]
    drawn = {k: _drawn(finding, k, n, seed) for k in dict.fromkeys(k for k, _ in cells)}
    counts = _graded(finding, [(drawn[k], size) for k, size in cells], mapper)
    table = [(*cell, *_shares(finding, found)) for cell, found in zip(cells, counts, strict=True)]
    return pd.DataFrame(table, columns=["studies", "participants", "higher", "lower", "other", "uncertain"])


def needed_to_change(
    finding: Finding,
    studies: int,
    power: float = 0.8,
    n: int = 200,
    seed: int = 1,
    mapper: Mapper = map,
) -> float:
    """The fewest participants in each of so many new studies for another certainty, at a power.

    Infinite where no number up to MOST does: few studies may disagree however large they are. Found to within
    one in ten. n, seed, mapper, ValueError: as for `outlook`.
    """
    if not 0 < power < 1:
        raise ValueError(f"power must lie between 0 and 1, got {power!r}")
    from claimbook.synthesis.new_studies import fewest

    drawn = _drawn(finding, studies, n, seed)

    def enough(size: int) -> bool:
        [found] = _graded(finding, [(drawn, size)], mapper)
        higher, lower, *_ = _shares(finding, found)
        return higher + lower >= power

    return fewest(enough, MOST, 0.1)


def _drawn(finding: Finding, studies: int, n: int, seed: int) -> list[Update]:
    """n draws in blocks, the same for every size."""
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n!r}")
    if finding.evidence is None or finding.rating is None:
        raise ValueError(f"claim {finding.claim.claim!r} is not graded. {finding.not_graded}")
    return [
        planned(finding, studies, min(BLOCK, n - start), (seed, studies, start))
        for start in range(0, n, BLOCK)
    ]


def _graded(
    finding: Finding, cells: Sequence[tuple[list[Update], int]], mapper: Mapper
) -> list[Counter[Grade]]:
    """How many draws of each cell, with so many participants in a study, come to each grade."""
    evidence, claim = finding.evidence, finding.claim
    assert evidence is not None
    jobs = [Job(update, size, evidence, claim) for drawn, size in cells for update in drawn]
    counts = iter(mapper(Job.run, jobs))
    return [sum(islice(counts, len(drawn)), Counter[Grade]()) for drawn, _ in cells]


def _shares(finding: Finding, found: Counter[Grade]) -> tuple[float, ...]:
    from claimbook.appraisal import CERTAINTY

    level = {word: i for i, word in enumerate(CERTAINTY)}
    now = level[finding.certainty]

    def share(holds: Callable[[Grade], bool]) -> float:
        return sum(count for grade, count in found.items() if holds(grade)) / found.total()

    return (
        share(lambda grade: level.get(grade.certainty, now) > now),
        share(lambda grade: level.get(grade.certainty, now) < now),
        share(lambda grade: grade.verdict != finding.verdict),
        share(lambda grade: grade.verdict == UNCERTAIN),
    )
