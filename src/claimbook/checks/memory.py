"""What a check found out, kept for the next one as text: nothing in it is ever executed.

A value stands under a digest of all that it depends on, so a stale one is never asked for. Each line carries
a checksum of its own; a line that is damaged, or a file that is not one of ours, is as good as absent. The
file is replaced as a whole, and holds what the last check used.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any
from zlib import crc32


class Memory:
    """Values by digest. The first line of the file, the answer, can be had without reading the others."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._there: dict[str, bytes] = {}
        self._used: dict[str, bytes] = {}

    def answer(self, digest: str) -> Any:
        """The answer of the last check, if it stands under this digest; otherwise None."""
        with suppress(OSError), self.path.open("rb") as file:
            key, body = _parted(file.readline())
            return _value(body) if key == digest else None
        return None

    def load(self) -> None:
        """Read what is there. Problems of the disk are no problems of the check."""
        with suppress(OSError):
            self._there = dict(map(_parted, self.path.read_bytes().split(b"\n")[1:]))

    def recall(self, digest: str) -> Any:
        """The value under a digest; None where there is none."""
        body = self._used.get(digest) or self._there.get(digest, b"")
        value = _value(body)
        if value is not None:
            self._used[digest] = body
        return value

    def hold(self, digest: str) -> None:
        """Keep a value for the next check without looking at it."""
        if digest in self._there:
            self._used.setdefault(digest, self._there[digest])

    def keep(self, digest: str, text: str) -> None:
        """Keep a value, given as the text that ``written`` made of it."""
        self._used[digest] = text.encode()

    def save(self, digest: str, answer: str) -> None:
        """Write the answer and all that was used; where that fails, there is no memory."""
        lines = [f"{digest} {answer}\n".encode()]
        lines += [b"%s %s\n" % (key.encode(), body) for key, body in self._used.items()]
        part = self.path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                part.write_bytes(b"".join(lines))
                part.replace(self.path)
            finally:
                part.unlink(missing_ok=True)


def written(value: Any) -> str:
    """A value as it is kept: its checksum and its JSON, on one line."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return f"{crc32(text.encode()):08x} {text}"


def _parted(line: bytes) -> tuple[str, bytes]:
    key, _, body = line.rstrip(b"\n").partition(b" ")
    return key.decode("ascii", "replace"), body


def _value(body: bytes) -> Any:
    checksum, _, text = body.partition(b" ")
    try:
        return json.loads(text) if int(checksum, 16) == crc32(text) else None
    except (ValueError, RecursionError):
        return None
