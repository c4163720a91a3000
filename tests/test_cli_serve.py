"""``claimbook serve``: the page in the browser is that of the last good build, and follows the next one."""

import threading
import urllib.request
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from claimbook.book import paper
from claimbook.book.building import EnvironmentProblem
from claimbook.cli import serve
from claimbook.cli.session import Failure, Session

PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "html"
    folder.mkdir()
    (folder / "index.html").write_text(PAGE.format("First"))
    (folder / "all.csv").write_text("a,b\n")
    return folder


@pytest.fixture
def shown(built: Path, tmp_path: Path) -> serve.Shown:
    (tmp_path / "place").mkdir()
    return serve.Shown(built, tmp_path / "place")


@pytest.fixture
def address(shown: serve.Shown, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(serve, "BEAT", 0.1)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(serve._Handler, shown)) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as page:
        return str(page.read().decode())


def build_again(built: Path, title: str) -> None:
    (built / "index.html").write_text(PAGE.format(title))


def test_a_served_page_waits_for_the_next_edition(address: str, shown: serve.Shown) -> None:
    page = read(f"{address}/")
    assert ("<h1>First</h1>" in page, serve.EVENTS in page, shown.edition in page) == (True, True, True)


def test_the_built_page_has_no_such_script(address: str, built: Path) -> None:
    read(f"{address}/index.html")
    assert (built / "index.html").read_text() == PAGE.format("First")


def test_a_file_is_served_as_it_is(address: str) -> None:
    assert read(f"{address}/all.csv") == "a,b\n"


def test_no_page_is_served_from_beyond_the_book(address: str, tmp_path: Path) -> None:
    (tmp_path / "secret.html").write_text("secret")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        read(f"{address}/../secret.html")


def test_what_is_half_built_is_not_shown(address: str, built: Path) -> None:
    build_again(built, "Half")
    assert "<h1>First</h1>" in read(f"{address}/index.html")


def test_only_one_edition_is_kept(shown: serve.Shown, built: Path) -> None:
    build_again(built, "Second")
    shown.renew()
    assert [path.name for path in shown.place.iterdir()] == [shown.edition]


@pytest.mark.parametrize(("fails", "title"), [(False, "Second"), (True, "First")])
def test_the_last_good_book_stays_when_a_record_is_wrong(
    address: str,
    shown: serve.Shown,
    built: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fails: bool,
    title: str,
) -> None:
    def build(session: Session, root: Path) -> None:
        build_again(built, "Second")
        if fails:
            raise Failure("1 error in the records; nothing was built")

    monkeypatch.setattr(serve, "build", build)
    serve._again(Session(), built, shown)
    said = capsys.readouterr().err
    assert (f"<h1>{title}</h1>" in read(f"{address}/"), "1 error" in said) == (True, fails)


def test_a_watcher_builds_at_once_what_nothing_is_known_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve.time, "sleep", lambda _: None)
    root = tmp_path / "studies"
    root.mkdir()
    (root / "library.yaml").write_text("title: x")
    calls: list[int] = []
    serve.watch(root, lambda: calls.append(1), times=3, before={})
    assert calls == [1]


@pytest.mark.browser
def test_the_browser_shows_the_next_edition_by_itself(address: str, shown: serve.Shown, built: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra: test")
    try:
        browser = paper.chromium()
    except EnvironmentProblem as error:
        pytest.skip(str(error))
    with playwright.sync_playwright() as run:
        opened = run.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = opened.new_page()
        page.goto(f"{address}/index.html")
        build_again(built, "Second")
        shown.renew()
        page.wait_for_selector("h1:has-text('Second')", timeout=10_000)
        seen = page.title()
        opened.close()
    assert seen == "Second"
