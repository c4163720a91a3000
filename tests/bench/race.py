"""A race: our work and a peer's by turns, so that whatever else the machine does touches both alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

STUDIES = 20  # in a set, unless told
BLOCK = 1_000_000  # sets drawn at a time


@dataclass(frozen=True)
class Race:
    """ours does the work, theirs says how long the peer took for it; target: the ratio that is promised."""

    work: str
    peer: str
    ours: Callable[[], object]
    theirs: Callable[[], float]
    target: float | None = None
    runs: int = 7
    inner: int = 1  # how often ours is repeated in a run, where once is too short to time


@dataclass(frozen=True)
class Result:
    """Median seconds of either, and the median of the pairs' ratios, theirs over ours."""

    race: Race
    ours: float
    theirs: float
    ratio: float

    @property
    def missed(self) -> bool:
        return self.race.target is not None and self.ratio < self.race.target


def run(race: Race, clock: Callable[[], float] = time.perf_counter) -> Result:
    """After a run of each that does not count."""

    def ours() -> float:
        start = clock()
        for _ in range(race.inner):
            race.ours()
        return (clock() - start) / race.inner

    ours(), race.theirs()
    pairs = [(ours(), race.theirs()) for _ in range(race.runs)]
    medians = [statistics.median(times) for times in zip(*pairs, strict=True)]
    return Result(race, medians[0], medians[1], statistics.median(b / a for a, b in pairs))


def timed(
    work: Callable[..., object], *arguments: object, clock: Callable[[], float] = time.perf_counter
) -> float:
    start = clock()
    work(*arguments)
    return clock() - start


def random_sets(n: int, k: int = STUDIES, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Variances as of log odds ratios, between 0.009 and 0.6 (Brockwell & Gordon 2001), and tau2 = 0.1."""
    rng, y, v = np.random.default_rng(seed), np.empty((n, k)), np.empty((n, k))
    for start in range(0, n, BLOCK):
        part = slice(start, start + BLOCK)
        v[part] = np.clip(0.25 * rng.chisquare(1, size=v[part].shape), 0.009, 0.6)
        y[part] = rng.normal(0.2, np.sqrt(v[part] + 0.1))
    return y, v
