"""From reported statistics to effects: ``effect_sizes`` and ``MEASURES``, the measures that it knows.

Group 1 is the one of interest, group 2 the comparator; a positive effect means more in group 1, or more
afterwards than before. Ratios are analysed as logarithms.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from claimbook.effects.association import ASSOCIATION
from claimbook.effects.biserial import BISERIAL
from claimbook.effects.change import CHANGE
from claimbook.effects.change_ratio import CHANGE_RATIO
from claimbook.effects.columns import Given, listed, read, shared_index
from claimbook.effects.correlations import CORRELATIONS
from claimbook.effects.given import GIVEN
from claimbook.effects.group import GROUP
from claimbook.effects.means import MEANS
from claimbook.effects.measure import VARIANCE_WORDS, Effects, Measure
from claimbook.effects.paired import PAIRED
from claimbook.effects.proportions import PROPORTIONS
from claimbook.effects.rates import RATES
from claimbook.effects.revman import REVMAN
from claimbook.effects.special import Array
from claimbook.effects.standardised import STANDARDISED
from claimbook.effects.superiority import SUPERIORITY
from claimbook.effects.tables import TABLES
from claimbook.effects.zeros import correct_zeros
from claimbook.problems import did_you_mean


def effect_sizes(
    code: str,
    *,
    vtype: str | None = None,
    add: float | None = None,
    to: str = "only0",
    drop00: bool = False,
    correct: bool = True,
    **columns: Given,
) -> Effects:
    """Effects ``y`` and sampling variances ``v`` of one measure, a row for each row of the columns.

    ``code`` is a key of ``MEASURES``; its ``arguments`` are the columns to give, each a number, a list, an
    array or a Series (single values are repeated; Series must share their index). ``vtype`` chooses between
    a measure's variance formulas, ``correct=False`` leaves out its small-sample correction, if it has one.
    ``to`` (only0, all, if0all, none) names the tables whose cells get ``add`` added: by default those with an
    empty cell, and 0.5, or 0 for the arcsines, square roots, PHI and RTET. ``drop00`` makes tables without
    any event, or with nothing else, missing.

    A missing value (nan, None) makes that row nan; an impossible one (a negative SD, more events than
    people) is a ValueError, as are unknown words.

    >>> e = cb.effect_sizes("RR", events1=[4, 0], n1=[123, 20], events2=[11, 3], n2=[139, 20])
    >>> cb.pool(e.y, e.v)
    """
    measure = find_measure(code)
    kind, notes = _variance(code, measure, vtype)
    reduced, missing = read(code, measure.forms, columns)
    index = shared_index(columns, len(missing))
    if measure.zeros is not None:
        amount = measure.add if add is None else add
        reduced, said = correct_zeros(reduced, measure.zeros, add=amount, to=to, drop00=drop00)
        missing, notes = missing | np.isnan(reduced[measure.zeros.names[0]]), notes + said
    options: dict[str, Any] = {}
    if len(measure.variances) > 1:
        options["vtype"] = kind
    if measure.correctable:
        options["correct"] = correct
    with np.errstate(all="ignore"):
        y, v = measure.function(**reduced, **options)
    return _finished(code, y, v, missing, notes, index)


def find_measure(code: str) -> Measure:
    """The entry of ``MEASURES``, or a ValueError that lists the codes."""
    if code not in MEASURES:
        hint = did_you_mean(str(code).upper(), MEASURES)
        raise ValueError(f"unknown measure {code!r}{hint}; known: {', '.join(MEASURES)}")
    return MEASURES[code]


def _variance(code: str, measure: Measure, vtype: str | None) -> tuple[str, tuple[str, ...]]:
    """Which variance formula, and a note where the measure has only one and another was asked for."""
    if vtype is None or vtype in measure.variances:
        return vtype or measure.variances[0], ()
    if len(measure.variances) == 1 and vtype in VARIANCE_WORDS:
        return measure.variances[0], (
            f"{code} has one variance formula; vtype={vtype!r} makes no difference",
        )
    allowed = measure.variances if len(measure.variances) > 1 else VARIANCE_WORDS
    raise ValueError(
        f"vtype={vtype!r} is not known for {code}{did_you_mean(vtype, allowed)}; allowed: "
        f"{', '.join(allowed)}"
    )


def _finished(code: str, y: Array, v: Array, missing: Any, notes: tuple[str, ...], index: Any) -> Effects:
    """Rows that have no effect or no variance become nan, and the notes say so."""
    known = np.isfinite(y) & np.isfinite(v) & (v >= 0)
    lost = ~known & ~missing
    if lost.any():
        notes += (f"{listed(lost)}: these numbers do not determine {code} and its variance",)
    if np.any(v == 0):
        notes += (f"{listed(v == 0)}: the variance is 0, and no weight follows from it",)
    return Effects(code, np.where(known, y, np.nan), np.where(known, v, np.nan), notes, index)


MEASURES: dict[str, Measure] = {
    **MEANS,
    **STANDARDISED,
    **REVMAN,
    **TABLES,
    **RATES,
    **CHANGE,
    **CHANGE_RATIO,
    **PAIRED,
    **CORRELATIONS,
    **ASSOCIATION,
    **BISERIAL,
    **SUPERIORITY,
    **PROPORTIONS,
    **GROUP,
    **GIVEN,
}
