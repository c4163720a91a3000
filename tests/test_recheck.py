"""A check with a memory answers as one without, whatever changed in between; and a damaged memory is none."""

from __future__ import annotations

import random
import re
from inspect import cleandoc
from pathlib import Path

import pytest
from small_library import folder, fragment, write

from claimbook.checks import CHECKS, Check, check, examine, recheck
from claimbook.checks.families import GATHERED, once
from claimbook.checks.memory import Memory, written
from claimbook.problems import Problem, in_order
from claimbook.records import read_library

CODES = [check.code for check in CHECKS]


def snippet(rule: Check, which: str) -> dict[str, str]:
    found = re.search(rf"{which}:\n\n```yaml\n(.*?)```", cleandoc(rule.find.__doc__ or ""), re.DOTALL)
    assert found is not None
    return fragment(found[1])


def in_full(root: Path) -> list[Problem]:
    library, problems = read_library(root)
    return in_order(once([*problems, *check(library)]))


def remembering(root: Path) -> list[Problem]:
    return recheck.recheck(root, Memory(root.parent / "memory"), "this program")[0]


def become(root: Path, files: dict[str, str]) -> None:
    for path in [path for path in root.rglob("*.*") if path.is_file()]:
        path.unlink()
    write(root, files)


@pytest.mark.parametrize("rule", CHECKS, ids=CODES)
def test_a_rule_is_told_again_when_its_files_change_and_change_back(rule: Check, tmp_path: Path) -> None:
    root = tmp_path / "library"
    for which in ("Passes", "Fails", "Passes"):
        become(root, snippet(rule, which))
        found = remembering(root)
        assert found == in_full(root)
        assert which == "Passes" or rule.code in {problem.rule for problem in found}


def edited(root: Path, chance: random.Random, snippets: list[dict[str, str]]) -> None:
    """One of the things that happen to a library between two checks."""
    files = sorted(path for path in root.rglob("*.*") if path.is_file())
    path = chance.choice(files)
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    at = chance.randrange(len(lines) or 1)
    match chance.choice([*["overlay"] * 8, "delete", "line", "digit", "rename", "move", "waive", "none"]):
        case "overlay":
            write(root, chance.choice(snippets))
        case "delete":
            path.unlink()
        case "line":
            path.write_text("".join(lines[:at] + lines[at + 1 :]), encoding="utf-8")
        case "digit":
            path.write_text(re.sub(r"\d", lambda digit: str(chance.randrange(10)), text, count=at + 1))
        case "rename":
            path.rename(path.with_stem(chance.choice(["one", "two", "claim", "library", path.stem])))
        case "move":
            other = {"records": "claims", "claims": "records"}.get(path.parent.name, path.parent.name)
            path.rename(root / other / path.name) if other != root.name else None
        case "waive":
            waiver = f'"waive": [{{"rule": "{chance.choice(CODES)}", "because": "It is so."}}], "'
            path.write_text(text.replace('"', waiver, 1), encoding="utf-8")


@pytest.mark.parametrize("seed", range(3))
def test_a_library_that_changes_at_random_is_told_as_if_read_anew(seed: int, tmp_path: Path) -> None:
    chance, root = random.Random(seed), tmp_path / "library"
    snippets = [snippet(rule, which) for rule in CHECKS for which in ("Fails", "Passes")]
    write(root, folder({"one": {}, "two": {}, "three": {}}))
    fired: set[str] = set()
    for _ in range(90):
        edited(root, chance, snippets)
        found = remembering(root)
        assert found == in_full(root)
        fired |= {problem.rule for problem in found}
    assert len(fired) > 25, "too few rules fired to prove anything"


def test_a_suggestion_changes_with_the_files_that_are_there(tmp_path: Path) -> None:
    claim = {"studies": [{"study": "tow", "result": "main"}]}
    for records in ({"one": {}}, {"one": {}, "two": {}}, {"one": {}, "toe": {}}):
        become(tmp_path / "library", folder(records, {"claim": claim}))
        assert remembering(tmp_path / "library") == in_full(tmp_path / "library")


def test_many_files_are_read_by_several_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine, "MANY", 3)
    monkeypatch.setattr(examine, "CHUNK", 2)
    root = write(tmp_path / "library", snippet(next(c for c in CHECKS if c.code == "D303"), "Fails"))
    assert remembering(root) == in_full(root) != []


def test_what_is_gathered_survives_being_written_down(tmp_path: Path) -> None:
    import json

    from claimbook.checks.view import View

    library, _ = read_library(write(tmp_path, folder({"one": {}, "two": {}})))
    for gather in GATHERED:
        for told in View(library).gathered(gather).values():
            assert json.loads(json.dumps(told)) == told


@pytest.mark.parametrize("at", [0.0, 0.001, 0.3, 0.6, 0.9])
def test_a_damaged_memory_is_forgotten(at: float, tmp_path: Path) -> None:
    root = write(tmp_path / "library", folder({"one": {"weeks": "-3"}, "two": {}}))
    remembering(root)
    path = tmp_path / "memory"
    raw = bytearray(path.read_bytes())
    for place in range(int(at * len(raw)), len(raw), 97):
        raw[place] ^= 0x15
    path.write_bytes(raw)
    (root / "records" / "one.yaml").write_text((root / "records" / "one.yaml").read_text() + "\n")
    assert remembering(root) == in_full(root)


@pytest.mark.parametrize(
    "text", [b"", b"\n\n\n", b"\xff\xfe\x00", b"cos\nsystem\n(S'echo'\ntR.", b"[" * 10**5]
)
def test_a_file_that_is_no_memory_is_forgotten(text: bytes, tmp_path: Path) -> None:
    root = write(tmp_path / "library", folder({"one": {}, "two": {}}))
    (tmp_path / "memory").write_bytes(text)
    assert remembering(root) == in_full(root)


def test_a_memory_of_another_version_is_not_asked(tmp_path: Path) -> None:
    root = write(tmp_path / "library", folder({"one": {}, "two": {}}))
    memory = Memory(tmp_path / "memory")
    recheck.recheck(root, memory, "an older program")
    lines = memory.path.read_text().splitlines()
    memory.path.write_text("\n".join(f"{line.split()[0]} {written({'problems': 'wrong'})}" for line in lines))
    assert remembering(root) == in_full(root)


def test_an_unchanged_record_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path / "library", folder({"one": {}, "two": {}, "three": {}}))
    remembering(root)
    read: list[str] = []
    original = examine.reading_of
    monkeypatch.setattr(
        examine, "reading_of", lambda source, *rest: read.append(source.key) or original(source, *rest)
    )  # type: ignore[func-returns-value]
    (root / "records" / "two.yaml").write_text((root / "records" / "two.yaml").read_text() + "\n")
    remembering(root)
    assert read == ["library", "two"]


def test_a_disk_that_cannot_keep_the_memory_stops_nothing(tmp_path: Path) -> None:
    root = write(tmp_path / "library", folder({"one": {}}))
    (tmp_path / "memory").mkdir()
    assert remembering(root) == in_full(root)
