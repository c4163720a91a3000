"""One group, events among people: a proportion.

PLO is the usual choice; PR keeps the proportion itself and is poor near 0 and 1; PAS and PFT have a variance
that does not depend on the proportion and bear zero events.
"""

from __future__ import annotations

import numpy as np

from claimbook.effects.columns import complain
from claimbook.effects.measure import Columns, Counts, Form, Measure, Pair
from claimbook.effects.scales import double_arcsine
from claimbook.effects.shared import probit, weighted_mean
from claimbook.effects.special import Array


def _with_others(events: Array, n: Array) -> Columns:
    complain("events", events, events > n, "more events than n")
    return {"events": events, "others": n - events}


def proportion(events: Array, others: Array, *, vtype: str) -> Pair:
    """PR; p (1 - p) over n (LS) or n - 1 (UB), or with the mean proportion of all rows (AV)."""
    n = events + others
    p = events / n
    spread = weighted_mean(p, n) if vtype == "AV" else p
    return p, spread * (1 - spread) / (n - 1 if vtype == "UB" else n)


def log_proportion(events: Array, others: Array, *, vtype: str) -> Pair:
    """PLN."""
    n = events + others
    p = events / n
    spread = weighted_mean(p, n) if vtype == "AV" else p
    return np.log(p), 1 / (n * spread) - 1 / n


def log_odds(events: Array, others: Array, *, vtype: str) -> Pair:
    """PLO."""
    n = events + others
    p = events / n
    spread = weighted_mean(p, n) if vtype == "AV" else p
    return np.log(events / others), 1 / (n * spread) + 1 / (n * (1 - spread))


def probit_proportion(events: Array, others: Array) -> Pair:
    """PRZ: the normal quantile of the proportion."""
    return probit(events / (events + others), events + others)


def arcsine_proportion(events: Array, others: Array) -> Pair:
    """PAS: the arcsine square root (Freeman & Tukey 1950)."""
    n = events + others
    return np.arcsin(np.sqrt(events / n)), 1 / (4 * n)


def freeman_tukey_proportion(events: Array, others: Array) -> Pair:
    """PFT: the mean of two arcsines (Freeman & Tukey 1950)."""
    n = events + others
    return double_arcsine(events, n), 1 / (4 * n + 2)


ONE = (Form(("events", "n"), _with_others),)
ZEROS = Counts(("events", "others"), groups=(("events", "others"),))
NO_NULL = float("nan")

PROPORTIONS: dict[str, Measure] = {
    "PR": Measure(
        "proportion",
        proportion,
        ONE,
        "fleiss2009",
        "proportion",
        null=NO_NULL,
        variances=("LS", "UB", "AV"),
        zeros=ZEROS,
    ),
    "PLN": Measure(
        "log proportion",
        log_proportion,
        ONE,
        "fleiss2009",
        "proportion",
        "log",
        NO_NULL,
        variances=("LS", "AV"),
        zeros=ZEROS,
    ),
    "PLO": Measure(
        "log odds",
        log_odds,
        ONE,
        "fleiss2009",
        "proportion",
        "logit",
        NO_NULL,
        variances=("LS", "AV"),
        zeros=ZEROS,
    ),
    "PRZ": Measure(
        "probit of a proportion",
        probit_proportion,
        ONE,
        "cox1989",
        "proportion",
        "probit",
        NO_NULL,
        zeros=ZEROS,
    ),
    "PAS": Measure(
        "arcsine square root of a proportion",
        arcsine_proportion,
        ONE,
        "freeman1950",
        "proportion",
        "arcsine",
        NO_NULL,
        zeros=ZEROS,
        add=0,
    ),
    "PFT": Measure(
        "Freeman-Tukey double arcsine of a proportion",
        freeman_tukey_proportion,
        ONE,
        "freeman1950",
        "proportion",
        "double arcsine",
        NO_NULL,
        zeros=ZEROS,
        add=0,
    ),
}
