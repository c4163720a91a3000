"""Mean and SD from a median with the range (S1), with the quartiles (S2) or with both (S3).

Which to use: ``luo-wan-shi`` where the data may be normal; ``log-normal`` or ``qe`` (quantile_fit.py) where
they are skewed. ``logs`` gives mean and SD of the logarithms. Hozo, Bland, Walter and plain Wan are here to
reproduce what reviews did with them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from claimbook.effects.columns import complain
from claimbook.effects.measure import Columns, Form
from claimbook.effects.quantile_fit import best_fit
from claimbook.effects.recovered import Conversion
from claimbook.effects.shared import normal_density
from claimbook.effects.special import Array, ndtr, ndtri

MeanAndSd = tuple[Array, Array]


class Summary(NamedTuple):
    """Five-number summaries, a row for each group; nan where not printed."""

    low: Array
    q1: Array
    median: Array
    q3: Array
    high: Array
    n: Array

    def by_case(self, s1: Any, s2: Any, s3: Any) -> Array:
        """A value for each row by what it has; nan where it has neither range nor quartiles."""
        ends, middle = ~np.isnan(self.low + self.high), ~np.isnan(self.q1 + self.q3)
        return np.select([ends & middle, middle, ends], [s3, s2, s1], np.nan)

    def logs(self) -> Summary:
        low, q1, median, q3, high = (np.log(np.where(x > 0, x, np.nan)) for x in self[:5])
        return Summary(low, q1, median, q3, high, self.n)


def range_units(n: Array) -> Array:
    """How many SDs lie between minimum and maximum of n normal values, nearly (Wan et al. 2014, eq. 9)."""
    return 2 * ndtri((n - 0.375) / (n + 0.25))


def quartile_units(n: Array) -> Array:
    """How many SDs lie between the quartiles of n normal values, nearly (Wan et al. 2014, eq. 16)."""
    return 2 * ndtri((0.75 * n - 0.125) / (n + 0.25))


def luo_mean(s: Summary) -> Array:
    """Luo et al. (2018), eq. 7 (S1), 11 (S2) and 15 (S3)."""
    ends, middle, m = (s.low + s.high) / 2, (s.q1 + s.q3) / 2, s.median
    w1, w2 = 4 / (4 + s.n**0.75), 0.7 + 0.39 / s.n
    u1, u2 = 2.2 / (2.2 + s.n**0.75), 0.7 - 0.72 / s.n**0.55
    return s.by_case(
        w1 * ends + (1 - w1) * m, w2 * middle + (1 - w2) * m, u1 * ends + u2 * middle + (1 - u1 - u2) * m
    )


def shi_sd(s: Summary) -> Array:
    """Wan et al. (2014), eq. 9 (S1) and 16 (S2); Shi, Luo et al. (2020), eq. 10 (S3)."""
    of_range, of_quartiles = _wan_sds(s)
    w = 1 / (1 + 0.07 * s.n**0.6)
    return s.by_case(of_range, of_quartiles, w * of_range + (1 - w) * of_quartiles)


def _wan_sds(s: Summary) -> MeanAndSd:
    return (s.high - s.low) / range_units(s.n), (s.q3 - s.q1) / quartile_units(s.n)


def luo_wan_shi(s: Summary) -> MeanAndSd:
    return luo_mean(s), shi_sd(s)


def luo_inflation(s: Summary) -> Array:
    """For S2: the large-sample variance of Luo's mean over that of the mean of normal data; else nan."""
    w = 0.7 + 0.39 / s.n
    density, centre = normal_density(ndtri(np.array(0.25))), normal_density(np.array(0.0))
    quartiles = (0.1875 + 0.0625) / (2 * density**2)
    between = 0.125 / (density * centre)
    v = w**2 * quartiles + (1 - w) ** 2 * 0.25 / centre**2 + 2 * w * (1 - w) * between
    return s.by_case(np.nan, v, np.nan)


def of_logs(s: Summary) -> MeanAndSd:
    """Mean and SD of the logarithms, the variance less its bias (Shi, Tong et al. 2020)."""
    logs, log_n = s.logs(), np.log(s.n)
    bias = s.by_case(1.01 + 0.25 / log_n**2, 1 + 1.58 / s.n, 1 + 0.28 / log_n**2)
    return luo_mean(logs), shi_sd(logs) / np.sqrt(bias)


