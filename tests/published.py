"""What published analyses computed: one function for each, from the data that they print."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from reference import column, golden

import claimbook as cb
from claimbook.effects import TRANSFORMS
from claimbook.synthesis import henmi_copas, pool_glmm

HERE = Path(__file__).parent


@cache
def data(name: str) -> dict[str, Any]:
    """Data of a publication that no reference file has."""
    found = json.loads((HERE / "data" / "published.json").read_text(encoding="utf-8"))[name]
    return {key: np.array(values, float) for key, values in found.items() if key != "source"}


def effects(name: str) -> tuple[Any, Any]:
    found = golden(f"uni_{name}")["data"]
    return column(found["yi"]), column(found["vi"])


def tables(name: str) -> dict[str, Any]:
    """Events and sizes of two arms."""
    a, b, c, d = (column(golden(f"binary_{name}")["data"][cell]) for cell in ("ai", "bi", "ci", "di"))
    return {"events1": a, "n1": a + b, "events2": c, "n2": c + d}


def log_odds_ratios(arms: dict[str, Any], measure: str = "OR") -> tuple[Any, Any]:
    found = cb.effect_sizes(measure, drop00=True, **arms)
    return found.y[np.isfinite(found.v)], found.v[np.isfinite(found.v)]


def mean(pooled: Any) -> list[float]:
    return [pooled.estimate, pooled.low, pooled.high]


def ratio(pooled: Any) -> list[float]:
    return np.exp(mean(pooled)).tolist()


def pooled(y: Any, v: Any, tau2: str, interval: str = "z") -> Any:
    return cb.pool(y, v, tau2, interval)


def rates(arm: int) -> dict[str, Any]:
    """Infections and thousand catheter days of Nielweise et al. 2008."""
    found = golden("meta_metaprop")["data"]["nielweise2008"]
    return {"events": column(found[f"x{arm}i"]), "time": column(found[f"t{arm}i"]) / 1000}


def two_rates() -> dict[str, Any]:
    one, two = rates(1), rates(2)
    return {"events1": one["events"], "time1": one["time"], "events2": two["events"], "time2": two["time"]}


def single(arm: int) -> dict[str, Any]:
    """Infections and catheters of one arm of Nielweise et al. 2007."""
    found = tables("nielweise2007")
    return {"events": found[f"events{arm}"], "n": found[f"n{arm}"]}


def proportion(fit: Any) -> list[float]:
    return [fit.estimate, fit.se, fit.tau2, *(1 / (1 + np.exp(-np.array(mean(fit)))))]


def sd_scale(fit: Any) -> list[float]:
    """Estimate and SE of a log ratio, tau, and the ratio with its interval."""
    return [fit.estimate, fit.se, fit.tau2**0.5, *ratio(fit)]


def teachers(interval: str) -> list[float]:
    """tau2, mean, SE, statistic and interval by five estimators (Raudenbush 2009, table 16.3)."""
    fits = [pooled(*effects("raudenbush1985"), tau2, interval) for tau2 in ("EE", "ML", "REML", "DL", "HE")]
    return [value for f in fits for value in (f.tau2, f.estimate, f.se, f.statistic, f.low, f.high)]


def expectancy() -> list[float]:
    """Mean, random-effects and regression rows of Raudenbush 2009, table 16.2."""
    y, v = effects("raudenbush1985")
    equal, random = pooled(y, v, "EE"), pooled(y, v, "REML")
    weeks = np.minimum(column(golden("mods_raudenbush_weeks")["data"]["weeks"]), 3)
    mixed = cb.regress("y ~ weeks", {"y": y, "v": v, "weeks": weeks}, "v", "REML", "z")
    blups = random.blups()["estimate"]
    return [
        *(equal.estimate, random.estimate, random.tau2, blups.min(), blups.max()),
        *(mixed.tau2, *mixed.coefficients["estimate"], mixed.qe, *mixed.coefficients["statistic"]),
    ]


def lidocaine() -> tuple[Any, Any]:
    found = cb.effect_sizes("RD", **tables("hine1989"))
    return 100 * found.y, 100**2 * found.v


def length_of_stay(tau2: str) -> list[float]:
    """Mean difference with one SD for both groups, as in Normand 1999, table VIII."""
    names = {"n1i": "n1", "m1i": "mean1", "sd1i": "sd1", "n2i": "n2", "m2i": "mean2", "sd2i": "sd2"}
    columns = {ours: golden("meta_metacont")["data"][theirs] for theirs, ours in names.items()}
    found = cb.effect_sizes("MD", vtype="HO", **columns)
    fit = pooled(found.y, found.v, tau2)
    return [*mean(fit), fit.tau2]


def bcg_frame(centre: float = 0.0) -> pd.DataFrame:
    """Counts and effects of the BCG trials; `latitude` less a centre."""
    frame = pd.DataFrame({k: v for k, v in golden("mods_bcg_ablat")["data"].items() if k[0] != "."})
    return frame.assign(latitude=frame["ablat"] - centre)


def bcg_regression() -> list[float]:
    fit = cb.regress("yi ~ ablat + year", bcg_frame(), "vi", "REML", "z")
    rows = fit.coefficients[["estimate", "se"]].to_numpy().ravel()
    return [fit.tau2, fit.tau2_se, fit.i2, fit.h2, fit.qe, fit.qe_p, fit.qm, fit.qm_p, *rows]


def bcg_odds() -> tuple[Any, Any]:
    return log_odds_ratios(tables("bcg"))


def bcg_odds_regression() -> list[float]:
    y, v = bcg_odds()
    fit = cb.regress("y ~ latitude", bcg_frame().assign(y=y, v=v), "v", "ML", "z")
    return [*fit.coefficients["estimate"], *fit.coefficients["se"], fit.tau2]


def berkey() -> list[float]:
    """Empirical Bayes with variances from the average odds (Berkey et al. 1995, p. 408)."""
    f = bcg_frame(33.46)
    v = sum(
        (f[f"{arm}neg"] / f[f"{arm}pos"]).mean() / (f[f"{arm}neg"] + f[f"{arm}pos"]) for arm in ("t", "c")
    )
    alone = pooled(f["yi"], v, "EB")
    fit = cb.regress("yi ~ latitude", f.assign(v=v), "v", "EB", "z")
    at = np.exp(fit.predict({"latitude": [0.0, 42 - 33.46]})["estimate"])
    return [
        *(alone.estimate, alone.se, alone.tau2),
        *(*fit.coefficients["estimate"], *fit.coefficients["se"], fit.tau2, fit.r2, *at),
    ]


def diuretics() -> list[float]:
    """tau2 by four estimators, and its intervals (Viechtbauer 2007, table II)."""
    y, v = effects("collins1985b_OR")
    fits = {tau2: pooled(y, v, tau2) for tau2 in ("DL", "ML", "REML", "SJ")}
    wald = [fits[name].tau2 + side * 1.96 * fits[name].tau2_se for name in ("ML", "REML") for side in (-1, 1)]
    return [
        *(fit.tau2 for fit in fits.values()),
        *fits["DL"].tau2_interval("QP"),
        *fits["DL"].tau2_interval("BT"),
        *fits["ML"].tau2_interval("PL"),
        *fits["REML"].tau2_interval("PL"),
        *wald,
    ]


def st_johns_wort() -> pd.DataFrame:
    """The 17 trials of Viechtbauer 2007, example 2; total dose in grams less 34, severity less 20."""
    held = golden("mods_linde2005_major")["data"]
    frame = pd.DataFrame({k: v for k, v in held.items() if k[0] != "."}).iloc[[*range(5, 9), *range(11, 24)]]
    dose = frame["dosage"] * 7 / 1000 * frame["duration"]
    return frame.assign(dose=dose - 34, severity=frame["baseline"] - 20)


def st_johns_wort_means() -> list[float]:
    y, v = (st_johns_wort()[name].to_numpy() for name in ("yi", "vi"))
    random = pooled(y, v, "DL")
    return [*ratio(pooled(y, v, "EE")), *ratio(random), random.tau2]


def st_johns_wort_regression() -> list[float]:
    fit = cb.regress("yi ~ dose * severity", st_johns_wort(), "vi", "DL", "z")
    at = fit.predict({"dose": [0.0, 0.0], "severity": [12.5 - 20, 23.6 - 20]})
    ratios = np.exp(at[["estimate", "low", "high"]]).to_numpy().ravel()
    return [fit.tau2, fit.r2, *fit.coefficients["estimate"], *fit.coefficients["se"], *ratios]


def stratified(name: str, measure: str) -> Any:
    return cb.pool_events(**data(name), measure=measure, level=0.90)


def tolbutamide() -> list[float]:
    odds = stratified("rothman2008a", "OR")
    return [
        *mean(stratified("rothman2008a", "RD")),
        *ratio(stratified("rothman2008a", "RR")),
        *ratio(odds),
        odds.cochran_mantel_haenszel(correct=False).statistic,
        odds.tarone().statistic,
    ]


def seven_estimators(name: str) -> list[float]:
    found = data(name)
    fits = [pooled(found["y"], found["v"], t) for t in ("HS", "HE", "DL", "ML", "REML", "EB", "SJ")]
    return [*(f.tau2 for f in fits), *(f.i2 for f in fits), *(f.h2 for f in fits)]


def acupoints() -> list[float]:
    y, v = log_odds_ratios(data("lee2004"))
    random, centred = pooled(y, v, "DL"), henmi_copas(y, v)
    return [random.tau2, *mean(random), *mean(centred)]


def heterogeneity_intervals(name: str) -> list[float]:
    """tau2 after one moderator: log-Wald of REML, Cochran's Q, weights 1/sqrt(v), Q-profile."""
    fit = cb.regress("y ~ x", data(name), "v", "REML", "z")
    wald = [fit.tau2 * np.exp(side * 1.96 * fit.tau2_se / fit.tau2) for side in (-1, 1)]
    return [*wald, *fit.tau2_interval("BJ"), *fit.tau2_interval("J"), *fit.tau2_interval("QP")]


