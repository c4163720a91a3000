"""The page of one study: what was read, where, with what certainty, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from claimbook.book import figures, words
from claimbook.book.claim import judgement, minus
from claimbook.book.markup import Content, Html, block, join, link, tag
from claimbook.book.record import record
from claimbook.book.references import cited
from claimbook.book.site import Book, Links, Use, page, section
from claimbook.book.tables import bullets, facts, table
from claimbook.rows import numbers

if TYPE_CHECKING:
    from claimbook.records.models import Number, Result, RiskOfBias, Study, Trait

LINKS = Links("../")


def study_page(book: Book, study: Study) -> str:
    return page(
        study.label,
        block(_lead(book, study)),
        section("Used in", block(_used_in(book, study))) if book.uses.get(study.study) else "",
        section("Results", *(_result(book, study, result) for result in study.results)),
        section("Risk of bias", *_risk_of_bias(book, study)),
        section("People", block(_people(book, study))) if study.arms or study.population.traits else "",
        section("What it tested as moderators", block(_moderators(study))) if study.moderators else "",
        section("Same people as", block(_same_people(book, study))) if study.same_people else "",
        section("Looked for and not found", block(bullets(study.not_found))) if study.not_found else "",
        section("Record", block(record(book.library, study.study))),
    )


def _lead(book: Book, study: Study) -> Html:
    entry = book.library.bibliography.get(study.study)
    known = [
        ("Publication", cited(entry) if entry else None),
        (
            "Design",
            f"{words.design(study.design.kind)}: {study.design.because} ({study.design.where}; {words.how_sure(study.design.status)})",
        ),
        ("People", study.population.description),
        ("Weeks", _number(study.weeks) if study.weeks else None),
        ("What it included", study.criteria),
        ("Retraction", _integrity(study)),
        ("Extracted by", ", ".join(study.extracted_by) or None),
        ("Notes", study.notes),
    ]
    return join(tag("p", study.summary, class_="cb-answer"), facts(known))


def _integrity(study: Study) -> str:
    status, checked = study.integrity.status, study.integrity.checked
    return f"{status}, checked {checked}" if checked else status


def _number(number: Number) -> str:
    """A number as recorded, with how it was got where it was not simply printed."""
    if number.status is None:
        return minus(str(number))
    return f"{minus(str(number))} ({words.how_sure(number.status, number.formula or number.because or '')})"


def _used_in(book: Book, study: Study) -> Html:
    rows = [[LINKS.claim(use.finding), use.how, _outcome_of(use)] for use in book.uses[study.study]]
    return table("Claims that speak of this study", ["Claim", "How", "With what result"], rows)


def _outcome_of(use: Use) -> Content:
    if use.row is None or not use.row.usable:
        return use.why
    row = use.row
    effect = figures.scale(use.finding).effect(row.y, row.low, row.high)
    weight = f", {row.weight:.1f} % of the weight" if row.weight is not None and use.finding.k > 1 else ""
    return f"{effect}{weight}"


def _result(book: Book, study: Study, result: Result) -> str:
    said = " · ".join(
        part for part in (result.what, result.time, result.subgroup, f"unit: {result.unit}") if part
    )
    known = [
        ("Read in", _place(book, study, result)),
        ("How sure", words.how_sure(result.status)),
        ("Note", result.note),
    ]
    if result.doubt is not None:
        known.append(
            ("In doubt", f"The spread may be a {result.doubt.read_as.upper()}: {result.doubt.because}")
        )
    anchor = tag("div", tag("p", said), facts(known), id=f"result-{result.id}", class_="cb-result")
    return section(_title(result), block(anchor), block(_numbers(book, study, result)), level=3)


def _title(result: Result) -> str:
    return words.sentence_case(words.spelt(result.id))


def _place(book: Book, study: Study, result: Result) -> Html:
    """The publication, the place in it, and the address at which it was read."""
    other = book.library.studies.get(result.read_in or "")
    publication = LINKS.study(other.study, other.label) if other else result.read_in or study.label
    address = join(", ", link(result.source, result.source)) if result.source else None
    return join(publication, ": ", result.where, address)


def _numbers(book: Book, study: Study, result: Result) -> Html:
    """Every number of the result, those that others computed from it included."""
    index = study.results.index(result)
    rows = [
        _number_row(
            book, study, result, " ".join(map(str, loc)), number, ("results", index, result.shape, *loc)
        )
        for loc, number in numbers(result.data)
    ]
    for place, published in enumerate(result.published):
        for loc, number in numbers(published):
            name = f"{published.measure} {' '.join(map(str, loc))}, computed by {published.read_in}"
            rows.append(
                _number_row(
                    book,
                    study,
                    result,
                    name,
                    number,
                    ("results", index, "published", place, *loc),
                    published.where,
                )
            )
    caption = f"Numbers of {words.spelt(result.id)}, as recorded"
    return table(
        caption,
        ["Number", "As recorded", "How sure", "Where", "Record"],
        rows,
        numeric=["As recorded"],
        kind="cb-small",
    )


def _number_row(
    book: Book,
    study: Study,
    result: Result,
    name: str,
    number: Number,
    loc: tuple[str | int, ...],
    where: str = "",
) -> list[Content]:
    place = book.library.where(study.study, *loc)
    return [
        words.spelt(name),
        minus(str(number)),
        words.how_sure(number.status or result.status, number.formula or number.because or ""),
        number.where or where or result.where,
        LINKS.line(study.study, place.line),
    ]


def _risk_of_bias(book: Book, study: Study) -> Iterator[str]:
    for index, assessment in enumerate(study.risk_of_bias):
        yield block(_assessment(book, study, index, assessment))


def _assessment(book: Book, study: Study, index: int, assessment: RiskOfBias) -> Html:
    rows = [
        [
            words.sentence_case(words.spelt(domain)),
            judgement(word),
            assessment.because.get(domain, "–"),
            _line(book, study, index, "judgements", domain),
        ]
        for domain, word in assessment.judgements.items()
    ]
    rows += [
        [
            question,
            words.spelt(answer),
            assessment.because.get(question, "–"),
            _line(book, study, index, "answers", question),
        ]
        for question, answer in assessment.answers.items()
    ]
    rows += [
        [
            words.sentence_case(words.spelt(o.domain)),
            judgement(o.to),
            f"{o.because} Overruled by {o.by}, {o.date}.",
            _line(book, study, index, "overrides", place),
        ]
        for place, o in enumerate(assessment.overrides)
    ]
    reader = book.library.studies.get(assessment.read_in or "")
    judge = (
        f"as judged by {reader.label}"
        if reader
        else ", ".join(filter(None, [assessment.by, assessment.date]))
    )
    about = (
        f" of {words.listed([words.spelt(result) for result in assessment.results])}"
        if assessment.results
        else ""
    )
    caption = f"Risk of bias{about}, tool {assessment.tool}" + (f", {judge}" if judge else "")
    return table(caption, ["Domain", "Judgement", "Because", "Record"], rows)


def _line(book: Book, study: Study, index: int, *loc: str | int) -> Html:
    return LINKS.line(study.study, book.library.where(study.study, "risk_of_bias", index, *loc).line)


def _people(book: Book, study: Study) -> Html:
    arms = [[arm.label, str(arm.n) if arm.n else "–", arm.training or "–"] for arm in study.arms]
    traits = [_trait(book, study, index, trait) for index, trait in enumerate(study.population.traits)]
    groups = table("Groups", ["Group", "People", "Training"], arms, numeric=["People"]) if arms else None
    before = (
        table("Before training", ["What", "Mean", "Spread", "How the spread is read", "Record"], traits)
        if traits
        else None
    )
    return join(groups, before)


def _trait(book: Book, study: Study, index: int, trait: Trait) -> list[Content]:
    spread = trait.spread()
    kind, number = spread if spread else ("", None)
    read = (
        words.how_sure(number.status, number.because or "")
        if number is not None and number.status
        else "as printed"
    )
    line = book.library.where(study.study, "population", "traits", index, "mean").line
    return [
        f"{trait.what}, {trait.unit}",
        minus(str(trait.mean)),
        f"{kind.upper()} {number}" if number is not None else "–",
        read if number is not None else "–",
        LINKS.line(study.study, line),
    ]


def _moderators(study: Study) -> Html:
    rows = [[m.what, m.finding, m.p.text if m.p else "–", m.where] for m in study.moderators]
    return table(
        "Moderators, as the review reports them",
        ["What", "Finding, as reported", "p, as printed", "Where"],
        rows,
    )


def _same_people(book: Book, study: Study) -> Html:
    return bullets([[_named(book, link.study), f": {link.because}"] for link in study.same_people])


def _named(book: Book, key: str) -> Content:
    other = book.library.studies.get(key)
    return LINKS.study(key, other.label) if other else key


def studies_index(book: Book) -> str:
    """All studies, each with what it is and what it is used for."""
    columns = ["Study", "What it is", "Design", "Outcomes", "Claims"]
    rows = [_index_row(book, study) for study in book.library.studies.values()]
    said = f"{words.sentence_case(words.studies(len(rows)))}, each with every number that was read and the line of its record."
    return page("Studies", block(tag("p", said)), block(table("All studies", columns, rows, id="studies")))


def _index_row(book: Book, study: Study) -> list[Content]:
    outcomes = book.library.info.outcomes
    labels = dict.fromkeys(
        outcomes[r.outcome].label if r.outcome in outcomes else r.outcome for r in study.results
    )
    used = {use.finding.claim.claim: use.finding for use in book.uses.get(study.study, ())}
    claims: Iterable[Content] = (LINKS.claim(finding) for finding in used.values())
    return [
        LINKS.study(study.study, study.label),
        study.summary,
        words.design(study.design.kind),
        words.listed(list(labels)) or "–",
        join(*claims, by="; ") if used else "none",
    ]
