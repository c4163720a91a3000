"""One question over http within limits of time and size: the bytes of an answer, and its status.

Only http and https are spoken, never from https down to http; files, FTP and data addresses are not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.message import Message
from http.client import HTTPResponse
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, TypeVar
from urllib import request
from urllib.error import HTTPError, URLError

T = TypeVar("T")
LARGEST = 20_000_000  # bytes of one answer


class Garbled(Exception):
    """An answer that came and cannot be read; asking again may help."""


class Reply(NamedTuple):
    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        """UTF-8, as JSON and PubMed are, else as the answer declares; Garbled where it is neither."""
        for encoding in ("utf-8", self.headers.get_content_charset() or "ascii"):
            with suppress(UnicodeDecodeError, LookupError):
                return self.body.decode(encoding).removeprefix("\ufeff")
        raise Garbled("answers in an unreadable encoding")


def fetch(url: str, headers: Mapping[str, str], timeout: float, deadline: float) -> Reply:
    """The answer to one question: each step within ``timeout``, all of it within ``deadline`` seconds.

    OSError where the service cannot be reached or does not answer in time, HTTPException or Garbled where
    its answer breaks off. A status that is no success comes without a body.
    """
    return within(deadline, lambda: _fetch(url, headers, timeout, time.monotonic() + deadline))


def within(seconds: float, call: Callable[[], T]) -> T:
    """The call's result if it comes in time; TimeoutError otherwise, whatever it is stuck in."""
    results: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            results.put((call(), None))
        except BaseException as error:
            results.put((None, error))

    Thread(target=run, daemon=True).start()
    try:
        value, error = results.get(timeout=seconds)
    except Empty:
        raise TimeoutError("") from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]


class _Redirects(request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if req.type == "https" and not newurl.startswith("https:"):
            raise URLError("redirects to an address that is not encrypted")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> request.OpenerDirector:
    """Speaks http and https only: no files, no FTP, no data addresses."""
    opener = request.OpenerDirector()
    for handler in (
        *(request.ProxyHandler, request.UnknownHandler, request.HTTPHandler, request.HTTPSHandler),
        *(request.HTTPDefaultErrorHandler, request.HTTPErrorProcessor, _Redirects),
    ):
        opener.add_handler(handler())
    return opener


def _fetch(url: str, headers: Mapping[str, str], timeout: float, end: float) -> Reply:
    try:
        with _opener().open(request.Request(url, headers=dict(headers)), timeout=timeout) as response:
            return Reply(response.status, response.headers, _body(response, end))
    except HTTPError as error:
        with error:
            return Reply(error.code, error.headers, b"")


def _body(response: HTTPResponse, end: float) -> bytes:
    parts, size = [], 0
    while part := response.read1(65536):
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise Garbled(f"answers with more than {LARGEST / 1e6:.0f} MB")
        if time.monotonic() > end:
            raise TimeoutError("")
    if response.length:
        raise Garbled("breaks off in the middle of its answer")
    return b"".join(parts)
