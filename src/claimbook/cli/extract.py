"""claimbook extract"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import click

from claimbook.cli import asking
from claimbook.cli.gaps import unknown_numbers
from claimbook.cli.report import refusals_shown
from claimbook.cli.session import Session, counted, known
from claimbook.records import Library, Study, read_library
from claimbook.records.editing import as_data, dotted, locate
from claimbook.records.models import SHAPES, DesignKind, Spread
from claimbook.records.text import Loc

Steps = Sequence[str | int]


@click.command()
@click.argument("key", help="A study, for example estes2017.")
@click.argument(
    "wanted", metavar="[FIELD]", required=False, help="One number: results.size.means.comparator.n"
)
@click.option("--by", help="Who extracts; two names mean double extraction.")
@click.pass_obj
def command(session: Session, key: str, wanted: str | None, by: str | None) -> None:
    """Extract the numbers of a study, one field at a time.

    Asks for what is open: design, people, arms, unknown numbers, results. Each answer says where it was read
    and is saved at once, so that the work can be stopped and taken up again.
    """
    library = session.library()
    study = library.studies[known("study", key, library.studies)]
    if not session.interactive:
        listed = ", ".join(dotted(loc) for loc in unknown_numbers(study)) or "no unknown number"
        example = f"claimbook study set {key} FIELD '{{value: 12, where: p. 4, status: confirmed}}'"
        raise click.UsageError(f"extract asks on a terminal. Open: {listed}. Without a terminal: {example}")
    work = Work(session, library.root, key)
    session.say(asking.HELP)
    if by and by not in study.extracted_by:
        work.save(("extracted_by",), [*study.extracted_by, by])
    if wanted:
        _fill(work, _named(study, wanted), "")
    else:
        _begin(work)
        _numbers(work)
        while click.confirm("Add a result?", default=not work.study.results, err=True):
            _result(work)
            _numbers(work)
    click.echo(work.path)
    session.say(f"next: claimbook rob {key}")


@dataclass
class Work:
    """A record that is being filled; it is read anew for each question, because each answer is written."""

    session: Session
    root: Path
    key: str

    @property
    def library(self) -> Library:
        return read_library(self.root)[0]

    @property
    def study(self) -> Study:
        return self.library.studies[self.key]

    @property
    def path(self) -> Path:
        return self.root / "records" / Path(self.library.documents[self.key].path).name

    def save(self, loc: Steps, value: Any) -> None:
        from claimbook.records.writing import writing

        with refusals_shown(), writing(self.root) as writer:
            writer.set(self.path, dotted(tuple(loc)), value)


def _named(study: Study, wanted: str) -> Loc:
    """The place of a number that a person names; the result goes by its id."""
    try:
        loc = locate(as_data(study), wanted)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if loc[0] in {"results", "arms"} and len(loc) > 1:
        return (loc[0], getattr(study, loc[0])[int(loc[1])].id, *loc[2:])
    return loc


def _begin(work: Work) -> None:
    """Design, people and arms, where a skeleton leaves them open."""
    from claimbook.exchange.skeleton import UNREAD

    study = work.study
    if "unknown" in (study.design.kind, study.design.status):
        kind = asking.choice("design", [kind for kind in get_args(DesignKind) if kind != "unknown"])
        because = asking.text("what in the source says so")
        told = {"because": because, "where": asking.place("where"), "status": "confirmed"}
        work.save(("design",), {"kind": kind, **told})
    if study.population.description.startswith(UNREAD):
        work.save(("population", "description"), asking.text("who took part"))
    if not study.arms:
        _arm(work)
        while click.confirm("Add another arm?", default=len(work.study.arms) < 2, err=True):
            _arm(work)


def _arm(work: Work) -> None:
    taken = [arm.id for arm in work.study.arms]
    id = asking.text("short name of an arm (running)", refuses=_no_id(taken))
    work.save(("arms", len(taken)), {"id": id, "label": asking.text("its name in full", default=id)})


def _no_id(taken: Sequence[str]) -> Callable[[str], str]:
    def refuses(text: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", text):
            return "use small letters, digits and hyphens"
        return f'"{text}" is there already' if text in taken else ""

    return refuses


def _result(work: Work) -> None:
    """The head of a result; its numbers are written as unknown, to be asked for one by one."""
    study = work.study
    taken = [result.id for result in study.results]
    head = {
        "id": asking.text("short name of the result (size-10-weeks)", refuses=_no_id(taken)),
        "outcome": asking.choice("outcome", list(work.library.info.outcomes)),
        "what": asking.text("what was measured, how"),
        "unit": asking.text("unit", default="not stated"),
        "time": asking.text("when (after 10 weeks; - for none)", default="-"),
        "where": asking.place("where its numbers stand"),
        "status": asking.choice(
            "read in the study's own paper, or at second hand", ("confirmed", "secondhand")
        ),
    }
    if head["status"] == "secondhand":
        head["read_in"] = asking.text("key of the publication that it was read in")
    shape = asking.choice("reported as", SHAPES)
    head = {name: text for name, text in head.items() if text != "-"}
    work.save(("results", len(taken)), {**head, shape: BLANKS[shape](_which_arm(study))})


def _which_arm(study: Study) -> Callable[[str], str]:
    ids = [arm.id for arm in study.arms]
    return lambda words: ids[0] if len(ids) == 1 else asking.choice(f"{words}arm", ids)


def _sides(arm: Callable[[str], str], *names: str) -> dict[str, Any]:
    return {side: {"arm": arm(f"{side} "), **_unknown(*names)} for side in ("intervention", "comparator")}


def _group(arm: Callable[[str], str], *names: str) -> dict[str, Any]:
    return {"arm": arm(""), **_unknown(*names)}


def _unknown(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "unknown")


def _reported(arm: Callable[[str], str]) -> dict[str, Any]:
    measure = asking.text("measure (SMD, MD, RR ...)").upper()
    return {"measure": measure, **_unknown("estimate", "low", "high")}


BLANKS: dict[str, Callable[[Callable[[str], str]], dict[str, Any]]] = {  # what each kind of result asks for
    "means": lambda arm: {
        "of": asking.choice("values", ("final", "change")),
        **_sides(arm, "n", "mean", "sd"),
    },
    "counts": lambda arm: _sides(arm, "events", "n"),
    "pre_post": lambda arm: _group(arm, "n", "mean_pre", "sd_pre", "mean_post", "sd_post", "r"),
    "percent_change": lambda arm: _group(arm, "n", "percent", "sd"),
    "single": lambda arm: _group(arm, "n", "mean", "sd"),
    "reported": _reported,
}


def _numbers(work: Work) -> None:
    """Every unknown number of the record, once; what is left unknown is not asked again now."""
    open_numbers = _open(work.study)
    for at, loc in enumerate(open_numbers, 1):
        _fill(work, loc, f"field {at}/{len(open_numbers)}  ")
    if left := _open(work.study):
        work.session.say(
            f"{counted(left, 'number')} left unknown; claimbook study show {work.key} lists them"
        )


def _open(study: Study) -> list[Loc]:
    """The unknown numbers, of each group its spread last."""
    found = list(unknown_numbers(study))
    groups = [loc[:-1] for loc in found]
    return sorted(found, key=lambda loc: (groups.index(loc[:-1]), loc[-1] in Spread.model_fields))


def _fill(work: Work, loc: Loc, prefix: str) -> None:
    """One number: its value, and where it was read. The result's own place is not written again."""
    name, study = str(loc[-1]), work.study
    usual = study.result(str(loc[1])).where if loc[0] == "results" else ""
    answer = asking.number(f"{prefix}{_spelt(loc)}", name)
    if answer.kind == "unknown":
        return
    at = locate(as_data(study), dotted(loc))
    if answer.kind == "derive":
        if (found := asking.derived(work.session, name, _beside(study, at))) is not None:
            told = {"value": found.value, "status": "derived", "formula": found.formula}
            assumed = f"It assumes that {found.assumed}."
            where = asking.place("where the numbers that it comes from stand", usual)
            work.save(at, {**told, "where": where, "because": assumed})
        return
    where = asking.place("where", usual)
    told = {} if where == usual else {"where": where, "status": "confirmed"}
    number: Any = {"value": answer.text, **told} if told else answer.text
    if answer.kind in {"number", "sd"}:
        work.save(at, number)
    else:
        _other_spread(work, at, answer, number)


def _other_spread(work: Work, at: Steps, answer: asking.Answer, number: Any) -> None:
    """A spread that is no SD stands under its own name: the group is written anew without ``sd``."""
    group = {name: part for name, part in _at(work.study, at[:-1]).items() if name != "sd"}
    if answer.kind == "se":
        work.save(at[:-1], {**group, "se": number})
    else:
        told = number if isinstance(number, dict) else {"value": number}
        work.save(at[:-1], {**group, "dispersion": {**told, "kind": "unstated"}})


def _at(study: Study, at: Steps) -> Any:
    value: Any = as_data(study)
    for step in at:
        value = value[step]
    return value


def _beside(study: Study, at: Steps) -> dict[str, str]:
    """The known numbers that stand beside a number."""
    near = _at(study, at[:-1])
    texts = near.items() if isinstance(near, dict) else ()
    return {name: text for name, text in texts if isinstance(text, str) and re.match(r"[-+.]?\d", text)}


def _spelt(loc: Loc) -> str:
    """``size: comparator n`` for the place of a number."""
    parts = [str(part).replace("_", " ") for part in loc if part not in {"results", *SHAPES}]
    return f"{parts[0]}: {' '.join(parts[1:])}" if len(parts) > 1 else parts[0]
