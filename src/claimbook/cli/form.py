"""Questions on a terminal, made from the types that read the files and write the codebook.

Required fields are asked, and those optional ones that most records have (``ASKED``). Every answer is checked
by its type before the next question. Prompts go to standard error.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import click
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from claimbook.records.models import SHAPES, Arm, Claim, Population, PrePost, Question, Result, Spread, Study

Choices = Mapping[str, Sequence[str]]
ASKED: dict[type[BaseModel], tuple[str, ...]] = {
    Study: ("arms", "results"),
    Arm: ("n",),
    Population: ("sex", "training"),
    Result: ("time",),
    PrePost: ("r",),
    Claim: ("measure",),
}


def ask(model: type[BaseModel], choices: Choices, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Answers for one model as record data; ``given`` is not asked.

    ``choices`` lists the known ids by the name of the field that takes one.
    """
    answers = dict(given or {})
    for name, field in model.model_fields.items():
        if name not in answers and (field.is_required() or name in ASKED.get(model, ())):
            ids = {} if model is Question else {**choices, **_ids(answers)}  # whose outcome is a phrase
            answer = _field(name, field, ids)
            answers |= {} if answer in (None, []) else {name: answer}
    if issubclass(model, Spread):
        answers |= _spread()
    if model is Result:
        answers |= _shape(choices)
    return answers


def _ids(answers: Mapping[str, Any]) -> Choices:
    """Arms that were entered are the choices where an arm is asked for."""
    return {"arm": [arm["id"] for arm in answers["arms"]]} if answers.get("arms") else {}


def _field(name: str, field: FieldInfo, choices: Choices) -> Any:
    kind, required = _bare(field.annotation), field.is_required()
    if get_origin(kind) is tuple:
        return _several(name, get_args(kind)[0], choices)
    if get_origin(kind) is Literal:
        return _prompt(name, field, choices=get_args(kind), default=None if required else str(field.default))
    if isinstance(kind, type) and issubclass(kind, BaseModel) and not hasattr(kind, "known"):
        click.echo(click.style(_spelt(name), bold=True), err=True)
        return ask(kind, choices)
    return _prompt(name, field, choices=choices.get(name, ()), default=None if required else "")


def _several(name: str, model: Any, choices: Choices) -> list[Any]:
    one = _spelt(name).removesuffix("s")
    items: list[Any] = []
    while click.confirm(f"Add {'another' if items else 'a'} {one}?", default=not items, err=True):
        items.append(ask(model, choices))
    return items


def _shape(choices: Choices) -> dict[str, Any]:
    """What a result reports, and its numbers."""
    shape = _ask_one("reported as", choices=SHAPES)
    model = next(m for m in get_args(Result.model_fields[shape].annotation) if m is not type(None))
    return {shape: ask(model, choices)}


def _spread() -> dict[str, Any]:
    kind = _ask_one("spread printed as", choices=("sd", "se", "plus-minus, not explained", "none"))
    if kind == "none":
        return {}
    number = _prompt("spread", Spread.model_fields["sd"])
    return {kind: number} if kind in {"sd", "se"} else {"dispersion": {"value": number, "kind": "unstated"}}


def _prompt(name: str, field: FieldInfo, choices: Sequence[str] = (), default: str | None = None) -> Any:
    hint = f" ({field.description.rstrip('.')})" if field.description else ""
    checked: TypeAdapter[Any] = TypeAdapter(Annotated[field.annotation, field])  # type: ignore[arg-type]

    def accept(text: str) -> str | None:
        if not text.strip() and default == "":
            return None
        try:
            checked.validate_python(text.strip())
        except ValidationError as error:
            raise click.UsageError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
        return text.strip()

    return _ask_one(_spelt(name) + ("" if choices else hint), choices, default, accept)


def _ask_one(
    words: str,
    choices: Sequence[str] = (),
    default: str | None = None,
    accept: Callable[[str], Any] | None = None,
) -> Any:
    kind = click.Choice(list(choices)) if choices else None
    process = None if choices else accept
    return click.prompt(
        words, default=default, type=kind, value_proc=process, show_default=bool(default), err=True
    )


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
