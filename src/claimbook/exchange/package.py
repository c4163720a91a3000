"""The data package of a Cochrane review (RevMan Web): a zip file with its analyses and judgements as CSV.

Read are ``*-data-rows.csv``, with the arms' names and effect measures of
``*-overall-estimates-and-settings.csv``, and ``*-risk-of-bias.csv`` where it judges by domains of the first
Cochrane tool.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from claimbook.exchange.citation import Citation, plain
from claimbook.exchange.codes import problem
from claimbook.exchange.columns import SYNONYMS, normal
from claimbook.exchange.extracted import Row
from claimbook.exchange.packed import Refused, opened, unpack
from claimbook.exchange.revman import Review, assessment, family_in, rob_domain, take_worse
from claimbook.exchange.source import decode
from claimbook.exchange.table import Table, read_csv
from claimbook.problems import Problem, Where

PARTS = ("data-rows", "overall-estimates-and-settings", "risk-of-bias")
Cells = dict[str, str]


def read_package(raw: bytes, shown: str) -> tuple[Review, list[Problem]]:
    """The review in a package, and what of it cannot be taken."""
    problems: list[Problem] = []
    tables: dict[str, Table] = {}
    try:
        with opened(raw) as archive:
            for name in archive.namelist():
                part = next((part for part in PARTS if name.endswith(f"{part}.csv")), "")
                if part:
                    table, more = _table(unpack(archive, name), f"{shown}/{name.rpartition('/')[2]}")
                    problems += more
                    tables |= {part: table} if table else {}
    except Refused as error:
        return Review(), [problem("X011", Where(shown), str(error))]
    if "data-rows" not in tables:
        message = "is a zip file without analyses (no *-data-rows.csv in it)"
        return Review(), [*problems, problem("X002", Where(shown), message)]
    review = Review(rows=list(_rows(tables["data-rows"], tables.get("overall-estimates-and-settings"))))
    names = dict.fromkeys(row.get("study") for row in review.rows if row.get("study"))
    bias, more = _risk_of_bias(tables.get("risk-of-bias"))
    for name in names:
        first = next(row for row in review.rows if row.get("study") == name)
        year = first.get("year")[:4]
        citation = Citation(first.where, authors=((family_in(name), ""),), year=year, kind="misc")
        review.studies[name] = citation, {"risk_of_bias": [bias[name]]} if name in bias else {}
    return review, [*problems, *more]


def _table(raw: bytes, shown: str) -> tuple[Table | None, list[Problem]]:
    source, problems = decode(raw, shown)
    if source is None:
        return None, problems
    table, more = read_csv(source)
    return table, [*problems, *more]


def _cells(table: Table | None) -> Iterator[tuple[Where, Cells]]:
    """Each row as header to text."""
    for line, row in table.rows if table else ():
        assert table is not None
        yield (
            table.where(line),
            {header: plain(cell) for header, cell in zip(table.headers, row, strict=True)},
        )


def _rows(data: Table, settings: Table | None) -> Iterator[Row]:
    analyses = {(one.get("Analysis group"), one.get("Analysis number")): one for _, one in _cells(settings)}
    for where, cells in _cells(data):
        number = (cells.get("Analysis group"), cells.get("Analysis number"))
        about = analyses.get(number, {})
        name = cells.get("Analysis name", "")
        values = {
            "study": cells.get("Study", ""),
            "year": cells.get("Study year", ""),
            "outcome": name,
            "subgroup": cells.get("Subgroup", ""),
            "where": f"{where.path.rpartition('/')[2]}, analysis {number[0]}.{number[1]}",
            "status": "secondhand",
            "arm1": about.get("Experimental group label") or about.get("Experimental intervention", ""),
            "arm2": about.get("Control group label") or about.get("Control intervention", ""),
            "measure": about.get("Effect measure", ""),
            "unit": about.get("Unit of effect measure", ""),
            "note": cells.get("Footnotes", ""),
        }
        yield Row(where, values | _numbers(cells))


def _numbers(cells: Cells) -> Cells:
    """The numbers of a row: counts, else means, else the effect as the review displays it."""
    named = {SYNONYMS.get(normal(header), ""): cell for header, cell in cells.items() if cell}
    arms = {name: cell for name, cell in named.items() if name[-1:] in {"1", "2"} and name[:3] != "arm"}
    if cells.get("GIV Mean") or not {"events1", "mean1"} & arms.keys():
        effect = {"estimate": "Mean", "low": "CI start", "high": "CI end"}
        return {name: cells[header] for name, header in effect.items() if cells.get(header)}
    return arms


def _risk_of_bias(table: Table | None) -> tuple[dict[str, dict[str, object]], list[Problem]]:
    found: dict[str, dict[str, dict[str, str]]] = {}
    unknown: dict[str, Where] = {}
    for where, cells in _cells(table):
        one = found.setdefault(cells.get("Study", ""), {"judgements": {}, "because": {}})
        for header, cell in cells.items():
            about = re.fullmatch(r"Domain \(judgement\)\W+(.*)", header)
            judged = JUDGED.get(cell.lower().removesuffix(" of bias"))
            domain = rob_domain(about[1]) if about else ""
            if domain and judged:
                support = next(
                    (c for h, c in cells.items() if h == header.replace("judgement", "support")), ""
                )
                take_worse(one, domain, judged, support)
            elif about and cell:
                unknown.setdefault(about[1], where)
    problems = [
        problem(
            "X008",
            where,
            f'the judgements of "{name}" are none of rob1; they are left out',
            severity="warning",
        )
        for name, where in unknown.items()
    ]
    return {name: assessment(one) for name, one in found.items() if name and one["judgements"]}, problems


JUDGED = {"low risk": "low", "unclear risk": "unclear", "high risk": "high"}
