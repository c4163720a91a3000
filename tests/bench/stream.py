"""Pool one Parquet file into another: `python tests/bench/stream.py STUDIES.parquet POOLED.parquet`.

Prints the seconds and the peak of the process's memory in MB.
"""

from __future__ import annotations

import re
import sys
import time
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from race import STUDIES

import claimbook as cb

PIECE = 200_000  # rows of a row group
BATCH = 200_000  # rows that are read at a time


def write(path: Path, rows: int) -> None:
    """Studies in sets of STUDIES."""
    rng, writer = np.random.default_rng(1), None
    for start in range(0, rows, PIECE):
        n = min(PIECE, rows - start)
        v = np.clip(0.25 * rng.chisquare(1, n), 0.009, 0.6)
        sets = np.arange(start, start + n) // STUDIES
        table = pa.table({"review": sets, "y": rng.normal(0.2, np.sqrt(v + 0.1)), "v": v})
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    writer.close()


def pool(studies: str, pooled: str) -> None:
    batches = pq.ParquetFile(studies, pre_buffer=False).iter_batches(BATCH)
    tables = map(pa.Table.from_pandas, cb.pool_stream(batches, by="review"))
    first = next(tables)
    with pq.ParquetWriter(pooled, first.schema) as out:
        for table in chain([first], tables):
            out.write_table(table)


def peak() -> float:
    """MB, as Linux counts them for this program alone."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024


if __name__ == "__main__":
    start = time.perf_counter()
    pool(*sys.argv[1:])
    print(time.perf_counter() - start, peak())
