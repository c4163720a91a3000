"""The slow chores run somewhere: every nox session stands in the workflow that runs them."""

import re
import runpy
from pathlib import Path

import pytest
import yaml

from claimbook.appraisal.instruments import TOOLS
from claimbook.checks import CHECKS
from claimbook.effects import MEASURES
from claimbook.synthesis.tau2 import TAU2

ROOT = Path(__file__).parent.parent
SESSIONS = set(
    re.findall(
        r"^@nox\.session.*\ndef (\w+)", (ROOT / "noxfile.py").read_text(encoding="utf-8"), re.MULTILINE
    )
)
JOBS = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))["jobs"]


def test_the_workflow_runs_every_session_of_the_noxfile():
    assert {*JOBS["weekly"]["strategy"]["matrix"]["session"], "tests"} == SESSIONS


def test_the_workflow_tests_every_python_of_the_noxfile():
    pythons = re.search(r"python=(\[.*?\])", (ROOT / "noxfile.py").read_text(encoding="utf-8"))
    assert pythons and JOBS["tests"]["strategy"]["matrix"]["python"] == yaml.safe_load(pythons[1])


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
@pytest.mark.parametrize("module", ["claimbook.records.schema", "claimbook.findings.snapshot"])
def test_a_module_that_writes_files_explains_itself_and_writes_nothing(module, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["-m", "--help"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_module(module, run_name="__main__")
    assert capsys.readouterr().out.startswith(f"usage: python -m {module}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
def test_findings_are_written_into_no_folder_without_a_library(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["-m", str(tmp_path / "nowhere")])
    with pytest.raises(SystemExit, match="2"):
        runpy.run_module("claimbook.findings.snapshot", run_name="__main__")
    assert list(tmp_path.iterdir()) == []


def test_the_changelog_counts_what_there_is():
    said = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    counted = {
        "rules": CHECKS,
        "effect measures": MEASURES,
        "estimators of tau2": TAU2,
        "risk-of-bias tools": TOOLS,
    }
    assert [what for what, held in counted.items() if f" {len(list(held))} {what}" not in said] == []
