"""What the columns of a table of extracted data can be, and under which names people write them.

The names of the numbers are those of the effect measures (``n1 mean1 sd1 ...``); others are known too, such
as metafor's and those of RevMan's data package. What is not known is named, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from claimbook.problems import did_you_mean

STUDY = (
    *("study", "author", "year", "title", "journal", "doi", "pmid", "registration"),
    *("design", "population", "sex", "training", "weeks"),
)
RESULT = ("outcome", "what", "unit", "time", "subgroup", "where", "read_in", "status", "note", "of")
ARMS = ("arm1", "arm2", "arm")
NUMBERS = (
    *("n1", "mean1", "sd1", "se1", "n2", "mean2", "sd2", "se2", "events1", "events2"),
    *("n", "mean", "sd", "se", "mean_pre", "sd_pre", "mean_post", "sd_post", "r", "percent"),
    *("measure", "estimate", "low", "high", "level", "p"),
)
FIELDS = (*STUDY, *RESULT, *ARMS, *NUMBERS)


def mapped(headers: Sequence[str], choices: Iterable[str]) -> tuple[dict[int, str], list[str]]:
    """Column number to field, and the headers that have none.

    ``choices`` are ``COLUMN=FIELD``; ``auto``, or none at all, lets names speak for themselves, and the two
    can stand together. ValueError for a column or a field that is not there.
    """
    choices = list(choices)
    chosen = dict(_choice(headers, choice) for choice in choices if choice != "auto")
    taken = set(chosen.values())
    if not choices or "auto" in choices:
        names = [normal(header) for header in headers]
        for number, name in enumerate(names):
            field = SYNONYMS.get(name) or _together(name, names)
            if number not in chosen and field and field not in taken:
                chosen[number] = field
                taken.add(field)
    return chosen, [header for number, header in enumerate(headers) if number not in chosen and header]


def _choice(headers: Sequence[str], choice: str) -> tuple[int, str]:
    column, sign, field = (part.strip() for part in choice.partition("="))
    if not sign:
        raise ValueError(f"{choice!r}: write COLUMN=FIELD, or auto")
    if column not in headers:
        raise ValueError(f"there is no column {column!r}{did_you_mean(column, headers)}")
    if field not in FIELDS:
        raise ValueError(
            f"there is no field {field!r}{did_you_mean(field, FIELDS)}; fields: {', '.join(FIELDS)}"
        )
    return list(headers).index(column), field


def normal(header: str) -> str:
    """A header in small letters, with one underscore for whatever else stands in it."""
    return re.sub(r"[^0-9a-z]+", "_", header.lower()).strip("_")


def _together(name: str, names: Sequence[str]) -> str:
    """metafor's ``ai`` and ``ci`` are counts only where both stand; ``ci`` alone is an interval."""
    pair: Mapping[str, str] = {"ai": "events1", "ci": "events2"}
    return pair.get(name, "") if set(pair) <= set(names) else ""


def _names(field: str, *names: str) -> dict[str, str]:
    return dict.fromkeys((field, *names), field)


def _arm(number: str, *words: str) -> dict[str, str]:
    """The names of one arm's numbers: ``n1i``, ``mean_e``, ``experimental_sd``, ``sd_treatment``."""
    found: dict[str, str] = {}
    for field, spelt in _SPELT.items():
        for word in spelt:
            forms = [f"{word}{number}", f"{word}{number}i", f"{word}_{number}"]
            forms += [form for arm in words for form in (f"{word}_{arm}", f"{arm}_{word}")]
            found |= dict.fromkeys(forms, field + number)
    return found


_SPELT = {
    "mean": ("mean", "m"),
    "sd": ("sd",),
    "se": ("se", "sem"),
    "n": ("n", "total"),
    "events": ("events", "event", "cases"),
}
SYNONYMS: dict[str, str] = {
    **{field: field for field in FIELDS},
    **_names("study", "study_id", "studyid", "study_name", "slab", "studlab", "trial", "author_year"),
    **_names("author", "authors", "first_author"),
    **_names("year", "study_year", "publication_year", "pub_year", "yr"),
    **_names("journal", "source_title"),
    **_names("pmid", "pubmed", "pubmed_id"),
    **_names("registration", "nct", "trial_registration"),
    **_names("weeks", "duration_weeks", "weeks_of_training"),
    **_names("outcome", "outcome_measure", "endpoint", "analysis_name"),
    **_names("what", "what_was_measured", "measured_by", "instrument"),
    **_names("unit", "units"),
    **_names("time", "timepoint", "time_point", "follow_up", "followup"),
    **_names("where", "page", "place", "location", "table", "source"),
    **_names("note", "notes", "comment", "comments", "footnotes"),
    **_names("arm1", "intervention", "experimental", "treatment", "group1", "intervention_arm"),
    **_names("arm2", "comparator", "control", "group2", "control_arm"),
    **_arm("1", "e", "t", "exp", "experimental", "int", "intervention", "treatment", "trt"),
    **_arm("2", "c", "ctrl", "con", "control", "comparator"),
    **_names("mean_pre", "pre_mean", "baseline_mean", "mean_baseline"),
    **_names("sd_pre", "pre_sd", "baseline_sd", "sd_baseline"),
    **_names("mean_post", "post_mean"),
    **_names("sd_post", "post_sd"),
    **_names("r", "ri", "correlation", "corr"),
    **_names("percent", "percent_change", "pct_change", "change_percent"),
    **_names("measure", "effect_measure"),
    **_names("estimate", "effect", "effect_size"),
    **_names("low", "lower", "ci_low", "ci_lower", "lower_ci", "ci_lb", "lcl", "ci_start"),
    **_names("high", "upper", "ci_high", "ci_upper", "upper_ci", "ci_ub", "ucl", "ci_end"),
    **_names("p", "p_value", "pval", "pvalue"),
}
