"""S213 and S217: groups that are too alike, or too far apart, to be what they are called."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from claimbook.checks.cells import Cell
from claimbook.checks.distributions import normal_cdf, normal_quantile
from claimbook.checks.recompute import p_of_t, t_of_groups
from claimbook.checks.rounding import Range, span
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import View

FEWEST = 5  # variables below which the p values say nothing together
RARE = 0.001  # each way
DIGITS = 5  # printed digits of mean and spread together, below which two groups are alike by chance
Variable = tuple[str, str, str]


def baselines_by_chance(view: View) -> Iterator[Hit]:
    """Baseline differences across the arms of a randomised trial that chance hardly gives.

    Under randomisation the p values of baseline differences are spread evenly. The p values of at least five
    continuous variables are combined (Stouffer); groups that are far too alike or far too different fire.
    Rounding is given the benefit of the doubt. Variables that go together (height and mass) make the combined
    value more extreme than it is, so this is a note: a reason to look, no verdict.

    Fails:

    ```yaml
    # a record
    design: {kind: rct_parallel, because: It says so., where: p. 2, status: confirmed}
    population:
      description: Adults
      traits:
        - {what: age, unit: years, arm: trained, n: 40, mean: 30.0, sd: 4.1, where: p. 3}
        - {what: age, unit: years, arm: control, n: 40, mean: 34.0, sd: 4.3, where: p. 3}
        - {what: height, unit: cm, arm: trained, n: 40, mean: 170.0, sd: 7.0, where: p. 3}
        - {what: height, unit: cm, arm: control, n: 40, mean: 175.1, sd: 6.8, where: p. 3}
        - {what: oxygen uptake, unit: l/min, arm: trained, n: 40, mean: 3.10, sd: 0.40, where: p. 3}
        - {what: oxygen uptake, unit: l/min, arm: control, n: 40, mean: 3.45, sd: 0.42, where: p. 3}
        - {what: grip, unit: N, arm: trained, n: 40, mean: 410, sd: 60, where: p. 3}
        - {what: grip, unit: N, arm: control, n: 40, mean: 450, sd: 62, where: p. 3}
        - {what: body fat, unit: "%", arm: trained, n: 40, mean: 20.1, sd: 4.0, where: p. 3}
        - {what: body fat, unit: "%", arm: control, n: 40, mean: 23.4, sd: 4.2, where: p. 3}
    ```

    Passes:

    ```yaml
    # a record
    design: {kind: rct_parallel, because: It says so., where: p. 2, status: confirmed}
    population:
      description: Adults
      traits:
        - {what: age, unit: years, arm: trained, n: 40, mean: 30.0, sd: 4.1, where: p. 3}
        - {what: age, unit: years, arm: control, n: 40, mean: 31.2, sd: 4.3, where: p. 3}
        - {what: height, unit: cm, arm: trained, n: 40, mean: 170.0, sd: 7.0, where: p. 3}
        - {what: height, unit: cm, arm: control, n: 40, mean: 169.1, sd: 6.8, where: p. 3}
        - {what: oxygen uptake, unit: l/min, arm: trained, n: 40, mean: 3.10, sd: 0.40, where: p. 3}
        - {what: oxygen uptake, unit: l/min, arm: control, n: 40, mean: 3.25, sd: 0.42, where: p. 3}
        - {what: grip, unit: N, arm: trained, n: 40, mean: 410, sd: 60, where: p. 3}
        - {what: grip, unit: N, arm: control, n: 40, mean: 408, sd: 62, where: p. 3}
        - {what: body fat, unit: "%", arm: trained, n: 40, mean: 20.1, sd: 4.0, where: p. 3}
        - {what: body fat, unit: "%", arm: control, n: 40, mean: 20.9, sd: 4.2, where: p. 3}
    ```

    Source: Carlisle 2017, Anaesthesia 72:944-952.
    """
    for key, study in view.library.studies.items():
        if study.design.kind not in {"rct_parallel", "rct_cluster"}:
            continue
        values = [p for p in map(_p, _pairs(view, key)) if p is not None]
        if len(values) < FEWEST:
            continue
        alike, apart = _stouffer([p.low for p in values]), _stouffer([p.high for p in values])
        for word, chance in (("too alike", 1 - alike), ("too far apart", apart)):
            if chance < RARE:
                message = f"the arms are {word} in {len(values)} baseline variables (chance {chance:.1g})"
                yield Hit(view.library.where(key, "population", "traits"), message)


def _pairs(view: View, key: str) -> list[tuple[Cell, Cell]]:
    """The first two arms of each baseline variable: traits, and values before the intervention."""
    table: dict[Variable, list[Cell]] = defaultdict(list)
    for cell in view.once(_by_study).get(key, []):
        if cell.trait is not None:
            table["trait", cell.trait.what.lower(), ""].append(cell)
        elif cell.fields[0] == "mean_pre" and cell.result is not None:
            table["result", cell.result.what.lower(), cell.result.subgroup or ""].append(cell)
    two = [cells for cells in table.values() if len({cell.arm for cell in cells}) >= 2]
    return [(cells[0], next(c for c in cells if c.arm != cells[0].arm)) for cells in two]


def _by_study(view: View) -> dict[str, list[Cell]]:
    table: dict[str, list[Cell]] = defaultdict(list)
    for cell in view.cells:
        table[cell.study.study].append(cell)
    return table


def _p(pair: tuple[Cell, Cell]) -> Range | None:
    """The p values that a baseline difference can have."""
    a, b = pair
    mean1, mean2, sd1, sd2 = span(a.mean), span(b.mean), a.sd(), b.sd()
    if mean1 is None or mean2 is None or sd1 is None or sd2 is None or not a.size or not b.size:
        return None
    if min(a.size, b.size) < 2 or min(sd1.low, sd2.low) <= 0:
        return None
    return p_of_t(t_of_groups((mean1, mean2), (sd1, sd2), (a.size, b.size)), a.size + b.size - 2)


def _stouffer(values: list[float]) -> float:
    """The combined one-sided probability; near 0 where p values are small together, near 1 where large."""
    kept = [min(max(p, 1e-12), 1 - 1e-12) for p in values]
    return normal_cdf(sum(map(normal_quantile, kept)) / math.sqrt(len(kept)))


def copied_numbers(view: View) -> Iterator[Hit]:
    """Two groups of one record with the same mean and the same spread, to the last printed digit.

    A row or a column was copied twice, here or in the source. Looks at groups of different arms, at before
    and after, and at different subgroups; fires where mean and spread have five printed digits or more
    together. One group's numbers that stand in two results are the same numbers and pass.

    Fails:

    ```yaml
    # a result
    means:
      of: final
      intervention: {arm: trained, n: 12, mean: 104.1, sd: 9.12}
      comparator: {arm: control, n: 13, mean: 104.1, sd: 9.12}
    ```

    Passes:

    ```yaml
    # a result
    means:
      of: final
      intervention: {arm: trained, n: 12, mean: 104.1, sd: 9.12}
      comparator: {arm: control, n: 13, mean: 104.1, sd: 8.80}
    ```

    Source: Mol et al. 2023, Res Integr Peer Rev 8:6 (TRACT), on repeated numbers.
    """
    for cells in view.once(_by_study).values():
        alike: dict[tuple[str, str], list[Cell]] = defaultdict(list)
        for cell in cells:
            if cell.arm and cell.spread is not None and _digits(cell) >= DIGITS:
                alike[str(cell.mean), str(cell.spread)].append(cell)
        for (mean, spread), group in alike.items():
            found = next(((a, b) for a, b in combinations(group, 2) if _other_people_or_time(a, b)), None)
            if found:
                first, second = found
                message = f"{mean} with {spread} is printed of {_whose(first)} and of {_whose(second)}"
                yield Hit(second.at_mean, message)


def _digits(cell: Cell) -> int:
    """Significant digits of mean and spread together."""
    texts = [str(number).partition("e")[0] for number in (cell.mean, cell.spread)]
    return sum(len("".join(filter(str.isdigit, text)).lstrip("0")) for text in texts)


def _other_people_or_time(a: Cell, b: Cell) -> bool:
    if a.arm != b.arm or (a.result is b.result and a.fields != b.fields):
        return True
    subgroups = [cell.result.subgroup if cell.result else None for cell in (a, b)]
    return None not in subgroups and subgroups[0] != subgroups[1]


def _whose(cell: Cell) -> str:
    time = {"mean_pre": " before", "mean_post": " after"}.get(cell.fields[0], "")
    subgroup = f" ({cell.result.subgroup})" if cell.result and cell.result.subgroup else ""
    return f"arm {cell.arm}{time}{subgroup}"


CHECKS = (
    Check(
        "S213",
        "baselines-too-alike-or-apart",
        "note",
        baselines_by_chance,
        "Random allocation gives some difference; much less or much more asks for an explanation.",
        "read how people were allocated; SEs entered as SDs make groups look far apart",
    ),
    Check(
        "S217",
        "numbers-copied",
        "warning",
        copied_numbers,
        "Two groups do not have one mean and one spread by chance; one of them was never entered.",
        "read both groups again in the source; where it prints them so, waive the rule and say that",
    ),
)
