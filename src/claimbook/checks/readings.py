"""Is a printed spread an SD or an SE? The evidence of the other results of the same outcome.

The logarithms of true spreads (SDs, or coefficients of variation) of one outcome scatter around a common
centre ``mu`` with a standard deviation ``tau`` between studies. A standard error taken for an SD lies lower
by log(n) / 2, which is all that there is to see: with small groups or scattered studies it is little.

Each result is judged by the others. These are a mixture too, as some of them may hold SEs, so ``mu`` and
``tau`` are known only as a posterior over a grid. What spreads of one kind usually scatter by is learned
from the other outcomes of the library, and starts from TAU where there are none. Two groups of one study
share its deviation and scatter by their own sampling error, so that one group alone can be found wrong.

An SE is reported where the reading as SEs is BETTER times likelier and at most ALARM of true SDs would lie
so low (half of that where siblings have little power). From the same posterior follows how many mix-ups that
finds, the ``power`` of a result's siblings. `validation/lint` holds both promises against simulated studies.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import mul, sub
from typing import NamedTuple

PRIOR_ALL, PRIOR_ONE = 0.12, 0.01
"""How often all groups of a result hold SEs, and how often one certain group does. Kadlec et al. 2023 found
the mix-up in 9 of 20 highly cited meta-analyses, each with a few of its studies."""
TAUS = (0.10, 0.16, 0.25, 0.38, 0.60, 0.95)
TAU, TAU_SPREAD = 0.33, 0.55  # log-normal prior of tau: what spreads of one outcome differ by
OTHERS = 3.0  # how many other outcomes that prior counts for
BETWEEN_GROUPS = 0.12  # SD of log SDs of two groups of one study, beyond sampling error
AT_MOST = 30  # results that mu and tau are judged from; more add nothing that a reader could notice
FEWEST = 3  # studies below which siblings say nothing
MUS = 36  # points of the grid over mu
BETTER = 3.0  # how many times likelier the reading as SEs must be
ALARM = 0.05  # share of true SDs that may lie so low; half of it where there is LITTLE power
LITTLE = 0.75  # share of mix-ups found, below which siblings have little power
POWER = 0.92  # share of mix-ups found, from which on siblings are said to have power
NEGLIGIBLE = math.exp(-9.0)  # weight beside the likeliest point below which a point is left out
State = tuple[int, ...]


class Moments(NamedTuple):
    """Precision-weighted sums of a result's log spreads under one reading, and its prior probability."""

    prior: float
    weight: float
    mean: float
    squares: float

    def log_density(self, mu: float, tau2: float) -> float:
        """Normal log density of the groups, up to what all readings share."""
        _, weight, mean, squares = self
        variance = tau2 + 1 / weight
        return -0.5 * (squares + (mean - mu) ** 2 / variance + math.log(variance * weight))


