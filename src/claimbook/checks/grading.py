"""G501 to G505: judgements are derived, overrules have reasons, and words stay within the certainty."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from claimbook.checks.provenance import is_placeholder
from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import Item, Loc, View, walk

if TYPE_CHECKING:
    from claimbook.records import Claim
    from claimbook.records.models import RiskOfBias

DERIVED = frozenset(
    {"verdict", "certainty", "grade", "rating", "conclusion", "answer", "strength_of_evidence"}
)


def verdict_by_hand(view: View) -> Iterator[Hit]:
    """A verdict or a certainty written in a claim file.

    Verdict, certainty and size follow from the numbers, the worthwhile effect and the recorded judgements. A
    typed one would stand still while the evidence moves. The verdict of `source_check`, on what a source
    says, is a reading and stays.

    Fails:

    ```yaml
    # a claim
    verdict: Supported
    ```

    Passes:

    ```yaml
    # a claim
    source_check: {verdict: accurate, because: The source says so in its abstract.}
    ```

    Source: the project's second promise, in VISION.
    """
    for raw in view.raw:
        if raw.folder != "claims":
            continue
        for loc, entry in walk(raw.data):
            for name in sorted(DERIVED & entry.keys()) if loc[:1] != ("source_check",) else ():
                yield Hit(raw.where(*loc, name), f'{name} typed by hand: "{entry[name]}"')


def overrule_has_reason(view: View) -> Iterator[Hit]:
    """An overruled step, or an overruled risk-of-bias judgement, without a reason that says something.

    A person may overrule what the rules propose. The reason is printed beside it, so it must be one.

    Fails:

    ```yaml
    # a claim
    overrules: [{domain: imprecision, was: "0", to: "-1", because: todo, by: A. Curator, date: 2026-11-01}]
    ```

    Passes:

    ```yaml
    # a claim
    overrules:
      - domain: imprecision
        was: "0"
        to: "-1"
        because: Twelve people from one class say little about adults.
        by: A. Curator
        date: 2026-11-01
    ```

    Source: GRADE Handbook, section 5, on judgements and their reasons.
    """
    for raw in view.raw:
        for loc, entry in walk(raw.data, below={"overrules", "risk_of_bias"}):
            if "overrules" in loc[-2:] or "overrides" in loc[-2:]:
                for name in ("because", "by", "date"):
                    if is_placeholder(entry.get(name)):
                        given = f' but "{entry[name]}"' if entry.get(name) else ""
                        message = f"{entry.get('domain', 'a step')} is overruled, with no {name}{given}"
                        yield Hit(raw.where(*loc, name), message)


def worthwhile_effect(view: View) -> Iterator[Hit]:
    """A claim about an effect without the smallest effect worth having, or with one from nowhere.

    Without it, precision and size cannot be judged. A value has a `source`; where no value is known the
    threshold is no effect, and `because` says why.

    Fails:

    ```yaml
    # a claim
    worthwhile: {value: 0.2, because: A usual value.}
    ```

    Passes:

    ```yaml
    # a claim
    worthwhile: {value: 0.2, because: A usual value., source: "Cohen 1988, p. 25"}
    ```

    Source: Core GRADE 1, BMJ 2025.
    """
    for claim in view.library.claims.values():
        if claim.kind not in {"effect", "source"} or not claim.studies:
            continue
        chosen = claim.worthwhile
        if chosen is None:
            where = view.library.documents[claim.claim].where_key("studies")
            yield Hit(where, "no smallest worthwhile effect is given")
        elif chosen.value is not None and is_placeholder(chosen.source):
            where = view.library.where(claim.claim, "worthwhile", "value")
            yield Hit(where, f"a worthwhile effect of {chosen.value} has no source")
        elif is_placeholder(chosen.because):
            where = view.library.where(claim.claim, "worthwhile", "because")
            yield Hit(where, "the worthwhile effect has no reason")


def risk_of_bias_is_assessed(view: View) -> Iterator[Hit]:
    """A pooled study without an assessment of its risk of bias, or by a tool made for another design.

    The assessment must cover the result that is used, with answers or judgements in it. A tool fits when it
    names the design of the result as its own or as one it also serves; none fits a design that is not known.

    Fails:

    ```yaml
    # a record
    risk_of_bias: []
    ```

    Passes:

    ```yaml
    # a record
    risk_of_bias:
      - tool: rob1
        judgements: {sequence: low, concealment: unclear, assessors: low, incomplete: low, selective: low}
    ```

    Source: Cochrane Handbook for Systematic Reviews of Interventions, chapters 8 and 25.
    """
    for claim in view.library.claims.values():
        for index, item in view.used(claim):
            if item.study.design.kind == "sr_ma":
                continue
            where = view.library.where(claim.claim, "studies", index)
            if (item.result.design or item.study.design.kind) == "unknown":
                message = f"the design of {item.key} is not known, so no tool fits and nothing can be graded"
                yield Hit(where, message, _READ)
                continue
            assessments = [a for a in item.study.risk_of_bias if not a.results or item.result.id in a.results]
            made = [a for a in assessments if a.answers or a.judgements]
            if not made:
                yield Hit(
                    where, f"{item.key} {item.result.id} is pooled with no assessment of its risk of bias"
                )
            elif all(misfits := [_misfit(assessment, item) for assessment in made]):
                yield Hit(where, misfits[0])


_READ = "read how the study was made and write its `design`: claimbook extract KEY"


def _misfit(assessment: RiskOfBias, item: Item) -> str:
    from claimbook.appraisal.instruments import tool, tools_for

    design = item.result.design or item.study.design.kind
    try:
        chosen = tool(assessment.tool)
    except ValueError as error:
        return f"{item.key}: {error}"
    if not (chosen.designs or chosen.also) or design in (*chosen.designs, *chosen.also):
        return ""
    first, beside = tools_for(design)
    fitting = f" (made for it: {', '.join([*first, *beside])})" if first or beside else ""
    return (
        f"{item.key} {item.result.id} is {design}, and {assessment.tool} is a tool for other designs{fitting}"
    )


LEVELS = ("not graded", "very_low", "low", "moderate", "high")
STRONG = {
    r"(prove[sdn]?|proof)": "high",
    r"(cause[sd]?)": "high",
    r"(definitely|undoubtedly|certainly|always)": "high",
    r"(demonstrate[sd]?|establish(es|ed)|confirm(s|ed))": "high",
    r"(no effect|does not work|has no influence|makes no difference)": "high",
    r"(significant|significantly)": "high",
    r"(strong evidence|conclusive(ly)?)": "moderate",
}
"""Words, and the certainty from which a claim's own prose may use them."""
_NEGATED = r"(?:\b(?:not|no|never|cannot|hardly|without|whether|nobody)\b\W+(?:\w+\W+){0,2})"


