"""The slow chores run somewhere: every nox session stands in the workflow that runs them."""

import re
from pathlib import Path

import yaml

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
