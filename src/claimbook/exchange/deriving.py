"""A number that a paper does not print, from those that it does: the engine computes, the record keeps how.

``OFFERS`` says which conversions of ``effects.CONVERSIONS`` give a number, and how each is written as a
formula with its numbers, which the linter computes again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Texts = Mapping[str, str]


class Offer(NamedTuple):
    """A way to a number: a key of ``CONVERSIONS``, the column that it gives, the formula over its inputs."""

    conversion: str
    gives: str
    formula: str
    more: Callable[[Mapping[str, float]], dict[str, float]] = lambda inputs: {}

    @property
    def label(self) -> str:
        from claimbook.effects import CONVERSIONS

        return CONVERSIONS[self.conversion].label

    @property
    def inputs(self) -> dict[str, str]:
        """The numbers to ask for, each with its default; "" where it must be given."""
        from claimbook.effects import CONVERSIONS

        form = CONVERSIONS[self.conversion].form
        optional = {name: "" if math.isnan(value) else f"{value:g}" for name, value in form.optional.items()}
        return {**dict.fromkeys(form.columns, ""), **optional}

    @property
    def may_lack(self) -> frozenset[str]:
        """The inputs that may be left out: of a five-number summary papers print some."""
        from claimbook.effects import CONVERSIONS

        return frozenset(n for n, v in CONVERSIONS[self.conversion].form.optional.items() if math.isnan(v))


class Derived(NamedTuple):
    """A number to record: its text, the formula with its numbers, what the formula assumes."""

    value: str
    formula: str
    assumed: str


def derive(offer: Offer, texts: Texts) -> Derived:
    """The number by one conversion from printed numbers. ValueError where they do not give one."""
    from claimbook.effects import recover
    from claimbook.records.models import number_of

    given = {name: text for name, text in texts.items() if text}
    numbers = {name: number_of(text) for name, text in given.items()}
    found = recover(offer.conversion, **numbers)
    value = float(found[offer.gives][0])
    if not math.isfinite(value):
        why = (
            "; ".join(note.removeprefix("row 0: ") for note in found.notes) or "these numbers do not give it"
        )
        raise ValueError(f"{offer.label}: {why}; it assumes that {found.assumed}")
    words = {name: text.lstrip("+-") if name in UNSIGNED else text for name, text in given.items()}
    words |= {name: rounded(number, 6) for name, number in offer.more(numbers).items()}
    listed = ", ".join(f"{name} {text}" for name, text in given.items())
    formula = offer.formula.format(**words) if offer.formula else f"from {listed}"
    return Derived(rounded(value), f"{offer.conversion} = {formula}", found.assumed)


def rounded(value: float, digits: int = 4) -> str:
    """A number with so many significant digits, in plain notation: 8.20985 becomes 8.210."""
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    return f"{value:.{min(max(places, 0), 300)}f}"


def _t(df: float, level: float) -> dict[str, float]:
    from scipy.special import stdtrit

    return {"t": float(stdtrit(df, (1 + level) / 2))}


def _level(inputs: Mapping[str, float]) -> float:
    return inputs.get("level", 0.95)


def _t_of_mean(inputs: Mapping[str, float]) -> dict[str, float]:
    return _t(inputs["n"] - 1, _level(inputs))


def _t_of_difference(inputs: Mapping[str, float]) -> dict[str, float]:
    return _t(inputs["n1"] + inputs["n2"] - 2, _level(inputs))


def _t_of_p(inputs: Mapping[str, Any]) -> dict[str, float]:
    """Student's t of a two-sided p value, of two groups or of pairs."""
    df = inputs["n"] - 1 if "n" in inputs else inputs["n1"] + inputs["n2"] - 2
    return _t(df, 1 - abs(inputs["p"]))


UNSIGNED = {"difference", "change", "t"}  # an SD does not ask for the direction
_ROOT = "sqrt(1 / {n1} + 1 / {n2})"
_SQUARES = "({n1} - 1) * {sd1}^2 + ({n2} - 1) * {sd2}^2"
_BETWEEN = "{n1} * {n2} / ({n1} + {n2}) * ({mean1} - {mean2})^2"
_SD = (
    Offer("sd_from_se", "sd", "{se} * sqrt({n})"),
    Offer("sd_from_interval", "sd", "({high} - {low}) / (2 * {t}) * sqrt({n})", _t_of_mean),
    Offer("sd_from_difference_se", "sd", f"{{se}} / {_ROOT}"),
    Offer(
        "sd_from_difference_interval", "sd", f"({{high}} - {{low}}) / (2 * {{t}}) / {_ROOT}", _t_of_difference
    ),
    Offer("sd_from_t", "sd", f"{{difference}} / {{t}} / {_ROOT}"),
    Offer("sd_from_f", "sd", f"{{difference}} / sqrt({{f}}) / {_ROOT}"),
    Offer("sd_from_p", "sd", f"{{difference}} / {{t}} / {_ROOT}", _t_of_p),
    Offer("mean_and_sd", "sd", ""),
    Offer("combine_arms", "sd", f"sqrt(({_SQUARES} + {_BETWEEN}) / ({{n1}} + {{n2}} - 1))"),
)
_CHANGE = (
    Offer("change_sd_from_r", "sd_change", "sqrt({sd_pre}^2 + {sd_post}^2 - 2 * {r} * {sd_pre} * {sd_post})"),
    Offer("change_sd_from_t", "sd_change", "{change} / {t} * sqrt({n})"),
    Offer("change_sd_from_p", "sd_change", "{change} / {t} * sqrt({n})", _t_of_p),
    Offer("sd_from_se", "sd", "{se} * sqrt({n})"),
    Offer("sd_from_interval", "sd", "({high} - {low}) / (2 * {t}) * sqrt({n})", _t_of_mean),
)
_MEAN = (
    Offer("mean_and_sd", "mean", ""),
    Offer("combine_arms", "mean", "({n1} * {mean1} + {n2} * {mean2}) / ({n1} + {n2})"),
)
OFFERS: dict[str, tuple[Offer, ...]] = {  # by the name that the number has in a record
    **dict.fromkeys(("sd", "sd_pre", "sd_post"), _SD),
    "sd_change": _CHANGE,
    **dict.fromkeys(("mean", "mean_pre", "mean_post"), _MEAN),
    "r": (
        Offer("r_from_sds", "r", "({sd_pre}^2 + {sd_post}^2 - {sd_change}^2) / (2 * {sd_pre} * {sd_post})"),
    ),
    "n": (Offer("combine_counts", "n", "{n1} + {n2}"),),
    "events": (Offer("combine_counts", "events", "{events1} + {events2}"),),
    "percent": (Offer("percent_change", "percent", "100 * ({mean_post} / {mean_pre} - 1)"),),
}
