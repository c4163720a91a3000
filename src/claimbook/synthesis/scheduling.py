"""Beyond one machine: pooling and simulating on the workers of a Dask cluster.

    dask scheduler --no-dashboard
    export DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON='{"MALLOC_TRIM_THRESHOLD_": 33554432,
        "MALLOC_MMAP_THRESHOLD_": 33554432, "OMP_NUM_THREADS": 1}'
    dask worker tcp://SCHEDULER:8786 --nthreads 1 --nworkers -1 --no-dashboard

The second command raises what the nanny, the process that watches over a worker, sets for the C library: its
own thresholds make the temporary arrays of a fit cost half as much again (validation/scaling.md). A worker
needs what this process has installed, in the same versions.

Work is cut before it is handed out, its random numbers belong to the piece, and results are put together in
the order of the pieces. So neither the number of workers nor the loss of one changes a bit of the result;
machines with other processors may round otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from socket import create_connection
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import pandas as pd

TASKS = 16  # for each thread of the cluster: enough to even out, few enough for the scheduler
LONGEST = 50  # calls of a task: what is lost with a worker stays small

Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def cluster(address: str, timeout: float = 10.0) -> Iterator[Callable[..., Iterable[Any]]]:
    """What `map` is, over the workers of the scheduler at tcp://HOST:PORT; see `over`.

    ValueError for another kind of address, OSError where nobody answers within the timeout (in seconds),
    ModuleNotFoundError without `distributed`.
    """
    host, port = place(address)
    from distributed import Client

    with create_connection((host, port), timeout):
        pass  # a Client that finds nobody is long in giving up
    with Client(address, timeout=timeout, set_as_default=False) as client:
        yield over(client)


def place(address: str) -> tuple[str, int]:
    """Host and port of tcp://HOST:PORT. ValueError for another kind of address."""
    found = re.fullmatch(r"(?:tcp|tls)://(.+):(\d+)", address)
    if found is None:
        raise ValueError(f"address must be tcp://HOST:PORT, got {address!r}")
    return found[1].strip("[]"), int(found[2])


def over(client: Any) -> Callable[[Callable[[Item], Result], Iterable[Item]], list[Result]]:
    """What `map` is, over the workers of a `distributed.Client`.

    Function and items must be what pickle can send. An exception of the function is raised here. RuntimeError
    where there are no workers.
    """

    def mapper(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        items = list(items)
        threads = sum(client.nthreads().values())
        if not threads:
            raise RuntimeError("the cluster has no workers")
        size = max(1, min(LONGEST, len(items) // (TASKS * threads)))
        pieces = [items[start : start + size] for start in range(0, len(items), size)]
        futures = client.map(partial(_each, function), pieces, pure=False)
        return [result for results in client.gather(futures) for result in results]

    return mapper


def _each(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return [function(item) for item in items]


def pool_partitions(
    frame: Any, by: str | list[str], y: str, v: str, tau2: str | float, interval: str, level: float
) -> Any:
    """`pool_many` of a long Dask frame: a Dask frame with a row for each set, computed when it is asked for.

    Where `by` is the frame's index and its divisions are known, nothing moves and the sets come in order; a
    set that two partitions share is a ValueError when they are computed. Otherwise the rows of a set are
    first brought together, and the sets come in the order of their partitions.
    """
    names = [by] if isinstance(by, str) else list(by)
    work = partial(_pooled, by=by, y=y, v=v, tau2=tau2, interval=interval, level=level)
    meta = work(frame._meta)
    if frame.known_divisions and names == [frame.index.name]:
        return _in_order(frame[[y, v]].map_partitions(work, meta=meta), meta)
    frame = frame.reset_index() if frame.index.name in names else frame
    # By tasks, since other ways of shuffling leave the order of the rows to chance.
    shuffled = frame[[*names, y, v]].shuffle(on=names, shuffle_method="tasks")
    return shuffled.map_partitions(work, meta=meta)


def _in_order(tables: Any, meta: pd.DataFrame) -> Any:
    """The partitions of a Dask frame of pooled sets, each held against the one before.

    Divisions do not tell: those of files that cut a set in two look like those of files that do not.
    """
    import dask.dataframe as dd
    from dask import delayed

    parts = tables.to_delayed()
    held = [delayed(_after)(part, before) for before, part in pairwise(parts)]
    return dd.from_delayed([*parts[:1], *held], meta=meta, verify_meta=False)


def _after(table: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    if len(table) and len(before) and table.index[0] == before.index[-1]:
        shared = f"{table.index.name}={table.index[0]}"
        raise ValueError(f"by: two partitions share {shared}; reset_index() has its rows brought together")
    return table


def _pooled(part: pd.DataFrame, by: str | list[str], **options: Any) -> pd.DataFrame:
    from claimbook.synthesis.batch import pool_many

    return pool_many(part.reset_index() if part.index.name == by else part, by=by, workers=1, **options)
