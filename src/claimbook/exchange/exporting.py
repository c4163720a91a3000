"""A library in the formats of others: pure functions from a Library to text, one for each format.

Numbers are written as they are printed in the source. One that is not known is ``unknown`` where claimbook
reads the file back, and an empty cell where others do.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from claimbook.exchange.columns import FIELDS
from claimbook.exchange.prisma import flow_csv
from claimbook.records import Claim, Entry, Library, Number, Result, Study
from claimbook.records.editing import as_data
from claimbook.records.models import Spread

Cells = dict[str, str]


def as_csv(library: Library) -> str:
    """One result a row, under the names that ``study import`` reads; empty columns are left out."""
    rows = [_cells(library, study, result) for study in library.studies.values() for result in study.results]
    used = [name for name in (*FIELDS, *SPREADS) if any(row.get(name) for row in rows)]
    return _written(used, rows)


def _cells(library: Library, study: Study, result: Result) -> Cells:
    entry = library.bibliography.get(study.study)
    cells = {
        "study": study.study,
        "design": result.design or study.design.kind,
        **{name: entry.get(name) for name in ("year", "title", "journal", "doi", "pmid") if entry},
        **{
            name: str(getattr(result, name) or "") for name in ("outcome", "what", "unit", "time", "subgroup")
        },
        **{name: str(getattr(result, name) or "") for name in ("where", "read_in", "status", "note")},
    }
    return cells | NUMBERS[result.shape](result.data, {arm.id: arm.label for arm in study.arms})


def _printed(number: Number | None) -> str:
    return "" if number is None else str(number)


def _spread(group: Spread, number: str) -> Cells:
    """sd or se; an unexplained spread stands in a column of its own, with what it is read as."""
    if group.dispersion is not None:
        kind = group.dispersion.kind
        return {f"spread{number}": _printed(group.dispersion), f"spread{number}_kind": kind}
    return {f"sd{number}": _printed(group.sd), f"se{number}": _printed(group.se)}


def _two(data: Any, labels: Mapping[str, str], names: Sequence[str]) -> Cells:
    cells: Cells = {}
    for number, side in (("1", data.intervention), ("2", data.comparator)):
        cells |= {name + number: _printed(getattr(side, name)) for name in names}
        cells |= {f"arm{number}": labels.get(side.arm, side.arm)}
        cells |= _spread(side, number) if isinstance(side, Spread) else {}
    return cells


def _one(data: Any, labels: Mapping[str, str], names: Sequence[str]) -> Cells:
    cells = {name: _printed(getattr(data, name)) for name in names}
    cells |= _spread(data, "") if isinstance(data, Spread) else {}
    return {**cells, "arm": labels.get(data.arm, data.arm), "p": str(getattr(data, "p", None) or "")}


def _reported(data: Any, labels: Mapping[str, str]) -> Cells:
    cells = {name: _printed(getattr(data, name)) for name in ("estimate", "low", "high", "se", "n")}
    return {**cells, "measure": data.measure, "p": str(data.p or "")}


NUMBERS: dict[str, Callable[[Any, Mapping[str, str]], Cells]] = {
    "means": lambda data, labels: {**_two(data, labels, ("n", "mean")), "of": data.of},
    "counts": lambda data, labels: _two(data, labels, ("events", "n")),
    "pre_post": lambda data, labels: _one(
        data, labels, ("n", "mean_pre", "sd_pre", "mean_post", "sd_post", "r")
    ),
    "percent_change": lambda data, labels: _one(data, labels, ("n", "percent")),
    "single": lambda data, labels: _one(data, labels, ("n", "mean")),
    "reported": _reported,
}
SPREADS = ("spread1", "spread1_kind", "spread2", "spread2_kind", "spread", "spread_kind")


def as_metafor(library: Library) -> str:
    """The effects of every claim, a row each, with the columns that metafor's functions take.

    ``yi`` and ``vi`` are on the scale of analysis: ``rma(yi, vi, subset = claim == "...")``. The numbers that
    they come from stand beside them.
    """
    rows = [row for claim in library.claims.values() for row in _effects(library, claim)]
    used = [name for name in METAFOR if any(row.get(name) for row in rows)]
    return _written(used or METAFOR[:4], rows)


def _effects(library: Library, claim: Claim) -> Iterator[Cells]:
    from claimbook.findings.rows import row

    for used in claim.studies if claim.measure else ():
        effect = row(library, used.study, used.result, claim.measure or "", vtype=claim.model.variance)
        raw = _cells(library, library.studies[used.study], library.result(used.study, used.result))
        cells = {name: _known(raw.get(ours, "")) for name, ours in RAW.items()}
        yield {
            **cells,
            "claim": claim.claim,
            "study": used.study,
            "slab": effect.label,
            "measure": effect.measure,
            "outcome": raw["outcome"],
            "subgroup": effect.subgroup,
            "yi": "" if effect.y is None else repr(effect.y),
            "vi": "" if effect.v is None else repr(effect.v),
            "why_not": effect.why_not,
        }


RAW = {
    "n1i": "n1",
    "m1i": "mean1",
    "sd1i": "sd1",
    "n2i": "n2",
    "m2i": "mean2",
    "sd2i": "sd2",
    "ai": "events1",
    "ci": "events2",
    "ni": "n",
    "mi": "mean",
    "sdi": "sd",
    "ri": "r",
}
METAFOR = ("claim", "study", "slab", "measure", "outcome", "subgroup", "yi", "vi", *RAW, "why_not")


def as_revman(library: Library) -> str:
    """Means and counts in the columns of RevMan's data package, each outcome as one analysis."""
    outcomes = list(library.info.outcomes)
    rows = []
    for study in library.studies.values():
        for result in study.results:
            cells = _cells(library, study, result)
            if result.shape in {"means", "counts"} and result.outcome in outcomes:
                about = {
                    "Analysis group": "1",
                    "Analysis number": str(outcomes.index(result.outcome) + 1),
                    "Analysis name": library.info.outcomes[result.outcome].label,
                    "Subgroup": result.subgroup or "",
                    "Study": study.label,
                    "Study year": cells.get("year", ""),
                    "Footnotes": f"{result.what}; read in {result.read_in or study.study}, {result.where}",
                }
                rows.append(about | {name: _known(cells.get(ours, "")) for name, ours in REVMAN.items()})
    return _written((*_ABOUT, *REVMAN, "Footnotes"), rows)


