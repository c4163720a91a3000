"""The effects against what the studies differ in: the bubble plot of a meta-regression."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from claimbook.book import figures, words
from claimbook.book.chart import Chart, Dots, Side, Trace
from claimbook.book.charts import around, data, effect_side, table_rows

if TYPE_CHECKING:
    from claimbook.findings import Finding


def bubble(finding: Finding, values: Sequence[float | None], name: str) -> Chart | None:
    """The effects against a moderator with one value for each used row (None where it is not known).

    The line is the meta-regression on it with the claim's own tau2; a larger bubble weighs more. None
    where fewer than four rows have a value, all have the same, or the fit does not converge.
    """
    y, v, labels, model = data(finding)
    kept = [(one, *rest) for one, *rest in zip(values, y, v, labels, strict=True) if one is not None]
    if len(kept) < 4 or len({one for one, *_ in kept}) < 2:
        return None
    import numpy as np

    from claimbook.synthesis import NonConvergence
    from claimbook.synthesis.linear import fit

    x, y, v, labels = (list(column) for column in zip(*kept, strict=True))
    try:
        f = fit(y, v, np.column_stack([np.ones(len(x)), x]), model["tau2"], model["interval"])
    except NonConvergence:
        return None
    weights = [1 / (one + f.tau2) for one in v]
    sizes = [2.5 + 6 * math.sqrt(weight / max(weights)) for weight in weights]
    intercept, slope = (float(one) for one in f.beta)
    ends = around(x)
    scale = figures.scale(finding)
    per = scale.text(slope) if not scale.log else f"a factor of {words.number(math.exp(slope))}"
    return Chart(
        f"Effects by {name}",
        f"Over {len(x)} comparisons the effect changes by {per} for each step of one in {name}; such a slope "
        "compares studies, not people.",
        Side(words.sentence_case(name), *ends),
        effect_side(finding, *around([*y, 0.0])),
        Dots(list(zip(x, y, strict=True)), sizes=sizes),
        [Trace([(end, intercept + slope * end) for end in ends], dashed=True)],
        columns=["Study", words.sentence_case(name), "Effect"],
        rows=table_rows(labels, x, y),
    )
