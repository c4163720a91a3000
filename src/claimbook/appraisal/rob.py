"""Risk-of-bias tools."""

from __future__ import annotations


def fold(judgement: str, tool: str, middle: str) -> str:
    return judgement
