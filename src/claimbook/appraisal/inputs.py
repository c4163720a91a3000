"""The parts of a body of evidence, each checking itself: threshold, studies, and the answers people gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from claimbook.appraisal.checked import (
    EvidenceError,
    flag,
    number,
    one_of,
    optional_flag,
    optional_number,
)
from claimbook.appraisal.vocabulary import DESIGNS, SEVERITY

ANSWERS = ("yes", "probably_yes", "probably_no", "no")
ELEMENTS = ("population", "intervention", "comparison", "outcome")


@dataclass(frozen=True)
class Threshold:
    """What the rating is about: an effect that matters (``mid``) or any effect at all (``null``).

    ``value`` is the minimal important difference in the measure's own units (a ratio for ratio measures);
    it is optional for ``null``, where it tells little-to-no effect and two-sided imprecision apart.
    ``per_1000`` states it in people per 1000 instead and needs the body's ``baseline_risk``.
    """

    type: str
    value: float | None = None
    per_1000: float | None = None
    source: str = ""

    def __post_init__(self) -> None:
        one_of("threshold.type", self.type, ("mid", "null"))
        optional_number("threshold.value", self.value, above=0)
        optional_number("threshold.per_1000", self.per_1000, above=0)
        if self.value is not None and self.per_1000 is not None:
            raise EvidenceError("threshold", "give value or per_1000, not both")
        if self.type == "mid" and self.value is None and self.per_1000 is None:
            raise EvidenceError("threshold.value", "a threshold of type mid needs a value (or per_1000)")


@dataclass(frozen=True)
class StudyWeight:
    """One study of the body. ``weight`` is its share in the pooled model, in any unit.

    ``rob`` holds the tool's own overall word; ``high_rob`` the folded answer, which wins where both stand.
    ``shows`` is the direction of a study without a usable estimate: ``benefit``, ``harm`` or ``none``.
    """

    id: str = ""
    est: float | None = None
    se: float | None = None
    n: float | None = None
    rob: str | None = None
    high_rob: bool | None = None
    weight: float | None = None
    design: str | None = None
    shows: str | None = None

    def __post_init__(self) -> None:
        optional_number("studies.est", self.est)
        optional_number("studies.se", self.se, above=0)
        optional_number("studies.n", self.n, above=0)
        optional_number("studies.weight", self.weight, low=0)
        optional_flag("studies.high_rob", self.high_rob)
        if self.design is not None:
            one_of("studies.design", self.design, DESIGNS)
        if self.shows is not None:
            one_of("studies.shows", self.shows, ("benefit", "harm", "none"))


@dataclass(frozen=True)
class RiskOfBias:
    """A summary over studies: the weight share at high risk, the estimate of the others, a shared word."""

    weight_high: float | None = None
    est_low: float | None = None
    judgement: str | None = None

    def __post_init__(self) -> None:
        optional_number("risk_of_bias.weight_high", self.weight_high, low=0, high=1)
        optional_number("risk_of_bias.est_low", self.est_low)
        if self.judgement is not None:
            one_of("risk_of_bias.judgement", self.judgement, SEVERITY)


@dataclass(frozen=True)
class Inconsistency:
    """A reader's answers to the questions of Core GRADE 3, figure 2; ``None`` leaves it to the numbers."""

    differ: bool | None = None
    one_side: bool | None = None
    subgroup: bool | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            optional_flag(f"inconsistency.{item.name}", getattr(self, item.name))


@dataclass(frozen=True)
class Indirectness:
    """Does the evidence match the question, element by element? A person answers.

    ``reasons`` say why for single elements, ``because`` for all of them. An element that nobody answered is
    None; a rating asks for it unless the body calls it unstated.
    """

    population: str | None = None
    intervention: str | None = None
    comparison: str | None = None
    outcome: str | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    because: str = ""

    def __post_init__(self) -> None:
        for element in ELEMENTS:
            if getattr(self, element) is not None:
                one_of(f"indirectness.{element}", getattr(self, element), ANSWERS)

    @property
    def unanswered(self) -> bool:
        """Did nobody answer for any element?"""
        return all(getattr(self, element) is None for element in ELEMENTS)


@dataclass(frozen=True)
class PublicationBias:
    """The answers that Core GRADE 4, figure 5 asks for; ``None`` means that nobody knows."""

    small_and_sponsored: bool | None = None
    asymmetry_p: float | None = None
    asymmetry_judged: bool | None = None
    unpublished_known: bool | None = None
    all_registered_reported: bool | None = None
    rare_events: bool = False

    def __post_init__(self) -> None:
        optional_number("publication_bias.asymmetry_p", self.asymmetry_p, low=0, high=1)
        for item in fields(self):
            if item.name != "asymmetry_p":
                optional_flag(f"publication_bias.{item.name}", getattr(self, item.name))


@dataclass(frozen=True)
class Upgrades:
    """Reasons to rate non-randomised evidence up that only a person can see."""

    dose_response: bool = False
    opposing_confounding: bool = False
    plausible_confounder: bool = False

    def __post_init__(self) -> None:
        for item in fields(self):
            flag(f"upgrades.{item.name}", getattr(self, item.name))


@dataclass(frozen=True)
class Fold:
    """Which tool gave the studies' words, and on which side its middle category falls."""

    tool: str
    middle: str

    def __post_init__(self) -> None:
        one_of("fold.middle", self.middle, ("low", "high"))


@dataclass(frozen=True)
class Review:
    """What is known of a published review whose studies were not re-extracted (Pollock 2016)."""

    amstar_yes: int
    low_rob_share: float | None = None

    def __post_init__(self) -> None:
        number("review.amstar_yes", self.amstar_yes, low=0, high=4)
        optional_number("review.low_rob_share", self.low_rob_share, low=0, high=1)