def log_normal(s: Summary) -> MeanAndSd:
    """Mean and SD of log-normal data, less their bias (Shi, Tong et al. 2020)."""
    mu, sigma = of_logs(s)
    bias = s.by_case(1 + 2.23 / np.log(s.n) ** 2, 1 + 19.2 / s.n**1.2, 1 + 3.93 / s.n)
    fourth = shi_sd(s.logs()) ** 4 / bias
    second_order = s.by_case(0.565, 0.57, 0.405) * sigma**2 / s.n
    fourth_order = s.by_case(0.37, 0.75, 0.315) * fourth / s.n
    mean = np.exp(mu + sigma**2 / 2) / (1 + second_order + fourth_order)
    square = np.exp(2 * mu + 2 * sigma**2) / (1 + 4 * second_order + 16 * fourth_order)
    return mean, np.sqrt(square - np.exp(2 * mu + sigma**2) / (1 + 4 * second_order + 4 * fourth_order))


def wan(s: Summary) -> MeanAndSd:
    """Wan et al. (2014): plain weights for the mean, both spreads alike in the SD of S3."""
    of_range, of_quartiles = _wan_sds(s)
    mean = s.by_case((s.low + 2 * s.median + s.high) / 4, (s.q1 + s.median + s.q3) / 3, _bland_mean(s))
    return mean, s.by_case(of_range, of_quartiles, (of_range + of_quartiles) / 2)


def hozo(s: Summary) -> MeanAndSd:
    """Hozo et al. (2005) for S1: the SD by a formula to n = 15, range / 4 to n = 70, range / 6 beyond."""
    spread = s.high - s.low
    few = np.sqrt(((s.low - 2 * s.median + s.high) ** 2 / 4 + spread**2) / 12)
    sd = np.select([s.n <= 15, s.n <= 70], [few, spread / 4], spread / 6)
    return s.by_case((s.low + 2 * s.median + s.high) / 4, np.nan, np.nan), s.by_case(sd, np.nan, np.nan)


def bland(s: Summary) -> MeanAndSd:
    """Bland (2015) for S3."""
    squares = (s.low**2 + 2 * s.q1**2 + 2 * s.median**2 + 2 * s.q3**2 + s.high**2) / 16
    products = (s.low * s.q1 + s.q1 * s.median + s.median * s.q3 + s.q3 * s.high) / 8
    mean = _bland_mean(s)
    return s.by_case(np.nan, np.nan, mean), s.by_case(np.nan, np.nan, np.sqrt(squares + products - mean**2))


def _bland_mean(s: Summary) -> Array:
    return (s.low + 2 * s.q1 + 2 * s.median + 2 * s.q3 + s.high) / 8


def walter(s: Summary) -> MeanAndSd:
    """Walter & Yao (2007) for S1: the median, and the range over its expectation."""
    sd = (s.high - s.low) / expected_range(s.n)
    return s.by_case(s.median, np.nan, np.nan), s.by_case(sd, np.nan, np.nan)


def expected_range(n: Array) -> Array:
    """The mean range of n standard normal values, the integral of 1 - F^n - (1 - F)^n (Tippett 1925)."""
    x = np.linspace(-12, 12, 2401)
    below = ndtr(x)[:, None]
    total: Array = np.sum(1 - below**n - (1 - below) ** n, axis=0) * (x[1] - x[0])
    return total


def quantile_estimation(s: Summary) -> MeanAndSd:
    """McGrath et al. (2020)."""
    shares = np.array([1 / s.n, 0.25 + 0 * s.n, 0.5 + 0 * s.n, 0.75 + 0 * s.n, 1 - 1 / s.n]).T
    rows = zip(np.array(s[:5]).T, shares, strict=True)
    found = np.array([_fit_row(values, at) for values, at in rows]).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _fit_row(values: Array, shares: Array) -> tuple[float, float]:
    known = ~np.isnan(values)
    if np.sum(known) < 3 or np.ptp(values[known]) == 0:
        return np.nan, np.nan
    return best_fit(values[known], shares[known])


