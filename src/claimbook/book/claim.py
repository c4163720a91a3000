"""The page of one claim: the answer first, then the proof, down to the line of the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from claimbook.appraisal import DISCLAIMER, RULESETS
from claimbook.appraisal.steps import GESTALT, NAMES
from claimbook.appraisal.vocabulary import LEVEL_WORDS
from claimbook.book import figures, words
from claimbook.book.markup import Content, Html, block, join, link, tag
from claimbook.book.published import board
from claimbook.book.record import record
from claimbook.book.site import Book, Links, page, section
from claimbook.book.tables import Row, bullets, facts, table

if TYPE_CHECKING:
    from claimbook.appraisal import Step
    from claimbook.findings import Finding
    from claimbook.records.models import SourceCheck
    from claimbook.rows import Input
    from claimbook.rows import Row as Evidence

LINKS = Links("../")


def claim_page(book: Book, finding: Finding) -> str:
    claim = finding.claim
    return page(
        claim.title,
        block(_lead(finding)),
        section("What this does not cover", block(bullets(claim.limits))) if claim.limits else "",
        section("Answered by these claims", block(_parts(finding))) if finding.parts else "",
        section("Does the source say so?", block(_source_check(book, claim.source_check)))
        if claim.source_check
        else "",
        section("The studies", *_studies(finding)) if finding.rows else "",
        section("Why this certainty?", *_certainty(finding)) if finding.rating else "",
        section("Does the answer survive other choices?", *_choices(finding)) if finding.choices else "",
        section("Shown beside, not pooled", block(_beside(finding))) if finding.beside else "",
        section("Left out, and why", block(_left_out(finding))) if finding.left_out else "",
        section("Published against recomputed", _published(book, finding)),
        section("How the claim was tested", block(_question(finding))),
        section("Downloads and record", block(_downloads(finding)), block(record(book.library, claim.claim))),
    )


def _lead(finding: Finding) -> Html:
    """The claim as made, the answer, and the three dials."""
    claim = finding.claim
    said = tag(
        "p",
        "The claim: ",
        tag("q", claim.text),
        f" Said by {claim.said_by}; wording {claim.wording}.",
        class_="cb-claim",
    )
    return join(said, tag("p", answer(finding), class_="cb-answer"), dials(finding))


def answer(finding: Finding) -> str:
    """The finding in a sentence, or why there is none."""
    return finding.sentence or finding.not_graded or finding.verdict


def verdict_badge(finding: Finding) -> Html:
    label = f"{finding.verdict} ({finding.verdict_note})" if finding.verdict_note else finding.verdict
    return badge(words.verdict(label))


def badge(shown: words.Badge) -> Html:
    """Shape and word; the shape is for the eye only."""
    shape = tag("span", shown.shape, class_="cb-shape", aria_hidden="true") if shown.shape else None
    return tag(
        "span", shape, " " if shape else None, tag("span", shown.word), class_=f"cb-badge cb-{shown.tone}"
    )


def dials(finding: Finding) -> Html:
    """Verdict, certainty and size: three answers, never one letter."""
    graded = words.certainty(finding.certainty)
    return tag(
        "dl",
        _dial("Verdict", verdict_badge(finding), words.verdict(finding.verdict).meaning),
        _dial("Certainty", badge(graded), graded.meaning or finding.not_graded),
        _dial("Size", tag("strong", _size(finding)), _worthwhile(finding)),
        class_="cb-dials",
    )


def _dial(name: str, value: Content, note: Content) -> Html:
    return tag("div", tag("dt", name), tag("dd", value, tag("span", note, class_="cb-note")))


def _size(finding: Finding) -> Html:
    """The pooled effect, leading to the studies that it comes from."""
    if finding.pooled is None:
        return join("not computed")
    return link(figures.effect(finding), "#the-studies")


def _worthwhile(finding: Finding) -> str:
    shown, chosen = figures.scale(finding), finding.claim.worthwhile
    if finding.pooled is None:
        return "See the answers of the claims below." if finding.parts else "No effect could be computed."
    unit = f"{words.sentence_case(shown.noun)}; {figures.held(finding)}."
    if chosen is None:
        return unit
    if finding.worthwhile is None:
        return f"{unit} {chosen.because}"
    return f"{unit} Smallest worthwhile effect: {words.number(finding.worthwhile)}{shown.unit}."


def _parts(finding: Finding) -> Html:
    rows = [
        [LINKS.claim(part), verdict_badge(part), badge(words.certainty(part.certainty)), figures.effect(part)]
        for part in finding.parts
    ]
    return table(
        "The claims whose evidence answers this one", ["Claim", "Verdict", "Certainty", "Effect"], rows
    )


def _source_check(book: Book, check: SourceCheck | None) -> Html:
    if check is None:
        return join()
    study = book.library.studies.get(check.study or "")
    source = LINKS.study(study.study, study.label) if study else "no record"
    return facts(
        [
            ("Source", source),
            ("Compared with it, the claim is", tag("strong", check.verdict)),
            ("Because", check.because),
        ]
    )


def _studies(finding: Finding) -> Iterator[str]:
    if finding.pooled is not None:
        yield block(figures.studies_figure(finding))
    yield block(_study_table(finding))
    if finding.pooled is not None:
        yield block(_model(finding))
    yield block(_inputs(finding.rows))


def _study_table(finding: Finding) -> Html:
    columns = ["Study", "What was measured", "People", "Effect (95 % interval)", "Weight", "Risk of bias"]
    rows = [_study_row(row, finding) for row in finding.rows]
    return table(
        f"The studies of this claim: effects as {figures.scale(finding).noun}",
        columns,
        rows,
        numeric=["People", "Weight"],
    )


def _study_row(row: Evidence, finding: Finding) -> list[Content]:
    shown = figures.scale(finding)
    effect = shown.effect(row.y, row.low, row.high) if row.usable else f"not computed: {row.why_not}"
    weight = f"{row.weight:.1f} %" if row.weight is not None else "–"
    return [
        LINKS.study(row.study, figures.label(row, finding), row.result),
        row.what,
        group_sizes(row),
        effect,
        weight,
        judgement(row.risk_of_bias),
    ]


def group_sizes(row: Evidence) -> str:
    """``10 + 11``, or the one group's size; a size that is not known is said so."""
    first = words.number(row.n1, 0)
    return first if row.n2 != row.n2 else f"{first} + {words.number(row.n2, 0)}"


