"""A file from elsewhere as text with numbered lines, whatever its encoding, within limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from claimbook.exchange.codes import problem
from claimbook.problems import Problem, Where

LARGEST = 64_000_000  # bytes; 10,000 records with abstracts are about half of it
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


@dataclass(frozen=True)
class Source:
    """The text of a file and what it is called in a message."""

    shown: str
    text: str

    def where(self, line: int = 0, column: int = 0) -> Where:
        return Where(self.shown, line, column)

    @property
    def lines(self) -> list[str]:
        """Lines as an editor counts them: ended by LF, CRLF or CR and by nothing else."""
        return re.split(r"\r\n|\r|\n", self.text)

    def line_at(self, offset: int) -> int:
        """The line of a character, counted from 1."""
        return len(re.findall(r"\r\n|\r|\n", self.text[:offset])) + 1


def read_bytes(path: Path, shown: str) -> tuple[bytes | None, list[Problem]]:
    """The bytes of a file, or the Problem that stands in the way."""
    try:
        if path.is_dir():
            return None, [problem("X001", Where(shown), "is a folder", "name one file")]
        size = path.stat().st_size
        if size > LARGEST:
            message = f"the file is {size / 1e6:.0f} MB; an import is at most {LARGEST / 1e6:.0f} MB"
            return None, [problem("X001", Where(shown), message, "export it in several parts")]
        return path.read_bytes(), []
    except OSError as error:
        return None, [problem("X001", Where(shown), f"cannot be read: {error.strerror}", "check the path")]


def decode(raw: bytes, shown: str) -> tuple[Source | None, list[Problem]]:
    """Text out of bytes: by its byte order mark, else UTF-8, else Windows-1252 with a warning."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _marked(raw[len(mark) :], encoding, shown)
    if b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        return None, [problem("X001", Where(shown, line), "is a binary file, not text", _FORMATS)]
    try:
        return Source(shown, raw.decode("utf-8")), []
    except UnicodeDecodeError as error:
        where = Where(shown, raw.count(b"\n", 0, error.start) + 1)
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8; read as Windows-1252"
        text = raw.decode("cp1252", errors="replace")
        return Source(shown, text), [problem("X012", where, message, "save it as UTF-8", severity="warning")]


def _marked(raw: bytes, encoding: str, shown: str) -> tuple[Source | None, list[Problem]]:
    text = raw.decode(encoding, errors="replace")
    if "\0" in text:
        return None, [problem("X001", Where(shown, 1), "is a binary file, not text", _FORMATS)]
    if "\ufffd" not in text:
        return Source(shown, text), []
    line = len(re.findall(r"\r\n|\r|\n", text[: text.index("\ufffd")])) + 1
    message = f"holds bytes that are not {encoding.upper()}"
    return Source(shown, text), [
        problem("X012", Where(shown, line), message, "save it as UTF-8", severity="warning")
    ]


_FORMATS = "an import is RIS, nbib, BibTeX, CSL-JSON, CSV, XLSX, .rm5 or a RevMan data package"
