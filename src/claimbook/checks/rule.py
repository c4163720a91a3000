"""What a check is: a generator over the library, with a code, a name and its own documentation page.

The generator yields a ``Hit`` for each place that needs a curator's eye. Its docstring is its page: what it
looks for, a snippet that fails, a snippet that passes (both run as tests) and the paper behind it. Each
family's module ends in a literal tuple ``CHECKS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from claimbook.checks.view import View
from claimbook.problems import Problem, Severity, Where


class Hit(NamedTuple):
    """One place where a check fires. ``severity`` is given only where it is not the check's usual one."""

    where: Where
    message: str
    fix: str = ""
    severity: Severity | None = None


@dataclass(frozen=True)
class Check:
    """One rule. ``why`` and ``fix`` are one sentence each; a Hit may bring a more exact fix."""

    code: str
    name: str
    severity: Severity
    find: Callable[[View], Iterator[Hit]]
    why: str
    fix: str

    def run(self, view: View) -> Iterator[Problem]:
        for hit in self.find(view):
            severity, fix = hit.severity or self.severity, hit.fix or self.fix
            yield Problem(self.code, self.name, severity, hit.where, hit.message, self.why, fix)
