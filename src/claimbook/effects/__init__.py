"""From reported statistics to effects: y, v and where the formula was published."""

from __future__ import annotations

from claimbook.effects.measure import Effects, Form, Measure
from claimbook.effects.measures import MEASURES, effect_sizes, find_measure

__all__ = ["MEASURES", "Effects", "Form", "Measure", "effect_sizes", "find_measure"]
