"""The documentation page of a rule, in Markdown, from its docstring and its measured rates."""

from __future__ import annotations

import json
from collections.abc import Sequence
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
        *_by_siblings(check.code),
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


def _by_siblings(code: str) -> list[str]:
    """What S201 finds without a test, where it was measured."""
    if code not in {"S201", "S216"}:
        return []
    said = (
        "**By other studies alone**, hits / false alarms in percent, by the number of studies, the size of"
        " their groups and the scatter (`tau`) of their log spreads; in brackets where S201 says that it"
        " has power, and the share of such results:"
    )
    return [said, sibling_table(packaged("power")).rstrip()]


def sibling_table(rows: Sequence[dict[str, Any]]) -> str:
    """``91 / 1.2 (98 / 0.3, 37 %)`` by studies and group sizes down, tau across."""
    taus = sorted({row["tau"] for row in rows})
    lines = [f"| studies | people in a group | {' | '.join(f'tau {tau:g}' for tau in taus)} |"]
    lines.append("|---|---|" + "---|" * len(taus))
    for place in dict.fromkeys((row["studies"], *row["sizes"]) for row in rows):
        there = {row["tau"]: row for row in rows if (row["studies"], *row["sizes"]) == place}
        cells = " | ".join(_rate(there[tau]) for tau in taus)
        lines.append(f"| {place[0]} | {place[1]} to {place[2]} | {cells} |")
    return "\n".join(lines) + "\n"


def _rate(row: dict[str, Any]) -> str:
    strong = f"power in {row['share']} %" if row["share"] else "no power"
    if row["power_hits"] is not None:
        strong = f"{row['power_hits']:.0f} / {row['power_false_alarms']:.1f}, {row['share']} %"
    return f"{row['all_hits']:.0f} / {row['all_false_alarms']:.1f} ({strong})"


@cache
def rates() -> list[dict[str, Any]]:
    """What ``validation/lint/run.py`` measured: rule, seeded, hits and false_alarms in percent."""
    return packaged("rates")


def packaged(name: str) -> list[dict[str, Any]]:
    text = files("claimbook.checks").joinpath(f"{name}.json").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = json.loads(text)
    return rows
