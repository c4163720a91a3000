"""Tables of extracted data, RevMan files and data packages: good rows enter, the others say why not."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from small_library import folder, write

from claimbook.cli import main
from claimbook.exchange.columns import FIELDS, SYNONYMS, mapped, normal
from claimbook.exchange.extracted import KINDS
from claimbook.exchange.reading import READERS, read_file
from claimbook.exchange.source import Source
from claimbook.exchange.table import Table, read_csv
from claimbook.problems import Problem
from claimbook.records import Library, read_library
from claimbook.records.models import SHAPES

DATA = Path(__file__).parent / "data" / "tables"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library with one record (``one``) and one outcome (``strength``)."""
    write(tmp_path / "studies", folder())
    monkeypatch.chdir(tmp_path)
    return tmp_path / "studies"


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, arguments, prog_name="claimbook")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def bring(*arguments: object, code: int = 0) -> tuple[Result, Library]:
    result = run("study", "import", *map(str, arguments), code=code)
    found, problems = read_library("studies")
    assert problems == []
    return result, found


def table(text: str) -> tuple[Table | None, list[Problem]]:
    return read_csv(Source("t.csv", text))


def package(**more: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((DATA / "package").iterdir()):
            archive.writestr(f"CD000000-data/{path.name}", path.read_bytes())
        for name, raw in more.items():
            archive.writestr(name, raw)
    return out.getvalue()


def test_good_rows_enter_and_the_others_say_why_not(library: Path) -> None:
    result, found = bring(DATA / "lab.csv", code=1)
    assert set(found.studies) == {"one", "able2019"}
    assert [str(r.data.intervention.mean) for r in found.studies["able2019"].results] == ["104.10", "60.5"]
    assert found.studies["able2019"].results[0].where == "table 2, p. 141"
    assert found.studies["able2019"].results[0].status == "confirmed"
    assert found.bibliography["able2019"].get("doi") == "10.1000/able.2019"
    for line, said in (
        (3, "Baker 2020: n2 is missing"),
        (5, 'Clark 2021: no outcome "balance" in library.yaml'),
        (6, 'Davis 2022: n1: "ten" is not a number'),
    ):
        assert f"lab.csv:{line}  {said}" in result.stderr
    assert "5 records read: 1 study added, 0 changed, 0 there already, 3 held back" in result.stderr


def test_the_same_file_once_more_changes_nothing(library: Path) -> None:
    bring(DATA / "lab.csv", code=1)
    before = {path: path.read_bytes() for path in library.rglob("*.*")}
    bring(DATA / "lab.csv", code=1)
    assert before == {path: path.read_bytes() for path in library.rglob("*.*")}


def test_rows_of_a_study_that_is_there_are_added_to_its_record(library: Path) -> None:
    path = library / "records" / "one.yaml"
    path.write_text(RECORD)
    (library / "claims" / "claim.yaml").unlink()
    Path("more.csv").write_text(
        "study,outcome,what,where,arm1,arm2,n1,mean1,sd1,n2,mean2,sd2\n"
        "Able 2019,strength,Squat,p. 9,Training,Third arm,12,1.50,1,12,2,1\n"
    )
    result, found = bring("more.csv")
    assert result.stdout == "studies/records/one.yaml\n"
    assert [arm.id for arm in found.studies["one"].arms] == ["a", "b", "third-arm"]
    assert found.studies["one"].results[0].data.intervention.arm == "a"
    assert path.read_text().startswith(RECORD)


RECORD = """\
study: one  # a comment that stays
label: Able 2019
summary: Adults trained.
design: {kind: rct_parallel, because: It says so., where: p. 2, status: confirmed}
population: {description: adults}
arms:
  - {id: a, label: training}
  - {id: b, label: no training}
"""


def test_a_semicolon_between_cells_makes_the_comma_a_decimal_sign(library: Path) -> None:
    _, found = bring(DATA / "semicolon.csv")
    result = found.studies["evans2018"].results[0]
    assert (str(result.data.intervention.mean), str(result.data.comparator.sd)) == ("10.60", "1.0")
    assert (result.where, result.status) == ("semicolon.csv, row 2", "secondhand")


def test_metafors_names_are_known(library: Path) -> None:
    _, found = bring(DATA / "metafor.tsv")
    counts = found.studies["frank2001"].results[0].data
    assert [str(counts.intervention.events), str(counts.comparator.n)] == ["4", "139"]


def test_a_column_can_be_named(library: Path) -> None:
    Path("x.csv").write_text("who;when;what it was;A;B;C\nAble;2019;strength;12;5.0;1\n".replace(";", ","))
    options = ("who=author", "when=year", "what it was=outcome", "A=n", "B=mean", "C=sd")
    _, found = bring("x.csv", *(f"--map={option}" for option in options))
    assert found.studies["able2019"].results[0].shape == "single"


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("whom=author", "there is no column 'whom'; did you mean \"who\"?"),
        ("who=autor", "there is no field 'autor'; did you mean \"author\"?"),
        ("who", "write COLUMN=FIELD"),
    ],
)
def test_a_wrong_choice_of_column_is_said(library: Path, option: str, said: str) -> None:
    Path("x.csv").write_text("who,when\nAble,2019\n")
    assert said in run("study", "import", "x.csv", "--map", option, code=2).stderr


