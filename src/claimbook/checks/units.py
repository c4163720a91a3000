"""S215: a value ten, a hundred or a thousand times its siblings'."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from statistics import median
from typing import Any, NamedTuple

from claimbook.checks.cells import Cell
from claimbook.checks.rounding import value_of
from claimbook.checks.rule import Check, Hit
from claimbook.checks.siblings import cells_by_item
from claimbook.checks.view import Loc, View

FEWEST = 5  # results in one unit that say what is usual
NEAR = 0.12  # distance from a power of ten, in powers of ten
SCATTER = 0.20  # studies that differ more than this, in powers of ten, say nothing


def unit_slips(view: View) -> Iterator[Hit]:
    """A value that differs from its siblings by a power of ten, or stands in another unit.

    Compares the two groups of a result, before and after, and the results of one outcome in one stated unit.
    A value near ten, a hundred or a thousand times the others' is a decimal point or a unit. An outcome can
    list its `units`; a result in another unit then fires too.

    Fails:

    ```yaml
    # a result
    means:
      of: final
      intervention: {arm: trained, n: 12, mean: 1041, sd: 90.1}
      comparator: {arm: control, n: 12, mean: 100.0, sd: 8.8}
    ```

    Passes:

    ```yaml
    # a result
    means:
      of: final
      intervention: {arm: trained, n: 12, mean: 104.1, sd: 9.01}
      comparator: {arm: control, n: 12, mean: 100.0, sd: 8.8}
    ```

    Source: Jones et al. 2005, J Clin Epidemiol 58:741-742, on errors in extracted data.
    """
    groups: dict[tuple[str, str], list[Measured]] = defaultdict(list)
    for study, told in view.gathered(measured).items():
        for loc, message in told["slips"]:
            yield Hit(view.library.where(study, *loc), message)
        for outcome, unit, *rest in told["sizes"]:
            groups[outcome, unit].append(Measured(study, *rest))
    for members in groups.values():
        for one, message in _among(members):
            yield Hit(view.library.where(one.study, *one.loc), message)


class Measured(NamedTuple):
    """The first mean of a result, and the power of ten of its means."""

    study: str
    loc: Loc
    printed: str
    size: float


def measured(view: View) -> dict[str, list[list[Any]]]:
    """What a record's results say: ``slips`` within it, and ``sizes``, the fields of Measured by unit."""
    slips: list[list[Any]] = []
    sizes: list[list[Any]] = []
    for item, cells in cells_by_item(view):
        result = item.result
        allowed = view.library.info.outcomes.get(result.outcome)
        if allowed and allowed.units and result.unit not in allowed.units and not result.reported:
            message = f'"{result.unit}" is not a unit of {result.outcome} ({", ".join(allowed.units)})'
            slips.append([["results", item.index, "unit"], message])
        means = [mean for cell in cells if (mean := value_of(cell.mean)) is not None and mean > 0]
        if len(means) != len(cells) or cells[0].change:
            continue
        powers = [math.log10(mean) for mean in means]
        slips += _within(cells, powers)
        if result.unit != "not stated":
            middle, first = sum(powers) / len(powers), cells[0]
            sizes.append([result.outcome, result.unit, _at_mean(first), str(first.mean), middle])
    return {"slips": slips, "sizes": sizes}


def _at_mean(cell: Cell) -> list[str | int]:
    return [*cell.loc, cell.fields[0]]


def _within(cells: list[Cell], powers: list[float]) -> Iterator[list[Any]]:
    if len(cells) == 2 and (slip := _slip(powers[1] - powers[0])):
        message = f"{cells[1].mean} is about {10.0**slip:g} times the {cells[0].mean} beside it"
        yield [_at_mean(cells[1]), message]


def _among(members: list[Measured]) -> Iterator[tuple[Measured, str]]:
    if len({one.study for one in members}) < FEWEST:
        return
    middle = median(one.size for one in members)
    scatter = 1.4826 * median(abs(one.size - middle) for one in members)
    for one in members:
        slip = _slip(one.size - middle)
        if slip and scatter <= SCATTER:
            usual = f"about {10.0**slip:g} times the usual {10**middle:.3g} of {len(members) - 1} others"
            yield one, f"{one.printed} is {usual} in this unit"


def _slip(distance: float) -> int:
    """The power of ten that a distance in powers of ten is near to, 0 for none."""
    nearest = round(distance)
    return nearest if nearest and abs(nearest) <= 3 and abs(distance - nearest) <= NEAR else 0


CHECKS = (
    Check(
        "S215",
        "unit-slip",
        "warning",
        unit_slips,
        "A misplaced decimal point or another unit makes an effect that no study found.",
        "compare the decimal point and the unit with the source; convert the value, or correct `unit`",
    ),
)
GATHERED = (measured,)
