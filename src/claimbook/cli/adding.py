"""What adding and changing have in common for studies and claims: the text, its values, its references."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from claimbook.cli.session import Session, known
from claimbook.records import Claim, Library, Study
from claimbook.records.dangling import dangling_in
from claimbook.records.editing import locate, read, render, set_in
from claimbook.records.text import decode
from claimbook.records.writing import (
    FOLDERS,
    MODELS,
    Kind,
    WriteError,
    checked,
    replace_file,
    writing,
)

SOURCE = click.Path(exists=True, dir_okay=False, allow_dash=True)


def text_to_add(
    session: Session,
    library: Library,
    kind: Kind,
    source: str | None,
    given: Mapping[str, str | None],
    values: Iterable[str],
) -> str:
    """The text of a new record: from a file, else from options and, on a terminal, from questions.

    ``given`` holds fields that have an option or argument of their own, ``values`` are ``FIELD=VALUE``.
    """
    values = [*(f"{name}={text}" for name, text in given.items() if text), *values]
    if source is not None:
        return _with_values(_given(kind, source), values)
    text = _with_values("{}\n", values)
    if session.interactive:
        from claimbook.cli.form import Known, ask

        return render(ask(MODELS[kind], Known.of(library), read(text)))
    if missing := list(_missing(MODELS[kind], read(text))):
        example = " ".join(f"--set {name}=..." for name in missing[:3])
        raise click.UsageError(f"missing: {', '.join(missing)}. Give --from FILE, or {example}")
    return render(read(text))


def _given(kind: Kind, source: str) -> str:
    """A record in YAML or JSON from a file or, for ``-``, from standard input; YAML keeps its comments."""
    raw = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    text, problems = decode(raw, named(source))
    if text is None:
        raise WriteError(problems)
    if not text.lstrip().startswith("{"):
        return text
    text = _SURROGATES.sub(lambda pair: str(json.loads(f'"{pair[0]}"')), text.replace("\t", " "))
    checked(kind, text, named(source))
    return render(read(text))


_SURROGATES = re.compile(r"\\ud[89ab]..\\ud[c-f]..", re.IGNORECASE)  # how JSON escapes letters beyond U+FFFF


def named(source: str | None) -> str:
    """What the text of a new record is called in a message."""
    return "the record" if source is None else "standard input" if source == "-" else source


def _with_values(text: str, values: Iterable[str]) -> str:
    """The text with ``FIELD=VALUE`` set for each of the values."""
    for value in values:
        path, sign, new = value.partition("=")
        if not sign:
            raise click.UsageError(f"--set {value}: write --set FIELD=VALUE")
        try:
            text = set_in(text, locate(_data(text), path.strip()), parsed(new.strip()))
        except ValueError as error:
            raise click.UsageError(f"--set {value}: {error}") from None
    return text


def parsed(value: str) -> Any:
    """A value in braces or brackets is YAML, any other is text."""
    return _data(value) if value[:1] in {"{", "["} else value


def _data(text: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _missing(model: type[BaseModel], data: Any, where: str = "") -> Iterator[str]:
    """The required fields that data lacks, dotted."""
    for name, field in model.model_fields.items():
        here = data.get(name) if isinstance(data, dict) else None
        inner = field.annotation
        if field.is_required() and isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _missing(inner, here, f"{where}{name}.")
        elif field.is_required() and here is None:
            yield where + name


def with_record(library: Library, kind: Kind, text: str, source: str | None) -> tuple[str, Library]:
    """The key of a new record, and the library as it will be; WriteError if it would have a mistake more."""
    document, record = checked(kind, text, named(source))
    key = str(getattr(record, kind))
    library = replace(library, documents={**library.documents, key: document})
    if isinstance(record, Study):
        library = replace(library, studies={**library.studies, key: record})
    elif isinstance(record, Claim):
        library = replace(library, claims={**library.claims, key: record})
    if problems := list(dangling_in(library, key, ())):
        raise WriteError(problems)
    return key, library


@contextmanager
def draft_kept(session: Session, kind: Kind, text: str, source: str | None) -> Iterator[None]:
    """Answers that a person typed are not lost when the record is refused: they go to a file to be mended."""
    try:
        yield
    except WriteError:
        if session.interactive and source is None:
            draft = Path(f"{kind}.draft.yaml")
            replace_file(draft, text)
            session.say(f"your answers are in {draft}; mend it, then: claimbook {kind} add --from {draft}")
        raise


def added(session: Session, path: Path, gaps: Iterable[str]) -> None:
    """Print the file that was written, and say what is still missing and what comes next."""
    click.echo(path)
    session.say("still missing: " + ("; ".join(gaps) or "nothing"))
    session.say(f"next: claimbook check {path}")


def change(library: Library, kind: Kind, key: str, path: str, value: str) -> Path:
    """Set one value of a record and return its file. WriteError if that would be a mistake."""
    files = {file.stem: file for file in (library.root / FOLDERS[kind]).glob("*.y*ml")}
    file = files[known(kind, key, files)]
    with writing(library.root) as writer:
        writer.set(file, path, parsed(value))
    return file
