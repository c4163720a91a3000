"""Click groups that import a command when it is called, not when it is listed."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from io import TextIOWrapper
from typing import Any

import click
from click.shell_completion import CompletionItem

from claimbook.cli.session import Unavailable


class LazyGroup(click.Group):
    """A group over a table of command name to one line of help; the module of that name holds ``command``."""

    def __init__(
        self, *args: Any, lazy: Mapping[str, str], aliases: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy
        self.aliases = aliases or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = self.aliases.get(cmd_name, cmd_name)
        if name not in self.lazy:
            return None
        command: click.Command = import_module(f"claimbook.cli.{name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self.lazy.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:  # click itself suggests only from commands that are loaded
            raise click.NoSuchCommand(error.command_name, possibilities=self.lazy, ctx=ctx) from None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        found = [
            CompletionItem(name, help=text) for name, text in self.lazy.items() if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)


class Listing(click.Group):
    """A group that lists what each command says of itself to the end of the sentence."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        about = {name: command.get_short_help_str(limit=200) for name, command in self.commands.items()}
        with formatter.section("Commands"):
            formatter.write_dl(sorted(about.items()))


class Program(LazyGroup):
    """The outermost group: obeys NO_COLOR, ends quietly when stopped, and names what the disk refuses."""

    def invoke(self, ctx: click.Context) -> Any:
        _write_what_can_be_read()
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        try:
            return super().invoke(ctx)
        except (click.Abort, KeyboardInterrupt):
            click.echo("\nStopped; nothing more was done.", err=True)
            ctx.exit(130)
        except click.FileError as error:
            raise Unavailable(error.format_message(), WRITABLE) from None
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader of a pipe has seen enough; nothing is left to flush
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                ctx.exit(128 + 13)
            raise Unavailable(f"{error.filename or 'output'}: {error.strerror or error}", WRITABLE) from error


def _write_what_can_be_read() -> None:
    """UTF-8 into files and pipes, whatever the locale; question marks where a terminal lacks characters."""
    told = "PYTHONIOENCODING" in os.environ
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            kept = told or stream.isatty()
            stream.reconfigure(errors="replace", encoding=stream.encoding if kept else "utf-8")


WRITABLE = "name a place that exists, has room and may be written by you"
