"""What pages say to machines: schema.org as JSON-LD, a ClaimReview, a ScholarlyArticle or a Dataset.

A review carries the verdict as its word and no number: certainty and size are answers of their own. Nothing
here names an address of the book, which opens from any folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from claimbook.book.markup import Html, data_script, join
from claimbook.book.references import addresses

if TYPE_CHECKING:
    from claimbook.book.site import Book
    from claimbook.findings import Finding
    from claimbook.records import Entry

CONTEXT = "https://schema.org"


def claim_review(book: Book, finding: Finding) -> Html:
    """The review of a claim that the article makes; nothing for claims that the book added itself."""
    claim, article = finding.claim, book.library.info.article
    if claim.number is None:
        return join()
    appearance = article and {
        "@type": "Article",
        "headline": article.title,
        "author": {"@type": "Person", "name": article.author},
        "publisher": {"@type": "Organization", "name": article.published_in},
    }
    who = claim.said_by.partition(",")[0]
    by_article = article is not None and who.startswith("the ")
    return _script(
        "ClaimReview",
        claimReviewed=claim.text,
        itemReviewed={
            "@type": "Claim",
            "author": {"@type": "Person", "name": article.author if article and by_article else who},
            **({"appearance": appearance} if appearance else {}),
        },
        reviewRating={
            "@type": "Rating",
            "alternateName": finding.verdict,
            "ratingExplanation": finding.answer,
        },
        author=_author(book),
        isBasedOn=list(_sources(book, finding)),
    )


def _author(book: Book) -> dict[str, str]:
    return {"@type": "Organization", "name": book.author or "The authors"}


def _sources(book: Book, finding: Finding) -> Iterable[str]:
    """The addresses of the publications behind a finding."""
    for key in dict.fromkeys([row.study for row in finding.rows] + [one.study for one in finding.beside]):
        entry = book.library.bibliography.get(key)
        yield from (address for _, address in addresses(entry)[:1]) if entry else ()


def scholarly_article(entry: Entry | None) -> Html:
    """A study's publication, as the library's references have it."""
    if entry is None:
        return join()
    people = [" ".join(part for part in (given, family) if part) for family, given in entry.authors]
    journal = entry.get("journal")
    return _script(
        "ScholarlyArticle",
        headline=entry.get("title"),
        author=[{"@type": "Person", "name": name} for name in people if name != "others"],
        datePublished=entry.get("year"),
        isPartOf={"@type": "Periodical", "name": journal} if journal else None,
        pagination=entry.get("pages").replace("--", "-"),
        sameAs=[address for _, address in addresses(entry)],
    )


def dataset(book: Book, tables: Mapping[str, str]) -> Html:
    """The tables that the book offers: name of the file under data/ to what it holds."""
    info = book.library.info
    return _script(
        "Dataset",
        name=info.title,
        description=info.question or info.title,
        license=info.licence,
        creator=_author(book),
        distribution=[
            {
                "@type": "DataDownload",
                "name": about,
                "encodingFormat": "text/csv",
                "contentUrl": f"data/{name}.csv",
            }
            for name, about in tables.items()
        ],
    )


def _script(kind: str, **known: Any) -> Html:
    """What is known as a script that nothing runs; what is empty is left out."""
    given = {name: value for name, value in known.items() if value}
    return data_script({"@context": CONTEXT, "@type": kind, **given}, type="application/ld+json")
