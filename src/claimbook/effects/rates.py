"""Events over time at risk: two groups' rates compared, or one group's rate.

IRR and IRLN are the usual choice; IRD and IR keep the absolute rate; the square roots (IRSD, IRS, IRFT) have
a variance that does not depend on the rate and bear zero events.
"""

from __future__ import annotations

import numpy as np

from claimbook.effects.measure import Counts, Form, Measure, Pair
from claimbook.effects.scales import double_square_root
from claimbook.effects.special import Array


def log_rate_ratio(events1: Array, time1: Array, events2: Array, time2: Array) -> Pair:
    """IRR (Rothman, Greenland & Lash 2008)."""
    return np.log(events1 / time1) - np.log(events2 / time2), 1 / events1 + 1 / events2


def rate_difference(events1: Array, time1: Array, events2: Array, time2: Array) -> Pair:
    """IRD (Rothman, Greenland & Lash 2008)."""
    return events1 / time1 - events2 / time2, events1 / time1**2 + events2 / time2**2


def root_rate_difference(events1: Array, time1: Array, events2: Array, time2: Array) -> Pair:
    """IRSD (Bagos & Nikolopoulos 2009)."""
    return np.sqrt(events1 / time1) - np.sqrt(events2 / time2), 1 / (4 * time1) + 1 / (4 * time2)


def rate(events: Array, time: Array) -> Pair:
    """IR (Rothman, Greenland & Lash 2008)."""
    return events / time, events / time**2


def log_rate(events: Array, time: Array) -> Pair:
    """IRLN (Rothman, Greenland & Lash 2008)."""
    return np.log(events / time), 1 / events


def root_rate(events: Array, time: Array) -> Pair:
    """IRS: the square root of a rate (Bagos & Nikolopoulos 2009)."""
    return np.sqrt(events / time), 1 / (4 * time)


def freeman_tukey_rate(events: Array, time: Array) -> Pair:
    """IRFT (Freeman & Tukey 1950)."""
    return double_square_root(events, time), 1 / (4 * time)


TWO = (Form(("events1", "time1", "events2", "time2")),)
ONE = (Form(("events", "time")),)
NO_NULL = float("nan")
BOTH = Counts(("events1", "events2"), silent=(("events1", "events2"),))
EACH = Counts(("events",))

RATES: dict[str, Measure] = {
    "IRR": Measure(
        "log incidence rate ratio", log_rate_ratio, TWO, "rothman2008", "rates", "log", zeros=BOTH
    ),
    "IRD": Measure("incidence rate difference", rate_difference, TWO, "rothman2008", "rates", zeros=BOTH),
    "IRSD": Measure(
        "difference of square roots of rates",
        root_rate_difference,
        TWO,
        "bagos2009",
        "rates",
        zeros=BOTH,
        add=0,
    ),
    "IR": Measure("incidence rate", rate, ONE, "rothman2008", "rate", null=NO_NULL, zeros=EACH),
    "IRLN": Measure("log incidence rate", log_rate, ONE, "rothman2008", "rate", "log", NO_NULL, zeros=EACH),
    "IRS": Measure(
        "square root of an incidence rate",
        root_rate,
        ONE,
        "bagos2009",
        "rate",
        "square root",
        NO_NULL,
        zeros=EACH,
        add=0,
    ),
    "IRFT": Measure(
        "Freeman-Tukey incidence rate",
        freeman_tukey_rate,
        ONE,
        "freeman1950",
        "rate",
        "double square root",
        NO_NULL,
        zeros=EACH,
        add=0,
    ),
}
