"""Make reference results again with the R at hand and compare them with the stored ones.

`nox -s conformance`. Each case of a reference file has the R call that made it. The calls of metafor are
evaluated by the Rscript on the PATH (on Debian: apt-get install r-cran-metafor r-cran-lme4 r-cran-biasedurn)
with the data that the file carries, and every number of the result is compared with the stored one. Words
after it are beginnings of file names (`run.py uni_bcg mods_`); without any, a choice of files that takes two
minutes.

Not replayed: what takes minutes a case (SLOW), and the calls of meta, metasens, weightr, puniform and
PublicationBias, which Debian 12 does not have. Where an older metafor differs, EXPECTED says why; any other
difference is printed and makes the exit code 1.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

HERE = Path(__file__).parent
GOLDEN = HERE.parents[1] / "tests" / "golden"
FAMILIES = ("uni_", "mods_", "binary_", "rates_", "glmm_", "escalc_", "conv_")
CHOICE = (
    *("uni_bcg", "uni_raudenbush", "uni_normand1999_MD", "uni_dumouchel", "uni_steurer", "uni_hine"),
    *("mods_bcg", "mods_raudenbush", "mods_gibson", "binary_", "rates_", "glmm_bcg", "escalc_", "conv_"),
)
SLOW = {"selmodel", "selmodel.mods", "permutest", "permutest.mods", "gosh", "profile"}
NOT_HELD = {"robust", "robust.mods"}

AGREE = 1e-6
LOOSE = {"rma.glmm": 1e-3, "predict.glmm": 1e-3, "rma.ls": 1e-3, "trimfill": 5e-3, "fsn": 1e-3, "tes": 1e-5}
"""Areas whose references stop early, and how far two versions may then be apart."""

EXPECTED = {
    ("rma.uni", "rma_DLIT"): "iterated DerSimonian-Laird stops before its root, which is that of PM",
    ("rma.uni", "rma_IRD_REML"): "rates of order 1e-3 under an absolute tolerance",
    ("predict", ".*(predtype|riley)"): "predtype is not known: the interval is the normal one",
    ("anova.mods", "anova_X_holm"): "adjust is not known",
    ("fsn", "fsn_(Orwin_weighted|Rosenthal_Fisher)"): "weighted Orwin and Fisher's pooling are not known",
    ("escalc", "ROMC?|CVRC?"): "the bias of ratios of means is not corrected by default",
    ("escalc", ".*_correct_FALSE"): "correct is not known",
    ("escalc", "OR_flip"): "flip is not known",
    ("escalc", "SMDH|SMD1H?|SMCRH"): "another variance with unequal SDs",
    ("escalc", "Z?PCOR"): "another variance of partial correlations",
    ("escalc", "MN_vtype_HO|V[RC]+_vtype_LS2"): "these variances are not known: the ordinary one is given",
}
"""Area and beginning of a case -> how metafor 3.8 differs from 5.1 there."""

Values = dict[str, np.ndarray]
Place = tuple[str, str]


class Case(NamedTuple):
    """One stored result."""

    file: str
    id: str
    area: str
    call: str
    result: Any


def stored(prefixes: tuple[str, ...]) -> Iterator[Case]:
    """The cases of the files whose names begin so."""
    for path in sorted(GOLDEN.glob("*.json")):
        if path.stem.startswith(FAMILIES) and path.stem.startswith(prefixes):
            for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
                if case["area"] not in SLOW | NOT_HELD and "result" in case:
                    yield Case(path.stem, case["id"], case["area"], case["call"], case["result"])


def literal(value: Any) -> str:
    """A JSON value in R's words."""
    if isinstance(value, dict):
        columns = ", ".join(f"`{name}` = {literal(column)}" for name, column in value.items())
        return f"data.frame({columns}, check.names = FALSE)"
    if isinstance(value, list):
        return f"c({', '.join(map(literal, value))})"
    if isinstance(value, str):
        return value if value in ("NaN", "Inf", "-Inf") else json.dumps(value)
    return {"None": "NA", "True": "TRUE", "False": "FALSE"}.get(str(value)) or repr(value)


def script(cases: list[Case]) -> Iterator[str]:
    """The R script: replay.R, then the data and the calls of each file."""
    yield (HERE / "replay.R").read_text(encoding="utf-8")
    for name in dict.fromkeys(case.file for case in cases):
        yield from setting(name)
        for case in cases:
            if case.file == name:
                yield f"replay({literal(case.id)}, {literal(re.sub(' {4,}', '; ', case.call))})"


