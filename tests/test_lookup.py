"""Look-ups against a local server that answers as the real services do, in health and in sickness."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from claimbook.cli import main
from claimbook.exchange.lookup import look_up, parsed
from claimbook.exchange.web import SERVICES, Client, LookupFailed, NotFound
from claimbook.records import read_library

ANSWERS = Path(__file__).parent / "data" / "answers"
PUBMED = (ANSWERS.parent / "citations" / "pubmed.nbib").read_text(encoding="utf-8").split("\n\n")[0]
DOI = "doi:10.1007/s40279-021-01587-7"
WORK = "/crossref/works/10.1007/s40279-021-01587-7"


@pytest.fixture(autouse=True)
def straight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(httpserver: HTTPServer, waits: list[float]) -> Client:
    urls = {service: httpserver.url_for(f"/{service}") for service in SERVICES}
    return Client(urls=urls, sleep=waits.append, timeout=0.5, deadline=1.0)


def answer(name: str) -> bytes:
    return (ANSWERS / name).read_bytes()


def serve(httpserver: HTTPServer, path: str, *replies: Response | bytes) -> list[Request]:
    """Answer the questions to a path in turn, the last one for ever; the questions are kept."""
    asked: list[Request] = []

    def handle(request: Request) -> Response:
        asked.append(request)
        reply = replies[min(len(asked), len(replies)) - 1]
        return reply if isinstance(reply, Response) else Response(reply, content_type="application/json")

    httpserver.expect_request(path).respond_with_handler(handle)
    return asked


def test_a_doi_is_looked_up_at_crossref(httpserver: HTTPServer, client: Client) -> None:
    serve(httpserver, WORK, answer("crossref_work.json"))
    citation = look_up(DOI, client).citation
    assert citation.label == "Schumann 2022"
    assert citation.fields() == {
        "author": "Schumann, Moritz and Rønnestad, Bent R. and {A study group}",
        "title": "Compatibility of Concurrent Aerobic and Strength Training for Skeletal Muscle Size and "
        "Function: An Updated Systematic Review and Meta-Analysis",
        "journal": "Sports Medicine",
        "year": "2022",
        "volume": "52",
        "number": "3",
        "pages": "601--612",
        "publisher": "",
        "doi": "10.1007/s40279-021-01587-7",
        "pmid": "",
        "pmcid": "",
        "url": "",
    }


def test_a_doi_of_another_agency_is_looked_up_as_csl(httpserver: HTTPServer, client: Client) -> None:
    serve(httpserver, "/crossref/works/10.5281/zenodo.1234567", Response("Resource not found.", 404))
    redirect = Response("", 302, {"Location": "/datacite/x"})
    serve(httpserver, "/doi/10.5281/zenodo.1234567", redirect)
    asked = serve(httpserver, "/datacite/x", answer("datacite_csl.json"))
    found = look_up("https://doi.org/10.5281/zenodo.1234567", client)
    assert (found.citation.label, found.citation.kind, found.checked) == ("Baker 2021", "misc", False)
    assert asked[0].headers["Accept"] == "application/vnd.citationstyles.csl+json"


def test_a_pubmed_number_is_looked_up_in_pubmeds_own_format(httpserver: HTTPServer, client: Client) -> None:
    asked = serve(httpserver, "/pubmed/efetch.fcgi", PUBMED.encode())
    citation = look_up("pmid:28479954", client).citation
    assert (citation.label, citation.pmcid, citation.doi) == ("Estes 2017", "PMC5214170", "10.70252/ULIC9262")
    assert asked[0].args["rettype"] == "medline" and asked[0].args["tool"] == "claimbook"


def test_a_pmc_number_is_converted(httpserver: HTTPServer, client: Client) -> None:
    asked = serve(httpserver, "/pmc/", answer("idconv.json"))
    serve(httpserver, "/pubmed/efetch.fcgi", PUBMED.encode())
    assert look_up("pmcid:PMC5214170", client).citation.pmid == "28479954"
    assert asked[0].args["idtype"] == "pmcid"


def test_a_registered_trial_brings_its_design_and_arms(httpserver: HTTPServer, client: Client) -> None:
    serve(httpserver, "/trials/studies/NCT01234567", answer("trial.json"))
    found = look_up("nct:nct01234567", client)
    assert found.citation.label == "A University 2010"
    assert found.more["design"]["kind"] == "rct_parallel"
    assert found.more["population"]["n"] == "40"
    assert [arm["id"] for arm in found.more["arms"]] == ["interval-running", "no-training"]


def test_a_retraction_is_part_of_the_record(httpserver: HTTPServer, client: Client) -> None:
    serve(httpserver, "/crossref/works/10.1000/gone", answer("crossref_retracted.json"))
    found = look_up("doi:10.1000/gone", client)
    assert found.record["integrity"] == {"status": "retracted", "checked": found.day.isoformat()}
    assert found.citation.title == "RETRACTED: A study that was taken back"
    assert found.citation.notices[0] == "retraction: https://doi.org/10.1000/notice"


def test_questions_are_polite(httpserver: HTTPServer, client: Client) -> None:
    asked = serve(httpserver, WORK, answer("crossref_work.json"))
    look_up(DOI, Client(urls=client.urls, mailto="a.curator@example.org", sleep=lambda _: None))
    assert asked[0].headers["User-Agent"].startswith("claimbook/")
    assert "(mailto:a.curator@example.org)" in asked[0].headers["User-Agent"]
    assert asked[0].args["mailto"] == "a.curator@example.org"


BUSY = Response("slow down", 429, {"Retry-After": "2"})


def soon() -> Response:
    """Busy until half a minute from now."""
    return Response("", 503, {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=30))})


@pytest.mark.parametrize(
    "first",
    [
        BUSY,
        Response("down", 500),
        Response("down", 502),
        Response("down", 503, {"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}),
        b'{"status": "ok", "message": {"DOI": "10.10',
        b"<!DOCTYPE html><html>Sign in to the hotel's network</html>",
        b"\xff\xfe\x00garbage\xff",
        b'{"status": "ok", "message": "no work"}',
    ],
    ids=["429", "500", "502", "503", "cut off", "web page", "encoding", "another form"],
)
def test_a_passing_trouble_is_tried_again(
    httpserver: HTTPServer, client: Client, first: Response | bytes
) -> None:
    asked = serve(httpserver, WORK, first, answer("crossref_work.json"))
    assert look_up(DOI, client).citation.volume == "52"
    assert len(asked) == 2


def test_the_wait_that_is_asked_for_is_kept(
    httpserver: HTTPServer, client: Client, waits: list[float]
) -> None:
    serve(httpserver, WORK, BUSY, soon(), answer("crossref_work.json"))
    look_up(DOI, client)
    assert waits[0] == 2 and 20 < waits[1] <= 30


def test_waits_grow_where_none_is_asked_for(
    httpserver: HTTPServer, client: Client, waits: list[float]
) -> None:
    serve(httpserver, WORK, Response("", 500))
    with pytest.raises(LookupFailed, match=r"Crossref is busy \(status 500\) .*4 tries"):
        look_up(DOI, client)
    assert waits == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("reply", "said", "questions"),
    [
        (Response("", 429, {"Retry-After": "3600"}), r"asks to wait 3600 seconds \(status 429\)", 1),
        (Response("", 401), r"refuses the question \(status 401\)", 1),
        (Response("", 410), r"refuses the question \(status 410\)", 1),
        (Response("", 429), r"is busy \(status 429\)", 4),
        (b"<html>", "a web page instead of data", 4),
        (b'{"a": [1, 2', "JSON that is cut off or damaged", 4),
        (b"[" * 100_000, "JSON that is cut off or damaged", 4),
        (b"\xff\xfe\xfa", "an unreadable encoding", 4),
        (b'{"message": {"DOI": "10.1007/s40279-021-01587-7", "title": []}}', "has no title", 1),
        (b'{"message": {"title": [null, {"a": 1}], "author": "x", "issued": 5}}', "has no title", 1),
    ],
)
def test_a_lasting_trouble_is_one_clear_sentence(
    httpserver: HTTPServer, client: Client, reply: Response | bytes, said: str, questions: int
) -> None:
    asked = serve(httpserver, WORK, reply)
    with pytest.raises(LookupFailed, match=said):
        look_up(DOI, client)
    assert len(asked) == questions


@pytest.mark.parametrize(
    ("text", "path", "reply"),
    [
        (
            "pmid:99999999",
            "/pubmed/efetch.fcgi",
            b"id: 99999999 Error occurred: PMID 99999999 is not available",
        ),
        ("pmid:99999999", "/pubmed/efetch.fcgi", b"\n"),
        ("pmid:99999999", "/pubmed/efetch.fcgi", PUBMED.encode()),
        ("pmcid:PMC99999999", "/pmc/", (ANSWERS / "idconv_unknown.json").read_bytes()),
        ("pmcid:PMC99999999", "/pmc/", b"[]"),
        ("nct:NCT00000000", "/trials/studies/NCT00000000", Response("NCT number NCT00000000 not found", 404)),
    ],
)
def test_what_a_service_does_not_know_is_said(
    httpserver: HTTPServer, client: Client, text: str, path: str, reply: Response | bytes
) -> None:
    serve(httpserver, path, reply)
    with pytest.raises(NotFound, match="does not know"):
        look_up(text, client)


def test_another_form_of_trial_is_refused(httpserver: HTTPServer, client: Client) -> None:
    serve(httpserver, "/trials/studies/NCT01234567", b'{"protocolSection": [1]}')
    with pytest.raises(LookupFailed, match="not a study's"):
        look_up("nct:NCT01234567", client)


def test_a_circle_of_redirects_ends(httpserver: HTTPServer, client: Client) -> None:
    serve(httpserver, WORK, Response("", 302, {"Location": WORK}))
    with pytest.raises(LookupFailed, match="redirects in a circle"):
        look_up(DOI, client)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/x", "data:text/plain,x"])
def test_a_redirect_out_of_the_web_is_not_followed(
    httpserver: HTTPServer, client: Client, target: str
) -> None:
    serve(httpserver, WORK, Response("", 302, {"Location": target}))
    with pytest.raises(LookupFailed):
        look_up(DOI, client)


@pytest.fixture
def raw() -> Iterator[Callable[[bytes, float], Client]]:
    """A server that sends given bytes one by one, with a pause after each."""
    stop = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def talk(sent: bytes, pause: float) -> None:
        while not stop.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(4096)
                for byte in sent if pause else [sent]:
                    try:
                        connection.sendall(bytes([byte]) if isinstance(byte, int) else byte)
                    except OSError:
                        break
                    if stop.wait(pause):
                        break

    def start(sent: bytes, pause: float = 0.0) -> Client:
        threads.append(threading.Thread(target=talk, args=(sent, pause), daemon=True))
        threads[-1].start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        return Client(urls={"crossref": url}, sleep=lambda _: None, timeout=0.3, deadline=0.3, attempts=2)

    yield start
    stop.set()
    listening.close()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("sent", "pause", "said"),
    [
        (HEAD + b"Content-Length: 5000\r\n\r\n" + b"x" * 4000, 0.05, "does not answer in time"),
        (HEAD + b"X-Long: " + b"x" * 4000, 0.05, "does not answer in time"),
        (HEAD + b'Content-Length: 500\r\n\r\n{"message":', 0.0, "breaks off in the middle"),
        (HEAD + b'Transfer-Encoding: chunked\r\n\r\nff\r\n{"mess', 0.0, "breaks off in the middle"),
        (b"SSH-2.0-OpenSSH\r\n", 0.0, "breaks off in the middle"),
        (b"", 0.0, "breaks off|cannot be reached"),
    ],
    ids=[
        "a slow drip",
        "a slow drip of headers",
        "cut off",
        "cut off in a chunk",
        "no web server",
        "nothing",
    ],
)
def test_a_broken_connection_ends_in_time(
    raw: Callable[[bytes, float], Client], sent: bytes, pause: float, said: str
) -> None:
    begun = time.monotonic()
    with pytest.raises(LookupFailed, match=said):
        look_up(DOI, raw(sent, pause))
    assert time.monotonic() - begun < 5


def test_an_answer_without_end_is_cut(
    httpserver: HTTPServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claimbook.exchange.fetching.LARGEST", 1000)
    serve(httpserver, WORK, b" " * 5000)
    with pytest.raises(LookupFailed, match="answers with more than"):
        look_up(DOI, client)


def test_a_service_that_is_not_there_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    client = Client(urls={"crossref": f"http://127.0.0.1:{port}"}, sleep=lambda _: None, attempts=2)
    with pytest.raises(LookupFailed, match="cannot be reached: Connection refused"):
        look_up(DOI, client)


@pytest.mark.parametrize("address", ["crossref.example", "http://[", "http://a b/", "gopher://x"])
def test_an_address_that_is_none_is_said(address: str) -> None:
    with pytest.raises(LookupFailed):
        look_up(DOI, Client(urls={"crossref": address}, sleep=lambda _: None, attempts=1))


def test_an_answer_is_kept_and_counts_offline(httpserver: HTTPServer, client: Client, tmp_path: Path) -> None:
    asked = serve(httpserver, WORK, answer("crossref_work.json"))
    client.folder = tmp_path
    for offline in (False, False, True):
        client.offline = offline
        assert look_up(DOI, client).citation.volume == "52"
    assert len(asked) == 1


def test_an_old_answer_is_asked_for_again_but_counts_offline(
    httpserver: HTTPServer, client: Client, tmp_path: Path
) -> None:
    asked = serve(httpserver, WORK, answer("crossref_work.json"))
    client.folder = tmp_path
    look_up(DOI, client)
    (kept,) = tmp_path.iterdir()
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "day": "2020-01-02"}))
    client.offline = True
    assert look_up(DOI, client).day.isoformat() == "2020-01-02"
    client.offline = False
    look_up(DOI, client)
    assert len(asked) == 2


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"url": 1}', '{"day": 7, "url": "x"}'])
def test_a_damaged_answer_in_the_cache_is_as_good_as_none(
    httpserver: HTTPServer, client: Client, tmp_path: Path, damage: str
) -> None:
    asked = serve(httpserver, WORK, answer("crossref_work.json"))
    client.folder = tmp_path
    look_up(DOI, client)
    next(tmp_path.iterdir()).write_text(damage)
    look_up(DOI, client)
    assert len(asked) == 2


def test_offline_without_a_kept_answer_is_said(client: Client) -> None:
    client.offline = True
    with pytest.raises(LookupFailed, match="not asked") as caught:
        look_up(DOI, client)
    assert caught.value.fix == "ask without --offline"


@pytest.mark.parametrize(
    "text",
    ["pmid:0", "pmid:1e5", "pmcid:5214170", "nct:123", "doi:11.1/x", "isbn:1", "doi:", "pmid:1\n2", "x"],
)
def test_what_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        parsed(text)


def test_a_mail_address_cannot_smuggle_in_a_header() -> None:
    with pytest.raises(ValueError, match="is no mail address"):
        Client(mailto="a@b.org\r\nX-Evil: 1")


# --- the command -----------------------------------------------------------------------------------------


@pytest.fixture
def library(tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    for service in SERVICES:
        monkeypatch.setenv(f"CLAIMBOOK_{service.upper()}_URL", httpserver.url_for(f"/{service}"))
    monkeypatch.setattr("claimbook.exchange.web.Client", partial(Client, sleep=lambda _: None))
    root = tmp_path / "studies"
    root.mkdir()
    (root / "library.yaml").write_text("title: A\nquestion: B\nlicence: CC0-1.0\noutcomes: {}\n")
    monkeypatch.chdir(tmp_path)
    return root


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, arguments, prog_name="claimbook")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def serve_all(httpserver: HTTPServer) -> None:
    serve(httpserver, WORK, answer("crossref_work.json"))
    serve(httpserver, "/pubmed/efetch.fcgi", PUBMED.encode())
    serve(httpserver, "/trials/studies/NCT01234567", answer("trial.json"))


def test_identifiers_become_records_with_what_is_missing(httpserver: HTTPServer, library: Path) -> None:
    serve_all(httpserver)
    result = run("study", "add", "pmid:28479954", DOI, "nct:NCT01234567")
    assert result.stdout.splitlines() == [
        f"studies/records/{key}.yaml" for key in ("estes2017", "schumann2022", "auniversity2010")
    ]
    assert "still missing: design, people, arms, results" in result.stderr
    found, problems = read_library(library)
    assert problems == []
    assert set(found.studies) == set(found.bibliography)
    assert [found.studies[key].design.status for key in sorted(found.studies)] == [
        "confirmed",
        "unknown",
        "inferred",
    ]
    assert found.studies["estes2017"].integrity.status == "none"
    assert found.studies["schumann2022"].design.kind == "sr_ma"


def test_an_identifier_of_another_kind_is_named_with_those_there_are(library: Path) -> None:
    assert (
        '"isbn:123" is no identifier; there are doi: pmid:' in run("study", "add", "isbn:123", code=2).stderr
    )


def test_a_key_of_ones_own_is_taken(httpserver: HTTPServer, library: Path) -> None:
    serve_all(httpserver)
    assert run("study", "add", "mine", "pmid:28479954").stdout == "studies/records/mine.yaml\n"


def test_the_same_study_is_not_entered_twice(httpserver: HTTPServer, library: Path) -> None:
    serve_all(httpserver)
    run("study", "add", "pmid:28479954")
    before = {path: path.read_bytes() for path in library.rglob("*") if path.is_file()}
    assert "in the library already as estes2017" in run("study", "add", "pmid:28479954", code=1).stderr
    assert before == {path: path.read_bytes() for path in library.rglob("*") if path.is_file()}


def test_with_one_failure_nothing_is_written(httpserver: HTTPServer, library: Path) -> None:
    serve(httpserver, "/pubmed/efetch.fcgi", PUBMED.encode())
    serve(httpserver, "/trials/studies/NCT01234567", Response("", 503))
    before = list(library.rglob("*"))
    result = run("study", "add", "pmid:28479954", "nct:NCT01234567", code=3)
    assert "error: ClinicalTrials.gov is busy (status 503)" in result.stderr
    assert "nothing was written" in result.stderr and result.stdout == ""
    assert list(library.rglob("*")) == before


def test_offline_uses_the_librarys_own_cache(httpserver: HTTPServer, library: Path) -> None:
    serve_all(httpserver)
    run("study", "add", "pmid:28479954")
    (library / "records" / "estes2017.yaml").unlink()
    httpserver.clear()
    assert run("study", "add", "--offline", "pmid:28479954").stdout == "studies/records/estes2017.yaml\n"
    assert "PubMed was not asked" in run("study", "add", "--offline", "pmid:1", code=3).stderr
    assert len(list((library.parent / ".claimbook" / "lookup").iterdir())) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["pmid:x"],
        ["a", "b", "pmid:1"],
        ["a", "b"],
        ["a:b"],
        ["pmid:1", "--title", "T"],
        ["pmid:1", "--mailto", "x"],
    ],
)
def test_wrong_use_is_said(library: Path, words: list[str]) -> None:
    assert run("study", "add", *words, code=2).stdout == ""


def test_markup_in_an_answer_becomes_plain_text(httpserver: HTTPServer, library: Path) -> None:
    evil = {
        "DOI": "10.1007/s40279-021-01587-7",
        "title": ["A study} @string{x=1} \\input{/etc/passwd} <script>x()</script> of !!python/object"],
        "author": [{"family": "../../etc/passwd", "given": "{{7*7}}"}, {"literal": "# a: [b"}],
        "container-title": ["J & Co %d \u202e"],
    }
    serve(httpserver, WORK, json.dumps({"message": evil}).encode())
    assert run("study", "add", DOI).stdout == "studies/records/etcpasswd.yaml\n"
    found, problems = read_library(library)
    assert problems == [] and list(found.bibliography) == ["etcpasswd"]
    assert "\\" not in found.bibliography["etcpasswd"].get("title")


def test_retractions_are_looked_up_and_kept(httpserver: HTTPServer, library: Path) -> None:
    serve_all(httpserver)
    run("study", "add", "pmid:28479954", DOI)
    assert "looked up 2 studies; 0 with a notice" in run("check-retractions").stderr
    retracted = PUBMED.encode() + b"\nRIN - A Journal. 2026;1:1.\n"
    httpserver.clear()
    serve(httpserver, "/pubmed/efetch.fcgi", retracted)
    for kept in (library.parent / ".claimbook" / "lookup").iterdir():
        kept.unlink()
    text = run("check-retractions", "estes2017", code=1).stdout
    assert "estes2017  RETRACTED" in text and "retracted in: A Journal" in text
    assert read_library(library)[0].studies["estes2017"].integrity.status == "retracted"


def test_what_was_learnt_before_a_failure_is_kept(httpserver: HTTPServer, library: Path) -> None:
    serve_all(httpserver)
    run("study", "add", "pmid:28479954", DOI)
    run("study", "set", "estes2017", "integrity", "{status: not checked}")
    for kept in (library.parent / ".claimbook" / "lookup").iterdir():
        kept.unlink()
    httpserver.clear()
    serve(httpserver, "/pubmed/efetch.fcgi", PUBMED.encode())
    serve(httpserver, WORK, Response("", 503))
    result = run("check-retractions", "--json", code=3)
    assert [row["study"] for row in json.loads(result.stdout)["studies"]] == ["estes2017"]
    assert "1 study not looked up; schumann2022: Crossref is busy" in result.stderr
    assert read_library(library)[0].studies["estes2017"].integrity.status == "none"
