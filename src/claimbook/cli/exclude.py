"""claimbook study exclude, claimbook study link"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimbook.cli.report import refusals_shown
from claimbook.cli.session import Session, known

if TYPE_CHECKING:
    from claimbook.records import Claim, Library


@click.command()
@click.argument("key", help="A study.")
@click.option("--because", required=True, help="Why it does not belong.")
@click.option("--claim", "claims", multiple=True, help="A claim; otherwise every claim that uses the study.")
@click.pass_obj
def exclude(session: Session, key: str, because: str, claims: tuple[str, ...]) -> None:
    """Leave a study out of the evidence of a claim, with the reason.

    Its results move from `studies` to `left_out`; the record stays. Prints each claim that was changed.
    """
    library = session.library()
    known("study", key, library.studies)
    for claim in claims:
        known("claim", claim, library.claims)
    chosen = claims or [name for name, one in library.claims.items() if _uses(one, key)]
    if not chosen:
        raise click.UsageError(f"no claim uses {key}; name the claim that leaves it out with --claim")
    if len(because.strip()) < 3:
        raise click.UsageError("--because: say why")
    with refusals_shown():
        for path in _excluded(library, key, because.strip(), chosen):
            click.echo(path)


def _uses(claim: Claim, key: str) -> bool:
    return any(used.study == key for used in claim.studies)


def _excluded(library: Library, key: str, because: str, claims: tuple[str, ...] | list[str]) -> list[Path]:
    """All claims with the study left out, none of them written if one is not sound."""
    from claimbook.records import read_library
    from claimbook.records.writing import checked, replace_file, writing

    with writing(library.root) as writer:
        now, _ = read_library(writer.root)
        texts = {}
        for name in claims:
            path = writer.root / "claims" / Path(now.documents[name].path).name
            texts[path] = _without(path.read_bytes().decode("utf-8-sig"), now.claims[name], key, because)
        for path, text in texts.items():
            checked("claim", text, str(path))
        for path, text in texts.items():
            replace_file(path, text)
    return list(texts)


def _without(text: str, claim: Claim, key: str, because: str) -> str:
    """A claim's text with each used result of the study moved to ``left_out``."""
    from claimbook.exchange.removal import without_item
    from claimbook.records.editing import read, set_in

    left = read(text).get("left_out") or []
    used = [entry for entry in claim.studies if entry.study == key]
    moved = [{"study": key, "result": entry.result, "because": because} for entry in used]
    for item in moved or [{"study": key, "because": because}]:
        text = set_in(text, ("left_out", len(left)) if left else ("left_out",), item if left else [item])
        left.append(item)
    for index in sorted((claim.studies.index(entry) for entry in used), reverse=True):
        text = without_item(text, "studies", index)
    return text


@click.command()
@click.argument("key", help="A study.")
@click.option("--report-of", "other", required=True, metavar="STUDY", help="The study of the same people.")
@click.option(
    "--because", default="Another report of the same cohort.", show_default=True, help="What tells it."
)
@click.pass_obj
def link(session: Session, key: str, other: str, because: str) -> None:
    """Say that two studies are about the same people, so that they never count twice.

    Prints the record that was changed.
    """
    from claimbook.records.writing import writing

    library = session.library()
    study = library.studies[known("study", key, library.studies)]
    known("study", other, library.studies)
    if key == other:
        raise click.UsageError("a study is not a report of itself")
    path = library.root / "records" / Path(library.documents[key].path).name
    if any(one.study == other for one in study.same_people):
        session.say(f"{key} and {other} are linked already")
        return
    with refusals_shown(), writing(library.root) as writer:
        writer.set(path, f"same_people.{len(study.same_people)}", {"study": other, "because": because})
    click.echo(path)
    for name, claim in library.claims.items():
        if _uses(claim, key) and _uses(claim, other):
            session.say(f"{name} pools both: claimbook study exclude {key} --claim {name} --because ...")
