"""One body of evidence as plain values: what a certainty rating reads, and nothing else.

A body is one outcome, one comparison, one population, one time-point. Ratio measures (RR, OR, HR, IRR,
ROM ...) carry their estimates, limits and thresholds on the ratio scale and are analysed on the log
scale; a study's ``se`` and the body's ``tau2`` stand on the analysis scale, as every package prints
them. All other measures are given and analysed as they are.

Nothing is guessed. Every class checks itself when it is made and raises ``EvidenceError`` (a ValueError)
whose message starts with the field; what one rule set needs beyond that it asks for when it rates.
"""

from __future__ import annotations

import math
import sys
from dataclasses import asdict, dataclass, field
from typing import Any

from claimbook.appraisal.absolute import RISK
from claimbook.appraisal.checked import EvidenceError, needed, number, one_of, optional_number
from claimbook.appraisal.inputs import (
    ELEMENTS,
    Fold,
    Inconsistency,
    Indirectness,
    PublicationBias,
    Review,
    RiskOfBias,
    StudyWeight,
    Threshold,
    Upgrades,
)
from claimbook.appraisal.instruments import tool
from claimbook.appraisal.vocabulary import DESIGNS, MEASURES, PER_PERSON

DIRECTIONS = ("higher_better", "lower_better")
LARGEST_LOG = math.log(sys.float_info.max)
BOUNDED = ("RD", "COR", "UCOR")
UNSTATED = (
    *("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias"),
    *("design", "k", "baseline_risk"),
    *(f"indirectness.{element}" for element in ELEMENTS),
)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One body of evidence. ``est`` is None for a narrative synthesis; ``k`` is 0 when nobody has tested it.

    ``n`` counts participants, ``i2`` is in percent, ``ois`` and ``design_effect`` replace the computed
    information size or scale it, ``correlation`` is the one between paired measurements; ``control_mean`` (of
    an instrument with a true zero) serves to show an SMD as a ratio. ``unpooled`` counts studies of the
    question that print too little to be in the estimate; they are not in ``k``. ``unstated`` names what the
    body openly leaves out (words of ``UNSTATED``; see ``claimbook.appraisal.gaps``): a ``design`` given all
    the same is the best that it can be, a ``k`` the least.
    """

    id: str
    measure: str
    design: str
    direction: str
    threshold: Threshold
    k: int
    n: float | None = None
    est: float | None = None
    lo: float | None = None
    hi: float | None = None
    events: float | None = None
    sd: float | None = None
    i2: float | None = None
    tau2: float | None = None
    prediction: tuple[float, float] | None = None
    baseline_risk: float | None = None
    studies: tuple[StudyWeight, ...] = ()
    risk_of_bias: RiskOfBias | None = None
    inconsistency: Inconsistency = field(default_factory=Inconsistency)
    indirectness: Indirectness | None = None
    publication_bias: PublicationBias = field(default_factory=PublicationBias)
    upgrades: Upgrades = field(default_factory=Upgrades)
    fold: Fold | None = None
    review: Review | None = None
    ois: float | None = None
    correlation: float | None = None
    control_mean: float | None = None
    design_effect: float = 1.0
    intervention: str = "the intervention"
    outcome: str = "the outcome"
    comparator: str = ""
    follow_up: str = ""
    unpooled: int = 0
    unit: str = ""
    unstated: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        one_of("measure", self.measure, MEASURES)
        if self.design == "sr_ma":
            raise EvidenceError("design", "a review is rated by the design of its primary studies; give that")
        one_of("design", self.design, DESIGNS)
        one_of("direction", self.direction, DIRECTIONS)
        self._check_numbers()
        self._check_interval()
        self._check_fold()
        for name in self.unstated:
            one_of("unstated", name, UNSTATED)
        if len(self.studies) > self.k:
            raise EvidenceError("studies", f"{len(self.studies)} are listed but k is {self.k}")
        if self.band is not None and not self.band[0] < 0 < self.band[1]:
            raise EvidenceError("threshold.value", f"{self.threshold.value} is no distance from no effect")

    def _check_numbers(self) -> None:
        if isinstance(self.k, bool) or not isinstance(self.k, int):
            raise EvidenceError("k", f"{self.k!r} is not a whole number")
        number("k", self.k, low=0)
        number("unpooled", self.unpooled, low=0)
        optional_number("n", self.n, low=1)
        optional_number("events", self.events, low=0, high=self.n if self.per_person else None)
        optional_number("sd", self.sd, above=0)
        optional_number("i2", self.i2, low=0, high=100)
        optional_number("tau2", self.tau2, low=0)
        optional_number("baseline_risk", self.baseline_risk, above=0, below=1 if self.per_person else None)
        optional_number("ois", self.ois, above=0)
        optional_number("correlation", self.correlation, low=-1, below=1)
        optional_number("control_mean", self.control_mean, above=0)
        number("design_effect", self.design_effect, above=0)

    def _check_interval(self) -> None:
        given = {"est": self.est, "lo": self.lo, "hi": self.hi}
        if self.prediction is not None:
            given |= {"prediction.lo": self.prediction[0], "prediction.hi": self.prediction[1]}
        if self.risk_of_bias is not None:
            given["risk_of_bias.est_low"] = self.risk_of_bias.est_low
        given |= {f"studies[{i}].est": study.est for i, study in enumerate(self.studies)}
        bound = 0.0 if self.log else None
        for name, value in given.items():
            optional_number(name, value, above=bound)
        if self.est is None:
            return
        lo, hi = needed("lo", self.lo), needed("hi", self.hi)
        if not lo <= self.est <= hi:
            raise EvidenceError("est", f"{self.est} lies outside its interval (lo {lo}, hi {hi})")
        if self.measure in BOUNDED:
            number("est", self.est, low=-1, high=1)
        if self.prediction is not None and self.prediction[0] > self.prediction[1]:
            raise EvidenceError("prediction", f"{self.prediction[0]} is above {self.prediction[1]}")

    def _check_fold(self) -> None:
        if self.fold is None:
            return
        try:
            by = tool(self.fold.tool)
        except ValueError as error:
            raise EvidenceError("fold.tool", str(error).removeprefix("tool: ")) from None
        if not by.fold:
            raise EvidenceError("fold.tool", f"{by.id} gives no judgement that folds into low and high")
        for i, study in enumerate(self.studies):
            if study.rob is not None:
                one_of(f"studies[{i}].rob", study.rob, by.fold)

    @property
    def kind(self) -> str:
        return MEASURES[self.measure].kind

    @property
    def log(self) -> bool:
        return MEASURES[self.measure].log

    @property
    def per_person(self) -> bool:
        """Does the measure count people with an event (rather than events, or a scale)?"""
        return self.kind in PER_PERSON

    @property
    def single_group(self) -> bool:
        return DESIGNS[self.design].single_group

    @property
    def randomised(self) -> bool:
        return DESIGNS[self.design].randomised

    @property
    def better(self) -> int:
        """+1 where more of the outcome is better, -1 where less is."""
        return 1 if self.direction == "higher_better" else -1

    def on_scale(self, value: float) -> float:
        """A number given in the measure's own units, on the scale of analysis."""
        return math.log(value) if self.log else value

    @property
    def theta(self) -> float:
        return self.on_scale(needed("est", self.est))

    @property
    def limits(self) -> tuple[float, float]:
        return self.on_scale(needed("lo", self.lo)), self.on_scale(needed("hi", self.hi))

    def in_units(self, value: float) -> float:
        """The way back from the scale of analysis to the measure's own units; infinite where a ratio is."""
        if not self.log:
            return value
        return math.exp(value) if value < LARGEST_LOG else math.inf

    @property
    def band(self) -> tuple[float, float] | None:
        """The effects too small to matter, on the scale of analysis; ``None`` where no value is known.

        A threshold per 1000 is turned into the measure at the baseline risk, so its two sides differ; a
        side that no effect can reach (more fewer than there are) is infinite.
        """
        if self.threshold.per_1000 is not None:
            return self._band_per_1000(self.threshold.per_1000 / 1000)
        if self.threshold.value is None:
            return None
        distance = abs(self.on_scale(self.threshold.value))
        return -distance, distance

    def _band_per_1000(self, distance: float) -> tuple[float, float]:
        if self.kind not in RISK:
            raise EvidenceError("threshold.per_1000", f"has no meaning for {self.measure}; give a value")
        base = needed("baseline_risk", self.baseline_risk)
        effect = RISK[self.kind].effect
        sides = []
        for risk, beyond in ((base - distance, -math.inf), (base + distance, math.inf)):
            reachable = risk > 0 and (risk < 1 or not self.per_person)
            sides.append(self.on_scale(effect(base, risk)) if reachable else beyond)
        return sides[0], sides[1]

    def as_json(self) -> dict[str, Any]:
        """The object of the ``grade --evidence`` contract; ``read_evidence`` turns it back into this."""
        plain = asdict(self)
        if self.prediction is not None:
            plain["prediction"] = list(self.prediction)
        return {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}
