"""claimbook serve"""

from __future__ import annotations

import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click

from claimbook import book
from claimbook.cli.build import build
from claimbook.cli.session import Failure, Session, Unavailable, find_library

PAUSE = 0.5  # seconds between two looks at the files
BEAT = 10.0  # seconds between two signs of life to a page that waits
EVENTS = "/.changes"
SCRIPT = """<script>
new EventSource("%s").onmessage = (event) => { if (event.data !== "%s") location.reload(); };
</script>
"""


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one."
)
@click.option("--no-watch", is_flag=True, help="Do not build again when a file changes.")
@click.pass_obj
def command(session: Session, port: int, no_watch: bool) -> None:
    """Show the built book in a browser; build it again and reload the page when a file changes.

    A mistake in a file is shown here, and the browser keeps the last good book. Serves this machine only.
    Prints the address; Ctrl-C (or SIGTERM) stops it.
    """
    root = find_library()
    built = book.landing_page(root.absolute().parent / "book").parent
    if not (built / "index.html").is_file():
        build(session, root)
    with tempfile.TemporaryDirectory(prefix="claimbook-") as place, _server(port) as server:
        shown = Shown(built, Path(place))
        server.RequestHandlerClass = partial(_Handler, shown)
        click.echo(f"http://127.0.0.1:{server.server_port}/")
        session.say("Ctrl-C stops it")
        if not no_watch:
            again = partial(_again, session, root, shown)
            threading.Thread(target=watch, args=(root, again), kwargs={"before": {}}, daemon=True).start()
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            session.say("stopped")


def _server(port: int) -> ThreadingHTTPServer:
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), SimpleHTTPRequestHandler)
    except OSError as error:
        raise Unavailable(
            f"port {port}: {error.strerror}", "claimbook serve --port 0 takes a free one"
        ) from None


class Shown:
    """A copy of the last good book: what a browser sees while the next one is made, or cannot be made."""

    def __init__(self, built: Path, place: Path) -> None:
        self.built, self.place = built, place
        self.folder, self.edition = place, ""
        self._changed = threading.Condition()
        self.renew()

    def renew(self) -> None:
        """Show what is built now, and wake the pages that wait for it."""
        edition, before = str(time.time_ns()), self.folder
        shutil.copytree(self.built, self.place / edition)
        with self._changed:
            self.folder, self.edition = self.place / edition, edition
            self._changed.notify_all()
        if before != self.place:
            shutil.rmtree(before, ignore_errors=True)

    def wait(self, known: str) -> str:
        """The edition that is shown: at once if it is another one, else after a while or when it changes."""
        with self._changed:
            self._changed.wait_for(lambda: self.edition != known, BEAT)
            return self.edition


class _Handler(SimpleHTTPRequestHandler):
    """Serves the book, always fresh; a page gets a script that reloads it when the book changes."""

    def __init__(self, shown: Shown, *args: Any) -> None:
        self.shown, self.edition = shown, shown.edition
        super().__init__(*args, directory=str(shown.folder))

    def do_GET(self) -> None:
        if self.path == EVENTS:
            with suppress(ConnectionError):  # the page was closed
                self._tell()
            return
        path = Path(self.translate_path(self.path))
        page = path / "index.html" if self.path.endswith("/") else path
        if page.suffix == ".html" and page.is_file():
            self._send(page.read_bytes())
        else:
            super().do_GET()

    def _send(self, html: bytes) -> None:
        """A page with the script, which is nowhere but in what is served."""
        script = SCRIPT % (EVENTS, self.edition)
        body = html.replace(b"</body>", script.encode() + b"</body>")
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _tell(self) -> None:
        """Every edition from now on, as server-sent events."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        known = ""
        while True:
            edition = self.shown.wait(known)
            self.wfile.write(f"data: {edition}\n\n".encode())
            self.wfile.flush()
            known = edition

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


def watch(
    root: Path,
    changed: Callable[[], None],
    times: int | None = None,
    before: Mapping[Path, int] | None = None,
) -> None:
    """Call ``changed`` whenever a source of the book is newer, gone or there for the first time.

    ``before`` is what is built already; by default the sources as they are now.
    """
    before = sources(root) if before is None else before
    while times is None or times > 0:
        time.sleep(PAUSE)
        now = sources(root)
        if now != before:
            changed()
        before, times = now, None if times is None else times - 1


def sources(root: Path) -> dict[Path, int]:
    """The files that the book is made from, with their times."""
    times = {}
    for path in book.sources(root, root.absolute().parent / "book"):
        with suppress(OSError):
            times[path] = path.stat().st_mtime_ns
    return times


def _again(session: Session, root: Path, shown: Shown) -> None:
    """Build and show; what stands in the way is said, and what is shown stays."""
    started = time.monotonic()
    try:
        build(session, root)
    except Failure as error:
        error.show()
        return
    except SystemExit:
        return
    shown.renew()
    session.say(f"built again in {time.monotonic() - started:.1f} s")
