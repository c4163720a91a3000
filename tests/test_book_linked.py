"""What pages say to machines is JSON-LD of schema.org, whatever stands in the records."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from book_library import SCRIPT, write_library

from claimbook.book import building
from claimbook.book.contents import contents
from claimbook.book.markup import data_script

NEEDED = {
    "ClaimReview": {"claimReviewed", "itemReviewed", "reviewRating", "author"},
    "ScholarlyArticle": {"headline", "author", "datePublished", "sameAs"},
    "Dataset": {"name", "description", "license", "creator", "distribution"},
}


def linked(page: str) -> list[dict[str, Any]]:
    """The data of a page, read as a browser would: up to the first end of a script."""
    return [
        json.loads(data) for data in re.findall(r'<script type="application/ld\+json">(.*?)</script', page)
    ]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return dict(contents(building.read_book(write_library(tmp_path_factory.mktemp("small")))))


@pytest.fixture(scope="module")
def flagship() -> dict[str, list[dict[str, Any]]]:
    book = building.read_book(Path(__file__).parents[1] / "studies")
    return {name: linked(text) for name, text in contents(book) if name.endswith(".md")}


def test_every_kind_has_what_its_type_asks_for(flagship: dict[str, list[dict[str, Any]]]) -> None:
    said = [data for found in flagship.values() for data in found]
    lacking = [(data["@type"], NEEDED[data["@type"]] - data.keys()) for data in said]
    assert {kind for kind, missing in lacking if missing - {"sameAs"}} == set()


def test_claims_of_the_article_studies_and_data_speak_to_machines(
    flagship: dict[str, list[dict[str, Any]]],
) -> None:
    kinds = [data["@type"] for found in flagship.values() for data in found]
    assert (kinds.count("ClaimReview"), kinds.count("Dataset")) == (26, 1)
    assert kinds.count("ScholarlyArticle") == sum(name.startswith("studies/") for name in flagship) - 1


def test_a_verdict_is_a_word_and_no_number(flagship: dict[str, list[dict[str, Any]]]) -> None:
    rating = flagship["claims/running-versus-lifting.md"][0]["reviewRating"]
    assert ("alternateName" in rating, "ratingValue" in rating) == (True, False)


def test_a_script_in_a_text_ends_nothing_and_comes_back_whole(files: dict[str, str]) -> None:
    (review,), (paper,) = linked(files["claims/pooled.md"]), linked(files["studies/alpha.md"])
    assert (review["claimReviewed"], paper["headline"]) == (
        f"Text {SCRIPT}",
        "T <script>alert(2)</script>",
    )


@pytest.mark.parametrize("text", ["</script><b>", "<!--", "```\n{raw}", "\u2028 \x00 \ud800", '"\\'])
def test_data_never_leaves_its_script(text: str) -> None:
    made = data_script({"text": text}, type="application/json")
    assert (made.count("<"), made.count("`"), "\n" in made) == (2, 0, False)
    assert set(json.loads(made.partition(">")[2].rpartition("<")[0])) == {"text"}


def test_a_claim_that_the_book_added_is_nobodys_to_review(files: dict[str, str]) -> None:
    assert linked(files["claims/single.md"]) == []
