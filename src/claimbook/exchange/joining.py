"""Extracted rows into a library: new records for new studies, results added to the records that are there.

A record that is there keeps every byte but the lines that are added. A result that it has already is not
added again, so that a table can be imported once more after its mistakes are mended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from claimbook.exchange.citation import Citation, doi_in, names_of, signature, year_in
from claimbook.exchange.citations import Known
from claimbook.exchange.codes import problem
from claimbook.exchange.entering import Changed, New, Planned, plan
from claimbook.exchange.extracted import Choices, HeldBack, Row, result_of
from claimbook.exchange.skeleton import skeleton
from claimbook.problems import Problem, Severity, Where, did_you_mean
from claimbook.records import Library, Number, Study
from claimbook.records.editing import as_data, read, set_in
from claimbook.records.models import DesignKind, Population, Result

Facts = tuple[Citation, dict[str, Any]]


@dataclass
class Joined:
    """What one study brings: results and arms from its rows, fields and risk of bias from the file."""

    name: str
    citation: Citation
    more: dict[str, Any] = field(default_factory=dict)
    arms: list[dict[str, str]] = field(default_factory=list)
    results: list[tuple[Row, dict[str, Any]]] = field(default_factory=list)


def join(
    library: Library, studies: Mapping[str, Facts], rows: Iterable[Row], choices: Choices
) -> tuple[list[Planned], list[Changed], list[Problem]]:
    """New records, changed records, and a Problem for each row that is held back or there already."""
    joined = {signature(name): Joined(name, *facts) for name, facts in studies.items()}
    problems: list[Problem] = []
    for row in rows:
        try:
            result, arms = result_of(row, library.info, choices)
            _valid(Result, result)
            one = _joined(joined, row)
            _take(one, row, result, arms)
        except HeldBack as error:
            problems.append(_held_back(row.where, row.get("study") or "the row", error))
    identity = _Identity(library)
    news, changed = [], []
    for one in joined.values():
        key = identity.key(one)
        if key is not None:
            change, more = _change(library, key, one)
            problems += more
            changed += [change] if change else []
            continue
        try:
            record = _record(one)
            _valid(Study, skeleton(one.citation, "new", record))
            news.append(New(one.citation, record, _own_key(library, one.name)))
        except HeldBack as error:
            problems.append(_held_back(one.citation.where, one.name, error))
    planned, more = plan(library, news)
    return planned, changed, [*problems, *more]


def _held_back(where: Where, name: str, error: HeldBack) -> Problem:
    severity: Severity = "note" if error.code == "X006" else "error"
    return problem(error.code, where, f"{name}: {error}", error.fix, severity=severity)


class _Identity:
    """Which record of the library a study of a file is: by key, by DOI, PubMed number or title, by label."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.known = Known.of(library, library.studies)
        self.labels: dict[str, list[str]] = {}
        for key, study in library.studies.items():
            self.labels.setdefault(signature(study.label), []).append(key)

    def key(self, one: Joined) -> str | None:
        if one.name in self.library.studies:
            return one.name
        if twin := self.known.twin(one.citation):
            return twin.key
        keys = self.labels.get(signature(one.name), [])
        return keys[0] if len(keys) == 1 and not self._other_doi(keys[0], one.citation) else None

    def _other_doi(self, key: str, citation: Citation) -> bool:
        """Do both have a DOI, and not the same?"""
        entry = self.library.bibliography.get(key)
        known = entry.get("doi").lower() if entry else ""
        return bool(known and citation.doi) and known != citation.doi.lower()


def _own_key(library: Library, name: str) -> str:
    """A name that is written as keys are (``estes2017``) is the key; no other name becomes one."""
    return name if _KEY.fullmatch(name) and name not in library.documents else ""


_KEY = re.compile(r"([a-z]{2,40})(\d{4})[a-z]?")


def _joined(joined: dict[str, Joined], row: Row) -> Joined:
    name = row.get("study") or " ".join(filter(None, (row.get("author"), row.get("year"))))
    if not name:
        raise HeldBack("the row names no study", "map a column with --map COLUMN=study")
    if any(mark in name for mark in ("/", "\\", "..", "\0")):
        raise HeldBack(f"{name!r} cannot name a study", "give it a name of letters and digits", "X011")
    one = joined.get(signature(name) or name)
    if one is None:
        one = joined[signature(name) or name] = Joined(name, _citation(row, name), _more(row))
    return one


def _citation(row: Row, name: str) -> Citation:
    """What a row tells of the publication; a name such as ``Estes 2017`` tells author and year."""
    authors = names_of(row.get("author").replace(" and ", ";").split(";"))
    named = _KEY.fullmatch(name) or re.fullmatch(r"(.+?)\W+(\d{4})[a-z]?\W*", name)
    family, year = (named[1].title() if _KEY.fullmatch(name) else named[1], named[2]) if named else (name, "")
    return Citation(
        row.where,
        title=row.get("title"),
        authors=authors or ((family.strip(" ,"), ""),),
        year=year_in(row.get("year")) or year,
        kind="article" if row.get("journal") else "misc",
        container=row.get("journal"),
        doi=doi_in(row.get("doi")),
        pmid=row.get("pmid") if row.get("pmid").isdecimal() else "",
        registration=row.get("registration"),
    )


