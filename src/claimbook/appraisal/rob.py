"""Risk of bias of one result by one tool: answers in, judgements out, with the path that led to each.

``judge`` applies the tool's own rules; a person may override a judgement with a reason, and both stay
visible. ``next_questions`` says what to ask next, so that a form never asks what no longer matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from claimbook.appraisal.flowchart import decide, holds, reached
from claimbook.appraisal.instruments import Question, Tool, tool
from claimbook.problems import did_you_mean

OVERALL = "overall"


@dataclass(frozen=True)
class Override:
    """A person's judgement of a domain or of ``overall``, with reason, name and date."""

    domain: str
    to: str
    because: str
    by: str
    date: str

    def __post_init__(self) -> None:
        for name in ("because", "by", "date"):
            if not str(getattr(self, name) or "").strip():
                raise ValueError(f"override.{name}: is missing; an override of {self.domain} needs it")


@dataclass(frozen=True)
class Assessment:
    """What a tool makes of one result.

    ``algorithm`` and ``judgements`` map domains to the rules' and the final judgement (``None`` while
    questions are open); ``trace`` has one path a domain; ``score`` is a scale's sum, which only describes.
    """

    tool: str
    algorithm: Mapping[str, str | None]
    judgements: Mapping[str, str | None]
    algorithm_overall: str | None
    overall: str | None
    trace: tuple[str, ...]
    open: tuple[str, ...] = ()
    score: int | None = None
    suggestions: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()


def judge(
    tool_id: str,
    answers: Mapping[str, str],
    overrides: Iterable[Override] = (),
    stated: Mapping[str, str] | None = None,
    lists: Mapping[str, Sequence[str]] | None = None,
) -> Assessment:
    """Judge one result from the answers given so far (question id -> answer, or domain id -> judgement).

    ``stated`` holds judgements that were published without answers, by domain or ``overall``; they stand in
    for the algorithm's. ``lists`` replaces one of the tool's named lists (which items are critical, which
    domains are key). Answers to questions that other answers make irrelevant are ignored. ValueError for an
    unknown tool, question, answer, domain, judgement or list.
    """
    by = _with_lists(tool(tool_id), lists or {})
    _check_answers(by, answers)
    published, overrides = dict(stated or {}), tuple(overrides)
    replaced = {override.domain: override.to for override in overrides}
    _check_judgements(by, [*published.items(), *replaced.items()])
    known = {name: reached(by, domain, answers) for name, domain in by.domains.items()}
    paths = {name: decide(by, domain, known[name]) for name, domain in by.domains.items()}
    algorithm = {name: published.get(name, judgement) for name, (judgement, _) in paths.items()}
    final = {name: replaced.get(name, judgement) for name, judgement in algorithm.items()}
    shown = [name for name, domain in by.domains.items() if not domain.preliminary]
    score = _score(by, answers)
    begun = bool(answers)
    as_ruled = published.get(OVERALL) or _overall(by, algorithm, score, begun)
    return Assessment(
        tool=by.label,
        algorithm={name: algorithm[name] for name in shown},
        judgements={name: final[name] for name in shown},
        algorithm_overall=as_ruled,
        overall=replaced.get(OVERALL) or published.get(OVERALL) or _overall(by, final, score, begun),
        trace=tuple(path for _, path in paths.values() if path),
        open=tuple(question.id for question in next_questions(tool_id, answers)),
        score=score,
        suggestions=tuple(s["say"] for s in by.suggestions if holds(s["if"], final, by.lists)),
        overrides=overrides,
    )


def next_questions(tool_id: str, answers: Mapping[str, str]) -> tuple[Question, ...]:
    """The questions to ask now: reached by the answers given so far and not answered yet.

    A domain that a person judges directly is one question, with its choices as answers. Nothing is left to
    ask once a preliminary domain has ended the assessment.
    """
    by = tool(tool_id)
    _check_answers(by, answers)
    found: list[Question] = []
    for domain in by.domains.values():
        if domain.choices and domain.id not in answers:
            found.append(Question(domain.id, domain.name, tuple(domain.choices), {}))
        known = reached(by, domain, answers)
        found += [question for question in domain.questions.values() if known[question.id] is None]
        if domain.preliminary and decide(by, domain, known)[0] == by.judgements[-1]:
            return ()
    return tuple(found)


