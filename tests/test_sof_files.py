"""Summary of Findings and Evidence Profile as files, and what ``claimbook grade --table`` writes."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from claimbook.appraisal import DISCLAIMER, rate, read_evidence
from claimbook.appraisal.robvis import read_robvis
from claimbook.appraisal.tables import PROFILE, SUMMARY, Row, row
from claimbook.cli import main
from claimbook.exchange.docx import document, heading, paragraph, table
from claimbook.exchange.tables import FORMATS, TABLES, written

EVERY = (*FORMATS, "csv")

STUDIES = Path(__file__).parent.parent / "studies"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DIRECT = dict.fromkeys(("population", "intervention", "comparison", "outcome"), "yes")
REHAB: dict[str, Any] = {
    "id": "mortality", "measure": "RR", "est": 0.87, "lo": 0.73, "hi": 1.04, "k": 25, "n": 8823, "i2": 0,
    "design": "rct", "direction": "lower_better", "threshold": {"type": "null"}, "baseline_risk": 0.057,
    "risk_of_bias": {"weight_high": 0}, "indirectness": DIRECT, "follow_up": "6 to 12 months",
    "intervention": "rehabilitation", "comparator": "usual care", "outcome": "deaths & <1 year",
}  # fmt: skip
FALLS = REHAB | {"id": "infarction", "est": 0.72, "lo": 0.55, "hi": 0.93, "outcome": "infarction"}
OTHER = FALLS | {"comparator": "bed rest"}


def rows(*bodies: dict[str, Any]) -> list[Row]:
    evidence = [read_evidence(body) for body in bodies]
    return [row(one, rate(one)) for one in evidence]


def word(content: bytes, part: str = "word/document.xml") -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return ElementTree.fromstring(archive.read(part))


def texts(cell: ElementTree.Element) -> str:
    return "".join(t.text or "" for t in cell.iter(f"{W}t"))


def cells(content: bytes) -> list[list[str]]:
    return [[texts(cell) for cell in line.iter(f"{W}tc")] for line in word(content).iter(f"{W}tr")]


def test_the_same_rows_give_the_same_bytes() -> None:
    first, second = (written(rows(REHAB, FALLS), "sof", "docx") for _ in range(2))
    assert first == second


def test_every_part_of_a_word_file_is_declared_and_well_formed() -> None:
    content = written(rows(REHAB), "ep", "docx")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        parts = [ElementTree.fromstring(archive.read(name)) for name in names]
        dates = {info.date_time for info in archive.infolist()}
    overrides = [e.get("PartName") for e in parts[0] if e.get("PartName")]
    assert (set(overrides) - {f"/{name}" for name in names}, dates) == (set(), {(1980, 1, 1, 0, 0, 0)})


def test_every_style_that_a_word_file_uses_is_defined() -> None:
    content = written(rows(REHAB), "sof", "docx")
    used = {e.get(f"{W}val") for e in word(content).iter() if e.tag in (f"{W}pStyle", f"{W}tblStyle")}
    defined = {e.get(f"{W}styleId") for e in word(content, "word/styles.xml").iter(f"{W}style")}
    assert used - defined == set()


def test_a_word_table_holds_the_columns_and_the_text_of_every_row() -> None:
    found = cells(written(rows(REHAB, FALLS), "sof", "docx"))
    assert (found[0], found[1][0], found[2][2]) == (
        list(SUMMARY),
        "deaths & <1 year (follow-up 6 to 12 months)",
        "RR 0.72 (0.55 to 0.93)",
    )


def test_a_word_table_repeats_its_header_and_every_row_has_one_width() -> None:
    content = written(rows(REHAB, FALLS), "ep", "docx")
    headers = [line for line in word(content).iter(f"{W}tr") if line.find(f".//{W}tblHeader") is not None]
    assert (len(headers), {len(line) for line in cells(content)}) == (1, {len(PROFILE)})


def test_a_word_file_ends_with_the_footnotes_and_the_disclaimer() -> None:
    content = written(rows(REHAB), "sof", "docx")
    said = [texts(p) for p in word(content).findall(f"{W}body/{W}p")]
    assert (said[0], any(line.startswith("1. Downgraded") for line in said), said[-1]) == (
        "Summary of findings: rehabilitation compared with usual care",
        True,
        DISCLAIMER,
    )


def test_characters_that_xml_cannot_hold_are_dropped() -> None:
    content = document(
        "a\x00b", [heading("\x0b"), paragraph("c\ufffed \U0001f3c3"), table(["x"], [["\x1f1"]])]
    )
    assert [texts(t) for t in word(content).iter(f"{W}p")][1:4] == ["cd \U0001f3c3", "x", "1"]


def test_a_shared_comparison_stands_in_the_title_and_others_with_each_outcome() -> None:
    alike, apart = (written(rows(REHAB, other), "sof", "md").decode() for other in (FALLS, OTHER))
    assert (
        alike.splitlines()[0],
        apart.splitlines()[0],
        "| infarction: rehabilitation compared" in apart,
    ) == (
        "# Summary of findings: rehabilitation compared with usual care",
        "# Summary of findings",
        True,
    )


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open += [tag] if tag != "meta" else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_web_page_is_whole_and_well_formed() -> None:
    text = written(rows(REHAB), "sof", "html").decode()
    page = Page()
    page.feed(text)
    assert (page.open, text.startswith("<!doctype html>"), 'lang="en"' in text) == ([], True, True)


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("form", EVERY)
def test_every_table_comes_in_every_format(kind: str, form: str) -> None:
    assert b"mortality" in written(rows(REHAB | {"outcome": "mortality"}), kind, form)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(STUDIES, tmp_path / "studies")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, code: int = 0, **options: Any) -> Result:
    result = CliRunner().invoke(main, ["grade", *arguments], **options)
    assert result.exit_code == code, result.output
    return result


def of_bodies(*arguments: str, code: int = 0) -> Result:
    return run("--evidence", "-", *arguments, code=code, input=json.dumps([REHAB, FALLS]))


def test_the_command_prints_a_markdown_table_of_the_claims_that_are_rated(library: Path) -> None:
    result = run("concurrent-power", "hill-sprint-like-sled", "--table", "sof")
    assert ("| explosive strength |" in result.stdout, "hill-sprint-like-sled" in result.stderr) == (
        True,
        True,
    )


@pytest.mark.parametrize("form", EVERY)
def test_the_name_of_the_file_decides_its_format(form: str, tmp_path: Path) -> None:
    of_bodies("--table", "ep", "--out", str(tmp_path / f"table.{form}"))
    expected = written(rows(REHAB, FALLS), "ep", form)
    assert (tmp_path / f"table.{form}").read_bytes() == expected


def test_a_table_goes_to_standard_output_where_no_file_is_named() -> None:
    result = of_bodies("--table", "sof", "--format", "csv")
    assert result.stdout.splitlines()[0].startswith("outcome_id,outcome,")


def test_a_format_without_a_table_is_a_usage_error() -> None:
    assert "are for --table" in of_bodies("--format", "csv", code=2).stderr


def test_nothing_rated_makes_no_table(library: Path) -> None:
    assert "nothing here is rated" in run("hill-sprint-like-sled", "--table", "sof", code=1).stderr


def test_the_risk_of_bias_of_one_claim_is_a_file_that_robvis_reads(library: Path) -> None:
    text = run("concurrent-power", "--table", "rob", "--format", "csv").stdout
    rows = read_robvis(text, "rob1")
    assert (len(rows), rows[2].study, rows[2].overall, rows[2].judgements["incomplete"]) == (
        13,
        "Fyfe 2016",
        "high",
        "high",
    )


def test_the_risk_of_bias_of_many_claims_is_a_table_a_tool(library: Path) -> None:
    titles = [line for line in run("--table", "rob").stdout.splitlines() if line.startswith("# ")]
    assert len(titles) > 1 and all(line.startswith("# Risk of bias: ") for line in titles)


def test_several_tools_do_not_fit_one_robvis_file(library: Path) -> None:
    assert "robvis reads one tool a file" in run("--table", "rob", "--format", "csv", code=1).stderr


def test_a_body_of_evidence_has_no_table_of_its_studies_risk_of_bias() -> None:
    assert "is for claims" in of_bodies("--table", "rob", code=2).stderr
