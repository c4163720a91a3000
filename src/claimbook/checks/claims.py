"""C601 to C603: the claim's words against the source that it cites."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from claimbook.checks.rounding import Range, span, value_of
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import Item, View
from claimbook.checks.wording import NAMES, Amounts, amounts, names, sign_of

if TYPE_CHECKING:
    from claimbook.records import Claim, Library, Number, Study

ABOUT = 0.1  # share by which a rounded number of a sentence may be off


def wording_is_stated(view: View) -> Iterator[Hit]:
    """A claim that does not say whether its words are the speaker's own.

    `wording: verbatim` quotes, `paraphrase` says it in our words from the speaker's own text, `reconstructed`
    says it in our words from a copy of that text. A reader must know which before holding anyone to it.

    Fails:

    ```yaml
    # a claim
    wording: null
    ```

    Passes:

    ```yaml
    # a claim
    wording: paraphrase
    ```

    Source: ClaimReview, schema.org, on the text of a claim as it was made.
    """
    for raw in view.raw:
        if raw.folder == "claims" and isinstance(raw.data, dict):
            word = raw.data.get("wording")
            if word not in {"verbatim", "paraphrase", "reconstructed"}:
                given = f'"{word}"' if word else "nothing"
                yield Hit(raw.where("wording"), f"the wording status says {given}")


def source_says_otherwise(view: View) -> Iterator[Hit]:
    """A number, a group of people, a muscle, a mode or a duration that differs from the cited record.

    Reads the claim's text and the record of the study it cites (`source_check.study`, or the studies of a
    claim of kind `source`) with the same words and compares like with like: weeks with weeks, sessions a
    week with sessions a week, percent with percent, quadriceps with the muscle that was measured. A rounded
    number ("about 10 percent") may be off by a tenth. What the record does not hold is not compared.

    Fails:

    ```yaml
    # a claim
    kind: source
    text: A study found that 20 weeks of training made adults stronger.
    ```

    Passes:

    ```yaml
    # a claim
    kind: source
    text: A study found that 10 weeks of training made adults stronger.
    ```

    Source: Sumner et al. 2014, BMJ 349:g7015, on what is added to a finding on its way into the news.
    """
    library = view.library
    for claim in library.claims.values():
        for key in _cited(claim):
            if key not in library.studies:
                continue
            differing = [*_numbers_differ(claim, library, key), *_names_differ(claim, library.studies[key])]
            if differing:
                where = library.where(claim.claim, "text")
                yield Hit(where, f"the record of {key} differs: {'; '.join(differing)}")


def _cited(claim: Claim) -> list[str]:
    """The records whose content the claim reports."""
    if claim.source_check and claim.source_check.study:
        return [claim.source_check.study]
    return list(dict.fromkeys(used.study for used in claim.studies)) if claim.kind == "source" else []


def _numbers_differ(claim: Claim, library: Library, key: str) -> Iterator[str]:
    """Kinds of quantity of which the claim has some, the record has some, and none of them agree."""
    held = _held(claim, library, key)
    for kind, said in amounts(claim.text).items():
        known = held.get(kind, [])
        if known and not any(_about(one, other) for one in said for other in known):
            yield f"{kind} {_either(said)} in the claim, {_either(known)} in the record"


def _about(said: Range, held: Range) -> bool:
    return said.meets(held) or abs(said.middle - held.middle) <= ABOUT * abs(held.middle) * (said.middle >= 5)


def _either(values: list[Range]) -> str:
    return " or ".join(dict.fromkeys(f"{value.middle:.4g}" for value in values))


def _held(claim: Claim, library: Library, key: str) -> Amounts:
    """The record's quantities; its own numbers count before numbers in its words."""
    study, entry = library.studies[key], library.bibliography.get(key)
    found: dict[str, list[Range]] = defaultdict(list)
    if weeks := value_of(study.weeks):
        found["weeks"].append(Range.exactly(weeks))
        for result in study.results:
            if result.single and result.unit.lower() == "sessions" and (done := span(result.single.mean)):
                found["sessions a week"].append(done.scaled(1 / weeks))
    used = {u.result for u in claim.studies if u.study == key}
    for result in study.results:
        number = _percent_of(result.percent_change, result.reported, result.unit)
        if number is not None and (not used or result.id in used) and (value := span(number)):
            found["percent"].append(abs(value))
    words = amounts(" ".join(_record_words(study)))
    year = entry.get("year") if entry else ""
    words.setdefault("year", []).extend([Range.exactly(float(year))] if year.isdigit() else [])
    words.setdefault("people", []).extend(_groups(study))
    return {**words, **found}


def _groups(study: Study) -> list[Range]:
    """Sizes of the arms, and of all together."""
    sizes = [size for arm in study.arms if (size := value_of(arm.n)) is not None]
    total = value_of(study.population.n)
    return [Range.exactly(n) for n in (*sizes, sum(sizes), total) if n] if sizes or total else []


def _percent_of(change: object, reported: object, unit: str) -> Number | None:
    if change is not None:
        return getattr(change, "percent", None)
    return getattr(reported, "estimate", None) if reported is not None and unit == "%" else None


def _record_words(study: Study) -> Iterator[str]:
    yield from (study.summary, study.criteria or "", study.notes or "", study.population.description)
    yield from (arm.training or "" for arm in study.arms)


