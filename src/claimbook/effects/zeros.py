"""Zero cells: which rows of counts get a constant added, as rules by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from claimbook.effects.columns import listed
from claimbook.effects.measure import Columns
from claimbook.problems import did_you_mean

Mask = NDArray[np.bool_]


def correct_zeros(
    columns: Columns, counts: tuple[str, ...], *, add: float, to: str, drop00: bool
) -> tuple[Columns, tuple[str, ...]]:
    """The columns with ``add`` added to the ``counts`` of the rows that ``to`` names, and what was done.

    With ``drop00`` a row with no events in either group, or only events in both, becomes missing.
    """
    if to not in TO:
        raise ValueError(f"to={to!r} is not known{did_you_mean(str(to), TO)}; allowed: {', '.join(TO)}")
    if not (np.isfinite(add) and add >= 0):
        raise ValueError(f"add={add!r}: must be a finite number, 0 or more")
    table = np.array([columns[name] for name in counts])
    rows = TO[to](np.any(table == 0, axis=0)) & (add > 0)
    notes: tuple[str, ...] = ()
    if rows.any():
        notes = (f"{add:g} added to {', '.join(counts)} of {listed(rows)} (to={to!r})",)
    changed = {name: columns[name] + np.where(rows, add, 0.0) for name in counts}
    if drop00:
        dropped = _double_zero(table)
        changed = {name: np.where(dropped, np.nan, column) for name, column in changed.items()}
        if dropped.any():
            notes += (f"{listed(dropped)} dropped: no events, or only events, in both groups (drop00)",)
    return {**columns, **changed}, notes


def _double_zero(table: Any) -> Mask:
    """Cells in the order a b c d: rows with a = c = 0 or b = d = 0; for two counts, both zero."""
    half = len(table) // 2
    firsts, seconds = table[:half], table[half:]
    rows: Mask = np.any((firsts == 0) & (seconds == 0), axis=0)
    return rows


TO: dict[str, Callable[[Mask], Mask]] = {
    "only0": lambda zero: zero,
    "all": np.ones_like,
    "if0all": lambda zero: np.full_like(zero, zero.any()),
    "none": np.zeros_like,
}
