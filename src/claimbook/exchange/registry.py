"""A registered trial as ClinicalTrials.gov describes it (its interface of version 2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from claimbook.exchange.citation import Citation, ascii_word, plain, year_in
from claimbook.exchange.skeleton import UNKNOWN
from claimbook.exchange.web import LookupFailed
from claimbook.problems import Where

PLACE = "ClinicalTrials.gov"


def trial_of(study: Any, number: str) -> tuple[Citation, dict[str, Any]]:
    """Its citation, and the record fields that the registry states. LookupFailed if it is no study."""
    protocol = _at(study, "protocolSection")
    if _text(protocol, "identificationModule", "nctId").upper() != number:
        raise LookupFailed(f"{PLACE} answers in a form that is not a study's", "try again later")
    title = _text(protocol, "identificationModule", "officialTitle")
    sponsor = _text(protocol, "sponsorCollaboratorsModule", "leadSponsor", "name")
    citation = Citation(
        Where(PLACE),
        title=title or _text(protocol, "identificationModule", "briefTitle"),
        authors=((sponsor, ""),) if sponsor else (),
        year=year_in(_text(protocol, "statusModule", "studyFirstPostDateStruct", "date"))
        or year_in(_text(protocol, "statusModule", "startDateStruct", "date")),
        kind="misc",
        url=f"https://clinicaltrials.gov/study/{number}",
        registration=number,
    )
    more = {"design": _design(protocol), "population": _population(protocol), "arms": list(_arms(protocol))}
    return citation, {name: value for name, value in more.items() if value}


def _at(value: Any, *path: str) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _text(value: Any, *path: str) -> str:
    return plain(_at(value, *path))


def _design(protocol: Any) -> dict[str, str]:
    """As registered: what was planned, which the paper may tell otherwise."""
    info = _at(protocol, "designModule", "designInfo")
    allocation, model = _text(info, "allocation"), _text(info, "interventionModel")
    kind = DESIGNS.get((allocation, model)) or DESIGNS.get((allocation, "")) or DESIGNS.get(("", model))
    words = ", ".join(word.replace("_", " ").lower() for word in (allocation, model) if word)
    if kind is None:
        return dict(UNKNOWN)
    because = f"Registered as: {words}."
    return {"kind": kind, "because": because, "where": f"{PLACE}, study design", "status": "confirmed"}


def _population(protocol: Any) -> dict[str, Any]:
    eligible = _at(protocol, "eligibilityModule")
    ages = " to ".join(age for age in (_text(eligible, "minimumAge"), _text(eligible, "maximumAge")) if age)
    conditions = _at(protocol, "conditionsModule", "conditions")
    about = "; ".join(filter(None, map(plain, conditions if isinstance(conditions, list) else ())))
    described = "; ".join(part for part in (about, ages) if part)
    size = _at(protocol, "designModule", "enrollmentInfo")
    actual = _text(size, "count") if _text(size, "type") == "ACTUAL" else ""
    return {
        "description": f"As registered: {described or 'not described'}",
        **({"n": actual} if actual.isdecimal() else {}),
        "sex": SEXES.get(_text(eligible, "sex"), "unknown"),
        "where": f"{PLACE}, eligibility and enrolment",
    }


def _arms(protocol: Any) -> Iterator[dict[str, str]]:
    groups = _at(protocol, "armsInterventionsModule", "armGroups")
    ids: set[str] = set()
    for number, group in enumerate(groups if isinstance(groups, list) else (), 1):
        label = _text(group, "label") or f"arm {number}"
        id = "-".join(filter(None, map(ascii_word, label.split())))[:40].strip("-") or f"arm-{number}"
        id = f"{id}-{number}" if id in ids else id
        ids.add(id)
        did = _text(group, "description")
        yield {"id": id, "label": label, **({"training": did} if did else {})}


DESIGNS = {
    ("RANDOMIZED", "CROSSOVER"): "rct_crossover",
    ("RANDOMIZED", ""): "rct_parallel",
    ("NON_RANDOMIZED", ""): "nrsi_controlled",
    ("", "SINGLE_GROUP"): "single_group_prepost",
}
SEXES = {"ALL": "mixed", "FEMALE": "women", "MALE": "men"}
