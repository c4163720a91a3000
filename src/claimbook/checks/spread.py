"""S201 and S216: standard errors entered as standard deviations."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from claimbook.checks.cells import Cell
from claimbook.checks.readings import FEWEST, Reading
from claimbook.checks.recompute import p_of_t, t_of_change, t_of_means
from claimbook.checks.rounding import Range, span, value_of
from claimbook.checks.rule import Check, Hit
from claimbook.checks.siblings import cells_by_item, judged, usable
from claimbook.checks.significance import agrees
from claimbook.checks.view import Item, View

if TYPE_CHECKING:
    from claimbook.records.models import Means

BETTER = 2.5  # how many times better the reading as SEs must fit the other studies
LARGEST = 3.0  # SMDs beyond this are mostly this mix-up (Kadlec et al. 2023)
NEAR = 0.06  # share by which a recomputed statistic may be off: another variance, a small-sample correction
REACH = 2.0  # distance of the two readings below which more than one clean result in twenty would fire


@dataclass
class Suspect:
    """One result whose spreads are under suspicion, with the reasons found."""

    item: Item
    cells: list[Cell]
    groups: tuple[int, ...]
    reasons: list[str] = field(default_factory=list)


def spread_is_standard_error(view: View) -> Iterator[Hit]:
    """A value entered as SD that is a standard error.

    Three kinds of evidence, each enough to fire: read as SEs the values fit the spreads of the same outcome
    in the other records at least 2.5 times better than as SDs (as coefficients of variation, or as SDs
    where the unit is one); the standardised effect is larger than 3; a reported t, F, p or published effect
    is reproduced with the values as SEs and not as SDs. The message gives the effect under both readings.

    The first kind needs at least four results of the outcome; what it finds depends on how alike their
    spreads are, and S216 says where it can find nothing.

    Fails:

    ```yaml
    # a result
    test: {kind: t, value: 1.10, df: 22}
    means:
      of: final
      intervention: {arm: trained, n: 12, mean: 104.0, sd: 2.60}
      comparator: {arm: control, n: 12, mean: 100.0, sd: 2.55}
    ```

    Passes:

    ```yaml
    # a result
    test: {kind: t, value: 1.10, df: 22}
    means:
      of: final
      intervention: {arm: trained, n: 12, mean: 104.0, sd: 9.01}
      comparator: {arm: control, n: 12, mean: 100.0, sd: 8.83}
    ```

    Source: Kadlec, Sainani & Nimphius 2023, Sports Med 53:313-325; Sandercock 2024, Sports Med 54:1723-1732.
    """
    suspects = {id(item): Suspect(item, cells, (1,) * len(cells)) for item, cells in _read_as_sd(view)}
    for item, reading, reason in _unlike_siblings(view):
        suspects[id(item)].groups = reading.groups
        suspects[id(item)].reasons.append(reason)
    for suspect in suspects.values():
        reasons = [*suspect.reasons, *_too_large(suspect), *_reproduced_as_se(suspect)]
        if reasons:
            wrong = [cell for cell, is_se in zip(suspect.cells, suspect.groups, strict=True) if is_se]
            values = " and ".join(str(cell.spread) for cell in wrong)
            reasons += _both_effects(suspect)
            yield Hit(wrong[0].at_spread, f"{values} look like standard errors: {'; '.join(reasons)}")


def _read_as_sd(view: View) -> Iterator[tuple[Item, list[Cell]]]:
    """Each result whose spreads are all read as SDs, with its cells."""
    for item, group in cells_by_item(view):
        if all(cell.kind == "sd" and usable(cell) for cell in group):
            yield item, group


# The other studies of the outcome


def _unlike_siblings(view: View) -> Iterator[tuple[Item, Reading, str]]:
    for item, spreads, reading, basis, others in view.once(judged):
        if reading.factor >= BETTER and reading.reach >= REACH:
            own = math.exp(sum(spreads.logs) / len(spreads.logs))
            as_sd, as_se, typical = (
                _shown(x, basis) for x in (own, own * math.exp(spreads.shift), reading.typical)
            )
            fit = f"they fit the {others} others of {item.result.outcome} {_times(reading.factor)} better"
            numbers = f"{_NAMES[basis]} {as_sd}, as SEs {as_se}, typical {typical}"
            yield item, reading, f"read as SEs {fit} ({numbers})"


_NAMES = {"cv": "coefficient of variation", "sd": "SD"}


def _shown(spread: float, basis: str) -> str:
    return f"{100 * spread:.1f} %" if basis == "cv" else f"{spread:.3g}"


def _times(factor: float) -> str:
    return "over 100 times" if factor > 100 else f"{factor:.1f} times"


# The size of the effect, and what the source computed from it


def _effect(suspect: Suspect, read_as: str) -> float | None:
    """The standardised effect under one reading; None where the shape has none."""
    cells, result = suspect.cells, suspect.item.result
    sds = []
    for cell, is_se in zip(cells, suspect.groups, strict=True):
        root = math.sqrt(cell.size or 1.0) if is_se and read_as == "se" else 1.0
        sds.append(root * (value_of(cell.spread) or 0.0))
    if result.means is not None:
        n1, n2 = (cell.size or 0.0 for cell in cells)
        pooled = math.hypot(sds[0] * math.sqrt(n1 - 1), sds[1] * math.sqrt(n2 - 1)) / math.sqrt(n1 + n2 - 2)
        return (float(cells[0].mean) - float(cells[1].mean)) / pooled
    if result.pre_post is not None:
        return (float(cells[1].mean) - float(cells[0].mean)) / sds[0]
    return float(cells[0].mean) / sds[0] if result.percent_change is not None else None


def _too_large(suspect: Suspect) -> list[str]:
    effect = _effect(suspect, "sd") or 0.0
    large = abs(effect) > LARGEST
    return [f"a standardised effect of {effect:.2f} is larger than {LARGEST:g}"] if large else []


def _both_effects(suspect: Suspect) -> list[str]:
    as_sd, as_se = _effect(suspect, "sd"), _effect(suspect, "se")
    known = as_sd is not None and as_se is not None
    return [f"standardised effect {as_sd:.2f} as SDs, {as_se:.2f} as SEs"] if known else []


def _reproduced_as_se(suspect: Suspect) -> list[str]:
    result = suspect.item.result
    found = []
    for what, printed, as_sd, as_se in _statistics(suspect):
        if not printed.meets(_near(as_sd)) and printed.meets(_near(as_se)):
            found.append(what)
    change = result.percent_change
    if change is not None and change.p is not None and change.p.sign == "=":
        readings = [t_of_change(change, read_as) for read_as in ("sd", "se")]
        fits = [t is not None and agrees(change.p, p_of_t(_near(t), float(change.n) - 1)) for t in readings]
        found += [f"p = {change.p.text}"] if fits == [False, True] else []
    return [f"{' and '.join(found)} is reproduced with SEs and not with SDs"] if found else []


def _near(statistic: Range) -> Range:
    return Range(statistic.low * (1 - NEAR), statistic.high * (1 + NEAR))


def _statistics(suspect: Suspect) -> Iterator[tuple[str, Range, Range, Range]]:
    """(what, as printed, with SDs, with SEs) for each size of effect that a source prints of two means."""
    means, result = suspect.item.result.means, suspect.item.result
    if means is None or not (result.test or result.published):
        return
    as_sd, as_se = t_of_means(means, "sd"), t_of_means(means, "se")
    if as_sd is None or as_se is None:
        return
    yield from _of_test(suspect, means, as_sd, as_se)
    root = math.sqrt(1 / float(means.intervention.n) + 1 / float(means.comparator.n))
    for published in result.published:
        printed = span(published.estimate)
        if printed and published.measure.startswith("SMD"):
            yield f"the SMD {published.estimate}", abs(printed), as_sd.scaled(root), as_se.scaled(root)


def _of_test(
    suspect: Suspect, means: Means, as_sd: Range, as_se: Range
) -> Iterator[tuple[str, Range, Range, Range]]:
    test = suspect.item.result.test
    if test is None:
        return
    statistic = span(test.value)
    if statistic and (test.kind == "t" or (test.kind == "F" and value_of(test.df) == 1)):
        printed = abs(statistic) if test.kind == "t" else statistic.root()
        yield f"{test.kind} = {test.value}", printed, as_sd, as_se
    elif test.p is not None and statistic is None and test.tails == "2":
        df = float(means.intervention.n) + float(means.comparator.n) - 2
        p = Range(test.p.value - test.p.half_unit, test.p.value + test.p.half_unit)
        bound = {"<": Range(0.0, test.p.value), ">": Range(test.p.value, 1.0)}.get(test.p.sign, p)
        yield f"p {test.p.text}", bound, p_of_t(_near(as_sd), df), p_of_t(_near(as_se), df)


def spreads_cannot_be_judged(view: View) -> Iterator[Hit]:
    """The other studies cannot tell whether a pool's SDs are standard errors.

    S201 compares the spreads of one outcome. With fewer than four results, or with spreads that differ much
    between the studies, a standard error does not stand out and S201 would not see it. Then only the size of
    an effect or a reported test could show one.

    Fails:

    ```yaml
    # a folder
    records: {one: {}, two: {}}
    claims:
      claim: {studies: [{study: one, result: main}, {study: two, result: main}]}
    ```

    Passes:

    ```yaml
    # a folder
    records: {one: {}}
    claims:
      claim: {studies: [{study: one, result: main}]}
    ```

    Source: `validation/lint` shows how many mix-ups are found at which number and scatter of studies.
    """
    known = {id(item): (others, reading) for item, _, reading, _, others in view.once(judged)}
    for claim in view.library.claims.values():
        pooled = [known[id(item)] for _, item in view.used(claim) if id(item) in known]
        blind = [others for others, reading in pooled if reading.reach < REACH]
        if len(pooled) > 1 and len(blind) * 2 > len(pooled):
            why = "there are too few" if max(blind) + 1 < FEWEST else "their spreads differ too much"
            message = f"an SE would not stand out in {len(blind)} of {len(pooled)} results: {why}"
            yield Hit(view.library.where(claim.claim, "outcome"), message)


CHECKS = (
    Check(
        "S201",
        "sd-is-se",
        "warning",
        spread_is_standard_error,
        "An SE taken for an SD makes a standardised effect too large by the root of the group size.",
        "look in the source for what the spread is; write it as `se`, or keep both readings with `doubt`",
    ),
    Check(
        "S216",
        "spread-unjudged",
        "note",
        spreads_cannot_be_judged,
        "That S201 is silent here says nothing.",
        "read again in each source what its spread is, or record a reported test in `test`",
    ),
)
