"""What a record or a claim still lacks, in the order in which a curator would fill it in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from claimbook.records import Claim, Library, Number, Study
from claimbook.records.editing import dotted
from claimbook.records.text import Loc

SHOWN = 3


def study_gaps(library: Library, study: Study) -> Iterator[str]:
    """Short phrases; none for a study that is complete."""
    key = study.study
    if key not in library.bibliography:
        yield "no citation in references.bib"
    if study.design.kind == "unknown":
        yield "design not known"
    if not study.results:
        yield "no results"
    if unknown := [dotted(loc) for loc in unknown_numbers(study)]:
        more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
        yield f"not known: {', '.join(unknown[:SHOWN])}{more}"
    if not any(key == used.study for claim in library.claims.values() for used in mentioned(claim)):
        yield "no claim uses it"
    elif not study.risk_of_bias and any(
        key == used.study for c in library.claims.values() for used in c.studies
    ):
        yield "no risk-of-bias assessment"
    if study.integrity.status == "not checked":
        yield "not checked for retraction"
    if len(study.extracted_by) < 2:
        yield "not extracted twice"


def claim_gaps(claim: Claim) -> Iterator[str]:
    """Short phrases; none for a claim that is complete."""
    if claim.kind not in {"effect", "source"} or claim.answered_by:
        return
    if not claim.studies:
        yield "no studies"
        return
    if claim.measure is None:
        yield "no measure"
    if claim.worthwhile is None:
        yield "no worthwhile effect, not even the reason why none is known"
    if claim.indirectness is None:
        yield "indirectness is not judged"
    if claim.publication_bias is None:
        yield "publication bias is not judged"


def mentioned(claim: Claim) -> tuple[Any, ...]:
    """Everything in a claim that names a study."""
    return (*claim.studies, *claim.left_out, *claim.beside)


def unknown_numbers(value: Any, loc: Loc = ()) -> Iterator[Loc]:
    """The places of the numbers that a record marks as unknown, those of its published values aside."""
    if isinstance(value, Number):
        if not value.known:
            yield loc
        return
    if isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from unknown_numbers(item, (*loc, getattr(item, "id", index)))
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name != "published":
                yield from unknown_numbers(getattr(value, name), (*loc, name))