def _names_differ(claim: Claim, study: Study) -> Iterator[str]:
    """Words of the claim for which the record has others."""
    said, people = names(claim.text), study.population
    used = {u.result for u in claim.studies if u.study == study.study}
    measured = [result.what for result in study.results if not used or result.id in used]
    trained = [arm.training or "" for arm in study.arms]
    held: dict[str, set[str]] = {
        "training state": {str(people.training)} & NAMES["training state"].keys(),
        "sex": {str(people.sex)} & NAMES["sex"].keys(),
        "muscle": names(" ".join(measured)).get("muscle", set()),
        "mode": names(" ".join(trained)).get("mode", set()),
    }
    for facet, known in held.items():
        told = said.get(facet, set())
        if told and known and (told - known or (facet == "mode" and known - told)):
            yield f"{facet} {_list(told)} in the claim, {_list(known)} in the record"


def _list(words: set[str]) -> str:
    return " and ".join(sorted(words))


def half_quoted(view: View) -> Iterator[Hit]:
    """A cited review or study holds a clear result that the claim leaves out, and it points elsewhere.

    Compares the outcomes that the claim names with the other results in the record of its source. Fires where
    a result the claim does not name is clear (its interval excludes no effect) and none that it names points
    the same way: a claim of "no interference" from a review that found some in another outcome.

    Fails:

    ```yaml
    # a folder
    library:
      outcomes:
        strength: {label: maximal strength, direction: higher_better, because: Stronger.}
        power: {label: explosive power, direction: higher_better, because: Faster.}
    records:
      one:
        design: {kind: sr_ma, because: It says so., where: abstract, status: confirmed}
        results:
          - {id: main, outcome: strength, reported: {measure: SMD, estimate: -0.06, low: -0.20, high: 0.08}}
          - {id: power, outcome: power, reported: {measure: SMD, estimate: -0.28, low: -0.48, high: -0.08}}
    claims:
      claim:
        text: A review found that running does not lower maximal strength.
        source_check: {verdict: accurate, study: one, because: The abstract says so.}
    ```

    Passes:

    ```yaml
    # a folder
    library:
      outcomes:
        strength: {label: maximal strength, direction: higher_better, because: Stronger.}
        power: {label: explosive power, direction: higher_better, because: Faster.}
    records:
      one:
        design: {kind: sr_ma, because: It says so., where: abstract, status: confirmed}
        results:
          - {id: main, outcome: strength, reported: {measure: SMD, estimate: -0.06, low: -0.20, high: 0.08}}
          - {id: power, outcome: power, reported: {measure: SMD, estimate: -0.28, low: -0.48, high: -0.08}}
    claims:
      claim:
        text: A review found that running does not lower maximal strength, but it does lower explosive power.
        source_check: {verdict: accurate, study: one, because: The abstract says so.}
    ```

    Source: Sumner et al. 2014, BMJ 349:g7015.
    """
    for claim in view.library.claims.values():
        for key in _cited(claim):
            study = view.library.studies.get(key)
            items = [item for r in study.results if (item := view.item(key, r.id))] if study else []
            named = [item for item in items if _is_named(view.library, claim, item)]
            pointing = {_benefit(view.library, item) for item in named}
            for item in items if named else ():
                way = _benefit(view.library, item)
                if way and way not in pointing and _contradicts(claim, way):
                    where = view.library.where(claim.claim, "text")
                    yield Hit(
                        where, f"left out: {key} also reports {_result(item)}, which points the other way"
                    )


def _is_named(library: Library, claim: Claim, item: Item) -> bool:
    """Does the claim's text name the result's outcome, or rest on it?"""
    if item.result.outcome == claim.outcome:
        return True
    outcome = item.result.outcome
    own = _label_words(library, outcome)
    others = {word for key in library.info.outcomes if key != outcome for word in _label_words(library, key)}
    text = set(re.findall(r"[a-z]+", claim.text.lower()))
    return bool((own - others or own) & text)


def _label_words(library: Library, outcome: str) -> set[str]:
    label = library.info.outcomes[outcome].label if outcome in library.info.outcomes else outcome
    return set(re.findall(r"[a-z]+", f"{label} {outcome}".lower()))


def _benefit(library: Library, item: Item) -> int:
    """1 where a clear result is a benefit, -1 where it is a loss, 0 where it is unclear."""
    outcome = library.info.outcomes.get(item.result.outcome)
    return sign_of(item) * (-1 if outcome and outcome.direction == "lower_better" else 1)


def _contradicts(claim: Claim, way: int) -> bool:
    """Would this result speak against what the claim asserts?"""
    return {"benefit": way < 0, "harm": way > 0, "no_loss": way < 0, "no_difference": True}[claim.asserts]


def _result(item: Item) -> str:
    data = item.result.reported
    if data is None:
        change = item.result.percent_change
        return f"{item.result.what} ({change.percent} %)" if change else item.result.what
    return f"{item.result.what} ({data.measure} {data.estimate}, {data.low} to {data.high})"


CHECKS = (
    Check(
        "C601",
        "wording-status-missing",
        "error",
        wording_is_stated,
        "Nobody may be held to words that are not known to be theirs.",
        "add wording: verbatim, paraphrase or reconstructed",
    ),
    Check(
        "C602",
        "source-says-otherwise",
        "warning",
        source_says_otherwise,
        "The claim was changed on the way from its source, or the record holds another study.",
        "correct the text if the words are ours; otherwise say so in `source_check` and waive with that",
    ),
    Check(
        "C603",
        "half-quoted",
        "warning",
        half_quoted,
        "A source that is quoted by halves says something it does not say.",
        "say so in `source_check`, show the result `beside`, and waive with that",
    ),
)