def schools() -> list[float]:
    held = golden("meta_metaprop")["data"]["konstantopoulos2011"]
    frame = {"y": held["yi"], "v": held["vi"], "year": held["year"]}
    alone = pooled(held["yi"], held["vi"], "REML")
    fit = cb.regress("y ~ center(year)", frame, "v", "REML", "z")
    return [alone.estimate, alone.se, alone.tau2, alone.tau2_se, *fit.coefficients["estimate"]]


def clasp() -> list[float]:
    """tau, mean and SE by eight methods (DerSimonian & Kacker 2007, tables 3 and 4)."""
    y, v = log_odds_ratios(data("clasp"))
    fits = [pooled(y, v, tau2) for tau2 in ("PM", "HE", "DL")]
    for first in ("HE", "DL"):  # two-step estimators
        weights = 1 / (v + pooled(y, v, first).tau2)
        fits.append(cb.pool(y, v, cb.pool(y, v, "GENQ", "z", weights=weights).tau2, "z"))
    fits += [pooled(y, v, tau2) for tau2 in ("ML", "REML", "SJ")]
    return [value for fit in fits for value in (fit.tau2**0.5, fit.estimate, fit.se)]


def challenge() -> list[float]:
    found = data("lipsey2001")
    equal, random = (pooled(found["y"], found["v"], tau2) for tau2 in ("EE", "DL"))
    return [
        *(*mean(equal), equal.se, equal.statistic, equal.p, equal.q, equal.q_p),
        *(*mean(random), random.se, random.statistic, random.p, random.tau2),
    ]


