"""What every command shares: how it talks, where the library is, and how it prints data."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from claimbook.problems import did_you_mean

if TYPE_CHECKING:
    from claimbook.records import Library

F = TypeVar("F", bound=Callable[..., Any])


class Failure(click.ClickException):
    """An expected failure: one line of what is wrong and one of the fix."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix

    def show(self, file: Any = None) -> None:
        told = f"{click.style('error', fg='red', bold=True)}: {self.message}"
        fix = f"\n   fix  {self.fix}" if self.fix else ""
        click.echo(told + fix, file=file, err=True, color=self.show_color)


class WrongPlace(Failure):
    """There is nothing here to work on."""

    exit_code = 2


class Unavailable(Failure):
    """The machine lacks something: a program, a port, room on the disk."""

    exit_code = 4


@dataclass(frozen=True)
class Session:
    """One run of the program."""

    quiet: bool = False
    verbose: bool = False
    may_ask: bool = True

    @property
    def interactive(self) -> bool:
        """May a question be asked? Never where no person sits at a terminal."""
        return self.may_ask and sys.stdin.isatty() and sys.stderr.isatty()

    def say(self, text: str) -> None:
        """Talk, on standard error."""
        if not self.quiet:
            click.echo(text, err=True)

    def progress(self, text: str) -> None:
        """A step of long work: shown on a terminal, nothing in a pipe."""
        if self.verbose or (sys.stderr.isatty() and not self.quiet):
            click.echo(f"  {text}", err=True)

    def library(self) -> Library:
        """The library here, with a word about its problems; the sound records are used."""
        from claimbook.records import read_library

        library, problems = read_library(find_library())
        if problems:
            self.say(f"{counted(problems, 'problem')} in the records; claimbook check shows them")
        return library


def find_library() -> Path:
    """The folder with library.yaml: here, in ``studies``, or above. Failure where there is none."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        for root in (folder, folder / "studies"):
            if (root / "library.yaml").is_file():
                return root.relative_to(here) if root.is_relative_to(here) else root
    raise WrongPlace("there is no library.yaml here or above", "claimbook init DIR makes a library")


def known(what: str, word: str, words: Iterable[str]) -> str:
    """The word itself if it is one of the words; otherwise a usage error that names the nearest."""
    words = list(words)
    if word not in words:
        listed = ", ".join([*words[:12], *(["..."] if len(words) > 12 else [])]) or "none"
        raise click.UsageError(f'no {what} "{word}"{did_you_mean(word, words) or f"; known: {listed}"}')
    return word


class OneOf(click.Choice[str]):
    """One of a few words; a wrong one is answered with the nearest."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        allowed = super().get_invalid_choice_message(value, ctx).removesuffix(".")
        return f"{allowed}{did_you_mean(str(value), self.choices)}"


def json_option(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")(command)


def print_json(value: Any) -> None:
    """Data as JSON on standard output; what is not a finite number becomes null."""
    click.echo(json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if hasattr(value, "item"):  # a numpy scalar
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Aligned columns; the last one may be long."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head) - 1)]
    for number, line in enumerate(lines):
        text = "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]])
        click.echo(click.style(text.rstrip(), bold=True) if number == 0 else text.rstrip())


def counted(items: Sized | int, one: str, many: str = "") -> str:
    """``1 problem``, ``3 problems``."""
    n = items if isinstance(items, int) else len(items)
    return f"{n} {one if n == 1 else many or one + 's'}"
