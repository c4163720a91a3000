"""The value of a printed formula: ``6 months x 52 / 12``, ``SE * sqrt(n) = 1.9 * sqrt(12)``.

Words that are no function are passed over as units or names; of several sides of an equation the last one
with numbers alone counts. Numbers with decimals stand for every value that rounds to them, whole numbers for
themselves.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from claimbook.checks.rounding import Range

_TOKEN = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+|\*\*|[-+*/^()]|sqrt|exp|log|ln")
_SIGNS = {"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "√": "sqrt", "**": "^", ":": "/"}
_FUNCTIONS: dict[str, Callable[[Range], Range]] = {
    "sqrt": Range.root,
    "exp": lambda x: x.through(lambda v: math.exp(min(v, 700.0))),
    "log": lambda x: x.through(math.log),
    "ln": lambda x: x.through(math.log),
}


def value_of_formula(text: str) -> Range | None:
    """The values that a formula can have; None where it holds no arithmetic that can be read."""
    for side in reversed(text.split("=")):
        tokens = _tokens(side)
        if sum(token[0].isdigit() or token[0] == "." for token in tokens) >= 2 or "sqrt" in tokens:
            try:
                return _Parser(tokens).whole()
            except (ValueError, ZeroDivisionError, OverflowError, RecursionError):
                return None
    return None


def _tokens(text: str) -> list[str]:
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, f" {plain} ")
    text = re.sub(r"(?<![A-Za-z])[xX](?![A-Za-z])", " * ", text)
    text = re.sub(r"(?i)\b(?!(?:sqrt|exp|log|ln)\b)[a-z_%][a-z_%0-9]*", " ", text).replace("%", " ")
    return _TOKEN.findall(text)


class _Parser:
    """sum := product (+|- product)*; product := power (*|/ power)*; power := unary (^ power)?"""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens

    def whole(self) -> Range:
        value = self.sum()
        if self.tokens:
            raise ValueError("something is left over")
        return value

    def sum(self) -> Range:
        value = self.product()
        while self.next_is("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> Range:
        value = self.power()
        while self.next_is("*", "/"):
            value = value * self.power() if self.take() == "*" else value / self.power()
        return value

    def power(self) -> Range:
        base = self.unary()
        if not self.next_is("^"):
            return base
        self.take()
        exponent = self.power().middle
        return base.squared() if exponent == 2 else base.through(lambda x: float(x**exponent))

    def unary(self) -> Range:
        token = self.take()
        if token == "-":
            return Range.exactly(0.0) - self.unary()
        if token in _FUNCTIONS:
            return _FUNCTIONS[token](self.unary())
        if token == "(":
            value = self.sum()
            if self.take() != ")":
                raise ValueError("a bracket is not closed")
            return value
        return _number(token)

    def next_is(self, *signs: str) -> bool:
        return bool(self.tokens) and self.tokens[0] in signs

    def take(self) -> str:
        if not self.tokens:
            raise ValueError("the formula ends too early")
        return self.tokens.pop(0)


def _number(token: str) -> Range:
    value = float(token)
    decimals = len(token.partition(".")[2]) if "e" not in token.lower() else 0
    return Range.exactly(value).wider(0.5 * 10.0**-decimals) if decimals else Range.exactly(value)
