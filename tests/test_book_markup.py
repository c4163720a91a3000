"""What a record says is shown as text, whatever it says."""

import html
import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest
from book_library import FENCE, MARKUP, SCRIPT
from hypothesis import given
from hypothesis import strategies as st

from claimbook.book.markup import Html, block, join, link, myst, tag, text

HOSTILE = [
    MARKUP,
    SCRIPT,
    FENCE,
    "1. list",
    "- item",
    "> quote",
    "    code",
    "a\n\nb",
    "&lt;",
    "%",
    "+++",
    "---",
    "'\"><",
    "(x)=",
]


class Reader(HTMLParser):
    """The text and the tags of a piece of HTML."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.said, self.tags, self.attributes = "", [], {}
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        self.said += data


@cache
def parser() -> Any:
    """The Markdown parser that jupyter-book uses, made to give HTML."""
    from markdown_it.renderer import RendererHTML
    from myst_parser.config.main import MdParserConfig
    from myst_parser.parsers.mdit import create_md_parser

    return create_md_parser(MdParserConfig(enable_extensions={"colon_fence", "deflist"}), RendererHTML)


def rendered(source: str) -> str:
    pytest.importorskip("myst_parser", reason="needs the extra: book")
    return str(parser().render(source))


@given(st.text())
def test_escaped_text_reads_as_it_was_written(written: str) -> None:
    shown = Reader(tag("p", written)).said
    assert shown == re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", written)


@given(st.text())
def test_escaped_text_opens_no_tag_and_ends_no_attribute(written: str) -> None:
    read = Reader(tag("p", "x", title=written))
    assert (read.tags, set(read.attributes)) == (["p"], {"title"})


@pytest.mark.parametrize("written", HOSTILE)
def test_a_title_with_markup_is_a_heading_with_that_text(written: str) -> None:
    read = Reader(rendered(f"# {myst(written)}\n"))
    assert (read.said.strip(), read.tags) == (" ".join(written.split()), ["h1"])


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40))
def test_any_title_stays_one_heading(written: str) -> None:
    words = " ".join(written.split())
    read = Reader(rendered(f"# {myst(written)}\n"))
    assert (read.said.strip(), read.tags) == (words, ["h1"])


@pytest.mark.parametrize("written", HOSTILE)
def test_no_text_closes_the_block_that_it_stands_in(written: str) -> None:
    lines = block(tag("p", written)).splitlines()
    assert [line for line in lines[1:-1] if "`" in line] == []


def test_markup_that_is_markup_already_is_left_alone() -> None:
    assert join(Html("<b>x</b>"), "<i>", by=", ") == "<b>x</b>, &lt;i&gt;"


def test_an_empty_attribute_stays_and_an_absent_one_goes() -> None:
    assert tag("a", "x", class_="", id=None, hidden=True, download=False) == '<a class="" hidden>x</a>'


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " JavaScript:x",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc",
        "java\tscript:x",
        "\x01javascript:x",
    ],
)
def test_a_link_with_an_active_address_is_only_text(address: str) -> None:
    assert link("read", address) == "read"


@pytest.mark.parametrize(
    "address", ["https://a.example/x", "../studies/a.html#L1", "#x", "mailto:a@b.example"]
)
def test_other_addresses_are_links(address: str) -> None:
    assert link("read", address) == f'<a href="{html.escape(address)}">read</a>'


def test_control_characters_are_shown_as_unreadable() -> None:
    assert text("a\x00b\x1bc") == "a\ufffdb\ufffdc"
