"""Every mean with its spread and its group size, wherever a record keeps one, in a single shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from claimbook.checks.distributions import t_critical
from claimbook.checks.rounding import Range, span, value_of

if TYPE_CHECKING:
    from claimbook.problems import Where
    from claimbook.records import Library, Number, Result, Study
    from claimbook.records.models import Scale, Trait

Loc = tuple[str | int, ...]
Printed = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """Mean and spread of one group at one time, as printed.

    ``kind`` says what the spread is: sd, se, ci_half_width or unstated. ``labelled`` is False for a spread
    whose meaning the curator inferred. ``change`` marks means that are changes, ``trait`` names a baseline
    characteristic. ``result`` and ``trait`` are each None where the cell belongs to the other.
    """

    library: Library
    study: Study
    loc: Loc
    fields: tuple[str, str]
    arm: str
    n: Number | None
    mean: Number
    kind: str
    spread: Number | None
    labelled: bool = True
    change: bool = False
    scale: Scale | None = None
    result: Result | None = None
    trait: Trait | None = None

    @property
    def at_mean(self) -> Where:
        return self.library.where(self.study.study, *self.loc, self.fields[0])

    @property
    def at_spread(self) -> Where:
        return self.library.where(self.study.study, *self.loc, self.fields[1])

    @property
    def at_n(self) -> Where:
        return self.library.where(self.study.study, *self.loc, "n")

    @property
    def size(self) -> float | None:
        return value_of(self.n)

    @property
    def read_as(self) -> str:
        return {"sd": "SD", "se": "SE", "ci_half_width": "half an interval"}.get(self.kind, "unknown")

    @property
    def word(self) -> str:
        return self.read_as if self.labelled else "±"

    def sd(self) -> Range | None:
        """The SDs that fit what is printed; None where it cannot be told."""
        printed, n = span(self.spread), self.size
        if printed is None or self.kind == "unstated" or (self.kind != "sd" and (n is None or n < 2)):
            return None
        return printed.scaled(_TO_SD[self.kind](n or 0.0))


_TO_SD: dict[str, Any] = {
    "sd": lambda n: 1.0,
    "se": math.sqrt,
    "ci_half_width": lambda n: math.sqrt(n) / t_critical(n - 1, 0.95),
}


def cells(library: Library) -> Iterator[Cell]:
    """Every cell of every record, traits first."""
    for study in library.studies.values():
        for index, trait in enumerate(study.population.traits):
            printed = _printed(trait, "mean", arm=trait.arm or "", scale=trait.scale, trait=trait)
            yield Cell(library, study, ("population", "traits", index), **printed)
        for index, result in enumerate(study.results):
            shape = result.shape
            for loc, printed in CELLS[shape](result.data) if shape in CELLS else ():
                place: Loc = ("results", index, shape, *loc)
                yield Cell(library, study, place, **printed, scale=result.scale, result=result)


def _printed(group: Any, mean: str, **more: Any) -> Printed:
    """The fields of a Cell that a group with one spread gives; ``mean`` names the field of its mean."""
    name = next((name for name in ("sd", "se", "dispersion") if getattr(group, name) is not None), "sd")
    number = getattr(group, name)
    return {
        "fields": (mean, name),
        "n": group.n,
        "mean": getattr(group, mean),
        "kind": number.kind if name == "dispersion" else name,
        "spread": number,
        "labelled": name != "dispersion" or number.status in {"confirmed", "secondhand"},
        **more,
    }


def _means(data: Any) -> Iterator[tuple[Loc, Printed]]:
    for side in ("intervention", "comparator"):
        group = getattr(data, side)
        yield (side,), _printed(group, "mean", arm=group.arm, change=data.of == "change")


def _pre_post(data: Any) -> Iterator[tuple[Loc, Printed]]:
    for time in ("pre", "post"):
        mean, sd = f"mean_{time}", f"sd_{time}"
        spread = {"kind": "sd", "spread": getattr(data, sd)}
        yield (), {"fields": (mean, sd), "arm": data.arm, "n": data.n, "mean": getattr(data, mean), **spread}


def _percent(data: Any) -> Iterator[tuple[Loc, Printed]]:
    yield (), _printed(data, "percent", arm=data.arm, change=True)


def _single(data: Any) -> Iterator[tuple[Loc, Printed]]:
    yield (), _printed(data, "mean", arm=data.arm)


CELLS: dict[str, Callable[[Any], Iterator[tuple[Loc, Printed]]]] = {
    "means": _means,
    "pre_post": _pre_post,
    "percent_change": _percent,
    "single": _single,
}
