"""Zip files (XLSX, RevMan's data package) opened with care: how much they hold is read before they are."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

MOST_FILES = 2_000
MOST_BYTES = 200_000_000
MOST_TIMES = 300  # an honest sheet packs to a tenth or a fiftieth
SMALL = 1_000_000  # bytes below which the ratio does not matter


class Refused(Exception):
    """A zip file that is none, is damaged, or would unpack to too much; the message is a sentence."""


@contextmanager
def opened(raw: bytes) -> Iterator[zipfile.ZipFile]:
    """The zip file in these bytes. Refused before anything is unpacked, or when unpacking fails."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            _check(archive.infolist())
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise Refused(f"the file is damaged or locked: {error}") from None


def _check(files: list[zipfile.ZipInfo]) -> None:
    if len(files) > MOST_FILES:
        raise Refused(f"the file holds {len(files)} files, more than {MOST_FILES}")
    if (size := sum(file.file_size for file in files)) > MOST_BYTES:
        raise Refused(f"the file unpacks to {size / 1e6:.0f} MB, more than {MOST_BYTES / 1e6:.0f} MB")
    for file in files:
        times = file.file_size // max(file.compress_size, 1)
        if file.file_size > SMALL and times > MOST_TIMES:
            raise Refused(f"{file.filename[:80]!r} unpacks to {times} times its size")


def unpack(archive: zipfile.ZipFile, name: str) -> bytes:
    """One file, and no more of it than it declared."""
    with archive.open(name) as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise Refused(f"{name[:80]!r} unpacks to more than it declares")
    return raw
