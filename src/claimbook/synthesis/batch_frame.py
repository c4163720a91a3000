"""Sets of effects in long frames, a study in each row: as padded arrays, and in a stream of frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from claimbook.synthesis.batch_model import Array, Index, Mask

if TYPE_CHECKING:
    import pandas as pd

PIECE = 8_000_000  # numbers of one padded array
SIZES_AN_OCTAVE = 3  # sets within a factor of 2^(1/3) in size are padded to the largest of them


@dataclass(frozen=True)
class Groups:
    """Names of the sets, effects and variances of the studies set after set, studies in each set."""

    keys: pd.Index[Any]
    y: Array
    v: Array
    counts: Index

    def each(self, function: Callable[[Array, Array], dict[str, Any]]) -> dict[str, Any]:
        """The columns of function(y, v) on padded arrays (n, k), in the order of the keys."""
        whole: dict[str, Any] = {}
        for sets in self._pieces():
            for name, values in function(*self._padded(sets)).items():
                whole.setdefault(name, np.empty(len(self.counts), values.dtype))[sets] = values
        return whole

    def _pieces(self) -> Iterator[Index]:
        """The numbers of sets of like size, few enough for one array; none once where there is no set."""
        size = np.ceil(SIZES_AN_OCTAVE * np.log2(np.maximum(self.counts, 1)))
        for like in np.unique(size) if len(size) else [0.0]:
            sets = np.flatnonzero(size == like)
            step = max(1, PIECE // max(1, int(self.counts[sets].max(initial=0))))
            for start in range(0, max(len(sets), 1), step):
                yield sets[start : start + step]

    def _padded(self, sets: Index) -> tuple[Array, Array]:
        counts = self.counts[sets]
        first = (np.cumsum(self.counts) - self.counts)[sets]
        place = np.arange(max(1, int(counts.max(initial=0))))
        here = place < counts[:, None]
        at = np.where(here, first[:, None] + place, 0)
        y, v = np.full(at.shape, np.nan), np.full(at.shape, np.nan)
        y[here], v[here] = self.y[at[here]], self.v[at[here]]
        return y, v


def groups(frame: Any, by: Any, y: str, v: str) -> Groups:
    """The sets of a long frame by ascending name; a study without y or v is absent.

    ValueError where a column does not exist, a name is missing or a number cannot be used.
    """
    import pandas as pd

    frame = pd.DataFrame(frame)
    columns = [by] if isinstance(by, str) else list(by)
    require(frame, [*columns, y, v])
    effects, variances = (frame[name].to_numpy(float, na_value=np.nan) for name in (y, v))
    absent = np.isnan(effects) | np.isnan(variances)
    for name in columns:
        _check(frame, name, "not be missing", frame[name].isna().to_numpy())
    _check(frame, y, "be finite", ~absent & np.isinf(effects))
    _check(frame, v, "be positive and finite", ~absent & ~((variances > 0) & (variances < np.inf)))
    grouped = frame.groupby(columns[0] if len(columns) == 1 else columns, sort=True, observed=True)
    code = grouped.ngroup().to_numpy()
    order = np.argsort(code, kind="stable")
    order = order[~absent[order]]
    counts = np.bincount(code[order], minlength=grouped.ngroups)
    return Groups(grouped.size().index, effects[order], variances[order], counts)


def require(frame: pd.DataFrame, columns: list[str]) -> None:
    """ValueError where the frame lacks one of the columns."""
    for name in columns:
        if name not in frame.columns:
            raise ValueError(f"{name!r} is no column of the frame, which has {', '.join(map(str, frame))}")


def _check(frame: pd.DataFrame, name: str, rule: str, bad: Mask) -> None:
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ValueError(f"{name!r} must {rule}, got {frame[name].iloc[row]} in row {frame.index[row]}")


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

    frames: DataFrames, or anything with `to_pandas`, in ascending order of `by`; a set may span pieces.
    Yields what `pool_many` gives for the sets that each piece completes. ValueError as there, and where the
    order is broken. From one Parquet file to another, in memory for a batch however long the file is (without
    `pre_buffer=False` pyarrow would keep all of it):

        batches = pq.ParquetFile("studies.parquet", pre_buffer=False).iter_batches(500_000)
        tables = map(pa.Table.from_pandas, pool_stream(batches, by="review"))
        first = next(tables)
        with pq.ParquetWriter("pooled.parquet", first.schema) as out:
            for table in chain([first], tables):
                out.write_table(table)
    """
    import pandas as pd

    from claimbook.synthesis.batch import pool_many

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
