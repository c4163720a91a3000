"""All that can be asked about missing evidence, each with its paper: the list behind the methods page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from claimbook.synthesis.copas_selection import copas
from claimbook.synthesis.deletion import cumulate, influence, leave_one_out
from claimbook.synthesis.diagnostics import baujat, labbe, radial, standardized_residuals
from claimbook.synthesis.evalue import e_value
from claimbook.synthesis.henmi import henmi_copas
from claimbook.synthesis.missing import funnel, reporting_bias_bounds
from claimbook.synthesis.pcurve import p_curve
from claimbook.synthesis.puniform_star import p_uniform_star
from claimbook.synthesis.severity import selection_ratio
from claimbook.synthesis.subsets import gosh


@dataclass(frozen=True)
class Analysis:
    label: str
    function: Callable[..., Any]
    cite: str


MISSING_EVIDENCE: dict[str, Analysis] = {
    "funnel": Analysis("contour-enhanced funnel plot", funnel, "peters2008"),
    "bounds": Analysis("largest bias from unreported results", reporting_bias_bounds, "copas2004"),
    "copas": Analysis("Copas selection model", copas, "copas2000"),
    "henmi-copas": Analysis("Henmi and Copas's interval", henmi_copas, "henmi2010"),
    "p-curve": Analysis("p-curve", p_curve, "simonsohn2014"),
    "p-uniform*": Analysis("p-uniform*", p_uniform_star, "vanaert2018"),
    "selection ratio": Analysis("weighting by a selection ratio", selection_ratio, "mathur2020"),
    "e-value": Analysis("E-value for unmeasured confounding", e_value, "vanderweele2017"),
}

SENSITIVITY: dict[str, Analysis] = {
    "leave-one-out": Analysis("leave-one-out", leave_one_out, "viechtbauer2010outlier"),
    "cumulative": Analysis("cumulative meta-analysis", cumulate, "lau1992"),
    "influence": Analysis("influence diagnostics", influence, "viechtbauer2010outlier"),
    "residuals": Analysis("standardized residuals", standardized_residuals, "viechtbauer2010outlier"),
    "gosh": Analysis("every subset of the studies", gosh, "olkin2012"),
    "baujat": Analysis("Baujat plot", baujat, "baujat2002"),
    "radial": Analysis("radial (Galbraith) plot", radial, "galbraith1988"),
    "labbe": Analysis("L'Abbe plot", labbe, "labbe1987"),
}
