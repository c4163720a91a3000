"""The command line. Each command is a module of this package, imported only when it is called.

Standard output carries data, standard error the talk. Exit codes: 0 done, 1 findings (invalid, mismatch,
changed), 2 wrong usage, 3 network, 4 environment (a missing program, a disk that refuses).
"""

from __future__ import annotations

from contextlib import chdir

import click

from claimbook import __version__
from claimbook.cli.group import Program
from claimbook.cli.session import Session

COMMANDS = {
    "init": "Make a new evidence library, ready to check and build.",
    "study": "Add, list, show and change study records.",
    "claim": "Add, list, show and change claims.",
    "extract": "Extract the numbers of a study, one field at a time.",
    "rob": "Judge the risk of bias of a study, question by question.",
    "compare": "Compare two extractions of the same studies: what differs, and how far they agree.",
    "status": "Say what is incomplete and what to do next.",
    "check": "Check every record and print each problem with its place and its fix.",
    "check-retractions": "Look up whether studies were retracted, and keep the answer in their records.",
    "reproduce": "Compare published values with what their own numbers give.",
    "analyze": "Pool the evidence of each claim.",
    "grade": "Rate the certainty of each claim, or of a body of evidence in a JSON file.",
    "multiverse": "Pool a claim by every combination of defensible decisions.",
    "simulate": "Simulate what new studies would do to a claim, and how far its methods can be trusted.",
    "export": "Write the library in the format of other programs.",
    "build": "Build the evidence book.",
    "serve": "Show the built book in a browser; build it again and reload the page when a file changes.",
    "methods": "List measures, estimators, tests and rule sets, each with its reference.",
    "explain": "Explain the code of a problem, or a method.",
}


@click.group(
    cls=Program,
    lazy=COMMANDS,
    aliases={"analyse": "analyze", "pool": "analyze"},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "-C",
    "folder",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Work as if started in DIR.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but data and errors.")
@click.option("-v", "--verbose", is_flag=True, help="Say more.")
@click.option("--no-input", is_flag=True, help="Never ask, even on a terminal.")
@click.version_option(__version__, prog_name="claimbook")
@click.pass_context
def main(context: click.Context, folder: str | None, quiet: bool, verbose: bool, no_input: bool) -> None:
    """Turn claims into a graded, reproducible evidence book.

    A library is a folder `studies` with records, claims and references; it is found in the current folder or
    in one above it.
    """
    if folder:
        context.with_resource(chdir(folder))
    context.obj = Session(quiet=quiet, verbose=verbose, may_ask=not no_input)
