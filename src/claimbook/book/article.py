"""The article, claim by claim: a scorecard, each claim with its verdict, and whether its source says so."""

from __future__ import annotations

from collections.abc import Callable

from claimbook.book import badges, words
from claimbook.book.markup import Content, Html, block, join, tag
from claimbook.book.site import Book, Links
from claimbook.book.tables import facts, table
from claimbook.findings import Finding

LINKS = Links()


def article(book: Book) -> str:
    """The article's claims in its order, then those that were added to answer them."""
    made = [finding for finding in book.findings.values() if finding.claim.number is not None]
    added = [finding for finding in book.findings.values() if finding.claim.number is None]
    parts = [block(_source(book)), block(scorecard(made or added))]
    if made:
        parts.append(block(_claims("The claims of the article, in its order", made)))
    if added:
        parts.append(block(_claims("Claims added to answer those of the article", added)))
    return "\n".join(parts)


def _source(book: Book) -> Html:
    known = book.library.info.article
    if known is None:
        return tag("p", "The claims of this book come from no single article.")
    return facts(
        [
            ("Article", known.title),
            ("By", known.author),
            ("Published in", known.published_in),
            ("Its wording", known.wording_note),
        ]
    )


def scorecard(findings: list[Finding]) -> Html:
    """What is asked of each claim, and how many claims gave which answer, each leading to its page."""
    rows: list[list[Content]] = []
    for question, answer in SCORECARD.items():
        found: dict[str, list[Finding]] = {}
        for finding in findings:
            if said := answer(finding):
                found.setdefault(said, []).append(finding)
        order = sorted(found.items(), key=lambda one: -len(one[1]))
        if order and len(order[0][1]) == len(findings):
            rows.append([question, tag("strong", f"all {order[0][0]}")])
        elif order:
            rows.append([question, tag("ul", [tag("li", _answered(*one)) for one in order])])
    caption = f"Scorecard of {words.count(len(findings), 'claim')}"
    return table(caption, ["Question", "Claims"], rows, kind="cb-score")


def _answered(said: str, findings: list[Finding]) -> Html:
    named = (LINKS.claim(one, str(one.claim.number or one.claim.title)) for one in findings)
    return join(tag("strong", f"{len(findings)} {said}"), ": ", join(*named, by=", "))


def _named_source(finding: Finding) -> str:
    check = finding.claim.source_check
    if check is None:
        return "not checked"
    return "yes" if check.study else "no"


def _source_agrees(finding: Finding) -> str:
    check = finding.claim.source_check
    return check.verdict if check is not None and check.verdict != "no source given" else ""


def _wording(finding: Finding) -> str:
    return WORDINGS[finding.claim.wording]


WORDINGS = {"verbatim": "as printed", "paraphrase": "in our words", "reconstructed": "reconstructed"}


def _evidence(finding: Finding) -> str:
    return finding.verdict[:1].lower() + finding.verdict[1:]


def _certainty(finding: Finding) -> str:
    return f"{words.spelt(finding.certainty)} certainty" if finding.rating else ""


SCORECARD: dict[str, Callable[[Finding], str]] = {
    "What does the evidence say?": _evidence,
    "How sure is that?": _certainty,
    "Does it name a source that has a record here?": _named_source,
    "Does the source say so?": _source_agrees,
    "In whose words do we have it?": _wording,
}
"""What the article is asked, claim by claim; an empty answer means that the question does not arise."""


def _claims(caption: str, findings: list[Finding]) -> Html:
    columns = ["Claim", "Said by", "Verdict", "Certainty", "Source check"]
    return table(caption, columns, [_row(finding) for finding in findings], kind="cb-claims")


def _row(finding: Finding) -> list[Content]:
    claim = finding.claim
    number = f"{claim.number}. " if claim.number is not None else None
    return [
        join(number, LINKS.claim(finding, claim.text)),
        claim.said_by,
        badges.verdict(finding),
        badges.certainty(finding.certainty),
        _check(finding),
    ]


def _check(finding: Finding) -> Content:
    check = finding.claim.source_check
    return join(tag("strong", check.verdict), f": {check.because}") if check else "–"