def _more(row: Row) -> dict[str, Any]:
    """Record fields that a row tells of its study. HeldBack for words that a record cannot have."""
    place = {"where": row.get("where") or f"row {row.where.line}", "status": "secondhand"}
    found: dict[str, Any] = {"weeks": row.get("weeks")}
    if found["weeks"]:
        _valid(Number, {"value": found["weeks"]})
    if kind := row.get("design").lower().replace(" ", "_").replace("-", "_"):
        if kind not in get_args(DesignKind):
            raise HeldBack(f'"{kind}" is no design{did_you_mean(kind, get_args(DesignKind))}')
        found["design"] = {"kind": kind, "because": "The table says so.", **place}
    people = {name: row.get(name).lower() for name in ("sex", "training") if row.get(name)}
    if row.get("population") or people:
        found["population"] = {"description": row.get("population") or "Not described in the table", **people}
        _valid(Population, found["population"])
    return {name: value for name, value in found.items() if value}


def _take(one: Joined, row: Row, result: dict[str, Any], arms: Sequence[dict[str, str]]) -> None:
    """Add a result, under an id of its own; HeldBack if the study has it already."""
    same = [other for _, other in one.results if _bare(other) == _bare(result)]
    if same:
        raise HeldBack("the row is there twice", "delete one of the two", "X006")
    taken = {other["id"] for _, other in one.results}
    one.results.append((row, {**result, "id": _free(result["id"], taken)}))
    one.arms += [arm for arm in arms if arm["id"] not in {known["id"] for known in one.arms}]


def _valid(model: type[BaseModel], data: Any) -> None:
    try:
        model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise HeldBack(f"{place}: {first['msg'].removeprefix('Value error, ')}".strip(": ")) from None


def _bare(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result without what may differ although it is the same."""
    return {name: value for name, value in result.items() if name not in {"id", "where", "note"}}


def _free(id: str, taken: Iterable[str]) -> str:
    taken = set(taken)
    return next(word for word in (id, *(f"{id}-{n}" for n in range(2, 10_000))) if word not in taken)


def _record(one: Joined) -> dict[str, Any]:
    results = [result for _, result in one.results]
    return {**one.more, "arms": one.arms or None, "results": results or None}


def _change(library: Library, key: str, one: Joined) -> tuple[Changed | None, list[Problem]]:
    """A record with the results, arms and assessments that it lacks; nothing where it has them all."""
    study = library.studies[key]
    path = library.root / "records" / Path(library.documents[key].path).name
    before = path.read_bytes().decode("utf-8-sig")
    problems: list[Problem] = []
    try:
        ids, text = _arms(before, as_data(study.arms), one.arms)
        results = [as_data(result) for result in study.results]
        for row, named in one.results:
            result = _renamed(named, ids)
            if any(_bare(old) == _bare(result) for old in results):
                message = f"{key} has this result already"
                problems.append(problem("X007", row.where, message, severity="note"))
                continue
            results.append({**result, "id": _free(result["id"], [old["id"] for old in results])})
            text = grown(text, "results", results[-1])
        tools = {(found.tool, found.where) for found in study.risk_of_bias}
        for assessment in one.more.get("risk_of_bias", ()):
            if (assessment["tool"], assessment.get("where")) not in tools:
                text = grown(text, "risk_of_bias", assessment)
    except ValueError as error:
        return None, [problem("X009", one.citation.where, f"{key} cannot be added to: {error}")]
    return (Changed(path, text) if text != before else None), problems


def _arms(
    text: str, known: list[dict[str, Any]], arms: Iterable[dict[str, str]]
) -> tuple[dict[str, str], str]:
    """New id to the id that the record has for the arm, and the text with the arms that it lacks."""
    ids: dict[str, str] = {}
    labels = {signature(arm["label"]): arm["id"] for arm in known}
    for arm in arms:
        old = arm["id"] if arm["id"] in labels.values() else labels.get(signature(arm["label"]))
        ids[arm["id"]] = old or arm["id"]
        if old is None:
            text = grown(text, "arms", arm)
    return ids, text


def _renamed(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            name: ids.get(part, part) if name == "arm" else _renamed(part, ids)
            for name, part in value.items()
        }
    return value


def grown(text: str, name: str, item: Any) -> str:
    """The text with one more item in a list of the record."""
    items = read(text).get(name)
    if items:
        return set_in(text, (name, len(items)), item)
    return set_in(text, (name,), [item])
