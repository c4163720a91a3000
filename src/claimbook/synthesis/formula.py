"""The formulas of a meta-regression: a small grammar, read before anything else looks at the text.

    formula   name ~ sum
    sum       term, then any of: + term, - 1
    term      0 | 1 | factors joined by : (interaction) or * (main effects and interaction)
    factor    name | C(name) | C(name, ref=level) | center(name) | I(name ** n), n from 2 to 9

formulaic, which builds the design, evaluates what it is given as Python. So nothing reaches it but what this
module has read token by token and written out again. A sum of numeric columns needs no formulaic: it is its
own design (`Columns`), in a twentieth of the time.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from claimbook.synthesis.model import Array

if TYPE_CHECKING:
    import pandas as pd

GRAMMAR = "names, 0, 1, + - : *, C(name), C(name, ref=level), center(name), I(name ** 2)"

_TOKEN = re.compile(
    r"""\s*(?:([A-Za-z_]\w*)|(\d+(?:\.\d+)?)|("[^"\\]*"|'[^'\\]*')|(\*\*|[~+\-:*(),=]))""", re.ASCII
)


@dataclass(frozen=True)
class Formula:
    """A read formula.

    columns: those of the right side. right: that side as formulaic takes it. terms: its terms but the
    constant. labels: what the user calls a factor that formulaic spells otherwise.
    """

    response: str
    columns: tuple[str, ...]
    right: str
    terms: tuple[str, ...]
    labels: Mapping[str, str]

    def label(self, text: str) -> str:
        """A name or term of formulaic's in the user's spelling."""
        for written, label in self.labels.items():
            text = text.replace(written, label)
        return text


@dataclass(frozen=True)
class Design:
    """A design matrix (k, p) with its column names and the means to build it for new data."""

    matrix: Array
    names: list[str]
    formula: Formula
    spec: Any

    @property
    def intercept(self) -> int | None:
        """Position of the intercept."""
        return self.names.index("Intercept") if "Intercept" in self.names else None

    def rows(self, data: Any) -> Array:
        """The design of new data in the coding of the old. ValueError on a level that the old do not have."""
        from formulaic.errors import DataMismatchWarning

        frame = table(data, self.formula.columns)
        with warnings.catch_warnings():
            warnings.simplefilter("error", DataMismatchWarning)
            try:
                return np.asarray(self.spec.get_model_matrix(frame), dtype=float)
            except DataMismatchWarning as problem:
                raise ValueError(f"data: {problem}") from problem


def read_formula(text: str) -> Formula:
    """The formula of a text. ValueError where it leaves the grammar."""
    if not isinstance(text, str):
        raise ValueError(f"formula must be a text such as 'y ~ x', got {text!r}")
    return _Reader(text).formula()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.columns: dict[str, None] = {}
        self.labels: dict[str, str] = {}
        self.terms: dict[str, None] = {}

    def formula(self) -> Formula:
        response = self.name()
        self.expect("~")
        right = self.sum()
        if self.tokens:
            raise self.error(f"{self.tokens[0]!r} cannot stand there")
        return Formula(response, tuple(self.columns), right, tuple(self.terms), self.labels)

    def sum(self) -> str:
        parts = [self.sign() if self.peek() == "-" else self.term()]
        while self.peek() in ("+", "-"):
            parts.append(self.sign() if self.peek() == "-" else f"{self.next()} {self.term()}")
        return " ".join(parts)

    def sign(self) -> str:
        self.expect("-")
        self.expect("1")
        return "- 1"

    def term(self) -> str:
        if self.peek() in ("0", "1"):
            return self.next()
        factors = [self.factor()]
        while self.peek() in (":", "*"):
            factors += [self.next(), self.factor()]
        self.terms["".join(factors)] = None
        return "".join(factors)

    def factor(self) -> str:
        name = self.name()
        if self.peek() != "(":
            self.columns[name] = None
            return name
        if name not in CALLS:
            raise self.error(f"{name}(...) is not offered")
        self.expect("(")
        column = self.name()
        self.columns[column] = None
        written = CALLS[name](self, column)
        self.expect(")")
        return written

    def categorical(self, column: str) -> str:
        if self.peek() != ",":
            return f"C({column})"
        self.expect(",")
        self.expect("ref")
        self.expect("=")
        level = self.next().strip("\"'")
        quoted = level if level.replace(".", "", 1).isdigit() else repr(level)
        written = f"C({column}, contr.treatment({quoted}))"
        self.labels[written] = f"C({column}, ref={quoted})"
        return written

    def centred(self, column: str) -> str:
        return f"center({column})"

    def power(self, column: str) -> str:
        self.expect("**")
        exponent = self.next()
        if exponent not in tuple("23456789"):
            raise self.error(f"the power must be 2 to 9, not {exponent!r}")
        return f"I({column} ** {exponent})"

    def name(self) -> str:
        token = self.next()
        if not (token.isidentifier() and token.isascii()):
            raise self.error(f"{token!r} stands where a name is needed")
        return token

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def next(self) -> str:
        if not self.tokens:
            raise self.error("it ends too early")
        return self.tokens.pop(0)

    def expect(self, token: str) -> None:
        found = self.next()
        if found != token:
            raise self.error(f"{token!r} is needed, not {found!r}")

    def error(self, why: str) -> ValueError:
        return ValueError(f"formula {self.text!r}: {why}; allowed are {GRAMMAR}")