def skewness(s: Summary) -> MeanAndSd:
    """The test statistic of Shi et al. (2023) and its critical value at 5 %; skewed if it reaches that."""
    ends = np.abs(s.low + s.high - 2 * s.median) / (s.high - s.low)
    middle = np.abs(s.q1 + s.q3 - 2 * s.median) / (s.q3 - s.q1)
    root = np.sqrt(s.n)
    both = np.maximum(2.65 * np.log(0.6 * s.n) / root * ends, middle)
    critical = s.by_case(
        1.01 / np.log(s.n + 9) + 2.43 / (s.n + 1), 2.65 / root - 6 / s.n**2, 3 / root - 40 / s.n**3
    )
    return s.by_case(ends, middle, both), critical


def mean_and_sd(
    n: Array, minimum: Array, q1: Array, median: Array, q3: Array, maximum: Array, method: Any, if_skewed: Any
) -> Columns:
    """Mean and SD of each row by its ``method``, with the skewness test; nan for n < 5.

    With ``if_skewed="missing"`` a row whose test rejects symmetry gives nan; methods that do not assume it
    are not tested.
    """
    steps = (minimum, q1, median, q3, maximum)
    floor = np.where([METHODS[word].logs for word in method], 0.0, -np.inf)
    for name, column in zip(NAMES, steps, strict=True):
        complain(name, column, (floor == 0) & (column <= 0), "must be greater than 0 to have a logarithm")
        complain(name, column, column < floor, "below a quantile that it must not be below")
        floor = np.fmax(floor, column)
    mean, sd, statistic, critical, inflation = (np.full_like(n, np.nan) for _ in range(5))
    for word in np.unique(method):
        rows = (method == word) & (n >= 5)
        s = Summary(*(column[rows] for column in (*steps, n)))
        mean[rows], sd[rows] = METHODS[word].function(s)
        if word == "luo-wan-shi":
            inflation[rows] = luo_inflation(s)
        if METHODS[word].tested:
            statistic[rows], critical[rows] = skewness(s.logs() if METHODS[word].logs else s)
    lost = (if_skewed == "missing") & (statistic >= critical)
    mean, sd = (np.where(lost, np.nan, column) for column in (mean, sd))
    return {"mean": mean, "sd": sd, "skewness": statistic, "critical": critical, "inflation": inflation}


class Method(NamedTuple):
    label: str
    function: Callable[[Summary], MeanAndSd]
    cite: str
    tested: bool = True
    logs: bool = False


NAMES = ("minimum", "q1", "median", "q3", "maximum")
METHODS: dict[str, Method] = {
    "luo-wan-shi": Method("normal data, best weights", luo_wan_shi, "luo2018"),
    "log-normal": Method("log-normal data", log_normal, "shi2020lognormal", logs=True),
    "logs": Method("log-normal data, mean and SD of the logarithms", of_logs, "shi2020lognormal", logs=True),
    "qe": Method("the best fitting of five distributions", quantile_estimation, "mcgrath2020", tested=False),
    "wan2014": Method("normal data, plain weights", wan, "wan2014"),
    "hozo2005": Method("from the range by rules of thumb", hozo, "hozo2005"),
    "bland2015": Method("from all five numbers", bland, "bland2015"),
    "walter2007": Method("median, and SD from the range", walter, "walter2007"),
}

TOO_SKEWED = "too skewed for this method; log-normal or qe may do, if_skewed='keep' computes all the same"

QUANTILES: dict[str, Conversion] = {
    "mean_and_sd": Conversion(
        "mean and SD from a median, quartiles and range",
        Form(
            ("n",),
            mean_and_sd,
            optional=dict.fromkeys(NAMES, np.nan),
            words={"method": tuple(METHODS), "if_skewed": ("missing", "keep")},
        ),
        "the data come from the distribution of the method; such a mean is less precise than a printed one",
        "luo2018",
        ("mean", "sd"),
        {TOO_SKEWED: lambda values: values["skewness"] >= values["critical"]},
    ),
}
