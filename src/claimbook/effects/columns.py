"""Reading what a caller gives: numbers, lists, arrays or Series become checked columns of one length."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from claimbook.effects.measure import Columns, Form
from claimbook.effects.special import Array
from claimbook.problems import did_you_mean

Given = ArrayLike | Sequence[float | None] | None
"""What a caller may give for a column: a number, a sequence, an array or a Series; None is missing."""


class Rule(NamedTuple):
    holds: Callable[[Array], Any]
    words: str


RULES: dict[str, Rule] = {
    "number": Rule(np.isfinite, "a finite number"),
    "count": Rule(lambda x: x >= 0, "a count, 0 or more"),
    "spread": Rule(lambda x: x >= 0, "0 or more"),
    "positive": Rule(lambda x: x > 0, "greater than 0"),
    "correlation": Rule(lambda x: np.abs(x) <= 1, "between -1 and 1"),
    "p value": Rule(
        lambda x: (np.abs(x) <= 1) & (x != 0),
        "a p value, its sign that of the effect, not 0, between -1 and 1",
    ),
    "share": Rule(lambda x: (x >= 0) & (x <= 1), "between 0 and 1"),
    "level": Rule(lambda x: (x > 0) & (x < 1), "a share such as 0.95, between 0 and 1"),
    "reliability": Rule(lambda x: x <= 1, "1 or less"),
    "items": Rule(lambda x: x >= 2, "2 or more"),
}

RULE_OF: dict[str, str] = {
    **dict.fromkeys(("n", "n1", "n2", "events", "events1", "events2", "a", "b", "c", "predictors"), "count"),
    **dict.fromkeys(("sd", "sd1", "sd2", "sd_pre", "sd_post", "sd_change", "se", "v"), "spread"),
    "cluster_cv": "spread",
    **dict.fromkeys(("time", "time1", "time2"), "positive"),
    **dict.fromkeys(("r2", "auc"), "share"),
    "level": "level",
    "f": "spread",
    "r": "correlation",
    "p": "p value",
    "alpha": "reliability",
    "items": "items",
}


def as_column(name: str, values: Any) -> Array:
    """``values`` as a 1-D float array; None, pandas NA and masked cells become nan."""
    if np.ma.isMaskedArray(values):
        values = np.ma.filled(values.astype(float), np.nan)
    kind = getattr(getattr(values, "dtype", None), "kind", "")
    if kind in NO_NUMBERS:
        raise ValueError(f"{name} holds {NO_NUMBERS[kind]}, not numbers")
    try:
        column = np.atleast_1d(np.asarray(values, dtype=float))
    except (TypeError, ValueError):
        column = np.atleast_1d(np.array(_missing_as_nan(name, values), dtype=float))
    if column.ndim != 1:
        raise ValueError(
            f"{name} must be one column, a number or a 1-D sequence; its shape is {column.shape}"
        )
    return column


NO_NUMBERS = {"M": "dates", "m": "lengths of time", "c": "complex numbers"}  # numpy casts them without a word


def shared_index(columns: Mapping[str, Any], length: int) -> Any:
    """The index of so many rows that the Series among the columns have; ValueError where two differ.

    Rows are matched by place, so that Series in two orders would be matched wrongly.
    """
    indexes = {name: column.index for name, column in columns.items() if hasattr(column, "iloc")}
    first = next(iter(indexes), "")
    for name, index in indexes.items():
        if not index.equals(indexes[first]):
            raise ValueError(f"{first} and {name} are Series with different indexes; reindex one of them")
    index = indexes.get(first)
    return index if index is not None and len(index) == length else None


def _missing_as_nan(name: str, values: Any) -> list[float]:
    cells = np.atleast_1d(np.asarray(values, dtype=object)).ravel().tolist()
    return [_number(name, cell, row) for row, cell in enumerate(cells)]


def _number(name: str, cell: Any, row: int) -> float:
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return float("nan")
    try:
        return float(cell)
    except (TypeError, ValueError):
        raise ValueError(f"{name} = {cell!r} in row {row} is not a number") from None


def of_one_length(columns: Mapping[str, Array]) -> Columns:
    """The same columns, single values repeated to the length of the others."""
    lengths = {name: len(column) for name, column in columns.items()}
    longest = max((length for length in lengths.values() if length != 1), default=1)
    if any(length not in (1, longest) for length in lengths.values()):
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ValueError(f"columns must have one length (or be a single value): {told}")
    return {name: np.broadcast_to(column, longest).copy() for name, column in columns.items()}


def check(name: str, column: Array, rule: Rule) -> None:
    """Raises for the first value that cannot be; missing values pass."""
    with np.errstate(invalid="ignore"):
        wrong = ~(np.isnan(column) | (np.isfinite(column) & rule.holds(column)))
    complain(name, column, wrong, f"must be {rule.words}")


def complain(name: str, column: Array, wrong: Any, words: str) -> None:
    if np.any(wrong):
        row = int(np.argmax(wrong))
        raise ValueError(f"{name} = {column[row]:g} in row {row} (rows count from 0): {words}")


def listed(rows: Any) -> str:
    """``row 3`` or ``rows 1, 4`` of a mask, for a message; of many the first ten."""
    found = [str(row) for row in np.flatnonzero(rows)]
    more = f" and {len(found) - 10} more" if len(found) > 10 else ""
    return f"row{'' if len(found) == 1 else 's'} {', '.join(found[:10])}{more}"


def read(name: str, forms: tuple[Form, ...], given: Mapping[str, Any]) -> tuple[Columns, Any]:
    """The columns that a formula takes, from those that the caller gave in one of its ``forms``.

    The second is a mask of the rows in which a value that was needed is missing.
    """
    form = _form(name, forms, given)
    values = {**form.optional, **given}
    columns = of_one_length({name: as_column(name, values[name]) for name in (*form.columns, *form.optional)})
    for word, column in columns.items():
        check(word, column, RULES[form.checks.get(word, RULE_OF.get(word, "number"))])
    missing = np.any([np.isnan(columns[word]) for word in form.columns], axis=0)
    words = _words(name, given, form, len(missing))
    if form.reduce is None:
        return columns, missing
    with np.errstate(all="ignore"):
        return form.reduce(**columns, **words), missing


def _words(name: str, given: Mapping[str, Any], form: Form, length: int) -> Columns:
    """The columns of text, a word for each row; the first allowed one is the default, unless it is empty."""
    found: dict[str, Any] = {}
    for column, allowed in form.words.items():
        known = ", ".join(dict.fromkeys(word for word in allowed if word))
        if column not in given and not allowed[0]:
            raise ValueError(f"{name} needs {column}: {known}")
        words = np.atleast_1d(np.asarray(given.get(column, allowed[0]), dtype=str))
        for word in words:
            if word not in allowed or not word:
                hint = did_you_mean(word, allowed)
                raise ValueError(f"{column}={str(word)!r} is not known{hint}; allowed: {known}")
        if words.shape not in ((1,), (length,)):
            raise ValueError(f"{column} has {len(words)} words for {length} rows")
        found[column] = np.broadcast_to(words, length)
    return found


def _form(name: str, forms: tuple[Form, ...], given: Mapping[str, Any]) -> Form:
    known = {word for form in forms for word in (*form.columns, *form.optional, *form.words)}
    ways = ", or ".join(" ".join(form.columns) for form in forms)
    for word in given:
        if word not in known:
            hint = did_you_mean(word, sorted(known))
            raise ValueError(f"{name} has no argument {word!r}{hint}; it takes {ways}")
    for form in forms:
        if set(given) - {*form.optional, *form.words} == set(form.columns):
            return form
    nearest = max(forms, key=lambda form: len(set(given) & set(form.columns)))
    lacking = [word for word in nearest.columns if word not in given]
    wrong = f"needs {', '.join(lacking)}" if lacking else f"cannot take {', '.join(given)} together"
    raise ValueError(f"{name} {wrong}; it takes {ways}")
