"""D302 and D304 to D307: what may not stand side by side in one pool."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

from claimbook.checks.rounding import value_of
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import Item, View

if TYPE_CHECKING:
    from claimbook.records import Claim

REVIEWS = {"sr_ma", "narrative_review"}
WITHIN_SHAPES = {"percent_change", "pre_post", "single"}
WITHIN_DESIGNS = {"single_group_prepost", "case_series"}
WITHIN_MEASURES = {"MC", "SMCC", "SMCR", "SMCRH", "ROMC", "PCT", "MN", "PR", "PLN", "PLO", "PAS", "PFT"}


def control_counted_twice(view: View) -> Iterator[Hit]:
    """One control group that enters a pool more than once.

    Two contrasts of one study against the same control group count its people twice and make the pool look
    surer than it is. Fires where used results share the comparator arm and together use more comparator
    people than the arm has (its `n`; where that is not given, no split is assumed), where two results hold
    the very same comparator numbers, and where one result is listed twice. Results of different `subgroup`s
    are of different people.

    Fails:

    ```yaml
    # a folder
    records:
      one:
        arms: [{id: hard, label: hard}, {id: easy, label: easy}, {id: control, label: control, n: 12}]
        results:
          - id: first
            means:
              of: final
              intervention: {arm: hard, n: 12, mean: 106, sd: 9.1}
              comparator: {arm: control, n: 12, mean: 100, sd: 8.8}
          - id: second
            means:
              of: final
              intervention: {arm: easy, n: 12, mean: 103, sd: 9.4}
              comparator: {arm: control, n: 12, mean: 100, sd: 8.8}
    claims:
      claim: {studies: [{study: one, result: first}, {study: one, result: second}]}
    ```

    Passes:

    ```yaml
    # a folder
    records:
      one:
        arms: [{id: hard, label: hard}, {id: easy, label: easy}, {id: control, label: control, n: 12}]
        results:
          - id: first
            means:
              of: final
              intervention: {arm: hard, n: 12, mean: 106, sd: 9.1}
              comparator: {arm: control, n: 6, mean: 100, sd: 8.8}
          - id: second
            means:
              of: final
              intervention: {arm: easy, n: 12, mean: 103, sd: 9.4}
              comparator: {arm: control, n: 6, mean: 100, sd: 8.8}
    claims:
      claim: {studies: [{study: one, result: first}, {study: one, result: second}]}
    ```

    Source: Cochrane Handbook for Systematic Reviews of Interventions, section 23.3.4.
    """
    for claim in view.library.claims.values():
        for items in _by_study(view, claim).values():
            for at, (index, item) in enumerate(items):
                where, earlier = view.library.where(claim.claim, "studies", index), [e for _, e in items[:at]]
                if any(item.result is other.result for other in earlier):
                    yield Hit(where, f"{item.key} {item.result.id} is used twice", "delete one of the two")
                    continue
                sharing = [other for other in earlier if _shares_control(item, other)]
                if sharing and _uses_too_many([item, *sharing]):
                    names = " and ".join(other.result.id for other in [*sharing, item])
                    arm = _arm(item, "comparator")
                    yield Hit(where, f"{names} of {item.key} count the people of arm {arm} more than once")


def _by_study(view: View, claim: Claim) -> dict[str, list[tuple[int, Item]]]:
    table: dict[str, list[tuple[int, Item]]] = defaultdict(list)
    for index, item in view.used(claim):
        table[item.key].append((index, item))
    return table


def _arm(item: Item, side: str) -> str | None:
    """The arm on one side of a contrast; a single group stands on the intervention's side."""
    data: Any = item.result.data
    if hasattr(data, "arm"):
        return str(data.arm) if side == "intervention" else None
    return str(getattr(data, side).arm) if hasattr(data, side) else None


def _same_people(first: Item, second: Item) -> bool:
    """Can the two results be about the same people? Different subgroups cannot."""
    a, b = first.result.subgroup, second.result.subgroup
    return a == b or a is None or b is None


def _shares_control(first: Item, second: Item) -> bool:
    """The same comparator people beside other intervention people."""
    arm = _arm(first, "comparator")
    if arm is None or arm != _arm(second, "comparator") or not _same_people(first, second):
        return False
    other_arm = _arm(first, "intervention") != _arm(second, "intervention")
    return other_arm or _comparator(first) == _comparator(second)


