"""The evidence linter: what in a library needs a curator's eye, with file, line, reason and fix.

``check(library)`` runs every rule; ``explain(code)`` is a rule's page. Each family of rules is a module that
ends in its ``CHECKS``; a rule is a generator whose docstring is its page and whose two snippets are its test.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from claimbook.checks import waivers
from claimbook.checks.families import FAMILIES, RULES
from claimbook.checks.pages import explain
from claimbook.checks.rule import Check
from claimbook.checks.view import View
from claimbook.problems import Problem, did_you_mean, in_order
from claimbook.records.library import collector_at_rest

if TYPE_CHECKING:
    from claimbook.records import Library

CHECKS: tuple[Check, ...] = (*RULES, *waivers.CHECKS)


def check(library: Library, only: Iterable[str] | None = None) -> list[Problem]:
    """Every problem of a library, in file order; waived ones stay, marked with the reason.

    ``only`` holds codes (``S206``) or families (``S``) to run. ValueError names one that does not exist.
    """
    view, chosen = View(library), None if only is None else _chosen(only)
    with collector_at_rest():
        if chosen is None:
            return in_order(concluded(view, waivers.found(view)))
        return in_order(waivers.marked(view, _run(chosen, view)))


def concluded(view: View, hits: list[Problem]) -> list[Problem]:
    """What all rules found, with what is wrong with the waivers; waived ones marked with the reason."""
    view = view.told(waivers.found, hits)
    return waivers.marked(view, [*hits, *_run(waivers.CHECKS, view)])


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
