"""Adding, showing and changing records from the command line."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from claimbook.cli import main
from claimbook.cli.session import Session
from claimbook.records import read_library

STUDIES = Path(__file__).parent.parent / "studies"

RECORD = """\
study: new2020  # a comment that must survive
label: New 2020
summary: Twenty adults trained.
design: {kind: rct_parallel, because: drawn by lot, where: p. 2, status: confirmed}
population: {description: adults}
arms:
  - {id: a, label: training, n: 12}
  - {id: b, label: no training, n: 11}
results:
  - id: size
    outcome: muscle-size
    what: Area of the quadriceps
    unit: cm2
    where: Table 2
    status: confirmed
    means:
      of: final
      intervention: {arm: a, n: 12, mean: 10.60, sd: 1.10}
      comparator: {arm: b, n: 11, mean: 9.9, sd: 1.0}
"""
BIBTEX = "@article{Some_Key_2020,\n  title = {On growth},\n  author = {Able, A.},\n  year = 2020\n}"
OPTIONS = [
    *("--label", "New 2020", "--summary", "Twenty adults trained."),
    *(
        "--set",
        "design.kind=rct_parallel",
        "--set",
        "design.because=drawn by lot",
        "--set",
        "design.where=p. 2",
    ),
    *("--set", "design.status=confirmed", "--set", "population.description=adults"),
]


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(STUDIES, tmp_path / "studies")
    monkeypatch.chdir(tmp_path)
    return Path("studies")


def run(*arguments: str, code: int = 0, **options: Any) -> Result:
    result = CliRunner().invoke(main, arguments, prog_name="claimbook", **options)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def snapshot(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_adding_reads_the_library_once(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Path] = []
    original = read_library
    monkeypatch.setattr("claimbook.records.read_library", lambda path: reads.append(path) or original(path))  # type: ignore[func-returns-value]
    Path("new.yaml").write_text(RECORD)
    Path("new.bib").write_text(BIBTEX)
    said = run("study", "add", "--from", "new.yaml", "--bibtex", "new.bib").stderr
    assert len(reads) == 1
    assert "still missing: no claim uses it" in said and "no citation" not in said


def test_a_yaml_file_is_added_with_its_comments(library: Path) -> None:
    Path("new.yaml").write_text(RECORD)
    result = run("study", "add", "--from", "new.yaml")
    assert result.stdout == "studies/records/new2020.yaml\n"
    assert Path("studies/records/new2020.yaml").read_text().endswith(RECORD)
    assert "no citation in references.bib" in result.stderr and "no claim uses it" in result.stderr


def test_json_from_standard_input_keeps_printed_decimals(library: Path) -> None:
    text = json.dumps(read_json(RECORD)).replace('"10.60"', "10.60")
    run("study", "add", "--from", "-", input=text)
    assert "mean: 10.60\n" in Path("studies/records/new2020.yaml").read_text()


def read_json(text: str) -> Any:
    from claimbook.records.editing import read

    return read(text)


def test_json_may_be_indented_with_tabs_and_escape_any_letter(library: Path) -> None:
    text = json.dumps({**read_json(RECORD), "label": 'a/b "c" \U0001f600'}, indent="\t").replace("/", "\\/")
    run("study", "add", "--from", "-", input=text)
    assert read_library(library)[0].studies["new2020"].label == 'a/b "c" \U0001f600'


def test_options_alone_make_a_record(library: Path) -> None:
    run(
        "study",
        "add",
        "new2020",
        *OPTIONS,
        "--set",
        "arms=[{id: a, label: A, n: 12}]",
        "--title",
        "On & on",
        "--year",
        "2020",
    )
    found, problems = read_library(library)
    assert problems == []
    assert found.studies["new2020"].arms[0].n.value == "12"
    assert found.bibliography["new2020"].get("title") == "On & on"


def test_options_add_to_a_file(library: Path) -> None:
    Path("new.yaml").write_text(RECORD)
    run("study", "add", "other2020", "--from", "new.yaml", "--set", "arms.a.n=13")
    text = Path("studies/records/other2020.yaml").read_text()
    assert text.endswith(
        RECORD.replace("new2020", "other2020").replace("training, n: 12", "training, n: 13", 1)
    )


def test_a_bibtex_entry_is_taken_under_the_key_of_the_study(library: Path) -> None:
    before = (library / "references.bib").read_bytes()
    Path("cite.bib").write_text(BIBTEX)
    run("study", "add", "new2020", *OPTIONS, "--bibtex", "cite.bib")
    after = (library / "references.bib").read_bytes()
    assert after == before + b"\n" + BIBTEX.replace("Some_Key_2020", "new2020").encode() + b"\n"


@pytest.mark.parametrize(
    "text", ["", "nothing", BIBTEX + "\n" + BIBTEX, "@article{a, title = {x}", "@string{a = {b}}"]
)
def test_what_is_not_one_bibtex_entry_is_refused(library: Path, text: str) -> None:
    before = snapshot(library)
    Path("cite.bib").write_text(text)
    assert (
        "error[W006] cite.bib"
        in run("study", "add", "new2020", *OPTIONS, "--bibtex", "cite.bib", code=1).stderr
    )
    assert snapshot(library) == before


def test_without_a_terminal_nothing_is_asked_and_what_is_missing_is_named(library: Path) -> None:
    text = run("study", "add", "new2020", "--label", "New", code=2, input="answers\n" * 50).stderr
    assert "missing: summary, design.kind, design.because" in text and "--from FILE" in text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("study: new2020", "study: ../new2020", 'error[R005] new.yaml:1:8  "../new2020" does not fit study'),
        ("n: 12, mean", "n: NO, mean", "error[R005] new.yaml:18:33"),
        ("outcome: muscle-size", "outcome: muscle-sice", 'did you mean "muscle-size"?'),
        ("arm: b,", "arm: c,", 'no arm "c"'),
        (
            "study: new2020",
            "study: estes2017",
            'error[W002] studies/records/estes2017.yaml  study "estes2017" is there',
        ),
        ("label: New 2020", "label: &a New 2020", "error[R004] new.yaml:2:8"),
        ("  - {id: b", "\t- {id: b", "a tab is used"),
    ],
)
def test_a_record_with_a_mistake_is_refused_with_its_place_and_nothing_is_written(
    library: Path, old: str, new: str, said: str
) -> None:
    before = snapshot(library)
    Path("new.yaml").write_text(RECORD.replace(old, new, 1))
    assert said in run("study", "add", "--from", "new.yaml", "--title", "On growth", code=1).stderr
    assert snapshot(library) == before


def test_a_folder_that_refuses_is_an_environment_error(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("claimbook.records.writing.os.fsync", refuse)
    before = snapshot(library)
    text = run("study", "add", "new2020", *OPTIONS, code=4).stderr
    assert "error[W001]" in text and "Read-only file system; nothing was changed" in text
    assert snapshot(library) == before


EIGHT = """
import json, os, sys
from claimbook.cli import main
children = []
for number in range(8):
    child = os.fork()
    if child == 0:
        main(["study", "add", f"s{number}", "--title", f"On s{number}", *json.loads(sys.argv[1])])
    children.append(child)