def _overall(by: Tool, judgements: Mapping[str, str | None], score: int | None, begun: bool) -> str | None:
    """The tool's rule over its domains; a preliminary domain can end it, or block it while it is open."""
    preliminary = {judgements[name] for name, domain in by.domains.items() if domain.preliminary}
    if by.judgements and by.judgements[-1] in preliminary:
        return by.judgements[-1]
    if begun and None in preliminary:
        return None
    for kind, given in by.overall.items():
        return OVERALL_RULES[kind](by, given, judgements, score)
    return None


def _worst(by: Tool, given: Any, judgements: Mapping[str, str | None], score: int | None) -> str | None:
    names = by.lists[given] if isinstance(given, str) else given
    found = [judgements[name] for name in names]
    known = [word for word in found if word is not None]
    if len(known) < len(found):
        return None
    return max(known, key=by.judgements.index)


def _same_as(by: Tool, given: Any, judgements: Mapping[str, str | None], score: int | None) -> str | None:
    return judgements[given]


def _bands(by: Tool, given: Any, judgements: Mapping[str, str | None], score: int | None) -> str | None:
    if score is None:
        return None
    return next(str(band["then"]) for band in given if score >= band["at_least"])


def _score(by: Tool, answers: Mapping[str, str]) -> int | None:
    ids = by.score.get("of", ())
    if not ids or any(id not in answers for id in ids):
        return None
    return sum(int(by.classes[answers[id]]) for id in ids)


def _with_lists(by: Tool, lists: Mapping[str, Sequence[str]]) -> Tool:
    for name, ids in lists.items():
        if name not in by.lists:
            raise ValueError(f"lists: {by.id} has no list {name!r}{did_you_mean(name, by.lists)}")
        if unknown := [id for id in ids if id not in by.lists[name] and id not in by.lists.get("items", ())]:
            raise ValueError(f"lists.{name}: {unknown[0]!r} is no item of {by.id}")
    return replace(by, lists={**by.lists, **{name: tuple(ids) for name, ids in lists.items()}})


def _check_answers(by: Tool, answers: Mapping[str, str]) -> None:
    allowed: dict[str, tuple[str, ...]] = {}
    for domain in by.domains.values():
        allowed |= {question.id: question.answers for question in domain.questions.values()}
        if domain.choices:
            allowed[domain.id] = tuple(domain.choices)
    for id, answer in answers.items():
        if id not in allowed:
            raise ValueError(f"answers: {by.id} has no question {id!r}{did_you_mean(str(id), allowed)}")
        if answer not in allowed[id]:
            raise ValueError(f"answers.{id}: {answer!r} is not one of {', '.join(allowed[id])}")


def _check_judgements(by: Tool, judgements: Iterable[tuple[str, str]]) -> None:
    for domain, word in judgements:
        if domain not in (*by.domains, OVERALL):
            raise ValueError(
                f"judgements: {by.id} has no domain {domain!r}{did_you_mean(domain, by.domains)}"
            )
        if word not in by.judgements:
            raise ValueError(f"judgements.{domain}: {word!r} is not one of {', '.join(by.judgements)}")


def fold(judgement: str, tool_id: str, middle: str | None = None) -> str:
    """A judgement as ``low`` or ``high``, as GRADE asks.

    ``middle`` says where the tool's middle category falls; without it the tool's default holds. ValueError
    for a tool without a fold (its score or checklist gives no judgement) or an unknown judgement.
    """
    by = tool(tool_id)
    if not by.fold:
        raise ValueError(f"tool: {tool_id} gives no judgement that could be folded into low and high")
    if judgement not in by.fold:
        raise ValueError(f"judgement: {judgement!r} is not one of {', '.join(by.fold)}")
    side = by.fold[judgement]
    return (middle or by.default_fold) if side == "middle" else side


OVERALL_RULES: dict[str, Callable[..., str | None]] = {"worst": _worst, "same_as": _same_as, "bands": _bands}
