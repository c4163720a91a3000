"""claimbook init"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from claimbook.cli.report import refusals_shown
from claimbook.cli.session import Failure, Session, Unavailable


@click.command()
@click.argument(
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="[DIR]",
    help="Default: here.",
)
@click.option(
    "--title", default="An evidence book", show_default=True, help="Title of the library and the book."
)
@click.option("--pages", is_flag=True, help="Only add the pages that DIR/book lacks.")
@click.pass_obj
def command(session: Session, folder: Path, title: str, pages: bool) -> None:
    """Make a new evidence library, ready to check and build.

    Writes DIR/studies with one real study as an example, and DIR/book. Nothing that is there is overwritten.
    A book that an older version made gets the pages of this one with --pages.
    """
    from claimbook.book import scaffold

    if pages:
        add_pages(session, folder / "book", title)
        return
    if (folder / "studies" / "library.yaml").exists() or (folder / "library.yaml").exists():
        raise Failure(f"{folder} holds a library already", "claimbook study add")
    try:
        with refusals_shown():
            written = [*write_studies(folder / "studies", title), *scaffold(folder / "book", title=title)]
    except OSError as error:
        raise Unavailable(
            f"{error.filename}: {error.strerror}", "choose a folder that you can write in"
        ) from None
    click.echo(folder)
    session.say(f"wrote {len(written)} files")
    session.say(f"next: {f'cd {folder} && ' if folder != Path() else ''}claimbook build")


def add_pages(session: Session, folder: Path, title: str) -> None:
    """Write the pages that the book lacks, and say where to list them."""
    from claimbook.book import scaffold

    with refusals_shown():
        written = scaffold(folder, title=title)
    for path in written:
        click.echo(path)
    session.say(f"list them in {folder / '_toc.yml'}" if written else "no page is missing")


def write_studies(root: Path, title: str) -> list[Path]:
    """The example library and the schemas that editors use; the file that makes it a library comes last."""
    from claimbook.records.editing import set_in
    from claimbook.records.schema import write_schemas
    from claimbook.records.writing import replace_file

    templates = files("claimbook.records").joinpath("templates")
    texts = {root / "references.bib": templates.joinpath("references.bib").read_text(encoding="utf-8")}
    for part in ("records", "claims"):
        for file in templates.joinpath(part).iterdir():
            texts[root / part / file.name] = file.read_text(encoding="utf-8")
    library = templates.joinpath("library.yaml").read_text(encoding="utf-8")
    texts[root / "library.yaml"] = set_in(library, ("title",), title)
    for path, text in texts.items():
        if not path.exists():
            replace_file(path, text)
    write_schemas(root / "schema")
    return [*texts, *root.glob("schema/*.json")]
