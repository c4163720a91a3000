"""Walking a tool's rules: which questions are reached, and what the first rule that holds says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from claimbook.appraisal.instruments import Condition, Domain, Rule, Tool

NOT_REACHED = "NA"
Known = Mapping[str, str | None]


def reached(by: Tool, domain: Domain, answers: Mapping[str, str]) -> dict[str, str | None]:
    """Each question's answer class; ``NA`` where it is not asked, ``None`` where it is still open.

    While a question is open, those that hang on it count as not asked.
    """
    if domain.choices:
        return {domain.id: answers.get(domain.id)}
    known: dict[str, str | None] = {}
    for question in domain.questions.values():
        if question.when and not holds(question.when, known, by.lists):
            known[question.id] = NOT_REACHED
        else:
            given = answers.get(question.id)
            known[question.id] = None if given is None else by.classes[given]
    return known


def decide(by: Tool, domain: Domain, known: Known) -> tuple[str | None, str]:
    """The domain's judgement from answer classes, and the path that led to it; ``None`` while it is open."""
    if domain.choices:
        stated = known[domain.id]
        return stated, f"{domain.id}: stated > {stated}" if stated is not None else ""
    if not domain.rules or None in known.values():
        return None, ""
    seen = _Seen(known)
    for name, part in domain.parts.items():
        seen[name] = _part(part, seen, by)
    judgement = _first(domain.rules, seen, by)
    path = [f"{id}={seen[id]}" for id in seen.asked if id not in domain.parts and seen[id] != NOT_REACHED]
    return judgement, f"{domain.id}: {' > '.join([*path, judgement])}"


class _Seen(dict[str, str | None]):
    """Answers that remember which of them were looked at, in order: the path through a flowchart."""

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self.asked: dict[str, None] = {}

    def get(self, key: str, default: Any = None) -> str | None:
        self.asked.setdefault(key)
        return super().get(key, default)


def _part(part: Any, seen: _Seen, by: Tool) -> str:
    if isinstance(part, Mapping):
        ((name, ids),) = part.items()
        return str(COMBINE[name](int(seen[id] or 0) for id in ids))
    return _first(part, seen, by)


def _first(rules: Iterable[Rule], known: Known, by: Tool) -> str:
    return next(str(rule["then"]) for rule in rules if holds(rule.get("if", {}), known, by.lists))


def holds(condition: Condition, known: Known, lists: Mapping[str, tuple[str, ...]]) -> bool:
    """Does every entry of the condition hold for these answers?"""
    return all(
        OPERATORS[key](wanted, known, lists) if key in OPERATORS else known.get(key) in wanted.split()
        for key, wanted in condition.items()
    )


def _any(wanted: Any, known: Known, lists: Mapping[str, tuple[str, ...]]) -> bool:
    return any(holds(condition, known, lists) for condition in wanted)


def _count(wanted: Any, known: Known, lists: Mapping[str, tuple[str, ...]]) -> bool:
    ids = lists[wanted["of"]] if isinstance(wanted["of"], str) else wanted["of"]
    matching = sum(known.get(id) in wanted["is"].split() for id in ids)
    return matching >= int(wanted["at_least"])


COMBINE: dict[str, Callable[[Iterable[int]], int]] = {"sum": sum, "max": max}
OPERATORS: dict[str, Callable[..., bool]] = {"any": _any, "count": _count}
