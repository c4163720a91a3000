"""The board of published against recomputed values, for one claim or for the whole book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from claimbook.book import words
from claimbook.book.markup import Content, Html, block, join, tag
from claimbook.book.site import Book, Links
from claimbook.book.tables import Row, fold, table

if TYPE_CHECKING:
    from claimbook.findings.reproduce import Comparison

STATUS: dict[str, tuple[str, str, str]] = {
    "match": ("✓", "match", "recomputed to the printed digits"),
    "differs": ("≈", "differs", "recomputed with a different number and the same conclusion"),
    "decision-changing": ("‼", "changes the conclusion", "recomputed with a different conclusion"),
    "cannot": ("–", "cannot be recomputed", "not recomputable"),
}
"""Status of a comparison: its sign, its word, and what is said of all that have it."""


def board(book: Book, comparisons: Sequence[Comparison], links: Links, caption: str) -> str:
    """The counts in words, then a row for each value; where there are many, all but disagreements are folded.

    Where nothing is printed there is nothing to compute again.
    """
    known = _printed(comparisons)
    many = len(known) > FOLDED
    first = [one for one in known if not (many and one.status in REST)]
    parts = [tag("p", counted(known)), _values(book, first, links, caption) if first else join()]
    for status, rest in REST.items() if many else ():
        held = [one for one in known if one.status == status]
        made = _values(book, held, links, f"{caption}: those that {rest}") if held else join()
        parts.append(fold(f"Show the {words.count(len(held), 'value')} that {rest}", made))
    return "\n".join(block(part) for part in parts)


def brief(book: Book, comparisons: Sequence[Comparison], links: Links, caption: str) -> str:
    """The counts, the values that could not be made again as printed, and the way to the whole board."""
    known = _printed(comparisons)
    odd = [one for one in known if one.status not in REST]
    shown = (
        fold(f"Show {words.count(len(odd), 'such value')}", _values(book, odd, links, caption))
        if odd
        else None
    )
    door = tag("p", links.page("reproduce", "Every value, one by one"), class_="cb-note")
    return block(join(tag("p", counted(known)), shown, door)) if known else ""


def _printed(comparisons: Sequence[Comparison]) -> list[Comparison]:
    return [one for one in comparisons if any(value not in (None, "") for value in one.published.values())]


FOLDED = 8
REST = {"match": "match", "cannot": "cannot be computed again"}
"""What is folded where there are many values, and what is said of it."""


def _values(book: Book, comparisons: Sequence[Comparison], links: Links, caption: str) -> Html:
    rows = [_row(book, comparison, links) for comparison in comparisons]
    columns = ["Publication", "What", "Published", "Recomputed", "Status", "Record"]
    return table(caption, columns, rows, kind="cb-small")


def counted(comparisons: Sequence[Comparison]) -> str:
    """``58 printed values: 54 recomputed to the printed digits and 4 not recomputable.``"""
    counts = Counter(comparison.status for comparison in comparisons)
    said = [
        f"{counts[status]} {all_of_them}" for status, (_, _, all_of_them) in STATUS.items() if counts[status]
    ]
    held = words.count(len(comparisons), "printed value")
    return f"{held}: {words.listed(said)}." if said else f"{held}."


def _row(book: Book, comparison: Comparison, links: Links) -> Row:
    sign, word, _ = STATUS[comparison.status]
    why = tag("span", words.minus(comparison.why), class_="cb-note")
    study = book.library.studies[comparison.study]
    cells: list[Content] = [
        links.study(study.study, study.label, comparison.result),
        comparison.quantity,
        values(comparison.published),
        values(comparison.recomputed),
        join(tag("span", sign, aria_hidden="true"), " ", word, why),
        links.line(study.study, comparison.line),
    ]
    return Row(cells, {"data_status": comparison.status})


def values(parts: Mapping[str, float | str | None]) -> Html:
    """``−0.33``, ``−0.52 to −0.14``, ``p = 0.0008``: the parts that are there, each on a line."""
    shown = {key: _shown(value) for key, value in parts.items() if value not in (None, "")}
    said = [shown[key] for key in ("value",) if key in shown]
    if "low" in shown and "high" in shown:
        said.append(f"{shown['low']} to {shown['high']}")
    if "p" in shown:
        said.append(f"p {shown['p']}" if shown["p"][:1] in "<>" else f"p = {shown['p']}")
    return join(*(said or ["–"]), by=tag("br"))


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
