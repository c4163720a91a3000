"""The page of coverage: the lowest of each interval by the number of studies, and where each fails."""

from __future__ import annotations

import numpy as np
import pandas as pd

LOW, HIGH = 0.925, 0.975  # Bradley's (1978) bounds of a 95 % interval that is robust

HEAD = """# Coverage of the intervals

How often each 95 % interval holds what it is an interval of, by simulation. `run.py` beside this page writes
it and `coverage.csv`, which has every cell: `nox -s coverage`.

Sets of k studies are drawn with variances chi2(1) / 4 between 0.009 and 0.6 (Brockwell & Gordon 2001), tau²
of 0, 0.02, 0.07 and 0.3 (I² of about 0, 25, 55 and 85 %), and true effects that are normal, heavy-tailed (t
with 5 degrees of freedom), skewed (exponential) or of two kinds (two values). The variances are known, as the
methods assume.

A number in the tables is the *lowest* coverage over tau² and the distributions named, in percent. An interval
**fails** in a cell where its coverage lies below 92.5 % by more than twice the simulation error (bold: it
fails for some tau² and distribution); it is *wide* where it lies as far above 97.5 %. What lies between is
robust in the sense of Bradley (1978).

What follows from it:

* A normal interval ("z") of few studies fails with every estimator of tau². HKSJ mends most of that, which is
  why it is the default; what it leaves are mostly sets of two to ten studies with effects far from normal.
* "t" and "HKSJ-adhoc" fail less often still, at the price of being wide wherever studies are few and agree:
  the choice for those who would rather claim too little.
* REML, DL and PM are alike under HKSJ; ML is too small and HE too variable. SJ holds best under HKSJ, but
  never finds tau² = 0, so that its other intervals are wide.
* Prediction intervals in closed form fail where tau² is small but not zero, for its estimate is then often
  zero; Nagashima's holds, where effects are normal.
* The intervals of tau² hold, but for HT, which is a test of homogeneity turned round.
"""


def page(table: pd.DataFrame) -> str:
    table = table.assign(verdict=_verdict(table))
    normal = table[table["distribution"] == "normal"]
    many = table[table["n"] == table["n"].max()]
    sections = [
        ("The mean effect, effects of any distribution", many[many["of"] == "mean"]),
        ("The mean effect, normal effects", normal[normal["of"] == "mean"]),
        ("The effect of a new study, any distribution", many[many["of"] == "prediction"]),
        ("The effect of a new study, normal effects", normal[normal["of"] == "prediction"]),
        ("tau², normal effects", normal[normal["of"] == "tau2"]),
    ]
    text = [HEAD]
    for title, part in sections:
        text += [f"## {title}\n", _lowest(part), ""]
    default = table[(table["of"] == "mean") & (table["estimator"] == "REML") & (table["interval"] == "HKSJ")]
    text += ["## The default, REML with HKSJ, cell by cell\n", _cells(default), ""]
    return "\n".join(text)


def _verdict(table: pd.DataFrame) -> np.ndarray:
    coverage, error = table["coverage"], np.sqrt(LOW * (1 - LOW) / table["n"])
    return np.select([coverage < LOW - 2 * error, coverage > HIGH + 2 * error], ["fails", "wide"], "")


def _lowest(table: pd.DataFrame) -> str:
    """One row an interval: the lowest coverage for each k, then how many cells fail and how many are wide."""
    ks = sorted(table["k"].unique())
    lines = ["| tau² | interval | " + " | ".join(f"k = {k}" for k in ks) + " | fails | wide | sets |"]
    lines.append("|---|---|" + "--:|" * (len(ks) + 3))
    for (estimator, interval), rows in table.groupby(["estimator", "interval"], sort=False):
        cells = [_cell(rows[rows["k"] == k]) for k in ks]
        counts = [f"{(rows['verdict'] == verdict).sum()} of {len(rows)}" for verdict in ("fails", "wide")]
        lines.append("| " + " | ".join([estimator, interval, *cells, *counts, f"{rows['n'].max():,}"]) + " |")
    return "\n".join(lines)


def _cell(rows: pd.DataFrame) -> str:
    if rows.empty:
        return ""
    text = f"{100 * rows['coverage'].min():.1f}"
    return f"**{text}**" if (rows["verdict"] == "fails").any() else text


def _cells(table: pd.DataFrame) -> str:
    ks = sorted(table["k"].unique())
    lines = [
        "| effects | tau² | " + " | ".join(f"k = {k}" for k in ks) + " |",
        "|---|--:|" + "--:|" * len(ks),
    ]
    for (distribution, tau2), rows in table.groupby(["distribution", "tau2"], sort=False):
        cells = [_cell(rows[rows["k"] == k]) for k in ks]
        lines.append(f"| {distribution} | {tau2:g} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
