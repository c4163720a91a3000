"""The flow of records through a review, after PRISMA 2020: boxes and a table of the counts that were kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from claimbook.book.markup import Html, block, join, tag
from claimbook.book.svg import figure, line, polygon, shape
from claimbook.book.svg import words as label
from claimbook.book.tables import table

if TYPE_CHECKING:
    from claimbook.book.site import Book
    from claimbook.records.models import Screening

WIDTH, BOX, GAP, LINE = 560, 260, 26, 17
Box = tuple[str, ...]


def flow(book: Book) -> str:
    """The flow diagram and its table; nothing without screening counts."""
    screening = book.library.info.screening
    if screening is None:
        return ""
    steps = [(main, aside) for main, aside in _steps(screening) if main or aside]
    rows = [[name, str(count)] for name, count in _counts(screening)]
    said = "; ".join(f"{name} {count}" for name, count in rows)
    drawn = tag("figure", _draw(steps, said), tag("figcaption", "The flow of records, after PRISMA 2020."))
    made = table("The same counts as a table", ["Step", "Number"], rows, numeric=["Number"])
    return block(join(drawn, tag("details", tag("summary", "Show these counts as a table"), made)))


def _steps(s: Screening) -> list[tuple[Box, Box]]:
    """The boxes from top to bottom, each with what leaves the flow there."""
    found = {**s.databases, **s.registers}
    other = {"Websites": s.websites, "Organisations": s.organisations, "Citations followed": s.citations}
    removed = {
        "Duplicates": s.duplicates,
        "By automation": s.excluded_automatic,
        "Other reasons": s.excluded_other,
    }
    return [
        (_box("Records found", {**found, **other}), _box("Removed before screening", removed)),
        (_one("Records screened", s.screened), _one("Records excluded", s.records_excluded)),
        (_one("Reports sought", s.sought), _one("Reports not retrieved", s.not_retrieved)),
        (_one("Reports read in full", s.assessed), _box("Reports excluded", s.excluded)),
        (_one("Other reports sought", s.other_sought), _one("Not retrieved", s.other_not_retrieved)),
        (_one("Other reports read in full", s.other_assessed), _box("Excluded", s.other_excluded)),
        (
            _box(
                "Included",
                {
                    "studies of an earlier review": s.previous_studies,
                    "new studies": s.new_studies,
                    "studies in all": s.total_studies,
                    "reports in all": s.total_reports,
                },
            ),
            (),
        ),
    ]


def _one(name: str, count: int | None) -> Box:
    return () if count is None else (f"{name} (n = {count:,})",)


def _box(name: str, counts: Mapping[str, int | None]) -> Box:
    lines = tuple(f"{key} (n = {count:,})" for key, count in counts.items() if count is not None)
    return (name, *lines) if lines else ()


def _counts(s: Screening) -> list[tuple[str, int]]:
    """Every count that is kept, named as in the record."""
    kept: list[tuple[str, int]] = []
    for name, value in s:
        for key, count in value.items() if isinstance(value, Mapping) else [("", value)]:
            if count is not None:
                words = name.replace("_", " ").capitalize()
                kept.append((f"{words}: {key}" if key else words, count))
    return kept


def _draw(steps: list[tuple[Box, Box]], said: str) -> Html:
    parts, top = [], 4.0
    for place, (main, aside) in enumerate(steps):
        height = 14 + LINE * max(len(main), len(aside), 1)
        parts += [_boxed(0, top, height, main), _boxed(BOX + 40, top, height, aside)]
        if main and aside:
            parts.append(_arrow(BOX, top + height / 2, BOX + 38, top + height / 2))
        if place + 1 < len(steps):
            parts.append(_arrow(BOX / 2, top + height, BOX / 2, top + height + GAP - 2))
        top += height + GAP
    return figure("prisma", WIDTH, top - GAP + 4, "The flow of records", said, *parts, kind="cb-prisma")


def _boxed(x: float, y: float, height: float, lines: Box) -> Html:
    if not lines:
        return join()
    frame = shape("rect", x=x, y=y, width=BOX, height=height, rx=4, fill="none", stroke="currentColor")
    said = [
        label(x + 10, y + 18 + LINE * place, text, font_size="12", font_weight="600" if place == 0 else None)
        for place, text in enumerate(lines)
    ]
    return join(frame, *said)


def _arrow(x1: float, y1: float, x2: float, y2: float) -> Html:
    across = (x2 - x1, 0) if y1 == y2 else (0, y2 - y1)
    tip = (
        [(x2, y2), (x2 - 6, y2 - 4), (x2 - 6, y2 + 4)]
        if across[0]
        else [(x2, y2), (x2 - 4, y2 - 6), (x2 + 4, y2 - 6)]
    )
    return join(line(x1, y1, x2, y2), polygon(tip, fill="currentColor"))