def test_a_table_of_headers_alone_does_not_crash(library: Path) -> None:
    Path("x.csv").write_text("study,outcome,n1,mean1\n")
    result, found = bring("x.csv")
    assert "the table has headers and no rows" in result.stderr and list(found.studies) == ["one"]


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ('study,n\nb,2\n"a,1\n\n', "X001", 3),
        ("study,n\na,1,2,3\nb,2\n", "X009", 2),
        ("study,study\na,b\n", "X008", 1),
        ("\n\n", "X001", 1),
        ("word\nword\n", "X001", 1),
        ('study,n\na,"1\n\n2"\nb,1,9\n', "X009", 5),
    ],
)
def test_a_mistake_in_a_table_has_its_line(text: str, rule: str, line: int) -> None:
    assert [(p.rule, p.where.line) for p in table(text)[1]] == [(rule, line)]


def test_rows_before_a_broken_one_are_there() -> None:
    found, problems = table('study,n\na,1\nb,2\n"c,3\n')
    assert found is not None and [cells[0] for _, cells in found.rows] == ["a", "b"]
    assert [(p.rule, p.where.line) for p in problems] == [("X001", 4)]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"n1": "0"}, "n1 is 0: a group without people"),
        ({"mean1": "45%"}, "carries a unit"),
        ({"sd1": "2024-01-02"}, "is a date, not a number"),
        ({"study": "../../etc/passwd"}, "cannot name a study"),
        ({"study": ""}, "the row names no study"),
        ({"of": "middle"}, "is neither final nor change"),
        ({"status": "sure"}, "status: Input should be"),
        ({"design": "rct"}, '"rct" is no design'),
        ({"weeks": "ten"}, '"ten" is not a number'),
        ({"sex": "m"}, "sex: Input should be"),
        (
            {"estimate": "1", "measure": "\x1b[31mMD", "mean1": "", "mean2": "", "p": "tiny"},
            '"tiny" is not a p value',
        ),
        ({"mean1": "", "mean2": "", "n1": "", "n2": ""}, "no number that tells a result"),
    ],
)
def test_a_row_that_cannot_be_a_result_is_held_back(library: Path, cells: dict[str, str], said: str) -> None:
    row = {
        "study": "Able 2019",
        "outcome": "strength",
        "n1": "9",
        "mean1": "5",
        "n2": "9",
        "mean2": "4",
        **cells,
    }
    Path("x.csv").write_text(f"{','.join(row)}\n{','.join(row.values())}\nGood 2020,strength,9,5,9,4\n")
    result, found = bring("x.csv", code=1)
    assert said in result.stderr
    assert "good2020" in found.studies and len(found.studies) == 2


def test_the_same_row_twice_is_noted(library: Path) -> None:
    Path("x.csv").write_text("study,outcome,n,mean\nA 2001,strength,9,5\nA 2001,strength,9,5\n")
    result, found = bring("x.csv")
    assert len(found.studies["a2001"].results) == 1 and "1 there already" in result.stderr


def test_a_label_is_not_enough_where_the_doi_is_another(library: Path) -> None:
    row = "study,doi,outcome,n,mean\nAble 2019,10.1000/{},strength,9,{}\n"
    Path("x.csv").write_text(row.format("a", 5))
    Path("y.csv").write_text(row.format("b", 6))
    bring("x.csv")
    assert {"able2019", "able2019b"} <= set(bring("y.csv")[1].studies)


