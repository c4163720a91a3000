"""The board of published against recomputed values, for one claim or for the whole book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from claimbook.book import words
from claimbook.book.markup import Content, Html, block, join, tag
from claimbook.book.site import Book, Links
from claimbook.book.tables import Row, table

if TYPE_CHECKING:
    from claimbook.reproduce import Comparison

STATUS: dict[str, tuple[str, str, str]] = {
    "match": ("✓", "match", "equal within the rounding of what was printed"),
    "differs": ("≈", "differs", "not equal within rounding; the conclusion is the same"),
    "decision-changing": ("‼", "changes the conclusion", "another sign, or on the other side of a threshold"),
    "cannot": ("–", "cannot be recomputed", "a number that the computation needs is not printed"),
}


def board(book: Book, comparisons: Sequence[Comparison], links: Links, caption: str) -> str:
    """The counts in words, then a row for each value."""
    rows = [_row(book, comparison, links) for comparison in comparisons]
    columns = ["Publication", "What", "Published", "Recomputed", "Status", "Why", "Record"]
    return block(tag("p", counted(comparisons))) + "\n" + block(table(caption, columns, rows))


def counted(comparisons: Sequence[Comparison]) -> str:
    """``17 match, 2 differ ...``: each status that occurs, in a fixed order."""
    counts = Counter(comparison.status for comparison in comparisons)
    said = [f"{counts[status]} {_COUNTED[status]}" for status in STATUS if counts[status]]
    return (
        f"{words.count(len(comparisons), 'printed value')}: {words.listed(said)}."
        if said
        else "No printed value is held."
    )


_COUNTED = {
    "match": "recomputed to the printed digits",
    "differs": "recomputed with a different number and the same conclusion",
    "decision-changing": "recomputed with a different conclusion",
    "cannot": "not recomputable",
}


def _row(book: Book, comparison: Comparison, links: Links) -> Row:
    sign, word, _ = STATUS[comparison.status]
    status = join(tag("span", sign, aria_hidden="true"), " ", word)
    cells: list[Content] = [
        links.study(comparison.study, book.library.studies[comparison.study].label, comparison.result),
        comparison.quantity,
        values(comparison.published),
        values(comparison.recomputed),
        status,
        comparison.why,
        links.line(comparison.study, comparison.line),
    ]
    return Row(cells, {"data_status": comparison.status})


def values(parts: Mapping[str, float | str | None]) -> Html:
    """``−0.33, −0.52 to −0.14, p = 0.0008``: the parts that are there."""
    shown = {key: _shown(value) for key, value in parts.items() if value not in (None, "")}
    said = [shown[key] for key in ("value",) if key in shown]
    if "low" in shown and "high" in shown:
        said.append(f"{shown['low']} to {shown['high']}")
    if "p" in shown:
        said.append(f"p {shown['p']}" if shown["p"][:1] in "<>" else f"p = {shown['p']}")
    return join(", ".join(said) or "–")


def printed(measure: str, estimate: str, low: str, high: str, p: str) -> str:
    """A value as its source prints it: ``SMD −0.06, interval −0.20 to 0.09, p = 0.446``."""
    if estimate in ("", "unknown"):
        return "not printed"
    said = [f"{estimate} %" if measure == "%" else f"{measure} {estimate}"]
    said.append(f"interval {low} to {high}" if {"", "unknown"}.isdisjoint({low, high}) else "no interval")
    if p:
        said.append(f"p {p}" if p[0] in "<>" else f"p = {p}")
    return words.minus(", ".join(said))


def _shown(value: float | str | None) -> str:
    return (
        value.replace("-", words.MINUS)
        if isinstance(value, str)
        else words.number(value, within=value and value / 10)
    )
