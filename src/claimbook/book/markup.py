"""Text into HTML and MyST without surprises: what a record says is shown, never interpreted.

``Html`` marks text that is markup already; ``tag`` escapes everything else that it is given. ``myst``
does the same for the few places where a record's text stands in a MyST page, such as headings.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from itertools import chain
from typing import Any, TypeAlias


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


Content: TypeAlias = "str | int | Iterable[Content] | None"

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BLANK = re.compile(r"[\x00-\x20\x7f-\xa0]")  # browsers ignore some of these inside an address
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_VOID = {"br", "hr", "img", "input", "link", "meta"}


def text(value: object) -> Html:
    """Any value as HTML text, safe in content and quoted attributes, without control characters."""
    if isinstance(value, Html):
        return value
    return Html(html.escape(_CONTROL.sub("\ufffd", str(value)), quote=True).replace("`", "&#96;"))


def myst(value: object) -> str:
    """Any value as one line of MyST that renders as that very text: all ASCII punctuation escaped."""
    line = " ".join(_CONTROL.sub("\ufffd", str(value)).split())
    return _PUNCTUATION.sub(r"\\\1", line)


def join(*content: Content, by: str = "") -> Html:
    """Texts and markup, one after the other; ``None`` is left out and lists are laid flat."""
    return Html(text(by).join(text(part) for part in _flat(content)))


def tag(name: str, *content: Content, **attributes: str | int | bool | None) -> Html:
    """One element. ``class_``, ``data_x`` become ``class``, ``data-x``; None and False leave one out."""
    given = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{join(*content)}</{name}>")


def link(label: Content, href: str, **attributes: str | int | bool | None) -> Html:
    """A link; an address that is neither relative nor http(s) or mailto is shown as text only."""
    scheme = re.match(r"([a-z][a-z0-9+.-]*):", _BLANK.sub("", href).lower())
    if scheme and scheme[1] not in ("http", "https", "mailto"):
        return join(label)
    return tag("a", label, href=href, **attributes)


def data_script(data: Any, **attributes: str) -> Html:
    """Data for a script, which nothing in it can end: ``<``, ``>`` and backticks are written as numbers."""
    written = json.dumps(data, ensure_ascii=False, allow_nan=False)
    escaped = re.sub("[<>`]", lambda sign: f"\\u{ord(sign[0]):04x}", _CONTROL.sub("\ufffd", written))
    return tag("script", Html(escaped), **attributes)


def block(content: Html) -> str:
    """Markup as a block of a MyST page, kept as it is; no markup is no block."""
    if not content:
        return ""
    return f"```{{raw}} html\n{content}\n```\n"


def _flat(content: Iterable[Content]) -> Iterable[str | int]:
    for part in content:
        if isinstance(part, str | int):
            yield part
        elif part is not None:
            yield from chain(_flat(part))


def _attribute(key: str, value: str | int | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{text(value)}"'
