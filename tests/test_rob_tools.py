"""Risk-of-bias tools: truth tables against their checksums, published score rows, and the data files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest

from claimbook.appraisal.flowchart import OPERATORS, decide, reached
from claimbook.appraisal.instruments import STATUS, TOOLS, Condition, Domain, Tool
from claimbook.appraisal.rob import Override, fold, judge, next_questions


def classes(tool: Tool, domain: Domain) -> dict[str, tuple[str, ...]]:
    """Every question's answer classes, each once."""
    return {q.id: tuple(dict.fromkeys(tool.classes[a] for a in q.answers)) for q in domain.questions.values()}


def every_combination(tool: Tool, domain: Domain) -> Iterator[dict[str, str]]:
    options = classes(tool, domain)
    return (dict(zip(options, row, strict=True)) for row in product(*options.values()))


def every_path(tool: Tool, domain: Domain) -> Iterator[Mapping[str, str | None]]:
    """Each way through the gating, once: an answer is varied only where its question is reached."""
    options = classes(tool, domain)

    def walk(given: dict[str, str]) -> Iterator[Mapping[str, str | None]]:
        known = reached(tool, domain, given)
        open_question = next((id for id in options if known[id] is None), None)
        if open_question is None:
            yield known
            return
        for answer in options[open_question]:
            yield from walk(given | {open_question: answer})

    return walk({})


def tally(tool_id: str, domain_id: str, rows: Any) -> Counter[str | None]:
    tool = TOOLS[tool_id]
    domain = tool.domains[domain_id]
    return Counter(decide(tool, domain, known)[0] for known in rows(tool, domain))


ROB2 = {
    "D1": ("rob2", "D1", every_combination, {"low": 4, "some_concerns": 11, "high": 12}),
    "D2, assignment": ("rob2", "D2", every_path, {"low": 9, "some_concerns": 114, "high": 388}),
    "D2, adherence": ("rob2-adherence", "D2", every_path, {"low": 68, "some_concerns": 460, "high": 920}),
    "D3": ("rob2", "D3", every_path, {"low": 5, "some_concerns": 4, "high": 8}),
    "D4": ("rob2", "D4", every_path, {"low": 6, "some_concerns": 22, "high": 37}),
    "D5": ("rob2", "D5", every_combination, {"low": 1, "some_concerns": 11, "high": 15}),
}


def incomplete(tool: Tool, domain: Domain) -> Iterator[dict[str, str]]:
    """Domain 4 of ROBINS-I V2 once data are known to be incomplete; later answers vary freely."""
    options = {id: words for id, words in classes(tool, domain).items() if id not in ("4.1", "4.2", "4.3")}
    for row in product(*options.values()):
        yield {"4.1": "N", "4.2": "Y", "4.3": "Y"} | dict(zip(options, row, strict=True))


V2, PP = "robins-i-v2", "robins-i-v2-per-protocol"
ROBINS = {
    "D1, assignment": (
        V2,
        "D1",
        every_combination,
        {"low_except_confounding": 2, "moderate": 6, "serious": 50, "critical": 38},
    ),
    "D1, per protocol": (
        PP,
        "D1",
        every_combination,
        {"low_except_confounding": 3, "moderate": 9, "serious": 148, "critical": 128},
    ),
    "D2": (V2, "D2", every_combination, {"low": 24, "moderate": 104, "serious": 156, "critical": 148}),
    "D3": (V2, "D3", every_combination, {"low": 648, "moderate": 7020, "serious": 720, "critical": 360}),
    "D4": (V2, "D4", incomplete, {"low": 3552, "moderate": 2400, "serious": 3504, "critical": 912}),
    "D5": (V2, "D5", every_combination, {"low": 6, "moderate": 14, "serious": 16}),
    "D6": (V2, "D6", every_combination, {"low": 29, "moderate": 12, "serious": 26, "critical": 14}),
}


@pytest.mark.parametrize("case", ROB2)
def test_rob_2_gives_its_truth_table(case: str) -> None:
    tool_id, domain_id, rows, expected = ROB2[case]
    assert tally(tool_id, domain_id, rows) == expected


