"""Pooling a stream of studies that does not fit in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from claimbook.synthesis.batch import pool_many
from claimbook.synthesis.batch_frame import require

if TYPE_CHECKING:
    import pandas as pd


def pool_stream(
    frames: Iterable[Any],
    by: str | list[str],
    y: str = "y",
    v: str = "v",
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    level: float = 0.95,
    workers: int | None = None,
) -> Iterator[pd.DataFrame]:
    """Pool the sets of a long frame that comes in pieces, in memory for one piece and one set.

    frames: DataFrames, or anything with `to_pandas` such as the record batches of
    `pyarrow.parquet.ParquetFile(...).iter_batches()`, in ascending order of `by`; a set may span pieces.
    Yields what `pool_many` gives for the sets that each piece completes. ValueError as there, and where the
    order is broken.
    """
    import pandas as pd

    columns = [by] if isinstance(by, str) else list(by)
    rest = None
    for piece in frames:
        frame = piece.to_pandas() if hasattr(piece, "to_pandas") else piece
        require(frame, columns)
        frame = frame if rest is None else pd.concat([rest, frame])
        if frame.empty:
            continue
        if not pd.MultiIndex.from_frame(frame[columns]).is_monotonic_increasing:
            raise ValueError(f"frames must come in ascending order of by={by!r}")
        open_ = (frame[columns] == frame[columns].iloc[-1]).all(axis=1).to_numpy()
        rest, complete = frame[open_], frame[~open_]
        if len(complete):
            yield pool_many(complete, v, tau2, interval, level, y=y, by=by, workers=workers)
    if rest is not None:
        yield pool_many(rest, v, tau2, interval, level, y=y, by=by, workers=workers)
