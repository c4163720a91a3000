"""Every combination of the defensible decisions behind a claim, each pooled, graded and given its verdict.

One analysis is one path through many decisions; here all of them are walked (Steegen et al. 2016,
`steegen2016`; of meta-analyses Voracek et al. 2019, `voracek2019`). `findings.decisions` says what counts
as defensible. The specifications in the order of their estimates are the specification curve (Simonsohn et
al. 2020, `simonsohn2020`). They rest on one body of data, so a share of them is no probability.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from math import prod
from typing import TYPE_CHECKING, Any

from claimbook.findings.decisions import Body, Decision, Scope, decisions
from claimbook.findings.finding import find
from claimbook.findings.specifications import (
    Specification,
    effects,
    evidence_of,
    grader,
    pool_sets,
    specification,
)

if TYPE_CHECKING:
    import pandas as pd

    from claimbook.records import Library

MOST = 10_000
RESULTS = ("k", "estimate", "low", "high", "p", "tau2", "i2")


@dataclass(frozen=True, eq=False, repr=False)
class Multiverse:
    """All specifications of a claim, or a random sample of them.

    ``specifications`` has a row for each: the option of every decision by its name, then k, estimate, low,
    high, p, tau2, i2 (in percent), certainty and verdict. The first is the claim's own. ``possible`` is how
    many combinations of options there are; those that do not exist have no row: no study may be at low risk
    of bias, an interval may belong to one estimator.
    """

    claim: str
    measure: str
    decisions: tuple[Decision, ...]
    specifications: pd.DataFrame
    possible: int
    sampled: bool

    def __repr__(self) -> str:
        of = f"{len(self.specifications):,} specifications of {self.possible:,}"
        return f"Multiverse({self.claim!r}, {of}, {self.shares()[self.verdict]:.1%} {self.verdict!r})"

    def frame(self) -> pd.DataFrame:
        return self.specifications.copy()

    def curve(self) -> pd.DataFrame:
        """The specification curve: in the order of the estimates, the claim's own marked."""
        marked = self.specifications.assign(own=self.specifications.index == 0)
        return marked.sort_values("estimate", kind="stable", ignore_index=True)

    def shares(self, of: str = "verdict") -> dict[str, float]:
        """The share of specifications with each verdict, or each certainty, the most frequent first."""
        if of not in ("verdict", "certainty"):
            raise ValueError(f"of must be verdict or certainty, got {of!r}")
        shares = self.specifications[of].value_counts(normalize=True)
        return dict(zip(shares.index, shares, strict=True))

    @property
    def verdict(self) -> str:
        """The verdict of the claim's own specification."""
        return str(self.specifications["verdict"].iloc[0])

    def importance(self) -> pd.DataFrame:
        """Which decision matters most: a row for each, by its share of the variance of the estimates.

        ``of_estimate`` is the variance of the options' mean estimates over that of all estimates, and
        ``of_verdict`` the same of whether the verdict is the claim's own: the first-order indices of Sobol'
        (2001, `sobol2001`). Where all combinations exist they add up to one less what decisions do only
        together. ``lowest`` and ``highest`` are the least and the largest of the options' mean estimates.
        """
        import pandas as pd

        table = self.specifications
        same = (table["verdict"] == self.verdict).astype(float)
        lines = {}
        for decision in self.decisions:
            means = table["estimate"].groupby(table[decision.name]).mean()
            shares = [_explained(values, table[decision.name]) for values in (table["estimate"], same)]
            lines[decision.name] = [len(decision.options), *shares, means.min(), means.max()]
        columns = ["options", "of_estimate", "of_verdict", "lowest", "highest"]
        made = pd.DataFrame.from_dict(lines, orient="index", columns=columns).rename_axis("decision")
        return made.sort_values("of_estimate", ascending=False, kind="stable")


def _explained(values: pd.Series[float], option: pd.Series[str]) -> float:
    """The variance of the options' means over that of the values; zero where nothing varies."""
    total = float(values.var(ddof=0))
    means = values.groupby(option).transform("mean")
    return float(means.var(ddof=0)) / total if total > 0 else 0.0


def multiverse(
    library: Library, claim: str, scope: Scope | None = None, most: int = MOST, seed: int = 1
) -> Multiverse:
    """Every specification of a claim within a scope, each pooled and graded.

    Where there are more than ``most``, as many are drawn at random without replacement, the claim's own among
    them. KeyError where there is no such claim; ValueError where nothing could be pooled.
    """
    import pandas as pd

    finding = find(library, claim)
    if finding.pooled is None:
        raise ValueError(f"claim {claim!r} has no pooled effect. {finding.not_graded or finding.sentence}")
    body = Body(library, finding)
    decided = decisions(body, scope or Scope())
    possible = prod(len(decision.options) for decision in decided)
    paths = [
        specification(body, decided, _options(number, decided)) for number in _drawn(possible, most, seed)
    ]
    table = pd.DataFrame(list(_lines(body, paths)))
    return Multiverse(claim, finding.measure, decided, table, possible, possible > most)


def _drawn(possible: int, most: int, seed: int) -> Sequence[int]:
    """The numbers of the specifications, zero first: the claim's own."""
    if most < 1:
        raise ValueError(f"most must be at least 1, got {most!r}")
    if possible <= most:
        return range(possible)
    others = random.Random(seed).sample(range(1, min(possible, sys.maxsize)), most - 1)
    return [0, *sorted(others)]


def _options(number: int, decided: Sequence[Decision]) -> list[int]:
    """The number of each decision's option in a specification, itself numbered from zero."""
    options = []
    for decision in reversed(decided):
        number, option = divmod(number, len(decision.options))
        options.append(option)
    return options[::-1]


def _lines(body: Body, paths: Sequence[Specification]) -> Iterator[dict[str, Any]]:
    """The table's lines: a specification that pools no study, or by no model, has none."""
    sets = effects(body, dict.fromkeys(path.data for path in paths))
    models = dict.fromkeys(path.model for path in paths if path.model.exists)
    fits = {model: dict(zip(sets, pool_sets(list(sets.values()), model), strict=True)) for model in models}
    evidence, claim = cache(partial(evidence_of, body)), body.finding.claim
    grade = cache(lambda rows, middle: grader(evidence(rows), rows, middle, claim))
    graders = {data: grade(rows, data.middle) for data, rows in sets.items()}
    for path in paths:
        if path.data in sets and path.model in models:
            fit = fits[path.model][path.data]
            numbers = {name: getattr(fit, name) for name in RESULTS}
            yield path.words | numbers | graders[path.data](fit)._asdict()
