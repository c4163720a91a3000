"""From what a paper prints to what a measure needs: ``recover`` and ``CONVERSIONS``, what it knows.

A number recovered is an inference: record the conversion by its name and what it assumed.
"""

from __future__ import annotations

from claimbook.effects.arms import ARMS
from claimbook.effects.columns import Given, read, shared_index
from claimbook.effects.quantiles import QUANTILES
from claimbook.effects.reconstruct import RECONSTRUCTED
from claimbook.effects.recovered import Conversion, Recovered
from claimbook.effects.spreads import SPREADS
from claimbook.problems import did_you_mean


def recover(name: str, **columns: Given) -> Recovered:
    """The columns that one conversion recovers, a row for each row of the columns given.

    ``name`` is a key of ``CONVERSIONS``; each column is a number, a list, an array or a Series (Series
    must share their index). A missing value makes that row nan, an impossible one is a ValueError, as are
    unknown words.
    """
    if name not in CONVERSIONS:
        hint = did_you_mean(name, CONVERSIONS)
        raise ValueError(f"unknown conversion {name!r}{hint}; known: {', '.join(CONVERSIONS)}")
    conversion = CONVERSIONS[name]
    shared_index(columns)
    values, _ = read(name, (conversion.form,), columns)
    inflation = values.pop("inflation", None)
    return Recovered(values, conversion.assumed, conversion.cite, inflation)


CONVERSIONS: dict[str, Conversion] = {**SPREADS, **ARMS, **QUANTILES, **RECONSTRUCTED}
