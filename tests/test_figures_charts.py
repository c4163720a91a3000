"""Every chart is drawn where its data exist, inside its frame, and says what it shows."""

import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from book_library import claim, study, write_library

from claimbook.book import building, gallery, prisma, series, traffic
from claimbook.book.chart import BOTTOM, LEFT, MANY, RIGHT, TOP, Chart, Dots, Side, Trace, draw
from claimbook.book.charts import CHARTS, DRAPERY_K, FUNNEL_K, GOSH_K
from claimbook.book.contents import contents
from claimbook.book.moderators import bubble
from claimbook.book.site import Book
from claimbook.findings import Finding
from claimbook.records.models import Screening

SVG = "{http://www.w3.org/2000/svg}"
LEAST = {
    "funnel": FUNNEL_K,
    "baujat": 3,
    "influence": 3,
    "radial": 3,
    "drapery": DRAPERY_K[0],
    "gosh": GOSH_K[0],
}


@cache
def library(k: int, folder: Path, shape: str = "means") -> Book:
    """A claim over k made-up studies."""
    root = write_library(folder)
    for index in range(k):
        made = study(f"s{index}", 5.0 + math.sin(3.1 * index))
        made["weeks"] = str(6 + index)
        made["results"][0]["means"]["intervention"]["n"] = str(10 + index)  # type: ignore[index]
        if shape == "counts":
            made["results"][0] = counted(made["results"][0], index)  # type: ignore[index]
        (root / "records" / f"s{index}.yaml").write_text(yaml.safe_dump(made, sort_keys=False))
    made_claim = claim("many", [f"s{index}" for index in range(k)])
    if shape == "counts":
        made_claim |= {"measure": "RR"}
        del made_claim["worthwhile"]
    (root / "claims" / "many.yaml").write_text(yaml.safe_dump(made_claim, sort_keys=False))
    return building.read_book(root)


def counted(result: dict[str, Any], index: int) -> dict[str, Any]:
    result = {key: value for key, value in result.items() if key != "means"}
    sizes = {"intervention": ("a", 4 + index), "comparator": ("b", 6)}
    counts = {name: {"arm": arm, "events": str(events), "n": "30"} for name, (arm, events) in sizes.items()}
    return {**result, "counts": counts}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("charts")


def finding(k: int, folder: Path, shape: str = "means") -> Finding:
    return library(k, folder / f"{shape}{k}", shape).findings["many"]


@pytest.mark.parametrize("name", LEAST)
def test_a_chart_begins_at_the_number_of_studies_that_it_needs(name: str, folder: Path) -> None:
    few, enough = (CHARTS[name](finding(k, folder)) for k in (LEAST[name] - 1, LEAST[name]))
    assert (few is None, enough is None) == (True, False)


@pytest.mark.parametrize("name", [name for name in CHARTS if name != "labbe"])
@pytest.mark.parametrize("k", [3, 9, 12])
def test_every_mark_lies_inside_the_frame(name: str, k: int, folder: Path) -> None:
    chart = CHARTS[name](finding(k, folder))
    dots = ET.fromstring(draw(chart, "c")).iter(f"{SVG}circle") if chart else ()
    at = [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in dots]
    assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in at)


@pytest.mark.parametrize("name", [name for name in CHARTS if name != "labbe"])
def test_no_chart_lies_beyond_its_own_axes(name: str, folder: Path) -> None:
    chart = CHARTS[name](finding(9 if name == "gosh" else 12, folder))
    assert chart is not None
    slack = 1e-9 * (chart.y.high - chart.y.low)
    points = chart.dots.points
    inside = [
        chart.x.low <= x <= chart.x.high and chart.y.low <= y <= chart.y.high + slack for x, y in points
    ]
    assert all(inside)


def test_the_baujat_plot_splits_the_whole_of_q(folder: Path) -> None:
    made = finding(5, folder)
    chart = CHARTS["baujat"](made)
    assert chart is not None and made.pooled is not None
    assert sum(x for x, _ in chart.dots.points) == pytest.approx(made.pooled.q)


def test_a_gosh_plot_has_every_subset_of_two_and_more(folder: Path) -> None:
    chart = CHARTS["gosh"](finding(5, folder))
    assert chart is not None and len(chart.dots.points) == 2**5 - 1 - 5


def test_the_strong_curve_of_a_drapery_crosses_05_where_the_interval_ends(folder: Path) -> None:
    made = finding(5, folder)
    chart = CHARTS["drapery"](made)
    assert chart is not None and made.pooled is not None
    inside = [x for x, p in next(trace for trace in chart.traces if trace.strong).points if p >= 0.05]
    assert made.pooled.low <= min(inside) and max(inside) <= made.pooled.high


def test_counts_are_drawn_as_risks(folder: Path) -> None:
    chart = CHARTS["labbe"](finding(3, folder, "counts"))
    assert chart is not None and chart.dots.points[0] == pytest.approx((6 / 30, 4 / 30))


def test_without_counts_there_is_no_labbe_plot(folder: Path) -> None:
    assert CHARTS["labbe"](finding(3, folder)) is None


