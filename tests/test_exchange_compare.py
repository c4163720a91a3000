"""Two curators' extractions side by side: what differs, how far they agree, and one record out of both."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from small_library import dump, means, record

from claimbook.appraisal.agreement import icc
from claimbook.cli import main
from claimbook.cli.session import Session
from claimbook.exchange.comparing import Pair, compare, concord
from claimbook.exchange.reconciling import settled
from claimbook.records import Study


def of(**change: Any) -> Study:
    """A record with some fields replaced, all values text as in a file."""
    return Study.model_validate(as_text({**record("one"), **change}))


def as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_text(part) for key, part in value.items()}
    return [as_text(part) for part in value] if isinstance(value, list) else str(value)


def result(**change: Any) -> list[dict[str, Any]]:
    return [{**record("one")["results"][0], **change}]


def with_mean(value: str, **more: Any) -> list[dict[str, Any]]:
    data = means()
    data["intervention"] = {**data["intervention"], "mean": value, **more}
    return result(means=data)


def settle(first: Study, second: Study, choose: Callable[[Pair], str | None]) -> Study:
    return Study.model_validate(settled(first, second, compare(first, second), choose))


def run(*arguments: str, code: int = 0, answers: list[str] | None = None) -> Result:
    typed = "\n".join(answers) + "\n" if answers is not None else None
    found = CliRunner().invoke(main, arguments, prog_name="claimbook", input=typed)
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == code, found.output
    return found


def test_the_same_extraction_twice_has_no_difference() -> None:
    comparison = compare(of(), of())
    assert comparison.differences == () and len(comparison.pairs) == 16
    assert {(c.group, c.percent) for c in concord([comparison])} == {
        (group, 1.0) for group in ("choices", "risk of bias", "weeks", "n", "mean", "sd")
    }


def test_other_decimals_are_to_settle_and_no_disagreement() -> None:
    (pair,) = compare(of(), of(results=with_mean("104.10"))).differences
    assert (pair.agrees, pair.same, pair.kind) == (True, False, "mean")


@pytest.mark.parametrize(
    ("change", "field", "first", "second"),
    [
        ({"weeks": "12"}, "weeks", "10", "12"),
        ({"results": with_mean("140.1")}, "results.main.means.intervention.mean", "104.1", "140.1"),
        ({"results": with_mean("unknown")}, "results.main.means.intervention.mean", "104.1", None),
        ({"results": result(means={**means(), "of": "change"})}, "results.main.means.of", "final", "change"),
        (
            {"risk_of_bias": [{"tool": "rob1", "judgements": {"sequence": "high", "other": "low"}}]},
            "risk_of_bias.rob1.sequence",
            "low",
            "high",
        ),
        ({"population": {"description": "Adults", "sex": "men"}}, "population.sex", "unknown", "men"),
    ],
)
def test_a_difference_is_named_with_both_values(
    change: dict[str, Any], field: str, first: str, second: str | None
) -> None:
    (pair,) = compare(of(), of(**change)).differences
    found = (".".join(map(str, pair.loc)), pair.first and pair.first.text, pair.second and pair.second.text)
    assert found == (field, first, second)


def test_a_spread_of_another_kind_is_a_difference() -> None:
    data = means()
    data["intervention"] = {"arm": "trained", "n": 12, "mean": 104.1, "se": 9.1}
    (pair,) = compare(of(), of(results=result(means=data))).differences
    assert (pair.first.text, pair.second.text, pair.agrees) == ("sd 9.1", "se 9.1", False)


def test_results_and_arms_belong_together_whatever_they_are_called() -> None:
    arms = [{"id": "t", "label": "Training"}, {"id": "c", "label": "no training"}]
    data = means()
    data["intervention"]["arm"], data["comparator"]["arm"] = "t", "c"
    comparison = compare(of(), of(arms=arms, results=result(id="legs", means=data)))
    assert comparison.differences == ()
    assert dict(comparison.results) == {"main": "legs"}
    assert dict(comparison.arms) == {"trained": "t", "control": "c"}


def test_a_result_that_one_of_them_has_is_named() -> None:
    extra = [*result(), *result(id="more", time="after a year")]
    comparison = compare(of(), of(results=extra))
    assert (comparison.only_first, comparison.only_second) == ((), ("more",))


def test_agreement_is_corrected_for_chance() -> None:
    pairs = [("low", "low"), ("low", "high"), ("high", "high"), ("high", "high")]
    ids = ("sequence", "concealment", "assessors", "other")
    first, second = (
        of(risk_of_bias=[{"tool": "rob1", "judgements": dict(zip(ids, words, strict=True))}])
        for words in zip(*pairs, strict=True)
    )
    found = {c.group: c for c in concord([compare(first, second)])}["risk of bias"]
    assert (found.n, found.percent) == (4, 0.75)
    assert found.kappa == pytest.approx(0.5)
    assert found.ac1 == pytest.approx((0.75 - 0.46875) / (1 - 0.46875))  # shares 3/8 and 5/8


def test_the_icc_is_that_of_shrout_and_fleiss() -> None:
    """Their table 2: four judges, six targets; ICC(2,1) is printed as .29."""
    judges = [(9, 6, 8, 7, 10, 6), (2, 1, 4, 1, 5, 2), (5, 3, 6, 2, 6, 4), (8, 2, 8, 6, 9, 7)]
    assert icc(*judges) == pytest.approx(0.29, abs=0.005)


def test_the_icc_of_what_does_not_vary_is_not_made_up() -> None:
    assert icc([1.0], [2.0]) is None and icc([0.1, 0.1], [0.1, 0.1]) is None
    assert icc([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="alike in length"):
        icc([1.0], [1.0, 2.0])


def test_each_difference_is_settled_as_it_is_chosen() -> None:
    first = of(extracted_by=["A"])
    data = means()
    data["intervention"] = {
        "arm": "trained",
        "n": 11,
        "mean": "104.10",
        "se": {"value": 2.6, "where": "p. 9"},
    }
    bias = [{"tool": "rob1", "judgements": {"sequence": "high", "other": "low"}}]
    extra = [*result(means=data), *result(id="more", time="after a year")]
    second = of(extracted_by=["B"], weeks="12", results=extra, risk_of_bias=bias)
    chosen = {"weeks": "11", "n": "11", "mean": None, "spread": "se 2.6", "sequence": "high", "more": "yes"}
    made = settle(first, second, lambda pair: chosen[str(pair.loc[-1])])
    group = made.results[0].data.intervention
    assert (str(made.weeks), str(group.n), str(group.mean), group.sd) == ("11", "11", "104.1", None)
    assert (group.se.value, group.se.where) == ("2.6", "p. 9")
    assert made.risk_of_bias[0].judgements["sequence"] == "high"
    assert [one.id for one in made.results] == ["main", "more"] and made.extracted_by == ("A", "B")


def test_taking_all_of_the_second_leaves_nothing_to_settle() -> None:
    arms = [{"id": "t", "label": "Running"}, {"id": "c", "label": "None"}, {"id": "d", "label": "Third"}]
    data = means(3.0)
    data["intervention"]["arm"], data["comparator"]["arm"] = "t", "d"
    first, second = (
        of(),
        of(arms=arms, weeks="unknown", results=result(id="other", outcome="strength", means=data)),
    )
    made = settle(first, second, lambda pair: pair.second.text if pair.second else "")
    left = [pair for pair in compare(made, second).differences if pair.loc[-1] != "arm"]
    assert left == []


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(dump(record("one")))
    Path("b.yaml").write_text(dump({**record("one"), "weeks": 12, "extracted_by": ["C. Third"]}))


@pytest.mark.usefixtures("two")
def test_the_command_shows_differences_and_agreement() -> None:
    text = run("compare", "a.yaml", "b.yaml", code=1).stdout
    assert "one    weeks  10     12" in text and "risk of bias" in text
    found = json.loads(run("compare", "a.yaml", "b.yaml", "--json", code=1).stdout)
    assert found["studies"]["one"]["differences"] == [
        {"field": "weeks", "first": "10", "second": "12", "agrees": False}
    ]
    run("compare", "a.yaml", "a.yaml")


@pytest.mark.usefixtures("two")
def test_folders_are_compared_record_by_record() -> None:
    for name, file in (("x", "a.yaml"), ("y", "b.yaml")):
        Path(name).mkdir()
        Path(name, "one.yaml").write_text(Path(file).read_text())
    Path("x", "more.yaml").write_text("")
    assert "more is only in x" in run("compare", "x", "y", code=1).stderr
    assert "two records, or two folders" in run("compare", "x", "a.yaml", code=2).stderr


@pytest.mark.usefixtures("two")
def test_differences_are_settled_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "asks on a terminal" in run("compare", "a.yaml", "b.yaml", "--into", "c.yaml", code=2).stderr
    monkeypatch.setattr(Session, "interactive", True)
    result = run("compare", "a.yaml", "b.yaml", "--into", "c.yaml", answers=["2"])
    assert result.stdout == "c.yaml\n" and "settled 1 difference" in result.stderr
    text = Path("c.yaml").read_text()
    assert "weeks: 12" in text and "C. Third" in text and "A. Curator" in text


@pytest.mark.usefixtures("two")
def test_an_unsound_record_is_refused_with_its_place() -> None:
    Path("bad.yaml").write_text("study: [")
    assert "error[R002] bad.yaml" in run("compare", "a.yaml", "bad.yaml", code=1).stderr
