"""A Cochrane review as RevMan 5 saves it (``.rm5``): its studies, their risk of bias with support, its data.

Only included studies enter. Names of comparisons and outcomes stand in a child element, and in files of
other programs in an attribute; both are read. Effects of the generic inverse variance kind are taken as the
review displays them, because the scale of what was entered is not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from claimbook.exchange.citation import Citation, Name, digits_in, doi_in, plain
from claimbook.exchange.codes import problem
from claimbook.exchange.extracted import Row
from claimbook.exchange.skeleton import design_of
from claimbook.exchange.xmltree import Element, Refused, read_xml
from claimbook.problems import Problem, Where

LONGEST = 1500  # characters of a support for a judgement


@dataclass
class Review:
    """What a file of a review holds: studies by name, each with what is known of it, and rows of numbers."""

    studies: dict[str, tuple[Citation, dict[str, Any]]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)


def read_rm5(raw: bytes, shown: str) -> tuple[Review, list[Problem]]:
    """The review in these bytes, and what of it cannot be taken."""
    try:
        root = read_xml(raw)
    except Refused as error:
        return Review(), [problem(error.code, Where(shown, error.line), str(error))]
    if not any(root.all("STUDIES_AND_REFERENCES", "ANALYSES_AND_DATA")):
        return Review(), [problem("X002", Where(shown, root.line), "is XML, but not of RevMan 5")]
    names = {study.get("ID"): plain(study.get("NAME")) for study in _included(root)}
    bias, problems = _risk_of_bias(root, shown)
    people = {char.get("STUDY_ID"): char for char in root.all("INCLUDED_CHAR")}
    review = Review()
    for study in _included(root):
        id = study.get("ID")
        citation = _citation(study, shown)
        more = {**_characteristics(citation, people.get(id)), "risk_of_bias": bias.get(id)}
        review.studies[names[id]] = citation, {name: value for name, value in more.items() if value}
    review.rows = list(_rows(root, shown, names))
    return review, problems


def _included(root: Element) -> list[Element]:
    """The included studies; all of them where the file does not part them."""
    groups = list(root.all("INCLUDED_STUDIES")) or [root]
    return [study for group in groups for study in group.all("STUDY") if study.get("NAME")]


def _citation(study: Element, shown: str) -> Citation:
    """The primary reference of a study; a study without one keeps its name and year."""
    references = [one for one in study.children if one.tag == "REFERENCE" and one.told("TI")]
    primary = next((one for one in references if one.get("PRIMARY") == "YES"), (*references, None)[0])
    name, year = plain(study.get("NAME")), digits_in(study.get("YEAR"), r"(\d{4})")
    where = Where(shown, study.line)
    if primary is None:
        return Citation(where, authors=((family_in(name), ""),), year=year, kind="misc")
    identifiers = {one.get("TYPE").upper(): one.get("VALUE") for one in primary.all("IDENTIFIER")}
    text = {tag: plain(primary.told(tag)) for tag in ("AU", "TI", "SO", "YR", "VL", "NO", "PG", "PB")}
    return Citation(
        where=where,
        title=text["TI"].removesuffix("."),
        authors=tuple(_authors(text["AU"])),
        year=digits_in(text["YR"], r"(\d{4})") or year,
        kind="article" if primary.get("TYPE") in {"JOURNAL_ARTICLE", ""} else "misc",
        container=text["SO"],
        volume=text["VL"],
        number=text["NO"],
        pages=text["PG"],
        publisher=text["PB"],
        doi=doi_in(identifiers.get("DOI", "")),
        pmid=digits_in(identifiers.get("PUBMED") or identifiers.get("MEDLINE", ""), r"(\d{1,8})"),
        registration=digits_in(" ".join(identifiers.values()), r"\b(NCT\d{8})\b"),
    )


def family_in(name: str) -> str:
    """``Estes`` of ``Estes 2017a``, as reviews name a study."""
    return re.sub(r"\W*\d{4}\w?$", "", name) or name


def _authors(text: str) -> Iterator[Name]:
    """``Estes RR, Malinowski A, et al`` as names."""
    for one in re.split(r"[,;]\s*", text):
        family, _, given = one.strip().rpartition(" ")
        if one.strip(" .").lower() not in {"", "et al"}:
            named = family and re.fullmatch(r"[A-Z.-]{1,5}", given)
            yield (family, given) if named else (one.strip(), "")


def _characteristics(citation: Citation, char: Element | None) -> dict[str, Any]:
    """Design and people as the review describes them."""
    if char is None:
        return {}
    methods, people = plain(char.told("CHAR_METHODS")), plain(char.told("CHAR_PARTICIPANTS"))
    place = "characteristics of included studies"
    design = {**design_of(citation, methods), "where": place} if methods else None
    return {"design": design, "population": {"description": people, "where": place} if people else None}


def _risk_of_bias(root: Element, shown: str) -> tuple[dict[str, list[dict[str, Any]]], list[Problem]]:
    """Study id to its assessment with the first Cochrane tool, the support as reason of each judgement."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    problems: list[Problem] = []
    for item in root.all("QUALITY_ITEM"):
        name = plain(item.told("NAME"))
        domain = rob_domain(name)
        if not domain:
            message = f'the risk-of-bias item "{name}" is no domain of rob1; it is left out'
            problems.append(problem("X008", Where(shown, item.line), message, severity="warning"))
            continue
        for entry in item.all("QUALITY_ITEM_DATA_ENTRY"):
            if judged := RESULTS.get(entry.get("RESULT")):
                one = found.setdefault(entry.get("STUDY_ID"), {"judgements": {}, "because": {}})
                take_worse(one, domain, judged, plain(entry.told("DESCRIPTION")))
    return {id: [assessment(one)] for id, one in found.items()}, problems


