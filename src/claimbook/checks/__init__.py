"""The evidence linter: what in a library needs a curator's eye, with file, line, reason and fix.

``check(library)`` runs every rule; ``explain(code)`` is a rule's page. Each family of rules is a module that
ends in its ``CHECKS``; a rule is a generator whose docstring is its page and whose two snippets are its test.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from claimbook.checks import waivers
from claimbook.checks.families import FAMILIES, RULES
from claimbook.checks.pages import explain
from claimbook.checks.rule import Check
from claimbook.checks.view import View
from claimbook.problems import Problem, did_you_mean, in_order

if TYPE_CHECKING:
    from claimbook.records import Library

CHECKS: tuple[Check, ...] = (*RULES, *waivers.CHECKS)


def check(library: Library, only: Iterable[str] | None = None) -> list[Problem]:
    """Every problem of a library, in file order; waived ones stay, marked with the reason.

    ``only`` holds codes (``S206``) or families (``S``) to run. ValueError names one that does not exist.
    """
    view, chosen = View(library), None if only is None else _chosen(only)
    with _collector_at_rest():
        if chosen is None:
            problems = [*view.once(waivers.found), *_run(waivers.CHECKS, view)]
        else:
            problems = _run(chosen, view)
        return in_order(waivers.marked(view, problems))


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """A check makes no cycles, and each full collection would walk the whole library: a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _run(checks: Iterable[Check], view: View) -> list[Problem]:
    return [problem for check in checks for problem in check.run(view)]


def _chosen(only: Iterable[str]) -> list[Check]:
    asked = [only] if isinstance(only, str) else list(only)
    words = [*FAMILIES, *(check.code for check in CHECKS)]
    for word in asked:
        if word not in words:
            raise ValueError(f"only={word!r} is neither a rule nor a family{did_you_mean(word, words)}")
    return [check for check in CHECKS if any(check.code.startswith(word) for word in asked)]


__all__ = ["CHECKS", "FAMILIES", "Check", "check", "explain"]
