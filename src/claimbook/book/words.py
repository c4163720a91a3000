"""Numbers and judgements in words: the one place where the book formats what people read.

An effect is printed with its interval and its unit, on the scale that readers know (ratios as ratios, not as
logarithms); a certainty with its sign; a verdict with a shape, so that colour carries nothing alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from claimbook.appraisal.statements import PERCENT_DECIMALS
from claimbook.appraisal.vocabulary import DESIGNS, MEANING, SYMBOLS
from claimbook.appraisal.words import telling
from claimbook.effects import MEASURES

MINUS = "−"


def number(value: float | None, decimals: int | None = None, within: float | None = None) -> str:
    """A number for reading, with a true minus sign; "not known" for None and NaN.

    ``decimals`` fixes the digits; otherwise they follow ``within`` (an interval's width) or the
    size of the value: two significant digits. Very large and very small numbers get a power of ten.
    """
    if value is None or math.isnan(value):
        return "not known"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if decimals is None:
        decimals = _decimals(abs(within) if within and math.isfinite(within) else abs(value))
    if decimals > 6 or abs(value) >= 1e6:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa} × 10^{int(exponent)}".replace("-", MINUS)
    shown = f"{value:,.{decimals}f}"
    return shown.lstrip("-") if float(shown.replace(",", "")) == 0 else shown.replace("-", MINUS)


def _decimals(size: float) -> int:
    return max(0, 1 - math.floor(math.log10(size))) if size else 0


class Scale(NamedTuple):
    """How effects of a measure are printed: their name, unit, decimals, and whether y is a logarithm."""

    noun: str
    unit: str = ""
    decimals: int | None = None
    log: bool = False

    def value(self, y: float) -> float:
        """The number that readers see for an effect on the analysis scale."""
        if not self.log:
            return y
        return math.exp(y) if y < 700 else math.inf

    def within(self, low: float, high: float) -> Scale:
        """The same scale with the decimals of an interval, which tell on which side of no effect it ends."""
        ends = self.value(low), self.value(high)
        width = ends[1] - ends[0]
        if not 0 < width < math.inf:
            return self
        usual = _decimals(width) if self.decimals is None else self.decimals
        return self._replace(decimals=telling(usual, *ends, null=1.0 if self.log else 0.0))

    def text(self, y: float | None, within: float | None = None) -> str:
        if y is None or math.isnan(y):
            return "not known"
        return self.bare(y, within) + self.unit

    def bare(self, y: float, within: float | None = None) -> str:
        return number(self.value(y), self.decimals, within)

    def interval(self, low: float | None, high: float | None) -> str:
        """``−0.52 to −0.14``, without the unit."""
        if low is None or high is None or math.isnan(low) or math.isnan(high):
            return "not known"
        scale = self.within(low, high)
        return f"{scale.bare(low)} to {scale.bare(high)}"

    def brief(self, y: float | None, low: float | None, high: float | None) -> str:
        """``−0.33 SD (−0.52 to −0.14)``, where a heading names the interval."""
        if y is None or low is None or high is None:
            return self.text(y)
        return f"{self.within(low, high).text(y)} ({self.interval(low, high)})"

    def effect(self, y: float | None, low: float | None, high: float | None, level: float = 0.95) -> str:
        """``−0.33 SD (95 % interval −0.52 to −0.14)``."""
        if y is None:
            return "not computed"
        if low is None or high is None or math.isnan(low + high):
            return f"{self.text(y)} (interval not known)"
        interval = f"{percent(level)} interval {self.interval(low, high)}"
        return f"{self.within(low, high).text(y)} ({interval})"

    def tick(self, ticks: Sequence[float]) -> Callable[[float], str]:
        """What to write at each tick of an axis: the digits that their distance needs, a ratio as a ratio."""
        if self.log:
            return lambda y: _ratio(self.value(y))
        step = ticks[1] - ticks[0] if len(ticks) > 1 else 0.0
        if not 1e-5 <= step < 1e6:
            return lambda y: number(y, within=step)
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        return lambda y: "0" if abs(y) < 1e-9 * step else number(y, decimals)


def _ratio(value: float) -> str:
    return number(value, 0 if value >= 10 else 2) if value >= 0.1 else number(value)


def scale(measure: str, unit: str = "") -> Scale:
    """The scale of a measure; ``unit`` is what its rows are measured in, for measures in natural units."""
    known = MEASURES.get(measure)
    noun = known.label if known else measure
    noun = noun[:1].lower() + noun[1:] if noun[1:2].islower() else noun
    if measure in IN_SD:
        return Scale(noun, " SD", 2)
    if measure in IN_PERCENT:
        return Scale(noun, " %", PERCENT_DECIMALS)
    if (known and known.scale == "log") or measure == "HR":
        return Scale(noun, "", 2, log=True)
    if measure in IN_UNITS and unit and unit != "not stated":
        return Scale(noun, f" {unit}")
    return Scale(noun)


IN_SD = {"SMD", "SMDH", "SMD1", "SMD1H", "SMCC", "SMCR", "SMCRH", "SMCRP", "SMCRPH"}
IN_PERCENT = {"PCT"}
IN_UNITS = {"MD", "MC", "MN"}


def percent(share: float) -> str:
    """0.95 -> ``95 %``."""
    return f"{100 * share:g} %"


def count(n: float, one: str, many: str | None = None) -> str:
    """``1 study``, ``12 studies``, ``1,346 people``."""
    return f"{round(n):,} {one if round(n) == 1 else many or one + 's'}"


def people(n: float) -> str:
    return count(n, "person", "people")


def studies(k: float) -> str:
    return count(k, "study", "studies")


def listed(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)


def sentence_case(words: str) -> str:
    return words[:1].upper() + words[1:]


def minus(printed: str) -> str:
    """The same text with a true minus sign before a number that has a hyphen there, and no break before %."""
    return re.sub(r"(?<=\d) %", "\u00a0%", re.sub(r"(?<![\w\d])-(?=\.?\d)", MINUS, printed))


def spelt(key: str) -> str:
    """``risk_of_bias`` -> ``risk of bias``, ``vo2max-relative`` -> ``VO2max relative``."""
    return re.sub(r"\bvo2max\b", "VO2max", key.replace("_", " ").replace("-", " "))


class Badge(NamedTuple):
    """A judgement as shape and word, with the class that colours it."""

    shape: str
    word: str
    tone: str
    meaning: str = ""


def certainty(word: str) -> Badge:
    """``very_low`` -> ⊕◯◯◯ Very low; a word that is not a level of certainty has no sign."""
    sign = SYMBOLS.get(word, "")
    return Badge(
        sign,
        sentence_case(spelt(word)),
        f"certainty-{word.replace(' ', '-').replace('_', '-')}",
        MEANING.get(word, ""),
    )


def verdict(word: str) -> Badge:
    """The verdict with its shape; the longest known beginning decides, a note may follow."""
    known = max((key for key in VERDICTS if word.startswith(key)), key=len, default="")
    shape, tone, meaning = VERDICTS.get(known, ("•", "other", ""))
    return Badge(shape, word, f"verdict-{tone}", meaning)


VERDICTS: dict[str, tuple[str, str, str]] = {
    "Supported": ("▲", "for", "The whole interval lies on the side of the claim."),
    "Supported for some": ("◭", "for", "The claim holds for some people or outcomes, and not for others."),
    "Little or no difference": (
        "＝",
        "none",
        "Effects large enough to matter are ruled out in both directions.",
    ),
    "Contradicted": ("▼", "against", "The whole interval lies on the side against the claim."),
    "Too uncertain to call": ("?", "open", "The evidence fits with opposite answers, or is very weak."),
    "Differs by outcome": ("◆", "mixed", "The claim covers several outcomes, and their answers differ."),
    "Untested": ("○", "open", "No study that could answer this has been entered."),
    "Not an effect claim": ("–", "other", "A definition, a mechanism or advice; it is not graded."),
}

LETTERS = {"some_concerns": "SC", "no_information": "N"}


def letter(judgement: str) -> str:
    """A risk-of-bias judgement as its first letter; ``SC`` keeps some concerns apart from serious."""
    return LETTERS.get(judgement, judgement[:1].upper())


def tone(judgement: str) -> str:
    """Which of four colours a risk-of-bias judgement takes."""
    return next((tone for tone, words in TONES.items() if judgement in words), "unknown")


TONES = {
    "good": {"low", "yes", "probably_yes"},
    "middle": {"some_concerns", "moderate", "unclear"},
    "bad": {"high", "serious", "critical", "no", "probably_no"},
}


def design(kind: str) -> str:
    """A study design in words, of one study."""
    known = DESIGNS.get(kind)
    if known is None:
        return OTHER_DESIGNS.get(kind, spelt(kind))
    return re.sub(r"(stud)ies$", r"\1y", re.sub(r"(trial|report)s$", r"\1", known.label))


OTHER_DESIGNS = {
    "unknown": "design not known",
    "sr_ma": "systematic review with meta-analysis",
    "narrative_review": "narrative review",
}

STATUS = {
    "confirmed": "printed in the source",
    "secondhand": "printed in another publication about this study",
    "derived": "computed from printed numbers",
    "inferred": "our reading, with its reason",
    "unknown": "not found",
}


def how_sure(status: str, note: str = "") -> str:
    """The status of a number in words, with the formula or the reason where it has one."""
    said = STATUS.get(status, status)
    return f"{said}: {note}" if note else said
