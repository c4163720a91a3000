"""S201 and S216: standard errors entered as standard deviations."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from claimbook.checks.cells import Cell, cells
from claimbook.checks.limits import too_alike
from claimbook.checks.readings import FEWEST, POWER
from claimbook.checks.recompute import (
    change_reproduced,
    larger_effect,
    published_reproduced,
    test_reproduced,
)
from claimbook.checks.rounding import value_of
from claimbook.checks.rule import Check, Hit
from claimbook.checks.siblings import At, Judged, cells_by_item, judged, spreads_of, usable
from claimbook.checks.view import Item, View

LARGEST = 3.0  # SMDs beyond this are mostly this mix-up (Kadlec et al. 2023)
TOGETHER = 10.0  # how much likelier SEs are in a paper whose body measures have them
TELLING = 1.5  # how much likelier an effect must be with SEs to be worth a word


@dataclass(frozen=True)
class Suspect:
    """One result whose spreads are all read as SDs, with what its siblings say."""

    item: Item
    cells: list[Cell]
    judged: Judged | None = None

    @property
    def groups(self) -> tuple[int, ...]:
        """Which groups are suspected: those that the siblings name, else all."""
        told = self.judged.reading.groups if self.judged else ()
        return told if any(told) else (1,) * len(self.cells)


def spread_is_standard_error(view: View) -> Iterator[Hit]:
    """A value entered as SD that is a standard error.

    Three kinds of evidence, each enough to fire. Other studies of the outcome: read as SEs the values fit
    their spreads at least three times as well (as coefficients of variation, or as SDs where the unit is
    one), and fewer than one SD in twenty would lie so low, one in forty where they can show little; an effect
    that would be unusually large counts with it, and so do heights or masses of the same paper that can only
    have SEs. A standardised effect above 3. A reported t, F, p or published effect that is reproduced with
    the values as SEs and not as SDs; a test that is reproduced with SDs alone clears them. The message gives
    the effect under both readings.

    An SE lies lower than an SD by the root of the group size and by nothing else. So what other studies can
    show depends on their number, on how alike their spreads are, and on the size of the groups: the message
    says how many mix-ups would be found there, and S216 names the pools where that is less than nine in ten.

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
    for suspect, own in _worth_a_look(view):
        if own.with_sds and not own.with_ses:
            continue
        reasons = [*_unlike_siblings(suspect), *own.too_large]
        if own.with_ses:
            reasons.append(f"{' and '.join(own.with_ses)} is reproduced with SEs and not with SDs")
        if reasons:
            wrong = [cell for cell, is_se in zip(suspect.cells, suspect.groups, strict=True) if is_se]
            values = " and ".join(str(cell.spread) for cell in wrong)
            reasons += _both_effects(suspect)
            yield Hit(wrong[0].at_spread, f"{values} look like standard errors: {'; '.join(reasons)}")


def _worth_a_look(view: View) -> Iterator[tuple[Suspect, Own]]:
    """Each result with evidence of its own, or with siblings that are not plainly like it."""
    told, own = view.once(judged), view.once(evidence)
    unlike = {at for at, one in told.items() if not (one.reading.spreads.sure or one.reading.usual)}
    for at in sorted(own.keys() | unlike):
        study, result = at
        suspect = replace(view.alone(study).once(suspects)[result], judged=told.get(at))
        yield suspect, own.get(at, NO_EVIDENCE)


def suspects(view: View) -> dict[str, Suspect]:
    """By its id, each result of a record whose spreads are all read as SDs."""
    return {
        item.result.id: Suspect(item, group)
        for item, group in cells_by_item(view)
        if all(cell.kind == "sd" and usable(cell) for cell in group)
    }


# The other studies of the outcome


def _unlike_siblings(suspect: Suspect) -> Iterator[str]:
    one, item = suspect.judged, suspect.item
    if one is None or one.reading.usual:
        return
    times, bodies = _times_by_effect(suspect), _bodies_too_alike(suspect)
    if not one.reading.suspect(times * (TOGETHER if bodies else 1.0)):
        return
    reading, logs = one.reading, one.reading.spreads.logs
    own = math.exp(sum(logs) / len(logs))
    as_sd, as_se, typical = (
        _shown(x, one.basis) for x in (own, own * math.exp(reading.spreads.shift), reading.typical)
    )
    fit = f"they fit the {one.others} others of {item.result.outcome} {_times(reading.factor)} better"
    numbers = f"{_NAMES[one.basis]} {as_sd}, as SEs {as_se}, typical {typical}"
    yield f"read as SEs {fit} ({numbers}; {100 * reading.power:.0f} % of such mix-ups are found)"
    if times > TELLING:
        yield f"an effect of {_effect(suspect, 'sd'):.2f} is itself {_times(times)} likelier with SEs"
    if bodies:
        yield f"the {bodies} of its people can only be an SE"


