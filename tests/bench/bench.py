"""Speed against peers, as ratios: `nox -s bench`, or `python tests/bench/bench.py [--full]`.

Times on a shared machine wander; ratios of runs that alternate in one process wander less. Every race is run
in pairs, ours and the peer's by turns; the table has median times and the median of the pairs' ratios.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import metafor
import numpy as np
import peers
from floor import compiled

import claimbook as cb
from claimbook.synthesis import batch_fit, gosh, permute_moderators
from claimbook.synthesis.batch import fit_rows

K = 20


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


def random_sets(n: int, k: int = K, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Variances as of log odds ratios, between 0.009 and 0.6 (Brockwell & Gordon 2001), and tau2 = 0.1."""
    rng = np.random.default_rng(seed)
    v = np.clip(0.25 * rng.chisquare(1, size=(n, k)), 0.009, 0.6)
    return rng.normal(0.2, np.sqrt(v + 0.1)), v


def timed(work: Callable[..., object], *arguments: object) -> float:
    start = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - start


def run(race: Race) -> tuple[float, float, float]:
    """Median times of ours and theirs, and the median ratio of the pairs."""

    def ours() -> float:
        return sum(timed(race.ours) for _ in range(race.inner)) / race.inner

    ours(), race.theirs()
    pairs = [(ours(), race.theirs()) for _ in range(race.runs)]
    medians = [statistics.median(times) for times in zip(*pairs, strict=True)]
    return medians[0], medians[1], statistics.median(b / a for a, b in pairs)


def single(n: int = 200) -> Iterator[Race]:
    y, v = random_sets(n)

    def ours() -> None:
        for row in range(n):
            p = cb.pool(y[row], v[row])
            _ = p.low, p.high, p.p, p.q_p, p.i2, p.prediction

    work = f"{n} single fits, REML and HKSJ, with interval and heterogeneity"
    theirs = partial(timed, peers.statsmodels_fits, y, v)
    yield Race(work, "statsmodels iterated + summary_frame", ours, theirs, 4)
    yield Race(work, "PyMARE REML + summary", ours, partial(timed, peers.pymare_fits, y, v), 20, runs=3)


def without_numba(work: Callable[..., object], *arguments: object) -> None:
    kept, batch_fit.WORTH_COMPILING = batch_fit.WORTH_COMPILING, sys.maxsize
    work(*arguments)
    batch_fit.WORTH_COMPILING = kept


def batches(n: int) -> Iterator[Race]:
    y, v = random_sets(n)
    fast, plain = partial(cb.pool_many, y, v), partial(without_numba, cb.pool_many, y, v)
    for name, function in (compiled() or {}).items():
        target, theirs = 1 / 1.5 if name == "fisher" else None, partial(timed, function, y, v)
        work, peer = f"pool_many REML, n = {n:,}, all columns", f"C, one thread, {name}"
        yield Race(work, peer, fast, theirs, target)
        yield Race(f"{work}, without numba", peer, plain, theirs, target)
    n //= 10
    y, v = y[:n], v[:n]
    for method, target in (("REML", 10), ("DL", None)):
        ours, theirs = partial(cb.pool_many, y, v, method), partial(timed, peers.pymare_columns, y, v, method)
        work = f"pool_many {method}, n = {n:,}, all columns"
        yield Race(work, f"PyMARE {method}, two-dimensional", ours, theirs, target)


def others() -> Iterator[Race]:
    rng = np.random.default_rng(3)
    y, v = (a[0] for a in random_sets(1))
    x = rng.normal(size=K)
    fitted = cb.regress("y ~ x", {"y": y, "x": x}, v=v)
    ours, theirs = (
        partial(permute_moderators, fitted, 1000),
        partial(timed, peers.pymare_permutations, y, v, x),
    )
    yield Race("1,000 permutations of a moderator, REML", "PyMARE permutation_test", ours, theirs, 1)
    y, v = (a[0] for a in random_sets(1, 1000))
    frame = {"y": y, "v": v} | {f"x{i}": rng.normal(size=1000) for i in range(3)}
    yield Race(
        "one meta-regression, REML, 1,000 studies, 3 moderators",
        "PyMARE REML + summary",
        lambda: cb.regress("y ~ x0 + x1 + x2", frame, v="v").coefficients,
        partial(timed, peers.pymare_regression, frame),
        1,
    )


