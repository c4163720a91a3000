"""What a conversion is and what it gives back: values, what was assumed, and how much precision that cost."""

from __future__ import annotations

from dataclasses import dataclass

from claimbook.effects.measure import Columns, Form
from claimbook.effects.special import Array


@dataclass(frozen=True)
class Conversion:
    """One entry of ``CONVERSIONS``.

    ``form`` names the columns to give and holds the formula, whose result is the columns that it recovers.
    ``assumed`` is the sentence that a record must be able to stand by. ``cite`` is a key of references.bib.
    """

    label: str
    form: Form
    assumed: str
    cite: str = "higgins2019"

    @property
    def arguments(self) -> tuple[str, ...]:
        """The columns that must be given."""
        return self.form.columns


@dataclass(frozen=True, eq=False)
class Recovered:
    """The columns that a conversion recovered, by name: ``result["sd"]``.

    ``inflation`` is the factor by which the variance of the recovered mean exceeds that of a printed one,
    None where nothing is lost or the factor is not known.
    """

    values: Columns
    assumed: str
    cite: str
    inflation: Array | None = None

    def __getitem__(self, name: str) -> Array:
        if name not in self.values:
            raise KeyError(f"{name!r} was not recovered; there are {', '.join(self.values)}")
        return self.values[name]
