"""From what a paper prints to what a measure needs: ``recover`` and ``CONVERSIONS``, what it knows.

A number recovered is an inference: record the conversion by its name and what it assumed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from claimbook.effects.arms import ARMS
from claimbook.effects.columns import Given, listed, read, shared_index
from claimbook.effects.measure import Columns
from claimbook.effects.quantiles import QUANTILES
from claimbook.effects.reconstruct import RECONSTRUCTED
from claimbook.effects.recovered import Conversion, Recovered
from claimbook.effects.spreads import SPREADS
from claimbook.problems import did_you_mean


def recover(name: str, **columns: Given) -> Recovered:
    """The columns that one conversion recovers, a row for each row of the columns given.

    ``name`` is a key of ``CONVERSIONS``; each column is a number, a list, an array or a Series (Series
    must share their index). A missing value makes that row nan, as do numbers that do not determine the
    result (``notes`` says which and why); an impossible one is a ValueError, as are unknown words.
    """
    if name not in CONVERSIONS:
        hint = did_you_mean(name, CONVERSIONS)
        raise ValueError(f"unknown conversion {name!r}{hint}; known: {', '.join(CONVERSIONS)}")
    conversion = CONVERSIONS[name]
    values, missing = read(name, (conversion.form,), columns)
    index = shared_index(columns, len(missing))
    inflation = values.pop("inflation", None)
    values = {word: np.where(np.isfinite(column), column, np.nan) for word, column in values.items()}
    notes = tuple(_notes(conversion, values, missing))
    return Recovered(values, conversion.assumed, conversion.cite, inflation, notes, index)


def _notes(conversion: Conversion, values: Columns, missing: Any) -> Iterator[str]:
    """Which rows were lost although nothing that they need is missing, and why."""
    gives = conversion.gives or tuple(values)
    lost = np.any([np.isnan(values[word]) for word in gives], axis=0) & ~missing
    for words, holds in conversion.lost.items():
        rows = lost & holds(values)
        if rows.any():
            yield f"{listed(rows)}: {words}"
        lost = lost & ~rows
    if lost.any():
        yield f"{listed(lost)}: these numbers do not determine {', '.join(gives)}"


CONVERSIONS: dict[str, Conversion] = {**SPREADS, **ARMS, **QUANTILES, **RECONSTRUCTED}
