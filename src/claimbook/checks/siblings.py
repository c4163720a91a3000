"""Results whose spreads can be compared with each other: the siblings that S201 looks at."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, NamedTuple

from claimbook.checks.cells import Cell
from claimbook.checks.readings import Reading, Spreads, readings
from claimbook.checks.rounding import value_of
from claimbook.checks.view import Item, View

UNIT_GROUP = 5  # results in one stated unit that are compared among themselves
Member = tuple[Item, list[Cell]]
At = tuple[str, str]
"""Which result: its study and its id."""


class Row(NamedTuple):
    """The spreads of one result, in logarithms: of the SDs, and of the means where all lie above 0."""

    result: str
    outcome: str
    unit: str
    change: bool
    sure: bool
    sizes: list[float]
    sds: list[float]
    means: list[float]

    def logs(self, basis: str) -> list[float]:
        return self.sds if basis == "sd" else [x - by for x, by in zip(self.sds, self.means, strict=True)]

    def spreads(self, study: str, basis: str) -> Spreads:
        return Spreads(tuple(self.logs(basis)), tuple(self.sizes), study, self.sure)


Family = list[tuple[str, Row]]
"""Results of one outcome that can be compared, each with its study."""


@dataclass(frozen=True)
class Judged:
    """What other studies of its outcome say of one result's spreads; ``basis`` is ``cv`` or ``sd``."""

    reading: Reading
    basis: str
    others: int


def judged(view: View) -> dict[At, Judged]:
    """Every result that can be compared with others, judged by them."""
    found = {}
    families = comparable(view)
    for basis in ("cv", "sd"):
        outcomes = [family for family, by in families if by == basis]
        read = readings([[row.spreads(study, basis) for study, row in family] for family in outcomes])
        for family, of_rows in zip(outcomes, read, strict=True):
            others = len({study for study, _ in family}) - 1
            for (study, row), reading in zip(family, of_rows, strict=True):
                found[study, row.result] = Judged(reading, basis, others)
    return found


def comparable(view: View) -> list[tuple[Family, str]]:
    """Results whose spreads can be compared, with the basis: ``cv`` or ``sd``.

    Changes are compared as SDs in one unit. Final values are compared in one stated unit where enough results
    share it, else over the whole outcome as coefficients of variation; in one unit, whichever of SD and CV
    varies less is taken.
    """
    buckets: dict[tuple[str, str, bool], Family] = defaultdict(list)
    for study, told in view.gathered(spreads_of).items():
        for row in map(Row._make, told):
            buckets[row.outcome, row.unit, row.change].append((study, row))
    mixed: dict[str, Family] = defaultdict(list)
    found = []
    for (outcome, unit, change), family in buckets.items():
        if change:
            found.append((family, "sd"))
        elif len(family) >= UNIT_GROUP and unit != "not stated":
            bases = [basis for basis in ("sd", "cv") if basis == "sd" or all(row.means for _, row in family)]
            found.append((family, min(bases, key=lambda basis: _scatter(family, basis))))
        else:
            mixed[outcome] += [(study, row) for study, row in family if row.means]
    return found + [(family, "cv") for family in mixed.values()]


def spreads_of(view: View) -> list[list[Any]]:
    """The fields of a Row for each result of a record whose spreads can be compared."""
    return [
        list(_row(item, cells))
        for item, cells in cells_by_item(view)
        if all(cell.kind in {"sd", "se"} and usable(cell) for cell in cells)
    ]


def _row(item: Item, cells: Sequence[Cell]) -> Row:
    sizes = [cell.size or 0.0 for cell in cells]
    sds = [
        (value_of(c.spread) or 0.0) * (math.sqrt(n) if c.kind == "se" else 1.0)
        for c, n in zip(cells, sizes, strict=True)
    ]
    means = [value_of(cell.mean) or 0.0 for cell in cells]
    return Row(
        result=item.result.id,
        outcome=item.result.outcome,
        unit="%" if item.result.percent_change else item.result.unit.lower(),
        change=cells[0].change,
        sure=any(cell.kind == "se" for cell in cells),
        sizes=sizes,
        sds=[math.log(sd) for sd in sds],
        means=[math.log(mean) for mean in means] if min(means) > 0 else [],
    )


def _scatter(family: Family, basis: str) -> float:
    """Median absolute deviation of the results' mean log spreads."""
    centres = [sum(logs := row.logs(basis)) / len(logs) for _, row in family]
    middle = median(centres)
    return median(abs(x - middle) for x in centres)


def cells_by_item(view: View) -> Iterator[Member]:
    """Each result that has cells, with them."""
    table: dict[int, list[Cell]] = defaultdict(list)
    for cell in view.cells:
        if cell.result is not None:
            table[id(cell.result)].append(cell)
    for item in view.items:
        if group := table.get(id(item.result)):
            yield item, group


def usable(cell: Cell) -> bool:
    """Are mean, spread and group size known, and such that their ratio means something?"""
    n, spread, mean = cell.size, value_of(cell.spread), value_of(cell.mean)
    return n is not None and n >= 3 and spread is not None and spread > 0 and mean is not None
