"""M401, M402, M406, M407: does the model suit the studies that it pools?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from claimbook.checks.pools import fit, pools, unknown_words
from claimbook.checks.rounding import value_of
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import View
from claimbook.problems import did_you_mean
from claimbook.records.models import Counts

FEW = 5
FEW_FOR_ASYMMETRY = 10


def few_studies(view: View) -> Iterator[Hit]:
    """A normal interval for a random-effects mean of fewer than five studies.

    With few studies the spread between them is hardly known, and a normal interval ignores that: it covers
    the mean in far fewer than 95 of 100 cases. The message gives the Hartung-Knapp-Sidik-Jonkman interval.

    Fails:

    ```yaml
    # a folder
    records: {one: {}, two: {}, three: {}}
    claims:
      claim:
        studies: [{study: one, result: main}, {study: two, result: main}, {study: three, result: main}]
        model: {tau2: DL, interval: z}
    ```

    Passes:

    ```yaml
    # a folder
    records: {one: {}, two: {}, three: {}}
    claims:
      claim:
        studies: [{study: one, result: main}, {study: two, result: main}, {study: three, result: main}]
        model: {tau2: DL, interval: HKSJ}
    ```

    Source: IntHout, Ioannidis & Borm 2014, BMC Med Res Methodol 14:25.
    """
    for pool in view.once(pools):
        chosen = pool.claim.model
        if len(pool.rows) < FEW and chosen.interval == "z" and chosen.tau2 != "EE":
            other = fit(pool.claim, pool.y, pool.v, interval="HKSJ")
            both = f"a normal interval {_interval(pool.pooled)}; HKSJ gives {_interval(other)}"
            message = f"{len(pool.rows)} studies with {both}"
            yield Hit(view.library.where(pool.claim.claim, "model", "interval"), message)


def _interval(pooled: Any) -> str:
    return f"({pooled.low:.3g}, {pooled.high:.3g})"


_ASYMMETRY = (
    r"(?i)\b(egger|begg|peters|harbord|funnel|trim[- ]and[- ]fill|asymmetr\w+"
    r"|small[- ]study (?:effects?|tests?|bias))\b"
)


def asymmetry_with_few(view: View) -> Iterator[Hit]:
    """A reason about publication bias that rests on a small-study test of fewer than ten studies.

    With fewer than ten studies neither a test nor a funnel plot can tell asymmetry from chance.

    Fails:

    ```yaml
    # a claim
    publication_bias: {because: Egger's test shows no asymmetry.}
    ```

    Passes:

    ```yaml
    # a claim
    publication_bias: {because: One registered trial has not been published.}
    ```

    Source: Sterne et al. 2011, BMJ 343:d4002.
    """
    for claim in view.library.claims.values():
        k = len(claim.studies)
        said = claim.publication_bias
        found = re.search(_ASYMMETRY, said.because) if said else None
        if found and k < FEW_FOR_ASYMMETRY:
            where = view.library.where(claim.claim, "publication_bias", "because")
            yield Hit(where, f'"{found[0]}" with {k} {"study" if k == 1 else "studies"}')


def sparse_events(view: View) -> Iterator[Hit]:
    """No events in a group, and a method that weighs by inverse variance.

    A zero makes a ratio infinite, so a constant is added to every cell, which pulls the pool towards no
    effect or beyond. Methods that need no constant: Mantel-Haenszel, and Peto's where events are rare, groups
    alike in size and effects small.

    Fails:

    ```yaml
    # a folder
    records:
      one:
        results:
          - id: main
            counts:
              intervention: {arm: trained, events: 0, n: 40}
              comparator: {arm: control, events: 3, n: 41}
    claims:
      claim: {measure: RR, studies: [{study: one, result: main}]}
    ```

    Passes:

    ```yaml
    # a folder
    records:
      one:
        results:
          - id: main
            counts:
              intervention: {arm: trained, events: 2, n: 40}
              comparator: {arm: control, events: 5, n: 41}
    claims:
      claim: {measure: RR, studies: [{study: one, result: main}]}
    ```

    Source: Sweeting, Sutton & Lambert 2004, Stat Med 23:1351-1375.
    """
    for claim in view.library.claims.values():
        for index, item in view.used(claim) if claim.measure in {"RR", "OR", "RD"} else ():
            counts = item.result.counts
            empty = _empty_cells(counts) if counts else []
            if empty:
                where = view.library.where(claim.claim, "studies", index)
                balanced = "Peto's or Mantel-Haenszel" if claim.measure == "OR" else "Mantel-Haenszel"
                message = f"{item.key} {item.result.id} has {' and '.join(empty)}; {balanced} suits better"
                yield Hit(where, message)


def _empty_cells(counts: Counts) -> list[str]:
    found = []
    for side, arm in (("intervention", counts.intervention), ("comparator", counts.comparator)):
        events, n = value_of(arm.events), value_of(arm.n)
        if events == 0:
            found.append(f"no events in the {side} group")
        elif events is not None and events == n:
            found.append(f"only events in the {side} group")
    return found


def unknown_method(view: View) -> Iterator[Hit]:
    """A claim's measure, estimator or interval that is not one.

    Fails:

    ```yaml
    # a claim
    model: {tau2: REMAL, interval: HKSJ}
    ```

    Passes:

    ```yaml
    # a claim
    model: {tau2: REML, interval: HKSJ}
    ```

    Source: `claimbook methods` lists every word with its paper.
    """
    for claim in view.library.claims.values():
        for loc, word, known in unknown_words(claim):
            message = f'no {loc[-1]} "{word}"{did_you_mean(word, known)}'
            yield Hit(view.library.where(claim.claim, *loc), message, f"one of: {', '.join(known)}")


CHECKS = (
    Check(
        "M401",
        "few-studies",
        "note",
        few_studies,
        "With few studies a normal interval is too narrow.",
        "set interval: HKSJ in the claim's `model`",
    ),
    Check(
        "M402",
        "asymmetry-underpowered",
        "note",
        asymmetry_with_few,
        "A test without power cannot speak for the absence of publication bias.",
        "rest the judgement on registers, sponsors and the search instead",
    ),
    Check(
        "M406",
        "sparse-events",
        "warning",
        sparse_events,
        "The added constant, not the data, decides about studies without events.",
        "compare with claimbook.pool_events(..., method='MH')",
    ),
    Check(
        "M407",
        "unknown-method",
        "error",
        unknown_method,
        "The claim cannot be computed with a method that does not exist.",
        "claimbook methods lists the words",
    ),
)
