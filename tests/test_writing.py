"""The one writer: nothing is lost, whatever happens while it writes."""

import subprocess
import sys
from pathlib import Path

import pytest

from claimbook.records import read_library
from claimbook.records.editing import read, render, set_in
from claimbook.records.text import parse
from claimbook.records.writing import PATIENCE, WriteError, replace_file, writing

LIBRARY = """\
title: A test library
question: Does it write?
licence: CC0-1.0
outcomes:
  size: {label: muscle size, direction: higher_better, because: more is what is asked for}
"""

RECORD = """\
study: {key}
label: Key {key}
summary: A study that is written by a test.
design: {{kind: rct_parallel, because: people were drawn by lot, where: p. 2, status: confirmed}}
population: {{description: adults}}
arms:
  - {{id: a, label: training, n: 12}}   # counted by hand
  - {{id: b, label: no training}}
weeks: 10.60
"""

ENTRY = "@article{{{key},\n  author = {{Able, A.}},\n  title = {{On {key}}},\n  year = {{2020}},\n}}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return library_in(tmp_path)


def library_in(tmp_path: Path) -> Path:
    (tmp_path / "records").mkdir()
    (tmp_path / "claims").mkdir()
    (tmp_path / "library.yaml").write_text(LIBRARY)
    (tmp_path / "references.bib").write_text(ENTRY.format(key="first"))
    (tmp_path / "records" / "first.yaml").write_text(RECORD.format(key="first"))
    return tmp_path


def add(root: Path, key: str) -> Path:
    with writing(root) as writer:
        writer.cite(ENTRY.format(key=key))
        return writer.add("study", RECORD.format(key=key), "the test")


def leftovers(root: Path) -> list[Path]:
    return list(root.rglob("*claimbook-part"))


def test_a_record_is_written_under_its_key_with_the_schema_named(root: Path) -> None:
    text = add(root, "second").read_text()
    assert text == "# yaml-language-server: $schema=../schema/record.json\n" + RECORD.format(key="second")


def test_a_key_that_is_taken_is_refused_and_the_record_stays(root: Path) -> None:
    with pytest.raises(WriteError, match='study "first" is there already'):
        add(root, "first")
    assert (root / "records" / "first.yaml").read_text() == RECORD.format(key="first")


@pytest.mark.parametrize(
    "key", ["../first", "/etc/passwd", "a/b", "..", ".hidden", "a\\b", "a\nb", "A b", "-x", "a" * 65]
)
def test_a_key_that_is_no_file_name_is_refused(root: Path, key: str) -> None:
    before = sorted(root.rglob("*"))
    with pytest.raises(WriteError), writing(root) as writer:
        writer.add("study", render({**read(RECORD.format(key="k")), "study": key}), "the test")
    assert sorted(root.rglob("*")) == before


def test_every_mistake_of_a_record_is_named_and_nothing_is_written(root: Path) -> None:
    text = RECORD.format(key="bad").replace("rct_parallel", "rct_paralel").replace("n: 12", "n: twelve")
    with pytest.raises(WriteError) as caught, writing(root) as writer:
        writer.add("study", text, "input.yaml")
    assert [(p.where.path, p.where.line) for p in caught.value.problems] == [
        ("input.yaml", 4),
        ("input.yaml", 7),
    ]
    assert not (root / "records" / "bad.yaml").exists()


