"""Two extractions of one study side by side: what differs, and how far two curators agree.

Results belong together by their id, otherwise by outcome, kind, time and subgroup where that is unique. Two
numbers are the same if their values are; that one was copied with fewer decimals is a difference to settle,
not a disagreement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from claimbook.exchange.citation import signature
from claimbook.records import Number, Study
from claimbook.records.models import PValue, Result, Spread
from claimbook.records.text import Loc


class Leaf(NamedTuple):
    """One extracted value: ``kind`` is ``choice``, ``p``, the name of a number or the kind of a spread."""

    kind: str
    text: str
    value: float | None = None


class Pair(NamedTuple):
    """One place as the two extractions have it; "" where one says nothing."""

    loc: Loc
    kind: str
    first: Leaf | None
    second: Leaf | None

    @property
    def agrees(self) -> bool:
        """Do both say the same? Two numbers do if their values are equal."""
        if self.first is None or self.second is None:
            return self.first is self.second
        if self.first.value is not None and self.second.value is not None:
            return self.first.kind == self.second.kind and self.first.value == self.second.value
        return self.first.text == self.second.text

    @property
    def same(self) -> bool:
        """Is there nothing to settle?"""
        texts = {leaf.text for leaf in (self.first, self.second) if leaf is not None}
        return self.agrees and len(texts) < 2


@dataclass(frozen=True)
class Comparison:
    """Everything that either extraction has, and the results that only one of them has.

    ``results`` and ``arms`` lead from the first's ids to the second's.
    """

    pairs: tuple[Pair, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    results: Mapping[str, str] = field(default_factory=dict, hash=False)
    arms: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def differences(self) -> tuple[Pair, ...]:
        return tuple(pair for pair in self.pairs if not pair.same)


def compare(first: Study, second: Study) -> Comparison:
    """Two extractions of one study. Places are named as the first names them."""
    results = dict(_matched(first, second))
    arms = dict(_arms(first, second))
    ours = dict(_leaves(first, {id: id for id in results}, {id: id for id in arms}))
    theirs = dict(_leaves(second, {b: a for a, b in results.items()}, {b: a for a, b in arms.items()}))
    pairs = []
    for loc in dict.fromkeys([*ours, *theirs]):
        one, other = ours.get(loc), theirs.get(loc)
        pairs.append(Pair(loc, (one or other).kind, one, other))  # type: ignore[union-attr]
    only_first = tuple(result.id for result in first.results if result.id not in results)
    only_second = tuple(result.id for result in second.results if result.id not in results.values())
    return Comparison(tuple(pairs), only_first, only_second, results, arms)


def _matched(first: Study, second: Study) -> Iterator[tuple[str, str]]:
    """(id in the first, id in the second) of each result that both have."""
    shapes = {result.id: result.shape for result in second.results}
    same = {result.id for result in first.results if shapes.get(result.id) == result.shape}
    ours = [result for result in first.results if result.id not in same]
    theirs = [result for result in second.results if result.id not in same]
    yield from ((result.id, result.id) for result in first.results if result.id in same)
    for result in ours:
        twins = [other.id for other in theirs if _about(other) == _about(result)]
        if len(twins) == 1 and [_about(one) for one in ours].count(_about(result)) == 1:
            yield result.id, twins[0]


def _about(result: Result) -> tuple[str, str, str, str]:
    return result.outcome, result.shape, signature(result.time or ""), signature(result.subgroup or "")


def _arms(first: Study, second: Study) -> Iterator[tuple[str, str]]:
    """(id in the first, id in the second) of each arm: by id, by name, else by place if there are as many."""
    ids, labels = {arm.id for arm in second.arms}, {signature(arm.label): arm.id for arm in second.arms}
    for place, arm in enumerate(first.arms):
        by_place = second.arms[place].id if len(first.arms) == len(second.arms) else ""
        if found := arm.id if arm.id in ids else labels.get(signature(arm.label), by_place):
            yield arm.id, found


def _leaves(study: Study, results: Mapping[str, str], arms: Mapping[str, str]) -> Iterator[tuple[Loc, Leaf]]:
    """Every value of a record that a curator reads or judges, with its place."""
    yield ("design", "kind"), Leaf("choice", study.design.kind)
    for name in ("sex", "training"):
        yield ("population", name), Leaf("choice", getattr(study.population, name))
    yield from _numbers(study.population, ("population",), arms)
    if study.weeks is not None:
        yield from _leaf(("weeks",), study.weeks)
    for arm in study.arms:
        if arm.id in arms:
            yield from _numbers(arm, ("arms", arms[arm.id]), arms)
    for result in study.results:
        if result.id in results:
            loc: Loc = ("results", results[result.id])
            yield (*loc, "outcome"), Leaf("choice", result.outcome)
            yield from _numbers(result.data, (*loc, result.shape), arms)
    for assessment in study.risk_of_bias:
        for id, word in {**assessment.answers, **assessment.judgements}.items():
            yield ("risk_of_bias", assessment.tool, id), Leaf("choice", word)


def _numbers(model: Any, loc: Loc, arms: Mapping[str, str]) -> Iterator[tuple[Loc, Leaf]]:
    if isinstance(model, Spread) and (spread := model.spread()) is not None:
        kind, number = spread
        yield (*loc, "spread"), Leaf(kind, f"{kind} {number}", float(number))
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, Number) and name not in Spread.model_fields:
            yield from _leaf((*loc, name), value)
        elif isinstance(value, PValue):
            yield (*loc, name), Leaf("p", str(value))
        elif name == "arm" and isinstance(value, str):
            yield (*loc, name), Leaf("choice", arms.get(value, value))
        elif name in {"of", "measure"} and value is not None:
            yield (*loc, name), Leaf("choice", str(value))
        elif name in {"intervention", "comparator"}:
            yield from _numbers(value, (*loc, name), arms)


def _leaf(loc: Loc, number: Number) -> Iterator[tuple[Loc, Leaf]]:
    """A number that is known; an unknown one is as if it were not there."""
    if number.known:
        yield loc, Leaf(str(loc[-1]), str(number), float(number))


@dataclass(frozen=True)
class Concord:
    """Agreement over one group of values: the share that agree, and what is corrected for chance."""

    group: str
    n: int
    percent: float
    kappa: float | None = None
    ac1: float | None = None
    icc: float | None = None


def concord(comparisons: Iterable[Comparison]) -> list[Concord]:
    """Agreement over all extractions: choices by kappa and AC1, each kind of number by the ICC.

    A value that only one curator has counts as a disagreement; it enters neither kappa nor the ICC.
    """
    groups: dict[str, list[Pair]] = defaultdict(list)
    for comparison in comparisons:
        for pair in comparison.pairs:
            group = "risk of bias" if pair.loc[0] == "risk_of_bias" else "choices"
            groups[group if pair.kind == "choice" else pair.kind].append(pair)
    return [_concord(group, pairs) for group, pairs in groups.items()]


def _concord(group: str, pairs: Sequence[Pair]) -> Concord:
    from claimbook.appraisal.agreement import agreement, icc

    n, percent = len(pairs), sum(pair.agrees for pair in pairs) / len(pairs)
    both = [(pair.first, pair.second) for pair in pairs if pair.first is not None and pair.second is not None]
    if group in {"choices", "risk of bias"} and both:
        found = agreement([a.text for a, _ in both], [b.text for _, b in both])
        return Concord(group, n, percent, kappa=found.kappa, ac1=found.ac1)
    numbers = [(a.value, b.value) for a, b in both if a.value is not None and b.value is not None]
    if group != "p" and len(numbers) > 1:
        return Concord(group, n, percent, icc=icc([a for a, _ in numbers], [b for _, b in numbers]))
    return Concord(group, n, percent)
