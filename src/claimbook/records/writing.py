"""The one writer of a library: under a lock, checked before it writes, whole files or none.

A file is written beside its place, flushed to the disk and renamed over it, so that whatever happens a reader
finds the old text or the new one. The lock is the kernel's, held on the library's folder: it ends with the
process that holds it, so a stale one cannot be left behind. A command that writes a citation and a record
writes the record last; a record is never there without what was to come with it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from claimbook.problems import Problem, Where
from claimbook.records.citing import with_entry
from claimbook.records.editing import locate, read, set_in
from claimbook.records.models import Claim, LibraryInfo, Study
from claimbook.records.text import Document, decode, parse
from claimbook.records.validating import validate

Kind = Literal["study", "claim"]
FOLDERS: dict[Kind, str] = {"study": "records", "claim": "claims"}
MODELS: dict[Kind, type[Study] | type[Claim]] = {"study": Study, "claim": Claim}
MODELINE = "# yaml-language-server: $schema=../schema/{}.json\n"
PATIENCE = 20.0  # seconds to wait for another writer
_PART = ".claimbook-part"


class WriteError(Exception):
    """Nothing was written; ``problems`` says why. ``disk`` is true where the disk refused, not the data."""

    def __init__(self, problems: Iterable[Problem], disk: bool = False) -> None:
        self.problems = tuple(problems)
        self.disk = disk
        super().__init__("; ".join(f"{p.where}: {p.message}" for p in self.problems))


class Writer:
    """Writes in one library whose lock is held; made by ``writing``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, kind: Kind, text: str, shown: str) -> Path:
        """A new record or claim, in a file named by its key.

        ``shown`` says where the text comes from. WriteError if it has mistakes or its key is taken.
        """
        _, record = checked(kind, text, shown)
        path = self.require_free(kind, str(getattr(record, kind)))
        modeline = MODELINE.format(FOLDERS[kind].rstrip("s"))
        replace_file(path, text if "yaml-language-server" in text else modeline + text)
        return path

    def require_free(self, kind: Kind, key: str) -> Path:
        """The path that a new record would have. WriteError if a file of that name is there."""
        path = self.root / FOLDERS[kind] / f"{key}.yaml"
        for taken in (path, path.with_suffix(".yml")):
            if os.path.lexists(taken):
                message, fix = f'{kind} "{key}" is there already', f"claimbook {kind} show {key}"
                raise refusal("W002", taken, message, fix)
        return path

    def cite(self, entry: str) -> Path:
        """One more entry in references.bib. WriteError if its key belongs to another work."""
        path = self.root / "references.bib"
        old = _text(path) if path.exists() else ""
        try:
            new = with_entry(old, entry)
        except ValueError as error:
            raise refusal(
                "W003", path, str(error), "choose another key, or keep the entry that is there"
            ) from None
        if new != old:
            replace_file(path, new)
        return path

    def set(self, path: Path, field: str, value: Any) -> None:
        """One value of a record, a claim or library.yaml; every other byte of the file stays as it is.

        ``field`` is dotted, as ``locate`` reads it. WriteError if the file would get a mistake that it does
        not have now.
        """
        old, model = _text(path), _model_of(path)
        try:
            new = set_in(old, locate(read(old), field), value)
        except ValueError as error:
            raise refusal("W004", path, str(error), "claimbook explain W004") from None
        before = {(p.rule, p.message) for p in _mistakes(old, model, path)}
        if added := [p for p in _mistakes(new, model, path) if (p.rule, p.message) not in before]:
            raise WriteError(replace(p, where=Where(str(path))) for p in added)
        replace_file(path, new)


@contextmanager
def writing(root: str | Path) -> Iterator[Writer]:
    """A Writer that holds the library's lock; what is read and written inside cannot be overtaken."""
    root = Path(root)
    with _disk_errors(root, "claimbook init makes a library"):
        held = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _wait_for(held, root)
        _sweep(root)
        yield Writer(root)
    finally:
        os.close(held)


def _wait_for(held: int, root: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                message = f"another claimbook has been writing here for {PATIENCE:.0f} seconds"
                raise refusal(
                    "W005", root, message, "wait for it or end it, then try again", disk=True
                ) from None
            time.sleep(0.01)


def _sweep(root: Path) -> None:
    """Remove what a writer that was killed left beside its target. Its lock is gone, so it is not at work."""
    for folder in (root, *(root / name for name in FOLDERS.values())):
        for part in folder.glob(f".*{_PART}"):
            with suppress(OSError):
                part.unlink()


def replace_file(path: Path, text: str) -> None:
    """Write a file so that it holds its old text or all of the new one. WriteError where the disk refuses."""
    part = path.with_name(f".{path.name}{_PART}")
    with _disk_errors(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                shutil.copymode(path, part)
            part.replace(path)
        finally:
            with suppress(OSError):
                part.unlink()
        _flush(path.parent)


def _flush(folder: Path) -> None:
    """Make a rename durable; file systems that cannot flush a folder are let be."""
    descriptor = os.open(folder, os.O_RDONLY)
    with suppress(OSError):
        os.fsync(descriptor)
    os.close(descriptor)


@contextmanager
def _disk_errors(path: Path, absent: str = "name a folder that is there or can be made") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fix = {**_FIXES, errno.ENOENT: absent}.get(
            error.errno or 0, "check the disk and the rights of the folder"
        )
        raise refusal(
            "W001", path, f"cannot be written: {error.strerror}; nothing was changed", fix, disk=True
        ) from None


_FIXES = {
    errno.EACCES: "make the folder writable for you, or work in a copy",
    errno.EPERM: "make the folder writable for you, or work in a copy",
    errno.EROFS: "the file system is read-only; work in a copy",
    errno.ENOSPC: "the disk is full; free some space and try again",
    errno.EDQUOT: "your quota is used up; free some space and try again",
    errno.ENOTDIR: "give the folder that holds library.yaml",
}


def checked(kind: Kind, text: str, shown: str) -> tuple[Document, Study | Claim]:
    """A record's or claim's text as a Document and as its type; WriteError with every mistake in it."""
    document, problems = parse(text, shown)
    if document is None or problems:
        raise WriteError(problems)
    record, problems = validate(document, MODELS[kind])
    if record is None:
        raise WriteError(problems)
    return document, record


def _mistakes(text: str, model: type[BaseModel], path: Path) -> list[Problem]:
    document, problems = parse(text, str(path))
    return problems if document is None else [*problems, *validate(document, model)[1]]


def _model_of(path: Path) -> type[BaseModel]:
    kinds = {folder: kind for kind, folder in FOLDERS.items()}
    return MODELS[kinds[path.parent.name]] if path.parent.name in kinds else LibraryInfo


def _text(path: Path) -> str:
    with _disk_errors(path):
        raw = path.read_bytes()
    text, problems = decode(raw, str(path))
    if text is None:
        raise WriteError(problems)
    return text


def refusal(rule: str, path: str | Path, message: str, fix: str, disk: bool = False) -> WriteError:
    return WriteError([Problem(rule, NAMES[rule], "error", Where(str(path)), message, fix=fix)], disk)


NAMES = {
    "W001": "not-written",
    "W002": "already-there",
    "W003": "citation-key-taken",
    "W004": "cannot-be-set",
    "W005": "library-busy",
    "W006": "not-a-citation",
}
