"""The Sphinx side of a book: our stylesheet and script, and what the theme leaves undone for accessibility."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parent / "static"
AFTER_THE_THEME = 900


def setup(app: Any) -> dict[str, Any]:
    app.connect("builder-inited", _static_files)
    app.connect("html-page-context", _page, priority=AFTER_THE_THEME)
    app.add_css_file("claimbook.css")
    app.add_js_file("claimbook.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _static_files(app: Any) -> None:
    app.config.html_static_path.append(str(STATIC))


def _page(app: Any, name: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Light or dark follows the reader's system; the menu's switches get a name."""
    context["default_mode"] = "auto"
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
