"""Help, completion and checking start fast, because they do not import what they do not use."""

import importlib
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import claimbook

STUDIES = Path(__file__).parent.parent / "studies"
HEAVY = {"pandas", "scipy.stats", "statsmodels", "formulaic", "matplotlib", "sphinx", "jupyter_book"}
NUMBERS = {"numpy", "scipy"}


def imported_by(*arguments: str) -> set[str]:
    """The modules in memory after ``claimbook`` ran with these arguments."""
    script = """
import json, sys
from claimbook.cli import main
try:
    main(sys.argv[1:], prog_name="claimbook")
except SystemExit:
    pass
print("\\n" + json.dumps(sorted(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        cwd=STUDIES.parent,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["study", "add", "--help"],
        ["analyze", "--help"],
        ["status"],
        ["study", "list"],
    ],
    ids=" ".join,
)
def test_a_command_that_only_reads_records_imports_no_numbers(arguments: list[str]) -> None:
    assert imported_by(*arguments) & (HEAVY | NUMBERS) == set()


def test_help_does_not_even_import_the_records() -> None:
    assert {"pydantic", "yaml", "bibtexparser", "claimbook.records"} & imported_by("--help") == set()


def test_check_imports_no_pandas_no_statsmodels_and_no_scipy_stats() -> None:
    assert imported_by("check") & HEAVY == set()


def test_completion_does_not_import_the_commands() -> None:
    script = """
import sys
from click.testing import CliRunner
from claimbook.cli import main
typed = {"_CLAIMBOOK_COMPLETE": "bash_complete", "COMP_WORDS": "claimbook st", "COMP_CWORD": "1"}
print(CliRunner().invoke(main, env=typed, prog_name="claimbook").output)
print(sorted(m for m in sys.modules if m.startswith("claimbook.cli.")))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "plain,study" in done.stdout and "plain,status" in done.stdout
    assert "claimbook.cli.study" not in done.stdout


def test_importing_claimbook_imports_nothing_heavy() -> None:
    script = "import claimbook, sys; print(sorted(set(sys.modules) & {'numpy', 'pydantic', 'click', 'yaml'}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("package", ["claimbook", "claimbook.synthesis"])
def test_a_public_name_is_what_it_says_whatever_was_imported_before(package: str) -> None:
    """A module of a public name's own name would take its place."""
    home = importlib.import_module(package)
    modules = {module.name for module in pkgutil.iter_modules(home.__path__)}
    assert modules.isdisjoint(home.__all__)
    assert all(hasattr(home, name) for name in home.__all__)


def test_editors_and_type_checkers_see_every_public_name() -> None:
    stub = Path(claimbook.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    assert sorted(re.findall(r"(\w+) as \1\b", stub)) == sorted(set(claimbook.__all__) - {"__version__"})