def setting(name: str) -> Iterator[str]:
    """The data of a file, and the fits that its calls name."""
    file = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    data, note = file.get("data", {}), file.get("note", "")
    yield f"begin({literal(name)})"
    for assigned in re.findall(r"(tightc? = list\(.*?\))", note):
        yield "known$" + assigned.replace(" = ", " <- ", 1)
    columns = {key: value for key, value in data.items() if isinstance(value, list) and key[0] != "."}
    frames = {key: value for key, value in data.items() if isinstance(value, dict)}
    frames |= {"fd" if name.startswith("conv_") else "d": columns} if columns else {}
    yield from (f"known$`{key}` <- {literal(value)}" for key, value in (frames | columns).items())
    if note.startswith(("tight", "mods: ")):
        yield f"fits({note.removeprefix('mods: ') if name.startswith('mods_') else ''})"


def replayed(cases: list[Case]) -> tuple[str, dict[Place, Values], dict[Place, str]]:
    """metafor's version, what R gives for each case now, and its words where it refuses."""
    source = "\n".join(script(cases))
    done = subprocess.run(["Rscript", "-"], input=source, stdout=subprocess.PIPE, text=True, check=True)
    values: dict[Place, Values] = defaultdict(dict)
    refused: dict[Place, str] = {}
    (_, version), *lines = (line.split("\t") for line in done.stdout.splitlines())
    for file, case, quantity, text in lines:
        if quantity == "error":
            refused[file, case] = text
        else:
            values[file, case][plain(quantity)] = np.array(
                [float(x) for x in text.replace("NA", "nan").split()]
            )
    return version, values, refused


def plain(quantity: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", quantity.lower()).strip("_")


def flat(result: Any, path: str = "") -> Values:
    """A stored result as quantities, each a row of numbers."""
    if isinstance(result, dict):
        return {k: v for name, part in result.items() for k, v in flat(part, f"{path}.{name}").items()}
    cells = list(leaves(result))
    if any(isinstance(cell, str) and cell not in ("NaN", "Inf", "-Inf") for cell in cells):
        return {}
    return {plain(path): np.array([np.nan if cell is None else float(cell) for cell in cells])}


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for part in value:
            yield from leaves(part)
    else:
        yield value


def apart(new: np.ndarray, old: np.ndarray) -> float:
    """Largest relative difference; values far below the largest one are measured against that."""
    if new.shape != old.shape:
        return np.inf
    known = np.isfinite(old) & np.isfinite(new)
    new, old = new[known], old[known]
    unit = max(1e-6 * float(np.abs(old).max(initial=0.0)), 1e-9)
    return float((np.abs(new - old) / np.maximum(np.abs(old), unit)).max(initial=0.0))


def compared(cases: list[Case], found: dict[Place, Values]) -> Iterator[tuple[Case, str, int, float]]:
    """Case, quantity, number of values and distance of everything that both sides have."""
    for case in cases:
        old, new = flat(case.result), found.get((case.file, case.id), {})
        for quantity in old.keys() & new.keys():
            yield case, quantity, len(old[quantity]), apart(new[quantity], old[quantity])


def reason(case: Case) -> str:
    """What EXPECTED says of a difference in this case, or nothing."""
    for (area, beginning), said in EXPECTED.items():
        if case.area.startswith(area) and re.match(beginning, case.id):
            return said
    return ""


class Judged(NamedTuple):
    """Values that agree, by area; that differ as expected, by reason; and what differs otherwise."""

    same: Counter[str]
    expected: Counter[str]
    unexpected: list[str]


def judged(cases: list[Case], found: dict[Place, Values]) -> Judged:
    result = Judged(Counter(), Counter(), [])
    for case, quantity, values, distance in compared(cases, found):
        if distance <= LOOSE.get(case.area, AGREE):
            result.same[case.area] += values
        elif said := reason(case):
            result.expected[said] += values
        else:
            result.unexpected.append(f"{case.file} {case.id} {quantity}: {distance:.1e} apart")
    return result


def counts(head: str, counted: Counter[str]) -> list[str]:
    return [head, *(f"  {name}: {times}" for name, times in sorted(counted.items()))]


def main() -> int:
    if shutil.which("Rscript") is None:
        print("Rscript is not installed: nothing was compared. On Debian: apt-get install r-cran-metafor")
        return 0
    cases = list(stored(tuple(sys.argv[1:]) or CHOICE))
    version, found, refused = replayed(cases)
    same, expected, unexpected = judged(cases, found)
    lines = [
        f"metafor {version}: {len(found)} of {len(cases)} cases",
        *counts(f"agree: {same.total()} values", same),
        *counts(f"differ, as this version does: {expected.total()} values", expected),
        *counts(f"refused: {len(refused)} cases", Counter(words[:70] for words in refused.values())),
        *(unexpected or ["nothing else differs"]),
    ]
    print("\n".join(lines))
    return bool(unexpected)


if __name__ == "__main__":
    sys.exit(main())
