"""Read the R call of a reference case and say the same in our words."""

from __future__ import annotations

import ast
import re
from typing import Any

import numpy as np

Data = dict[str, dict[str, Any]]

MEANS = {"m1i": "mean1", "sd1i": "sd1", "n1i": "n1", "m2i": "mean2", "sd2i": "sd2", "n2i": "n2"}
TESTS = {"ti": "t", "di": "d", "pi": "p"}
CELLS = {"ai": "a", "bi": "b", "ci": "c", "di": "d"}
ARMS = {"ai": "events1", "n1i": "n1", "ci": "events2", "n2i": "n2"}
RATES = {"x1i": "events1", "t1i": "time1", "x2i": "events2", "t2i": "time2"}
LATER_FIRST = {
    "m1i": "mean_post",
    "m2i": "mean_pre",
    "sd1i": "sd_post",
    "sd2i": "sd_pre",
    "ni": "n",
    "ri": "r",
}
STANDARDISER_FIRST = LATER_FIRST | {"sd1i": "sd_pre", "sd2i": "sd_post"}
REGRESSION = {"ti": "t", "ni": "n", "mi": "predictors", "r2i": "r2", "ri": "r", "fi": "f", "pi": "p"}
SETTINGS = ("vtype", "add", "to", "drop00", "correct")

FAMILIES: tuple[tuple[str, dict[str, str]], ...] = (
    ("PCOR ZPCOR SPCOR ZSPCOR R2 ZR2", REGRESSION),
    ("COR UCOR ZCOR", {"ri": "r", "ni": "n", "ti": "t", "pi": "p"}),
    ("IRR IRD IRSD", RATES),
    ("MC SMCC ROMC CVRC VRC CLESCN AUCCN SMCRP SMCRPH", LATER_FIRST | TESTS),
    ("SMCR SMCRH", STANDARDISER_FIRST),
    ("PR PLN PLO PRZ PAS PFT", {"xi": "events", "ni": "n"}),
    ("IR IRLN IRS IRFT", {"xi": "events", "ti": "time"}),
    ("MN SMN MNLN SDLN CVLN", {"mi": "mean", "sdi": "sd", "ni": "n"}),
    ("ARAW AHW ABT", {"ai": "alpha", "mi": "items", "ni": "n"}),
    ("CLES AUC", {"ai": "auc", "n1i": "n1", "n2i": "n2"}),
    ("GEN HR HD", {"yi": "y", "vi": "v", "sei": "se"}),
    ("REH", {"ai": "a", "bi": "b", "ci": "c"}),
    ("MPORM", CELLS | {"ri": "r"}),
)
ARGUMENTS = {measure: names for measures, names in FAMILIES for measure in measures.split()}

UNUSED = {"VR": {"m1i", "m2i"}, "VRC": {"m1i", "m2i"}, "SDLN": {"mi"}}
"""Arguments that R passes over and we do not have."""


def parse(call: str) -> dict[str, ast.expr]:
    """The named arguments of an R call."""
    python = {"TRUE": "True", "FALSE": "False", "NULL": "None"}
    node = ast.parse(re.sub("|".join(python), lambda word: python[word.group()], call), mode="eval").body
    assert isinstance(node, ast.Call)
    return {word.arg: word.value for word in node.keywords if word.arg}


def value(node: ast.expr, columns: dict[str, Any]) -> Any:
    """A number, a string, a column, a vector ``c(...)`` or a sum of columns."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name | ast.Attribute):
        cells = columns[ast.unparse(node)]
        return np.array([np.nan if cell is None else cell for cell in cells])
    if isinstance(node, ast.Call):
        return np.array([value(item, columns) for item in node.args])
    if isinstance(node, ast.UnaryOp):
        return -value(node.operand, columns)
    assert isinstance(node, ast.BinOp)
    left, right = value(node.left, columns), value(node.right, columns)
    return left / right if isinstance(node.op, ast.Div) else left + right


def effect_call(call: str, data: Data) -> tuple[str, dict[str, Any]]:
    """The measure and the keywords of ``effect_sizes`` for one call of escalc."""
    said = parse(call)
    columns = data[ast.unparse(said["data"])] if "data" in said else {}
    given = {word: value(node, columns) for word, node in said.items() if word != "data"}
    measure = str(given.pop("measure"))
    settings = {word: given.pop(word) for word in SETTINGS if word in given}
    if given.pop("flip", False):
        given |= {"ai": given["ci"], "bi": given["di"], "ci": given["ai"], "di": given["bi"]}
    names = ARGUMENTS.get(measure) or _two_groups(given)
    if measure in ("CLES", "AUC"):
        given.pop("mi", None)  # the share of ties, which the large-sample variance of R passes over too
    if measure == "SMCC" and "di" in given:
        given.pop("ri", None)
    unused = UNUSED.get(measure, set())
    return measure, {names[word]: column for word, column in given.items() if word not in unused} | settings


def _two_groups(given: dict[str, Any]) -> dict[str, str]:
    if "bi" in given:
        return CELLS
    return ARMS if "ai" in given else MEANS | TESTS
