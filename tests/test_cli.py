"""The command line: help, exit codes, errors with a place and a fix, data apart from talk."""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from claimbook.cli import COMMANDS, main
from claimbook.cli.session import Session

STUDIES = Path(__file__).parent.parent / "studies"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the library, with the current folder beside it."""
    shutil.copytree(STUDIES, tmp_path / "studies")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "studies"


def run(*arguments: str, code: int = 0, **options: Any) -> Result:
    result = CliRunner().invoke(main, arguments, prog_name="claimbook", **options)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def command_paths() -> list[list[str]]:
    paths = [[]]
    with click.Context(main) as context:
        for name in COMMANDS:
            paths.append([name])
            command = main.get_command(context, name)
            if isinstance(command, click.Group):
                paths += [[name, inner] for inner in command.commands]
    return paths


@pytest.mark.parametrize("path", command_paths(), ids=" ".join)
def test_every_command_has_help_with_a_word_on_each_argument(path: list[str]) -> None:
    text = run(*path, "--help").stdout
    assert text.startswith("Usage: claimbook")
    command: Any = main
    for name in path:
        command = command.get_command(click.Context(command), name)
    assert command.help
    assert [p.name for p in command.params if not getattr(p, "help", None)] == []


def test_a_word_that_is_no_choice_is_answered_with_the_nearest() -> None:
    assert 'did you mean "metafor"?' in run("export", "metafr", code=2).stderr


def test_a_library_where_none_can_be_made_is_no_reason_to_make_one() -> None:
    assert "fix  name a folder that is there or can be made" in run("init", "/proc/x", code=4).stderr


def test_the_list_of_commands_says_what_each_command_says_of_itself() -> None:
    with click.Context(main) as context:
        own = {name: (main.get_command(context, name).help or "").partition("\n")[0] for name in COMMANDS}
    assert own == COMMANDS


def test_a_group_lists_its_commands_with_whole_sentences() -> None:
    listed = run("study", "--help").stdout.partition("Commands:")[2]
    assert "..." not in listed and "its citation, its results" in listed


def test_the_version_is_printed() -> None:
    assert run("--version").stdout.startswith("claimbook, version ")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("chek", "check"), ("analyz", "analyze"), ("stats", "status"), ("explian", "explain")],
)
def test_a_misspelt_command_is_guessed(typed: str, meant: str) -> None:
    assert f"Did you mean '{meant}'?" in run(typed, code=2).stderr


def test_the_other_spelling_of_analyze_is_known() -> None:
    assert "analyze" not in run("analyse", "--help").stderr


def test_a_folder_without_a_library_is_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (["status"], ["check"], ["analyze"], ["study", "list"], ["build"]):
        assert "claimbook init" in run(*command, code=2).stderr


def test_another_folder_can_be_named(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert json.loads(run("-C", str(tmp_path), "study", "list", "--json").stdout)[0]["path"].startswith(
        "studies/records/"
    )
    assert Path.cwd() == Path("/")


def test_a_library_is_found_from_inside(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(library / "records")
    assert len(json.loads(run("study", "list", "--json").stdout)) == len(list(library.glob("records/*.yaml")))


def test_a_mistake_is_shown_with_its_place_its_line_and_a_fix(library: Path) -> None:
    path = library / "records" / "estes2017.yaml"
    path.write_text(path.read_text().replace("kind: nrsi_controlled", "kind: nrsi_controled"))
    lines = run("check", str(path.relative_to(library.parent)), code=1).stdout.splitlines()
    place = "error[R005] studies/records/estes2017.yaml:8:9  "
    assert lines[0] == place + '"nrsi_controled" is not a kind; did you mean "nrsi_controlled"?'
    assert lines[1] == "   8 |   kind: nrsi_controled"
    assert lines[2] == "     |         ^^^^^^^^^^^^^^"
    assert lines[3].startswith("   fix  one of: rct_parallel")


def test_problems_as_json_follow_the_contract(library: Path) -> None:
    path = library / "records" / "estes2017.yaml"
    path.write_text(path.read_text().replace("label: Estes 2017", "lable: Estes 2017"))
    found = json.loads(run("check", "--json", code=1).stdout)
    first = next(p for p in found if p["rule"] == "R007")
    assert list(first) == [
        "rule",
        "name",
        "severity",
        "path",
        "line",
        "column",
        "message",
        "why",
        "fix",
        "waived",
    ]
    assert (first["path"], first["line"], first["column"]) == ("studies/records/estes2017.yaml", 3, 1)


def test_one_broken_record_hides_no_other(library: Path) -> None:
    (library / "records" / "estes2017.yaml").write_text("study: [\n")
    (library / "records" / "schwartz1991.yaml").write_text("\0")
    found = json.loads(run("check", "--json", code=1).stdout)
    assert {p["path"].rpartition("/")[2] for p in found if p["rule"].startswith("R00")} == {
        "estes2017.yaml",
        "schwartz1991.yaml",
    }
    assert (
        len(json.loads(run("study", "list", "--json").stdout))
        == len(list(library.glob("records/*.yaml"))) - 2
    )


def test_a_warning_fails_only_a_strict_check(library: Path) -> None:
    path = library / "records" / "estes2017.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert run("check", "studies/records/estes2017.yaml", "--strict", code=1).stdout.startswith(
        "warning[R006]"
    )
    assert [
        p["rule"] for p in json.loads(run("check", str(path), "--json").stdout) if p["severity"] == "error"
    ] == []


def test_a_file_outside_a_library_can_be_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lone.yaml").write_text("study: lone\nlabel: x\n")
    Path("lone.bib").write_text("@article{a, title = {A}\n@article{b, title={B}}\n")
    assert {p["rule"] for p in json.loads(run("check", "lone.yaml", "--json", code=1).stdout)} == {"R008"}
    assert {p["rule"] for p in json.loads(run("check", "lone.bib", "--json", code=1).stdout)} == {"B003"}


def test_a_path_that_is_not_there_is_wrong_usage(library: Path) -> None:
    assert "does not exist" in run("check", "nowhere", code=2).stderr


def test_the_library_of_this_repository_has_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(STUDIES.parent)
    assert [
        p for p in json.loads(run("check", "--json").stdout) if p["severity"] == "error" and not p["waived"]
    ] == []


def test_colour_is_for_terminals_that_want_it(library: Path) -> None:
    (library / "records" / "estes2017.yaml").write_text("")
    assert "\x1b[" in run("check", code=1, color=True).stdout
    assert "\x1b[" not in run("check", code=1, color=True, env={"NO_COLOR": "1"}).stdout
    assert "\x1b[" not in run("check", code=1).stdout


def test_an_error_has_no_colour_either_where_none_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "\x1b[" in run("status", code=2, color=True).stderr
    assert "\x1b[" not in run("status", code=2, color=True, env={"NO_COLOR": "1"}).stderr


def test_a_place_that_cannot_be_written_is_an_error_of_the_environment(library: Path) -> None:
    result = run("grade", "intervals-young-quads", "--table", "sof", "--out", "nowhere/x.md", code=4)
    assert "nowhere/x.md" in result.stderr and "fix" in result.stderr


def test_a_table_is_not_written_into_a_file_of_another_kind(library: Path) -> None:
    result = run("grade", "intervals-young-quads", "--table", "sof", "--out", "x.xlsx", code=2)
    assert 'no table format "xlsx"' in result.stderr and not Path("x.xlsx").exists()


def test_a_reader_that_has_seen_enough_is_no_finding() -> None:
    program = [sys.executable, "-c", "from claimbook.cli import main; main()", "methods"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.close()
        assert (running.stderr.read(), running.wait()) == (b"", 141)


@pytest.mark.parametrize(
    ("settings", "encoding", "shape"),
    [
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "utf-8", "⊕◯◯◯"),
        ({"PYTHONIOENCODING": "latin-1"}, "latin-1", "????"),
    ],
)
def test_any_locale_can_be_written_to(
    library: Path, settings: dict[str, str], encoding: str, shape: str
) -> None:
    program = [
        sys.executable,
        "-c",
        "from claimbook.cli import main; main()",
        "grade",
        "intervals-young-quads",
    ]
    ended = subprocess.run(program, env={**os.environ, **settings}, capture_output=True, check=False)
    assert (ended.returncode, shape in ended.stdout.decode(encoding)) == (0, True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's full disk")
def test_a_full_disk_is_an_error_of_the_environment() -> None:
    program = [sys.executable, "-c", "from claimbook.cli import main; main()", "methods", "tau2"]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ended.returncode, "Traceback" in ended.stderr) == (4, False)


def test_a_library_without_claims_says_so_and_prints_nothing(library: Path) -> None:
    shutil.rmtree(library / "claims")
    result = run("analyze")
    assert (result.stdout, "claimbook claim add" in result.stderr) == ("", True)


def test_talk_goes_to_standard_error_and_quiet_ends_it(library: Path) -> None:
    result = run("reproduce", "--json", code=1)
    json.loads(result.stdout)
    assert "match" in result.stderr
    assert run("-q", "reproduce", "--json", code=1).stderr == ""


def test_a_pipe_sees_no_progress(library: Path) -> None:
    assert "computing" not in run("analyze", "--json").stderr
    assert "computing" in run("-v", "analyze", "--json").stderr


def test_analyze_prints_one_object_for_each_claim(library: Path) -> None:
    found = json.loads(run("analyze", "--json").stdout)
    needed = {
        "claim",
        "k",
        "n",
        "measure",
        "estimate",
        "low",
        "high",
        "prediction",
        "tau2",
        "i2",
        "certainty",
        "verdict",
        "sentence",
    }
    assert all(needed <= set(one) for one in found)
    assert {one["claim"] for one in found} == {path.stem for path in library.glob("claims/*.yaml")}


def test_analyze_agrees_with_the_interface(library: Path) -> None:
    import claimbook

    finding = claimbook.find(claimbook.read_library(library)[0], "concurrent-power")
    (one,) = json.loads(run("analyze", "concurrent-power", "--json").stdout)
    assert one["estimate"] == finding.pooled.estimate
    assert f"{one['k']} studies" in run("analyze", "concurrent-power").stdout


def test_an_unknown_claim_is_guessed(library: Path) -> None:
    for command in (["analyze"], ["grade"], ["claim", "show"]):
        assert 'did you mean "concurrent-power"?' in run(*command, "concurent-power", code=2).stderr


def test_reproduce_compares_every_published_value(library: Path) -> None:
    found = json.loads(run("reproduce", "--json", code=1).stdout)
    assert {c["status"] for c in found} <= {"match", "differs", "decision-changing", "cannot"}
    assert all({"study", "quantity", "published", "recomputed", "status", "why"} <= set(c) for c in found)
    strength = next(c for c in found if c["study"] == "schumann2022" and c["printed"]["p"] == "0.446")
    assert strength["published"] == {"value": -0.06, "low": -0.2, "high": 0.09, "p": 0.446}
    assert {"value", "low", "high", "p"} <= set(strength["recomputed"])
    differs = [c["study"] for c in found if c["status"] == "differs"]
    assert differs == ["schumann2022"]


def test_reproduce_of_one_study_that_agrees_exits_with_0(library: Path) -> None:
    text = run("reproduce", "mccarthy2002", "--explain").stdout
    assert "match" in text and "studies/records/mccarthy2002.yaml:" in text


EVIDENCE = {
    "id": "a",
    "measure": "SMD",
    "est": 0.5,
    "lo": 0.3,
    "hi": 0.7,
    "k": 12,
    "n": 430,
    "i2": 55,
    "tau2": 0.05,
    "design": "rct",
    "direction": "higher_better",
    "threshold": {"type": "mid", "value": 0.2},
    "risk_of_bias": {"weight_high": 0.2, "est_low": 0.48},
    "indirectness": {"population": "yes", "intervention": "yes", "comparison": "yes", "outcome": "yes"},
    "publication_bias": {"small_and_sponsored": False, "asymmetry_p": 0.6, "unpublished_known": False},
    "upgrades": {"dose_response": False, "opposing_confounding": False},
}


def grade(evidence: Any, code: int = 0, *more: str) -> Result:
    return run("grade", "--evidence", "-", *more, code=code, input=json.dumps(evidence))


def test_a_body_of_evidence_is_graded_by_every_rule_set_that_fits() -> None:
    (one,) = json.loads(grade(EVIDENCE, 0, "--json").stdout)
    assert one["id"] == "a"
    core = one["rulesets"]["core-grade-2025"]
    assert set(core["domains"]) == {
        "risk_of_bias",
        "inconsistency",
        "indirectness",
        "imprecision",
        "publication_bias",
    }
    assert {"level", "rule", "facts", "borderline"} <= set(core["domains"]["risk_of_bias"])
    assert core["certainty"] in {"high", "moderate", "low", "very_low"}
    assert "grade-classic" in one["rulesets"]


def test_bodies_in_a_list_are_all_graded_and_a_bad_one_hides_none() -> None:
    result = grade(
        [EVIDENCE, {**EVIDENCE, "id": "b", "measure": "XYZ"}, {**EVIDENCE, "id": "c"}], 1, "--json"
    )
    found = json.loads(result.stdout)
    assert [one["id"] for one in found] == ["a", "b", "c"]
    assert found[0]["rulesets"] == found[2]["rulesets"]
    assert "measure" in found[1]["error"] and "b: measure" in result.stderr


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lo": 0.9}, "est"),
        ({"i2": 140}, "i2"),
        ({"design": "magic"}, "design"),
        ({"threshold": None}, "threshold"),
        ({"indirectness": {"outcome": "maybe"}}, "indirectness.outcome"),
        ({"measure": "RR"}, "baseline_risk"),
        ({"k": 0}, "k"),
        ({"est": "big"}, "est"),
    ],
)
def test_a_body_that_cannot_be_graded_names_the_field(change: dict[str, Any], field: str) -> None:
    assert f"error: a: {field}" in grade({**EVIDENCE, **change}, 1).stderr


def test_a_body_cannot_send_a_terminal_what_cannot_be_read() -> None:
    told = grade({**EVIDENCE, "id": "a\x1b[2J", "outcome": "legs\x07"}, 0, "--explain").stdout
    assert {"\x1b", "\x07"}.isdisjoint(told)


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "nonsense"])
def test_evidence_that_is_not_json_is_a_clear_error(text: str) -> None:
    assert "is not JSON" in run("grade", "--evidence", "-", code=1, input=text).stderr


def test_grade_explains_every_step(library: Path) -> None:
    (one,) = json.loads(run("grade", "concurrent-power", "--json").stdout)
    assert one["rulesets"]["core-grade-2025"]["certainty"]
    text = run("grade", "concurrent-power", "--explain").stdout
    assert text.count("rule=") >= 5


def test_status_names_what_is_missing_and_the_next_step(library: Path) -> None:
    found = json.loads(run("status", "--json").stdout)
    assert set(found) == {"problems", "claims", "studies", "next"}
    assert "next: claimbook " in run("status").stdout


def test_methods_lists_every_registry_with_its_paper() -> None:
    found = json.loads(run("methods", "--json").stdout)
    families = {m["family"] for m in found}
    assert {"measures", "tau2", "intervals", "rulesets", "tools", "small-study-tests"} <= families
    assert [m for m in found if not m["label"]] == []
    assert len({(m["family"], m["key"]) for m in found}) == len(found)
    assert "viechtbauer2005" in run("methods", "tau2").stdout


def test_every_code_of_reading_and_writing_is_explained() -> None:
    from claimbook.cli.explain import PAGES, codes

    assert set(PAGES) == set(codes())
    for code in PAGES:
        assert run("explain", code.lower()).stdout.startswith(f"{code} ")


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("SMD", "or n1 n2 t, or n1 n2 d, or n1 n2 p; vtype LS, LS2, UB, AV; correct."),
        ("sd_from_error_bar", "Takes bar n (level, kind: sd se interval). Assumes: the bar is of the kind"),
        ("logit", "logit  log odds of a proportion (transforms; no paper)\n"),
    ],
)
def test_a_method_says_what_it_takes(term: str, words: str) -> None:
    assert words in run("explain", term).stdout and "ufunc" not in run("explain", term).stdout


def test_a_method_is_explained_and_a_misspelt_one_guessed() -> None:
    assert "Restricted maximum likelihood" in run("explain", "REML").stdout
    assert 'did you mean "R003"?' in run("explain", "R03", code=2).stderr


def test_a_new_library_checks_clean_and_gives_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("init", "new", "--title", "On: running").stdout == "new\n"
    assert [p for p in json.loads(run("-C", "new", "check", "--json").stdout) if p["waived"] is None] == []
    (one,) = json.loads(run("-C", "new", "analyze", "--json").stdout)
    assert (one["k"], one["n"], round(one["estimate"], 1)) == (1, 12, 10.6)
    assert one["certainty"] == "very_low"
    assert (tmp_path / "new" / "book" / "_config.yml").exists()
    assert (tmp_path / "new" / "studies" / "schema" / "record.json").exists()


def test_init_never_overwrites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("init")
    assert "holds a library already" in run("init", code=1).stderr
    (tmp_path / "studies" / "library.yaml").unlink()
    (tmp_path / "studies" / "references.bib").write_text("mine")
    run("init")
    assert (tmp_path / "studies" / "references.bib").read_text() == "mine"


def test_a_book_without_jupyter_book_is_an_environment_error(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib import metadata

    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    assert "claimbook[book]" in run("build", code=4).stderr


def test_build_stops_at_an_error_in_a_record(library: Path) -> None:
    (library / "records" / "estes2017.yaml").write_text("")
    result = run("build", code=1)
    assert "nothing was built" in result.stderr and "error[R002]" in result.stderr
    assert result.stdout == ""


def test_serve_shows_the_book_to_this_machine_only(library: Path, tmp_path: Path) -> None:
    pages = tmp_path / "book" / "_build" / "html"
    pages.mkdir(parents=True)
    (pages / "index.html").write_text("<title>The book</title>")
    command = [
        sys.executable,
        "-c",
        "from claimbook.cli import main; main()",
        "serve",
        "--port",
        "0",
        "--no-watch",
    ]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(address, timeout=10) as page:
            assert b"The book" in page.read()
        server.terminate()  # a shell's background jobs ignore SIGINT
        server.communicate(timeout=10)
        assert server.returncode == 0


def test_the_watcher_calls_when_a_source_changes_and_not_for_what_it_builds(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from claimbook.cli import serve

    changes = iter(
        [
            library / "records" / "estes2017.yaml",
            library.parent / "book" / "generated" / "x.md",
            library / "new.yaml",
        ]
    )
    calls = []

    def edit(_: float) -> None:
        path = next(changes)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("changed")
        os.utime(path, (1, 1))

    monkeypatch.setattr(serve.time, "sleep", edit)
    serve.watch(library, lambda: calls.append(1), times=3)
    assert len(calls) == 2


def test_a_session_asks_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not Session().interactive
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert not Session(may_ask=False).interactive