def judgement(word: str) -> Html:
    """A risk-of-bias judgement with its letter and colour."""
    if not word:
        return join("not rated")
    sign = tag("span", words.letter(word), class_=f"cb-bias cb-bias-{words.tone(word)}", aria_hidden="true")
    return join(sign, " ", tag("span", words.spelt(word)))


def _model(finding: Finding) -> Html:
    p, shown = finding.pooled, figures.scale(finding)
    if p is None or p.k < 2:
        return join()
    between = f"τ² = {words.number(p.tau2)}, I² = {words.number(p.i2, 0)} %, Q = {words.number(p.q, 1)} on {p.q_df} degrees of freedom"
    prediction = f"{shown.interval(*p.prediction)}{shown.unit}" if p.k > 2 else None
    return facts(
        [
            ("Pooled effect", tag("strong", figures.effect(finding))),
            ("Prediction interval", prediction),
            ("Differences between studies", between),
            ("Model", f"random effects, τ² by {p.method}, interval by {p.interval}; see the methods page"),
        ]
    )


def _inputs(rows: Iterable[Evidence]) -> Html:
    """Every number that an effect was computed from: as recorded, where it was read, and its line."""
    columns = ["Study", "Numbers as recorded", "How sure", "Read in"]
    lines: list[list[Content]] = [
        [
            row.label,
            [_input(row, item) for item in row.inputs],
            _each(words.how_sure(i.status, i.note) for i in row.inputs),
            _each(i.where for i in row.inputs),
        ]
        for row in rows
    ]
    inside = table("Each number with the place where it was read", columns, lines, kind="cb-small")
    return tag("details", tag("summary", "Show every number with its line in the record"), inside)


def _input(row: Evidence, item: Input) -> Html:
    """``intervention mean 379.5 (line 31)``."""
    return tag(
        "span",
        f"{item.name} ",
        tag("strong", minus(item.printed)),
        " (",
        LINKS.line(row.study, item.line),
        ") ",
        class_="cb-input",
    )


def _each(said: Iterable[str]) -> str:
    """What is said of several numbers, each thing once."""
    return "; ".join(dict.fromkeys(said))


def _certainty(finding: Finding) -> Iterator[str]:
    rating = finding.rating
    if rating is None:
        return
    start = f"Starts {words.spelt(rating.start)}, from the design of the studies. {rating.because}"
    yield block(tag("p", start))
    moved = [*rating.steps, *(step for step in rating.upgrades if step.level or step.overruled)]
    rows = [_step_row(step) for step in moved]
    if rating.gestalt is not None:
        g = rating.gestalt
        rows.append(
            [
                words.sentence_case(NAMES[GESTALT]),
                f"{g.to_level:+d}",
                f"{g.because} ({g.by}, {g.date})",
                "a person's judgement",
            ]
        )
    yield block(
        table(
            "What moved the certainty, and what did not",
            ["Question", "Rating", "Why", "Rule and numbers"],
            rows,
        )
    )
    label = RULESETS[rating.ruleset].label if rating.ruleset in RULESETS else rating.ruleset
    yield block(tag("p", f"Rule set: {label}. {DISCLAIMER}", class_="cb-note"))
    others = [(key, other) for key, other in (finding.ratings or {}).items() if key != rating.ruleset]
    if others:
        lines = [
            [RULESETS[key].label if key in RULESETS else key, badge(words.certainty(r.certainty)), r.because]
            for key, r in others
        ]
        body = block(
            table("The same evidence under other rule sets", ["Rule set", "Certainty", "How"], lines)
        )
        yield section("Under other rule sets", body, level=3)


