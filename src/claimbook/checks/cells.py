"""Every mean with its spread and its group size, wherever a record keeps one, in a single shape."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from claimbook.checks.distributions import t_critical
from claimbook.checks.rounding import Range, span, value_of

if TYPE_CHECKING:
    from claimbook.problems import Where
    from claimbook.records import Library, Number, Result, Study
    from claimbook.records.models import Scale, Trait

Loc = tuple[str | int, ...]
Middle = tuple[tuple[str, str], str, "Number | None", "Number", str, "Number | None", bool]


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
    for study in library.studies.values():
        for index, trait in enumerate(study.population.traits):
            loc: Loc = ("population", "traits", index)
            yield Cell(
                library,
                study,
                loc,
                *_spread(trait, "mean", trait.arm, trait.n, trait.mean),
                scale=trait.scale,
                trait=trait,
            )
        for index, result in enumerate(study.results):
            if result.shape in CELLS:
                yield from CELLS[result.shape](library, study, result, ("results", index, result.shape))


def _spread(group: Any, field: str, arm: str | None, n: Number | None, mean: Number) -> Middle:
    """The middle arguments of a Cell: fields, arm, n, mean, kind, spread, labelled."""
    name = next((name for name in ("sd", "se", "dispersion") if getattr(group, name) is not None), "sd")
    number = getattr(group, name)
    kind = number.kind if name == "dispersion" else name
    labelled = name != "dispersion" or number.status in {"confirmed", "secondhand"}
    return (field, name), arm or "", n, mean, kind, number, labelled


def _means(library: Library, study: Study, result: Result, loc: Loc) -> Iterator[Cell]:
    data: Any = result.means
    for side, group in (("intervention", data.intervention), ("comparator", data.comparator)):
        middle = _spread(group, "mean", group.arm, group.n, group.mean)
        yield Cell(
            library,
            study,
            (*loc, side),
            *middle,
            change=data.of == "change",
            scale=result.scale,
            result=result,
        )


def _pre_post(library: Library, study: Study, result: Result, loc: Loc) -> Iterator[Cell]:
    data: Any = result.pre_post
    for time in ("pre", "post"):
        fields = (f"mean_{time}", f"sd_{time}")
        mean, sd = (getattr(data, field) for field in fields)
        yield Cell(
            library, study, loc, fields, data.arm, data.n, mean, "sd", sd, scale=result.scale, result=result
        )


def _percent(library: Library, study: Study, result: Result, loc: Loc) -> Iterator[Cell]:
    data: Any = result.percent_change
    middle = _spread(data, "percent", data.arm, data.n, data.percent)
    yield Cell(library, study, loc, *middle, change=True, result=result)


def _single(library: Library, study: Study, result: Result, loc: Loc) -> Iterator[Cell]:
    data: Any = result.single
    middle = _spread(data, "mean", data.arm, data.n, data.mean)
    yield Cell(library, study, loc, *middle, scale=result.scale, result=result)


CELLS = {"means": _means, "pre_post": _pre_post, "percent_change": _percent, "single": _single}
