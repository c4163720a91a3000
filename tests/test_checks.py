"""Every rule fires on the snippet that its page says fails, and is silent on the one that passes."""

from __future__ import annotations

import re
import subprocess
import sys
from inspect import cleandoc
from pathlib import Path

import pytest
from small_library import folder, fragment, library

from claimbook.checks import CHECKS, FAMILIES, Check, check, explain
from claimbook.checks.families import once
from claimbook.records import read_library

CODES = [check.code for check in CHECKS]


def snippet(check: Check, which: str) -> str:
    found = re.findall(rf"{which}:\n\n```yaml\n(.*?)```", cleandoc(check.find.__doc__ or ""), re.DOTALL)
    assert len(found) == 1, f"{check.code} needs one snippet that {which.lower()}"
    return found[0]


@pytest.mark.parametrize("rule", CHECKS, ids=CODES)
def test_a_rule_fires_on_a_line_of_the_snippet_that_fails(rule: Check, tmp_path: Path) -> None:
    problems = check(library(tmp_path, fragment(snippet(rule, "Fails"))), only=[rule.code])
    assert {problem.rule for problem in problems} == {rule.code}
    assert all(p.where.line > 0 and Path(p.where.path).exists() for p in problems)


@pytest.mark.parametrize("rule", CHECKS, ids=CODES)
def test_a_rule_is_silent_on_the_snippet_that_passes(rule: Check, tmp_path: Path) -> None:
    problems = check(library(tmp_path, fragment(snippet(rule, "Passes"))), only=[rule.code])
    assert [p.message for p in problems if p.waived is None] == []


@pytest.mark.parametrize("rule", CHECKS, ids=CODES)
def test_a_page_names_its_source_its_reason_and_its_fix(rule: Check) -> None:
    page = explain(rule.code.lower())
    assert [
        word for word in ("**Source.**", "**Why it matters.**", "**What to do.**") if word not in page
    ] == []
    assert page.startswith(f"# {rule.code} {rule.name}\n")


def test_the_rules_of_the_specification_are_all_there() -> None:
    numbers = {"P": range(101, 110), "S": range(201, 220), "D": range(301, 308), "M": range(401, 408)}
    numbers |= {"G": range(501, 506), "C": range(601, 604), "V": range(101, 104)}
    assert sorted(CODES) == sorted(f"{family}{number}" for family in numbers for number in numbers[family])
    assert {code[0] for code in CODES} == set(FAMILIES)


def test_names_and_codes_are_unique() -> None:
    assert len({rule.name for rule in CHECKS}) == len({rule.code for rule in CHECKS}) == len(CHECKS)


def test_a_library_in_order_is_clean(tmp_path: Path) -> None:
    assert check(library(tmp_path, fragment("# a record\n{}"))) == []


OVERRULE = {"domain": "imprecision", "was": "0", "to": "-1", "by": "A. Curator", "date": "2026-01-01"}
TWICE = {  # what the types refuse and a rule names better
    "G501": {"claims": {"claim": {"verdict": "Supported"}}},
    "C601": {"claims": {"claim": {"wording": "guessed"}}},
    "G502": {"claims": {"claim": {"overrules": [OVERRULE]}}},
    "D301": {"library": {"outcomes": {"strength": {"label": "a", "because": "b", "direction": "up"}}}},
    "V101": {"records": {"one": {"waive": [{"rule": "P103", "because": ""}]}}},
    "V102": {"records": {"one": {"waive": [{"rule": "bad", "because": "It is so."}]}}},
}


@pytest.mark.parametrize("rule", TWICE)
def test_a_mistake_is_one_problem(rule: str, tmp_path: Path) -> None:
    library(tmp_path, folder(**TWICE[rule]))
    read, refused = read_library(tmp_path)
    assert len(refused) == 1
    assert [p.rule for p in once([*refused, *check(read)]) if p.severity == "error"] == [rule]


def test_an_unknown_rule_is_refused_with_a_guess(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='did you mean "S206"'):
        check(library(tmp_path, fragment("# a record\n{}")), only=["S2006"])
    with pytest.raises(ValueError, match="no rule 'S299'"):
        explain("S299")


def test_checking_numbers_loads_no_heavy_library(tmp_path: Path) -> None:
    library(
        tmp_path,
        fragment("# a result\nreported: {measure: SMD, estimate: -0.01, low: -0.16, high: 0.18, p: 0.9}"),
    )
    code = (
        "import sys, claimbook as cb;"
        "cb.check(cb.read_library(sys.argv[1])[0], only=['P', 'S', 'D', 'C', 'V101']);"
        "print([m for m in ('pandas', 'scipy', 'statsmodels', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
