"""What all pages share: the Book (every Finding and its library) and the addresses of its pages."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from claimbook.book.markup import Content, Html, join, link, myst, tag
from claimbook.book.record import record_path

if TYPE_CHECKING:
    from claimbook.findings import Finding
    from claimbook.findings.reproduce import Comparison
    from claimbook.findings.rows import Row
    from claimbook.problems import Problem
    from claimbook.records import Library

T = TypeVar("T")


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

    ``author`` is who made the book, as its settings say; ``figures`` holds the folded figures of claims that
    are drawn already.
    """

    library: Library
    findings: dict[str, Finding]
    comparisons: tuple[Comparison, ...] = ()
    problems: tuple[Problem, ...] = ()
    author: str = ""
    figures: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def uses(self) -> dict[str, list[Use]]:
        """Where each study is spoken of, in the order of the findings."""
        found: dict[str, list[Use]] = {key: [] for key in self.library.studies}
        for finding in self.findings.values():
            for study, use in _uses(finding):
                found.setdefault(study, []).append(use)
        return found

    @cached_property
    def texts(self) -> dict[str, str]:
        """Each finding as the text of its JSON file."""
        from claimbook.book.downloads import as_text

        return {key: as_text(finding) for key, finding in self.findings.items()}

    @cached_property
    def named(self) -> dict[str, frozenset[str]]:
        """For each record, the other records that its text names."""
        library = self.library
        known = library.studies.keys() | library.claims.keys()
        texts = {key: record_path(library, key).read_text(encoding="utf-8-sig") for key in sorted(known)}
        words = {key: frozenset(re.findall(r"[\w-]+", text)) for key, text in texts.items()}
        return {key: words[key] & known - {key} for key in words}

    def part(self, key: str) -> Book:
        """All that the page of a claim or study may look at: its record, those that it names, their findings.

        A claim brings what the claims that it names bring; a study brings the claims that speak of it.
        """
        speaking = {use.finding.claim.claim for use in self.uses.get(key, ())}
        return self._of(self._behind(key, {key}) | speaking)

    def body(self, claim: str) -> Book:
        """All that a claim's figures may look at: its record, the studies that it names, its finding."""
        part = self._of({claim} | self.named[claim] & self.library.studies.keys())
        return replace(part, comparisons=(), problems=(), author="")

    def _of(self, keys: set[str]) -> Book:
        library = replace(
            self.library,
            studies=_only(self.library.studies, keys),
            claims=_only(self.library.claims, keys),
            bibliography=_only(self.library.bibliography, keys),
            documents=_only(self.library.documents, keys | {"library"}),
        )
        paths = {document.path for document in library.documents.values()}
        return replace(
            self,
            library=library,
            findings=_only(self.findings, keys),
            comparisons=tuple(one for one in self.comparisons if one.study in keys),
            problems=tuple(one for one in self.problems if one.where.path in paths),
        )

    def _behind(self, key: str, known: set[str]) -> set[str]:
        new = self.named[key] - known
        known |= new
        for claim in new & self.library.claims.keys() if key in self.library.claims else ():
            self._behind(claim, known)
        return known

    @property
    def people(self) -> int:
        """Participants behind the pooled results; nobody is counted twice for two outcomes of one study."""
        most: dict[tuple[str, str], int] = {}
        for finding in self.findings.values():
            for row in finding.used:
                key = (row.study, row.subgroup)
                most[key] = max(most.get(key, 0), row.n)
        return sum(most.values())


def _only(all_of_them: Mapping[str, T], keys: Collection[str]) -> dict[str, T]:
    return {key: one for key, one in all_of_them.items() if key in keys}


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
