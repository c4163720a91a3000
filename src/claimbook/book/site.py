"""What all pages share: the Book (every Finding and its library) and the addresses of its pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from claimbook.book.markup import Content, Html, join, link, myst, tag

if TYPE_CHECKING:
    from claimbook.findings import Finding
    from claimbook.problems import Problem
    from claimbook.records import Library
    from claimbook.reproduce import Comparison
    from claimbook.rows import Row


class Use(NamedTuple):
    """One place where a claim speaks of a study: pooled (with its row), shown beside, or left out."""

    finding: Finding
    how: Literal["pooled", "not computed", "beside", "left out"]
    result: str
    why: str
    row: Row | None = None


@dataclass(frozen=True)
class Book:
    """A library, its Findings in the order of the article, the published values recomputed, the problems.

    ``author`` is who made the book, as its settings say.
    """

    library: Library
    findings: dict[str, Finding]
    comparisons: tuple[Comparison, ...] = ()
    problems: tuple[Problem, ...] = ()
    author: str = ""

    @cached_property
    def uses(self) -> dict[str, list[Use]]:
        """Where each study is spoken of, in the order of the findings."""
        found: dict[str, list[Use]] = {key: [] for key in self.library.studies}
        for finding in self.findings.values():
            for study, use in _uses(finding):
                found.setdefault(study, []).append(use)
        return found

    @property
    def people(self) -> int:
        """Participants behind the pooled results; nobody is counted twice for two outcomes of one study."""
        most: dict[tuple[str, str], int] = {}
        for finding in self.findings.values():
            for row in finding.used:
                key = (row.study, row.subgroup)
                most[key] = max(most.get(key, 0), row.n)
        return sum(most.values())


def _uses(finding: Finding) -> Iterator[tuple[str, Use]]:
    for row in finding.rows:
        yield (
            row.study,
            Use(finding, "pooled" if row.usable else "not computed", row.result, row.why_not, row),
        )
    for beside in finding.beside:
        yield beside.study, Use(finding, "beside", beside.result, beside.says)
    for left in finding.left_out:
        yield left.study, Use(finding, "left out", "", left.because)


@dataclass(frozen=True)
class Links:
    """Addresses as a page sees them; ``root`` leads from it to the top of the book."""

    root: str = ""

    def page(self, name: str, label: Content) -> Html:
        return link(label, f"{self.root}{name}.html")

    def claim(self, finding: Finding, label: Content = None, at: str = "") -> Html:
        href = f"{self.root}claims/{finding.claim.claim}.html{at}"
        return link(finding.claim.title if label is None else label, href)

    def study(self, key: str, label: Content, result: str = "") -> Html:
        """The study's page, at one of its results where one is named."""
        return link(label, f"{self.root}studies/{key}.html{f'#result-{result}' if result else ''}")

    def line(self, key: str, line: int) -> Html:
        """The line of a study's record, as it is shown on the study's page."""
        return link(f"line {line}", f"{self.root}studies/{key}.html#L{line}", class_="cb-line-link")

    def file(self, name: str, label: Content) -> Html:
        return link(label, f"{self.root}{name}", download=True)


def page(title: str, *parts: str) -> str:
    """A MyST page: its title and its parts, those that are empty left out."""
    return "\n".join([f"# {myst(title)}\n", *(part for part in parts if part)])


def section(title: str, *parts: str, level: int = 2) -> str:
    """A section of a page; nothing at all where every part is empty."""
    body = "\n".join(part for part in parts if part)
    return f"{'#' * level} {myst(title)}\n\n{body}" if body else ""


NUMBERS = "numbers"  # on a claim's page: every number with its line


def sourced(made: Html, finding: Finding) -> Html:
    """A table with the way to the numbers that it was computed from."""
    if not finding.rows:
        return made
    return join(made, tag("p", link("From these numbers", f"#{NUMBERS}"), class_="cb-door"))
