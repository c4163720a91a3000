"""claimbook grade"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO

import click

from claimbook.cli.analyze import findings_of
from claimbook.cli.report import plain
from claimbook.cli.session import Failure, OneOf, Session, json_option, print_json

if TYPE_CHECKING:
    from claimbook.appraisal import Evidence, Rating
    from claimbook.appraisal.stability import LowRisk, Stability
    from claimbook.appraisal.systems import Level
    from claimbook.findings import Finding
    from claimbook.findings.reviews import Published

TABLES = ("sof", "ep", "rob")
FORMATS = ("md", "html", "csv", "docx")
MAIN = "core-grade-2025"


@click.command()
@click.argument("claims", nargs=-1, help="Claims; all when none is given.")
@click.option("--explain", is_flag=True, help="Print every step, what would move it, and other systems.")
@click.option("--evidence", type=click.File("r", encoding="utf-8"), help="A JSON file of bodies; - is stdin.")
@click.option("--table", type=OneOf(TABLES), help="Summary of findings, evidence profile, risk of bias.")
@click.option("--format", "form", type=OneOf(FORMATS), help="Of the table; md if nothing says so.")
@click.option("-o", "--out", type=click.File("wb", atomic=True), help="Write the table here.")
@json_option
@click.pass_obj
def command(
    session: Session,
    claims: tuple[str, ...],
    explain: bool,
    evidence: TextIO | None,
    table: str | None,
    form: str | None,
    out: IO[bytes] | None,
    as_json: bool,
) -> None:
    """Rate the certainty of each claim, or of a body of evidence in a JSON file.

    With --evidence it exits with 1 when a body cannot be rated; the message names the field. Risk of bias,
    heterogeneity and indirectness may be left out there: such a domain is rated 0, flagged NOT_ASSESSED.

    A review's result that a claim asks to rate is rated as published, beside the claim's own studies: the
    level that its printed summary allows at most, and at worst, were all that it does not print a concern.

    The table rob shows the studies' risk of bias; as CSV, of one claim, it is the file that robvis reads.
    """
    if evidence is not None and claims:
        raise click.UsageError("give claims or --evidence, not both")
    if table is None and (form or out):
        raise click.UsageError("--format and --out are for --table")
    if table == "rob":
        return _write_bias(session, claims, evidence, form, out)
    if evidence is not None:
        graded = [_of_body(item, place, explain) for place, item in enumerate(_bodies(evidence))]
    else:
        findings = findings_of(session, session.library(), claims)
        graded = [_of_finding(finding, explain) for finding in findings]
    if table is not None:
        _write(session, graded, table, form, out)
    elif as_json:
        print_json([one.as_json() for one in graded])
    else:
        click.echo("\n\n".join("\n".join(one.told(explain)) for one in graded), nl=bool(graded))
    failed = [one for one in graded if one.error]
    for one in failed:
        click.echo(f"{click.style('error', fg='red', bold=True)}: {one.id}: {one.error}", err=True)
    if failed:
        raise SystemExit(1)


@dataclass(frozen=True)
class Graded:
    """One body or claim: its rating by every rule set, the one that counts, and what else was asked."""

    id: Any
    evidence: Evidence | None = None
    rating: Rating | None = None
    ratings: Mapping[str, Rating] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    not_graded: str = ""
    error: str = ""
    stability: Stability | None = None
    systems: Mapping[str, Level] = field(default_factory=dict)
    published: tuple[Published, ...] = ()

    @property
    def differences(self) -> tuple[str, ...]:
        from claimbook.appraisal.grade import differences

        return differences(self.ratings)

    def as_json(self) -> dict[str, Any]:
        """The contract's object; what is empty is left out."""
        more = {
            "differences": list(self.differences),
            "refused": dict(self.refused),
            "not_graded": self.not_graded,
            "error": self.error,
            "presentations": self._presented(),
            "stability": None if self.stability is None else _stability_json(self.stability),
            "other_systems": {key: level._asdict() for key, level in self.systems.items()},
            "published": [_published_json(one) for one in self.published],
        }
        rulesets = {name: rating.as_json() for name, rating in self.ratings.items()}
        return {"id": self.id, "rulesets": rulesets} | {key: part for key, part in more.items() if part}

    def _presented(self) -> dict[str, Any]:
        from claimbook.appraisal.presentations import presentations

        return (
            {key: shown._asdict() for key, shown in presentations(self.evidence).items()}
            if self.evidence
            else {}
        )

    def told(self, explain: bool) -> Iterator[str]:
        """A few lines; with ``explain`` every step of every rule set, and what would move the certainty."""
        from claimbook.book import words

        yield click.style(str(self.id), bold=True) + (f"  {self.not_graded}" if self.not_graded else "")
        for name, rating in self.ratings.items():
            badge = words.certainty(rating.certainty)
            yield f"  {badge.shape} {badge.word} ({name}). {rating.because}"
            if explain:
                yield from (f"      {step.footnote}" for step in (*rating.steps, *rating.upgrades))
        if self.rating is not None:
            yield f"  {self.rating.sentence}"
        for review in self.published:
            yield from (f"  {line}" for line in _told(review, explain))
        if explain:
            yield from (f"  {line}" for line in self._explained())

    def _explained(self) -> Iterator[str]:
        from claimbook.appraisal.stability import describe
        from claimbook.appraisal.systems import SYSTEMS
        from claimbook.appraisal.vocabulary import FLAGS

        yield from (f"Note: {FLAGS[flag]}" for flag in (self.rating.flags if self.rating else ()))
        yield from (f"Rule sets: {line}" for line in self.differences)
        yield from (f"Stability: {line}" for line in (describe(self.stability) if self.stability else ()))
        for key, level in self.systems.items():
            if level.word is not None:
                yield f"{SYSTEMS[key].label}: {level.word} ({level.because})"


