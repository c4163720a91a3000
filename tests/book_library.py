"""A small library on disk whose texts are full of markup, for the tests of the book."""

from __future__ import annotations

from pathlib import Path

import yaml

MARKUP = (
    '<b>Bold</b> & "quoted" `code` $x^2$ {ref}`y` [a](http://evil.example) ![i](j) *e* _u_ '
    "# h | c \\ {{ s }} <!-- n -->"
)
SCRIPT = "<script>alert('x')</script>"
FENCE = "```{raw} html\n<i>fence</i>\n```"


def group(arm: str, n: int, mean: float, sd: float) -> dict[str, object]:
    return {"arm": arm, "n": str(n), "mean": str(mean), "sd": str(sd)}


def study(key: str, mean: float) -> dict[str, object]:
    return {
        "study": key,
        "label": f"{key.title()} {MARKUP}",
        "summary": f"Summary {SCRIPT} {MARKUP}",
        "design": {"kind": "rct_parallel", "because": MARKUP, "where": "p. 1", "status": "confirmed"},
        "population": {"description": MARKUP, "traits": [{"what": "age", "unit": "years", "mean": "20"}]},
        "arms": [{"id": "a", "label": SCRIPT, "n": "10"}, {"id": "b", "label": "b", "n": "12"}],
        "results": [
            {
                "id": "size",
                "outcome": "size",
                "what": FENCE,
                "unit": "cm",
                "where": f"table 1 {SCRIPT}",
                "source": "javascript:alert(1)",
                "status": "confirmed",
                "means": {
                    "of": "final",
                    "intervention": group("a", 10, mean, 1.5),
                    "comparator": group("b", 12, 5.0, 1.5),
                },
                "note": FENCE,
            }
        ],
        "risk_of_bias": [
            {"tool": "rob1", "judgements": {"sequence": "high"}, "because": {"sequence": SCRIPT}}
        ],
        "not_found": [SCRIPT],
        "waive": [{"rule": "S206", "because": SCRIPT}],
        "notes": MARKUP,
    }


def claim(key: str, studies: list[str], **more: object) -> dict[str, object]:
    return {
        "claim": key,
        "title": f"Title of {key} {MARKUP}",
        "text": f"Text {SCRIPT}",
        "wording": "reconstructed",
        "said_by": SCRIPT,
        "kind": "effect",
        "question": dict.fromkeys(
            ("population", "intervention", "comparator", "outcome"), f"adults {MARKUP}"
        ),
        "outcome": "size",
        "measure": "SMD",
        "worthwhile": {"value": "0.2", "because": f"because {SCRIPT}"},
        "studies": [{"study": name, "result": "size"} for name in studies],
        "limits": [SCRIPT, MARKUP],
        "indirectness": {
            **dict.fromkeys(("population", "intervention", "comparison", "outcome"), "yes"),
            "because": SCRIPT,
        },
        "publication_bias": {"because": SCRIPT},
        **more,
    }


def write_library(root: Path) -> Path:
    """Three studies; claims that are pooled, of one study, untested, answered by others."""
    folder = root / "studies"
    studies = {"alpha": study("alpha", 5.4), "beta": study("beta", 6.0), "gamma": study("gamma", 4.9)}
    check = {"verdict": "overstated", "study": "alpha", "because": SCRIPT}
    claims = {
        "pooled": claim("pooled", ["alpha", "beta", "gamma"], number=1, source_check=check),
        "single": claim("single", ["alpha"], left_out=[{"study": "beta", "because": SCRIPT}]),
        "untested": claim("untested", []),
        "overview": claim("overview", [], kind="source", answered_by=["pooled", "single"]),
    }
    info = {
        "title": f"Title {MARKUP}",
        "question": f"Question {SCRIPT}?",
        "answer": f"Answer {SCRIPT}.",
        "licence": "CC-BY-4.0",
        "outcomes": {"size": {"label": f"size {SCRIPT}", "direction": "higher_better", "because": MARKUP}},
        "defaults": {"tau2": {"value": "REML", "because": SCRIPT}},
    }
    files = {f"records/{key}": value for key, value in studies.items()}
    files |= {f"claims/{key}": value for key, value in claims.items()} | {"library": info}
    for name, value in files.items():
        path = folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(value, sort_keys=False, allow_unicode=True), encoding="utf-8")
    (folder / "references.bib").write_text(
        "@article{alpha,\n  author = {A <b>, B},\n  title = {T <script>alert(2)</script>},\n"
        '  journal = {J},\n  year = {2001},\n  doi = {10.1/x"<y>},\n}\n'
    )
    return folder
