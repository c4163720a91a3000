"""Files that lie, break off or attack: each ends in Problems with a line, and the library stays sound.

``CLAIMBOOK_FUZZ`` sets how many random files are tried of each format (``nox -s fuzz``: thousands).
"""

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_library import folder, library, write

from claimbook.cli import main
from claimbook.exchange.citations import once
from claimbook.exchange.codes import NAMES
from claimbook.exchange.entering import New, plan
from claimbook.exchange.extracted import Choices
from claimbook.exchange.joining import join
from claimbook.exchange.reading import READERS, Contents, read_file
from claimbook.exchange.robvis_files import assessments
from claimbook.exchange.xmltree import read_xml
from claimbook.records import Library, read_library
from claimbook.records.bibliography import parse_bibliography
from claimbook.records.writing import checked

DATA = Path(__file__).parent / "data"
HOSTILE = sorted((DATA / "hostile").iterdir())
EXAMPLES = int(os.environ.get("CLAIMBOOK_FUZZ", "40"))


def sound(contents: Contents, shown: str) -> None:
    """Every Problem has a known code and a place in this file; every line is one that there is."""
    for problem in contents.problems:
        assert problem.rule in {*NAMES, "B001", "B002", "B003"} and problem.message
        assert problem.where.path.startswith(shown) and problem.where.line >= 0


def enter(where: Library, contents: Contents) -> None:
    """Whatever was read can be written: the records are sound, and each entry reads back as one entry."""
    citations, _ = once(contents.citations)
    planned, _ = plan(where, map(New, citations))
    joined, changed, _ = join(where, contents.studies, contents.rows, Choices({"": "strength"}))
    for one in (*planned, *joined):
        checked("study", one.text, "a file")
        assert one.key.replace("-", "").isalnum() and one.key.isascii()
        entries, problems = parse_bibliography(one.entry)
        assert problems == [] and (not one.entry or list(entries) == [one.key])
    judged = [change for table in contents.judgements for change in assessments(where, table, "rob2")[0]]
    for change in (*changed, *judged):
        checked("study", change.text, "a file")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library(tmp_path_factory.mktemp("library"), folder())


def test_the_corpus_is_complete() -> None:
    assert len(HOSTILE) == 40


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.name)
@pytest.mark.parametrize("format", ["", *READERS])
def test_a_hostile_file_ends_in_problems_as_any_format(small: Library, path: Path, format: str) -> None:
    _, contents = read_file(path, path.name, format)
    sound(contents, path.name)
    enter(small, contents)


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.name)
def test_importing_a_hostile_file_leaves_a_sound_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    root = write(tmp_path / "deep" / "studies", folder())
    monkeypatch.chdir(root.parent)
    result = CliRunner().invoke(main, ["study", "import", str(path)], prog_name="claimbook")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert result.exit_code in {0, 1}
    assert [p for p in read_library(root)[1] if p.severity == "error"] == []
    allowed = {"library.yaml", "references.bib", "records", "claims"}
    assert {p.name for p in root.iterdir()} <= allowed
    assert [p.name for p in tmp_path.iterdir()] == ["deep"]


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return out.getvalue()


def workbook(sheet: bytes) -> bytes:
    """The least that openpyxl takes for a workbook, with this sheet."""
    return zipped({**PARTS, "xl/worksheets/sheet1.xml": sheet})


PACKAGE = b"http://schemas.openxmlformats.org/package/2006"
OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CONTENT = b"application/vnd.openxmlformats-officedocument.spreadsheetml"
SPREADSHEET = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = (
    b'<Relationships xmlns="%s/relationships"><Relationship Id="r1" Type="%s/%s" Target="%s"/>'
    b"</Relationships>"
)
PART = b'<Override PartName="/xl/%s" ContentType="%s.%s+xml"/>'
PARTS = {
    "[Content_Types].xml": b'<Types xmlns="%s/content-types">%s%s</Types>'
    % (
        PACKAGE,
        PART % (b"workbook.xml", CONTENT, b"sheet.main"),
        PART % (b"worksheets/sheet1.xml", CONTENT, b"worksheet"),
    ),
    "_rels/.rels": RELATION % (PACKAGE, OFFICE, b"officeDocument", b"xl/workbook.xml"),
    "xl/_rels/workbook.xml.rels": RELATION % (PACKAGE, OFFICE, b"worksheet", b"worksheets/sheet1.xml"),
    "xl/workbook.xml": b'<workbook xmlns="%s" xmlns:r="%s"><sheets><sheet name="One" sheetId="1" r:id="r1"/>'
    b"</sheets></workbook>" % (SPREADSHEET, OFFICE),
}


def sheet(*rows: bytes) -> bytes:
    return b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (SPREADSHEET, b"".join(rows))


