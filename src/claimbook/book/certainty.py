"""Why this certainty, and whether the answer survives other choices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from claimbook.appraisal import DISCLAIMER, RULESETS
from claimbook.appraisal.steps import GESTALT, NAMES
from claimbook.appraisal.vocabulary import LEVEL_WORDS
from claimbook.book import badges, figures, words
from claimbook.book.markup import Content, block, tag
from claimbook.book.site import section
from claimbook.book.tables import table

if TYPE_CHECKING:
    from claimbook.appraisal import Overrule, Rating, Step
    from claimbook.findings import Choice, Finding


def certainty(finding: Finding) -> Iterator[str]:
    """The steps of the rating with rule, number and reason, then the other rule sets' answers."""
    rating = finding.rating
    if rating is None:
        return
    yield block(tag("p", words.minus(rating.because)))
    columns = ["Question", "Rating", "Why", "Rule and numbers"]
    yield block(table("What moved the certainty, and what did not", columns, _steps(rating), kind="cb-steps"))
    yield block(tag("p", f"Rule set: {_label(rating.ruleset)}. {DISCLAIMER}", class_="cb-note"))
    others = {key: other for key, other in (finding.ratings or {}).items() if key != rating.ruleset}
    yield section("Under other rule sets", _rule_sets(others), level=3)


def _label(ruleset: str) -> str:
    return RULESETS[ruleset].label if ruleset in RULESETS else ruleset


def _rule_sets(ratings: dict[str, Rating]) -> str:
    rows: list[list[Content]] = [
        [_label(key), badges.certainty(rating.certainty), words.minus(rating.because)]
        for key, rating in ratings.items()
    ]
    made = table("The same evidence under other rule sets", ["Rule set", "Certainty", "How"], rows)
    return block(made) if rows else ""


def _steps(rating: Rating) -> list[list[Content]]:
    considered = [step for step in rating.upgrades if step.level or step.overruled]
    rows = [_step(step) for step in (*rating.steps, *considered)]
    return rows if rating.gestalt is None else [*rows, _gestalt(rating.gestalt)]


def _step(step: Step) -> list[Content]:
    levels = words.minus(f" ({step.level:+d})") if step.level else ""
    why = [words.minus(step.reason), " Close to the line." if step.borderline else None]
    if step.overruled is not None:
        why = [_overruled(step.overruled), f" The rule gave {LEVEL_WORDS[step.automatic]}: ", *why]
    proof = [step.rule, tag("span", _numbers(step), class_="cb-note")]
    return [words.sentence_case(NAMES[step.domain]), LEVEL_WORDS[step.level] + levels, why, proof]


def _gestalt(credit: Overrule) -> list[Content]:
    name = words.sentence_case(NAMES[GESTALT])
    return [name, words.minus(f"{credit.to_level:+d}"), _overruled(credit), "a person's judgement"]


def _overruled(by: Overrule) -> str:
    return f"{by.because.rstrip('.')}. Overruled by {by.by}, {by.date}."


def _numbers(step: Step) -> str:
    """What the rule read and compared, but for what the reason says already."""
    facts = {key: _fact(value) for key, value in step.facts.items() if value is not None}
    said = [
        f"{words.spelt(key)} {fact}" for key, fact in facts.items() if fact not in words.minus(step.reason)
    ]
    return "; ".join([*said, step.threshold] if step.threshold else said)


def _fact(value: object) -> str:
    if isinstance(value, list | tuple):
        return " to ".join(_fact(part) for part in value)
    return words.number(value) if isinstance(value, float) else words.minus(str(value).replace("_", " "))


def survival(finding: Finding) -> Iterator[str]:
    """The result under every other choice, as figure and as table."""
    yield block(figures.choices_figure(finding))
    rows = [_choice(choice, figures.scale(finding)) for choice in finding.choices]
    columns = ["Choice", "Studies", "Effect (95 % interval)", "Certainty", "Verdict"]
    made = table("The same claim under other defensible choices", columns, rows, numeric=["Studies"])
    yield block(tag("details", tag("summary", "Show these choices as a table"), made))


def _choice(choice: Choice, scale: words.Scale) -> list[Content]:
    return [
        choice.name,
        str(choice.k),
        scale.brief(choice.estimate, choice.low, choice.high),
        badges.certainty(choice.certainty),
        badges.badge(words.verdict(choice.verdict)),
    ]