def test_a_link_in_place_of_a_record_is_not_followed(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    (root / "records" / "link.yaml").symlink_to(outside)
    with pytest.raises(WriteError, match="is there already"):
        add(root, "link")
    assert not outside.exists()


def test_one_value_changes_one_line(root: Path) -> None:
    path = root / "records" / "first.yaml"
    with writing(root) as writer:
        writer.set(path, "arms.a.n", "13")
    assert path.read_text() == RECORD.format(key="first").replace("n: 12}   #", "n: 13}   #")


def test_a_value_that_would_add_a_mistake_is_refused(root: Path) -> None:
    path = root / "records" / "first.yaml"
    with pytest.raises(WriteError, match="is not a number"), writing(root) as writer:
        writer.set(path, "weeks", "ten")
    assert path.read_text() == RECORD.format(key="first")


def test_a_file_with_other_mistakes_can_be_mended_one_by_one(root: Path) -> None:
    path = root / "records" / "first.yaml"
    path.write_text(RECORD.format(key="first").replace("10.60", "ten").replace("n: 12", "n: x"))
    with writing(root) as writer:
        writer.set(path, "weeks", "10.60")
        writer.set(path, "arms.0.n", "12")
    assert path.read_text() == RECORD.format(key="first")


def test_the_rights_of_a_file_survive_a_change(root: Path) -> None:
    path = root / "records" / "first.yaml"
    path.chmod(0o640)
    replace_file(path, "x")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_citation_is_added_behind_the_others(root: Path) -> None:
    before = (root / "references.bib").read_bytes()
    with writing(root) as writer:
        writer.cite(ENTRY.format(key="second"))
    assert (root / "references.bib").read_bytes() == before + b"\n" + ENTRY.format(key="second").encode()


def test_the_same_citation_again_changes_nothing(root: Path) -> None:
    before = (root / "references.bib").read_bytes()
    with writing(root) as writer:
        writer.cite(ENTRY.format(key="first"))
    assert (root / "references.bib").read_bytes() == before


def test_a_citation_key_of_another_work_is_refused(root: Path) -> None:
    with pytest.raises(WriteError, match='the key "first" belongs to'), writing(root) as writer:
        writer.cite(ENTRY.format(key="first").replace("2020", "2021"))


def test_a_folder_that_cannot_be_written_is_a_clear_error(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # the test may run as root, whom no folder refuses
    with (
        pytest.raises(
            WriteError, match=r"second\.yaml: cannot be written: Permission denied; nothing was changed"
        ) as caught,
        writing(root) as writer,
    ):
        writer.add("study", RECORD.format(key="second"), "the test")
    assert caught.value.disk
    assert "writable" in caught.value.problems[0].fix


def test_a_full_disk_leaves_the_old_file_and_no_rest(root: Path) -> None:
    script = f"""
import errno, os, sys
from pathlib import Path
def full(_): raise OSError(errno.ENOSPC, "No space left on device")
os.fsync = full
from claimbook.records.writing import replace_file, WriteError
try: replace_file(Path({str(root / "records" / "first.yaml")!r}), "new")
except WriteError as e: print(e.problems[0].message, "|", e.problems[0].fix)
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said.startswith(
        "cannot be written: No space left on device; nothing was changed | the disk is full"
    )
    assert (root / "records" / "first.yaml").read_text() == RECORD.format(key="first")
    assert leftovers(root) == []


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(WriteError) as caught, writing(tmp_path / "nowhere"):
        pass
    assert caught.value.problems[0].fix == "claimbook init makes a library"


EIGHT = """
import os, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_writing import add
children = []
for worker in range(8):
    child = os.fork()
    if child == 0:
        for number in range(5):
            add(Path({root!r}), f"s{{worker}}x{{number}}")
        os._exit(0)
    children.append(child)
print([os.waitpid(child, 0)[1] for child in children])
"""


def script(text: str, root: Path) -> str:
    """What a script prints that runs apart from the tests, so that it may fork."""
    filled = text.format(tests=str(Path(__file__).parent), root=str(root))
    done = subprocess.run([sys.executable, "-c", filled], capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.strip()


def test_eight_writers_at_once_lose_nothing(root: Path) -> None:
    assert script(EIGHT, root) == str([0] * 8)
    library, problems = read_library(root)
    assert problems == []
    keys = {f"s{worker}x{number}" for worker in range(8) for number in range(5)}
    assert set(library.studies) == set(library.bibliography) == {"first", *keys}


def test_a_lock_that_is_held_is_waited_for_and_then_named(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claimbook.records.writing.PATIENCE", 0.05)
    with writing(root), pytest.raises(WriteError, match="another claimbook"), writing(root):
        pass
    assert PATIENCE > 1


def test_a_windows_file_keeps_its_line_ends() -> None:
    text = RECORD.format(key="k").replace("\n", "\r\n")
    made = set_in(text, ("population",), {"description": "older adults", "sex": "men"})
    assert made.count("\n") == made.count("\r\n") == text.count("\r\n") + 2
    assert parse(made, "")[0].data["population"] == {"description": "older adults", "sex": "men"}