def row(number: int, *columns: str) -> bytes:
    cell = b'<c r="%s%d" t="inlineStr"><is><t>study</t></is></c>'
    return b'<row r="%d">%s</row>' % (number, b"".join(cell % (c.encode(), number) for c in columns))


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
LAST = 1_048_576  # the last row that a sheet can have
BOMBS = {
    "a file of zeros": zipped({"xl/workbook.xml": bytes(50_000_000)}),
    "two thousand files": zipped({f"xl/{number}": b"" for number in range(2001)}),
    "entities in a sheet": workbook(LAUGHS + sheet()),
    "a row at the end of the sheet": workbook(sheet(row(1, "A", "B"), row(LAST, "A", "B"))),
    "a column at the end of the sheet": workbook(sheet(row(1, "XFC", "XFD"))),
    "a sheet that is cut off": workbook(sheet(row(1, "A", "B"))[:150]),
    "a sheet of another kind": workbook(b"<html/>"),
    "a cell that is no cell": workbook(sheet(b'<row r="x"><c r="??" t="n"><v>1e9999</v></c></row>')),
    "a style that is not there": workbook(sheet(b'<row><c s="99"><v>1</v></c><c t="s"><v>7</v></c></row>')),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_in_a_zip_file_is_refused(name: str, tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    path = tmp_path / "x.xlsx"
    path.write_bytes(BOMBS[name])
    for format in ("", "xlsx", "revman"):
        _, contents = read_file(path, "x.xlsx", format)
        assert contents.rows == [] and contents.problems != []
        sound(contents, "x.xlsx")


@pytest.mark.parametrize(
    ("name", "raw", "code", "line"),
    [
        ("laughs.rm5", None, "X011", 2),
        ("outside.rm5", None, "X011", 2),
        ("remote.rm5", None, "X011", 1),
        ("cut-off.rm5", None, "X001", 3),
        ("deep.rm5", b"<a>" * 5000 + b"</a>" * 5000, "X011", 1),
        ("old.xls", None, "X001", 0),
        ("not-a-zip.xlsx", None, "X011", 0),
        ("quotes.csv", None, "X001", 2),
        ("deep.json", b"[" * 200_000, "X001", 1),
        ("numbers.json", None, "X001", 1),
        ("cut-off.json", None, "X001", 1),
        ("deep.bib", b"@article{a, title = " + b"{" * 3000 + b"}" * 3000 + b"}", "X004", 1),
    ],
)
def test_an_attack_is_named_on_its_line(
    tmp_path: Path, name: str, raw: bytes | None, code: str, line: int
) -> None:
    path = DATA / "hostile" / name
    if raw is not None:
        path = tmp_path / name
        path.write_bytes(raw)
    _, contents = read_file(path, name)
    assert (code, line) in {(p.rule, p.where.line) for p in contents.problems}


def test_a_file_without_end_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claimbook.exchange.source.LARGEST", 1000)
    (tmp_path / "x.ris").write_bytes(b" " * 2000)
    assert "an import is at most" in read_file(tmp_path / "x.ris", "x.ris")[1].problems[0].message
    assert "is a folder" in read_file(tmp_path, "x")[1].problems[0].message
    assert "cannot be read" in read_file(tmp_path / "none", "none")[1].problems[0].message


def test_no_entity_of_xml_is_ever_resolved() -> None:
    assert read_xml(b"<a>&lt;b&gt; &amp;&#65;</a>").text == "<b> &A"


@pytest.mark.parametrize("size", [2000, 4000])
def test_long_lines_and_many_lines_take_time_in_proportion(tmp_path: Path, size: int) -> None:
    path = tmp_path / "x"
    for word in ("TY  - ", "TY  - JOUR\n", "<<<<<", "a{", "10.1000/", '"'):
        text = word * size
        for format in ("ris", "nbib", "bibtex", "csl", "csv"):
            path.write_text(f"{text}\n@article{{a, title={{{text}}}}}\n")
            sound(read_file(path, "x", format)[1], "x")


LONG = "a" * 10_000_000
ONE_LINE = {
    "ris": f"TY  - JOUR\nTI  - {LONG}\nER  - \n",
    "nbib": f"PMID- 1\nTI  - {LONG}\n",
    "bibtex": f"@article{{{LONG}, title = {{b}}}}",
    "csl": f'[{{"title": "{LONG}"}}]',
    "csv": f"study,outcome,n1,mean1,sd1,n2,mean2,sd2\n{LONG},strength,1,2,3,4,5,6\n",
    "rm5": f'<COCHRANE_REVIEW><STUDIES_AND_REFERENCES><STUDY NAME="{LONG}" ID="a"/></STUDIES_AND_REFERENCES>'
    "</COCHRANE_REVIEW>",
    "robvis": f"Study,D1,Overall\n{LONG},Low,Low\n",
}


@pytest.mark.parametrize("format", ONE_LINE)
def test_a_line_of_ten_megabytes_is_read_or_refused(small: Library, tmp_path: Path, format: str) -> None:
    path = tmp_path / "x"
    path.write_text(ONE_LINE[format])
    _, contents = read_file(path, "x", format)
    sound(contents, "x")
    enter(small, contents)
    assert contents.problems or contents.size


# --- random files ----------------------------------------------------------------------------------------

WORDS = {
    "robvis": r'Study,D1,D2,D3,D4,D5,Overall\n|One 2020,|one,|Low,|High,|Some concerns,|NA|,|;|"|\n|Weight',
    "ris": r"TY  - JOUR\n|TY  -\n|TI  - |AU  - |PY  - |DO  - 10.1000/x|ER  - \n|KW  - |SP  - ",
    "nbib": r"PMID- 1\n|PMID-|TI  - |FAU - |      |RIN - |PT  - Retracted Publication\n|LID - x [doi]\n",
    "bibtex": r'@article{a,|title = {|author = {A, B and C}|}|{|"|@string{|,|=|#|@comment{|\\',
    "csl": r'[{"title": "A study"}|{"title": |[|]|{|}|,|:|"|"author"|null|1e9|"\\ud800"',
    "csv": r'study,outcome,n,mean\n|A 2001,strength,|9,5\n|;|\t|"|,|\r|unknown|−1|1,5|../x',
    "rm5": r'<COCHRANE_REVIEW>|<STUDIES_AND_REFERENCES>|<STUDY NAME="A 2001" ID="a"/>|</|>|<!DOCTYPE a>|&a;|'
    r'<CONT_OUTCOME>|<CONT_DATA STUDY_ID="a" TOTAL_1="9"/>|<![CDATA[|]]>',
}
SEEDS = {
    "ris": [*(DATA / "citations").glob("*.ris")],
    "nbib": [DATA / "citations" / "pubmed.nbib"],
    "bibtex": [DATA / "citations" / "library.bib"],
    "csl": [DATA / "citations" / "zotero.csl.json"],
    "csv": [DATA / "tables" / "lab.csv", DATA / "tables" / "semicolon.csv"],
    "rm5": [DATA / "tables" / "review.rm5"],
    "robvis": [DATA / "tables" / "robvis.csv"],
}


def texts(format: str) -> st.SearchStrategy[bytes]:
    """Text out of the format's own words and anything between them."""
    words = WORDS[format].replace(r"\n", "\n").replace(r"\t", "\t").replace(r"\r", "\r").split("|")
    word = st.one_of(st.sampled_from([*words, "\n", " ", "2020", "Able, B."]), st.text(max_size=8))
    return st.lists(word, max_size=40).map(lambda words: "".join(words).encode("utf-8", "surrogatepass"))


def damaged(format: str) -> st.SearchStrategy[bytes]:
    """A sound file of the format with pieces cut out, put in twice, or replaced by random bytes."""

    def damage(raw: bytes, cuts: list[tuple[float, float, bytes]]) -> bytes:
        for start, length, put in cuts:
            at = int(start * len(raw))
            raw = raw[:at] + put + raw[at + int(length * len(raw) / 20) :]
        return raw

    put = st.one_of(st.binary(max_size=6), st.sampled_from([b"\n", b'"', b"{"]))
    cut = st.tuples(st.floats(0, 1), st.floats(0, 1), put)
    seeds = [path.read_bytes() for path in SEEDS[format]]
    return st.builds(damage, st.sampled_from(seeds), st.lists(cut, min_size=1, max_size=6))


FUZZ: Any = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
CASES: list[tuple[str, Callable[[str], st.SearchStrategy[bytes]]]] = [
    (format, make) for format in WORDS for make in (texts, damaged)
]


@pytest.mark.parametrize(("format", "make"), CASES, ids=[f"{f}-{m.__name__}" for f, m in CASES])
def test_no_random_file_makes_a_traceback(
    small: Library, tmp_path: Path, format: str, make: Callable[[str], st.SearchStrategy[bytes]]
) -> None:
    path = tmp_path / "x"

    @FUZZ
    @given(make(format))
    def fuzz(raw: bytes) -> None:
        path.write_bytes(raw)
        for as_format in ("", format):
            _, contents = read_file(path, "x", as_format)
            sound(contents, "x")
            enter(small, contents)

    fuzz()


def damaged_zip(raw: bytes) -> st.SearchStrategy[bytes]:
    return st.lists(st.tuples(st.integers(0, len(raw) - 1), st.integers(0, 255)), min_size=1, max_size=8).map(
        lambda edits: bytes(bytearray(dict(edits).get(at, byte) for at, byte in enumerate(raw)))
    )


@pytest.mark.parametrize("format", ["xlsx", "revman"])
def test_no_damaged_zip_file_makes_a_traceback(small: Library, tmp_path: Path, format: str) -> None:
    pytest.importorskip("openpyxl")
    path = tmp_path / "x"
    book = workbook(sheet(row(1, "A", "B"), row(2, "A", "B")))
    tables = {f"a/{p.name}": p.read_bytes() for p in (DATA / "tables" / "package").iterdir()}

    @FUZZ
    @given(damaged_zip(book if format == "xlsx" else zipped(tables)))
    def fuzz(raw: bytes) -> None:
        path.write_bytes(raw)
        _, contents = read_file(path, "x", format)
        sound(contents, "x")
        enter(small, contents)

    fuzz()
