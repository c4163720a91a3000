"""What a rating is made of: a step for each domain, the overrules of people, and the rating itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any

from claimbook.appraisal.vocabulary import CERTAINTY, DOMAINS, LEVEL_WORDS, UPGRADES
from claimbook.appraisal.words import listed, plain, sentence

GESTALT = "gestalt"
NOT_ASSESSED = "NOT_ASSESSED"
DESIGN_NOT_STATED = "DESIGN_NOT_STATED"
REVIEW_QUALITY = "review_quality"
NAMES = {**DOMAINS, REVIEW_QUALITY: "quality of the review", **UPGRADES, GESTALT: "the whole picture"}


@dataclass(frozen=True)
class Overrule:
    """A person's rating in place of the automatic one; reason, name and date are all required.

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
        low, high = _RANGE.get(self.domain, (-3, 0))
        if not low <= self.to_level <= high:
            raise ValueError(
                f"overrule.to_level: {self.to_level} is not from {low} to {high} for {self.domain}"
            )
        for name in ("because", "by", "date"):
            if not str(getattr(self, name) or "").strip():
                raise ValueError(f"overrule.{name}: is missing; an overrule of {self.domain} needs it")


@dataclass(frozen=True)
class Step:
    """One domain's rating: the levels a rule moved, its facts, and one sentence with the number.

    ``automatic`` is what the rule gave, ``level`` what holds after a person's overrule. ``threshold`` names
    the settings that the rule compared with, each with its provenance tag.
    """

    domain: str
    automatic: int
    rule: str
    facts: Mapping[str, Any]
    reason: str
    threshold: str = ""
    borderline: bool = False
    flags: tuple[str, ...] = ()
    overruled: Overrule | None = None

    @property
    def level(self) -> int:
        return self.automatic if self.overruled is None else self.overruled.to_level

    @property
    def word(self) -> str:
        """``serious``, ``not serious`` and so on; a level of 0 that nobody assessed is no clean bill."""
        return "not assessed" if self.unassessed else LEVEL_WORDS[self.level]

    @property
    def unassessed(self) -> bool:
        return NOT_ASSESSED in self.flags and self.level == 0 and self.overruled is None

    def overrule(self, by: Overrule) -> Step:
        """The step with a person's level; flagged when the rule now gives another level than they saw."""
        stale = () if by.from_level == self.automatic else ("OVERRULE_STALE",)
        return replace(self, overruled=by, flags=(*self.flags, *stale))

    @property
    def footnote(self) -> str:
        """The step as a footnote; the facts under an overruled rating are named as the automatic one's."""
        name, person = NAMES[self.domain], self.overruled
        if person is not None:
            return (
                f"Rated {LEVEL_WORDS[self.level]} for {name} by {person.by} ({person.date}): "
                f"{person.because.rstrip('.')}. "
                f"Automatic rating was {LEVEL_WORDS[self.automatic]}: {self.reason} {self._proof}"
            )
        if self.unassessed:
            return f"Not rated for {name}: {self.reason} {self._proof}"
        if self.level == 0:
            way = "up" if self.domain in UPGRADES else "down"
            return f"Not rated {way} for {name}: {self.reason} {self._proof}"
        verb = "Downgraded" if self.level < 0 else "Upgraded"
        levels = f"{abs(self.level)} level{'s' if abs(self.level) > 1 else ''}"
        return f"{verb} {levels} for {name}: {self.reason} {self._proof}"

    @property
    def _proof(self) -> str:
        facts = ", ".join(f"{key}={_short(value)}" for key, value in self.facts.items() if value is not None)
        parts = {"rule=": self.rule, "facts: ": facts, "threshold: ": self.threshold}
        return f"[{'; '.join(label + text for label, text in parts.items() if text)}]"

    def as_json(self) -> dict[str, Any]:
        values = {**asdict(self), "level": self.level, "flags": list(self.flags)}
        values["facts"] = {key: _finite(value) for key, value in self.facts.items()}
        return {key: value for key, value in values.items() if key != "domain"}


def conclude(
    domain: str,
    rules: Mapping[str, str],
    rule: str,
    level: float,
    facts: Mapping[str, Any],
    say: Mapping[str, str] = MappingProxyType({}),
    **rest: Any,
) -> Step:
    """A step whose reason is the rule's sentence in ``rules``, filled with the facts.

    ``say`` holds phrases made of the facts for the sentence alone.
    """
    return Step(domain, int(level), rule, facts, sentence(rules[rule], {**facts, **say}), **rest)


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
    automatic: str = field(default="", kw_only=True)

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
        moved = [
            f"{NAMES[step.domain]} {step.level:+d}" for step in (*self.steps, *self.upgrades) if step.level
        ]
        if self.gestalt is not None:
            moved.append(f"{NAMES[GESTALT]} {self.gestalt.to_level:+d}")
        path = ", ".join(moved) or "nothing moved it"
        bound = "" if not self.not_assessed else f" ({listed(self.not_assessed)} not assessed)"
        bound = f" at most{bound}" if bound and self.number else bound
        return f"Started {words(self.start)}; {path}; ended {words(self.certainty)}{bound}."

    @property
    def not_assessed(self) -> tuple[str, ...]:
        """What nobody assessed, wholly or in part: the studies' design, and domains by their names."""
        design = ("the studies' design",) if DESIGN_NOT_STATED in self.flags else ()
        return (*design, *(NAMES[step.domain] for step in self.steps if step.unassessed))

    def as_json(self) -> dict[str, Any]:
        """One rule set's answer in the ``grade --json`` contract."""
        return {
            "target": self.target,
            "start": self.start,
            "domains": {step.domain: step.as_json() for step in self.steps},
            "upgrades": {step.domain: step.as_json() for step in self.upgrades},
            "gestalt": None if self.gestalt is None else asdict(self.gestalt),
            "certainty": self.certainty,
            "automatic": self.automatic,
            "because": self.because,
            "sentence": self.sentence,
            "flags": list(self.flags),
        }


def words(certainty: str) -> str:
    return certainty.replace("_", " ")


def _finite(value: Any) -> Any:
    """JSON has no infinity: a limit that nothing can reach is null."""
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"{' to '.join(_short(item) for item in value)}"
    return plain(value) if isinstance(value, float) else str(value)


_RANGE = {**dict.fromkeys(UPGRADES, (0, 2)), GESTALT: (0, 1)}
