"""Summary of Findings and Evidence Profile, as rows and as text."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser
from typing import Any

import pytest

from claimbook.appraisal import DISCLAIMER, Overrule, rate, read_evidence
from claimbook.appraisal.tables import (
    CSV,
    PROFILE,
    SUMMARY,
    Row,
    as_csv,
    cells,
    legend,
    row,
)
from claimbook.exchange.tables import html, markdown, sheet

DIRECT = dict.fromkeys(("population", "intervention", "comparison", "outcome"), "yes")
REHAB: dict[str, Any] = {
    "id": "mortality",
    "measure": "RR",
    "est": 0.87,
    "lo": 0.73,
    "hi": 1.04,
    "k": 25,
    "n": 8823,
    "i2": 0,
    "design": "rct",
    "direction": "lower_better",
    "threshold": {"type": "null"},
    "baseline_risk": 0.057,
    "risk_of_bias": {"weight_high": 0},
    "indirectness": DIRECT,
    "publication_bias": {"asymmetry_p": 0.6, "unpublished_known": False},
    "intervention": "exercise | rehabilitation",
    "outcome": "deaths <1 year",
}
FITNESS = REHAB | {
    "id": "fitness",
    "measure": "MD",
    "est": 2.72,
    "lo": 2.38,
    "hi": 3.06,
    "sd": 6,
    "direction": "higher_better",
    "threshold": {"type": "mid", "value": 1},
    "baseline_risk": None,
    "outcome": "VO2max",
    "unit": "ml/kg/min",
    "indirectness": DIRECT | {"outcome": "no"},
}


def made(data: dict[str, Any], **options: Any) -> Row:
    evidence = read_evidence(data)
    return row(evidence, rate(evidence, overrules=options.pop("overrules", ())), **options)


ROWS = [made(REHAB), made(FITNESS, importance=5)]


def test_a_summary_row_shows_relative_and_absolute_effects() -> None:
    line = dict(zip(SUMMARY, cells(ROWS, SUMMARY)[0], strict=True))
    assert line == {
        "Outcome": "deaths <1 year",
        "Participants (studies)": "8823 (25 studies)",
        "Relative effect (95 % CI)": "RR 0.87 (0.73 to 1.04)",
        "Risk without, per 1000": "57",
        "Risk with, per 1000": "50 (42 to 59)",
        "Difference (95 % CI)": "7 fewer per 1000 (from 15 fewer to 2 more)",
        "Certainty": "Moderate ⊕⊕⊕◯, due to imprecision [1]",
        "What happens": "Exercise | rehabilitation probably reduces deaths <1 year.",
    }


def test_a_mean_difference_stands_in_its_own_units() -> None:
    line = dict(zip(SUMMARY, cells(ROWS, SUMMARY)[1], strict=True))
    assert (line["Relative effect (95 % CI)"], line["Difference (95 % CI)"]) == (
        "",
        "2.72 ml/kg/min (2.38 to 3.06)",
    )


def test_footnote_numbers_run_on_from_row_to_row() -> None:
    assert [line[list(SUMMARY).index("Certainty")] for line in cells(ROWS, SUMMARY)] == [
        "Moderate ⊕⊕⊕◯, due to imprecision [1]",
        "Low ⊕⊕◯◯, due to indirectness [2]",
    ]


def test_a_profile_row_shows_every_domain_in_words() -> None:
    line = dict(zip(PROFILE, cells(ROWS, PROFILE)[1], strict=True))
    assert [
        line[name] for name in ("Design", "Indirectness", "Imprecision", "Other considerations", "Importance")
    ] == [
        "randomised trials",
        "very serious",
        "not serious",
        "none",
        "5",
    ]


def test_a_markdown_table_has_one_width_and_escapes_its_bars() -> None:
    table = [line for line in markdown([sheet(ROWS, "sof")]).splitlines() if line.startswith("|")]
    assert ({line.replace("\\|", "").count("|") for line in table}, len(table)) == ({len(SUMMARY) + 1}, 4)


def test_a_table_says_what_its_levels_mean_and_whose_assessment_it_is_not() -> None:
    lines = legend(ROWS)
    assert ([line.partition(":")[0] for line in lines[1:3]], lines[-1]) == (
        ["Moderate certainty", "Low certainty"],
        DISCLAIMER,
    )


def test_a_standardised_difference_is_said_again_in_units_that_people_know() -> None:
    pain = FITNESS | {
        "measure": "SMD", "est": -0.5, "lo": -0.7, "hi": -0.3, "sd": 25, "control_mean": 50, "unit": "",
        "direction": "lower_better", "threshold": {"type": "mid", "value": 0.2}, "baseline_risk": 0.2,
    }  # fmt: skip
    assert legend([made(pain)])[0] == (
        "In other words, for VO2max: -12.5 points (-17.5 to -7.5), at an SD of 25; -2.5 times the smallest "
        "effect that matters (-3.5 to -1.5), at 0.2; 382 responders per 1000 (301 to 471), where 200 respond "
        "without it; 75 % of the control mean (65 to 85), at a mean of 50 and an SD of 25."
    )


def test_a_markdown_table_ends_with_footnotes_and_the_disclaimer() -> None:
    lines = markdown([sheet(ROWS, "sof")]).splitlines()
    assert (lines[-1], [line[:13] for line in lines if line[:2] in ("1.", "2.")]) == (
        DISCLAIMER,
        ["1. Downgraded", "2. Downgraded"],
    )


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open += [tag] if tag != "meta" else []
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_an_html_table_is_well_formed_and_has_headers() -> None:
    parser = Tags()
    parser.feed(html([sheet(ROWS, "sof")]))
    assert (parser.open, parser.seen.count("th"), parser.seen.count("caption"), parser.seen.count("li")) == (
        [],
        len(SUMMARY) + 2,
        1,
        2,
    )


def test_html_escapes_what_people_wrote() -> None:
    assert "deaths &lt;1 year" in html([sheet(ROWS, "sof")])


def test_a_csv_line_reads_back_with_unrounded_numbers() -> None:
    first, second = csv.DictReader(io.StringIO(as_csv(ROWS)))
    assert (
        list(first) == list(CSV),
        float(first["risk_interv_1000"]),
        second["diff"],
        second["baseline_risk"],
    ) == (
        True,
        pytest.approx(49.59),
        "2.72",
        "",
    )


def test_an_overrule_is_told_in_the_footnote() -> None:
    overrule = Overrule("imprecision", -1, 0, "The interval is narrow enough.", "A. Reader", "2025-01-31")
    (note,) = made(REHAB, overrules=[overrule]).footnotes
    assert note.startswith(
        "Rated not serious for imprecision by A. Reader (2025-01-31): The interval is narrow enough."
    )


def test_a_single_study_has_a_footnote_although_nothing_was_downgraded() -> None:
    single = made(REHAB | {"k": 1, "i2": None, "est": 0.6, "lo": 0.5, "hi": 0.72})
    assert any("inconsistency does not apply" in note for note in single.footnotes)


def test_an_impossible_importance_is_refused() -> None:
    with pytest.raises(ValueError, match="importance: 10 is not from 1 to 9"):
        made(REHAB, importance=10)
