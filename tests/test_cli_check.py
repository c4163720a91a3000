"""`claimbook check`: forms of output, mends, and what a second check does."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from claimbook.cli import main


@pytest.fixture
def library(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    CliRunner().invoke(main, ["init", str(tmp_path / "book")], catch_exceptions=False)
    monkeypatch.chdir(tmp_path / "book")
    return tmp_path / "book" / "studies"


def run(*arguments):
    return CliRunner().invoke(main, ["check", *arguments], catch_exceptions=False)


def break_a_number(library: Path) -> None:
    record = library / "records" / "estes2017.yaml"
    record.write_text(record.read_text().replace("percent: 10.6", "percent: ten"))


def test_a_second_check_of_the_same_files_reads_no_record(library, monkeypatch):
    first = run("--json").stdout
    monkeypatch.setattr("claimbook.checks.memory.Memory.load", lambda memory: pytest.fail("looked again"))
    assert run("--json").stdout == first


def test_a_changed_file_is_checked_again(library):
    assert run().exit_code == 0
    break_a_number(library)
    assert run().exit_code == 1


def test_a_damaged_cache_is_no_cache(library, tmp_path):
    run()
    for path in (tmp_path / "cache" / "claimbook").iterdir():
        path.write_text("{")
    assert run().exit_code == 0


def test_sarif_names_the_rule_and_the_line(library):
    break_a_number(library)
    [result] = [
        r for r in json.loads(run("--format", "sarif").stdout)["runs"][0]["results"] if r["level"] == "error"
    ]
    place = result["locations"][0]["physicalLocation"]
    assert (result["ruleId"], place["artifactLocation"]["uri"]) == ("R005", "studies/records/estes2017.yaml")


def test_github_gets_one_annotation_a_problem(library):
    break_a_number(library)
    lines = run("--format", "github").stdout.splitlines()
    assert sum(line.startswith("::error file=studies/records/estes2017.yaml,line=") for line in lines) == 1


def test_a_mechanical_mistake_is_mended_where_it_stands(library):
    path = library / "references.bib"
    path.write_text(path.read_text().replace("doi = {10.", "doi = {https://doi.org/10."))
    assert "https://doi.org" in path.read_text()
    run("--fix")
    assert "https://doi.org" not in path.read_text()


def test_control_characters_of_a_file_do_not_reach_the_terminal(library):
    (library / "references.bib").write_text(
        "@article{x, title = {\x1b[31mred}, \x1b]0;pwned\x07\n", encoding="utf-8"
    )
    assert "\x1b" not in run().stdout


def test_methods_are_listed_without_the_extras():
    """A plain installation has no numba and no Dask."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['numba', 'dask', 'distributed', 'pyarrow']));"
        "from claimbook.cli import main; main(['methods', 'tau2'])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "REML" in shown.stdout, shown.stderr
