"""Published analyses, replayed by name to the digits that they print.

Where they were read: the abstract (A), the article or book itself (P), or the replication of the article that
the metafor project keeps with the page and table of each number (M, metafor-project.org/doku.php/analyses). A
digit that the publication prints differently stands in the note of the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest
from published import (
    acupoints,
    adherence,
    bcg_odds,
    bcg_odds_regression,
    bcg_regression,
    bcg_risk_ratio,
    berkey,
    challenge,
    challenge_regression,
    clasp,
    diuretics,
    double_arcsine,
    effects,
    expectancy,
    heterogeneity_intervals,
    length_of_stay,
    lidocaine,
    log_odds_ratios,
    magnesium,
    mean,
    pooled,
    proportion,
    rates,
    ratio,
    rosiglitazone,
    schools,
    sd_scale,
    seven_estimators,
    single,
    st_johns_wort_means,
    st_johns_wort_regression,
    stratified,
    tables,
    teachers,
    tolbutamide,
    training,
    two_rates,
    ulcers,
)

import claimbook as cb
from claimbook.findings.reproduce import reproduce
from claimbook.synthesis import pool_glmm


class Published(NamedTuple):
    """An analysis: where it stands, what we compute, and the digits printed there."""

    name: str
    source: str
    compute: Callable[[], Iterable[float]]
    printed: str
    note: str = ""


ANALYSES = (
    Published(
        "Colditz 1994, BCG vaccine",
        "JAMA 271:698 (A)",
        lambda: ratio(pooled(*effects("bcg_RR"), "DL")),
        "0.49 0.34 0.70",
    ),
    Published(
        "Viechtbauer 2010, BCG vaccine",
        "J Stat Softw 36(3) (P)",
        bcg_risk_ratio,
        "0.3132 0.1664 92.22 12.86 152.2330 -0.7145 0.1798 -3.9744 -1.0669 -0.3622 0.1197 1.1115",
    ),
    Published(
        "Viechtbauer 2010, BCG vaccine by latitude and year",
        "J Stat Softw 36(3) (P)",
        bcg_regression,
        (
            "0.1108 0.0845 71.98 3.57 28.3251 0.0016 12.2045 0.0022 -3.5454 29.0956 -0.0280 0.0102 "
            "0.0019 0.0147"
        ),
        "12.2043, -3.5455 and 29.0959 there, where the search for tau2 stops early",
    ),
    Published(
        "Berkey 1995, BCG vaccine by latitude",
        "Stat Med 14:408 (M)",
        berkey,
        "-0.5429 0.1842 0.268 -0.6303 -0.0268 0.1591 0.0110 0.157 41 0.53 0.42",
        "-0.6304 there",
    ),
    Published(
        "van Houwelingen 2002, BCG vaccine, equal effects",
        "Stat Med 21:596 (M)",
        lambda: ratio(pooled(*bcg_odds(), "EE")),
        "0.647 0.595 0.702",
        "0.703 there",
    ),
    Published(
        "van Houwelingen 2002, BCG vaccine, random effects",
        "Stat Med 21:597 (M)",
        lambda: [*ratio(p := pooled(*bcg_odds(), "ML")), p.tau2],
        "0.476 0.336 0.675 0.302",
    ),
    Published(
        "van Houwelingen 2002, BCG vaccine by latitude",
        "Stat Med 21:608 (M)",
        bcg_odds_regression,
        "0.371 -0.033 0.106 0.003 0.004",
    ),
    Published(
        "Raudenbush 2009, teacher expectancy",
        "Handbook of Research Synthesis, table 16.2 (M)",
        expectancy,
        "0.060 0.084 0.019 -0.03 0.25 0.000 0.407 -0.157 16.57 4.68 -4.39",
        "0.083 there for 0.084",
    ),
    Published(
        "Raudenbush 2009, teacher expectancy, five estimators",
        "table 16.3 (M)",
        lambda: teachers("z"),
        (
            "0.000 0.060 0.036 1.655 -0.011 0.132 0.013 0.078 0.047 1.637 -0.015 0.171 0.019 0.084 "
            "0.052 1.621 -0.018 0.185 0.026 0.089 0.056 1.601 -0.020 0.199 0.080 0.114 0.079 1.443 "
            "-0.041 0.270"
        ),
    ),
    Published(
        "Raudenbush 2009, teacher expectancy, Knapp-Hartung",
        "table 16.3 (M)",
        lambda: teachers("HKSJ"),
        (
            "0.000 0.060 0.051 1.173 -0.048 0.168 0.013 0.078 0.059 1.311 -0.047 0.202 0.019 0.084 "
            "0.062 1.359 -0.046 0.213 0.026 0.089 0.064 1.405 -0.044 0.223 0.080 0.114 0.071 1.608 "
            "-0.035 0.264"
        ),
    ),
    Published(
        "Normand 1999, lidocaine",
        "Stat Med 18:330, 349, tables III and VII (M)",
        lambda: [*mean(pooled(*lidocaine(), "EE")), *mean(pooled(*lidocaine(), "REML"))],
        "2.94 0.4 5.5 2.94 0.4 5.5",
    ),
    Published(
        "Normand 1999, stroke wards",
        "Stat Med 18:352, table IX (M)",
        lambda: [*length_of_stay("EE")[:3], *length_of_stay("DL"), *length_of_stay("REML")],
        "-3.49 -5.03 -1.96 -14.10 -24.45 -3.75 218.72 -15.12 -32.67 2.43 685.20",
    ),
    Published(
        "Stijnen 2010, catheter infections, two arms",
        "Stat Med 29:3050, table II (M)",
        lambda: [v for arm in (2, 1) for v in proportion(pool_glmm("PLO", **single(arm)))],
        "-3.50 0.26 0.81 0.029 0.018 0.048 -4.81 0.36 0.83 0.008 0.004 0.016",
    ),
    Published(
        "Stijnen 2010, catheter infections, odds ratio",
        "Stat Med 29:3052, table III (M)",
        lambda: sd_scale(pooled(*log_odds_ratios(tables("nielweise2007")), "REML")),
        "-0.980 0.243 0.19 0.38 0.23 0.60",
        "0.244 and 0.62 there",
    ),
    Published(
        "Stijnen 2010, catheter infections, exact likelihood",
        "Stat Med 29:3052, table III (M)",
        lambda: sd_scale(pool_glmm("OR", model="CM.EL", **tables("nielweise2007"))),
        "-1.353 0.351 0.83 0.26 0.13 0.51",
        "0.25 there for 0.26",
    ),
    Published(
        "Stijnen 2010, catheter infections, approximate likelihood",
        "Stat Med 29:3052, table III (M)",
        lambda: sd_scale(pool_glmm("OR", model="CM.AL", **tables("nielweise2007"))),
        "-1.303 0.339 0.78 0.27 0.14 0.53",
        "0.77 there for 0.78",
    ),
    Published(
        "Stijnen 2010, infection rates",
        "Stat Med 29:3054, table VII (M)",
        lambda: [
            v
            for arm in (2, 1)
            for p in [pool_glmm("IRLN", **rates(arm))]
            for v in (p.estimate, p.se, p.tau2, *ratio(p))
        ],
        "1.401 0.231 0.317 4.06 2.58 6.38 0.849 0.330 0.654 2.34 1.22 4.47",
        "0.316, 0.850, 1.23 there",
    ),
    Published(
        "Stijnen 2010, rate ratio",
        "Stat Med 29:3055, table VIII (M)",
        lambda: sd_scale(pool_glmm("IRR", model="CM.EL", **two_rates())),
        "-0.476 0.238 0.35 0.62 0.39 0.99",
    ),
    Published(
        "Viechtbauer 2007, diuretics in pregnancy",
        "Stat Med 26:44, table II (M)",
        diuretics,
        ("0.230 0.239 0.301 0.456 0.072 2.203 0.048 2.355 0.027 1.131 0.043 1.475 -0.101 0.578 -0.131 0.732"),
        "two digits there",
    ),
    Published(
        "Viechtbauer 2007, St John's wort",
        "J Psychol 215:107, 109 (M)",
        st_johns_wort_means,
        "1.38 1.26 1.52 1.57 1.31 1.89 0.090",
        "1.39, 1.90, 0.091 there",
    ),
    Published(
        "Viechtbauer 2007, St John's wort by dose and severity",
        "J Psychol 215:112 (M)",
        st_johns_wort_regression,
        "0.0475 47 0.476 -0.006 -0.067 -0.002 0.088 0.010 0.035 0.003 2.67 1.46 4.88 1.26 0.99 1.61",
        "48, 2.66, 4.90 there",
    ),
    Published(
        "Yusuf 1985, beta blockers, table 6",
        "Prog Cardiovasc Dis 27:335 (M)",
        lambda: ratio(cb.pool_events(**tables("yusuf1985_t6"), measure="OR", method="Peto")),
        "0.93 0.74 1.18",
    ),
    Published(
        "Rothman 2008, tolbutamide",
        "Modern Epidemiology, chapter 15 (M)",
        tolbutamide,
        "0.035 -0.018 0.087 1.33 0.87 2.03 1.40 0.84 2.34 1.19 0.35",
        "0.088 there for 0.087",
    ),
    Published(
        "Rothman 2008, smoking and coronary deaths",
        "Modern Epidemiology, chapter 15 (M)",
        lambda: [*mean(stratified("rothman2008b", "IRD")), *ratio(stratified("rothman2008b", "IRR"))],
        "11.44 6.35 16.53 1.42 1.19 1.70",
    ),
    Published(
        "Viechtbauer 2005, example 1",
        "J Educ Behav Stat 30:271 (M)",
        lambda: seven_estimators("viechtbauer2005a"),
        (
            "0.228 0.148 0.277 0.197 0.223 0.192 0.199 77.23 68.80 80.44 74.51 76.84 74.05 74.75 "
            "4.39 3.21 5.11 3.92 4.32 3.85 3.96"
        ),
    ),
    Published(
        "Viechtbauer 2005, example 2",
        "J Educ Behav Stat 30:272 (M)",
        lambda: seven_estimators("viechtbauer2005b"),
        (
            "0.010 0.000 0.013 0.013 0.016 0.010 0.025 22.93 0.00 27.53 28.45 32.02 23.72 42.67 1.30 "
            "1.00 1.38 1.40 1.47 1.31 1.74"
        ),
    ),
    Published(
        "Henmi & Copas 2010, acupoint stimulation",
        "Stat Med 29:2978 (M)",
        acupoints,
        "0.3325 -0.6787 -1.0664 -0.2911 -0.5145 -0.9994 -0.0295",
    ),
    Published(
        "Jackson 2014, example 1",
        "BMC Med Res Methodol 14:103 (M)",
        lambda: heterogeneity_intervals("jackson2014a"),
        "0.0110 0.6330 0.0029 0.6907 0.0000 1.1246 0.0023 1.4871",
        "1.1245 there, by a root finder that stops early",
    ),
    Published(
        "Jackson 2014, example 2",
        "BMC Med Res Methodol 14:103 (M)",
        lambda: heterogeneity_intervals("jackson2014b"),
        "0.0163 0.1108 0.0170 0.1393 0.0180 0.1375 0.0178 0.1564",
    ),
    Published(
        "Konstantopoulos 2011, school calendars",
        "Res Synth Methods 2:70, table 4 (M)",
        schools,
        "0.128 0.044 0.088 0.020 0.126 0.005",
    ),
    Published(
        "DerSimonian & Kacker 2007, CLASP",
        "Contemp Clin Trials 28:111, tables 3 and 4 (M)",
        clasp,
        (
            "0.3681 -0.3811 0.2060 0.4410 -0.4035 0.2327 0.2323 -0.3240 0.1540 0.3831 -0.3861 0.2115 "
            "0.3254 -0.3655 0.1901 0.0000 -0.1973 0.0694 0.1843 -0.2980 0.1343 0.4572 -0.4079 0.2386"
        ),
        "ML stops at 0.0023 and -0.1974 there; the likelihood rises to zero",
    ),
    Published(
        "Lipsey & Wilson 2001, challenge programmes",
        "Practical Meta-Analysis, exhibit 7.3 (M)",
        challenge,
        (
            "0.1549 0.0356 0.2742 0.0609 2.5450 0.0109 14.7640 0.0976 0.1534 -0.0146 0.3215 0.0858 "
            "1.7893 0.0736 0.025955"
        ),
    ),
    Published(
        "Lipsey & Wilson 2001, regression, fixed effects",
        "exhibit 7.6 (M)",
        lambda: challenge_regression("EE"),
        "0.3223 -0.3298 -0.0041 0.2998 0.1304 0.0493 0.0290 0.0000",
    ),
    Published(
        "Lipsey & Wilson 2001, regression, mixed effects",
        "exhibit 7.7 (M)",
        lambda: challenge_regression("DL"),
        "0.3311 -0.3269 -0.0068 0.3198 0.1439 0.0528 0.0617 0.00488",
    ),
    Published(
        "Miller 1978, double arcsine",
        "Am Stat 32:138 (M)",
        double_arcsine,
        "1.1391 1.2888 1.5253 0.9515 1.2262 1.3093 0.3164 0.3595",
    ),
    Published(
        "Morris 2008, change against control",
        "Organ Res Methods 11:368, table 1 (M)",
        training,
        "0.74 0.95 1.81 1.15 0.51",
    ),
    Published(
        "van Houwelingen 1993, ulcer bleeding",
        "Stat Med 12:2275, 2277 (M)",
        lambda: [*ulcers("EE"), *ulcers("ML")],
        "0.122 0.100 0.174 0.136 0.119",
        "0.099 and 0.175 there, by numerical Hessians",
    ),
    Published(
        "Nissen & Wolski 2007, rosiglitazone",
        "N Engl J Med 356:2457 (A)",
        rosiglitazone,
        "1.43 1.03 1.98 0.03",
    ),
    Published(
        "D'Amico 2009, antibiotic prophylaxis",
        "Cochrane CD000022 (A)",
        lambda: ratio(pooled(*effects("damico2009_OR"), "DL")),
        "0.28 0.20 0.38",
    ),
    Published(
        "Li 2007, magnesium after infarction",
        "Cochrane CD002755 (A)",
        magnesium,
        "0.99 0.94 1.04 0.66 0.53 0.82",
    ),
    Published(
        "Steurer 2006, purine antagonists",
        "Cochrane CD004270 (A)",
        lambda: ratio(pooled(*effects("steurer2006_HR"), "EE")),
        "0.89 0.78 1.01",
    ),
    Published(
        "Spooner 2002, nedocromil",
        "Cochrane CD001183 (A)",
        lambda: mean(pooled(*effects("spooner2002_MD"), "DL")),
        "-15.6 -18.1 -13.2",
    ),
    Published(
        "Molloy 2014, conscientiousness and adherence", "Ann Behav Med 47:92 (A)", adherence, "0.15 0.09 0.21"
    ),
    Published(
        "Landenberger & Lipsey 2005, offenders",
        "J Exp Criminol 1:451 (P)",
        lambda: ratio(pooled(*effects("landenberger2005_OR"), "DL"))[:1],
        "1.53",
    ),
)


def as_printed(values: Iterable[float], printed: str) -> str:
    """Our values with as many digits as each printed one."""
    digits = [len(word.partition(".")[2]) for word in printed.split()]
    found = [f"{value:.{n}f}" for value, n in zip(values, digits, strict=True)]
    return " ".join(word.lstrip("-") if not float(word) else word for word in found)


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda analysis: analysis.name)
def test_an_analysis_has_the_digits_of_its_publication(analysis: Published) -> None:
    assert as_printed(analysis.compute(), analysis.printed) == analysis.printed


def test_the_pooled_rows_and_trials_of_huiberts_2024_are_reproduced() -> None:
    """Five pooled effects and the effect of each of 39 trials, from the records of this library."""
    library, _ = cb.read_library(Path(__file__).parents[1] / "studies")
    found = reproduce(library)
    rows = [c for c in found if c.study == "huiberts2024" and c.quantity.startswith("pooled")]
    trials = [c for c in found if "RevMan" in c.quantity]
    assert [{c.status for c in part} for part in (rows, trials)] == [{"match"}, {"match"}]
    assert (len(rows), len(trials)) == (5, 39)


def test_no_analysis_has_been_lost() -> None:
    assert (len(ANALYSES), len({analysis.name for analysis in ANALYSES})) == (44, 44)
