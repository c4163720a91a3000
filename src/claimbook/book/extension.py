"""The Sphinx side of a book: stylesheet, script, downloads, and what the theme leaves undone.

The theme prints titles as markup in a few places and leaves the switches of its menu without a name; a search
result shows a title as markup. A title is text here, whatever it says.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parent / "static"
DOWNLOADS = "generated/files"
AFTER_THE_THEME = 900


def setup(app: Any) -> dict[str, Any]:
    app.connect("builder-inited", _static_files)
    app.connect("html-page-context", _page, priority=AFTER_THE_THEME)
    app.connect("build-finished", _finish)
    app.add_css_file("claimbook.css")
    app.add_js_file("claimbook.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _static_files(app: Any) -> None:
    """Our own, and without what a later build would find of an earlier one: pages name its version then."""
    app.config.html_static_path.append(str(STATIC))
    for left in Path(app.outdir, "_static").glob("mystnb.*.css"):
        left.unlink()


def _page(app: Any, name: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Light or dark follows the reader's system; titles are text; the menu's switches have names."""
    context["default_mode"] = "auto"
    context |= {key: escape(context[key]) for key in ("pagetitle", "root_title", "author") if key in context}
    title = escape(app.config.html_title)
    context["theme_logo"] = {**context["theme_logo"], "text": title}
    if name == "search":
        context["docstitle"] = title
    if "generate_toctree_html" in context:
        context["generate_toctree_html"] = _with_names(context["generate_toctree_html"])


def _with_names(menu: Callable[..., Any]) -> Callable[..., Any]:
    """The menu, as parsed HTML, with a name for each switch; the theme gives it an icon only."""

    def named(*args: Any, **kwargs: Any) -> Any:
        made = menu(*args, **kwargs)
        for switch in made.find_all("summary") if hasattr(made, "find_all") else ():
            switch["aria-label"] = "Show or hide the pages below"
        return made

    return named


def _finish(app: Any, error: Exception | None) -> None:
    """Put downloads, stylesheet and script in place, even where Sphinx finds no page to write again."""
    out, downloads = Path(app.outdir), Path(app.srcdir) / DOWNLOADS
    if error is not None or app.builder.format != "html":
        return
    shutil.copytree(STATIC, out / "_static", dirs_exist_ok=True)
    if downloads.is_dir():
        shutil.copytree(downloads, out, dirs_exist_ok=True)
    _search_index(out / "searchindex.js")


def _search_index(path: Path) -> None:
    """Titles that a search finds, as text; words that no page has any more go."""
    from sphinx.search import js_index

    index = js_index.loads(path.read_text(encoding="utf-8"))
    index["alltitles"] = {t.replace("<", "&lt;"): places for t, places in index["alltitles"].items()}
    index["terms"] = {term: pages for term, pages in index["terms"].items() if pages != []}
    path.write_text(js_index.dumps(index), encoding="utf-8")
