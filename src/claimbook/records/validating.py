"""A document's data as a typed record, and each mistake in them as a Problem on its own line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from claimbook.problems import Problem, Where, did_you_mean
from claimbook.records.text import NAMES, Document, Loc

M = TypeVar("M", bound=BaseModel)


def validate(document: Document, model: type[M]) -> tuple[M | None, list[Problem]]:
    """Type a document's data; all mistakes at once, each on its own line."""
    if not isinstance(document.data, dict):
        what = "a list" if isinstance(document.data, list) else "plain text"
        message = f"holds {what} where a record is expected"
        return None, [Problem("R002", NAMES["R002"], "error", Where(document.path, 1, 1), message)]
    blank = [_blank(document, loc) for loc in _blanks(document.data)] if _has_blank(document.data) else []
    try:
        record = model.model_validate(document.data)
    except ValidationError as error:
        details = [detail for detail in error.errors(include_url=False) if detail["input"] is not None]
        return None, [*blank, *(_typed_problem(detail, document, model) for detail in details)]
    return (None, blank) if blank else (record, [])


def _has_blank(data: dict[str, Any] | list[Any]) -> bool:
    inner = data.values() if isinstance(data, dict) else data
    return any(one is None or (type(one) is not str and _has_blank(one)) for one in inner)


def _blanks(data: Any, loc: Loc = ()) -> Iterator[Loc]:
    """The places of keys and list items with nothing behind them."""
    if data is None:
        yield loc
    for step, inner in (
        data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    ):
        yield from _blanks(inner, (*loc, step))


def _blank(document: Document, loc: Loc) -> Problem:
    message = f'"{".".join(str(part) for part in loc)}" has no value'
    return _problem(
        "R005", document.where_key(*loc), message, 'write it, "unknown" for a number, or delete the key'
    )


def _typed_problem(detail: Any, document: Document, model: type[BaseModel]) -> Problem:
    loc, kind, dotted = detail["loc"], detail["type"], ".".join(str(part) for part in detail["loc"])
    if kind == "extra_forbidden":
        allowed = sorted(_fields_at(model, loc[:-1]))
        message = f'no field "{loc[-1]}" here{did_you_mean(str(loc[-1]), allowed)}'
        return _problem("R007", document.where_key(*loc), message, f"fields: {', '.join(allowed)}")
    if kind == "missing":
        return _problem("R008", document.where_key(*loc[:-1]), f'"{dotted}" is missing', f'add "{loc[-1]}:"')
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
        message = f'"{detail["input"]}" is not a {loc[-1]}{did_you_mean(str(detail["input"]), allowed)}'
        return _problem("R005", document.where(*loc), message, f"one of: {', '.join(allowed)}")
    if kind == "string_pattern_mismatch":
        return _problem(
            "R005",
            document.where(*loc),
            f'"{detail["input"]}" does not fit {dotted}',
            f"pattern: {detail['ctx']['pattern']}",
        )
    message = detail["msg"].removeprefix("Value error, ")
    return _problem("R005", document.where(*loc), f"{dotted}: {message}" if dotted else message, "")


def _problem(rule: str, where: Where, message: str, fix: str) -> Problem:
    return Problem(rule, NAMES[rule], "error", where, message, fix=fix)


def _fields_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> set[str]:
    """The field names allowed at a place, by following the models along the path."""
    here: set[type[BaseModel]] = {model}
    for part in loc:
        if isinstance(part, str):
            here = {
                m for h in here if part in h.model_fields for m in _models_in(h.model_fields[part].annotation)
            } or here
    return {name for h in here for name in h.model_fields}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)
