"""Small libraries out of fragments: what a test is about, merged over records that are otherwise in order."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from claimbook.records import Library, read_library
from claimbook.records.models import SHAPES

INFO: dict[str, Any] = {
    "title": "A small library",
    "question": "Does it work?",
    "licence": "CC-BY-4.0",
    "outcomes": {"strength": {"label": "strength", "direction": "higher_better", "because": "More force."}},
}
RESULT: dict[str, Any] = {
    "id": "main",
    "outcome": "strength",
    "what": "Leg press",
    "unit": "kg",
    "where": "table 2",
    "status": "confirmed",
}
CLAIM: dict[str, Any] = {
    "title": "Training makes adults stronger",
    "text": "Ten weeks of training make adults stronger.",
    "wording": "paraphrase",
    "said_by": "a coach",
    "kind": "effect",
    "question": {
        "population": "adults",
        "intervention": "training",
        "comparator": "none",
        "outcome": "strength",
    },
    "outcome": "strength",
    "measure": "SMD",
    "worthwhile": {"value": 0.2, "because": "A usual value.", "source": "Cohen 1988"},
    "studies": [{"study": "one", "result": "main"}],
}
DEFAULTS: dict[str, Any] = {
    "publication_bias": {"because": "Nothing is known."},
    "source_check": {"verdict": "accurate", "because": "It says so."},
}


def means(shift: float = 0.0) -> dict[str, Any]:
    return {
        "of": "final",
        "intervention": {"arm": "trained", "n": 12, "mean": round(104.1 + shift, 1), "sd": 9.1},
        "comparator": {"arm": "control", "n": 12, "mean": round(100.3 + shift, 1), "sd": 8.8},
    }


def record(key: str, number: int = 0) -> dict[str, Any]:
    """A record in order; ``number`` makes its numbers its own."""
    return {
        "study": key,
        "label": f"{key.title()} 2020",
        "summary": "Adults trained for ten weeks.",
        "design": {"kind": "rct_parallel", "because": "It says so.", "where": "p. 2", "status": "confirmed"},
        "population": {"description": "Adults", "where": "p. 2"},
        "arms": [{"id": "trained", "label": "training"}, {"id": "control", "label": "no training"}],
        "weeks": 10,
        "results": [{**RESULT, "means": means(7.3 * number)}],
        "risk_of_bias": [{"tool": "rob1", "judgements": {"sequence": "low", "other": "low"}}],
        "extracted_by": ["A. Curator", "B. Reader"],
    }


def entry(key: str, number: int = 0) -> str:
    names = ("Adams", "Baker", "Clark", "Davis", "Evans", "Frank", "Ghosh", "Hills")
    name, title = f"{names[number % 8]}{number}", ("Legs", "Arms", "Sleep", "Diet", "Rest")[number % 5]
    return f"@article{{{key}, author = {{{name}, A.}}, title = {{{title} {number}}}, year = {{2020}}}}"


def folder(
    records: Mapping[str, Any] | None = None,
    claims: Mapping[str, Any] | None = None,
    library: Mapping[str, Any] | None = None,
    references: str | None = None,
) -> dict[str, str]:
    """File name to text, of a library whose parts are merged over good ones."""
    records = {"one": {}} if records is None else records
    claims = {"claim": {}} if claims is None else claims
    texts = {"library.yaml": dump(merged(INFO, library or {}))}
    for number, (key, fragment) in enumerate(records.items()):
        base = record(key, number)
        whole = merged(base, {k: v for k, v in fragment.items() if k != "results"})
        if "results" in fragment:
            whole["results"] = [result(base["results"][0], part) for part in fragment["results"]]
        texts[f"records/{key}.yaml"] = dump(whole)
    for key, fragment in claims.items():
        base = {"claim": key, **CLAIM, **{k: v for k, v in DEFAULTS.items() if k in fragment}}
        texts[f"claims/{key}.yaml"] = dump(merged(base, fragment))
    entries = [entry(key, number) for number, key in enumerate(records)]
    texts["references.bib"] = "\n".join(entries) if references is None else references
    return texts


def result(base: Mapping[str, Any], fragment: Mapping[str, Any]) -> dict[str, Any]:
    """A result; one shape replaces another."""
    shaped = any(shape in fragment for shape in SHAPES)
    kept = {k: v for k, v in base.items() if not (shaped and k in SHAPES)}
    return {**kept, **fragment}


def merged(base: Mapping[str, Any], fragment: Mapping[str, Any]) -> dict[str, Any]:
    """One level deep, except that library.yaml's outcomes are replaced whole."""
    found = copy.deepcopy(dict(base))
    for key, value in fragment.items():
        both = (
            isinstance(value, dict)
            and isinstance(found.get(key), dict)
            and key not in {"outcomes", "worthwhile"}
        )
        found[key] = {**found[key], **value} if both else value
    return found


def dump(data: Mapping[str, Any]) -> str:
    """JSON is YAML; text stays as it was written, so that decimals are kept."""
    return json.dumps(data, indent=1, ensure_ascii=False)


def fragment(text: str) -> dict[str, str]:
    """The files of a documentation snippet, whose first line says where it stands."""
    head, _, body = text.strip().partition("\n")
    place = head.removeprefix("# ")
    if place == "references.bib":
        return folder(references=body)
    data = yaml.load(body, yaml.BaseLoader)
    data = {} if data is None else data
    kinds = {
        "a result": lambda: folder({"one": {"results": [data]}}),
        "a record": lambda: folder({"one": data}),
        "a claim": lambda: folder(claims={"claim": data}),
        "library.yaml": lambda: folder(library=data),
        "a folder": lambda: folder(**data),
    }
    return kinds[place]()


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def library(root: Path, files: Mapping[str, str]) -> Library:
    """The library that these files are; a record that cannot be read is missing from it."""
    return read_library(write(root, files))[0]
