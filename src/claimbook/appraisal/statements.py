"""One sentence for a finding, in the words that its size and its certainty allow.

After GRADE guidelines 26 (Santesso et al. 2020, ``santesso2020``): "probably" for moderate certainty, "may"
for low, and no direction at all for very low. Sizes are multiples of the smallest effect that matters
(1, 2.5 and 4, a project convention that gives Cohen's 0.2, 0.5 and 0.8 for an SMD). A single group is
described as a change, because nothing was compared.
"""

from __future__ import annotations

from claimbook.appraisal.checked import needed
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.narrative import directions
from claimbook.appraisal.settings import Settings
from claimbook.appraisal.shares import complete
from claimbook.appraisal.target import crosses
from claimbook.appraisal.words import plain, together

PERCENT_DECIMALS = 1
FORBIDDEN = ("significant", "no effect", "trend")


def size(evidence: Evidence, settings: Settings) -> str | None:
    """``trivial``, ``small``, ``moderate`` or ``large``; ``None`` where nothing says what matters.

    Against the null an effect below the usual value for standardised differences, with an interval on one
    side of the null, is a small one: the rating is about whether there is any effect, and there is.
    """
    band = evidence.band
    usual = band is None and evidence.kind == "standardised"
    if usual:
        band = (-settings["mid_smd"], settings["mid_smd"])
    if band is None:
        return None
    edge = band[1] if evidence.theta > 0 else -band[0]
    times = abs(evidence.theta) / edge
    if times <= 1:
        return "small" if usual and not crosses(evidence.limits, 0) else "trivial"
    if times < settings["band_moderate"]:
        return "small"
    return "moderate" if times < settings["band_large"] else "large"


def statement(evidence: Evidence, certainty: str, settings: Settings) -> str:
    """The finding in one sentence."""
    if evidence.est is None:
        return _directions(evidence, certainty)
    if evidence.single_group:
        return _change(evidence, certainty)
    x, y = evidence.intervention, evidence.outcome
    if certainty == "very_low":
        return _opened(f"the evidence is very uncertain about the effect of {x} on {y}.")
    template = SENTENCES[size(evidence, settings)][certainty]
    verb, noun = ("increase", "increase") if evidence.theta > 0 else ("reduce", "reduction")
    against = f" compared with {evidence.comparator}" if evidence.comparator else ""
    return _opened(f"{template.format(x=x, y=y, verb=verb, noun=noun)}{against}.")


def interval(evidence: Evidence) -> list[str]:
    """Estimate and limits as text: ratios each to three digits, differences to the same decimals."""
    numbers = _numbers(evidence)
    if evidence.log:
        return [plain(number) for number in numbers]
    usual = PERCENT_DECIMALS if evidence.measure == "PCT" else None
    return [number.replace("-", "\N{MINUS SIGN}") for number in together(*numbers, usual=usual)]


def _numbers(evidence: Evidence) -> list[float]:
    return [needed("est", value) for value in (evidence.est, evidence.lo, evidence.hi)]


def effect(evidence: Evidence) -> str:
    """``0.5 (0.3 to 0.7)``, with the unit after the estimate where there is one."""
    est, lo, hi = interval(evidence)
    return f"{est}{f' {evidence.unit}' if evidence.unit else ''} ({lo} to {hi})"


def _change(evidence: Evidence, certainty: str) -> str:
    changed = f"{evidence.outcome} changed by {effect(evidence)}"
    if evidence.log:
        est, lo, hi = together(*(100 * (value - 1) for value in _numbers(evidence)))
        changed = f"{evidence.outcome} changed by {est} % ({lo} to {hi})"
    after = f"after {evidence.intervention}, {changed}"
    if certainty == "very_low":
        about = f"the effect of {evidence.intervention}"
        return _opened(f"{after}; without a comparison group the evidence is very uncertain about {about}.")
    return _opened(f"{after}; {evidence.intervention} may be why, but nothing was compared with it.")


def _directions(evidence: Evidence, certainty: str) -> str:
    x, y = evidence.intervention, evidence.outcome
    if certainty == "very_low":
        return _opened(f"the evidence is very uncertain about the effect of {x} on {y}.")
    if not complete(evidence):
        return _opened(f"the evidence about the effect of {x} on {y} is of {certainty} certainty.")
    (word, count), *_ = directions(evidence).most_common(1)
    if 2 * count <= evidence.k:
        return _opened(f"the {evidence.k} studies of the effect of {x} on {y} point different ways.")
    found = DIRECTIONS[word][certainty].format(x=x, y=y)
    told = "one study" if evidence.k == 1 else f"{count} of {evidence.k} studies point that way"
    return _opened(f"{found} ({told}).")


def _opened(text: str) -> str:
    return text[:1].upper() + text[1:]


SENTENCES: dict[str | None, dict[str, str]] = {
    "large": {
        "high": "{x} results in a large {noun} in {y}",
        "moderate": "{x} probably results in a large {noun} in {y}",
        "low": "{x} may result in a large {noun} in {y}",
    },
    "moderate": {
        "high": "{x} {verb}s {y}",
        "moderate": "{x} probably {verb}s {y}",
        "low": "{x} may {verb} {y}",
    },
    "small": {
        "high": "{x} {verb}s {y} slightly",
        "moderate": "{x} probably {verb}s {y} slightly",
        "low": "{x} may {verb} {y} slightly",
    },
    "trivial": {
        "high": "{x} results in little to no difference in {y}",
        "moderate": "{x} probably results in little to no difference in {y}",
        "low": "{x} may result in little to no difference in {y}",
    },
}
SENTENCES[None] = SENTENCES["moderate"]
DIRECTIONS: dict[str, dict[str, str]] = {
    "benefit": {
        "high": "{x} improves {y}",
        "moderate": "{x} probably improves {y}",
        "low": "{x} may improve {y}",
    },
    "harm": {
        "high": "{x} worsens {y}",
        "moderate": "{x} probably worsens {y}",
        "low": "{x} may worsen {y}",
    },
    "none": {
        "high": "{x} makes little to no difference to {y}",
        "moderate": "{x} probably makes little to no difference to {y}",
        "low": "{x} may make little to no difference to {y}",
    },
}