@pytest.mark.parametrize("case", ROBINS)
def test_robins_i_v2_gives_its_truth_table(case: str) -> None:
    tool_id, domain_id, rows, expected = ROBINS[case]
    assert tally(tool_id, domain_id, rows) == expected


def test_every_held_truth_table_is_checked() -> None:
    counts = [sum(sum(expected.values()) for *_, expected in table.values()) for table in (ROB2, ROBINS)]
    assert counts == [2095, 20049]


SPOTS = {
    "nothing known of the sequence": ("D1", {"1.1": "NI", "1.2": "NI", "1.3": "N"}, "some_concerns"),
    "no word about departures": ("D2", {"2.1": "Y", "2.2": "Y", "2.3": "NI", "2.6": "Y"}, "some_concerns"),
    "no word about the analysis": ("D2", {"2.1": "N", "2.2": "N", "2.6": "NI", "2.7": "NI"}, "high"),
    "missing, unlikely to depend": ("D3", {"3.1": "N", "3.2": "N", "3.3": "NI", "3.4": "N"}, "some_concerns"),
    "maybe measured differently": ("D4", {"4.1": "N", "4.2": "NI", "4.3": "N"}, "some_concerns"),
    "no plan known": ("D5", {"5.1": "NI", "5.2": "N", "5.3": "N"}, "some_concerns"),
    "probably counts as yes": ("D5", {"5.1": "PY", "5.2": "PN", "5.3": "PN"}, "low"),
}


@pytest.mark.parametrize("case", SPOTS)
def test_rob_2_judges_a_single_path(case: str) -> None:
    domain, answers, expected = SPOTS[case]
    assert judge("rob2", answers).judgements[domain] == expected


ALL_LOW = {
    "1.1": "Y", "1.2": "Y", "1.3": "N", "2.1": "N", "2.2": "N", "2.6": "Y", "3.1": "Y",
    "4.1": "N", "4.2": "N", "4.3": "N", "5.1": "Y", "5.2": "N", "5.3": "N",
}  # fmt: skip


def test_five_low_domains_make_a_low_trial() -> None:
    assert judge("rob2", ALL_LOW).overall == "low"


def test_the_worst_domain_makes_the_overall_judgement() -> None:
    assert judge("rob2", ALL_LOW | {"4.1": "Y"}).overall == "high"


def test_several_concerns_are_a_suggestion_and_no_judgement() -> None:
    found = judge("rob2", ALL_LOW | {"1.1": "N", "5.1": "NI"})
    assert (found.overall, len(found.suggestions)) == ("some_concerns", 1)


def test_an_open_question_leaves_the_overall_judgement_open() -> None:
    answers = {key: value for key, value in ALL_LOW.items() if key != "5.3"}
    found = judge("rob2", answers)
    assert (found.overall, found.judgements["D5"], found.open) == (None, None, ("5.3",))


def test_the_trace_shows_the_path_through_the_flowchart() -> None:
    assert judge("rob2", {"1.1": "Y", "1.2": "Y", "1.3": "N"}).trace == ("D1: 1.2=Y > 1.1=Y > 1.3=N > low",)


def test_an_answer_that_no_longer_matters_is_ignored() -> None:
    assert judge("rob2", ALL_LOW | {"3.3": "Y", "3.4": "Y"}).judgements["D3"] == "low"


def test_questions_are_asked_only_when_they_are_reached() -> None:
    asked = [q.id for q in next_questions("rob2", {"3.1": "N"}) if q.id.startswith("3")]
    assert asked == ["3.2"]


def test_an_override_keeps_the_algorithm_beside_it() -> None:
    override = Override("D4", "low", "Scored by a machine.", "A. Reader", "2025-01-31")
    found = judge("rob2", ALL_LOW | {"4.2": "Y"}, [override])
    assert (found.algorithm["D4"], found.judgements["D4"], found.algorithm_overall, found.overall) == (
        "high",
        "low",
        "high",
        "low",
    )