def _told(review: Published, explain: bool) -> Iterator[str]:
    """A review's result as rated; with ``explain`` its steps, what it leaves open and where it was read."""
    if review.rating is None:
        yield f"As published, {review.beside.label} is not rated: {review.not_rated}"
        return
    yield review.line
    if explain:
        read = f"Read in {review.beside.where} of {review.beside.read_in}; the studies were not seen."
        not_printed = f" Not printed: {review.open}." if review.open else ""
        yield f"    {read}{not_printed} {review.agreement}".rstrip()
        yield from (f"    {step.footnote}" for step in review.rating.steps)


def _published_json(review: Published) -> dict[str, Any]:
    from claimbook.findings.snapshot import published

    bounds = {"at_most": review.rating, "at_worst": review.least}
    rated = {name: rating.as_json() for name, rating in bounds.items() if rating is not None}
    return {**published(review), "ratings": rated}


def _stability_json(found: Stability) -> dict[str, Any]:
    return {
        "same": found.same,
        "variants": [asdict(variant) for variant in found.variants],
        "nearest": [asdict(change) for change in found.nearest],
        "low_risk": None if found.low_risk is None else _low_risk_json(found.low_risk),
    }


def _low_risk_json(found: LowRisk) -> dict[str, Any]:
    evidence = found.evidence
    numbers = {"k": evidence.k, "est": evidence.est, "lo": evidence.lo, "hi": evidence.hi}
    return {**numbers, "certainty": found.rating.certainty, "preferred": found.preferred}


def _of_finding(finding: Finding, explain: bool) -> Graded:
    """A claim's ratings by rule set, and why there is none where there is none."""
    return Graded(
        finding.claim.claim,
        finding.evidence,
        finding.rating,
        finding.ratings or {},
        not_graded=finding.not_graded,
        stability=finding.stability if explain else None,
        systems=finding.other_systems if explain else {},
        published=finding.published,
    )


