"""What a conversion is and what it gives back: values, what was assumed, and how much precision that cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from claimbook.effects.measure import Columns, Form, shown
from claimbook.effects.special import Array

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Conversion:
    """One entry of ``CONVERSIONS``.

    ``form`` names the columns to give and holds the formula, whose result is the columns that it recovers.
    ``assumed`` is the sentence that a record must be able to stand by. ``cite`` is a key of references.bib.
    ``gives`` names the columns without which a row is lost, all of them where it is empty; ``lost`` says why,
    a sentence with a rule over the recovered columns.
    """

    label: str
    form: Form
    assumed: str
    cite: str = "higgins2019"
    gives: tuple[str, ...] = ()
    lost: Mapping[str, Callable[[Columns], Any]] = field(default_factory=dict)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The columns that must be given."""
        return self.form.columns

    @property
    def takes(self) -> str:
        """Two sentences: what to give to ``recover``, and what is assumed then."""
        return f"Takes {self.form}. Assumes: {self.assumed}."


@dataclass(frozen=True, eq=False, repr=False)
class Recovered:
    """The columns that a conversion recovered, by name: ``result["sd"]``.

    ``inflation`` is the factor by which the variance of the recovered mean exceeds that of a printed one,
    None where nothing is lost or the factor is not known. ``notes`` says which rows are nan, and why.
    ``index`` is that of the Series given.
    """

    values: Columns
    assumed: str
    cite: str
    inflation: Array | None = None
    notes: tuple[str, ...] = ()
    index: Any = None

    def __getitem__(self, name: str) -> Array:
        if name not in self.values:
            raise KeyError(f"{name!r} was not recovered; there are {', '.join(self.values)}")
        return self.values[name]

    def frame(self) -> pd.DataFrame:
        """A column for each of the recovered ones."""
        import pandas as pd

        return pd.DataFrame(self.values, index=self.index)

    def __repr__(self) -> str:
        return shown(f"Recovered, if {self.assumed}", self.frame(), self.notes)
