"""Asking a public service: politely, again where that helps, from the cache where it can.

Everything that can go wrong ends in one ``LookupFailed`` with a sentence and a fix; nothing is cached but an
answer that could be read.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import unquote

from claimbook import __version__
from claimbook.exchange.fetching import Garbled, Reply, fetch
from claimbook.records.writing import WriteError, replace_file

T = TypeVar("T")
BUSY = {408, 425, 429, 500, 502, 503, 504}
SERVICES = {
    "crossref": ("Crossref", "https://api.crossref.org"),
    "doi": ("doi.org", "https://doi.org"),
    "pubmed": ("PubMed", "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"),
    "pmc": ("PubMed Central", "https://pmc.ncbi.nlm.nih.gov/tools/idconv/api/v1/articles"),
    "trials": ("ClinicalTrials.gov", "https://clinicaltrials.gov/api/v2"),
}


class LookupFailed(Exception):
    """Nothing could be looked up; ``fix`` says what to do."""

    def __init__(
        self, message: str, fix: str = "try again later, or: claimbook study add --bibtex FILE"
    ) -> None:
        super().__init__(message)
        self.fix = fix


class NotFound(LookupFailed):
    """The service answered that it does not know the identifier."""


class Answer(NamedTuple, Generic[T]):
    """What an answer says, and the day on which it was given."""

    value: T
    day: date


@dataclass
class Client:
    """One session of look-ups.

    ``urls`` replaces addresses of ``SERVICES``; the environment does too (``CLAIMBOOK_CROSSREF_URL``).
    ``timeout`` is for each step of an answer, ``deadline`` for all of it, ``patience`` the longest wait that
    a service may ask for, all in seconds. ``keep`` is how long a cached answer counts.
    """

    folder: Path | None = None
    mailto: str = ""
    offline: bool = False
    urls: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 10.0
    deadline: float = 30.0
    attempts: int = 4
    patience: float = 60.0
    spacing: float = 0.35
    keep: timedelta = timedelta(days=7)
    sleep: Callable[[float], None] = time.sleep
    _last: float = 0.0

    def __post_init__(self) -> None:
        if self.mailto and not re.fullmatch(r"[^\s@<>()]+@[^\s@<>()]+", self.mailto):
            raise ValueError(f"mailto: {self.mailto!r} is no mail address")

    def get(self, service: str, path: str, accept: str, read: Callable[[str], T]) -> Answer[T]:
        """The answer to one question, as ``read`` makes it out of the text; ``read`` may raise Garbled."""
        label, base = SERVICES[service]
        base = self.urls.get(service) or os.environ.get(f"CLAIMBOOK_{service.upper()}_URL") or base
        url = base.rstrip("/") + path
        if kept := self._kept(url, read):
            return kept
        if self.offline:
            raise LookupFailed(
                f"{label} was not asked (--offline), and no answer is kept", "ask without --offline"
            )
        text = self._asked(label, url, accept, read)
        self._keep(url, text)
        return Answer(read(text), _today())

    def _asked(self, label: str, url: str, accept: str, read: Callable[[str], Any]) -> str:
        """The text of a readable answer, after as many tries as it takes and is decent."""
        trouble, asked = "", 0.0
        for attempt in range(self.attempts):
            self._wait(max(asked, 0.5 * 2**attempt if attempt else 0.0))
            try:
                reply = fetch(url, self._headers(accept), self.timeout, self.deadline)
                if reply.status == 200:
                    read(reply.text)
                    return reply.text
                asked = self._refused(label, url, reply)
                trouble = f"is busy (status {reply.status})"
            except (Garbled, OSError, HTTPException) as error:
                trouble = _words(error)
            except ValueError as error:
                raise LookupFailed(f"{label} cannot be asked: {error}", f"check {url}") from None
        raise LookupFailed(f"{label} {trouble} ({_host(url)}, {self.attempts} tries)")

    def _refused(self, label: str, url: str, reply: Reply) -> float:
        """Seconds after which another try makes sense; LookupFailed where none does."""
        if reply.status == 404:
            what = unquote(url.rpartition("/")[2].partition("?")[0])
            raise NotFound(f"{label} does not know {what}", "check the identifier")
        if 300 <= reply.status < 400:
            raise LookupFailed(f"{label} redirects in a circle ({_host(url)})")
        if reply.status not in BUSY:
            message = f"{label} refuses the question (status {reply.status})"
            raise LookupFailed(message, "check the identifier")
        asked = _retry_after(reply.headers)
        if asked > self.patience:
            message = f"{label} asks to wait {asked:.0f} seconds (status {reply.status})"
            raise LookupFailed(message, "try again then")
        return asked

    def _wait(self, seconds: float) -> None:
        """Wait as long as asked, and at least so long that a service is not asked too often."""
        seconds = max(seconds, self._last + self.spacing - time.monotonic())
        if seconds > 0:
            self.sleep(seconds)
        self._last = time.monotonic()

    def _headers(self, accept: str) -> dict[str, str]:
        contact = f" (mailto:{self.mailto})" if self.mailto else ""
        return {"Accept": accept, "User-Agent": f"claimbook/{__version__}{contact}"}

    def _path(self, url: str) -> Path | None:
        return self.folder / f"{sha256(url.encode()).hexdigest()[:32]}.json" if self.folder else None

    def _kept(self, url: str, read: Callable[[str], T]) -> Answer[T] | None:
        """A kept answer that is fresh enough; offline any age will do. A damaged one is as good as none."""
        path = self._path(url)
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, Garbled):
            if path is not None:
                kept = json.loads(path.read_text(encoding="utf-8"))
                day = date.fromisoformat(kept["day"])
                if kept["url"] == url and (self.offline or _today() - day < self.keep):
                    return Answer(read(kept["text"]), day)
        return None

    def _keep(self, url: str, text: str) -> None:
        path = self._path(url)
        if path is not None:
            with suppress(WriteError):  # a cache that cannot be written costs a question, nothing else
                replace_file(path, json.dumps({"url": url, "day": _today().isoformat(), "text": text}))


def read_json(text: str) -> Any:
    """The object of an answer; Garbled where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if text.lstrip()[:1] == "<":
            raise Garbled("answers with a web page instead of data; is there a login page between?") from None
        raise Garbled("answers with JSON that is cut off or damaged") from None


def _words(error: Exception) -> str:
    if isinstance(error, Garbled):
        return str(error)
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return "does not answer in time"
    if isinstance(error, HTTPException):
        return "breaks off in the middle of its answer"
    return f"cannot be reached: {getattr(reason, 'strerror', None) or reason or type(reason).__name__}"


def _retry_after(headers: Message) -> float:
    """Seconds that an answer asks to wait: a number or a date; 0 where it does not ask."""
    asked = (headers.get("Retry-After") or "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked[:9])
    with suppress(ValueError, TypeError):
        until = parsedate_to_datetime(asked)
        return max(0.0, (until - datetime.now(until.tzinfo)).total_seconds())
    return 0.0


def _host(url: str) -> str:
    return url.split("/")[2] if "//" in url else url


def _today() -> date:
    return datetime.now(UTC).date()
