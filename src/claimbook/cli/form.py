"""Questions on a terminal, made from the types that read the files and write the codebook.

Required fields are asked, and those optional ones that most records have (``ASKED``). Every answer is checked
by its type before the next question. Prompts go to standard error.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import click
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from claimbook.records import Library
from claimbook.records.models import (
    SHAPES,
    Arm,
    Claim,
    Number,
    Population,
    PrePost,
    Result,
    Spread,
    Study,
    Used,
)

ASKED: dict[type[BaseModel], tuple[str, ...]] = {
    Study: ("arms", "results"),
    Arm: ("n",),
    Population: ("sex", "training"),
    Result: ("time",),
    PrePost: ("r",),
    Claim: ("measure", "studies"),
}
MANY = 12  # more choices than this are not listed in the question


@dataclass(frozen=True)
class Known:
    """The ids that an answer may or may not be, from the library and from the answers so far."""

    outcomes: Sequence[str] = ()
    results: Mapping[str, Sequence[str]] = field(default_factory=dict)
    taken: Sequence[str] = ()
    arms: Sequence[str] = ()

    @classmethod
    def of(cls, library: Library) -> Known:
        results = {key: [result.id for result in study.results] for key, study in library.studies.items()}
        return cls(list(library.info.outcomes), results, [*library.studies, *library.claims])

    def choices(self, model: type[BaseModel], name: str, answers: Mapping[str, Any]) -> Sequence[str]:
        """The ids that a field may take; empty where any text will do."""
        if model in (Result, Claim) and name == "outcome":
            return self.outcomes
        if issubclass(model, Used):
            return list(self.results) if name == "study" else self.results.get(answers.get("study", ""), ())
        return self.arms if name == "arm" else ()

    def refuses(self, model: type[BaseModel], name: str, text: str) -> str:
        """Why a new key cannot be used; empty when it can."""
        is_key = (model, name) in ((Study, "study"), (Claim, "claim"))
        return f'"{text}" is there already' if is_key and text in self.taken else ""


def ask(model: type[BaseModel], known: Known, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Answers for one model as record data; ``given`` is not asked."""
    answers = dict(given or {})
    for name, info in model.model_fields.items():
        if name not in answers and (info.is_required() or name in ASKED.get(model, ())):
            answer = _field(model, name, known, answers)
            answers |= {} if answer in (None, []) else {name: answer}
        if name == "arms":
            known = replace(known, arms=[arm["id"] for arm in answers.get("arms", [])])
    if issubclass(model, Spread):
        answers |= _spread()
    if model is Result:
        answers |= _shape(known)
    return answers


def _field(model: type[BaseModel], name: str, known: Known, answers: Mapping[str, Any]) -> Any:
    info = model.model_fields[name]
    kind = _bare(info.annotation)
    if get_origin(kind) is tuple:
        return _several(name, get_args(kind)[0], known)
    if isinstance(kind, type) and issubclass(kind, BaseModel) and not issubclass(kind, Number):
        click.echo(click.style(_spelt(name), bold=True), err=True)
        return ask(kind, known)
    words = get_args(kind) if get_origin(kind) is Literal else known.choices(model, name, answers)
    default = None if info.is_required() else str(info.default or "")
    hint = f" ({info.description.rstrip('.')})" if info.description and not words else ""
    return _question(_spelt(name) + hint, words, default, lambda text: known.refuses(model, name, text), info)


def _several(name: str, model: Any, known: Known) -> list[Any]:
    one = {"studies": "study"}.get(name, name.removesuffix("s"))
    first = f"{'an' if one[0] in 'aeiou' else 'a'} {one}"
    items: list[Any] = []
    while click.confirm(f"Add {f'another {one}' if items else first}?", default=not items, err=True):
        items.append(ask(model, known))
    return items


def _shape(known: Known) -> dict[str, Any]:
    """What a result reports, and its numbers."""
    shape = _question("reported as", SHAPES)
    return {shape: ask(_bare(Result.model_fields[shape].annotation), known)}


def _spread() -> dict[str, Any]:
    kind = _question("spread printed as", ("sd", "se", "unexplained", "none"))
    if kind == "none":
        return {}
    number = _question("spread", info=Spread.model_fields["sd"])
    return {kind: number} if kind in {"sd", "se"} else {"dispersion": {"value": number, "kind": "unstated"}}


def _question(
    words: str,
    choices: Sequence[str] = (),
    default: str | None = None,
    refuses: Callable[[str], str] = lambda text: "",
    info: FieldInfo | None = None,
) -> Any:
    """One answer: a choice, or a text that its field's type accepts; None for an empty one."""
    if choices:
        kind, listed = click.Choice(list(choices)), len(choices) <= MANY
        return click.prompt(
            words, default, type=kind, show_choices=listed, show_default=bool(default), err=True
        )

    def accept(text: str) -> str | None:
        text = text.strip()
        if not text and default == "":
            return None
        if problem := refuses(text) or _unfit(text, info):
            raise click.UsageError(problem)
        return text

    return click.prompt(words, default, value_proc=accept, show_default=False, err=True)


def _unfit(text: str, info: FieldInfo | None) -> str:
    """Why the field's type does not take the text; empty when it does."""
    if info is None:
        return ""
    checked: TypeAdapter[Any] = TypeAdapter(Annotated[info.annotation, info])  # type: ignore[arg-type]
    try:
        checked.validate_python(text)
    except ValidationError as error:
        return error.errors()[0]["msg"].removeprefix("Value error, ")
    return ""


def _bare(annotation: Any) -> Any:
    """The type inside ``Annotated`` and ``| None``."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _bare(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        return _bare(next(a for a in get_args(annotation) if a is not type(None)))
    return annotation


def _spelt(name: str) -> str:
    return name.replace("_", " ")
