"""From reported statistics to effects: y, v and where the formula was published."""

from __future__ import annotations

from claimbook.effects.measure import Effects, Form, Measure
from claimbook.effects.measures import MEASURES, effect_sizes, find_measure
from claimbook.effects.recover import CONVERSIONS, recover
from claimbook.effects.recovered import Conversion, Recovered
from claimbook.effects.transforms import TRANSFORMS, Transform

__all__ = [
    "CONVERSIONS",
    "MEASURES",
    "TRANSFORMS",
    "Conversion",
    "Effects",
    "Form",
    "Measure",
    "Recovered",
    "Transform",
    "effect_sizes",
    "find_measure",
    "recover",
]
