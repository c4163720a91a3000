"""Where the numbers and rules of a rating come from, and which of them nobody has checked.

Three degrees: read in the paper itself, read in a source that quotes it, recalled. Numbers carry their
degree in ``settings`` and print it in every footnote. Rules that are not one number stand here, with the
risk-of-bias tools whose rules are recalled, drafted or ours. ``numbers`` and ``UNVERIFIED`` are what a
methods page shows; ``claimbook methods`` lists both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from claimbook.appraisal.instruments import STATUS, TOOLS
from claimbook.appraisal.settings import TAGS, THRESHOLDS


class Number(NamedTuple):
    """One number that moves a rating, for reading: its value, what it means, its degree and its paper."""

    key: str
    value: float
    meaning: str
    tag: str
    source: str
    cite: str


class Unverified(NamedTuple):
    """A rule that was not checked against its source: what it is and why it is uncertain, and the source."""

    what: str
    why: str
    cite: str

    @property
    def label(self) -> str:
        return f"{self.what}: {self.why}"


def numbers() -> list[Number]:
    """Every number that moves a rating, in the order of ``settings``."""
    return [
        Number(key, one.value, one.meaning, one.tag, one.source, one.cite) for key, one in THRESHOLDS.items()
    ]


class _Doubts(Mapping[str, Unverified]):
    """The rules below, and each tool that is not verified, by its id; tools are read when first asked for."""

    def __getitem__(self, key: str) -> Unverified:
        return _all()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(_all())

    def __len__(self) -> int:
        return len(_all())


@cache
def _all() -> dict[str, Unverified]:
    doubted = {key: tool for key, tool in TOOLS.items() if tool.status != "verified"}
    tools = {key: Unverified(tool.name, STATUS[tool.status], tool.cite) for key, tool in doubted.items()}
    return _rules | tools


QUOTED = f"{TAGS['C2']}: quotations of the article"
RECALLED = TAGS["R"]
_rules: dict[str, Unverified] = {
    "core-grade-figures": Unverified(
        "Core GRADE, the flowcharts of articles 2, 3 and 4", QUOTED, "coregrade2"
    ),
    "core-grade-answers": Unverified("Core GRADE, levels by answer about indirectness", QUOTED, "coregrade5"),
    "classic-information": Unverified(
        "GRADE, 300 events and 400 participants", RECALLED, "guyatt2011imprecision"
    ),
    "robins-levels": Unverified(
        "GRADE from a high start, levels lost by ROBINS-I word", RECALLED, "schunemann2019"
    ),
    "pollock-totals": Unverified(
        "Overviews of reviews, the certainty of so many levels lost", RECALLED, "pollock2016"
    ),
    "sort-quality": Unverified("SORT, what makes a trial one of high quality", RECALLED, "ebell2004"),
    "acsm-counts": Unverified("ACSM, how many trials make a rich body of data", TAGS["P"], "colberg2010"),
    "nhmrc-levels": Unverified("NHMRC, which design has which level", RECALLED, "nhmrc2009"),
    "wcrf-probable": Unverified("WCRF, what probable asks for", RECALLED, "wcrf2018"),
    "umbrella-classes": Unverified(
        "Umbrella-review classes, their p values",
        "papers differ between 0.001 and 0.000001",
        "papatheodorou2019",
    ),
    "e-value-conversions": Unverified(
        "E-value, hazard ratios and SMDs as risk ratios", RECALLED, "vanderweele2017"
    ),
    "overlap-words": Unverified("Overlap of reviews, the words for its bands", RECALLED, "pieper2014"),
    "cinema-incoherence": Unverified(
        "CINeMA, the p values of incoherence", "its documentation and its code differ", "nikolakopoulou2020"
    ),
}
UNVERIFIED: Mapping[str, Unverified] = _Doubts()
