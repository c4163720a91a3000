"""V101 to V103: living with a rule, with a reason. A waived problem stays in the list, marked with it.

A record, a claim or library.yaml waives a rule with ``waive: [{rule: S206, because: "..."}]``; ``result``
narrows it to one result. A waiver covers the problems in its own file; one of library.yaml covers those of
references.bib too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from claimbook.checks.families import RULES
from claimbook.checks.provenance import is_placeholder
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import Raw, View
from claimbook.problems import Problem, Where, did_you_mean


@dataclass(frozen=True)
class Given:
    """One waiver as it stands in a file, whether or not it is complete."""

    raw: Raw
    index: int
    rule: str
    because: object
    result: str | None

    def where(self, *field: str) -> Where:
        return self.raw.where("waive", self.index, *field)

    def covers(self, problem: Problem) -> bool:
        """Is a problem this waiver's business: its rule, its file, its result?"""
        path = PurePath(self.raw.library.documents[self.raw.key].path)
        files = {path, path.parent / "references.bib"} if self.raw.folder == "" else {path}
        if (
            problem.rule != self.rule
            or PurePath(problem.where.path) not in files
            or is_placeholder(self.because)
        ):
            return False
        return self.result is None or self.result == result_at(self.raw, problem.where.line)


def given(view: View) -> list[Given]:
    """Every waiver of every file."""
    found = []
    for raw in view.raw:
        waivers = raw.data.get("waive") if isinstance(raw.data, dict) else None
        for index, entry in enumerate(waivers if isinstance(waivers, list) else ()):
            if isinstance(entry, dict):
                rule, result = str(entry.get("rule")), entry.get("result")
                found.append(
                    Given(raw, index, rule, entry.get("because"), result if isinstance(result, str) else None)
                )
    return found


def result_at(raw: Raw, line: int) -> str | None:
    """The id of the result that a line of a record belongs to."""
    keys: list[tuple[int, Any]] = [(place[0], loc[0]) for loc, place in _keys(raw) if len(loc) == 1]
    section = max(((start, name) for start, name in keys if start <= line), default=(0, ""))
    if section[1] != "results":
        return None
    results = raw.data["results"]
    starts = [(raw.where("results", index).line, index) for index in range(len(results))]
    index = max(((start, i) for start, i in starts if start <= line), default=(0, 0))[1]
    return str(results[index].get("id")) if isinstance(results[index], dict) else None


def _keys(raw: Raw) -> Iterable[tuple[tuple[str | int, ...], tuple[int, int]]]:
    return raw.library.documents[raw.key].keys.items()


def found(view: View) -> list[Problem]:
    """All problems of all rules but those about waivers, in no order."""
    return [problem for check in RULES for problem in check.run(view)]


def marked(view: View, problems: Iterable[Problem]) -> list[Problem]:
    """The problems, those that a waiver covers marked with its reason."""
    by_rule: dict[str, list[Given]] = {}
    for waiver in view.once(given):
        by_rule.setdefault(waiver.rule, []).append(waiver)
    return [_mark(problem, by_rule.get(problem.rule, [])) for problem in problems]


def _mark(problem: Problem, waivers: list[Given]) -> Problem:
    reason = next((waiver.because for waiver in waivers if waiver.covers(problem)), None)
    return problem if reason is None else problem.waive(str(reason))


def waiver_has_reason(view: View) -> Iterator[Hit]:
    """A waiver without a reason, or with one that says nothing.

    The reason is printed beside the waived problem and on the book's audit page; without one the waiver does
    not hold.

    Fails:

    ```yaml
    # a record
    waive: [{rule: P103, because: todo}]
    ```

    Passes:

    ```yaml
    # a record
    waive: [{rule: P103, because: The abstract holds three numbers; all are in the quote.}]
    ```

    Source: the project's second promise, in VISION.
    """
    for waiver in view.once(given):
        if is_placeholder(waiver.because):
            message = f"{waiver.rule} is waived with no reason" + (
                f' but "{waiver.because}"' if waiver.because else ""
            )
            yield Hit(waiver.where("because"), message)


def waiver_names_rule(view: View) -> Iterator[Hit]:
    """A waiver of a rule that does not exist.

    Fails:

    ```yaml
    # a record
    waive: [{rule: S999, because: The abstract prints it so.}]
    ```

    Passes:

    ```yaml
    # a record
    waive: [{rule: P103, because: The abstract holds three numbers; all are in the quote.}]
    ```

    Source: `claimbook explain` lists the rules.
    """
    codes = [check.code for check in RULES]
    for waiver in view.once(given):
        if waiver.rule not in codes:
            yield Hit(waiver.where("rule"), f"no rule {waiver.rule}{did_you_mean(waiver.rule, codes)}")


def waiver_is_needed(view: View) -> Iterator[Hit]:
    """A waiver that waives nothing.

    The problem was mended or never was; a waiver that stays would hide the next one.

    Fails:

    ```yaml
    # a record
    waive: [{rule: S206, because: The abstract prints it so.}]
    ```

    Passes:

    ```yaml
    # a record
    extracted_by: [A. Curator]
    waive: [{rule: P103, because: The abstract holds three numbers; all are in the quote.}]
    ```

    Source: the same habit as `RUF100` of the linter ruff.
    """
    codes = {check.code for check in RULES}
    problems = view.once(found)
    for waiver in view.once(given):
        known = waiver.rule in codes and not is_placeholder(waiver.because)
        if known and not any(waiver.covers(problem) for problem in problems):
            yield Hit(waiver.where(), f"{waiver.rule} is waived, and does not fire here")


CHECKS = (
    Check(
        "V101",
        "waiver-without-reason",
        "error",
        waiver_has_reason,
        "A rule that is switched off without a reason is a rule that nobody keeps.",
        "write in `because` why the record lives with it",
    ),
    Check(
        "V102",
        "waiver-of-unknown-rule",
        "error",
        waiver_names_rule,
        "The waiver has no effect.",
        "correct the code, or delete the waiver",
    ),
    Check(
        "V103",
        "waiver-unused",
        "warning",
        waiver_is_needed,
        "An unused waiver would hide the next problem of its kind.",
        "delete the waiver",
    ),
)