def _of_body(body: Any, place: int, explain: bool) -> Graded:
    """One body's ratings; ``error`` names the field where a blocking input is missing or impossible.

    Without a baseline risk the ratio is rated all the same, but that is an error still: what it means for
    people is not known.
    """
    from claimbook.appraisal import EvidenceError, rate_all, read_evidence
    from claimbook.appraisal.stability import stability
    from claimbook.appraisal.systems import other_systems

    given = body.get("id") if isinstance(body, Mapping) else None
    name = place if given is None else given
    try:
        evidence = read_evidence({**body, "id": str(name)} if isinstance(body, Mapping) else body)
    except EvidenceError as error:
        return Graded(name, error=str(error))
    found = rate_all(evidence)
    main = "narrative-2017" if evidence.est is None else MAIN
    main = "pollock-2016" if evidence.review is not None and main in found.refused else main
    rating = found.ratings.get(main)
    shown = explain and rating is not None
    return Graded(
        name,
        evidence,
        rating,
        found.ratings,
        found.refused,
        error=found.refused.get(main, "") or _no_baseline(evidence),
        stability=stability(evidence, main) if shown else None,
        systems=other_systems(evidence, rating) if shown and rating else {},
    )


def _no_baseline(evidence: Evidence) -> str:
    if "baseline_risk" not in evidence.unstated:
        return ""
    return f"baseline_risk: is missing; {evidence.measure} needs it (only the ratio itself was rated)"


def _bodies(file: TextIO) -> list[Any]:
    try:
        data = json.load(file)
    except (ValueError, RecursionError) as error:
        raise Failure(f"{file.name} is not JSON: {error}", "give one object or a list of them") from None
    data = _printable(data)
    return data if isinstance(data, list) else [data]


def _printable(value: Any) -> Any:
    """The same data, its texts without control characters: they go to a terminal."""
    if isinstance(value, dict):
        return {plain(key): _printable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_printable(item) for item in value]
    return "\n".join(map(plain, value.split("\n"))) if isinstance(value, str) else value


def _write(
    session: Session, graded: list[Graded], table: str, form: str | None, out: IO[bytes] | None
) -> None:
    """The table of what was rated."""
    from claimbook.appraisal.tables import row
    from claimbook.exchange.tables import written

    rows = [row(one.evidence, one.rating) for one in graded if one.evidence and one.rating]
    if not rows:
        raise Failure("nothing here is rated, so there is no table", "claimbook grade says why")
    _put(session, written(rows, table, _format(form, out)), out)
    for one in graded:
        if not one.rating and not one.error:
            session.say(f"not in the table: {one.id}: {one.not_graded}")


def _write_bias(
    session: Session,
    claims: tuple[str, ...],
    evidence: TextIO | None,
    form: str | None,
    out: IO[bytes] | None,
) -> None:
    """The risk of bias of the studies that the claims use."""
    from claimbook.exchange.robvis_files import as_robvis, judged, sheets
    from claimbook.exchange.tables import shown

    if evidence is not None:
        raise click.UsageError("--table rob is for claims; a body of evidence has no judgements by domain")
    library = session.library()
    rows, form = judged(library, findings_of(session, library, claims)), _format(form, out)
    if not rows:
        raise Failure("no study here has a judgement of its risk of bias", "claimbook rob STUDY")
    try:
        content = as_robvis(rows).encode() if form == "csv" else shown(sheets(rows), form)
    except ValueError as error:
        raise Failure(str(error), "name one claim, or take another format") from None
    _put(session, content, out)


def _format(form: str | None, out: IO[bytes] | None) -> str:
    """The format that was asked for or that the file's name says; md where neither does."""
    suffix = Path(getattr(out, "name", "")).suffix.removeprefix(".")
    if form is None and suffix not in {"", *FORMATS}:
        raise click.UsageError(f'no table format "{suffix}"; --format takes {", ".join(FORMATS)}')
    form = form or suffix or "md"
    if form == "docx" and out is None and sys.stdout.isatty():
        raise click.UsageError("a Word file needs --out FILE")
    return form


def _put(session: Session, content: bytes, out: IO[bytes] | None) -> None:
    (out or sys.stdout.buffer).write(content)
    if out is not None:
        session.say(f"wrote {out.name}")
