"""What is shown beside a claim's own studies, as published: sources, reviews, counterexamples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from claimbook.records import Library
    from claimbook.records.models import Mention, Used


@dataclass(frozen=True)
class Beside:
    """A published result shown beside the evidence: a cited source, a review, a counterexample."""

    study: str
    label: str
    result: str
    outcome: str
    design: str
    what: str
    says: str
    measure: str
    estimate: str
    low: str
    high: str
    p: str
    k: str
    status: str
    read_in: str
    where: str
    note: str

    @property
    def printed(self) -> str:
        """``SMD 0.66 (0.41 to 0.90)``, as the source prints it."""
        return f"{self.measure} {self.estimate} ({self.low} to {self.high})"


@dataclass(frozen=True)
class Left:
    """A result that was left out, and why."""

    study: str
    label: str
    because: str


def there(library: Library, used: Used) -> bool:
    """Is the result that a claim names in the library? (R010 says so where it is not.)"""
    study = library.studies.get(used.study)
    return study is not None and any(result.id == used.result for result in study.results)


def beside(library: Library, mentions: Iterable[Mention]) -> Iterator[Beside]:
    """Each mention of a result that is there, as printed."""
    for mention in mentions:
        if not there(library, mention):
            continue
        study = library.studies[mention.study]
        entry = study.result(mention.result)
        data: Any = entry.data
        estimate = next(
            (getattr(data, name) for name in ("estimate", "percent", "mean") if hasattr(data, name)), None
        )
        yield Beside(
            study=mention.study,
            label=study.label,
            result=entry.id,
            outcome=entry.outcome,
            design=study.design.kind,
            what=entry.what,
            says=mention.says,
            measure=getattr(data, "measure", entry.unit),
            estimate=str(estimate) if estimate is not None else "",
            low=_text(data, "low"),
            high=_text(data, "high"),
            p=data.p.text if getattr(data, "p", None) else "",
            k=_text(data, "k"),
            status=entry.status,
            read_in=entry.read_in or mention.study,
            where=entry.where,
            note=entry.note or "",
        )


def label_of(library: Library, study: str) -> str:
    return library.studies[study].label if study in library.studies else study


def _text(data: Any, name: str) -> str:
    value = getattr(data, name, None)
    return str(value) if value is not None else ""
