"""Exports: what is written reads back, decimals and all; the PRISMA counts add up or say why not."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from small_library import folder, library, means, write

from claimbook.checks.counts import contradictions
from claimbook.cli import main
from claimbook.cli.explain import PAGES, codes
from claimbook.cli.export import FORMATS
from claimbook.exchange.citations import read_citations
from claimbook.exchange.codes import NAMES
from claimbook.exchange.exporting import EXPORTS, NUMBERS, as_csv, as_json, as_metafor, as_revman, as_ris
from claimbook.exchange.package import read_package
from claimbook.exchange.prisma import BOXES, flow
from claimbook.exchange.source import Source
from claimbook.records import Library, read_library
from claimbook.records.editing import as_data
from claimbook.records.models import SHAPES, Screening

STUDIES = Path(__file__).parent.parent / "studies"


@pytest.fixture(scope="module")
def real() -> Library:
    return read_library(STUDIES)[0]


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, arguments, prog_name="claimbook")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


COUNTS = {
    "intervention": {"arm": "trained", "events": 2, "n": 14},
    "comparator": {"arm": "control", "events": 1, "n": 13},
}
CHANGE = {"arm": "trained", "n": 12, "percent": "10.60", "sd": "2.70", "p": "<0.05"}
PRE_POST = {"arm": "trained", "n": 9, "mean_pre": 5, "sd_pre": 1, "mean_post": "6.0", "sd_post": 1, "r": 0.8}
REPORTED = {"measure": "SMD", "estimate": "-0.10", "low": -0.4, "high": 0.2, "p": "0.50"}
EVERY = {
    "means": means(),
    "counts": COUNTS,
    "percent_change": CHANGE,
    "pre_post": PRE_POST,
    "single": {"arm": "trained", "n": 12, "mean": "24.50", "se": 0.6},
    "reported": REPORTED,
}


def of_every_kind(root: Path) -> Library:
    results = [
        {"id": f"r-{shape}".replace("_", "-"), "what": shape, shape: data} for shape, data in EVERY.items()
    ]
    return library(root, folder({"able2019": {"results": results}}, claims={}))


def test_every_kind_of_result_is_exported_and_reads_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = of_every_kind(tmp_path / "one")
    write(tmp_path / "two" / "studies", folder({}, claims={}))
    monkeypatch.chdir(tmp_path / "two")
    Path("all.csv").write_text(as_csv(before), encoding="utf-8")
    run("study", "import", "all.csv")
    after = read_library("studies")[0].studies["able2019"]
    ids = {"trained": "training", "control": "no-training"}
    for old, new in zip(before.studies["able2019"].results, after.results, strict=True):
        assert renamed(as_data(old.data), ids) == as_data(new.data)
        assert (old.what, old.unit, old.where, old.status) == (new.what, new.unit, new.where, new.status)
    assert set(NUMBERS) == set(SHAPES) == set(EVERY)


def renamed(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: renamed(part, ids) for name, part in value.items()}
    return ids.get(value, value) if isinstance(value, str) else value


def test_printed_decimals_and_unknown_numbers_stay(tmp_path: Path) -> None:
    record = {"results": [{"single": {"arm": "trained", "n": "unknown", "mean": "24.50"}}]}
    (row,) = rows(as_csv(library(tmp_path, folder({"one": record}, claims={}))))
    assert (row["n"], row["mean"]) == ("unknown", "24.50")


def test_metafor_gets_effects_and_the_numbers_that_they_come_from(real: Library) -> None:
    found = {(row["claim"], row["study"]): row for row in rows(as_metafor(real))}
    row = found["concurrent-hypertrophy", "mccarthy2002"]
    assert (row["m1i"], row["sd2i"], row["measure"]) == ("101.51", "4.49", "SMD")
    assert float(row["yi"]) == pytest.approx(-0.7142318398015887)
    assert all(row["yi"] or row["why_not"] for row in found.values())


def test_revmans_columns_read_back_as_a_data_package(real: Library) -> None:
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("x-data-rows.csv", as_revman(real))
    review, problems = read_package(out.getvalue(), "x.zip")
    expected = [r for s in real.studies.values() for r in s.results if r.shape in {"means", "counts"}]
    assert problems == [] and len(review.rows) == len(expected) > 20


def test_every_citation_reads_back_from_ris(real: Library) -> None:
    citations, problems = read_citations(Source("x.ris", as_ris(real)), "ris")
    assert problems == []
    assert [(c.key, c.title, c.doi, c.pmid) for c in citations] == [
        (key, entry.get("title"), entry.get("doi"), entry.get("pmid"))
        for key, entry in real.bibliography.items()
    ]


def test_json_holds_everything(real: Library) -> None:
    whole = json.loads(as_json(real))
    assert set(whole) == {"library", "studies", "claims", "references"}
    assert whole["studies"]["mccarthy2002"]["results"][0]["means"]["comparator"]["sd"] == "4.49"


def test_a_spreadsheet_is_not_made_to_compute(tmp_path: Path) -> None:
    record = {
        "results": [{"what": '=HYPERLINK("http://x")', "single": {"arm": "trained", "n": 3, "mean": -1.5}}]
    }
    (row,) = rows(as_csv(library(tmp_path, folder({"one": record}, claims={}))))
    assert (row["what"][0], row["mean"]) == ("'", "-1.5")


@pytest.mark.parametrize("format", [name for name in EXPORTS if name != "prisma"])
def test_an_empty_library_is_exported(tmp_path: Path, format: str) -> None:
    assert EXPORTS[format].write(library(tmp_path, folder({}, claims={}))) is not None


FLOW = {
    "databases": {"PubMed": 120, "Scopus": 300},
    "registers": {"ClinicalTrials.gov": 12},
    "duplicates": 80,
    "screened": 352,
    "records_excluded": 300,
    "sought": 52,
    "not_retrieved": 2,
    "assessed": 50,
    "excluded": {"no control group": 20, "other outcome": 18},
    "citations": 6,
    "other_sought": 6,
    "other_not_retrieved": 1,
    "other_assessed": 5,
    "other_excluded": {"other outcome": 4},
    "new_studies": 11,
    "new_reports": 13,
    "previous_studies": 3,
    "total_studies": 14,
}


def test_counts_that_add_up_are_let_be() -> None:
    assert list(contradictions(Screening.model_validate(FLOW))) == []
    assert list(contradictions(Screening())) == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("screened", 350, "screened is 350, but what was found less what was removed is 352"),
        ("sought", 51, "sought is 51, but what was screened less what was excluded by it is 52"),
        ("assessed", 52, "assessed is 52"),
        ("other_assessed", 6, "other_assessed is 6"),
        ("new_reports", 12, "new_reports is 12, but what was assessed less what was excluded is 13"),
        ("total_studies", 15, "total_studies is 15"),
        ("new_studies", 14, "new_studies is 14, more than the 13 reports of them"),
        ("records_excluded", 400, "records_excluded is 400, more than the 352 that were screened"),
        ("excluded", {"all": 60}, "excluded is 60, more than the 50 that were read in full"),
    ],
)
def test_a_count_that_does_not_follow_is_named(field: str, value: object, said: str) -> None:
    found = dict(contradictions(Screening.model_validate({**FLOW, field: value})))
    assert said in found[field]


def test_every_count_has_a_box() -> None:
    assert set(BOXES.values()) | {"excluded", "other_excluded"} == set(Screening.model_fields)
    boxes = flow(Screening.model_validate(FLOW))
    assert boxes["database_results"] == "420"
    assert boxes["dbr_excluded"] == "no control group, 20; other outcome, 18"
    assert boxes["excluded_automatic"] == ""


def test_the_flow_is_exported_and_its_mistakes_have_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, folder(library={"screening": {**FLOW, "sought": 51}}))
    monkeypatch.chdir(tmp_path)
    result = run("export", "prisma", code=1)
    line = next(
        n for n, text in enumerate(Path("library.yaml").read_text().splitlines(), 1) if '"sought"' in text
    )
    assert f"error[P109] library.yaml:{line}" in result.stderr
    assert "records_screened,352\n" in result.stdout


def test_without_counts_there_is_no_flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, folder())
    monkeypatch.chdir(tmp_path)
    assert "no counts of screening" in run("export", "prisma", code=1).stderr


def test_the_command_knows_every_format_and_writes_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(FORMATS) == set(EXPORTS)
    shutil.copytree(STUDIES, tmp_path / "studies")
    monkeypatch.chdir(tmp_path)
    assert run("export", "ris", "-o", "all.ris").stdout == ""
    assert Path("all.ris").read_text().count("TY  - ") == Path("all.ris").read_text().count("ER  - ")


def test_every_code_of_exchange_has_its_page() -> None:
    assert set(NAMES) <= set(codes()) and set(NAMES) <= set(PAGES)
