"""Arms and percentages: two arms as one, one shared out or recruited in clusters, change in percent."""

from __future__ import annotations

import numpy as np

from claimbook.effects.columns import complain
from claimbook.effects.measure import Columns, Form
from claimbook.effects.recovered import Conversion
from claimbook.effects.special import Array


def combine_arms(n1: Array, mean1: Array, sd1: Array, n2: Array, mean2: Array, sd2: Array) -> Columns:
    """The size, mean and SD of two groups taken together, exactly (Higgins et al. 2019, table 6.5.a).

    For more than two, combine the result with the next: the order does not matter.
    """
    n = n1 + n2
    squares = (n1 - 1) * sd1**2 + (n2 - 1) * sd2**2 + n1 * n2 / n * (mean1 - mean2) ** 2
    return {"n": n, "mean": (n1 * mean1 + n2 * mean2) / n, "sd": np.sqrt(squares / (n - 1))}


def combine_counts(events1: Array, n1: Array, events2: Array, n2: Array) -> Columns:
    """The events and size of two groups taken together."""
    complain("events1", events1, events1 > n1, "more events than n1")
    complain("events2", events2, events2 > n2, "more events than n2")
    return {"events": events1 + events2, "n": n1 + n2}


def split_arm(n: Array, parts: Array) -> Columns:
    """The size of each part of a group shared by ``parts`` comparisons; its mean and SD stay as they are."""
    return {"n": n / parts}


def split_counts(events: Array, n: Array, parts: Array) -> Columns:
    """The same for events."""
    complain("events", events, events > n, "more events than n")
    return {"events": events / parts, "n": n / parts}


def percent_change(
    n: Array, mean_pre: Array, sd_pre: Array, mean_post: Array, sd_post: Array, r: Array
) -> Columns:
    """100 (post / pre - 1) of the means, its SE by the delta method (Lajeunesse 2011)."""
    ratio, cv1, cv2 = mean_post / mean_pre, sd_post / mean_post, sd_pre / mean_pre
    se = np.abs(ratio) * np.sqrt((cv1**2 + cv2**2 - 2 * r * cv1 * cv2) / n)
    return {"percent": 100 * (ratio - 1), "se": 100 * se}


def design_effect(cluster_size: Array, icc: Array, cluster_cv: Array) -> Array:
    """1 + ((1 + cv^2) m - 1) icc, for clusters of mean size m, varying by cv (Eldridge et al. 2006)."""
    complain("cluster_size", cluster_size, cluster_size < 1, "must be 1 or more")
    effect: Array = 1 + ((1 + cluster_cv**2) * cluster_size - 1) * icc
    return effect


def effective_arm(n: Array, cluster_size: Array, icc: Array, cluster_cv: Array) -> Columns:
    """The size of an arm of independent people that says as much (Higgins et al. 2019, 23.1.4)."""
    effect = design_effect(cluster_size, icc, cluster_cv)
    return {"n": n / effect, "design_effect": effect}


def effective_counts(events: Array, n: Array, cluster_size: Array, icc: Array, cluster_cv: Array) -> Columns:
    """The same for events."""
    complain("events", events, events > n, "more events than n")
    effect = design_effect(cluster_size, icc, cluster_cv)
    return {"events": events / effect, "n": n / effect, "design_effect": effect}


def clustered_se(se: Array, cluster_size: Array, icc: Array, cluster_cv: Array) -> Columns:
    """A standard error that took people for independent, corrected (Higgins et al. 2019, 23.1.5)."""
    effect = design_effect(cluster_size, icc, cluster_cv)
    return {"se": se * np.sqrt(effect), "design_effect": effect}


COUNT = {"parts": "positive"}
CLUSTER = {"cluster_size": "positive", "icc": "share"}
SIZES = {"cluster_cv": 0.0}
ONE_ICC = "the ICC is that of this outcome in clusters of this kind, and the analysis took no account of them"
ONE_POPULATION = "the arms are samples of one population, as far as the question goes"

ARMS: dict[str, Conversion] = {
    "combine_arms": Conversion(
        "two arms as one",
        Form(("n1", "mean1", "sd1", "n2", "mean2", "sd2"), combine_arms),
        ONE_POPULATION,
    ),
    "combine_counts": Conversion(
        "events of two arms as one", Form(("events1", "n1", "events2", "n2"), combine_counts), ONE_POPULATION
    ),
    "split_arm": Conversion(
        "an arm shared out over comparisons",
        Form(("n", "parts"), split_arm, COUNT),
        "the comparisons count as independent, which they are only in part",
    ),
    "split_counts": Conversion(
        "events of an arm shared out over comparisons",
        Form(("events", "n", "parts"), split_counts, COUNT),
        "the comparisons count as independent, which they are only in part",
    ),
    "effective_arm": Conversion(
        "an arm recruited in clusters",
        Form(("n", "cluster_size", "icc"), effective_arm, CLUSTER, SIZES),
        ONE_ICC,
        "eldridge2006",
    ),
    "effective_counts": Conversion(
        "events of an arm recruited in clusters",
        Form(("events", "n", "cluster_size", "icc"), effective_counts, CLUSTER, SIZES),
        ONE_ICC,
        "eldridge2006",
    ),
    "clustered_se": Conversion(
        "standard error allowing for clusters",
        Form(("se", "cluster_size", "icc"), clustered_se, CLUSTER, SIZES),
        ONE_ICC,
        "eldridge2006",
    ),
    "percent_change": Conversion(
        "percent change of the mean with its SE",
        Form(("n", "mean_pre", "sd_pre", "mean_post", "sd_post", "r"), percent_change),
        "the change of the mean stands for the mean of the changes; r is that of these people",
        "lajeunesse2011",
    ),
}