def assessment(found: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Judgements and reasons as a record's assessment."""
    made = {"tool": "rob1", "where": "risk-of-bias table of the review", **found}
    return {name: value for name, value in made.items() if value}


def take_worse(found: dict[str, dict[str, str]], domain: str, judged: str, support: str) -> None:
    """One judgement a domain: of several, for groups of outcomes, the worst; every support is kept."""
    old = found["judgements"].get(domain, "low")
    found["judgements"][domain] = max(old, judged, key=("low", "unclear", "high").index)
    if support:
        before = found["because"].get(domain)
        found["because"][domain] = (f"{before} | {support}" if before else support)[:LONGEST]


def rob_domain(name: str) -> str:
    """The domain of rob1 that an item's name means; "" where it means none."""
    return next((domain for pattern, domain in ITEMS if re.search(pattern, name, re.IGNORECASE)), "")


def _rows(root: Element, shown: str, names: dict[str, str]) -> Iterator[Row]:
    file = shown.rpartition("/")[2]
    for comparison in root.all("COMPARISON"):
        for outcome in comparison.all(*DATA):
            first = {
                "outcome": plain(outcome.told("NAME")),
                "what": f"{plain(outcome.told('NAME'))} ({plain(comparison.told('NAME'))})",
                "where": f"{file}, comparison {comparison.get('NO')}, outcome {outcome.get('NO')}",
                "status": "secondhand",
                "arm1": plain(outcome.told("GROUP_LABEL_1")),
                "arm2": plain(outcome.told("GROUP_LABEL_2")),
                "measure": outcome.told("EFFECT_MEASURE"),
                "unit": plain(outcome.told("UNITS")),
            }
            for subgroup, data in _data(outcome):
                numbers = {name: data.get(tag) for tag, name in DATA[outcome.tag].items() if data.get(tag)}
                study = names.get(data.get("STUDY_ID"), "")
                yield Row(Where(shown, data.line), {**first, **numbers, "study": study, "subgroup": subgroup})


def _data(outcome: Element) -> Iterator[tuple[str, Element]]:
    """(subgroup, data) of an outcome."""
    for child in outcome.children:
        if child.tag.endswith("_DATA"):
            yield "", child
        elif child.tag.endswith("_SUBGROUP"):
            name = plain(child.told("NAME"))
            yield from ((name, data) for data in child.children if data.tag.endswith("_DATA"))


_MEANS = {
    "TOTAL_1": "n1",
    "MEAN_1": "mean1",
    "SD_1": "sd1",
    "TOTAL_2": "n2",
    "MEAN_2": "mean2",
    "SD_2": "sd2",
}
_MEANS |= {"N_1": "n1", "N_2": "n2"}
_COUNTS = {"EVENTS_1": "events1", "TOTAL_1": "n1", "EVENTS_2": "events2", "TOTAL_2": "n2"}
_EFFECT = {"EFFECT_SIZE": "estimate", "CI_START": "low", "CI_END": "high"}
DATA = {  # the kinds of outcome, and the attributes of their data
    "CONT_OUTCOME": _MEANS,
    "CONTINUOUS_OUTCOME": _MEANS,
    "DICH_OUTCOME": _COUNTS,
    "IV_OUTCOME": _EFFECT,
    "IPD_OUTCOME": _EFFECT,
}
RESULTS = {"YES": "low", "NO": "high", "UNKNOWN": "unclear"}
ITEMS = (  # the usual names of the items, as patterns
    (r"sequence generation|randomi[sz]ation process", "sequence"),
    (r"concealment", "concealment"),
    (r"blinding.*(?:participant|personnel|patient)|performance bias", "participants"),
    (r"blinding.*(?:outcome|assess)|detection bias", "assessors"),
    (r"incomplete outcome|attrition", "incomplete"),
    (r"selective (?:outcome )?reporting|reporting bias", "selective"),
    (r"^other\b.*bias|^other bias|other (?:potential )?sources?", "other"),
)
