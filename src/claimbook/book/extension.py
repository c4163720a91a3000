"""The Sphinx side of a book: our stylesheet and script, and pages that load nothing they do not use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

STATIC = Path(__file__).parent / "static"


def setup(app: Any) -> dict[str, Any]:
    app.connect("builder-inited", _static_files)
    app.connect("html-page-context", _page)
    app.add_css_file("claimbook.css")
    app.add_js_file("claimbook.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _static_files(app: Any) -> None:
    app.config.html_static_path.append(str(STATIC))


def _page(app: Any, name: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Light or dark follows the reader's system from the start."""
    context["default_mode"] = "auto"