print([os.waitpid(child, 0)[1] for child in children])
"""


def test_eight_adds_at_once_lose_nothing(library: Path) -> None:
    command = [sys.executable, "-c", EIGHT, json.dumps(OPTIONS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines()[-1] == str([0] * 8), done.stderr
    found, problems = read_library(library)
    assert problems == []
    assert {f"s{number}" for number in range(8)} <= set(found.studies) & set(found.bibliography)


def test_a_study_is_asked_for_on_a_terminal(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "interactive", True)
    answers = [
        *("new2020", "New 2020", "Twenty adults trained."),
        *("rct_paralel", "rct_parallel", "drawn by lot", "p. 2", "confirmed"),  # the first is asked again
        *("adults", "mixed", ""),
        *("y", "a", "training", "12", "y", "b", "no training", "NO", "unknown", "n"),
        *("y", "size", "muscle-size", "Area of the quadriceps", "cm2", "", "Table 2", "confirmed", "means"),
        *("final", "a", "12", "10.60", "sd", "1.10", "b", "11", "9.9", "none", "n"),
        *("Able, A.", "On growth", "", "2020", ""),
    ]
    result = run("study", "add", input="\n".join(answers) + "\n")
    assert result.stdout == "studies/records/new2020.yaml\n"
    assert '"NO" is not a number' in result.stderr
    found, problems = read_library(library)
    assert problems == []
    study = found.studies["new2020"]
    assert [str(arm.n) for arm in study.arms] == ["12", "unknown"]
    assert str(study.results[0].data.intervention.sd) == "1.10"
    assert found.bibliography["new2020"].get("title") == "On growth"


def test_a_claim_is_asked_for_on_a_terminal(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "interactive", True)
    answers = [
        *("it-grows", "Muscle grows", "Muscle grows when you run.", "paraphrase", "the article", "effect"),
        *("adults", "running", "no running", "size of the thigh", "muscle-size", "SMD"),
        *("y", "mccarthy2002", "sise", "size", "n"),
    ]
    assert run("claim", "add", input="\n".join(answers) + "\n").stdout == "studies/claims/it-grows.yaml\n"
    assert read_library(library)[0].claims["it-grows"].question.intervention == "running"


def test_a_claim_that_names_a_missing_study_is_refused(library: Path) -> None:
    text = (
        (library / "claims" / "concurrent-hypertrophy.yaml")
        .read_text()
        .replace("claim: concurrent-hypertrophy", "claim: mine")
    )
    Path("mine.yaml").write_text(text.replace("study: hakkinen2003", "study: hakinen2003"))
    assert (
        'no study "hakinen2003"; did you mean "hakkinen2003"?'
        in run("claim", "add", "--from", "mine.yaml", code=1).stderr
    )


def test_answers_are_kept_when_the_record_is_refused(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "interactive", True)
    answers = [
        "Muscle grows",
        "It does.",
        "paraphrase",
        "me",
        "effect",
        "a",
        "b",
        "c",
        "d",
        "power",
        "SMD",
        "n",
    ]
    (library / "claims" / "hidden.yml").write_text("claim: [\n")  # a file that the library could not read
    text = run("claim", "add", "hidden", code=1, input="\n".join(answers) + "\n").stderr
    assert "claimbook claim add --from claim.draft.yaml" in text
    (library / "claims" / "hidden.yml").unlink()
    run("claim", "add", "--from", "claim.draft.yaml")
    assert read_library(library)[0].claims["hidden"].title == "Muscle grows"


def test_a_key_that_is_taken_is_asked_again(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "interactive", True)
    assert '"estes2017" is there already' in run("study", "add", code=130, input="estes2017\n").stderr


def test_stopping_a_question_writes_nothing(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "interactive", True)
    before = snapshot(library)
    assert "Stopped" in run("study", "add", input="new2020\nNew", code=130).stderr
    assert snapshot(library) == before


def test_setting_a_value_changes_one_line(library: Path) -> None:
    path = library / "records" / "mccarthy2002.yaml"
    before = path.read_text().splitlines()
    assert run("study", "set", "mccarthy2002", "results.size.means.comparator.n", "12").stdout == f"{path}\n"
    changed = [
        (old, new) for old, new in zip(before, path.read_text().splitlines(), strict=True) if old != new
    ]
    assert changed == [
        (
            "      comparator: {arm: strength, n: 10, mean: 104.9, sd: 4.49}",
            "      comparator: {arm: strength, n: 12, mean: 104.9, sd: 4.49}",
        )
    ]


def test_a_value_can_bring_its_reason(library: Path) -> None:
    run(
        "study",
        "set",
        "mccarthy2002",
        "weeks",
        "{value: 10, status: inferred, because: 'as the other trials, see p. 3'}",
    )
    weeks = read_library(library)[0].studies["mccarthy2002"].weeks
    assert (weeks.value, weeks.status, weeks.because) == ("10", "inferred", "as the other trials, see p. 3")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("weeks", "ten", '"ten" is not a number'),
        ("results.sise.unit", "kg", 'no "sise" in results; did you mean "size"?'),
        ("label.short", "x", "is the plain value"),
        ("lable", "x", 'no field "lable" here; did you mean "label"?'),
        ("weeks", "{value: 10, status: derived}", "needs its `formula`"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(library: Path, field: str, value: str, said: str) -> None:
    before = snapshot(library)
    assert said in run("study", "set", "mccarthy2002", field, value, code=1).stderr
    assert snapshot(library) == before


def test_studies_and_claims_are_listed_with_what_is_missing(library: Path) -> None:
    studies = json.loads(run("study", "list", "--json").stdout)
    claims = json.loads(run("claim", "list", "--json").stdout)
    assert [s["study"] for s in studies] == sorted(path.stem for path in library.glob("records/*.yaml"))
    assert [c["claim"] for c in claims] == sorted(path.stem for path in library.glob("claims/*.yaml"))
    assert "not known: arms.control.n" in next(s for s in studies if s["study"] == "estes2017")["missing"]
    assert run("study", "list").stdout.startswith("study ")


def test_a_study_is_shown_with_the_place_of_each_number(library: Path) -> None:
    text = run("study", "show", "mccarthy2002").stdout
    assert "read in huiberts2024, data/revmandata.csv, subgroups by sex · secondhand" in text
    assert "studies/records/mccarthy2002.yaml:" in text
    assert "intervention.mean" in text and "101.51" in text
    shown = json.loads(run("study", "show", "mccarthy2002", "--json").stdout)
    assert shown["results"][0]["means"]["intervention"]["mean"] == "101.51"


def test_a_claim_is_shown_with_its_question_and_its_studies(library: Path) -> None:
    text = run("claim", "show", "concurrent-hypertrophy").stdout
    assert "healthy adults" in text and "mccarthy2002 size" in text
    assert json.loads(run("claim", "show", "concurrent-hypertrophy", "--json").stdout)["measure"] == "SMD"
