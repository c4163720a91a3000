"""claimbook serve"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click

from claimbook.cli.build import build
from claimbook.cli.session import Failure, Session, Unavailable, find_library

PAUSE = 0.5  # seconds between two looks at the files


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one."
)
@click.option("--no-watch", is_flag=True, help="Do not build again when a file changes.")
@click.pass_obj
def command(session: Session, port: int, no_watch: bool) -> None:
    """Show the built book in a browser and build it again when a file changes.

    Serves this machine only. Prints the address; Ctrl-C (or SIGTERM) stops it.
    """
    root = find_library()
    pages = root.absolute().parent / "book" / "_build" / "html"
    if not (pages / "index.html").is_file():
        build(session, root)
    handler = partial(_Quiet, directory=str(pages))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise Unavailable(
            f"port {port}: {error.strerror}", "claimbook serve --port 0 takes a free one"
        ) from None
    with server:
        click.echo(f"http://127.0.0.1:{server.server_port}/")
        session.say("Ctrl-C stops it")
        if not no_watch:
            threading.Thread(target=watch, args=(root, partial(_again, session, root)), daemon=True).start()
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            session.say("stopped")


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files, always fresh, without a line for each request."""

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


def watch(root: Path, changed: Callable[[], None], times: int | None = None) -> None:
    """Call ``changed`` whenever a source of the book is newer, gone or there for the first time."""
    before = sources(root)
    while times is None or times > 0:
        time.sleep(PAUSE)
        now = sources(root)
        if now != before:
            changed()
            now = sources(root)  # the build itself writes findings.json and pages
        before, times = now, None if times is None else times - 1


def sources(root: Path) -> dict[Path, int]:
    """The files that the book is made from, with their times."""
    book = root.absolute().parent / "book"
    made = {book / "_build", book / "generated"}
    files = [
        *root.rglob("*.yaml"),
        *root.rglob("*.yml"),
        *root.rglob("*.bib"),
        *book.rglob("*.md"),
        *book.glob("_*.yml"),
    ]
    return {
        file: file.stat().st_mtime_ns
        for file in files
        if not made & set(file.absolute().parents) and file.is_file()
    }


def _again(session: Session, root: Path) -> None:
    started = time.monotonic()
    try:
        build(session, root)
    except (Failure, SystemExit) as error:
        if isinstance(error, Failure):
            error.show()
        return
    session.say(f"built again in {time.monotonic() - started:.1f} s")