def _step_row(step: Step) -> list[Content]:
    levels = f" ({step.level:+d})".replace("-", words.MINUS) if step.level else ""
    why: list[Content] = [step.reason]
    if step.overruled is not None:
        o = step.overruled
        why = [
            f"{o.because} Overruled by {o.by}, {o.date}. The rule gave {LEVEL_WORDS[step.automatic]}: {step.reason}"
        ]
    if step.borderline:
        why.append(" Close to the line.")
    proof = "; ".join(
        f"{words.spelt(key)} {_fact(value)}" for key, value in step.facts.items() if value is not None
    )
    details = [
        step.rule,
        tag("span", "; ".join(part for part in (proof, step.threshold) if part), class_="cb-note"),
    ]
    return [words.sentence_case(NAMES[step.domain]), LEVEL_WORDS[step.level] + levels, why, details]


def _fact(value: object) -> str:
    return words.number(value) if isinstance(value, float) else words.spelt(str(value))


def _choices(finding: Finding) -> Iterator[str]:
    yield block(figures.choices_figure(finding))
    shown = figures.scale(finding)
    rows = [
        [
            c.name,
            f"{c.k}",
            shown.effect(c.estimate, c.low, c.high),
            badge(words.certainty(c.certainty)),
            badge(words.verdict(c.verdict)),
        ]
        for c in finding.choices
    ]
    columns = ["Choice", "Studies", "Effect (95 % interval)", "Certainty", "Verdict"]
    yield block(table("The same claim under other defensible choices", columns, rows, numeric=["Studies"]))


def _beside(finding: Finding) -> Html:
    rows = [
        [
            LINKS.study(b.study, b.label, b.result),
            b.says,
            b.what,
            published_effect(b.measure, b.estimate, b.low, b.high, b.p),
            b.where,
        ]
        for b in finding.beside
    ]
    columns = ["Publication", "What it says", "Of what", "Printed effect", "Read in"]
    return table("Results shown beside the evidence", columns, rows)


def published_effect(measure: str, estimate: str, low: str, high: str, p: str) -> str:
    """A value as its source prints it, with all that the source prints about it."""
    known = estimate not in ("", "unknown")
    name = f"{measure} " if known and measure != "%" else ""
    parts = [f"{name}{minus(estimate)}{' %' if measure == '%' else ''}" if known else "not printed"]
    interval = (
        f"{minus(low)} to {minus(high)}" if low not in ("", "unknown") and high not in ("", "unknown") else ""
    )
    parts.append(f"interval {interval}" if interval else "no interval printed")
    if p:
        parts.append(f"p {p}" if p[0] in "<>=" else f"p = {p}")
    return ", ".join(parts)


def minus(printed: str) -> str:
    return printed.replace("-", words.MINUS)


def _left_out(finding: Finding) -> Html:
    rows: list[Row | list[Content]] = [
        [LINKS.study(left.study, left.label), left.because] for left in finding.left_out
    ]
    return table("Results that could be thought to belong here", ["Study", "Why it is not used"], rows)


def _published(book: Book, finding: Finding) -> str:
    spoken = {(row.study, row.result) for row in finding.rows} | {(b.study, b.result) for b in finding.beside}
    mine = [c for c in book.comparisons if (c.study, c.result) in spoken]
    return board(book, mine, LINKS, "Values that others printed, computed again") if mine else ""


def _question(finding: Finding) -> Html:
    q, chosen = finding.claim.question, finding.claim.worthwhile
    worthwhile = (
        join(chosen.because, f" Source: {chosen.source}." if chosen.source else None) if chosen else None
    )
    return facts(
        [
            ("People", q.population),
            ("What they did", q.intervention),
            ("Compared with", q.comparator),
            ("What was measured", q.outcome),
            ("Smallest worthwhile effect", worthwhile),
        ]
    )


def _downloads(finding: Finding) -> Html:
    key = finding.claim.claim
    files = [LINKS.file(f"data/{key}.json", "This finding as JSON")]
    if finding.rows:
        files.append(LINKS.file(f"data/{key}.csv", "The studies as CSV"))
    if finding.pooled is not None:
        files.append(LINKS.file(f"data/{key}-forest.svg", "The forest plot as SVG"))
    return bullets(files)
