"""Our certainty beside the one that review authors published; rewrites README.md beside this file.

    python validation/grading/run.py

``published.csv`` holds the rows: what each table prints of the effect, the levels that its authors gave to
each domain, and their certainty. What numbers cannot show is taken as the authors judged it, so that the
figures speak of the rules and not of the inputs; a second run gives the rules the printed numbers alone.
The words around the tables are in ``page.md``.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from claimbook.appraisal import CERTAINTY, DESIGNS, DOMAINS, Overrule, Rating, rate, read_evidence
from claimbook.appraisal.agreement import Agreement, agreement
from claimbook.appraisal.steps import words

HERE = Path(__file__).parent
DRAWS = 2000
SEED = 20261122
CORE, CLASSIC = "core-grade-2025", "grade-classic"
OTHERS = tuple(domain for domain in DOMAINS if domain != "imprecision")
NUMBERS = ("est", "lo", "hi", "n", "events", "baseline_risk", "i2")
Thresholds = dict[str, dict[str, Any]]
NULL: dict[str, Any] = {"type": "null"}
USUAL: Thresholds = {"SMD": {"type": "mid", "value": 0.2}}  # Core GRADE 6; all else against no difference
BANDED: Thresholds = USUAL | {ratio: {"type": "null", "value": 1.25} for ratio in ("RR", "OR", "IRR")}


@dataclass(frozen=True)
class Row:
    """One published outcome: its numbers, its authors' levels by domain, and their certainty."""

    id: str
    review: str
    body: Mapping[str, Any]
    levels: Mapping[str, int]
    certainty: str
    reasons: str

    def rating(self, ruleset: str, given: Collection[str], thresholds: Thresholds = USUAL) -> Rating:
        """Our rating, with the domains of ``given`` at their published levels."""
        evidence = read_evidence({**self.body, "threshold": thresholds.get(self.body["measure"], NULL)})
        published = [
            Overrule(domain, 0, self.levels[domain], "as published", "the review's authors", "as published")
            for domain in given
        ]
        return rate(evidence, ruleset, published)


def rows() -> list[Row]:
    with (HERE / "published.csv").open(encoding="utf-8", newline="") as file:
        return [_row(line) for line in csv.DictReader(file)]


def _row(line: Mapping[str, str]) -> Row:
    numbers = {key: float(line[key]) for key in NUMBERS if line[key]}
    texts = {key: line[key] for key in ("id", "outcome", "measure", "design", "direction")}
    levels = {domain: int(line[domain]) for domain in DOMAINS}
    body = {**texts, **numbers, "k": int(line["k"])}
    return Row(line["id"], line["review"], body, levels, line["certainty"], line["reasons"])


Answers = Sequence[str]  # our certainty of each row, in the order of ``rows``


def answers(
    table: Sequence[Row], ruleset: str, given: Collection[str], thresholds: Thresholds = USUAL
) -> Answers:
    return [row.rating(ruleset, given, thresholds).certainty for row in table]


def from_levels(table: Iterable[Row], change: Callable[[str, int], int]) -> Answers:
    """The certainty that the published levels give once each is passed through ``change``."""
    lost = ((row, sum(change(domain, level) for domain, level in row.levels.items())) for row in table)
    return [CERTAINTY[max(0, DESIGNS[row.body["design"]].start + levels)] for row, levels in lost]


class Score(NamedTuple):
    """Shares of rows on the same level and within one; kappa with its interval over reviews."""

    exact: float
    near: float
    kappa: float
    low: float
    high: float


def score(table: Sequence[Row], ours: Answers) -> Score:
    a = np.array([CERTAINTY.index(certainty) for certainty in ours])
    b = np.array([CERTAINTY.index(row.certainty) for row in table])
    low, high = bootstrap(a, b, [row.review for row in table])
    return Score(float(np.mean(a == b)), float(np.mean(abs(a - b) <= 1)), weighted_kappa(a, b), low, high)


def weighted_kappa(a: np.ndarray, b: np.ndarray) -> float:
    """1 - observed over expected squared distance (Cohen 1968); NaN where all ratings are one level."""
    shares = [np.bincount(x, minlength=len(CERTAINTY)) / len(x) for x in (a, b)]
    levels = np.arange(len(CERTAINTY))
    expected = shares[0] @ (levels[:, None] - levels) ** 2 @ shares[1]
    return float(1 - np.mean((a - b) ** 2) / expected) if expected > 0 else float("nan")


def bootstrap(a: np.ndarray, b: np.ndarray, reviews: Sequence[str]) -> tuple[float, float]:
    """The 95 % interval of kappa when whole reviews are drawn: rows of one table share their raters."""
    rng, names = np.random.default_rng(SEED), sorted(set(reviews))
    members = [np.flatnonzero(np.array(reviews) == name) for name in names]
    drawn = []
    for _ in range(DRAWS):
        chosen = np.concatenate([members[i] for i in rng.integers(len(names), size=len(names))])
        drawn.append(weighted_kappa(a[chosen], b[chosen]))
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def line(label: str, found: Score) -> str:
    kappa = "{:.2f} ({:.2f} to {:.2f})".format(*(round(x, 2) + 0.0 for x in found[2:]))
    return f"| {label} | {100 * found.exact:.0f} | {100 * found.near:.0f} | {kappa} |"