@pytest.mark.parametrize("field", ["because", "by", "date"])
def test_an_override_needs_reason_name_and_date(field: str) -> None:
    given = {"domain": "D1", "to": "low", "because": "why", "by": "who", "date": "2025-01-31"}
    with pytest.raises(ValueError, match=f"^override.{field}: is missing"):
        Override(**{**given, field: "  "})


MISTAKES: dict[str, tuple[str, dict[str, str], str]] = {
    "an unknown tool": ("rob3", {}, 'did you mean "rob2"'),
    "an unknown question": ("rob2", {"9.9": "Y"}, "rob2 has no question '9.9'"),
    "an unknown answer": ("rob2", {"1.1": "maybe"}, "answers.1.1: 'maybe' is not one of Y, PY"),
    "no information where it is not offered": ("rob2", {"3.2": "NI"}, "answers.3.2"),
    "an unknown judgement": ("rob1", {"sequence": "Low"}, "not one of low, unclear, high"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_names_the_answer(case: str) -> None:
    tool_id, answers, message = MISTAKES[case]
    with pytest.raises(ValueError, match=message):
        judge(tool_id, answers)


def test_a_hopeless_unadjusted_result_is_critical_without_further_questions() -> None:
    answers = {"P1": "Y", "B1": "N", "B2": "PY", "B3": "N"}
    assert (judge(V2, answers).overall, next_questions(V2, answers)) == ("critical", ())


def test_confounding_cannot_be_judged_before_the_review_lists_confounders() -> None:
    assert "P1" in [question.id for question in next_questions(V2, {})]


BEST_V2 = {
    "P1": "Y", "B1": "Y", "B3": "N", "1.1": "Y", "1.2": "Y", "1.3": "N", "1.4": "N", "2.1": "Y", "2.4": "N",
    "2.5": "N", "3.1": "Y", "3.2": "N", "3.3": "N", "4.1": "Y", "4.2": "Y", "4.3": "Y", "5.1": "N",
    "5.2": "N", "6.1": "Y",
}  # fmt: skip


def test_the_best_non_randomised_study_is_low_except_for_confounding() -> None:
    assert judge(V2, BEST_V2).overall == "low_except_confounding"


PEDRO = dict(
    zip(
        ("1 1 0 1 0 0 0 1 1 1 1", "1 0 0 0 0 0 0 1 1 1 1", "1 0 0 0 0 0 0 1 0 1 1", "1 1 0 1 0 0 0 0 1 1 1"),
        ((6, "good"), (4, "fair"), (3, "poor"), (5, "fair")),
        strict=True,
    )
)
TESTEX = {
    "1,0,0,1,0,3,0,2,1,0,0,0": 8,
    "1,1,1,0,1,3,1,2,1,1,0,1": 13,
    "1,1,1,1,1,2,1,2,1,1,1,1": 14,
    "1,0,0,0,1,2,0,2,1,1,1,1": 10,
}
MINORS = {"2,0,2,2,0,1,0,0,2,2,2,1": 14, "2,0,0,2,2,1,0,0,2,2,2,2": 15, "2,1,2,2,0,0,2,0": 9}


def items(values: list[str]) -> dict[str, str]:
    return {str(number): value for number, value in enumerate(values, 1)}


@pytest.mark.parametrize("row", PEDRO)
def test_a_published_pedro_row_adds_up(row: str) -> None:
    found = judge("pedro", items(["Y" if v == "1" else "N" for v in row.split()]))
    assert (found.score, found.overall) == PEDRO[row]


@pytest.mark.parametrize("row", TESTEX)
def test_a_published_testex_row_adds_up(row: str) -> None:
    found = judge("testex", items(row.split(",")))
    assert (found.score, found.overall) == (TESTEX[row], None)


@pytest.mark.parametrize("row", MINORS)
def test_a_published_minors_row_adds_up(row: str) -> None:
    values = row.split(",")
    tool_id = "minors-comparative" if len(values) == 12 else "minors"
    assert judge(tool_id, items(values)).score == MINORS[row]


AMSTAR = [*(str(n) for n in range(1, 9)), "9a", "9b", "10", "11a", "11b", "12", "13", "14", "15", "16"]
REVIEWS = {
    "all yes": ({}, "high"),
    "one weakness": ({"10": "N"}, "high"),
    "two weaknesses": ({"10": "N", "14": "N"}, "moderate"),
    "no list of excluded studies": ({"7": "N"}, "low"),
    "and no protocol": ({"7": "N", "2": "N"}, "critically_low"),
    "a partial yes is met": ({"7": "PY", "2": "PY"}, "high"),
    "no meta-analysis": ({"11a": "NM", "11b": "NM", "12": "NM", "15": "NM"}, "high"),
    "bias of the other studies not assessed": ({"9b": "N"}, "low"),
    "item 9 counts once": ({"9a": "N", "9b": "N"}, "low"),
}


@pytest.mark.parametrize("case", REVIEWS)
def test_amstar_2_counts_critical_flaws(case: str) -> None:
    changes, expected = REVIEWS[case]
    assert judge("amstar2", dict.fromkeys(AMSTAR, "Y") | changes).overall == expected


def test_the_critical_items_may_be_chosen() -> None:
    answers = dict.fromkeys(AMSTAR, "Y") | {"7": "N"}
    critical = ["2", "4", "item_9", "item_11", "13", "15"]
    assert judge("amstar2", answers, lists={"critical": critical}).overall == "high"


NIH = {
    "all yes": ({}, "good"),
    "measured once before": ({"11": "N"}, "fair"),
    "a fatal no": ({"9": "N"}, "poor"),
    "five not reported": (dict.fromkeys(("1", "2", "3", "4", "5"), "NR"), "poor"),
    "four not reported": (dict.fromkeys(("1", "2", "3", "4"), "CD"), "fair"),
}


@pytest.mark.parametrize("case", NIH)
def test_the_before_after_tool_rates_by_our_cut_offs(case: str) -> None:
    changes, expected = NIH[case]
    assert judge("nih-before-after", items(["Y"] * 12) | changes).overall == expected


def test_key_domains_decide_in_the_first_cochrane_tool() -> None:
    answers = dict.fromkeys(TOOLS["rob1"].domains, "low") | {"participants": "high", "other": "unclear"}
    assert [
        judge("rob1", answers).overall,
        judge("rob1", answers, lists={"key": ["sequence", "other"]}).overall,
        judge("rob1", answers, lists={"key": ["sequence"]}).overall,
    ] == ["high", "unclear", "low"]


def test_missing_information_counts_between_moderate_and_serious_in_robins_i_v1() -> None:
    answers = dict.fromkeys(TOOLS["robins-i-v1"].domains, "low") | {"D1": "moderate", "D5": "no_information"}
    assert [judge("robins-i-v1", answers | extra).overall for extra in ({}, {"D6": "serious"})] == [
        "no_information",
        "serious",
    ]


def test_one_group_measured_once_before_is_serious() -> None:
    best = {name: next(iter(domain.choices)) for name, domain in TOOLS["pp-rob"].domains.items()}
    assert [judge("pp-rob", best | extra).overall for extra in ({}, {"P1": "serious"})] == [
        "moderate",
        "serious",
    ]


def test_robis_proposes_the_risk_of_its_last_phase() -> None:
    ids = [question.id for question in next_questions("robis", {})]
    assert judge("robis", dict.fromkeys(ids, "Y") | {"B": "NI"}).overall == "unclear"


FOLDS = {
    ("low", "rob2", None): "low",
    ("some_concerns", "rob2", None): "high",
    ("some_concerns", "rob2", "low"): "low",
    ("moderate", "robins-i-v2", None): "low",
    ("moderate", "robins-i-v2", "high"): "high",
    ("serious", "robins-i-v2", "low"): "high",
    ("unclear", "rob1", "low"): "low",
    ("good", "pedro", None): "low",
    ("fair", "nih-before-after", None): "high",
    ("moderate", "pp-rob", None): "low",
    ("critical", "pp-rob", None): "high",
}


@pytest.mark.parametrize("case", FOLDS)
def test_a_judgement_folds_into_low_or_high(case: tuple[str, str, str | None]) -> None:
    assert fold(*case) == FOLDS[case]


@pytest.mark.parametrize("tool_id", ["testex", "minors", "amstar2"])
def test_a_tool_without_a_fold_says_so(tool_id: str) -> None:
    with pytest.raises(ValueError, match="no judgement that could be folded"):
        fold("low", tool_id)


def names_in(condition: Condition) -> Iterator[tuple[str, str]]:
    """Every (question or part, answer) that a condition looks at; list names are followed by the caller."""
    for key, wanted in condition.items():
        if key == "any":
            for inner in wanted:
                yield from names_in(inner)
        elif key == "count":
            for id in wanted["of"] if not isinstance(wanted["of"], str) else [f"list:{wanted['of']}"]:
                yield from ((id, word) for word in wanted["is"].split())
        else:
            yield from ((key, word) for word in wanted.split())


@pytest.mark.parametrize("tool_id", TOOLS)
def test_every_rule_of_a_tool_names_questions_and_answers_that_exist(tool_id: str) -> None:
    tool = TOOLS[tool_id]
    for domain in tool.domains.values():
        known = {id: {*words, "NA"} for id, words in classes(tool, domain).items()}
        for name, part in domain.parts.items():
            if isinstance(part, Mapping):
                known[name] = {str(level) for level in range(10)}
            else:
                known[name] = {str(rule["then"]) for rule in part}
        rules = [
            *domain.rules,
            *(r for part in domain.parts.values() if isinstance(part, list) for r in part),
        ]
        conditions = [rule.get("if", {}) for rule in rules] + [q.when for q in domain.questions.values()]
        for condition in conditions:
            for id, word in names_in(condition):
                ids = tool.lists[id.removeprefix("list:")] if id.startswith("list:") else [id]
                assert all(word in known[one] for one in ids), (tool_id, domain.id, condition)
        assert {rule["then"] for rule in domain.rules} <= set(tool.judgements)
        assert set(domain.choices) <= set(tool.judgements)
        assert not domain.rules or "if" not in domain.rules[-1]


@pytest.mark.parametrize("tool_id", TOOLS)
def test_a_tool_says_what_it_is_and_how_far_to_trust_it(tool_id: str) -> None:
    tool = TOOLS[tool_id]
    assert (tool.id, tool.status in STATUS, tool.link[:8], bool(tool.version)) == (
        tool_id,
        True,
        "https://",
        True,
    )


@pytest.mark.parametrize("tool_id", TOOLS)
def test_a_fold_covers_every_judgement(tool_id: str) -> None:
    tool = TOOLS[tool_id]
    assert not tool.fold or set(tool.fold) == set(tool.judgements)


def test_gating_never_uses_what_an_open_answer_would_satisfy() -> None:
    used = {
        key
        for tool in TOOLS.values()
        for d in tool.domains.values()
        for q in d.questions.values()
        for key in q.when
    }
    assert used & set(OPERATORS) <= {"any"}  # fmt: skip


def test_the_shelf_holds_every_tool() -> None:
    assert sorted(TOOLS) == [
        "amstar2", "jbi-quasi-experimental", "minors", "minors-comparative", "nih-before-after", "pedro",
        "pp-rob", "rob1", "rob2", "rob2-adherence", "rob2-cluster", "rob2-crossover", "robins-i-v1",
        "robins-i-v2", "robins-i-v2-per-protocol", "robis", "testex",
    ]  # fmt: skip


def test_published_judgements_stand_in_for_answers() -> None:
    published = dict.fromkeys(("D1", "D2", "D3", "D4"), "low") | {"D5": "some_concerns"}
    assert judge("rob2", {}, stated=published).overall == "some_concerns"


def test_a_published_overall_judgement_stands() -> None:
    assert judge("nih-before-after", {}, stated={"overall": "fair"}).overall == "fair"


def test_a_published_judgement_must_be_one_of_the_tool() -> None:
    with pytest.raises(ValueError, match=r"judgements.D1: 'unclear' is not one of low, some_concerns, high"):
        judge("rob2", {}, stated={"D1": "unclear"})
