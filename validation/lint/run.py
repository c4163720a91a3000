"""Hit and false-alarm rates of the S rules on simulated trials; rewrites README.md and the packaged rates.

    python validation/lint/run.py [libraries]

``libraries`` (default 60) is how many libraries of ten trials are drawn. A false alarm is a clean result of
the kind a seed goes into on which the seed's rule fires; a hit is a seeded one on which it fires. Seeds that
only siblings can show stand in one trial of ten, the others in all.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
from seeds import SEEDS, Seed, standard_errors
from simulate import INFO, Rng, library

from claimbook import __version__
from claimbook.checks import CHECKS, check
from claimbook.records import Library, read_library

HERE = Path(__file__).parent
RATES = HERE.parent.parent / "src" / "claimbook" / "checks" / "rates.json"
TRIALS = 10
RULES = [rule.code for rule in CHECKS if rule.code.startswith("S") and rule.code != "S216"]
Studies = dict[str, dict[str, Any]]
Place = tuple[str, str, str]


def fired(studies: Studies, rules: list[str]) -> set[Place]:
    """(rule, study, result id or "population") wherever a rule fires."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "records").mkdir()
        (root / "library.yaml").write_text(json.dumps(INFO))
        (root / "references.bib").write_text("")
        for key, study in studies.items():
            (root / "records" / f"{key}.yaml").write_text(json.dumps(study, indent=1))
        read, unreadable = read_library(root)
        assert not unreadable, unreadable[0]
        return {
            (p.rule, *owner(read, Path(p.where.path).stem, p.where.line)) for p in check(read, only=rules)
        }


def owner(read: Library, key: str, line: int) -> tuple[str, str]:
    results = read.studies[key].results
    starts = [(read.where(key, "results", index).line, result.id) for index, result in enumerate(results)]
    return key, max((start for start in starts if start[0] <= line), default=(0, "population"))[1]


def alarms(rng: Rng, libraries: int) -> Counter[tuple[str, str]]:
    """How many clean results of a kind each rule fires on."""
    found: Counter[tuple[str, str]] = Counter()
    for _ in range(libraries):
        found.update((rule, result) for rule, _, result in fired(library(rng, TRIALS), RULES))
    return found


def hits(rng: Rng, seed: Seed, libraries: int) -> tuple[int, int]:
    """(hits, trials that carry the seed)."""
    hit = carried = 0
    for _ in range(libraries):
        studies = library(rng, TRIALS)
        seeded = set()
        for key in list(studies) if seed.every else [rng.choice(list(studies))]:
            changed = deepcopy(studies[key])
            if seed.put(rng, changed):
                studies[key] = changed
                seeded.add((seed.rule, key, seed.where))
        carried += len(seeded)
        hit += len(seeded & fired(studies, [seed.rule]))
    return hit, carried


def by_siblings(rng: Rng, k: int, tau: float, libraries: int) -> tuple[float, float]:
    """Hits and false alarms, in percent, of S201 by siblings alone: k trials, 15 in 100 of them with SEs."""
    hit = wrong = alarm = right = 0
    for _ in range(libraries):
        studies = library(rng, k, tau)
        seeded = {key for key in studies if rng.random() < 0.15}
        for key, study in studies.items():
            study["results"] = [result for result in study["results"] if result["id"] == "strength"]
            study["results"][0].pop("test")
            if key in seeded:
                standard_errors(rng, study)
        found = {key for _, key, _ in fired(studies, ["S201"])}
        hit, wrong = hit + len(found & seeded), wrong + len(seeded)
        alarm, right = alarm + len(found - seeded), right + k - len(seeded)
    return 100 * hit / max(wrong, 1), 100 * alarm / max(right, 1)


def measured(rng: Rng, libraries: int) -> list[dict[str, Any]]:
    clean = alarms(rng, libraries)
    rows = []
    for seed in SEEDS:
        hit, carried = hits(rng, seed, libraries if not seed.every else max(1, libraries // 3))
        rate = 100 * clean[seed.rule, seed.where] / (libraries * TRIALS)
        seeded = (seed.put.__doc__ or "").strip().rstrip(".")
        row = {
            "rule": seed.rule,
            "seeded": seeded,
            "hits": round(100 * hit / carried, 1),
            "false_alarms": round(rate, 1),
        }
        rows.append(row)
        print(row, carried, flush=True)
    return rows


HEAD = """# How often the linter is right

Made by `python validation/lint/run.py` (claimbook {version}, {libraries} libraries of {trials} trials, seed
{seed}). Trials are simulated person by person, summarised and rounded as papers print them; the errors of
`seeds.py` are put into the records. A false alarm is a clean result of the same kind on which the rule fires.
The coefficients of variation of an outcome differ between the trials with `tau` 0.25 (see below).

| rule | seeded error | hits, % | false alarms, % |
|---|---|---|---|
"""

SIBLINGS = """
## S201 by siblings alone

No test, no published effect: only the spreads of the same outcome in the other trials. In each library 15 of
100 trials hold SEs. `tau` is the standard deviation of the log coefficient of variation between trials: 0.15
to 0.25 where one instrument measures alike people, 0.35 and more where an outcome gathers many tests.

Hits / false alarms, in percent:

| trials | {taus} |
|---|{rule}|
"""

FOOT = """
Below four trials siblings say nothing. Where the two readings lie less than {reach} standard deviations of
the expected scatter apart, more than one clean result in twenty would fire; there S201 waits for a test or a
large effect, and S216 says for each claim that siblings cannot judge it.

## What the figures do not say

* A mean or an SD of whole numbers that is off can by chance be another possible value; S202 and S203 cannot
  see that, and hardly see anything in groups of more than a hundred at two decimals.
* A p that does not follow is a hit only beyond what rounding and another test would allow.
* The simulated trials report normal data. A paper that tests ranks or logarithms gives S205 and S209 more to
  ask about.
* Rules that follow from a definition (P, D, G, C, most of M) have no rate: their examples run as tests.
"""

TAUS, KS, SEED = (0.15, 0.25, 0.35, 0.5), (4, 6, 10, 20), 20261122


def main(libraries: int) -> None:
    rng = np.random.default_rng(SEED)
    rows = measured(rng, libraries)
    RATES.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    text = HEAD.format(version=__version__, libraries=libraries, trials=TRIALS, seed=SEED)
    text += "".join(f"| {r['rule']} | {r['seeded']} | {r['hits']} | {r['false_alarms']} |\n" for r in rows)
    text += SIBLINGS.format(taus=" | ".join(f"tau {tau}" for tau in TAUS), rule="|".join(["---"] * len(TAUS)))
    for k in KS:
        cells = [by_siblings(rng, k, tau, max(1, libraries * TRIALS // k)) for tau in TAUS]
        line = f"| {k} | " + " | ".join(f"{hit:.0f} / {alarm:.1f}" for hit, alarm in cells) + " |\n"
        print(line, end="", flush=True)
        text += line
    from claimbook.checks.spread import REACH

    (HERE / "README.md").write_text(text + FOOT.format(reach=f"{REACH:g}"), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
