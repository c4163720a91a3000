"""The levels of a factor against each other, with p-values that allow for how many there are.

Four subgroups make six comparisons: one of them is below .05 in more than one analysis of seven where
nothing differs. The adjusted p is statsmodels' (``multipletests``); intervals are of one comparison each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from claimbook.synthesis.model import Array

if TYPE_CHECKING:
    import pandas as pd

    from claimbook.synthesis.formula import Design
    from claimbook.synthesis.regression import Regression


def pairwise(regression: Regression, factor: str, adjust: str = "holm") -> pd.DataFrame:
    """Every level of the factor in column ``factor`` against every other, the other moderators being equal.

    One row a pair, "second - first" in the order of the levels: estimate se statistic df p low high, and
    p_adjusted by a key of ADJUSTMENTS. ValueError for an unknown factor or one that takes part in an
    interaction, where the difference depends on the other moderators.
    """
    if adjust not in ADJUSTMENTS:
        raise ValueError(f"adjust must be one of {', '.join(ADJUSTMENTS)}, got {adjust!r}")
    rows = levels(regression.design, factor)
    from statsmodels.stats.multitest import multipletests

    pairs = list(combinations(rows, 2))
    table = regression.contrasts(
        np.array([rows[second] - rows[first] for first, second in pairs]),
        [f"{second} - {first}" for first, second in pairs],
    )
    return table.assign(p_adjusted=multipletests(table.p, method=ADJUSTMENTS[adjust].statsmodels)[1])


def levels(design: Design, factor: str) -> dict[str, Array]:
    """The row of the design that each level of a factor adds, zero for the level the others are held to."""
    for term in design.formula.terms:
        columns = [_column(part) for part in re.split("[:*]", term)]
        if len(columns) > 1 and factor in columns:
            raise ValueError(f"factor: {factor} takes part in an interaction; use predict for its levels")
    own = re.compile(r".*\[(?:T\.)?(.*)\]")
    found = {
        m[1]: i
        for i, name in enumerate(design.names)
        if _column(name) == factor and (m := own.fullmatch(name))
    }
    if not found:
        raise ValueError(f"factor must be the column of a factor in the formula, got {factor!r}")
    known = next(state for name, (_, state) in design.spec.encoder_state.items() if _column(name) == factor)
    rows = np.eye(len(design.names))
    return {
        level: rows[found[level]] if level in found else 0 * rows[0]
        for level in map(str, known["categories"])
    }


def _column(text: str) -> str:
    """The column that a term, a coefficient or a coding speaks of: alloc of C(alloc, ref='random')[T.x]."""
    found = re.match(r"(?:C\()?\s*(\w+)", text)
    return found[1] if found else text


@dataclass(frozen=True)
class Adjustment:
    """statsmodels: what ``multipletests`` calls it."""

    label: str
    statsmodels: str
    cite: str


ADJUSTMENTS: dict[str, Adjustment] = {
    "holm": Adjustment("Holm: the chance of any false finding, step down", "holm", "holm1979"),
    "bonferroni": Adjustment("Bonferroni: the chance of any false finding", "bonferroni", "dunn1961"),
    "BH": Adjustment("Benjamini-Hochberg: the share of false findings", "fdr_bh", "benjamini1995"),
}
