"""Why this certainty, and whether the answer survives other choices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from claimbook.appraisal import DISCLAIMER, RULESETS
from claimbook.appraisal.steps import GESTALT, NAMES
from claimbook.appraisal.systems import NOTE, SYSTEMS
from claimbook.appraisal.vocabulary import LEVEL_WORDS
from claimbook.book import badges, figures, words
from claimbook.book.markup import Content, Html, block, join, tag
from claimbook.book.site import Book, section, sourced
from claimbook.book.tables import bullets, fold, table

if TYPE_CHECKING:
    from claimbook.appraisal import Overrule, Rating, Step
    from claimbook.appraisal.nearest import Change
    from claimbook.appraisal.stability import Stability
    from claimbook.findings import Finding
    from claimbook.findings.choices import Choice


def certainty(finding: Finding) -> Iterator[str]:
    """The steps of the rating with rule, number and reason, then every rule set's answer."""
    rating = finding.rating
    if rating is None:
        return
    yield block(tag("p", words.minus(rating.because)))
    columns = ["Question", "Rating", "Why", "Rule and numbers"]
    made = table("What moved the certainty, and what did not", columns, _steps(rating), kind="cb-steps")
    yield block(fold("Show every question with its rule and its numbers", sourced(made, finding)))
    yield block(tag("p", f"Rule set: {_label(rating.ruleset)}. {DISCLAIMER}", class_="cb-note"))
    yield section("Under other rule sets", block(_rule_sets(finding)), level=3)
    yield block(_other_systems(finding))


def _label(ruleset: str) -> str:
    return RULESETS[ruleset].label if ruleset in RULESETS else ruleset


def _rule_sets(finding: Finding) -> Html:
    """Question by question, the rule sets beside each other, the book's own first."""
    known = finding.ratings or {}
    own = [key for key in known if finding.rating is not None and key == finding.rating.ruleset]
    keys = own + [key for key in known if key not in own]
    if len(keys) < 2:
        return join()
    ratings = [known[key] for key in keys]
    domains = list(dict.fromkeys(step.domain for rating in ratings for step in rating.steps))
    rows = [[words.sentence_case(NAMES[domain]), *(_level(r, domain) for r in ratings)] for domain in domains]
    last: list[Content] = ["Certainty", *(badges.certainty(rating.certainty) for rating in ratings)]
    first: list[Content] = ["Start", *(words.sentence_case(words.spelt(rating.start)) for rating in ratings)]
    columns = ["Question", *(_label(key) for key in keys)]
    caption = "The same evidence under every rule set that fits it"
    made = sourced(table(caption, columns, [first, *rows, last]), finding)
    summary = f"Show the answers of {words.count(len(keys), 'rule set')}, question by question"
    return fold(summary, made)


def _level(rating: Rating, domain: str) -> str:
    found = next((step for step in rating.steps if step.domain == domain), None)
    return "not asked" if found is None else level(found)


def level(step: Step) -> str:
    """``serious (−1)``, ``not serious``, ``not assessed``."""
    return step.word + (words.minus(f" ({step.level:+d})") if step.level else "")


def _other_systems(finding: Finding) -> Html:
    """Other grading languages, folded, with the note that they are never averaged."""
    rows: list[list[Content]] = [
        [SYSTEMS[key].label, level.word or "not given", level.because, SYSTEMS[key].warning or "–"]
        for key, level in finding.other_systems.items()
    ]
    if not rows:
        return join()
    made = sourced(table(NOTE, ["System", "Level", "Because", "Mind"], rows, kind="cb-small"), finding)
    return fold("In other grading languages", made)


def _steps(rating: Rating) -> list[list[Content]]:
    considered = [step for step in rating.upgrades if step.level or step.overruled]
    rows = [_step(step) for step in (*rating.steps, *considered)]
    return rows if rating.gestalt is None else [*rows, _gestalt(rating.gestalt)]


def _step(step: Step) -> list[Content]:
    why = [words.minus(step.reason), " Close to the line." if step.borderline else None]
    if step.overruled is not None:
        why = [_overruled(step.overruled), f" The rule gave {LEVEL_WORDS[step.automatic]}: ", *why]
    proof = [step.rule, tag("span", _numbers(step), class_="cb-note")]
    return [words.sentence_case(NAMES[step.domain]), level(step), why, proof]


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


def survival(book: Book, finding: Finding) -> Iterator[str]:
    """The result under every other choice, as figure and as table, and what would move the certainty."""
    if finding.choices:
        yield block(tag("p", figures.survival(finding)))
        rows = [_choice(choice, finding) for choice in finding.choices]
        columns = ["Choice", "Studies", "Effect (95 % interval)", "Certainty", "Verdict"]
        caption = "The same claim under other defensible choices"
        made = sourced(table(caption, columns, rows, numeric=["Studies"]), finding)
        drawn = figures.choices_figure(finding)
        yield block(fold(f"Show {words.count(len(rows), 'other choice')}, drawn and as a table", drawn, made))
    found = finding.stability
    if found is not None and found.variants:
        yield section("What would move the certainty", *_stability(book, finding, found), level=3)


def _stability(book: Book, finding: Finding, found: Stability) -> Iterator[str]:
    low_risk = f" {words.minus(found.low_risk.sentence)}" if found.low_risk else None
    yield block(tag("p", found.sentence, low_risk))
    yield block(
        bullets(_nearest(book, found.nearest)) or tag("p", "No single change that was tried moves it.")
    )
    rows: list[list[Content]] = [
        [
            words.sentence_case(variant.label),
            badges.certainty(variant.certainty),
            "the same" if variant.same else "another",
        ]
        for variant in found.variants
    ]
    columns = ["With", "Certainty", "Against this book"]
    made = sourced(table("The certainty under other choices", columns, rows), finding)
    yield block(fold("Show these variants as a table", made))


def _nearest(book: Book, changes: Iterable[Change]) -> Iterator[Content]:
    """The nearest changes, those that differ only in their study told as one."""
    alike: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        study = book.library.studies.get(change.study)
        what, names = change.what, list[str]()
        if study is not None:
            what, names = what.removeprefix(change.study).strip(), [study.label]
        alike.setdefault((what, change.certainty), []).extend(names)
    for (what, level), names in alike.items():
        any_of = f"any one of {words.listed(names)}" if len(names) > 1 else "".join(names)
        said = " ".join(part for part in (any_of, what) if part)
        yield join("With ", said, " it would be ", tag("strong", words.spelt(level)), ".")


def _choice(choice: Choice, finding: Finding) -> list[Content]:
    """A choice; a certainty or a verdict that is not the book's own stands out."""
    kept = choice.certainty == finding.certainty, choice.verdict == finding.verdict
    return [
        choice.name,
        str(choice.k),
        figures.scale(finding).brief(choice.estimate, choice.low, choice.high),
        "the same" if kept[0] else badges.certainty(choice.certainty),
        "the same" if kept[1] else badges.badge(words.verdict(choice.verdict)),
    ]
