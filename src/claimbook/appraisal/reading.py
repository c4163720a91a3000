"""A body of evidence from anywhere: one JSON object of the ``grade --evidence`` contract as ``Evidence``.

Nothing is guessed. A word that is not known, a number that cannot be and an input that decides what is being
rated (direction, threshold, design, fold) are errors that name the field. What a published table often
leaves out (risk of bias, heterogeneity, indirectness) is no error: the body says in ``unstated`` that it is
missing, and the rules give a flagged zero (``claimbook.appraisal.gaps``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from typing import Any

from claimbook.appraisal.checked import EvidenceError, number
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.gaps import unstated
from claimbook.appraisal.inputs import (
    ELEMENTS,
    Fold,
    Inconsistency,
    Indirectness,
    PublicationBias,
    Review,
    RiskOfBias,
    StudyWeight,
    Threshold,
    Upgrades,
)
from claimbook.problems import did_you_mean


def read_evidence(data: Mapping[str, Any]) -> Evidence:
    """Check one JSON object of the contract and return it as ``Evidence``.

    Unknown keys are ignored unless they look like a misspelt known one. ``unstated`` is filled with what is
    missing; an object that gives it itself, if only as an empty list, keeps its own. Raises EvidenceError.
    """
    values = dict(_mapping("evidence", data))
    values |= {key: _word(values[key]) for key in ("design", "direction") if isinstance(values.get(key), str)}
    if isinstance(values.get("indirectness"), Mapping):
        values["indirectness"] = _answers(values["indirectness"])
    if isinstance(values.get("k"), float) and values["k"].is_integer():
        values["k"] = int(values["k"])
    for key, cls in _PARTS.items():
        if values.get(key) is not None:
            values[key] = _build(cls, values[key], f"{key}.")
        else:
            values.pop(key, None)
    values["studies"] = tuple(
        _build(StudyWeight, _study(i, study), f"studies[{i}].")
        for i, study in enumerate(_list("studies", values.get("studies")))
    )
    if values.get("prediction") is not None:
        values["prediction"] = _pair("prediction", values["prediction"])
    if values.get("unstated") is not None:
        values["unstated"] = tuple(_list("unstated", values["unstated"]))
    evidence: Evidence = _build(Evidence, values, "")
    return evidence if "unstated" in values else replace(evidence, unstated=unstated(evidence))


_PARTS: dict[str, type[Any]] = {
    "threshold": Threshold,
    "risk_of_bias": RiskOfBias,
    "inconsistency": Inconsistency,
    "indirectness": Indirectness,
    "publication_bias": PublicationBias,
    "upgrades": Upgrades,
    "fold": Fold,
    "review": Review,
}


def _build(cls: type[Any], data: Any, prefix: str) -> Any:
    """An instance of a dataclass from a JSON object, with errors that name the field and its place."""
    values = _mapping(prefix.rstrip(".") or "evidence", data)
    known = {item.name: item for item in fields(cls)}
    for key in values:
        hint = "" if key in known else did_you_mean(str(key), known)
        if hint:
            raise EvidenceError(f"{prefix}{key}", f"unknown field{hint}")
    for name, item in known.items():
        required = item.default is MISSING and item.default_factory is MISSING
        if required and values.get(name) is None:
            raise EvidenceError(f"{prefix}{name}", "is missing")
    given = {name: values[name] for name in known if values.get(name) is not None}
    try:
        return cls(**given)
    except EvidenceError as error:
        raise EvidenceError(error.field.replace("studies.", prefix), error.message) from None


def _study(i: int, data: Any) -> Mapping[str, Any]:
    """One study, its words as the tools write them (``Some concerns`` -> ``some_concerns``)."""
    study = dict(_mapping(f"studies[{i}]", data))
    words = {key: _word(study[key]) for key in ("rob", "design") if isinstance(study.get(key), str)}
    return study | words


def _answers(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _word(x) if key in ELEMENTS and isinstance(x, str) else x for key, x in given.items()}


def _word(text: str) -> str:
    """``Probably yes`` -> ``probably_yes``."""
    return text.strip().lower().replace("-", "_").replace(" ", "_")


def _mapping(name: str, data: Any) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise EvidenceError(name, f"must be an object, not {type(data).__name__}")
    return data


def _list(name: str, data: Any) -> list[Any]:
    if not isinstance(data, list | tuple | None):
        raise EvidenceError(name, "must be a list")
    return list(data or [])


def _pair(name: str, data: Any) -> tuple[float, float]:
    if isinstance(data, Mapping):
        data = [data.get("lo"), data.get("hi")]
    if not isinstance(data, list | tuple) or len(data) != 2:
        raise EvidenceError(name, "must be two numbers, low and high")
    return number(f"{name}.lo", data[0]), number(f"{name}.hi", data[1])