def whole(table: Sequence[Row]) -> list[str]:
    most = Counter(row.certainty for row in table).most_common(1)[0][0]
    runs = {
        "Core GRADE, imprecision by rule, the rest as published": answers(table, CORE, OTHERS),
        "the same, SMDs against no difference too": answers(table, CORE, OTHERS, {}),
        "the same, ratios from 0.8 to 1.25 too small to matter": answers(table, CORE, OTHERS, BANDED),
        "classic GRADE, imprecision by rule, the rest as published": answers(table, CLASSIC, OTHERS),
        "no rule for imprecision, the rest as published": from_levels(
            table, lambda domain, level: 0 if domain == "imprecision" else level
        ),
        "Core GRADE from the printed numbers alone": answers(table, CORE, ()),
        "classic GRADE from the printed numbers alone": answers(table, CLASSIC, ()),
        f"always the commonest level ({words(most)})": [most] * len(table),
    }
    head = ["| rated by | same level, % | within one, % | weighted kappa (95 %) |", "|---|--:|--:|--:|"]
    return [*head, *(line(label, score(table, ours)) for label, ours in runs.items())]


def imprecision(table: Sequence[Row]) -> list[str]:
    """The one domain that is rated by rule in every row, against its published level."""
    stated = [row for row in table if row.reasons != "assumed"]
    head = [
        "| rule set | rows | same level, % | down or not, % | kappa (95 %) | AC1 | stricter | less strict |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    return [*head, *(_domain(stated, label, name) for label, name in (("Core", CORE), ("classic", CLASSIC)))]


def _domain(stated: Sequence[Row], label: str, ruleset: str) -> str:
    pairs = [(row.rating(ruleset, ()).step("imprecision").level, row.levels["imprecision"]) for row in stated]
    down: Agreement = agreement(*zip(*((_down(a), _down(b)) for a, b in pairs), strict=True))
    same = np.mean([a == b for a, b in pairs])
    strict, lenient = sum(a < b for a, b in pairs), sum(a > b for a, b in pairs)
    kappa = f"{down.kappa:.2f} ({down.kappa_low:.2f} to {down.kappa_high:.2f})"
    return (
        f"| {label} | {len(pairs)} | {100 * same:.0f} | {100 * down.percent:.0f} | {kappa} | {down.ac1:.2f} "
        f"| {strict} | {lenient} |"
    )


def _down(level: int) -> str:
    return "down" if level < 0 else "not"


def disagreements(table: Sequence[Row]) -> list[str]:
    head = ["| row | effect | published | ours | what the rule saw |", "|---|---|---|---|---|"]
    found = ((row, row.rating(CORE, OTHERS)) for row in table)
    return [*head, *(_told(row, ours) for row, ours in found if ours.certainty != row.certainty)]


def _told(row: Row, ours: Rating) -> str:
    step, body = ours.step("imprecision"), row.body
    numbers = f"{body['est']:g} ({body['lo']:g} to {body['hi']:g}), k {body['k']}, n {body['n']:.0f}"
    effect = f"{body['measure']} {numbers}"
    theirs = f"{words(row.certainty)} (imprecision {row.levels['imprecision']})"
    why = f"{step.level}: {step.reason}".replace("|", "/")
    return f"| {row.id} | {effect} | {theirs} | {words(ours.certainty)} | {why} |"


def counts(table: Sequence[Row]) -> list[str]:
    levels = Counter(row.certainty for row in table)
    shares = ", ".join(f"{levels[level]} {words(level)}" for level in reversed(CERTAINTY))
    known = Counter(row.reasons for row in table)
    return [
        f"{len(table)} rows of {len({row.review for row in table})} reviews: {shares}.",
        f"The levels by domain are printed in {known['printed']} rows, follow from a high certainty in",
        f"{known['implied']}, and are assumed to be imprecision in {known['assumed']} moderate rows whose",
        "footnotes were not seen.",
    ]


def reasons(table: Sequence[Row]) -> list[str]:
    """How often each rule for imprecision was stricter than the authors, or less strict."""
    pairs = [(row.rating(CORE, ()).step("imprecision"), row.levels["imprecision"]) for row in table]
    strict = Counter(step.rule for step, level in pairs if step.level < level)
    lenient = Counter(step.rule for step, level in pairs if step.level > level)
    used = Counter(step.rule for step, _ in pairs)
    head = ["| rule | rows | stricter than the authors | less strict |", "|---|--:|--:|--:|"]
    return [
        *head,
        *(f"| {rule} | {n} | {strict[rule]} | {lenient[rule]} |" for rule, n in used.most_common()),
    ]


def misadded(table: Iterable[Row]) -> list[str]:
    """Rows whose published levels do not add up to their published certainty; none may stand in the file."""
    return [row.id for row in table if from_levels([row], lambda domain, level: level) != [row.certainty]]


@cache
def page() -> str:
    table = rows()
    assert not misadded(table), misadded(table)
    parts = {
        "counts": counts(table),
        "whole": whole(table),
        "imprecision": imprecision(table),
        "rules": reasons(table),
        "disagreements": disagreements(table),
    }
    text = (HERE / "page.md").read_text(encoding="utf-8")
    for name, lines in parts.items():
        text = text.replace(f"<!-- {name} -->", "\n".join(lines))
    return text


if __name__ == "__main__":
    (HERE / "README.md").write_text(page(), encoding="utf-8")
