"""Tables for paper, desk and phone: a caption, row headers, and cards where it is narrow.

Under 640 px the stylesheet lays each row out as a card. The names of the columns, which stand before each
cell then, are given to it once a table, as the custom properties ``--c2``, ``--c3`` and so on.
ARIA roles repeat what the elements say, because ``display: block`` takes the meaning from table elements in
some browsers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from claimbook.book.markup import Content, Html, join, tag


@dataclass(frozen=True)
class Row:
    """The cells of one row, the first of which names the row; ``attributes`` go onto the row itself."""

    cells: Sequence[Content]
    attributes: Mapping[str, str | None] | None = None


def table(
    caption: Content,
    columns: Sequence[str],
    rows: Iterable[Row | Sequence[Content]],
    *,
    id: str | None = None,
    numeric: Iterable[str] = (),
    kind: str = "",
) -> Html:
    """A table of ``columns`` (names, the first that of the row header); ``numeric`` ones stand right."""
    right = set(numeric)
    head = [_cell("th", name, name in right, role="columnheader", scope="col") for name in columns]
    body = [_row(row if isinstance(row, Row) else Row(row), columns, right) for row in rows]
    labels = ";".join(f"--c{place}:{_css(name)}" for place, name in enumerate(columns[1:], 2))
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", head, role="row"), role="rowgroup"),
        tag("tbody", body, role="rowgroup"),
        id=id,
        class_=f"cb-table {kind}".strip(),
        role="table",
        style=labels or None,
    )


def _css(text: str) -> str:
    """A string of a stylesheet: whatever could end it is written as its number."""
    return "'" + re.sub(r"[^\w .,()/%-]", lambda sign: f"\\{ord(sign[0]):x} ", text) + "'"


def _row(row: Row, columns: Sequence[str], right: set[str]) -> Html:
    if len(row.cells) != len(columns):
        raise ValueError(f"row: has {len(row.cells)} cells where the table has {len(columns)} columns")
    first = _cell("th", row.cells[0], False, role="rowheader", scope="row")
    rest = [
        _cell("td", cell, name in right, role="cell")
        for name, cell in zip(columns[1:], row.cells[1:], strict=True)
    ]
    return tag("tr", first, rest, role="row", **(row.attributes or {}))


def _cell(name: str, content: Content, right: bool, **attributes: str) -> Html:
    return tag(name, content, class_="cb-n" if right else None, **attributes)


def facts(pairs: Iterable[tuple[str, Content]]) -> Html:
    """Short facts as a description list; a pair without content is left out."""
    inside = [tag("div", tag("dt", name), tag("dd", content)) for name, content in pairs if join(content)]
    return tag("dl", inside, class_="cb-facts simple") if inside else Html("")


def fold(summary: Content, *content: Content) -> Html:
    """What only some readers look for, behind a line that says what it is; nothing where there is nothing."""
    inside = join(*content)
    return tag("details", tag("summary", summary), inside) if inside else inside


def finder(noun: str, rows: str) -> Html:
    """Where the script puts a search over the elements of this section that the selector ``rows`` names."""
    return tag("div", class_="cb-finder", data_noun=noun, data_rows=rows)


def bullets(items: Iterable[Content]) -> Html:
    lines = [tag("li", item) for item in items]
    return tag("ul", lines) if lines else Html("")