def _known(text: str) -> str:
    return "" if text == "unknown" else text


_ABOUT = ("Analysis group", "Analysis number", "Analysis name", "Subgroup", "Study", "Study year")
REVMAN = {
    "Experimental mean": "mean1",
    "Experimental SD": "sd1",
    "Experimental cases": "events1",
    "Experimental N": "n1",
    "Control mean": "mean2",
    "Control SD": "sd2",
    "Control cases": "events2",
    "Control N": "n2",
}


def as_ris(library: Library) -> str:
    """Every citation as a RIS record, as reference managers read them."""
    return "".join(_ris(entry) for entry in library.bibliography.values())


def _ris(entry: Entry) -> str:
    first, _, last = entry.get("pages").replace("--", "-").partition("-")
    names = [f"{family}, {given}".rstrip(", ") for family, given in entry.authors]
    lines = [("TY", RIS_KINDS.get(entry.type, "GEN")), ("ID", entry.key), *(("AU", name) for name in names)]
    lines += [(tag, entry.get(name)) for tag, name in RIS_TAGS]
    lines += [("SP", first), ("EP", last), ("N1", f"PMID: {entry.get('pmid')}" if entry.get("pmid") else "")]
    return (
        "".join(f"{tag}  - {' '.join(text.split())}\n" for tag, text in lines if text.strip()) + "ER  - \n\n"
    )


RIS_KINDS = {
    "article": "JOUR",
    "inproceedings": "CPAPER",
    "book": "BOOK",
    "incollection": "CHAP",
    "phdthesis": "THES",
    "techreport": "RPRT",
}
RIS_TAGS = (
    *(("TI", "title"), ("T2", "journal"), ("T2", "booktitle"), ("PY", "year"), ("VL", "volume")),
    *(("IS", "number"), ("PB", "publisher"), ("DO", "doi"), ("UR", "url")),
)


def as_json(library: Library) -> str:
    """Everything: the library, its studies, claims and citations, numbers as text so that decimals stay."""
    whole = {
        "library": as_data(library.info),
        "studies": {key: as_data(study) for key, study in library.studies.items()},
        "claims": {key: as_data(claim) for key, claim in library.claims.items()},
        "references": {
            key: {"type": entry.type, **entry.fields} for key, entry in library.bibliography.items()
        },
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _written(names: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, names, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _safe(text) for name, text in row.items()} for row in rows)
    return out.getvalue()


def _safe(text: str) -> str:
    """A text that a spreadsheet would run as a formula gets a quote before it; numbers stay numbers."""
    return f"'{text}" if text[:1] in {"=", "@", "\t", "\r"} or text[:2] in {"+=", "-="} else text


class Export(NamedTuple):
    label: str
    write: Callable[[Library], str]


EXPORTS: dict[str, Export] = {
    "csv": Export("every result, a row each; study import reads it back", as_csv),
    "json": Export("everything, numbers as they are printed", as_json),
    "ris": Export("every citation, for reference managers", as_ris),
    "metafor": Export("every effect with yi and vi, for R's metafor", as_metafor),
    "revman-csv": Export("means and counts, in the columns of RevMan's data package", as_revman),
    "prisma": Export("the counts of the PRISMA 2020 flow, by box of R's PRISMA2020", flow_csv),
}