def words_within_certainty(view: View) -> Iterator[Hit]:
    """Hand-written prose of a claim that is stronger than the claim's certainty.

    "Proves", "causes", "no effect" or "significant" say more than evidence of low certainty carries. Looks at
    our own words (the title, reasons, limits, what is said of other sources), never at the claim itself,
    which is somebody else's. A negated word ("does not prove") passes.

    Fails:

    ```yaml
    # a claim
    limits: [The study proves that running builds muscle.]
    ```

    Passes:

    ```yaml
    # a claim
    limits: [The study does not prove that running builds muscle.]
    ```

    Source: Santesso et al. 2020, J Clin Epidemiol 119:126-135.
    """
    for claim in view.library.claims.values():
        for loc, text in _own_prose(claim):
            for words, least in STRONG.items():
                found = re.search(rf"(?i)(?P<negated>{_NEGATED})?\b(?P<word>{words})\b", text)
                if found is None or found["negated"]:
                    continue
                certainty = _certainty(view, claim.claim)
                if LEVELS.index(certainty) < LEVELS.index(least):
                    level = certainty.replace("_", " ")
                    message = f'"{found["word"]}" is too strong for a certainty that is {level}'
                    yield Hit(view.library.where(claim.claim, *loc), message)


def _certainty(view: View, claim: str) -> str:
    finding = view.finding(claim)
    return finding.certainty if finding else "not graded"


def _own_prose(claim: Claim) -> Iterator[tuple[Loc, str]]:
    yield ("title",), claim.title
    yield from ((("limits", index), text) for index, text in enumerate(claim.limits))
    for index, mention in enumerate(claim.beside):
        yield ("beside", index, "says"), mention.says
        if mention.indirectness is not None:
            yield ("beside", index, "indirectness", "because"), mention.indirectness.because
    reasons: dict[str, Any] = {
        name: getattr(claim, name)
        for name in ("indirectness", "publication_bias", "worthwhile", "source_check")
    }
    yield from (((name, "because"), part.because) for name, part in reasons.items() if part is not None)


CHECKS = (
    Check(
        "G501",
        "verdict-typed-by-hand",
        "error",
        verdict_by_hand,
        "Verdicts are derived from effect, worthwhile effect and certainty; a typed one goes stale.",
        "delete the field (check --fix does); claimbook grade --explain shows the derived one",
    ),
    Check(
        "G502",
        "overrule-without-reason",
        "error",
        overrule_has_reason,
        "A judgement that overrules the rule is printed with its reason; without one nobody can weigh it.",
        "write why, who and when, or delete the overrule",
    ),
    Check(
        "G503",
        "worthwhile-effect-missing",
        "error",
        worthwhile_effect,
        "Without a smallest worthwhile effect no one can say whether an effect is too small to matter.",
        "add `worthwhile` with `value`, `because` and `source`; with `because` alone where no value is known",
    ),
    Check(
        "G504",
        "risk-of-bias-missing",
        "error",
        risk_of_bias_is_assessed,
        "A pool is as good as its studies, and nobody has looked.",
        "claimbook rob KEY --tool TOOL",
    ),
    Check(
        "G505",
        "words-stronger-than-certainty",
        "warning",
        words_within_certainty,
        "Readers remember the words and not the certainty beside them.",
        "use the words of the generated sentence: may, probably, the evidence is very uncertain",
    ),
)
