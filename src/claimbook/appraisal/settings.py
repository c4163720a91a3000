"""Every number that moves a rating, in one table, with where it comes from.

Provenance: ``C`` read in the cited paper; ``C2`` read in a secondary source that quotes it; ``R`` recalled
and not checked again; ``P`` a convention of this project, because no source gives a number. A rating
prints the tag beside each number it used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from claimbook.problems import did_you_mean

TAGS = {
    "C": "read in the cited paper",
    "C2": "read in a secondary source",
    "R": "recalled, not re-checked",
    "P": "project convention",
    "caller": "set by the caller",
}


Z95 = 1.959963984540054
OURS = "claimbook"


class Setting(NamedTuple):
    """One number: its value, a key of ``TAGS``, what it means, and the key of the paper that it is from."""

    value: float
    tag: str
    meaning: str
    cite: str = OURS

    @property
    def source(self) -> str:
        return TAGS[self.tag]

    @property
    def label(self) -> str:
        """What it is, the number, and where that comes from, in one line."""
        return f"{self.meaning}: {self.value:g} ({self.source})"


@dataclass(frozen=True)
class Settings:
    """A read-only table of numbers: ``settings["dominant_weight"]`` is the number itself."""

    table: Mapping[str, Setting]

    def __getitem__(self, key: str) -> float:
        return self.table[key].value

    def but(self, **numbers: float) -> Settings:
        """The same table with some numbers replaced and tagged so. ValueError on an unknown name."""
        for key in numbers:
            if key not in self.table:
                raise ValueError(f"settings: there is no {key!r}{did_you_mean(key, self.table)}")
        changed = {key: self.table[key]._replace(value=n, tag="caller") for key, n in numbers.items()}
        return Settings({**self.table, **changed})

    def quote(self, *keys: str) -> str:
        """``dominant_weight=0.55 (C2), inflation=0.2 (P)``: how a footnote names what it relied on."""
        return ", ".join(f"{key}={self.table[key].value:g} ({self.table[key].tag})" for key in keys)


THRESHOLDS: dict[str, Setting] = {
    "dominant_weight": Setting(0.55, "C2", "weight share at which high-risk studies dominate", "coregrade4"),
    "inflation": Setting(0.20, "P", "relative change that counts as a substantially different effect"),
    "signflip_levels": Setting(
        1, "C2", "levels lost when low-risk studies point the other way", "coregrade4"
    ),
    "i2_cut": Setting(30, "C2", "I2 in percent below which inconsistency is seldom serious", "coregrade3"),
    "zone_majority": Setting(
        0.80, "P", "share of estimates on one side that counts as a majority", "nikolakopoulou2020"
    ),
    "opposite_each": Setting(0.20, "P", "share on each opposite side that counts as opposed"),
    "max_auto": Setting(1, "C2", "levels lost when studies lie on opposite sides", "coregrade3"),
    "small_k": Setting(5, "P", "below this many studies shares are by weight, not by count"),
    "large_rrr": Setting(0.30, "C2", "relative risk reduction from which an effect is large", "coregrade2"),
    "large_smd": Setting(0.80, "P", "standardised effect from which an effect is large"),
    "ci_ratio_rr": Setting(3.0, "C2", "upper over lower limit of a ratio that is very wide", "coregrade2"),
    "ci_ratio_or": Setting(2.5, "C2", "the same for an odds ratio", "coregrade2"),
    "ois_fraction": Setting(0.30, "C2", "share of the optimal size below which two levels go", "coregrade2"),
    "n_continuous": Setting(800, "C2", "participants that suffice for a continuous outcome", "coregrade2"),
    "alpha": Setting(0.05, "C2", "two-sided error of the optimal information size", "coregrade2"),
    "beta": Setting(0.20, "C2", "one minus the power of the optimal information size", "coregrade2"),
    "rrr": Setting(0.25, "C2", "modest relative risk change of the optimal information size", "coregrade2"),
    "paired_correlation": Setting(0.80, "P", "correlation of paired measurements when none is given"),
    "classic_n": Setting(
        400, "R", "participants that suffice for a continuous outcome, classic", "guyatt2011imprecision"
    ),
    "classic_events": Setting(
        300, "R", "events that suffice for a binary outcome, classic", "guyatt2011imprecision"
    ),
    "classic_low": Setting(
        0.75, "C", "ratio that is appreciable below one, classic", "guyatt2011imprecision"
    ),
    "classic_high": Setting(
        1.25, "C", "ratio that is appreciable above one, classic", "guyatt2011imprecision"
    ),
    "classic_smd": Setting(
        0.50, "C2", "standardised effect that is appreciable, classic", "guyatt2011imprecision"
    ),
    "classic_i2_low": Setting(
        40, "C2", "I2 in percent from which inconsistency is considered, classic", "handbook2011"
    ),
    "classic_i2_high": Setting(
        75, "C2", "I2 in percent from which it is considerable, classic", "handbook2011"
    ),
    "classic_high_weight": Setting(0.50, "P", "weight share at high risk that costs one level, classic"),
    "classic_very_high_weight": Setting(0.75, "P", "weight share at high risk that may cost two, classic"),
    "funnel_k": Setting(10, "C2", "studies from which funnel asymmetry can be judged", "coregrade4"),
    "asymmetry_p": Setting(0.05, "P", "p of the asymmetry test below which one level goes"),
    "asymmetry_borderline": Setting(0.10, "P", "p of the asymmetry test below which it is borderline"),
    "rr_large": Setting(2.0, "C", "risk ratio that is a large effect (or one over it)", "guyatt2011up"),
    "rr_very_large": Setting(5.0, "C", "risk ratio that is a very large effect", "guyatt2011up"),
    "large_studies": Setting(2, "C", "studies that a large effect must rest on", "guyatt2011up"),
    "mid_smd": Setting(0.20, "C2", "minimal important difference of an SMD when none is known", "coregrade6"),
    "mid_sd_fraction": Setting(0.20, "P", "the same for a mean difference, in standard deviations"),
    "band_moderate": Setting(2.5, "P", "multiples of the MID from which an effect is moderate"),
    "band_large": Setting(4.0, "P", "multiples of the MID from which an effect is large"),
    "near": Setting(0.10, "P", "share of a line, a size or a half-width within which a call is close"),
    "near_weight": Setting(0.10, "P", "distance from the dominant weight within which a call is close"),
    "near_i2_low": Setting(25, "P", "I2 in percent from which the call about its cut is close"),
    "near_i2_high": Setting(40, "P", "I2 in percent up to which the call about its cut is close"),
    "near_zone": Setting(0.05, "P", "distance from the majority within which a call is close"),
    "pollock_n": Setting(200, "C", "participants below which a review loses one level", "pollock2016"),
    "pollock_few": Setting(100, "C", "participants below which a review loses two", "pollock2016"),
    "pollock_low_risk": Setting(0.75, "C", "share at low risk of bias that is enough", "pollock2016"),
    "pollock_i2": Setting(75, "C", "I2 in percent above which a review loses a level", "pollock2016"),
    "unstated": Setting(0, "P", "levels lost by a domain about which the body states nothing"),
    "same_direction": Setting(0.75, "P", "share of studies in one direction that is consistent, narrative"),
    "narrative_n": Setting(400, "C", "participants or events at which precision is a concern", "murad2017"),
}
SETTINGS = Settings(THRESHOLDS)