CALLS = {"C": _Reader.categorical, "center": _Reader.centred, "I": _Reader.power}


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if not found:
            raise ValueError(
                f"formula {text!r}: {text[at:].strip()[0]!r} is not allowed; allowed are {GRAMMAR}"
            )
        yield found.group(0).strip()
        at = found.end()


@dataclass(frozen=True)
class Columns:
    """Numeric columns as they are, behind a constant; in place of formulaic's model spec."""

    names: tuple[str, ...]

    def get_model_matrix(self, frame: pd.DataFrame) -> Array:
        return self.matrix(frame, len(frame))

    def matrix(self, columns: Any, rows: int) -> Array:
        return np.column_stack([np.ones(rows), *(np.asarray(columns[n], dtype=float) for n in self.names)])


def numbers(data: Any, columns: tuple[str, ...]) -> dict[str, Array] | None:
    """The named columns as vectors of one length; None where one is absent, incomplete or not plain numbers,
    which `table` looks into."""
    found: dict[str, Array] = {}
    for name in columns:
        if name not in data:
            return None
        values = data[name]
        extension = not isinstance(getattr(values, "dtype", np.dtype(float)), np.dtype)
        to_align = hasattr(values, "iloc") and not hasattr(data, "iloc")
        if extension or to_align or isinstance(values, np.ma.MaskedArray):
            return None
        column = np.asarray(values)
        if column.ndim != 1 or column.dtype.kind not in "iuf" or np.isnan(column).any():
            return None
        found[name] = column
    return found if len({len(column) for column in found.values()}) == 1 else None


def numeric_column(data: Any, name: str) -> ArrayLike:
    """One column. ValueError as from `table`."""
    found = numbers(data, (name,))
    return table(data, (name,))[name].to_numpy() if found is None else found[name]


def table(data: Any, columns: tuple[str, ...]) -> pd.DataFrame:
    """The named columns of a frame or a mapping. ValueError where one is missing or has gaps."""
    import pandas as pd

    absent = [c for c in columns if c not in data]
    if absent:
        raise ValueError(f"data has no column {absent[0]!r}; it has {', '.join(map(str, data))}")
    frame = (
        pd.DataFrame({c: data[c] for c in columns})
        if columns
        else pd.DataFrame(index=pd.DataFrame(data).index)
    )
    for column in columns:
        gaps = frame[column].isna()
        if gaps.any():
            raise ValueError(
                f"data[{column!r}] must be complete, got a missing value at position {int(gaps.argmax())}"
            )
    return frame


def design(formula: Formula, data: Any) -> Design:
    """The design matrix of a formula on the rows of a frame or mapping of columns."""
    parts = tuple(dict.fromkeys(part for part in formula.right.split(" + ") if part != "1"))
    plain = (
        numbers(data, (formula.response, *formula.columns)) if set(parts) <= set(formula.columns) else None
    )
    if plain is not None:
        columns = Columns(parts)
        matrix = columns.matrix(plain, len(plain[formula.response]))
        return Design(matrix, ["Intercept", *parts], formula, columns)
    from formulaic import Formula as Engine
    from formulaic.errors import FormulaicError

    frame = table(data, formula.columns)
    try:
        matrix = Engine(formula.right).get_model_matrix(frame, context={}, na_action="raise")
    except (FormulaicError, ValueError) as problem:
        raise ValueError(f"formula: {formula.right!r} does not fit the data: {problem}") from problem
    names = [formula.label(name) for name in matrix.columns]
    return Design(np.asarray(matrix, dtype=float), names, formula, matrix.model_spec)
