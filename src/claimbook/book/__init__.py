"""The book: Findings as pages, figures and files, and jupyter-book run over them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "build": "building",
    "BuildFailed": "building",
    "EnvironmentProblem": "building",
    "inputs": "stamps",
    "lacking": "folder",
    "landing_page": "stamps",
    "pdf": "paper",
    "remember": "stamps",
    "scaffold": "folder",
    "sources": "stamps",
    "unchanged": "stamps",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'claimbook.book' has no attribute {name!r}")
    return getattr(import_module(f"claimbook.book.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
