"""Hit and false-alarm rates of the S rules on simulated trials; rewrites README.md and the packaged rates.

    python validation/lint/run.py [libraries]

``libraries`` (default 60) is how many libraries of ten trials are drawn. A false alarm is a clean result of
the kind a seed goes into on which the seed's rule fires; a hit is a seeded one on which it fires. Seeds that
only siblings can show stand in one trial of ten, the others in all.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
from seeds import SEEDS, Seed, standard_errors
from simulate import INFO, Rng, library, one_outcome

from claimbook import __version__
from claimbook.checks import CHECKS, check
from claimbook.checks.pages import sibling_table
from claimbook.checks.readings import POWER
from claimbook.checks.siblings import judged
from claimbook.checks.spread import spread_is_standard_error
from claimbook.checks.view import View
from claimbook.records import Library, read_library

HERE = Path(__file__).parent
PACKAGED = HERE.parent.parent / "src" / "claimbook" / "checks"
TRIALS = 10
RULES = [rule.code for rule in CHECKS if rule.code.startswith("S") and rule.code != "S216"]
Studies = dict[str, dict[str, Any]]
Place = tuple[str, str, str]


@contextmanager
def reading(studies: Studies) -> Iterator[Library]:
    """The studies as a library on disk, read."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "records").mkdir()
        (root / "library.yaml").write_text(json.dumps(INFO))
        (root / "references.bib").write_text("")
        for key, study in studies.items():
            (root / "records" / f"{key}.yaml").write_text(json.dumps(study, indent=1))
        read, unreadable = read_library(root)
        assert not unreadable, unreadable[0]
        yield read


def fired(studies: Studies, rules: list[str]) -> set[Place]:
    """(rule, study, result id or "population") wherever a rule fires."""
    with reading(studies) as read:
        problems = check(read, only=rules)
        return {(p.rule, *owner(read, Path(p.where.path).stem, p.where.line)) for p in problems}


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


def by_siblings(rng: Rng, k: int, tau: float, sizes: tuple[int, int], libraries: int) -> dict[str, Any]:
    """What S201 finds by siblings alone: k trials, 15 in 100 of them with SEs, no test.

    Hits and false alarms in percent, of all results and of those where S201 says that it has power, and the
    share of these.
    """
    told: list[tuple[bool, bool, bool]] = []  # holds SEs, fired, is said to have power
    for _ in range(libraries):
        studies = one_outcome(rng, k, tau, sizes)
        seeded = {key for key in studies if rng.random() < 0.15}
        for key in seeded:
            standard_errors(rng, studies[key])
        with reading(studies) as read:
            view = View(read)
            found = {Path(hit.where.path).stem for hit in spread_is_standard_error(view)}
            power = {key: one.reading.power for (key, _), one in view.once(judged).items()}
        told += [(key in seeded, key in found, power[key] >= POWER) for key in studies]
    strong = [one for one in told if one[2]]
    return {
        "studies": k,
        "tau": tau,
        "sizes": list(sizes),
        **_fired("all", told),
        **_fired("power", strong if len(strong) >= TELLING else []),
        "share": round(100 * len(strong) / len(told)),
    }


def _fired(name: str, told: list[tuple[bool, bool, bool]]) -> dict[str, float | None]:
    """Hits and false alarms in percent; None where there is nothing to count."""
    rates = {}
    for what, holds in (("hits", True), ("false_alarms", False)):
        fired = [one[1] for one in told if one[0] is holds]
        rates[f"{name}_{what}"] = round(100 * sum(fired) / len(fired), 1) if fired else None
    return rates


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
## S201 by other studies alone

No test, no published effect: only the spreads of the same outcome in the other studies, one outcome a
library. 15 of 100 studies hold SEs. `tau` is the standard deviation of the log coefficient of variation
between studies: 0.15 to 0.25 where one instrument measures alike people, 0.35 and more where an outcome
gathers many tests. S201 says for each result how many mix-ups its siblings would show, and has power where
that is at least {power:.0f} %; S216 names the claims that pool others.

Hits / false alarms, in percent; in brackets those where S201 says that it has power, and behind them the
share of such results.
"""

FOOT = """
Where it says that it has power, S201 is to find at least 90 % at no more than 5 % false alarms. The cells
that miss this by more than their sampling error: {missed}.

## What the figures do not say

* A mean or an SD of whole numbers that is off can by chance be another possible value; S202 and S203 cannot
  see that, and hardly see anything in groups of more than a hundred at two decimals.
* A p that does not follow is a hit only beyond what rounding and another test would allow.
* The simulated trials report normal data. A paper that tests ranks or logarithms gives S205 and S209 more to
  ask about.
* Rules that follow from a definition (P, D, G, C, most of M) have no rate: their examples run as tests.
"""

TAUS, KS, GROUPS, SEED = (0.15, 0.25, 0.35, 0.5), (2, 3, 4, 6, 10), ((8, 15), (16, 40)), 20261122
EACH = 600  # studies simulated for each cell
TELLING = 30  # studies with power below which a rate would say nothing


def siblings(rng: Rng) -> list[dict[str, Any]]:
    rows = []
    for sizes in GROUPS:
        for k in KS:
            for tau in TAUS:
                rows.append(by_siblings(rng, k, tau, sizes, EACH // k))
                print(rows[-1], flush=True)
    return rows


def missed(row: dict[str, Any]) -> bool:
    """Is a promise of power broken by more than two standard errors of the simulated rate?"""
    strong = EACH * row["share"] / 100
    carried, clean = 0.15 * strong, 0.85 * strong
    if not carried or row["power_hits"] is None:
        return False
    low = 100 * math.sqrt(0.9 * 0.1 / carried)
    high = 100 * math.sqrt(0.05 * 0.95 / clean)
    return bool(row["power_hits"] < 90 - 2 * low or row["power_false_alarms"] > 5 + 2 * high)


def main(libraries: int) -> None:
    rng = np.random.default_rng(SEED)
    rows = measured(rng, libraries)
    power = siblings(rng)
    for name, found in (("rates", rows), ("power", power)):
        text = "[\n " + ",\n ".join(json.dumps(row) for row in found) + "\n]\n"
        (PACKAGED / f"{name}.json").write_text(text, encoding="utf-8")
    text = HEAD.format(version=__version__, libraries=libraries, trials=TRIALS, seed=SEED)
    text += "".join(f"| {r['rule']} | {r['seeded']} | {r['hits']} | {r['false_alarms']} |\n" for r in rows)
    text += SIBLINGS.format(power=100 * POWER) + "\n" + sibling_table(power)
    broken = [
        f"{row['studies']} studies of {row['sizes'][0]} to {row['sizes'][1]} at tau {row['tau']}"
        for row in power
        if missed(row)
    ]
    (HERE / "README.md").write_text(text + FOOT.format(missed="; ".join(broken) or "none"), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
