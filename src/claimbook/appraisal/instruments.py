"""Risk-of-bias tools as data: what a file in ``tools/`` says, read into a ``Tool``.

A tool is questions in domains, rules from answers to judgements, and a rule over the domains. A new tool is a
new YAML file and no Python; a variant names the tool it ``extends`` and what differs. Question texts are
this project's own words: the published texts are mostly licensed, their decision logic is not prose.

A *condition* maps question ids to the answers that satisfy it (``{"1.2": "N NI"}``: all entries must hold);
``any`` holds a list of conditions of which one must hold, ``count`` counts answers (``of`` a list of ids or
the name of one in ``lists``, ``is`` the answers, ``at_least`` how many). A *rule* is a condition (``if``) and
a result (``then``); the first rule that holds decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from claimbook.problems import did_you_mean

Condition = Mapping[str, Any]
Rule = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """One signalling question: our words, the answers it takes, the condition under which it is asked."""

    id: str
    asks: str
    answers: tuple[str, ...]
    when: Condition


@dataclass(frozen=True)
class Domain:
    """Questions with rules over their answers, or ``choices`` (judgement: description) for a person.

    ``parts`` are intermediate results, in order: rules, or the ``sum`` or ``max`` of earlier parts. A
    preliminary domain can end the assessment and is not shown among the others.
    """

    id: str
    name: str
    questions: Mapping[str, Question]
    parts: Mapping[str, Any]
    rules: tuple[Rule, ...]
    choices: Mapping[str, str]
    preliminary: bool


@dataclass(frozen=True)
class Tool:
    """One version of one tool. ``judgements`` run from best to worst; ``status`` is a key of ``STATUS``.

    ``designs`` lists what the tool is the first choice for, ``also`` where it serves beside it. ``fold`` maps
    a judgement to low, high or middle for GRADE and is empty where that would be a guess.
    """

    id: str
    version: str
    name: str
    cite: str
    link: str
    status: str
    note: str
    designs: tuple[str, ...]
    also: tuple[str, ...]
    judgements: tuple[str, ...]
    classes: Mapping[str, str]
    domains: Mapping[str, Domain]
    overall: Mapping[str, Any]
    score: Mapping[str, Any]
    lists: Mapping[str, tuple[str, ...]]
    suggestions: tuple[Mapping[str, Any], ...]
    fold: Mapping[str, str]
    default_fold: str
    robvis: Mapping[str, Any]

    @property
    def label(self) -> str:
        return f"{self.id}@{self.version}"


STATUS = {
    "verified": "the rules agree with a published description or an independent implementation",
    "unverified": "the rules are recalled and were not checked against the source",
    "draft": "the source is a draft and may change",
    "convention": "the source leaves the step to judgement; the rules are this project's",
}


class _Shelf(Mapping[str, Tool]):
    """All packaged tools by id; a file is read when its tool is first asked for."""

    def __getitem__(self, id: str) -> Tool:
        if id not in _names():
            hint = did_you_mean(str(id), _names())
            raise KeyError(f"there is no tool {id!r}; there are {', '.join(_names())}{hint}")
        return _tool(id)

    def __iter__(self) -> Iterator[str]:
        return iter(_names())

    def __len__(self) -> int:
        return len(_names())


def tool(id: str) -> Tool:
    """The tool with this id. ValueError names the allowed ones."""
    try:
        return TOOLS[id]
    except KeyError as error:
        raise ValueError(f"tool: {error.args[0]}") from None


def tools_for(design: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tool ids for a study design: those of first choice, and those that serve beside them."""
    first = tuple(id for id, one in TOOLS.items() if design in one.designs)
    return first, tuple(id for id, one in TOOLS.items() if design in one.also)


@cache
def _names() -> tuple[str, ...]:
    found = (entry.name for entry in files(__package__).joinpath("tools").iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in found if name.endswith(".yaml")))


@cache
def _source(id: str) -> dict[str, Any]:
    text = files(__package__).joinpath("tools", f"{id}.yaml").read_text(encoding="utf-8")
    own = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if "extends" not in own:
        return dict(own)
    base = _source(own["extends"])
    domains = {**base["domains"], **own.get("domains", {})}
    order = own.get("order", domains)
    return {**base, **own, "domains": {name: domains[name] for name in order}}


@cache
def _tool(id: str) -> Tool:
    raw = _source(id)
    sets = {name: tuple(words) for name, words in raw.get("sets", {}).items()}
    return Tool(
        id=raw["id"],
        version=raw["version"],
        name=raw["name"],
        cite=raw["cite"],
        link=raw["link"],
        status=raw["status"],
        note=raw.get("note", "").strip(),
        designs=tuple(raw["designs"]),
        also=tuple(raw.get("also", ())),
        judgements=tuple(raw["judgements"]),
        classes=raw.get("answers", {}),
        domains={name: _domain(name, domain, sets) for name, domain in raw["domains"].items()},
        overall=raw["overall"],
        score=raw.get("score", {}),
        lists={name: tuple(ids) for name, ids in raw.get("lists", {}).items()},
        suggestions=tuple(raw.get("suggestions", ())),
        fold=raw.get("fold", {}),
        default_fold=raw.get("default_fold", ""),
        robvis=raw.get("robvis", {}),
    )


def _domain(id: str, raw: Mapping[str, Any], sets: Mapping[str, tuple[str, ...]]) -> Domain:
    questions = {
        name: Question(name, q["asks"], sets[q.get("set", "standard")], q.get("when", {}))
        for name, q in raw.get("questions", {}).items()
    }
    return Domain(
        id=id,
        name=raw["name"],
        questions=questions,
        parts=raw.get("parts", {}),
        rules=tuple(raw.get("rules", ())),
        choices=raw.get("choices", {}),
        preliminary=raw.get("preliminary", False),
    )


TOOLS: Mapping[str, Tool] = _Shelf()
