"""Speed against peers, as ratios: `nox -s bench`, or `python tests/bench/bench.py [--quick] [--write]`.

Times on a shared machine wander; ratios of runs that alternate wander less. Every race is run in pairs, ours
and the peer's by turns; the table has median times and the median of the pairs' ratios. `--quick` leaves out
what takes memory and minutes, `--write` keeps the table in validation/speed.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path

import kinds
import metafor
import numpy as np
import peers
import stream
from floor import compiled
from race import STUDIES, Race, Result, random_sets, run, timed

import claimbook as cb
from claimbook.synthesis import batch_fit
from claimbook.synthesis.batch import fit_rows

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "validation" / "speed.md"
CLAIM = "concurrent-power"
LINUX = sys.platform == "linux"


def single(n: int = 200) -> Iterator[Race]:
    y, v = random_sets(n)

    def ours() -> None:
        for row in range(n):
            p = cb.pool(y[row], v[row])
            _ = p.low, p.high, p.p, p.q_p, p.i2, p.prediction

    work = f"{n} single fits, REML and HKSJ, with interval and heterogeneity"
    for peer, function, target, runs in (
        ("statsmodels iterated + summary_frame", peers.statsmodels_fits, 4, 7),
        ("PyMARE REML + summary", peers.pymare_fits, 20, 3),
    ):
        theirs = partial(timed, function, y, v, clock=time.process_time)
        yield Race(work, peer, ours, theirs, target, runs)


def without_numba(work: Callable[..., object], *arguments: object) -> None:
    kept, batch_fit.WORTH_COMPILING = batch_fit.WORTH_COMPILING, sys.maxsize
    work(*arguments)
    batch_fit.WORTH_COMPILING = kept


def batches(n: int) -> Iterator[Race]:
    y, v = random_sets(n)
    fast, plain = partial(cb.pool_many, y, v), partial(without_numba, cb.pool_many, y, v)
    for name, function in (compiled() or {}).items():
        work, peer = f"pool_many REML, n = {n:,}, all columns", f"C, one thread, {name}"
        theirs = partial(timed, function, y, v)
        yield Race(work, peer, fast, theirs, 1 / 1.5)
        yield Race(f"{work}, without numba", peer, plain, theirs)
    for method, target in (("REML", 10), ("DL", None)):
        for few in (10_000, 100_000):
            data = y[:few], v[:few], method
            ours, theirs = partial(cb.pool_many, *data), partial(timed, peers.pymare_columns, *data)
            work, runs = f"pool_many {method}, n = {few:,}, all columns", 7 if few < 100_000 else 3
            yield Race(work, f"PyMARE {method}, two-dimensional", ours, theirs, target, runs)


def against_metafor(n: int) -> Iterator[Race]:
    if not metafor.installed():
        print("(metafor is not installed: on Debian, apt-get install r-cran-metafor)", file=sys.stderr)
        return
    y, v = random_sets(n)
    for method, target in (("REML", 5000), ("DL", None)):
        ours, theirs = partial(cb.pool_many, y, v, method), partial(metafor.fits, y, v, method)
        yield Race(f"pool_many {method}, n = {n:,}, all columns", "metafor in a loop", ours, theirs, target)


def start_up() -> Iterator[Race]:
    program = ("-c", "from claimbook.cli import main; main(prog_name='claimbook')")
    pool = ("-c", "from claimbook import pool")
    with tempfile.TemporaryDirectory() as folder:

        def start(*command: str) -> None:
            subprocess.run([sys.executable, *command], check=True, capture_output=True, cwd=folder)

        start(*program, "init", ".")
        for work, command, theirs, target in (
            ("import claimbook", ("-c", "import claimbook"), "import click", 0.5),
            ("claimbook --help", (*program, "--help"), "import click", 0.5),
            (
                "claimbook check, a library of one study",
                (*program, "check"),
                "import click, yaml, pydantic",
                None,
            ),
            ("from claimbook import pool", pool, "import pandas", None),
            ("from claimbook import pool", pool, "import statsmodels.stats.meta_analysis", None),
        ):
            yield Race(work, theirs, partial(start, *command), partial(timed, start, "-c", theirs), target)


def races(quick: bool) -> Iterator[Result]:
    n = 100_000 if quick else 400_000
    yield from map(partial(run, clock=time.process_time), single())
    yield from map(run, (*batches(n), *against_metafor(n)))
    yield from map(kinds.run, kinds.races())
    yield from map(run, start_up())


def growth(quick: bool) -> Iterator[str]:
    for n in (10**i for i in range(3, 7 if quick else 8)):
        y, v = random_sets(n)
        best = min(timed(cb.pool_many, y, v) for _ in range(5 if n < 10**6 else 2))
        yield f"| n = {n:,}, k = {STUDIES} | {_seconds(best)} | {best / n * 1e6:.2f} µs a fit |"
    for k in (5, 10, 20, 40, 80, 160, 1000):
        y, v = random_sets(2_000_000 // k, k)
        best = min(timed(fit_rows, y, v) for _ in range(3))
        yield f"| n = {len(y):,}, k = {k} | {_seconds(best)} | {best / y.size * 1e9:.0f} ns a study |"


def many(quick: bool) -> Iterator[str]:
    """What a call that is many fits takes."""
    y, v = (a[0] for a in random_sets(1, 25))
    library, _ = cb.read_library(ROOT / "studies")
    finding = cb.find(library, CLAIM)
    combinations = cb.multiverse(library, CLAIM, most=1).possible
    work = {
        "gosh, 1,000,000 subsets of 25 studies": partial(cb.gosh, y, v, subsets=1_000_000),
        "permute, 100,000 arrangements of 25 studies": partial(cb.permute, cb.pool(y, v), 100_000),
        "bootstrap, 100,000 refits of 25 studies": partial(cb.bootstrap, y, v, n=100_000),
        "simulate, 1,000,000 sets of 20": partial(cb.simulate, cb.Scenario(STUDIES, 0.1), n=1_000_000),
        f"multiverse of {CLAIM}, {combinations:,} combinations pooled and graded": partial(
            cb.multiverse, library, CLAIM, most=combinations
        ),
        "outlook, 2,000 updates pooled and graded": partial(cb.outlook, finding, [1, 3], [20, 100], n=500),
    }
    if not quick:
        work["gosh, all 33,554,431 subsets of 25 studies"] = partial(cb.gosh, y, v)
    for name, function in work.items():
        yield f"| {name} | {_seconds(timed(function))} |"


def memory(quick: bool) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        studies, pooled = Path(folder) / "studies.parquet", Path(folder) / "pooled.parquet"
        for rows in (10**i for i in range(5, 7 if quick else 8) if LINUX):
            stream.write(studies, rows)
            command = [sys.executable, stream.__file__, studies, pooled]
            seconds, peak = map(float, subprocess.check_output(command, text=True).split())
            sizes = f"{studies.stat().st_size / 2**20:.0f} MB in"
            yield f"| Parquet to Parquet, {rows:,} rows, {sizes} | {peak:.0f} MB | {_seconds(seconds)} |"
    y, v = random_sets(10**6)
    tracemalloc.start()
    seconds = timed(cb.pool_many, y, v)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    sizes = f"{(y.nbytes + v.nbytes) / 2**20:.0f} MB in"
    yield f"| pool_many, n = {len(y):,}, {sizes} (beside them) | {peak:.0f} MB | {_seconds(seconds)} |"


def convergence(n: int = 10**6) -> str:
    step, missed = 10**5, 0
    for seed in range(n // step):
        missed += int((~fit_rows(*random_sets(step, seed=seed)).converged).sum())
    return f"REML did not converge in {missed} of {n:,} random sets of {STUDIES}."


def scale(n: int = 100_000) -> str:
    y, v = random_sets(n)
    plain, apart = fit_rows(y, v), 0.0
    for unit in (1e-6, 1e6):
        scaled = fit_rows(unit * y, unit * unit * v)
        for one, other in ((plain.estimate * unit, scaled.estimate), (plain.se * unit, scaled.se)):
            apart = max(apart, float(np.max(np.abs(other - one) / (plain.se * unit))))
    return (
        f"With effects a million times smaller or larger, estimates and standard errors of {n:,} sets are "
        f"the same, scaled, to {apart:.0e} of a standard error."
    )


def _seconds(t: float) -> str:
    unit, size = next((u for u in (("s", 1), ("ms", 1e-3)) if t >= u[1]), ("µs", 1e-6))
    return f"{_figures(t / size)} {unit}"


def _figures(x: float) -> str:
    """Three digits, or all before the point."""
    return f"{x:,.0f}" if x >= 100 else f"{x:.3g}"


def _line(result: Result) -> str:
    race = result.race
    promised = "" if race.target is None else f"{race.target:.2g}" if race.target < 1 else f"{race.target:,}"
    missed = ", missed" if result.missed else ""
    times = f"{_seconds(result.ours)} | {_seconds(result.theirs)}"
    return f"| {race.work} | {race.peer} | {times} | {_figures(result.ratio)} | {promised}{missed} |"


class Busy:
    """How much of the machine others take from now on, as Linux counts it."""

    def __init__(self) -> None:
        self.start = self._now()

    def __str__(self) -> str:
        machine, own = (after - before for before, after in zip(self.start, self._now(), strict=True))
        share = max(0.0, machine - own) / (time.monotonic() - self.since) / (os.cpu_count() or 1)
        first = hasattr(os, "sched_getscheduler") and os.sched_getscheduler(0) == os.SCHED_RR
        return (
            f"others took {share:.0%} of it meanwhile{', behind this, which had priority' if first else ''}"
        )

    def _now(self) -> tuple[float, float]:
        self.since = getattr(self, "since", time.monotonic())
        times = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:4]
        return sum(map(int, times)) / os.sysconf("SC_CLK_TCK"), sum(os.times()[:4])


def machine() -> str:
    """The processor and the versions of what takes part."""
    described = Path("/proc/cpuinfo").read_text() if LINUX else ""
    named = re.search(r"^model name\s*: (.*)$", described, re.MULTILINE)
    cpu = named[1] if named else platform.processor() or platform.machine()
    versions = [f"{name} {version(name)}" for name in ("numpy", "numba", "statsmodels", "pymare")]
    versions += [f"metafor {metafor.version()}"] if metafor.installed() else []
    return f"{os.cpu_count()} x {cpu}, Python {platform.python_version()}, {', '.join(versions)}"


def page(quick: bool) -> Iterator[str]:
    """The lines of validation/speed.md, each when it is known."""
    busy, day = LINUX and Busy(), time.strftime("%d %B %Y").lstrip("0")
    yield INTRODUCTION
    yield f"{machine()}; {day}.\n"
    yield "| work | peer | ours | theirs | theirs / ours | target |\n|---|---|--:|--:|--:|--:|"
    for result in races(quick):
        yield _line(result)
    yield "\n## Growth\n\n| sets | time | each |\n|---|--:|--:|"
    yield from growth(quick)
    yield f"\n{convergence()} {scale()}"
    yield "\n## Memory\n\n| work | at most | time |\n|---|--:|--:|"
    yield from memory(quick)
    yield "\n## Many fits in one call\n\n| work | time |\n|---|--:|"
    yield from many(quick)
    if busy:
        yield f"\nThe machine was shared: {busy}."


INTRODUCTION = """# Speed

Written by `nox -s bench -- --write`, no number by hand. Ours and the peer's run by turns, in one process or
in processes of either; times are medians, *theirs / ours* is the median of the pairs' ratios, *target* what
it is to reach. One analysis at a time is timed in processor time, all else by the clock. A set has 20
studies with variances as of log odds ratios unless it says otherwise. metafor's time for many sets is
reckoned from 500 of them. C is a loop in one thread that does nothing but fit (`tests/bench/floor.c`):
*fisher* as packages iterate, *newton* as `pool_many` does, without the proof that its maximum is the highest.
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--quick", action="store_true", help="smaller sets, growth to 10^6")
    options.add_argument("--write", action="store_true", help=f"keep the table in {PAGE.relative_to(ROOT)}")
    chosen = options.parse_args()
    lines = []
    for line in page(chosen.quick):
        print(line, flush=True)
        lines.append(line)
    if chosen.write:
        PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
