"""The documentation page of a rule, in Markdown, from its docstring and its measured rates."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from inspect import cleandoc
from typing import Any

from claimbook.checks import waivers
from claimbook.checks.families import FAMILIES, RULES
from claimbook.checks.fixing import MENDS
from claimbook.checks.rule import Check
from claimbook.problems import did_you_mean


def explain(code: str) -> str:
    """What a rule looks for, why, its examples, its fix, and how often it is right. ValueError if unknown."""
    rules = {check.code: check for check in (*RULES, *waivers.CHECKS)}
    if code.upper() not in rules:
        raise ValueError(f"no rule {code!r}{did_you_mean(code.upper(), rules)}; there are {', '.join(rules)}")
    return page(rules[code.upper()])


def page(check: Check) -> str:
    text = cleandoc(check.find.__doc__ or "")
    body, _, source = text.rpartition("\nSource: ")
    parts = [
        f"# {check.code} {check.name}",
        f"*{FAMILIES[check.code[0]]} · {check.severity}*",
        body.strip(),
        f"**Why it matters.** {check.why}",
        f"**What to do.** {_sentence(check.fix)}.{_MENDED if check.code in MENDS else ''}",
        *_measured(check.code),
        f"**Source.** {_sentence(source.strip())}",
    ]
    return "\n\n".join(parts) + "\n"


_MENDED = " Where it needs no judgement, `claimbook check --fix` does it."


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _measured(code: str) -> list[str]:
    """Hit and false-alarm rates on simulated studies, where they were measured."""
    rows = [row for row in rates() if row["rule"] == code]
    if not rows:
        return []
    lines = ["| seeded | hits | false alarms |", "|---|---|---|"]
    lines += [f"| {row['seeded']} | {row['hits']} % | {row['false_alarms']} % |" for row in rows]
    return ["**Measured** on simulated studies (`validation/lint`):", "\n".join(lines)]


@cache
def rates() -> list[dict[str, Any]]:
    """What ``validation/lint/run.py`` measured: rule, seeded, hits and false_alarms in percent."""
    text = files("claimbook.checks").joinpath("rates.json").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = json.loads(text)
    return rows