def test_a_citation_that_waits_for_its_record_is_taken_up_by_its_key(library: Path) -> None:
    with (library / "references.bib").open("a") as file:
        file.write("\n@article{able2019, title = {A study of it}, author = {Able, B.}, year = 2019}\n")
    Path("x.csv").write_text("study,outcome,n,mean\nable2019,strength,9,5\n")
    before = (library / "references.bib").read_bytes()
    assert bring("x.csv")[1].studies["able2019"].label == "Able 2019"
    assert (library / "references.bib").read_bytes() == before


def test_a_typographic_minus_and_an_unknown_number_are_understood(library: Path) -> None:
    Path("x.csv").write_text("study,outcome,n1,mean1,sd1,n2,mean2\nAble 2019,strength,unknown,−5.0,1,9,4\n")
    group = bring("x.csv")[1].studies["able2019"].results[0].data.intervention
    assert (str(group.n), str(group.mean)) == ("unknown", "-5.0")


def test_outcomes_of_the_file_are_named_by_those_of_the_library(library: Path) -> None:
    Path("x.csv").write_text("study,outcome,n,mean\nA 2001,1RM,9,5\nB 2002,leg,9,5\nC 2003,,9,5\n")
    result, found = bring("x.csv", "--outcome", "1RM=strength", code=1)
    assert set(found.studies) == {"one", "a2001"} and "--outcome 'leg=ID'" in result.stderr
    _, found = bring("x.csv", "--outcome", "strength")
    assert {"b2002", "c2003"} <= set(found.studies)
    assert found.studies["b2002"].results[0].what == "leg"


def test_a_dry_run_writes_nothing(library: Path) -> None:
    before = {path: path.read_bytes() for path in library.rglob("*.*")}
    result = run("study", "import", str(DATA / "lab.csv"), "--dry-run", code=1)
    assert result.stdout == "studies/records/able2019.yaml\n" and "would be added" in result.stderr
    assert before == {path: path.read_bytes() for path in library.rglob("*.*")}


def test_citations_enter_and_those_that_are_there_do_not(library: Path) -> None:
    folder = DATA.parent / "citations"
    result, found = bring(folder / "embase.ris", folder / "scopus.ris", folder / "pubmed.nbib")
    assert result.stdout == "studies/records/estes2017.yaml\nstudies/records/schumann2022.yaml\n"
    assert "6 records read: 2 studies added" in result.stderr
    assert set(found.bibliography) == {"one", "estes2017", "schumann2022"}
    assert "2 there already, 0 held back" in bring(folder / "zotero.ris")[0].stderr
    told = run("-v", "study", "import", str(folder / "zotero.ris")).stderr
    assert "Estes 2017 is in the library already as estes2017: the same DOI" in told


def test_a_bibliography_may_be_larger_than_a_record(library: Path) -> None:
    entry = "@article{{many{0}, title = {{{1}}}, author = {{Able, B.}}, year = 2000}}\n"
    with (library / "references.bib").open("a") as file:
        file.writelines(entry.format(number, "A long title " * 60) for number in range(1400))
    assert (library / "references.bib").stat().st_size > 1_000_000
    bring(DATA.parent / "citations" / "zotero.ris")
    assert len(read_library(library)[0].bibliography) == 1403


def test_an_import_can_be_read_by_scripts(library: Path) -> None:
    result, _ = bring(DATA / "lab.csv", "--json", code=1)
    found = json.loads(result.stdout)
    assert found["added"] == {"able2019": "studies/records/able2019.yaml"} and found["changed"] == []
    assert {problem["rule"] for problem in found["problems"]} == {"X008", "X009", "X010"}


def test_an_interrupted_import_is_taken_up(library: Path) -> None:
    bring(DATA.parent / "citations" / "zotero.ris")
    (library / "records" / "schumann2022.yaml").unlink()
    bibliography = (library / "references.bib").read_bytes()
    assert bring(DATA.parent / "citations" / "zotero.ris")[0].stdout.endswith("schumann2022.yaml\n")
    assert (library / "references.bib").read_bytes() == bibliography


def test_many_citations_enter_at_once(library: Path) -> None:
    record = "TY  - JOUR\nAU  - Able{0}, B.\nTI  - A study of number {0} of them all\nPY  - 2020\nER  - \n\n"
    Path("many.ris").write_text("".join(record.format(n) for n in range(60)))
    assert len(bring("many.ris")[1].studies) == 61


