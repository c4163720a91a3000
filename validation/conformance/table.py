"""Write what the reference tests hold into validation/README.md: `python validation/conformance/table.py`.

One table by area and one by quantity. Both come from running the tests (see record.py), so that nothing in
them is typed by hand; tests/test_validation_page.py compares their counts with those that the tests pin.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from record import Key, Recorder, Tally, record

PAGE = Path(__file__).parents[1] / "README.md"

AREAS: dict[str, dict[str, str]] = {
    "effects_references": {
        "test_the_effect_and_its_variance_agree_with_metafor": "Effect sizes, constructed cases",
        "": "Effect sizes, published data",
    },
    "conversions_references": {
        "test_mean_and_sd_from_quantiles_agree_with_metafor": "Means and SDs from medians, quartiles, ranges",
        "": "Transformations, delta method, Wald intervals",
    },
    "pool_reference": {
        "rma.uni": "Pooling: every estimator of tau², 4 intervals",
        "predict": "Predictions",
        "confint": "Intervals of tau² and I²",
        "": "BLUPs, weights, likelihoods, permutation",
    },
    "pool_meta_reference": {"": "Pooling, as meta does it"},
    "events_reference": {
        "rma.uni": "Counts by inverse variance",
        "": "Mantel-Haenszel, Peto, their tests",
    },
    "glmm_reference": {"": "Generalised linear mixed models"},
    "regress_reference": {
        "rma.uni.mods": "Meta-regression",
        "rma.ls": "Location-scale models",
        "": "Meta-regression: predictions, intervals, tests, VIF",
    },
    "moderated_references": {
        "test_the_effects_of_pooled_tables_are_those_of_metafor": "Effect sizes of pooled tables",
        "": "Meta-regression: residuals, asymmetry, selection",
    },
    "influence_references": {
        "influence": "Influence diagnostics",
        "leave1out": "Leave-one-out and cumulative",
        "cumul": "Leave-one-out and cumulative",
        "gosh": "All subsets (GOSH)",
        "test_influence_in_a_meta_regression_is_that_of_metafor": "Influence in meta-regression",
        "": "Residuals, Baujat, radial, quantiles",
    },
    "small_study_references": {
        "regtest": "Regression tests of asymmetry",
        "ranktest": "Rank test of asymmetry",
        "trimfill": "Trim and fill",
        "fsn": "Fail-safe N",
        "tes": "Test of excess significance",
        "hc": "Henmi-Copas",
        "": "Asymmetry tests, limit meta-analysis, trim and fill of meta",
    },
    "selection_references": {
        "test_selection_models_are_those_of_metafor_or_fit_better": "Selection models",
        "": "Copas, p-uniform, weightr, selection ratios",
    },
}
"""Test module -> its areas (or tests) -> the row of the page; "" is every other area of the module."""

QUANTITIES: dict[str, str] = {
    "effects and their variances": r"test_the_effect.*agree_with_metafor|test_intervals_of_single.*",
    "conversions and transformations": r"test_(mean_and_sd|a_trans|the_delta|effects_from_wald).*",
    "intervals of tau²": r"confint.*|tau2 interval|tau2_low|tau2_high|rma_ls_confint",
    "standard errors": r"(.* )?se(TE.*)?|k0_se",
    "standard error of tau²": r"tau2[_ ]se",
    "tau², variance components": r"tau2|tau2_del|sigma2|rho",
    "prediction limits": r"pi\..*|prediction.*",
    "confidence limits": r"(scale )?(low|high)|ci[._].*|interval",
    "p-values": r"p|p after|q.*_p|bias_p",
    "Q, Q_E, Q_M": r"q|qe|qm|q_del",
    "I², H², R²": r"i2|h2|r2",
    "likelihoods, information criteria": r".*(log.likelihood|aicc?|bic)|likelihood|lrt|ll|ml|res|rma_ls_LRT",
    "estimates and coefficients": r"(.* )?(estimates?|TE.*)|pred|beta|after|delta|target|limit",
    "degrees of freedom, numbers of studies": r".*df|k|k0|n|counts|observed|side|influential|design",
    "test statistics": r"statistic|z|anova.*|tests|rma_ls_anova.*|CO|MH|BD|TA|tau|hettest|bias",
    "weights, hat values": r"weight.*|.*_weights|hat",
    "influence": r"cook_d|cov_r|dfbetas.*|dffits|rstudent",
    "plotted points, VIF, power and others": r".*",
}
"""Row of the page -> what the names of its quantities look like; the first that fits."""

CLASSES: dict[str, float] = {"closed forms": 1e-9, "iterated": 1e-6, "reference looser": float("inf")}
"""Column of the page -> the largest tolerance that belongs to it."""


def area_of(module: str, area: str) -> str:
    return AREAS[module].get(area, AREAS[module][""])


def quantity_of(key: Key) -> str:
    return next(row for row, pattern in QUANTITIES.items() if re.fullmatch(pattern, key.quantity))


def class_of(key: Key) -> str:
    return next(name for name, largest in CLASSES.items() if key.tolerance <= largest)


def cell(tallies: Iterable[Tally]) -> str:
    """The largest error and the number of values that it is the largest of."""
    held = list(tallies)
    if not held:
        return ""
    worst, values = max(tally.worst for tally in held), sum(tally.values for tally in held)
    return f"{f'{worst:.0e}' if worst else 'equal'} ({values:,})"


def row(tallies: dict[Key, Tally]) -> list[str]:
    """The number of values, and the largest error in each class."""
    cells = [cell(t for key, t in tallies.items() if class_of(key) == column) for column in CLASSES]
    return [f"{sum(tally.values for tally in tallies.values()):,}", *cells]


def table(head: list[str], rows: dict[str, list[str]]) -> list[str]:
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *([name, *cells] for name, cells in rows.items())]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def by_area(found: Recorder) -> list[str]:
    """One row for each row of AREAS."""
    rows = {}
    for name in dict.fromkeys(name for names in AREAS.values() for name in names.values()):
        cases = sum(len(c) for place, c in found.cases.items() if area_of(*place) == name)
        rows[name] = [f"{cases:,}", *row({k: t for k, t in found.tallies.items() if area_of(*k[:2]) == name})]
    rows["**All**"] = [f"{sum(map(len, found.cases.values())):,}", *row(found.tallies)]
    return table(["Area", "cases", "values", *CLASSES], rows)


def by_quantity(found: Recorder) -> list[str]:
    """One row for each row of QUANTITIES."""
    rows = {
        name: row({k: t for k, t in found.tallies.items() if quantity_of(k) == name}) for name in QUANTITIES
    }
    return table(["Quantity", "values", *CLASSES], rows)


def written(page: str, name: str, lines: list[str]) -> str:
    """The page with the text between the markers of this name replaced."""
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, _, rest = page.partition(start)
    after = rest.partition(end)[2]
    return "\n".join([before + start, *lines, end + after])


def main() -> None:
    found = record(list(AREAS))
    page = PAGE.read_text(encoding="utf-8")
    page = written(page, "areas", by_area(found))
    page = written(page, "quantities", by_quantity(found))
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
