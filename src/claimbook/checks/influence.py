"""M403 and M404: studies that stand apart, and studies that decide."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from claimbook.checks.distributions import normal_quantile
from claimbook.checks.intervals import SCALES
from claimbook.checks.pools import Pool, pools
from claimbook.checks.rounding import value_of
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import View

if TYPE_CHECKING:
    from claimbook.records import Claim

MOST = 200  # studies beyond which no single one is looked at
ALPHA = 0.05


def outliers(view: View) -> Iterator[Hit]:
    """A study farther from the others than chance allows among so many.

    The externally studentised residual of each study (its distance from the mean of the others, over the
    standard error of that distance) is compared with the largest that k normal values show in one of twenty
    pools. Pools of 3 to 200 studies are looked at. An outlier is a reason to open the paper, not to drop it.

    Fails:

    ```yaml
    # a folder
    records:
      one: {}
      two: {}
      three: {}
      four: {}
      odd:
        results:
          - id: main
            means:
              of: final
              intervention: {arm: trained, n: 40, mean: 190.0, sd: 9.0}
              comparator: {arm: control, n: 40, mean: 100.0, sd: 9.0}
    claims:
      claim:
        studies:
          - {study: one, result: main}
          - {study: two, result: main}
          - {study: three, result: main}
          - {study: four, result: main}
          - {study: odd, result: main}
    ```

    Passes:

    ```yaml
    # a folder
    records: {one: {}, two: {}, three: {}}
    claims:
      claim:
        studies: [{study: one, result: main}, {study: two, result: main}, {study: three, result: main}]
    ```

    Source: Viechtbauer & Cheung 2010, Res Synth Methods 1:112-125.
    """
    for pool, left, rest in view.once(each_left_out):
        residual = (pool.y[left] - rest.estimate) / math.sqrt(pool.v[left] + rest.tau2 + rest.se**2)
        if abs(residual) > normal_quantile(1 - ALPHA / (2 * len(pool.rows))):
            both = f"{pool.pooled.estimate:.2f} with it, {rest.estimate:.2f} without"
            message = f"{pool.name(left)} lies {abs(residual):.1f} standard errors from the others: {both}"
            yield Hit(pool.where(view, left), message)


def each_left_out(view: View) -> list[tuple[Pool, int, Any]]:
    """Every pool of 3 to MOST studies without each of them: (pool, position left out, fit of the rest)."""
    chosen = [pool for pool in view.once(pools) if 3 <= len(pool.rows) <= MOST]
    return [(pool, left, pool.without(left)) for pool in chosen for left in range(len(pool.rows))]


def one_study_decides(view: View) -> Iterator[Hit]:
    """One study that holds over half the weight, or without which the answer changes.

    The answer changes when the interval no longer excludes no effect, or begins to, or changes sides of the
    worthwhile effect. Pools of 3 to 200 studies are looked at.

    Fails:

    ```yaml
    # a folder
    records:
      one: {}
      two: {}
      large:
        results:
          - id: main
            means:
              of: final
              intervention: {arm: trained, n: 400, mean: 103.1, sd: 9.0}
              comparator: {arm: control, n: 400, mean: 100.0, sd: 9.0}
    claims:
      claim:
        studies: [{study: one, result: main}, {study: two, result: main}, {study: large, result: main}]
    ```

    Passes:

    ```yaml
    # a folder
    records: {one: {}, two: {}, three: {}}
    claims:
      claim:
        studies: [{study: one, result: main}, {study: two, result: main}, {study: three, result: main}]
    ```

    Source: Cochrane Handbook for Systematic Reviews of Interventions, section 10.14.
    """
    for pool, left, rest in view.once(each_left_out):
        share = 100 * float(pool.pooled.weights[left])
        if share > 50:
            yield Hit(pool.where(view, left), f"{pool.name(left)} holds {share:.0f} % of the weight")
        elif _answer(pool.claim, pool.pooled) != _answer(pool.claim, rest):
            both = f"{_shown(pool.pooled)} with it, {_shown(rest)} without"
            yield Hit(pool.where(view, left), f"{pool.name(left)} decides: {both}")


def _shown(fit: Any) -> str:
    return f"{fit.estimate:.2f} ({fit.low:.2f}, {fit.high:.2f})"


def _answer(claim: Claim, fit: Any) -> tuple[int, ...]:
    """On which side of no effect, and of the worthwhile effect, the interval lies (0: on both)."""
    lines = [0.0]
    mid = value_of(claim.worthwhile.value) if claim.worthwhile else None
    scale = SCALES.get((claim.measure or "").upper())
    if mid is not None and claim.asserts in READ_AGAINST_WORTHWHILE and (scale is None or scale.defined(mid)):
        margin = abs(scale.to(mid) if scale else mid)
        lines += [-margin, margin]
    return tuple(1 if fit.low > line else -1 if fit.high < line else 0 for line in lines)


READ_AGAINST_WORTHWHILE = frozenset({"no_loss", "no_difference"})


CHECKS = (
    Check(
        "M403",
        "outlier",
        "warning",
        outliers,
        "A study so far off is often an error of extraction, an SE read as an SD above all.",
        "open the paper and compare the numbers; if they stand, say so in a waiver",
    ),
    Check(
        "M404",
        "one-study-decides",
        "warning",
        one_study_decides,
        "The conclusion is that of one study with others around it.",
        "say so in `limits`, and read this study's risk of bias again",
    ),
)
