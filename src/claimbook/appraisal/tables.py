"""Summary of Findings and Evidence Profile as data: rows, columns, footnotes from the steps, a legend.

One ``Row`` holds everything that both tables print of one body; a column is a function of it. A footnote is a
step's own sentence with its rule, facts and thresholds, so that what a table claims can be checked without
the program. ``claimbook.exchange.tables`` writes the files.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from claimbook.appraisal.absolute import RISK, PerThousand, per_thousand
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.presentations import presentations
from claimbook.appraisal.statements import effect
from claimbook.appraisal.steps import NAMES, Rating, words
from claimbook.appraisal.vocabulary import CERTAINTY, DESIGNS, DISCLAIMER, MEANING, SYMBOLS
from claimbook.appraisal.words import listed


@dataclass(frozen=True)
class Row:
    """One outcome: its body, its rating, and the absolute effect where a baseline risk gives one.

    ``first`` is the number that its first footnote has in a table.
    """

    evidence: Evidence
    rating: Rating
    absolute: PerThousand | None
    footnotes: tuple[str, ...]
    importance: int | None = None
    first: int = 1

    @property
    def certainty(self) -> str:
        """``Low ⊕⊕◯◯``: the word before the symbols; ``at most`` where something was not assessed."""
        level = f"{words(self.rating.certainty).capitalize()} {SYMBOLS[self.rating.certainty]}"
        bound = self.rating.not_assessed and self.rating.number
        return f"At most {level[:1].lower()}{level[1:]}" if bound else level


def row(evidence: Evidence, rating: Rating, importance: int | None = None) -> Row:
    """A table row. ``importance`` is the panel's 1-9 (7-9 critical, 4-6 important), else a ValueError."""
    if importance is not None and not 1 <= importance <= 9:
        raise ValueError(f"importance: {importance} is not from 1 to 9")
    moved = [s for s in (*rating.steps, *rating.upgrades) if s.level or s.overruled or s.flags]
    notes = [step.footnote for step in moved]
    if rating.gestalt is not None:
        g = rating.gestalt
        why = g.because.rstrip(".")
        notes.append(f"Credited {g.to_level} level for the whole picture by {g.by} ({g.date}): {why}.")
    return Row(evidence, rating, _absolute(evidence), tuple(notes), importance)


def _absolute(evidence: Evidence) -> PerThousand | None:
    known = evidence.baseline_risk is not None and evidence.est is not None and evidence.kind in RISK
    if not known:
        return None
    numbers = (evidence.baseline_risk, evidence.est, evidence.lo, evidence.hi)
    baseline, est, lo, hi = (number or 0.0 for number in numbers)
    return per_thousand(evidence.kind, baseline, est, lo, hi)


def per_1000(numbers: tuple[float, float, float]) -> str:
    """Whole people: ``50 (42 to 59)``."""
    return "{:.0f} ({:.0f} to {:.0f})".format(*numbers)


def difference(row: Row) -> str:
    """``7 fewer per 1000 (from 15 fewer to 2 more)``, or a difference with its unit or its measure."""
    if row.absolute is None:
        if row.evidence.log or row.evidence.est is None:
            return ""
        return effect(row.evidence) if row.evidence.unit else f"{row.evidence.measure} {effect(row.evidence)}"
    middle, low, high = (_fewer(number) for number in row.absolute.difference)
    return f"{middle} per 1000 (from {low} to {high})"


def _fewer(number: float) -> str:
    return f"{abs(number):.0f} {'fewer' if number < 0 else 'more'}"


def _relative(row: Row) -> str:
    relative = row.evidence.log and row.evidence.est is not None
    return f"{row.evidence.measure} {effect(row.evidence)}" if relative else ""


def _participants(row: Row) -> str:
    count = "" if row.evidence.n is None else f"{row.evidence.n:.0f}"
    studies = f"{row.evidence.k} {'study' if row.evidence.k == 1 else 'studies'}"
    return f"{count} ({studies})".strip()


def _due_to(row: Row) -> str:
    """The certainty with the domains that moved it and the numbers of their footnotes."""
    down = [NAMES[step.domain] for step in row.rating.steps if step.level < 0]
    due = f", due to {listed(down)}" if down else ""
    marks = ",".join(str(row.first + i) for i in range(len(row.footnotes)))
    return f"{row.certainty}{due}{f' [{marks}]' if marks else ''}"


def _outcome(row: Row) -> str:
    follow_up = row.evidence.follow_up
    return f"{row.evidence.outcome} (follow-up {follow_up})" if follow_up else row.evidence.outcome


def _level(domain: str) -> Callable[[Row], str]:
    return lambda row: row.rating.step(domain).word


def _other(row: Row) -> str:
    bias = row.rating.step("publication_bias")
    found = ["publication bias suspected"] if bias.level < 0 else []
    found += ["publication bias not assessed"] if bias.unassessed else []
    found += [NAMES[step.domain] for step in row.rating.upgrades if step.level > 0]
    return "; ".join(found) or "none"


def _risk(row: Row, which: str) -> str:
    if row.absolute is None:
        return ""
    return f"{row.absolute.baseline:.0f}" if which == "baseline" else per_1000(row.absolute.risk)


