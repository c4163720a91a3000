"""P: every number knows where it was read, and the references are ones that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from claimbook.checks.formula import value_of_formula
from claimbook.checks.rounding import span
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import Item, Loc, View, walk

PLACEHOLDER = re.compile(
    r"\W*|(?i:to ?do|tbd|fixme|n\.?/?a\.?|none|unknown|unclear|see above|reason|because|xxx+)"
)
HEADLINE = {"estimate", "percent", "mean", "mean_pre", "mean_post", "events"}


def is_placeholder(text: object) -> bool:
    """Does a text that must say something say nothing?"""
    return not isinstance(text, str) or bool(PLACEHOLDER.fullmatch(text.strip()))


def place_is_given(view: View) -> Iterator[Hit]:
    """An extracted value without the page, table, figure or abstract it was read in.

    A result's `where` holds for all its numbers; a baseline trait has its own or takes that of the
    population. Words that say nothing ("?", "unknown", "todo") count as absent.

    Fails:

    ```yaml
    # a result
    where: "?"
    ```

    Passes:

    ```yaml
    # a result
    where: table 2, p. 141
    ```

    Source: Cochrane Handbook for Systematic Reviews of Interventions, section 5.5.
    """
    for raw in view.raw:
        if raw.folder != "records" or not isinstance(raw.data, dict):
            continue
        population = raw.data.get("population")
        general = population.get("where") if isinstance(population, dict) else None
        for loc, entry in _placed(raw.data):
            where = entry.get("where", general if loc[0] == "population" else None)
            if is_placeholder(where):
                name = entry.get("id") or entry.get("what") or entry.get("read_in") or loc[-1]
                place = "" if where is None else f' ("{where}" is no place)'
                yield Hit(raw.where(*loc, "where"), f"{name} does not say where it was read{place}")


def _placed(data: dict[str, Any]) -> Iterator[tuple[Loc, dict[str, Any]]]:
    """The mappings of a record that must give a place: results, published values, traits."""
    for loc, result in _listed(data, "results"):
        yield loc, result
        yield from (((*loc, *inner), entry) for inner, entry in _listed(result, "published"))
    for loc, trait in _listed(data.get("population"), "traits"):
        yield ("population", *loc), trait


def _listed(data: Any, name: str) -> Iterator[tuple[Loc, dict[str, Any]]]:
    """The mappings in a list of plain data, with their path; whatever else stands there is passed over."""
    entries = data.get(name) if isinstance(data, dict) else None
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield (name, index), entry


def quote_holds_number(view: View) -> Iterator[Hit]:
    """The quote given for a value does not contain the value as it is printed.

    A number's own `quote` must contain it; a result's `quote` must contain its headline numbers (estimate,
    means, percent, events). Minus signs and decimal points are compared as numbers, not as characters.

    Fails:

    ```yaml
    # a result
    quote: strength rose by 10.6 %
    percent_change: {arm: trained, n: 12, percent: 16.0}
    ```

    Passes:

    ```yaml
    # a result
    quote: strength rose by 10.6 %
    percent_change: {arm: trained, n: 12, percent: 10.6}
    ```

    Source: the project's rule that a number leads to the place where it was read.
    """
    for owner, loc, number in view.numbers:
        quote = number.quote
        if quote is None and isinstance(owner, Item) and loc[-1] in HEADLINE and number.where is None:
            quote = owner.result.quote
        if quote is not None and number.known and not _in_text(str(number), quote):
            yield Hit(owner.where(*loc), f'{number} is not in the quote "{quote}"')


def _in_text(printed: str, text: str) -> bool:
    plain = text.translate({0x2212: "-", 0x2013: "-", 0xB7: "."}).replace(",", "")
    found = re.findall(r"\d+(?:\.\d+)?|\.\d+", plain)
    return printed.lstrip("+-").lstrip("0") in {number.lstrip("0") for number in found}


def double_checked(view: View) -> Iterator[Hit]:
    """A record that one person alone extracted.

    Two people who extract the same study find each other's slips. `extracted_by` names who did.

    Fails:

    ```yaml
    # a record
    extracted_by: [A. Curator]
    ```

    Passes:

    ```yaml
    # a record
    extracted_by: [A. Curator, B. Reader]
    ```

    Source: Buscemi et al. 2006, J Clin Epidemiol 59:697-703.
    """
    for key, study in view.library.studies.items():
        if study.results and len(set(study.extracted_by)) == 1:
            where = view.library.where(key, "extracted_by")
            yield Hit(where, f"extracted by {study.extracted_by[0]} alone")


def integrity(view: View) -> Iterator[Hit]:
    """A pooled record whose stored integrity status says retracted or of concern.

    `claimbook check-retractions` looks the status up and stores it; this rule reads what is stored.

    Fails:

    ```yaml
    # a record
    integrity: {status: retracted, checked: 2026-11-01}
    ```

    Passes:

    ```yaml
    # a record
    integrity: {status: none, checked: 2026-11-01}
    ```

    Source: COPE Retraction Guidelines.
    """
    for claim in view.library.claims.values():
        for index, used in enumerate(claim.studies):
            study = view.library.studies.get(used.study)
            if study and study.integrity.status in {"retracted", "concern"}:
                word = {"concern": "of concern"}.get(study.integrity.status, study.integrity.status)
                yield Hit(
                    view.library.where(claim.claim, "studies", index),
                    f"{used.study} is {word} and is still pooled",
                )


def spread_is_labelled(view: View) -> Iterator[Hit]:
    """A spread that the source prints without saying whether it is an SD, an SE or an interval.

    Write it as `dispersion` with the reading and its reason. A `doubt` on the result carries the other
    reading as a sensitivity choice, and then the rule is content; so it is with a spread that the source
    labels elsewhere (`status: confirmed`).

    Fails:

    ```yaml
    # a result
    percent_change:
      arm: trained
      n: 12
      percent: 10.6
      dispersion: {value: 2.7, kind: se, status: inferred, because: Height and mass can only be SEs.}
    ```

    Passes:

    ```yaml
    # a result
    percent_change: {arm: trained, n: 12, percent: 10.6, se: 2.7}
    ```

    Source: Altman & Bland 2005, BMJ 331:903.
    """
    for cell in view.cells:
        doubted = cell.result is not None and cell.result.doubt is not None
        if not cell.labelled and not doubted and cell.spread is not None and cell.spread.known:
            read = "" if cell.kind == "unstated" else f", and is read as {cell.read_as}"
            yield Hit(cell.at_spread, f"± {cell.spread} is not labelled{read}")


def derivation_holds(view: View) -> Iterator[Hit]:
    """A derived value without its formula, or whose formula does not give it.

    A formula is written with its numbers, `SE x sqrt(n) = 1.9 x sqrt(12)`; words and units are passed over.
    It is worked out from every value that rounds to its numbers, and must meet the value as it is rounded. A
    formula that holds no arithmetic cannot be checked and does not fire.

    Fails:

    ```yaml
    # a record
    weeks: {value: 30, status: derived, formula: 6 months x 52 / 12}
    ```

    Passes:

    ```yaml
    # a record
    weeks: {value: 26, status: derived, formula: 6 months x 52 / 12}
    ```

    Source: arithmetic.
    """
    for raw in view.refused:
        for loc, entry in walk(raw.data):
            if entry.get("status") == "derived" and "value" in entry and is_placeholder(entry.get("formula")):
                yield Hit(raw.where(*loc), f"{entry['value']} is marked derived and has no formula")
    for owner, loc, number in view.numbers:
        if number.formula:
            printed, computed = span(number), value_of_formula(number.formula)
            if printed and computed and not printed.meets(computed):
                message = f"{number} is printed, its formula gives {computed.middle:.4g} ({number.formula})"
                yield Hit(owner.where(*loc), message)


CHECKS = (
    Check(
        "P101",
        "number-without-place",
        "error",
        place_is_given,
        "A number that nobody can find again cannot be checked.",
        "write the page, table, figure or `abstract` in `where`",
    ),
    Check(
        "P102",
        "quote-lacks-number",
        "error",
        quote_holds_number,
        "Value and quote were copied apart, and one of them was copied wrongly.",
        "copy the value from the quote, or the quote that prints the value",
    ),
    Check(
        "P103",
        "not-double-checked",
        "note",
        double_checked,
        "One person alone makes about a fifth more errors than two do.",
        "let a second person extract the study and add the name to `extracted_by`",
    ),
    Check(
        "P106",
        "retracted",
        "error",
        integrity,
        "A conclusion must not rest on a study that its journal has withdrawn or doubts.",
        "move it from `studies` to `left_out` with the reason",
    ),
    Check(
        "P107",
        "dispersion-unlabelled",
        "warning",
        spread_is_labelled,
        "An SE read as an SD makes the effect too large, an SD read as an SE too uncertain.",
        "look for the label in the methods or under the table; until then keep both readings with `doubt`",
    ),
    Check(
        "P108",
        "derived-not-shown",
        "error",
        derivation_holds,
        "A derived number is only as good as its formula.",
        "write the formula with its numbers, or correct the value",
    ),
)
