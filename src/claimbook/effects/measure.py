"""What a measure is: the columns it needs, the formula, and where that was published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True)
class Measure:
    """One entry of ``MEASURES``.

    ``function`` takes the reduced columns by name, and ``vtype=`` if there is more than one entry in
    ``variances`` (the first is the default), and ``correct=`` if it is ``correctable``; it returns
    ``(y, v)``. ``zeros`` names the reduced counts to which a zero-cell rule applies, ``add`` the default
    amount for this measure. ``null`` is the ``y`` that means "no difference", nan where there is none.
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
    zeros: tuple[str, ...] = ()
    add: float = 0.5

    @property
    def arguments(self) -> tuple[tuple[str, ...], ...]:
        """The sets of columns that a caller may give, the usual one first."""
        return tuple(form.columns for form in self.forms)

    def back(self, y: Any) -> Array:
        """``y`` on the scale that people read: a ratio for a log ratio, r for Fisher's z."""
        with np.errstate(all="ignore"):
            return BACK[self.scale](np.asarray(y, float))


@dataclass(frozen=True, eq=False)
class Effects:
    """Effects and their sampling variances: 1-D float arrays of one length, a row for each row of input.

    A row is nan where an input is missing or where the numbers do not determine the effect; ``notes``
    says which rows and why, and what was assumed (rows count from 0).
    """

    measure: str
    y: Array
    v: Array
    notes: tuple[str, ...] = ()

    @property
    def se(self) -> Array:
        return np.sqrt(self.v)

    def __len__(self) -> int:
        return len(self.y)

    def frame(self, index: Any = None) -> pd.DataFrame:
        """Columns ``y``, ``v`` and ``se``."""
        import pandas as pd

        return pd.DataFrame({"y": self.y, "v": self.v, "se": self.se}, index=index)
