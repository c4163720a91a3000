"""A writer killed at any instant leaves the old library or the new one and hinders no other writer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from small_library import RESULT, dump, entry, folder, means, record, write

HERE = str(Path(__file__).parent)

AT_RANDOM = """
import os, random, signal, sys, time
from itertools import count
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_writing import add, leftovers, read_library
root, chance, cut_short = Path({root!r}), random.Random(20), 0
for number in range(100):
    child = os.fork()
    if child == 0:
        for key in count():
            add(root, f"k{{number}}x{{key}}")
    time.sleep(chance.uniform(0.001, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    library, problems = read_library(root)
    assert problems == [], problems
    alone = set(library.bibliography) - set(library.studies)
    assert set(library.studies) <= set(library.bibliography) and len(alone) <= number + 1
    cut_short += bool(leftovers(root)) or bool([key for key in alone if key.startswith(f"k{{number}}x")])
add(root, "last")
assert leftovers(root) == []
print(cut_short)
"""

AT_EACH_STEP = """
import io, os, signal, sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from claimbook.cli import main
from claimbook.cli.session import Session
from claimbook.records import read_library, writing

root, command, answers, most = Path({root!r}), {command!r}, {answers!r}, {most!r}
os.chdir(root.parent)
os.environ["XDG_CACHE_HOME"] = str(root.parent)
Session.interactive = property(lambda session: bool(answers))
locked, writers = writing._wait_for, ("records/writing.py", "exchange/entering.py", "cli/exclude.py")

def snapshot():
    files = (path for path in root.rglob("*") if path.is_file() and "-part" not in path.name)
    return {{path: path.read_bytes() for path in files}}

def run(at):
    "The command, killed at the given step of its writing; how many steps there are."
    steps = 0
    def step(frame, event, argument):
        nonlocal steps
        if not frame.f_code.co_filename.endswith(writers):
            return None
        steps += event == "line"
        if event == "line" and steps == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return step
    def lock(*arguments):
        locked(*arguments)
        sys.settrace(step)
    writing._wait_for = lock
    sys.stdin, talk = io.StringIO(answers), io.StringIO()
    with redirect_stdout(talk), redirect_stderr(talk):
        try:
            main(command, standalone_mode=False)
        except SystemExit:
            pass
    sys.settrace(None)
    return steps

def killed(at):
    if (child := os.fork()) == 0:
        run(at)
        os._exit(0)
    return os.waitpid(child, 0)[1]

def restored(files):
    for path in set(root.rglob("*.*")) - files.keys():
        path.unlink()
    for path, raw in files.items():
        if not path.exists() or path.read_bytes() != raw:
            path.write_bytes(raw)

old = snapshot()
last = run(0)  # in this process, so that its children have everything imported
new = snapshot()
assert new != old
restored(old)
chosen = sorted({{1 + round(i * (last - 1) / (most - 1)) for i in range(most)}})
seen = set()
for at in chosen:
    assert killed(at) == signal.SIGKILL, at
    now = snapshot()
    assert all(now.get(path) in (old.get(path), new.get(path)) for path in {{*now, *old, *new}}), at
    library, problems = read_library(root)
    assert problems == [] and library.studies.keys() <= library.bibliography.keys(), (at, problems)
    seen.add("old" if now == old else "new" if now == new else "between")
    if at % 10 == 0:
        assert killed(0) == 0 or now == new, "the next writer is hindered"
    restored(old)
assert {{"old", "new"}} <= seen, seen
print(len(chosen))
"""


def script(text: str, **values: object) -> str:
    """What a script prints that runs apart from the tests, so that it may fork."""
    filled = text.format(tests=HERE, **values)
    done = subprocess.run([sys.executable, "-c", filled], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout.strip()


def test_a_writer_killed_at_any_moment_leaves_the_old_library_or_the_new(tmp_path: Path) -> None:
    from test_writing import library_in

    cut_short = int(script(AT_RANDOM, root=str(library_in(tmp_path))))
    assert cut_short > 10, "too few of the hundred kills fell into a write to prove anything"


RIS = "".join(
    f"TY  - JOUR\nAU  - Able, {x}.\nTI  - Title {x} of a trial\nPY  - 20{n}\nER  - \n"
    for n, x in ((11, "A"), (12, "B"))
)
CLAIMS = {
    "claim": {"studies": [{"study": "one", "result": "main"}, {"study": "two", "result": "main"}]},
    "other": {"studies": [{"study": "two", "result": "main"}]},
}
DOI = (
    entry("one").replace("year =", "doi = {https://doi.org/10.1234/abc}, year =")
    + "\n"
    + entry("two", 1)
    + "\n"
)
COMMANDS = {
    "study add": (["study", "add", "--from", "three.yaml", "--bibtex", "three.bib"], ""),
    "study import": (["study", "import", "found.ris"], ""),
    "extract": (["extract", "one", "results.main.means.comparator.n"], "11\np. 9\n"),
    "rob": (["rob", "one", "--tool", "rob2", "--answer", "1.1=Y", "--by", "A. Curator"], ""),
    "study exclude": (["study", "exclude", "two", "--because", "The groups were not comparable."], ""),
    "study link": (["study", "link", "two", "--report-of", "one"], ""),
    "study set": (["study", "set", "one", "weeks", "12"], ""),
    "check --fix": (["check", "--fix"], ""),
    "claim add": (["claim", "add", "--from", "third.yaml"], ""),
}
KILLS = 34


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_killed_at_any_step_of_its_writing_leaves_the_old_files_or_the_new(
    name: str, tmp_path: Path
) -> None:
    command, answers = COMMANDS[name]
    write(tmp_path / "studies", folder({"one": {}, "two": {}}, CLAIMS, references=DOI))
    third = {"results": [{**RESULT, "means": means(30.0)}]}
    (tmp_path / "three.yaml").write_text(dump({**record("three", 3), **third}))
    (tmp_path / "three.bib").write_text(entry("three", 3))
    claim = (tmp_path / "studies" / "claims" / "claim.yaml").read_text()
    (tmp_path / "third.yaml").write_text(claim.replace('"claim": "claim"', '"claim": "third"'))
    (tmp_path / "found.ris").write_text(RIS)
    root = str(tmp_path / "studies")
    kills = script(AT_EACH_STEP, root=root, command=command, answers=answers, most=KILLS)
    assert int(kills) > 0.8 * KILLS
