"""Results whose spreads can be compared with each other: the siblings that S201 looks at."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from claimbook.checks.cells import Cell
from claimbook.checks.readings import Reading, Spreads, readings
from claimbook.checks.rounding import value_of
from claimbook.checks.view import Item, View

UNIT_GROUP = 5  # results in one stated unit that are compared among themselves
Member = tuple[Item, list[Cell]]
Row = tuple[Item, list[Cell], Spreads]


@dataclass(frozen=True)
class Judged:
    """One result with what other studies of its outcome say of its spreads; ``basis`` is ``cv`` or ``sd``."""

    item: Item
    reading: Reading
    basis: str
    others: int


def judged(view: View) -> list[Judged]:
    """Every result that can be compared with others, judged by them."""
    found = []
    for basis in ("cv", "sd"):
        outcomes = [rows for rows, by in view.once(comparable) if by == basis]
        read = readings([[spreads for _, _, spreads in rows] for rows in outcomes])
        for rows, of_rows in zip(outcomes, read, strict=True):
            others = len({item.key for item, _, _ in rows}) - 1
            found += [
                Judged(item, one, basis, others) for (item, _, _), one in zip(rows, of_rows, strict=True)
            ]
    return found


def comparable(view: View) -> list[tuple[list[Row], str]]:
    """Results whose spreads can be compared, with the basis: ``cv`` or ``sd``.

    Changes are compared as SDs in one unit. Final values are compared in one stated unit where enough results
    share it, else over the whole outcome as coefficients of variation; in one unit, whichever of SD and CV
    varies less is taken.
    """
    buckets: dict[tuple[str, str, bool], list[Member]] = defaultdict(list)
    for item, cells in cells_by_item(view):
        if all(cell.kind in {"sd", "se"} and usable(cell) for cell in cells):
            unit = "%" if item.result.percent_change else item.result.unit.lower()
            buckets[item.result.outcome, unit, cells[0].change].append((item, cells))
    mixed: dict[str, list[Member]] = defaultdict(list)
    found = []
    for (outcome, unit, change), members in buckets.items():
        if change:
            found.append((_rows(members, "sd"), "sd"))
        elif len(members) >= UNIT_GROUP and unit != "not stated":
            bases = [basis for basis in ("sd", "cv") if basis == "sd" or _all_positive(members)]
            best = min(bases, key=lambda basis: _scatter(_rows(members, basis)))
            found.append((_rows(members, best), best))
        else:
            mixed[outcome] += [member for member in members if _all_positive([member])]
    return found + [(_rows(members, "cv"), "cv") for members in mixed.values()]


def _all_positive(members: Sequence[Member]) -> bool:
    return all((value_of(cell.mean) or 0.0) > 0 for _, cells in members for cell in cells)


def _rows(members: Sequence[Member], basis: str) -> list[Row]:
    return [(item, cells, _spreads(item.key, cells, basis)) for item, cells in members]


def _spreads(study: str, cells: Sequence[Cell], basis: str) -> Spreads:
    sizes = tuple(cell.size or 0.0 for cell in cells)
    sds = [
        (value_of(c.spread) or 0.0) * (math.sqrt(n) if c.kind == "se" else 1.0)
        for c, n in zip(cells, sizes, strict=True)
    ]
    scale = [(value_of(c.mean) or 1.0) if basis == "cv" else 1.0 for c in cells]
    logs = tuple(math.log(sd) - math.log(by) for sd, by in zip(sds, scale, strict=True))
    return Spreads(logs, sizes, study, sure=any(cell.kind == "se" for cell in cells))


def _scatter(rows: Sequence[Row]) -> float:
    """Median absolute deviation of the results' mean log spreads."""
    centres = [sum(spreads.logs) / len(spreads.logs) for _, _, spreads in rows]
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
