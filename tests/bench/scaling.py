"""What a Dask cluster costs and how it scales on this machine: `python tests/bench/scaling.py`.

Work is done by turns in one process with one thread, in two processes, on a cluster of one worker and on a
cluster of two. Schedulers and workers are processes on loopback, each worker with one thread. What a cluster
costs is measured in processor time of all its processes together, which wanders less than time where others
use the machine; the table says how much of it they took.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import dask
import dask.dataframe as dd
import numpy as np
import pandas as pd
import psutil
from distributed import Client

sys.path.insert(0, str(Path(__file__).parent.parent))

from cluster_processes import Cluster

import claimbook as cb
from claimbook.synthesis.batch_fit import Method
from claimbook.synthesis.scheduling import over
from claimbook.synthesis.simulation import BLOCK, Job, Scenario, simulate

K = 20
ROWS = 500_000  # studies in a partition
ENVIRON = "DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON"
RAISED = '{"MALLOC_TRIM_THRESHOLD_": 33554432, "MALLOC_MMAP_THRESHOLD_": 33554432, "OMP_NUM_THREADS": 1}'


@dataclass(frozen=True)
class Place:
    """Where work is done: what `map` and computing a Dask frame are there, and its processes beside this."""

    mapper: Callable[..., object]
    compute: Callable[[object], object]
    processes: Callable[[], Sequence[int]] = tuple


@dataclass(frozen=True)
class Run:
    """Seconds; processor seconds of the place; the share of the machine that others took meanwhile."""

    seconds: float
    processor: float
    others: float


def run(work: Callable[[Place], object], place: Place) -> Run:
    before, machine, start = processor_seconds(place), busy(), time.perf_counter()
    work(place)
    seconds = time.perf_counter() - start
    processor, machine = processor_seconds(place) - before, busy() - machine
    return Run(seconds, processor, max(0.0, machine - processor) / seconds / psutil.cpu_count())


def processor_seconds(place: Place) -> float:
    times = [psutil.Process(pid).cpu_times() for pid in (os.getpid(), *place.processes())]
    return sum(t.user + t.system for t in times)


def busy() -> float:
    """Processor seconds of the whole machine."""
    times = psutil.cpu_times()
    return times.user + times.nice + times.system


def computed_here(frame: object) -> object:
    return dask.compute(frame, scheduler="synchronous")[0]


@contextmanager
def two_processes() -> Iterator[Place]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield Place(partial(pool.map, chunksize=4), computed_here, lambda: tuple(pool._processes))


@contextmanager
def workers(n: int, *options: str) -> Iterator[tuple[Place, Client]]:
    """A cluster of n workers."""
    made = Cluster(Path(tempfile.mkdtemp()))
    try:
        with Client(made.address, set_as_default=False) as client:
            made.add_workers(n, options or ("--no-nanny",))
            client.wait_for_workers(n)
            compute = partial(client.compute, sync=True)
            yield Place(over(client), compute, lambda: [p.pid for p in made.processes]), client
            client.retire_workers(close_workers=True)
    finally:
        made.stop()


def simulated(n: int, place: Place) -> object:
    return simulate(Scenario(K, 0.1), n=n, mapper=place.mapper)


def partition(i: int) -> pd.DataFrame:
    """Sets of K rows that belong to this partition alone."""
    rng = np.random.default_rng([5, i])
    v = np.clip(0.25 * rng.chisquare(1, ROWS), 0.009, 0.6)
    names = np.repeat(np.arange(ROWS // K) + i * (ROWS // K), K)
    return pd.DataFrame({"y": rng.normal(0.2, np.sqrt(v + 0.1)), "v": v}, index=pd.Index(names, name="set"))


def pooled(partitions: int, in_order: bool, place: Place) -> object:
    """The sum of the estimates, so that no table of results has to travel."""
    bounds = (*(i * (ROWS // K) for i in range(partitions)), partitions * (ROWS // K) - 1)
    frame = dd.from_map(partition, range(partitions), meta=partition(0).head(0), divisions=bounds)
    frame = frame if in_order else frame.reset_index()
    return place.compute(cb.pool_many(frame, by="set")["estimate"].sum())


def rounds(work: Callable[[Place], object], at: Sequence[Place], n: int) -> list[list[Run]]:
    for place in at:
        work(place)
    return [[run(work, place) for place in at] for _ in range(n)]


def line(made: list[list[Run]]) -> str:
    """Median seconds at each place, and medians of what is compared within a round, the last two first."""
    seconds = [f"{statistics.median(r[i].seconds for r in made):.2f} s" for i in range(len(made[0]))]
    cost = statistics.median(r[-2].processor / r[0].processor - 1 for r in made)
    gains = [
        statistics.median(r[i].seconds / r[i + 1].seconds for r in made)
        for i in range(-2, -len(made[0]) - 1, -2)
    ]
    others = statistics.median(max(one.others for one in r) for r in made)
    return " | ".join([*seconds, f"{cost:+.0%}", *(f"{gain:.2f}" for gain in gains), f"{others:.0%}"])


def of_a_job(mapper: Callable[..., object], jobs: list[Job]) -> str:
    times = list(mapper(processor_time, jobs))
    return f"{1000 * statistics.median(times[len(times) // 4 :]):.1f} ms"


def processor_time(job: Job) -> float:
    start = time.thread_time()
    job.run()
    return time.thread_time() - start


def nannies() -> Iterator[str]:
    """What the allocation thresholds that a nanny sets cost a fit by numpy alone."""
    jobs = [
        Job(Scenario(K, 0.1), (Method("REML", "HKSJ"),), 0.95, (1, i), BLOCK, BLOCK * K) for i in range(80)
    ]
    yield f"| this process | {of_a_job(map, jobs)} |"
    os.environ.pop(ENVIRON, None)
    with workers(1) as (place, _):
        yield f"| a worker without a nanny | {of_a_job(place.mapper, jobs)} |"
    with workers(1, "--nanny") as (place, _):
        yield f"| a worker with a nanny | {of_a_job(place.mapper, jobs)} |"
    os.environ[ENVIRON] = RAISED
    with workers(1, "--nanny") as (place, _):
        yield f"| the same, thresholds raised | {of_a_job(place.mapper, jobs)} |"


def start_up(n: int = 5000) -> Iterator[str]:
    start = time.perf_counter()
    with workers(1) as (_, client):
        yield f"| scheduler, client and a worker | {time.perf_counter() - start:.1f} s |"
        client.gather(client.map(abs, range(200), pure=False))
        start = time.perf_counter()
        client.gather(client.map(abs, range(n), pure=False))
        yield f"| an empty task, of {n:,} | {(time.perf_counter() - start) / n * 1000:.2f} ms |"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=5)
    runs = options.parse_args().runs
    cpu = platform.processor() or platform.machine()
    print(f"{os.cpu_count()} x {cpu}, Python {platform.python_version()}, dask {dask.__version__}")
    print("\n| start | |\n|---|--:|", *start_up(), sep="\n", flush=True)
    print("\n| 5,000 sets of 20 by numpy | processor time |\n|---|--:|", *nannies(), sep="\n", flush=True)
    here = Place(map, computed_here)
    with ExitStack() as stack:
        apart = stack.enter_context(two_processes())
        one, two = (stack.enter_context(workers(n))[0] for n in (1, 2))
        print(
            "\n| simulate | one process | two processes | one worker | two workers | cost | 1 to 2 workers | "
            "1 to 2 processes | others |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|"
        )
        for n in (100_000, 500_000):
            made = rounds(partial(simulated, n), [here, apart, one, two], runs)
            print(f"| {n:,} sets of {K} | {line(made)} |", flush=True)
        print(
            "\n| pool_many | one process | one worker | two workers | cost | 1 to 2 workers | others |\n"
            "|---|--:|--:|--:|--:|--:|--:|"
        )
        for label, in_order in (("in order", True), ("after a shuffle", False)):
            made = rounds(partial(pooled, 20, in_order), [here, one, two], runs)
            print(f"| {20 * ROWS // K:,} sets of {K} in 20 partitions, {label} | {line(made)} |", flush=True)


if __name__ == "__main__":
    main()
