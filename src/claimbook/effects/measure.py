"""What a measure is: the columns it needs, the formula, and where that was published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from claimbook.effects.scales import BACK, Scale
from claimbook.effects.special import Array

if TYPE_CHECKING:
    import pandas as pd

Pair = tuple[Array, Array]
Columns = dict[str, Array]

VARIANCE_WORDS = ("LS", "LS2", "LS3", "UB", "HO", "ST", "CS", "AV", "AV2", "AVHO", "H0", "MAX")
"""The words that ``vtype`` knows; each measure lists those between which it distinguishes."""


@dataclass(frozen=True)
class Form:
    """One way in which a paper reports what a measure needs.

    ``columns`` are the names a caller gives. ``reduce`` turns them into the columns the formula takes;
    without it they are the same. ``checks`` replaces the usual range check of a column by another rule,
    ``optional`` names columns with a default, ``words`` those of text with the allowed words, default first.
    """

    columns: tuple[str, ...]
    reduce: Callable[..., Columns] | None = None
    checks: Mapping[str, str] = field(default_factory=dict)
    optional: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __str__(self) -> str:
        """``estimate low high (level, scale: log identity)``: the columns, what may be given besides."""
        choices = (
            f"{name}: {' '.join(dict.fromkeys(filter(None, words)))}" for name, words in self.words.items()
        )
        besides = ", ".join((*self.optional, *choices))
        return " ".join((*self.columns, f"({besides})" if besides else "")).strip()


class Counts(NamedTuple):
    """Which reduced columns are counts, and what they count.

    A zero-cell rule applies to ``names``. ``groups`` are the sets that make up a group of people each: where
    one is empty there is nothing to compare, and nothing is added. ``silent`` are the sets of which one is
    all zero where no event, or nothing but events, was seen on both sides.
    """

    names: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...] = ()
    silent: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Measure:
    """One entry of ``MEASURES``.

    ``function`` takes the reduced columns by name, and ``vtype=`` if there is more than one entry in
    ``variances`` (the first is the default), and ``correct=`` if it is ``correctable``; it returns
    ``(y, v)``. ``zeros`` says which of them are counts, ``add`` is what a zero-cell rule adds to these unless
    told. ``null`` is the ``y`` that means "no difference", nan where there is none.
    """

    label: str
    function: Callable[..., Pair]
    forms: tuple[Form, ...]
    cite: str
    group: str
    scale: Scale = "identity"
    null: float = 0.0
    variances: tuple[str, ...] = ("LS",)
    correctable: bool = False
    zeros: Counts | None = None
    add: float = 0.5

    @property
    def arguments(self) -> tuple[tuple[str, ...], ...]:
        """The sets of columns that a caller may give, the usual one first."""
        return tuple(form.columns for form in self.forms)

    @property
    def takes(self) -> str:
        """A sentence on what to give to ``effect_sizes``."""
        kinds = f"; vtype {', '.join(self.variances)}" if len(self.variances) > 1 else ""
        choices = (
            f"{kinds}{'; correct' if self.correctable else ''}{'; add, to, drop00' if self.zeros else ''}"
        )
        return f"Takes {', or '.join(map(str, self.forms))}{choices}."

    def back(self, y: Any) -> Array:
        """``y`` on the scale that people read: a ratio for a log ratio, r for Fisher's z."""
        with np.errstate(all="ignore"):
            return BACK[self.scale](np.asarray(y, float))


@dataclass(frozen=True, eq=False, repr=False)
class Effects:
    """Effects and their sampling variances: 1-D float arrays of one length, a row for each row of input.

    A row is nan where an input is missing or where the numbers do not determine the effect; ``notes``
    says which rows and why, and what was assumed (rows count from 0). ``index`` is that of the Series given.
    """

    measure: str
    y: Array
    v: Array
    notes: tuple[str, ...] = ()
    index: Any = None

    @property
    def se(self) -> Array:
        return np.sqrt(self.v)

    def __len__(self) -> int:
        return len(self.y)

    def frame(self, index: Any = None) -> pd.DataFrame:
        """Columns ``y``, ``v`` and ``se``, labelled by ``index`` or else as the Series given were."""
        import pandas as pd

        columns = {"y": self.y, "v": self.v, "se": self.se}
        return pd.DataFrame(columns, index=self.index if index is None else index)

    def known(self) -> Effects:
        """The rows that can be pooled: those with an effect and a variance above 0; notes stay."""
        rows = self.v > 0
        index = None if self.index is None else self.index[rows]
        return Effects(self.measure, self.y[rows], self.v[rows], self.notes, index)

    def __repr__(self) -> str:
        return shown(f"Effects: {self.measure}", self.frame(), self.notes)

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"<p>Effects: {self.measure}</p>{self.frame().to_html(max_rows=60)}{notes}"


def shown(head: str, frame: pd.DataFrame, notes: tuple[str, ...]) -> str:
    """A table for people: its head, its rows to four digits, long ones cut in the middle, and the notes."""
    rows = (
        frame.to_string(max_rows=60, min_rows=10, float_format="{:.4g}".format) if len(frame) else "no rows"
    )
    return "\n".join((head, rows, *(f"note: {note}" for note in notes)))
