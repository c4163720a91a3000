"""Trying your own choices: the browser computes what the package computes, from what the page hands it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from book_library import write_library
from widget_vectors import SCRIPT, expected, vectors

from claimbook.book import building
from claimbook.book.site import Book
from claimbook.book.widget import MODELS, contract, widget

RUN = """
const { pool } = require(process.argv[1]);
const given = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(given.map(({ y, v, model, level, z }) => pool(y, v, model, level, z))));
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return building.read_book(write_library(tmp_path_factory.mktemp("small")))


def test_the_script_pools_as_the_package_does() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    given = vectors()
    done = subprocess.run(
        [node, "-e", RUN, str(SCRIPT)], input=json.dumps(given), capture_output=True, text=True, check=True
    )
    found = [(one["estimate"], one["low"], one["high"], one["tau2"]) for one in json.loads(done.stdout)]
    assert [pytest.approx(one, rel=1e-9, abs=1e-9) for one in expected(given)] == found


def test_every_model_is_tried_with_few_and_many_studies() -> None:
    tried = {(one["model"], len(one["y"]) > 12) for one in vectors()}
    assert tried == {(" ".join(model), many) for model in MODELS for many in (False, True)}


def test_the_data_of_a_page_holds_what_the_script_must_reproduce(book: Book) -> None:
    finding = book.findings["pooled"]
    assert finding.pooled is not None
    p, data = finding.pooled, contract(finding, finding.pooled)
    golden = {"b": p.estimate, "lo": p.low, "hi": p.high, "tau2": p.tau2}
    assert (data["golden"], len(data["studies"]), data["default"]) == (
        golden,
        3,
        {"model": "REML", "ci": "HKSJ"},
    )


def test_markup_in_a_label_cannot_end_the_data(book: Book) -> None:
    inside = widget(book.findings["pooled"]).split('id="cb-data">')[1].split("</script>")[0]
    assert json.loads(inside)["studies"][0]["label"] == book.library.studies["alpha"].label


@pytest.mark.parametrize("claim", ["single", "untested", "overview"])
def test_there_is_nothing_to_try_without_two_studies(book: Book, claim: str) -> None:
    assert widget(book.findings[claim]) == ""


def test_the_scripts_are_small() -> None:
    size = sum((Path(SCRIPT).parent / name).stat().st_size for name in ("pool.js", "try.js"))
    assert size < 25_000