def test_a_revman_file_brings_studies_bias_with_support_and_data(library: Path) -> None:
    result, found = bring(DATA / "review.rm5", "--read-in", "one", "--outcome", "Injury=strength", code=1)
    assert set(found.studies) == {"one", "hills2011", "oneil2014"}
    hills = found.studies["hills2011"]
    assert found.bibliography["hills2011"].get("title") == "Running makes adults stronger"
    assert (hills.design.kind, hills.design.status) == ("rct_parallel", "inferred")
    assert hills.population.description == "24 untrained adults, mean age 22"
    (bias,) = hills.risk_of_bias
    assert (bias.tool, bias.judgements) == ("rob1", {"sequence": "low", "assessors": "high"})
    assert bias.because["sequence"] == 'Quote: "drawn by lot"'
    assert bias.because["assessors"] == "Measured by a machine | Asked by the trainer"
    first, second = hills.results
    assert (first.subgroup, first.where, first.read_in) == (
        "Men",
        "review.rm5, comparison 1, outcome 1",
        "one",
    )
    assert [arm.label for arm in hills.arms] == ["Running", "No training"]
    assert (second.data.measure, str(second.data.estimate), str(second.data.high)) == ("OR", "1.2", "2.4")
    assert "review.rm5:25  O'Neil 2014: n2 is 0" in result.stderr
    assert 'no outcome "Dropped out"' in result.stderr
    assert '"Funding" is no domain of rob1' in result.stderr


def test_a_data_package_brings_the_same(library: Path) -> None:
    Path("CD.zip").write_bytes(package())
    result, found = bring("CD.zip", "--outcome", "Dropped out=strength", "--outcome", "Injury=strength")
    hills, ives = found.studies["hills2011"], found.studies["ives2012"]
    assert [result.shape for result in hills.results] == ["means", "counts"]
    assert [arm.label for arm in hills.arms] == ["Running", "No training"]
    assert (hills.results[1].note, hills.results[1].where) == (
        "From the authors",
        "CD000000-data-rows.csv, analysis 1.2",
    )
    assert (ives.results[0].data.measure, str(ives.results[0].data.estimate)) == ("OR", "1.2")
    assert hills.risk_of_bias[0].judgements == {"sequence": "low", "other": "unclear"}
    assert '"Funding" are none of rob1' in result.stderr


def test_a_sheet_is_read_as_it_is_printed(library: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Extraction by A. Curator"])
    sheet.append([])
    sheet.append(["Study", "Outcome", "n1", "mean1", "sd1", "n2", "mean2", "sd2", "Where"])
    sheet.append(["Able 2019", "strength", 12, 10.6, 1, 12.0, 9.94, 1.25, "table 2"])
    sheet["D4"].number_format = "0.00"
    sheet["E4"].number_format = "0.0"
    book.create_sheet("Second")
    book.save("lab.xlsx")
    _, found = bring("lab.xlsx")
    data = found.studies["able2019"].results[0].data
    assert [
        str(x)
        for x in (data.intervention.mean, data.intervention.sd, data.comparator.n, data.comparator.mean)
    ] == [
        "10.60",
        "1.0",
        "12",
        "9.94",
    ]
    assert (
        'no sheet "Secnd"; did you mean "Second"?'
        in run("study", "import", "lab.xlsx", "--sheet", "Secnd", code=1).stderr
    )


def test_without_openpyxl_the_way_to_it_is_said(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    Path("x.xlsx").write_bytes(b"PK\x03\x04 xl/")
    assert "pip install 'claimbook[xlsx]'" in run("study", "import", "x.xlsx", code=4).stderr


@pytest.mark.parametrize("name", ["lab.csv", "semicolon.csv", "metafor.tsv", "review.rm5"])
def test_the_format_is_known_by_the_content(name: str) -> None:
    assert read_file(DATA / name, name)[0] == ("rm5" if name.endswith("rm5") else "csv")


def test_every_name_of_a_column_leads_to_a_field() -> None:
    assert set(SYNONYMS.values()) == set(FIELDS)
    assert [name for name in SYNONYMS if normal(name) != name] == []


def test_two_columns_of_one_meaning_do_not_overwrite_each_other() -> None:
    assert mapped(["n1", "n_e", "x"], []) == ({0: "n1"}, ["n_e", "x"])


def test_every_kind_of_result_has_its_columns() -> None:
    assert {kind.shape for kind in KINDS} == set(SHAPES)


def test_every_format_has_a_reader() -> None:
    assert set(READERS) == {"ris", "nbib", "bibtex", "csl", "csv", "xlsx", "rm5", "revman", "robvis"}
