"""claimbook rob"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from claimbook.cli.report import refusals_shown
from claimbook.cli.session import Failure, Session, counted, json_option, known, print_json
from claimbook.records import Study
from claimbook.records.editing import as_data

if TYPE_CHECKING:
    from claimbook.appraisal.instruments import Question


@click.command()
@click.argument("key", help="A study, for example estes2017.")
@click.option("--tool", help="Id of a tool; otherwise the one begun, or the first choice for the design.")
@click.option("--result", "results", multiple=True, help="A result that it is about; all when none is named.")
@click.option(
    "--answer", "answers", multiple=True, metavar="ID=WORD", help="An answer, without being asked: 1.1=Y"
)
@click.option(
    "--because", "reasons", multiple=True, metavar="ID=TEXT", help="The reason of an answer or a domain."
)
@click.option("--by", help="Who judges.")
@json_option
@click.pass_obj
def command(
    session: Session,
    key: str,
    tool: str | None,
    results: tuple[str, ...],
    answers: tuple[str, ...],
    reasons: tuple[str, ...],
    by: str | None,
    as_json: bool,
) -> None:
    """Judge the risk of bias of a study, question by question.

    On a terminal only those questions are asked that the answers so far leave open. Each answer is saved at
    once, so that the work can be stopped and taken up again.
    """
    library = session.library()
    study = library.studies[known("study", key, library.studies)]
    for result in results:
        known("result", result, [one.id for one in study.results])
    path = library.root / "records" / Path(library.documents[key].path).name
    work = _begun(study, path, _tool(study, tool, results), results, by)
    _given(work, answers, reasons)
    if answers or reasons:
        _save(work)
    if session.interactive and not answers:
        _asked(session, work)
    _show(session, work, as_json)


@dataclass
class Work:
    """One assessment in the making, and its place in the record."""

    path: Path
    index: int
    tool: str
    data: dict[str, Any]
    answers: dict[str, str] = field(default_factory=dict)
    because: dict[str, str] = field(default_factory=dict)

    def assessment(self) -> dict[str, Any]:
        parts = {**self.data, "answers": self.answers, "because": self.because}
        return {name: value for name, value in parts.items() if value}


def _tool(study: Study, tool: str | None, results: Sequence[str]) -> str:
    """The tool named, else the one that was begun with, else the first choice for the design."""
    from claimbook.appraisal.instruments import TOOLS, tools_for

    if tool is not None:
        return known("tool", tool, TOOLS)
    begun = [one.tool for one in study.risk_of_bias if one.answers and one.read_in is None]
    design = (study.result(results[0]).design if results else None) or study.design.kind
    first = tools_for(design)[0]
    if not (begun or first):
        known_first = f"; claimbook extract {study.study} asks for it" if design == "unknown" else ""
        raise click.UsageError(f"no tool is made for the design {design}{known_first}; name one with --tool")
    return (begun or list(first))[0]


def _begun(study: Study, path: Path, tool: str, results: Sequence[str], by: str | None) -> Work:
    """Our own assessment with this tool of these results, or a new one."""
    today = datetime.now(UTC).date().isoformat()
    for index, one in enumerate(study.risk_of_bias):
        if one.tool == tool and one.read_in is None and set(one.results) == set(results):
            data = {**as_data(one), **({"by": by} if by else {}), "date": today}
            return Work(path, index, tool, data, dict(one.answers), dict(one.because))
    data = {"tool": tool, "results": list(results), "by": by, "date": today}
    return Work(path, len(study.risk_of_bias), tool, data)


def _given(work: Work, answers: Sequence[str], reasons: Sequence[str]) -> None:
    """Take answers and reasons from options; a word that the tool does not have is wrong usage."""
    for texts, target in ((answers, work.answers), (reasons, work.because)):
        for text in texts:
            id, sign, word = text.partition("=")
            if not sign:
                raise click.UsageError(f"{text}: write ID=WORD, for example 1.1=Y")
            target[id.strip()] = word.strip()
    _open(work)


def _open(work: Work) -> tuple[Question, ...]:
    """The questions that the answers so far leave open."""
    from claimbook.appraisal import next_questions

    try:
        return next_questions(work.tool, work.answers)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _asked(session: Session, work: Work) -> None:
    """Ask one question after the other; what an answer makes irrelevant is not asked."""
    while questions := _open(work):
        question = questions[0]
        session.say(f"\n{question.id}  {question.asks}")
        choice = click.Choice(question.answers, case_sensitive=False)
        work.answers[question.id] = click.prompt("answer", type=choice, err=True)
        if reason := click.prompt("because", default="", show_default=False, err=True).strip():
            work.because[question.id] = reason
        _save(work)


def _save(work: Work) -> None:
    from claimbook.records.writing import writing

    root = work.path.parent.parent
    with refusals_shown(), writing(root) as writer:
        writer.set(work.path, f"risk_of_bias.{work.index}", work.assessment())


def _show(session: Session, work: Work, as_json: bool) -> None:
    from claimbook.appraisal import judge
    from claimbook.appraisal.rob import Override

    questions = _open(work)
    overrides = [Override(**one) for one in work.data.get("overrides", ())]
    try:
        found = judge(work.tool, work.answers, overrides, work.data.get("judgements"))
    except ValueError as error:
        raise Failure(f"{work.path}: {error}", f"claimbook check {work.path}") from None
    if as_json:
        asked = [{"id": q.id, "asks": q.asks, "answers": list(q.answers)} for q in questions]
        print_json(
            {
                "tool": found.tool,
                "judgements": dict(found.judgements),
                "overall": found.overall,
                "open": asked,
            }
        )
        return
    for domain, judgement in found.judgements.items():
        click.echo(f"{domain:<14}{judgement or 'open'}")
    click.echo(f"{'overall':<14}{found.overall or 'open'}")
    for question in questions[:3]:
        session.say(f"open: {question.id}  {question.asks} ({', '.join(question.answers)})")
    if len(questions) > 3:
        session.say(f"and {counted(len(questions) - 3, 'further question')}")
