"""What one file has to say by itself, as text that a ``Memory`` keeps; many files in several processes.

Three values are kept of a file: what is ``Known`` of it, its data with their places, and its verdict: what
the rules of one file found in it, with the other files that they looked at.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from itertools import chain
from typing import Any

from claimbook.checks.families import GATHERED
from claimbook.checks.focus import Focus
from claimbook.checks.memory import Memory, written
from claimbook.problems import Problem, Where
from claimbook.records import Library, Study
from claimbook.records.library import Reading, Source, collector_at_rest, reading_of
from claimbook.records.text import Document

MANY = 300  # files from which on a second process saves more than its start costs
CHUNK = 50
Kept = tuple[str, str, str]
"""The texts of what is known, of the data and of the verdict; empty where there is none."""


@dataclass(frozen=True)
class File:
    """One YAML file as it stands on the disk: its bytes, or the problems of getting at them."""

    source: Source
    raw: bytes | None
    problems: list[Problem]
    digest: str

    def read(self) -> Reading:
        return reading_of(self.source, self.raw, self.problems)


def digest_of(context: str, name: str, raw: bytes | None, problems: Sequence[Problem]) -> str:
    """Of all that reading a file depends on; ``context`` is a digest of what else the answer depends on."""
    told = [context, name, *(problem.message for problem in problems), ""]
    return sha256("\n".join(told).encode(errors="surrogateescape") + (raw or b"")).hexdigest()


class Known:
    """What is known of a file without reading it: it can be settled, and read when someone asks."""

    def __init__(self, file: File, kept: dict[str, Any], memory: Memory) -> None:
        self.file, self.source, self._memory = file, file.source, memory
        self.in_text = [problem_of(one) for one in kept["in_text"]]
        self.in_values = [problem_of(one) for one in kept["in_values"]]
        self.is_document: bool = kept["is_document"]
        self.is_record: bool = kept["is_record"]
        self.waives: bool = kept["waives"]
        self.gathered: dict[str, Any] = kept["gathered"]

    def document(self) -> Document:
        kept = self._memory.recall(f"data-{self.file.digest}")
        if kept is None and (document := self.file.read().document) is not None:
            return document
        marks = kept["marks"]
        return Document(self.source.shown, kept["data"], list(zip(marks[::2], marks[1::2], strict=True)))

    def record(self, document: Document) -> Any:
        """The typed record of a document that was found sound."""
        return self.source.model.model_validate(document.data)


def examine_all(base: Library, files: Sequence[File]) -> list[Kept]:
    """Examine files; where they are many, on every processor that this process may use."""
    processes = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    chunks = [files[start : start + CHUNK] for start in range(0, len(files), CHUNK)]
    work = partial(_examine_some, base)
    if len(files) >= MANY and processes > 1:
        from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
        from multiprocessing import get_context

        try:
            with ProcessPoolExecutor(min(processes, 8), get_context("spawn"), _quiet) as pool:
                return list(chain.from_iterable(pool.map(work, chunks)))
        except (OSError, BrokenProcessPool):  # a machine that gives us no second process
            pass
    return list(chain.from_iterable(map(work, chunks)))


def _quiet() -> None:
    """Let the parent process speak for all when a person stops them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _examine_some(base: Library, files: Sequence[File]) -> list[Kept]:
    with collector_at_rest():
        return [examine(base, file) for file in files]


def examine(base: Library, file: File) -> Kept:
    """Read one file and, if it is a record, let the rules of one file judge it.

    ``base`` is the library with nothing but library.yaml in it. A verdict that would need other files, as a
    claim's does, is left to those who have them.
    """
    reading = file.read()
    document, record, data = reading.document, reading.record, reading.document and reading.document.data
    known = {
        "in_text": [problem.as_json() for problem in reading.in_text],
        "in_values": [problem.as_json() for problem in reading.in_values],
        "is_document": document is not None,
        "is_record": record is not None,
        "waives": isinstance(data, dict) and "waive" in data,
        "gathered": {},
    }
    if document is None:
        return written(known), "", ""
    place = {"data": data, "marks": [number for mark in document.marks for number in mark]}
    verdict = ""
    if isinstance(record, Study):
        key = file.source.key
        alone = replace(base, studies={key: record}, documents={**base.documents, key: document})
        focus = Focus(alone, key)
        known["gathered"] = {gather.__name__: gather(focus.view) for gather in GATHERED}
        text = written_verdict(focus.astray(()), focus.hits(), {})
        verdict = "" if focus.others else text
    return written(known), written(place), verdict


def written_verdict(astray: Sequence[Problem], hits: Sequence[Problem], needs: dict[str, str]) -> str:
    """``needs``: a digest for each of the other files that were looked at."""
    told = {name: [p.as_json() for p in found] for name, found in (("astray", astray), ("hits", hits))}
    return written({**told, "needs": needs})


def problem_of(told: dict[str, Any]) -> Problem:
    """A Problem out of its JSON."""
    rest = {name: value for name, value in told.items() if name not in {"path", "line", "column"}}
    return Problem(where=Where(told["path"], told["line"], told["column"]), **rest)