def challenge_regression(tau2: str) -> list[float]:
    fit = cb.regress("y ~ random + intensity", data("lipsey2001"), "v", tau2, "z")
    return [*fit.coefficients["estimate"], *fit.coefficients["se"], fit.qm_p, fit.tau2]


def double_arcsine() -> list[float]:
    """Miller 1978: transformed proportions, their means, and the means turned back."""
    n = np.array([11, 17, 21, 6])
    found = cb.effect_sizes("PFT", events=[3, 6, 10, 1], n=n)
    means = [cb.pool(found.y, found.v, "EE", "z", weights=w).estimate for w in (np.ones(4), 1 / found.v)]
    back = TRANSFORMS["ipft"](means, float(1 / np.mean(1 / n)))
    return [*(2 * found.y), *(2 * m for m in means), *back]


def training() -> list[float]:
    """Difference of the standardised changes of trained and control groups (Morris 2008, table 1)."""
    found = data("morris2008")
    arms = [
        cb.effect_sizes("SMCR", sd_post=found["sd_pre"][i], **{k: v[i] for k, v in found.items()})
        for i in (0, 1)
    ]
    return arms[0].y - arms[1].y


def adherence() -> list[float]:
    held = golden("meta_metaprop")["data"]["molloy2014"]
    found = cb.effect_sizes("ZCOR", r=held["ri"], n=held["ni"])
    return np.tanh(mean(pooled(found.y, found.v, "REML"))).tolist()


def rosiglitazone() -> list[float]:
    fit = cb.pool_events(**tables("nissen2007_MI"), measure="OR", method="Peto")
    return [*ratio(fit), fit.p]


def ulcers(tau2: str) -> list[float]:
    fit = pool_glmm("OR", model="CM.EL", tau2=tau2, points=15, **data("collins1985a"))
    return [fit.estimate, fit.se, *([fit.tau2] if tau2 == "ML" else [])]


def bcg_risk_ratio() -> list[float]:
    fit = pooled(*effects("bcg_RR"), "REML")
    return [
        *(fit.tau2, fit.tau2_se, fit.i2, fit.h2, fit.q),
        *(fit.estimate, fit.se, fit.statistic, fit.low, fit.high, *fit.tau2_interval("QP")),
    ]


def magnesium() -> list[float]:
    arms = tables("li2007")
    fixed = cb.pool_events(**arms, measure="OR")
    return [*ratio(fixed), *ratio(pooled(*log_odds_ratios(arms), "DL"))]
