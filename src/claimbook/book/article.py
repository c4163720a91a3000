"""The article, claim by claim: what it says, what became of it, and whether its source says so."""

from __future__ import annotations

from collections import Counter

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
    parts = [block(_source(book)), block(_counts(made or added))]
    if made:
        parts.append(block(_claims("The claims of the article", made)))
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


def _counts(findings: list[Finding]) -> Html:
    """How often each verdict and each source check came out."""
    verdicts = Counter(finding.verdict for finding in findings)
    checks = Counter(finding.claim.source_check.verdict for finding in findings if finding.claim.source_check)
    unchecked = len(findings) - checks.total()
    told = [f"{n} {word}" for word, n in checks.most_common()]
    return facts(
        [
            ("Claims", words.count(len(findings), "claim")),
            ("Verdicts", "; ".join(f"{n} {_lower(word)}" for word, n in verdicts.most_common())),
            ("Source checks", "; ".join([*told, f"{unchecked} without a source to check"]) if told else None),
        ]
    )


def _lower(word: str) -> str:
    return word[:1].lower() + word[1:]


def _claims(caption: str, findings: list[Finding]) -> Html:
    columns = ["Claim", "Wording", "Said by", "Verdict", "Certainty", "Source check"]
    return table(caption, columns, [_row(finding) for finding in findings])


def _row(finding: Finding) -> list[Content]:
    claim = finding.claim
    number = f"{claim.number}. " if claim.number is not None else None
    return [
        join(number, LINKS.claim(finding, claim.text)),
        claim.wording,
        claim.said_by,
        badges.verdict(finding),
        badges.certainty(finding.certainty),
        _check(finding),
    ]


def _check(finding: Finding) -> Content:
    check = finding.claim.source_check
    return join(tag("strong", check.verdict), f": {check.because}") if check else "–"
