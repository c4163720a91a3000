"""What a rating is made of: a step for each domain, the overrules of people, and the rating itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from claimbook.appraisal.vocabulary import CERTAINTY, DOMAINS, LEVEL_WORDS, UPGRADES

GESTALT = "gestalt"
NAMES = {**DOMAINS, **UPGRADES, "review_quality": "quality of the review", GESTALT: "the whole picture"}


@dataclass(frozen=True)
class Overrule:
    """A person's rating in place of the automatic one. All of reason, name and date are required.

    ``gestalt`` is the one domain that no rule rates: a credit of one level where borderline domains were
    counted twice.
    """

    domain: str
    from_level: int
    to_level: int
    because: str
    by: str
    date: str

    def __post_init__(self) -> None:
        if self.domain not in NAMES:
            raise ValueError(f"overrule.domain: {self.domain!r} is not one of {', '.join(NAMES)}")
        low, high = (-3, 0) if self.domain in DOMAINS or self.domain == "review_quality" else (0, 2)
        if not low <= self.to_level <= high:
            raise ValueError(
                f"overrule.to_level: {self.to_level} is not from {low} to {high} for {self.domain}"
            )
        for name in ("because", "by", "date"):
            if not str(getattr(self, name) or "").strip():
                raise ValueError(f"overrule.{name}: is missing; an overrule of {self.domain} needs one")


@dataclass(frozen=True)
class Step:
    """One domain's rating: levels moved, the rule that moved them, its facts, and a sentence with the number.

    ``threshold`` names the settings that the rule compared with, each with its provenance tag.
    """

    domain: str
    level: int
    rule: str
    facts: Mapping[str, Any]
    reason: str
    threshold: str = ""
    borderline: bool = False
    flags: tuple[str, ...] = ()
    overruled: Overrule | None = None

    @property
    def automatic(self) -> int:
        """The level that the rule gave, whatever a person made of it."""
        return self.level if self.overruled is None else int(self.facts["automatic_level"])

    def overrule(self, by: Overrule) -> Step:
        stale = () if by.from_level == self.level else ("OVERRULE_STALE",)
        return Step(
            self.domain,
            by.to_level,
            self.rule,
            {**self.facts, "automatic_level": self.level},
            self.reason,
            self.threshold,
            self.borderline,
            (*self.flags, *stale),
            by,
        )

    @property
    def footnote(self) -> str:
        """The step as a footnote of a table; facts of an overruled rating are named as the automatic one's."""
        facts = ", ".join(f"{key}={_plain(value)}" for key, value in self.facts.items() if value is not None)
        proof = "; ".join(
            part for part in (f"rule={self.rule}", facts and f"facts: {facts}", self._compared()) if part
        )
        if self.overruled is not None:
            o = self.overruled
            return (
                f"Rated {LEVEL_WORDS[self.level]} for {NAMES[self.domain]} by {o.by} ({o.date}): {o.because}. "
                f"Automatic rating was {LEVEL_WORDS[self.automatic]}: {self.reason} [{proof}]"
            )
        if self.level == 0:
            return f"Not downgraded for {NAMES[self.domain]}: {self.reason} [{proof}]"
        verb = "Downgraded" if self.level < 0 else "Upgraded"
        levels = f"{abs(self.level)} level{'s' if abs(self.level) > 1 else ''}"
        return f"{verb} {levels} for {NAMES[self.domain]}: {self.reason} [{proof}]"

    def _compared(self) -> str:
        return f"threshold: {self.threshold}" if self.threshold else ""

    def as_json(self) -> dict[str, Any]:
        plain = asdict(self)
        del plain["domain"]
        return {**plain, "flags": list(self.flags)}


def _plain(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Rating:
    """The certainty of one body of evidence under one rule set, with every step that led to it.

    ``certainty`` and ``start`` are words (``high`` .. ``very_low``); ``steps`` holds the five down-domains
    always, ``upgrades`` what was considered for rating up. ``sentence`` states the finding in the words
    that its size and certainty allow.
    """

    certainty: str
    start: str
    target: str
    steps: tuple[Step, ...]
    upgrades: tuple[Step, ...]
    sentence: str
    ruleset: str
    flags: tuple[str, ...] = ()
    gestalt: Overrule | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def step(self, domain: str) -> Step:
        for step in (*self.steps, *self.upgrades):
            if step.domain == domain:
                return step
        raise KeyError(domain)

    @property
    def number(self) -> int:
        """3 high, 2 moderate, 1 low, 0 very low."""
        return CERTAINTY.index(self.certainty)

    @property
    def because(self) -> str:
        """How the certainty came about, in one line."""
        moved = [f"{NAMES[s.domain]} {s.level:+d}" for s in (*self.steps, *self.upgrades) if s.level]
        if self.gestalt is not None:
            moved.append(f"{NAMES[GESTALT]} {self.gestalt.to_level:+d}")
        path = ", ".join(moved) or "no concern moved it"
        return f"Started {self.start.replace('_', ' ')}; {path}; ended {self.certainty.replace('_', ' ')}."

    def as_json(self) -> dict[str, Any]:
        """One rule set's answer in the ``grade --json`` contract."""
        return {
            "target": self.target,
            "start": self.start,
            "domains": {step.domain: step.as_json() for step in self.steps},
            "upgrades": {step.domain: step.as_json() for step in self.upgrades},
            "gestalt": None if self.gestalt is None else asdict(self.gestalt),
            "certainty": self.certainty,
            "because": self.because,
            "sentence": self.sentence,
            "flags": list(self.flags),
        }
