"""A check that reads, types and checks only what changed since the last one.

Of each file is kept, under a digest of its bytes, what ``examine`` has to say of it; a verdict that needed
other files holds for as long as they are the same. Rules across files run each time, over what they gather
from each record. ``check`` is the same without a memory, and a test compares the two rule by rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from claimbook.checks import concluded
from claimbook.checks.examine import File, Known, digest_of, examine_all, problem_of, written_verdict
from claimbook.checks.families import GATHERED, RULES_ACROSS_FILES, once
from claimbook.checks.focus import ALL, CITATION, Focus, Lazy
from claimbook.checks.memory import Memory, written
from claimbook.checks.view import View
from claimbook.problems import Problem, in_order
from claimbook.records import Claim, Entry, Library, Study, find_root
from claimbook.records.bibliography import parse_bibliography
from claimbook.records.library import EMPTY, collector_at_rest, settled, shown, sources
from claimbook.records.models import LibraryInfo
from claimbook.records.text import LARGEST_BIBLIOGRAPHY, decode, read_raw


def recheck(root: Path, memory: Memory, program: str) -> tuple[list[Problem], tuple[int, int]]:
    """Every problem of a library, in file order, and how many claims and studies it has.

    ``program`` is a digest of the program itself: what another version kept is not used.
    """
    with collector_at_rest():
        disk = _Disk(find_root(root), program)
        answer = memory.answer(disk.digest)
        if answer is None:
            memory.load()
            run = _Run(disk, memory)
            problems = in_order(once(run.problems()))
            counts = len(run.library.claims), len(run.library.studies)
            answer = {"problems": [p.as_json() for p in problems], "counts": counts}
            memory.save(disk.digest, written(answer))
        claims, studies = answer["counts"]
        return [problem_of(one) for one in answer["problems"]], (claims, studies)


class _Disk:
    """A library's files as they stand on the disk. All that follows is of these bytes."""

    def __init__(self, root: Path, program: str) -> None:
        self.root = root
        first, *others = sources(root)
        info = self._file(first, program)
        self.context = info.digest
        self.files = [info, *(self._file(source, self.context) for source in others)]
        path = root / "references.bib"
        self.cited = shown(path)
        self.bibliography, self.unread = read_raw(path, self.cited, LARGEST_BIBLIOGRAPHY)
        self.cited_digest = digest_of(program, self.cited, self.bibliography, self.unread)
        told = "\n".join([self.cited_digest, *(file.digest for file in self.files)])
        self.digest = sha256(told.encode()).hexdigest()

    @staticmethod
    def _file(source: Any, context: str) -> File:
        raw, problems = read_raw(source.path, source.shown)
        return File(source, raw, problems, digest_of(context, source.shown, raw, problems))


class _Run:
    """One check of what is on the disk, with what the memory has of it."""

    def __init__(self, disk: _Disk, memory: Memory) -> None:
        self.disk, self.memory = disk, memory
        info = disk.files[0].read()
        given = info.record if isinstance(info.record, LibraryInfo) else EMPTY
        there = {} if info.document is None else {"library": info.document}
        self.base = Library(disk.root, given, {}, {}, {}, there)
        sound, self.broken, self.misread = settled(self._known())
        of_kind: dict[type, list[str]] = {Study: [], Claim: [], LibraryInfo: []}
        for key, known in sound.items():
            of_kind[known.source.model] += [key] if known.is_record else []
        documents = Lazy(sound, lambda key: sound[key].document())
        studies = Lazy(of_kind[Study], lambda key: sound[key].record(documents[key]))
        claims = Lazy(of_kind[Claim], lambda key: sound[key].record(documents[key]))
        self.library = Library(disk.root, given, studies, claims, self._bibliography(), documents)
        self._made = (documents, studies, claims)
        self.sound = sound
        self._states: dict[str, str] = {}
        for file in disk.files:
            self._states[file.source.key] = self._states.get(file.source.key, "") + file.digest
        told = "\n".join(f"{known.source.shown} {known.is_record}" for known in sound.values())
        self._states[ALL] = sha256(told.encode(errors="surrogateescape")).hexdigest()

    def _known(self) -> Iterator[Known]:
        """What is known of each file; those of which nothing is kept are examined first."""
        kept = {one.digest: self.memory.recall(f"known-{one.digest}") for one in self.disk.files}
        fresh = [file for file in self.disk.files if kept[file.digest] is None]
        for file, texts in zip(fresh, examine_all(self.base, fresh), strict=True):
            for what, text in zip(("known", "data", "verdict"), texts, strict=True):
                if text:
                    self.memory.keep(f"{what}-{file.digest}", text)
            kept[file.digest] = self.memory.recall(f"known-{file.digest}")
        for file in self.disk.files:
            self.memory.hold(f"data-{file.digest}")
            yield Known(file, kept[file.digest], self.memory)

    def _bibliography(self) -> dict[str, Entry]:
        disk, name = self.disk, f"cited-{self.disk.cited_digest}"
        kept = self.memory.recall(name)
        if kept is None:
            raw, entries = disk.bibliography, dict[str, Entry]()
            text, undecoded = (None, []) if raw is None else decode(raw, disk.cited)
            problems = [*disk.unread, *undecoded]
            if text is not None:
                entries, problems = parse_bibliography(text, disk.cited, problems)
            kept = {
                "entries": [[e.key, e.type, e.fields, e.line] for e in entries.values()],
                "problems": [problem.as_json() for problem in problems],
            }
            self.memory.keep(name, written(kept))
        self.misread += map(problem_of, kept["problems"])
        return {entry[0]: Entry(*entry) for entry in kept["entries"]}

    def problems(self) -> list[Problem]:
        """All of them, in no order."""
        astray: list[Problem] = []
        hits: list[Problem] = []
        for key, known in self.sound.items():
            verdict = self._verdict(key, known.file)
            astray += map(problem_of, verdict["astray"])
            hits += map(problem_of, verdict["hits"])
        gathered = {gather.__name__: self._gathered(gather.__name__) for gather in GATHERED}
        across = View(self.library, gathered)
        hits += [problem for check in RULES_ACROSS_FILES for problem in check.run(across)]
        waiving = {key: self.library.documents[key] for key, known in self.sound.items() if known.waives}
        return [*self.misread, *astray, *concluded(View(replace(self.library, documents=waiving)), hits)]

    def _gathered(self, name: str) -> dict[str, Any]:
        return {key: self.sound[key].gathered[name] for key in self.library.studies}

    def _verdict(self, key: str, file: File) -> dict[str, Any]:
        """What the rules of one file found in this one; found again where another that they need changed."""
        name = f"verdict-{file.digest}"
        kept = self.memory.recall(name)
        if kept is None or any(self._state(other) != state for other, state in kept["needs"].items()):
            focus = Focus(self.library, key)
            astray, hits = focus.astray(self.broken), focus.hits()
            needs = {other: self._state(other) for other in sorted(focus.others)}
            self.memory.keep(name, written_verdict(astray, hits, needs))
            kept = self.memory.recall(name)
            for lazy in self._made:
                lazy.forget()  # all records at once would take gigabytes
        return dict(kept)

    def _state(self, other: str) -> str:
        """A digest of what a file, or a citation, is now; empty where there is none."""
        if not other.startswith(CITATION):
            return self._states.get(other, "")
        entry = self.library.bibliography.get(other.removeprefix(CITATION))
        return sha256(repr(entry).encode(errors="surrogateescape")).hexdigest() if entry else ""
