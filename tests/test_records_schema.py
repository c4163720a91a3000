"""The schemas that editors use and the codebook page come from the types, and are current."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from claimbook.records.models import Study
from claimbook.records.schema import SCHEMAS, codebook, json_schema, write_schemas

STUDIES = Path(__file__).parent.parent / "studies"
TEMPLATES = Path(__file__).parent.parent / "src" / "claimbook" / "records" / "templates"
KINDS = {"record": "records/*.yaml", "claim": "claims/*.yaml", "library": "library.yaml"}
FILES = [
    (kind, path) for kind in KINDS for root in (STUDIES, TEMPLATES) for path in sorted(root.glob(KINDS[kind]))
]


class AsAnEditorReads(yaml.SafeLoader):
    """YAML 1.2 as the language server reads it: numbers are numbers, but yes, no and dates are words."""


AsAnEditorReads.yaml_implicit_resolvers = {
    letter: [(tag, regex) for tag, regex in found if not tag.endswith((":bool", ":timestamp"))]
    for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_schema_in_git_is_current(kind: str) -> None:
    """If this fails: python -m claimbook.records.schema studies/schema"""
    assert json.loads((STUDIES / "schema" / f"{kind}.json").read_text(encoding="utf-8")) == json_schema(kind)


def test_a_current_schema_file_is_not_touched(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    write_schemas(tmp_path)
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}


def validator(kind: str) -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft7Validator.check_schema(json_schema(kind))
    return jsonschema.Draft7Validator(json_schema(kind))


@pytest.mark.parametrize(
    ("kind", "path"), FILES, ids=lambda value: value if isinstance(value, str) else value.stem
)
def test_an_editor_finds_no_fault_with_a_sound_record(kind: str, path: Path) -> None:
    data = yaml.load(path.read_text(encoding="utf-8"), AsAnEditorReads)
    assert [f"{error.json_path}: {error.message}" for error in validator(kind).iter_errors(data)] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("label:", "lable:"),
        ("kind: nrsi_controlled", "kind: nrsi"),
        ("percent: 10.6", "percent: ten"),
        ("label: Estes 2017\n", ""),
        ("label: Estes 2017", "label:"),
    ],
)
def test_an_editor_marks_what_the_reader_refuses(old: str, new: str) -> None:
    text = (STUDIES / "records" / "estes2017.yaml").read_text(encoding="utf-8")
    assert old in text
    assert list(validator("record").iter_errors(yaml.load(text.replace(old, new, 1), AsAnEditorReads)))


def test_the_schema_keeps_to_the_vocabulary_that_editors_know() -> None:
    text = "".join(json.dumps(json_schema(kind)) for kind in SCHEMAS)
    for later in ('"$defs"', '"prefixItems"', '"unevaluatedProperties"', '"dependentRequired"', '"null"'):
        assert later not in text


def test_the_codebook_names_every_field_of_every_type() -> None:
    page = codebook()
    for model in SCHEMAS.values():
        for name in model.model_fields:
            assert f"| `{name}` |" in page
    assert page.count("\n### ") == len({line for line in page.splitlines() if line.startswith("### ")})
    assert f"| `label` | text | yes | {Study.model_fields['label'].description} |" in page


def test_every_link_of_the_codebook_leads_somewhere() -> None:
    page = codebook()
    targets = {line[1:-2] for line in page.splitlines() if line.startswith("(codebook-")}
    links = {part.partition(")")[0] for part in page.split("](#")[1:]}
    assert links <= targets