def test_a_bubble_plot_needs_four_values_that_differ(folder: Path) -> None:
    made = finding(5, folder)
    given: list[list[float | None]] = [[1, 2, 3, None, None], [2, 2, 2, 2, 2], [1, 2, 3, 4, None]]
    assert [bubble(made, values, "weeks") is None for values in given] == [True, True, False]


def test_the_last_of_a_cumulative_series_is_the_pooled_effect(folder: Path) -> None:
    made = finding(5, folder)
    found = series.cumulative(made)
    assert found is not None and made.pooled is not None
    assert found.lines[-1].y == pytest.approx(made.pooled.estimate)


def test_leaving_out_each_study_gives_a_line_for_each(folder: Path) -> None:
    found = series.leave_one_out(finding(5, folder))
    assert found is not None and len(found.lines) == 5


def test_a_group_has_its_own_pooled_effect_and_the_whole_keeps_its_own(folder: Path) -> None:
    made = finding(5, folder)
    found = series.subgroups(made, ["men", "men", "women", "women", ""])
    assert found is not None and made.pooled is not None and found.summary is not None
    kinds = [kind for kind, _ in found.rows]
    group = ["name", "study", "study", "summary"]
    assert (kinds, found.summary.y) == ([*group, *group, "summary"], made.pooled.estimate)


def test_one_group_of_several_studies_is_no_comparison(folder: Path) -> None:
    assert series.subgroups(finding(3, folder), ["men", "men", "women"]) is None


def test_groups_that_are_alike_differ_often(folder: Path) -> None:
    assert "of 100 such sets" in series.difference(finding(5, folder), ["a", "a", "b", "b", ""])


def test_very_many_dots_become_one_path() -> None:
    side = Side("", 0.0, 1.0)
    chart = Chart("", "", side, side, Dots([(0.5, 0.5)] * (MANY + 1)))
    assert (draw(chart, "c").count("<circle"), draw(chart, "c").count("h0")) == (0, MANY + 1)


@pytest.mark.parametrize("stretch", [1e-100, 1.0, 1e100])
def test_extreme_numbers_stay_inside_the_frame(stretch: float) -> None:
    side = Side("", -stretch, stretch)
    chart = Chart("", "", side, side, Dots([(stretch, -stretch)]), [Trace([(0, 0), (2 * stretch, stretch)])])
    dot = next(ET.fromstring(draw(chart, "c")).iter(f"{SVG}circle"))
    assert (dot.attrib["cx"], dot.attrib["cy"]) == (str(RIGHT), str(BOTTOM))


def test_each_judgement_of_a_domain_has_its_light(folder: Path) -> None:
    book = library(3, folder / "means3")
    one = traffic.lights(book.library, book.findings["many"])[0]
    assert (traffic.draw(one, "t").count("<circle"), traffic.said(one)) == (
        3,
        "3 judgements of 3 studies: 3 high.",
    )


def test_the_figures_of_a_claim_have_ids_of_their_own(folder: Path) -> None:
    book = library(5, folder / "means5")
    made = gallery.more_figures(book, book.findings["many"])
    ids = [part.split('"')[0] for part in made.split(' id="')[1:]]
    assert len(ids) == len(set(ids)) > 10


def test_a_flow_of_records_shows_each_count_that_was_kept(folder: Path) -> None:
    book = library(3, folder / "means3")
    counts = {
        "databases": {"PubMed": 120},
        "duplicates": 20,
        "screened": 100,
        "records_excluded": 90,
        "assessed": 10,
    }
    info = book.library.info.model_copy(update={"screening": Screening.model_validate(counts)})
    made = prisma.flow(replace(book, library=replace(book.library, info=info)))
    said = [
        f"PubMed (n = {120})",
        "Duplicates (n = 20)",
        "Records screened (n = 100)",
        "Reports read in full (n = 10)",
    ]
    assert [part in made for part in said] == [True] * 4


def test_a_library_without_counts_draws_no_flow(folder: Path) -> None:
    assert prisma.flow(library(3, folder / "means3")) == ""


def test_the_specification_curve_marks_the_claims_own(folder: Path) -> None:
    from claimbook.findings.combinations import multiverse

    book = library(5, folder / "means5")
    made = book.findings["many"]
    assert made.pooled is not None
    chart = series.specification_curve(made, multiverse(book.library, "many", most=50))
    assert (chart.dots.points[0][1], chart.dots.labels) == (
        pytest.approx(made.pooled.estimate),
        ["this book"],
    )


def test_the_pages_of_claims_with_every_figure_are_made(folder: Path) -> None:
    page = dict(contents(library(12, folder / "means12")))["claims/many.md"]
    assert [name in page for name in ("funnel-many", "baujat-many", "curve-many", "bubble-weeks-many")] == [
        True
    ] * 4


def test_a_heavier_study_has_a_larger_bubble(folder: Path) -> None:
    made = finding(5, folder)
    chart = bubble(made, [1, 2, 3, 4, 5], "weeks")
    variances = [float(row.v or 0) for row in made.used]
    assert chart is not None
    assert sorted(range(5), key=lambda i: -chart.dots.radii[i]) == sorted(
        range(5), key=lambda i: variances[i]
    )
