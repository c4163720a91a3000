"""claimbook explain"""

from __future__ import annotations

from inspect import cleandoc

import click

from claimbook.cli.session import Session
from claimbook.exchange import codes as exchange
from claimbook.problems import did_you_mean
from claimbook.records import text, writing


@click.command()
@click.argument("term", help="A code such as R003 or S201, or the key of a method such as REML.")
@click.pass_obj
def command(session: Session, term: str) -> None:
    """Explain the code of a problem, or a method."""
    code = term.upper()
    if code in codes():
        click.echo(f"{click.style(f'{code} {codes()[code]}', bold=True)}\n\n{cleandoc(PAGES[code])}")
        return
    from claimbook import checks

    if code in {check.code for check in checks.CHECKS}:
        click.echo(checks.explain(code).rstrip())
        return
    from claimbook.cli.methods import registered

    methods = [m for m in registered() if m.key.lower() == term.lower()]
    for m in methods:
        click.echo(f"{click.style(m.key, bold=True)}  {m.label} ({m.family}; {m.cite or 'no paper'})")
        if m.about:
            click.echo(f"\n{m.about}\n")
    if not methods:
        words = [*codes(), *(check.code for check in checks.CHECKS), *(m.key for m in registered())]
        raise click.UsageError(
            f'nothing is known as "{term}"{did_you_mean(term, words)}; claimbook methods lists all'
        )


def codes() -> dict[str, str]:
    """The codes of reading, writing and exchange with their names."""
    return {**text.NAMES, **BIBLIOGRAPHY, **writing.NAMES, **exchange.NAMES}


BIBLIOGRAPHY = {
    "B001": "repeated-citation-key",
    "B002": "repeated-citation-field",
    "B003": "citation-unreadable",
}

PAGES = {
    "R001": """
        The file cannot be read as text: it is missing, larger than 1 MB (references.bib: than
        50 MB), a binary file, or not in UTF-8.

        A record is one study in a small text file. Save it as UTF-8; keep data sets and
        papers elsewhere.""",
    "R002": """
        The file is not a YAML mapping: a syntax mistake, an empty file, a list, a tab for
        indentation, a character that YAML forbids, or nesting deeper than any record needs.

        The line is where reading stopped; the mistake may stand just above it. Quote a text
        that holds ": " or " #".""",
    "R003": """
        One key stands twice in the same block. Most readers keep the last value without a
        word, so a number could be replaced by another that nobody sees.

        Keep one of the two.""",
    "R004": """
        Records are plain data: mappings, lists and text. Anchors (&), aliases (*) and tags
        (!) are refused, because they can make a small file grow without bound, refer to
        itself, or ask a reader to run code.

        Write the value out. Quote a text that begins with &, * or !.""",
    "R005": """
        A value is not of the kind that its field takes: a word where a number belongs (NO, a
        date, 1:30), a decimal comma, a typographic minus, a unit behind the number, two
        numbers in one, an unknown word, or nothing at all.

        Numbers are kept as they are printed, so write 10.60 where it says 10.60. Write "unknown" for a
        number that the source does not give, and delete the key of anything else that is not
        there.""",
    "R006": """
        The file begins with a byte order mark, an invisible character that some editors add.
        It is read all the same.

        Save the file as UTF-8 without BOM.""",
    "R007": """
        The field is not part of the record format at this place, so its value would be
        ignored.

        The message names the nearest field; the codebook page of the book lists all of them.""",
    "R008": """
        A field that every record of this kind has is missing. The place is that of the block
        which lacks it.""",
    "R009": """
        The key inside a file and the file's name differ. Claims and citations find a study by
        its key, people find it by its file, so both are the same word.

        Rename the file, or change the key.""",
    "R010": """
        A file names something that is not there: an outcome that library.yaml does not list,
        an arm that the study does not have, a study, a result or a claim without a file.

        The message names the nearest that is known. Add what is missing, or correct the name.""",
    "R012": """
        Two files have the same key. Studies, claims and the library file share one set of
        keys, so that a key names one file and one page.""",
    "B001": """
        Two entries of references.bib have the same key; only the first is used.""",
    "B002": """
        An entry gives the same field twice, so one of the two values would be lost.""",
    "B003": """
        An entry of references.bib cannot be read, mostly for a brace or a quote that is not
        closed, or a comma that is missing. The entries after it are read all the same.""",
    "W001": """
        The file could not be written: no right to write there, a read-only file system, a
        full disk. Nothing was changed; a file holds its old text or all of the new one.""",
    "W002": """
        A record or claim of that key is there already, and adding never overwrites.

        Choose another key, or change single values:  claimbook study set KEY FIELD VALUE""",
    "W003": """
        The citation's key belongs to another work in references.bib. Give the study another
        key, or keep the entry that is there.""",
    "W004": """
        The path of a value leads nowhere, or the value cannot be set without touching other
        lines of the file. Items of a list go by their number, counted from 0, or by their id:
        results.size.means.comparator.n""",
    "W005": """
        Another claimbook has been writing in this library for long. The lock ends with the
        program that holds it, so there is no lock file to delete.""",
    "W006": """
        The text given as a citation is not one BibTeX entry. Copy the entry that the
        journal's page offers; its key is replaced by the study's.""",
    **exchange.PAGES,
}
