"""The page of one claim: the answer first, then the proof, down to the line of the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from claimbook.book import badges, figures, words
from claimbook.book.answers import would_change
from claimbook.book.certainty import certainty, survival
from claimbook.book.evidence import studies
from claimbook.book.linked import claim_review
from claimbook.book.markup import Content, Html, block, join, link, tag
from claimbook.book.published import brief, printed
from claimbook.book.record import record
from claimbook.book.reviewed import reviewed
from claimbook.book.site import NUMBERS, Book, Links, page, section
from claimbook.book.strips import behind, contest, currency
from claimbook.book.tables import bullets, facts, fold, table
from claimbook.book.verified import verified

if TYPE_CHECKING:
    from claimbook.findings import Finding
    from claimbook.findings.beside import Beside
    from claimbook.records import Claim
    from claimbook.records.models import Question, SourceCheck, Worthwhile

LINKS = Links("../")


def claim_page(book: Book, finding: Finding) -> str:
    """Every section that the finding has something for, in the order in which readers ask.

    What is there for auditors is folded.
    """
    claim = finding.claim
    return page(
        claim.title,
        block(_lead(finding)),
        block(currency(book, behind(finding))),
        section("What this does not cover", block(bullets(claim.limits))),
        section("Answered by these claims", block(_parts(finding))),
        section("Does the source say so?", block(_source_check(book, claim.source_check))),
        section("Why this certainty?", *certainty(finding)),
        section("The studies", *studies(book, finding)) if finding.rows else "",
        section("Reviews, as published", *reviewed(finding)),
        section("Does the answer survive other choices?", *survival(book, finding)),
        section("Shown beside, not pooled", block(_beside(book, finding))),
        section("Left out, and why", block(_left_out(finding))),
        section("Published against recomputed", _published(book, finding)),
        section("How the claim was tested", block(_tested(claim.question, claim.worthwhile))),
        section("Checks of this record", block(verified(book, claim.claim, _line))),
        section("Downloads and record", block(_downloads(finding)), block(_record(book, claim.claim))),
        block(contest(book, f"claims/{claim.claim}.html", f"studies/claims/{claim.claim}.yaml")),
        block(claim_review(book, finding)),
    )


def _record(book: Book, key: str) -> Html:
    return fold("Show the record, line by line", record(book.library, key))


def _line(line: int) -> Html:
    return link(f"line {line}", f"#L{line}", class_="cb-line-link")


def _lead(finding: Finding) -> Html:
    """The claim as made, the answer, the three dials, and what they leave out or wait for."""
    change = would_change(finding)
    return join(
        tag("p", claimed(finding.claim), class_="cb-claim"),
        tag("p", words.minus(finding.conclusion), class_="cb-answer"),
        _dials(finding),
        *(tag("p", words.minus(line)) for line in finding.qualified),
        tag("p", tag("strong", "What would change it: "), change) if change else None,
    )


def claimed(claim: Claim) -> Html:
    """The claim and who made it; in quotation marks only where the words are theirs."""
    opening, closing = WORDINGS[claim.wording]
    words_of_it = (
        tag("q", claim.text) if claim.wording == "verbatim" else tag("span", claim.text, class_="cb-said")
    )
    return join(opening, ": ", words_of_it, f" {closing} {claim.said_by.rstrip('.')}.")


WORDINGS = {
    "verbatim": ("The claim", "Said by"),
    "paraphrase": ("The claim, in our words", "Made by"),
    "reconstructed": ("The claim, reconstructed in our words", "Attributed to"),
}


def _dials(finding: Finding) -> Html:
    """Verdict, certainty and size: three answers, never one letter."""
    graded = words.certainty(finding.certainty)
    return tag(
        "dl",
        _dial("Verdict", badges.verdict(finding), words.verdict(finding.verdict).meaning),
        _dial("Certainty", badges.badge(graded), graded.meaning or finding.not_graded),
        _dial("Size", tag("strong", _size(finding)), _size_note(finding)),
        class_="cb-dials simple",
    )


def _dial(name: str, value: Content, note: Content) -> Html:
    return tag("div", tag("dt", name), tag("dd", value, tag("span", note, class_="cb-note")))


def _size(finding: Finding) -> Html:
    """The pooled effect, leading to the numbers that it was computed from, each with its line."""
    if finding.pooled is None:
        return join("not computed")
    return link(figures.effect(finding), f"#{NUMBERS}")


def _size_note(finding: Finding) -> str:
    """What the effect is, what it rests on, and the smallest one worth having."""
    if finding.pooled is None:
        return "Each of the claims below has its own." if finding.parts else "No effect could be computed."
    shown, chosen = figures.scale(finding), finding.claim.worthwhile
    said = f"{words.sentence_case(shown.noun)}; {figures.held(finding)}."
    if finding.worthwhile is not None:
        return f"{said} Smallest worthwhile effect: {figures.worthwhile(finding)}."
    return f"{said} {chosen.because}" if chosen else said


def _parts(finding: Finding) -> Html:
    rows: list[list[Content]] = [
        [LINKS.claim(part), badges.verdict(part), badges.certainty(part.certainty), figures.effect(part)]
        for part in finding.parts
    ]
    columns = ["Claim", "Verdict", "Certainty", "Effect"]
    return table("The claims whose evidence answers this one", columns, rows) if rows else join()


def _source_check(book: Book, check: SourceCheck | None) -> Html:
    if check is None:
        return join()
    study = book.library.studies.get(check.study or "")
    source = LINKS.study(study.study, study.label) if study else "no record"
    compared = ("Compared with it, the claim is", tag("strong", check.verdict))
    return facts([("Source", source), compared, ("Because", check.because)])


def _beside(book: Book, finding: Finding) -> Html:
    columns = ["Publication", "What it says", "Of what", "Printed effect", "Read in"]
    rows = [_mention(book, beside) for beside in finding.beside]
    if not rows:
        return join()
    made = table("Results shown beside the evidence", columns, rows, kind="cb-beside")
    return fold(f"Show {words.count(len(rows), 'result')} beside the evidence", made)


def _mention(book: Book, beside: Beside) -> list[Content]:
    name = LINKS.study(beside.study, beside.label, beside.result)
    shown = printed(beside.measure, beside.estimate, beside.low, beside.high, beside.p)
    line = LINKS.line(beside.study, book.library.where_result(beside.study, beside.result).line)
    return [name, beside.says, beside.what, shown, join(beside.where, ", ", line)]


def _left_out(finding: Finding) -> Html:
    rows: list[list[Content]] = [
        [LINKS.study(left.study, left.label), left.because] for left in finding.left_out
    ]
    if not rows:
        return join()
    made = table("Results that could be thought to belong here", ["Study", "Why it is not used"], rows)
    return fold(f"Show {words.count(len(rows), 'result')} and why each is not used", made)


def _published(book: Book, finding: Finding) -> str:
    """The recomputed values of the results that this claim speaks of."""
    spoken = {(row.study, row.result) for row in finding.rows}
    spoken |= {(beside.study, beside.result) for beside in finding.beside}
    mine = [compared for compared in book.comparisons if (compared.study, compared.result) in spoken]
    return brief(book, mine, LINKS, "Values that were not made again as they are printed")


def _tested(question: Question, chosen: Worthwhile | None) -> Html:
    source = f" Source: {chosen.source}." if chosen and chosen.source else ""
    return facts(
        [
            ("People", question.population),
            ("What they did", question.intervention),
            ("Compared with", question.comparator),
            ("What was measured", question.outcome),
            ("Worthwhile effect", f"{chosen.because}{source}" if chosen else None),
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
