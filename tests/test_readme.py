"""The README: its two commands, its Python and its tutorial, as a reader would run them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
HAS_BOOK = shutil.which("jupyter-book", path=str(Path(sys.executable).parent)) is not None


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def run(command: str, folder: Path) -> subprocess.CompletedProcess:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        command, shell=True, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )


def test_there_are_two_commands():
    assert len(blocks("sh")) == 2


def test_the_command_prints_what_is_shown():
    assert run("claimbook analyze concurrent-power", ROOT).stdout == blocks("text")[0]


def test_the_python_example_runs_as_it_stands_and_prints_what_is_shown():
    result = run(f"{sys.executable} - <<'EOF'\n{blocks('python')[0]}\nEOF", ROOT)
    assert (result.returncode, result.stdout) == (0, blocks("text")[1]), result.stderr


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    """The folder that the tutorial's commands leave behind, all but the build."""
    folder = tmp_path_factory.mktemp("tutorial")
    start, later = blocks("console")[:2]
    assert start.split("\n")[:2] == ["$ claimbook init mybook", "$ cd mybook"]
    assert run("claimbook init mybook", folder).returncode == 0
    for text in blocks("yaml"):
        (folder / "mybook" / text.split()[1]).write_text(text, encoding="utf-8")
    for command in later.splitlines():
        if "claimbook build" not in command:
            result = run(command.removeprefix("$ "), folder / "mybook")
            assert result.returncode == 0, (command, result.stdout, result.stderr)
    return folder / "mybook"


def test_the_tutorials_study_is_in_the_library(tutorial):
    assert "mine2026" in run("claimbook study list", tutorial).stdout


def test_the_tutorials_claim_has_a_grade(tutorial):
    assert "Very low" in run("claimbook grade running-costs-no-muscle", tutorial).stdout


@pytest.mark.book
def test_the_tutorial_ends_with_a_page_of_ones_own(tutorial):
    if not HAS_BOOK:
        assert "CI" not in os.environ, "CI installs the book extra"
        pytest.skip("jupyter-book is not installed: pip install claimbook[book]")
    result = run("claimbook build", tutorial)
    page = tutorial / "book/_build/html/claims/running-costs-no-muscle.html"
    assert (result.returncode, "Mine 2026" in page.read_text(encoding="utf-8")) == (0, True), result.stderr
