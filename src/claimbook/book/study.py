"""The page of one study: what was read, where, how sure, what became of it; and the list of all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from claimbook.book import figures, words
from claimbook.book.bias import risk_of_bias
from claimbook.book.extraction import how_sure, result_section
from claimbook.book.linked import scholarly_article
from claimbook.book.markup import Content, Html, block, join, link, tag
from claimbook.book.record import record
from claimbook.book.references import cited
from claimbook.book.site import Book, Links, Use, page, section
from claimbook.book.strips import contest, currency
from claimbook.book.tables import Row, bullets, facts, table
from claimbook.book.verified import verified

if TYPE_CHECKING:
    from claimbook.records.models import Number, Study, Trait

LINKS = Links("../")


def study_page(book: Book, study: Study) -> str:
    """Every section that the record has something for."""
    return page(
        study.label,
        block(_lead(book, study)),
        section("Used in", block(_used_in(book, study))),
        section("Results", *(result_section(book, study, result) for result in study.results)),
        section("Risk of bias", *risk_of_bias(book, study)),
        section("People", block(_groups(book, study)), block(_traits(book, study))),
        section("What it tested as moderators", block(_moderators(book, study))),
        section("Same people as", block(_same_people(book, study))),
        section("Looked for and not found", block(bullets(study.not_found))),
        section("Checks of this record", block(verified(book, study.study, _line_of(study)))),
        section("Record", block(record(book.library, study.study))),
        block(_foot(book, study)),
        block(scholarly_article(book.library.bibliography.get(study.study))),
    )


def _line_of(study: Study) -> Callable[[int], Html]:
    return lambda line: LINKS.line(study.study, line)


def _foot(book: Book, study: Study) -> Html:
    key = study.study
    return join(currency(book, [key]), contest(book, f"studies/{key}.html", f"studies/records/{key}.yaml"))


def _lead(book: Book, study: Study) -> Html:
    entry = book.library.bibliography.get(study.study)
    design, integrity = study.design, study.integrity
    checked = f", checked {integrity.checked}" if integrity.checked else ""
    known = [
        ("Publication", cited(entry) if entry else None),
        ("Design", f"{words.design(design.kind)}: {design.because}"),
        ("Design read in", f"{design.where}; {words.how_sure(design.status)}"),
        ("People", study.population.description),
        ("Weeks", _number(study.weeks) if study.weeks else None),
        ("What it included", study.criteria),
        ("Retraction", f"{integrity.status}{checked}"),
        ("Extracted by", ", ".join(study.extracted_by)),
        ("Notes", study.notes),
    ]
    return join(tag("p", study.summary, class_="cb-answer"), facts(known))


def _number(number: Number) -> str:
    """A number as recorded, with how it was got where it was not simply printed."""
    shown = words.minus(str(number))
    return shown if number.status is None else f"{shown} ({how_sure(number, number.status)})"


def _used_in(book: Book, study: Study) -> Html:
    rows = [[LINKS.claim(use.finding), use.how, _outcome(use)] for use in book.uses.get(study.study, ())]
    made = table("Claims that speak of this study", ["Claim", "How", "With what result"], rows)
    return made if rows else join()


def _outcome(use: Use) -> str:
    """The effect that the study lends to a claim, or why it lends none."""
    row = use.row
    if row is None:
        return use.why
    if not row.usable:
        return f"{figures.printed(row)}; not pooled: {use.why}"
    effect = figures.scale(use.finding).effect(row.y, row.low, row.high)
    shared = row.weight is not None and use.finding.k > 1
    return f"{effect}, {row.weight:.1f} % of the weight" if shared else effect


def _groups(book: Book, study: Study) -> Html:
    rows = [
        [arm.label, _number(arm.n) if arm.n else "–", arm.training or "–", _at(book, study, "arms", index)]
        for index, arm in enumerate(study.arms)
    ]
    return table("Groups", ["Group", "People", "What they did", "Record"], rows) if rows else join()


def _at(book: Book, study: Study, *loc: str | int) -> Html:
    return LINKS.line(study.study, book.library.where(study.study, *loc).line)


def _traits(book: Book, study: Study) -> Html:
    rows = [_trait(book, study, index, trait) for index, trait in enumerate(study.population.traits)]
    columns = ["What", "Mean", "Spread", "How the spread is read", "Record"]
    return table("Before training", columns, rows) if rows else join()


def _trait(book: Book, study: Study, index: int, trait: Trait) -> list[Content]:
    kind, number = trait.spread() or ("", None)
    spread, read = "–", "–"
    if number is not None:
        spread, read = f"{kind.upper()} {number}", how_sure(number, number.status or trait.status)
    what = f"{trait.what}, {trait.unit}"
    line = _at(book, study, "population", "traits", index, "mean")
    return [what, words.minus(str(trait.mean)), spread, read, line]


def _moderators(book: Book, study: Study) -> Html:
    rows = [
        [m.what, m.finding, m.p.text if m.p else "–", m.where, _at(book, study, "moderators", index)]
        for index, m in enumerate(study.moderators)
    ]
    columns = ["What", "Finding, as reported", "p, as printed", "Where", "Record"]
    return table("Moderators, as the review reports them", columns, rows) if rows else join()


def _same_people(book: Book, study: Study) -> Html:
    return bullets([[_named(book, link.study), f": {link.because}"] for link in study.same_people])


def _named(book: Book, key: str) -> Content:
    other = book.library.studies.get(key)
    return LINKS.study(key, other.label) if other else key


def studies_index(book: Book) -> str:
    """All studies, each with what it is and what it is used for; the script makes them a list to search."""
    columns = ["Study", "What it is", "Kind", "People", "Measured", "Claims"]
    rows = [_index_row(book, place, study) for place, study in enumerate(book.library.studies.values())]
    said = f"{words.studies(len(rows))}, each with every number that was read and the line of its record."
    made = table("All studies", columns, rows, id="study-list", kind="cb-compact")
    return page("Studies", block(tag("p", said)), block(made))


def _index_row(book: Book, place: int, study: Study) -> Row:
    outcomes, people = book.library.info.outcomes, _people(book, study)
    keys = dict.fromkeys(result.outcome for result in study.results)
    labels = [outcomes[key].label if key in outcomes else key for key in keys]
    claims = {use.finding.claim.claim for use in book.uses.get(study.study, ())}
    entry = book.library.bibliography.get(study.study)
    kind = words.design(study.design.kind)
    used = words.count(len(claims), "claim")
    cells: list[Content] = [
        LINKS.study(study.study, study.label),
        study.summary,
        kind,
        words.people(people) if people else "people not known",
        words.listed(labels) or "–",
        link(used, f"{study.study}.html#used-in") if claims else "no claim",
    ]
    found = {
        "data_place": str(place),
        "data_kind": kind,
        "data_outcome": "|".join(labels),
        "data_people": str(people),
        "data_year": (entry.get("year") if entry else "") or "0",
        "data_claims": str(len(claims)),
    }
    return Row(cells, found)


def _people(book: Book, study: Study) -> int:
    """Participants as recorded, else of all groups, else of the largest pooled result; 0 where not known."""
    total, arms = study.population.n, [arm.n for arm in study.arms]
    if total is not None and total.known:
        return round(float(total))
    if arms and all(size is not None and size.known for size in arms):
        return round(sum(float(size) for size in arms if size is not None))
    uses = book.uses.get(study.study, ())
    return max((use.row.n for use in uses if use.row is not None), default=0)