def _comparator(item: Item) -> Any:
    """The comparator with its numbers, of a result that compares two arms."""
    data: Any = item.result.data
    return data.comparator


def _uses_too_many(items: list[Item]) -> bool:
    """Do contrasts with one comparator arm use more of its people than there are?"""
    arm = _arm(items[0], "comparator")
    there = next((value_of(a.n) for a in items[0].study.arms if a.id == arm), None)
    used = [value_of(_comparator(item).n) for item in items]
    known = [n for n in used if n is not None]
    return there is None or len(known) < len(used) or sum(known) > there + 0.5


def dependent_effects(view: View) -> Iterator[Hit]:
    """Several effects of the same people in a pool that treats effects as independent.

    Two outcomes, tests or times of one group carry much the same information; pooled as if independent they
    give the study more weight than it has. Choose one by a rule fixed in advance, or combine them first.

    Fails:

    ```yaml
    # a folder
    records:
      one:
        results:
          - id: squat
            means:
              of: final
              intervention: {arm: trained, n: 12, mean: 106, sd: 9.1}
              comparator: {arm: control, n: 12, mean: 100, sd: 8.8}
          - id: leg-press
            means:
              of: final
              intervention: {arm: trained, n: 12, mean: 214, sd: 20.5}
              comparator: {arm: control, n: 12, mean: 203, sd: 19.2}
    claims:
      claim: {studies: [{study: one, result: squat}, {study: one, result: leg-press}]}
    ```

    Passes:

    ```yaml
    # a folder
    records:
      one:
        results:
          - id: women
            subgroup: women
            means:
              of: final
              intervention: {arm: trained, n: 12, mean: 86, sd: 9.1}
              comparator: {arm: control, n: 12, mean: 80, sd: 8.8}
          - id: men
            subgroup: men
            means:
              of: final
              intervention: {arm: trained, n: 12, mean: 114, sd: 12.5}
              comparator: {arm: control, n: 12, mean: 103, sd: 11.2}
    claims:
      claim: {studies: [{study: one, result: women}, {study: one, result: men}]}
    ```

    Source: Hedges, Tipton & Johnson 2010, Res Synth Methods 1:39-65.
    """
    for claim in view.library.claims.values():
        for key, items in _by_study(view, claim).items():
            for (_, first), (index, second) in combinations(items, 2):
                same_arm = _arm(first, "intervention") == _arm(second, "intervention")
                if first.result is not second.result and same_arm and _same_people(first, second):
                    message = f"{first.result.id} and {second.result.id} of {key} are of the same people"
                    yield Hit(view.library.where(claim.claim, "studies", index), message)


def within_group_in_between(view: View) -> Iterator[Hit]:
    """A single group's change pooled with contrasts between groups.

    A change without a control group holds everything that time does; it is larger than the contrast that the
    other studies measure. The two answer different questions.

    Fails:

    ```yaml
    # a folder
    records:
      one: {}
      two:
        results: [{id: main, percent_change: {arm: trained, n: 12, percent: 10.6, se: 2.7}}]
    claims:
      claim: {studies: [{study: one, result: main}, {study: two, result: main}]}
    ```

    Passes:

    ```yaml
    # a folder
    records: {one: {}, two: {}}
    claims:
      claim: {studies: [{study: one, result: main}, {study: two, result: main}]}
    ```

    Source: Cuijpers et al. 2017, Epidemiol Psychiatr Sci 26:364-368.
    """
    for claim in view.library.claims.values():
        items = view.used(claim)
        single = [(index, item) for index, item in items if _is_within(item)]
        if 0 < len(single) < len(items):
            for index, item in single:
                message = (
                    f"{item.result.id} of {item.key} is one group's change, other results compare groups"
                )
                yield Hit(view.library.where(claim.claim, "studies", index), message)


def _is_within(item: Item) -> bool:
    result = item.result
    if result.reported is not None:
        return result.reported.measure in WITHIN_MEASURES or result.design in WITHIN_DESIGNS
    return result.shape in WITHIN_SHAPES


