"""Zero cells: which rows of counts get a constant added, as rules by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from claimbook.effects.columns import listed
from claimbook.effects.measure import Columns, Counts
from claimbook.problems import did_you_mean

Mask = NDArray[np.bool_]


def correct_zeros(
    columns: Columns, counts: Counts, *, add: float, to: str, drop00: bool
) -> tuple[Columns, tuple[str, ...]]:
    """The columns with ``add`` added to the counts of the rows that ``to`` names, and what was done.

    A row in which a group is empty stays as it is: a constant would make an effect out of nobody. With
    ``drop00`` a row with no events on either side, or only events on both, becomes missing.
    """
    if to not in TO:
        raise ValueError(f"to={to!r} is not known{did_you_mean(str(to), TO)}; allowed: {', '.join(TO)}")
    if not (np.isfinite(add) and add >= 0):
        raise ValueError(f"add={add!r}: must be a finite number, 0 or more")
    zero = np.any([columns[name] == 0 for name in counts.names], axis=0)
    filled = ~_all_zero(columns, counts.groups)
    rows = TO[to](zero & filled) & filled & (add > 0)
    notes: tuple[str, ...] = ()
    if rows.any():
        notes = (f"{add:g} added to {', '.join(counts.names)} of {listed(rows)} (to={to!r})",)
    changed = {name: columns[name] + np.where(rows, add, 0.0) for name in counts.names}
    dropped = _all_zero(columns, counts.silent)
    if drop00 and dropped.any():
        changed = {name: np.where(dropped, np.nan, column) for name, column in changed.items()}
        notes += (f"{listed(dropped)} dropped: no events, or only events, on both sides (drop00)",)
    return {**columns, **changed}, notes


def _all_zero(columns: Columns, sets: tuple[tuple[str, ...], ...]) -> Mask:
    """The rows in which every column of one of the ``sets`` is 0."""
    rows: Mask = np.any([np.all([columns[name] == 0 for name in names], axis=0) for names in sets], axis=0)
    return rows


TO: dict[str, Callable[[Mask], Mask]] = {
    "only0": lambda zero: zero,
    "all": np.ones_like,
    "if0all": lambda zero: np.full_like(zero, zero.any()),
    "none": np.zeros_like,
}