SUMMARY: dict[str, Callable[[Row], str]] = {
    "Outcome": _outcome,
    "Participants (studies)": _participants,
    "Relative effect (95 % CI)": _relative,
    "Risk without, per 1000": lambda row: _risk(row, "baseline"),
    "Risk with, per 1000": lambda row: _risk(row, "with"),
    "Difference (95 % CI)": difference,
    "Certainty": _due_to,
    "What happens": lambda row: row.rating.sentence,
}
PROFILE: dict[str, Callable[[Row], str]] = {
    "Outcome": _outcome,
    "Studies": lambda row: str(row.evidence.k),
    "Design": lambda row: DESIGNS[row.evidence.design].label,
    "Risk of bias": _level("risk_of_bias"),
    "Inconsistency": _level("inconsistency"),
    "Indirectness": _level("indirectness"),
    "Imprecision": _level("imprecision"),
    "Other considerations": _other,
    "Participants": lambda row: "" if row.evidence.n is None else f"{row.evidence.n:.0f}",
    "Relative effect (95 % CI)": _relative,
    "Absolute effect (95 % CI)": difference,
    "Certainty": _due_to,
    "Importance": lambda row: "" if row.importance is None else str(row.importance),
}


def cells(rows: Sequence[Row], columns: Mapping[str, Callable[[Row], str]]) -> list[list[str]]:
    """The table's text, row by row; footnote numbers run on from row to row."""
    table, first = [], 1
    for one in rows:
        table.append([column(replace(one, first=first)) for column in columns.values()])
        first += len(one.footnotes)
    return table


def notes(rows: Sequence[Row]) -> list[str]:
    """All footnotes in the order of their numbers."""
    return [note for one in rows for note in one.footnotes]


def _elsewise(row: Row) -> list[str]:
    """An SMD in units that readers know; a ratio stands in the table itself."""
    if row.evidence.kind != "standardised":
        return []
    shown = [one.text for one in presentations(row.evidence).values()]
    return [f"In other words, for {row.evidence.outcome}: {'; '.join(shown)}."] if shown else []


def legend(rows: Sequence[Row]) -> list[str]:
    """What the table's numbers and words mean: SMDs in other units, risks, levels; and the disclaimer."""
    risks = "Risks are per 1000 people: the baseline risk, and that risk changed by the relative effect."
    found = {one.rating.certainty for one in rows}
    levels = [
        f"{words(level).capitalize()} certainty: {MEANING[level]}"
        for level in reversed(CERTAINTY)
        if level in found
    ]
    said = [line for one in rows for line in _elsewise(one)]
    return [*said, *([risks] if any(one.absolute for one in rows) else []), *levels, DISCLAIMER]


def as_csv(rows: Sequence[Row]) -> str:
    """One line a body with every number unrounded, for other programs; empty cells for what is not known."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV)
    for one in rows:
        values = (column(one) for column in CSV.values())
        writer.writerow(["" if value is None else value for value in values])
    return out.getvalue()


def _risk_number(which: int) -> Callable[[Row], object]:
    return lambda row: None if row.absolute is None else row.absolute.risk[which]


def _difference_number(which: int) -> Callable[[Row], object]:
    """The difference per 1000 where there is one, else the effect where it is a difference itself."""

    def number(row: Row) -> object:
        if row.absolute is not None:
            return row.absolute.difference[which]
        e = row.evidence
        return None if e.log else (e.est, e.lo, e.hi)[which]

    return number


def _raised(domain: str) -> Callable[[Row], object]:
    return lambda row: next((s.level for s in row.rating.upgrades if s.domain == domain), 0)


CSV: dict[str, Callable[[Row], object]] = {
    "outcome_id": lambda row: row.evidence.id,
    "outcome": lambda row: row.evidence.outcome,
    "follow_up": lambda row: row.evidence.follow_up,
    "n_studies": lambda row: row.evidence.k,
    "n_participants": lambda row: row.evidence.n,
    "design": lambda row: row.evidence.design,
    "baseline_risk": lambda row: row.evidence.baseline_risk,
    "risk_control_1000": lambda row: None if row.absolute is None else row.absolute.baseline,
    "risk_interv_1000": _risk_number(0),
    "ri_lo": _risk_number(1),
    "ri_hi": _risk_number(2),
    "measure": lambda row: row.evidence.measure,
    "est": lambda row: row.evidence.est,
    "lo": lambda row: row.evidence.lo,
    "hi": lambda row: row.evidence.hi,
    "diff": _difference_number(0),
    "diff_lo": _difference_number(1),
    "diff_hi": _difference_number(2),
    "unit": lambda row: row.evidence.unit,
    "start": lambda row: row.rating.start,
    "rob": lambda row: row.rating.step("risk_of_bias").level,
    "inconsistency": lambda row: row.rating.step("inconsistency").level,
    "indirectness": lambda row: row.rating.step("indirectness").level,
    "imprecision": lambda row: row.rating.step("imprecision").level,
    "pub_bias": lambda row: row.rating.step("publication_bias").level,
    "large": _raised("large_effect"),
    "dose": _raised("dose_response"),
    "confounding": _raised("opposing_confounding"),
    "certainty": lambda row: row.rating.certainty,
    "statement": lambda row: row.rating.sentence,
    "footnotes": lambda row: " ".join(f"({i}) {note}" for i, note in enumerate(row.footnotes, 1)),
}