def change_with_final(view: View) -> Iterator[Hit]:
    """Change scores and final values in one pool of standardised differences.

    The SD of changes is smaller than the SD of final values, so the same difference becomes a larger SMD.
    Mean differences may be mixed, standardised ones may not.

    Fails:

    ```yaml
    # a folder
    records:
      one: {}
      two:
        results:
          - id: main
            means:
              of: change
              intervention: {arm: trained, n: 12, mean: 5.1, sd: 3.0}
              comparator: {arm: control, n: 12, mean: 1.2, sd: 2.8}
    claims:
      claim: {studies: [{study: one, result: main}, {study: two, result: main}]}
    ```

    Passes:

    ```yaml
    # a folder
    records: {one: {}, two: {}}
    claims:
      claim: {studies: [{study: one, result: main}, {study: two, result: main}]}
    ```

    Source: Cochrane Handbook for Systematic Reviews of Interventions, section 10.5.2.
    """
    for claim in view.library.claims.values():
        if not (claim.measure or "").startswith("SMD"):
            continue
        means = [(index, item, item.result.means) for index, item in view.used(claim) if item.result.means]
        if {data.of for _, _, data in means} == {"final", "change"}:
            fewer = min(("final", "change"), key=lambda of: sum(data.of == of for _, _, data in means))
            for index, item, data in means:
                if data.of == fewer:
                    message = f"{item.result.id} of {item.key} holds {_OF[data.of]}, most others do not"
                    yield Hit(view.library.where(claim.claim, "studies", index), message)


_OF = {"final": "final values", "change": "changes"}


def review_and_its_trials(view: View) -> Iterator[Hit]:
    """A published pooled result pooled together with studies.

    A review holds trials already; pooled beside them, or beside another review, they count twice. A pooled
    result is shown `beside` the evidence.

    Fails:

    ```yaml
    # a folder
    records:
      one: {}
      two:
        design: {kind: sr_ma, because: It says so., where: abstract, status: confirmed}
        results: [{id: main, reported: {measure: SMD, estimate: 0.30, low: 0.10, high: 0.50}}]
    claims:
      claim: {studies: [{study: one, result: main}, {study: two, result: main}]}
    ```

    Passes:

    ```yaml
    # a folder
    records:
      one: {}
      two:
        design: {kind: sr_ma, because: It says so., where: abstract, status: confirmed}
        results: [{id: main, reported: {measure: SMD, estimate: 0.30, low: 0.10, high: 0.50}}]
    claims:
      claim:
        studies: [{study: one, result: main}]
        beside: [{study: two, result: main, says: It found a gain.}]
    ```

    Source: Senn 2009, BMC Med Res Methodol 9:10, on double counting.
    """
    for claim in view.library.claims.values():
        items = view.used(claim)
        for index, item in items:
            if item.study.design.kind in REVIEWS and len({other.key for _, other in items}) > 1:
                held = sorted({other.key for _, other in items if _read_from(other, item.key)})
                known = f"; it holds {', '.join(held)}" if held else ""
                message = f"{item.key} is a review and is pooled with other studies{known}"
                yield Hit(view.library.where(claim.claim, "studies", index), message)


def _read_from(item: Item, review: str) -> bool:
    return item.result.read_in == review or any(p.read_in == review for p in item.result.published)


_ONCE = "leave one out with its reason, split the group, or combine the arms into one contrast"

CHECKS = (
    Check(
        "D302",
        "control-counted-twice",
        "error",
        control_counted_twice,
        "People who count twice make the interval too narrow and their study too heavy.",
        _ONCE,
    ),
    Check(
        "D304",
        "dependent-effects",
        "warning",
        dependent_effects,
        "Effects of the same people are not independent, and the pool treats them so.",
        "keep one result by a rule fixed in advance and list the other in `left_out`",
    ),
    Check(
        "D305",
        "within-group-in-between",
        "error",
        within_group_in_between,
        "The mean of changes and contrasts answers no question.",
        "move the single-group results to `beside` or to a claim of their own",
    ),
    Check(
        "D306",
        "change-with-final",
        "warning",
        change_with_final,
        "SMDs made with SDs of changes and of final values are on different scales.",
        "enter final values for all, or pool mean differences",
    ),
    Check(
        "D307",
        "review-and-its-trials",
        "error",
        review_and_its_trials,
        "The review's trials would count twice.",
        "move the review from `studies` to `beside`",
    ),
)
