"""JSON Schemas for editors and the codebook page, both made from the record types.

``python -m claimbook.records.schema FOLDER`` writes the schemas. They keep to the vocabulary of draft 7,
which editors understand. An editor takes an unquoted 10.60 or 2020 for a number where a record keeps its
text, so every text field admits numbers too; the types in ``models`` stay the judge.
"""

from __future__ import annotations

import inspect
import json
import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from claimbook.records.models import Claim, LibraryInfo, Model, Number, PValue, Study
from claimbook.records.writing import replace_file

SCHEMAS: dict[str, type[BaseModel]] = {"record": Study, "claim": Claim, "library": LibraryInfo}


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a record, a claim or the library file; ``name`` is a key of ``SCHEMAS``."""
    made = SCHEMAS[name].model_json_schema(ref_template="#/definitions/{model}")
    definitions = {word: _as_written(part) for word, part in made.pop("$defs", {}).items()}
    if "PValue" in definitions:
        definitions["PValue"] = {"type": ["string", "number"], "description": summary(PValue)}
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": f"claimbook {name}"}
    return {**head, **_as_written(made), "definitions": definitions}


def _as_written(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of the written text: a number may stand for text, and nothing is null."""
    kept = {key: value for key, value in schema.items() if key not in {"title", "default"}}
    for key in ("properties", "patternProperties"):
        if key in kept:
            kept[key] = {name: _as_written(part) for name, part in kept[key].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(kept.get(key), dict):
            kept[key] = _as_written(kept[key])
    if "enum" in kept:
        kept["enum"] = [*kept["enum"], *(int(word) for word in kept["enum"] if re.fullmatch(r"-?\d+", word))]
        del kept["type"]
    elif kept.get("type") in {"string", "integer"}:
        kept["type"] = ["string", "number"]
    if "anyOf" in kept:
        kept["anyOf"] = [_as_written(part) for part in kept["anyOf"] if part != {"type": "null"}]
        if len(kept["anyOf"]) == 1 and "$ref" not in kept["anyOf"][0]:
            kept.update(kept.pop("anyOf")[0])
    return kept


def write_schemas(folder: Path) -> None:
    """Write ``record.json``, ``claim.json`` and ``library.json``; what is current stays untouched."""
    for name in SCHEMAS:
        path, text = (
            folder / f"{name}.json",
            json.dumps(json_schema(name), indent=2, ensure_ascii=False) + "\n",
        )
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            replace_file(path, text)


def codebook() -> str:
    """The record format as a Markdown page: every type, its fields, what they hold and what they mean."""
    parts = ["# Codebook", _INTRODUCTION]
    seen: set[type[BaseModel]] = set()
    for name, model in SCHEMAS.items():
        parts.append(f"## {_FILES[name]}")
        for kind in _reachable(model):
            if kind not in seen:
                seen.add(kind)
                parts.append(_section(kind))
    return "\n\n".join(parts) + "\n"


_FILES = {
    "record": "studies/records/KEY.yaml",
    "claim": "studies/claims/KEY.yaml",
    "library": "studies/library.yaml",
}
_INTRODUCTION = """\
Records are YAML files. Every value is kept as the text that was written: `10.60` keeps its decimals and `NO`
stays a word. A number may be written alone, as `unknown`, or as a mapping that says where it was read or how
it was derived. This page is made from the types that read the files."""


def _section(model: type[BaseModel]) -> str:
    about = inspect.cleandoc(model.__doc__ or "").replace("``", "`")
    head = f"({_anchor(model)})=\n### {model.__name__}\n\n{about}"
    if model is PValue:
        return head
    rows = ["| field | holds | required | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        required = "yes" if field.is_required() else ""
        rows.append(f"| `{name}` | {describe(field.annotation)} | {required} | {field.description or ''} |")
    return head + "\n\n" + "\n".join(rows)


def _reachable(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The model and all that its fields hold, in the order a reader meets them."""
    queue, seen = [model], {model}
    while queue:
        yield (here := queue.pop(0))
        for field in here.model_fields.values():
            new = [m for m in _models(field.annotation) if m not in seen]
            seen.update(new)
            queue += dict.fromkeys(new)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def describe(annotation: Any) -> str:
    """What a field holds, in words: ``text``, ``list of Arm``, ``one of a, b``."""
    origin, inner = get_origin(annotation), [a for a in get_args(annotation) if a is not type(None)]
    if origin is Literal:
        return "one of " + ", ".join(f"`{word}`" for word in inner)
    if origin in {Union, types.UnionType}:
        return " or ".join(describe(a) for a in inner)
    if origin is tuple:
        return f"list of {describe(inner[0])}"
    if origin is dict:
        return f"mapping to {describe(inner[1])}"
    if hasattr(annotation, "__metadata__"):
        return describe(inner[0])
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return f"[{_WORDS.get(annotation, annotation.__name__)}](#{_anchor(annotation)})"
    return {str: "text", int: "whole number"}[annotation]


_WORDS: dict[type[BaseModel], str] = {Number: "number", PValue: "p value"}


def _anchor(model: type[BaseModel]) -> str:
    return f"codebook-{model.__name__.lower()}"


def summary(model: type[BaseModel]) -> str:
    return inspect.cleandoc(model.__doc__ or "").partition("\n")[0].replace("``", "`")


def main() -> None:
    from argparse import ArgumentParser

    parser = ArgumentParser("python -m claimbook.records.schema", description="Write the schemas.")
    parser.add_argument("folder", type=Path, help="where record.json, claim.json and library.json go")
    write_schemas(parser.parse_args().folder)


if __name__ == "__main__":
    main()
