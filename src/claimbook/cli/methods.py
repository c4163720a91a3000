"""claimbook methods"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from inspect import cleandoc
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, NamedTuple

import click

from claimbook.cli.session import Session, json_option, known, print_json, print_table

PACKAGES = ("claimbook.effects", "claimbook.synthesis", "claimbook.appraisal")


class Method(NamedTuple):
    """One entry of a registry: the word a file or an argument uses, what it is, and the key of its paper."""

    family: str
    key: str
    label: str
    cite: str
    about: str


@click.command()
@click.argument("family", required=False, help="One family, for example measures.")
@json_option
@click.pass_obj
def command(session: Session, family: str | None, as_json: bool) -> None:
    """List measures, estimators, tests and rule sets, each with its reference."""
    methods = list(registered())
    if family is not None:
        known("family", family, dict.fromkeys(m.family for m in methods))
        methods = [m for m in methods if m.family == family]
    if as_json:
        print_json([m._asdict() for m in methods])
    else:
        print_table(
            ("family", "key", "paper", "what it is"), [[m.family, m.key, m.cite, m.label] for m in methods]
        )


def registered() -> Iterator[Method]:
    """Every registry of the toolkit: a dict at the end of a module whose entries have a label and a paper.

    A registry that another one is made of is not listed again.
    """
    seen: set[int] = set()
    for module in _modules():
        for name, table in vars(module).items():
            if name.isupper() and _is_registry(table):
                for key, entry in table.items():
                    if id(entry) not in seen:
                        seen.add(id(entry))
                        yield _method(name.lower().replace("_", "-"), str(key), entry)


def _modules() -> Iterator[ModuleType]:
    for package in map(import_module, PACKAGES):
        yield package
        for found in iter_modules(package.__path__, package.__name__ + "."):
            try:
                yield import_module(found.name)
            except ModuleNotFoundError as error:
                if error.name not in EXTRAS:
                    raise


EXTRAS = {"numba", "dask", "distributed", "pyarrow"}  # what a module may need beyond the plain installation


def _is_registry(table: Any) -> bool:
    return (
        isinstance(table, Mapping)
        and bool(table)
        and all(hasattr(e, "label") and hasattr(e, "cite") for e in table.values())
    )


def _method(family: str, key: str, entry: Any) -> Method:
    about = "\n\n".join(filter(None, (_documented(entry), getattr(entry, "takes", ""))))
    return Method(family, key, getattr(entry, "name", "") or entry.label, entry.cite, about)


def _documented(entry: Any) -> str:
    """What our own function says of itself; that of numpy says nothing here."""
    function = getattr(entry, "function", None) or getattr(getattr(entry, "form", None), "reduce", None)
    ours = str(getattr(function, "__module__", "")).startswith("claimbook")
    return cleandoc(function.__doc__ or "") if function is not None and ours else ""
