"""The tables of validation/README.md (validation/conformance/table.py) count what the tests pin."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reference import GOLDEN

VALIDATION = Path(__file__).parents[1] / "validation"
sys.path.insert(0, str(VALIDATION / "conformance"))

from table import AREAS  # noqa: E402

PINNED = (
    *("pool_reference", "pool_meta_reference", "events_reference", "glmm_reference", "regress_reference"),
    "moderated_references",
)
"""Modules whose last test pins the number of values held."""


def rows() -> dict[str, tuple[int, int]]:
    """Cases and values of each row of the table by area."""
    lines = re.findall(r"^\| (.+?) \| ([\d,]+) \| ([\d,]+) \|", page(), re.MULTILINE)
    return {name: (number(cases), number(values)) for name, cases, values in lines}


def page() -> str:
    return (VALIDATION / "README.md").read_text(encoding="utf-8")


def number(text: str) -> int:
    return int(text.replace(",", ""))


def pinned(module: str) -> Iterator[Any]:
    """The literals that a module's tests of completeness compare with."""
    tree = ast.parse((Path(__file__).parent / f"test_{module}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and re.match(r"test_(no_|the_grid)", node.name):
            (check,) = (statement.test for statement in node.body if isinstance(statement, ast.Assert))
            yield ast.literal_eval(check.comparators[0])


@pytest.mark.parametrize("module", PINNED)
def test_the_page_counts_the_values_that_the_tests_pin(module: str) -> None:
    (files_and_values,) = pinned(module)
    assert sum(rows()[name][1] for name in set(AREAS[module].values())) == files_and_values[1]


@pytest.mark.parametrize("module", ["influence_references", "small_study_references"])
def test_the_page_counts_the_cases_that_the_tests_pin(module: str) -> None:
    (areas,) = pinned(module)
    names = AREAS[module]
    counted = {names[area]: 0 for area in areas if area in names}
    for area, cases in areas.items():
        if area in names:
            counted[names[area]] += cases
    assert {name: rows()[name][0] for name in counted} == counted


def test_the_page_counts_the_effect_sizes_and_selection_models_that_the_tests_pin() -> None:
    ((constructed, _),), (selected,) = pinned("effects_references"), pinned("selection_references")
    counted = rows()
    found = [counted[name][0] for name in ("Effect sizes, constructed cases", "Selection models")]
    assert found == [constructed, selected["selmodel"]]


def test_every_reference_file_is_named_on_the_page() -> None:
    prefixes = {path.stem.split("_")[0] for path in GOLDEN.glob("*.json")}
    assert [prefix for prefix in sorted(prefixes) if f"`{prefix}" not in page()] == []