def against_metafor() -> Iterator[Race]:
    if not metafor.installed():
        print("(metafor is not installed: on Debian, apt-get install r-cran-metafor)", file=sys.stderr)
        return
    y, v = random_sets(100_000)
    ours = [
        partial(cb.pool_many, y, v),
        partial(cb.leave_one_out, y[0], v[0]),
        partial(cb.influence, y[0], v[0]),
        partial(gosh, y[0, :10], v[0, :10]),
    ]
    for work, function, target in zip(metafor.WORK, ours, (5000, 50, 50, 50), strict=True):
        theirs = partial(metafor.seconds, work, y, v)
        yield Race(work, "metafor", function, theirs, target, runs=3, inner=1 if "fits" in work else 20)


def growth(largest: int) -> Iterator[str]:
    for n in (10**i for i in range(3, 1 + round(np.log10(largest)))):
        y, v = random_sets(n)
        best = min(timed(cb.pool_many, y, v) for _ in range(5 if n < 10**6 else 2))
        yield f"| n = {n:,}, k = {K} | {best:.3g} s | {best / n * 1e6:.2f} us a fit |"
    for k in (5, 10, 20, 40, 80, 160, 1000):
        y, v = random_sets(2_000_000 // k, k)
        best = min(timed(fit_rows, y, v) for _ in range(3))
        yield f"| n = {len(y):,}, k = {k} | {best:.3g} s | {best / y.size * 1e9:.0f} ns a study |"


def convergence(n: int = 10**6) -> str:
    step, missed = 10**5, 0
    for seed in range(n // step):
        missed += int((~fit_rows(*random_sets(step, seed=seed)).converged).sum())
    return f"REML did not converge in {missed} of {n:,} random sets of {K}."


def memory(n: int) -> str:
    y, v = random_sets(n)
    tracemalloc.start()
    table = cb.pool_many(y, v)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    data, result = (y.nbytes + v.nbytes) / 2**20, table.memory_usage().sum() / 2**20
    return f"n = {n:,}: {data:.0f} MB of data, {result:.0f} MB of result; at most {peak:.0f} MB taken."


def start_up() -> Iterator[Race]:
    def start(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True)

    starts = [
        ("import claimbook", "import click", 0.5),
        ("from claimbook import pool_many", "import pandas", None),
        ("from claimbook import pool", "import statsmodels.stats.meta_analysis", None),
    ]
    for ours, theirs, target in starts:
        yield Race(ours, theirs, partial(start, ours), partial(timed, start, theirs), target)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--full", action="store_true", help="n = 400,000 against C, growth to 10^7")
    full = options.parse_args().full
    cpu = platform.processor() or platform.machine()
    print(f"{os.cpu_count()} x {cpu}, Python {platform.python_version()}, numpy {np.__version__}\n")
    print("| work | peer | ours | theirs | theirs / ours | target |\n|---|---|---|---|---|---|")
    races = [*single(), *batches(400_000 if full else 100_000), *others(), *against_metafor(), *start_up()]
    for race in races:
        ours, theirs, ratio = run(race)
        target = "" if race.target is None else f"{race.target:.3g}"
        print(
            f"| {race.work} | {race.peer} | {ours:.3g} s | {theirs:.3g} s | {ratio:.3g} | {target} |",
            flush=True,
        )
    print("\n| growth | time | |\n|---|---|---|")
    for line in growth(10**7 if full else 10**6):
        print(line, flush=True)
    print(f"\n{convergence()}\n\n{memory(10**6)}")


if __name__ == "__main__":
    main()