def _times_by_effect(suspect: Suspect) -> float:
    """How much likelier the effect between two groups makes SEs."""
    effect = _effect(suspect, "sd") if suspect.item.result.means is not None else None
    sizes = [cell.size or 0.0 for cell in suspect.cells]
    return 1.0 if effect is None else larger_effect(effect, sizes)


def _bodies_too_alike(suspect: Suspect) -> str:
    """A body measure of the same paper that can only have an SE; a paper labels its tables once."""
    told = [
        cell
        for cell in cells(suspect.item.library)
        if cell.trait and cell.study is suspect.item.study and cell.kind == "sd" and too_alike(cell)
    ]
    return f"{told[0].trait.what} {told[0].spread}" if told and told[0].trait else ""


_NAMES = {"cv": "coefficient of variation", "sd": "SD"}


def _shown(spread: float, basis: str) -> str:
    return f"{100 * spread:.1f} %" if basis == "cv" else f"{spread:.3g}"


def _times(factor: float) -> str:
    return "over 100 times" if factor > 100 else f"{factor:.1f} times"


# The size of the effect, and what the source computed from it


def _effect(suspect: Suspect, read_as: str) -> float | None:
    """The standardised effect under one reading; None where the shape has none."""
    cells, result = suspect.cells, suspect.item.result
    wrong = suspect.groups if read_as == "se" else (0,) * len(cells)
    roots = [math.sqrt(cell.size or 1.0) if is_se else 1.0 for cell, is_se in zip(cells, wrong, strict=True)]
    sds = [root * (value_of(cell.spread) or 0.0) for cell, root in zip(cells, roots, strict=True)]
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


class Own(NamedTuple):
    """What a record itself says: an effect beyond belief, and which printed numbers one reading reproduces.

    An effect that others computed settles nothing for SDs: they may have read the spread as wrongly.
    """

    too_large: list[str]
    with_ses: list[str]
    with_sds: list[str]


NO_EVIDENCE = Own([], [], [])


def evidence(view: View) -> dict[At, Own]:
    """By result; those about which their records say nothing are left out."""
    told = view.gathered(own_evidence).items()
    return {(study, result): Own(*own) for study, found in told for result, own in found.items()}


def own_evidence(view: View) -> dict[str, list[list[str]]]:
    """By the id of a record's result, the fields of Own; results without any are left out."""
    found = {}
    for result, suspect in view.once(suspects).items():
        told = suspect.item.result
        fits = [*test_reproduced(told), *change_reproduced(told)]
        with_ses = [
            what for what, as_sd, as_se in (*fits, *published_reproduced(told)) if as_se and not as_sd
        ]
        with_sds = [what for what, as_sd, as_se in fits if as_sd and not as_se]
        found[result] = [_too_large(suspect), with_ses, with_sds]
    return {result: own for result, own in found.items() if any(own)}


def spreads_cannot_be_judged(view: View) -> Iterator[Hit]:
    """Other studies cannot tell well enough whether a pool's SDs are standard errors.

    S201 compares the spreads of one outcome. With fewer than three studies, with spreads that differ much
    between them, or with small groups, whose SEs lie close to SDs, less than nine mix-ups in ten would be
    seen. Results whose reported test settles what their spreads are do not count.

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
    known = {at: one for at, one in view.once(judged).items() if not one.reading.spreads.sure}
    own = view.once(evidence)
    for claim in view.library.claims.values():
        pooled = [at for used in claim.studies if (at := (used.study, used.result)) in known]
        open_ones = [known[at] for at in pooled if not any(own.get(at, NO_EVIDENCE)[1:])]
        weak = [one for one in open_ones if one.reading.power < POWER]
        if len(pooled) > 1 and weak:
            few = sum(one.others + 1 < FEWEST for one in weak)
            powers = [100 * one.reading.power for one in weak]
            found = f"{min(powers):.0f} to {max(powers):.0f} % of mix-ups would be found"
            why = "too few studies to compare" if few == len(weak) else found
            message = f"an SE could go unseen in {len(weak)} of {len(pooled)} results: {why}"
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
GATHERED = (spreads_of, own_evidence)