@dataclass(frozen=True)
class Spreads:
    """The log spreads of one result's groups, read as SDs, and the group sizes. ``sure`` ones are no SEs.

    Results of one ``study`` share a table and its label, so they are no evidence for each other.
    """

    logs: tuple[float, ...]
    sizes: tuple[float, ...]
    study: str
    sure: bool = False

    @cached_property
    def states(self) -> dict[State, Moments]:
        """Which groups hold SEs: none, all, or one of several."""
        m = len(self.logs)
        if self.sure:
            return {(0,) * m: self._moments((0,) * m, 1.0)}
        ones = [tuple(int(i == j) for i in range(m)) for j in range(m)] if m > 1 else []
        priors = {(0,) * m: 1 - PRIOR_ALL - PRIOR_ONE * len(ones), (1,) * m: PRIOR_ALL}
        priors |= dict.fromkeys(ones, PRIOR_ONE)
        return {state: self._moments(state, prior) for state, prior in priors.items()}

    @property
    def as_sds(self) -> Moments:
        return self.states[(0,) * len(self.logs)]

    @property
    def shift(self) -> float:
        """How much lower SEs would lie, on average over the groups."""
        return sum(math.log(n) for n in self.sizes) / (2 * len(self.sizes))

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest mean log spread of all readings: as SDs, and as SEs."""
        precision = [1 / (1 / (2 * (n - 1)) + BETWEEN_GROUPS**2) for n in self.sizes]
        pairs = list(zip(precision, self.logs, self.sizes, strict=True))
        as_sds = sum([w * x for w, x, _ in pairs]) / sum(precision)
        as_ses = sum([w * (x + math.log(n) / 2) for w, x, n in pairs]) / sum(precision)
        return as_sds, as_sds if self.sure else as_ses

    def _moments(self, state: State, prior: float) -> Moments:
        precision = [1 / (1 / (2 * (n - 1)) + BETWEEN_GROUPS**2) for n in self.sizes]
        read = [x + z * math.log(n) / 2 for x, z, n in zip(self.logs, state, self.sizes, strict=True)]
        weight = sum(precision)
        mean = sum(w * x for w, x in zip(precision, read, strict=True)) / weight
        squares = sum(w * (x - mean) ** 2 for w, x in zip(precision, read, strict=True))
        return Moments(prior, weight, mean, squares)


class Point(NamedTuple):
    """One value of tau (squared) and mu with its probability."""

    tau2: float
    mu: float
    weight: float


class Trial(NamedTuple):
    """The share of true SDs that may lie so low, and the share of SEs that are then found."""

    alarm: float
    power: float


@dataclass(frozen=True)
class Expected:
    """What the others expect: a posterior of tau and mu."""

    points: tuple[Point, ...]

    @cached_property
    def centre(self) -> float:
        return sum(p.weight * p.mu for p in self.points)

    def likelihood(self, moments: Moments) -> float:
        total = 0.0
        for tau2, mu, weight in self.points:
            total += weight * math.exp(moments.log_density(mu, tau2))
        return total

    def below(self, moments: Moments) -> float:
        """The share of true results of this size whose mean log spread is lower."""
        noise, mean, total = 1 / moments.weight, moments.mean, 0.0
        for tau2, mu, weight in self.points:
            total += weight * math.erfc((mu - mean) / math.sqrt(2 * (tau2 + noise)))
        return total / 2

    def trial(self, spreads: Spreads) -> Trial:
        """How results with these group sizes are tried: with less power, fewer SDs may lie so low."""
        if spreads.sizes not in self._trials:
            shift, as_sds = spreads.shift, spreads.as_sds._replace(squares=0.0)
            found = Trial(ALARM, self._power(shift, as_sds, ALARM))
            if found.power < LITTLE:
                found = Trial(ALARM / 2, self._power(shift, as_sds, ALARM / 2))
            self._trials[spreads.sizes] = found
        return self._trials[spreads.sizes]

    @cached_property
    def _trials(self) -> dict[tuple[float, ...], Trial]:
        return {}

    def _power(self, shift: float, as_sds: Moments, alarm: float) -> float:
        """Found by halving: the largest mean log spread that would be reported, groups being alike."""
        low, high = self.centre - 2 * shift, self.centre
        if not self._reported(shift, as_sds._replace(mean=low), alarm):
            return 0.0
        for _ in range(12):
            middle = (low + high) / 2
            reported = self._reported(shift, as_sds._replace(mean=middle), alarm)
            low, high = (middle, high) if reported else (low, middle)
        return self.below(as_sds._replace(mean=low + shift))

    def _reported(self, shift: float, as_sds: Moments, alarm: float) -> bool:
        as_ses = as_sds._replace(mean=as_sds.mean + shift)
        better = self.likelihood(as_ses) >= BETTER * self.likelihood(as_sds)
        return better and self.below(as_sds) <= alarm


@dataclass(frozen=True)
class Reading:
    """What the others say of one result; nothing where they are too few."""

    spreads: Spreads
    expected: Expected | None

    @cached_property
    def _fits(self) -> dict[State, float]:
        """How well each reading fits, times how likely it is beforehand."""
        if self.expected is None:
            return {}
        states = self.spreads.states
        return {state: m.prior * self.expected.likelihood(m) for state, m in states.items()}

    @property
    def groups(self) -> State:
        """Which groups hold SEs, if any do; none where that is not in question."""
        wrong = [state for state in self._fits if any(state)]
        return max(wrong, key=self._fits.__getitem__, default=(0,) * len(self.spreads.logs))

    @property
    def factor(self) -> float:
        """How many times likelier the spreads are with SEs among them than as SDs; 0 without siblings."""
        right, prior = self._fits.get((0,) * len(self.spreads.logs), 0.0), self.spreads.as_sds.prior
        wrong = sum(self._fits.values()) - right
        return wrong / max(right, 1e-300) * prior / (1 - prior) if prior < 1 else 0.0

    @property
    def typical(self) -> float:
        """The spread that the others would expect."""
        return math.exp(self.expected.centre) if self.expected else math.nan

    def suspect(self, times: float = 1.0) -> bool:
        """Are SEs reported? ``times`` is how much likelier other evidence makes them, at least 1."""
        if self.expected is None or self.usual or self.factor * times < BETTER:
            return False
        alarm = self.expected.trial(self.spreads).alarm * times
        return not all(self.groups) or self.expected.below(self.spreads.as_sds) <= alarm

    @property
    def usual(self) -> bool:
        """Is every group far nearer to what the others expect than to where its SE would lie?"""
        centre = self.expected.centre if self.expected else 0.0
        pairs = zip(self.spreads.logs, self.spreads.sizes, strict=True)
        return all(x > centre - math.log(n) / 6 for x, n in pairs)

    @property
    def power(self) -> float:
        """The share of such results that would be reported if all their groups held SEs."""
        return 0.0 if self.expected is None or self.spreads.sure else self.expected.trial(self.spreads).power


def readings(outcomes: Sequence[Sequence[Spreads]]) -> list[list[Reading]]:
    """A Reading for each result of each outcome, in order; the outcomes tell each other what is usual."""
    grids = [_Grid(row) if len({s.study for s in row}) >= FEWEST else None for row in outcomes]
    nothing = (0.0,) * len(TAUS)
    usual = [_normalised(map(mul, _PRIOR, grid.by_tau)) if grid else nothing for grid in grids]
    total = [OTHERS * p + sum(column) for p, *column in zip(_PRIOR, *usual, strict=True)]
    return [
        grid.readings(list(map(sub, total, own))) if grid else [Reading(s, None) for s in spreads]
        for spreads, grid, own in zip(outcomes, grids, usual, strict=True)
    ]


def _normalised(values: Iterable[float]) -> tuple[float, ...]:
    found = tuple(values)
    return tuple(value / sum(found) for value in found)


_PRIOR = _normalised([math.exp(-((math.log(tau / TAU) / TAU_SPREAD) ** 2) / 2) for tau in TAUS])


class _Grid:
    """The likelihood of mu and tau by the results of one outcome, each of which can be left out again."""

    def __init__(self, spreads: Sequence[Spreads]) -> None:
        self.spreads = spreads
        lows, highs = zip(*(s.ends for s in spreads), strict=True)
        low, high = min(lows) - 0.3, max(highs) + 0.3
        self.mus = [low + (high - low) * i / (MUS - 1) for i in range(MUS)]
        step = math.ceil(len(spreads) / AT_MOST)
        self.tables = {i: self._table(spreads[i]) for i in range(0, len(spreads), step)}
        self.total = [sum(column) for column in zip(*self.tables.values(), strict=True)]

    def _table(self, spreads: Spreads) -> list[float]:
        """Log likelihood of one result at each tau and mu, tau changing slowest."""
        found = []
        for tau in TAUS:
            terms = []
            for m in spreads.states.values():
                variance = tau * tau + 1 / m.weight
                terms.append((math.log(m.prior) + m.log_density(m.mean, tau * tau), m.mean, -0.5 / variance))
            for mu in self.mus:
                exponents = [top + by * (mu - mean) ** 2 for top, mean, by in terms]
                peak = max(exponents)
                found.append(peak + math.log(sum([math.exp(x - peak) for x in exponents])))
        return found

    @property
    def by_tau(self) -> tuple[float, ...]:
        """Likelihood of each tau, in any unit."""
        peak = max(self.total)
        parts = [self.total[j * MUS : (j + 1) * MUS] for j in range(len(TAUS))]
        return tuple(sum(math.exp(x - peak) for x in part) for part in parts)

    def readings(self, prior: Sequence[float]) -> list[Reading]:
        """Each result, judged by those of other studies; the posterior of each study is made once."""
        heard: dict[str, list[list[float]]] = {}
        for index, table in self.tables.items():
            heard.setdefault(self.spreads[index].study, []).append(table)
        everybody = self._expected(self.total, prior)
        others = {study: self._expected(self._without(own), prior) for study, own in heard.items()}
        return [Reading(s, others.get(s.study, everybody)) for s in self.spreads]

    def _without(self, tables: Sequence[Sequence[float]]) -> list[float]:
        return [total - sum(own) for total, *own in zip(self.total, *tables, strict=True)]

    def _expected(self, logs: Sequence[float], prior: Sequence[float]) -> Expected:
        """The posterior under a prior of tau, in any unit, without the points that weigh nothing."""
        logs_of = [math.log(p) for p in prior]
        weighted = [x + logs_of[j // MUS] for j, x in enumerate(logs)]
        peak = max(weighted)
        weights = [math.exp(x - peak) for x in weighted]
        kept = [(j, w) for j, w in enumerate(weights) if w > NEGLIGIBLE]
        total = sum(w for _, w in kept)
        return Expected(tuple(Point(TAUS[j // MUS] ** 2, self.mus[j % MUS], w / total) for j, w in kept))
